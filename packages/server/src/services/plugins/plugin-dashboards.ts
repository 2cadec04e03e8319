/** Dashboards that plugins bring along (dashboards-and-content §3.9): from their own folder, or, for built-in ones, from ours. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../infra/log/log.ts';
import type { Plugin, PluginStore } from '../../plugins/plugin.ts';

export interface PluginDashboard {
  /** As plugin.json names it: `dashboards/stats.json`. */
  readonly path: string;
  readonly dashboard: Readonly<Record<string, unknown>>;
}

export interface PluginDashboardsDeps {
  readonly store: Pick<PluginStore, 'get'>;
  /** Where the dashboards of built-in plugins are: `<folder>/<plugin id>/<path>`. */
  readonly folder: string;
  readonly log: Logger;
}

export function createPluginDashboards({ store, folder, log }: PluginDashboardsDeps) {
  async function read(plugin: Plugin, path: string): Promise<PluginDashboard | undefined> {
    const bytes = (await plugin.files.read(path))?.bytes ?? (plugin.pluginClass === 'core' ? await readFile(join(folder, plugin.id, path)).catch(() => undefined) : undefined);
    if (!bytes) return undefined;
    try {
      const dashboard: unknown = JSON.parse(bytes.toString('utf8'));
      if (typeof dashboard === 'object' && dashboard !== null && !Array.isArray(dashboard)) return { path, dashboard: dashboard as Record<string, unknown> };
    } catch (error) {
      log.warn('A dashboard of a plugin is not JSON', { pluginId: plugin.id, path, error });
    }
    return undefined;
  }

  return {
    name: (id: string): string | undefined => store.get(id)?.json.name,
    /** In the order of plugin.json; files that are missing are left out. Undefined: no such plugin. */
    async list(id: string): Promise<readonly PluginDashboard[] | undefined> {
      const plugin = store.get(id);
      if (!plugin) return undefined;
      // Paths come from plugin.json, which others wrote.
      const paths = (plugin.json.includes ?? []).filter(({ type, path }) => type === 'dashboard' && path !== '' && !path.split(/[\\/]/).includes('..')).map(({ path }) => path);
      return (await Promise.all(paths.map((path) => read(plugin, path)))).filter((found) => found !== undefined);
    },
  };
}
