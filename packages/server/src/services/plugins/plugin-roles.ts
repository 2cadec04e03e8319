/** Roles and action sets that plugins bring along (plugins §10.2). */
import type { Plugin } from '../../plugins/plugin.ts';
import type { AccessControl, BasicRole, FixedRole } from '../identity/accesscontrol/accesscontrol.ts';

const basicRoles: readonly BasicRole[] = ['Viewer', 'Editor', 'Admin', 'Grafana Admin'];
const folderActions = new Set(['folders:create', 'folders:read', 'folders:write', 'folders:delete', 'folders.permissions:read', 'folders.permissions:write']);
const folderSets = new Set(['folders:view', 'folders:edit', 'folders:admin']);

/** Throws when the plugin asks for what is not its own to give. */
export function rolesOf({ id, json }: Plugin): FixedRole[] {
  return (json.roles ?? []).map(({ role, grants }) => {
    if (role.name === '') throw new Error('a role of the plugin has no name');
    for (const { action, scope } of role.permissions) checkPermission(id, action, scope);
    const unknown = grants.find((grant) => !(basicRoles as readonly string[]).includes(grant));
    if (unknown !== undefined) throw new Error(`a role of the plugin is granted to '${unknown}', which is no basic role`);
    return {
      name: `plugins:${id}:${role.name.toLowerCase().replaceAll(' ', '-')}`, displayName: role.name, description: role.description, group: json.name,
      permissions: role.permissions.map(({ action, scope }) => ({ action, scope })), grantedTo: grants as BasicRole[],
    };
  });
}

function checkPermission(id: string, action: string, scope: string): void {
  if (action.startsWith(`${id}:`) || action.startsWith(`${id}.`)) return;
  if (action === 'plugins:write' || action === 'plugins.app:access') {
    if (scope !== `plugins:id:${id}`) throw new Error(`expected action '${action}' to be scoped with 'plugins:id:${id}', found '${scope}'`);
    return;
  }
  if (folderActions.has(action)) {
    if (scope !== `folders:uid:${id}`) throw new Error(`expected action '${action}' to be scoped with 'folders:uid:${id}', found '${scope}'`);
    return;
  }
  throw new Error(`expected action '${action}' to be prefixed with any of '[plugins.app:access ${id}: ${id}.]'`);
}

export function declarePluginRoles(plugin: Plugin, access: Pick<AccessControl, 'declareRoles' | 'extendActionSet'>): void {
  const roles = rolesOf(plugin);
  for (const { action, actions } of plugin.json.actionSets ?? []) {
    if (!folderSets.has(action)) throw new Error(`the plugin extends '${action}', which is no set of folder actions`);
    const foreign = actions.find((one) => !one.startsWith(`${plugin.id}:`) && !one.startsWith(`${plugin.id}.`));
    if (foreign !== undefined) throw new Error(`expected action '${foreign}' to be prefixed with any of '[${plugin.id}: ${plugin.id}.]'`);
  }
  if (roles.length > 0) access.declareRoles(roles);
  for (const { action, actions } of plugin.json.actionSets ?? []) access.extendActionSet(action, actions);
}
