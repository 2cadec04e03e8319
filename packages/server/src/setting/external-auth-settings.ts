import { isIP } from 'node:net';
import type { Ini, IniSection } from './ini.ts';

/** `[auth.proxy]` (identity-and-access §3.9). */
export interface ProxySettings {
  readonly enabled: boolean;
  readonly headerName: string;
  readonly headerProperty: 'username' | 'email';
  readonly autoSignUp: boolean;
  /** 0: every request syncs. */
  readonly syncTtlMs: number;
  /** Addresses and networks of proxies; empty: all. */
  readonly whitelist: readonly string[];
  /** Field (`Name`, `Email`, `Login`, `Role`, `Groups`) -> header. */
  readonly headers: Readonly<Record<string, string>>;
  readonly headersEncoded: boolean;
  readonly enableLoginToken: boolean;
  /** Teams of the `Groups` header. */
  readonly teamMapping: readonly string[];
}

/** How claims and attributes become roles; the same for JWT and OAuth. */
export interface MappingSettings {
  readonly roleAttributePath: string;
  readonly roleAttributeStrict: boolean;
  readonly orgAttributePath: string;
  readonly orgMapping: readonly string[];
  readonly teamMapping: readonly string[];
  readonly allowAssignGrafanaAdmin: boolean;
  readonly skipOrgRoleSync: boolean;
}

/** `[auth.jwt]` (identity-and-access §3.8). */
export interface JwtSettings {
  readonly enabled: boolean;
  readonly enableLoginToken: boolean;
  readonly headerName: string;
  readonly urlLogin: boolean;
  readonly usernameClaim: string;
  readonly usernameAttributePath: string;
  readonly emailClaim: string;
  readonly emailAttributePath: string;
  readonly groupsAttributePath: string;
  readonly keyFile: string;
  readonly keyId: string;
  readonly jwkSetFile: string;
  readonly jwkSetUrl: string;
  readonly jwkSetBearerTokenFile: string;
  readonly cacheTtlMs: number;
  readonly tls: { readonly ca: string; readonly skipVerify: boolean };
  readonly expectClaims: Readonly<Record<string, unknown>>;
  readonly autoSignUp: boolean;
  readonly mapping: MappingSettings;
}

/** `[auth.extended_jwt]` (identity-and-access §3.10). */
export interface ExtendedJwtSettings {
  readonly enabled: boolean;
  readonly jwksUrl: string;
  /** Whom access tokens may be meant for; empty: anybody. */
  readonly audiences: readonly string[];
}

/** `[auth.scim]` (identity-and-access §3.13): people are provisioned from elsewhere. */
export interface ScimSettings {
  readonly userSyncEnabled: boolean;
  /** Whoever was not provisioned does not sign in through a provider. */
  readonly rejectNonProvisionedUsers: boolean;
}

export interface ExternalAuthSettings {
  readonly proxy: ProxySettings;
  readonly jwt: JwtSettings;
  readonly extendedJwt: ExtendedJwtSettings;
  readonly scim: ScimSettings;
  readonly ldap: { readonly enabled: boolean; readonly configFile: string; readonly allowSignUp: boolean; readonly skipOrgRoleSync: boolean };
}

export function readExternalAuthSettings(ini: Ini): ExternalAuthSettings {
  const ldap = ini.section('auth.ldap');
  const scim = ini.section('auth.scim');
  return {
    proxy: readProxy(ini.section('auth.proxy')),
    jwt: readJwt(ini.section('auth.jwt'), ini.section('').string('app_mode') === 'development'),
    extendedJwt: readExtendedJwt(ini.section('auth.extended_jwt')),
    scim: { userSyncEnabled: scim.bool('user_sync_enabled'), rejectNonProvisionedUsers: scim.bool('reject_non_provisioned_users') },
    ldap: { enabled: ldap.bool('enabled'), configFile: ldap.string('config_file'), allowSignUp: ldap.bool('allow_sign_up', true), skipOrgRoleSync: ldap.bool('skip_org_role_sync') },
  };
}

function readProxy(proxy: IniSection): ProxySettings {
  const whitelist = proxy.string('whitelist').split(',').map((entry) => entry.trim()).filter((entry) => entry !== '');
  for (const entry of whitelist) {
    const [address = '', bits = '0'] = entry.split('/');
    if (!isIP(address) || !/^\d{1,3}$/.test(bits)) proxy.fail('whitelist', `not an address or network: ${entry}`);
  }
  const headers: Record<string, string> = {};
  for (const pair of proxy.string('headers').split(/[\s,]+/)) {
    const [field = '', name = ''] = pair.split(':');
    if (['Name', 'Email', 'Login', 'Role', 'Groups'].includes(field) && name !== '') headers[field] = name;
  }
  return {
    enabled: proxy.bool('enabled'), headerName: proxy.string('header_name', 'X-WEBAUTH-USER'), headerProperty: proxy.oneOf('header_property', ['username', 'email'], 'username'),
    autoSignUp: proxy.bool('auto_sign_up', true), syncTtlMs: proxy.int('sync_ttl', 15) * 60_000, whitelist, headers, headersEncoded: proxy.bool('headers_encoded'),
    enableLoginToken: proxy.bool('enable_login_token'), teamMapping: mappingList(proxy.string('team_mapping')),
  };
}

function readJwt(jwt: IniSection, development: boolean): JwtSettings {
  const settings: JwtSettings = {
    enabled: jwt.bool('enabled'), enableLoginToken: jwt.bool('enable_login_token'), headerName: jwt.string('header_name'), urlLogin: jwt.bool('url_login'),
    usernameClaim: jwt.string('username_claim'), usernameAttributePath: jwt.string('username_attribute_path'), emailClaim: jwt.string('email_claim'),
    emailAttributePath: jwt.string('email_attribute_path'), groupsAttributePath: jwt.string('groups_attribute_path'), keyFile: jwt.string('key_file'),
    keyId: jwt.string('key_id'), jwkSetFile: jwt.string('jwk_set_file'), jwkSetUrl: jwt.string('jwk_set_url'),
    jwkSetBearerTokenFile: jwt.string('jwk_set_bearer_token_file'), cacheTtlMs: jwt.duration('cache_ttl', 3_600_000),
    tls: { ca: jwt.string('tls_client_ca'), skipVerify: jwt.bool('tls_skip_verify_insecure') }, expectClaims: claims(jwt),
    autoSignUp: jwt.bool('auto_sign_up'), mapping: readMapping(jwt),
  };
  if (settings.enabled && [settings.keyFile, settings.jwkSetFile, settings.jwkSetUrl].filter((source) => source !== '').length !== 1) {
    jwt.fail('enabled', 'needs exactly one of key_file, jwk_set_file and jwk_set_url');
  }
  if (settings.enabled && settings.jwkSetUrl !== '' && !development && !settings.jwkSetUrl.startsWith('https://')) jwt.fail('jwk_set_url', 'must be an https address');
  return settings;
}

function readExtendedJwt(section: IniSection): ExtendedJwtSettings {
  const settings = { enabled: section.bool('enabled'), jwksUrl: section.string('jwks_url'), audiences: section.list('audiences', section.list('audience')) };
  if (settings.enabled && !URL.canParse(settings.jwksUrl)) section.fail('jwks_url', 'is not an address');
  return settings;
}

function claims(jwt: IniSection): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(jwt.string('expect_claims', '{}'));
    if (parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch {
    // Named below.
  }
  return jwt.fail('expect_claims', 'not a JSON object');
}

export const readMapping = (section: IniSection): MappingSettings => ({
  roleAttributePath: section.string('role_attribute_path'), roleAttributeStrict: section.bool('role_attribute_strict'), orgAttributePath: section.string('org_attribute_path'),
  orgMapping: mappingList(section.string('org_mapping')), teamMapping: mappingList(section.string('team_mapping')),
  allowAssignGrafanaAdmin: section.bool('allow_assign_grafana_admin'), skipOrgRoleSync: section.bool('skip_org_role_sync'),
});

/** A JSON list, or entries between commas and white space; quotes hold together what has blanks. */
export function mappingList(text: string): readonly string[] {
  if (text.trim().startsWith('[')) {
    try {
      const parsed: unknown = JSON.parse(text);
      if (Array.isArray(parsed)) return parsed.filter((entry): entry is string => typeof entry === 'string');
    } catch {
      // Not JSON after all.
    }
  }
  return [...text.matchAll(/"([^"]*)"|([^\s,]+)/g)].map((match) => match[1] ?? match[2] ?? '').filter((entry) => entry !== '');
}
