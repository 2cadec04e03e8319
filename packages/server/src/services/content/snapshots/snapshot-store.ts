import { sql } from 'kysely';
import type { Database, Migration } from '../../../infra/db/database.ts';
import { columns } from '../../../infra/db/columns.ts';
import { isUniqueViolation } from '../../../infra/db/database-errors.ts';
import type { Secrets } from '../../../infra/secrets/secrets.ts';
import { snapshotErrors, type Snapshot } from './snapshot.ts';

interface Row {
  id: number;
  name: string;
  key: string;
  delete_key: string;
  org_id: number;
  user_id: number;
  external: number | boolean;
  external_url: string;
  external_delete_url: string;
  dashboard_encrypted: Buffer;
  expires: number;
  created: number;
  updated: number;
}

interface SnapshotTables {
  dashboard_snapshot: Row;
}

export const snapshotMigrations: readonly Migration[] = [{
  id: 'snapshot-0001-table',
  async up(db, name) {
    const types = columns(name);
    await db.schema.createTable('dashboard_snapshot')
      .addColumn('id', ...types.id).addColumn('name', types.text, (c) => c.notNull()).addColumn('key', types.varchar(190), (c) => c.notNull())
      .addColumn('delete_key', types.varchar(190), (c) => c.notNull()).addColumn('org_id', types.bigint, (c) => c.notNull()).addColumn('user_id', types.bigint, (c) => c.notNull())
      .addColumn('external', types.bool, (c) => c.notNull()).addColumn('external_url', types.text, (c) => c.notNull()).addColumn('external_delete_url', types.text, (c) => c.notNull())
      .addColumn('dashboard_encrypted', types.blob, (c) => c.notNull()).addColumn('expires', types.datetime, (c) => c.notNull())
      .addColumn('created', types.datetime, (c) => c.notNull()).addColumn('updated', types.datetime, (c) => c.notNull()).execute();
    await db.schema.createIndex('dashboard_snapshot_key').on('dashboard_snapshot').column('key').unique().execute();
    await db.schema.createIndex('dashboard_snapshot_delete_key').on('dashboard_snapshot').column('delete_key').unique().execute();
    await db.schema.createIndex('dashboard_snapshot_owner').on('dashboard_snapshot').columns(['org_id', 'user_id']).execute();
  },
}];

export interface SnapshotStore {
  insert(snapshot: Omit<Snapshot, 'id'>): Promise<Snapshot>;
  find(by: 'key' | 'delete_key', value: string): Promise<Snapshot | undefined>;
  /** `userId` undefined: everybody's. `like` is a pattern over the whole name; '' for all. */
  list(orgId: number, userId: number | undefined, query: { like: string; limit: number }): Promise<readonly Omit<Snapshot, 'dashboard'>[]>;
  delete(id: number): Promise<void>;
  deleteExpired(now: number): Promise<void>;
}

const withoutDashboard = (row: Omit<Row, 'dashboard_encrypted'>): Omit<Snapshot, 'dashboard'> => ({
  id: row.id, name: row.name, key: row.key, deleteKey: row.delete_key, orgId: row.org_id, userId: row.user_id, external: Boolean(row.external),
  externalUrl: row.external_url, externalDeleteUrl: row.external_delete_url, expires: row.expires, created: row.created, updated: row.updated,
});

export function createSnapshotStore(db: Database, secrets: Pick<Secrets, 'encrypt' | 'decrypt'>): SnapshotStore {
  const q = () => db.tables<SnapshotTables>();
  return {
    async insert(snapshot) {
      try {
        const id = await db.insertReturningId('dashboard_snapshot', {
          name: snapshot.name, key: snapshot.key, delete_key: snapshot.deleteKey, org_id: snapshot.orgId, user_id: snapshot.userId, external: snapshot.external,
          external_url: snapshot.externalUrl, external_delete_url: snapshot.externalDeleteUrl, dashboard_encrypted: await secrets.encrypt(snapshot.dashboard),
          expires: snapshot.expires, created: snapshot.created, updated: snapshot.updated,
        });
        return { ...snapshot, id };
      } catch (error) {
        throw isUniqueViolation(error) ? snapshotErrors.keyTaken() : error;
      }
    },
    async find(by, value) {
      const row = await q().selectFrom('dashboard_snapshot').selectAll().where(by, '=', value).executeTakeFirst();
      return row && { ...withoutDashboard(row), dashboard: (await secrets.decrypt(Buffer.from(row.dashboard_encrypted))).toString('utf8') };
    },
    async list(orgId, userId, { like, limit }) {
      let query = q().selectFrom('dashboard_snapshot')
        .select(['id', 'name', 'key', 'delete_key', 'org_id', 'user_id', 'external', 'external_url', 'external_delete_url', 'expires', 'created', 'updated'])
        .where('org_id', '=', orgId);
      if (userId !== undefined) query = query.where('user_id', '=', userId);
      if (like !== '') query = query.where(sql<boolean>`lower(name) like ${like.toLowerCase()}`);
      return (await query.orderBy('id').limit(limit).execute()).map(withoutDashboard);
    },
    async delete(id) {
      await q().deleteFrom('dashboard_snapshot').where('id', '=', id).execute();
    },
    async deleteExpired(now) {
      await q().deleteFrom('dashboard_snapshot').where('expires', '<', now).execute();
    },
  };
}
