/** With a thing go the rights on it: none is left for whatever gets its name or id later. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../infra/log/log.ts';
import { loadSettings } from '../setting/settings.ts';
import { type BelvedereServer, createServer } from './server.ts';

const dir = mkdtempSync(join(tmpdir(), 'belvedere-grants-'));
let server: BelvedereServer;
let base = '';

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(base + path, { method, headers: { authorization: `Basic ${btoa('admin:admin')}`, 'content-type': 'application/json', ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  expect(answer.status, `${method} ${path}: ${text}`).toBeLessThan(300);
  return text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
}

beforeAll(async () => {
  const settings = loadSettings({
    homePath: resolve(import.meta.dirname, '../..'),
    env: { GF_SERVER_HTTP_PORT: '0', GF_SERVER_HTTP_ADDR: '127.0.0.1', GF_PATHS_DATA: dir, GF_PATHS_LOGS: dir, GF_PATHS_PLUGINS: join(dir, 'plugins'), GF_PATHS_PROVISIONING: join(dir, 'provisioning'), GF_RBAC_CUSTOM_ROLES: 'true' },
  });
  server = createServer({ settings, log: silentLogger });
  base = (await server.start()).address;
}, 180_000);
afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('nothing is left in the tables of roles and permissions', async () => {
  const db = new DatabaseSync(join(dir, 'grafana.db'), { readOnly: true });
  db.exec('PRAGMA busy_timeout = 10000');
  const stored = () => ({
    permissions: db.prepare('select r.name, p.action, p.scope from permission p left join role r on r.id = p.role_id order by 1, 2, 3').all(),
    links: ['user_role', 'team_role', 'builtin_role', 'team_member', 'api_key', 'preferences', 'quota'].map((table) => [table, db.prepare(`select count(*) as n from ${table}`).get()!['n']]),
  });
  // What comes and stays: the managed roles of the basic roles and of the administrator, without permissions.
  await call('POST', '/api/folders', { uid: 'first', title: 'first' });
  await call('DELETE', '/api/folders/first');
  const before = stored();
  expect(before.permissions).toEqual([]);

  await call('POST', '/api/orgs', { name: 'Second' });
  for (const headers of [{ 'x-grafana-org-id': '1' }, { 'x-grafana-org-id': '2' }]) {
    const make = (path: string, body: unknown) => call('POST', path, body, headers);
    const { id: user } = await call('POST', '/api/admin/users', { login: `person-${headers['x-grafana-org-id']}`, password: 'password', orgId: Number(headers['x-grafana-org-id']) });
    const { teamId } = await make('/api/teams', { name: 'crew' });
    const { id: account } = await make('/api/serviceaccounts', { name: 'robot', role: 'Viewer' });
    await make(`/api/serviceaccounts/${account}/tokens`, { name: `key-${account}` });
    await make(`/api/teams/${teamId}/members`, { userId: user });
    await make('/api/folders', { uid: 'top', title: 'top' });
    await make('/api/folders', { uid: 'below', title: 'below', parentUid: 'top' });
    await make('/api/dashboards/db', { dashboard: { uid: 'board', title: 'board' }, folderUid: 'below' });
    await make('/api/dashboards/db', { dashboard: { uid: 'root-board', title: 'root board' } });
    await make('/api/datasources', { uid: 'source', name: 'source', type: 'prometheus', access: 'proxy', url: 'http://127.0.0.1:1' });
    await make('/api/v1/provisioning/contact-points', { uid: 'hook', name: 'Hook', type: 'webhook', settings: { url: 'http://127.0.0.1:1' } });
    for (const resource of ['folders/top', 'folders/below', 'dashboards/board', 'dashboards/root-board']) {
      await make(`/api/access-control/${resource}/users/${user}`, { permission: 'Edit' });
      await make(`/api/access-control/${resource}/users/${account}`, { permission: 'View' });
      await make(`/api/access-control/${resource}/teams/${teamId}`, { permission: 'Admin' });
      await make(`/api/access-control/${resource}/builtInRoles/Viewer`, { permission: 'View' });
    }
    await make(`/api/access-control/serviceaccounts/${account}/users/${user}`, { permission: 'Edit' });
    await make(`/api/access-control/serviceaccounts/${account}/teams/${teamId}`, { permission: 'Edit' });
    const { uid: role } = await make('/api/access-control/roles', { name: `custom:${teamId}`, permissions: [{ action: 'teams:create', scope: '' }] });
    await make(`/api/access-control/users/${user}/roles`, { roleUid: role });
    await make(`/api/access-control/teams/${teamId}/roles`, { roleUid: role });
    await call('PUT', `/api/teams/${teamId}/preferences`, { theme: 'dark' }, headers);
    expect(stored().permissions.length).toBeGreaterThan(20);

    if (headers['x-grafana-org-id'] === '2') {
      await call('POST', '/api/user/using/1');
      await call('DELETE', '/api/orgs/2');
      await call('DELETE', `/api/admin/users/${user}`);
      continue;
    }
    await call('DELETE', '/api/folders/top?forceDeleteRules=true', undefined, headers);
    await call('DELETE', '/api/dashboards/uid/root-board', undefined, headers);
    await call('DELETE', '/api/datasources/uid/source', undefined, headers);
    await call('DELETE', '/api/v1/provisioning/contact-points/hook', undefined, headers);
    await call('DELETE', `/api/serviceaccounts/${account}`, undefined, headers);
    await call('DELETE', `/api/teams/${teamId}`, undefined, headers);
    await call('DELETE', `/api/access-control/roles/${role}?force=true`, undefined, headers);
    await call('DELETE', `/api/admin/users/${user}`);
    expect(stored().permissions).toEqual([]);
  }
  const after = stored();
  db.close();
  expect(after.permissions).toEqual([]);
  expect(after.links).toEqual(before.links);
}, 180_000);
