import { contains, likePattern } from '../../../infra/db/contains.ts';
import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import { isUniqueViolation } from '../../../infra/db/database-errors.ts';
import type { OrgRole } from '../../../web/identity.ts';
import type { IdentityEpoch } from '../../identity/identity-epoch.ts';
import { createUserStore, toUser, type UserTables } from '../../identity/users/user-store.ts';
import { parseSort } from '../../identity/users/user-service.ts';
import { orgErrors, type Org, type OrgMember, type OrgService } from './org.ts';
import { sql } from 'kysely';

export interface OrgServiceDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly epoch: IdentityEpoch;
  readonly deleteUser: (userId: number) => Promise<boolean>;
}

const rememberedMax = 1000;

export function createOrgService({ db, clock, epoch, deleteUser }: OrgServiceDeps): OrgService {
  const rows = (on: Database = db) => on.tables<UserTables>();
  const deleteListeners: ((orgId: number) => Promise<void>)[] = [];

  async function find(column: 'id' | 'name', value: string | number): Promise<Org | undefined> {
    const row = await rows().selectFrom('org').selectAll().where(column, '=', value as never).executeTakeFirst();
    return row && toOrg(row);
  }

  /** Asked for on every page; kept until something changes. */
  const remembered = new Map<number, Org>();
  epoch.onChange(() => remembered.clear());
  async function get(id: number): Promise<Org | undefined> {
    const known = remembered.get(id);
    if (known) return known;
    const org = await find('id', id);
    if (org) {
      if (remembered.size >= rememberedMax) remembered.clear();
      remembered.set(id, org);
    }
    return org;
  }

  const adminsLeft = async (tx: Database, orgId: number): Promise<boolean> => {
    const { n } = await rows(tx).selectFrom('org_user').innerJoin('user', 'user.id', 'org_user.user_id').select((eb) => eb.fn.countAll<number>().as('n'))
      .where('org_user.org_id', '=', orgId).where('org_user.role', '=', 'Admin').where('user.is_service_account', '=', false).executeTakeFirstOrThrow();
    return Number(n) > 0;
  };

  /** Everything of the user that belongs to that org. */
  async function unlink(tx: Database, orgId: number, userId: number): Promise<void> {
    const any = tx.tables<Record<string, Record<string, unknown>>>();
    for (const table of ['org_user', 'team_member', 'preferences'] as const) {
      await any.deleteFrom(table).where('org_id', '=', orgId).where('user_id', '=', userId).execute();
    }
    const roles = (await any.selectFrom('user_role').innerJoin('role', 'role.id', 'user_role.role_id').select('role.id as id')
      .where('user_role.user_id', '=', userId).where('user_role.org_id', '=', orgId).where('role.name', 'like', 'managed:users:%').execute()) as { id: number }[];
    await any.deleteFrom('user_role').where('user_id', '=', userId).where('org_id', '=', orgId).execute();
    const ids = roles.map((role) => role.id);
    if (ids.length > 0) {
      await any.deleteFrom('permission').where('role_id', 'in', ids).execute();
      await any.deleteFrom('role').where('id', 'in', ids).execute();
    }
  }

  return {
    get,
    byName: (name) => find('name', name),
    async list({ query, name, page, perPage, ids }) {
      let matching = rows().selectFrom('org').select(['id', 'name']);
      if (query !== '') matching = matching.where(sql<boolean>`lower(name) like ${`${likePattern(query)}%`} escape '!'`);
      if (name !== '') matching = matching.where('name', '=', name);
      if (ids) {
        if (ids.length === 0) return [];
        matching = matching.where('id', 'in', [...ids]);
      }
      if (perPage > 0) matching = matching.limit(perPage).offset(page * perPage);
      return (await matching.orderBy('name').execute()).map((row) => ({ id: Number(row.id), name: row.name }));
    },
    async create(name, creatorId) {
      const now = clock.now();
      try {
        return await epoch.change(async (tx) => {
          const id = await tx.insertReturningId('org', { version: 1, name, address1: '', address2: '', city: '', state: '', zip_code: '', country: '', created: now, updated: now });
          if (creatorId !== undefined) await createUserStore(tx).addToOrg(id, creatorId, 'Admin', now);
          return id;
        });
      } catch (error) {
        throw isUniqueViolation(error) ? orgErrors.nameTaken() : error;
      }
    },
    async rename(id, name) {
      try {
        return await epoch.change(async (tx) => {
          const { numUpdatedRows } = await rows(tx).updateTable('org').set({ name, updated: clock.now() }).where('id', '=', id).executeTakeFirst();
          return Number(numUpdatedRows) > 0;
        });
      } catch (error) {
        throw isUniqueViolation(error) ? orgErrors.nameTakenOnUpdate() : error;
      }
    },
    async setAddress(id, { address1, address2, city, zipCode, state, country }) {
      await epoch.change((tx) => rows(tx).updateTable('org')
        .set({ address1, address2, city, zip_code: zipCode, state, country, updated: clock.now() }).where('id', '=', id).execute());
    },
    async delete(id) {
      const gone = await epoch.change(async (tx) => {
        const any = tx.tables<Record<string, Record<string, unknown>>>();
        const { numDeletedRows } = await any.deleteFrom('org').where('id', '=', id).executeTakeFirst();
        if (Number(numDeletedRows) === 0) return false;
        const accounts = (await any.selectFrom('user').innerJoin('org_user', 'org_user.user_id', 'user.id').select('user.id as id')
          .where('org_user.org_id', '=', id).where('user.is_service_account', '=', true).execute()) as { id: number }[];
        for (const account of accounts) await createUserStore(tx).delete(account.id);
        for (const table of ['org_user', 'team', 'team_member', 'api_key', 'temp_user', 'quota', 'preferences', 'user_role', 'team_role', 'builtin_role'] as const) {
          await any.deleteFrom(table).where('org_id', '=', id).execute();
        }
        await any.deleteFrom('permission').where('role_id', 'in', any.selectFrom('role').select('id').where('org_id', '=', id)).execute();
        await any.deleteFrom('role').where('org_id', '=', id).execute();
        // Who was here goes on in another organization of theirs, if they have one.
        await sql`update ${sql.table('user')} set org_id = (select min(org_user.org_id) from org_user where org_user.user_id = ${sql.ref('user.id')})
          where org_id = ${id} and exists (select 1 from org_user where org_user.user_id = ${sql.ref('user.id')})`.execute(rows(tx));
        return true;
      });
      if (gone) for (const listener of deleteListeners) await listener(id);
      return gone;
    },
    onDelete: (listener) => void deleteListeners.push(listener),
    async members(orgId, { query, page, perPage, sort, ids }) {
      let matching = rows().selectFrom('user').innerJoin('org_user', 'org_user.user_id', 'user.id')
        .where('org_user.org_id', '=', orgId).where('user.is_service_account', '=', false);
      if (query !== '') matching = matching.where((eb) => eb.or([contains('user.login', query), contains('user.email', query), contains('user.name', query)]));
      if (ids) {
        if (ids.length === 0) return { members: [], total: 0 };
        matching = matching.where('user.id', 'in', [...ids]);
      }
      let ordered = matching.selectAll('user').select('org_user.role');
      for (const [column, direction] of parseSort(sort)) ordered = ordered.orderBy(`user.${column}`, direction);
      if (perPage > 0) ordered = ordered.limit(perPage).offset((page - 1) * perPage);
      const found = await ordered.execute();
      const total = perPage > 0 ? Number((await matching.select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow()).n) : found.length;
      const links = Map.groupBy(await createUserStore(db).authLinks(found.map((row) => Number(row.id))), (link) => link.userId);
      return {
        total,
        members: found.map((row): OrgMember => {
          const user = toUser(row);
          return { orgId, role: row.role as OrgRole, user, modules: (links.get(user.id) ?? []).map((link) => link.module) };
        }),
      };
    },
    async addMember(orgId, userId, role) {
      const now = clock.now();
      try {
        await epoch.change(async (tx) => {
          if (!(await rows(tx).selectFrom('org').select('id').where('id', '=', orgId).executeTakeFirst())) throw orgErrors.notFound();
          await createUserStore(tx).addToOrg(orgId, userId, role, now);
          const user = await createUserStore(tx).byId(userId);
          const active = user && (await rows(tx).selectFrom('org_user').select('id').where('user_id', '=', userId).where('org_id', '=', user.orgId).executeTakeFirst());
          if (user && !active) await createUserStore(tx).update(userId, { org_id: orgId });
        });
      } catch (error) {
        throw isUniqueViolation(error) ? orgErrors.alreadyMember({ extra: { userId } }) : error;
      }
    },
    async setRole(orgId, userId, role) {
      await epoch.change(async (tx) => {
        const { numUpdatedRows } = await rows(tx).updateTable('org_user').set({ role, updated: clock.now() })
          .where('org_id', '=', orgId).where('user_id', '=', userId).executeTakeFirst();
        if (Number(numUpdatedRows) === 0) throw orgErrors.notMember();
        if (role !== 'Admin' && !(await adminsLeft(tx, orgId))) throw orgErrors.lastAdminRole();
      });
    },
    async removeMember(orgId, userId, { deleteOrphans = false } = {}) {
      const orphan = await epoch.change(async (tx) => {
        const user = await createUserStore(tx).byId(userId);
        if (!user) throw orgErrors.removeFailed();
        await unlink(tx, orgId, userId);
        if (!(await adminsLeft(tx, orgId))) throw orgErrors.lastAdmin();
        const others = await rows(tx).selectFrom('org_user').innerJoin('org', 'org.id', 'org_user.org_id').select('org_user.org_id').where('user_id', '=', userId).orderBy('org_id').execute();
        if (others[0] && !others.some((other) => Number(other.org_id) === user.orgId)) await createUserStore(tx).update(userId, { org_id: Number(others[0].org_id) });
        return others.length === 0 && !user.isAdmin;
      });
      if (!orphan || !deleteOrphans) return 'removed';
      await deleteUser(userId);
      return 'deleted';
    },
    async orgsOf(userId) {
      const found = await rows().selectFrom('org_user').innerJoin('org', 'org.id', 'org_user.org_id').select(['org_user.org_id', 'org.name', 'org_user.role'])
        .where('org_user.user_id', '=', userId).orderBy('org.name').execute();
      return found.map((row) => ({ orgId: Number(row.org_id), name: row.name, role: row.role as OrgRole }));
    },
    async use(userId, orgId) {
      const member = await rows().selectFrom('org_user').select('id').where('user_id', '=', userId).where('org_id', '=', orgId).executeTakeFirst();
      if (!member) return false;
      await epoch.change((tx) => createUserStore(tx).update(userId, { org_id: orgId }));
      return true;
    },
    async count() {
      return Number((await rows().selectFrom('org').select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow()).n);
    },
  };
}

const toOrg = (row: UserTables['org']): Org => ({
  id: Number(row.id), name: row.name,
  address: { address1: row.address1, address2: row.address2, city: row.city, zipCode: row.zip_code, state: row.state, country: row.country },
});
