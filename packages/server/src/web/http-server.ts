/**
 * Answers declared routes and takes every request through one pipeline (identity-and-access §1.1, config-and-operations §9.3):
 * CSRF → authentication → org redirect → domain → action check → guard → body → handler → headers → answer. What a request costs beyond
 * that is decided here, at start.
 */
import { createServer as createPlainServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { createGzip, gzip } from 'node:zlib';
import type { TSchema } from 'typebox';
import type { Logger } from '../infra/log/log.ts';
import { parseExact } from '../util/exact-json.ts';
import { signedIn } from './access.ts';
import { bindJson, bindQuery, BindError, isJsonType } from './bind.ts';
import { bodyBytesMaxDefault, readBody } from './body.ts';
import { errorReply } from './error-reply.ts';
import { ApiError, badRequest } from './errors.ts';
import type { AuthResult } from './auth-result.ts';
import { LentBody } from './lent-body.ts';
import { HttpContext, rememberOriginalUrl } from './request-context.ts';
import { hijacked, json, pipelineJson, redirect, Reply } from './reply.ts';
import type { DeclaredRoute, RequestContext } from './route.ts';
import { createRouter } from './router.ts';

/** What the pipeline does besides routing. Each is a function, so that the order is readable in one place. */
export interface Pipeline {
  /** Before anything else: CSRF. */
  readonly checkOrigin: (ctx: HttpContext) => Reply | undefined;
  /** Then, unless a file answered: requests beside the sub-path. */
  readonly checkSubPath: (ctx: HttpContext) => Reply | undefined;
  readonly authenticate: (ctx: HttpContext) => Promise<AuthResult> | AuthResult;
  /** Org redirect, domain, action checks: what may answer between authentication and guard. */
  readonly afterAuth: (ctx: HttpContext) => Promise<Reply | undefined> | Reply | undefined;
  /** The content security policy of this answer: sets its headers and `ctx.nonce`. */
  readonly setPolicy: (ctx: HttpContext) => void;
  readonly guard: (route: Pick<DeclaredRoute['options'], 'access'>, ctx: HttpContext) => Promise<Reply | undefined> | Reply | undefined;
  /** Every answer's headers; `own` are the handler's. */
  readonly headers: (ctx: HttpContext, own: Readonly<Record<string, string | string[]>>) => Record<string, string | string[]>;
  readonly finished: (ctx: HttpContext, result: { handler: string; status: number; bytes: number; seconds: number; slo: string; error: unknown }) => void;
  readonly started: () => void;
  /** Unknown path, signed in: the index page, for paths outside `/api`. */
  readonly notFoundPage: (ctx: HttpContext) => Promise<Reply> | Reply;
  /** Whether an answer to this path may be compressed. */
  readonly compresses: (path: string) => boolean;
}

export interface HttpServerOptions {
  readonly routes: readonly DeclaredRoute[];
  readonly pipeline: Pipeline;
  readonly log: Logger;
  /** Path prefix to strip, `/grafana`; '' for none. */
  readonly subPath: string;
  /** Where requests without the sub-path are sent. */
  readonly rootUrl: string;
  /** Milliseconds, 0 for no limit. */
  readonly readTimeoutMs: number;
  readonly tls?: { readonly cert: string; readonly key: string; readonly passphrase?: string; readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'; readonly http2: boolean };
  /** Shown to clients whose request failed for a reason of ours. */
  readonly userFacingError: string;
}

type UpgradeHandler = (ctx: HttpContext, socket: Duplex, head: Buffer) => void;

export interface HttpServer {
  readonly server: Server;
  /** WebSocket upgrades on a path, after authentication and guard. */
  onUpgrade(path: string, access: DeclaredRoute['options']['access'], handler: UpgradeHandler): void;
  /** Runs when closing begins: ends what would keep requests under way for ever (watches, streams). */
  beforeClose(run: () => Promise<void> | void): void;
  listen(address: { host: string; port: number } | { path: string }): Promise<string>;
  /** Stops accepting, finishes what is under way, closes idle connections. */
  close(): Promise<void>;
}

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { pipeline, log } = options;
  const upgrades = new Map<string, { access: DeclaredRoute['options']['access']; handler: UpgradeHandler }>();
  const closers: (() => Promise<void> | void)[] = [];
  let closing = false;

  const server = listener(options);
  const router = createRouter<DeclaredRoute>();
  for (const route of options.routes) mount(route);

  const notFoundRoute: DeclaredRoute = {
    method: 'GET', path: '/*', options: { access: signedIn, name: 'notfound', metricsName: 'notfound' },
    handler: (ctx) => (ctx.path.startsWith('/api') ? pipelineJson({ message: 'Not found' }, 404) : pipeline.notFoundPage(ctx as unknown as HttpContext)),
  };

  /** Routes beside authentication answer to exactly their path, as the reference's middlewares do. */
  function mount(route: DeclaredRoute): void {
    const exact = route.options.bypassAuth === true;
    router.add(route.method, route.path, route, { exact });
    if (route.method === 'GET' && !route.options.withoutHead) router.add('HEAD', route.path, route, { exact });
  }

  server.on('request', (req: IncomingMessage, res: ServerResponse) => {
    req.url = rewrite(req, options.subPath);
    const found = router.find(req.method ?? 'GET', pathOf(req.url));
    if (found === 'malformed') {
      res.writeHead(400, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end('400 Bad Request');
      return;
    }
    void serve(found?.value ?? notFoundRoute, req, res, found?.params ?? {});
  });

  async function serve(route: DeclaredRoute, req: IncomingMessage, res: ServerResponse, params: Record<string, string>): Promise<void> {
    const startedAt = performance.now();
    pipeline.started();
    const ctx = new HttpContext(req, res, params);
    let reply: Reply;
    let problem: unknown;
    try {
      reply = await answer(route, ctx);
    } catch (error) {
      problem = error;
      reply = errorReply(error, options.userFacingError);
      if (reply.status >= 500 && !(error instanceof ApiError)) log.error('Request failed', { error, path: ctx.path, method: ctx.method });
    }
    if (reply === hijacked) {
      const done = () => finish(res.statusCode, Number(res.getHeader('content-length') ?? 0));
      if (res.writableFinished || res.destroyed) done();
      else res.once('close', done);
      return;
    }
    const bytes = await write(ctx, reply).catch((error: unknown) => {
      problem ??= error;
      res.destroy();
      return 0;
    });
    finish(reply.status, bytes);

    function finish(status: number, size: number): void {
      pipeline.finished(ctx, {
        handler: route.options.metricsName ?? route.path, status, bytes: size, error: problem,
        seconds: (performance.now() - startedAt) / 1000, slo: route.options.slo ?? 'high-fast',
      });
    }
  }

  async function answer(route: DeclaredRoute, ctx: HttpContext): Promise<Reply> {
    const refused = pipeline.checkOrigin(ctx) ?? route.options.early?.(ctx as unknown as RequestContext) ?? pipeline.checkSubPath(ctx);
    if (refused) return refused;
    if (!route.options.bypassAuth) {
      ctx.auth = await pipeline.authenticate(ctx);
      for (const cookie of ctx.auth.setCookies ?? []) ctx.setHeader('set-cookie', cookie);
      const early = await pipeline.afterAuth(ctx);
      if (early) return early;
      pipeline.setPolicy(ctx);
      const denied = await pipeline.guard(route.options, ctx);
      if (denied) return denied;
    } else if (route.options.withPolicy) pipeline.setPolicy(ctx);
    await bindRequest(route, ctx);
    return toReply(await route.handler(ctx));
  }

  async function bindRequest(route: DeclaredRoute, ctx: HttpContext): Promise<void> {
    const { params, query, body, rawBody, badBody, bodyBytesMax = bodyBytesMaxDefault, bodyTooLarge, exactNumbers } = route.options;
    if (params) ctx.params = bindQuery(params as TSchema, new URLSearchParams(ctx.params)) as Record<string, string>;
    ctx.query = query ? bindQuery(query, ctx.search) : ctx.search;
    if (rawBody || body) ctx.rawBody = ctx.raw.req.readableEnded ? ctx.rawBody : await readBody(ctx.raw.req, bodyBytesMax, bodyTooLarge);
    if (!body) return;
    try {
      if (!isJsonType(ctx.headers['content-type'])) throw new BindError('', 'is not declared as JSON');
      ctx.body = bindJson(body, ctx.rawBody.toString('utf8'), exactNumbers ? parseExact : undefined);
    } catch (error) {
      if (error instanceof BindError) throw badRequest(badBody, error);
      throw error;
    }
  }

  async function write(ctx: HttpContext, reply: Reply): Promise<number> {
    const { req, res } = ctx.raw;
    if (res.headersSent || res.destroyed) return 0;
    const headers = reply.bare ? { ...reply.headers } : pipeline.headers(ctx, { ...ctx.ownHeaders, ...reply.headers });
    if (ctx.ownHeaders['set-cookie'] && reply.headers['set-cookie']) {
      headers['set-cookie'] = [...[ctx.ownHeaders['set-cookie']].flat(), ...[reply.headers['set-cookie']].flat()];
    }
    if (closing) headers['connection'] = 'close';
    // HTTP/1.1 keeps a connection without being told, and nobody reads how long.
    else if (req.httpVersion === '1.1') res.removeHeader('connection');
    const packs = !headers['content-encoding'] && pipeline.compresses(ctx.path) && /\bgzip\b/.test(String(req.headers['accept-encoding'] ?? ''));
    if (reply.body instanceof LentBody && !packs) return writeLent(ctx, reply.body, reply.status, headers);
    if (reply.body instanceof LentBody || reply.body instanceof Readable) {
      const stream = reply.body instanceof Readable ? reply.body : Readable.from(reply.body);
      if (!packs || reply.status !== 200) return writeStream(res, stream, reply.status, headers, req.method === 'HEAD');
      delete headers['content-length'];
      const packed = createGzip();
      stream.once('error', (error) => packed.destroy(error));
      packed.once('close', () => stream.destroy());
      return writeStream(res, stream.pipe(packed), reply.status, { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' }, req.method === 'HEAD');
    }
    let body = reply.body ?? linkTo(reply, headers, req.method);
    if (body !== null && body.length > 0 && packs) {
      body = await compressed(body);
      headers['content-encoding'] = 'gzip';
      headers['vary'] = 'Accept-Encoding';
    }
    const size = body === null ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    if (reply.status !== 204 && reply.status !== 304) headers['content-length'] = String(size);
    res.writeHead(reply.status, headers);
    if (body === null || req.method === 'HEAD') res.end();
    // As many bytes as characters: it is ASCII, which is written without being converted.
    else if (typeof body === 'string' && size === body.length) res.end(body, 'latin1');
    else res.end(body);
    // A body that nobody read would be taken for the next request on this connection.
    if (!req.readableEnded) req.resume();
    return size;
  }

  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    req.url = rewrite(req, options.subPath);
    void upgrade(req, socket, head).catch((error: unknown) => {
      log.error('Upgrade failed', { error });
      socket.destroy();
    });
  });

  async function upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    // A WebSocket request has no ServerResponse; handlers get the socket instead.
    const ctx = new HttpContext(req, undefined as unknown as ServerResponse, {});
    const found = upgrades.get(ctx.path.replace(/\/$/, '')) ?? matchPrefix(ctx.path);
    if (!found || closing) return refuse(socket, found ? 503 : 404, 'Not found');
    ctx.auth = await pipeline.authenticate(ctx);
    const denied = await pipeline.guard({ access: found.access }, ctx);
    if (denied) return refuse(socket, denied.status, typeof denied.body === 'string' ? denied.body : '');
    found.handler(ctx, socket, head);
  }

  function matchPrefix(path: string) {
    for (const [pattern, entry] of upgrades) if (pattern.endsWith('/*') && path.startsWith(pattern.slice(0, -1))) return entry;
    return undefined;
  }

  return {
    server,
    onUpgrade: (path, access, handler) => upgrades.set(path, { access, handler }),
    beforeClose: (run) => closers.push(run),
    listen: (address) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(address, () => {
          server.removeListener('error', reject);
          resolve(describeAddress(server, options.tls ? 'https' : 'http'));
        });
      }),
    async close() {
      closing = true;
      for (const run of closers) await run();
      // Idle connections are closed with it; those with a request under way when it is answered.
      await new Promise<void>((resolve) => {
        if (!server.listening) return resolve();
        // An answer whose headers were sent before the closing leaves its connection open.
        const sweep = setInterval(() => server.closeIdleConnections?.(), 100);
        server.close(() => {
          clearInterval(sweep);
          resolve();
        });
      });
    },
  };
}

/** The kind of server that the settings ask for. */
function listener({ tls, readTimeoutMs }: HttpServerOptions): Server {
  const limits = {
    requestTimeout: readTimeoutMs, keepAliveTimeout: 120_000, connectionsCheckingInterval: 30_000,
    // A client that offers another protocol (h2c) and is content without it gets its answer.
    shouldUpgradeCallback: (req: IncomingMessage) => req.headers.upgrade?.toLowerCase() === 'websocket',
  };
  const server = !tls ? createPlainServer(limits) : tls.http2 ? (createSecureServer({ ...tls, allowHTTP1: true }) as unknown as Server) : (createTlsServer({ ...tls, ...limits }) as Server);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`);
  });
  return server;
}

function describeAddress(server: Server, scheme: string): string {
  const address = server.address();
  if (address === null || typeof address === 'string') return address ?? '';
  const host = address.address === '0.0.0.0' || address.address === '::' ? '127.0.0.1' : address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${scheme}://${host}:${address.port}`;
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

function toReply(result: unknown): Reply {
  if (result instanceof Reply) return result;
  return json(result === undefined ? null : result);
}

function rewrite(req: IncomingMessage, subPath: string): string {
  const url = req.url ?? '/';
  const stripped = stripSubPath(url, subPath);
  if (stripped !== url) rememberOriginalUrl(req, url);
  return stripped;
}

function stripSubPath(url: string, subPath: string): string {
  if (subPath === '' || !url.startsWith(subPath)) return url;
  const rest = url.slice(subPath.length);
  return rest === '' ? '/' : rest.startsWith('/') ? rest : rest.startsWith('?') ? `/${rest}` : url;
}

const compressed = (body: string | Buffer) =>
  new Promise<Buffer>((resolve, reject) => gzip(body, (error, packed) => (error ? reject(error) : resolve(packed))));

/** The body of a redirect: to a GET a link, to a HEAD its type, to others nothing. */
function linkTo(reply: Reply, headers: Record<string, string | string[]>, method: string | undefined): string | null {
  if (reply.status < 301 || reply.status > 308 || reply.status === 304 || typeof headers['location'] !== 'string' || headers['content-type'] !== undefined) return null;
  if (method !== 'GET' && method !== 'HEAD') return null;
  headers['content-type'] = 'text/html; charset=utf-8';
  const place = headers['location'].replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  return method === 'HEAD' ? null : `<a href="${place}">${STATUS_CODES[reply.status] ?? 'Found'}</a>.\n\n`;
}

function writeStream(res: ServerResponse, stream: Readable, status: number, headers: Record<string, string | string[]>, headOnly: boolean): Promise<number> {
  res.writeHead(status, headers);
  if (headOnly) {
    // What is not read complains about being let go.
    stream.on('error', () => {});
    stream.destroy();
    res.end();
    return Promise.resolve(0);
  }
  return new Promise((resolve, reject) => {
    let size = 0;
    stream.on('data', (part: Buffer | string) => {
      size += part.length;
      if (!res.write(part)) stream.pause();
    });
    res.on('drain', () => stream.resume());
    stream.once('end', () => {
      res.end();
      resolve(size);
    });
    stream.once('error', reject);
    res.once('close', () => {
      stream.destroy();
      resolve(size);
    });
  });
}

/**
 * Parts go to the socket as they are. Where the length is known, and it is this answer's turn on an HTTP/1 connection, they go there directly: the
 * response would only hold each back until the end of the tick.
 */
function writeLent({ raw: { req, res } }: HttpContext, body: LentBody, status: number, headers: Record<string, string | string[]>): Promise<number> {
  res.writeHead(status, headers);
  if (req.method === 'HEAD') {
    body.discard();
    res.end();
    return Promise.resolve(0);
  }
  const socket = req.httpVersionMajor === 1 && headers['content-length'] !== undefined && headers['transfer-encoding'] === undefined ? res.socket : null;
  return new Promise((resolve, reject) => {
    let size = 0;
    res.once('close', () => {
      body.destroy();
      resolve(size);
    });
    body.flow({
      part(bytes, taken) {
        const isFirst = size === 0;
        size += bytes.length;
        if (!socket) return void res.write(bytes, taken);
        if (isFirst) {
          socket.cork();
          res.flushHeaders();
        }
        socket.write(bytes, taken);
        if (isFirst) socket.uncork();
        // Nothing waits: the bytes are the kernel's already.
        if (socket.writableLength === 0) taken();
      },
      end() {
        res.end();
        resolve(size);
      },
      failed: reject,
    });
  });
}

function refuse(socket: Duplex, status: number, body: string): void {
  const reason = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 503: 'Service Unavailable' }[status] ?? 'Error';
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** `serve_from_sub_path`: pages asked for without the prefix are redirected; `/api` and `/apis` are served as they are (config-and-operations §9.2). */
export function subPathRedirect(originalUrl: string, subPath: string, rootUrl: string): Reply | undefined {
  if (subPath === '' || originalUrl.startsWith(subPath) || originalUrl.startsWith('/api')) return undefined;
  return redirect(rootUrl.replace(/\/$/, '') + originalUrl, 301);
}
