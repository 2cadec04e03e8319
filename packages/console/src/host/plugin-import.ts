/** Panel plugins by type. A type that the console cannot draw becomes a panel that shows its data as a table and says so. */
import { PanelPlugin, PluginType, type PanelPluginMeta } from '@grafana/data';
import { config } from '@grafana/runtime';
import { panelModules } from '../panels/panel-plugins.ts';
import { withProblem } from './panel-problem.tsx';
import { UnknownPanel } from './unknown-panel.tsx';

const loaded = new Map<string, PanelPlugin>();
const loading = new Map<string, Promise<PanelPlugin>>();

/** What the server says about a panel type; a name alone where it knows nothing. */
export function panelMeta(id: string): PanelPluginMeta {
  return config.panels[id] ?? ({
    id, name: id, type: PluginType.panel, module: '', baseUrl: '', sort: 100, info: { author: { name: '' }, description: '', links: [], logos: { small: '', large: '' }, screenshots: [], updated: '', version: '' },
  } as PanelPluginMeta);
}

export const panelPluginFromCache = (id: string): PanelPlugin | undefined => loaded.get(id);

/** Resolves for every id; fails only where the console's own file cannot be fetched. */
export function importPanelPlugin(id: string): Promise<PanelPlugin> {
  let plugin = loading.get(id);
  if (!plugin) {
    plugin = load(id);
    loading.set(id, plugin);
    plugin.catch(() => loading.delete(id));
  }
  return plugin;
}

async function load(id: string): Promise<PanelPlugin> {
  // biome-ignore lint/correctness/useHookAtTopLevel: not a hook, whatever its name
  const plugin = panelModules[id] ? (await panelModules[id]()).plugin : new PanelPlugin(UnknownPanel).useFieldConfig();
  if (plugin.panel && !panelMeta(id).skipDataQuery) plugin.panel = withProblem(plugin.panel);
  plugin.meta = { ...panelMeta(id), ...(panelModules[id] ? {} : { skipDataQuery: false }) };
  loaded.set(id, plugin);
  return plugin;
}
