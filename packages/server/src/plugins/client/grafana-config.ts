import type { DataProxySettings } from '../../setting/dataproxy-settings.ts';
import type { FeatureToggles } from '../../setting/feature-toggles.ts';
import type { Ini } from '../../setting/ini.ts';

export interface GrafanaConfigDeps {
  readonly ini: Ini;
  readonly appUrl: string;
  readonly toggles: Pick<FeatureToggles, 'enabled'>;
  readonly dataProxy: DataProxySettings;
  readonly userFacingError: string;
}

/**
 * The configuration map that plugins get with every call (plugins §21.2). Computed once: Go plugins make their instances anew whenever a
 * byte of it changes.
 */
export function createGrafanaConfig({ ini, appUrl, toggles, dataProxy, userFacingError }: GrafanaConfigDeps): (pluginId: string) => Readonly<Record<string, string>> {
  const sql = ini.section('sql_datasources');
  const live = ini.section('live');
  const auth = ini.section('auth');
  const enabled = [...toggles.enabled].sort();
  const common: Record<string, string> = {
    GF_APP_URL: appUrl,
    ...(dataProxy.concurrentQueryCount !== 0 && { GF_CONCURRENT_QUERY_COUNT: String(dataProxy.concurrentQueryCount) }),
    ...(enabled.length > 0 && { GF_INSTANCE_FEATURE_TOGGLES_ENABLE: enabled.join(',') }),
    GF_USER_FACING_DEFAULT_ERROR: userFacingError,
    GF_SQL_ROW_LIMIT: String(dataProxy.rowLimit),
    GF_SQL_MAX_OPEN_CONNS_DEFAULT: String(sql.int('max_open_conns_default', 100)),
    GF_SQL_MAX_IDLE_CONNS_DEFAULT: String(sql.int('max_idle_conns_default', 100)),
    GF_SQL_MAX_CONN_LIFETIME_SECONDS_DEFAULT: String(sql.int('max_conn_lifetime_default', 14_400)),
    ...(dataProxy.responseLimit > 0 && { GF_RESPONSE_LIMIT: String(dataProxy.responseLimit) }),
    GF_LIVE_CLIENT_QUEUE_MAX_SIZE: String(live.int('client_queue_max_size', 4_194_304)),
    ...(dataProxy.sigV4Enabled && { AWS_SIGV4_AUTH_ENABLED: 'true' }),
    ...(dataProxy.sigV4Enabled && auth.bool('sigv4_verbose_logging') && { AWS_SIGV4_VERBOSE_LOGGING: 'true' }),
    ...(auth.bool('azure_auth_enabled') && { GFAZPL_AZURE_AUTH_ENABLED: 'true' }),
  };
  const aws = ini.section('aws');
  const awsPlugins = new Set(aws.list('forward_settings_to_plugins', ['cloudwatch', 'grafana-athena-datasource', 'grafana-redshift-datasource', 'grafana-x-ray-datasource']));
  const forAws: Record<string, string> = {
    ...common,
    ...(!aws.bool('assume_role_enabled', true) && { AWS_AUTH_AssumeRoleEnabled: 'false' }),
    ...(aws.bool('per_datasource_http_proxy_enabled') && { AWS_AUTH_PerDatasourceHTTPProxyEnabled: 'true' }),
    AWS_AUTH_AllowedAuthProviders: aws.list('allowed_auth_providers', ['default', 'keys', 'credentials']).join(','),
    AWS_AUTH_EXTERNAL_ID: aws.string('external_id'),
    AWS_AUTH_SESSION_DURATION: aws.string('session_duration'),
    AWS_CW_LIST_METRICS_PAGE_LIMIT: String(aws.int('list_metrics_page_limit', 500)),
  };
  return (pluginId) => (awsPlugins.has(pluginId) ? forAws : common);
}
