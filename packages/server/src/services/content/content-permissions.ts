/** What can be granted on single dashboards and folders (dashboards-and-content §1.7). */
import type { ContentIndex } from '../../storage/search/content-index.ts';
import { namespaceOf } from '../../util/namespace.ts';
import type { ResourcePermissionOptions } from '../identity/accesscontrol/accesscontrol.ts';
import type { ContentAccess } from './access.ts';
import { dashboardErrors } from './dashboards/dashboard.ts';
import { folderErrors } from './folders/folder.ts';

const dashboardView = ['dashboards:read', 'annotations:read'];
const dashboardEdit = [...dashboardView, 'dashboards:write', 'dashboards:delete', 'annotations:write', 'annotations:delete', 'annotations:create'];
const dashboardAdmin = [...dashboardEdit, 'dashboards.permissions:read', 'dashboards.permissions:write'];

const folderView = ['folders:read', 'alert.rules:read', 'library.panels:read', 'alert.silences:read'];
const folderEdit = [
  ...folderView, 'folders:write', 'folders:delete', 'dashboards:create', 'alert.rules:create', 'alert.rules:write', 'alert.rules:delete',
  'alert.silences:create', 'alert.silences:write', 'library.panels:create', 'library.panels:write', 'library.panels:delete',
];
const folderAdmin = [...folderEdit, 'folders.permissions:read', 'folders.permissions:write', 'folders:create'];

const everybody = { users: true, serviceAccounts: true, teams: true, builtInRoles: true };

interface Deps {
  readonly index: ContentIndex;
  readonly access: ContentAccess;
}

export function dashboardPermissionOptions({ index, access }: Deps): ResourcePermissionOptions {
  return {
    resource: 'dashboards', attribute: 'uid', assignments: everybody, storedAsActionSets: true,
    levels: [{ name: 'View', actions: dashboardView }, { name: 'Edit', actions: dashboardEdit }, { name: 'Admin', actions: dashboardAdmin }],
    async inheritedScopes(orgId, uid) {
      await index.ready();
      const folder = index.dashboard(namespaceOf(orgId), uid)?.folder ?? '';
      return folder === '' ? [] : access.folderScopes(orgId, folder);
    },
    async validate(orgId, uid) {
      await index.ready();
      if (!index.dashboard(namespaceOf(orgId), uid)) throw dashboardErrors.notFound();
    },
  };
}

export function folderPermissionOptions({ index, access }: Deps): ResourcePermissionOptions {
  return {
    resource: 'folders', attribute: 'uid', assignments: everybody, storedAsActionSets: true,
    levels: [
      { name: 'View', actions: [...dashboardView, ...folderView] }, { name: 'Edit', actions: [...dashboardEdit, ...folderEdit] },
      { name: 'Admin', actions: [...dashboardAdmin, ...folderAdmin] },
    ],
    async inheritedScopes(orgId, uid) {
      await index.ready();
      const parent = index.folder(namespaceOf(orgId), uid)?.folder ?? '';
      return parent === '' ? [] : access.folderScopes(orgId, parent);
    },
    async validate(orgId, uid) {
      await index.ready();
      if (!index.folder(namespaceOf(orgId), uid)) throw folderErrors.notFound();
    },
  };
}
