/** What browsers get: pages with their boot data, files of a mounted frontend, and live channels. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { createBootData, type BootDataDeps } from '../api/boot-data.ts';
import { createAssetsSource } from '../api/frontend-assets.ts';
import { createFrontendSettings, type FrontendSettingsDeps } from '../api/frontend-settings.ts';
import { renderErrorPage } from '../api/index-page.ts';
import { pageRoutes, type PagesApiDeps } from '../api/pages-api.ts';
import { createPages, type Pages } from '../api/pages.ts';
import { createStaticFiles } from '../api/static-files.ts';
import type { Clock } from '../infra/clock.ts';
import type { Logger } from '../infra/log/log.ts';
import type { BackgroundService } from '../registry/background-service.ts';
import type { RenderKeys } from '../services/identity/authn/render/render-keys.ts';
import { renderingRoutes } from '../services/operations/rendering/rendering-api.ts';
import { createRenderingService } from '../services/operations/rendering/rendering-service.ts';
import type { RenderingService } from '../services/operations/rendering/rendering.ts';
import type { HttpClients } from '../tsdb/http-client/http-client.ts';
import { httpOptionsOf } from '../tsdb/http-client/http-options.ts';
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
  readonly rendererVersion: FrontendSettingsDeps['rendererVersion'];
}

export function buildFrontend({ settings, clock, log, routes, plugins, dataSources, oauth, people, publicDashboard, rendererVersion }: FrontendGraphDeps): Pages {
  const { ini, server, toggles } = settings;
  const development = settings.appMode === 'development';
  const { store, pluginSettings, pluginIni } = plugins;
  const frontendSettings = createFrontendSettings({
    ini, rootUrl: server.rootUrl, subPath: server.subUrl, toggles, plugins: pluginIni, store, pluginSettings, dataSources, namespaceOf, oauth, startedAt: clock.now(), now: () => clock.now(), rendererVersion,
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

export interface RenderingGraphDeps {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly routes: Routes;
  readonly backgroundServices: BackgroundService[];
  readonly metrics: Registry;
  readonly http: HttpClients;
  readonly keys: RenderKeys;
}

/** A renderer answers when the image is there: its own time limit ends the wait. */
const rendererTimeoutMs = 600_000;

export function buildRendering({ settings, clock, log, routes, backgroundServices, metrics, http, keys }: RenderingGraphDeps): RenderingService {
  const { server } = settings;
  const s = settings.ini.section('rendering');
  const caFile = s.string('ca_cert_file_path');
  const options = httpOptionsOf({ jsonData: {}, decryptedSecureJsonData: {} } as unknown as Parameters<typeof httpOptionsOf>[0], settings.dataProxy, `Grafana/${grafanaVersion}`);
  const client = http.create({ ...options, timeoutMs: rendererTimeoutMs, tls: { skipVerify: false, ...(caFile === '' ? {} : { ca: readFileSync(caFile, 'utf8') }) } });
  const rendering = createRenderingService({
    client, keys, clock, log: log.child('rendering'), metrics,
    settings: {
      serverUrl: s.string('server_url'), callbackUrl: (s.string('callback_url') || server.rootUrl).replace(/\/*$/, '/'), token: s.string('renderer_token', '-'),
      concurrentMax: s.int('concurrent_render_request_limit', 30), domain: server.domain,
    },
  });
  if (rendering.available) backgroundServices.push(rendering);
  renderingRoutes(routes, {
    rendering, defaults: { width: s.int('default_image_width', 1000), height: s.int('default_image_height', 500), scale: s.number('default_image_scale', 1) },
    picture: (name) => join(settings.homePath, 'public', 'img', name), errorPage: (title) => renderErrorPage(server.subUrl, title, 'The image could not be made. The server\'s log says why.'),
  });
  return rendering;
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
  /** Where Git Sync is on. */
  readonly watches: LiveDeps['watches'] | undefined;
}

export function buildLive({ settings, clock, log, metrics, routes, teardown, dashboards, resources, client, catalog, dataSources, watches }: LiveGraphDeps): Live & { mount(http: Pick<HttpServer, 'onUpgrade'>): void } {
  const live = createLive({
    settings: settings.live, rootUrl: settings.server.rootUrl, clock, log: log.child('live'), metrics, namespaceOf, dashboards, resources, ...(watches ? { watches } : {}),
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
