import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import { isUniqueViolation } from '../../../infra/db/database-errors.ts';
import { shortUid } from '../../../util/short-uid.ts';
import type { Identity } from '../../../web/identity.ts';
import type { IdentityEpoch } from '../identity-epoch.ts';
import type { Grant } from './accesscontrol.ts';
import { roleErrors, type CustomRole, type CustomRoleService, type RoleHolder, type RoleWrite } from './custom-roles.ts';
import { fixedRoleUid } from './fixed-roles.ts';
import type { Grants, GrantTables } from './grants.ts';

interface Tables extends GrantTables {
  user: { id: number; is_service_account: boolean };
  org_user: { id: number; org_id: number; user_id: number };
  team: { id: number; org_id: number };
}

/** Written in one statement, so that no number of permissions is too large for it. */
const permissionsAtOnce = 1_000;
const reserved = /^(fixed|basic|managed|extsvc|plugins):/;

export function createCustomRoleService({ db, clock, epoch, grants }: { db: Database; clock: Clock; epoch: IdentityEpoch; grants: Grants }): CustomRoleService {
  const rows = (on: Database = db) => on.tables<Tables>();

  /** Roles in the database that people may see: custom ones of the org and of all orgs. */
  const stored = (orgId: number) => rows().selectFrom('role').selectAll().where('org_id', 'in', [0, orgId])
    .where('name', 'not like', 'managed:%').where('name', 'not like', 'extsvc:%').where('name', 'not like', 'fixed:%');

  async function withPermissions(found: readonly Tables['role'][]): Promise<CustomRole[]> {
    const ids = found.map((row) => row.id);
    const permissions = ids.length === 0 ? [] : await rows().selectFrom('permission').select(['role_id', 'action', 'scope']).where('role_id', 'in', ids).orderBy('id').execute();
    const byRole = Map.groupBy(permissions, (row) => Number(row.role_id));
    return found.map((row) => ({
      uid: row.uid, name: row.name, displayName: row.display_name, description: row.description, group: row.group_name, hidden: Boolean(row.hidden),
      version: Number(row.version), global: Number(row.org_id) === 0, fixed: false, created: Number(row.created), updated: Number(row.updated),
      permissions: (byRole.get(Number(row.id)) ?? []).map(({ action, scope }) => ({ action, scope })),
    }));
  }
  const fixed = (): CustomRole[] => grants.fixedRoles().map((role) => ({
    uid: fixedRoleUid(role.name), name: role.name, displayName: role.displayName ?? role.name.replace(/^fixed:/, ''), description: role.description ?? '', group: role.group ?? '',
    hidden: false, version: 1, global: true, fixed: true, created: 0, updated: 0, permissions: role.permissions,
  }));

  async function get(orgId: number, uid: string): Promise<CustomRole> {
    const [role] = await withPermissions(await stored(orgId).where('uid', '=', uid).execute());
    const found = role ?? fixed().find((candidate) => candidate.uid === uid);
    if (!found) throw roleErrors.notFound();
    return found;
  }
  async function ownRow(on: Database, orgId: number, uid: string) {
    const row = await rows(on).selectFrom('role').selectAll().where('uid', '=', uid).where('org_id', 'in', [0, orgId]).where('name', 'not like', 'managed:%').executeTakeFirst();
    if (!row) throw fixed().some((role) => role.uid === uid) ? roleErrors.fixed() : roleErrors.notFound();
    return row;
  }

  function checkDelegation(actor: Identity, permissions: readonly Grant[]): void {
    for (const { action, scope } of permissions) {
      if (!(scope === '' ? actor.permissions.has(action) : actor.permissions.has(action, scope))) throw roleErrors.delegation({ extra: { action, scope } });
    }
  }
  function demandServerAdmin(actor: Identity, global: boolean): void {
    if (global && !actor.isGrafanaAdmin) throw roleErrors.global();
  }
  async function demandHolder(tx: Database, orgId: number, { kind, id }: RoleHolder, global: boolean): Promise<void> {
    if (kind === 'team') {
      if (!(await rows(tx).selectFrom('team').select('id').where('id', '=', id).where('org_id', '=', orgId).executeTakeFirst())) throw roleErrors.noTeam();
      return;
    }
    const found = global ? rows(tx).selectFrom('user').select('id').where('id', '=', id) : rows(tx).selectFrom('org_user').select('id').where('user_id', '=', id).where('org_id', '=', orgId);
    if (!(await found.executeTakeFirst())) throw roleErrors.noUser();
  }
  function checkName(name: string): void {
    if (reserved.test(name)) throw roleErrors.reserved();
    if (!/^[^\s].{0,189}$/.test(name)) throw roleErrors.invalidName();
  }

  async function writePermissions(tx: Database, roleId: number, permissions: readonly Grant[]): Promise<void> {
    await rows(tx).deleteFrom('permission').where('role_id', '=', roleId).execute();
    const now = clock.now();
    const different = new Map(permissions.map((grant) => [`${grant.action}\0${grant.scope}`, grant]));
    const values = [...different.values()].map(({ action, scope }) => {
      const [kind = '', attribute = '', ...rest] = scope.split(':');
      return { role_id: roleId, action, scope, kind, attribute, identifier: rest.join(':'), created: now, updated: now };
    });
    for (let from = 0; from < values.length; from += permissionsAtOnce) await rows(tx).insertInto('permission').values(values.slice(from, from + permissionsAtOnce) as never).execute();
  }

  /** The row that links point at; a fixed role gets one of its name when it is first assigned. */
  async function roleId(tx: Database, orgId: number, uid: string): Promise<number> {
    const row = await rows(tx).selectFrom('role').select('id').where('uid', '=', uid).where('org_id', 'in', [0, orgId]).where('name', 'not like', 'managed:%').executeTakeFirst();
    if (row) return Number(row.id);
    const known = fixed().find((role) => role.uid === uid);
    if (!known) throw roleErrors.notFound();
    const now = clock.now();
    return tx.insertReturningId('role', {
      org_id: 0, name: known.name, uid, version: 1, display_name: '', description: '', group_name: '', hidden: false, created: now, updated: now,
    });
  }

  const linkOf = ({ kind }: Pick<RoleHolder, 'kind'>) => (kind === 'user' ? { table: 'user_role', column: 'user_id' } as const : { table: 'team_role', column: 'team_id' } as const);

  const heldRows = (on: Database, orgId: number, { kind, id }: RoleHolder) => heldBy(on, orgId, kind, [id]);

  async function heldBy(on: Database, orgId: number, kind: RoleHolder['kind'], ids: readonly number[]) {
    const { table, column } = linkOf({ kind });
    return on.tables<Record<string, Record<string, unknown>>>().selectFrom(table).innerJoin('role', 'role.id', `${table}.role_id`)
      .select([`${table}.id as linkId`, `${table}.org_id as linkOrg`, 'role.uid as uid', 'role.name as name', `${table}.${column} as holderId`]).where(`${table}.${column}`, 'in', [...ids]).where(`${table}.org_id`, 'in', [0, orgId])
      .where('role.name', 'not like', 'managed:%').where('role.name', 'not like', 'extsvc:%').execute() as Promise<{ linkId: number; linkOrg: number; uid: string; name: string; holderId: number }[]>;
  }

  return {
    get,
    async list(orgId, { includeHidden }) {
      const own = await withPermissions(await stored(orgId).orderBy('name').execute());
      return [...own, ...fixed()].filter((role) => includeHidden || !role.hidden);
    },
    async create(actor, role) {
      checkName(role.name);
      demandServerAdmin(actor, role.global);
      checkDelegation(actor, role.permissions);
      const now = clock.now();
      const uid = role.uid || shortUid();
      try {
        await epoch.change(async (tx) => {
          const id = await tx.insertReturningId('role', { ...columnsOf(role), org_id: role.global ? 0 : actor.orgId, uid, version: role.version || 1, created: now, updated: now });
          await writePermissions(tx, id, role.permissions);
        });
      } catch (error) {
        throw isUniqueViolation(error) ? roleErrors.exists() : error;
      }
      return get(actor.orgId, uid);
    },
    async update(actor, uid, role) {
      checkName(role.name);
      checkDelegation(actor, role.permissions);
      try {
        await epoch.change(async (tx) => {
          const row = await ownRow(tx, actor.orgId, uid);
          demandServerAdmin(actor, Number(row.org_id) === 0);
          const version = role.version || Number(row.version) + 1;
          if (version <= Number(row.version)) throw roleErrors.version();
          await rows(tx).updateTable('role').set({ ...columnsOf(role), version, updated: clock.now() }).where('id', '=', row.id).execute();
          await writePermissions(tx, Number(row.id), role.permissions);
        });
      } catch (error) {
        throw isUniqueViolation(error) ? roleErrors.exists() : error;
      }
      return get(actor.orgId, uid);
    },
    async delete(actor, uid, force) {
      await epoch.change(async (tx) => {
        const row = await ownRow(tx, actor.orgId, uid);
        demandServerAdmin(actor, Number(row.org_id) === 0);
        checkDelegation(actor, (await get(actor.orgId, uid)).permissions);
        for (const table of ['user_role', 'team_role', 'builtin_role'] as const) {
          const links = tx.tables<Record<string, Record<string, unknown>>>();
          if (!force && (await links.selectFrom(table).select('id').where('role_id', '=', row.id).executeTakeFirst())) throw roleErrors.inUse();
          await links.deleteFrom(table).where('role_id', '=', row.id).execute();
        }
        await rows(tx).deleteFrom('permission').where('role_id', '=', row.id).execute();
        await rows(tx).deleteFrom('role').where('id', '=', row.id).execute();
      });
    },
    async rolesOf(orgId, kind, ids) {
      const held = new Map(ids.map((id) => [id, [] as CustomRole[]]));
      const links = ids.length === 0 ? [] : await heldBy(db, orgId, kind, ids);
      if (links.length === 0) return held;
      const uids = [...new Set(links.map(({ uid }) => uid))];
      const roles = new Map([...fixed().filter(({ uid }) => uids.includes(uid)), ...(await withPermissions(await stored(orgId).where('uid', 'in', uids).execute()))].map((role) => [role.uid, role]));
      for (const { holderId, uid } of links) {
        const role = roles.get(uid);
        if (role) held.get(Number(holderId))?.push(role);
      }
      return held;
    },
    async assign(actor, holder, uids, { replace = false, global = false } = {}) {
      for (const uid of uids) checkDelegation(actor, (await get(actor.orgId, uid)).permissions);
      demandServerAdmin(actor, global);
      const { table, column } = linkOf(holder);
      await epoch.change(async (tx) => {
        await demandHolder(tx, actor.orgId, holder, global);
        const held = await heldRows(tx, actor.orgId, holder);
        const links = tx.tables<Record<string, Record<string, unknown>>>();
        const gone = replace ? held.filter(({ uid, linkOrg }) => !uids.includes(uid) && (Number(linkOrg) !== 0 || actor.isGrafanaAdmin)) : [];
        for (const { uid } of gone) checkDelegation(actor, (await get(actor.orgId, uid)).permissions);
        if (gone.length > 0) await links.deleteFrom(table).where('id', 'in', gone.map(({ linkId }) => linkId)).execute();
        for (const uid of new Set(uids)) {
          if (held.some((role) => role.uid === uid)) continue;
          await tx.insertReturningId(table, { org_id: global ? 0 : actor.orgId, [column]: holder.id, role_id: await roleId(tx, actor.orgId, uid), created: clock.now() });
        }
      });
    },
    async unassign(actor, holder, uid) {
      const { table } = linkOf(holder);
      await epoch.change(async (tx) => {
        const held = (await heldRows(tx, actor.orgId, holder)).filter((role) => role.uid === uid);
        if (held.length === 0) throw roleErrors.notFound();
        demandServerAdmin(actor, held.some(({ linkOrg }) => Number(linkOrg) === 0));
        checkDelegation(actor, (await get(actor.orgId, uid)).permissions);
        await tx.tables<Record<string, Record<string, unknown>>>().deleteFrom(table).where('id', 'in', held.map(({ linkId }) => linkId)).execute();
      });
    },
    async assignments(orgId, uid) {
      await get(orgId, uid);
      const users = await rows().selectFrom('user_role').innerJoin('role', 'role.id', 'user_role.role_id').innerJoin('user', 'user.id', 'user_role.user_id')
        .select(['user.id', 'user.is_service_account']).where('role.uid', '=', uid).where('user_role.org_id', 'in', [0, orgId]).execute();
      const teams = await rows().selectFrom('team_role').innerJoin('role', 'role.id', 'team_role.role_id').select('team_role.team_id')
        .where('role.uid', '=', uid).where('team_role.org_id', 'in', [0, orgId]).execute();
      return {
        users: users.filter((row) => !row.is_service_account).map((row) => Number(row.id)), serviceAccounts: users.filter((row) => row.is_service_account).map((row) => Number(row.id)),
        teams: teams.map((row) => Number(row.team_id)),
      };
    },
    async setAssignments(actor, uid, wanted) {
      const before = await this.assignments(actor.orgId, uid);
      const everyone = (assignments: typeof wanted): RoleHolder[] => [
        ...[...assignments.users, ...assignments.serviceAccounts].map((id): RoleHolder => ({ kind: 'user', id })), ...assignments.teams.map((id): RoleHolder => ({ kind: 'team', id })),
      ];
      const same = (a: RoleHolder) => (b: RoleHolder) => a.kind === b.kind && a.id === b.id;
      // All of it or nothing.
      await epoch.change(async () => {
        for (const holder of everyone(before)) if (!everyone(wanted).some(same(holder))) await this.unassign(actor, holder, uid);
        for (const holder of everyone(wanted)) if (!everyone(before).some(same(holder))) await this.assign(actor, holder, [uid]);
      });
    },
  };
}

const columnsOf = ({ name, displayName, description, group, hidden }: RoleWrite) => ({ name, display_name: displayName, description, group_name: group, hidden });
