import type { Ini } from './ini.ts';

export type OrgRoleSetting = 'None' | 'Viewer' | 'Editor' | 'Admin';

/** `[auth]`, `[auth.basic]`, `[auth.anonymous]`, `[users]`, `[service_accounts]`, `[rbac]` (identity-and-access §14). */
export interface IdentitySettings {
  readonly loginCookieName: string;
  readonly loginMaxInactiveSeconds: number;
  readonly loginMaxLifetimeSeconds: number;
  readonly tokenRotationSeconds: number;
  /** Local passwords do not sign in at all. */
  readonly disableLogin: boolean;
  readonly disableLoginForm: boolean;
  readonly disableSignoutMenu: boolean;
  readonly signoutRedirectUrl: string;
  readonly oauthAutoLogin: boolean;
  readonly oauthStateCookieMaxAgeSeconds: number;
  readonly oauthLoginErrorMessage: string;
  readonly oauthAllowInsecureEmailLookup: boolean;
  readonly apiKeyMaxSecondsToLive: number;
  readonly basicAuthEnabled: boolean;
  readonly passwordPolicy: boolean;
  readonly anonymous: {
    readonly enabled: boolean;
    readonly orgName: string;
    readonly orgRole: OrgRoleSetting;
    readonly hideVersion: boolean;
    /** 0: no limit. */
    readonly deviceLimit: number;
  };
  readonly allowSignUp: boolean;
  readonly allowOrgCreate: boolean;
  readonly autoAssignOrg: boolean;
  readonly autoAssignOrgId: number;
  readonly autoAssignOrgRole: OrgRoleSetting;
  readonly verifyEmailEnabled: boolean;
  /** 0: the org that was active last. */
  readonly loginDefaultOrgId: number;
  readonly defaultTheme: string;
  readonly defaultLanguage: string;
  readonly viewersCanEdit: boolean;
  readonly inviteLifetimeMs: number;
  readonly verificationLifetimeMs: number;
  readonly lastSeenIntervalMs: number;
  readonly hiddenUsers: ReadonlySet<string>;
  /** Days; 0: no limit. */
  readonly tokenExpirationDayLimit: number;
  readonly managedOnCreation: readonly string[];
  readonly seededWildcardResources: readonly string[];
}

const roles = ['None', 'Viewer', 'Editor', 'Admin'] as const;
const dayMs = 86_400_000;

export function readIdentitySettings(ini: Ini): IdentitySettings {
  const auth = ini.section('auth');
  const basic = ini.section('auth.basic');
  const anonymous = ini.section('auth.anonymous');
  const users = ini.section('users');
  const rbac = ini.section('rbac');
  const rotationMinutes = auth.int('token_rotation_interval_minutes', 10);
  const inviteLifetimeMs = users.duration('user_invite_max_lifetime_duration', dayMs);
  if (inviteLifetimeMs < 900_000) users.fail('user_invite_max_lifetime_duration', 'the minimum supported value is 15m');
  const orgId = users.string('login_default_org_id');
  return {
    loginCookieName: auth.string('login_cookie_name', 'grafana_session'),
    loginMaxInactiveSeconds: Math.floor(auth.duration('login_maximum_inactive_lifetime_duration', 7 * dayMs) / 1000),
    loginMaxLifetimeSeconds: Math.floor(auth.duration('login_maximum_lifetime_duration', 30 * dayMs) / 1000),
    tokenRotationSeconds: Math.max(2, rotationMinutes) * 60,
    disableLogin: auth.bool('disable_login'),
    disableLoginForm: auth.bool('disable_login_form'),
    disableSignoutMenu: auth.bool('disable_signout_menu'),
    signoutRedirectUrl: auth.string('signout_redirect_url'),
    oauthAutoLogin: auth.bool('oauth_auto_login'),
    oauthStateCookieMaxAgeSeconds: auth.int('oauth_state_cookie_max_age', 600),
    oauthLoginErrorMessage: auth.string('oauth_login_error_message', 'oauth.login.error'),
    oauthAllowInsecureEmailLookup: auth.bool('oauth_allow_insecure_email_lookup'),
    apiKeyMaxSecondsToLive: auth.int('api_key_max_seconds_to_live', -1),
    basicAuthEnabled: basic.bool('enabled', true),
    passwordPolicy: basic.bool('password_policy'),
    anonymous: {
      enabled: anonymous.bool('enabled'),
      orgName: anonymous.string('org_name', 'Main Org.'),
      orgRole: anonymous.oneOf('org_role', roles, 'Viewer'),
      hideVersion: anonymous.bool('hide_version'),
      deviceLimit: anonymous.int('device_limit', 0),
    },
    allowSignUp: users.bool('allow_sign_up'),
    allowOrgCreate: users.bool('allow_org_create'),
    autoAssignOrg: users.bool('auto_assign_org', true),
    autoAssignOrgId: users.int('auto_assign_org_id', 1),
    autoAssignOrgRole: users.oneOf('auto_assign_org_role', roles, 'Viewer'),
    verifyEmailEnabled: users.bool('verify_email_enabled'),
    loginDefaultOrgId: orgId === '' ? 0 : users.int('login_default_org_id', 0),
    defaultTheme: users.string('default_theme', 'dark'),
    defaultLanguage: users.string('default_language', 'en-US'),
    viewersCanEdit: users.bool('viewers_can_edit'),
    inviteLifetimeMs,
    verificationLifetimeMs: users.duration('verification_email_max_lifetime_duration', 3_600_000),
    lastSeenIntervalMs: Math.min(3_600_000, Math.max(300_000, users.duration('last_seen_update_interval', 900_000))),
    hiddenUsers: new Set(users.string('hidden_users').split(',').map((login) => login.trim()).filter((login) => login !== '')),
    tokenExpirationDayLimit: Math.max(0, ini.section('service_accounts').int('token_expiration_day_limit', 0)),
    managedOnCreation: rbac.list('resources_with_managed_permissions_on_creation', ['dashboard', 'folder', 'service-account', 'datasource']),
    seededWildcardResources: rbac.list('resources_with_seeded_wildcard_access'),
  };
}
