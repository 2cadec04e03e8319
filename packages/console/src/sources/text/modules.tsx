/** Sources that are asked in one text of their own language. */
import { PlainText, SettingChoice, SettingsSection, SettingText } from '../parts/settings.tsx';
import { textEditor } from '../parts/text-source.tsx';
import type { SettingsFormProps, SourceModule } from '../source-modules.ts';

const timeInterval = (props: SettingsFormProps) => <SettingText {...props} name="timeInterval" label="Min time interval" placeholder="10s" />;

function GraphiteSettings(props: SettingsFormProps) {
  return <SettingsSection title="Graphite"><SettingChoice {...props} name="graphiteVersion" label="Version" first="1.1" options={['0.9', '1.0', '1.1']} /><SettingChoice {...props} name="graphiteType" label="Type" first="default" options={['default', 'metrictank']} /></SettingsSection>;
}

function InfluxSettings(props: SettingsFormProps) {
  return (
    <SettingsSection title="InfluxDB">
      <SettingChoice {...props} name="version" label="Query language" first="InfluxQL" options={['InfluxQL', 'Flux', 'SQL']} />
      <SettingText {...props} name="dbName" label="Database" />
      <SettingText {...props} name="organization" label="Organization" description="For Flux" />
      <SettingText {...props} name="defaultBucket" label="Default bucket" description="For Flux" />
      {timeInterval(props)}
    </SettingsSection>
  );
}

function OpenTsdbSettings(props: SettingsFormProps) {
  return <SettingsSection title="OpenTSDB"><PlainText {...props} name="database" label="Database" /></SettingsSection>;
}

export const graphite: SourceModule = { QueryEditor: textEditor('target', 'Graphite target', { textEditor: true }) as never, SettingsForm: GraphiteSettings };
export const influxdb: SourceModule = { QueryEditor: textEditor('query', 'InfluxDB query', { rawQuery: true, resultFormat: 'time_series' }) as never, SettingsForm: InfluxSettings };
export const opentsdb: SourceModule = { SettingsForm: OpenTsdbSettings };
export const tempo: SourceModule = { QueryEditor: textEditor('query', 'TraceQL query or trace id', { queryType: 'traceql' }) as never };
