import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../infra/clock.ts';
import { silentLogger } from '../../../infra/log/log.ts';
import { createHttpClients } from '../../../tsdb/http-client/http-client.ts';
import type { HttpOptions } from '../../../tsdb/http-client/http-options.ts';
import type { RenderKeys } from '../../identity/authn/render/render-keys.ts';
import { nobody } from '../../../web/identity.ts';
import { Reply } from '../../../web/reply.ts';
import { createRoutes, type RequestContext } from '../../../web/route.ts';
import { renderingRoutes } from './rendering-api.ts';
import { createRenderingService, posixZone } from './rendering-service.ts';
import type { Rendered, RenderRequest } from './rendering.ts';

const cleanUps: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const options: HttpOptions = {
  timeoutMs: 60_000, dialTimeoutMs: 10_000, idleConnectionTimeoutMs: 1000, connectionsPerHostMax: 0, tls: { skipVerify: false }, customHeaders: [], userAgent: '', responseLimit: 0,
};
const aRequest: RenderRequest = {
  path: 'd-solo/x/y?panelId=1', encoding: 'png', width: 1000, height: 500, scale: 1, timeoutMs: 60_000, timezone: 'UTC+02:00', acceptLanguage: 'de', person: { orgId: 1, userId: 7, orgRole: 'Editor' },
};

async function renderer(answer: (req: IncomingMessage, res: ServerResponse) => void, concurrentMax = 30) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => { server.closeAllConnections(); server.close(); });
  const clients = createHttpClients({});
  cleanUps.push(() => clients.close());
  const ended: string[] = [];
  const metrics = new Registry();
  const keys: RenderKeys = { create: async ({ orgId, userId, orgRole }) => `key-${orgId}-${userId}-${orgRole}`, find: async () => undefined, end: async (key) => void ended.push(key) };
  const service = createRenderingService({
    client: clients.create(options), keys, clock: systemClock, log: silentLogger, metrics,
    settings: { serverUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/render`, callbackUrl: 'http://grafana:3000/', token: 'tok', concurrentMax, domain: 'grafana.example.com' },
  });
  const controller = new AbortController();
  return { service, ended, metrics, signal: controller.signal, stop: () => controller.abort() };
}

test('the renderer is told what to open, how, and with which key; the key ends with it', async () => {
  const seen: { url: URL; headers: IncomingMessage['headers'] }[] = [];
  const { service, ended, signal, metrics } = await renderer((req, res) => {
    seen.push({ url: new URL(req.url!, 'http://x'), headers: req.headers });
    res.end('PNG');
  });
  expect(await service.render(aRequest, signal)).toEqual({ kind: 'done', body: Buffer.from('PNG') });
  expect(Object.fromEntries(seen[0]!.url.searchParams)).toEqual({
    url: 'http://grafana:3000/d-solo/x/y?panelId=1&render=1', renderKey: 'key-1-7-Editor', domain: 'grafana.example.com', timezone: 'UTC-02:00', encoding: 'png', timeout: '60', width: '1000', height: '500', deviceScaleFactor: '1.000000',
  });
  expect(seen[0]!.headers).toMatchObject({ 'x-auth-token': 'tok', 'x-tenant-id': 'grafana.example.com', 'accept-language': 'de' });
  expect(ended).toEqual(['key-1-7-Editor']);
  expect(await metrics.metrics()).toMatch(/grafana_rendering_request_total\{status="success",type="png"\} 1\n[\s\S]*grafana_rendering_queue_size 0\n/);
});

test.each([[408, 'timeout'], [429, 'busy'], [500, 'failed'], [404, 'failed']])('an answer of %i is %s', async (status, kind) => {
  const { service, signal, ended } = await renderer((_req, res) => res.writeHead(status).end('no'));
  expect(await service.render(aRequest, signal)).toEqual({ kind });
  expect(ended).toHaveLength(1);
});

test('no more images at once than are allowed', async () => {
  const waiting: ServerResponse[] = [];
  const { service, signal } = await renderer((_req, res) => void waiting.push(res), 1);
  const first = service.render(aRequest, signal);
  await vi.waitFor(() => expect(waiting).toHaveLength(1), { timeout: 15_000 });
  expect(await service.render(aRequest, signal)).toEqual({ kind: 'limit' });
  waiting[0]!.end('PNG');
  expect((await first).kind).toBe('done');
});

test('the version is asked for, and decides what a renderer can do', async () => {
  const { service, signal, stop } = await renderer((req, res) => res.end(req.url === '/render/version' ? '{"version":"3.9.2"}' : 'PDF'));
  expect(service.version).toBe('');
  const running = service.run(signal);
  await vi.waitFor(() => expect(service.version).toBe('3.9.2'), { timeout: 15_000 });
  stop();
  await running;
  expect(await service.render({ ...aRequest, encoding: 'pdf' }, new AbortController().signal)).toEqual({ kind: 'missing' });
});

test.each([['UTC+05:30', 'UTC-05:30'], ['UTC-01:00', 'UTC+01:00'], ['Europe/Berlin', 'Europe/Berlin'], ['', '']])('%s is %s', (zone, posix) => expect(posixZone(zone)).toBe(posix));

async function asked(url: string, outcome: Rendered) {
  const routes = createRoutes();
  const requests: RenderRequest[] = [];
  const picture = join(mkdtempSync(join(tmpdir(), 'rendering-')), 'picture.png');
  cleanUps.push(() => rmSync(dirname(picture), { recursive: true }));
  writeFileSync(picture, 'placeholder');
  const pictures: string[] = [];
  renderingRoutes(routes, {
    rendering: { available: true, version: '', render: async (request) => (requests.push(request), outcome) }, defaults: { width: 1000, height: 500, scale: 1 },
    picture: (name) => (pictures.push(name), picture), errorPage: (title) => `<p>${title}`,
  });
  const { handler } = routes.all[0]!;
  const parsed = new URL(url, 'http://x');
  const reply = await handler({ url, path: parsed.pathname, search: parsed.searchParams, headers: {}, identity: { ...nobody, kind: 'anonymous', orgId: 1, orgRole: 'Viewer' }, signal: new AbortController().signal } as unknown as RequestContext);
  if (!(reply instanceof Reply)) throw new Error('not a reply');
  return { status: reply.status, type: String(reply.headers['content-type']).split(';')[0], body: String(reply.body).trimEnd(), request: requests[0], pictures };
}

const png: Rendered = { kind: 'done', body: Buffer.from('PNG') };

test('all of the query goes along; sizes have defaults', async () => {
  expect((await asked('/render/d-solo/x/y?panelId=1&width=800&tz=UTC&timeout=5', png)).request).toMatchObject({
    path: 'd-solo/x/y?panelId=1&width=800&tz=UTC&timeout=5', encoding: 'png', width: 800, height: 500, scale: 1, timeoutMs: 5000, timezone: 'UTC', person: { orgId: 1, userId: 0, orgRole: 'Viewer' },
  });
  expect((await asked('/render/d/x', png)).request?.path).toBe('d/x?');
});

test.each<[string, Rendered, number, string, string]>([
  ['/render/d/x', png, 200, 'image/png', 'PNG'], ['/render/d/x?encoding=pdf', { kind: 'done', body: Buffer.from('PDF') }, 200, 'application/pdf', 'PDF'], ['/render/d/x', { kind: 'missing' }, 200, 'image/png', 'placeholder'],
  ['/render/d/x?theme=light', { kind: 'limit' }, 200, 'image/png', 'placeholder'], ['/render/d/x', { kind: 'busy' }, 429, 'application/json', '{"message":"Too many rendering requests"}'],
  ['/render/d/x', { kind: 'timeout' }, 500, 'text/html', '<p>timeout error - you can set timeout in seconds with &timeout url parameter'], ['/render/d/x', { kind: 'failed' }, 500, 'text/html', '<p>Rendering failed.'],
  ['/render/d/x?width=wide', png, 400, 'text/html', '<p>Render parameters error'], ['/render/d/x?theme=../x', png, 400, 'text/html', '<p>Render parameters error'], ['/render/d/x?height=-2', png, 400, 'text/html', '<p>Render parameters error'],
])('%s with %j is %i %s', async (url, outcome, status, type, body) => {
  const answer = await asked(url, outcome);
  expect([answer.status, answer.type, answer.body]).toEqual([status, type, body]);
});

test('the picture fits the theme', async () => expect((await asked('/render/d/x?theme=light', { kind: 'limit' })).pictures).toEqual(['rendering_limit_light.png']));
