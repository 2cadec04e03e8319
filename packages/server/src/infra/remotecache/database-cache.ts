/** The remote cache in the database: table `cache_data`, expired rows swept away every ten minutes. */
import type { BackgroundService } from '../../registry/background-service.ts';
import type { Clock } from '../clock.ts';
import { columns } from '../db/columns.ts';
import type { Database, Migration } from '../db/database.ts';
import { upsert } from '../db/upsert.ts';
import { defaultTtlMs, type RemoteCache } from './remotecache.ts';

const sweepMs = 600_000;

export const remoteCacheMigrations: readonly Migration[] = [
  {
    id: 'remotecache-0001-table',
    async up(db, name) {
      const t = columns(name);
      await db.schema.createTable('cache_data')
        .addColumn('cache_key', t.varchar(168), (c) => c.notNull().primaryKey())
        .addColumn('data', t.blob, (c) => c.notNull())
        // Seconds; 0 never.
        .addColumn('expires', t.bigint, (c) => c.notNull())
        .addColumn('created_at', t.bigint, (c) => c.notNull())
        .execute();
    },
  },
];

interface Tables {
  cache_data: { cache_key: string; data: Buffer; expires: number; created_at: number };
}

export function createDatabaseCache({ db, clock, prefix = '' }: { db: Database; clock: Clock; prefix?: string }): RemoteCache & BackgroundService {
  const rows = () => db.tables<Tables>();
  const seconds = () => Math.floor(clock.now() / 1000);
  const expired = (row: { expires: number; created_at: number }) => row.expires > 0 && clock.now() / 1000 - row.created_at >= row.expires;
  return {
    name: 'remote cache',
    async get(key) {
      const row = await rows().selectFrom('cache_data').selectAll().where('cache_key', '=', prefix + key).executeTakeFirst();
      return row && !expired(row) ? row.data : undefined;
    },
    async set(key, value, ttlMs) {
      await upsert(db, 'cache_data', {
        cache_key: prefix + key, data: Buffer.from(value as Buffer), expires: Math.ceil((ttlMs || defaultTtlMs) / 1000), created_at: seconds(),
      }, ['cache_key']);
    },
    async delete(key) {
      const { numDeletedRows } = await rows().deleteFrom('cache_data').where('cache_key', '=', prefix + key).executeTakeFirstOrThrow();
      return Number(numDeletedRows) > 0;
    },
    async run(signal) {
      while (!signal.aborted) {
        // What is left lying is never answered, and goes the next time.
        await rows().deleteFrom('cache_data').where((e) => e.and([e('expires', '>', 0), e(e('created_at', '+', e.ref('expires')), '<', seconds())])).execute().catch(() => {});
        await clock.sleep(sweepMs, signal).catch(() => {});
      }
    },
    async close() {},
  };
}
