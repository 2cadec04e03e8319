import type { Database, Migration } from '../../../infra/db/database.ts';
import { columns } from '../../../infra/db/columns.ts';
import { isUniqueViolation } from '../../../infra/db/database-errors.ts';

interface StarTables {
  star: { id: number; org_id: number; user_id: number; dashboard_uid: string; created: number };
}

export const starMigrations: readonly Migration[] = [{
  id: 'star-0001-table',
  async up(db, name) {
    const types = columns(name);
    await db.schema.createTable('star')
      .addColumn('id', ...types.id).addColumn('org_id', types.bigint, (c) => c.notNull()).addColumn('user_id', types.bigint, (c) => c.notNull())
      .addColumn('dashboard_uid', types.varchar(40), (c) => c.notNull()).addColumn('created', types.datetime, (c) => c.notNull()).execute();
    await db.schema.createIndex('star_owner').on('star').columns(['org_id', 'user_id', 'dashboard_uid']).unique().execute();
    await db.schema.createIndex('star_dashboard').on('star').columns(['org_id', 'dashboard_uid']).execute();
  },
}];

export interface StarStore {
  list(orgId: number, userId: number): Promise<readonly string[]>;
  add(orgId: number, userId: number, uid: string, now: number): Promise<void>;
  remove(orgId: number, userId: number, uid: string): Promise<void>;
  removeDashboard(orgId: number, uid: string): Promise<void>;
}

export function createStarStore(db: Database): StarStore {
  const q = () => db.tables<StarTables>();
  return {
    async list(orgId, userId) {
      const rows = await q().selectFrom('star').select('dashboard_uid').where('org_id', '=', orgId).where('user_id', '=', userId).orderBy('id').execute();
      return rows.map((row) => row.dashboard_uid);
    },
    async add(orgId, userId, uid, now) {
      try {
        await db.insertReturningId('star', { org_id: orgId, user_id: userId, dashboard_uid: uid, created: now });
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
      }
    },
    async remove(orgId, userId, uid) {
      await q().deleteFrom('star').where('org_id', '=', orgId).where('user_id', '=', userId).where('dashboard_uid', '=', uid).execute();
    },
    async removeDashboard(orgId, uid) {
      await q().deleteFrom('star').where('org_id', '=', orgId).where('dashboard_uid', '=', uid).execute();
    },
  };
}
