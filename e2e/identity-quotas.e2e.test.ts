/** Quotas (§5.4 of the identity chapter): limits of organizations, of people and of the whole server, on everything that they count. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Answer, basic, type Belvedere, removeFolder, startBelvedere } from './support/belvedere.ts';
import { freshDatabase } from './support/fresh-database.ts';
import { describeWith, mysqlUrl, postgresUrl } from './support/services.ts';

vi.setConfig({ testTimeout: 120_000 });

const outcome = ({ status, body }: Answer) => [status, body.messageId ?? body.message ?? body];
const limits = {
  GF_QUOTA_ENABLED: 'true', GF_QUOTA_ORG_USER: '3', GF_QUOTA_ORG_DASHBOARD: '2', GF_QUOTA_ORG_DATA_SOURCE: '1', GF_QUOTA_ORG_ALERT_RULE: '3', GF_QUOTA_USER_ORG: '2', GF_QUOTA_GLOBAL_USER: '5',
  GF_QUOTA_GLOBAL_ORG: '3', GF_QUOTA_GLOBAL_DASHBOARD: '4', GF_QUOTA_GLOBAL_SESSION: '2', GF_QUOTA_GLOBAL_CORRELATIONS: '1',
};
const rule = (title: string) => ({
  title, condition: 'A', no_data_state: 'OK', exec_err_state: 'OK',
  data: [{ refId: 'A', datasourceUid: '__expr__', relativeTimeRange: { from: 60, to: 0 }, model: { type: 'math', expression: '0' } }],
});
const provisioned = (uid: string) => {
  const { title, condition, data } = rule(uid);
  return { uid, title, condition, data, noDataState: 'OK', execErrState: 'OK', folderUID: 'rules', ruleGroup: 'more', for: '1m' };
};

for (const [database, present] of [['sqlite', 'always'], ['postgres', postgresUrl], ['mysql', mysqlUrl]] as const) {
  describeWith(database, present, `quotas on ${database}`, () => {
    let server: Belvedere;
    let drop = async () => {};
    const call = (method: string, path: string, body?: unknown, init?: Parameters<Belvedere['call']>[3]) => server.call(method, path, body, init);
    const setLimit = (target: string, limit: number) => call('PUT', `/api/orgs/1/quotas/${target}`, { limit });
    const used = async () => Object.fromEntries((await call('GET', '/api/org/quotas')).body.map((quota: { target: string; used: number; limit: number }) => [quota.target, [quota.used, quota.limit]]));

    beforeAll(async () => {
      const fresh = database === 'sqlite' ? undefined : await freshDatabase(database);
      if (fresh) drop = fresh.drop;
      server = await startBelvedere({ env: { ...limits, ...(fresh ? { GF_DATABASE_URL: fresh.url } : {}) } });
    }, 180_000);
    afterAll(async () => {
      await server?.stop();
      await drop();
      if (server) removeFolder(server.dir);
    });

    test('a fresh organization has used its administrator', async () => {
      expect(await used()).toEqual({ org_user: [1, 3], dashboard: [0, 2], data_source: [0, 1], api_key: [0, 10], alert_rule: [0, 3] });
      expect((await call('GET', '/api/admin/users/1/quotas')).body).toEqual([{ user_id: 1, target: 'org_user', limit: 2, used: 1 }]);
      expect((await call('GET', '/api/orgs/99/quotas')).body).toContainEqual({ org_id: 99, target: 'dashboard', limit: 2, used: 0 });
    });

    test('dashboards, by every way in', async () => {
      const save = (uid: string, more: object = {}) => call('POST', '/api/dashboards/db', { dashboard: { uid, title: uid }, ...more });
      const asObject = (name: string) => call('POST', '/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards', { metadata: { name }, spec: { title: name } });
      const first = await save('one');
      expect(first.status).toBe(200);
      expect((await asObject('two')).status).toBe(201);
      expect((await used())['dashboard']).toEqual([2, 2]);
      const refused = await save('three');
      expect([refused.status, refused.body]).toEqual([403, { message: 'Quota reached' }]);
      expect(await asObject('three')).toMatchObject({ status: 403, body: { kind: 'Status', message: expect.stringContaining('Quota reached') } });
      expect(outcome(await call('POST', '/api/dashboards/import', { dashboard: { uid: 'three', title: 'three' }, inputs: [] }))).toEqual([403, 'Quota reached']);
      // What is there may be changed, by whoever says its number.
      expect((await call('POST', '/api/dashboards/db', { dashboard: { id: first.body.id, uid: 'one', title: 'one again' }, overwrite: true })).status).toBe(200);
      expect((await call('POST', '/api/folders', { uid: 'folder', title: 'Folders are not counted' })).status).toBe(200);
      expect(outcome(await setLimit('dashboard', -1))).toEqual([200, 'Organization quota updated']);
      expect((await save('three')).status).toBe(200);
      expect((await save('four')).status).toBe(200);
      // The whole server's limit is left.
      expect(outcome(await save('five'))).toEqual([403, 'Quota reached']);
      expect((await call('DELETE', '/api/dashboards/uid/four')).status).toBe(200);
      expect((await save('five')).status).toBe(200);
    });

    test('data sources and correlations', async () => {
      const add = (name: string) => call('POST', '/api/datasources', { uid: name, name, type: 'grafana-testdata-datasource', access: 'proxy' });
      expect((await add('first')).status).toBe(200);
      expect(outcome(await add('second'))).toEqual([403, 'data_source Quota reached']);
      await setLimit('data_source', 2);
      expect((await add('second')).status).toBe(200);
      expect(outcome(await add('third'))).toEqual([403, 'data_source Quota reached']);
      const correlate = (label: string) => call('POST', '/api/datasources/uid/first/correlations', { targetUID: 'second', label, type: 'query', config: { field: 'a', target: {} } });
      expect((await correlate('a')).status).toBe(200);
      expect(outcome(await correlate('b'))).toEqual([403, 'correlations Quota reached']);
    });

    test('alert rules, by the ruler and by provisioning; a stored limit holds', async () => {
      await call('POST', '/api/folders', { uid: 'rules', title: 'Rules' });
      const group = (...uids: string[]) => call('POST', '/api/ruler/grafana/api/v1/rules/rules', { name: 'group', interval: '1m', rules: uids.map((uid) => ({ grafana_alert: rule(uid), for: '1m' })) });
      expect((await group('a', 'b')).status).toBe(202);
      expect((await used())['alert_rule']).toEqual([2, 3]);
      // As the reference counts: the limit itself is one too many.
      expect(outcome(await group('a', 'b', 'c'))).toEqual([403, 'quota has been exceeded']);
      expect(outcome(await call('POST', '/api/v1/provisioning/alert-rules', provisioned('c')))).toEqual([403, 'quota has been exceeded']);
      expect((await used())['alert_rule']).toEqual([2, 3]);
      expect((await group('a')).status).toBe(202);
      expect((await group('a', 'd')).status).toBe(202);
      await setLimit('alert_rule', 4);
      expect((await call('POST', '/api/v1/provisioning/alert-rules', provisioned('c'))).status).toBe(201);
      expect(outcome(await group('a', 'd', 'e'))).toEqual([403, 'quota has been exceeded']);
    });

    test('members of an organization, and people of the server', async () => {
      for (const login of ['una', 'dora', 'tri']) expect((await call('POST', '/api/admin/users', { login, password: `${login}-pw` })).status).toBe(200);
      // Accounts that an administrator makes are not held up by the organization's limit.
      expect((await used())['org_user']).toEqual([4, 3]);
      await call('POST', '/api/orgs', { name: 'Second' });
      const there = { headers: { 'x-grafana-org-id': '2' } };
      expect((await call('POST', '/api/org/users', { loginOrEmail: 'una', role: 'Viewer' }, there)).status).toBe(200);
      expect((await call('POST', '/api/org/users', { loginOrEmail: 'dora', role: 'Viewer' }, there)).status).toBe(200);
      expect(outcome(await call('POST', '/api/org/users', { loginOrEmail: 'tri', role: 'Viewer' }, there))).toEqual([403, 'org Quota reached']);
      expect(outcome(await call('POST', '/api/org/invites', { loginOrEmail: 'new@example.org', role: 'Viewer', sendEmail: false }))).toEqual([200, 'Created invite for new@example.org']);
      const [{ code }] = (await call('GET', '/api/org/invites')).body;
      expect((await call('POST', '/api/admin/users', { login: 'quint', password: 'quint' })).status).toBe(200);
      expect(outcome(await call('POST', '/api/org/invites', { loginOrEmail: 'other@example.org', role: 'Viewer', sendEmail: false }))).toEqual([403, 'user Quota reached']);
      // Who was invited in time may come.
      expect((await call('POST', '/api/user/invite/complete', { inviteCode: code, email: 'new@example.org', username: 'new', password: 'password' }, { auth: '' })).status).toBe(200);
      expect(outcome(await call('POST', '/api/org/users', { loginOrEmail: 'tri', role: 'Viewer' }, there))).toEqual([403, 'user Quota reached']);
    });

    test('organizations, by person and by server', async () => {
      expect(outcome(await call('POST', '/api/orgs', { name: 'Third' }))).toEqual([403, 'org Quota reached']);
      expect(outcome(await call('PUT', '/api/admin/users/1/quotas/org_user', { limit: -1 }))).toEqual([200, 'Organization quota updated']);
      expect((await call('POST', '/api/orgs', { name: 'Third' })).status).toBe(200);
      expect(outcome(await call('POST', '/api/orgs', { name: 'Fourth' }))).toEqual([403, 'org Quota reached']);
    });

    test('sessions', async () => {
      const signIn = () => call('POST', '/login', { user: 'una', password: 'una-pw' }, { auth: '' });
      // One is that of the invited.
      expect((await signIn()).status).toBe(200);
      expect(outcome(await signIn())).toEqual([403, 'auth Quota reached']);
      expect((await call('POST', '/api/admin/users/2/logout')).status).toBe(200);
      expect((await signIn()).status).toBe(200);
    });

    test('setting limits', async () => {
      const una = { auth: basic('una', 'una-pw') };
      expect((await call('GET', '/api/org/quotas', undefined, una)).status).toBe(200);
      expect(await call('PUT', '/api/orgs/1/quotas/dashboard', { limit: 5 }, una)).toMatchObject({ status: 403, body: { message: expect.stringMatching(/Permissions needed: orgs.quotas:write$/) } });
      expect((await call('GET', '/api/admin/users/1/quotas', undefined, una)).status).toBe(403);
      expect(outcome(await call('PUT', '/api/orgs/1/quotas/teapots', { limit: 1 }))).toEqual([400, 'quota.invalid-target-table']);
      for (const body of ['{"limit":"x"}', '{', undefined]) expect(outcome(await call('PUT', '/api/orgs/1/quotas/dashboard', body))).toEqual([400, 'quota.bad-request']);
      expect(outcome(await call('GET', '/api/user/quotas'))).toEqual([400, 'quota.bad-request']);
      // A user has no such limit, which is not an error; an organization that is not there may have one.
      for (const path of ['/api/admin/users/1/quotas/dashboard', '/api/orgs/99/quotas/dashboard']) expect(outcome(await call('PUT', path, { limit: 7 }))).toEqual([200, 'Organization quota updated']);
      expect((await call('GET', '/api/orgs/99/quotas')).body).toContainEqual({ org_id: 99, target: 'dashboard', limit: 7, used: 0 });
      // 0 leaves a stored limit as it is; where none is stored it allows nothing.
      await setLimit('data_source', 0);
      expect((await used())['data_source']).toEqual([2, 2]);
      await setLimit('api_key', 0);
      expect((await used())['api_key']).toEqual([0, 0]);
    });
  });
}
