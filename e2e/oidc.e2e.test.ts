/** Every setting of an OpenID provider that people rely on, against a real one: who gets in, as what, for how long, and the way out. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type Belvedere, freePort, removeFolder, startBelvedere, temporaryFolder } from './support/belvedere.ts';
import { browse, client, type OpenIdProvider, startOpenIdProvider } from './support/oidc.ts';

let idp: OpenIdProvider;
let server: Belvedere;
/** A second process on the same database, which finds people by their address too. */
let sibling: Belvedere;
const dirs = [temporaryFolder('oidc-a'), temporaryFolder('oidc-b')];
const nobody = { auth: '' };

beforeAll(async () => {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  idp = await startOpenIdProvider(`${base}/login/generic_oauth`, { postLogoutRedirectUri: `${base}/login` });
  const env = {
    GF_SERVER_ROOT_URL: `${base}/`, GF_SECURITY_SECRET_KEY: 'the same on both', GF_DATABASE_PATH: `${dirs[0]}/shared.db`, GF_AUTH_GENERIC_OAUTH_ENABLED: 'true',
    GF_AUTH_GENERIC_OAUTH_CLIENT_ID: client.id, GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET: client.secret, GF_AUTH_GENERIC_OAUTH_SCOPES: 'openid email profile offline_access',
    GF_AUTH_GENERIC_OAUTH_AUTH_URL: `${idp.issuer}/auth`, GF_AUTH_GENERIC_OAUTH_TOKEN_URL: `${idp.issuer}/token`, GF_AUTH_GENERIC_OAUTH_API_URL: `${idp.issuer}/me`,
    GF_AUTH_GENERIC_OAUTH_LOGIN_ATTRIBUTE_PATH: 'preferred_username', GF_AUTH_GENERIC_OAUTH_GROUPS_ATTRIBUTE_PATH: 'groups', GF_AUTH_GENERIC_OAUTH_USE_REFRESH_TOKEN: 'true',
  };
  server = await startBelvedere({ port, dir: dirs[0]!, env });
  sibling = await startBelvedere({ dir: dirs[1]!, env: { ...env, GF_AUTH_OAUTH_ALLOW_INSECURE_EMAIL_LOOKUP: 'true' } });
}, 180_000);
afterAll(async () => {
  await sibling?.stop();
  await server?.stop();
  for (const dir of dirs) removeFolder(dir);
  await idp?.stop();
});
beforeEach(async () => {
  await server.call('DELETE', '/api/v1/sso-settings/generic_oauth');
  idp.accessTokenSeconds = 3600;
  idp.pkceRequired = false;
  idp.renewals = 0;
});

/** Over what the environment says. */
async function configure(settings: Record<string, unknown>): Promise<void> {
  const answer = await server.call('PATCH', '/api/v1/sso-settings/generic_oauth', { settings });
  expect([answer.status, answer.body]).toEqual([204, '']);
}
const person = (login: string, more: Record<string, unknown> = {}) => {
  idp.claims = { sub: login, email: `${login}@example.org`, email_verified: true, preferred_username: login, name: login, groups: [], ...more };
};
type Jar = Map<string, Map<string, string>>;
const signIn = async (query = '', jar: Jar = new Map()) => {
  const end = await browse(`${server.base}/login/generic_oauth${query}`, jar);
  return { ...end, path: end.url.slice(server.base.length), cookie: end.cookies(server.base), error: /"loginError":"([^"]*)"/.exec(end.text)?.[1] ?? '' };
};
const as = (cookie: string) => ({ auth: '', headers: { cookie } });
const ask = (cookie: string, path = '/api/user', of = server) => of.call('GET', path, undefined, as(cookie));
const outcome = ({ status, body }: Answer) => [status, body.messageId ?? body.message];
const rolesOf = async (cookie: string) => (await ask(cookie, '/api/user/orgs')).body.map(({ name, role }: { name: string; role: string }) => `${name} ${role}`);

describe('the way in', () => {
  test('with PKCE the code serves only whoever began; without, the provider that wants it refuses', async () => {
    person('pkce');
    idp.pkceRequired = true;
    expect(await signIn()).toMatchObject({ path: '/login', cookie: expect.not.stringContaining('grafana_session=') });
    await configure({ use_pkce: true });
    expect((await ask((await signIn()).cookie)).body.login).toBe('pkce');
    expect(idp.authorizations.at(-1)!.get('code_challenge_method')).toBe('S256');
    const begun = await server.call('GET', '/login/generic_oauth', undefined, nobody);
    const [state = '', verifier = ''] = begun.headers.getSetCookie();
    expect([state, verifier]).toEqual([expect.stringMatching(/^oauth_state=[0-9a-f]{64}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/), expect.stringMatching(/^oauth_code_verifier=[\w-]{128}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/)]);
    // Back without the verifier.
    const back = await fetch(`${server.base}/login/generic_oauth?code=x&state=${new URL(begun.headers.get('location')!).searchParams.get('state')}`, { redirect: 'manual', headers: { cookie: state.split(';')[0]! } });
    expect(back.headers.get('location')).toBe('/login');
    expect(await loginErrorOf(back)).toBe('Missing required pkce cookie');
  });

  test('a state that is missing, somebody else\'s or made up begins no session', async () => {
    const begin = async () => {
      const begun = await server.call('GET', '/login/generic_oauth', undefined, nobody);
      return { cookie: begun.headers.getSetCookie()[0]!.split(';')[0]!, state: new URL(begun.headers.get('location')!).searchParams.get('state')! };
    };
    const [mine, other] = [await begin(), await begin()];
    expect(mine.state).not.toBe(other.state);
    const back = (state: string, cookie: string) => fetch(`${server.base}/login/generic_oauth?code=x&state=${state}`, { redirect: 'manual', headers: { cookie } });
    for (const [state, cookie, message] of [
      [mine.state, '', 'Missing saved oauth state'], [mine.state, other.cookie, 'Provided state does not match stored state'], ['', mine.cookie, 'Provided state does not match stored state'],
      [mine.cookie.split('=')[1]!, mine.cookie, 'Provided state does not match stored state'], [mine.state, 'oauth_state=', 'Missing saved oauth state'],
    ] as const) {
      const answer = await back(state, cookie);
      expect([answer.status, answer.headers.get('location'), await loginErrorOf(answer)]).toEqual([302, '/login', message]);
      // Whatever comes of it, the two have served.
      expect(answer.headers.getSetCookie().filter((line) => /^oauth_(state|code_verifier)=; .*Max-Age=0/.test(line))).toHaveLength(2);
      expect(answer.headers.getSetCookie().join()).not.toContain('grafana_session=');
    }
  });

  test('the refusal of the provider shows the configured words, not the provider\'s', async () => {
    const answer = await fetch(`${server.base}/login/generic_oauth?error=access_denied&error_description=%3Cscript%3E`, { redirect: 'manual' });
    expect([answer.headers.get('location'), await loginErrorOf(answer)]).toEqual(['/login', 'oauth.login.error']);
    expect((await fetch(`${server.base}/login/no-such-provider`, { redirect: 'manual' })).headers.get('location')).toBe('/login');
  });

  test('it ends where one wanted to go, and never elsewhere', async () => {
    person('traveller');
    expect((await signIn('?redirectTo=%2Fprofile%3Ftab%3D1')).path).toBe('/profile?tab=1');
    for (const target of ['https://evil.example', '//evil.example', '/\\evil.example', '/%5Cevil.example', '/a/../..//evil.example', 'javascript:alert(1)', '@evil.example', '.evil.example']) {
      const { url } = await signIn(`?redirectTo=${encodeURIComponent(target)}`);
      expect(url).toBe(`${server.base}/`);
    }
  });

  test('prompt and hosted domain go along; the page begins by itself where it should', async () => {
    await configure({ login_prompt: 'consent', hosted_domain: 'example.org' });
    person('prompted');
    await signIn();
    expect(Object.fromEntries(idp.authorizations.at(-1)!)).toMatchObject({ prompt: 'consent', hd: 'example.org', client_id: client.id, response_type: 'code', redirect_uri: `${server.base}/login/generic_oauth` });
    expect((await server.call('GET', '/login', undefined, nobody)).status).toBe(200);
    await configure({ auto_login: true });
    const automatic = await server.call('GET', '/login?redirectTo=%2Fprofile', undefined, nobody);
    expect([automatic.status, automatic.headers.get('location')]).toEqual([307, '/login/generic_oauth?redirectTo=%2Fprofile']);
    expect((await server.call('GET', '/login?disableAutoLogin', undefined, nobody)).status).toBe(200);
    expect((await browse(`${server.base}/login`)).url).toBe(`${server.base}/`);
  });
});

/** What the login page shows after a refusal. */
async function loginErrorOf(answer: Response): Promise<string> {
  const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('login_error='))?.split(';')[0] ?? '';
  const page = await fetch(`${server.base}/login`, { headers: { cookie } });
  return /"loginError":"([^"]*)"/.exec(await page.text())?.[1] ?? '';
}

describe('who gets in, and as what', () => {
  test('only addresses of the allowed domains', async () => {
    await configure({ allowed_domains: 'example.org other.example' });
    person('Insider');
    expect((await ask((await signIn()).cookie)).body.login).toBe('insider');
    for (const email of ['eve@elsewhere.example', 'eve@evil-example.org', 'eve@example.org.evil.example', 'example.org']) {
      person('eve', { email });
      expect(await signIn()).toMatchObject({ path: '/login', error: 'Required email domain not fulfilled', cookie: expect.not.stringContaining('grafana_session=') });
    }
    person('nameless', { email: '' });
    expect((await signIn()).error).toBe("Provider didn't return an email address");
  });

  test('only members of the allowed groups', async () => {
    await configure({ allowed_groups: 'crew staff' });
    person('member', { groups: ['crew'] });
    expect((await ask((await signIn()).cookie)).body.login).toBe('member');
    person('outsider', { groups: ['Crew', 'crews'] });
    expect((await signIn()).error).toBe('user not a member of one of the required groups');
  });

  test('nobody new where signing up is off', async () => {
    await configure({ allow_sign_up: false });
    person('member', { groups: ['crew'] });
    expect((await ask((await signIn()).cookie)).body.login).toBe('member');
    person('newcomer');
    expect((await signIn()).error).toBe('Sign up is disabled');
    expect((await server.call('GET', '/api/users/lookup?loginOrEmail=newcomer')).status).toBe(404);
  });

  test('an address alone takes over nobody\'s account, unless the configuration wants it', async () => {
    await server.call('POST', '/api/admin/users', { login: 'local', email: 'local@example.org', password: 'a-password' });
    person('thief', { email: 'local@example.org' });
    expect((await signIn()).path).toBe('/login');
    expect((await server.call('GET', '/api/users/lookup?loginOrEmail=local')).body).toMatchObject({ login: 'local', authLabels: [] });
    const end = await browse(`${sibling.base}/login/generic_oauth`, new Map(), (url) => url.replace(server.base, sibling.base));
    expect((await ask(end.cookies(sibling.base), '/api/user', sibling)).body).toMatchObject({ login: 'thief', email: 'local@example.org', authLabels: ['Generic OAuth'] });
    // From then on the provider's id is what counts.
    expect((await ask((await signIn()).cookie)).body.login).toBe('thief');
  });

  test('a JMESPath expression gives the role; without one it is the default, or nobody where that is strict', async () => {
    await configure({ role_attribute_path: "contains(groups[*], 'boss') && 'GrafanaAdmin' || contains(groups[*], 'crew') && 'Editor'" });
    person('jim', { groups: ['crew'] });
    expect(await rolesOf((await signIn()).cookie)).toEqual(['Main Org. Editor']);
    person('jim', { groups: [] });
    expect(await rolesOf((await signIn()).cookie)).toEqual(['Main Org. Viewer']);
    person('jim', { groups: ['boss'] });
    const boss = (await signIn()).cookie;
    expect([await rolesOf(boss), (await ask(boss)).body.isGrafanaAdmin]).toEqual([['Main Org. Admin'], false]);
    await configure({ allow_assign_grafana_admin: true });
    expect((await ask((await signIn()).cookie)).body.isGrafanaAdmin).toBe(true);
    person('jim', { groups: ['crew'] });
    expect((await ask((await signIn()).cookie)).body.isGrafanaAdmin).toBe(false);
    await configure({ role_attribute_strict: true });
    person('jim', { groups: [] });
    expect((await signIn()).error).toBe('IdP did not return a role attribute, please contact your administrator');
    await configure({ role_attribute_path: "'Overlord'" });
    expect((await signIn()).error).toBe('IdP did not return a valid role attribute, please contact your administrator');
    await configure({ role_attribute_path: '' });
    expect((await signIn()).error).toBe('Instance role_attribute_path misconfigured, please contact your administrator');
  });

  test('groups become organizations; roles that are set here stay where they are not synced', async () => {
    await server.call('POST', '/api/orgs', { name: 'Second' });
    await configure({ org_mapping: '"crew:Main Org.:Editor" "crew:Second:Viewer" "*:Second:None"', org_attribute_path: 'groups' });
    person('ola', { groups: ['crew'] });
    expect(await rolesOf((await signIn()).cookie)).toEqual(['Main Org. Editor', 'Second Viewer']);
    person('ola', { groups: [] });
    const { cookie } = await signIn();
    expect(await rolesOf(cookie)).toEqual(['Second None']);
    const { id } = (await server.call('GET', '/api/users/lookup?loginOrEmail=ola')).body;
    await configure({ skip_org_role_sync: true });
    const orgId = (await server.call('GET', '/api/orgs/name/Second')).body.id;
    await server.call('PATCH', `/api/orgs/${orgId}/users/${id}`, { role: 'Admin' });
    expect(await rolesOf((await signIn()).cookie)).toEqual(['Second Admin']);
  });
});

describe('how long it lasts', () => {
  const tokensRunOut = async (login: string) => {
    person(login);
    // Within the ten seconds by which a token counts as gone before it is.
    idp.accessTokenSeconds = 5;
    // To a page that asks for nobody, so that the session is not used yet.
    const { cookie } = await signIn('?redirectTo=%2Fapi%2Fhealth');
    expect(idp.renewals).toBe(0);
    idp.accessTokenSeconds = 3600;
    return cookie;
  };

  test('tokens that ran out are renewed once, however many requests over two servers come at the same time', async () => {
    const cookie = await tokensRunOut('ron');
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => ask(cookie, '/api/user', i % 2 ? server : sibling)));
    expect(answers.map(outcome).filter(([status]) => status !== 200)).toEqual([]);
    expect(idp.renewals).toBe(1);
    // What the provider gave for it holds: a second use of the first refresh token would have ended everything.
    expect((await ask(cookie)).status).toBe(200);
    expect(idp.renewals).toBe(1);
  }, 60_000);

  test('where they cannot be renewed the person is signed out', async () => {
    const cookie = await tokensRunOut('rita');
    await idp.forgetRefreshTokens();
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(cookie)));
    expect(answers.map(outcome)).toEqual(Array.from({ length: 5 }, () => [401, 'oauth.expired-token']));
    expect(answers[0]!.body.message).toBe('OAuth access token expired');
    expect(outcome(await ask(cookie))).toEqual([401, 'Unauthorized']);
    const { id } = (await server.call('GET', '/api/users/lookup?loginOrEmail=rita')).body;
    expect((await server.call('GET', `/api/admin/users/${id}/auth-tokens`)).body).toEqual([]);
    // A page sends to the login page, not into a circle.
    const page = await server.call('GET', '/profile', undefined, as(cookie));
    expect([page.status, page.headers.get('location')]).toEqual([302, '/login?redirectTo=%2Fprofile']);
  });

  test('a session does not depend on tokens where they are not renewed', async () => {
    await configure({ use_refresh_token: false });
    person('rolf');
    idp.accessTokenSeconds = 5;
    const { cookie } = await signIn();
    expect([(await ask(cookie)).status, idp.renewals]).toEqual([200, 0]);
  });
});

describe('the way out', () => {
  const endSession = () => `${idp.issuer}/session/end?post_logout_redirect_uri=${encodeURIComponent(`${server.base}/login`)}`;

  test('ends the session with the provider too, which knows whose it is, and comes back', async () => {
    await configure({ signout_redirect_url: endSession() });
    person('sue');
    const jar: Jar = new Map();
    const { cookie } = await signIn('', jar);
    const out = await server.call('GET', '/logout', undefined, as(cookie));
    const target = new URL(out.headers.get('location')!);
    expect([out.status, target.origin + target.pathname, target.searchParams.get('post_logout_redirect_uri')]).toEqual([302, `${idp.issuer}/session/end`, `${server.base}/login`]);
    expect(JSON.parse(Buffer.from(target.searchParams.get('id_token_hint')!.split('.')[1]!, 'base64url').toString())).toMatchObject({ aud: client.id, iss: idp.issuer });
    expect(out.headers.getSetCookie().filter((line) => /^grafana_session(_expiry)?=; .*Max-Age=0/.test(line))).toHaveLength(2);
    expect((await ask(cookie)).status).toBe(401);
    // The provider takes the hint, asks once more, and sends back to us.
    const form = await browse(target.href, jar);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(form.text)?.[1];
    const done = await fetch(`${idp.issuer}/session/end/confirm`, {
      method: 'POST', redirect: 'manual', body: new URLSearchParams({ xsrf: xsrf!, logout: 'yes' }),
      headers: { cookie: [...jar.get(idp.issuer)!].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    expect([done.status, done.headers.get('location'), idp.signOuts]).toEqual([303, `${server.base}/login`, 1]);
  });

  test('shows the id token to nobody who did not ask for it, and no expired one', async () => {
    person('sam');
    await configure({ signout_redirect_url: `${idp.issuer}/session/end` });
    expect((await server.call('GET', '/logout', undefined, as((await signIn()).cookie))).headers.get('location')).toBe(`${idp.issuer}/session/end`);
    await configure({ signout_redirect_url: endSession() });
    idp.accessTokenSeconds = 5;
    expect((await server.call('GET', '/logout', undefined, as((await signIn()).cookie))).headers.get('location')).toBe(endSession());
    // Those who signed in with a password do not go there.
    const own = await server.call('POST', '/login', { user: 'admin', password: 'admin' }, nobody);
    const cookie = /grafana_session=[0-9a-f]{32}/.exec(own.headers.getSetCookie().join())![0];
    expect((await server.call('GET', '/logout', undefined, as(cookie))).headers.get('location')).toBe('/login');
    expect((await server.call('GET', '/logout', undefined, nobody)).headers.get('location')).toBe('/login');
  });
});

test('neither log knows a token, a code, a state or the client\'s secret', async () => {
  person('silent');
  const jar: Jar = new Map();
  const { cookie } = await signIn('', jar);
  for (const { output } of [server, sibling]) {
    for (const secret of [client.secret, cookie.match(/grafana_session=([0-9a-f]{32})/)![1]!, ...idp.authorizations.map((query) => query.get('state')!)]) expect(output()).not.toContain(secret);
    // Tokens of the provider: two or three parts of base64url JSON.
    expect(output()).not.toMatch(/eyJ[\w-]{10,}/);
    expect(output()).not.toMatch(/[?&]code=/);
  }
});
