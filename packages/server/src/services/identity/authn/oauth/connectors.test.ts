/** Each connector against a provider of the test's own that answers as the real one documents. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AuthFailure } from '../auth-failure.ts';
import { mapAccess, type MappingDeps } from '../role-mapping.ts';
import { connectors, type ConnectorUser } from './connectors.ts';
import { readProvider } from './provider.ts';
import { createProviderHttp, type ProviderHttp } from './provider-http.ts';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly json: unknown };

let server: Server;
let base = '';
let keys: { privateKey: CryptoKey; publicKey: CryptoKey };
let answers: Record<string, (asked: Asked) => Answer> = {};
let asked: Asked[] = [];

beforeAll(async () => {
  keys = await generateKeyPair('RS256');
  server = createServer((req, res) => {
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('end', () => {
      const request = { method: req.method!, path: req.url!, headers: req.headers, body: Buffer.concat(parts).toString() };
      asked.push(request);
      const { status = 200, headers = {}, json } = (answers[req.url!] ?? answers[req.url!.split('?')[0]!] ?? notFound)(request);
      res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(typeof json === 'string' ? json : JSON.stringify(json));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterAll(() => new Promise<void>((done) => void server.close(() => done())));
beforeEach(() => {
  answers = {};
  asked = [];
});

const notFound = (): Answer => ({ status: 404, json: { message: 'Not Found' } });
const answer = (json: unknown) => () => ({ json });
const serve = (routes: Record<string, unknown>) => void Object.assign(answers, Object.fromEntries(Object.entries(routes).map(([path, json]) => [path, answer(json)])));
const plainToken = (claims: object) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;
const signed = (claims: Record<string, unknown>, audience = 'client') =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).setAudience(audience).setIssuedAt().setExpirationTime('1h').sign(keys.privateKey);
const serveKeys = async (path: string) => serve({ [path]: { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] } });

/** What the connector makes of it. Addresses of the real provider are answered here too. */
function whoIs(id: string, settings: Record<string, unknown>, tokens: { idToken?: string; accessToken?: string } = {}): Promise<ConnectorUser> {
  const provider = readProvider(id, { enabled: true, client_id: 'client', client_secret: 'secret', ...settings });
  const http = createProviderHttp(provider);
  const here = (url: string) => (url.startsWith(base) ? url : url.replace(/^https?:\/\/([^/]+)/, `${base}/$1`));
  const local: ProviderHttp = {
    ...http, getJson: (url, token) => http.getJson(here(url), token), postJson: (url, token, body) => http.postJson(here(url), token, body),
    getAll: (url, token) => http.getAll(here(url), token), getPublic: (url) => http.getPublic(here(url)),
  };
  return connectors[id]!({ provider, http: local, tokens: { accessToken: 'access', refreshToken: '', idToken: '', tokenType: 'Bearer', expiresAt: 0, ...tokens } });
}

const deps: MappingDeps = {
  defaultOrgId: 1, defaultRole: 'Viewer', orgId: async (name) => ({ 1: 1, 2: 2, 'Main Org.': 1, ops: 2 })[name], allOrgIds: async () => [1, 2], teamId: async (orgId, name) => (name === 'crew' ? 10 + orgId : undefined),
  invalidRole: (why) => new AuthFailure(400, why === 'unknown role' ? 'oauth.invalid_role' : 'oauth.role_attribute_strict_violation', why),
};
const accessOf = (id: string, settings: Record<string, unknown>, person: ConnectorUser) => mapAccess(readProvider(id, settings).mapping, deps, person.raw, person);
const rolesIn = ({ orgRoles }: Awaited<ReturnType<typeof mapAccess>>) => Object.fromEntries(orgRoles ?? []);

describe('github', () => {
  const teams = [
    { id: 7, html_url: 'https://github.com/orgs/acme/teams/devs', name: 'Devs', slug: 'devs', organization: { login: 'acme' } },
    { id: 8, html_url: 'https://github.com/orgs/acme/teams/ops', name: 'Ops', slug: 'ops', organization: { login: 'acme' } },
  ];
  const settings = () => ({ api_url: `${base}/user` });
  beforeEach(() => serve({
    '/user': { id: 4711, login: 'mona', name: 'Mona Lisa', email: null, role: 'Editor' },
    '/user/emails': [{ email: 'other@example.org', primary: false, verified: true }, { email: 'mona@example.org', primary: true, verified: true, visibility: null }],
    '/user/teams': teams, '/user/orgs': [{ login: 'acme' }, { login: 'hobby' }],
  }));

  test('the person, their primary address when none is public, and their teams as groups', async () => {
    const person = await whoIs('github', settings());
    expect(person).toMatchObject({
      id: '4711', login: 'mona', name: 'Mona Lisa', email: 'mona@example.org', groups: ['https://github.com/orgs/acme/teams/devs', '@acme/devs', 'https://github.com/orgs/acme/teams/ops', '@acme/ops'],
    });
    expect(asked.every(({ headers }) => headers.authorization === 'Bearer access')).toBe(true);
  });
  test('a public address counts as it is; who has no name goes by the login', async () => {
    serve({ '/user': { id: 1, login: 'mona', name: null, email: 'public@example.org' } });
    expect(await whoIs('github', settings())).toMatchObject({ name: 'mona', email: 'public@example.org' });
  });
  test('an address that was never confirmed is none', async () => {
    serve({ '/user/emails': [{ email: 'mona@example.org', primary: true, verified: false }] });
    expect((await whoIs('github', settings())).email).toBe('');
  });
  test('teams of every page count, and the token goes to no other host', async () => {
    answers['/user/teams'] = ({ path }) => (path.endsWith('page=2') ? { json: teams.slice(1), headers: { link: '<http://elsewhere.example/steal>; rel="next"' } }
      : { json: teams.slice(0, 1), headers: { link: `<${base}/user/teams?per_page=100&page=2>; rel="next", <${base}/user/teams?per_page=100&page=2>; rel="last"` } });
    expect((await whoIs('github', settings())).groups).toContain('@acme/ops');
  });
  test('team_ids and allowed_organizations shut others out', async () => {
    await expect(whoIs('github', { ...settings(), team_ids: '9,10' })).rejects.toThrow('User not a member of one of the required teams');
    await expect(whoIs('github', { ...settings(), allowed_organizations: 'other' })).rejects.toThrow('User not a member of one of the required organizations');
    await expect(whoIs('github', { ...settings(), team_ids: '9,8', allowed_organizations: 'ACME' })).resolves.toMatchObject({ login: 'mona' });
  });
  test('roles come from the profile or the groups, orgs and teams from organizations and teams', async () => {
    const person = await whoIs('github', settings());
    expect(rolesIn(await accessOf('github', { role_attribute_path: 'role' }, person))).toEqual({ 1: 'Editor' });
    expect(rolesIn(await accessOf('github', { role_attribute_path: "contains(groups[*], '@acme/ops') && 'Admin'" }, person))).toEqual({ 1: 'Admin' });
    expect(rolesIn(await accessOf('github', { org_mapping: 'acme:ops:Editor hobby:1' }, person))).toEqual({ 1: 'Viewer', 2: 'Editor' });
    expect(rolesIn(await accessOf('github', { org_mapping: '@acme/devs:ops:Admin' }, person))).toEqual({ 2: 'Admin' });
    expect((await accessOf('github', { team_mapping: '@acme/devs:crew @acme/ops:2:crew @acme/none:crew' }, person)).teams).toEqual([{ orgId: 1, teamId: 11 }, { orgId: 2, teamId: 12 }]);
  });
});

describe('gitlab', () => {
  const settings = () => ({ api_url: `${base}/api/v4` });

  test('by id token, with groups from userinfo', async () => {
    serve({ '/oauth/userinfo': { sub: '5', nickname: 'tanuki', groups: ['acme', 'acme/ops'] } });
    const idToken = plainToken({ sub: '5', name: 'Tanu Ki', email: 't@example.org', email_verified: true, preferred_username: 'tanuki', groups_direct: ['acme'] });
    expect(await whoIs('gitlab', settings(), { idToken })).toMatchObject({ id: '5', login: 'tanuki', email: 't@example.org', name: 'Tanu Ki', groups: ['acme', 'acme/ops'] });
    await expect(whoIs('gitlab', settings(), { idToken: plainToken({ sub: '5', email: 't@example.org', email_verified: false }) })).rejects.toThrow('not verified');
    await expect(whoIs('gitlab', { ...settings(), allowed_groups: 'other' }, { idToken })).rejects.toThrow('user not a member of one of the required groups');
  });
  test('by the API: active and confirmed people only, groups over pages', async () => {
    const user = { id: 5, username: 'tanuki', name: 'Tanu Ki', email: 't@example.org', state: 'active', confirmed_at: '2020-01-01T00:00:00Z' };
    serve({ '/api/v4/user': user });
    answers['/api/v4/groups'] = ({ path }) => (path.includes('&page=2') ? { json: [{ full_path: 'acme/ops' }] }
      : { json: [{ full_path: 'acme' }], headers: { link: `<${base}/api/v4/groups?min_access_level=10&per_page=50&page=2>; rel="next"` } });
    expect(await whoIs('gitlab', settings())).toMatchObject({ id: '5', login: 'tanuki', groups: ['acme', 'acme/ops'] });
    expect(asked.some(({ path }) => path.includes('min_access_level=10') && path.includes('per_page=50'))).toBe(true);
    for (const wrong of [{ state: 'blocked' }, { confirmed_at: null }]) {
      serve({ '/api/v4/user': { ...user, ...wrong } });
      await expect(whoIs('gitlab', settings())).rejects.toBeInstanceOf(AuthFailure);
    }
  });
});

describe('google', () => {
  const claims = { sub: '99', name: 'Goo G', email: 'goo@example.org', email_verified: true, hd: 'example.org' };
  const settings = () => ({ api_url: `${base}/userinfo`, scopes: 'openid email profile' });

  test('by id token or userinfo, verified addresses only', async () => {
    expect(await whoIs('google', settings(), { idToken: plainToken(claims) })).toMatchObject({ id: '99', login: 'goo@example.org', email: 'goo@example.org', groups: [] });
    serve({ '/userinfo': claims });
    expect(await whoIs('google', settings())).toMatchObject({ id: '99' });
    await expect(whoIs('google', settings(), { idToken: plainToken({ ...claims, email_verified: false }) })).rejects.toThrow('not verified');
  });
  test('a hosted domain must be an allowed one', async () => {
    await expect(whoIs('google', { ...settings(), allowed_domains: 'elsewhere.example' }, { idToken: plainToken(claims) })).rejects.toThrow('domains');
    await expect(whoIs('google', { ...settings(), allowed_domains: 'example.org' }, { idToken: plainToken(claims) })).resolves.toBeDefined();
  });
  test('groups are asked for where the scope is', async () => {
    serve({ '/cloudidentity.googleapis.com/v1/groups/-/memberships:searchDirectGroups': { memberships: [{ groupKey: { id: 'ops@example.org' }, group: 'groups/1', displayName: 'Ops' }] } });
    const scoped = { ...settings(), scopes: 'openid https://www.googleapis.com/auth/cloud-identity.groups.readonly' };
    const person = await whoIs('google', scoped, { idToken: plainToken(claims) });
    expect(person.groups).toEqual(['ops@example.org']);
    await expect(whoIs('google', { ...scoped, allowed_groups: 'devs@example.org' }, { idToken: plainToken(claims) })).rejects.toThrow('required groups');
    expect(rolesIn(await accessOf('google', { org_mapping: 'ops@example.org:ops:Editor' }, person))).toEqual({ 2: 'Editor' });
  });
});

describe('azuread', () => {
  const claims = { sub: 'subject', oid: 'object-1', tid: 'tenant-1', ver: '2.0', name: 'Az Ure', preferred_username: 'az@example.org', roles: ['Editor', 'Viewer'], groups: ['g-1', 'g-2'] };
  const settings = () => ({ auth_url: `${base}/tenant-1/oauth2/v2.0/authorize` });
  beforeEach(() => serveKeys('/tenant-1/discovery/v2.0/keys'));

  test('the signed id token says who, which groups and which role', async () => {
    const person = await whoIs('azuread', settings(), { idToken: await signed(claims) });
    expect(person).toMatchObject({ id: 'object-1', login: 'az@example.org', email: 'az@example.org', name: 'Az Ure', groups: ['g-1', 'g-2'], roleName: 'Editor' });
    expect(rolesIn(await accessOf('azuread', {}, person))).toEqual({ 1: 'Editor' });
    const admin = await whoIs('azuread', settings(), { idToken: await signed({ ...claims, roles: ['GrafanaAdmin', 'Viewer'] }) });
    expect(await accessOf('azuread', { allow_assign_grafana_admin: true }, admin)).toMatchObject({ isGrafanaAdmin: true, orgRoles: new Map([[1, 'Admin']]) });
    await expect(accessOf('azuread', { role_attribute_strict: true }, await whoIs('azuread', settings(), { idToken: await signed({ ...claims, roles: [] }) }))).rejects.toThrow('no role');
  });
  test('tokens of others, for others, of version 1 and unsigned ones are refused', async () => {
    const stranger = await generateKeyPair('RS256');
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).setAudience('client').setExpirationTime('1h').sign(stranger.privateKey);
    for (const idToken of [forged, plainToken(claims), await signed(claims, 'another client'), await signed({ ...claims, ver: '1.0' }), '']) {
      await expect(whoIs('azuread', settings(), { idToken })).rejects.toBeInstanceOf(AuthFailure);
    }
  });
  test('tenants, groups, and an address must fit', async () => {
    const idToken = await signed(claims);
    await expect(whoIs('azuread', { ...settings(), allowed_organizations: 'tenant-2' }, { idToken })).rejects.toThrow('organizations');
    await expect(whoIs('azuread', { ...settings(), allowed_groups: 'g-3' }, { idToken })).rejects.toThrow('required groups');
    await expect(whoIs('azuread', { ...settings(), allowed_organizations: 'tenant-1', allowed_groups: 'g-2' }, { idToken })).resolves.toBeDefined();
    await expect(whoIs('azuread', settings(), { idToken: await signed({ ...claims, preferred_username: '' }) })).rejects.toMatchObject({ messageId: 'auth.oauth.email.missing' });
  });
  test('too many groups for a token are asked for in Graph', async () => {
    serve({ '/graph.microsoft.com/v1.0/tenant-1/users/object-1/getMemberObjects': { value: ['g-1', 'g-300'] } });
    const { groups: _, ...rest } = claims;
    const idToken = await signed({ ...rest, _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://graph.windows.net/tenant-1/users/object-1/getMemberObjects' } } });
    expect((await whoIs('azuread', settings(), { idToken })).groups).toEqual(['g-1', 'g-300']);
    expect(asked.find(({ method }) => method === 'POST')?.body).toBe('{"securityEnabledOnly":false}');
    expect((await whoIs('azuread', { ...settings(), force_use_graph_api: true }, { idToken: await signed(claims) })).groups).toEqual(['g-1', 'g-300']);
  });
});

test('okta: claims say who, userinfo says groups and role', async () => {
  serve({ '/oauth2/v1/userinfo': { sub: '00u', groups: ['Everyone', 'ops'], grafana_role: 'Admin' } });
  const settings = { api_url: `${base}/oauth2/v1/userinfo` };
  const idToken = plainToken({ sub: '00u', name: 'Ok Ta', preferred_username: 'ok@example.org' });
  const person = await whoIs('okta', settings, { idToken });
  expect(person).toMatchObject({ id: '00u', login: 'ok@example.org', email: 'ok@example.org', groups: ['Everyone', 'ops'] });
  expect(rolesIn(await accessOf('okta', { role_attribute_path: 'grafana_role' }, person))).toEqual({ 1: 'Admin' });
  expect(rolesIn(await accessOf('okta', { org_mapping: 'ops:2:Editor' }, person))).toEqual({ 2: 'Editor' });
  await expect(whoIs('okta', { ...settings, allowed_groups: 'devs' }, { idToken })).rejects.toThrow('required groups');
  await expect(whoIs('okta', settings)).rejects.toThrow('no id token');
  expect(readProvider('okta', { scopes: 'openid', use_refresh_token: true }).scopes).toEqual(['openid', 'offline_access']);
});

test('grafana.com: the profile with its role, for members of allowed organizations', async () => {
  serve({ '/api/oauth2/user': { id: 3, name: 'Gra Fana', username: 'gra', email: 'gra@example.org', role: 'Editor', orgs: [{ login: 'acme', role: 'Admin' }] } });
  const settings = { api_url: `${base}/api/oauth2/user` };
  const person = await whoIs('grafana_com', settings);
  expect(person).toMatchObject({ id: '3', login: 'gra', email: 'gra@example.org', name: 'Gra Fana' });
  expect(rolesIn(await accessOf('grafana_com', {}, person))).toEqual({ 1: 'Editor' });
  await expect(whoIs('grafana_com', { ...settings, allowed_organizations: 'other' })).rejects.toThrow('organizations');
});

describe('generic', () => {
  const settings = () => ({ api_url: `${base}/me` });

  test('each field comes from the first of id token, API and access token that has it', async () => {
    serve({ '/me': { sub: 'api', email: 'api@example.org', display_name: 'From API', groups: ['a'] } });
    const person = await whoIs('generic_oauth', { ...settings(), groups_attribute_path: 'groups', login_attribute_path: 'nick' }, { idToken: plainToken({ sub: 'token' }), accessToken: plainToken({ nick: 'fromaccess' }) });
    expect(person).toMatchObject({ id: 'token', email: 'api@example.org', name: 'From API', login: 'fromaccess', groups: ['a'] });
  });
  test('an address is looked for in every place that may have it', async () => {
    for (const [profile, extra, email] of [
      [{ mail: 'path@example.org' }, { email_attribute_path: 'mail' }, 'path@example.org'], [{ attributes: { 'email:primary': ['attr@example.org'] } }, { email_attribute_name: 'email:primary' }, 'attr@example.org'],
      [{ upn: 'upn@example.org' }, {}, 'upn@example.org'], [{ login: 'nobody' }, {}, 'primary@example.org'],
    ] as const) {
      serve({ '/me': profile, '/me/emails': [{ email: 'second@example.org' }, { email: 'primary@example.org', is_primary: true }] });
      expect((await whoIs('generic_oauth', { ...settings(), ...extra })).email).toBe(email);
    }
  });
  test('teams, organizations and groups shut others out', async () => {
    serve({ '/me': { email: 'a@example.org', groups: ['a'] }, '/me/teams': [{ id: 3 }], '/me/orgs': [{ login: 'acme' }], '/teams': { list: [{ key: 'blue' }] } });
    await expect(whoIs('generic_oauth', { ...settings(), team_ids: '4' })).rejects.toThrow('required teams');
    await expect(whoIs('generic_oauth', { ...settings(), team_ids: '3' })).resolves.toBeDefined();
    const own = { ...settings(), teams_url: `${base}/teams`, team_ids_attribute_path: 'list[*].key' };
    await expect(whoIs('generic_oauth', { ...own, team_ids: 'red' })).rejects.toThrow('required teams');
    await expect(whoIs('generic_oauth', { ...own, team_ids: 'blue' })).resolves.toBeDefined();
    await expect(whoIs('generic_oauth', { ...settings(), allowed_organizations: 'other' })).rejects.toThrow('required organizations');
    await expect(whoIs('generic_oauth', { ...settings(), groups_attribute_path: 'groups', allowed_groups: 'b' })).rejects.toThrow('required groups');
  });
  test('with validation, an id token that the key set did not sign is refused', async () => {
    await serveKeys('/jwks');
    const checked = { validate_id_token: true, jwk_set_url: `${base}/jwks` };
    await expect(whoIs('generic_oauth', checked, { idToken: await signed({ sub: '1', email: 'a@example.org' }) })).resolves.toMatchObject({ id: '1' });
    await expect(whoIs('generic_oauth', checked, { idToken: plainToken({ sub: '1', email: 'a@example.org' }) })).rejects.toBeInstanceOf(AuthFailure);
  });
});

describe('the token endpoint', () => {
  const exchange = (settings: Record<string, unknown>) =>
    createProviderHttp(readProvider('generic_oauth', { token_url: `${base}/token`, client_id: 'client', client_secret: 'secret', ...settings })).exchange({ grant_type: 'authorization_code', code: 'c' }, 1_000);
  const token = { access_token: 'a', refresh_token: 'r', id_token: 'i', expires_in: 60, other: 'o' };

  test('gets the secret in the header first, in the form where that is refused', async () => {
    answers['/token'] = ({ headers }) => (headers.authorization ? { status: 401, json: { error: 'invalid_client' } } : { json: token });
    expect(await exchange({})).toEqual({ accessToken: 'a', refreshToken: 'r', idToken: 'i', tokenType: 'Bearer', expiresAt: 61_000 });
    expect(asked.map(({ headers, body }) => [headers.authorization, new URLSearchParams(body).get('client_secret')])).toEqual([[`Basic ${btoa('client:secret')}`, null], [undefined, 'secret']]);
  });
  test('names the id token as id_token_attribute_name says, and may answer a form', async () => {
    serve({ '/token': token });
    expect((await exchange({ id_token_attribute_name: 'other' })).idToken).toBe('o');
    serve({ '/token': 'access_token=gho_1&scope=user&token_type=bearer' });
    expect((await exchange({})).accessToken).toBe('gho_1');
  });
  test('that answers no token, or nothing sensible, ends the sign-in with one message', async () => {
    for (const json of [{ error: 'bad_verification_code' }, '<html>', { access_token: 7 }]) {
      serve({ '/token': json });
      await expect(exchange({})).rejects.toMatchObject({ messageId: 'auth.oauth.token.exchange', message: 'Failed to get token from provider' });
    }
  });
  test('takes the assertion of a workload identity instead of a secret', async () => {
    serve({ '/token': token });
    const file = join(mkdtempSync(join(tmpdir(), 'belvedere-workload-')), 'token');
    writeFileSync(file, 'the-assertion\n');
    await exchange({ client_authentication: 'workload_identity', workload_identity_token_file: file });
    const form = new URLSearchParams(asked[0]!.body);
    expect([form.get('client_assertion'), form.get('client_assertion_type'), form.get('client_secret'), asked[0]!.headers.authorization])
      .toEqual(['the-assertion', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', null, undefined]);
  });
});
