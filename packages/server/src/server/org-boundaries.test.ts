/** Nobody looks into an organization that they do not belong to, whichever way they name it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { silentLogger } from '../infra/log/log.ts';
import { loadSettings } from '../setting/settings.ts';
import { type BelvedereServer, createServer } from './server.ts';

vi.setConfig({ testTimeout: 120_000 });

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
}, 180_000);

/** What somebody made in the second organization, by the paths that lead to it. */
async function furnish() {
  const there = { ...basic('admin'), 'x-grafana-org-id': '2' };
  const make = (path: string, body: unknown, method = 'POST') => done(method, path, body, there);
  const [{ id: guest }, { teamId }, { id: account }] = [await done('POST', '/api/admin/users', { login: 'guest', password: 'guest', orgId: 2 }), await make('/api/teams', { name: 'crew' }), await make('/api/serviceaccounts', { name: 'robot', role: 'Viewer' })];
  const { id: tokenId } = await make(`/api/serviceaccounts/${account}/tokens`, { name: 'key' });
  await make(`/api/teams/${teamId}/members`, { userId: guest });
  for (const uid of ['source', 'target']) await make('/api/datasources', { uid, name: uid, type: 'prometheus', access: 'proxy', url: 'http://127.0.0.1:1', jsonData: { note: 'Of the second' } });
  const { result: { uid: correlation } } = await make('/api/datasources/uid/source/correlations', { targetUID: 'target', label: 'Of the second', type: 'query', config: { field: 'a', target: {} } });
  await make('/api/library-elements', { uid: 'panel', name: 'Of the second', kind: 1, model: { type: 'text' }, folderUid: 'hidden' });
  const { id: annotation } = await make('/api/annotations', { text: 'Of the second', dashboardUID: 'hidden-board', time: 1_700_000_000_000 });
  const { id: note } = await make('/api/annotations', { text: 'Of the second', time: 1_700_000_000_000 });
  const { uid: short } = await make('/api/short-urls', { path: 'd/hidden-board/of-the-second' });
  const { uid: shared } = await make('/api/dashboards/uid/hidden-board/public-dashboards', { isEnabled: true });
  await make('/api/v1/provisioning/alert-rules', {
    uid: 'rule', title: 'Of the second', folderUID: 'hidden', ruleGroup: 'group', orgID: 2, condition: 'A', for: '1h', noDataState: 'OK', execErrState: 'OK', isPaused: true,
    data: [{ refId: 'A', datasourceUid: '__expr__', relativeTimeRange: { from: 60, to: 0 }, model: { type: 'math', expression: '0' } }],
  });
  await make('/api/v1/provisioning/contact-points', { uid: 'hook', name: 'Of the second', type: 'webhook', settings: { url: 'http://127.0.0.1:1' } });
  await make('/api/v1/provisioning/mute-timings', { name: 'Of the second', time_intervals: [] });
  await make('/api/org/invites', { loginOrEmail: 'new@example.org', role: 'Viewer', sendEmail: false });
  const [{ code }] = await done('GET', '/api/org/invites', undefined, there);
  const [{ uid: playlist }] = await done('GET', '/api/playlists', undefined, there);
  const read = [
    `/api/teams/${teamId}`, `/api/teams/${teamId}/members`, `/api/access-control/teams/${teamId}`, `/api/serviceaccounts/${account}`, `/api/serviceaccounts/${account}/tokens`, `/api/access-control/serviceaccounts/${account}`,
    '/api/datasources/uid/source', '/api/datasources/name/source', '/api/datasources/uid/source/correlations', `/api/datasources/uid/source/correlations/${correlation}`, '/api/library-elements/panel', '/api/library-elements/name/Of%20the%20second',
    '/api/library-elements/panel/connections', `/api/annotations/${annotation}`, `/api/annotations/${note}`, '/api/annotations', '/api/dashboards/uid/hidden-board/versions', '/api/dashboards/uid/hidden-board/permissions',
    '/api/dashboards/uid/hidden-board/public-dashboards', '/api/dashboards/public-dashboards', '/api/folders/hidden/permissions', '/api/access-control/folders/hidden', '/api/access-control/dashboards/hidden-board', '/api/v1/provisioning/alert-rules/rule',
    '/api/ruler/grafana/api/v1/rules', '/api/ruler/grafana/api/v1/rule/rule', '/api/v1/provisioning/contact-points', '/api/v1/provisioning/mute-timings', '/api/org/invites', '/api/org/users', `/api/playlists/${playlist}`, `/api/playlists/${playlist}/items`,
    '/api/orgs/2', '/api/orgs/2/users', '/api/orgs/2/quotas', `/api/short-urls/${short}`,
  ];
  const write: [method: string, path: string, body?: unknown][] = [
    ['PUT', `/api/teams/${teamId}`, { name: 'taken' }], ['DELETE', `/api/teams/${teamId}`], ['POST', `/api/teams/${teamId}/members`, { userId: 2 }], ['PUT', `/api/teams/${teamId}/members`, { members: [], admins: [] }],
    ['DELETE', `/api/teams/${teamId}/members/${guest}`], ['POST', `/api/access-control/teams/${teamId}/users/2`, { permission: 'Admin' }], ['PATCH', `/api/serviceaccounts/${account}`, { name: 'taken', isDisabled: true }],
    ['DELETE', `/api/serviceaccounts/${account}/tokens/${tokenId}`], ['POST', `/api/serviceaccounts/${account}/tokens`, { name: 'mine' }], ['DELETE', `/api/serviceaccounts/${account}`], ['POST', `/api/access-control/serviceaccounts/${account}/users/2`, { permission: 'Admin' }],
    ['PUT', '/api/datasources/uid/source', { name: 'taken', type: 'prometheus', access: 'proxy' }], ['DELETE', '/api/datasources/uid/source'], ['DELETE', '/api/datasources/name/source'], ['DELETE', `/api/datasources/uid/source/correlations/${correlation}`],
    ['POST', '/api/ds/query', { queries: [{ refId: 'A', datasource: { uid: 'source' } }] }], ['PATCH', '/api/library-elements/panel', { kind: 1, version: 1, name: 'taken' }], ['DELETE', '/api/library-elements/panel'],
    ['PUT', `/api/annotations/${annotation}`, { text: 'taken' }], ['DELETE', `/api/annotations/${note}`], ['DELETE', '/api/dashboards/uid/hidden-board'], ['POST', '/api/dashboards/uid/hidden-board/restore', { version: 1 }],
    ['PATCH', `/api/dashboards/uid/hidden-board/public-dashboards/${shared}`, { isEnabled: false }], ['DELETE', `/api/dashboards/uid/hidden-board/public-dashboards/${shared}`], ['PUT', '/api/folders/hidden', { title: 'taken', overwrite: true }],
    ['DELETE', '/api/folders/hidden'], ['POST', '/api/folders/hidden/permissions', { items: [] }], ['POST', '/api/access-control/folders/hidden/users/2', { permission: 'Admin' }],
    ['DELETE', `/api/playlists/${playlist}`], ['PATCH', '/api/ruler/grafana/api/v1/rules/hidden', { is_paused: false }], ['DELETE', '/api/ruler/grafana/api/v1/rules/hidden'], ['PATCH', `/api/org/invites/${code}/revoke`],
    ['PATCH', `/api/org/users/${guest}`, { role: 'Admin' }], ['PUT', '/api/orgs/2', { name: 'taken' }], ['DELETE', '/api/orgs/2'], ['POST', '/api/orgs/2/users', { loginOrEmail: 'member', role: 'Admin' }], ['PATCH', `/api/orgs/2/users/${guest}`, { role: 'Admin' }],
    ['DELETE', `/api/orgs/2/users/${guest}`], ['POST', '/api/user/using/2'], ['PUT', '/api/orgs/2/quotas/dashboard', { limit: 1 }],
  ];
  /** Everything as it stands, for comparison; without what goes with the time. */
  const state = async () => {
    const texts: Record<string, string> = {};
    for (const path of read) texts[path] = (await call('GET', path, there)).text.replace(/"(accessErrorId|lastSeenAt|lastSeenAtAge|lastUsedAt)":"[^"]*"/g, '');
    return texts;
  };
  return { read, write, state };
}
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

test('an administrator of another organization neither reads nor changes what is in it, by whichever id', async () => {
  const { read, write, state } = await furnish();
  const before = await state();
  for (const path of read) {
    const answer = await call('GET', path, basic('member'));
    expect.soft(`${path}: ${answer.status} ${answer.text}`).not.toMatch(/Of the second|"guest"|robot|crew|new@example/);
  }
  for (const [method, path, body] of write) {
    const answer = await call(method, path, basic('member'), body);
    // Deleting what one does not have may be told as done.
    if (answer.status < 400) expect.soft(`${method} ${path}: ${answer.status} ${answer.text}`).toMatch(/^(DELETE \/api\/(annotations|ruler)|PATCH \/api\/ruler)/);
    expect.soft(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(500);
  }
  expect(await state()).toEqual(before);
}, 180_000);
