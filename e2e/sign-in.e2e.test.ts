/** Signing in from elsewhere, against a real directory and a real OpenID provider. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, describe } from 'vitest';
import { basic, type Belvedere, freePort, removeFolder, startBelvedere, temporaryFolder } from './support/belvedere.ts';
import { browse, client, type OpenIdProvider, startOpenIdProvider } from './support/oidc.ts';
import { describeWith } from './support/services.ts';
import { slapdBinary, startSlapd, type Slapd } from './support/slapd.ts';

describeWith('slapd', slapdBinary, 'a directory', () => {
  let slapd: Slapd;
  let server: Belvedere;
  const lea = basic('lea', 'leas-password');

  beforeAll(async () => {
    slapd = await startSlapd();
    server = await startBelvedere({ env: { GF_AUTH_LDAP_ENABLED: 'true', GF_AUTH_LDAP_CONFIG_FILE: slapd.configFile } });
  }, 180_000);
  afterAll(async () => {
    await server?.stop();
    if (server) removeFolder(server.dir);
    await slapd?.stop();
  });

  test('whoever it knows signs in, with the role of their group', async () => {
    const user = await server.call('GET', '/api/user', undefined, { auth: lea });
    expect(user.body).toMatchObject({ login: 'lea', email: 'lea@example.org', name: 'Lea Lamarr', authLabels: ['LDAP'], isExternallySynced: true });
    expect((await server.call('GET', '/api/user/orgs', undefined, { auth: lea })).body).toEqual([{ orgId: 1, name: 'Main Org.', role: 'Editor' }]);
  });

  test('a wrong password and a person without a mapped group are refused', async () => {
    for (const auth of [basic('lea', 'wrong'), basic('outsider', 'outs-password'), basic('*', 'leas-password')]) {
      expect((await server.call('GET', '/api/user', undefined, { auth })).body.messageId).toBe('password-auth.failed');
    }
  });

  test('the administrator of the first day still signs in', async () => {
    expect((await server.call('GET', '/api/user')).body.login).toBe('admin');
  });

  test('the debug routes show what the directory says', async () => {
    expect((await server.call('GET', '/api/admin/ldap/status')).body).toEqual([{ host: '127.0.0.1', port: slapd.port, available: true, error: '' }]);
    const shown = await server.call('GET', '/api/admin/ldap/lea');
    expect(shown.body).toMatchObject({ email: { cfgAttrValue: 'mail', ldapValue: 'lea@example.org' }, roles: [{ orgId: 1, orgRole: 'Editor' }, { orgId: 0, groupDN: 'cn=staff,dc=example,dc=org' }] });
    expect((await server.call('GET', '/api/admin/ldap/nobody')).status).toBe(404);
  });

  test('who leaves the directory is shut out', async () => {
    const { body: known } = await server.call('GET', '/api/users/lookup?loginOrEmail=lea');
    slapd.remove('cn=lea,ou=people');
    expect((await server.call('POST', `/api/admin/ldap/sync/${known.id}`)).status).toBe(400);
    expect((await server.call('GET', `/api/users/${known.id}`)).body.isDisabled).toBe(true);
    expect((await server.call('GET', '/api/user', undefined, { auth: lea })).status).toBe(401);
  });
});

describe('an OpenID provider', () => {
  let idp: OpenIdProvider;
  let server: Belvedere;

  beforeAll(async () => {
    const port = await freePort();
    const dir = temporaryFolder('oidc');
    // Not among the reference's settings, so no variable of the environment names it.
    writeFileSync(join(dir, 'custom.ini'), '[auth.generic_oauth]\nteam_mapping = crew:Crew\n');
    idp = await startOpenIdProvider(`http://127.0.0.1:${port}/login/generic_oauth`);
    server = await startBelvedere({
      port,
      dir,
      args: ['--config', join(dir, 'custom.ini')],
      env: {
        GF_SERVER_ROOT_URL: `http://127.0.0.1:${port}/`, GF_AUTH_GENERIC_OAUTH_ENABLED: 'true', GF_AUTH_GENERIC_OAUTH_CLIENT_ID: client.id,
        GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET: client.secret, GF_AUTH_GENERIC_OAUTH_SCOPES: 'openid email profile offline_access',
        GF_AUTH_GENERIC_OAUTH_AUTH_URL: `${idp.issuer}/auth`, GF_AUTH_GENERIC_OAUTH_TOKEN_URL: `${idp.issuer}/token`, GF_AUTH_GENERIC_OAUTH_API_URL: `${idp.issuer}/me`,
        GF_AUTH_GENERIC_OAUTH_USE_PKCE: 'true', GF_AUTH_GENERIC_OAUTH_USE_REFRESH_TOKEN: 'true', GF_AUTH_GENERIC_OAUTH_ALLOWED_DOMAINS: 'example.org',
        GF_AUTH_GENERIC_OAUTH_LOGIN_ATTRIBUTE_PATH: 'preferred_username', GF_AUTH_GENERIC_OAUTH_GROUPS_ATTRIBUTE_PATH: 'groups',
        GF_AUTH_GENERIC_OAUTH_ROLE_ATTRIBUTE_PATH: "contains(groups[*], 'admins') && 'Admin' || 'Viewer'",
        GF_AUTH_GENERIC_OAUTH_VALIDATE_ID_TOKEN: 'true', GF_AUTH_GENERIC_OAUTH_JWK_SET_URL: `${idp.issuer}/jwks`,
      },
    });
    await server.call('POST', '/api/teams', { name: 'Crew' });
  }, 180_000);
  afterAll(async () => {
    await server?.stop();
    if (server) removeFolder(server.dir);
    await idp?.stop();
  });
  const signIn = () => browse(`${server.base}/login/generic_oauth?redirectTo=%2Fprofile`);

  test('signs a person in: role, team and target are as asked for', async () => {
    idp.claims = { email: 'Olga@example.org', email_verified: true, name: 'Olga O', preferred_username: 'olga', groups: ['admins', 'crew'] };
    const end = await signIn();
    expect(end.url).toBe(`${server.base}/profile`);
    const headers = { cookie: end.cookies(server.base) };
    expect((await server.call('GET', '/api/user', undefined, { auth: '', headers })).body).toMatchObject({ login: 'olga', email: 'olga@example.org', authLabels: ['Generic OAuth'] });
    expect((await server.call('GET', '/api/user/orgs', undefined, { auth: '', headers })).body).toMatchObject([{ role: 'Admin' }]);
    expect((await server.call('GET', '/api/user/teams', undefined, { auth: '', headers })).body).toMatchObject([{ name: 'Crew' }]);
  });

  test('the next sign-in takes over what has changed', async () => {
    idp.claims = { email: 'olga@example.org', email_verified: true, name: 'Olga Ohm', preferred_username: 'olga', groups: [] };
    const headers = { cookie: (await signIn()).cookies(server.base) };
    expect((await server.call('GET', '/api/user', undefined, { auth: '', headers })).body.name).toBe('Olga Ohm');
    expect((await server.call('GET', '/api/user/orgs', undefined, { auth: '', headers })).body).toMatchObject([{ role: 'Viewer' }]);
    expect((await server.call('GET', '/api/user/teams', undefined, { auth: '', headers })).body).toEqual([]);
  });

  test('an address outside the allowed domains is refused, and no session begins', async () => {
    idp.claims = { email: 'eve@elsewhere.example', email_verified: true, preferred_username: 'eve', groups: [] };
    const end = await signIn();
    expect(new URL(end.url).pathname).toBe('/login');
    expect(end.cookies(server.base)).not.toContain('grafana_session=');
  });

  test('tokens that ran out are renewed while the session is used', async () => {
    idp.claims = { email: 'ron@example.org', email_verified: true, preferred_username: 'ron', groups: [] };
    idp.accessTokenSeconds = 5;
    const headers = { cookie: (await signIn()).cookies(server.base) };
    idp.accessTokenSeconds = 3600;
    expect((await server.call('GET', '/api/user', undefined, { auth: '', headers })).body.login).toBe('ron');
  });

  test('a state that was not ours leads back to the login page', async () => {
    const end = await browse(`${server.base}/login/generic_oauth?code=stolen&state=made-up`);
    expect(new URL(end.url).pathname).toBe('/login');
  });

  test('signing out ends the session here', async () => {
    idp.claims = { email: 'sue@example.org', email_verified: true, preferred_username: 'sue', groups: [] };
    const headers = { cookie: (await signIn()).cookies(server.base) };
    expect((await server.call('GET', '/logout', undefined, { auth: '', headers })).status).toBe(302);
    expect((await server.call('GET', '/api/user', undefined, { auth: '', headers })).status).toBe(401);
  });
});
