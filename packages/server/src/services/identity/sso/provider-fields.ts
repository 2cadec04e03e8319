/** Which settings each provider has, and what they are when nobody says (identity-and-access §9). */
import type { Ini, IniSection } from '../../../setting/ini.ts';
import type { ProviderSettings } from './sso.ts';

const flags = [
  'allow_assign_grafana_admin', 'allow_sign_up', 'auto_login', 'empty_scopes', 'enabled', 'role_attribute_strict', 'skip_org_role_sync', 'tls_skip_verify_insecure',
  'use_pkce', 'use_refresh_token', 'validate_id_token',
];
const texts = [
  'allowed_domains', 'allowed_groups', 'api_url', 'auth_style', 'auth_url', 'client_authentication', 'client_id', 'client_secret', 'email_attribute_name',
  'email_attribute_path', 'federated_credential_audience', 'groups_attribute_path', 'hosted_domain', 'icon', 'jwk_set_url', 'login_prompt', 'managed_identity_client_id',
  'name', 'org_attribute_path', 'org_mapping', 'role_attribute_path', 'scopes', 'signout_redirect_url', 'team_ids_attribute_path', 'teams_url', 'tls_client_ca',
  'tls_client_cert', 'tls_client_key', 'token_url', 'workload_identity_token_file',
];
const own: Readonly<Record<string, { readonly texts?: readonly string[]; readonly flags?: readonly string[]; readonly defaults?: Readonly<Record<string, string>> }>> = {
  github: { texts: ['allowed_organizations', 'team_ids'] },
  gitlab: { defaults: { jwk_set_url: 'https://gitlab.com/oauth/discovery/keys' } },
  google: { flags: ['validate_hd'], defaults: { jwk_set_url: 'https://www.googleapis.com/oauth2/v3/certs' } },
  generic_oauth: { texts: ['allowed_organizations', 'id_token_attribute_name', 'login_attribute_path', 'name_attribute_path', 'team_ids'] },
  azuread: { texts: ['allowed_organizations', 'domain_hint'], flags: ['force_use_graph_api'] },
  okta: {},
  grafana_com: { texts: ['allowed_organizations'] },
};

export const oauthProviders = Object.keys(own);

/** The INI section of a provider as settings. Team mapping is ours; it shows only where it is set. */
export function iniSettings(ini: Ini, provider: string): ProviderSettings {
  if (provider === 'ldap') return ldapSettings(ini.section('auth.ldap'));
  const section = provider === 'grafana_com' ? grafanaComSection(ini) : ini.section(`auth.${provider}`);
  const fields = own[provider] ?? {};
  const settings: Record<string, unknown> = {};
  for (const key of [...flags, ...(fields.flags ?? [])]) settings[key] = section.bool(key);
  for (const key of [...texts, ...(fields.texts ?? [])]) settings[key] = section.string(key) || fields.defaults?.[key] || '';
  if (provider === 'azuread') for (const key of ['auth_url', 'token_url']) settings[key] = String(settings[key]).replaceAll('%3C', '<').replaceAll('%3E', '>');
  if (provider === 'grafana_com') {
    const site = ini.section('grafana_com').string('url', 'https://grafana.com').replace(/\/+$/, '');
    for (const [key, path] of Object.entries({ auth_url: '/oauth2/authorize', token_url: '/api/oauth2/token', api_url: '/api/oauth2/user' })) settings[key] ||= site + path;
  }
  const teamMapping = section.string('team_mapping');
  return teamMapping === '' ? settings : { ...settings, team_mapping: teamMapping };
}

/** Compat: files of old say `[auth.grafananet]`. */
function grafanaComSection(ini: Ini): IniSection {
  const legacy = ini.section('auth.grafananet');
  return legacy.bool('enabled') ? legacy : ini.section('auth.grafana_com');
}

const ldapSettings = (section: IniSection): ProviderSettings => ({
  ...(section.string('team_mapping') === '' ? {} : { team_mapping: section.string('team_mapping') }),
  active_sync_enabled: section.bool('active_sync_enabled', true), allow_sign_up: section.bool('allow_sign_up', true), config: {}, enabled: section.bool('enabled'),
  skip_org_role_sync: section.bool('skip_org_role_sync'), sync_cron: section.string('sync_cron'),
});
