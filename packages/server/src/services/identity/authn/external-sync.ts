/**
 * What follows every sign-in from elsewhere (identity-and-access §3.1): the user is found or made, their data, org roles and teams are
 * brought up to date. Once for auth proxy, JWT, LDAP and OAuth.
 */
import type { Logger } from '../../../infra/log/log.ts';
import { ApiError } from '../../../web/errors.ts';
import { nobody, type OrgRole } from '../../../web/identity.ts';
import type { OrgService } from '../../tenancy/orgs/org.ts';
import type { QuotaService } from '../../tenancy/quotas/quota.ts';
import type { TeamService } from '../teams/team.ts';
import type { User, UserChanges, UserService } from '../users/user.ts';
import { AuthFailure, authFailures } from './auth-failure.ts';

/** A person as somebody else vouches for them. */
export interface ExternalUser {
  /** `authproxy`, `jwt`, `ldap`, `oauth_<provider>`. */
  readonly module: string;
  /** What the module knows them by. */
  readonly authId: string;
  readonly login: string;
  readonly email: string;
  readonly name: string;
  /** What whoever provisions people calls them, where the module tells. */
  readonly externalUid?: string;
  /** Undefined: not this module's to say. */
  readonly isGrafanaAdmin?: boolean | undefined;
  /** Role by org id. Undefined or empty: roles stay. */
  readonly orgRoles?: ReadonlyMap<number, OrgRole> | undefined;
  /** Teams from `team_mapping`; undefined: teams stay. */
  readonly teams?: readonly { readonly orgId: number; readonly teamId: number }[] | undefined;
  readonly allowSignUp: boolean;
  /** How a user whom the module does not know yet may be found. */
  readonly lookup: { readonly login?: string; readonly email?: string };
  /** Someone who was disabled here is enabled again. */
  readonly enables?: boolean;
}

export interface ExternalUserSync {
  /** Rejects with an AuthFailure. */
  sync(user: ExternalUser): Promise<User>;
}

export interface ExternalUserSyncDeps {
  readonly users: UserService;
  readonly orgs: OrgService;
  readonly teams: TeamService;
  readonly quotas: QuotaService;
  readonly log: Logger;
  /** `[auth.scim]`: people come from somewhere else, and only those (or any, where nobody says otherwise) sign in. Undefined: off. */
  readonly provisioned?: { readonly rejectOthers: boolean } | undefined;
}

export function createExternalUserSync({ users, orgs, teams, quotas, log, provisioned }: ExternalUserSyncDeps): ExternalUserSync {
  async function find(external: ExternalUser): Promise<User | undefined> {
    if (external.authId !== '') {
      const link = await users.findAuthLink(external.module, external.authId);
      const linked = link && (await users.byId(link.userId));
      if (linked) return linked;
    }
    const { email, login } = external.lookup;
    return (email ? await users.byEmail(email) : undefined) ?? (login ? await users.byLogin(login) : undefined);
  }

  /** identity-and-access §3.13. Compat: grafana.com's own people are left alone. */
  async function checkProvisioned(known: User | undefined, external: ExternalUser): Promise<void> {
    if (!provisioned || external.module === 'oauth_grafana_com') return;
    if (!known?.isProvisioned) {
      if (provisioned.rejectOthers) throw authFailures.notProvisioned();
      return;
    }
    if (!external.externalUid) throw authFailures.externalUidEmpty();
    const links = (await users.authLinks(known.id)).filter(({ externalUid }) => externalUid !== '');
    const own = links.find(({ module }) => module === external.module);
    if (!own) throw links.length > 0 ? authFailures.provisionedElsewhere() : authFailures.externalUidMismatch();
    if (own.externalUid !== external.externalUid) throw authFailures.externalUidMismatch();
  }

  async function create(external: ExternalUser): Promise<User> {
    if (!external.allowSignUp) throw authFailures.signUpDisabled();
    if (await quotas.reached('user', nobody)) throw authFailures.syncForbidden();
    const first = external.orgRoles?.entries().next().value;
    return users.create({
      login: external.login, email: external.email, name: external.name, isAdmin: external.isGrafanaAdmin ?? false,
      ...(first ? { orgId: first[0], orgRole: first[1] } : {}),
    });
  }

  async function update(user: User, external: ExternalUser): Promise<void> {
    const changes: { -readonly [K in keyof UserChanges]: UserChanges[K] } = {};
    if (external.login !== '' && external.login.toLowerCase() !== user.login) changes.login = external.login;
    if (external.email !== '' && external.email.toLowerCase() !== user.email) changes.email = external.email;
    if (external.name !== '' && external.name !== user.name) changes.name = external.name;
    if (external.enables && user.isDisabled) changes.isDisabled = false;
    if (Object.keys(changes).length > 0) await users.update(user.id, changes);
    if (external.isGrafanaAdmin !== undefined && external.isGrafanaAdmin !== user.isAdmin) await users.setAdmin(user.id, external.isGrafanaAdmin);
  }

  async function syncOrgs(userId: number, wanted: ReadonlyMap<number, OrgRole>): Promise<void> {
    const present = await orgs.orgsOf(userId);
    const attempt = async (work: () => Promise<unknown>, orgId: number) => {
      try {
        await work();
      } catch (error) {
        // The last admin stays, an org that is gone is nobody's: signing in goes on.
        if (!(error instanceof ApiError)) throw error;
        log.warn('An org role could not be synced', { userId, orgId, reason: error.message });
      }
    };
    for (const [orgId, role] of wanted) {
      const here = present.find((membership) => membership.orgId === orgId);
      if (!here) await attempt(() => orgs.addMember(orgId, userId, role), orgId);
      else if (here.role !== role) await attempt(() => orgs.setRole(orgId, userId, role), orgId);
    }
    for (const { orgId } of present) if (!wanted.has(orgId)) await attempt(() => orgs.removeMember(orgId, userId), orgId);
  }

  return {
    async sync(external) {
      try {
        if (external.login === '' && external.email === '' && external.authId === '') {
          throw new AuthFailure(500, 'user.sync.fetch', 'Insufficient information to authenticate user');
        }
        const known = await find(external);
        if (known?.isServiceAccount) throw authFailures.syncInternal();
        await checkProvisioned(known, external);
        const user = known ?? (await create(external));
        if (known) await update(known, external);
        const newest = known ? (await users.authLinks(user.id))[0] : undefined;
        const linkedAs = external.authId || user.login;
        if (newest?.module !== external.module || newest.authId !== linkedAs) await users.linkAuth(user.id, external.module, linkedAs);
        if (external.orgRoles && external.orgRoles.size > 0) await syncOrgs(user.id, external.orgRoles);
        if (external.teams) await teams.syncExternal(user.id, external.teams);
        return (await users.byId(user.id)) ?? user;
      } catch (error) {
        if (error instanceof AuthFailure) throw error;
        log.error('User sync failed', { module: external.module, error });
        throw authFailures.syncInternal(error);
      }
    },
  };
}
