/** People in a directory (identity-and-access §3.7). */
import { defineErrors } from '../../../../web/errors.ts';
import type { OrgRole } from '../../../../web/identity.ts';

export interface LdapServer {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly useSsl: boolean;
  readonly startTls: boolean;
  readonly skipVerify: boolean;
  readonly minTlsVersion: '' | 'TLSv1.2' | 'TLSv1.3';
  readonly tlsCiphers: readonly string[];
  /** PEM texts. */
  readonly rootCa: readonly string[];
  readonly clientCert: string;
  readonly clientKey: string;
  readonly bindDn: string;
  readonly bindPassword: string;
  readonly timeoutMs: number;
  readonly searchFilter: string;
  readonly searchBaseDns: readonly string[];
  readonly groupSearchFilter: string;
  readonly groupSearchFilterUserAttribute: string;
  readonly groupSearchBaseDns: readonly string[];
  readonly attributes: { readonly username: string; readonly name: string; readonly surname: string; readonly email: string; readonly memberOf: string };
  readonly groupMappings: readonly LdapGroupMapping[];
}

export interface LdapGroupMapping {
  readonly groupDn: string;
  readonly orgId: number;
  readonly orgRole: OrgRole | '';
  /** Undefined: says nothing about it. */
  readonly grafanaAdmin: boolean | undefined;
}

export interface LdapConfig {
  readonly enabled: boolean;
  readonly allowSignUp: boolean;
  readonly skipOrgRoleSync: boolean;
  /** `groupDn:team`; colons and all, the DN between quotes. */
  readonly teamMapping: readonly string[];
  readonly servers: readonly LdapServer[];
}

export interface LdapUser {
  readonly dn: string;
  readonly login: string;
  readonly name: string;
  readonly surname: string;
  readonly email: string;
  readonly groups: readonly string[];
  readonly server: LdapServer;
}

export interface LdapDirectory {
  /** Undefined: not in the directory, or the password is wrong. Rejects when no server can be reached. */
  verify(login: string, password: string): Promise<LdapUser | undefined>;
  find(login: string): Promise<LdapUser | undefined>;
  status(): Promise<readonly { readonly host: string; readonly port: number; readonly available: boolean; readonly error: string }[]>;
}

export const ldapErrors = defineErrors('ldap', {
  notEnabled: [400, 'LDAP is not enabled'],
  reloadRemoved: [410, 'This endpoint has been removed. LDAP configuration is now loaded from SSO settings.'],
  userNotInDirectory: [404, 'No user was found in the LDAP server(s) with that username'],
  userNotFound: [404, 'user not found'],
  disabledOnSync: [400, 'User not found in LDAP. Disabled the user without updating information'],
  unreachable: [502, 'Failed to connect to the LDAP server(s)'],
});
