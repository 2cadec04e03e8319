/** The environment that a plugin process gets, and nothing else of ours (plugins §17.1, §17.3). */
export interface EnvironmentOptions {
  readonly pluginId: string;
  readonly version: string;
  readonly rootUrl: string;
  readonly toggles: readonly string[];
  /** `[plugin.<id>]` */
  readonly section: Readonly<Record<string, string>>;
  /** The whole host environment is passed on. */
  readonly forwardHost: boolean;
  readonly host: Readonly<Record<string, string | undefined>>;
  /** Of plugins that are trusted with cloud settings: `AWS_AUTH_…`. */
  readonly cloud: Readonly<Record<string, string>>;
}

const passedOn = ['PLUGIN_UNIX_SOCKET_DIR', 'HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];

export function pluginEnvironment({ version, rootUrl, toggles, section, forwardHost, host, cloud }: EnvironmentOptions): Record<string, string> {
  const environment: Record<string, string> = {
    GF_VERSION: version, GF_EDITION: 'Open Source', GF_ENTERPRISE_LICENSE_PATH: '', GF_ENTERPRISE_APP_URL: rootUrl,
    ...(toggles.length > 0 ? { GF_INSTANCE_FEATURE_TOGGLES_ENABLE: toggles.join(',') } : {}),
    ...cloud,
  };
  for (const [key, value] of Object.entries(section)) {
    if (key === 'path' || key === 'id') continue;
    const name = `GF_PLUGIN_${key.toUpperCase()}`;
    environment[name] = host[name] || value;
  }
  const fromHost = forwardHost ? Object.keys(host) : passedOn;
  for (const name of fromHost) if (host[name] !== undefined && (forwardHost || host[name] !== '')) environment[name] = host[name]!;
  return { ...environment, grafana_plugin_type: 'datasource', PLUGIN_MIN_PORT: '10000', PLUGIN_MAX_PORT: '25000', PLUGIN_PROTOCOL_VERSIONS: '2' };
}

const goos: Readonly<Record<string, string>> = { win32: 'windows' };
const goarch: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

export const goPlatform = { os: goos[process.platform] ?? process.platform, arch: goarch[process.arch] ?? process.arch };

/** `gpx_acme` as the file for this machine: `gpx_acme_linux_amd64`. */
export const executableName = (base: string) => `${base}_${goPlatform.os}_${goPlatform.arch}${process.platform === 'win32' ? '.exe' : ''}`;
