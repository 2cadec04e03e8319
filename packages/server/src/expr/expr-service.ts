import type { DataQuery, DataResponse, QueryDataResponse, TimeRange } from '@belvedere/plugin-sdk';
import { PluginPanic } from '@belvedere/plugin-sdk';
import { ApiError } from '../web/errors.ts';
import { commandMakers, type Command } from './commands.ts';
import {
  errorText, ExprGraphError, parseError, type ExprDatasource, type ExpressionService, type ExprNode, type ExprNodeError, type ExprNodeResult, type ExprQuery, type ExprRun, type RelativeTimeRange,
} from './expr.ts';
import { framesToValues } from './frames-to-values.ts';
import { tableOf } from './sql/sql-frames.ts';
import { frameOf, noData, type Value } from './values.ts';

export interface ExpressionDeps {
  /** `[expressions] enabled`. */
  readonly enabled: boolean;
  /** Toggle `disableSSEDataplane` turns it off. */
  readonly dataplane?: boolean;
  /** Toggle `disableNumericMetricsSortingInExpressions` turns it off. */
  readonly sortNumbers?: boolean;
  /** Toggle `sseGroupByDatasource`: all queries of one source in one call. Otherwise each has its own. */
  readonly groupByDatasource?: boolean;
  /** Makes SQL expressions; absent while the toggle `sqlExpressions` is off. */
  readonly sqlCommand?: (refId: string, model: Readonly<Record<string, unknown>>) => Command;
}

interface QueryNode extends ExprNode {
  readonly kind: 'datasource';
  readonly datasource: ExprDatasource;
  readonly range: ExprQuery['timeRange'];
  readonly query: Omit<DataQuery, 'timeRange'>;
  /** Set for inputs of SQL expressions: their frames become a table instead of values. */
  feedsSql: boolean;
}

interface CommandNode extends ExprNode {
  readonly command: Command;
  readonly range: ExprQuery['timeRange'];
}

type Node = QueryNode | CommandNode;

const isQuery = (node: Node): node is QueryNode => node.kind === 'datasource';

/** Compat: other defaults than those of queries without expressions. */
const defaultIntervalMs = 64;
const defaultMaxDataPoints = 5000;

export function createExpressionService(deps: ExpressionDeps): ExpressionService {
  const makers = { ...commandMakers, ...(deps.sqlCommand && { sql: deps.sqlCommand }) };

  function nodeOf(query: ExprQuery): Node {
    const { refId, json, timeRange: range } = query;
    const hide = json['hide'] ?? false;
    if (typeof hide !== 'boolean') throw new ExprGraphError(`[${refId}] hide must be true or false`);
    if (query.datasource) {
      return {
        refId, kind: 'datasource', hidden: hide, inputs: [], datasourceUid: query.datasource.uid, datasource: query.datasource, range, feedsSql: false,
        query: { refId, queryType: query.queryType ?? '', json, intervalMs: numberOr(json, 'intervalMs', defaultIntervalMs), maxDataPoints: numberOr(json, 'maxDataPoints', defaultMaxDataPoints) },
      };
    }
    const type = json['type'];
    if (typeof type !== 'string') throw new ExprGraphError(`invalid command type in expression '${refId}': field 'type' must be a string`);
    const make = Object.hasOwn(makers, type) ? makers[type as keyof typeof makers] : undefined;
    if (!make) throw new ExprGraphError(`invalid command type in expression '${refId}': '${type}' is not a recognized expression type`);
    let command: Command;
    try {
      command = make(refId, json);
    } catch (cause) {
      if (cause instanceof ExprGraphError || (cause instanceof ApiError && cause.messageId.startsWith('sse.parse'))) throw cause;
      throw parseError(refId, errorText(cause));
    }
    return { refId, kind: command.kind, hidden: hide, inputs: command.inputs, datasourceUid: '__expr__', command, range };
  }

  /** One call for a node, or one for all nodes of its source, made when the first of them is due. */
  function asker(nodes: readonly Node[], run: ExprRun): (node: QueryNode) => Promise<QueryDataResponse> {
    const call = (asked: readonly QueryNode[]) => run.queryData((asked[0] as QueryNode).datasource, asked.map((one) => ({ ...one.query, timeRange: absolute(one.range, run.now) })));
    if (!deps.groupByDatasource) return (node) => call([node]);
    const bySource = new Map<string, Promise<QueryDataResponse>>();
    return (node) => {
      const uid = node.datasourceUid;
      const made = bySource.get(uid) ?? call(nodes.filter(isQuery).filter((one) => one.datasourceUid === uid));
      bySource.set(uid, made);
      return made;
    };
  }

  async function query(node: QueryNode, run: ExprRun, ask: (node: QueryNode) => Promise<QueryDataResponse>): Promise<Value[] | ExprNodeError> {
    const failed = (kind: 'query' | 'read', messageId: string, text: string): ExprNodeError => ({ kind, messageId, text: `[${messageId}] ${text}`, refId: node.refId, datasourceUid: node.datasourceUid });
    let response: DataResponse | undefined;
    try {
      response = (await ask(node)).responses.get(node.refId);
    } catch (error) {
      if (isPanic(error) || run.signal.aborted) throw error;
      return failed('query', 'sse.dataQueryError', `failed to execute query [${node.refId}]: ${errorText(error)}`);
    }
    if (response?.error !== undefined) return failed('query', 'sse.dataQueryError', `failed to execute query [${node.refId}]: ${response.error}`);
    if (node.feedsSql) {
      const frames = response?.frames;
      if (!frames || frames.length === 0) return [noData()];
      try {
        return [{ kind: 'table', frame: tableOf(frames), notices: [] }];
      } catch (error) {
        return failed('read', 'sse.sql.input_conversion', `failed to convert the results of query [${node.refId}] (Datasource Type: [${node.datasource.type}]) into a SQL/Tabular format for sql expression: ${(error as Error).message}`);
      }
    }
    try {
      return framesToValues(response?.frames, { refId: node.refId, datasourceType: node.datasource.type, dataplane: deps.dataplane ?? true, sortNumbers: deps.sortNumbers ?? true });
    } catch (error) {
      return failed('read', 'sse.readDataError', `[${node.refId}] got error: ${(error as Error).message}`);
    }
  }

  async function command(node: CommandNode, done: ReadonlyMap<string, readonly Value[]>, failures: ReadonlyMap<string, ExprNodeError>, run: ExprRun): Promise<readonly Value[] | ExprNodeError> {
    const broken = node.inputs.find((input) => failures.has(input));
    if (broken !== undefined) {
      const { refId, datasourceUid } = failures.get(broken) as ExprNodeError;
      if (node.kind === 'sql') {
        const text = `[sse.sql.failed_dependency] could not run sql expression [${node.refId}] because it selects from the results of query [${broken}] which has an error`;
        return { kind: 'dependency', messageId: 'sse.sql.failed_dependency', text, refId, datasourceUid };
      }
      const text = `[sse.dependencyError] did not execute expression [${node.refId}] due to a failure of the dependent expression or query [${broken}]`;
      return { kind: 'dependency', messageId: 'sse.dependencyError', text, refId, datasourceUid };
    }
    const loaded = run.loadedDimensions?.get(node.refId);
    try {
      return await node.command.evaluate({ inputs: done, range: absolute(node.range, run.now), signal: run.signal, ...(loaded && { loaded }) });
    } catch (error) {
      if (run.signal.aborted) throw error;
      return { kind: 'evaluation', messageId: error instanceof ApiError ? error.messageId : '', text: errorText(error), refId: node.refId, datasourceUid: '__expr__' };
    }
  }

  return {
    enabled: deps.enabled,

    build(queries) {
      if (!deps.enabled) throw new ExprGraphError('expressions are disabled');
      return { nodes: ordered(queries.map(nodeOf)) };
    },

    async run(pipeline, run) {
      const done = new Map<string, readonly Value[]>();
      const failures = new Map<string, ExprNodeError>();
      const ask = asker(pipeline.nodes as readonly Node[], run);
      for (const node of pipeline.nodes as readonly Node[]) {
        const outcome = isQuery(node) ? await query(node, run, ask) : await command(node, done, failures, run);
        if ('text' in outcome) failures.set(node.refId, outcome);
        else done.set(node.refId, outcome);
      }
      // Frames are made last: a notice about a value that is handed on belongs to every result that shows it.
      const results = new Map<string, ExprNodeResult>();
      for (const { refId, kind, hidden } of pipeline.nodes) {
        const error = failures.get(refId);
        const frames = (done.get(refId) ?? []).map((value) => frameOf(value, refId));
        results.set(refId, { refId, kind, hidden, frames, ...(error && { error }) });
      }
      return results;
    },
  };
}

/** The plugin client wraps what a plugin throws. */
const isPanic = (error: unknown): boolean => error instanceof PluginPanic || (error instanceof Error && error.cause !== undefined && isPanic(error.cause));

function numberOr(json: Readonly<Record<string, unknown>>, key: string, fallback: number): number {
  const value = json[key];
  if (value === undefined) return fallback;
  if (typeof value !== 'number') throw new ExprGraphError(`expected ${key} to be a number`);
  return Math.trunc(value);
}

const isRelative = (range: ExprQuery['timeRange']): range is RelativeTimeRange => 'fromAgoMs' in range;
const absolute = (range: ExprQuery['timeRange'], now = Date.now()): TimeRange => (isRelative(range) ? { from: now - range.fromAgoMs, to: now - range.toAgoMs } : range);

/** Checks every reference, then sorts: queries first, then expressions, each after what it needs; ties as in the request. */
function ordered(nodes: readonly Node[]): Node[] {
  const byRefId = new Map<string, Node>();
  for (const node of nodes) {
    if (byRefId.has(node.refId)) throw new ExprGraphError(`refID '${node.refId}' is not unique`);
    byRefId.set(node.refId, node);
  }
  for (const node of nodes) {
    for (const input of node.inputs) {
      const needed = byRefId.get(input);
      if (!needed) {
        // Compat: only SQL tells the missing one to the user.
        if (node.kind === 'sql') throw sqlTableMissing(node.refId, input);
        throw new ExprGraphError(`unable to find dependent node '${input}'`);
      }
      if (node.kind === 'sql') {
        if (!isQuery(needed)) throw new ExprGraphError('only data source queries may be inputs to a sql expression');
        needed.feedsSql = true;
      }
      if (needed === node) throw new ExprGraphError(`expression '${node.refId}' cannot reference itself. Must be query or another expression`);
      if (node.kind === 'classic_conditions' && needed.kind !== 'datasource') throw new ExprGraphError('only data source queries may be inputs to a classic condition');
      if (needed.kind === 'classic_conditions') throw new ExprGraphError('classic conditions may not be the input for other expressions');
      if (needed.kind === 'sql') throw new ExprGraphError('sql expressions can not be the input for other expressions');
    }
  }
  const queries = nodes.filter(isQuery);
  const placed = new Set<string>(queries.map((node) => node.refId));
  const waiting = nodes.filter((node) => !isQuery(node));
  const sorted: Node[] = [...queries];
  while (waiting.length > 0) {
    const next = waiting.findIndex((node) => node.inputs.every((input) => placed.has(input)));
    if (next < 0) throw new ExprGraphError(`topo: no topological ordering: cyclic components: [${circlesOf(waiting).map((circle) => `[${circle.join(' ')}]`).join(' ')}]`);
    const [node] = waiting.splice(next, 1) as [Node];
    placed.add(node.refId);
    sorted.push(node);
  }
  return sorted;
}

/** Groups of nodes each of which waits for all of its group; nodes that only wait for such a group are left out. */
function circlesOf(nodes: readonly { readonly refId: string; readonly inputs: readonly string[] }[]): string[][] {
  const inputs = new Map(nodes.map((node) => [node.refId, node.inputs]));
  const reached = (from: string): Set<string> => {
    const seen = new Set<string>();
    const next = [...(inputs.get(from) ?? [])];
    for (let name = next.pop(); name !== undefined; name = next.pop()) {
      if (seen.has(name) || !inputs.has(name)) continue;
      seen.add(name);
      next.push(...inputs.get(name)!);
    }
    return seen;
  };
  const reach = new Map(nodes.map(({ refId }) => [refId, reached(refId)]));
  const circles: string[][] = [];
  for (const { refId } of nodes) {
    if (!reach.get(refId)!.has(refId) || circles.some((circle) => circle.includes(refId))) continue;
    circles.push(nodes.map((node) => node.refId).filter((other) => reach.get(refId)!.has(other) && reach.get(other)!.has(refId)).sort());
  }
  return circles;
}

const sqlTableMissing = (refId: string, table: string): ApiError =>
  new ApiError(400, `failed to run sql expression [${refId}] because it selects from table (refId/query) [${table}] and that table was not found`, { messageId: 'sse.sql.table_not_found', extra: { refId, table } });
