/** Routes of app plugins to other servers, and the way to the plugin catalogue (plugins §9, §7.11). */
import type { IncomingMessage } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Logger } from '../../infra/log/log.ts';
import { connectionHeaders, hopByHopHeaders } from '../../plugins/client/forwarded-headers.ts';
import type { PluginRouteJson } from '../../plugins/plugin.ts';
import { pipelineJson, Reply } from '../../web/reply.ts';
import type { RequestContext } from '../../web/route.ts';

export interface RouteData {
  readonly JsonData: unknown;
  readonly SecureJsonData: Readonly<Record<string, string>>;
}

export interface RouteMatch {
  readonly route: PluginRouteJson;
  /** What the star stands for, decoded. */
  readonly rest: string;
}

/** The first route of that method whose pattern is the whole path: words, `:name`, and a star for the rest. */
export function matchAppRoute(routes: readonly PluginRouteJson[], method: string, path: string): RouteMatch | undefined {
  const parts = trimmed(path).split('/');
  for (const route of routes) {
    if (route.method !== '' && route.method !== '*' && route.method !== method) continue;
    const pattern = trimmed(route.path).split('/');
    const star = pattern.at(-1) === '*';
    const words = star ? pattern.slice(0, -1) : pattern;
    if (star ? parts.length < words.length : parts.length !== words.length) continue;
    if (words.every((word, i) => word.startsWith(':') || word === parts[i])) return { route, rest: star ? parts.slice(words.length).join('/') : '' };
  }
  return undefined;
}

const trimmed = (path: string) => path.replace(/^\/+|\/+$/g, '');

/** Throws TemplateError. */
export async function renderTemplate(text: string, { JsonData, SecureJsonData }: RouteData): Promise<string> {
  if (!text.includes('{{')) return text;
  const { TemplateSet } = await import('@belvedere/go-template');
  const templates = new TemplateSet({ functions: { orEmpty: (value: unknown) => value ?? '' } as never });
  templates.add('route', text);
  return templates.run('route', new Map<string, unknown>([['JsonData', asMap(JsonData)], ['SecureJsonData', asMap(SecureJsonData)]]));
}

function asMap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asMap);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, member]) => [key, asMap(member)]));
}

export interface ForwardOptions {
  readonly url: URL;
  /** Query as it came. */
  readonly query: string;
  /** Set last; they replace the caller's. */
  readonly headers: Readonly<Record<string, string>>;
  /** Lower-case names that are not forwarded. */
  readonly without: ReadonlySet<string>;
  readonly body?: string;
  readonly tlsSkipVerify: boolean;
  readonly log: Logger;
}

const neverForwarded = new Set(['host', 'cookie', 'set-cookie', 'origin', 'referer', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto', 'x-forwarded-for', 'expect', 'content-length']);
const notHandedOn = new Set(['alt-svc', 'close', 'server', 'set-cookie', 'strict-transport-security', 'content-security-policy', 'via', 'x-frame-options', ...hopByHopHeaders]);
const headersWithinMs = 30_000;

/** Sends the request on and hands the answer back as it comes. */
export async function forward(ctx: Pick<RequestContext, 'method' | 'headers' | 'raw' | 'signal'>, options: ForwardOptions): Promise<Reply> {
  const { req } = ctx.raw;
  const named = connectionHeaders(ctx.headers);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(ctx.headers)) {
    if (value === undefined || hopByHopHeaders.has(name) || neverForwarded.has(name) || options.without.has(name) || named.has(name)) continue;
    headers[name] = value;
  }
  const address = req.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  // Compat: two layers of the reference's proxy each append the address.
  headers['x-forwarded-for'] = [...[ctx.headers['x-forwarded-for'] ?? []].flat(), address, address].join(', ');
  headers['x-grafana-referer'] = ctx.headers.referer ?? '';
  Object.assign(headers, options.headers);
  const hasBody = options.body !== undefined || ctx.headers['content-length'] !== undefined || ctx.headers['transfer-encoding'] !== undefined;
  const bodiless = ctx.method === 'GET' || ctx.method === 'HEAD' || !hasBody;
  if (!bodiless && options.body === undefined && ctx.headers['content-length'] !== undefined) headers['content-length'] = ctx.headers['content-length'];
  try {
    const { request, Agent } = await import('undici');
    const dispatcher = options.tlsSkipVerify ? new Agent({ connect: { rejectUnauthorized: false } }) : undefined;
    const answer = await request(options.url.origin + options.url.pathname + (options.query === '' ? '' : `?${options.query}`), {
      method: ctx.method as Dispatcher.HttpMethod, headers, body: bodiless ? null : (options.body ?? lent(req)), signal: ctx.signal, headersTimeout: headersWithinMs, bodyTimeout: 0,
      ...(dispatcher ? { dispatcher } : {}),
    });
    const out: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(answer.headers)) if (value !== undefined && !notHandedOn.has(name)) out[name] = value;
    out['content-security-policy'] = 'sandbox';
    out['via'] = '1.1 grafana';
    return new Reply(answer.statusCode, Readable.from(answer.body, { objectMode: false }), out);
  } catch (error) {
    if (ctx.signal.aborted) return new Reply(499, null, {});
    options.log.warn('An upstream did not answer', { host: options.url.host, error });
    const timeout = (error as { code?: string }).code === 'UND_ERR_HEADERS_TIMEOUT';
    return new Reply(timeout ? 504 : 502, null, {});
  }
}

/** The body, on a stream that may be torn down when the upstream fails: the request is still to be answered. */
const lent = (req: IncomingMessage): Readable => req.pipe(new PassThrough());

export const refusal = (status: number, message: string, extra: Readonly<Record<string, unknown>> = {}) => pipelineJson({ message, ...extra }, status);
