import { availableParallelism } from 'node:os';
import type { DataQuery, DataResponse, DataSourceInstanceSettings, TimeRange } from '@belvedere/plugin-sdk';
import { exprResponses, ExprGraphError, isExpressionUid, type ExprQuery, type ExpressionService } from '../../../expr/expr.ts';
import type { Clock } from '../../../infra/clock.ts';
import type { Logger } from '../../../infra/log/log.ts';
import type { CallOrigin, PluginClient } from '../../../plugins/client/plugin-client.ts';
import { parseTimeRange } from '../../../util/date-math.ts';
import { ApiError } from '../../../web/errors.ts';
import { dataSourceErrors, type DataSourceService } from '../records/data-source.ts';
import { queryErrors, stringForm, type QueryCall, type QueryResult, type QueryService } from './query.ts';

export interface QueryDeps {
  readonly dataSources: Pick<DataSourceService, 'resolve'>;
  readonly plugins: Pick<PluginClient, 'queryData'>;
  readonly expressions: ExpressionService;
  readonly clock: Clock;
  readonly log: Logger;
  /** Data sources that one request asks at a time; 0: as many as there are processors. */
  readonly concurrentSources: number;
}

interface ParsedQuery {
  readonly query: DataQuery;
  readonly source: DataSourceInstanceSettings | 'expression';
}

const maxDataPointsDefault = 100;
const intervalMsDefault = 1000;

/** The source that every org has without a record (§9.2). */
const grafanaSource: DataSourceInstanceSettings = Object.freeze({
  id: -1, uid: 'grafana', type: 'grafana', name: '-- Grafana --', url: '', user: '', database: '', basicAuthEnabled: false, basicAuthUser: '', jsonData: Object.freeze({}),
  decryptedSecureJsonData: Object.freeze({}), updated: 0, apiVersion: '',
});

export function createQueryService({ dataSources, plugins, expressions, clock, log, concurrentSources }: QueryDeps): QueryService {
  const sourcesMax = concurrentSources > 0 ? concurrentSources : availableParallelism();

  async function find(call: QueryCall, ref: { uid: string } | { id: number }): Promise<DataSourceInstanceSettings> {
    if ('uid' in ref && ref.uid === 'grafana') return grafanaSource;
    const found = await dataSources.resolve(call.orgId, ref, call.fresh ? { fresh: true } : {});
    if (!found) throw dataSourceErrors.notFound();
    return found.settings;
  }

  const origin = ({ identity, headers, ownHeaders }: QueryCall): CallOrigin => ({ ...(identity && { identity }), ...(headers && { headers }), ...(ownHeaders && { ownHeaders }) });
  const ask = (source: DataSourceInstanceSettings, queries: readonly DataQuery[], call: QueryCall) =>
    plugins.queryData({ pluginId: source.type, orgId: call.orgId, dataSource: source }, origin(call), queries, call.signal);

  async function parse(models: readonly unknown[], range: TimeRange, call: QueryCall): Promise<ParsedQuery[]> {
    const parsed: ParsedQuery[] = [];
    for (const model of models) {
      if (typeof model !== 'object' || model === null || Array.isArray(model)) throw queryErrors.invalidDatasourceId();
      const json = model as Record<string, unknown>;
      const ref = referenceOf(json);
      const source = 'uid' in ref && isExpressionUid(ref.uid) ? 'expression' : await find(call, ref);
      parsed.push({ source, query: toDataQuery(json, range, call.queryRanges === true, clock.now()) });
    }
    const refIds = new Set(parsed.map(({ query }) => query.refId));
    if (refIds.size !== parsed.length) throw queryErrors.duplicateRefId();
    return parsed;
  }

  async function runExpressions(parsed: readonly ParsedQuery[], call: QueryCall): Promise<ReadonlyMap<string, QueryResult>> {
    const sources = new Map<string, DataSourceInstanceSettings>();
    const queries = parsed.map(({ query, source }): ExprQuery => {
      if (source === 'expression') return { refId: query.refId, queryType: query.queryType, timeRange: query.timeRange, json: query.json };
      sources.set(source.uid, source);
      return { refId: query.refId, queryType: query.queryType, timeRange: query.timeRange, json: query.json, datasource: { uid: source.uid, type: source.type } };
    });
    try {
      const pipeline = expressions.build(queries);
      return exprResponses(await expressions.run(pipeline, {
        signal: call.signal, now: clock.now(),
        queryData: ({ uid }, asked) => ask(sources.get(uid)!, asked, call),
      }));
    } catch (error) {
      if (error instanceof ExprGraphError) throw queryErrors.malformed({ cause: error });
      throw error;
    }
  }

  async function runMixed(groups: readonly Group[], call: QueryCall): Promise<ReadonlyMap<string, QueryResult>> {
    const results = new Map<string, QueryResult>();
    let next = 0;
    const worker = async () => {
      while (next < groups.length) {
        const { source, queries } = groups[next++]!;
        try {
          for (const [refId, response] of (await ask(source, queries, call)).responses) results.set(refId, toResult(response));
        } catch (error) {
          if (!(error instanceof ApiError)) log.error('A data source of a mixed query failed', { error, uid: source.uid });
          for (const { refId } of queries) results.set(refId, { error: stringForm(error), errorSource: '', status: 500 });
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(sourcesMax, groups.length) }, worker));
    return results;
  }

  return {
    async run({ from, to, queries }, call) {
      if (queries.length === 0) throw queryErrors.noQueries();
      const parsed = await parse(queries, parseTimeRange(from, to, clock.now()), call);
      if (parsed.some(({ source }) => source === 'expression')) return runExpressions(parsed, call);
      const groups = bySource(parsed);
      if (groups.length > 1) return runMixed(groups, call);
      const [{ source, queries: asked }] = groups as [Group];
      const results = new Map<string, QueryResult>();
      for (const [refId, response] of (await ask(source, asked, call)).responses) results.set(refId, toResult(response));
      return results;
    },
    async resolve(orgId, uid, fresh = false) {
      return uid === 'grafana' ? grafanaSource : (await dataSources.resolve(orgId, { uid }, { fresh }))?.settings;
    },
    asker: (call) => async ({ uid }, queries) => ask(await find(call, { uid }), queries, call),
  };
}

interface Group {
  readonly source: DataSourceInstanceSettings;
  readonly queries: DataQuery[];
}

function bySource(parsed: readonly ParsedQuery[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { query, source } of parsed) {
    if (source === 'expression') continue;
    const group = groups.get(source.uid);
    if (group) group.queries.push(query);
    else groups.set(source.uid, { source, queries: [query] });
  }
  return [...groups.values()];
}

/** `datasource.uid`, a bare `datasource`, or `datasourceId`. */
function referenceOf(json: Readonly<Record<string, unknown>>): { readonly uid: string } | { readonly id: number } {
  const { datasource, datasourceId } = json;
  const uid = typeof datasource === 'string' ? datasource : typeof datasource === 'object' && datasource !== null ? (datasource as { uid?: unknown }).uid : undefined;
  if (typeof uid === 'string' && uid !== '') return { uid };
  if (typeof datasourceId === 'number' && Number.isInteger(datasourceId) && datasourceId >= 1) return { id: datasourceId };
  throw queryErrors.invalidDatasourceId();
}

function toDataQuery(json: Readonly<Record<string, unknown>>, range: TimeRange, ownRanges: boolean, now: number): DataQuery {
  const { refId, queryType, maxDataPoints, intervalMs } = json;
  const whole = (value: unknown, otherwise: number) => (typeof value === 'number' && Number.isInteger(value) ? value : otherwise);
  const own = ownRanges && json['timeRange'] !== undefined && json['timeRange'] !== null ? ownRange(json['timeRange'], now) : undefined;
  let model = json;
  if (own) {
    const { timeRange: _, ...rest } = json;
    model = rest;
  }
  return {
    refId: typeof refId === 'string' ? refId : 'A', queryType: typeof queryType === 'string' ? queryType : '',
    maxDataPoints: whole(maxDataPoints, maxDataPointsDefault), intervalMs: whole(intervalMs, intervalMsDefault), timeRange: own ?? range, json: model,
  };
}

function ownRange(timeRange: unknown, now: number): TimeRange {
  const { from, to } = (typeof timeRange === 'object' && timeRange !== null ? timeRange : {}) as { from?: unknown; to?: unknown };
  if (typeof from !== 'string' || typeof to !== 'string') throw queryErrors.malformed();
  return parseTimeRange(from, to, now);
}

/** An upstream may fail without a word: the status tells, then. */
const toResult = ({ frames, error, status, errorSource }: DataResponse): QueryResult => ({
  ...(frames && { frames }), ...(error !== undefined && (error !== '' || (status ?? 200) >= 400) && { error, errorSource: errorSource ?? 'plugin' }), status: status ?? 200,
});
