/**
 * Turns a user id into the identity that requests carry: one read of the user and its memberships, then kept until something that it
 * depends on changes (identity-and-access §3.1, §10.3).
 */
import type { Database } from '../../infra/db/database.ts';
import type { Identity, OrgRole, Permissions } from '../../web/identity.ts';
import type { AccessMetrics } from './accesscontrol/access-metrics.ts';
import type { Grants } from './accesscontrol/grants.ts';
import { LayeredPermissions } from './accesscontrol/permissions.ts';
import type { IdentityEpoch } from './identity-epoch.ts';
import { toUser, type UserTables } from './users/user-store.ts';
import type { User } from './users/user.ts';

export interface LoadedIdentity {
  readonly identity: Identity;
  readonly user: User;
}

export interface Identities {
  /** Undefined for nobody. `orgId` 0: the active org. Org id -1 where they are no member of the one asked for. */
  load(userId: number, orgId: number): Promise<LoadedIdentity | undefined>;
  /** The same person elsewhere; 0 is the global org. */
  inOrg(identity: Identity, orgId: number): Promise<Identity>;
  /** The permissions of every member of an org, people and programs, by id: a few statements, however many they are. */
  permissionsOfMembers(orgId: number): Promise<ReadonlyMap<number, Permissions>>;
  anonymous(org: { readonly id: number; readonly name: string }, role: OrgRole): Promise<Identity>;
  forget(): void;
}

const identitiesMax = 20_000;

export function createIdentities({ db, grants, epoch, metrics }: { db: Database; grants: Grants; epoch: IdentityEpoch; metrics?: AccessMetrics }): Identities {
  const known = new Map<string, LoadedIdentity>();
  let generation = 0;
  const forget = () => {
    generation++;
    known.clear();
  };
  grants.onOrphaned = forget;
  epoch.onChange(() => grants.forget());

  async function load(userId: number, wantedOrg: number): Promise<LoadedIdentity | undefined> {
    const key = `${userId}/${wantedOrg}`;
    const cached = known.get(key);
    if (cached) {
      metrics?.known();
      return cached;
    }
    const startedAt = generation;
    const began = performance.now();
    const loaded = await read(userId, wantedOrg);
    metrics?.loaded((performance.now() - began) / 1000);
    if (loaded && startedAt === generation) {
      if (known.size >= identitiesMax) known.clear();
      known.set(key, loaded);
    }
    return loaded;
  }

  async function read(userId: number, wantedOrg: number): Promise<LoadedIdentity | undefined> {
    const rows = db.tables<UserTables>();
    const row = await rows.selectFrom('user').selectAll().where('id', '=', userId).executeTakeFirst();
    if (!row) return undefined;
    const user = toUser(row);
    const orgId = wantedOrg || user.orgId;
    const [membership, members, links] = await Promise.all([
      rows.selectFrom('org_user').innerJoin('org', 'org.id', 'org_user.org_id').select(['org.name', 'org_user.role'])
        .where('org_user.user_id', '=', userId).where('org_user.org_id', '=', orgId).executeTakeFirst(),
      rows.selectFrom('team_member').select('team_id').where('user_id', '=', userId).where('org_id', '=', orgId).execute(),
      rows.selectFrom('user_auth').select('auth_module').where('user_id', '=', userId).orderBy('created', 'desc').orderBy('id', 'desc').limit(1).execute(),
    ]);
    return { user, identity: await build(user, {
      orgId: membership ? orgId : -1, orgName: membership?.name ?? 'Org missing', orgRole: (membership?.role ?? '') as OrgRole | '',
      teams: membership ? members.map((member) => Number(member.team_id)) : [], authModule: links[0]?.auth_module ?? '',
    }) };
  }

  async function build(user: User, place: { orgId: number; orgName: string; orgRole: OrgRole | ''; teams: readonly number[]; authModule: string }): Promise<Identity> {
    const { orgId, orgRole, teams } = place;
    const layers = orgId === -1 ? [] : await grants.layersOf({ userId: user.id, orgId, role: orgRole, isGrafanaAdmin: user.isAdmin, teams });
    return {
      kind: user.isServiceAccount ? 'service-account' : 'user', id: user.id, uid: user.uid, login: user.login, name: user.name, email: user.email,
      emailVerified: user.emailVerified, helpFlags1: user.helpFlags1, isDisabled: user.isDisabled, isGrafanaAdmin: user.isAdmin,
      authenticatedBy: '', ...place, permissions: new LayeredPermissions(layers),
    };
  }

  async function global(identity: Identity): Promise<Identity> {
    const layers = await grants.layersOf({ userId: identity.id, orgId: 0, role: '', isGrafanaAdmin: identity.isGrafanaAdmin, teams: [] });
    return { ...identity, orgId: 0, orgName: '', orgRole: '', teams: [], permissions: new LayeredPermissions(layers) };
  }

  return {
    load,
    async inOrg(identity, orgId) {
      if (orgId === identity.orgId) return identity;
      if (identity.kind === 'anonymous' || identity.kind === 'nobody' || identity.kind === 'render' || identity.kind === 'access-policy') {
        return { ...identity, orgId: -1, permissions: new LayeredPermissions([]) };
      }
      if (orgId === 0) return global(identity);
      const loaded = await load(identity.id, orgId);
      if (loaded && loaded.identity.orgId === orgId) return { ...loaded.identity, authenticatedBy: identity.authenticatedBy };
      // Not a member: whatever they hold globally counts there too (§4).
      const everywhere = await global(identity);
      return { ...everywhere, orgId, orgName: 'Org missing' };
    },
    async permissionsOfMembers(orgId) {
      const rows = db.tables<UserTables>();
      const members = await rows.selectFrom('org_user').innerJoin('user', 'user.id', 'org_user.user_id').select(['user.id', 'user.is_admin', 'org_user.role'])
        .where('org_user.org_id', '=', orgId).orderBy('user.id').execute();
      const teams = Map.groupBy(await rows.selectFrom('team_member').select(['user_id', 'team_id']).where('org_id', '=', orgId).execute(), (row) => Number(row.user_id));
      const layers = await grants.layersOfAll(orgId, members.map((row) => ({
        userId: Number(row.id), orgId, role: row.role as OrgRole, isGrafanaAdmin: Boolean(row.is_admin), teams: (teams.get(Number(row.id)) ?? []).map((member) => Number(member.team_id)),
      })));
      return new Map([...layers].map(([id, own]) => [id, new LayeredPermissions(own)]));
    },
    async anonymous(org, role) {
      const layers = await grants.layersOf({ userId: 0, orgId: org.id, role, isGrafanaAdmin: false, teams: [] });
      return {
        kind: 'anonymous', id: 0, uid: '', orgId: org.id, orgName: org.name, orgRole: role, isGrafanaAdmin: false, login: '', name: '', email: '',
        emailVerified: false, helpFlags1: 0, isDisabled: false, teams: [], authenticatedBy: '', authModule: '', permissions: new LayeredPermissions(layers),
      };
    },
    forget,
  };
}
