/** Dashboards, folders and what hangs on them: the part of the graph between access control and the domains that lie in folders. */
import { convertDashboard } from '../apps/dashboard/schema/convert.ts';
import type { SourceLookups } from '../apps/dashboard/source-lookup.ts';
import type { Clock } from '../infra/clock.ts';
import type { Database } from '../infra/db/database.ts';
import type { Logger } from '../infra/log/log.ts';
import { createServerLock } from '../infra/serverlock/serverlock.ts';
import type { BackgroundService } from '../registry/background-service.ts';
import { createDashboardProvisioner } from '../services/content/provisioning/dashboard-provisioner.ts';
import type { ProvisioningFiles, ProvisioningService } from '../services/operations/provisioning/provisioning.ts';
import { migrateDashboard } from '../apps/dashboard/schema/migrate.ts';
import type { Secrets } from '../infra/secrets/secrets.ts';
import { annotationRoutes } from '../services/content/annotations/annotation-api.ts';
import { createAnnotationService } from '../services/content/annotations/annotation-service.ts';
import { createAnnotationStore } from '../services/content/annotations/annotation-store.ts';
import { createAuthors, type AuthorsDeps } from '../services/content/authors.ts';
import { createContentAccess, readActions, registerContentScopes } from '../services/content/access.ts';
import { dashboardPermissionOptions, folderPermissionOptions } from '../services/content/content-permissions.ts';
import { dashboardRoutes } from '../services/content/dashboards/dashboard-api.ts';
import { importRoutes, type PluginDashboards } from '../services/content/dashboards/dashboard-import.ts';
import { createDashboardService } from '../services/content/dashboards/dashboard-service.ts';
import { homeFor } from '../services/content/dashboards/home-dashboard.ts';
import { folderRoutes } from '../services/content/folders/folder-api.ts';
import { createFolderService } from '../services/content/folders/folder-service.ts';
import { libraryRoutes } from '../services/content/library/library-api.ts';
import { createLibraryService } from '../services/content/library/library-service.ts';
import { createLibraryStore } from '../services/content/library/library-store.ts';
import { permissionListRoutes } from '../services/content/permission-list-api.ts';
import type { Persons } from '../services/content/persons.ts';
import { publicDashboardRoutes, type PublicDashboardRoutesDeps } from '../services/content/publicdashboards/public-dashboard-api.ts';
import { createPublicDashboardService } from '../services/content/publicdashboards/public-dashboard-service.ts';
import { createPublicDashboardStore } from '../services/content/publicdashboards/public-dashboard-store.ts';
import { searchRoutes } from '../services/content/search/search-api.ts';
import { shortUrlRoutes } from '../services/content/shorturls/short-url-api.ts';
import { createShortUrlService } from '../services/content/shorturls/short-url-service.ts';
import { createShortUrlStore } from '../services/content/shorturls/short-url-store.ts';
import { snapshotRoutes } from '../services/content/snapshots/snapshot-api.ts';
import { createSnapshotService } from '../services/content/snapshots/snapshot-service.ts';
import { createSnapshotStore } from '../services/content/snapshots/snapshot-store.ts';
import { starRoutes } from '../services/content/stars/star-api.ts';
import { createStarService } from '../services/content/stars/star-service.ts';
import { createStarStore } from '../services/content/stars/star-store.ts';
import type { AccessControl, ResourcePermissionOptions, ResourcePermissions } from '../services/identity/accesscontrol/accesscontrol.ts';
import type { Settings } from '../setting/settings.ts';
import type { ResourceStore, StoredResource } from '../storage/resource-store.ts';
import { createContentIndex } from '../storage/search/content-index.ts';
import { namespaceOf, orgIdOf } from '../util/namespace.ts';
import { slugify } from '../util/slug.ts';
import type { Identity } from '../web/identity.ts';
import { signedIn } from '../web/access.ts';
import type { Routes } from '../web/route.ts';
import type { Teardown } from './teardown.ts';

export interface ContentGraphDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly teardown: Teardown;
  readonly routes: Routes;
  readonly store: ResourceStore;
  readonly accessControl: AccessControl;
  readonly resourcePermissions: (options: ResourcePermissionOptions) => ResourcePermissions;
  readonly secrets: Secrets;
  readonly lookUpAuthor: AuthorsDeps['lookUp'];
  readonly persons: Persons;
  readonly checkQuota: (orgId: number, target: 'dashboard' | 'folder') => Promise<void>;
  readonly log: Logger;
  readonly backgroundServices: BackgroundService[];
  readonly provisioning: Pick<ProvisioningService, 'register'>;
  readonly provisioningFiles: ProvisioningFiles;
  readonly orgExists: (orgId: number) => boolean | Promise<boolean>;
  /** Data sources, for bringing dashboards up to date. */
  readonly sources: SourceLookups;
  readonly homeUidOf: (identity: Identity) => Promise<string>;
  readonly plugins: PluginDashboards & { name(id: string): string | undefined };
  /** Runs the queries of shared dashboards. */
  readonly queries: Pick<PublicDashboardRoutesDeps, 'queries' | 'queryReply'>;
}

const starredMax = 50;
const cleanUpEveryMs = 600_000;

export type ContentGraph = ReturnType<typeof buildContent>;

export function buildContent(deps: ContentGraphDeps) {
  const { db, clock, settings, teardown, routes, store, accessControl, resourcePermissions, checkQuota } = deps;
  const { content } = settings;
  const subPath = settings.server.subUrl;
  const grantsOn = (kind: string) => content.managedPermissionsOnCreation.includes(kind);

  const index = createContentIndex({ store });
  teardown.add('content index', () => index.close());
  const access = createContentAccess({ index });
  registerContentScopes(accessControl.scopes, { index, access });
  const authors = createAuthors({ lookUp: deps.lookUpAuthor, now: () => clock.now() });
  const dashboardPermissions = resourcePermissions(dashboardPermissionOptions({ index, access }));
  const folderPermissions = resourcePermissions(folderPermissionOptions({ index, access }));

  const dashboards = createDashboardService({
    store, index, access, clock, permissions: dashboardPermissions, checkQuota, pluginName: (id) => deps.plugins.name(id), grantOnCreation: grantsOn('dashboard'),
    minRefreshMs: content.minRefreshMs,
  });
  const folders = createFolderService({
    store, index, access, clock, accessControl, permissions: folderPermissions, dashboards, checkQuota, grantOnCreation: grantsOn('folder'),
  });
  const stars = createStarService({ stars: createStarStore(db), index, access, clock });
  const library = createLibraryService({ store: createLibraryStore(db), index, access, clock });
  folders.contains(library.folderContent);
  const annotations = createAnnotationService({ store: createAnnotationStore(db), index, access, clock, settings: content.annotations });
  const shortUrls = createShortUrlService({ store: createShortUrlStore(db), clock, expireDays: content.shortLinkExpireDays });
  const snapshots = createSnapshotService({
    store: createSnapshotStore(db, deps.secrets), index, access, clock, settings: content.snapshots, subPath, fetch: globalThis.fetch,
  });
  const publicDashboards = createPublicDashboardService({ store: createPublicDashboardStore(db), index, access, clock });
  dashboards.onDeleted((orgId, uid) => stars.forgetDashboard(orgId, uid));
  dashboards.onDeleted((orgId, uid) => publicDashboards.forgetDashboard(orgId, uid));

  // Dashboards of the second generation, for those who know the first.
  const asClassic = async (stored: StoredResource): Promise<string | undefined> => {
    const orgId = orgIdOf(stored.namespace) ?? 0;
    await deps.sources.load(orgId);
    const { spec, error } = convertDashboard(stored.spec, stored.apiVersion, 'v0alpha1', deps.sources.current(orgId));
    return error === undefined ? JSON.stringify(spec) : undefined;
  };

  const lock = createServerLock({ db, clock });
  const provisioner = createDashboardProvisioner({
    files: deps.provisioningFiles, dashboards, folders, store, index, orgExists: deps.orgExists, lock, clock, log: deps.log.child('provisioning.dashboard'),
    async asStored(orgId, apiVersion, spec) {
      if (apiVersion !== 'v1beta1') return spec;
      await deps.sources.load(orgId);
      return JSON.stringify(migrateDashboard(JSON.parse(spec) as Record<string, unknown>, deps.sources.current(orgId)).dashboard);
    },
  });
  deps.provisioning.register(provisioner.provisioner);
  deps.backgroundServices.push(provisioner.service, {
    name: 'content clean-up',
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(cleanUpEveryMs, signal).catch(() => {});
        if (!signal.aborted) await lock.atMostEvery('content clean-up', cleanUpEveryMs - 60_000, cleanUp).catch((error: unknown) => deps.log.error('Clean-up of content failed', { error }));
      }
    },
  });

  /** Removes what is too old (dashboards-and-content §19). */
  async function cleanUp(): Promise<void> {
    await snapshots.cleanUp();
    await annotations.cleanUp();
    await shortUrls.cleanUp();
  }

  folderRoutes(routes, { folders, index, access, accessControl, authors, subPath });
  dashboardRoutes(routes, {
    dashboards, index, access, authors, subPath, viewersCanEdit: content.viewersCanEdit,
    isStarred: async (identity, uid) => (await stars.starredBy(identity)).has(uid),
    isPublic: (orgId, uid) => (content.publicDashboardsEnabled ? publicDashboards.isPublic(orgId, uid) : false),
    providerPath: provisioner.providerPath, asClassic,
  });
  routes.get('/api/dashboards/home', { access: signedIn, name: 'getHomeDashboard', tag: 'dashboards' }, ({ identity }) =>
    homeFor(identity, { dashboards, access, homeUidOf: deps.homeUidOf, subPath, homePage: content.homePage, homePath: content.defaultHomePath }));
  importRoutes(routes, {
    dashboards, index, plugins: deps.plugins, subPath, checkQuota, interpolates: ['dashboardLibrary', 'suggestedDashboards', 'dashboardTemplates'].some((toggle) => settings.toggles.has(toggle)),
    createLibraryPanels: (identity, folderUid, dashboard, elements) => library.createMissing(identity, folderUid, dashboard, elements),
  });
  permissionListRoutes(routes, { index, dashboardPermissions, folderPermissions, subPath, hiddenUsers: new Set(content.hiddenUsers) });
  searchRoutes(routes, { index, access, stars, subPath });
  starRoutes(routes, { stars });
  libraryRoutes(routes, { library, index, access, persons: deps.persons, subPath });
  annotationRoutes(routes, { annotations, index, persons: deps.persons, subPath });
  shortUrlRoutes(routes, { shortUrls, rootUrl: settings.server.rootUrl, namespaced: settings.toggles.has('kubernetesShortURLs') });
  snapshotRoutes(routes, { snapshots, settings: content.snapshots, rootUrl: settings.server.rootUrl });
  if (content.publicDashboardsEnabled) {
    publicDashboardRoutes(routes, { publicDashboards, dashboards, annotations, index, asClassic, clock, ...deps.queries });
  }

  return {
    index, access, authors, dashboards, folders, stars, snapshots, shortUrls, library, annotations, publicDashboards, dashboardPermissions, folderPermissions,
    /** Different tags of all dashboards in these namespaces. */
    async countTags(namespaces: readonly string[]): Promise<number> {
      await index.ready();
      return new Set(namespaces.flatMap((namespace) => index.entries(namespace, 'dashboard').flatMap(({ tags }) => tags))).size;
    },
    /** What the navigation lists: readable starred dashboards by title, at most fifty. */
    async starred(identity: Identity): Promise<{ uid: string; title: string; url: string }[]> {
      const uids = await stars.starredBy(identity);
      if (uids.size === 0) return [];
      await index.ready();
      const namespace = namespaceOf(identity.orgId);
      return [...uids].flatMap((uid) => index.dashboard(namespace, uid) ?? []).filter(access.filter(identity, readActions))
        .sort((a, b) => a.titleFolded.localeCompare(b.titleFolded)).slice(0, starredMax)
        .map(({ name, title }) => ({ uid: name, title, url: `${subPath}/d/${name}/${slugify(title)}` }));
    },
  };
}
