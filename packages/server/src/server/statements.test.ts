/**
 * A list costs as many statements for many rows as for few (no N+1), on every route that answers one. Routes without a parameter are
 * found by themselves: a new one is measured from its first day. And knowing who asks costs next to nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Logger, silentLogger } from '../infra/log/log.ts';
import { loadSettings } from '../setting/settings.ts';
import { type BelvedereServer, createServer } from './server.ts';

let statements = 0;
const seen: string[] = [];
const counting: Logger = {
  ...silentLogger,
  info: (message, fields) => {
    if (message !== 'Database statement') return;
    statements++;
    seen.push(String(fields?.['sql']));
  },
  child: () => counting,
};

const basic = (user: string) => `Basic ${Buffer.from(`${user}:${user}`).toString('base64')}`;
const dir = mkdtempSync(join(tmpdir(), 'belvedere-lists-'));
let server: BelvedereServer;
let base = '';

beforeAll(async () => {
  const settings = loadSettings({
    homePath: resolve(import.meta.dirname, '../..'),
    env: {
      GF_DATABASE_LOG_QUERIES: 'true', GF_RBAC_CUSTOM_ROLES: 'true', GF_SERVER_HTTP_PORT: '0', GF_SERVER_HTTP_ADDR: '127.0.0.1', GF_AUTH_ANONYMOUS_ENABLED: 'true', GF_PATHS_DATA: dir, GF_PATHS_LOGS: dir,
      GF_PATHS_PLUGINS: join(dir, 'plugins'), GF_PATHS_PROVISIONING: join(dir, 'provisioning'), GF_QUOTA_ENABLED: 'true', GF_QUOTA_ORG_DATA_SOURCE: '100', GF_QUOTA_ORG_API_KEY: '100', GF_QUOTA_ORG_USER: '100',
    },
  });
  server = createServer({ settings, log: counting });
  base = (await server.start()).address;
}, 180_000);
afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came.
async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = { authorization: basic('admin') }): Promise<any> {
  const answer = await fetch(base + path, { method, redirect: 'manual', headers: { ...headers, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (method !== 'GET' && answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
}

const team = { id: 0 };
const account = { id: 0 };
const shared = { token: '-' };

/** One more of everything, by somebody of their own. */
async function grow(from: number, to: number): Promise<void> {
  if (from === 0) {
    await call('POST', '/api/folders', { uid: 'area', title: 'Area' });
    await call('POST', '/api/access-control/folders/area/builtInRoles/Viewer', { permission: 'Edit' });
    team.id = (await call('POST', '/api/teams', { name: 'crew' })).teamId;
    account.id = (await call('POST', '/api/serviceaccounts', { name: 'robot', role: 'Editor' })).id;
    await call('POST', '/api/access-control/roles', { uid: 'custom', name: 'custom', version: 1, permissions: [{ action: 'teams:create', scope: '' }] });
    await call('POST', '/api/datasources', { uid: 'first', name: 'first', type: 'prometheus', access: 'proxy', url: 'http://127.0.0.1:1' });
    await call('POST', '/api/dashboards/db', { dashboard: { uid: 'often', title: 'Often changed' }, folderUid: 'area' });
  }
  for (let i = from; i < to; i++) {
    const login = `person-${i}`;
    const as = { authorization: basic(login) };
    const { id } = await call('POST', '/api/admin/users', { login, password: login, email: `${login}@example.com` });
    await call('PATCH', `/api/org/users/${id}`, { role: 'Editor' });
    await call('POST', '/login', { user: 'admin', password: 'admin' }, {});
    const { orgId } = await call('POST', '/api/orgs', { name: `org-${i}` });
    await call('POST', `/api/orgs/${orgId}/users`, { loginOrEmail: login, role: 'Viewer' });
    const { teamId } = await call('POST', '/api/teams', { name: `team-${i}` });
    await call('POST', `/api/teams/${team.id}/members`, { userId: id });
    await call('POST', `/api/teams/${teamId}/members`, { userId: 1 }).catch(() => {});
    await call('POST', '/api/serviceaccounts', { name: `robot-${i}`, role: 'Viewer' });
    await call('POST', `/api/serviceaccounts/${account.id}/tokens`, { name: `token-${i}` });
    await call('POST', `/api/access-control/serviceaccounts/${account.id}/users/${id}`, { permission: 'Edit' });
    await call('POST', `/api/access-control/folders/area/users/${id}`, { permission: 'Admin' });
    await call('POST', `/api/access-control/folders/area/teams/${teamId}`, { permission: 'View' });
    await call('POST', '/api/access-control/roles', { uid: `role-${i}`, name: `role-${i}`, version: 1, permissions: [{ action: 'teams:create', scope: '' }] });
    await call('POST', `/api/access-control/users/${id}/roles`, { roleUid: 'custom' });
    await call('POST', '/api/access-control/users/1/roles', { roleUid: `role-${i}` });
    await call('POST', `/api/access-control/teams/${team.id}/roles`, { roleUid: `role-${i}` });
    await call('POST', '/api/org/invites', { loginOrEmail: `guest-${i}@example.com`, role: 'Viewer', sendEmail: false });
    await call('GET', '/api/org', undefined, { 'x-grafana-device-id': `device-${i}` });
    const folder = `folder-${i}`;
    await call('POST', '/api/folders', { uid: folder, title: folder }, as);
    await call('POST', '/api/dashboards/db', { dashboard: { uid: `dash-${i}`, title: `Dash ${i}`, tags: [`tag-${i}`] }, folderUid: 'area' }, as);
    await call('POST', '/api/dashboards/db', { dashboard: { uid: 'often', title: `Changed ${i}` }, folderUid: 'area', overwrite: true }, as);
    await call('POST', '/api/library-elements', { uid: `lib-${i}`, name: `lib ${i}`, kind: 1, model: { type: 'text' }, folderUid: 'area' }, as);
    await call('POST', '/api/annotations', { text: `note ${i}`, tags: [`tag-${i}`], dashboardUID: 'often', time: 1_700_000_000_000 + i }, as);
    await call('POST', '/api/query-history', { datasourceUid: 'first', queries: [{ refId: `A${i}` }] });
    await call('POST', `/api/user/stars/dashboard/uid/dash-${i}`);
    await call('POST', '/api/playlists', { name: `playlist ${i}`, interval: '5m', items: [{ type: 'dashboard_by_uid', value: 'often' }] });
    await call('POST', '/api/snapshots', { name: `snap ${i}`, dashboard: { uid: 'often', title: `Snap ${i}` } });
    const { accessToken } = await call('POST', `/api/dashboards/uid/dash-${i}/public-dashboards`, { isEnabled: true, annotationsEnabled: true });
    if (i === 0) shared.token = accessToken;
    await call('POST', '/api/datasources', { uid: `source-${i}`, name: `source ${i}`, type: 'prometheus', access: 'proxy', url: 'http://127.0.0.1:1' });
    await call('POST', '/api/datasources/uid/first/correlations', { targetUID: `source-${i}`, label: `to ${i}`, type: 'query', config: { field: 'a', target: {} } });
    await call('POST', '/api/v1/provisioning/alert-rules', {
      uid: `rule-${i}`, title: `rule ${i}`, folderUID: i % 2 === 0 ? folder : 'area', ruleGroup: `group-${i}`, orgID: 1, condition: 'A', for: '1h', noDataState: 'OK', execErrState: 'OK', isPaused: true,
      data: [{ refId: 'A', datasourceUid: '__expr__', relativeTimeRange: { from: 60, to: 0 }, model: { type: 'math', expression: '0' } }],
    });
    await call('POST', '/api/v1/provisioning/contact-points', { name: `hook ${i}`, type: 'webhook', settings: { url: 'http://127.0.0.1:1' } });
    await call('POST', '/api/v1/provisioning/mute-timings', { name: `mute ${i}`, time_intervals: [] });
  }
}

/** Not lists, slow by nature, refused without parameters or as this server is set up. */
const left = /\/(live|gnet|support-bundles|alertmanager|metrics|frontend|openapi|usage-report-preview|convert|ldap|rules\/history|settings-verbose|admin_config|cloudmigration\/token)(\/|$)|(clear|lookup|user\/quotas|permissions\/search)$/;

function lists(): string[] {
  const found = server.graph.routes.filter(({ method, path }) => method === 'GET' && path.startsWith('/api/') && !/[:{*]/.test(path) && !left.test(path)).map(({ path }) => path);
  const apis = ['iam.grafana.app/v0alpha1:users,teams,serviceaccounts,teambindings,searchUsers,searchTeams', 'dashboard.grafana.app/v1beta1:dashboards', 'folder.grafana.app/v1beta1:folders',
    'playlist.grafana.app/v0alpha1:playlists', 'notifications.alerting.grafana.app/v0alpha1:receivers,timeintervals,templategroups'];
  return [
    ...new Set(found), '/api/access-control/users/permissions/search?actionPrefix=dashboards', '/api/access-control/folders/area', '/api/access-control/dashboards/often',
    `/api/access-control/teams/${team.id}`, `/api/access-control/serviceaccounts/${account.id}`, '/api/folders/area/permissions', '/api/dashboards/uid/often/permissions',
    '/api/access-control/users/1/roles', `/api/access-control/teams/${team.id}/roles`, '/api/access-control/roles/custom/assignments',
    '/api/users?accesscontrol=true', '/api/org/users?accesscontrol=true', '/api/teams/search?accesscontrol=true', '/api/serviceaccounts/search?accesscontrol=true',
    '/api/orgs/1/users', '/api/orgs/1/users/search', '/api/orgs/1/quotas', '/api/users/1/orgs', '/api/users/1/teams', '/api/admin/users/1/auth-tokens', '/api/admin/users/1/quotas',
    `/api/teams/${team.id}/members`, `/api/serviceaccounts/${account.id}/tokens`, '/api/search?query=dash', '/api/search?type=dash-folder', '/api/folders?parentUid=area',
    '/api/dashboards/uid/often', '/api/dashboards/uid/often/versions', '/api/annotations?dashboardUID=often&limit=100', '/api/library-elements?folderFilterUIDs=area', '/api/library-elements/lib-1/connections',
    '/api/datasources/uid/first/correlations', '/api/ruler/grafana/api/v1/rules/area', '/api/ruler/grafana/api/v1/rule/rule-1/versions', '/api/folders/area/counts',
    '/api/ruler/grafana/api/v1/rules/area/group-1', '/api/v1/provisioning/folder/area/rule-groups/group-1', '/api/v1/provisioning/folder/area/rule-groups/group-1/export', '/api/dashboards/ids/1,2,3',
    '/api/access-control/receivers/hook-1', '/api/library-elements/name/lib%201', '/api/plugins/prometheus/dashboards', `/api/public/dashboards/${shared.token}/annotations?from=1700000000000&to=1700000009000`,
    ...apis.flatMap((entry) => {
      const [group = '', resources = ''] = entry.split(':');
      return resources.split(',').map((resource) => `/apis/${group}/namespaces/default/${resource}`);
    }),
  ];
}

/** Routes with a parameter that answer one thing, hand on what somebody else says, or are refused as this server is set up. */
const single = [
  /^\/api\/(dashboards\/uid\/:uid(\/(versions\/:version|public-dashboards))?|(folders|playlists|library-elements|snapshots|short-urls|support-bundles|annotations|datasources|users|teams|orgs|serviceaccounts)\/:\w+)$/,
  /^\/api\/(folders\/id\/:|datasources\/(id|name|uid)\/:\w+$|datasources\/uid\/:uid\/correlations\/:|orgs\/name\/|playlists\/:uid\/items$|teams\/:teamId\/preferences$|user\/invite\/|snapshots-delete\/|v1\/sso-settings\/:)/,
  /^\/api\/(access-control\/roles\/:\w+$|ruler\/grafana\/api\/v1\/rule\/:RuleUID$|v1\/provisioning\/(alert-rules|mute-timings|templates)\/:\w+(\/export)?$|plugins\/:\w+\/(settings|markdown|metrics|health)|public\/dashboards\/:\w+$)/,
  /^\/api\/(datasources\/.*(health|resources|proxy)|plugin-proxy|plugins\/.*resources|gnet|live|alertmanager|convert|admin\/ldap|(prometheus|ruler)\/:DatasourceUID|cloudmigration)/,
];

test('every route with a parameter is measured, or known to answer one thing', () => {
  const measured = lists().map((path) => path.replace(/\?.*/, ''));
  const patterns = server.graph.routes.filter(({ method, path }) => method === 'GET' && path.startsWith('/api/') && /[:*]/.test(path)).map(({ path }) => path);
  const forgotten = new Set(patterns).difference(new Set(patterns.filter((pattern) => {
    const fits = new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+').replace('*', '.*')}$`);
    return single.some((known) => known.test(pattern)) || measured.some((path) => fits.test(path));
  })));
  expect([...forgotten]).toEqual([]);
});

/** The least of a few tries: what runs in the background only adds. */
async function costOf(path: string, login = 'admin'): Promise<{ n: number; status: number; sql: string[] }> {
  let least = { n: Number.POSITIVE_INFINITY, status: 0, sql: [] as string[] };
  for (let attempt = 0; attempt < 2; attempt++) {
    statements = 0;
    seen.length = 0;
    const answer = await fetch(base + path, { redirect: 'manual', headers: { authorization: basic(login) } });
    await answer.arrayBuffer();
    if (statements < least.n) least = { n: statements, status: answer.status, sql: [...seen] };
  }
  return least;
}

test('lists take as many statements for many as for few', async () => {
  await grow(0, 2);
  // Who holds wildcards, and who was given this and that.
  const people = ['admin', 'person-0'];
  const few = new Map<string, Awaited<ReturnType<typeof costOf>>>();
  for (const login of people) for (const path of lists()) few.set(`${login} ${path}`, await costOf(path, login));
  await grow(2, 6);
  const grown: Record<string, unknown> = {};
  const refused: string[] = [];
  for (const [asked, before] of few) {
    const [login = '', path = ''] = asked.split(' ');
    let after = await costOf(path, login);
    // What the background asked at that very moment is not asked again and again.
    for (let again = 0; again < 5 && after.n > before.n; again++) after = await costOf(path, login);
    // One may have been remembered: what grows asks for more than one.
    if (after.n > Math.max(before.n, 1)) grown[asked] = { before: before.n, after: after.n, sql: after.sql.slice(-6) };
    if (after.status >= (login === 'admin' ? 300 : 500)) refused.push(`${after.status} ${asked}`);
  }
  expect(grown).toEqual({});
  expect(refused).toEqual([]);
  // The statistics count a table each.
  expect([...few].filter(([asked, { n }]) => n > (asked.endsWith(' /api/admin/stats') ? 20 : 12))).toEqual([]);
}, 180_000);

test('a request with a session, a token or a password that was seen before asks one small question at most', async () => {
  const login = await fetch(`${base}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user: 'admin', password: 'admin' }) });
  const robot = (await call('POST', '/api/serviceaccounts', { name: 'caller', role: 'Viewer' })).id;
  const { key } = await call('POST', `/api/serviceaccounts/${robot}/tokens`, { name: 'caller' });
  const credentials: Record<string, Record<string, string>> = {
    session: { cookie: login.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ') }, token: { authorization: `Bearer ${key}` }, basic: { authorization: basic('admin') },
  };
  // What the rest of the server does meanwhile is not the request's.
  const ofIdentity = /user_auth_token|api_key|identity_epoch|"user"|org_user|"org"|team_member|permission|login_attempt|user_external_session/;
  const ask = async (headers: Record<string, string>) => {
    seen.length = 0;
    const answer = await fetch(`${base}/api/access-control/user/actions`, { headers });
    await answer.arrayBuffer();
    expect(answer.status).toBe(200);
    return seen.filter((sql) => ofIdentity.test(sql) && !sql.startsWith('update'));
  };
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  try {
    for (const [name, headers] of Object.entries(credentials)) {
      for (let known = false; !known; known = (await ask(headers)).length === 0) await ask(headers);
      // Again at once, after a second, after more than a minute: whatever is remembered runs out in between.
      for (const later of [0, 0, 1_100, 1_100, 500, 1_100, 61_000, 1_100]) {
        vi.setSystemTime(Date.now() + later);
        const asked = await ask(headers);
        if (asked.length > 1 || (later === 0 && asked.length > 0)) expect.soft({ name, later, asked }).toEqual({});
      }
    }
  } finally {
    vi.useRealTimers();
  }
}, 180_000);
