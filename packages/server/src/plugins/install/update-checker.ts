/** What newer versions of plugins there are (plugins §15.4), asked of the catalogue at the start and every ten minutes. */
import type { Clock } from '../../infra/clock.ts';
import type { Logger } from '../../infra/log/log.ts';
import type { BackgroundService } from '../../registry/background-service.ts';
import { isMajorChange, isNewer } from '../../util/semver.ts';
import type { Plugin, PluginStore } from '../plugin.ts';
import type { Catalog } from './catalog.ts';
import type { Installer } from './installer.ts';

export interface UpdateCheckerDeps {
  readonly store: Pick<PluginStore, 'list'>;
  readonly catalog: Pick<Catalog, 'newest'>;
  /** Plugins that stay at the version that somebody chose. */
  readonly pinned: ReadonlySet<string>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Logger;
  /** Installs what is newer; undefined: it is only told. */
  readonly installs?: { readonly installer: Pick<Installer, 'install'>; readonly majorToo: boolean };
}

export interface PluginUpdates {
  /** The newer version, '' if there is none. */
  of(plugin: Plugin): string;
}

export const noUpdates: PluginUpdates = { of: () => '' };

const everyMs = 600_000;

export function createUpdateChecker({ store, catalog, pinned, clock, log, installs }: UpdateCheckerDeps): PluginUpdates & BackgroundService {
  let newest: ReadonlyMap<string, string> = new Map();

  const of = ({ id, pluginClass, json }: Plugin): string => {
    const found = pluginClass === 'core' || pinned.has(id) ? undefined : newest.get(id);
    return found !== undefined && isNewer(found, json.info.version) ? found : '';
  };

  async function check(): Promise<void> {
    const installed = store.list().filter(({ pluginClass }) => pluginClass !== 'core');
    if (installed.length === 0) return;
    newest = await catalog.newest(installed.map(({ id }) => id));
    if (!installs) return;
    for (const plugin of installed) {
      const version = of(plugin);
      if (version === '' || (!installs.majorToo && isMajorChange(version, plugin.json.info.version))) continue;
      log.info('Updating a plugin', { pluginId: plugin.id, from: plugin.json.info.version, to: version });
      await installs.installer.install(plugin.id, version, { byServer: true });
    }
  }

  return {
    name: 'plugin updates', of,
    async run(signal) {
      while (!signal.aborted) {
        await check().catch((error: unknown) => log.warn('Newer versions of plugins could not be asked for', { error }));
        await clock.sleep(everyMs, signal).catch(() => {});
      }
    },
  };
}
