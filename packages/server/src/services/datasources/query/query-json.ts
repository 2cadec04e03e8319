/** Results of queries as text (queries-and-frames §10.4). */
import { byteOrder, framesJson, jsonText } from '@belvedere/dataframe';
import { Reply } from '../../../web/reply.ts';
import type { QueryResult } from './query.ts';

/** 200, or 400 when one of the results is an error. */
export function queryReply(results: ReadonlyMap<string, QueryResult>): Reply {
  const failed = [...results.values()].some(({ error }) => error !== undefined);
  return new Reply(failed ? 400 : 200, `${resultsJson(results)}\n`, { 'content-type': 'application/json', 'x-cache': '' });
}

/** `{"results":{…}}` with sorted refIds. */
export function resultsJson(results: ReadonlyMap<string, QueryResult>): string {
  const refIds = [...results.keys()].sort(byteOrder);
  return `{"results":{${refIds.map((refId) => `${jsonText(refId)}:${resultJson(refId, results.get(refId)!)}`).join(',')}}}`;
}

function resultJson(refId: string, { error, errorSource, status, frames }: QueryResult): string {
  return '{' +
    (error === undefined ? '' : `"error":${jsonText(error)},"errorSource":${jsonText(errorSource ?? '')},`) +
    `"status":${status ?? 200}` +
    (frames ? `,"frames":${framesJson(frames, refId)}` : '') +
    '}';
}
