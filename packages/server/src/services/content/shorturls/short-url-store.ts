import type { Database, Migration } from '../../../infra/db/database.ts';
import { columns } from '../../../infra/db/columns.ts';
import { isUniqueViolation } from '../../../infra/db/database-errors.ts';
import { shortUrlErrors, type ShortUrl } from './short-url.ts';

interface Row {
  id: number;
  org_id: number;
  uid: string;
  path: string;
  created_by: number;
  created_at: number;
  last_seen_at: number;
}

interface ShortUrlTables {
  short_url: Row;
}

export const shortUrlMigrations: readonly Migration[] = [{
  id: 'short-url-0001-table',
  async up(db, name) {
    const types = columns(name);
    await db.schema.createTable('short_url')
      .addColumn('id', ...types.id).addColumn('org_id', types.bigint, (c) => c.notNull()).addColumn('uid', types.varchar(40), (c) => c.notNull())
      .addColumn('path', types.longtext, (c) => c.notNull()).addColumn('created_by', types.bigint, (c) => c.notNull())
      .addColumn('created_at', types.datetime, (c) => c.notNull()).addColumn('last_seen_at', types.datetime, (c) => c.notNull()).execute();
    await db.schema.createIndex('short_url_uid').on('short_url').columns(['org_id', 'uid']).unique().execute();
  },
}];

export interface ShortUrlStore {
  insert(link: Omit<ShortUrl, 'id'>): Promise<ShortUrl>;
  find(orgId: number, uid: string): Promise<ShortUrl | undefined>;
  seen(id: number, now: number): Promise<void>;
  deleteNeverSeen(before: number): Promise<void>;
}

export function createShortUrlStore(db: Database): ShortUrlStore {
  const q = () => db.tables<ShortUrlTables>();
  return {
    async insert(link) {
      try {
        const id = await db.insertReturningId('short_url', {
          org_id: link.orgId, uid: link.uid, path: link.path, created_by: link.createdBy, created_at: link.createdAt, last_seen_at: link.lastSeenAt,
        });
        return { ...link, id };
      } catch (error) {
        throw isUniqueViolation(error) ? shortUrlErrors.conflict() : error;
      }
    },
    async find(orgId, uid) {
      const row = await q().selectFrom('short_url').selectAll().where('org_id', '=', orgId).where('uid', '=', uid).executeTakeFirst();
      return row && { id: row.id, orgId: row.org_id, uid: row.uid, path: row.path, createdBy: row.created_by, createdAt: row.created_at, lastSeenAt: row.last_seen_at };
    },
    async seen(id, now) {
      await q().updateTable('short_url').set({ last_seen_at: now }).where('id', '=', id).execute();
    },
    async deleteNeverSeen(before) {
      await q().deleteFrom('short_url').where('last_seen_at', '=', 0).where('created_at', '<=', before).execute();
    },
  };
}
