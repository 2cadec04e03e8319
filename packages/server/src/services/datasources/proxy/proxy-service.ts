import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable, type Duplex } from 'node:stream';
import type { Clock } from '../../../infra/clock.ts';
import type { Logger } from '../../../infra/log/log.ts';
import { connectionHeaders, hopByHopHeaders, keptCookies } from '../../../plugins/client/forwarded-headers.ts';
import type { PluginCatalog, PluginRoute } from '../../../plugins/client/plugin-client.ts';
import type { ForwardedCredentials, ForwardingSettings } from '../../../plugins/client/plugin-client-service.ts';
import type { DataProxySettings } from '../../../setting/dataproxy-settings.ts';
import { isTimeout, type Answer, type HttpClient, type HttpClients } from '../../../tsdb/http-client/http-client.ts';
import { basicAuthHeader, httpOptionsOf, TlsMaterialError } from '../../../tsdb/http-client/http-options.ts';
import { may } from '../../../web/access.ts';
import { roleIncludes, type Identity, type OrgRole } from '../../../web/identity.ts';
import { Reply } from '../../../web/reply.ts';
import type { AccessControl } from '../../identity/accesscontrol/accesscontrol.ts';
import type { ResolvedDataSource } from '../records/data-source.ts';
import { parseTargetUrl } from '../records/data-source-url.ts';
import { matchRoute, routeChange, templateDataOf } from './plugin-routes.ts';
import { proxyErrors, type DataSourceProxy, type ProxyRequest } from './proxy.ts';
import { createRouteTokens } from './route-tokens.ts';

export interface ProxyDeps {
  readonly catalog: PluginCatalog;
  readonly http: HttpClients;
  readonly dataProxy: DataProxySettings;
  readonly forwarding: ForwardingSettings;
  readonly credentials: ForwardedCredentials;
  readonly access: Pick<AccessControl, 'evaluate'>;
  /** `[security] data_source_proxy_whitelist`: `host:port`; empty allows all. */
  readonly whitelist: readonly string[];
  readonly userAgent: string;
  readonly clock: Clock;
  readonly log: Logger;
}

type Headers = Record<string, string | string[]>;

const prometheusTypes = new Set(['prometheus', 'grafana-amazonprometheus-datasource', 'grafana-azureprometheus-datasource']);
const tokenTimeoutMs = 30_000;
const clientsMax = 2000;

export function createDataSourceProxy(deps: ProxyDeps): DataSourceProxy {
  const { catalog, http, dataProxy, forwarding, credentials, access, whitelist, userAgent, clock, log } = deps;
  const clients = new Map<number, { readonly updated: number; readonly client: HttpClient }>();
  const tokens = createRouteTokens({
    clock, client: http.create({
      timeoutMs: tokenTimeoutMs, dialTimeoutMs: dataProxy.dialTimeoutMs, idleConnectionTimeoutMs: dataProxy.idleConnectionTimeoutMs, connectionsPerHostMax: 0,
      tls: { skipVerify: false }, customHeaders: [], userAgent: dataProxy.userAgent || userAgent, responseLimit: 0,
    }),
  });

  function clientFor({ record, settings }: ResolvedDataSource): HttpClient {
    const known = clients.get(record.id);
    if (known && known.updated === record.updated) return known.client;
    let client: HttpClient;
    try {
      client = http.create(httpOptionsOf(settings, dataProxy, userAgent));
    } catch (error) {
      if (error instanceof TlsMaterialError) throw proxyErrors.badTls({ extra: { traceID: '' }, cause: error });
      throw error;
    }
    if (clients.size >= clientsMax) clients.clear();
    clients.set(record.id, { updated: record.updated, client });
    return client;
  }

  async function checkRoute(route: PluginRoute, identity: Identity, uid: string): Promise<void> {
    let allowed = true;
    if (route.reqAction) allowed = await access.evaluate(identity, route.reqAction.startsWith('datasources:') ? may(route.reqAction, `datasources:uid:${uid}`) : may(route.reqAction));
    else if (route.reqRole) allowed = roleIncludes(identity.orgRole, route.reqRole as OrgRole);
    if (!allowed) throw proxyErrors.routeDenied();
  }

  /** Step 1 to 7 of §7.2. */
  function ownHeaders(source: ResolvedDataSource, { headers, identity }: ProxyRequest): Headers {
    const named = connectionHeaders(headers);
    const { settings } = source;
    const out: Headers = {};
    for (const [name, value] of Object.entries(headers)) {
      if (value === undefined || forwarding.signInHeaders.has(name) || neverForwarded.has(name) || named.has(name)) continue;
      if (hopByHopHeaders.has(name) && !(name === 'te' && value === 'trailers')) continue;
      out[name] = value;
    }
    if (settings.type === 'influxdb' && !settings.basicAuthEnabled) {
      out['authorization'] = basicAuthHeader({ user: settings.user, password: settings.decryptedSecureJsonData['password'] ?? '' });
    }
    if (settings.basicAuthEnabled) out['authorization'] = basicAuthHeader({ user: settings.basicAuthUser, password: settings.decryptedSecureJsonData['basicAuthPassword'] ?? '' });
    const own = out['x-ds-authorization'];
    if (own !== undefined && own !== '') {
      out['authorization'] = own;
      delete out['x-ds-authorization'];
    }
    if (forwarding.sendUserHeader && identity.kind === 'user' && identity.login !== '') out['x-grafana-user'] = identity.login;
    const cookies = keptCookies(headers.cookie, settings.jsonData['keepCookies'], forwarding.loginCookieName);
    if (cookies !== '') out['cookie'] = cookies;
    out['user-agent'] = dataProxy.userAgent || userAgent;
    return out;
  }

  /** Steps 9 to 11. */
  async function addIdentity(out: Headers, { settings }: ResolvedDataSource, { headers, identity, remoteAddress }: ProxyRequest): Promise<void> {
    if (settings.jsonData['oauthPassThru'] === true) {
      const token = await credentials.oauthToken(identity);
      if (token) {
        out['authorization'] = `${token.type} ${token.accessToken}`;
        if (token.idToken) out['x-id-token'] = token.idToken;
      }
    }
    const idToken = await credentials.idToken(identity);
    if (idToken) out['x-grafana-id'] = idToken;
    out['x-grafana-referer'] = headers.referer ?? '';
    // Compat: two layers of the reference's proxy each append the address.
    const before = [headers['x-forwarded-for'] ?? []].flat();
    out['x-forwarded-for'] = [...before, remoteAddress, remoteAddress].join(', ');
  }

  /** Everything of §7.1 and §7.2 up to sending. */
  async function prepare(source: ResolvedDataSource, request: ProxyRequest): Promise<Prepared> {
    const { settings } = source;
    const plugin = catalog.find(settings.type);
    if (!plugin) throw proxyErrors.pluginNotFound();
    const target = settings.url === '' ? undefined : parseTargetUrl(settings.type, settings.url);
    if (!target || target.host === '') throw proxyErrors.urlInvalid({ message: `Invalid data source URL: ${JSON.stringify(settings.url)}`, extra: { traceID: '' } });
    if (whitelist.length > 0 && !whitelist.includes(target.host)) throw proxyErrors.notListed();
    checkElasticsearch(settings.type, request);
    const route = matchRoute(plugin.routes, request.method, request.path);
    if (route) await checkRoute(route, request.identity, settings.uid);
    else checkPrometheus(settings.type, request.method);

    const client = clientFor(source);
    const headers = ownHeaders(source, request);
    let goal = target;
    let { path, query } = request;
    let body: string | undefined;
    if (settings.type === 'influxdb_08') {
      path = `db/${settings.database}/${path}`;
      query = withParameters(query, [['u', settings.user], ['p', settings.decryptedSecureJsonData['password'] ?? '']]);
    }
    if (route) {
      const data = templateDataOf(source);
      const change = routeChange(route, data, log);
      if (change.target) {
        goal = change.target;
        path = path.startsWith(route.path) ? path.slice(route.path.length) : path;
      }
      query = withParameters(query, change.parameters);
      for (const [name, value] of change.headers) headers[name.toLowerCase()] = value;
      body = change.body;
      if (body !== undefined) delete headers['content-length'];
      if (change.authenticates) {
        const token = await tokens.get(route, source, data).catch((error: unknown) => {
          log.error('A token for a plugin route cannot be had', { error, path: route.path });
          return undefined;
        });
        if (token !== undefined) headers['authorization'] = `Bearer ${token}`.trim();
      }
    }
    await addIdentity(headers, source, request);
    if (dataProxy.logging) log.info('Proxying incoming request', { userid: request.identity.id, orgid: request.identity.orgId, username: request.identity.login, datasource: settings.type, uri: request.path, method: request.method, panelPluginId: request.headers['x-panel-plugin-id'] ?? '' });
    const joined = joinedPath(goal.path, path);
    return { client, url: new URL(`${goal.scheme}://${goal.host}`), path: query === '' ? joined : `${joined}?${query}`, headers: client.outgoingHeaders(headers), body };
  }

  return {
    async forward(source, request) {
      const prepared = await prepare(source, request);
      const { method, signal } = request;
      try {
        return answered(await send(prepared, request));
      } catch (error) {
        if (signal.aborted) return failed(499);
        log.error('Proxy request failed', { error, method, timeout: isTimeout(error) });
        return failed(502);
      }
    },
    async upgrade(source, request, socket, head) {
      const prepared = await prepare(source, request);
      await connect(prepared, request, socket, head).catch((error: unknown) => {
        log.error('Proxied WebSocket failed', { error });
        if (!socket.destroyed) socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      });
    },
  };
}

interface Prepared {
  readonly client: HttpClient;
  readonly url: URL;
  /** With its query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

function send({ client, url, path, headers, body }: Prepared, { method, headers: { 'transfer-encoding': coding }, body: stream, signal }: ProxyRequest): Promise<Answer> {
  const reads = method === 'GET' || method === 'HEAD';
  const bodiless = reads || (headers['content-length'] === undefined && coding === undefined && body === undefined);
  return client.exchange({ method, url, path, headers, body: body ?? (bodiless ? undefined : stream), signal, bodyTimeoutMs: 0, repeatable: reads });
}

/** Asks the source for an upgrade and joins the two sockets; resolves when they are joined, or the refusal has been handed on. */
function connect({ client, url, path, headers }: Prepared, { signal }: ProxyRequest, socket: Duplex, head: Buffer): Promise<void> {
  const { tls, timeoutMs } = client.options;
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  const options = {
    host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || (secure ? 443 : 80), path, timeout: timeoutMs,
    headers: { host: url.host, ...headers, connection: 'Upgrade', upgrade: 'websocket' },
    ...(secure && { rejectUnauthorized: !tls.skipVerify, ca: tls.ca, cert: tls.cert, key: tls.key, ...(tls.serverName && { servername: tls.serverName }) }),
  };
  return new Promise((resolve, reject) => {
    const request = secure ? httpsRequest(options) : httpRequest(options);
    const letGo = () => request.destroy(new Error('the client went away'));
    socket.once('close', letGo);
    signal.addEventListener('abort', letGo, { once: true });
    request.once('error', reject);
    request.once('timeout', () => request.destroy(new Error('the data source did not answer in time')));
    request.once('response', (response) => {
      // No upgrade: the client hears the status, and nothing more.
      response.resume();
      socket.end(`HTTP/1.1 ${response.statusCode === 401 ? 400 : response.statusCode} ${response.statusMessage ?? ''}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      resolve();
    });
    request.once('upgrade', (response, upstream, rest) => {
      let answer = 'HTTP/1.1 101 Switching Protocols\r\n';
      for (let i = 0; i + 1 < response.rawHeaders.length; i += 2) answer += `${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}\r\n`;
      socket.write(`${answer}\r\n`);
      if (rest.length > 0) socket.write(rest);
      if (head.length > 0) upstream.write(head);
      upstream.setTimeout(0);
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
      upstream.once('close', () => socket.destroy());
      socket.once('close', () => upstream.destroy());
      upstream.pipe(socket);
      socket.pipe(upstream);
      resolve();
    });
    request.end();
  });
}

/** No body and no type: nothing of ours is mistaken for the source's answer. */
const failed = (status: number) => new Reply(status, null, {});

const neverForwarded = new Set(['host', 'user-agent', 'cookie', 'x-grafana-user', 'origin', 'referer', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto', 'x-forwarded-for', 'expect']);
const notHandedOn = new Set(['alt-svc', 'close', 'server', 'set-cookie', 'strict-transport-security', 'content-security-policy', 'via', ...hopByHopHeaders]);

async function answered({ status, headers, body }: Answer): Promise<Reply> {
  if (status === 401) {
    body.discard();
    return new Reply(400, 'Authentication to data source failed', { 'content-type': 'text/plain; charset=utf-8', 'content-security-policy': 'sandbox', via: '0.0 grafana' });
  }
  const out: Headers = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && !notHandedOn.has(name)) out[name] = value;
  out['content-security-policy'] = 'sandbox';
  const before = [headers['via'] ?? []].flat();
  out['via'] = ['1.1 grafana', ...before].join(', ');
  if (status === 204 || status === 304) {
    body.discard();
    return new Reply(status, null, out);
  }
  if (out['content-type'] !== undefined) return new Reply(status, body, out);
  const parts = body[Symbol.asyncIterator]();
  const first = await parts.next();
  if (first.done) return new Reply(status, '', out);
  out['content-type'] = typeOfContent(first.value);
  return new Reply(status, Readable.from(continued(first.value, parts)), out);
}

async function* continued(first: Buffer, rest: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  try {
    yield first;
    for (let part = await rest.next(); !part.done; part = await rest.next()) yield part.value;
  } finally {
    // A client that goes away lets the upstream go, too.
    await rest.return?.();
  }
}

/** A type for an answer that names none, from its first part. */
function typeOfContent(first: Buffer): string {
  const head = first.subarray(0, 512);
  if (head.some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27))) return 'application/octet-stream';
  return /^\s*<(!doctype html|html|head|body|script|iframe|h1|div|font|table|a|style|title|b|br|p|!--)[\s>]/i.test(head.toString('latin1')) ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8';
}

function checkElasticsearch(type: string, { method, path }: ProxyRequest): void {
  if (type !== 'elasticsearch') return;
  if (method === 'DELETE') throw proxyErrors.elasticDelete();
  if (method === 'PUT') throw proxyErrors.elasticPut();
  if (method === 'POST' && path !== '_msearch') throw proxyErrors.elasticPost();
}

function checkPrometheus(type: string, method: string): void {
  if (!prometheusTypes.has(type) || (method !== 'DELETE' && method !== 'PUT' && method !== 'POST')) return;
  throw proxyErrors.prometheusMethod({ message: `non allow-listed ${method}s not allowed on proxied Prometheus datasource` });
}

/** Exactly one slash between; nothing asked keeps the base as it is. Escapes in the base are decoded with all the rest. */
export function joinedPath(base: string, rest: string): string {
  const path = rest === '' ? base : `${base.replace(/\/$/, '')}/${rest.replace(/^\//, '')}`;
  if (!base.includes('%')) return path || '/';
  try {
    return encodeURI(decodeURIComponent(path)).replace(/[?#]/g, encodeURIComponent);
  } catch {
    return path;
  }
}

/** Sorted by key, as a matched route leaves it; pairs with a semicolon are dropped. */
function withParameters(query: string, more: readonly (readonly [string, string])[]): string {
  const kept = query.split('&').filter((pair) => pair !== '' && !pair.includes(';')).join('&');
  const parameters = new URLSearchParams(kept);
  for (const [name, value] of more) parameters.append(name, value);
  parameters.sort();
  return parameters.toString();
}
