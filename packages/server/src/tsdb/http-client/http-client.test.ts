import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DataSourceInstanceSettings } from '@belvedere/plugin-sdk';
import { readDataProxySettings } from '../../setting/dataproxy-settings.ts';
import { loadIni } from '../../setting/ini.ts';
import { proxyFor } from './environment-proxy.ts';
import { createHttpClients, isTimeout, networkErrorSource, ResponseTooLarge, statusErrorSource } from './http-client.ts';
import { httpOptionsOf, TlsMaterialError } from './http-options.ts';
import { createInstances } from './instances.ts';

let base = '';
let handle: RequestListener;
const server = createServer((req, res) => handle(req, res));
const clients = createHttpClients({});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await clients.close();
  server.closeAllConnections();
  server.close();
});

const settings = (more: Partial<DataSourceInstanceSettings> = {}): DataSourceInstanceSettings => ({
  id: 1, uid: 'u', type: 't', name: 'n', url: '', user: '', database: '', basicAuthEnabled: false, basicAuthUser: '', jsonData: {}, decryptedSecureJsonData: {}, updated: 1, apiVersion: '', ...more,
});
const dataProxy = (text = '') => readDataProxySettings(loadIni({ defaults: { text, file: 'defaults' }, env: {} }));
const optionsOf = (more: Partial<DataSourceInstanceSettings> = {}, ini = '') => httpOptionsOf(settings(more), dataProxy(ini), 'Grafana/12.4.0');
const headersSeen = async (more: Partial<DataSourceInstanceSettings>, headers = {}, forward = {}) => {
  handle = (req, res) => res.end(JSON.stringify(req.headers));
  return JSON.parse(await (await clients.create(optionsOf(more)).fetch({ method: 'GET', url: `${base}/x`, headers, forward })).text()) as Record<string, string>;
};

test('forwarded headers fill gaps, basic auth comes after them, custom headers replace', async () => {
  const source = { user: 'old', jsonData: { httpHeaderName1: 'X-Two' }, decryptedSecureJsonData: { password: 'p', httpHeaderValue1: 'two' } };
  expect(await headersSeen(source, { 'X-Two': 'mine' }, { 'X-Grafana-Id': 'i', 'X-Two': 'no' })).toMatchObject({
    authorization: `Basic ${Buffer.from('old:p').toString('base64')}`, 'x-two': 'two', 'x-grafana-id': 'i', 'user-agent': 'Grafana/12.4.0',
  });
  expect((await headersSeen(source, {}, { Authorization: 'Bearer oauth' }))['authorization']).toBe('Bearer oauth');
});

test('redirects are followed, without credentials to other hosts', async () => {
  handle = (req, res) => (req.url === '/moved' ? res.writeHead(302, { location: `/there?${req.method}` }).end() : res.end(`${req.method} ${req.url} ${req.headers['authorization']}`));
  const client = clients.create(optionsOf({ user: 'u' }));
  expect(await (await client.fetch({ method: 'POST', url: `${base}/moved`, body: 'x' })).text()).toMatch(/^GET \/there\?POST Basic /);
  handle = (req, res) => (req.headers.host?.startsWith('127') ? res.writeHead(307, { location: base.replace('127.0.0.1', 'localhost') }).end() : res.end(`${req.method} ${req.headers['authorization']}`));
  expect(await (await client.fetch({ method: 'GET', url: `${base}/x` })).text()).toBe('GET undefined');
  handle = (_, res) => res.writeHead(302, { location: '/again' }).end();
  await expect(client.fetch({ method: 'GET', url: `${base}/x` })).rejects.toThrow('stopped after 10 redirects');
});

test('an answer beyond the limit is refused', async () => {
  handle = (_, res) => res.end('x'.repeat(100));
  const small = clients.create(optionsOf({}, '[dataproxy]\nresponse_limit = 50\n'));
  await expect(small.fetch({ method: 'GET', url: base }).then((r) => r.bytes())).rejects.toThrow(ResponseTooLarge);
  await expect((async () => {
    for await (const _ of (await small.fetch({ method: 'GET', url: base })).stream());
  })()).rejects.toThrow(ResponseTooLarge);
});

test('who is at fault when there is no answer', async () => {
  handle = (req) => req.socket.destroy();
  const client = clients.create(optionsOf());
  const failure = (url: string) => client.fetch({ method: 'GET', url }).catch((error: unknown) => error);
  expect([networkErrorSource(await failure(base)), networkErrorSource(await failure('http://127.0.0.1:1'))]).toEqual(['downstream', 'downstream']);
  expect([networkErrorSource(new Error('ours')), isTimeout(Object.assign(new Error(), { code: 'UND_ERR_HEADERS_TIMEOUT' }))]).toEqual(['plugin', true]);
  expect([405, 501, 400, 404, 500, 502].map(statusErrorSource)).toEqual(['plugin', 'plugin', 'downstream', 'downstream', 'downstream', 'downstream']);
});

test('a closed connection is tried once more, where the request may be repeated', async () => {
  const client = clients.create(optionsOf());
  let asked = 0;
  handle = (req, res) => (++asked % 2 === 1 ? req.socket.destroy() : res.end('second'));
  expect(await (await client.fetch({ method: 'GET', url: base })).text()).toBe('second');
  await expect(client.fetch({ method: 'POST', url: base, body: 'x' })).rejects.toThrow();
  asked = 0;
  expect(await (await client.fetch({ method: 'POST', url: base, body: 'x', repeatable: true })).text()).toBe('second');
});

test('options are read from the record, with the server’s own as defaults', () => {
  expect(optionsOf({ jsonData: { timeout: '2', tlsSkipVerify: true, serverName: 's' } })).toMatchObject({ timeoutMs: 2000, dialTimeoutMs: 10_000, tls: { skipVerify: true, serverName: 's' } });
  expect(optionsOf({ jsonData: { timeout: -1 } }).timeoutMs).toBe(30_000);
  expect(optionsOf({ jsonData: { httpHeaderName1: 'A', httpHeaderName3: 'C' } }).customHeaders).toEqual([['A', '']]);
  expect(() => optionsOf({ jsonData: { tlsAuth: true }, decryptedSecureJsonData: { tlsClientCert: 'no', tlsClientKey: 'secret' } })).toThrow(TlsMaterialError);
  expect(() => optionsOf({ jsonData: { tlsAuth: true } })).toThrow(TlsMaterialError);
});

test.each([
  ['http://example.com', 'http://proxy:3128'], ['http://localhost', undefined], ['http://127.9.9.9', undefined], ['http://[::1]:80', undefined], ['http://a.internal', undefined],
  ['http://internal', undefined], ['http://notinternal', 'http://proxy:3128'], ['http://10.1.2.3', undefined], ['http://11.1.2.3', 'http://proxy:3128'], ['http://ported:8080', undefined],
  ['http://ported:8081', 'http://proxy:3128'], ['https://example.com', undefined],
])('%s goes through %s', (url, proxy) => {
  expect(proxyFor(new URL(url), { HTTP_PROXY: 'proxy:3128', no_proxy: 'internal, 10.0.0.0/8,ported:8080' })).toBe(proxy);
});

test('an instance lives until its record changes', async () => {
  const gone: number[] = [];
  let made = 0;
  const instances = createInstances(() => ++made, (n) => {
    gone.push(n);
  });
  expect([await instances.get(settings()), await instances.get(settings()), await instances.get(settings({ updated: 2 }))]).toEqual([1, 1, 2]);
  await instances.dispose();
  expect(gone).toEqual([1, 2]);
  await expect(instances.get(undefined)).rejects.toThrow('names no data source');
});
