import type { Ini } from './ini.ts';

/** `[paths]`, absolute. */
export interface PathSettings {
  readonly data: string;
  readonly logs: string;
  readonly plugins: string;
  readonly provisioning: string;
  /** What is provisioned: the folder above, or those of the sample. */
  readonly provisioningFolders: readonly string[];
  readonly tempDataLifetimeMs: number;
  readonly permittedProvisioningPaths: readonly string[];
  /** `[server] static_root_path`. */
  readonly staticRoot: string;
  /** Where Belvedere's own console is built to. */
  readonly console: string;
}

export function readPathSettings(ini: Ini, absolute: (path: string) => string, provisioningFolders?: readonly string[]): PathSettings {
  const paths = ini.section('paths');
  const permitted = paths.string('permitted_provisioning_paths');
  return {
    data: absolute(paths.string('data', 'data')),
    logs: absolute(paths.string('logs', 'data/log')),
    plugins: absolute(paths.string('plugins', 'data/plugins')),
    provisioning: absolute(paths.string('provisioning', 'conf/provisioning')),
    provisioningFolders: provisioningFolders ?? [absolute(paths.string('provisioning', 'conf/provisioning'))],
    tempDataLifetimeMs: paths.duration('temp_data_lifetime', 86_400_000),
    permittedProvisioningPaths: permitted === '' || permitted === '|' ? [] : permitted.split('|').map((path) => {
      if (path.trim() === '') paths.fail('permitted_provisioning_paths', 'has an empty element');
      return absolute(path.trim());
    }),
    staticRoot: absolute(ini.section('server').string('static_root_path', 'public')),
    console: absolute('../console/dist'),
  };
}
