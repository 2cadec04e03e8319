/** Which headers of a request reach a plugin back end or a proxied data source (plugins §20.2, §22; queries-and-frames §6, §7.2). */
import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Meaningful for one connection only. */
export const hopByHopHeaders: ReadonlySet<string> = new Set([
  'connection', 'proxy-connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade',
]);

const neverForResources = new Set(['user-agent', 'set-cookie', 'origin', 'referer', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto', 'host']);

/** `x-grafana-id` -> `X-Grafana-Id` */
export const canonicalHeader = (name: string): string => name.toLowerCase().replace(/(^|-)[a-z]/g, (c) => c.toUpperCase());

/** Headers named by `Connection`, lower-case. */
export function connectionHeaders(headers: IncomingHttpHeaders): ReadonlySet<string> {
  const { connection } = headers;
  return new Set(connection ? connection.toLowerCase().split(',').map((name) => name.trim()) : []);
}

/** A resource call's headers, several values kept apart: hop-by-hop ones gone, referer and forwarding ones rewritten. Credentials are taken out by the plugin client. */
export function resourceHeaders(req: IncomingMessage): Record<string, string[]> {
  const named = connectionHeaders(req.headers);
  const out: Record<string, string[]> = {};
  const raw = req.rawHeaders;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (hopByHopHeaders.has(name) || neverForResources.has(name) || named.has(name)) continue;
    (out[canonicalHeader(name)] ??= []).push(raw[i + 1]!);
  }
  out['X-Grafana-Referer'] = [req.headers.referer ?? ''];
  const address = req.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  const before = out['X-Forwarded-For'];
  out['X-Forwarded-For'] = [before ? `${before.join(', ')}, ${address}` : address];
  return out;
}

/** Cookies that `keepCookies` lets through, sorted by name, as one header; '' when none is left. Never the login cookie. */
export function keptCookies(header: string | undefined, keep: unknown, loginCookieName: string): string {
  if (!header || !Array.isArray(keep)) return '';
  const patterns = keep.filter((pattern): pattern is string => typeof pattern === 'string');
  if (patterns.length === 0) return '';
  const kept = new Map<string, string>();
  for (const pair of header.split(';')) {
    const eq = pair.indexOf('=');
    if (eq < 0) continue;
    const name = pair.slice(0, eq).trim();
    if (name === '' || name === loginCookieName || !patterns.some((pattern) => cookieMatches(pattern, name))) continue;
    kept.set(name, pair.slice(eq + 1).trim());
  }
  return [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${value}`).join('; ');
}

const cookieMatches = (pattern: string, name: string) => (pattern.endsWith('[]') ? name.startsWith(pattern.slice(0, -2)) : pattern === name);

/** A header value as text. What is not UTF-8 is taken for Latin-1, and then bytes beyond printable ASCII are percent-encoded. */
export function headerText(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is printable is told from what is not.
  if (/^[\u0000-\u007f]*$/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return [...Buffer.from(value, 'utf8')].map((byte) => (byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)).join('');
}

/** Query and health requests carry headers in a map of plain strings: these keep their name there, all others begin with `http_`. */
const bareNames = new Set(['authorization', 'x-id-token', 'cookie', 'fromalert']);

export const headerKey = (name: string): string => (bareNames.has(name.toLowerCase()) ? name : `http_${name}`);

/** The HTTP headers in such a map, by the names they go out with. */
export function httpHeadersOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [key, value] of Object.entries(headers)) {
    const name = key.startsWith('http_') ? key.slice(5) : bareNames.has(key.toLowerCase()) ? key : undefined;
    if (name !== undefined) out[name] = value;
  }
  return out;
}
