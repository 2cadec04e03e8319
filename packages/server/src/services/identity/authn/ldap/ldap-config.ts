/** Directory servers from the TOML file or from the SSO settings (identity-and-access §3.7). */
import { readFileSync } from 'node:fs';
import { mappingList } from '../../../../setting/external-auth-settings.ts';
import { expand } from '../../../../setting/ini.ts';
import type { OrgRole } from '../../../../web/identity.ts';
import type { ProviderSettings } from '../../sso/sso.ts';
import type { LdapConfig, LdapGroupMapping, LdapServer } from './ldap.ts';
import { objectOf } from '../../../../util/json-value.ts';

type Table = Readonly<Record<string, unknown>>;

const str = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []);

/** The file, with `${ENV}`, `$__env{}` and `$__file{}` expanded in its whole text. */
export async function readLdapFile(file: string): Promise<readonly LdapServer[]> {
  const { parse } = await import('smol-toml');
  const text = expand(readFileSync(file, 'utf8'), process.env, file);
  const servers = (parse(text) as { servers?: unknown }).servers;
  return Array.isArray(servers) ? servers.map((server, i) => readServer(objectOf(server), `${file}: servers[${i}]`)) : [];
}

export const readLdapSettings = (settings: ProviderSettings, servers: readonly LdapServer[]): LdapConfig => ({
  enabled: settings['enabled'] === true || settings['enabled'] === 'true',
  allowSignUp: settings['allow_sign_up'] !== false && settings['allow_sign_up'] !== 'false',
  skipOrgRoleSync: settings['skip_org_role_sync'] === true || settings['skip_org_role_sync'] === 'true',
  teamMapping: mappingList(str(settings['team_mapping'])),
  servers,
});

/** `config.servers` of the SSO settings; undefined when there are none there. */
export function ssoLdapServers(settings: ProviderSettings): readonly LdapServer[] | undefined {
  const { servers } = objectOf(settings['config']);
  return Array.isArray(servers) && servers.length > 0 ? servers.map((server, i) => readServer(objectOf(server), `servers[${i}]`)) : undefined;
}

export function readServer(server: Table, where: string): LdapServer {
  const searchFilter = str(server['search_filter']);
  const searchBaseDns = list(server['search_base_dns']);
  if (searchFilter === '') throw new Error(`${where}: LDAP search_filter is missing`);
  if (searchBaseDns.length === 0) throw new Error(`${where}: LDAP search_base_dns is missing`);
  const attributes = objectOf(server['attributes']);
  const attribute = (name: string, otherwise = '') => str(attributes[name]) || otherwise;
  const useSsl = server['use_ssl'] === true;
  const tls = str(server['min_tls_version']);
  const groupBases = list(server['group_search_base_dns']);
  return {
    hosts: str(server['host']).split(/\s+/).filter((host) => host !== '').map((host) => host.replace(/^\[(.*)\]$/, '$1')),
    port: Number(server['port'] ?? 0) || (useSsl && server['start_tls'] !== true ? 636 : 389), useSsl, startTls: useSsl && server['start_tls'] === true,
    skipVerify: server['ssl_skip_verify'] === true, minTlsVersion: tls === 'TLS1.2' ? 'TLSv1.2' : tls === 'TLS1.3' ? 'TLSv1.3' : '',
    tlsCiphers: list(server['tls_ciphers']), rootCa: rootCertificates(server), clientCert: certificate(server, 'client_cert'), clientKey: certificate(server, 'client_key'),
    bindDn: str(server['bind_dn']), bindPassword: str(server['bind_password']), timeoutMs: Number(server['timeout'] ?? 10) * 1000,
    searchFilter, searchBaseDns, groupSearchFilter: str(server['group_search_filter']), groupSearchFilterUserAttribute: str(server['group_search_filter_user_attribute']),
    groupSearchBaseDns: groupBases.length > 0 ? groupBases : searchBaseDns,
    attributes: {
      username: attribute('username', 'cn'), name: attribute('name'), surname: attribute('surname'), email: attribute('email'), memberOf: attribute('member_of', 'memberOf'),
    },
    groupMappings: (Array.isArray(server['group_mappings']) ? server['group_mappings'] : []).map((mapping) => readMapping(objectOf(mapping), where)),
  };
}

function readMapping(mapping: Table, where: string): LdapGroupMapping {
  const orgRole = str(mapping['org_role']);
  const grafanaAdmin = typeof mapping['grafana_admin'] === 'boolean' ? mapping['grafana_admin'] : undefined;
  if (orgRole === '' && grafanaAdmin === undefined) throw new Error(`${where}: LDAP group mapping: organization role or grafana admin status is required`);
  if (orgRole !== '' && !['None', 'Viewer', 'Editor', 'Admin'].includes(orgRole)) throw new Error(`${where}: LDAP group mapping: unknown role ${orgRole}`);
  return { groupDn: str(mapping['group_dn']), orgId: Number(mapping['org_id'] ?? 1) || 1, orgRole: orgRole as OrgRole | '', grafanaAdmin };
}

function rootCertificates(server: Table): readonly string[] {
  const inline = list(server['root_ca_cert_value']).map((value) => Buffer.from(value, 'base64').toString('utf8'));
  const files = str(server['root_ca_cert']).split(/[\s,]+/).filter((file) => file !== '').map((file) => readFileSync(file, 'utf8'));
  return [...inline, ...files];
}

function certificate(server: Table, name: 'client_cert' | 'client_key'): string {
  const inline = str(server[`${name}_value`]);
  if (inline !== '') return Buffer.from(inline, 'base64').toString('utf8');
  const file = str(server[name]);
  return file === '' ? '' : readFileSync(file, 'utf8');
}
