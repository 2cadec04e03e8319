/** Starts a plugin's back end, whichever kind it brings: a TypeScript module or an executable. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Clock } from '../../infra/clock.ts';
import type { Logger } from '../../infra/log/log.ts';
import type { BackendRegistry } from '../client/plugin-client.ts';
import type { BackendProcess } from '../plugin-host.ts';
import type { Plugin } from '../plugin.ts';
import { executableName } from './plugin-environment.ts';

export interface StartBackendDeps {
  readonly backends: () => Pick<BackendRegistry, 'register' | 'unregister'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly environment: (pluginId: string) => Readonly<Record<string, string>>;
}

const modules = ['backend.js', 'backend.mjs', 'backend.ts'];

export const createBackendStarter = ({ backends, clock, log, environment }: StartBackendDeps) => async (plugin: Plugin): Promise<BackendProcess> => {
  const common = {
    clock, log: log.child(`plugin.${plugin.id}`), environment: () => environment(plugin.id),
    up: (backend: Parameters<BackendRegistry['register']>[1]) => backends().register(plugin.id, backend),
    down: () => backends().unregister(plugin.id),
  };
  const module = plugin.json.executable === undefined ? modules.map((name) => join(plugin.folder, name)).find((path) => existsSync(path)) : undefined;
  if (module) {
    const { startWorkerPlugin } = await import('./worker-plugin.ts');
    return startWorkerPlugin({ ...common, module: pathToFileURL(module).href });
  }
  const executable = join(plugin.folder, executableName(plugin.json.executable ?? ''));
  if (!existsSync(executable)) throw new Error(`there is no ${executable}`);
  const { startGoPlugin } = await import('./go-plugin-process.ts');
  return startGoPlugin({ ...common, executable });
};
