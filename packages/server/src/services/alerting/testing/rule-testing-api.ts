/** Trying rules and queries without storing anything (alerting-rules §7). */
import { framesJson, readFrameValue } from '@belvedere/dataframe';
import type { Static } from 'typebox';
import { Type } from '../../../web/schema.ts';
import { allOf, anyOf, may, permission, rbac } from '../../../web/access.ts';
import { ApiError } from '../../../web/errors.ts';
import { jsonText } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import { errorText, type ExprNodeResult } from '../../../expr/expr.ts';
import type { AlertFolders } from '../folders/alert-folders.ts';
import { baseIntervalSeconds, InvalidRule, isExpression, unauthorized, type AlertQuery, type AlertRule, type RuleDraft } from '../rules/alert-rule.ts';
import { demandRuleAccess, visibleFolder } from '../rules/rule-access.ts';
import { QueryBody, queryFrom, RuleNodeBody, submittedRule } from '../rules/ruler-json.ts';
import { errorResult, evaluateResults, type EvaluationResult } from '../scheduler/evaluation.ts';
import type { RuleQueries } from '../scheduler/rule-queries.ts';
import { parseDuration } from '../rules/duration.ts';
import { objectOf } from '../../../util/json-value.ts';
import { backtest, resultsOf, type Backtest } from './backtesting.ts';
import { ruleHeaders } from '../scheduler/scheduler.ts';
import { toAlert } from '../state/alert-message.ts';
import { advance } from '../state/state-machine.ts';
import { dressFor, machineRule, type DressOptions } from '../state/state-manager.ts';
import type { Identity } from '../../../web/identity.ts';

export interface RuleTestingDeps {
  readonly queries: RuleQueries;
  readonly folders: AlertFolders;
  readonly expand: DressOptions['expand'];
  readonly folderLabelEnabled: boolean;
  readonly now: () => number;
  /** With a slash at the end. */
  readonly rootUrl: string;
  readonly evaluationTimeoutMs: number;
  /** Undefined: rules are not tried on the past. */
  readonly backtesting: Pick<Backtest, 'minIntervalSeconds' | 'jitter' | 'evaluationsMax'> | undefined;
}

const TestBody = Type.Object({ rule: Type.Optional(RuleNodeBody), folderUid: Type.String(), folderTitle: Type.String(), ruleGroup: Type.String() });
const EvalBody = Type.Object({ data: Type.Array(QueryBody), condition: Type.String(), now: Type.Optional(Type.String()) });

const BacktestBody = Type.Object({
  from: Type.String(), to: Type.String(), interval: Type.String(), condition: Type.String(), data: Type.Array(QueryBody), for: Type.String(), keep_firing_for: Type.String(), title: Type.String(),
  labels: Type.Record(Type.String(), Type.String()), no_data_state: Type.String(), exec_err_state: Type.String(), missing_series_evals_to_resolve: Type.Optional(Type.Integer()), uid: Type.String(),
  rule_group: Type.String(), namespace_uid: Type.String(),
});

/** Stands for data that come with the question. */
const ownData = '__data__';
const isOwnData = (data: readonly Static<typeof QueryBody>[]) => data.length === 1 && data[0]!.datasourceUid === ownData;

function evaluationOf({ model, refId }: Static<typeof QueryBody>): (at: number) => Promise<readonly EvaluationResult[]> {
  try {
    const results = resultsOf(readFrameValue(objectOf(model)['data']), refId);
    return (at) => Promise.resolve(results(at));
  } catch (error) {
    throw new ApiError(400, `the data cannot be read: ${errorText(error)}`);
  }
}

const buildFailure = (error: unknown) => new ApiError(400, `Failed to build evaluator for queries and expressions: ${errorText(error)}`);

function demandSources(identity: Identity, data: readonly AlertQuery[]): void {
  for (const query of data) {
    if (isExpression(query) || query.datasourceUid === '') continue;
    if (!identity.permissions.has('datasources:query', `datasources:uid:${query.datasourceUid}`)) {
      throw unauthorized('query one or many data sources used by the rule', `action:datasources:query scopes:datasources:uid:${query.datasourceUid}`);
    }
  }
}

export function ruleTestingRoutes(routes: Routes, { queries, folders, expand, folderLabelEnabled, now, rootUrl, evaluationTimeoutMs, backtesting }: RuleTestingDeps): void {
  routes.post('/api/v1/rule/test/grafana', { access: permission('alert.rules:read'), body: TestBody, name: 'RouteTestRuleGrafanaConfig' }, async ({ identity, body, signal }) => {
    const folder = await visibleFolder(folders, identity, body.folderUid);
    demandRuleAccess(identity, folder, folder.uid);
    if (!body.rule?.grafana_alert) throw new ApiError(400, 'not Grafana managed alert rule');
    let draft: RuleDraft;
    try {
      const place = { folderUid: folder.uid, group: body.ruleGroup, groupIndex: 0, intervalSeconds: baseIntervalSeconds };
      const s = submittedRule({ ...body.rule, grafana_alert: { ...body.rule.grafana_alert, uid: '' } }, place, false);
      draft = {
        ...s, uid: body.rule.grafana_alert.uid, isPaused: false, forMs: s.forMs ?? 0, keepFiringForMs: s.keepFiringForMs ?? 0, metadata: s.metadata ?? { simplifiedQuery: false, simplifiedNotifications: false },
        missingSeriesEvals: s.missingSeriesEvals || undefined,
      };
    } catch (error) {
      throw error instanceof InvalidRule ? new ApiError(400, error.message) : error;
    }
    demandSources(identity, draft.data);
    // A recording rule is tried as if it were an alert on what it records.
    const condition = draft.record?.from ?? draft.condition;
    const rule: AlertRule = {
      ...draft, record: undefined, condition, id: 0, guid: '', orgId: identity.orgId, version: 0, updated: 0, updatedBy: '', dashboardUid: '', panelId: undefined,
    };
    const built = await queries.build(identity.orgId, identity, rule).catch((error: unknown) => {
      throw buildFailure(error);
    });
    const at = now();
    let results: readonly EvaluationResult[];
    try {
      const raw = await queries.run(built, {
        orgId: identity.orgId, identity, now: at, signal: AbortSignal.any([signal, AbortSignal.timeout(evaluationTimeoutMs)]), headers: ruleHeaders(rule, folder.path, 'preview'),
      });
      results = evaluateResults(condition, raw);
    } catch (error) {
      results = [errorResult(errorText(error))];
    }
    const step = advance(machineRule(rule), results, new Map(), at, 0, dressFor(rule, { expand, folderPath: folder.path, folderLabelEnabled }));
    const url = rule.uid === '' ? rootUrl : `${rootUrl.replace(/\/+$/, '')}/alerting/grafana/${rule.uid}/view`;
    return step.transitions.map((t) => {
      const alert = toAlert(t, identity.orgId, url);
      return { annotations: alert.annotations, endsAt: new Date(alert.endsAt).toISOString(), startsAt: new Date(alert.startsAt).toISOString(), generatorURL: alert.generatorURL, labels: alert.labels };
    });
  });

  routes.post('/api/v1/eval', { access: permission('alert.rules:read'), body: EvalBody, name: 'RouteEvalQueries' }, async ({ identity, body, signal }) => {
    const data = body.data.map(queryFrom);
    if (data.length === 0) throw buildFailure(new Error('expression list is empty. must be at least 1 expression'));
    demandSources(identity, data);
    const condition = body.condition || data.at(-1)!.refId;
    const built = await queries.build(identity.orgId, identity, { condition, data, record: undefined }).catch((error: unknown) => {
      throw buildFailure(error);
    });
    const given = body.now === undefined ? Number.NaN : Date.parse(body.now);
    const at = Number.isNaN(given) || given <= 0 ? now() : given;
    let raw: ReadonlyMap<string, ExprNodeResult>;
    try {
      raw = await queries.run(built, {
        orgId: identity.orgId, identity, now: at, signal: AbortSignal.any([signal, AbortSignal.timeout(evaluationTimeoutMs)]), headers: { FromAlert: 'true', 'X-Cache-Skip': 'true', 'X-Grafana-Org-Id': String(identity.orgId) },
      });
    } catch (error) {
      throw new ApiError(400, `Failed to evaluate queries and expressions: ${errorText(error)}`);
    }
    const parts = [...raw].map(([refId, r]) => {
      if (r.error) return `${JSON.stringify(refId)}:${JSON.stringify({ error: r.error.text, errorSource: '', status: 500 })}`;
      return `${JSON.stringify(refId)}:{"status":200,"frames":${framesJson(r.frames, refId)}}`;
    });
    return jsonText(`{"results":{${parts.join(',')}}}`);
  });

  routes.post('/api/v1/rule/backtest', { access: rbac(allOf(may('alert.rules:read'), anyOf(may('alert.rules:create'), may('alert.rules:write')))), body: BacktestBody, name: 'RouteBacktestRule' }, async ({ identity, body, signal }) => {
    if (!backtesting) throw new ApiError(404, 'Backtesting API is not enabled');
    const time = (text: string) => (/^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN);
    const [from, to] = [time(body.from), time(body.to)];
    if (Number.isNaN(from) || Number.isNaN(to) || to < from) throw new ApiError(400, 'invalid time range: from and to are times, the later last');
    const folderPath = body.namespace_uid === '' ? '' : (await visibleFolder(folders, identity, body.namespace_uid)).path;
    let rule: AlertRule;
    try {
      const interval = parseDuration(body.interval || '1m');
      if (interval === undefined || interval <= 0 || interval % (baseIntervalSeconds * 1000) !== 0) throw new InvalidRule(`interval is no multiple of ${baseIntervalSeconds}s`);
      const place = { folderUid: body.namespace_uid, group: body.rule_group, groupIndex: 0, intervalSeconds: interval / 1000 };
      const { for: wait, keep_firing_for: keep, labels, title, condition, no_data_state, exec_err_state, missing_series_evals_to_resolve, uid } = body;
      // Data that came with the question is no query.
      const data = isOwnData(body.data) ? [{ ...body.data[0]!, datasourceUid: '__expr__', model: { type: 'math', expression: '1' } }] : body.data;
      const s = submittedRule({ expr: '', record: '', alert: '', annotations: {}, for: wait || '0s', keep_firing_for: keep || '0s', labels, grafana_alert: { uid: '', title, condition, data, no_data_state, exec_err_state, missing_series_evals_to_resolve } }, place, false);
      rule = {
        ...s, uid, record: undefined, isPaused: false, forMs: s.forMs ?? 0, keepFiringForMs: s.keepFiringForMs ?? 0, metadata: { simplifiedQuery: false, simplifiedNotifications: false },
        missingSeriesEvals: s.missingSeriesEvals || undefined, id: 0, guid: '', orgId: identity.orgId, version: 0, updated: 0, updatedBy: '', dashboardUid: '', panelId: undefined,
      };
    } catch (error) {
      throw error instanceof InvalidRule ? new ApiError(400, error.message) : error;
    }
    const evaluate = isOwnData(body.data) ? evaluationOf(body.data[0]!) : await pastQueries(identity, rule, folderPath, signal);
    return backtest({ rule, from, to, ...backtesting, evaluate, dress: dressFor(rule, { expand, folderPath, folderLabelEnabled }) });
  });

  async function pastQueries(identity: Identity, rule: AlertRule, folderPath: string, signal: AbortSignal) {
    demandSources(identity, rule.data);
    const built = await queries.build(identity.orgId, identity, rule).catch((error: unknown) => {
      throw buildFailure(error);
    });
    return async (at: number): Promise<readonly EvaluationResult[]> => {
      signal.throwIfAborted();
      try {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(evaluationTimeoutMs)]);
        return evaluateResults(rule.condition, await queries.run(built, { orgId: identity.orgId, identity, now: at, signal: limit, headers: ruleHeaders(rule, folderPath, 'backtesting') }));
      } catch (error) {
        if (signal.aborted) throw error;
        return [errorResult(errorText(error))];
      }
    };
  }
}

