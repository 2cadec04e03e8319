/** Dashboards and folders under `/apis`: the second face of what `content-graph.ts` builds. */
import type { ApiServer } from '../apiserver/api-server.ts';
import { createDashboardDetails } from '../apps/dashboard/dashboard-details.ts';
import { dashboardKind } from '../apps/dashboard/dashboard-kind.ts';
import { searchRoutes } from '../apps/dashboard/search-routes.ts';
import type { SourceLookups } from '../apps/dashboard/source-lookup.ts';
import { folderKind } from '../apps/folder/folder-kind.ts';
import { snapshotKind, snapshotKindRoutes } from '../apps/snapshots/snapshot-kind.ts';
import { isV2 } from '../apps/dashboard/schema/convert.ts';
import type { Settings } from '../setting/settings.ts';
import type { ResourceStore } from '../storage/resource-store.ts';
import type { ContentGraph } from './content-graph.ts';

export interface ContentKindsDeps {
  readonly apiServer: Pick<ApiServer, 'register' | 'registerRoutes' | 'backendOf'>;
  readonly content: ContentGraph;
  readonly settings: Settings;
  readonly store: ResourceStore;
  readonly sources: SourceLookups;
  readonly checkQuota: (orgId: number, target: 'dashboard' | 'folder') => Promise<void>;
}

export function registerContentKinds({ apiServer, content, settings, store, sources, checkQuota }: ContentKindsDeps): void {
  const { index, access, dashboards, folders, publicDashboards, dashboardPermissions, folderPermissions } = content;
  const { toggles } = settings;
  const grantsOn = (kind: string) => settings.content.managedPermissionsOnCreation.includes(kind);
  apiServer.register(
    dashboardKind({
      index, access, sources, dashboards, permissions: dashboardPermissions, checkQuota, minRefreshMs: settings.content.minRefreshMs, subPath: settings.server.subUrl,
      validates: (version) => !toggles.has(isV2(version) ? 'dashboardDisableSchemaValidationV2' : 'dashboardDisableSchemaValidationV1'),
      isPublic: (orgId, uid) => (settings.content.publicDashboardsEnabled ? publicDashboards.isPublic(orgId, uid) : false),
      backendOf: (kind) => apiServer.backendOf(kind),
    }),
    folderKind({ index, access, permissions: folderPermissions, grantOnCreation: grantsOn('folder'), checkQuota, restore: (identity, uid) => folders.restore(identity, uid),
      confirmPlace: folders.confirmPlace, contents: () => folders.contents }),
  );
  const shots = { snapshots: content.snapshots, settings: settings.content.snapshots, rootUrl: settings.server.rootUrl };
  apiServer.register(snapshotKind(shots));
  apiServer.registerRoutes(...snapshotKindRoutes(shots));
  apiServer.registerRoutes(...searchRoutes({ index, access, details: createDashboardDetails({ store, index }) }));
}
