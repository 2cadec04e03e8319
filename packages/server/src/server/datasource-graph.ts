/** Data sources: records, back ends and who calls them, queries, the proxy. */
import { Counter, type Registry } from 'prom-client';
import type { ExpressionService } from '../expr/expr.ts';
import type { Clock } from '../infra/clock.ts';
import type { Database } from '../infra/db/database.ts';
import type { Logger } from '../infra/log/log.ts';
import { createServerLock } from '../infra/serverlock/serverlock.ts';
import type { BackgroundService } from '../registry/background-service.ts';
import type { Secrets } from '../infra/secrets/secrets.ts';
import { createBackendRegistry } from '../plugins/client/backend-registry.ts';
import { createGrafanaConfig } from '../plugins/client/grafana-config.ts';
import type { PluginCatalog } from '../plugins/client/plugin-client.ts';
import { createPluginRequestMetrics } from '../plugins/client/plugin-request-metrics.ts';
import { createPluginClient, type ForwardedCredentials } from '../plugins/client/plugin-client-service.ts';
import { correlationRoutes } from '../services/datasources/correlations/correlation-api.ts';
import { createCorrelationService } from '../services/datasources/correlations/correlation-service.ts';
import { createDataSourceProvisioner } from '../services/datasources/provisioning/data-source-provisioner.ts';
import { queryHistoryRoutes } from '../services/datasources/queryhistory/query-history-api.ts';
import { createQueryHistoryService } from '../services/datasources/queryhistory/query-history-service.ts';
import { proxyRoutes, proxyUpgrades } from '../services/datasources/proxy/proxy-api.ts';
import { createDataSourceProxy } from '../services/datasources/proxy/proxy-service.ts';
import { queryRoutes } from '../services/datasources/query/query-api.ts';
import { createQueryService } from '../services/datasources/query/query-service.ts';
import { dataSourceRoutes } from '../services/datasources/records/data-source-api.ts';
import { createDataSourceService } from '../services/datasources/records/data-source-service.ts';
import { resourceRoutes } from '../services/datasources/resources/resource-api.ts';
import type { AccessControl, ResourcePermissionOptions, ResourcePermissions } from '../services/identity/accesscontrol/accesscontrol.ts';
import type { ProvisioningFiles, ProvisioningService } from '../services/operations/provisioning/provisioning.ts';
import type { OrgService } from '../services/tenancy/orgs/org.ts';
import type { QuotaService } from '../services/tenancy/quotas/quota.ts';
import type { Settings } from '../setting/settings.ts';
import { createHttpClientMetrics } from '../tsdb/http-client/http-client-metrics.ts';
import { createHttpClients } from '../tsdb/http-client/http-client.ts';
import { builtInSources } from '../tsdb/registry/built-in-sources.ts';
import { grafanaVersion } from '../util/version.ts';
import type { HttpServer } from '../web/http-server.ts';
import type { Routes } from '../web/route.ts';
import type { Teardown } from './teardown.ts';

export interface DataSourceGraphDeps {
  readonly settings: Settings;
  readonly metrics: Registry;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly secrets: Secrets;
  readonly routes: Routes;
  readonly teardown: Teardown;
  readonly backgroundServices: BackgroundService[];
  readonly catalog: PluginCatalog;
  readonly expressions: ExpressionService;
  readonly access: AccessControl;
  readonly quotas: QuotaService;
  readonly credentials: ForwardedCredentials;
  readonly makePermissions: (options: ResourcePermissionOptions) => ResourcePermissions;
  readonly orgs: Pick<OrgService, 'get'>;
  readonly provisioning: ProvisioningService;
  readonly provisioningFiles: ProvisioningFiles;
}

const cleanUpEveryMs = 600_000;

export type DataSourceGraph = ReturnType<typeof buildDataSources>;

export function buildDataSources({ settings, metrics, db, clock, log, secrets, routes: allRoutes, teardown, backgroundServices, catalog, expressions, access, quotas, credentials, makePermissions, orgs, provisioning, provisioningFiles }: DataSourceGraphDeps) {
  const { ini, dataProxy, security, server, toggles } = settings;
  const routes = toggles.has('datasourceDisableIdApi') ? withoutIds(allRoutes) : allRoutes;
  const authProxy = ini.section('auth.proxy');
  const authProxyHeader = authProxy.bool('enabled') ? authProxy.string('header_name', 'X-WEBAUTH-USER') : undefined;

  const grants = dataSourceGrants(makePermissions, settings.identity.managedOnCreation.includes('datasource'));
  const byId = new Counter({ name: 'grafana_db_datasource_query_by_id_total', help: 'Counter for getting a data source by its id.', registers: [metrics] });
  const dataSources = createDataSourceService({
    db, secrets, catalog, clock, log: log.child('datasources'), listLimit: dataProxy.dataSourceLimit, grants, onFindById: () => byId.inc(),
  });
  quotas.register('org', 'data_source', ({ orgId }) => dataSources.count(orgId));
  quotas.register('global', 'data_source', () => dataSources.count());

  const correlations = createCorrelationService({ db, clock, dataSources });
  quotas.register('global', 'correlations', () => correlations.count());
  provisioning.register(createDataSourceProvisioner({
    files: provisioningFiles, dataSources, correlations, orgExists: async (orgId) => (await orgs.get(orgId)) !== undefined, log: log.child('provisioning.datasources'),
  }));

  const http = createHttpClients(process.env, createHttpClientMetrics(metrics));
  teardown.add('outbound connections', () => http.close());
  // Plugins read version, system and architecture of it; upstreams see the version only.
  const userAgent = `Grafana/${grafanaVersion}`;
  const backends = createBackendRegistry(builtInSources({ http, dataProxy, toggles, userAgent, staticRoot: settings.paths.staticRoot, clock, log: log.child('tsdb') }));
  const forwarding = {
    loginCookieName: ini.section('auth').string('login_cookie_name', 'grafana_session'), sendUserHeader: dataProxy.sendUserHeader, signInHeaders: signInHeaders(settings, authProxyHeader),
  };
  const plugins = createPluginClient({
    catalog, backends, credentials, metrics: createPluginRequestMetrics(metrics), settings: forwarding, log: log.child('plugins'), userAgent: `${userAgent} (${process.platform}; ${process.arch === 'x64' ? 'amd64' : process.arch})`,
    grafanaConfig: createGrafanaConfig({ ini, appUrl: server.rootUrl, toggles, dataProxy, userFacingError: server.userFacingError }),
  });
  const queries = createQueryService({ dataSources, plugins, expressions, clock, log: log.child('query'), concurrentSources: dataProxy.concurrentQueryLimit });
  const proxy = createDataSourceProxy({
    catalog, http, dataProxy, forwarding, credentials, access, whitelist: security.dataSourceProxyWhitelist, userAgent, clock, log: log.child('data-proxy'),
  });

  dataSourceRoutes(routes, { dataSources, catalog, access, authProxyHeader, checkQuota: ({ identity }) => quotas.demand('data_source', identity) });
  correlationRoutes(routes, { correlations, checkQuota: ({ identity }) => quotas.demand('correlations', identity) });
  resourceRoutes(routes, { dataSources, plugins, catalog });
  proxyRoutes(routes, { dataSources, proxy });
  queryRoutes(routes, { queries });

  const history = createQueryHistoryService({ db, clock });
  if (ini.section('query_history').bool('enabled', true)) queryHistoryRoutes(routes, { history, clock });
  const lock = createServerLock({ db, clock });
  backgroundServices.push({
    name: 'query history clean-up',
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(cleanUpEveryMs, signal).catch(() => {});
        if (signal.aborted) return;
        await lock.atMostEvery('query history clean-up', cleanUpEveryMs - 60_000, async () => {
          await history.cleanUp();
        }).catch((error: unknown) => log.error('Clean-up of the query history failed', { error }));
      }
    },
  });

  return { dataSources, forwarding, correlations, http, backends, plugins, queries, proxy,
    /** What is not a request with an answer. */
    mount: (server: Pick<HttpServer, 'onUpgrade'>) => proxyUpgrades(server, { dataSources, proxy }),
  };
}

/** The routes that name a data source by its number can be switched off. */
function withoutIds(routes: Routes): Routes {
  const kept = (declare: (path: string, ...rest: never[]) => void) => (path: string, ...rest: never[]) => {
    if (!path.includes('/:id')) declare(path, ...rest);
  };
  const on = (methods: never, path: string, ...rest: never[]) => {
    if (!path.includes('/:id')) (routes.on as (...all: unknown[]) => void)(methods, path, ...rest);
  };
  const { get, post, put, patch, delete: remove } = routes;
  return { get: kept(get as never), post: kept(post as never), put: kept(put as never), patch: kept(patch as never), delete: kept(remove as never), on } as unknown as Routes;
}

/** Everybody may read and query a new data source; what was granted on one goes with it (queries-and-frames §2.2, §2.4). */
function dataSourceGrants(makePermissions: DataSourceGraphDeps['makePermissions'], onCreation: boolean) {
  const permissions = makePermissions({
    resource: 'datasources', attribute: 'uid', assignments: { users: true, serviceAccounts: true, teams: true, builtInRoles: true },
    levels: [{ name: 'Query', actions: ['datasources:read', 'datasources:query'] }],
  });
  const levels = (['Viewer', 'Editor'] as const).map((role) => ({ assignee: { kind: 'builtin' as const, role }, level: 'Query' }));
  return {
    async onCreated(orgId: number, uid: string) {
      if (onCreation) await permissions.grantOnCreation(orgId, uid, levels);
    },
    onDeleted: (orgId: number, uid: string) => permissions.forget(orgId, uid),
  };
}

/** Headers that sign people in here: none of them is for a data source. */
function signInHeaders({ ini }: Settings, authProxyHeader: string | undefined): ReadonlySet<string> {
  const headers = new Set(['authorization', 'x-grafana-device-id', 'x-access-token', 'x-grafana-id']);
  const jwt = ini.section('auth.jwt');
  if (jwt.bool('enabled') && jwt.string('header_name') !== '') headers.add(jwt.string('header_name').toLowerCase());
  if (authProxyHeader === undefined) return headers;
  headers.add(authProxyHeader.toLowerCase());
  // `Name:X-WEBAUTH-NAME, Email:X-WEBAUTH-EMAIL`
  for (const entry of ini.section('auth.proxy').list('headers')) headers.add(entry.slice(entry.indexOf(':') + 1).trim().toLowerCase());
  return headers;
}
