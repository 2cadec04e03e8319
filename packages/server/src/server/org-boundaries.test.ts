/** Nobody looks into an organization that they do not belong to, whichever way they name it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../infra/log/log.ts';
import { loadSettings } from '../setting/settings.ts';
import { type BelvedereServer, createServer } from './server.ts';

const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${user}`).toString('base64')}` });
const dir = mkdtempSync(join(tmpdir(), 'belvedere-orgs-'));
let server: BelvedereServer;
let base = '';
let token = '';

async function call(method: string, path: string, headers: Record<string, string>, body?: unknown) {
  const answer = await fetch(base + path, { method, redirect: 'manual', headers: { ...headers, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return { status: answer.status, text: await answer.text() };
}
async function done(method: string, path: string, body: unknown, headers: Record<string, string> = basic('admin')) {
  const answer = await call(method, path, headers, body);
  expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
  return JSON.parse(answer.text);
}

beforeAll(async () => {
  const settings = loadSettings({
    homePath: resolve(import.meta.dirname, '../..'),
    env: {
      GF_SERVER_HTTP_PORT: '0', GF_SERVER_HTTP_ADDR: '127.0.0.1', GF_AUTH_ANONYMOUS_ENABLED: 'true', GF_AUTH_ANONYMOUS_ORG_ROLE: 'Admin', GF_PATHS_DATA: dir, GF_PATHS_LOGS: dir, GF_PATHS_PLUGINS: join(dir, 'plugins'),
      GF_PATHS_PROVISIONING: join(dir, 'provisioning'),
    },
  });
  server = createServer({ settings, log: silentLogger });
  base = (await server.start()).address;
  for (const login of ['member', 'boss']) await done('POST', '/api/admin/users', { login, password: login });
  await done('PATCH', '/api/org/users/2', { role: 'Admin' });
  await done('PUT', '/api/admin/users/3/permissions', { isGrafanaAdmin: true });
  const robot = (await done('POST', '/api/serviceaccounts', { name: 'robot', role: 'Admin' })).id;
  token = (await done('POST', `/api/serviceaccounts/${robot}/tokens`, { name: 'robot' })).key;
  await done('POST', '/api/orgs', { name: 'Second' });
  const there = { ...basic('admin'), 'x-grafana-org-id': '2' };
  await done('POST', '/api/folders', { uid: 'hidden', title: 'Of the second' }, there);
  await done('POST', '/api/dashboards/db', { dashboard: { uid: 'hidden-board', title: 'Of the second' }, folderUid: 'hidden' }, there);
  await done('POST', '/api/playlists', { name: 'Of the second', interval: '5m', items: [{ type: 'dashboard_by_uid', value: 'hidden-board' }] }, there);
  await done('POST', '/api/teams', { name: 'Of the second' }, there);
}, 60_000);
afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const resources = ['playlist.grafana.app/v1:playlists', 'dashboard.grafana.app/v1beta1:dashboards', 'folder.grafana.app/v1beta1:folders', 'iam.grafana.app/v0alpha1:teams', 'dashboard.grafana.app/v0alpha1:search',
  'notifications.alerting.grafana.app/v0alpha1:receivers', 'iam.grafana.app/v0alpha1:searchTeams', 'preferences.grafana.app/v1alpha1:preferences'];
const inSecond = resources.map((entry) => entry.replace(/^([^:]+):(.*)$/, '/apis/$1/namespaces/org-2/$2'));

test('its own people see it', async () => {
  for (const path of inSecond.slice(0, 5)) expect((await call('GET', path, basic('admin'))).text, path).toContain('Of the second');
});

test.each([
  ['an anonymous visitor of the first', () => ({})], ['an administrator of the first', () => basic('member')], ['a server administrator who is no member', () => basic('boss')],
  ['a service account of the first', () => ({ authorization: `Bearer ${token}` })],
] as const)('%s sees nothing of it', async (_who, credentials) => {
  for (const path of inSecond) {
    const answer = await call('GET', path, credentials());
    expect.soft([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
    expect.soft(answer.text).not.toContain('Of the second');
  }
  for (const path of ['/api/search', '/api/folders', '/api/playlists', '/api/teams/search', '/api/dashboards/uid/hidden-board', '/api/folders/hidden']) {
    for (const named of [await call('GET', path, { ...credentials(), 'x-grafana-org-id': '2' }), await call('GET', `${path}?targetOrgId=2`, credentials())]) {
      expect.soft(`${path}: ${named.text}`).not.toContain('Of the second');
    }
  }
});
