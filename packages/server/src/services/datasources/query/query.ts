/** Queries over data sources (queries-and-frames §10): what `/api/ds/query`, public dashboards and alert rules run. */
import type { IncomingHttpHeaders } from 'node:http';
import type { DataSourceInstanceSettings } from '@belvedere/plugin-sdk';
import type { ExprDatasourceResponse, QueryDatasource } from '../../../expr/expr.ts';
import { ApiError, defineErrors } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';

/** Whose request it is. */
export interface QueryCall {
  readonly orgId: number;
  /** Absent for alert rules. */
  readonly identity?: Identity;
  /** Of the HTTP request; absent when there is none. */
  readonly headers?: IncomingHttpHeaders;
  /** Headers of the server's own: `FromAlert`, `X-Rule-Uid` … */
  readonly ownHeaders?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Ask the database for records, not the memory (`X-Grafana-NoCache`). */
  readonly fresh?: boolean;
  /** Ranges of single queries count (`X-Query-V2`). */
  readonly queryRanges?: boolean;
}

export interface QueryRequest {
  readonly from: string;
  readonly to: string;
  /** Query models as the client sent them. */
  readonly queries: readonly unknown[];
}

/** The answer to one refId. `frames` absent: the source gave none at all. */
export type QueryResult = Omit<ExprDatasourceResponse, 'frames'> & Partial<Pick<ExprDatasourceResponse, 'frames'>>;

export interface QueryService {
  /** Rejects with a member of `queryErrors`, of the data source's or of the plugin client's errors when the request as a whole fails. */
  run(request: QueryRequest, call: QueryCall): Promise<ReadonlyMap<string, QueryResult>>;
  /** A data source by uid, the built-in `grafana` too. */
  resolve(orgId: number, uid: string, fresh?: boolean): Promise<DataSourceInstanceSettings | undefined>;
  /** What an expression pipeline asks data sources through. */
  asker(call: QueryCall): QueryDatasource;
}

export const queryErrors = defineErrors('query', {
  noQueries: [400, 'No queries found', 'query.noQueries'],
  invalidDatasourceId: [400, 'Query does not contain a valid data source identifier', 'query.invalidDatasourceId'],
  duplicateRefId: [400, 'Multiple queries using the same RefId is not allowed ', 'query.duplicateRefId'],
  failed: [500, 'Query data error'],
  /** The request, not the server, is at fault; the reference answers 500 here. */
  malformed: [400, 'Query data error'],
});

/** `[messageId] what the log says` (§0): public texts begin with a capital, those for the log do not. */
export function stringForm(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  const { messageId, message, cause } = error;
  const inner = cause instanceof Error ? cause.message : message.charAt(0).toLowerCase() + message.slice(1);
  return messageId === '' ? message : `[${messageId}] ${inner}`;
}
