/** Alerting: rules, their evaluation, Alertmanagers, notifications. */
import { hostname } from 'node:os';
import type { Registry } from 'prom-client';
import type { ExpressionService } from '../expr/expr.ts';
import type { Clock } from '../infra/clock.ts';
import type { Database } from '../infra/db/database.ts';
import type { KeyValueStore } from '../infra/kvstore/kvstore.ts';
import type { Logger } from '../infra/log/log.ts';
import type { Secrets } from '../infra/secrets/secrets.ts';
import type { PluginCatalog } from '../plugins/client/plugin-client.ts';
import { onceAnswering, type BackgroundService } from '../registry/background-service.ts';
import { alertmanagerRoutes } from '../services/alerting/alertmanager/alertmanager-api.ts';
import { createAlertmanagerGauges, createAlertmanagerMetrics } from '../services/alerting/alertmanager/alertmanager-metrics.ts';
import { Alertmanagers } from '../services/alerting/alertmanager/alertmanager.ts';
import { createConfigStore } from '../services/alerting/alertmanager/config-store.ts';
import { createSilenceAccess } from '../services/alerting/alertmanager/silence-access.ts';
import { silenceRoutes } from '../services/alerting/alertmanager/silence-api.ts';
import { externalRoutes } from '../services/alerting/external/external-api.ts';
import { createServerLock } from '../infra/serverlock/serverlock.ts';
import { convertRoutes, type ConvertApiDeps } from '../services/alerting/convert/convert-api.ts';
import { ExternalSender } from '../services/alerting/external/external-sender.ts';
import { createSendingChoice } from '../services/alerting/external/sending-choice.ts';
import { exportRoutes } from '../services/alerting/export/export-api.ts';
import { createAnnotationHistory } from '../services/alerting/history/annotation-history.ts';
import type { StateHistory } from '../services/alerting/history/history.ts';
import { historyRoutes, stateHistoryQuery } from '../services/alerting/history/history-api.ts';
import { createLokiHistory } from '../services/alerting/history/loki-history.ts';
import { createMultipleHistory } from '../services/alerting/history/multiple-history.ts';
import { createNotificationHistory } from '../services/alerting/history/notification-history.ts';
import { createPrometheusHistory } from '../services/alerting/history/prometheus-history.ts';
import { createAlertFolders } from '../services/alerting/folders/alert-folders.ts';
import { notificationProvisioningRoutes } from '../services/alerting/provisioning/notification-provisioning-api.ts';
import { createProvenanceStore } from '../services/alerting/provisioning/provenance.ts';
import { ruleProvisioningRoutes } from '../services/alerting/provisioning/rule-provisioning-api.ts';
import { createNotificationService } from '../services/alerting/receivers/contact-points.ts';
import { recordedSeries } from '../services/alerting/recording/recorded-series.ts';
import { createRemoteWriter } from '../services/alerting/recording/remote-writer.ts';
import { createHttpSender } from '../services/alerting/receivers/http-sender.ts';
import type { HttpClients } from '../tsdb/http-client/http-client.ts';
import { httpOptionsOf } from '../tsdb/http-client/http-options.ts';
import type { Mailer } from '../infra/mail/mailer.ts';
import { NotifyError, type NotifierTools } from '../services/alerting/receivers/integration.ts';
import { notifierRoutes } from '../services/alerting/receivers/notifier-api.ts';
import { mayReadReceiver, uidOfName } from '../services/alerting/receivers/receiver-access.ts';
import { intervalsOf } from '../services/alerting/alertmanager/am-config.ts';
import { prometheusRoutes } from '../services/alerting/rules/prometheus-api.ts';
import { createRuleService } from '../services/alerting/rules/rule-service.ts';
import { createRuleStore } from '../services/alerting/rules/rule-store.ts';
import { rulerRoutes } from '../services/alerting/rules/ruler-api.ts';
import { createAlertingMetrics, createStateMetrics } from '../services/alerting/scheduler/alerting-metrics.ts';
import { createRuleQueries, type RuleSources } from '../services/alerting/scheduler/rule-queries.ts';
import { createShardLeases } from '../services/alerting/scheduler/shard-leases.ts';
import { Scheduler } from '../services/alerting/scheduler/scheduler.ts';
import { createRuleTemplates } from '../services/alerting/state/rule-templates.ts';
import { StateManager } from '../services/alerting/state/state-manager.ts';
import { createStateStore } from '../services/alerting/state/state-store.ts';
import { notificationTestingRoutes } from '../services/alerting/testing/notification-testing-api.ts';
import { ruleTestingRoutes } from '../services/alerting/testing/rule-testing-api.ts';
import type { AnnotationService } from '../services/content/annotations/annotation.ts';
import type { DataSourceProxy } from '../services/datasources/proxy/proxy.ts';
import type { DataSourceService, ResolvedDataSource } from '../services/datasources/records/data-source.ts';
import type { LevelAssignment, ResourcePermissions } from '../services/identity/accesscontrol/accesscontrol.ts';
import type { QueryService } from '../services/datasources/query/query.ts';
import type { ProvisioningFiles, ProvisioningService } from '../services/operations/provisioning/provisioning.ts';
import type { QuotaService } from '../services/tenancy/quotas/quota.ts';
import type { LokiStorageSettings } from '../setting/alerting-settings.ts';
import type { Settings } from '../setting/settings.ts';
import type { ResourceStore } from '../storage/resource-store.ts';
import { shortUid } from '../util/short-uid.ts';
import { grafanaVersion } from '../util/version.ts';
import type { Routes } from '../web/route.ts';
import { lokiHttp } from './loki-http.ts';
import type { Teardown } from './teardown.ts';

export interface AlertingGraphDeps {
  readonly settings: Settings;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly secrets: Secrets;
  readonly kv: KeyValueStore;
  readonly routes: Routes;
  readonly teardown: Teardown;
  readonly backgroundServices: BackgroundService[];
  readonly resources: Pick<ResourceStore, 'list' | 'currentVersion' | 'onEvent'>;
  readonly expressions: ExpressionService;
  readonly queries: Pick<QueryService, 'asker'>;
  readonly dataSources: DataSourceService;
  readonly annotations: Pick<AnnotationService, 'recordAlertStates' | 'listAll'>;
  readonly receiverPermissions: Pick<ResourcePermissions, 'grantOnCreation' | 'forget'>;
  readonly proxy: DataSourceProxy;
  readonly catalog: PluginCatalog;
  readonly quotas: Pick<QuotaService, 'limit' | 'register'>;
  readonly orgIds: () => Promise<readonly number[]>;
  /** Names to show, by uid. */
  readonly userNames: (orgId: number, uids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  readonly mail: Mailer;
  /** As the caller: what they may not, it refuses. */
  readonly makeFolder: ConvertApiDeps['makeFolder'];
  readonly http: HttpClients;
  readonly provisioning: ProvisioningService;
  readonly provisioningFiles: ProvisioningFiles;
}

/** What a new receiver gives to whom. */
const receiverDefaults: readonly LevelAssignment[] = [
  { assignee: { kind: 'builtin', role: 'Editor' }, level: 'Edit' }, { assignee: { kind: 'builtin', role: 'Viewer' }, level: 'View' },
];

const trashEveryMs = 600_000;

export type AlertingGraph = ReturnType<typeof buildAlerting>;

export function buildAlerting(deps: AlertingGraphDeps) {
  const { settings, db, clock, metrics, secrets, kv, routes, teardown, backgroundServices, resources, expressions, queries, dataSources, catalog, orgIds, userNames, quotas } = deps;
  const { alerting, server, toggles } = settings;
  const log = deps.log.child('ngalert');
  const newUid = () => shortUid(clock.now());
  const disabledOrgs = new Set(alerting.disabledOrgs);

  const folders = createAlertFolders(resources);
  const provenance = createProvenanceStore(db);
  const configs = createConfigStore({ db, now: () => clock.now() });
  const store = createRuleStore(db);
  quotas.register('org', 'alert_rule', ({ orgId }) => store.count(orgId));
  quotas.register('global', 'alert_rule', () => store.count());

  const sources: RuleSources = {
    async find(orgId, uid, identity) {
      const record = await dataSources.find(orgId, { uid });
      if (!record) throw new Error('data source not found');
      if (identity && !identity.permissions.has('datasources:query', `datasources:uid:${uid}`)) throw new Error('access denied to datasource');
      return { uid: record.uid, type: record.type };
    },
    objection({ type }, refId) {
      const plugin = catalog.find(type);
      if (!plugin) return `plugin ${type} could not be found for datasource query refID ${refId}: [plugin.notRegistered] plugin not registered`;
      return plugin.backend ? undefined : `datasource refID ${refId} is not a backend datasource`;
    },
    query: ({ orgId, identity, datasource, queries: list, headers, signal }) =>
      queries.asker({ orgId, ...(identity ? { identity } : {}), ownHeaders: headers, signal })(datasource, list),
  };
  const ruleQueries = createRuleQueries({ expressions, sources });

  const rules = createRuleService({
    db, store, provenance, folders, clock, log: log.child('rules'), newUid,
    limits: {
      versionsMax: alerting.ruleVersionsMax, trashEnabled: toggles.has('alertRuleRestore'),
      trashMs: alerting.deletedRuleRetentionMs, defaultIntervalSeconds: alerting.defaultIntervalSeconds,
    },
    quota: async (orgId) => ({ org: await quotas.limit('org', 'alert_rule', { orgId }), global: await quotas.limit('global', 'alert_rule', {}) }),
    routing: {
      receiverNames: async (orgId) => new Set((await configs.getOrDefault(orgId)).config.alertmanager_config.receivers.map((r) => r.name)),
      timeIntervalNames: async (orgId) => new Set(intervalsOf((await configs.getOrDefault(orgId)).config).map((i) => i.name)),
    },
    dryBuild: async (orgId, identity, rule) => void (await ruleQueries.build(orgId, identity, rule)),
    mayUseReceiver: async (identity, _orgId, receiver) => mayReadReceiver(identity, receiver),
  });

  const http = createHttpSender();
  teardown.add('notifications', () => http.close());
  const tools: NotifierTools = {
    now: () => clock.now(), externalUrl: server.rootUrl, appVersion: grafanaVersion, hostName: hostname(), http: (call) => http.send(call),
    mail: (message) => deps.mail.send(message).catch((cause: unknown) => {
      throw new NotifyError(cause instanceof Error ? cause.message : 'the mail was not sent', { cause });
    }),
  };
  const lokiClient = (loki: LokiStorageSettings) => lokiHttp(deps.http, settings, loki);
  const deliveries = alerting.notificationHistory;
  const notificationHistory = deliveries && createNotificationHistory({ settings: deliveries, client: lokiClient(deliveries), log: log.child('notification-history'), now: () => clock.now() });
  const alertmanagers = new Alertmanagers({
    delivered: notificationHistory?.record, clock, log: log.child('notifier'), metrics: createAlertmanagerMetrics(metrics), configs, kv, secrets, rules, orgIds, tools,
    settings: {
      pollIntervalMs: alerting.alertmanagerConfigPollIntervalMs, disabledOrgs, notificationLogRetentionMs: alerting.notificationLogRetentionMs,
      silenceLimits: { countMax: alerting.silencesMax, bytesMax: alerting.silenceBytesMax }, templateOutputBytesMax: alerting.templateOutputBytesMax,
    },
  });
  const clientFor = (source: ResolvedDataSource) => deps.http.create(httpOptionsOf(source.settings, settings.dataProxy, `Grafana/${grafanaVersion}`));
  const outside = new ExternalSender({ clock, log: log.child('external-alertmanagers'), dataSources, pollIntervalMs: alerting.adminConfigPollIntervalMs, clientFor });
  const recorder = createRemoteWriter({ dataSources, clientFor, timeoutMs: alerting.recording.timeoutMs, headers: alerting.recording.customHeaders });
  const choice = createSendingChoice({ db, now: () => clock.now(), pollIntervalMs: alerting.adminConfigPollIntervalMs, external: (orgId) => outside.list(orgId) });
  const notifications = createNotificationService({
    configs, provenance, secrets, rules, tools, newUid,
    receiverPermissions: {
      granted: (orgId, name) => deps.receiverPermissions.grantOnCreation(orgId, uidOfName(name), receiverDefaults),
      forget: (orgId, name) => deps.receiverPermissions.forget(orgId, uidOfName(name)),
      async renamed(orgId, from, to) {
        await deps.receiverPermissions.grantOnCreation(orgId, uidOfName(to), receiverDefaults);
        await deps.receiverPermissions.forget(orgId, uidOfName(from));
      },
    },
  });

  const expand = createRuleTemplates(server.rootUrl);
  const states = new StateManager({
    store: createStateStore(db), log: log.child('state'), expand, rootUrl: server.rootUrl.replace(/\/+$/, ''), resolvedRetentionMs: alerting.resolvedAlertRetentionMs,
    folderLabelEnabled: alerting.folderLabelEnabled, ignorePending: toggles.has('alertingIgnorePendingForNoDataAndError'),
  });
  createAlertmanagerGauges(metrics, () => alertmanagers.counts());
  createStateMetrics(metrics, states);
  const history = alerting.history.enabled ? buildHistory() : undefined;
  function buildHistory(): StateHistory {
    const { backends, loki, prometheus } = alerting.history;
    const historian = log.child('historian');
    const [primary, ...secondaries] = backends.map((backend): StateHistory => {
      switch (backend) {
        case 'annotations': return createAnnotationHistory({ annotations: deps.annotations, log: historian });
        case 'loki': return createLokiHistory({ settings: loki, client: lokiClient(loki), log: historian, now: () => clock.now() });
        case 'prometheus': {
          const writer = createRemoteWriter({ dataSources, clientFor, timeoutMs: prometheus.timeoutMs, headers: {} });
          return createPrometheusHistory({ writer, ...prometheus, log: historian });
        }
        default: return backend satisfies never;
      }
    });
    return secondaries.length === 0 ? primary! : createMultipleHistory(primary!, secondaries);
  }
  // SQLite belongs to one process; the other databases may serve several.
  const owner = db.name === 'sqlite' ? undefined : createShardLeases({ db, clock, name: `${hostname()}:${server.port}`, beforeRelease: () => states.save(clock.now(), true) });
  const jitter = alerting.disableJitter ? 'none' : toggles.has('jitterAlertRulesWithinGroups') ? 'rule' : 'group';
  const scheduler = new Scheduler({
    ...(owner && { owner }), clock, log: log.child('scheduler'), rules: store, folders, queries: ruleQueries, states, metrics: createAlertingMetrics(metrics),
    settings: {
      enabled: alerting.enabled && alerting.executeAlerts, disabledOrgs, minIntervalSeconds: alerting.minIntervalSeconds, evaluationTimeoutMs: alerting.evaluationTimeoutMs,
      maxAttempts: alerting.maxAttempts, initialRetryDelayMs: alerting.initialRetryDelayMs, maxRetryDelayMs: alerting.maxRetryDelayMs,
      randomizationFactor: alerting.randomizationFactor, jitter,
      resultsMax: alerting.resultsMax, recordingEnabled: alerting.recording.enabled,
    },
    send: async (orgId, alerts) => {
      const to = await choice.destinations(orgId);
      await Promise.all([to.internal && alertmanagers.send(orgId, alerts), to.external && outside.send(orgId, alerts)]);
    },
    record: (rule, transitions, at) => history?.record(rule, transitions, at),
    recordsAll: history?.keepsAll ?? false,
    async write(rule, frames, at) {
      const { metric, targetDatasourceUid } = rule.record!;
      await recorder.write(rule.orgId, targetDatasourceUid || alerting.recording.defaultDatasourceUid, recordedSeries(metric, frames, rule.labels, at));
    },
  });
  if (alerting.enabled) backgroundServices.push(...[alertmanagers, outside, scheduler].map(onceAnswering));
  const lock = createServerLock({ db, clock });
  backgroundServices.push({
    name: 'trash of alert rules',
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(trashEveryMs, signal).catch(() => {});
        if (signal.aborted) return;
        await lock.atMostEvery('trash of alert rules', trashEveryMs - 60_000, () => rules.purgeTrash()).catch((error: unknown) => log.error('The trash of alert rules was not emptied', { error }));
      }
    },
  });

  rulerRoutes(routes, { rules, folders, userNames, restoreEnabled: toggles.has('alertRuleRestore') });
  prometheusRoutes(routes, { rules, folders, states, status: (rule) => scheduler.status(rule) });
  ruleProvisioningRoutes(routes, { rules, folders });
  notificationProvisioningRoutes(routes, notifications);
  alertmanagerRoutes(routes, {
    alertmanagers, configs, provenance, choice,
    async forgetReceivers(orgId) {
      const stored = await configs.get(orgId);
      for (const { name } of stored?.config.alertmanager_config.receivers ?? []) await deps.receiverPermissions.forget(orgId, uidOfName(name));
    },
  });
  silenceRoutes(routes, { alertmanagers, access: createSilenceAccess({ rules, folders }), now: () => clock.now() });
  notifierRoutes(routes);
  convertRoutes(routes, { rules, folders, dataSources, defaultDatasourceUid: settings.ini.section('unified_alerting.prometheus_conversion').string('default_datasource_uid'), makeFolder: deps.makeFolder });
  externalRoutes(routes, { dataSources, proxy: deps.proxy, now: () => clock.now() });
  exportRoutes(routes, { rules, folders, notifications });
  ruleTestingRoutes(routes, {
    queries: ruleQueries, folders, expand, folderLabelEnabled: alerting.folderLabelEnabled, now: () => clock.now(), rootUrl: server.rootUrl, evaluationTimeoutMs: alerting.evaluationTimeoutMs,
    backtesting: toggles.has('alertingBacktesting') ? { minIntervalSeconds: alerting.minIntervalSeconds, jitter, evaluationsMax: alerting.backtestingEvaluationsMax } : undefined,
  });
  notificationTestingRoutes(routes, { alertmanagers, notifications, tools });
  const stateHistory = history && stateHistoryQuery({ rules, folders, history });
  if (stateHistory) historyRoutes(routes, stateHistory);

  return { rules, states, scheduler, alertmanagers, notifications, folders, tools, newUid, stateHistory, notificationHistory };
}
