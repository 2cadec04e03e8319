import { byteOrder, framesJson, jsonText, type WrittenColumns } from '@belvedere/dataframe';
import { Type } from '../../../web/schema.ts';
import { permission } from '../../../web/access.ts';
import { Reply } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import type { QueryResult, QueryService } from './query.ts';

const QueryBody = Type.Object({ from: Type.String(), to: Type.String(), queries: Type.Array(Type.Unknown()), debug: Type.Boolean() });

export function queryRoutes(routes: Routes, { queries }: { readonly queries: QueryService }): void {
  routes.post('/api/ds/query', { access: permission('datasources:query'), name: 'queryMetricsWithExpressions', tag: 'ds', body: QueryBody, slo: 'low' },
    async ({ identity, body, headers, signal }) =>
      queryReply(await queries.run(body, {
        orgId: identity.orgId, identity, headers, signal, fresh: headers['x-grafana-nocache'] === 'true', queryRanges: headers['x-query-v2'] === 'true',
      })));
}

/** 200, or 400 when one of the results is an error (queries-and-frames §10.4). */
export function queryReply(results: ReadonlyMap<string, QueryResult>): Reply {
  const failed = [...results.values()].some(({ error }) => error !== undefined);
  return new Reply(failed ? 400 : 200, `${resultsJson(results)}\n`, { 'content-type': 'application/json', 'x-cache': '' });
}

/** `{"results":{…}}` with sorted refIds. */
export function resultsJson(results: ReadonlyMap<string, QueryResult>): string {
  const refIds = [...results.keys()].sort(byteOrder);
  const written: WrittenColumns = new Map();
  return `{"results":{${refIds.map((refId) => `${jsonText(refId)}:${resultJson(refId, results.get(refId)!, written)}`).join(',')}}}`;
}

function resultJson(refId: string, { error, errorSource, status, frames }: QueryResult, written: WrittenColumns): string {
  return '{' +
    (error === undefined ? '' : `"error":${jsonText(error)},"errorSource":${jsonText(errorSource ?? '')},`) +
    `"status":${status ?? 200}` +
    (frames ? `,"frames":${framesJson(frames, refId, written)}` : '') +
    '}';
}
