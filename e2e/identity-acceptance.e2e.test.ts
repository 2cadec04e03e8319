/** The acceptance scenarios of the identity chapter, one test each under its number; and what nobody may get by trying. */
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, basic, type Belvedere, removeFolder, startBelvedere } from './support/belvedere.ts';
import { freshDatabase } from './support/fresh-database.ts';
import { describeWith, mysqlUrl, postgresUrl } from './support/services.ts';

const outcome = ({ status, body }: Answer) => [status, body.messageId ?? body.message ?? body];
const sessionOf = ({ headers }: Answer) => /grafana_session=([0-9a-f]{32})/.exec(headers.getSetCookie().join())?.[1] ?? '';
const none = { auth: '' };
/** Passwords that are no words of their own, so that they can be looked for. */
const word = (login: string) => `${login}-pass-word-7Q`;

for (const [database, present] of [['sqlite', 'always'], ['postgres', postgresUrl], ['mysql', mysqlUrl]] as const) describeWith(database, present, `a fresh server on ${database}`, () => {
  let server: Belvedere;
  let drop = async () => {};
  const ids = { bob: 0, viewer: 0, editor: 0, second: 0, team: 0, account: 0 };
  const viewer = { auth: basic('viewer', word('viewer')) };
  const editor = { auth: basic('editor', word('editor')) };
  const secrets = new Set<string>();
  const answers: string[] = [];
  /** Remembers every secret that goes either way, and every answer. */
  const call = async (method: string, path: string, body?: unknown, init?: Parameters<Belvedere['call']>[3]) => {
    for (const [, secret] of JSON.stringify(body ?? '').matchAll(/"(?:\w*[pP]assword|clientSecret|inviteCode)":"([^"]{6,})"/g)) secrets.add(secret!);
    if (init?.auth) secrets.add(init.auth.replace(/^\w+ /, ''));
    const answer = await server.call(method, path, body, init);
    const text = JSON.stringify(answer.body);
    for (const [, secret] of text.matchAll(/"(?:key|code)":"([^"]{30,})"/g)) secrets.add(secret!);
    for (const line of answer.headers.getSetCookie()) secrets.add(/=([0-9a-f]{32});/.exec(line)?.[1] ?? '');
    answers.push(text);
    return answer;
  };
  const signIn = (user = 'admin', password = 'admin') => call('POST', '/login', { user, password }, none);
  const withSession = (token: string, headers: Record<string, string> = {}) => ({ auth: '', headers: { cookie: `grafana_session=${token}`, ...headers } });

  beforeAll(async () => {
    const fresh = database === 'sqlite' ? undefined : await freshDatabase(database);
    if (fresh) drop = fresh.drop;
    // Nothing that the server could say goes unsaid.
    server = await startBelvedere({ env: { GF_LOG_LEVEL: 'debug', GF_SERVER_ROUTER_LOGGING: 'true', GF_DATABASE_LOG_QUERIES: 'true', ...(fresh ? { GF_DATABASE_URL: fresh.url } : {}) } });
    for (const login of ['viewer', 'editor', 'second'] as const) ids[login] = (await call('POST', '/api/admin/users', { login, password: word(login) })).body.id;
    await call('PATCH', `/api/org/users/${ids.editor}`, { role: 'Editor' });
  }, 180_000);
  afterAll(async () => {
    await server?.stop();
    await drop();
    if (server) removeFolder(server.dir);
  });

  test('1 no credentials', async () => {
    expect(await call('GET', '/api/org', undefined, none)).toMatchObject({ status: 401, body: { messageId: 'auth.unauthorized', message: 'Unauthorized', statusCode: 401, extra: null, traceID: '' } });
  });
  test('2 a path that does not exist', async () => {
    expect((await call('GET', '/api/does-not-exist', undefined, none)).status).toBe(401);
    expect(await call('GET', '/api/does-not-exist')).toMatchObject({ status: 404, body: { message: 'Not found' } });
  });
  test('3 another method is another path', async () => {
    expect(outcome(await call('PUT', '/api/users/lookup', { name: 'x' }))).toEqual([404, 'User not found']);
    expect(outcome(await call('PATCH', '/api/users/1'))).toEqual([404, 'Not found']);
  });
  test('4 a trailing slash and the headers of every answer', async () => {
    const [plain, slash] = [await call('GET', '/api/org'), await call('GET', '/api/org/')];
    expect([slash.status, slash.body]).toEqual([200, plain.body]);
    const { headers } = plain;
    expect(['cache-control', 'x-content-type-options', 'x-frame-options', 'x-xss-protection'].map((name) => headers.get(name))).toEqual(['no-store', 'nosniff', 'deny', '1; mode=block']);
  });
  test('5 HEAD', async () => expect(await call('HEAD', '/api/health', undefined, none)).toMatchObject({ status: 200, body: '' }));
  test('6 a page leads to the login page', async () => {
    const answer = await call('GET', '/explore?left=x', undefined, none);
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/login?redirectTo=%2Fexplore%3Fleft%3Dx']);
  });
  test('7 signing in', async () => {
    const answer = await signIn();
    expect([answer.status, answer.body]).toEqual([200, { message: 'Logged in', redirectUrl: '/' }]);
    const [session = '', expiry = ''] = ['grafana_session=', 'grafana_session_expiry='].map((name) => answer.headers.getSetCookie().find((line) => line.startsWith(name)));
    for (const part of [/^grafana_session=[0-9a-f]{32};/, /HttpOnly/, /SameSite=Lax/, /Max-Age=2592000/]) expect(session).toMatch(part);
    expect(expiry).not.toMatch(/HttpOnly/);
    expect(Math.abs(Number(/=(\d+)/.exec(expiry)?.[1]) - Date.now() / 1000 - 595)).toBeLessThan(5);
  });
  test('8 a wrong password', async () => {
    expect(await signIn('viewer', 'wrong')).toMatchObject({ status: 401, body: { messageId: 'password-auth.failed', message: 'Invalid username or password' } });
  });
  test('9 five wrong ones block the right one, until an administrator sets another', async () => {
    const { body } = await call('POST', '/api/admin/users', { login: 'guessed', password: word('right') });
    for (let i = 0; i < 5; i++) await signIn('guessed', `wrong-${i}`);
    expect(outcome(await signIn('guessed', word('right')))).toEqual([401, 'password-auth.failed']);
    expect(outcome(await signIn('GUESSED', word('right')))).toEqual([401, 'password-auth.failed']);
    expect((await call('PUT', `/api/admin/users/${body.id}/password`, { password: word('other') })).status).toBe(200);
    expect((await signIn('guessed', word('other'))).status).toBe(200);
  });
  test('10 a form that is none', async () => {
    expect(outcome(await call('POST', '/login', '{"user":"admin","password":"admin"}', { auth: '', headers: { 'content-type': 'text/plain' } }))).toEqual([400, 'form-auth.invalid']);
  });
  // The clock cannot be moved from outside, but the file of SQLite can be written; the session store's own tests run on every database.
  if (database === 'sqlite') test('11 a session must be renewed after ten minutes', async () => {
    const old = sessionOf(await signIn('second', word('second')));
    expect((await call('GET', '/api/user', undefined, withSession(old))).status).toBe(200);
    const db = new DatabaseSync(`${server.dir}/data/grafana.db`);
    db.exec('PRAGMA busy_timeout = 5000');
    db.exec(`UPDATE user_auth_token SET rotated_at = rotated_at - 660 WHERE user_id = ${ids.second}`);
    db.close();
    await expect.poll(async () => outcome(await call('GET', '/api/user', undefined, withSession(old))), { timeout: 5_000 }).toEqual([401, 'session.token.rotate']);
    const rotated = await call('POST', '/api/user/auth-tokens/rotate', undefined, withSession(old));
    expect([rotated.status, rotated.body, rotated.headers.getSetCookie()]).toMatchObject([200, {}, { length: 2 }]);
    expect((await call('GET', '/api/user', undefined, withSession(sessionOf(rotated)))).status).toBe(200);
    await expect.poll(async () => outcome(await call('GET', '/api/user', undefined, withSession(old))), { timeout: 5_000 }).toEqual([401, 'session.token.rotate']);
  });
  test('12 renewing nothing', async () => {
    const answer = await call('POST', '/api/user/auth-tokens/rotate', undefined, none);
    expect(answer.status).toBe(401);
    expect(answer.headers.getSetCookie().map((line) => /^(\w+)=;/.exec(line)?.[1])).toEqual(['grafana_session', 'grafana_session_expiry']);
  });
  test('13 signing out', async () => {
    const token = sessionOf(await signIn());
    const out = await call('GET', '/logout', undefined, withSession(token));
    expect([out.status, out.headers.get('location'), out.headers.getSetCookie().length]).toEqual([302, '/login', 2]);
    expect((await call('GET', '/api/user', undefined, withSession(token))).status).toBe(401);
  });
  test('14 another site cannot act with the cookie', async () => {
    const token = sessionOf(await signIn());
    expect(await call('POST', '/api/teams', { name: 'csrf' }, withSession(token, { origin: 'http://evil.example' }))).toMatchObject({ status: 403, body: expect.stringContaining('origin not allowed') });
    expect((await call('GET', '/api/org', undefined, withSession(token, { origin: 'http://evil.example' }))).status).toBe(403);
    expect((await call('POST', '/api/teams', { name: 'csrf' }, withSession(token, { origin: 'http://127.0.0.1:1' }))).status).toBe(200);
  });
  test('17 a service account', async () => {
    const made = await call('POST', '/api/serviceaccounts', { name: 'ci bot', role: 'viewer' });
    expect(made).toMatchObject({ status: 201, body: { login: 'sa-1-ci-bot', role: 'Viewer', tokens: 0 } });
    ids.account = made.body.id;
    expect(outcome(await call('POST', '/api/serviceaccounts', { name: 'ci bot', role: 'viewer' }))).toEqual([400, 'serviceaccounts.ErrAlreadyExists']);
  });
  test('18–20 its token', async () => {
    const { body: { key } } = await call('POST', `/api/serviceaccounts/${ids.account}/tokens`, { name: 't' });
    expect(key).toMatch(/^glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}$/);
    const bearer = (token: string, headers: Record<string, string> = {}) => ({ auth: `Bearer ${token}`, headers });
    expect((await call('GET', '/api/user', undefined, bearer(key))).body).toMatchObject({ id: 0, uid: `service-account:${ids.account}` });
    expect((await call('PUT', '/api/user', { name: 'x' }, bearer(key))).status).toBe(304);
    const changed = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
    expect(outcome(await call('GET', '/api/org', undefined, bearer(changed)))).toEqual([401, 'api-key.invalid']);
    expect(await call('GET', '/api/org', undefined, bearer('glsa_iNValIdinValiDinvalidinvalidinva_5b582697'))).toMatchObject({ status: 401, body: { message: 'Unauthorized', traceID: '' } });
    expect(outcome(await call('GET', '/api/org', undefined, bearer(key, { 'x-grafana-org-id': '2' })))).toEqual([401, 'api-key.organization-mismatch']);
  });
  test('22 a viewer makes no team', async () => {
    const { status, body } = await call('POST', '/api/teams', { name: 'x' }, viewer);
    expect([status, body.title]).toEqual([403, 'Access denied']);
    expect(body.accessErrorId).toMatch(/^ACE\d{10}$/);
    expect(body.message).toMatch(/Permissions needed: teams:create$/);
  });
  test('23 a user, once', async () => {
    const made = await call('POST', '/api/admin/users', { login: 'Bob', password: word('bob') });
    expect(made).toMatchObject({ status: 200, body: { id: expect.any(Number), uid: expect.any(String), message: 'User created' } });
    ids.bob = made.body.id;
    expect((await call('GET', '/api/users/lookup?loginOrEmail=BOB')).body).toMatchObject({ login: 'bob', email: 'bob' });
    expect(outcome(await call('POST', '/api/admin/users', { login: 'Bob', password: word('bob') }))).toEqual([412, "User with email '' or username 'Bob' already exists"]);
  });
  test('24 short passwords', async () => {
    expect(outcome(await call('POST', '/api/admin/users', { login: 'short', password: 'abc' }))).toEqual([400, 'password.password-policy-too-short']);
    // The reference answers 500 to the second.
    expect(outcome(await call('PUT', `/api/admin/users/${ids.bob}/password`, { password: 'abc' }))).toEqual([400, 'password.password-policy-too-short']);
  });
  test('25 the last administrator stays one', async () => {
    expect(outcome(await call('PUT', '/api/admin/users/1/permissions', { isGrafanaAdmin: false }))).toEqual([400, 'cannot remove last grafana admin']);
  });
  test('26–28 organizations', async () => {
    const { status, body } = await call('POST', '/api/orgs', { name: 'o2' });
    expect([status, body.orgId]).toEqual([200, expect.any(Number)]);
    expect((await call('GET', '/api/org', undefined, { headers: { 'x-grafana-org-id': '99' } })).body.accessErrorId).toMatch(/^ACE/);
    expect((await call('GET', '/api/orgs', undefined, { headers: { 'x-grafana-org-id': '99' } })).body).toHaveLength(2);
    const token = sessionOf(await signIn());
    const moved = await call('GET', `/api/org?orgId=${body.orgId}`, undefined, withSession(token));
    expect([moved.status, moved.headers.get('location')]).toEqual([302, `/api/org?orgId=${body.orgId}`]);
    expect((await call('GET', '/api/org', undefined, withSession(token))).body.name).toBe('o2');
    await call('POST', '/api/user/using/1');
    expect((await call('GET', '/api/orgs?perpage=1&page=1')).body).toMatchObject([{ name: 'o2' }]);
  });
  test('30–31 invitation and sign-up', async () => {
    expect(outcome(await call('POST', '/api/org/invites', { loginOrEmail: 'z@z.io', role: 'Viewer', sendEmail: false }))).toEqual([200, 'Created invite for z@z.io']);
    const [{ code }] = (await call('GET', '/api/org/invites')).body;
    expect((await call('GET', `/api/user/invite/${code}`, undefined, none)).body).toMatchObject({ email: 'z@z.io', username: 'z@z.io', orgName: 'Main Org.' });
    const complete = () => call('POST', '/api/user/invite/complete', { inviteCode: code, email: 'z@z.io', username: 'zed', password: word('zed'), confirmPassword: word('zed') }, none);
    const done = await complete();
    expect([outcome(done), sessionOf(done).length]).toEqual([[200, 'User created and logged in'], 32]);
    expect(outcome(await complete())).toEqual([412, 'Invite cannot be used in status Completed']);
    expect(outcome(await call('POST', '/api/user/signup', { email: 'a@b.io' }, none))).toEqual([401, 'User signup is disabled']);
  });
  test('32 preferences', async () => {
    await call('PUT', '/api/user/preferences', { theme: 'light', queryHistory: { homeTab: 'query' } });
    await call('PUT', '/api/user/preferences', { theme: 'dark' });
    expect((await call('GET', '/api/user/preferences')).body).toEqual({ theme: 'dark' });
    expect(outcome(await call('PUT', '/api/user/preferences', { theme: 'nope' }))).toEqual([400, 'Invalid theme']);
  });
  test('33 quotas', async () => {
    expect(outcome(await call('GET', '/api/user/quotas'))).toEqual([400, 'quota.bad-request']);
    expect((await call('GET', '/api/org/quotas')).body.message).toBe('failed to get quota');
  });
  test('34 members of a team', async () => {
    const { teamId, uid } = (await call('POST', '/api/teams', { name: 'crew' })).body;
    ids.team = teamId;
    expect((await call('GET', `/api/teams/${teamId}/members`)).body).toMatchObject([{ login: 'admin', permission: 4 }]);
    await call('PUT', `/api/teams/${uid}/members`, { members: ['bob'], admins: [] });
    expect((await call('GET', `/api/teams/${teamId}/members`)).body).toMatchObject([{ login: 'bob', permission: 0 }]);
    expect((await call('GET', '/api/access-control/user/permissions', undefined, { auth: basic('bob', word('bob')) })).body['teams:read']).toContain(`teams:id:${teamId}`);
  });
  test('35–38 permissions on a folder', async () => {
    const { uid } = (await call('POST', '/api/folders', { title: 'of an editor' }, editor)).body;
    expect((await call('GET', `/api/access-control/folders/${uid}`, undefined, viewer)).status).toBe(403);
    const { body } = await call('GET', `/api/access-control/folders/${uid}`, undefined, editor);
    expect([body[0], body.at(-1)]).toMatchObject([{ userLogin: 'editor', permission: 'Admin' }, { builtInRole: 'Admin', isManaged: false, roleName: '' }]);
    expect(body.slice(1, -1)).toEqual(expect.arrayContaining([expect.objectContaining({ builtInRole: 'Editor', permission: 'Edit' }), expect.objectContaining({ builtInRole: 'Viewer', permission: 'View' })]));
    expect((await call('GET', `/api/folders/${uid}`, undefined, viewer)).status).toBe(200);
    expect(outcome(await call('POST', `/api/access-control/folders/${uid}/builtInRoles/Viewer`, { permission: '' }, editor))).toEqual([200, 'Permission removed']);
    expect((await call('GET', `/api/folders/${uid}`, undefined, viewer)).status).toBe(403);
    expect(await call('POST', `/api/access-control/folders/${uid}/users/999`, { permission: 'View' })).toMatchObject({ status: 400, body: { messageId: 'accesscontrol.assignmentEntityNotFound', extra: { assignment: 'user' } } });
    expect(outcome(await call('POST', `/api/access-control/teams/${ids.team}/users/${ids.bob}`, { permission: 'Owner' }))).toEqual([400, 'resourcePermissions.invalidPermission']);
    const dashboard = (await call('POST', '/api/dashboards/db', { dashboard: { title: 'd' }, folderUid: uid })).body.uid;
    expect(outcome(await call('POST', `/api/access-control/dashboards/${dashboard}/users/${ids.bob}`, { permission: 'Owner' }))).toEqual([200, 'Permission updated']);
    expect((await call('GET', `/api/dashboards/uid/${dashboard}`, undefined, { auth: basic('bob', word('bob')) })).status).toBe(403);
  });
  test('39 a dashboard that is missing', async () => {
    expect((await call('GET', '/api/dashboards/uid/missing')).status).toBe(404);
    expect(await call('GET', '/api/dashboards/uid/missing', undefined, viewer)).toMatchObject({ status: 404, body: { title: 'Not found' } });
  });
  test('40 what a viewer may', async () => {
    const { body } = await call('GET', '/api/access-control/user/permissions', undefined, viewer);
    expect(body).toMatchObject({ 'datasources:query': expect.arrayContaining(['datasources:*']), 'orgs:read': [''], 'folders:read': expect.arrayContaining(['folders:uid:general', 'folders:uid:sharedwithme']) });
    expect(body['datasources:explore']).toBeUndefined();
  });
  test('41 access-control metadata', async () => {
    expect((await call('GET', `/api/teams/${ids.team}?accesscontrol=true`)).body.accessControl['teams:write']).toBe(true);
    expect((await call('GET', `/api/teams/${ids.team}`)).body.accessControl).toBeNull();
  });
  test('29 removing the last membership removes the account', async () => {
    expect(outcome(await call('DELETE', `/api/org/users/${ids.bob}`))).toEqual([200, 'User deleted']);
    expect((await call('GET', `/api/users/${ids.bob}`)).status).toBe(404);
  });
  test('42 settings of a provider', async () => {
    expect((await call('PUT', '/api/v1/sso-settings/github', { settings: { clientId: 'x', clientSecret: word('client'), enabled: false } })).status).toBe(204);
    const stored = await call('GET', '/api/v1/sso-settings/github');
    expect([stored.body.source, stored.body.settings.clientSecret, stored.headers.get('etag')]).toEqual(['database', '*********', expect.stringMatching(/^[0-9a-f]+$/)]);
    expect((await call('DELETE', '/api/v1/sso-settings/github')).status).toBe(204);
    expect((await call('GET', '/api/v1/sso-settings/github')).body.source).toBe('system');
    expect(outcome(await call('GET', '/api/v1/sso-settings/grafana_com'))).toEqual([404, 'sso.notFound']);
  });
  test('43 signing keys', async () => {
    const { status, body } = await call('GET', '/api/signing-keys/keys', undefined, none);
    expect(status).toBe(200);
    for (const key of body.keys) expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', kid: expect.stringMatching(/^id-\d{4}-\d{2}-es256$/) });
  });
  test('44 LDAP, when it is off', async () => {
    expect((await call('POST', '/api/admin/ldap/reload')).status).toBe(410);
    expect(outcome(await call('GET', '/api/admin/ldap/status'))).toEqual([400, 'LDAP is not enabled']);
  });

  test('no redirect leads to another site', async () => {
    const token = sessionOf(await signIn('second', word('second')));
    for (const target of ['//evil.example', 'https://evil.example', '/\\evil.example', '/%2F/evil.example', '/../../evil', '/a//evil.example', 'javascript:alert(1)']) {
      const answer = await call('GET', `/user/auth-tokens/rotate?redirectTo=${encodeURIComponent(target)}`, undefined, withSession(token));
      expect([answer.status, answer.headers.get('location')]).toEqual([302, '/']);
      const page = await call('GET', `/login?redirectTo=${encodeURIComponent(target)}`, undefined, withSession(token));
      expect([page.status, page.headers.get('location')]).toEqual([302, '/']);
      expect((await call('GET', `${target.startsWith('/') ? target : '/'}?orgId=1`, undefined, withSession(token))).headers.get('location') ?? '').not.toMatch(/^(https?:)?\/\/(?!127)/);
    }
  });

  test('a short link leads to this server only', async () => {
    for (const path of ['//evil.example', 'https://evil.example/', '/\\evil.example', 'javascript:alert(1)', '../../evil', '@evil.example', '.evil.example', '\tevil']) {
      const made = await call('POST', '/api/short-urls', { path });
      if (made.status !== 200) continue;
      const gone = await call('GET', `/goto/${made.body.uid}`);
      const target = gone.headers.get('location');
      if (target !== null) expect([path, new URL(target, server.base).origin]).toEqual([path, server.base.replace('127.0.0.1', 'localhost')]);
    }
  });

  test('neither the log nor an answer knows a secret', async () => {
    await signIn('admin', word('mistyped'));
    await call('GET', '/api/org', undefined, { auth: `Bearer ${word('token')}` });
    const { readdirSync, readFileSync } = await import('node:fs');
    const logged = [server.output(), ...readdirSync(`${server.dir}/logs`).map((file) => readFileSync(`${server.dir}/logs/${file}`, 'utf8'))].join();
    secrets.delete('');
    expect(secrets.size).toBeGreaterThan(20);
    expect([...secrets].filter((secret) => logged.includes(secret))).toEqual([]);
    expect(logged).toContain('Database statement');
    if (database !== 'sqlite') return;
    // What is stored of a secret stays where it is stored.
    const db = new DatabaseSync(`${server.dir}/data/grafana.db`, { readOnly: true });
    const stored = ['select password s from user', 'select salt s from user', 'select rands s from user', 'select "key" s from api_key', 'select auth_token s from user_auth_token', 'select private_key s from signing_key', 'select encrypted_data s from data_keys']
      .flatMap((sql) => db.prepare(sql).all().map(({ s }) => (s instanceof Uint8Array ? Buffer.from(s).toString('base64') : String(s)))).filter((text) => text !== '');
    db.close();
    expect(stored.length).toBeGreaterThan(20);
    const said = answers.join();
    expect(stored.filter((text) => said.includes(text) || logged.includes(text))).toEqual([]);
  });
});

describe('a server that lets anybody in', () => {
  let server: Belvedere;
  beforeAll(async () => {
    server = await startBelvedere({ env: { GF_AUTH_ANONYMOUS_ENABLED: 'true', GF_SECURITY_DISABLE_IP_ADDRESS_LOGIN_PROTECTION: 'false' } });
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    if (server) removeFolder(server.dir);
  });

  test('15 a wrong password is anonymous', async () => expect((await server.call('GET', '/api/org', undefined, { auth: basic('admin', 'wrong') })).status).toBe(200));
  test('16 anonymous is no user', async () => expect((await server.call('GET', '/api/user', undefined, { auth: '' })).status).toBe(401));
  test('five wrong passwords from one address block it, whatever the name', async () => {
    const from = (ip: string, user: string, password: string) => server.call('POST', '/login', { user, password }, { auth: '', headers: { 'x-real-ip': ip } });
    for (let i = 0; i < 5; i++) expect((await from('10.1.1.1', `nobody-${i}`, 'wrong')).body.messageId).toBe('password-auth.failed');
    expect((await from('10.1.1.1', 'admin', 'admin')).body.messageId).toBe('passwordless.invalid.login-attempt');
    expect((await from('10.1.1.2', 'admin', 'admin')).status).toBe(200);
  });
});

describeWith('postgres', postgresUrl, 'odd characters on PostgreSQL', () => {
  let server: Belvedere;
  let drop = async () => {};
  beforeAll(async () => {
    const fresh = await freshDatabase('postgres');
    drop = fresh.drop;
    server = await startBelvedere({ env: { GF_DATABASE_URL: fresh.url, GF_USERS_ALLOW_SIGN_UP: 'true' } });
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    await drop();
    if (server) removeFolder(server.dir);
  });

  test('a NUL or half a surrogate in any text is refused or kept, and breaks nothing', async () => {
    const { body: account } = await server.call('POST', '/api/serviceaccounts', { name: 'robot', role: 'Viewer' });
    const { body: team } = await server.call('POST', '/api/teams', { name: 'crew' });
    const broken: string[] = [];
    for (const odd of ['nul\0here', 'half\ud800pair']) {
      const encoded = encodeURIComponent(odd.toWellFormed());
      for (const [method, path, body, init] of [
        ['POST', '/api/admin/users', { login: odd, email: odd, name: odd, password: 'password' }], ['PUT', '/api/users/1', { login: 'admin', name: odd }], ['PUT', '/api/user', { login: 'admin', email: odd }],
        ['POST', '/api/orgs', { name: odd }], ['PUT', '/api/org', { name: odd }], ['PUT', '/api/org/address', { address1: odd, city: odd }], ['POST', '/api/org/users', { loginOrEmail: odd, role: 'Viewer' }],
        ['POST', '/api/teams', { name: odd, email: odd }], ['PUT', `/api/teams/${team.teamId}`, { name: odd, email: odd }], ['PUT', `/api/teams/${team.teamId}/members`, { members: [odd], admins: [] }],
        ['POST', '/api/serviceaccounts', { name: odd, role: 'Viewer' }], ['PATCH', `/api/serviceaccounts/${account.id}`, { name: odd }], ['POST', `/api/serviceaccounts/${account.id}/tokens`, { name: odd }],
        ['POST', '/api/org/invites', { loginOrEmail: odd, name: odd, role: 'Viewer', sendEmail: false }], ['POST', '/api/user/signup/step2', { username: odd, email: odd, name: odd, password: 'password', code: odd }, none],
        ['POST', '/api/user/signup', { email: `${odd}@example.org` }, none], ['POST', '/login', { user: odd, password: odd }, none], ['POST', '/api/user/password/send-reset-email', { userOrEmail: odd }, none],
        ['POST', '/api/user/invite/complete', { inviteCode: odd, email: odd, username: odd, password: 'password' }, none], ['POST', '/api/user/password/reset', { code: odd, newPassword: 'password', confirmPassword: 'password' }, none],
        ['PUT', '/api/user/preferences', { language: odd, weekStart: odd, navbar: { bookmarkUrls: [odd] }, homeDashboardUID: odd }], ['PUT', '/api/v1/sso-settings/github', { settings: { clientId: odd, name: odd } }],
        ['POST', `/api/access-control/folders/${encoded}/users/1`, { permission: 'View' }], ['POST', `/api/access-control/teams/${team.teamId}/users/${encoded}`, { permission: 'Member' }],
        ['GET', `/api/users/${encoded}`], ['GET', `/api/users/lookup?loginOrEmail=${encoded}`], ['GET', `/api/users/search?query=${encoded}`], ['GET', `/api/teams/${encoded}`], ['GET', `/api/teams/search?query=${encoded}&name=${encoded}`],
        ['GET', `/api/serviceaccounts/${encoded}`], ['GET', `/api/serviceaccounts/search?query=${encoded}`], ['GET', `/api/orgs/name/${encoded}`], ['GET', `/api/orgs?query=${encoded}&name=${encoded}`], ['GET', `/api/org/users/search?query=${encoded}`],
        ['GET', `/api/user/invite/${encoded}`, undefined, none], ['PATCH', `/api/org/invites/${encoded}/revoke`], ['GET', `/api/access-control/users/permissions/search?action=${encoded}&namespacedId=user:${encoded}`],
        ['GET', '/api/org', undefined, { auth: basic(odd, odd) }], ['GET', '/api/org', undefined, { auth: '', headers: { cookie: `grafana_session=${encoded}` } }],
        ['GET', `/apis/iam.grafana.app/v0alpha1/namespaces/default/users/${encoded}`], ['GET', `/apis/iam.grafana.app/v0alpha1/namespaces/default/display?key=user:${encoded}`],
        ['GET', `/apis/iam.grafana.app/v0alpha1/namespaces/default/teams?fieldSelector=metadata.name=${encoded}`],
      ] as const) {
        const answer = await server.call(method, path, body, init as never);
        // What the reference says in so many words: there is no mail server.
        if (answer.status >= 500 && answer.body.message !== 'Failed to send email') broken.push(`${answer.status} ${method} ${path} ${JSON.stringify(body)} ${JSON.stringify(answer.body).slice(0, 120)}`);
      }
    }
    expect(broken).toEqual([]);
  }, 60_000);
});
