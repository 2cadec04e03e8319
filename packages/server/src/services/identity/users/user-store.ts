import { hash } from 'node:crypto';
import { contains } from '../../../infra/db/contains.ts';
import type { Selectable } from 'kysely';
import type { Database } from '../../../infra/db/database.ts';
import type { AuthLink, User } from './user.ts';

export interface UserRow {
  id: number; uid: string; login: string; email: string; name: string; password: string; salt: string; rands: string; org_id: number; is_admin: boolean;
  is_disabled: boolean; is_service_account: boolean; is_provisioned: boolean; email_verified: boolean; theme: string; help_flags1: number;
  last_seen_at: number; created: number; updated: number;
}

export interface UserTables {
  user: UserRow;
  user_auth: { id: number; user_id: number; auth_module: string; auth_id: string; external_uid: string; created: number };
  org: { id: number; version: number; name: string; address1: string; address2: string; city: string; state: string; zip_code: string; country: string; created: number; updated: number };
  org_user: { id: number; org_id: number; user_id: number; role: string; created: number; updated: number };
  team_member: { id: number; uid: string; org_id: number; team_id: number; user_id: number; external: boolean; permission: number; created: number; updated: number };
}

export const toUser = (row: Selectable<UserRow>): User => ({
  id: Number(row.id), uid: row.uid, login: row.login, email: row.email, name: row.name, password: row.password, salt: row.salt, rands: row.rands,
  orgId: Number(row.org_id), isAdmin: Boolean(row.is_admin), isDisabled: Boolean(row.is_disabled), isServiceAccount: Boolean(row.is_service_account),
  isProvisioned: Boolean(row.is_provisioned), emailVerified: Boolean(row.email_verified), theme: row.theme, helpFlags1: Number(row.help_flags1),
  lastSeenAt: Number(row.last_seen_at), created: Number(row.created), updated: Number(row.updated),
});

const inOneStatementMax = 10_000;

export function createUserStore(db: Database) {
  const rows = db.tables<UserTables>();
  const one = async (column: 'id' | 'uid' | 'login' | 'email', value: string | number): Promise<User | undefined> => {
    const row = await rows.selectFrom('user').selectAll().where(column, '=', value as never).executeTakeFirst();
    return row && toUser(row);
  };
  const several = async (column: 'id' | 'uid', values: readonly (string | number)[]): Promise<User[]> => {
    const users: User[] = [];
    for (let from = 0; from < values.length; from += inOneStatementMax) {
      const found = await rows.selectFrom('user').selectAll().where(column, 'in', values.slice(from, from + inOneStatementMax) as never).execute();
      users.push(...found.map(toUser));
    }
    return users;
  };
  return {
    byId: (id: number) => one('id', id),
    byUid: (uid: string) => one('uid', uid),
    byIds: (ids: readonly number[]) => several('id', ids),
    byUids: (uids: readonly string[]) => several('uid', uids),
    byLogin: (login: string) => one('login', login),
    byEmail: (email: string) => one('email', email),
    async insert(user: Omit<User, 'id'>): Promise<number> {
      return db.insertReturningId('user', {
        uid: user.uid, login: user.login, email: user.email, name: user.name, password: user.password, salt: user.salt, rands: user.rands,
        org_id: user.orgId, is_admin: user.isAdmin, is_disabled: user.isDisabled, is_service_account: user.isServiceAccount,
        is_provisioned: user.isProvisioned, email_verified: user.emailVerified, theme: user.theme, help_flags1: user.helpFlags1,
        last_seen_at: user.lastSeenAt, created: user.created, updated: user.updated,
      });
    },
    async update(id: number, values: Partial<UserRow>): Promise<boolean> {
      const { numUpdatedRows } = await rows.updateTable('user').set(values).where('id', '=', id).executeTakeFirst();
      return Number(numUpdatedRows) > 0;
    },
    async count(): Promise<number> {
      const { n } = await rows.selectFrom('user').select((eb) => eb.fn.countAll<number>().as('n')).where('is_service_account', '=', false).executeTakeFirstOrThrow();
      return Number(n);
    },
    /** The other server administrators that can sign in. */
    async countOtherAdmins(id: number): Promise<number> {
      const { n } = await rows.selectFrom('user').select((eb) => eb.fn.countAll<number>().as('n'))
        .where('is_admin', '=', true).where('id', '!=', id).where('is_service_account', '=', false).executeTakeFirstOrThrow();
      return Number(n);
    },
    async search(options: {
      query: string; page: number; perPage: number; order: readonly (readonly [column: 'login' | 'email' | 'name' | 'last_seen_at', direction: 'asc' | 'desc'])[];
      activeSince?: number | undefined; ids?: readonly number[] | undefined;
    }): Promise<{ users: User[]; total: number }> {
      let matching = rows.selectFrom('user').where('is_service_account', '=', false);
      if (options.query !== '') {
        const { query } = options;
        matching = matching.where((eb) => eb.or([contains('login', query), contains('email', query), contains('name', query)]));
      }
      if (options.activeSince !== undefined) matching = matching.where('last_seen_at', '>', options.activeSince);
      if (options.ids) {
        if (options.ids.length === 0) return { users: [], total: 0 };
        matching = matching.where('id', 'in', [...options.ids]);
      }
      const { n } = await matching.select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow();
      let page = matching.selectAll();
      for (const [column, direction] of options.order) page = page.orderBy(column, direction);
      const found = await page.limit(options.perPage).offset((options.page - 1) * options.perPage).execute();
      return { users: found.map(toUser), total: Number(n) };
    },
    async authLinks(userIds: readonly number[]): Promise<AuthLink[]> {
      if (userIds.length === 0) return [];
      const found = await rows.selectFrom('user_auth').selectAll().where('user_id', 'in', [...userIds]).orderBy('created', 'desc').orderBy('id', 'desc').execute();
      return found.map(toAuthLink);
    },
    async findAuthLink(module: string, authId: string): Promise<AuthLink | undefined> {
      const found = await rows.selectFrom('user_auth').selectAll().where('auth_module', '=', module).where('auth_id', '=', storedAuthId(authId)).orderBy('id', 'desc').executeTakeFirst();
      return found && toAuthLink(found);
    },
    async linkAuth(userId: number, module: string, authId: string, now: number): Promise<void> {
      const known = await rows.selectFrom('user_auth').select('id').where('user_id', '=', userId).where('auth_module', '=', module).where('auth_id', '=', storedAuthId(authId)).executeTakeFirst();
      if (!known) await db.insertReturningId('user_auth', { user_id: userId, auth_module: module, auth_id: storedAuthId(authId), external_uid: '', created: now });
      else await rows.updateTable('user_auth').set({ created: now }).where('id', '=', known.id).execute();
    },
    async addToOrg(orgId: number, userId: number, role: string, now: number): Promise<void> {
      await rows.insertInto('org_user').values({ org_id: orgId, user_id: userId, role, created: now, updated: now } as never).execute();
    },
    /** Everything that points at the user, then the user. */
    async delete(id: number): Promise<boolean> {
      const any = db.tables<Record<string, Record<string, unknown>>>();
      for (const table of ['org_user', 'team_member', 'user_auth', 'user_auth_token', 'user_external_session', 'preferences', 'quota'] as const) {
        await any.deleteFrom(table).where('user_id', '=', id).execute();
      }
      const managed = await any.selectFrom('user_role').innerJoin('role', 'role.id', 'user_role.role_id').select(['role.id as id', 'role.name as name']).where('user_role.user_id', '=', id).execute() as { id: number; name: string }[];
      const own = managed.filter(({ name }) => name.startsWith('managed:users:')).map((role) => role.id);
      await any.deleteFrom('user_role').where('user_id', '=', id).execute();
      if (own.length > 0) {
        await any.deleteFrom('permission').where('role_id', 'in', own).execute();
        await any.deleteFrom('role').where('id', 'in', own).execute();
      }
      for (const scope of [`users:id:${id}`, `global.users:id:${id}`]) await any.deleteFrom('permission').where('scope', '=', scope).execute();
      const { numDeletedRows } = await rows.deleteFrom('user').where('id', '=', id).executeTakeFirst();
      return Number(numDeletedRows) > 0;
    },
  };
}

export type UserStore = ReturnType<typeof createUserStore>;

const authIdMax = 190;

/** What is too long for the column ends in a hash, so that no two people share what is left of their ids. */
const storedAuthId = (authId: string): string => (authId.length <= authIdMax ? authId : `${authId.slice(0, authIdMax - 65).toWellFormed()}/${hash('sha256', authId, 'hex')}`);

const toAuthLink = (row: UserTables['user_auth']): AuthLink =>
  ({ id: Number(row.id), userId: Number(row.user_id), module: row.auth_module, authId: row.auth_id, externalUid: row.external_uid, created: Number(row.created) });
