/** The same sign-in under other settings: cookies, sub-path, where one comes back to, tokens in the address, proxies, quotas. */
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, basic, type Belvedere, removeFolder, startBelvedere, temporaryFolder } from './support/belvedere.ts';

const none = { auth: '' };
const outcome = ({ status, body }: Answer) => [status, body.messageId ?? body.message];
const cookiesOf = ({ headers }: Answer) => headers.getSetCookie();
const away = ({ status, headers }: Answer) => [status, headers.get('location')];

function server(env: Record<string, string>, dir = temporaryFolder('settings')) {
  let started: Belvedere | undefined;
  beforeAll(async () => {
    started = await startBelvedere({ dir, env });
  }, 120_000);
  afterAll(async () => {
    await started?.stop();
    removeFolder(dir);
  });
  return {
    dir,
    call: (...args: Parameters<Belvedere['call']>) => started!.call(...args),
    get base() {
      return started!.base;
    },
    output: () => started!.output(),
  };
}

describe('below a path, with cookies for other sites', () => {
  const { call } = server({
    GF_SERVER_ROOT_URL: 'https://grafana.example.com/grafana/', GF_SERVER_SERVE_FROM_SUB_PATH: 'true', GF_AUTH_LOGIN_COOKIE_NAME: 'our_session', GF_SECURITY_COOKIE_SECURE: 'true',
    GF_SECURITY_COOKIE_SAMESITE: 'none', GF_AUTH_LOGIN_MAXIMUM_LIFETIME_DURATION: '2d', GF_AUTH_TOKEN_ROTATION_INTERVAL_MINUTES: '1', GF_AUTH_DISABLE_LOGIN_FORM: 'false',
    GF_AUTH_SIGNOUT_REDIRECT_URL: 'https://idp.example.com/out',
  });
  const attributes = 'Path=/grafana; Max-Age=172800; HttpOnly; Secure; SameSite=None';
  const signIn = (headers: Record<string, string> = {}) => call('POST', '/grafana/login', { user: 'admin', password: 'admin' }, { auth: '', headers });

  test('both cookies carry the settings; the expiry is the rotation less five seconds, and never sooner than two minutes', async () => {
    const answer = await signIn();
    const [session = '', expiry = ''] = cookiesOf(answer);
    expect([answer.status, answer.body.redirectUrl]).toEqual([200, '/grafana/']);
    expect(session).toMatch(new RegExp(`^our_session=[0-9a-f]{32}; ${attributes}$`));
    expect(expiry).toMatch(new RegExp(`^grafana_session_expiry=\\d{10}; ${attributes.replace(' HttpOnly;', '')}$`));
    expect(Math.abs(Number(/=(\d+)/.exec(expiry)![1]) - Date.now() / 1000 - 115)).toBeLessThan(60);
    const cookie = session.split(';')[0]!;
    expect((await call('GET', '/grafana/api/user', undefined, { auth: '', headers: { cookie } })).body.login).toBe('admin');
    expect((await call('GET', '/grafana/api/user', undefined, { auth: '', headers: { cookie: cookie.replace('our_session', 'grafana_session') } })).status).toBe(401);
    const out = await call('GET', '/grafana/logout', undefined, { auth: '', headers: { cookie } });
    expect([away(out), cookiesOf(out).map((line) => line.split(';')[0])]).toEqual([[302, 'https://idp.example.com/out'], ['our_session=', 'grafana_session_expiry=']]);
  });

  test('rotating and signing in lead below the path only', async () => {
    const cookie = cookiesOf(await signIn())[0]!.split(';')[0]!;
    const rotate = async (target: string) => (await call('GET', `/grafana/user/auth-tokens/rotate?redirectTo=${encodeURIComponent(target)}`, undefined, { auth: '', headers: { cookie } })).headers.get('location');
    expect(await rotate('/dashboards')).toBe('/grafana/dashboards');
    for (const target of ['//evil.example', '/../evil', '.evil.example', 'evil', '/\\evil.example', '/x//y']) expect(await rotate(target)).toBe('/grafana/');
  });
});

describe('the target in a cookie (useSessionStorageForRedirection off)', () => {
  const dir = temporaryFolder('target');
  writeFileSync(join(dir, 'custom.ini'), '[feature_toggles]\nuseSessionStorageForRedirection = false\n');
  let started: Belvedere;
  beforeAll(async () => {
    started = await startBelvedere({ dir, args: ['--config', join(dir, 'custom.ini')] });
  }, 120_000);
  afterAll(async () => {
    await started?.stop();
    removeFolder(dir);
  });

  test('a page is remembered, come back to once, and never another site', async () => {
    const page = await started.call('GET', '/explore?left=x&forceLogin=true', undefined, none);
    expect([away(page), cookiesOf(page)]).toEqual([[302, '/login'], ['redirect_to=%2Fexplore%3Fleft%3Dx%26; Path=/; HttpOnly; SameSite=Lax']]);
    expect(cookiesOf(await started.call('GET', '/', undefined, none))).toEqual([]);
    const login = (kept: string) => started.call('POST', '/login', { user: 'admin', password: 'admin' }, { auth: '', headers: { cookie: `redirect_to=${kept}` } });
    const back = await login('%2Fexplore%3Fleft%3Dx');
    expect([back.body.redirectUrl, cookiesOf(back).filter((line) => /^redirect_to=; .*Max-Age=0/.test(line)).length]).toEqual(['/explore?left=x', 1]);
    for (const kept of ['https%3A%2F%2Fevil.example', '%2F%2Fevil.example', '%2F%5Cevil.example', '%2F..%2Fevil', 'evil', '%', '%2Fa%20b', '%2Fa%0d%0aset-cookie:x']) expect((await login(kept)).body.redirectUrl).toBe('/');
  });
});

describe('tokens, and proxies that vouch', () => {
  const dir = temporaryFolder('jwt');
  const keys = join(dir, 'jwks.json');
  let sign: (claims: Record<string, unknown>) => Promise<string>;
  beforeAll(async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    writeFileSync(keys, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k' }] }));
    sign = (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k' }).setExpirationTime('5m').sign(privateKey);
  });
  const { call } = server({
    GF_AUTH_JWT_ENABLED: 'true', GF_AUTH_JWT_HEADER_NAME: 'X-Forwarded-Access-Token', GF_AUTH_JWT_URL_LOGIN: 'true', GF_AUTH_JWT_JWK_SET_FILE: keys, GF_AUTH_JWT_AUTO_SIGN_UP: 'true',
    GF_AUTH_JWT_USERNAME_ATTRIBUTE_PATH: 'account.name', GF_AUTH_JWT_EMAIL_ATTRIBUTE_PATH: 'account.mails[0]', GF_AUTH_JWT_ROLE_ATTRIBUTE_PATH: "contains(rights[*], 'edit') && 'Editor' || 'None'",
    GF_AUTH_PROXY_ENABLED: 'true', GF_AUTH_PROXY_HEADER_NAME: 'X-Who', GF_AUTH_PROXY_HEADER_PROPERTY: 'email', GF_AUTH_PROXY_HEADERS: 'Name:X-Name Role:X-Role Login:X-Login', GF_AUTH_PROXY_HEADERS_ENCODED: 'true',
    GF_AUTH_PROXY_SYNC_TTL: '0', GF_AUTH_PROXY_WHITELIST: '10.0.0.0/8, 127.0.0.1', GF_AUTH_PROXY_ENABLE_LOGIN_TOKEN: 'false', GF_QUOTA_ENABLED: 'true', GF_QUOTA_GLOBAL_SESSION: '2',
  }, dir);
  const person = (name: string, rights: string[] = []) => sign({ sub: `id-of-${name}`, account: { name, mails: [`${name}@example.org`] }, rights });

  test('a token in the address signs in, and goes nowhere from there', async () => {
    const token = await person('urs', ['edit']);
    expect((await call('GET', `/api/user/orgs?auth_token=${token}`, undefined, none)).body).toMatchObject([{ role: 'Editor' }]);
    await call('POST', '/api/orgs', { name: 'Second' });
    const { id: orgId } = (await call('GET', '/api/orgs/name/Second')).body;
    await call('POST', `/api/orgs/${orgId}/users`, { loginOrEmail: 'urs', role: 'Viewer' });
    // Neither into the redirect to another org…
    const moved = await call('GET', `/api/org?auth_token=${token}&orgId=${orgId}&x=1`, undefined, none);
    expect(moved.headers.get('location') ?? '').not.toContain(token);
    // … nor into the login page's address when it does not do …
    const refused = await call('GET', `/dashboards?auth_token=${token.slice(0, -4)}AAAA&tag=a`, undefined, none);
    expect(away(refused)).toEqual([302, '/login?redirectTo=%2Fdashboards%3Ftag%3Da']);
    // … nor to a data source.
    const seen: string[] = [];
    const upstream = createServer((req, res) => {
      seen.push(`${req.url} ${JSON.stringify(req.rawHeaders)}`);
      res.end('{}');
    });
    await new Promise<void>((done) => upstream.listen(0, '127.0.0.1', done));
    const { body } = await call('POST', '/api/datasources', { name: 'up', type: 'prometheus', access: 'proxy', url: `http://127.0.0.1:${(upstream.address() as { port: number }).port}` });
    const boss = await sign({ sub: 'id-of-urs', account: { name: 'urs', mails: ['urs@example.org'] }, rights: ['edit'] });
    expect((await call('GET', `/api/datasources/proxy/uid/${body.datasource.uid}/x?auth_token=${boss}&y=1`, undefined, none)).status).toBe(200);
    expect((await call('GET', `/api/datasources/proxy/uid/${body.datasource.uid}/x?y=1`, undefined, { auth: '', headers: { 'x-forwarded-access-token': boss, 'x-grafana-id': 'forged', 'x-access-token': 'forged' } })).status).toBe(200);
    upstream.close();
    expect(seen.map((line) => line.split(' ')[0])).toEqual(['/x?y=1', '/x?y=1']);
    for (const line of seen) for (const secret of [boss, 'forged']) expect(line).not.toContain(secret);
  });

  test('claims are found by path; a missing one is told by name', async () => {
    const as = async (claims: Record<string, unknown>) => call('GET', '/api/user', undefined, { auth: '', headers: { 'x-forwarded-access-token': `Bearer ${await sign(claims)}` } });
    expect((await as({ sub: 'id-of-pia', account: { name: 'Pia', mails: ['Pia@example.org'] } })).body).toMatchObject({ login: 'pia', email: 'pia@example.org', authLabels: ['JWT'] });
    expect(await as({ sub: 'x', account: { name: 'pia' } })).toMatchObject({ status: 401, body: { messageId: 'jwt.missing_claim', message: 'Missing mandatory claim in JWT' } });
    expect(outcome(await as({ account: { name: 'pia', mails: ['pia@example.org'] } }))).toEqual([401, 'auth.unauthorized']);
    expect(outcome(await as({ sub: 'id-of-pia', account: { name: 'pia', mails: ['pia@example.org'] }, exp: 1 }))).toEqual([200, undefined]);
  });

  test('an address from the proxy is login and address; headers may be encoded; nobody makes a role up', async () => {
    const as = (headers: Record<string, string>, path = '/api/user') => call('GET', path, undefined, { auth: '', headers });
    expect((await as({ 'x-who': 'J=C3=BCrgen@example.org', 'x-name': 'J=C3=BCrgen =C3=9C' })).body).toMatchObject({ login: 'jürgen@example.org', email: 'jürgen@example.org', name: 'Jürgen Ü', authLabels: ['Auth Proxy'] });
    expect((await as({ 'x-who': 'ada@example.org', 'x-login': 'ada', 'x-role': 'Editor' })).body).toMatchObject({ login: 'ada', email: 'ada@example.org' });
    expect((await as({ 'x-who': 'ada@example.org', 'x-login': 'ada', 'x-role': 'GrafanaAdmin' }, '/api/user/orgs')).body).toMatchObject([{ role: 'Editor' }]);
    // What may vouch is told by the socket, not by what a header says of it.
    expect((await as({ 'x-who': 'ada@example.org', 'x-login': 'ada', 'x-forwarded-for': '192.0.2.1', 'x-real-ip': '192.0.2.1' })).status).toBe(200);
    expect(cookiesOf(await as({ 'x-who': 'ada@example.org', 'x-login': 'ada' }, '/login'))).toEqual([]);
  });

  test('signing in is not yet being seen; and ends where the sessions do', async () => {
    const { body: made } = await call('POST', '/api/admin/users', { login: 'lou', password: 'lous' });
    const seen = async () => (await call('GET', '/api/users/search?query=lou')).body.users[0].lastSeenAtAge;
    const signIn = () => call('POST', '/login', { user: 'lou', password: 'lous' }, none);
    const session = cookiesOf(await signIn())[0]!.split(';')[0]!;
    expect([made.message, await seen()]).toEqual(['User created', '10 years']);
    expect((await call('GET', '/api/user', undefined, { auth: '', headers: { cookie: session } })).status).toBe(200);
    await expect.poll(seen, { timeout: 10_000 }).toBe('< 1 minute');
    expect((await signIn()).status).toBe(200);
    expect(await signIn()).toMatchObject({ status: 403, body: { message: 'auth Quota reached' } });
    expect(outcome(await call('GET', '/api/login/ping'))).toEqual([403, 'auth Quota reached']);
    expect(outcome(await call('GET', '/login/generic_oauth', undefined, none))).toEqual([403, 'auth Quota reached']);
  });
});

describe('a proxy from anywhere else, and no passwords', () => {
  const { call } = server({ GF_AUTH_PROXY_ENABLED: 'true', GF_AUTH_PROXY_WHITELIST: '192.0.2.0/24,2001:db8::/32', GF_AUTH_BASIC_ENABLED: 'false', GF_AUTH_DISABLE_LOGIN_FORM: 'true' });
  test('is not believed', async () => {
    for (const headers of [{ 'x-webauth-user': 'admin' }, { 'x-webauth-user': 'admin', 'x-forwarded-for': '192.0.2.1' }, { 'x-webauth-user': 'admin', 'x-real-ip': '192.0.2.1' }] as Record<string, string>[]) {
      expect(outcome(await call('GET', '/api/user', undefined, { auth: '', headers }))).toEqual([401, 'auth-proxy.invalid-ip']);
    }
  });
  test('neither the form nor basic auth knows anybody', async () => {
    expect(outcome(await call('GET', '/api/user', undefined, { auth: basic('admin', 'admin') }))).toEqual([401, 'auth.unauthorized']);
    expect(outcome(await call('POST', '/login', { user: 'admin', password: 'admin' }, none))).toEqual([400, 'auth.client.notConfigured']);
  });
});
