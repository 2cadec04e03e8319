/** Whether a plugin is switched on, and what somebody may do with it (plugins §7, §10). */
import type { Plugin, PluginInclude, PluginStore } from '../../plugins/plugin.ts';
import { pluginApiErrors } from '../../plugins/plugin.ts';
import { roleIncludes, type Identity, type OrgRole } from '../../web/identity.ts';
import type { PluginSetting, PluginSettingsService } from './plugin-settings.ts';

export const pluginScope = (id: string) => `plugins:id:${id}`;

export const mayUseApp = (identity: Identity, id: string) => identity.permissions.has('plugins.app:access', pluginScope(id));

export interface PluginState {
  readonly enabled: boolean;
  readonly pinned: boolean;
}

/** Apps are off until somebody switches them on; everything else is on until somebody switches it off. */
export function stateOf(plugin: Plugin, settings: ReadonlyMap<string, PluginSetting>, store: Pick<PluginStore, 'get'>): PluginState {
  const row = settings.get(plugin.id);
  if (row) return { enabled: row.enabled, pinned: row.pinned };
  if (plugin.json.type === 'app') return { enabled: plugin.json.autoEnabled, pinned: plugin.json.autoEnabled };
  const app = plugin.includedInAppId === '' ? undefined : store.get(plugin.includedInAppId);
  return { enabled: app ? stateOf(app, settings, store).enabled : true, pinned: false };
}

/** Throws the 404 of a plugin that is not there or not switched on. */
export async function demandEnabled(store: Pick<PluginStore, 'get'>, settings: Pick<PluginSettingsService, 'list'>, orgId: number, idOrAlias: string): Promise<Plugin> {
  const plugin = store.get(idOrAlias);
  if (!plugin) throw pluginApiErrors.notFound();
  if (plugin.json.type !== 'app') return plugin;
  const row = (await settings.list(orgId)).get(plugin.id);
  if (!row && !plugin.json.autoEnabled) throw pluginApiErrors.settingNotFound();
  if (row && !row.enabled) throw pluginApiErrors.notEnabled();
  return plugin;
}

/** By action where the include names one, else by role. */
export function mayInclude(identity: Identity, pluginId: string, include: Pick<PluginInclude, 'action' | 'role'>): boolean {
  if (include.action) return hasPluginAction(identity, pluginId, include.action);
  return hasRole(identity, include.role);
}

export function hasPluginAction(identity: Identity, pluginId: string, action: string): boolean {
  const scoped = action === 'plugins:write' || action === 'plugins.app:access';
  return scoped ? identity.permissions.has(action, pluginScope(pluginId)) : identity.permissions.has(action);
}

export const hasRole = (identity: Identity, role: string) =>
  identity.isGrafanaAdmin || !isRole(role) || roleIncludes(identity.orgRole, role);

const isRole = (role: string): role is OrgRole => ['None', 'Viewer', 'Editor', 'Admin'].includes(role);
