/**
 * Who may do what with dashboards and folders (dashboards-and-content §1.7). A right on a folder holds for everything below it, so a
 * decision is the object's own scope plus those of the folders above, which the content index knows.
 */
import type { ContentEntry } from '../../storage/search/content-entry.ts';
import type { ContentIndex } from '../../storage/search/content-index.ts';
import { namespaceOf } from '../../util/namespace.ts';
import { ApiError } from '../../web/errors.ts';
import type { Identity } from '../../web/identity.ts';
import type { ScopeResolvers } from '../identity/accesscontrol/accesscontrol.ts';

/** Name of the root where a folder is asked for. */
export const generalFolder = 'general';
/** Virtual folder of what somebody may read although they may not read the folder it is in. */
export const sharedFolder = 'sharedwithme';
/** Belongs to an app; people don't see it. */
const hiddenFolder = 'k6-app';

/** As much of an entry as decides who may see it. */
export type Placed = Pick<ContentEntry, 'kind' | 'name' | 'folder'>;

export interface ContentAccess {
  /** Scopes of a folder and of all folders above it; of the root: `folders:uid:general`. */
  folderScopes(orgId: number, folder: string): readonly string[];
  dashboardScopes(orgId: number, uid: string, folder: string): readonly string[];
  mayOnFolder(identity: Identity, action: string, folder: string): boolean;
  mayOnDashboard(identity: Identity, action: string, uid: string, folder: string): boolean;
  /** For lists: asks once a folder and once for the dashboards granted by themselves, however many entries there are. */
  filter(identity: Identity, actions: { readonly dashboards: string; readonly folders: string }): (entry: Placed) => boolean;
  /** Readable entries whose folder the identity cannot read. */
  sharedWith(identity: Identity): (entry: Placed) => boolean;
}

export const readActions = { dashboards: 'dashboards:read', folders: 'folders:read' } as const;
export const writeActions = { dashboards: 'dashboards:write', folders: 'folders:write' } as const;

export function createContentAccess({ index }: { index: Pick<ContentIndex, 'lineage'> }): ContentAccess {
  const folderScopes = (orgId: number, folder: string): readonly string[] =>
    folder === '' || folder === generalFolder ? rootScopes : index.lineage(namespaceOf(orgId), folder).map((name) => `folders:uid:${name}`);
  const dashboardScopes = (orgId: number, uid: string, folder: string) => [`dashboards:uid:${uid}`, ...folderScopes(orgId, folder)];

  function filter(identity: Identity, actions: { readonly dashboards: string; readonly folders: string }) {
    const { permissions, orgId } = identity;
    const dashboardsIn = remembered((folder) => permissions.has(actions.dashboards, ...folderScopes(orgId, folder)));
    const folders = remembered((folder) => permissions.has(actions.folders, ...folderScopes(orgId, folder)));
    let granted: ((uid: string) => boolean) | undefined;
    return (entry: Placed): boolean => {
      if (entry.kind === 'dashboard') return dashboardsIn(entry.folder) || (granted ??= dashboardGrants(identity, actions.dashboards))(entry.name);
      if (entry.name === hiddenFolder && identity.kind !== 'service-account') return false;
      return folders(entry.name);
    };
  }

  return {
    folderScopes, dashboardScopes, filter,
    mayOnFolder: (identity, action, folder) => identity.permissions.has(action, ...folderScopes(identity.orgId, folder)),
    mayOnDashboard: (identity, action, uid, folder) => identity.permissions.has(action, ...dashboardScopes(identity.orgId, uid, folder)),
    sharedWith(identity) {
      const readable = filter(identity, readActions);
      const open = remembered((folder) => identity.permissions.has('folders:read', ...folderScopes(identity.orgId, folder)));
      return (entry) => entry.folder !== '' && readable(entry) && !open(entry.folder);
    },
  };
}

function remembered(decide: (folder: string) => boolean): (folder: string) => boolean {
  const verdicts = new Map<string, boolean>();
  return (folder) => {
    let verdict = verdicts.get(folder);
    if (verdict === undefined) verdicts.set(folder, (verdict = decide(folder)));
    return verdict;
  };
}

const allDashboards: readonly string[] = ['*', 'dashboards:*', 'dashboards:uid:*'];

/** Dashboards that an action was granted on by themselves. With a wildcard for some of them each is asked for. */
function dashboardGrants({ permissions }: Pick<Identity, 'permissions'>, action: string): (uid: string) => boolean {
  const scopes = permissions.scopes(action);
  if (scopes.some((scope) => allDashboards.includes(scope))) return () => true;
  if (scopes.some((scope) => scope.startsWith('dashboards:uid:') && scope.endsWith('*'))) return (uid) => permissions.has(action, `dashboards:uid:${uid}`);
  const uids = new Set(scopes.filter((scope) => scope.startsWith('dashboards:uid:')).map((scope) => scope.slice('dashboards:uid:'.length)));
  return (uid) => uids.has(uid);
}

const rootScopes = [`folders:uid:${generalFolder}`];

/** Teaches access control where dashboards and folders lie. */
export function registerContentScopes(scopes: ScopeResolvers, { index, access }: { index: ContentIndex; access: ContentAccess }): void {
  scopes.register('dashboards:uid:', async (orgId, scope) => {
    await index.ready();
    const uid = scope.slice('dashboards:uid:'.length);
    const found = index.dashboard(namespaceOf(orgId), uid);
    if (!found) throw new ApiError(404, 'Dashboard not found');
    return access.dashboardScopes(orgId, uid, found.folder);
  });
  scopes.register('dashboards:id:', async (orgId, scope) => {
    await index.ready();
    const [found] = index.byLegacyId(namespaceOf(orgId), 'dashboard', Number(scope.slice('dashboards:id:'.length)));
    if (!found) throw new ApiError(404, 'Dashboard not found');
    return access.dashboardScopes(orgId, found.name, found.folder);
  });
  scopes.register('folders:uid:', async (orgId, scope) => {
    await index.ready();
    const uid = scope.slice('folders:uid:'.length);
    if (uid !== generalFolder && uid !== sharedFolder && !index.folder(namespaceOf(orgId), uid)) throw new Error('there is no such folder');
    return access.folderScopes(orgId, uid);
  });
  scopes.register('folders:id:', async (orgId, scope) => {
    await index.ready();
    const id = Number(scope.slice('folders:id:'.length));
    if (id === 0) return access.folderScopes(orgId, generalFolder);
    const [found] = index.byLegacyId(namespaceOf(orgId), 'folder', id);
    if (!found) throw new Error('there is no such folder');
    return access.folderScopes(orgId, found.name);
  });
}
