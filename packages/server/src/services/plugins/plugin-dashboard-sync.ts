/** Dashboards of an app come when it is switched on and go when it is switched off (plugins §12.1). */
import type { Logger } from '../../infra/log/log.ts';
import type { PluginStore } from '../../plugins/plugin.ts';
import type { PluginDashboard } from './plugin-dashboards.ts';
import type { PluginSettingEvent } from './plugin-settings.ts';

export interface PluginDashboardSyncDeps {
  readonly store: Pick<PluginStore, 'get'>;
  readonly list: (pluginId: string) => Promise<readonly PluginDashboard[] | undefined>;
  /** Over whatever has its uid. */
  readonly save: (orgId: number, pluginId: string, dashboard: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Uids of what was imported from the plugin. */
  readonly imported: (orgId: number, pluginId: string) => Promise<readonly string[]>;
  readonly remove: (orgId: number, uid: string) => Promise<void>;
  readonly log: Logger;
}

export const createPluginDashboardSync = ({ store, list, save, imported, remove, log }: PluginDashboardSyncDeps) =>
  async ({ setting: { orgId, pluginId, enabled }, stateChanged }: PluginSettingEvent): Promise<void> => {
    const plugin = store.get(pluginId);
    if (!stateChanged || plugin?.json.type !== 'app') return;
    // A dashboard that cannot be saved does not keep the app from being switched.
    try {
      if (enabled) for (const { dashboard } of (await list(plugin.id)) ?? []) await save(orgId, plugin.id, dashboard);
      else for (const uid of await imported(orgId, plugin.id)) await remove(orgId, uid);
    } catch (error) {
      log.error('Dashboards of an app are not as the app wants them', { pluginId: plugin.id, orgId, error });
    }
  };
