import type { Ini } from './ini.ts';

/** `[plugins]`, `[plugin.<id>]` and what else decides about plugins (plugins §16). */
export interface PluginSettings {
  readonly alphaEnabled: boolean;
  readonly appTlsSkipVerify: boolean;
  readonly unsignedAllowed: ReadonlySet<string>;
  readonly adminEnabled: boolean;
  readonly adminExternalManage: boolean;
  readonly catalogUrl: string;
  readonly catalogHidden: readonly string[];
  readonly disabled: readonly string[];
  /** Plugins that get the whole environment of this process. */
  readonly hostEnvironmentFor: readonly string[];
  readonly keyRetrievalDisabled: boolean;
  readonly cdnBaseUrl: string;
  readonly preinstallDisabled: boolean;
  readonly preinstallAutoUpdate: boolean;
  /** Installed while the server runs, then before it starts. */
  readonly preinstallAsync: readonly Preinstall[];
  readonly preinstallSync: readonly Preinstall[];
  readonly restrictedApis: { readonly allow: Readonly<Record<string, readonly string[]>>; readonly block: Readonly<Record<string, readonly string[]>> };
  /** Keys of `[plugin.<id>]`. */
  of(pluginId: string): Readonly<Record<string, string>>;
  readonly configuredPaths: readonly string[];
  /** `[analytics] check_for_plugin_updates` */
  readonly updateCheck: boolean;
  /** `[plugins] update_strategy`: whether the first number of a version may change by itself. */
  readonly majorUpdates: boolean;
  readonly grafanaComApiUrl: string;
  readonly grafanaComToken: string;
}

export interface Preinstall {
  readonly id: string;
  readonly version: string;
  readonly url: string;
}

/** Installed unless told otherwise. */
export const defaultApps: readonly string[] = ['grafana-lokiexplore-app', 'grafana-pyroscope-app', 'grafana-exploretraces-app', 'grafana-metricsdrilldown-app'];

export function readPluginSettings(ini: Ini, env: Readonly<Record<string, string | undefined>>): PluginSettings {
  const plugins = ini.section('plugins');
  const pluginSections = ini.sections().filter((name) => name.startsWith('plugin.'));
  const of = (id: string) => {
    const section = ini.section(`plugin.${id}`);
    return Object.fromEntries(section.keys().map((key) => [key, section.string(key)]));
  };
  const disabled = plugins.list('disable_plugins');
  const entries = (list: readonly string[]) => list.map(parsePreinstall).filter(({ id }) => id !== '' && !disabled.includes(id));
  const preinstallDisabled = plugins.bool('preinstall_disabled');
  const sync = entries([...plugins.list('preinstall_sync'), ...fromEnvironment(env)]);
  const wanted = new Map([...entries(defaultApps), ...entries(plugins.list('preinstall'))].map((entry) => [entry.id, entry]));
  for (const { id } of sync) wanted.delete(id);
  const lateOnes = plugins.bool('preinstall_async', true);
  const restricted = (name: string) => {
    const section = ini.section(`plugins.${name}`);
    return Object.fromEntries(section.keys().map((key) => [key, section.list(key)]));
  };
  const api = ini.section('grafana_com').string('api_url', 'https://grafana.com/api');
  return {
    alphaEnabled: plugins.bool('enable_alpha') || ini.section('panels').bool('enable_alpha'),
    appTlsSkipVerify: plugins.bool('app_tls_skip_verify_insecure'),
    // Compat: not trimmed; a space after the comma names another plugin.
    unsignedAllowed: new Set(plugins.string('allow_loading_unsigned_plugins').split(',')),
    adminEnabled: plugins.bool('plugin_admin_enabled', true),
    adminExternalManage: plugins.bool('plugin_admin_enabled', true) && plugins.bool('plugin_admin_external_manage_enabled'),
    catalogUrl: plugins.string('plugin_catalog_url', 'https://grafana.com/grafana/plugins/'),
    catalogHidden: plugins.list('plugin_catalog_hidden_plugins'),
    disabled,
    hostEnvironmentFor: plugins.list('forward_host_env_vars'),
    keyRetrievalDisabled: plugins.bool('public_key_retrieval_disabled'),
    cdnBaseUrl: plugins.string('cdn_base_url').replace(/\/$/, ''),
    preinstallDisabled,
    preinstallAutoUpdate: !preinstallDisabled && plugins.bool('preinstall_auto_update', true),
    preinstallAsync: preinstallDisabled || !lateOnes ? [] : [...wanted.values()],
    preinstallSync: preinstallDisabled ? [] : lateOnes ? sync : [...sync, ...wanted.values()],
    restrictedApis: { allow: restricted('restricted_apis_allowlist'), block: restricted('restricted_apis_blocklist') },
    of,
    configuredPaths: pluginSections.map((name) => ini.section(name).string('path')).filter((path) => path !== ''),
    updateCheck: ini.section('analytics').bool('check_for_plugin_updates', true),
    majorUpdates: plugins.string('update_strategy', 'latest') !== 'minor',
    grafanaComApiUrl: api.replace(/\/$/, ''),
    grafanaComToken: ini.section('grafana_com').string('sso_api_token'),
  };
}

/** `id[@version[@url]]` */
function parsePreinstall(text: string): Preinstall {
  const [id = '', version = '', ...url] = text.trim().split('@');
  return { id, version, url: url.join('@') };
}

/** `GF_INSTALL_PLUGINS`: a comma list of `id`, `id version` or `url;id`. */
function fromEnvironment(env: Readonly<Record<string, string | undefined>>): string[] {
  if (env['GF_INSTALL_PLUGINS_FORCE'] === 'true') return [];
  return (env['GF_INSTALL_PLUGINS'] ?? '').split(',').map((entry) => entry.trim()).filter((entry) => entry !== '').map((entry) => {
    const [url, id] = entry.includes(';') ? entry.split(';') : ['', entry];
    const [name = '', version = ''] = (id ?? '').split(/\s+/);
    return url ? `${name}@${version}@${url}` : `${name}@${version}`;
  });
}
