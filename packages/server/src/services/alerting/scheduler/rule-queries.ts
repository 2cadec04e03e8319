/** Builds and runs the queries of rules (alerting-rules §3.2, §13.1). A rule's graph is built once and kept until the rule changes. */
import { labelsFingerprint } from '@belvedere/dataframe';
import type { DataQuery, QueryDataResponse } from '@belvedere/plugin-sdk';
import type { ExprDatasource, ExpressionService, ExprNodeResult, ExprPipeline, ExprQuery } from '../../../expr/expr.ts';
import type { Identity } from '../../../web/identity.ts';
import { InvalidRule, isExpression, type AlertQuery, type RuleDraft } from '../rules/alert-rule.ts';

/** What is asked of data sources and plugins; the graph adapts their services to it. */
export interface RuleSources {
  /** Rejects with what the reference says (`data source not found`). `identity` undefined: the scheduler. */
  find(orgId: number, uid: string, identity: Identity | undefined): Promise<ExprDatasource>;
  /** Undefined when the source's plugin can be asked by a rule; otherwise the reason. */
  objection(datasource: ExprDatasource, refId: string): string | undefined;
  query(request: {
    readonly orgId: number; readonly identity: Identity | undefined; readonly datasource: ExprDatasource; readonly queries: readonly DataQuery[];
    readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal;
  }): Promise<QueryDataResponse>;
}

export interface RuleQueriesDeps {
  readonly expressions: ExpressionService;
  readonly sources: RuleSources;
}

type Queries = Pick<RuleDraft, 'condition' | 'data' | 'record'>;

export interface RunOptions {
  readonly orgId: number;
  readonly identity?: Identity | undefined;
  readonly now: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Labels of what is firing or pending, for recovery thresholds. */
  readonly firing?: readonly Readonly<Record<string, string>>[];
}

export interface BuiltRule {
  readonly pipeline: ExprPipeline;
  readonly hysteresis: string | undefined;
  /** Data sources by refId: no-data instances are named after them. */
  readonly uids: ReadonlyMap<string, string>;
}

export interface RuleQueries {
  /** Rejects with the reason. */
  build(orgId: number, identity: Identity | undefined, rule: Queries): Promise<BuiltRule>;
  run(built: BuiltRule, options: RunOptions): Promise<ReadonlyMap<string, ExprNodeResult>>;
}

function jsonOf(query: AlertQuery): Record<string, unknown> {
  const model = query.model ?? {};
  if (typeof model !== 'object' || Array.isArray(model)) {
    const kind = Array.isArray(model) ? 'array' : typeof model;
    throw new InvalidRule(`failed to build query '${query.refId}': failed to unmarshal query model: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`);
  }
  return model as Record<string, unknown>;
}

/** A threshold that lets go at another value than it took hold (§13.1). */
function isRecoveryThreshold(query: AlertQuery): boolean {
  const model = query.model as { type?: unknown; conditions?: unknown } | undefined;
  if (!isExpression(query) || model?.type !== 'threshold' || !Array.isArray(model.conditions)) return false;
  return model.conditions.some((c) => typeof c === 'object' && c !== null && 'unloadEvaluator' in c);
}

export function createRuleQueries({ expressions, sources }: RuleQueriesDeps): RuleQueries {
  return {
    async build(orgId, identity, rule) {
      const condition = rule.record ? rule.record.from : rule.condition;
      const queries: ExprQuery[] = [];
      const found = new Map<string, ExprDatasource>();
      for (const query of rule.data) {
        const json = jsonOf(query);
        const base = {
          refId: query.refId, timeRange: { fromAgoMs: query.from * 1000, toAgoMs: query.to * 1000 },
          json: { ...json, refId: query.refId, intervalMs: json['intervalMs'] || 1000, maxDataPoints: json['maxDataPoints'] || 43_200 },
          ...(query.queryType === '' ? {} : { queryType: query.queryType }),
        };
        if (isExpression(query)) {
          if (json['type'] === undefined) throw new InvalidRule(`invalid command type in expression '${query.refId}': no expression command type in query`);
          queries.push(base);
          continue;
        }
        let datasource = found.get(query.datasourceUid);
        if (!datasource) {
          if (query.datasourceUid === '') throw new InvalidRule(`failed to build query '${query.refId}': can not get data source by uid, uid is empty`);
          try {
            datasource = await sources.find(orgId, query.datasourceUid, identity);
          } catch (error) {
            throw new InvalidRule(`failed to build query '${query.refId}': ${error instanceof Error ? error.message : String(error)}`);
          }
          found.set(query.datasourceUid, datasource);
        }
        queries.push({ ...base, datasource });
      }
      const pipeline = expressions.build(queries);
      if (!pipeline.nodes.some((n) => n.refId === condition)) {
        throw new InvalidRule(`[alerting.alert-rule.conditionNotExist] Condition ${condition} does not exist, must be one of [${pipeline.nodes.map((n) => n.refId).sort().join(' ')}]`);
      }
      const hysteresis = rule.data.filter(isRecoveryThreshold);
      for (const query of hysteresis) if (query.refId !== condition) throw new InvalidRule(`recovery threshold '${query.refId}' is only allowed to be the alert condition`);
      for (const query of queries) {
        if (!query.datasource) continue;
        const objection = sources.objection(query.datasource, query.refId);
        if (objection) throw new InvalidRule(objection);
      }
      return { pipeline, hysteresis: hysteresis[0]?.refId, uids: new Map(pipeline.nodes.map((n) => [n.refId, n.datasourceUid])) };
    },

    async run(built, { orgId, identity, now, headers, signal, firing }) {
      const results = await expressions.run(built.pipeline, {
        now, signal,
        queryData: (datasource, queries) => sources.query({ orgId, identity, datasource, queries, headers, signal }),
        ...(built.hysteresis ? { loadedDimensions: new Map([[built.hysteresis, new Set((firing ?? []).map((l) => labelsFingerprint(l)))]]) } : {}),
      });
      for (const [refId, result] of results) Object.assign(result, { datasourceUid: built.uids.get(refId) ?? '' });
      return results;
    },
  };
}
