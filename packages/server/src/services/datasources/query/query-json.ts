/** Results of queries as text (queries-and-frames §10.4). */
import { byteOrder, jsonText, writeFrames, type WrittenColumns } from '@belvedere/dataframe';
import { PartsBody } from '../../../web/parts-body.ts';
import { Reply } from '../../../web/reply.ts';
import type { QueryResult } from './query.ts';

type Put = (part: string | Uint8Array) => void;

/** Answers longer than this leave piece by piece. */
const textBytesMax = 65_536;

/** 200, or 400 when one of the results is an error. */
export function queryReply(results: ReadonlyMap<string, QueryResult>): Reply {
  const failed = [...results.values()].some(({ error }) => error !== undefined);
  const body = new PartsBody();
  writeResults(results, (part) => body.add(part));
  body.add('\n');
  const headers = { 'content-type': 'application/json', 'x-cache': '' };
  if (body.bytes <= textBytesMax) return new Reply(failed ? 400 : 200, body.text(), headers);
  return new Reply(failed ? 400 : 200, body, { ...headers, 'content-length': String(body.bytes) });
}

/** `{"results":{…}}` with sorted refIds. */
export function resultsJson(results: ReadonlyMap<string, QueryResult>): string {
  const body = new PartsBody();
  writeResults(results, (part) => body.add(part));
  return body.text();
}

function writeResults(results: ReadonlyMap<string, QueryResult>, put: Put): void {
  // Sources share columns between the frames of several results, too.
  const written: WrittenColumns = new Map();
  put('{"results":{');
  [...results.keys()].sort(byteOrder).forEach((refId, i) => {
    put(`${i > 0 ? ',' : ''}${jsonText(refId)}:`);
    writeResult(refId, results.get(refId)!, put, written);
  });
  put('}}');
}

function writeResult(refId: string, { error, errorSource, status, frames }: QueryResult, put: Put, written: WrittenColumns): void {
  put(`{${error === undefined ? '' : `"error":${jsonText(error)},"errorSource":${jsonText(errorSource ?? '')},`}"status":${status ?? 200}`);
  if (frames) {
    put(',"frames":');
    writeFrames(frames, refId, put, written);
  }
  put('}');
}
