/** The object graph, built top to bottom in order of need. What undoes a part is registered as soon as the part exists. */
import type { Server as HttpsServer } from 'node:https';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { healthRoutes } from '../api/health-api.ts';
import { keepingManaged } from '../apiserver/managed-writes.ts';
import { createSourceLookups } from '../apps/dashboard/source-lookup.ts';
import { historianRoutes } from '../apps/historian/historian-kind.ts';
import { notificationKindRoutes, notificationKinds } from '../apps/notifications/notification-kinds.ts';
import { receiverKind } from '../apps/notifications/receiver-kind.ts';
import { ruleKinds } from '../apps/rules/rule-kinds.ts';
import { starsKind } from '../apps/stars/stars-kind.ts';
import { systemClock } from '../infra/clock.ts';
import { migrate } from '../infra/db/migrator.ts';
import { createMailer } from '../infra/mail/mailer.ts';
import { openRemoteCache } from '../infra/remotecache/open-remote-cache.ts';
import { openDatabase } from '../infra/db/open-database.ts';
import { createExpressionService } from '../expr/expr-service.ts';
import { createSqlCommand } from '../expr/sql/sql-command.ts';
import { createKeyValueStore } from '../infra/kvstore/kvstore.ts';
import type { Logger } from '../infra/log/log.ts';
import { createSecrets } from '../infra/secrets/secrets-service.ts';
import { createPipeline } from '../middleware/pipeline.ts';
import { createRequestMetrics } from '../middleware/request-metrics.ts';
import { createPluginInfoMetrics } from '../plugins/plugin-info-metrics.ts';
import type { BackgroundService } from '../registry/background-service.ts';
import { folderErrors } from '../services/content/folders/folder.ts';
import { gotoRoute } from '../services/content/shorturls/short-url-api.ts';
import { demandEnabled } from '../services/plugins/plugin-access.ts';
import { createPluginDashboardSync } from '../services/plugins/plugin-dashboard-sync.ts';
import { createPluginProvisioner } from '../services/plugins/plugin-provisioner.ts';
import { declarePluginRoles } from '../services/plugins/plugin-roles.ts';
import { createPluginDashboards } from '../services/plugins/plugin-dashboards.ts';
import { queryReply } from '../services/datasources/query/query-json.ts';
import { resourcePermissionRoutes } from '../services/identity/accesscontrol/resource-permission-api.ts';
import { createAccountMail } from '../services/tenancy/invites/account-mail.ts';
import { createAlertingProvisioner } from '../services/alerting/provisioning/alerting-provisioner.ts';
import { provisioningRoutes } from '../services/operations/provisioning/provisioning-api.ts';
import { createProvisioningFiles } from '../services/operations/provisioning/provisioning-files.ts';
import { provisioningIdentity } from '../services/operations/provisioning/provisioning-identity.ts';
import { createProvisioningService } from '../services/operations/provisioning/provisioning-service.ts';
import { createNamespaceQuotas } from '../services/tenancy/quotas/namespace-quotas.ts';
import type { Settings } from '../setting/settings.ts';
import { dashboardType, folderType } from '../storage/search/content-entry.ts';
import { namespaceOf } from '../util/namespace.ts';
import { createHttpServer, type HttpServer } from '../web/http-server.ts';
import { createRoutes, type DeclaredRoute, type Routes } from '../web/route.ts';
import { buildContent } from './content-graph.ts';
import { registerContentKinds } from './content-kinds.ts';
import { openContentStore, type ContentStore } from './content-store.ts';
import { buildDataSources } from './datasource-graph.ts';
import { registerDataSourceGroups } from './datasource-kinds.ts';
import { buildFrontend, buildLive, buildRendering, liveDashboards, sharedSources } from './frontend-graph.ts';
import { buildAlerting } from './alerting-graph.ts';
import { forgetOrg, forgetPerson } from './clean-up.ts';
import { buildIdentity } from './identity-graph.ts';
import { buildKinds } from './kinds-graph.ts';
import { migrations } from './migrations.ts';
import { buildOperations } from './operations.ts';
import { buildPlugins } from './plugins-graph.ts';
import type { Teardown } from './teardown.ts';
import { registerToggledKinds } from './toggled-kinds.ts';
import { tlsFiles, tlsWatcher } from './tls-files.ts';

/** Whose changes Git Sync waits for. */
const gitSyncTypes = ['repositories', 'connections', 'jobs'].map((resource) => ({ group: 'provisioning.grafana.app', resource }));

/** Hooks for code that is not ours. */
export interface Extensions {
  /** Adds routes, after our own. */
  routes?(routes: Routes): void;
}

export interface Graph {
  readonly http: HttpServer;
  readonly routes: readonly DeclaredRoute[];
  readonly backgroundServices: readonly BackgroundService[];
  /** Loads the plugins and reads the provisioning files; the listener opens after it. */
  provision(): Promise<void>;
}

export interface GraphDeps {
  readonly settings: Settings;
  readonly log: Logger;
  readonly teardown: Teardown;
  readonly extensions?: Extensions;
}

export async function buildGraph({ settings, log, teardown, extensions }: GraphDeps): Promise<Graph> {
  const { ini } = settings;
  const clock = systemClock;
  const metrics = new Registry();
  const routes = createRoutes();
  const backgroundServices: BackgroundService[] = [];
  // Domains register their provisioners; they run before the listener opens, and again by the reload routes.
  const provisioningFiles = createProvisioningFiles({ roots: settings.paths.provisioningFolders, env: process.env });
  const provisioning = createProvisioningService({ log: log.child('provisioning') });
  provisioningRoutes(routes, { provisioning });

  const statements = log.child('sql');
  const db = await openDatabase(settings.database, {
    dataPath: settings.paths.data, ...(settings.database.logQueries ? { onStatement: (sql) => statements.info('Database statement', { sql }) } : {}),
  });
  teardown.add('database', () => db.close());
  if (!settings.database.skipMigrations) {
    const ran = await migrate(db, migrations, { locking: settings.database.migrationLocking, lockTimeoutSeconds: settings.database.lockingAttemptTimeoutSeconds });
    if (ran.length > 0) log.info('Database migrated', { migrations: ran.length });
  }

  // Identity.
  const secrets = createSecrets({ db, clock, secretKey: settings.security.secretKey, metrics, cacheTtlMs: ini.section('security.encryption').duration('data_keys_cache_ttl', 900_000) });
  const { cache, sweep } = openRemoteCache({ ini, db, clock, secrets, log: log.child('remotecache') });
  teardown.add('remote cache', () => cache.close());
  if (sweep) backgroundServices.push(sweep);
  const mailer = createMailer({ settings: settings.smtp, metrics });
  teardown.add('mail', () => mailer.close());
  // The pages come last: they show what all the others know.
  const identity = await buildIdentity({
    settings, db, clock, log, metrics, secrets, cache, routes, backgroundServices, provisioning, provisioningFiles,
    mail: createAccountMail({ mailer, rootUrl: settings.server.rootUrl }),
    dashboards: {
      exists: async (orgId, uid) => (await kinds.get({ ...dashboardType, namespace: namespaceOf(orgId), name: uid })) !== undefined,
      uidOfId: async (orgId, id) => (await kinds.getByLegacyId(dashboardType, namespaceOf(orgId), id))?.name,
    },
    pages: { loginPage: (ctx, options) => pages.login(ctx, options), notFoundPage: (ctx) => pages.notFound(ctx) },
  });
  const { authenticator, guard } = identity;
  const orgIds = async () => (await identity.orgs.list({ query: '', name: '', page: 0, perPage: 0 })).map(({ id }) => id);

  // Plugins and data sources.
  const kv = createKeyValueStore({ db, clock });
  const plugins = buildPlugins({
    settings, db, clock, log, teardown, backgroundServices, secrets, kv, backends: () => sources.backends, declareRoles: (plugin) => declarePluginRoles(plugin, identity.accessControl),
    withdrawRoles: ({ id }) => identity.accessControl.withdrawRoles(`plugins:${id}:`),
  });
  createPluginInfoMetrics(metrics, plugins.store);
  provisioning.register(createPluginProvisioner({
    files: provisioningFiles, store: plugins.store, settings: plugins.pluginSettings, orgIdByName: async (name) => (await identity.orgs.byName(name))?.id,
  }));
  const expressions = createExpressionService({
      enabled: settings.expressions.enabled, dataplane: !settings.toggles.has('disableSSEDataplane'), groupByDatasource: settings.toggles.has('sseGroupByDatasource'),
      sortNumbers: !settings.toggles.has('disableNumericMetricsSortingInExpressions'),
      ...(settings.toggles.has('sqlExpressions') && { sqlCommand: createSqlCommand(settings.expressions) }),
    });
  const sources = buildDataSources({
    settings, metrics, db, clock, log, secrets, routes, teardown, backgroundServices, catalog: plugins.store, access: identity.accessControl, quotas: identity.quotas,
    expressions,
    credentials: { idToken: (who) => identity.identityTokens.tokenFor(who), oauthToken: (who) => identity.forwardedTokens(who) },
    orgs: identity.orgs, makePermissions: identity.makePermissions, provisioning, provisioningFiles,
  });

  // Kinds, served under /apis.
  const namespaceQuotas = createNamespaceQuotas({ settings: settings.quota.namespaces, clock, log: log.child('quota'), count: (type, namespace) => contentStore.store.count(type, namespace) });
  const contentStore: ContentStore = await openContentStore({
    settings: settings.unifiedStorage, db, clock, log, teardown, backgroundServices, ...(namespaceQuotas && { checkQuota: namespaceQuotas.demand }),
    versionsToKeep: ({ group }) => (group === dashboardType.group ? settings.content.versionsToKeep : undefined), namespaces: async () => (await orgIds()).map(namespaceOf),
    followed: [dashboardType, folderType, ...(settings.toggles.has('provisioning') ? gitSyncTypes : [])],
  });
  const kinds = contentStore.store;
  identity.orgs.onDelete((orgId) => contentStore.forgetNamespace(namespaceOf(orgId)));
  identity.orgs.onDelete((orgId) => forgetOrg(db, orgId));
  identity.users.onDelete((userId) => forgetPerson(db, userId));
  const { apiServer, mount: mountKinds } = buildKinds({
    settings, db, clock, secrets, log, routes, store: kinds, serviceAccounts: identity.accounts, preferences: identity.preferences,
  });

  // Dashboards, folders and what hangs on them.
  const pluginDashboards = {
    ...createPluginDashboards({ store: plugins.store, folder: join(settings.homePath, 'conf', 'plugin-dashboards'), log: log.child('plugins') }),
    demandEnabled: (orgId: number, id: string) => demandEnabled(plugins.store, plugins.pluginSettings, orgId, id),
  };
  const checkContentQuota = async (orgId: number, target: string) => {
    if (target === 'dashboard') await identity.quotas.demand('dashboard', { kind: 'user', id: 0, orgId });
  };
  const dashboardSources = createSourceLookups({ list: (orgId) => sources.dataSources.list(orgId), clock, rememberMs: settings.content.schemaMigrationCacheMs });
  const content = buildContent({
    db, clock, settings, teardown, routes, store: settings.toggles.has('provisioning') ? keepingManaged(kinds) : kinds, secrets, accessControl: identity.accessControl, resourcePermissions: identity.makePermissions,
    lookUpAuthor: identity.people.author, persons: { byId: identity.people.byId },
    checkQuota: checkContentQuota, sources: dashboardSources, log, backgroundServices, provisioning, provisioningFiles,
    orgExists: async (orgId) => (await identity.orgs.get(orgId)) !== undefined,
    homeUidOf: async (who) => (await identity.preferences.effective(who)).homeDashboardUid,
    plugins: pluginDashboards,
    queries: { queries: sources.queries, queryReply },
  });
  identity.quotas.register('org', 'dashboard', ({ orgId }) => kinds.count(dashboardType, namespaceOf(orgId!)));
  identity.quotas.register('global', 'dashboard', () => kinds.count(dashboardType, ''));
  resourcePermissionRoutes(routes, content.dashboardPermissions);
  resourcePermissionRoutes(routes, content.folderPermissions);
  registerContentKinds({ apiServer, content, settings, store: kinds, sources: dashboardSources, checkQuota: checkContentQuota });
  registerDataSourceGroups({
    apiServer, toggles: settings.toggles, dataSources: sources.dataSources, queries: sources.queries, catalog: plugins.store, access: identity.accessControl,
    pluginIds: plugins.store.list().filter(({ json }) => json.type === 'datasource' && json.backend).map(({ id }) => id),
    checkQuota: (who) => identity.quotas.demand('data_source', who),
  });
  apiServer.register(starsKind({ stars: content.stars }));
  registerToggledKinds({
    apiServer, toggles: settings.toggles, db, namespaceQuotas, annotations: content.annotations, shortUrls: content.shortUrls, subPath: settings.server.subUrl, correlations: sources.correlations,
    typeOf: async (orgId, uid) => (await sources.dataSources.get(orgId, { uid })).type,
  });

  const gitSync = settings.toggles.has('provisioning')
    ? (await import('./git-sync-graph.ts')).buildGitSync({ settings, db, clock, log, secrets, store: kinds, content, apiServer, backgroundServices, teardown, rendering: () => rendering, http: sources.http })
    : undefined;

  plugins.pluginSettings.onSaved(createPluginDashboardSync({
    store: plugins.store, list: (id) => pluginDashboards.list(id), log: log.child('plugins'),
    save: async (orgId, id, dashboard) => {
      await content.dashboards.save(provisioningIdentity(orgId), {
        dashboard, text: JSON.stringify(dashboard), overwrite: true, message: '', folderUid: '', folderId: 0, annotations: { 'grafana.app/managedBy': 'plugin', 'grafana.app/managerId': id },
      });
    },
    imported: async (orgId, id) => {
      await content.index.ready();
      return content.index.entries(namespaceOf(orgId), 'dashboard').filter(({ manager }) => manager?.kind === 'plugin' && manager.id === id).map(({ name }) => name);
    },
    remove: async (orgId, uid) => {
      await content.dashboards.delete(provisioningIdentity(orgId), uid, { force: true });
    },
  }));

  // Alerting.
  const alerting = buildAlerting({
    settings, db, clock, log, metrics, secrets, kv, routes, teardown, backgroundServices, resources: kinds, expressions, queries: sources.queries, dataSources: sources.dataSources,
    catalog: plugins.store, provisioning, provisioningFiles, quotas: identity.quotas,
    orgIds,
    annotations: content.annotations,
    receiverPermissions: identity.receiverPermissions,
    proxy: sources.proxy, mail: mailer, http: sources.http,
    makeFolder: async (identity, folder) => void (await content.folders.create(identity, { ...folder, description: '' })),
    userNames: (_orgId, uids) => identity.people.names(uids),
  });
  provisioning.register(createAlertingProvisioner({
    files: provisioningFiles, rules: alerting.rules, folders: alerting.folders, notifications: alerting.notifications,
    apply: () => alerting.alertmanagers.sync(),
    makeFolder: async (orgId, title, parentUid) => (await content.folders.create(provisioningIdentity(orgId), { uid: '', title, description: '', parentUid })).name,
  }));
  content.folders.contains({
    countedAs: 'alertrule', group: 'alerting.grafana.app', resource: 'alertrules',
    count: (orgId, names) => alerting.rules.countInFolders(orgId, names),
    async objectToDeletion(orgId, names) {
      if ((await alerting.rules.countInFolders(orgId, names)) > 0) throw folderErrors.notEmpty();
    },
    // The rules follow the folder's own event.
    delete: async () => {},
  });

  apiServer.register(receiverKind(alerting), ...notificationKinds(alerting));
  apiServer.registerRoutes(...notificationKindRoutes);
  if (settings.toggles.has('kubernetesAlertingRules')) apiServer.register(...ruleKinds(alerting));
  if (settings.toggles.has('kubernetesAlertingHistorian')) apiServer.registerRoutes(...historianRoutes(alerting));

  // Operations.
  buildOperations({
    settings, db, clock, log, metrics, kv, secrets, routes, backgroundServices, countContent: () => contentStore.counts(), countTags: async () => content.countTags((await orgIds()).map(namespaceOf)),
    plugins: () => plugins.store.list().filter(({ pluginClass }) => pluginClass === 'external').map(({ id, json }) => ({ id, type: json.type, version: json.info.version })),
  });

  // What browsers get.
  plugins.routes(routes, {
    client: sources.plugins, metadata: (who, ...scopes) => identity.accessControl.metadata(who, ...scopes), idToken: (who) => identity.identityTokens.tokenFor(who),
    signInHeaders: sources.forwarding.signInHeaders,
  });
  const rendering = buildRendering({ settings, clock, log, metrics, routes, backgroundServices, http: sources.http, keys: identity.renderKeys });
  const pages = buildFrontend({
    rendererVersion: () => rendering.version, settings, clock, log, routes, plugins, dataSources: sources.dataSources, oauth: () => Object.fromEntries(identity.oauth.enabled().map(({ id, name, icon }) => [id, { name, icon }])),
    publicDashboard: (token) => content.publicDashboards.byToken(token).then((shared) => sharedSources(kinds, shared), () => undefined),
    people: {
      preferences: (who) => identity.preferences.effective(who),
      orgCount: async ({ id }) => (await identity.orgs.orgsOf(id)).length, starred: (who) => content.starred(who),
      mayReadAllOrgs: async (who) => (await identity.accessControl.identityIn(who, 0)).permissions.has('orgs:read'), gravatarUrl: (email) => identity.avatars.of(email),
    },
  });
  gotoRoute(routes, { shortUrls: content.shortUrls, rootUrl: settings.server.rootUrl, page: (ctx) => pages.index(ctx) });
  const live = buildLive({
    settings, clock, log, metrics, routes, teardown, resources: kinds, client: sources.plugins, catalog: plugins.store, dataSources: sources.dataSources,
    dashboards: liveDashboards(kinds, identity.accessControl), watches: gitSync?.watches,
  });
  content.dashboards.onSavedUnchanged(live.dashboardSaved);

  // HTTP, last: every route is declared by now.
  healthRoutes(routes, {
    db, clock, hideVersion: ini.section('auth.anonymous').bool('hide_version'),
    metrics: {
      registry: metrics, enabled: ini.section('metrics').bool('enabled', true), username: ini.section('metrics').string('basic_auth_username'),
      password: ini.section('metrics').string('basic_auth_password'),
    },
  });
  mountKinds();
  extensions?.routes?.(routes);
  const { server, security } = settings;
  const auth = ini.section('auth');
  const pipeline = createPipeline({
    authenticator, guard, log, metrics: createRequestMetrics(metrics), notFoundPage: (ctx) => pages.notFound(ctx),
    settings: {
      csrf: { alwaysCheck: security.csrfAlwaysCheck, trustedOrigins: security.csrfTrustedOrigins, additionalHeaders: security.csrfAdditionalHeaders },
      loginCookieName: auth.string('login_cookie_name', 'grafana_session'), headers: security, customResponseHeaders: server.customResponseHeaders,
      subPath: server.subUrl, serveFromSubPath: server.serveFromSubPath, rootUrl: server.rootUrl, enforceDomain: server.enforceDomain, domain: server.domain,
      enableGzip: server.enableGzip, routerLogging: server.routerLogging, actionsAllowPostUrl: security.actionsAllowPostUrl,
      ...(auth.bool('id_response_header_enabled')
        ? { identityHeader: { prefix: auth.string('id_response_header_prefix', 'X-Grafana'), kinds: new Set(auth.list('id_response_header_namespaces')) } }
        : {}),
    },
  });
  const tls = await tlsFiles(settings);
  const http = createHttpServer({
    routes: routes.all, pipeline, log, subPath: server.serveFromSubPath ? server.subUrl : '', rootUrl: server.rootUrl, readTimeoutMs: server.readTimeoutMs,
    userFacingError: server.userFacingError, ...(tls ? { tls } : {}),
  });

  if (tls && server.certFile !== '' && server.certsWatchIntervalMs > 0) {
    backgroundServices.push(tlsWatcher({ settings, listener: http.server as unknown as HttpsServer, log: log.child('http.server') }));
  }
  live.mount(http);
  sources.mount(http);

  const grpc = settings.toggles.has('grpcServer') ? (await import('./grpc-graph.ts')).buildGrpc({ settings, log: log.child('grpc-server'), authenticator }) : undefined;
  if (grpc) teardown.add('grpc server', () => grpc.close());

  // Watches never end by themselves, and the listener waits for what is under way.
  http.beforeClose(() => apiServer.close());

  return {
    http, backgroundServices, routes: routes.all,
    async provision() {
      await contentStore.ready();
      await plugins.load();
      await provisioning.run();
      if (grpc) log.info('gRPC Server Listen', { address: await grpc.listen() });
    },
  };
}
