import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../../infra/log/log.ts';
import type { PluginRoute } from '../../../plugins/client/plugin-client.ts';
import { readDataProxySettings } from '../../../setting/dataproxy-settings.ts';
import { loadIni } from '../../../setting/ini.ts';
import { createHttpClients } from '../../../tsdb/http-client/http-client.ts';
import { nobody, type Identity } from '../../../web/identity.ts';
import type { LentBody } from '../../../web/lent-body.ts';
import type { Reply } from '../../../web/reply.ts';
import type { DataSource, ResolvedDataSource } from '../records/data-source.ts';
import { matchRoute } from './plugin-routes.ts';
import { createDataSourceProxy, joinedPath } from './proxy-service.ts';

let base = '';
let handle: RequestListener = (req, res) => {
  const parts: Buffer[] = [];
  req.on('data', (part: Buffer) => parts.push(part));
  req.on('end', () => res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers, body: Buffer.concat(parts).toString() })));
};
const echo = handle;
const upstream = createServer((req, res) => handle(req, res));
const http = createHttpClients({});
beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await http.close();
  upstream.closeAllConnections();
  upstream.close();
});

const admin: Identity = { ...nobody, kind: 'user', id: 1, orgId: 1, orgRole: 'Admin', login: 'admin' };
const viewer: Identity = { ...admin, orgRole: 'Viewer', login: 'viewer' };
let ids = 0;

function source(more: Partial<ResolvedDataSource['settings']> = {}): ResolvedDataSource {
  const id = ++ids;
  const settings = {
    id, uid: `ds${id}`, type: 'graphite', name: 'n', url: `${base}/base`, user: '', database: '', basicAuthEnabled: false, basicAuthUser: '', jsonData: {}, decryptedSecureJsonData: {},
    updated: 1, apiVersion: '', ...more,
  };
  return { settings, record: { id, uid: settings.uid, orgId: 1, updated: 1 } as DataSource };
}

interface ProxyOptions {
  readonly routes?: readonly PluginRoute[];
  readonly whitelist?: readonly string[];
}

const proxyOf = (options: ProxyOptions = {}) =>
  createDataSourceProxy({
    http, userAgent: 'Grafana/12.4.0', log: silentLogger, clock: { now: () => 1_700_000_000_000, sleep: async () => {} }, whitelist: options.whitelist ?? [],
    dataProxy: readDataProxySettings(loadIni({ defaults: { text: '', file: 'defaults' }, env: {} })),
    catalog: { find: (id) => ({ id, type: 'datasource', name: id, version: '', logoUrl: '', backend: false, routes: options.routes ?? [] }) },
    forwarding: { loginCookieName: 'grafana_session', sendUserHeader: false, signInHeaders: new Set(['authorization']) },
    credentials: { idToken: () => 'id.token', oauthToken: async () => undefined }, access: { evaluate: () => false },
  });

function proxyWith(options: ProxyOptions = {}) {
  const proxy = proxyOf(options);
  return async (from: ResolvedDataSource, path: string, more: { method?: string; headers?: IncomingHttpHeaders; body?: string; query?: string; identity?: Identity } = {}): Promise<Reply> =>
    proxy.forward(from, {
      method: more.method ?? 'GET', path, query: more.query ?? '', headers: { ...(more.body !== undefined && { 'content-length': String(more.body.length) }), ...more.headers },
      body: Readable.from([Buffer.from(more.body ?? '')]), remoteAddress: '192.0.2.1', identity: more.identity ?? admin, signal: new AbortController().signal,
    });
}

async function echoed(reply: Reply) {
  return JSON.parse(await text(reply.body as LentBody)) as { method: string; url: string; headers: Record<string, string>; body: string };
}

test('credentials of the record replace those of the client', async () => {
  const seen = await echoed(await proxyWith()(source({ basicAuthEnabled: true, basicAuthUser: 'u', decryptedSecureJsonData: { basicAuthPassword: 'p' } }), 'x', {
    headers: { authorization: 'Bearer mine', cookie: 'a=1', 'x-foo': 'bar', 'x-grafana-user': 'me', 'x-forwarded-for': '198.51.100.7', connection: 'x-hop', 'x-hop': 'gone' },
  }));
  expect(seen.headers).toMatchObject({ authorization: `Basic ${Buffer.from('u:p').toString('base64')}`, 'x-foo': 'bar', 'x-grafana-id': 'id.token', 'x-forwarded-for': '198.51.100.7, 192.0.2.1, 192.0.2.1', 'user-agent': 'Grafana/12.4.0' });
  expect(Object.keys(seen.headers)).not.toEqual(expect.arrayContaining(['cookie']));
  for (const gone of ['cookie', 'x-grafana-user', 'x-hop']) expect(seen.headers[gone]).toBeUndefined();
});

test('custom headers win over everything', async () => {
  const from = source({ jsonData: { httpHeaderName1: 'Authorization', httpHeaderName3: 'X-Never' }, decryptedSecureJsonData: { httpHeaderValue1: 'Token t', httpHeaderValue3: 'x' } });
  const { headers } = await echoed(await proxyWith()(from, 'x', { headers: { 'x-ds-authorization': 'Bearer z' } }));
  expect([headers['authorization'], headers['x-never']]).toEqual(['Token t', undefined]);
});

test('bodies, queries and escapes arrive as they came', async () => {
  const seen = await echoed(await proxyWith()(source(), 'a%2Fb/c%20d/', { method: 'POST', body: 'hello', query: 'b=2&a=%20;x' }));
  expect([seen.method, seen.url, seen.body]).toEqual(['POST', '/base/a%2Fb/c%20d/?b=2&a=%20;x', 'hello']);
});

test('an answer loses what is not for the client; 401 becomes 400', async () => {
  handle = (_, res) => res.writeHead(200, { 'set-cookie': 'a=b', server: 's', via: '1.1 edge', 'content-type': 'text/x', etag: 'e' }).end('ok');
  const { headers } = await proxyWith()(source(), 'x');
  expect(headers).toMatchObject({ via: '1.1 grafana, 1.1 edge', 'content-security-policy': 'sandbox', 'content-type': 'text/x', etag: 'e' });
  expect(headers['set-cookie'] ?? headers['server']).toBeUndefined();
  handle = (_, res) => res.writeHead(401).end('no');
  expect(await proxyWith()(source(), 'x')).toMatchObject({ status: 400, body: 'Authentication to data source failed' });
  handle = echo;
});

test('an answer without a type gets one', async () => {
  handle = (_, res) => res.end('plain');
  const reply = await proxyWith()(source(), 'x');
  expect([reply.headers['content-type'], await text(reply.body as LentBody)]).toEqual(['text/plain; charset=utf-8', 'plain']);
  handle = (_, res) => res.end('<html>');
  const page = await proxyWith()(source(), 'x');
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  await text(page.body as LentBody);
  handle = echo;
});

test('an upstream that is not there is 502 without a body', async () => {
  expect(await proxyWith()(source({ url: 'http://127.0.0.1:1' }), 'x')).toMatchObject({ status: 502, body: null, headers: {} });
});

test.each([
  [{ url: '' }, 'GET', 'x', 400, 'Invalid data source URL: ""'],
  [{ type: 'prometheus' }, 'DELETE', 'x', 403, 'non allow-listed DELETEs not allowed on proxied Prometheus datasource'],
  [{ type: 'elasticsearch' }, 'POST', '_search', 403, 'posts not allowed on proxied Elasticsearch datasource except on /_msearch'],
  [{ jsonData: { tlsAuth: true }, decryptedSecureJsonData: { tlsClientCert: 'no', tlsClientKey: 'no' } }, 'GET', 'x', 400, 'Unable to load TLS certificate'],
])('%j: %s %s is refused with %i', async (more, method, path, status, message) => {
  await expect(proxyWith()(source(more), path, { method })).rejects.toMatchObject({ status, message });
});

test('only listed hosts are asked', async () => {
  await expect(proxyWith({ whitelist: ['example.com:80'] })(source(), 'x')).rejects.toMatchObject({ status: 403 });
});

test('a plugin route changes address, parameters, headers and body', async () => {
  const route: PluginRoute = {
    path: 'api', url: '{{.JsonData.base}}/x', headers: [{ name: 'X-Key', content: '{{.SecureJsonData.k}}' }, { name: 'X-Missing', content: '{{.JsonData.nope}}|{{orEmpty .JsonData.nope}}' }],
    urlParams: [{ name: 'k', content: 'v w' }], body: { word: '{{.JsonData.word}}' },
  };
  const from = source({ jsonData: { base: `${base}/route`, word: 'lantern' }, decryptedSecureJsonData: { k: 's3cret' } });
  const seen = await echoed(await proxyWith({ routes: [route] })(from, 'api/y', { method: 'POST', body: '{}', query: 'z=1&bad=a;b' }));
  expect([seen.url, seen.body, seen.headers['x-key'], seen.headers['x-missing']]).toEqual(['/route/x/y?k=v+w&z=1', '{"word":"lantern"}', 's3cret', '<no value>|']);
});

test('a route asks for a role, and the first match decides', async () => {
  const routes: PluginRoute[] = [{ path: 'admin', reqRole: 'Admin' }, { path: '' }];
  const ask = proxyWith({ routes });
  await expect(ask(source(), 'x/../administer', { identity: viewer })).rejects.toMatchObject({ status: 403, message: 'plugin proxy route access denied' });
  expect((await ask(source(), 'admin')).status).toBe(200);
  expect(matchRoute(routes, 'GET', 'other')).toBe(routes[1]);
});

test('a token is fetched once and kept until it expires', async () => {
  let fetched = 0;
  handle = (req, res) => {
    if (req.url !== '/token') return echo(req, res);
    res.end(JSON.stringify({ access_token: `t${++fetched}`, expires_in: '3600' }));
  };
  const routes: PluginRoute[] = [{ path: '', tokenAuth: { url: '{{.JsonData.base}}/token', params: { a: 'b' } } }];
  const from = source({ jsonData: { base } });
  const ask = proxyWith({ routes });
  const tokens = [(await echoed(await ask(from, 'x'))).headers['authorization'], (await echoed(await ask(from, 'y'))).headers['authorization']];
  expect(tokens).toEqual(['Bearer t1', 'Bearer t1']);
  handle = echo;
});

test.each([['/base', '', '/base'], ['/base/', 'x', '/base/x'], ['', 'x', '/x'], ['', '', '/'], ['/a%2Fb', 'c%2Fd', '/a/b/c/d']])('%s and %s make %s', (from, rest, path) => {
  expect(joinedPath(from, rest)).toBe(path);
});

test('a WebSocket is joined with the source’s, with the credentials of the record', async () => {
  const { WebSocket, WebSocketServer } = await import('ws');
  const tail = new WebSocketServer({ noServer: true });
  let authorization: string | undefined;
  upstream.once('upgrade', (req, socket, head) => {
    authorization = req.headers.authorization;
    tail.handleUpgrade(req, socket, head, (client) => client.on('message', (data) => client.send(`${req.url} ${data}`)));
  });
  const front = createServer();
  const proxied = proxyOf();
  front.on('upgrade', (req, socket, head) => void proxied.upgrade(source({ basicAuthEnabled: true, basicAuthUser: 'u' }), {
    method: 'GET', path: 'tail', query: 'q=1', headers: req.headers, body: req, remoteAddress: '', identity: admin, signal: new AbortController().signal,
  }, socket, head));
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const client = new WebSocket(`ws://127.0.0.1:${(front.address() as AddressInfo).port}/`);
  const answer = await new Promise<string>((resolve, reject) => {
    client.on('error', reject);
    client.on('open', () => client.send('hello'));
    client.on('message', (data) => resolve(String(data)));
  });
  expect([answer, authorization]).toEqual(['/base/tail?q=1 hello', `Basic ${Buffer.from('u:').toString('base64')}`]);
  client.terminate();
  front.close();
});
