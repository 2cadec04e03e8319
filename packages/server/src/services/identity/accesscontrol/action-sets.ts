/** Levels of the resources with managed permissions (identity-and-access §10.4), and the action sets they are stored as. */
import type { ActionSets } from './permissions.ts';

type Level = { readonly name: string; readonly actions: readonly string[] };

/** Each level holds what the ones before it do. */
function ladder(...steps: readonly (readonly [name: string, ...actions: string[]])[]): readonly Level[] {
  const levels: Level[] = [];
  let actions: readonly string[] = [];
  for (const [name, ...more] of steps) {
    actions = [...actions, ...more];
    levels.push({ name, actions });
  }
  return levels;
}

export const dashboardLevels = ladder(
  ['View', 'dashboards:read', 'annotations:read'],
  ['Edit', 'dashboards:write', 'dashboards:delete', 'annotations:write', 'annotations:delete', 'annotations:create'],
  ['Admin', 'dashboards.permissions:read', 'dashboards.permissions:write'],
);

const ofFolders = ladder(
  ['View', 'folders:read', 'alert.rules:read', 'library.panels:read', 'alert.silences:read'],
  ['Edit', 'folders:write', 'folders:delete', 'dashboards:create', 'alert.rules:create', 'alert.rules:write', 'alert.rules:delete',
    'alert.silences:create', 'alert.silences:write', 'library.panels:create', 'library.panels:write', 'library.panels:delete'],
  ['Admin', 'folders.permissions:read', 'folders.permissions:write'],
);

export const folderLevels: readonly Level[] = ofFolders.map(({ name, actions }, i) => ({ name, actions: [...dashboardLevels[i]!.actions, ...actions] }));

export const teamLevels = ladder(
  ['Member', 'teams:read'],
  ['Admin', 'teams:delete', 'teams:write', 'teams.permissions:read', 'teams.permissions:write'],
);

export const serviceAccountLevels = ladder(
  ['Edit', 'serviceaccounts:read', 'serviceaccounts:write'],
  ['Admin', 'serviceaccounts:delete', 'serviceaccounts.permissions:read', 'serviceaccounts.permissions:write'],
);

export const receiverLevels = ladder(
  ['View', 'alert.notifications.receivers:read'],
  ['Edit', 'alert.notifications.receivers:write', 'alert.notifications.receivers:delete', 'alert.notifications.receivers.test:create'],
  ['Admin', 'alert.notifications.receivers.secrets:read', 'receivers.permissions:read', 'receivers.permissions:write', 'alert.notifications.receivers.protected:write'],
);

export const dataSourceLevels = ladder(['Query', 'datasources:read', 'datasources:query']);

/** `Edit` of folders -> `folders:edit`. */
export const actionSetOf = (resource: string, level: string) => `${resource}:${level.toLowerCase()}`;

/** The sets that grants on folders and dashboards are stored as. Folders from Edit on may also create folders inside. */
export function defineCoreActionSets(sets: ActionSets): void {
  for (const { name, actions } of dashboardLevels) sets.define(actionSetOf('dashboards', name), actions);
  for (const { name, actions } of folderLevels) {
    sets.define(actionSetOf('folders', name), name === 'View' ? actions : [...actions, 'folders:create']);
  }
}
