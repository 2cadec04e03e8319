/** Addresses of upstreams, and what is said when one cannot be reached (tsdb-backends §1.3). */

/** An address that no request can be sent to. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
}

/** A path below the source's address, with parameters. Credentials in the address are left out. Throws AddressError. */
export function targetUrl(base: string, path: string, query: Iterable<readonly [string, string]>): URL {
  if (base === '') throw new AddressError('parse "": empty url');
  let url: URL;
  try {
    url = new URL(base);
  } catch {
    throw new AddressError(`parse ${JSON.stringify(base)}: invalid address`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new AddressError(`unsupported protocol scheme ${JSON.stringify(base.slice(0, base.indexOf(':')))}`);
  const joined = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  url.pathname = joined === '/' ? '/' : joined.replace(/\/+$/, '');
  for (const [key, value] of query) url.searchParams.append(key, value);
  url.hash = '';
  url.username = '';
  url.password = '';
  return url;
}

/** The same failure with the request before it: `Post "http://…": connect: connection refused`. */
export function requestFailure(error: unknown, request: string): Error {
  const text = `${request}: ${problemText(error)}`;
  return error instanceof AddressError ? new AddressError(text) : Object.assign(new Error(text, { cause: error }), { code: (error as { code?: string }).code });
}

/** A network error in the reference's words, as far as dashboards and people know them. */
export function problemText(error: unknown): string {
  const { code, address, port, hostname, message } = (error instanceof Error ? error : {}) as Error & { code?: string; address?: string; port?: number; hostname?: string };
  if (message?.startsWith('Get "') || message?.startsWith('Post "')) return message;
  const to = address === undefined ? '' : `dial tcp ${address.includes(':') ? `[${address}]` : address}:${port}: `;
  switch (code) {
    case 'ECONNREFUSED': return `${to}connect: connection refused`;
    case 'ECONNRESET': case 'CONNECTION_CLOSED': case 'UND_ERR_SOCKET': return 'EOF';
    case 'EHOSTUNREACH': return `${to}connect: no route to host`;
    case 'ENETUNREACH': return `${to}connect: network is unreachable`;
    case 'ENOTFOUND': case 'EAI_AGAIN': return `dial tcp: lookup ${hostname}: no such host`;
    case 'ETIMEDOUT': case 'UND_ERR_CONNECT_TIMEOUT': return 'dial tcp: i/o timeout';
    case 'HEADERS_TIMEOUT': case 'BODY_TIMEOUT': case 'UND_ERR_HEADERS_TIMEOUT': case 'UND_ERR_BODY_TIMEOUT': return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
    default: return message ?? 'the request failed';
  }
}

/** Headers that follow from what is sent. */
const ownHeaders = new Set(['content-length', 'host']);

/** A resource call's headers as they go to the upstream. */
export function callHeaders(headers: Readonly<Record<string, readonly string[]>>): Record<string, string | readonly string[]> {
  const out: Record<string, string | readonly string[]> = {};
  for (const [name, values] of Object.entries(headers)) if (!ownHeaders.has(name.toLowerCase())) out[name] = values.length === 1 ? values[0]! : values;
  return out;
}

/** What a caller who asks for caching gets along with the answer. */
export function cacheHeaders(headers: Readonly<Record<string, readonly string[]>>): Record<string, readonly string[]> {
  const cache = headers['X-Grafana-Cache']?.[0];
  return cache === undefined ? {} : { 'x-grafana-cache': ['y'], 'cache-control': [cache] };
}
