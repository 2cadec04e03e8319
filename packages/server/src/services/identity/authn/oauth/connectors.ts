/** Who the token is for, as each provider tells it (identity-and-access §3.6). */
import { AuthFailure } from '../auth-failure.ts';
import { searchText, searchTexts } from '../role-mapping.ts';
import type { OAuthProvider } from './provider.ts';
import type { ProviderHttp, Tokens } from './provider-http.ts';
import { objectOf } from '../../../../util/json-value.ts';

export interface ConnectorUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly login: string;
  readonly groups: readonly string[];
  /** What role and org paths are evaluated on. */
  readonly raw: unknown;
  /** Orgs of the provider for `org_mapping`, where they are not the groups. */
  readonly externalOrgs?: readonly string[];
  /** The provider's own role, where it has one. */
  readonly roleName?: string;
}

export interface ConnectorContext {
  readonly provider: OAuthProvider;
  readonly http: ProviderHttp;
  readonly tokens: Tokens;
}

export type Connector = (context: ConnectorContext) => Promise<ConnectorUser>;

type Json = Readonly<Record<string, unknown>>;

const refuse = (message: string) => new AuthFailure(401, 'auth.oauth.userinfo.failed', message);
const str = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');

/** The claims of a token, not verified: it came from the provider itself, over TLS. */
export function claimsOf(token: string): Json {
  const body = token.split('.')[1];
  if (!body) return {};
  try {
    return objectOf(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
  } catch {
    return {};
  }
}

/** Verified against the provider's key set where that is wanted. */
async function idTokenClaims({ provider, http, tokens }: ConnectorContext, always = false): Promise<Json> {
  if (tokens.idToken === '') return {};
  if (!provider.validateIdToken && !always) return claimsOf(tokens.idToken);
  const { createLocalJWKSet, jwtVerify } = await import('jose');
  const keys = createLocalJWKSet((await http.getPublic(provider.jwkSetUrl)) as never);
  const { payload } = await jwtVerify(tokens.idToken, keys, { audience: provider.clientId }).catch((error: unknown) => {
    throw new AuthFailure(401, 'auth.oauth.userinfo.error', 'Failed to validate ID token', { cause: error });
  });
  return payload as Json;
}

function checkGroups(provider: OAuthProvider, groups: readonly string[]): void {
  if (provider.allowedGroups.length > 0 && !provider.allowedGroups.some((group) => groups.includes(group))) throw refuse('user not a member of one of the required groups');
}

const generic: Connector = async (context) => {
  const { provider, http, tokens } = context;
  const idClaims = await idTokenClaims(context);
  const api = provider.apiUrl === '' ? {} : objectOf((await http.getJson(provider.apiUrl, tokens.accessToken)).body);
  const sources = [idClaims, api, claimsOf(tokens.accessToken)].filter((source) => Object.keys(source).length > 0);
  const first = async (read: (source: Json) => string | Promise<string>): Promise<string> => {
    for (const source of sources) {
      const value = await read(source);
      if (value !== '') return value;
    }
    return '';
  };
  const path = (name: string) => (source: Json) => searchText(provider.text(name), source);
  const emailName = provider.text('email_attribute_name');
  let email = (await first((s) => str(s['email']))) || (await first(path('email_attribute_path')))
    || (await first((s) => str((objectOf(s['attributes'])[emailName] as unknown[] | undefined)?.[0]))) || (await first((s) => (str(s['upn']).includes('@') ? str(s['upn']) : '')));
  if (email === '' && provider.apiUrl !== '') email = await primaryEmail(context, `${provider.apiUrl}/emails`).catch(() => '');
  const login = (await first((s) => str(s['login']))) || (await first(path('login_attribute_path'))) || (await first((s) => str(s['username']))) || email;
  const name = (await first(path('name_attribute_path'))) || (await first((s) => str(s['name']))) || (await first((s) => str(s['display_name'])));
  let groups: readonly string[] = [];
  for (const source of sources) {
    groups = await searchTexts(provider.text('groups_attribute_path'), source);
    if (groups.length > 0) break;
  }
  if (provider.teamIds.length > 0) {
    const url = provider.text('teams_url') || `${provider.apiUrl}/teams`;
    const body = (await http.getJson(url, tokens.accessToken)).body;
    const idPath = provider.text('team_ids_attribute_path');
    const ids = idPath === '' ? (Array.isArray(body) ? body.map((team) => str(objectOf(team)['id'])) : []) : await searchTexts(idPath, body);
    if (!provider.teamIds.some((id) => ids.includes(id))) throw refuse('User not a member of one of the required teams');
  }
  if (provider.allowedOrganizations.length > 0) {
    const orgs = (await http.getAll(`${provider.apiUrl}/orgs`, tokens.accessToken)).map((org) => str(objectOf(org)['login']));
    if (!provider.allowedOrganizations.some((org) => orgs.includes(org))) throw refuse('User not a member of one of the required organizations');
  }
  checkGroups(provider, groups);
  const id = (await first((s) => str(s['sub']))) || (await first((s) => str(s['id'])));
  return { id: id || email || login, name, email, login, groups, raw: Object.assign({}, ...sources.toReversed()) };
};

async function primaryEmail({ http, tokens }: ConnectorContext, url: string): Promise<string> {
  const body = (await http.getJson(url, tokens.accessToken)).body;
  const all = (Array.isArray(body) ? body : Array.isArray(objectOf(body)['values']) ? (objectOf(body)['values'] as unknown[]) : []).map(objectOf);
  const primary = all.find((entry) => entry['primary'] === true || entry['is_primary'] === true);
  return primary && (primary['verified'] !== false) ? str(primary['email']) : '';
}

const github: Connector = async (context) => {
  const { provider, http, tokens } = context;
  const user = objectOf((await http.getJson(provider.apiUrl, tokens.accessToken)).body);
  const teams = (await http.getAll(`${provider.apiUrl}/teams?per_page=100`, tokens.accessToken)).map(objectOf);
  if (provider.teamIds.length > 0 && !teams.some((team) => provider.teamIds.includes(str(team['id'])))) throw refuse('User not a member of one of the required teams');
  const orgs = (await http.getAll(`${provider.apiUrl}/orgs?per_page=100`, tokens.accessToken)).map((org) => str(objectOf(org)['login']));
  if (provider.allowedOrganizations.length > 0) {
    const wanted = provider.allowedOrganizations.map((org) => org.toLowerCase());
    if (!orgs.some((org) => wanted.includes(org.toLowerCase()))) throw refuse('User not a member of one of the required organizations');
  }
  const groups = teams.flatMap((team) => [str(team['html_url']), `@${str(objectOf(team['organization'])['login'])}/${str(team['slug'])}`]);
  // The public address first; those that are kept private are asked for only where there is none.
  const email = str(user['email']) || (await primaryEmail(context, `${provider.apiUrl}/emails`).catch(() => ''));
  checkGroups(provider, groups);
  return { id: str(user['id']), name: str(user['name']) || str(user['login']), login: str(user['login']), email, groups, raw: user, externalOrgs: [...orgs, ...groups] };
};

const gitlab: Connector = async (context) => {
  const { provider, http, tokens } = context;
  const claims = await idTokenClaims(context);
  if (Object.keys(claims).length > 0) {
    if (claims['email_verified'] !== true) throw refuse('user email is not verified');
    const info = objectOf((await http.getJson(new URL('/oauth/userinfo', provider.apiUrl).href, tokens.accessToken).catch(() => ({ body: {} }))).body);
    const groups = Array.isArray(info['groups']) ? info['groups'].map(str) : Array.isArray(claims['groups']) ? claims['groups'].map(str) : [];
    checkGroups(provider, groups);
    return { id: str(claims['sub']), name: str(claims['name']), login: str(claims['preferred_username']) || str(claims['nickname']) || str(info['nickname']) || str(claims['email']), email: str(claims['email']), groups, raw: { ...info, ...claims } };
  }
  const user = objectOf((await http.getJson(`${provider.apiUrl}/user`, tokens.accessToken)).body);
  if (str(user['state']) !== 'active') throw refuse(`user ${str(user['username'])} is inactive`);
  if (str(user['confirmed_at']) === '') throw refuse(`user ${str(user['username'])} email is not confirmed`);
  const groups = (await http.getAll(`${provider.apiUrl}/groups?per_page=50&min_access_level=10`, tokens.accessToken)).map((group) => str(objectOf(group)['full_path']));
  checkGroups(provider, groups);
  return { id: str(user['id']), name: str(user['name']), login: str(user['username']), email: str(user['email']), groups, raw: user };
};

const google: Connector = async (context) => {
  const { provider, http, tokens } = context;
  const claims = await idTokenClaims(context);
  const info = Object.keys(claims).length > 0 ? claims : objectOf((await http.getJson(provider.apiUrl, tokens.accessToken)).body);
  const email = str(info['email']);
  if (info['email_verified'] !== true && info['email_verified'] !== 'true') throw refuse('user email is not verified');
  const hd = str(info['hd']);
  if (!provider.flag('validate_hd') && provider.allowedDomains.length > 0 && hd !== '' && !provider.allowedDomains.includes(hd)) throw refuse('user is not a member of one of the required domains');
  let groups: readonly string[] = [];
  if (provider.scopes.includes('https://www.googleapis.com/auth/cloud-identity.groups.readonly')) {
    const query = `member_key_id=='${email}' && 'cloudidentity.googleapis.com/groups.discussion_forum' in labels`;
    const body = objectOf((await http.getJson(`https://cloudidentity.googleapis.com/v1/groups/-/memberships:searchDirectGroups?query=${encodeURIComponent(query)}`, tokens.accessToken)).body);
    groups = (Array.isArray(body['memberships']) ? body['memberships'] : []).map((entry) => str(objectOf(objectOf(entry)['groupKey'])['id']));
  }
  checkGroups(provider, groups);
  return { id: str(info['sub']), name: str(info['name']), login: email, email, groups, raw: info };
};

const azuread: Connector = async (context) => {
  const { provider, http, tokens } = context;
  if (tokens.idToken === '') throw refuse('id token missing');
  const authority = provider.authUrl.replace(/\/oauth2\/v2\.0\/authorize\/?$/, '');
  const keys = provider.jwkSetUrl || `${authority}/discovery/v2.0/keys`;
  const claims = await idTokenClaims({ ...context, provider: { ...provider, jwkSetUrl: keys } }, true);
  if (str(claims['ver']) === '1.0') throw refuse('AzureAD OAuth: version 1.0 is not supported. Please ensure the auth_url and token_url are set to the v2.0 endpoints.');
  if (provider.allowedOrganizations.length > 0 && !provider.allowedOrganizations.includes(str(claims['tid']))) throw refuse('user is not a member of one of the required organizations');
  const email = str(claims['email']) || str(claims['preferred_username']);
  if (email === '') throw new AuthFailure(401, 'auth.oauth.email.missing', "Provider didn't return an email address");
  const roles = Array.isArray(claims['roles']) ? claims['roles'].map(str) : [];
  const roleName = ['GrafanaAdmin', 'Admin', 'Editor', 'Viewer', 'None'].find((name) => roles.some((role) => role.toLowerCase() === name.toLowerCase())) ?? '';
  let groups: readonly string[] = Array.isArray(claims['groups']) ? claims['groups'].map(str) : [];
  const overage = objectOf(claims['_claim_names'])['groups'] !== undefined;
  if (overage || provider.flag('force_use_graph_api')) {
    const url = `https://graph.microsoft.com/v1.0/${str(claims['tid'])}/users/${str(claims['oid'])}/getMemberObjects`;
    const body = objectOf(await http.postJson(url, tokens.accessToken, { securityEnabledOnly: false }));
    groups = Array.isArray(body['value']) ? body['value'].map(str) : [];
  }
  checkGroups(provider, groups);
  return { id: str(claims['oid']) || str(claims['sub']), name: str(claims['name']), login: email, email, groups, raw: claims, roleName };
};

const okta: Connector = async (context) => {
  const { provider, http, tokens } = context;
  const claims = await idTokenClaims(context);
  if (Object.keys(claims).length === 0) throw refuse('no id token found');
  const email = str(claims['email']) || str(claims['preferred_username']);
  if (email === '') throw new AuthFailure(401, 'auth.oauth.email.missing', "Provider didn't return an email address");
  const info = objectOf((await http.getJson(provider.apiUrl, tokens.accessToken)).body);
  const groups = Array.isArray(info['groups']) ? info['groups'].map(str) : [];
  checkGroups(provider, groups);
  return { id: str(claims['sub']), name: str(claims['name']), login: email, email, groups, raw: info };
};

const grafanaCom: Connector = async ({ provider, http, tokens }) => {
  const user = objectOf((await http.getJson(provider.apiUrl, tokens.accessToken)).body);
  const orgs = (Array.isArray(user['orgs']) ? user['orgs'] : []).map((org) => str(objectOf(org)['login']));
  if (provider.allowedOrganizations.length > 0 && !provider.allowedOrganizations.some((org) => orgs.includes(org))) throw refuse('User not a member of one of the required organizations');
  return { id: str(user['id']), name: str(user['name']), login: str(user['username']), email: str(user['email']), groups: [], raw: user, roleName: str(user['role']) };
};

export const connectors: Readonly<Record<string, Connector>> = { generic_oauth: generic, github, gitlab, google, azuread, okta, grafana_com: grafanaCom };
