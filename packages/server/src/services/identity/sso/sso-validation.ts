/** What a provider's settings must be before they are stored (identity-and-access §9). */
import { invalidOauthConfig, ssoErrors, type ProviderSettings } from './sso.ts';

const text = (settings: ProviderSettings, key: string) => (typeof settings[key] === 'string' ? settings[key] : '');
const flag = (settings: ProviderSettings, key: string) => settings[key] === true || settings[key] === 'true';

const titles: Readonly<Record<string, string>> = { auth_url: 'Auth URL', token_url: 'Token URL', api_url: 'API URL' };

/** Which addresses a provider wants; those not named must be empty, its own are fixed. */
const urlsOf: Readonly<Record<string, { readonly required: readonly string[]; readonly empty: readonly string[] }>> = {
  generic_oauth: { required: ['auth_url', 'token_url'], empty: [] },
  okta: { required: ['auth_url', 'token_url', 'api_url'], empty: [] },
  azuread: { required: ['auth_url', 'token_url'], empty: ['api_url'] },
  github: { required: [], empty: ['auth_url', 'token_url', 'api_url'] },
  gitlab: { required: [], empty: ['auth_url', 'token_url', 'api_url'] },
  google: { required: [], empty: ['auth_url', 'token_url', 'api_url'] },
};

const adminOnly: Readonly<Record<string, string>> = {
  allow_assign_grafana_admin: 'Allow assign Grafana Admin', org_mapping: 'Organization mapping', org_attribute_path: 'Organization attribute path',
};

export function validateProvider(provider: string, settings: ProviderSettings, before: ProviderSettings, { isGrafanaAdmin }: { readonly isGrafanaAdmin: boolean }): void {
  if (provider === 'ldap') return validateLdap(settings);
  if (text(settings, 'client_id') === '') throw invalidOauthConfig('Client Id is required.');
  if (flag(settings, 'allow_assign_grafana_admin') && flag(settings, 'skip_org_role_sync')) {
    throw invalidOauthConfig('Allow assign Grafana Admin and Skip org role sync are both set thus Grafana Admin role will not be synced. Consider setting one or the other.');
  }
  if (!isGrafanaAdmin) {
    for (const [key, title] of Object.entries(adminOnly)) {
      if (String(settings[key] ?? '') !== String(before[key] ?? '')) throw invalidOauthConfig(`${title} can only be updated by Grafana Server Admins.`);
    }
  }
  const prompt = text(settings, 'login_prompt');
  if (prompt !== '' && !['login', 'consent', 'select_account'].includes(prompt)) {
    throw invalidOauthConfig('Invalid value for login_prompt. Valid values are: login, consent, select_account.');
  }
  for (const key of urlsOf[provider]?.required ?? []) if (!isUrl(text(settings, key))) throw invalidOauthConfig(`${titles[key]} is an invalid URL.`);
  for (const key of urlsOf[provider]?.empty ?? []) if (text(settings, key) !== '') throw invalidOauthConfig(`${titles[key]} must be empty.`);
  if (provider === 'generic_oauth') {
    const api = text(settings, 'api_url');
    if (api !== '' && !isUrl(api)) throw invalidOauthConfig('API URL is an invalid URL.');
    if (text(settings, 'team_ids') !== '' && (text(settings, 'team_ids_attribute_path') === '' || text(settings, 'teams_url') === '')) {
      throw invalidOauthConfig('If Team Ids are configured then Team Ids attribute path and Teams URL must be configured.');
    }
  }
  if (flag(settings, 'validate_id_token') && text(settings, 'jwk_set_url') === '') {
    throw invalidOauthConfig('If ID token validation is enabled then JWK Set URL must be configured.');
  }
}

function validateLdap(settings: ProviderSettings): void {
  const { servers } = (settings['config'] ?? {}) as { servers?: unknown };
  if (!Array.isArray(servers) || servers.length === 0) throw ssoErrors.ldapFailed();
  for (const server of servers as readonly Readonly<Record<string, unknown>>[]) {
    const bases = server['search_base_dns'];
    if (!server['host'] || !server['search_filter'] || !Array.isArray(bases) || bases.length === 0) throw ssoErrors.ldapFailed();
  }
}

const isUrl = (value: string) => /^https?:\/\/[^/]/.test(value) && URL.canParse(value);
