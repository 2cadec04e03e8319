/**
 * `settings` of the boot data, also `GET /api/frontend/settings` (frontend-contract §3). What the configuration decides is worked out once, as
 * text; what depends on plugins, when these change; only the rest with each request.
 */
import type { FeatureToggles } from '../setting/feature-toggles.ts';
import type { Ini } from '../setting/ini.ts';
import type { PluginSettings } from '../setting/plugin-settings.ts';
import type { Plugin, PluginStore } from '../plugins/plugin.ts';
import type { PluginSettingsService } from '../services/plugins/plugin-settings.ts';
import { stateOf } from '../services/plugins/plugin-access.ts';
import type { DataSource, DataSourceService } from '../services/datasources/records/data-source.ts';
import { buildCommit, grafanaVersion } from '../util/version.ts';
import type { Identity } from '../web/identity.ts';
import { objectOf, scriptJson } from './escaped-json.ts';

export interface FrontendSettingsDeps {
  readonly ini: Ini;
  readonly rootUrl: string;
  readonly subPath: string;
  readonly toggles: FeatureToggles;
  readonly plugins: PluginSettings;
  readonly store: PluginStore;
  readonly pluginSettings: Pick<PluginSettingsService, 'list'>;
  readonly dataSources: Pick<DataSourceService, 'list' | 'secretsOf' | 'onEvent'>;
  readonly namespaceOf: (orgId: number) => string;
  /** Enabled OAuth providers with their names and icons. */
  readonly oauth: () => Promise<Readonly<Record<string, { readonly name: string; readonly icon: string }>>> | Readonly<Record<string, { readonly name: string; readonly icon: string }>>;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly now: () => number;
  /** Of the image renderer; '' while it is not known. */
  readonly rendererVersion: () => string;
}

export interface FrontendSettingsOptions {
  /** A public dashboard's token and the data sources it uses. */
  readonly publicDashboard?: { readonly token: string; readonly orgId: number; readonly dataSourceUids: ReadonlySet<string> };
  /** The image renderer fetches pages from inside. */
  readonly forRenderer?: boolean;
  /** One-shot text of a login that failed. */
  readonly loginError?: string;
}

export interface FrontendSettings {
  /** JSON text that is safe inside a script, as bytes. Whoever may see the same gets the same bytes. */
  forIdentity(identity: Identity, options?: FrontendSettingsOptions): Promise<Buffer>;
}

const rememberedMs = 5_000;
const wholeMax = 1_000;

export function createFrontendSettings(deps: FrontendSettingsDeps): FrontendSettings {
  const fixed = scriptJson(fixedSettings(deps)).slice(1, -1);
  const buildInfo = scriptJson(fullBuildInfo(deps));
  const hiddenBuildInfo = scriptJson({ ...fullBuildInfo(deps), hideVersion: true, version: '', versionString: 'Grafana', commit: '', commitShort: '', buildstamp: 0 });
  const hideVersion = deps.ini.section('auth.anonymous').bool('hide_version');
  const allowOrgCreate = deps.ini.section('users').bool('allow_org_create');

  let panels: string | undefined;
  let builtInSources: string | undefined;
  /** What was made last for everybody who sees the same; thrown away with what it was made of. */
  const whole = new Map<string, { readonly made: readonly unknown[]; readonly bytes: Buffer }>();
  /** Per org: the sources' texts, for a short while, or until this process changes one. */
  const sources = new Map<number, { at: number; entries: Promise<readonly SourceEntry[]> }>();
  deps.store.onChange(() => {
    panels = undefined;
    builtInSources = undefined;
    sources.clear();
  });
  deps.dataSources.onEvent(({ dataSource }) => void sources.delete(dataSource.orgId));

  async function sourcesOf(orgId: number): Promise<readonly SourceEntry[]> {
    if (orgId <= 0) return [];
    const known = sources.get(orgId);
    if (known && deps.now() - known.at < rememberedMs) return known.entries;
    const entries = readSources(orgId, deps);
    sources.set(orgId, { at: deps.now(), entries });
    entries.catch(() => sources.delete(orgId));
    return entries;
  }

  async function appsOf(identity: Identity): Promise<string> {
    const apps = deps.store.list().filter(({ json }) => json.type === 'app');
    if (apps.length === 0) return '{}';
    const settings = identity.orgId > 0 ? await deps.pluginSettings.list(identity.orgId) : new Map();
    return scriptJson(Object.fromEntries(apps.map((app) => [app.id, appEntry(app, stateOf(app, settings, deps.store).enabled)])));
  }

  return {
    async forIdentity(identity, { publicDashboard, forRenderer, loginError } = {}) {
      panels ??= scriptJson(Object.fromEntries(deps.store.list().filter((plugin) => isShownPanel(plugin, deps)).map((plugin) => [plugin.id, panelEntry(plugin)])));
      builtInSources ??= builtInSourcesText(deps.store);
      const { permissions, isGrafanaAdmin } = identity;
      const signedIn = identity.kind !== 'nobody' && identity.kind !== 'anonymous';
      const licensed = permissions.has('licensing:read') || permissions.has('server.stats:read');
      const subPath = forRenderer ? '' : deps.subPath;
      const namespace = deps.namespaceOf(identity.orgId);
      const mayCreateOrgs = (allowOrgCreate && signedIn) || isGrafanaAdmin;
      const inOrg = await sourcesOf(publicDashboard?.orgId ?? identity.orgId);
      const [apps, oauth] = [await appsOf(identity), scriptJson(await deps.oauth())];
      const rendererVersion = deps.rendererVersion();
      const made = [panels, builtInSources, inOrg, apps, oauth, rendererVersion];
      const key = publicDashboard || loginError !== undefined ? undefined : `${namespace} ${licensed} ${mayCreateOrgs} ${hideVersion && !signedIn} ${subPath}`;
      const known = key === undefined ? undefined : whole.get(key);
      if (known?.made.every((part, i) => part === made[i])) return known.bytes;
      // Compat: whoever is in the org sees all of its sources, even without the permission to read them; dashboards would not load otherwise.
      const entries = inOrg.filter(({ uid }) => !publicDashboard || publicDashboard.dataSourceUids.has(uid));
      const members = objectOf({
        defaultDatasource: scriptJson(entries.find(({ isDefault }) => isDefault)?.name ?? '-- Grafana --'),
        datasources: `{${[builtInSources, ...entries.map(({ text }) => text)].join(',')}}`,
        panels, apps,
        appSubUrl: scriptJson(subPath), rendererVersion: scriptJson(rendererVersion),
        allowOrgCreate: String(mayCreateOrgs),
        buildInfo: hideVersion && !signedIn ? hiddenBuildInfo : buildInfo,
        licenseInfo: scriptJson({
          expiry: 0, stateInfo: '', edition: 'Open Source', enabledFeatures: {},
          licenseUrl: licensed ? `${subPath}/admin/upgrading` : 'https://grafana.com/oss/grafana?utm_source=grafana_footer',
        }),
        oauth,
        publicDashboardAccessToken: scriptJson(publicDashboard?.token ?? ''),
        namespace: scriptJson(namespace),
        // Compat: of the server, not of the org.
        openFeatureContext: scriptJson({ grafana_version: grafanaVersion, namespace: deps.namespaceOf(1), ...openFeatureContext(deps.ini) }),
        loginError: loginError === undefined ? undefined : scriptJson(loginError),
      });
      const bytes = Buffer.from(`{${fixed},${members.slice(1)}`, 'latin1');
      if (key !== undefined) {
        if (whole.size >= wholeMax) whole.clear();
        whole.set(key, { made, bytes });
      }
      return bytes;
    },
  };
}

const openFeatureContext = (ini: Ini) => {
  const section = ini.section('feature_toggles.openfeature.context');
  return Object.fromEntries(section.keys().map((key) => [key, section.string(key)]));
};

/** `version` is the one that clients are compatible with. */
function fullBuildInfo({ ini, startedAt }: FrontendSettingsDeps) {
  const commitShort = buildCommit.slice(0, 10);
  return {
    hideVersion: false, version: grafanaVersion, versionString: `Grafana v${grafanaVersion} (${commitShort})`, commit: buildCommit, commitShort, buildstamp: Math.floor(startedAt / 1000),
    edition: 'Open Source', latestVersion: '', hasUpdate: false, env: ini.section('').string('app_mode', 'production'),
  };
}

const skipSync = {
  GoogleSkipOrgRoleSync: 'google', GenericOAuthSkipOrgRoleSync: 'generic_oauth', GrafanaComSkipOrgRoleSync: 'grafana_com', AzureADSkipOrgRoleSync: 'azuread', GithubSkipOrgRoleSync: 'github',
  GitLabSkipOrgRoleSync: 'gitlab', OktaSkipOrgRoleSync: 'okta',
} as const;

function fixedSettings({ ini, rootUrl, toggles, plugins }: FrontendSettingsDeps): Record<string, unknown> {
  const s = (name: string) => ini.section(name);
  const [auth, users, analytics, alerting, dates, log] = [s('auth'), s('users'), s('analytics'), s('unified_alerting'), s('date_formats'), s('log.frontend')];
  const live = s('live').int('max_connections', 100);
  const history = s('unified_alerting.state_history');
  const historyBackend = history.string('backend', 'annotations');
  const recordingTarget = s('recording_rules').string('default_datasource_uid');
  const security = s('security');
  const csp = [security.bool('content_security_policy') && security.string('content_security_policy_template'), security.bool('content_security_policy_report_only') && security.string('content_security_policy_report_only_template')];
  const quickRanges = parsed(s('time_picker').string('quick_ranges'));
  const baseLayer = parsed(s('geomap').string('default_baselayer_config'));
  const azure = s('azure');
  const rendering = s('rendering');
  const skip = (provider: string) => s(`auth.${provider}`).bool('enabled') && s(`auth.${provider}`).bool('skip_org_role_sync');
  const zone = dates.string('default_timezone', 'browser');
  return {
    minRefreshInterval: s('dashboards').string('min_refresh_interval', '5s'), appUrl: rootUrl,
    authProxyEnabled: s('auth.proxy').bool('enabled'), ldapEnabled: s('auth.ldap').bool('enabled'), jwtHeaderName: s('auth.jwt').string('header_name'), jwtUrlLogin: s('auth.jwt').bool('url_login'),
    liveEnabled: live !== 0, liveMessageSizeLimit: s('live').int('message_size_limit', 65_536), liveNamespaced: true,
    autoAssignOrg: users.bool('auto_assign_org', true), verifyEmailEnabled: users.bool('verify_email_enabled'),
    sigV4AuthEnabled: auth.bool('sigv4_auth_enabled'), azureAuthEnabled: auth.bool('azure_auth_enabled'), rbacEnabled: true,
    exploreEnabled: s('explore').bool('enabled', true), helpEnabled: s('help').bool('enabled', true), profileEnabled: s('profile').bool('enabled', true), newsFeedEnabled: s('news').bool('news_feed_enabled', true),
    queryHistoryEnabled: s('query_history').bool('enabled', true),
    googleAnalyticsId: analytics.string('google_analytics_ua_id'), googleAnalytics4Id: analytics.string('google_analytics_4_id'),
    GoogleAnalytics4SendManualPageViews: analytics.bool('google_analytics_4_send_manual_page_views'),
    rudderstackWriteKey: analytics.string('rudderstack_write_key'), rudderstackDataPlaneUrl: analytics.string('rudderstack_data_plane_url'), rudderstackSdkUrl: analytics.string('rudderstack_sdk_url'),
    rudderstackV3SdkUrl: analytics.string('rudderstack_v3_sdk_url'), rudderstackConfigUrl: analytics.string('rudderstack_config_url'), rudderstackIntegrationsUrl: analytics.string('rudderstack_integrations_url'),
    analyticsConsoleReporting: analytics.bool('browser_console_reporter'), dashboardPerformanceMetrics: s('dashboards').list('dashboard_performance_metrics'),
    panelSeriesLimit: s('dashboards').int('panel_series_limit'), feedbackLinksEnabled: analytics.bool('feedback_links_enabled', true),
    applicationInsightsConnectionString: analytics.string('application_insights_connection_string'), applicationInsightsEndpointUrl: analytics.string('application_insights_endpoint_url'),
    // Compat: the reference reads another key here and always comes to true.
    applicationInsightsAutoRouteTracking: true,
    disableLoginForm: auth.bool('disable_login_form'), disableUserSignUp: !users.bool('allow_sign_up'), loginHint: users.string('login_hint'), passwordHint: users.string('password_hint'),
    externalUserMngInfo: users.string('external_manage_info'), externalUserMngLinkUrl: users.string('external_manage_link_url'), externalUserMngLinkName: users.string('external_manage_link_name'),
    externalUserMngAnalytics: users.bool('external_manage_analytics'), externalUserMngAnalyticsParams: users.string('external_manage_analytics_params'),
    externalUserUpgradeLinkUrl: users.string('external_user_upgrade_link_url'),
    viewersCanEdit: users.bool('viewers_can_edit'), disableSanitizeHtml: s('panels').bool('disable_sanitize_html'),
    trustedTypesDefaultPolicyEnabled: csp.some((template) => typeof template === 'string' && template.includes('require-trusted-types-for')),
    cspReportOnlyEnabled: security.bool('content_security_policy_report_only'),
    // Compat: unset, it is a list of one empty text.
    enableFrontendSandboxForPlugins: security.string('enable_frontend_sandbox_for_plugins').split(','),
    pluginRestrictedAPIsAllowList: plugins.restrictedApis.allow, pluginRestrictedAPIsBlockList: plugins.restrictedApis.block,
    exploreDefaultTimeOffset: s('explore').string('defaultTimeOffset') || s('explore').string('defaulttimeoffset', '1h'), exploreHideLogsDownload: s('explore').bool('hide_logs_download'),
    auth: {
      AuthProxyEnableLoginToken: s('auth.proxy').bool('enable_login_token'), OAuthSkipOrgRoleUpdateSync: auth.bool('oauth_skip_org_role_update_sync'), SAMLSkipOrgRoleSync: false,
      LDAPSkipOrgRoleSync: s('auth.ldap').bool('skip_org_role_sync'), JWTAuthSkipOrgRoleSync: s('auth.jwt').bool('skip_org_role_sync'),
      ...Object.fromEntries(Object.entries(skipSync).map(([key, provider]) => [key, skip(provider)])),
      disableLogin: auth.bool('disable_login'), basicAuthStrongPasswordPolicy: s('auth.basic').bool('password_policy'),
      passwordlessEnabled: toggles.has('passwordlessMagicLinkAuthentication') && s('auth.passwordless').bool('enabled'), disableSignoutMenu: auth.bool('disable_signout_menu'),
    },
    featureToggles: { ...Object.fromEntries([...toggles.enabled].map((name) => [name, true])), topnav: true },
    anonymousEnabled: s('auth.anonymous').bool('enabled'), anonymousDeviceLimit: s('auth.anonymous').int('device_limit'),
    rendererAvailable: rendering.string('server_url') !== '', rendererDefaultImageWidth: rendering.int('default_image_width', 1000),
    rendererDefaultImageHeight: rendering.int('default_image_height', 500), rendererDefaultImageScale: rendering.number('default_image_scale', 1),
    http2Enabled: s('server').string('protocol') === 'h2',
    grafanaJavascriptAgent: {
      enabled: log.bool('enabled'), customEndpoint: log.string('custom_endpoint', '/log-grafana-javascript-agent'), apiKey: log.string('api_key'), internalLoggerLevel: log.int('internal_logger_level'),
      consoleInstrumentalizationEnabled: log.bool('instrumentations_console_enabled', true), performanceInstrumentalizationEnabled: log.bool('instrumentations_performance_enabled', true),
      cspInstrumentalizationEnabled: log.bool('instrumentations_csp_enabled', true), tracingInstrumentalizationEnabled: log.bool('instrumentations_tracing_enabled', true),
      botFilterEnabled: log.bool('bot_filter_enabled'),
    },
    pluginCatalogURL: plugins.catalogUrl, pluginAdminEnabled: plugins.adminEnabled, pluginAdminExternalManageEnabled: plugins.adminExternalManage,
    pluginCatalogHiddenPlugins: [...plugins.catalogHidden, ...plugins.disabled], pluginCatalogManagedPlugins: [],
    pluginCatalogPreinstalledPlugins: plugins.preinstallDisabled ? null : [...plugins.preinstallAsync, ...plugins.preinstallSync].map(({ id, version, url }) => ({ id, version, ...(url ? { url } : {}) })),
    pluginCatalogPreinstalledAutoUpdate: plugins.preinstallAutoUpdate,
    ...(plugins.cdnBaseUrl === '' ? {} : { pluginsCDNBaseURL: plugins.cdnBaseUrl }),
    expressionsEnabled: s('expressions').bool('enabled', true),
    awsAllowedAuthProviders: s('aws').list('allowed_auth_providers', ['default', 'keys', 'credentials']), awsAssumeRoleEnabled: s('aws').bool('assume_role_enabled', true),
    awsPerDatasourceHTTPProxyEnabled: s('aws').bool('per_datasource_http_proxy_enabled'),
    supportBundlesEnabled: s('support_bundles').bool('enabled', true), snapshotEnabled: s('snapshots').bool('enabled', true),
    secureSocksDSProxyEnabled: s('secure_socks_datasource_proxy').bool('enabled') && s('secure_socks_datasource_proxy').bool('show_ui', true), reportingStaticContext: staticContext(s('analytics').string('reporting_static_context')),
    azure: {
      cloud: azure.string('cloud', 'AzureCloud'),
      ...Object.fromEntries([['managed_identity_enabled', 'managedIdentityEnabled'], ['workload_identity_enabled', 'workloadIdentityEnabled'], ['user_identity_enabled', 'userIdentityEnabled']].filter(([key]) => azure.bool(key!)).map(([, name]) => [name, true])),
      ...azureClouds(azure.string('clouds_config')),
    },
    defaultDatasourceManageAlertsUiToggle: s('datasources').bool('default_manage_alerts_ui_toggle', true),
    defaultAllowRecordingRulesTargetAlertsUiToggle: s('datasources').bool('default_allow_recording_rules_target_alerts_ui_toggle', true),
    caching: { enabled: true, cleanCacheEnabled: true, defaultTTLMs: 300_000 }, recordedQueries: { enabled: true }, reporting: { enabled: true }, analytics: { enabled: true },
    unifiedAlertingEnabled: alerting.bool('enabled', true),
    unifiedAlerting: {
      minInterval: alerting.string('min_interval', '10s'),
      ...(history.bool('enabled', true)
        ? {
            stateHistory: {
              backend: historyBackend, ...(history.string('primary') ? { primary: history.string('primary') } : {}),
              ...(history.string('prometheus_target_datasource_uid') ? { prometheusTargetDatasourceUID: history.string('prometheus_target_datasource_uid') } : {}),
              prometheusMetricName: history.string('prometheus_metric_name', 'GRAFANA_ALERTS'),
            },
            alertStateHistoryBackend: historyBackend, ...(history.string('primary') ? { alertStateHistoryPrimary: history.string('primary') } : {}),
          }
        : {}),
      recordingRulesEnabled: s('recording_rules').bool('enabled', true), ...(recordingTarget ? { defaultRecordingRulesTargetDatasourceUID: recordingTarget } : {}),
    },
    samlEnabled: false, samlName: '', tokenExpirationDayLimit: s('service_accounts').int('token_expiration_day_limit', -1), sharedWithMeFolderUID: 'sharedwithme', rootFolderUID: 'general', passwordlessEnabled: '',
    ...(baseLayer === undefined ? {} : { geomapDefaultBaseLayerConfig: baseLayer }), geomapDisableCustomBaseLayer: !s('geomap').bool('enable_custom_baselayers', true),
    publicDashboardsEnabled: s('public_dashboards').bool('enabled', true),
    cloudMigrationEnabled: s('cloud_migration').bool('enabled', true), cloudMigrationIsTarget: s('cloud_migration').bool('is_target'),
    cloudMigrationPollIntervalMs: s('cloud_migration').duration('frontend_poll_interval', 2_000),
    dateFormats: {
      fullDate: dates.string('full_date', 'YYYY-MM-DD HH:mm:ss'), useBrowserLocale: dates.bool('use_browser_locale'),
      interval: {
        millisecond: dates.string('interval_millisecond', 'HH:mm:ss.SSS'), second: dates.string('interval_second', 'HH:mm:ss'), minute: dates.string('interval_minute', 'HH:mm'), hour: dates.string('interval_hour', 'MM/DD HH:mm'),
        day: dates.string('interval_day', 'MM/DD'), month: dates.string('interval_month', 'YYYY-MM'), year: dates.string('interval_year', 'YYYY'),
      },
      defaultTimezone: isTimeZone(zone) ? zone : 'browser', defaultWeekStart: dates.string('default_week_start', 'browser'),
    },
    ...(quickRanges === undefined ? {} : { quickRanges }),
    sqlConnectionLimits: {
      maxOpenConns: s('sql_datasources').int('max_open_conns_default', 100), maxIdleConns: s('sql_datasources').int('max_idle_conns_default', 100), connMaxLifetime: s('sql_datasources').int('max_conn_lifetime_default', 14_400),
    },
    localFileSystemAvailable: true, listScopesEndpoint: s('scopes').string('list_scopes_endpoint'), listDashboardScopesEndpoint: s('scopes').string('list_dashboard_scopes_endpoint'),
  };
}

/** JSON of an INI value; undefined for none and for what is no JSON. */
function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function azureClouds(text: string): { clouds?: unknown[] } {
  const clouds = parsed(text);
  return Array.isArray(clouds) ? { clouds: clouds.map((cloud: Record<string, unknown>) => ({ name: cloud['name'], displayName: cloud['displayName'] })) } : {};
}

const isTimeZone = (zone: string) => zone === 'browser' || zone === 'UTC' || Intl.supportedValuesOf('timeZone').includes(zone);

const panelOrder = [
  'timeseries', 'barchart', 'stat', 'gauge', 'bargauge', 'table', 'singlestat', 'piechart', 'state-timeline', 'heatmap', 'status-history', 'histogram', 'graph', 'text', 'alertlist', 'dashlist', 'news',
];

function isShownPanel({ id, json }: Plugin, { plugins, toggles }: FrontendSettingsDeps): boolean {
  if (json.type !== 'panel' || (json.state === 'alpha' && !plugins.alphaEnabled)) return false;
  return id !== 'datagrid' || toggles.has('enableDatagridEditing');
}

function panelEntry(plugin: Plugin): Record<string, unknown> {
  const { json, id } = plugin;
  const order = panelOrder.indexOf(id);
  return {
    id, name: json.name, ...(json.aliasIDs ? { aliasIds: json.aliasIDs } : {}), info: json.info, hideFromList: json.hideFromList ?? false, sort: order < 0 ? 100 : order + 1,
    skipDataQuery: json.skipDataQuery, ...(json.suggestions ? { suggestions: true } : {}), state: json.state ?? '', baseUrl: plugin.baseUrl, signature: plugin.signature.status, module: plugin.module,
    angular: { detected: false }, loadingStrategy: plugin.loadingStrategy, ...(plugin.translations ? { translations: plugin.translations } : {}),
  };
}

function appEntry(plugin: Plugin, enabled: boolean): Record<string, unknown> {
  const { json, id } = plugin;
  return {
    id, path: plugin.module, version: json.info.version, preload: enabled && json.preload, angular: { detected: false }, loadingStrategy: plugin.loadingStrategy, extensions: json.extensions,
    dependencies: json.dependencies, ...(plugin.translations ? { translations: plugin.translations } : {}), ...(json.buildMode ? { buildMode: json.buildMode } : {}),
  };
}

// Compat: a field of the same name hides the plugin's extensions here.
const noExtensions = { addedLinks: null, addedComponents: null, exposedComponents: null, extensionPoints: null, addedFunctions: null };

function sourceMeta(plugin: Plugin, loadingStrategy: string): Record<string, unknown> {
  const { roles: _, actionSets: __, ...json } = plugin.json;
  return {
    ...json, signature: plugin.signature.status, module: plugin.module, baseUrl: plugin.baseUrl, angular: { detected: false }, multiValueFilterOperators: json.multiValueFilterOperators ?? false, loadingStrategy,
    extensions: noExtensions, ...(plugin.translations ? { translations: plugin.translations } : {}),
  };
}

function builtInSourcesText(store: PluginStore): string {
  const rows = [['grafana', '-- Grafana --', { id: -1, uid: 'grafana' }], ['mixed', '-- Mixed --', {}], ['dashboard', '-- Dashboard --', {}]] as const;
  return rows.flatMap(([id, name, ids]) => {
    const plugin = store.get(id);
    if (!plugin) return [];
    const entry = { ...ids, type: 'datasource', name, meta: sourceMeta(plugin, ''), isDefault: false, preload: false, jsonData: {}, readOnly: false, cachingConfig: { enabled: false, TTLMs: 0 } };
    return [`${JSON.stringify(name)}:${scriptJson(entry)}`];
  }).join(',');
}

interface SourceEntry {
  readonly uid: string;
  readonly name: string;
  readonly isDefault: boolean;
  /** `"name":{…}` */
  readonly text: string;
}

const sqlTypes = new Set(['mysql', 'mssql', 'grafana-postgresql-datasource', 'postgres']);

async function readSources(orgId: number, { dataSources, store }: FrontendSettingsDeps): Promise<readonly SourceEntry[]> {
  const entries: SourceEntry[] = [];
  for (const source of await dataSources.list(orgId)) {
    const plugin = store.get(source.type);
    if (!plugin) continue;
    const entry = await sourceEntry(source, plugin, dataSources);
    entries.push({ uid: source.uid, name: source.name, isDefault: source.isDefault, text: `${scriptJson(source.name)}:${scriptJson(entry)}` });
  }
  return entries;
}

async function sourceEntry(source: DataSource, plugin: Plugin, dataSources: Pick<DataSourceService, 'secretsOf'>): Promise<Record<string, unknown>> {
  const { id, uid, name, access, isDefault, readOnly, apiVersion } = source;
  const direct = access === 'direct';
  const jsonData = { ...(JSON.parse(source.jsonData) as Record<string, unknown> | null) };
  if (plugin.id === 'prometheus') jsonData['directUrl'] = source.url;
  if (sqlTypes.has(plugin.id) && source.database !== '') jsonData['database'] = source.database;
  return {
    id, uid, type: plugin.id, name, meta: sourceMeta(plugin, plugin.loadingStrategy), url: direct ? source.url : `/api/datasources/proxy/uid/${uid}`, isDefault, access, preload: plugin.json.preload,
    module: plugin.module, jsonData, readOnly, cachingConfig: { enabled: false, TTLMs: 0 }, ...(apiVersion === '' ? {} : { apiVersion }),
    ...(direct ? await directMembers(source, plugin.id, dataSources) : {}),
  };
}

/** What a browser needs that asks the source itself: the administrator chose that it learns these. */
async function directMembers(source: DataSource, type: string, dataSources: Pick<DataSourceService, 'secretsOf'>): Promise<Record<string, unknown>> {
  const secrets = source.secretKeys.length > 0 ? await dataSources.secretsOf(source) : {};
  return {
    ...(source.basicAuth ? { basicAuth: `Basic ${Buffer.from(`${source.basicAuthUser}:${secrets['basicAuthPassword'] ?? ''}`).toString('base64')}` } : {}),
    ...(source.withCredentials ? { withCredentials: true } : {}),
    ...(type === 'influxdb' ? { username: source.user, password: secrets['password'] ?? '', database: source.database } : {}),
    ...(type === 'elasticsearch' ? { database: source.database } : {}),
  };
}

/** `[analytics] reporting_static_context`: pairs of key and value. Compat: a blank before a key stays, behind what every key begins with. */
export function staticContext(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => pair.split('=')).filter((pair): pair is [string, string] => pair.length === 2);
  return Object.fromEntries(pairs.map(([key, value]) => [`_static_context_${key}`.trim(), value.trim()]));
}
