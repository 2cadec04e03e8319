import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { Type } from './schema.ts';
import { afterEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../infra/log/log.ts';
import { anyone, signedIn } from './access.ts';
import { defineErrors } from './errors.ts';
import { createHttpServer, type HttpServer, type Pipeline } from './http-server.ts';
import { nobody } from './identity.ts';
import { bytes, html, note, text } from './reply.ts';
import { createRoutes, type Routes } from './route.ts';

const open = anyone('test');
const servers: HttpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serving(declare: (routes: Routes) => void, pipeline: Partial<Pipeline> = {}, subPath = '') {
  const routes = createRoutes();
  declare(routes);
  const server = createHttpServer({
    routes: routes.all, log: silentLogger, subPath, rootUrl: 'http://localhost/', readTimeoutMs: 0, userFacingError: 'see the log',
    pipeline: {
      checkOrigin: () => undefined, checkSubPath: () => undefined, setPolicy: () => {}, authenticate: () => ({ identity: nobody }), afterAuth: () => undefined, guard: () => undefined,
      headers: (_ctx, own) => ({ ...own }), finished: () => {}, started: () => {}, notFoundPage: () => html('<p>not here', 404), compresses: () => false,
      ...pipeline,
    },
  });
  servers.push(server);
  const base = await server.listen({ host: '127.0.0.1', port: 0 });
  return { server, get: (path: string, init?: RequestInit) => fetch(base + path, { redirect: 'manual', ...init }) };
}

describe('routing', () => {
  test('a static path beats a parameter, and a trailing slash is insignificant', async () => {
    const { get } = await serving((routes) => {
      routes.get('/api/users/:id', { access: open }, ({ params }) => ({ id: params['id'] }));
      routes.get('/api/users/lookup', { access: open }, () => ({ looked: 'up' }));
    });
    expect(await (await get('/api/users/lookup/')).json()).toEqual({ looked: 'up' });
    expect(await (await get('/api/users/a%2Fb')).json()).toEqual({ id: 'a/b' });
  });

  test('GET answers HEAD without a body; an unknown method is not found', async () => {
    const { get } = await serving((routes) => routes.get('/api/x', { access: open }, () => text('hello')));
    const head = await get('/api/x', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '5', '']);
    expect((await get('/api/x', { method: 'DELETE' })).status).toBe(404);
    expect(await (await get('/api/nowhere')).json()).toEqual({ message: 'Not found' });
    expect((await get('/nowhere')).headers.get('content-type')).toContain('text/html');
  });

  test('the sub-path is taken off before routing', async () => {
    const { get } = await serving((routes) => routes.get('/api/x', { access: open }, () => ({ ok: true })), {}, '/grafana');
    expect((await get('/grafana/api/x?a=1')).status).toBe(200);
    expect((await get('/grafanax/api/x')).status).toBe(404);
  });
});

test('the policy is set where authentication runs, and beside it where a route asks for it', async () => {
  const setPolicy: Pipeline['setPolicy'] = (ctx) => ctx.setHeader('content-security-policy', 'script-src self');
  const { get } = await serving((routes) => {
    routes.get('/page', { access: open }, () => text('a'));
    routes.get('/plain', { access: open, bypassAuth: true }, () => text('b'));
    routes.get('/asset', { access: open, bypassAuth: true, withPolicy: true }, () => text('c'));
  }, { setPolicy, headers: (ctx, own) => ({ ...ctx.ownHeaders, ...own }) });
  const policy = async (path: string) => (await get(path)).headers.get('content-security-policy');
  expect([await policy('/page'), await policy('/plain'), await policy('/asset')]).toEqual(['script-src self', null, 'script-src self']);
});

describe('bodies', () => {
  const declare = (routes: Routes) =>
    routes.post('/api/things', { access: open, body: Type.Object({ name: Type.String() }), bodyBytesMax: 100 }, ({ body }) => note(body.name));

  test.each([
    ['{"name":"a"}', 'application/json; charset=utf-8', 200, { message: 'a' }],
    ['{"name":"a"}', 'text/plain', 400, { message: 'bad request data' }],
    ['{"name":', 'application/json', 400, { message: 'bad request data' }],
    ['', 'application/json', 200, { message: '' }],
    [`{"name":"${'x'.repeat(200)}"}`, 'application/json', 413, { message: 'Request body too large' }],
  ])('%s as %s', async (body, type, status, answer) => {
    const { get } = await serving(declare);
    const res = await get('/api/things', { method: 'POST', body, headers: { 'content-type': type } });
    expect([res.status, await res.json()]).toEqual([status, answer]);
  });
});

describe('errors', () => {
  const errors = defineErrors('http-server-test', { gone: [410, 'It is gone'], odd: [422, 'Odd', 'test.odd'] });

  test('legacy, public and unexpected errors have the reference shapes', async () => {
    const { get } = await serving((routes) => {
      routes.get('/api/gone', { access: open }, () => { throw errors.gone(); });
      routes.get('/api/odd', { access: open }, () => { throw errors.odd({ extra: { a: 1 } }); });
      routes.get('/api/bug', { access: open }, () => { throw new Error('password=hunter2'); });
    });
    expect(await (await get('/api/gone')).json()).toEqual({ message: 'It is gone' });
    expect(await (await get('/api/odd')).json()).toEqual({ statusCode: 422, messageId: 'test.odd', message: 'Odd', extra: { a: 1 } });
    const bug = await get('/api/bug');
    expect([bug.status, await bug.json()]).toEqual([500, { message: 'Internal Server Error - see the log', error: 'Server Error' }]);
  });
});

test('a denied request is not asked for its body, and its handler does not run', async () => {
  let ran = false;
  const { get } = await serving(
    (routes) => routes.post('/api/x', { access: signedIn, rawBody: true }, () => { ran = true; return null; }),
    { guard: () => text('no', 401) },
  );
  expect((await get('/api/x', { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(401);
  expect(ran).toBe(false);
});

test('closing waits for the request under way', async () => {
  let release = () => {};
  const entered = Promise.withResolvers<void>();
  const { server, get } = await serving((routes) =>
    routes.get('/api/slow', { access: open }, async () => {
      entered.resolve();
      await new Promise<void>((resolve) => { release = resolve; });
      return { done: true };
    }));
  const answer = get('/api/slow');
  await entered.promise;
  const closed = server.close();
  release();
  expect(await (await answer).json()).toEqual({ done: true });
  await closed;
});

test('an offer to speak another protocol is passed over', async () => {
  const { server } = await serving((routes) => routes.get('/api/x', { access: open }, () => ({ ok: true })));
  const { port } = server.server.address() as { port: number };
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /api/x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n'));
    socket.once('data', (part) => {
      socket.destroy();
      resolve(part.toString());
    });
    socket.once('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
});

test('a stream is passed on as it comes', async () => {
  const { get } = await serving((routes) => routes.get('/api/s', { access: open }, () => bytes(Readable.from(['a', 'b', 'c']), 'text/plain')));
  expect(await (await get('/api/s')).text()).toBe('abc');
});
