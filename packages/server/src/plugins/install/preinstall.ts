/** Plugins that the server installs by itself (plugins §15.3). */
import { setImmediate as turn } from 'node:timers/promises';
import type { Logger } from '../../infra/log/log.ts';
import type { BackgroundService } from '../../registry/background-service.ts';
import type { Preinstall } from '../../setting/plugin-settings.ts';
import { isMajorChange, isNewer } from '../../util/semver.ts';
import { ApiError } from '../../web/errors.ts';
import type { PluginStore } from '../plugin.ts';
import type { Catalog } from './catalog.ts';
import type { Installer } from './installer.ts';

export interface PreinstallDeps {
  readonly installer: Pick<Installer, 'install'>;
  readonly store: Pick<PluginStore, 'get'>;
  readonly catalog: Pick<Catalog, 'choose'>;
  /** `[plugins] preinstall_auto_update` */
  readonly autoUpdate: boolean;
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

async function preinstall({ id, version, url }: Preinstall, { installer, store, catalog, autoUpdate, log }: PreinstallDeps): Promise<void> {
  const present = store.get(id);
  if (present && version !== '' && present.json.info.version === version) return;
  // What is there stays, unless another version is asked for by its number or there is one that differs little.
  if (present && version === '' && !(autoUpdate && (url !== '' || (await differsLittle(id, present.json.info.version, catalog))))) return;
  log.info('Installing a plugin', { pluginId: id, version });
  try {
    await installer.install(id, version, { url, byServer: true });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
  }
}

async function differsLittle(id: string, present: string, catalog: PreinstallDeps['catalog']): Promise<boolean> {
  // A catalogue that does not answer is no reason against what is there.
  const newest = (await catalog.choose(id, '').catch(() => undefined))?.version ?? '';
  return isNewer(newest, present) && !isMajorChange(newest, present);
}
