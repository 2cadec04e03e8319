/** Dashboards and folders for unit tests: the real services on a given database, and people with given permissions. */
import type { Clock } from '../../infra/clock.ts';
import type { Database } from '../../infra/db/database.ts';
import { silentLogger } from '../../infra/log/log.ts';
import { createContentIndex } from '../../storage/search/content-index.ts';
import { createResourceStore } from '../../storage/sql-resource-store.ts';
import { nobody, type Identity } from '../../web/identity.ts';
import { defineCoreActionSets } from '../identity/accesscontrol/action-sets.ts';
import { ActionSets, GrantIndex, LayeredPermissions } from '../identity/accesscontrol/permissions.ts';
import { createContentAccess } from './access.ts';
import { createDashboardService } from './dashboards/dashboard-service.ts';
import type { SaveDashboard } from './dashboards/dashboard.ts';
import { createFolderService } from './folders/folder-service.ts';

const sets = new ActionSets();
defineCoreActionSets(sets);

/** `person({ 'folders:edit': ['folders:uid:a'] })` */
export function person(grants: Readonly<Record<string, readonly string[]>>, more: Partial<Identity> = {}): Identity {
  const list = Object.entries(grants).flatMap(([action, scopes]) => scopes.map((scope) => ({ action, scope })));
  return { ...nobody, kind: 'user', id: 7, uid: 'ada', login: 'ada', orgId: 1, orgRole: 'Viewer', permissions: new LayeredPermissions([new GrantIndex(sets, list)]), ...more };
}

const everywhere = ['folders:*'];
export const admin = person({
  'folders:admin': everywhere, 'folders:create': everywhere, 'dashboards:create': everywhere, 'dashboards:read': ['*'], 'dashboards:write': ['*'], 'dashboards:delete': ['*'],
  'annotations:read': ['*'], 'annotations:create': ['*'], 'annotations:write': ['*'], 'annotations:delete': ['*'],
  'library.panels:create': ['*'], 'library.panels:read': ['*'], 'library.panels:write': ['*'], 'library.panels:delete': ['*'], 'snapshots:create': [''], 'snapshots:read': [''], 'snapshots:delete': [''],
}, { orgRole: 'Admin', id: 1, uid: 'root' });

const houses: { close(): void }[] = [];

/** After each test, so that nothing asks a database that is closed. */
export function closeHouses(): void {
  for (const house of houses.splice(0)) house.close();
}

export function contentHouse(db: Database, clock: Clock = { now: () => 1_700_000_000_000, sleep: async () => {} }) {
  const store = createResourceStore({ db, clock, log: silentLogger });
  const index = createContentIndex({ store });
  houses.push(index);
  const access = createContentAccess({ index });
  const permissions = { grantRootDefaults: async () => {}, grantOnCreation: async () => {}, forget: async () => {} };
  const dashboards = createDashboardService({
    store, index, access, clock, permissions, checkQuota: async () => {}, pluginName: () => undefined, grantOnCreation: false, minRefreshMs: 5_000,
  });
  const accessControl = { metadata: ({ permissions: own }: Identity, ...scopes: readonly string[]) => Object.fromEntries([...own.all().keys()].filter((action) => own.has(action, ...scopes)).map((action) => [action, true] as const)) };
  const folders = createFolderService({ store, index, access, clock, accessControl, permissions, dashboards, checkQuota: async () => {}, grantOnCreation: false });
  const save = (dashboard: object, more: Partial<SaveDashboard> & { as?: Identity } = {}) => dashboards.save(more.as ?? admin, {
    text: JSON.stringify(dashboard), dashboard, overwrite: false, message: '', folderUid: '', folderId: 0, ...more,
  });
  const folder = (uid: string, parentUid = '', as = admin) => folders.create(as, { uid, title: uid, description: '', parentUid });
  return { store, index, access, clock, dashboards, folders, save, folder };
}
