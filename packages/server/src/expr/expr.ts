import type { Frame } from '@belvedere/dataframe';
import type { DataQuery, ErrorSource, QueryDataResponse, TimeRange } from '@belvedere/plugin-sdk';
import { ApiError } from '../web/errors.ts';

/**
 * Server-side expressions (queries-and-frames §13): queries and expressions over them, as a graph that is built once and can be
 * run many times. `POST /api/ds/query` builds and runs in one go; alert rules keep what they built.
 */

/** Both uids mean "this query is an expression"; the second is from old dashboards. */
export const isExpressionUid = (uid: string): boolean => uid === '__expr__' || uid === '-100';

/** The data source that a query names, resolved by the caller. Whatever else the caller needs to run it, he finds by uid. */
export interface ExprDatasource {
  readonly uid: string;
  /** Plugin id. Some sources have rules of their own (§13.3, 7). */
  readonly type: string;
}

/** Milliseconds before the moment of a run. */
export interface RelativeTimeRange {
  readonly fromAgoMs: number;
  readonly toAgoMs: number;
}

export interface ExprQuery {
  readonly refId: string;
  /** Absent for an expression. */
  readonly datasource?: ExprDatasource;
  readonly queryType?: string;
  readonly timeRange: TimeRange | RelativeTimeRange;
  /** The query model as the client sent it: `type`, `expression`, `hide`, `intervalMs`, `maxDataPoints` and so on are read from here. */
  readonly json: Readonly<Record<string, unknown>>;
}

export type ExprNodeKind = 'datasource' | 'math' | 'reduce' | 'resample' | 'threshold' | 'classic_conditions' | 'sql';

export interface ExprNode {
  readonly refId: string;
  readonly kind: ExprNodeKind;
  readonly hidden: boolean;
  /** refIds, in the order in which they are named. */
  readonly inputs: readonly string[];
  /** `__expr__` for expressions. */
  readonly datasourceUid: string;
}

/** A built graph. Its nodes are in the order of execution; what is behind them is the engine's own. */
export interface ExprPipeline {
  readonly nodes: readonly ExprNode[];
}

/** Why a node has no result. `text` is the string form, `[messageId] log message`. */
export interface ExprNodeError {
  readonly kind: 'query' | 'read' | 'dependency' | 'evaluation';
  /** `sse.dataQueryError` and the like; '' where the reference has none. */
  readonly messageId: string;
  readonly text: string;
  /** For `dependency`: the node whose failure this follows from. Otherwise the node itself. */
  readonly refId: string;
  readonly datasourceUid: string;
}

export interface ExprNodeResult {
  readonly refId: string;
  readonly kind: ExprNodeKind;
  readonly hidden: boolean;
  /** In converted form (§13.3), also those of data source queries; empty with an error. */
  readonly frames: readonly Frame[];
  readonly error?: ExprNodeError;
}

/** One plugin call. What it throws fails the queries of this call only. */
export type QueryDatasource = (datasource: ExprDatasource, queries: readonly DataQuery[]) => Promise<QueryDataResponse>;

export interface ExprRun {
  readonly queryData: QueryDatasource;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch; what relative ranges are relative to. */
  readonly now?: number;
  /** Hysteresis (§13.7): by refId of a threshold, the label fingerprints of what is firing. Overrides `loadedDimensions` of the model. */
  readonly loadedDimensions?: ReadonlyMap<string, ReadonlySet<bigint>>;
}

export interface ExpressionService {
  /** `[expressions] enabled`. */
  readonly enabled: boolean;
  /**
   * Parses and orders the graph. Throws `sse.parseError` and `sse.sql.table_not_found` (ApiError 400) or `ExprGraphError`, which
   * `/api/ds/query` answers as 500 `Query data error` and alert rules tell by its text.
   */
  build(queries: readonly ExprQuery[]): ExprPipeline;
  /** Every node's result by refId, in order of execution, hidden ones too. Never throws because of a failed query. */
  run(pipeline: ExprPipeline, run: ExprRun): Promise<ReadonlyMap<string, ExprNodeResult>>;
}

/** A graph that cannot be built although each query parses: missing node, cycle, self reference, unknown type. */
export class ExprGraphError extends Error {
  override readonly name = 'ExprGraphError';
}

/** 400 `sse.parseError`. Its string form is `[sse.parseError] failed to parse expression [B]: …`. */
export const parseError = (refId: string, error: string): ApiError =>
  new ApiError(400, `failed to parse expression [${refId}]: ${error}`, { messageId: 'sse.parseError', extra: { refId, error } });

/** The string form of an error (§0): `[messageId] text` where it has an id. */
export const errorText = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return error instanceof ApiError && error.messageId !== '' ? `[${error.messageId}] ${text}` : text;
};

export interface ExprDatasourceResponse {
  readonly frames: readonly Frame[];
  readonly error?: string;
  readonly status?: number;
  readonly errorSource?: ErrorSource | '';
}

/** What `/api/ds/query` answers (§13.2, 5): the nodes that are not hidden; errors with status 500 and an empty source. */
export function exprResponses(results: ReadonlyMap<string, ExprNodeResult>): Map<string, ExprDatasourceResponse> {
  const responses = new Map<string, ExprDatasourceResponse>();
  for (const { refId, hidden, frames, error } of results.values()) {
    if (hidden) continue;
    responses.set(refId, error ? { frames: [], error: error.text, status: 500, errorSource: '' } : { frames });
  }
  return responses;
}
