/** Managed roles and their permissions in the database (identity-and-access §10.3, §11). */
import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import { shortUid } from '../../../util/short-uid.ts';
import type { UserTables } from '../users/user-store.ts';
import type { Assignee, Grant } from './accesscontrol.ts';
import type { GrantTables } from './grants.ts';

interface Tables extends GrantTables, UserTables {
  team: { id: number; uid: string; org_id: number; name: string; email: string };
}

export const managedRoleName = (assignee: Assignee): string => {
  switch (assignee.kind) {
    case 'user': return `managed:users:${assignee.id}:permissions`;
    case 'team': return `managed:teams:${assignee.id}:permissions`;
    case 'builtin': return `managed:builtins:${assignee.role.toLowerCase()}:permissions`;
    default: return assignee satisfies never;
  }
};

/** One permission row with whom it was granted to. */
export interface GrantedRow {
  readonly id: number;
  readonly roleName: string;
  readonly action: string;
  readonly scope: string;
  readonly created: number;
  readonly updated: number;
  readonly assignee: Assignee;
}

// Every new dashboard and folder goes through these: they are not built anew each time.
const grantedOn = 'select p.id, p.action from "permission" p inner join "role" r on r.id = p.role_id where r.org_id = ? and r.name = ? and p.scope = ?';
const insertGrant = 'insert into "permission" (role_id, action, scope, kind, attribute, identifier, created, updated) values (?, ?, ?, ?, ?, ?, ?, ?)';

export function createManagedStore(db: Database, clock: Pick<Clock, 'now'>) {
  const rows = db.tables<Tables>();

  async function roleOf(orgId: number, assignee: Assignee): Promise<number> {
    const name = managedRoleName(assignee);
    const known = await db.prepare<{ id: number }>('select id from "role" where org_id = ? and name = ?').first(orgId, name);
    if (known) return Number(known.id);
    const now = clock.now();
    const id = await db.insertReturningId('role', {
      org_id: orgId, name, uid: shortUid(), version: 0, display_name: '', description: '', group_name: '', hidden: false, created: now, updated: now,
    });
    const link = { org_id: orgId, role_id: id, created: now };
    switch (assignee.kind) {
      case 'user': await db.insertReturningId('user_role', { ...link, user_id: assignee.id }); break;
      case 'team': await db.insertReturningId('team_role', { ...link, team_id: assignee.id }); break;
      case 'builtin': await db.insertReturningId('builtin_role', { ...link, role: assignee.role }); break;
      default: assignee satisfies never;
    }
    return id;
  }

  return {
    /** Replaces what the assignee's managed role grants on the scope. Answers the difference. */
    async replace(orgId: number, assignee: Assignee, scope: string, actions: readonly string[]): Promise<{ added: Grant[]; removed: Grant[] }> {
      const name = managedRoleName(assignee);
      const stored = await db.prepare<{ id: number; action: string }>(grantedOn).all(orgId, name, scope);
      const gone = stored.filter((row) => !actions.includes(row.action));
      const fresh = actions.filter((action) => !stored.some((row) => row.action === action));
      if (gone.length > 0) await rows.deleteFrom('permission').where('id', 'in', gone.map((row) => row.id)).execute();
      if (fresh.length > 0) {
        const roleId = await roleOf(orgId, assignee);
        const now = clock.now();
        const [kind = '', attribute = '', ...rest] = scope.split(':');
        const insert = db.prepare(insertGrant);
        for (const action of fresh) await insert.run(roleId, action, scope, kind, attribute, rest.join(':'), now, now);
      }
      return { added: fresh.map((action) => ({ action, scope })), removed: gone.map((row) => ({ action: row.action, scope })) };
    },
    /** Every row on one of the scopes, of managed and custom roles of the org. */
    async onScopes(orgId: number, scopes: readonly string[], onlyManaged: boolean): Promise<GrantedRow[]> {
      const base = () => {
        let query = rows.selectFrom('permission').innerJoin('role', 'role.id', 'permission.role_id')
          .where('permission.scope', 'in', [...scopes]).where((eb) => eb.or([eb('role.org_id', '=', orgId), eb('role.org_id', '=', 0)]));
        if (onlyManaged) query = query.where('role.name', 'like', 'managed:%');
        return query;
      };
      const columns = ['permission.id', 'role.name as roleName', 'permission.action', 'permission.scope', 'permission.created', 'permission.updated'] as const;
      const [users, teams, builtins] = await Promise.all([
        base().innerJoin('user_role', 'user_role.role_id', 'role.id').where('user_role.org_id', 'in', [0, orgId]).select(columns).select('user_role.user_id as subject').orderBy('permission.id').execute(),
        base().innerJoin('team_role', 'team_role.role_id', 'role.id').where('team_role.org_id', 'in', [0, orgId]).select(columns).select('team_role.team_id as subject').orderBy('permission.id').execute(),
        base().innerJoin('builtin_role', 'builtin_role.role_id', 'role.id').where('builtin_role.org_id', 'in', [0, orgId]).select(columns).select('builtin_role.role as subject').orderBy('permission.id').execute(),
      ]);
      const row = (found: { id: number; roleName: string; action: string; scope: string; created: number; updated: number }, assignee: Assignee): GrantedRow =>
        ({ id: Number(found.id), roleName: found.roleName, action: found.action, scope: found.scope, created: Number(found.created), updated: Number(found.updated), assignee });
      return [
        ...users.map((found) => row(found, { kind: 'user', id: Number(found.subject) })),
        ...teams.map((found) => row(found, { kind: 'team', id: Number(found.subject) })),
        ...builtins.map((found) => row(found, { kind: 'builtin', role: String(found.subject) })),
      ];
    },
    async users(ids: readonly number[]) {
      if (ids.length === 0) return [];
      return rows.selectFrom('user').select(['id', 'uid', 'login', 'email', 'is_service_account']).where('id', 'in', [...ids]).execute();
    },
    async teams(orgId: number, ids: readonly number[]) {
      if (ids.length === 0) return [];
      return rows.selectFrom('team').select(['id', 'uid', 'name', 'email']).where('org_id', '=', orgId).where('id', 'in', [...ids]).execute();
    },
    async hasUser(orgId: number, id: number): Promise<boolean> {
      return (await rows.selectFrom('org_user').select('id').where('org_id', '=', orgId).where('user_id', '=', id).executeTakeFirst()) !== undefined;
    },
    async existsUser(id: number): Promise<boolean> {
      return (await rows.selectFrom('user').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
    },
    /** Deletes all grants with exactly this scope; answers whose they were. */
    async deleteScope(orgId: number, scope: string): Promise<GrantedRow[]> {
      const found = await this.onScopes(orgId, [scope], false);
      const own = await rows.selectFrom('permission').innerJoin('role', 'role.id', 'permission.role_id').select('permission.id')
        .where('permission.scope', '=', scope).where('role.org_id', '=', orgId).execute();
      if (own.length > 0) await rows.deleteFrom('permission').where('id', 'in', own.map((row) => row.id)).execute();
      return found;
    },
  };
}

export type ManagedStore = ReturnType<typeof createManagedStore>;
