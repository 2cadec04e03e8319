/** Plugins that the server installs by itself (plugins §15.3). */
import { setImmediate as turn } from 'node:timers/promises';
import type { Logger } from '../../infra/log/log.ts';
import type { BackgroundService } from '../../registry/background-service.ts';
import type { Preinstall } from '../../setting/plugin-settings.ts';
import { ApiError } from '../../web/errors.ts';
import type { PluginStore } from '../plugin.ts';
import type { Installer } from './installer.ts';

export interface PreinstallDeps {
  readonly installer: Pick<Installer, 'install'>;
  readonly store: Pick<PluginStore, 'get'>;
  readonly log: Logger;
}

/** Before the server listens: the first that fails ends the start. */
export async function preinstallAll(wanted: readonly Preinstall[], deps: PreinstallDeps): Promise<void> {
  for (const one of wanted) await preinstall(one, deps);
}

/** While the server runs: what fails is logged and left. */
export function createPreinstallService(wanted: readonly Preinstall[], deps: PreinstallDeps): BackgroundService {
  return {
    name: 'plugin-preinstall',
    async run(signal) {
      for (const one of wanted) {
        // The server answers between two of them.
        await turn();
        if (signal.aborted) return;
        await preinstall(one, deps).catch((error: unknown) => deps.log.warn('A plugin could not be installed', { pluginId: one.id, error }));
      }
    },
  };
}

async function preinstall({ id, version, url }: Preinstall, { installer, store, log }: PreinstallDeps): Promise<void> {
  const present = store.get(id);
  // What is there stays, unless another version is asked for by its number.
  if (present && (version === '' || present.json.info.version === version)) return;
  log.info('Installing a plugin', { pluginId: id, version });
  try {
    await installer.install(id, version, { url, byServer: true });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
  }
}
