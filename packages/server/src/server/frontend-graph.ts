/** What browsers get: pages with their boot data, files of a mounted frontend, and live channels. */
import type { Registry } from 'prom-client';
import { createBootData, type BootDataDeps } from '../api/boot-data.ts';
import { createAssetsSource } from '../api/frontend-assets.ts';
import { createFrontendSettings, type FrontendSettingsDeps } from '../api/frontend-settings.ts';
import { pageRoutes, type PagesApiDeps } from '../api/pages-api.ts';
import { createPages, type Pages } from '../api/pages.ts';
import { createStaticFiles } from '../api/static-files.ts';
import type { Clock } from '../infra/clock.ts';
import type { Logger } from '../infra/log/log.ts';
import { liveRoutes, liveUpgrades } from '../services/live/live-api.ts';
import { createLive, type Live, type LiveDeps } from '../services/live/live-service.ts';
import { createPluginStreamTargets, type PluginStreamTargetsDeps } from '../services/live/plugin-stream-targets.ts';
import type { DataSourceService } from '../services/datasources/records/data-source.ts';
import type { AccessControl } from '../services/identity/accesscontrol/accesscontrol.ts';
import type { Settings } from '../setting/settings.ts';
import type { ResourceStore } from '../storage/resource-store.ts';
import { namespaceOf } from '../util/namespace.ts';
import { grafanaVersion } from '../util/version.ts';
import { may } from '../web/access.ts';
import type { HttpServer } from '../web/http-server.ts';
import type { Identity } from '../web/identity.ts';
import type { Routes } from '../web/route.ts';
import type { PluginsGraph } from './plugins-graph.ts';
import type { Teardown } from './teardown.ts';

export interface FrontendGraphDeps {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly routes: Routes;
  readonly plugins: PluginsGraph;
  readonly dataSources: FrontendSettingsDeps['dataSources'];
  readonly oauth: FrontendSettingsDeps['oauth'];
  readonly people: Pick<BootDataDeps, 'preferences' | 'orgCount' | 'starred' | 'mayReadAllOrgs' | 'gravatarUrl'>;
  readonly publicDashboard: PagesApiDeps['publicDashboard'];
}

export function buildFrontend({ settings, clock, log, routes, plugins, dataSources, oauth, people, publicDashboard }: FrontendGraphDeps): Pages {
  const { ini, server, toggles } = settings;
  const development = settings.appMode === 'development';
  const { store, pluginSettings, pluginIni } = plugins;
  const frontendSettings = createFrontendSettings({
    ini, rootUrl: server.rootUrl, subPath: server.subUrl, toggles, plugins: pluginIni, store, pluginSettings, dataSources, namespaceOf, oauth, startedAt: clock.now(), now: () => clock.now(),
  });
  const bootData = createBootData({ ini, subPath: server.subUrl, rootUrl: server.rootUrl, toggles, frontendSettings, store, pluginSettings, ...people });
  const assets = createAssetsSource({ staticRoot: settings.paths.staticRoot, consoleRoot: settings.paths.console, cdnUrl: server.cdnUrl, version: grafanaVersion });
  const pages = createPages({
    bootData, store, toggles, serveFromSubPath: server.serveFromSubPath, log: log.child('frontend'), assets,
    page: { subPath: server.subUrl, tagManagerId: ini.section('analytics').string('google_tag_manager_id'), integrity: toggles.has('assetSriChecks') },
  });
  pageRoutes(routes, {
    pages, settings: frontendSettings, store, subPath: server.subUrl, rootUrl: server.rootUrl, staticFiles: createStaticFiles(assets.roots, development),
    pluginAdminEnabled: pluginIni.adminEnabled, ldapEnabled: ini.section('auth.ldap').bool('enabled'), publicDashboard,
  });
  return pages;
}

export interface LiveGraphDeps {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly routes: Routes;
  readonly teardown: Teardown;
  readonly dashboards: LiveDeps['dashboards'];
  readonly resources: LiveDeps['resources'];
  readonly client: PluginStreamTargetsDeps['client'];
  readonly catalog: PluginStreamTargetsDeps['catalog'];
  readonly dataSources: Pick<DataSourceService, 'resolve' | 'onEvent'>;
}

export function buildLive({ settings, clock, log, metrics, routes, teardown, dashboards, resources, client, catalog, dataSources }: LiveGraphDeps): Live & { mount(http: Pick<HttpServer, 'onUpgrade'>): void } {
  const live = createLive({
    settings: settings.live, rootUrl: settings.server.rootUrl, clock, log: log.child('live'), metrics, namespaceOf, dashboards, resources,
    targets: createPluginStreamTargets({ client, catalog, dataSource: async (orgId, uid) => (await dataSources.resolve(orgId, { uid }, { fresh: true }))?.settings }),
  });
  teardown.add('live', () => live.stop());
  dataSources.onEvent(({ kind, dataSource }) => {
    if (kind !== 'created') live.dataSourceChanged(dataSource.orgId, dataSource.uid, kind === 'deleted');
  });
  liveRoutes(routes, { live });
  return Object.assign(live, { mount: (http: Pick<HttpServer, 'onUpgrade'>) => liveUpgrades(http, { live }) });
}

/** Who may listen to a dashboard, and who may say that they edit it. One that does not exist is nobody's. */
export function liveDashboards(resources: Pick<ResourceStore, 'get'>, access: Pick<AccessControl, 'evaluate'>): LiveDeps['dashboards'] {
  const allowed = async (identity: Identity, action: string, uid: string) => {
    if (uid === '' || !(await resources.get({ group: 'dashboard.grafana.app', resource: 'dashboards', namespace: namespaceOf(identity.orgId), name: uid }))) return false;
    try {
      return await access.evaluate(identity, may(action, `dashboards:uid:${uid}`));
    } catch {
      return false;
    }
  };
  return { canRead: (identity, uid) => allowed(identity, 'dashboards:read', uid), canWrite: (identity, uid) => allowed(identity, 'dashboards:write', uid) };
}

/** The data sources that a shared dashboard's panels ask: pages of visitors are told of these only. */
export async function sharedSources(resources: Pick<ResourceStore, 'get'>, { orgId, dashboardUid }: { readonly orgId: number; readonly dashboardUid: string }) {
  const dashboard = await resources.get({ group: 'dashboard.grafana.app', resource: 'dashboards', namespace: namespaceOf(orgId), name: dashboardUid });
  const uids = new Set<string>();
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      const uid = key === 'datasource' && typeof member === 'object' && member !== null ? (member as { uid?: unknown }).uid : undefined;
      if (typeof uid === 'string') uids.add(uid);
      walk(member);
    }
  };
  if (dashboard) walk(JSON.parse(dashboard.spec));
  return { orgId, dataSourceUids: uids };
}
