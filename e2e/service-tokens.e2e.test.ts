/** Those who come in somebody's name: services with access tokens, renderers with a key. */
import { createServer, type Server } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type Belvedere, removeFolder, startBelvedere } from './support/belvedere.ts';

let server: Belvedere;
let issuer: Server;
let sign: (claims: Record<string, unknown>, typ: string) => Promise<string>;
const outcome = ({ status, body }: Answer) => [status, body.messageId ?? body.message];
const ids = { bob: 0 };

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] });
  sign = (claims, typ) => new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k', typ }).setExpirationTime('5m').sign(privateKey);
  issuer = createServer((_req, res) => res.end(keys));
  await new Promise<void>((done) => issuer.listen(0, '127.0.0.1', done));
  server = await startBelvedere({
    env: { GF_AUTH_EXTENDED_JWT_ENABLED: 'true', GF_AUTH_EXTENDED_JWT_JWKS_URL: `http://127.0.0.1:${(issuer.address() as { port: number }).port}/keys`, GF_AUTH_EXTENDED_JWT_AUDIENCES: 'grafana' },
  });
  ids.bob = (await server.call('POST', '/api/admin/users', { login: 'bob', password: 'bobs-password' })).body.id;
}, 120_000);
afterAll(async () => {
  await server?.stop();
  issuer?.close();
  if (server) removeFolder(server.dir);
});

const ask = (path: string, headers: Record<string, string>, method = 'GET', body?: unknown) => server.call(method, path, body, { auth: '', headers });
const access = (claims: Record<string, unknown> = {}) => sign({ sub: 'access-policy:robot', aud: ['grafana'], namespace: 'default', ...claims }, 'at+jwt');

test('a service does what its token allows, on the classic routes and under /apis, and nothing else', async () => {
  const { body: folder } = await server.call('POST', '/api/folders', { title: 'area' });
  const headers = { 'x-access-token': await access({ permissions: ['folders:read', 'fixed:teams:writer'] }) };
  expect((await ask(`/api/folders/${folder.uid}`, headers)).body.title).toBe('area');
  expect((await ask(`/apis/folder.grafana.app/v1beta1/namespaces/default/folders/${folder.uid}`, headers)).status).toBe(200);
  expect((await ask('/api/teams', headers, 'POST', { name: 'crew' })).status).toBe(200);
  expect((await ask(`/api/folders/${folder.uid}`, headers, 'DELETE')).status).toBe(403);
  expect((await ask('/api/admin/users', headers, 'POST', { login: 'x', password: 'a-password' })).status).toBe(403);
  expect((await ask('/api/users', headers)).status).toBe(403);
  expect(outcome(await ask('/api/org', { ...headers, 'x-grafana-org-id': '2' }))).toEqual([401, 'ext.jwt.namespace-disallowed']);
});

test('in a person\'s name it does what both may', async () => {
  const id = await sign({ sub: `user:${ids.bob}`, aud: 'org:1', namespace: 'default' }, 'jwt');
  const headers = { 'x-access-token': await access({ delegatedPermissions: ['dashboards:read', 'users:read'] }), 'x-grafana-id': id };
  expect((await ask('/api/user', headers)).body.login).toBe('bob');
  expect((await ask('/api/access-control/user/permissions', headers)).body).toEqual({ 'dashboards:read': expect.any(Array) });
  expect((await ask('/api/users', headers)).status).toBe(403);
  // An id token alone is nobody, and neither is one in the wrong place.
  expect(outcome(await ask('/api/user', { 'x-grafana-id': id }))).toEqual([401, 'auth.unauthorized']);
  expect(outcome(await ask('/api/user', { 'x-access-token': id }))).toEqual([401, 'ext.jwt.invalid']);
});

test('a token that does not do leaves other credentials their turn', async () => {
  expect(outcome(await ask('/api/user', { 'x-access-token': 'nonsense' }))).toEqual([401, 'ext.jwt.invalid']);
  expect((await server.call('GET', '/api/user', undefined, { headers: { 'x-access-token': 'nonsense' } })).body.login).toBe('admin');
});

test('a render key that another process made opens pages in its person\'s name, until it is taken away', async () => {
  const key = 'k'.repeat(32);
  const db = new DatabaseSync(`${server.dir}/data/grafana.db`);
  db.exec('PRAGMA busy_timeout = 5000');
  db.prepare('insert into cache_data (cache_key, data, expires, created_at) values (?, ?, 300, ?)')
    .run(`render-${key}`, Buffer.from(JSON.stringify({ orgId: 1, userId: ids.bob, orgRole: 'Viewer' })), Math.floor(Date.now() / 1000));
  const headers = { cookie: `renderKey=${key}` };
  expect((await ask('/api/user', headers)).body.login).toBe('bob');
  expect((await ask('/d-solo/x', headers)).status).toBe(200);
  db.prepare('delete from cache_data where cache_key = ?').run(`render-${key}`);
  db.close();
  expect(await ask('/api/user', headers)).toMatchObject({ status: 401, body: { messageId: 'render-auth.invalid-key', message: 'Invalid Render Key' } });
  expect((await server.call('GET', '/api/user', undefined, { headers })).body.login).toBe('admin');
});
