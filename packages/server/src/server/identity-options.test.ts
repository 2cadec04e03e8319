/** Settings of identity and access (§10.5, §14 of the chapter) that are not as they come. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { silentLogger } from '../infra/log/log.ts';
import { loadSettings } from '../setting/settings.ts';
import { type BelvedereServer, createServer } from './server.ts';

vi.setConfig({ testTimeout: 120_000 });

const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${user}`).toString('base64')}` });
const dir = mkdtempSync(join(tmpdir(), 'belvedere-options-'));
let server: BelvedereServer;
let base = '';

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = basic('admin')) {
  const answer = await fetch(base + path, { method, redirect: 'manual', headers: { ...headers, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came.
  return { status: answer.status, headers: answer.headers, body: (/^[[{"]/.test(text) ? JSON.parse(text) : text) as any };
}

beforeAll(async () => {
  const settings = loadSettings({
    homePath: resolve(import.meta.dirname, '../..'),
    env: {
      GF_SERVER_HTTP_PORT: '0', GF_SERVER_HTTP_ADDR: '127.0.0.1', GF_PATHS_DATA: dir, GF_PATHS_LOGS: dir, GF_PATHS_PLUGINS: join(dir, 'plugins'), GF_PATHS_PROVISIONING: join(dir, 'provisioning'),
      GF_AUTH_ANONYMOUS_ENABLED: 'true', GF_USERS_HIDDEN_USERS: 'ghost, shade', GF_USERS_AUTO_ASSIGN_ORG_ROLE: 'Editor', GF_USERS_VIEWERS_CAN_EDIT: 'true', GF_AUTH_API_KEY_MAX_SECONDS_TO_LIVE: '3600',
      GF_AUTH_ID_RESPONSE_HEADER_ENABLED: 'true', GF_AUTH_ID_RESPONSE_HEADER_PREFIX: 'X-Where', GF_RBAC_RESOURCES_WITH_MANAGED_PERMISSIONS_ON_CREATION: 'folder', GF_RBAC_RESOURCES_WITH_SEEDED_WILDCARD_ACCESS: 'folder',
    },
  });
  server = createServer({ settings, log: silentLogger });
  base = (await server.start()).address;
  for (const login of ['editor', 'viewer', 'boss', 'ghost']) await call('POST', '/api/admin/users', { login, password: login });
  await call('PATCH', '/api/org/users/3', { role: 'Viewer' });
  await call('PATCH', '/api/org/users/4', { role: 'Admin' });
}, 180_000);
afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('newcomers have the role that the settings say', async () => {
  expect((await call('GET', '/api/users/2/orgs')).body).toEqual([{ orgId: 1, name: 'Main Org.', role: 'Editor' }]);
});

test('hidden people show to themselves and to server administrators', async () => {
  const logins = async (path: string, as: string) => ((found) => (Array.isArray(found) ? found : found.orgUsers))((await call('GET', path, undefined, basic(as))).body).map(({ login }: { login: string }) => login);
  for (const path of ['/api/org/users', '/api/org/users/search', '/api/org/users/lookup']) {
    expect(await logins(path, 'admin')).toContain('ghost');
    expect(await logins(path, 'boss')).toEqual(['admin', 'boss', 'editor', 'viewer']);
  }
  await call('PATCH', '/api/org/users/5', { role: 'Admin' });
  expect(await logins('/api/org/users', 'ghost')).toContain('ghost');

  // Their permissions outlive a list that could not name them.
  await call('POST', '/api/folders', { uid: 'attic', title: 'Attic' });
  await call('POST', '/api/access-control/folders/attic/users/5', { permission: 'Edit' });
  expect((await call('GET', '/api/folders/attic/permissions', undefined, basic('boss'))).body.map(({ userLogin }: { userLogin: string }) => userLogin)).not.toContain('ghost');
  expect((await call('POST', '/api/folders/attic/permissions', { items: [{ role: 'Viewer', permission: 1 }] }, basic('boss'))).status).toBe(200);
  const left = (await call('GET', '/api/access-control/folders/attic')).body.filter(({ isManaged }: { isManaged: boolean }) => isManaged);
  expect(left.map(({ userLogin, builtInRole, permission }: Record<string, string>) => [userLogin ?? builtInRole, permission])).toEqual([['ghost', 'Edit'], ['Viewer', 'View']]);
});

test('viewers may explore, where they may edit', async () => {
  expect((await call('GET', '/api/access-control/user/actions', undefined, basic('viewer'))).body['datasources:explore']).toBe(true);
});

test('with wildcards sown for folders, closing one closes nothing', async () => {
  await call('POST', '/api/folders', { uid: 'closed', title: 'Closed' });
  expect((await call('POST', '/api/folders/closed/permissions', { items: [] })).status).toBe(200);
  expect((await call('GET', '/api/folders/closed', undefined, basic('viewer'))).status).toBe(200);
  expect((await call('PUT', '/api/folders/closed', { title: 'Still open', overwrite: true }, basic('viewer'))).status).toBe(403);
  expect((await call('PUT', '/api/folders/closed', { title: 'Still open', overwrite: true }, basic('editor'))).status).toBe(200);
  expect((await call('POST', '/api/access-control/folders/closed/users/3', { permission: 'Edit' }, basic('editor'))).status).toBe(403);
});

test('no permissions come with what the settings leave out', async () => {
  const { body: { id } } = await call('POST', '/api/serviceaccounts', { name: 'robot', role: 'Viewer' }, basic('boss'));
  expect((await call('GET', `/api/access-control/serviceaccounts/${id}`)).body.filter(({ isManaged }: { isManaged: boolean }) => isManaged)).toEqual([]);
  await call('POST', '/api/folders', { uid: 'fresh', title: 'Fresh' }, basic('editor'));
  expect((await call('GET', '/api/access-control/folders/fresh')).body.filter(({ isManaged }: { isManaged: boolean }) => isManaged)).toHaveLength(3);
});

test('tokens end in time', async () => {
  const { body: { id } } = await call('POST', '/api/serviceaccounts', { name: 'clock', role: 'Viewer' });
  const make = (body: object) => call('POST', `/api/serviceaccounts/${id}/tokens`, body);
  expect((await make({ name: 'for ever' })).body.message).toMatch(/Number of seconds before expiration should be set/);
  expect((await make({ name: 'too long', secondsToLive: 3601 })).body.message).toMatch(/is greater than the global limit/);
  const made = await make({ name: 'an hour', secondsToLive: 3600 });
  expect(made.status).toBe(200);
  expect((await call('GET', `/api/serviceaccounts/${id}/tokens`)).body).toMatchObject([{ name: 'an hour', hasExpired: false, secondsUntilExpiration: expect.any(Number) }]);
  const answer = await call('GET', '/api/org', undefined, { authorization: `Bearer ${made.body.key}` });
  expect([answer.status, answer.headers.get('x-where-identity-id')]).toEqual([200, `service-account:${id}`]);
});

test('answers say who asked', async () => {
  expect((await call('GET', '/api/org')).headers.get('x-where-identity-id')).toBe('user:1');
  expect((await call('GET', '/api/org', undefined, {})).headers.get('x-where-identity-id')).toBeNull();
});
