/** What can be granted on single dashboards and folders (dashboards-and-content §1.7). */
import type { ContentIndex } from '../../storage/search/content-index.ts';
import { namespaceOf } from '../../util/namespace.ts';
import { ApiError } from '../../web/errors.ts';
import { dashboardLevels, folderLevels } from '../identity/accesscontrol/action-sets.ts';
import type { ResourcePermissionOptions } from '../identity/accesscontrol/accesscontrol.ts';
import type { ContentAccess } from './access.ts';
import { dashboardErrors } from './dashboards/dashboard.ts';
import { folderErrors } from './folders/folder.ts';

const everybody = { users: true, serviceAccounts: true, teams: true, builtInRoles: true };

interface Deps {
  readonly index: ContentIndex;
  readonly access: ContentAccess;
}

export function dashboardPermissionOptions({ index, access }: Deps): ResourcePermissionOptions {
  return {
    resource: 'dashboards', attribute: 'uid', assignments: everybody, storedAsActionSets: true,
    levels: dashboardLevels,
    async inheritedScopes(orgId, uid) {
      await index.ready();
      const folder = index.dashboard(namespaceOf(orgId), uid)?.folder ?? '';
      return folder === '' ? ['folders:uid:general'] : access.folderScopes(orgId, folder);
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
    levels: folderLevels,
    async inheritedScopes(orgId, uid) {
      await index.ready();
      const parent = index.folder(namespaceOf(orgId), uid)?.folder ?? '';
      return parent === '' ? [] : access.folderScopes(orgId, parent);
    },
    async validate(orgId, uid, forWrite) {
      await index.ready();
      if (uid === 'general' || index.folder(namespaceOf(orgId), uid)) return;
      throw forWrite ? new ApiError(404, 'NotFound', { messageId: 'folder.notFound' }) : folderErrors.notFound();
    },
  };
}
