/** One OAuth provider as it is configured now (identity-and-access §3.6). */
import { mappingList } from '../../../../setting/external-auth-settings.ts';
import type { ProviderSettings } from '../../sso/sso.ts';
import type { RoleMappingSettings } from '../role-mapping.ts';

export interface OAuthProvider {
  readonly id: string;
  readonly enabled: boolean;
  readonly name: string;
  readonly icon: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authUrl: string;
  readonly tokenUrl: string;
  readonly apiUrl: string;
  readonly scopes: readonly string[];
  readonly usePkce: boolean;
  readonly useRefreshToken: boolean;
  readonly allowSignUp: boolean;
  readonly autoLogin: boolean;
  readonly authStyle: string;
  readonly clientAuthentication: string;
  readonly loginPrompt: string;
  readonly hostedDomain: string;
  readonly signoutRedirectUrl: string;
  readonly allowedDomains: readonly string[];
  readonly allowedGroups: readonly string[];
  readonly allowedOrganizations: readonly string[];
  readonly teamIds: readonly string[];
  readonly validateIdToken: boolean;
  readonly jwkSetUrl: string;
  readonly tls: { readonly skipVerify: boolean; readonly ca: string; readonly cert: string; readonly key: string };
  readonly mapping: RoleMappingSettings;
  /** Any other setting, as text. */
  text(key: string): string;
  flag(key: string): boolean;
}

export function readProvider(id: string, settings: ProviderSettings): OAuthProvider {
  const text = (key: string): string => {
    const value = settings[key];
    return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
  };
  const flag = (key: string) => settings[key] === true || settings[key] === 'true';
  const list = (key: string): readonly string[] => {
    const value = settings[key];
    if (Array.isArray(value)) return value.filter((item): item is string => typeof item === 'string');
    return mappingList(text(key));
  };
  const scopes = flag('empty_scopes') ? [] : list('scopes');
  return {
    id, text, flag, enabled: flag('enabled'), name: text('name') || id, icon: text('icon'), clientId: text('client_id'), clientSecret: text('client_secret'),
    authUrl: text('auth_url'), tokenUrl: text('token_url'), apiUrl: text('api_url'), usePkce: flag('use_pkce'), useRefreshToken: flag('use_refresh_token'),
    scopes: id === 'okta' && flag('use_refresh_token') && !scopes.includes('offline_access') ? [...scopes, 'offline_access'] : scopes,
    allowSignUp: flag('allow_sign_up'), autoLogin: flag('auto_login'), authStyle: text('auth_style'), clientAuthentication: text('client_authentication'),
    loginPrompt: text('login_prompt'), hostedDomain: text('hosted_domain'), signoutRedirectUrl: text('signout_redirect_url'),
    allowedDomains: list('allowed_domains'), allowedGroups: list('allowed_groups'), allowedOrganizations: list('allowed_organizations'), teamIds: list('team_ids'),
    validateIdToken: flag('validate_id_token'), jwkSetUrl: text('jwk_set_url'),
    tls: { skipVerify: flag('tls_skip_verify_insecure'), ca: text('tls_client_ca'), cert: text('tls_client_cert'), key: text('tls_client_key') },
    mapping: {
      roleAttributePath: text('role_attribute_path'), roleAttributeStrict: flag('role_attribute_strict'), orgAttributePath: text('org_attribute_path'),
      orgMapping: list('org_mapping'), teamMapping: list('team_mapping'), allowAssignGrafanaAdmin: flag('allow_assign_grafana_admin'),
      skipOrgRoleSync: flag('skip_org_role_sync'),
    },
  };
}
