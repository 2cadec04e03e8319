import type { SettingsFormProps } from '../source-modules.ts';
import { SettingChoice, SettingFlag, SettingsSection, SettingText } from '../parts/settings.tsx';

export function PrometheusSettings(props: SettingsFormProps) {
  return (
    <SettingsSection title="Prometheus">
      <SettingChoice {...props} name="httpMethod" label="HTTP method" first="POST" options={['POST', 'GET']} />
      <SettingText {...props} name="timeInterval" label="Scrape interval" placeholder="15s" description="How often targets are scraped; no query asks for shorter steps" />
      <SettingText {...props} name="queryTimeout" label="Query timeout" placeholder="60s" />
      <SettingChoice {...props} name="prometheusType" label="Type" first="Prometheus" options={['Prometheus', 'Cortex', 'Mimir', 'Thanos']} />
      <SettingText {...props} name="customQueryParameters" label="Custom query parameters" placeholder="max_source_resolution=5m" />
      <SettingFlag {...props} name="manageAlerts" label="Manage alerts in the alerting UI" />
      <SettingFlag {...props} name="disableMetricsLookup" label="Disable completion of metrics" />
    </SettingsSection>
  );
}
