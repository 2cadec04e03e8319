import type { SecuritySettings } from '../../../../setting/security-settings.ts';
import { permission } from '../../../../web/access.ts';
import { queryInt } from '../../../../web/bind.ts';
import { badRequest } from '../../../../web/errors.ts';
import { note } from '../../../../web/reply.ts';
import type { Routes } from '../../../../web/route.ts';
import type { OrgService } from '../../../tenancy/orgs/org.ts';
import type { SessionService } from '../../sessions/session.ts';
import type { UserService } from '../../users/user.ts';
import { groupFits } from './ldap-directory.ts';
import { ldapErrors, type LdapUser } from './ldap.ts';
import { accessOf, type Ldap } from './ldap-service.ts';

export interface LdapApiDeps {
  readonly ldap: Ldap;
  readonly users: UserService;
  readonly orgs: Pick<OrgService, 'get'>;
  readonly sessions: Pick<SessionService, 'revokeAll'>;
  readonly security: Pick<SecuritySettings, 'adminUser'>;
}

/** identity-and-access §3.7 */
export function ldapRoutes(routes: Routes, { ldap, users, orgs, sessions, security }: LdapApiDeps): void {
  const tag = 'ldap_debug';
  async function directory() {
    if (!ldap.enabled()) throw ldapErrors.notEnabled();
    return (await ldap.current()).directory;
  }
  const asked = <T>(asking: Promise<T>) => asking.catch((cause: unknown) => {
    throw ldapErrors.unreachable({ cause });
  });

  routes.get('/api/admin/ldap/status', { access: permission('ldap.status:read'), name: 'getLDAPStatus', tag }, async () => (await directory()).status());

  routes.post('/api/admin/ldap/reload', { access: permission('ldap.config:reload'), name: 'reloadLDAPCfg', tag }, () => {
    throw ldapErrors.reloadRemoved();
  });

  routes.post('/api/admin/ldap/sync/:id', { access: permission('ldap.user:sync'), name: 'postSyncUserWithLDAP', tag }, async ({ params }) => {
    const source = await directory();
    const user = await users.byId(queryInt(params['id']));
    if (!user || user.isServiceAccount) throw ldapErrors.userNotFound();
    const person = await asked(source.find(user.login));
    if (person) {
      await ldap.sync(person);
      return note('User synced successfully');
    }
    if (user.login === security.adminUser) throw badRequest(`Refusing to sync grafana super admin "${user.login}" - it would be disabled`);
    await users.update(user.id, { isDisabled: true });
    await sessions.revokeAll(user.id);
    throw ldapErrors.disabledOnSync();
  });

  routes.get('/api/admin/ldap/:username', { access: permission('ldap.user:read'), name: 'getUserFromLDAP', tag }, async ({ params }) => {
    const source = await directory();
    const person = await asked(source.find(params['username']!));
    if (!person) throw ldapErrors.userNotInDirectory();
    const { attributes } = person.server;
    const attribute = (cfgAttrValue: string, ldapValue: string) => ({ cfgAttrValue, ldapValue });
    return {
      name: attribute(attributes.name, person.name), surname: attribute(attributes.surname, person.surname), email: attribute(attributes.email, person.email),
      login: attribute(attributes.username, person.login), isGrafanaAdmin: accessOf(person).isGrafanaAdmin ?? null, isDisabled: false, roles: await rolesOf(person), teams: null,
    };
  });

  async function rolesOf({ server, groups }: LdapUser) {
    const roles: { orgId: number; orgName: string; orgRole: string; groupDN: string }[] = [];
    for (const mapping of server.groupMappings) {
      if (mapping.orgRole === '' || !groupFits(mapping.groupDn, groups) || roles.some(({ orgId }) => orgId === mapping.orgId)) continue;
      roles.push({ orgId: mapping.orgId, orgName: (await orgs.get(mapping.orgId))?.name ?? '', orgRole: mapping.orgRole, groupDN: mapping.groupDn });
    }
    const unmapped = groups.filter((group) => !server.groupMappings.some((mapping) => groupFits(mapping.groupDn, [group]) && mapping.groupDn !== '*'));
    return [...roles, ...unmapped.map((groupDN) => ({ orgId: 0, orgName: '', orgRole: '', groupDN }))];
  }
}
