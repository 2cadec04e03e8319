/**
 * Outbound HTTP of data sources: one pool of connections for all sources that are reached the same way, credentials and custom headers of
 * the record, forwarded headers of the caller (tsdb-backends §1.2).
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { ErrorSource } from '@belvedere/plugin-sdk';
import { basicAuthHeader, type HttpOptions } from './http-options.ts';
import { proxyFor } from './environment-proxy.ts';

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
}

export interface HttpClient {
  readonly options: HttpOptions;
  /** Follows up to ten redirects. Rejects with a network error when there is no answer. */
  fetch(request: OutgoingRequest): Promise<UpstreamResponse>;
  /** For those who stream by themselves: where to send to, and what the record adds to the headers. */
  dispatcherFor(url: URL): Promise<Dispatcher>;
  outgoingHeaders(headers: Readonly<Record<string, string | readonly string[]>>, forward?: Readonly<Record<string, string>>): Record<string, string | string[]>;
}

export interface HttpClients {
  create(options: HttpOptions): HttpClient;
  close(): Promise<void>;
}

const redirectsMax = 10;
/** More kinds of TLS and time limits than this are not kept at a time; what falls out is closed once idle. */
const agentsMax = 200;

/** An answer larger than `[dataproxy] response_limit`. */
export class ResponseTooLarge extends Error {
  constructor() {
    super('the response body is larger than the response limit');
    this.name = 'ResponseTooLarge';
  }
}

export function createHttpClients(environment: Readonly<Record<string, string | undefined>> = process.env): HttpClients {
  const agents = new Map<string, Promise<Dispatcher>>();

  function agentFor(options: HttpOptions, proxy: string | undefined): Promise<Dispatcher> {
    const { tls, dialTimeoutMs, idleConnectionTimeoutMs, connectionsPerHostMax } = options;
    const key = JSON.stringify([tls, dialTimeoutMs, idleConnectionTimeoutMs, connectionsPerHostMax, proxy]);
    const known = agents.get(key);
    if (known) return known;
    const agent = makeAgent(options, proxy);
    agents.set(key, agent);
    if (agents.size > agentsMax) {
      const [oldest, dispatcher] = agents.entries().next().value!;
      agents.delete(oldest);
      void dispatcher.then((d) => d.close());
    }
    return agent;
  }

  return {
    create: (options) => createHttpClient(options, (url) => agentFor(options, proxyFor(url, environment))),
    async close() {
      const all = [...agents.values()];
      agents.clear();
      await Promise.all(all.map(async (agent) => (await agent).destroy()));
    },
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

function createHttpClient(options: HttpOptions, dispatcherFor: (url: URL) => Promise<Dispatcher>): HttpClient {
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

  const send = async (url: URL, method: string, headers: Record<string, string | string[]>, { body, signal }: Pick<OutgoingRequest, 'body' | 'signal'>) => {
    const dispatcher = await dispatcherFor(url);
    return dispatcher.request({
      origin: url.origin, path: url.pathname + url.search, method: method as Dispatcher.HttpMethod, headers, body: body === undefined ? null : body,
      headersTimeout: options.timeoutMs, bodyTimeout: options.timeoutMs, ...(signal && { signal }),
    });
  };

  return {
    options,
    dispatcherFor,
    outgoingHeaders,
    async fetch({ method, url, headers = {}, body, signal, forward, repeatable = method === 'GET' || method === 'HEAD' }) {
      let target = new URL(url);
      let sent = outgoingHeaders(headers, forward);
      let verb = method;
      let payload = body;
      for (let hop = 0; ; hop++) {
        const answer = await send(target, verb, sent, { body: payload, signal }).catch((error: unknown) => {
          // The other side may close an idle connection just as it is used again.
          if (!repeatable || signal?.aborted || !connectionWasClosed(error)) throw error;
          return send(target, verb, sent, { body: payload, signal });
        });
        const location = answer.headers['location'];
        if (!isRedirect(answer.statusCode) || typeof location !== 'string') return response(answer, options.responseLimit);
        await answer.body.dump();
        if (hop >= redirectsMax) throw new Error('stopped after 10 redirects');
        const next = new URL(location, target);
        if (answer.statusCode < 304 && verb !== 'GET' && verb !== 'HEAD') {
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

function connectionWasClosed(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: string };
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

const isRedirect = (status: number) => status === 301 || status === 302 || status === 303 || status === 307 || status === 308;

/** Header values are bytes on the wire; text beyond Latin-1 goes out as UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: what needs no conversion.
const latin1 = (value: string) => (/^[\u0000-\u007f]*$/.test(value) ? value : Buffer.from(value, 'utf8').toString('latin1'));

function response({ statusCode, statusText, headers, body }: Dispatcher.ResponseData, limit: number): UpstreamResponse {
  const limited = async function* (): AsyncIterable<Uint8Array> {
    let size = 0;
    for await (const part of body as AsyncIterable<Buffer>) {
      size += part.length;
      if (limit > 0 && size > limit) throw new ResponseTooLarge();
      yield part;
    }
  };
  const bytes = async () => {
    const parts: Buffer[] = [];
    let size = 0;
    await new Promise<void>((resolve, reject) => {
      body.on('data', (part: Buffer) => {
        size += part.length;
        if (limit > 0 && size > limit) body.destroy(new ResponseTooLarge());
        else parts.push(part);
      });
      body.once('end', resolve);
      body.once('error', reject);
    });
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts, size);
  };
  return { status: statusCode, statusText: statusText ?? '', headers, bytes, text: async () => (await bytes()).toString('utf8'), stream: limited };
}

const networkCodes = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT', 'UND_ERR_SOCKET', 'UND_ERR_ABORTED', 'ABORT_ERR',
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

export function isTimeout(error: unknown): boolean {
  const { code, name } = (error ?? {}) as { code?: string; name?: string };
  return name === 'TimeoutError' || code === 'ETIMEDOUT' || code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT';
}

const statusesOfPlugin = new Set([405, 406, 412, 413, 414, 416, 417, 426, 431, 501]);

/** Whose fault an upstream's status is. */
export const statusErrorSource = (status: number): ErrorSource => (statusesOfPlugin.has(status) ? 'plugin' : 'downstream');
