import type { Logger } from '../../../../infra/log/log.ts';
import type { OrgRole } from '../../../../web/identity.ts';
import type { SessionService } from '../../sessions/session.ts';
import type { SsoSettingsService } from '../../sso/sso.ts';
import type { User, UserService } from '../../users/user.ts';
import type { ExternalUserSync } from '../external-sync.ts';
import type { PasswordSource } from '../password-login.ts';
import { mapTeams, type MappingDeps } from '../role-mapping.ts';
import { readLdapFile, readLdapSettings, ssoLdapServers } from './ldap-config.ts';
import { createLdapDirectory, groupFits } from './ldap-directory.ts';
import type { LdapConfig, LdapDirectory, LdapUser } from './ldap.ts';

export interface Ldap extends PasswordSource {
  enabled(): boolean;
  current(): Promise<{ readonly config: LdapConfig; readonly directory: LdapDirectory }>;
  /** Writes what the directory says of the person into the user. */
  sync(person: LdapUser): Promise<User>;
  /** The user that the directory knows by that login; undefined: it does not. */
  lookup(login: string): Promise<User | undefined>;
}

export interface LdapDeps {
  readonly sso: SsoSettingsService;
  readonly users: UserService;
  readonly sessions: Pick<SessionService, 'revokeAll'>;
  readonly userSync: ExternalUserSync;
  readonly configFile: string;
  /** Teams of `team_mapping`. */
  readonly mapping: Pick<MappingDeps, 'defaultOrgId' | 'orgId' | 'teamId'>;
  readonly log: Logger;
}

export function createLdap({ sso, users, sessions, userSync, configFile, mapping, log }: LdapDeps): Ldap {
  let known: Promise<{ config: LdapConfig; directory: LdapDirectory }> | undefined;
  sso.onChange((provider) => {
    if (provider === 'ldap') known = undefined;
  });
  const enabled = () => sso.effective('ldap')['enabled'] === true || sso.effective('ldap')['enabled'] === 'true';

  async function load() {
    const settings = sso.effective('ldap');
    const servers = ssoLdapServers(settings) ?? (await readLdapFile(configFile));
    return { config: readLdapSettings(settings, servers), directory: createLdapDirectory(servers, log) };
  }
  const current = () => {
    known ??= load().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };

  async function sync(person: LdapUser): Promise<User> {
    const { config } = await current();
    const access = accessOf(person);
    const teams = await mapTeams(config, mapping, person.groups, { ignoreCase: true });
    return userSync.sync({
      module: 'ldap', authId: person.dn, login: person.login, email: person.email, name: fullName(person), allowSignUp: config.allowSignUp, enables: true,
      lookup: { login: person.login, email: person.email }, ...(config.skipOrgRoleSync ? {} : access), teams,
    });
  }

  /** Whoever left the directory is shut out here too. */
  async function disableGone(username: string): Promise<void> {
    const user = await users.byLoginOrEmail(username);
    if (!user || user.isDisabled) return;
    const links = await users.authLinks(user.id);
    if (links[0]?.module !== 'ldap') return;
    await users.update(user.id, { isDisabled: true });
    await sessions.revokeAll(user.id);
    log.info('User was disabled: the directory does not know them any more', { userId: user.id });
  }

  return {
    name: 'ldap', enabled, current, sync,
    async verify(username, password) {
      if (!enabled()) return undefined;
      const { directory } = await current();
      const person = await directory.verify(username, password).catch((error: unknown) => {
        log.error('The directory could not be asked', { error });
        throw error;
      });
      if (person) return { userId: (await sync(person)).id, module: 'ldap' };
      if (!(await directory.find(username).catch(() => ({}) as LdapUser))) await disableGone(username);
      return undefined;
    },
    async lookup(login) {
      if (!enabled()) return undefined;
      const person = await (await current()).directory.find(login);
      return person && sync(person);
    },
  };
}

export const fullName = ({ name, surname }: Pick<LdapUser, 'name' | 'surname'>) => [name, surname].filter((part) => part !== '').join(' ');

/** First match per org wins. Without a mapping that speaks of it, nobody is a server administrator. */
export function accessOf({ server, groups }: Pick<LdapUser, 'server' | 'groups'>): { readonly orgRoles: ReadonlyMap<number, OrgRole> | undefined; readonly isGrafanaAdmin: boolean | undefined } {
  if (server.groupMappings.length === 0) return { orgRoles: undefined, isGrafanaAdmin: undefined };
  const orgRoles = new Map<number, OrgRole>();
  let isGrafanaAdmin = false;
  for (const mapping of server.groupMappings) {
    if (!groupFits(mapping.groupDn, groups)) continue;
    if (mapping.orgRole !== '' && !orgRoles.has(mapping.orgId)) orgRoles.set(mapping.orgId, mapping.orgRole);
    if (mapping.grafanaAdmin) isGrafanaAdmin = true;
  }
  return { orgRoles, isGrafanaAdmin };
}
