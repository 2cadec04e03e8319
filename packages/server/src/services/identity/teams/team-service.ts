import { contains } from '../../../infra/db/contains.ts';
import { sql } from 'kysely';
import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import { isUniqueViolation } from '../../../infra/db/database-errors.ts';
import { shortUid } from '../../../util/short-uid.ts';
import type { LevelAssignment, ResourcePermissions } from '../accesscontrol/accesscontrol.ts';
import type { MakeResourcePermissions } from '../accesscontrol/resource-permissions.ts';
import { teamLevels } from '../accesscontrol/action-sets.ts';
import type { IdentityEpoch } from '../identity-epoch.ts';
import { userErrors, type UserService } from '../users/user.ts';
import { createUserStore, type UserTables } from '../users/user-store.ts';
import { teamErrors, type Team, type TeamLevel, type TeamSearch, type TeamService } from './team.ts';

interface Tables extends UserTables {
  team: { id: number; uid: string; org_id: number; name: string; email: string; external_uid: string; is_provisioned: boolean; created: number; updated: number };
}

export interface TeamServiceDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly epoch: IdentityEpoch;
  readonly users: Pick<UserService, 'byEmail'>;
  readonly makePermissions: MakeResourcePermissions;
}

export interface Teams {
  readonly teams: TeamService;
  readonly permissions: ResourcePermissions;
}

const adminPermission = 4;

export function createTeamService({ db, clock, epoch, users, makePermissions }: TeamServiceDeps): Teams {
  const rows = (on: Database = db) => on.tables<Tables>();

  const permissions = makePermissions({
    resource: 'teams', attribute: 'id', levels: teamLevels, onlyManaged: true,
    assignments: { users: true, serviceAccounts: false, teams: false, builtInRoles: false },
    async validate(orgId, id, forWrite) {
      if (!forWrite) return;
      const team = await find(orgId, Number(id));
      if (!team) throw teamErrors.notFound();
      if (team.is_provisioned) throw teamErrors.provisionedPermissions();
    },
    onUserChanged: (tx, orgId, userId, id, level) => writeMember(tx, orgId, Number(id), userId, level),
  });

  const find = (orgId: number, id: number) =>
    rows().selectFrom('team').selectAll().where('org_id', '=', orgId).where('id', '=', id).executeTakeFirst();

  /** Membership and permission change together: this runs in the transaction that changes the grant. */
  async function writeMember(tx: Database, orgId: number, teamId: number, userId: number, level: string, external = false): Promise<void> {
    const member = rows(tx).selectFrom('team_member').select('id').where('org_id', '=', orgId).where('team_id', '=', teamId).where('user_id', '=', userId);
    const known = await member.executeTakeFirst();
    const now = clock.now();
    const permission = level === 'Admin' ? adminPermission : 0;
    if (level === '') {
      if (known) await rows(tx).deleteFrom('team_member').where('id', '=', known.id).execute();
    } else if (known) await rows(tx).updateTable('team_member').set({ permission, updated: now }).where('id', '=', known.id).execute();
    else {
      await tx.insertReturningId('team_member', { uid: shortUid(), org_id: orgId, team_id: teamId, user_id: userId, external, permission, created: now, updated: now });
    }
  }

  async function counted(found: readonly Tables['team'][]): Promise<Team[]> {
    const ids = found.map((row) => row.id);
    const counts = ids.length === 0 ? [] : await rows().selectFrom('team_member').select((eb) => ['team_id', eb.fn.countAll<number>().as('n')])
      .where('team_id', 'in', ids).groupBy('team_id').execute();
    const countOf = new Map(counts.map((row) => [Number(row.team_id), Number(row.n)]));
    return found.map((row) => ({
      id: Number(row.id), uid: row.uid, orgId: Number(row.org_id), name: row.name, email: row.email, externalUid: row.external_uid,
      isProvisioned: Boolean(row.is_provisioned), memberCount: countOf.get(Number(row.id)) ?? 0,
    }));
  }

  async function required(orgId: number, id: number) {
    const team = await find(orgId, id);
    if (!team) throw teamErrors.notFound();
    return team;
  }
  async function changeable(orgId: number, id: number): Promise<void> {
    if ((await required(orgId, id)).is_provisioned) throw teamErrors.provisionedMembers();
  }
  const isMember = async (orgId: number, id: number, userId: number) =>
    (await rows().selectFrom('team_member').select('id').where('org_id', '=', orgId).where('team_id', '=', id).where('user_id', '=', userId).executeTakeFirst()) !== undefined;
  const level = (userId: number, to: string): LevelAssignment => ({ assignee: { kind: 'user', id: userId }, level: to });
  const grant = (orgId: number, id: number, assignments: readonly LevelAssignment[]) => permissions.grantOnCreation(orgId, String(id), assignments);

  const teams: TeamService = {
    async create(orgId, { name, email }, creatorId) {
      const now = clock.now();
      const uid = shortUid();
      try {
        const id = await db.insertReturningId('team', { uid, org_id: orgId, name, email, external_uid: '', is_provisioned: false, created: now, updated: now });
        if (creatorId !== undefined) await grant(orgId, id, [level(creatorId, 'Admin')]);
        return { id, uid };
      } catch (error) {
        throw isUniqueViolation(error) ? teamErrors.nameTaken() : error;
      }
    },
    async get(orgId, id) {
      const [team] = await counted([await required(orgId, id)]);
      return team!;
    },
    async idOfUid(orgId, uid) {
      const row = await rows().selectFrom('team').select('id').where('org_id', '=', orgId).where('uid', '=', uid).executeTakeFirst();
      return row && Number(row.id);
    },
    async search(orgId, { query, name, page, perPage, sort, teamIds, readable }: TeamSearch) {
      let matching = rows().selectFrom('team').where('team.org_id', '=', orgId);
      if (query !== '') matching = matching.where(contains('team.name', query));
      if (name !== '') matching = matching.where('team.name', '=', name);
      if (readable) {
        if (readable.length === 0) return { teams: [], total: 0 };
        matching = matching.where('team.id', 'in', [...readable]);
      }
      const total = Number((await matching.select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow()).n);
      if (teamIds.length > 0) matching = matching.where('team.id', 'in', [...teamIds]);
      let ordered = matching.selectAll('team');
      for (const [column, direction] of parseTeamSort(sort)) {
        // Compat: asked for by name, case does not count; unasked it does.
        ordered = column === 'name' && sort !== '' ? ordered.orderBy(sql`lower(team.name)`, direction) : column === 'memberCount'
          ? ordered.orderBy((eb) => eb.selectFrom('team_member').select((e) => e.fn.countAll<number>().as('n')).whereRef('team_member.team_id', '=', 'team.id'), direction)
          : ordered.orderBy(`team.${column}`, direction);
      }
      const found = await ordered.orderBy('team.id').limit(perPage).offset((page - 1) * perPage).execute();
      return { total, teams: await counted(found) };
    },
    async ofUser(orgId, userId, readable) {
      if (readable?.length === 0) return [];
      let mine = rows().selectFrom('team').innerJoin('team_member', 'team_member.team_id', 'team.id').selectAll('team')
        .where('team.org_id', '=', orgId).where('team_member.user_id', '=', userId);
      if (readable) mine = mine.where('team.id', 'in', [...readable]);
      return counted(await mine.orderBy('team.name').execute());
    },
    async update(orgId, id, { name, email }) {
      const team = await required(orgId, id);
      if (team.is_provisioned && name !== '' && name !== team.name) throw teamErrors.provisionedName();
      try {
        await rows().updateTable('team').set({ email, updated: clock.now(), ...(name === '' ? {} : { name }) }).where('id', '=', id).execute();
      } catch (error) {
        throw isUniqueViolation(error) ? teamErrors.nameTakenOnUpdate() : error;
      }
    },
    async delete(orgId, id) {
      if ((await required(orgId, id)).is_provisioned) throw teamErrors.provisionedDelete();
      await epoch.change(async (tx) => {
        const any = tx.tables<Record<string, Record<string, unknown>>>();
        await any.deleteFrom('team_member').where('team_id', '=', id).execute();
        await any.deleteFrom('preferences').where('org_id', '=', orgId).where('team_id', '=', id).execute();
        const roles = (await any.selectFrom('team_role').innerJoin('role', 'role.id', 'team_role.role_id').select('role.id as id')
          .where('team_role.team_id', '=', id).where('role.name', 'like', 'managed:teams:%').execute()) as { id: number }[];
        await any.deleteFrom('team_role').where('team_id', '=', id).execute();
        const ids = roles.map((role) => role.id);
        if (ids.length > 0) {
          await any.deleteFrom('permission').where('role_id', 'in', ids).execute();
          await any.deleteFrom('role').where('id', 'in', ids).execute();
        }
        await any.deleteFrom('team').where('id', '=', id).execute();
      });
      await permissions.forget(orgId, String(id));
    },
    async members(orgId, id, readable) {
      const team = await find(orgId, id);
      if (!team || readable?.length === 0) return [];
      let query = rows().selectFrom('team_member').innerJoin('user', 'user.id', 'team_member.user_id')
        .select(['team_member.uid', 'team_member.permission', 'user.id', 'user.uid as userUid', 'user.email', 'user.name', 'user.login'])
        .where('team_member.org_id', '=', orgId).where('team_member.team_id', '=', id);
      if (readable) query = query.where('user.id', 'in', [...readable]);
      const found = await query.orderBy('user.login').orderBy('user.email').execute();
      const modules = new Map<number, string>();
      for (const link of await createUserStore(db).authLinks(found.map((row) => Number(row.id)))) if (!modules.has(link.userId)) modules.set(link.userId, link.module);
      return found.map((row) => ({
        uid: row.uid, userId: Number(row.id), userUid: row.userUid, email: row.email, name: row.name, login: row.login,
        authModule: modules.get(Number(row.id)) ?? '', permission: Number(row.permission),
      }));
    },
    async addMember(orgId, id, userId, to) {
      await changeable(orgId, id);
      if (await isMember(orgId, id, userId)) throw teamErrors.alreadyMember();
      if (!(await createUserStore(db).byId(userId))) throw teamErrors.addFailed();
      await grant(orgId, id, [level(userId, to)]);
    },
    async setLevel(orgId, id, userId, to) {
      await changeable(orgId, id);
      if (!(await isMember(orgId, id, userId))) throw teamErrors.memberNotFoundOnUpdate();
      await grant(orgId, id, [level(userId, to)]);
    },
    async removeMember(orgId, id, userId) {
      await changeable(orgId, id);
      if (!(await isMember(orgId, id, userId))) throw teamErrors.memberNotFound();
      await grant(orgId, id, [level(userId, '')]);
    },
    async replaceMembers(orgId, id, members, admins) {
      await changeable(orgId, id);
      const wanted = new Map<number, TeamLevel>();
      for (const [emails, to] of [[members, 'Member'], [admins, 'Admin']] as const) {
        for (const email of emails) {
          const user = await users.byEmail(email);
          if (!user) throw userErrors.notFound();
          wanted.set(user.id, to);
        }
      }
      const present = await rows().selectFrom('team_member').select('user_id').where('org_id', '=', orgId).where('team_id', '=', id).execute();
      const gone = present.map((row) => Number(row.user_id)).filter((userId) => !wanted.has(userId)).map((userId) => level(userId, ''));
      await grant(orgId, id, [...gone, ...[...wanted].map(([userId, to]) => level(userId, to))]);
    },
    async syncExternal(userId, wanted) {
      const [present, orgs] = await Promise.all([
        rows().selectFrom('team_member').select(['team_id', 'org_id', 'external']).where('user_id', '=', userId).execute(),
        rows().selectFrom('org_user').select('org_id').where('user_id', '=', userId).execute(),
      ]);
      // A team of an org that they are not in is none of theirs.
      const theirs = wanted.filter(({ orgId }) => orgs.some((row) => Number(row.org_id) === orgId));
      const fresh = theirs.filter(({ teamId }) => !present.some((row) => Number(row.team_id) === teamId));
      const gone = present.filter((row) => row.external && !theirs.some(({ teamId }) => teamId === Number(row.team_id)));
      if (fresh.length + gone.length === 0) return;
      await epoch.change(async (tx) => {
        for (const { orgId, teamId } of fresh) {
          await grant(orgId, teamId, [level(userId, 'Member')]);
          await rows(tx).updateTable('team_member').set({ external: true }).where('team_id', '=', teamId).where('user_id', '=', userId).execute();
        }
        for (const row of gone) await grant(Number(row.org_id), Number(row.team_id), [level(userId, '')]);
      });
    },
  };
  return { teams, permissions };
}

function parseTeamSort(text: string): readonly (readonly ['name' | 'email' | 'memberCount', 'asc' | 'desc'])[] {
  if (text === '') return [['name', 'asc']];
  return text.split(',').map((part) => {
    const match = /^(name|email|memberCount)-(asc|desc)$/.exec(part);
    if (!match) throw userErrors.unknownSort();
    return [match[1] as 'name' | 'email' | 'memberCount', match[2] as 'asc' | 'desc'] as const;
  });
}
