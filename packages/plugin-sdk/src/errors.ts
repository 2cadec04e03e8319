import type { DataResponse, ErrorSource } from './backend-plugin.ts';

/** Errors as answers to one query (tsdb-backends §1.3): which side they come from, and with what status. */

const pluginStatuses: ReadonlySet<number> = new Set([405, 406, 412, 413, 414, 416, 417, 426, 431, 501]);

/** Whose fault an upstream's HTTP status is: a few say that the plugin asked wrongly, all others are the upstream's. */
export const errorSourceOfStatus = (status: number): ErrorSource => (pluginStatuses.has(status) ? 'plugin' : 'downstream');

const networkCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EPIPE', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_SOCKET',
  'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_TLS_CERT_ALTNAME_INVALID',
]);
const timeoutCodes: ReadonlySet<string> = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** An error and what it was caused by, outermost first. */
function* chain(error: unknown): Generator<{ readonly name?: unknown; readonly code?: unknown }> {
  const seen = new Set<unknown>();
  for (let next = error; typeof next === 'object' && next !== null && !seen.has(next); next = (next as { cause?: unknown }).cause) {
    seen.add(next);
    yield next;
    if (next instanceof AggregateError) for (const inner of next.errors) if (typeof inner === 'object' && inner !== null) yield inner as { code?: unknown };
  }
}

/** Timeouts, refused and broken connections, failed look-ups and certificates are the upstream's. */
export function isNetworkFailure(error: unknown): boolean {
  for (const { name, code } of chain(error)) if (name === 'AbortError' || name === 'TimeoutError' || networkCodes.has(String(code))) return true;
  return false;
}

export interface ErrorResponseOptions {
  readonly source?: ErrorSource;
  readonly status?: number;
}

/** The answer to a query that failed. Without options the source and the status are read off the error. */
export function errorResponse(error: unknown, options: ErrorResponseOptions = {}): DataResponse {
  return {
    error: error instanceof Error ? error.message : String(error),
    status: options.status ?? statusOf(error),
    errorSource: options.source ?? (isNetworkFailure(error) ? 'downstream' : 'plugin'),
  };
}

function statusOf(error: unknown): number {
  for (const { name, code } of chain(error)) {
    if (name === 'TimeoutError' || timeoutCodes.has(String(code))) return 504;
    if (code === 'EACCES' || code === 'EPERM') return 401;
    if (code === 'ECONNREFUSED') return 502;
  }
  return 500;
}

/** Answers each query on its own: what one throws is that refId's error and no other's. */
export async function answerEach<Q extends { readonly refId: string }>(queries: readonly Q[], answer: (query: Q) => Promise<DataResponse>): Promise<{ responses: Map<string, DataResponse> }> {
  const answers = await Promise.all(queries.map(async (query) => [query.refId, await answer(query).catch((error: unknown) => errorResponse(error))] as const));
  return { responses: new Map(answers) };
}
