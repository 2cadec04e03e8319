/**
 * Outbound HTTP of data sources: one pool of connections for all sources that are reached the same way, credentials and custom headers of
 * the record, forwarded headers of the caller (tsdb-backends §1.2).
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { ErrorSource } from '@belvedere/plugin-sdk';
import { StreamBody } from '../../web/lent-body.ts';
import { basicAuthHeader, type HttpOptions } from './http-options.ts';
import { proxyFor } from './environment-proxy.ts';
import type { HttpClientMetrics } from './http-client-metrics.ts';
import { connectionWasClosed, createPlainExchange, type Answer, type PlainExchange } from './plain-exchange.ts';

export type { Answer } from './plain-exchange.ts';

export interface OutgoingRequest {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Headers of the caller that go along unless set already, by the names they go out with. */
  readonly forward?: Readonly<Record<string, string>>;
  /** May be sent again when a kept connection turns out to be closed. GET and HEAD are, anyway. */
  readonly repeatable?: boolean;
}

export interface UpstreamResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  /** The whole body. Reading it twice is an error. */
  bytes(): Promise<Buffer>;
  text(): Promise<string>;
  /** Part by part, as it comes. */
  stream(): AsyncIterable<Uint8Array>;
  /** The same without a copy: a part is good until `take` returns, which must not throw. */
  each(take: (part: Buffer) => void): Promise<void>;
}

export interface PassedRequest {
  readonly method: string;
  readonly url: URL;
  /** With its query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array | Readable | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Between two parts of the answer, 0 for no limit. */
  readonly bodyTimeoutMs: number;
  readonly repeatable: boolean;
}

export interface HttpClient {
  readonly options: HttpOptions;
  /** Follows up to ten redirects. Rejects with a network error when there is no answer. */
  fetch(request: OutgoingRequest): Promise<UpstreamResponse>;
  /** One request as it stands, whose answer is handed on as it comes. Rejects with a network error when there is none. */
  exchange(request: PassedRequest): Promise<Answer>;
  /** What the record adds to headers. */
  outgoingHeaders(headers: Readonly<Record<string, string | readonly string[]>>, forward?: Readonly<Record<string, string>>): Record<string, string | string[]>;
}

export interface HttpClients {
  create(options: HttpOptions): HttpClient;
  close(): Promise<void>;
}

const redirectsMax = 10;
/** More kinds of TLS and time limits than this are not kept at a time. */
const waysMax = 200;

/** An answer larger than `[dataproxy] response_limit`. */
export class ResponseTooLarge extends Error {
  constructor() {
    super('the response body is larger than the response limit');
    this.name = 'ResponseTooLarge';
  }
}

/** Ways to the network, shared by all sources that are reached alike. */
interface Way {
  exchange(request: PassedRequest, headersTimeoutMs: number): Promise<Answer>;
  close(): Promise<void>;
}

export function createHttpClients(environment: Readonly<Record<string, string | undefined>> = process.env, metrics?: HttpClientMetrics): HttpClients {
  const ways = new Map<string, Way>();

  function wayFor(options: HttpOptions, url: URL): Way {
    const { tls, dialTimeoutMs, idleConnectionTimeoutMs, connectionsPerHostMax } = options;
    const proxy = proxyFor(url, environment);
    // The common case: no TLS, no proxy, no limit to how many connections there are.
    const plain = url.protocol === 'http:' && proxy === undefined && connectionsPerHostMax === 0;
    const key = plain ? `${dialTimeoutMs} ${idleConnectionTimeoutMs}` : JSON.stringify([tls, dialTimeoutMs, idleConnectionTimeoutMs, connectionsPerHostMax, proxy]);
    const known = ways.get(key);
    if (known) return known;
    const way = plain ? plainWay(createPlainExchange(options), () => agentWay(makeAgent(options, proxy))) : agentWay(makeAgent(options, proxy));
    ways.set(key, way);
    if (ways.size > waysMax) {
      const [oldest, dropped] = ways.entries().next().value!;
      ways.delete(oldest);
      void dropped.close();
    }
    return way;
  }

  return {
    create: (options) => createHttpClient(options, (url) => wayFor(options, url), metrics),
    async close() {
      const all = [...ways.values()];
      ways.clear();
      await Promise.all(all.map((way) => way.close()));
    },
  };
}

/** Streamed request bodies go the other way: they are rare, and may have to wait for the other side. */
function plainWay(plain: PlainExchange, makeOther: () => Way): Way {
  let other: Way | undefined;
  return {
    exchange(request, headersTimeoutMs) {
      const { body } = request;
      if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return plain.request({ ...request, body, headersTimeoutMs });
      return (other ??= makeOther()).exchange(request, headersTimeoutMs);
    },
    async close() {
      plain.close();
      await other?.close();
    },
  };
}

function agentWay(made: Promise<Dispatcher>): Way {
  return {
    async exchange({ method, url, path, headers, body, signal, bodyTimeoutMs, repeatable }, headersTimeoutMs) {
      const agent = await made;
      const send = () => agent.request({
        origin: url.origin, path, method: method as Dispatcher.HttpMethod, headers, body: body ?? null, headersTimeout: headersTimeoutMs, bodyTimeout: bodyTimeoutMs, ...(signal && { signal }),
      });
      const answer = await send().catch((error: unknown) => {
        // The other side may close an idle connection just as it is used again.
        if (!repeatable || signal?.aborted || !connectionWasClosed(error)) throw error;
        return send();
      });
      return { status: answer.statusCode, statusText: answer.statusText ?? '', headers: answer.headers, body: new StreamBody(answer.body) };
    },
    close: async () => (await made).destroy(),
  };
}

async function makeAgent({ tls, dialTimeoutMs, idleConnectionTimeoutMs, connectionsPerHostMax }: HttpOptions, proxy: string | undefined): Promise<Dispatcher> {
  const { Agent, ProxyAgent } = await import('undici');
  const tlsOptions = {
    rejectUnauthorized: !tls.skipVerify, ...(tls.serverName && { servername: tls.serverName }), ...(tls.ca && { ca: tls.ca }), ...(tls.cert && { cert: tls.cert, key: tls.key }),
  };
  const pool = { keepAliveTimeout: idleConnectionTimeoutMs, keepAliveMaxTimeout: Math.max(600_000, idleConnectionTimeoutMs), connections: connectionsPerHostMax || null };
  return proxy === undefined
    ? new Agent({ ...pool, connect: { timeout: dialTimeoutMs, ...tlsOptions } })
    : new ProxyAgent({ uri: proxy, ...pool, requestTls: { timeout: dialTimeoutMs, ...tlsOptions } });
}

function createHttpClient(options: HttpOptions, wayFor: (url: URL) => Way, metrics: HttpClientMetrics | undefined): HttpClient {
  const authorization = options.basicAuth && basicAuthHeader(options.basicAuth);

  const outgoingHeaders: HttpClient['outgoingHeaders'] = (headers, forward) => {
    const out: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(headers)) out[name.toLowerCase()] = typeof value === 'string' ? value : [...value];
    for (const [name, value] of Object.entries(forward ?? {})) out[name.toLowerCase()] ??= latin1(value);
    out['user-agent'] ??= options.userAgent;
    if (authorization !== undefined) out['authorization'] ??= authorization;
    const custom = new Set<string>();
    for (const [name, value] of options.customHeaders) {
      const key = name.toLowerCase();
      out[key] = custom.has(key) ? [out[key]!, latin1(value)].flat() : latin1(value);
      custom.add(key);
    }
    return out;
  };

  const { source } = options;
  const send = (request: PassedRequest) => wayFor(request.url).exchange(request, options.timeoutMs);
  const exchange: HttpClient['exchange'] = metrics && source ? (request) => metrics.measured(source, request.method, () => send(request)) : send;

  return {
    options,
    exchange,
    outgoingHeaders,
    async fetch({ method, url, headers = {}, body, signal, forward, repeatable = method === 'GET' || method === 'HEAD' }) {
      let target = new URL(url);
      let sent = outgoingHeaders(headers, forward);
      let verb = method;
      let payload = body;
      for (let hop = 0; ; hop++) {
        const answer = await exchange({ method: verb, url: target, path: target.pathname + target.search, headers: sent, body: payload, signal, bodyTimeoutMs: options.timeoutMs, repeatable });
        const location = answer.headers['location'];
        if (!isRedirect(answer.status) || typeof location !== 'string') return response(answer, options.responseLimit);
        answer.body.discard();
        if (hop >= redirectsMax) throw new Error('stopped after 10 redirects');
        const next = new URL(location, target);
        if (answer.status < 304 && verb !== 'GET' && verb !== 'HEAD') {
          verb = 'GET';
          payload = undefined;
          const { 'content-type': _type, 'content-length': _length, ...rest } = sent;
          sent = rest;
        }
        if (next.host !== target.host) {
          // Credentials are for the host that they were given for.
          const { authorization: _authorization, cookie: _cookie, host: _host, ...rest } = sent;
          sent = rest;
        }
        target = next;
      }
    },
  };
}

const isRedirect = (status: number) => status === 301 || status === 302 || status === 303 || status === 307 || status === 308;

/** Header values are bytes on the wire; text beyond Latin-1 goes out as UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: what needs no conversion.
const latin1 = (value: string) => (/^[\u0000-\u007f]*$/.test(value) ? value : Buffer.from(value, 'utf8').toString('latin1'));

function response({ status, statusText, headers, body }: Answer, limit: number): UpstreamResponse {
  const limited = async function* (): AsyncIterable<Uint8Array> {
    let size = 0;
    for await (const part of body) {
      size += part.length;
      if (limit > 0 && size > limit) throw new ResponseTooLarge();
      yield part;
    }
  };
  const each = (take: (part: Buffer) => void) => new Promise<void>((resolve, reject) => {
    let size = 0;
    body.flow({
      part(bytes, taken) {
        size += bytes.length;
        if (limit > 0 && size > limit) {
          body.destroy();
          return reject(new ResponseTooLarge());
        }
        take(bytes);
        taken();
      },
      end: resolve,
      failed: reject,
    });
  });
  const bytes = async () => {
    const length = Number(headers['content-length'] ?? 0);
    // What the head promises is believed up to a point.
    let whole = Buffer.allocUnsafe(length > 0 && length <= promisedBytesMax ? length : firstBytes);
    let size = 0;
    await each((part) => {
      const wanted = size + part.length;
      if (wanted > whole.length) {
        const wider = Buffer.allocUnsafe(Math.max(wanted, whole.length * 2));
        whole.copy(wider, 0, 0, size);
        whole = wider;
      }
      whole.set(part, size);
      size = wanted;
    });
    return whole.subarray(0, size);
  };
  return { status, statusText, headers, bytes, each, text: async () => (await bytes()).toString('utf8'), stream: limited };
}

const promisedBytesMax = 67_108_864;
const firstBytes = 16_384;

const networkCodes = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT', 'UND_ERR_SOCKET', 'UND_ERR_ABORTED', 'ABORT_ERR', 'CONNECTION_CLOSED', 'HEADERS_TIMEOUT', 'BODY_TIMEOUT', 'MALFORMED_ANSWER',
]);

/** Whose fault a request without an answer is (tsdb-backends §1.3). */
export function networkErrorSource(error: unknown): ErrorSource {
  for (let e = error; e instanceof Error; e = e.cause) {
    const { code, name } = e as Error & { code?: string };
    if (name === 'AbortError' || name === 'TimeoutError') return 'downstream';
    if (code && (networkCodes.has(code) || code.startsWith('ERR_TLS') || code.startsWith('CERT_') || code.includes('CERT') || code.includes('SIGNATURE') || code === 'ERR_SSL_WRONG_VERSION_NUMBER')) {
      return 'downstream';
    }
  }
  return 'plugin';
}

const timeoutCodes = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'HEADERS_TIMEOUT', 'BODY_TIMEOUT']);

export function isTimeout(error: unknown): boolean {
  const { code, name } = (error ?? {}) as { code?: string; name?: string };
  return name === 'TimeoutError' || timeoutCodes.has(code ?? '');
}

const statusesOfPlugin = new Set([405, 406, 412, 413, 414, 416, 417, 426, 431, 501]);

/** Whose fault an upstream's status is. */
export const statusErrorSource = (status: number): ErrorSource => (statusesOfPlugin.has(status) ? 'plugin' : 'downstream');
