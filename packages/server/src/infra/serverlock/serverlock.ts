/** Work that one of several instances does (config-and-operations §11). */
import type { Clock } from '../clock.ts';
import { columns } from '../db/columns.ts';
import type { Database, Migration } from '../db/database.ts';
import { isUniqueViolation } from '../db/database-errors.ts';

export interface ServerLock {
  /** Runs `work` unless somebody did less than `intervalMs` ago, or does at this moment. Answers whether it ran. */
  atMostEvery(name: string, intervalMs: number, work: () => Promise<void>): Promise<boolean>;
  /**
   * Runs `work` while holding the lock of that name, and lets go. A lock older than `staleMs` belonged to somebody who died. Answers
   * undefined when another holds it and goes on holding it for `waitMs`.
   */
  whileLocked<T>(name: string, options: { staleMs: number; waitMs?: number; signal?: AbortSignal }, work: () => Promise<T>): Promise<{ result: T } | undefined>;
}

export const serverLockMigrations: readonly Migration[] = [
  {
    id: 'serverlock-0001-table',
    async up(db, name) {
      const t = columns(name);
      await db.schema.createTable('server_lock')
        .addColumn('id', ...t.id)
        .addColumn('operation_uid', t.varchar(100), (c) => c.notNull().unique())
        .addColumn('version', t.bigint, (c) => c.notNull())
        // Compat: seconds, as the reference keeps them.
        .addColumn('last_execution', t.bigint, (c) => c.notNull())
        .execute();
    },
  },
];

interface Tables {
  server_lock: { id: number; operation_uid: string; version: number; last_execution: number };
}

const retryMs = 100;

export function createServerLock({ db, clock }: { db: Database; clock: Clock }): ServerLock {
  const rows = () => db.tables<Tables>();
  const seconds = () => Math.floor(clock.now() / 1000);
  const find = (name: string) => rows().selectFrom('server_lock').selectAll().where('operation_uid', '=', name).executeTakeFirst();

  async function insert(name: string, version: number, lastExecution: number): Promise<boolean> {
    try {
      await rows().insertInto('server_lock').values({ operation_uid: name, version, last_execution: lastExecution } as never).execute();
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  async function take(name: string, version: number): Promise<boolean> {
    const { numUpdatedRows } = await rows().updateTable('server_lock').set({ version: version + 1, last_execution: seconds() })
      .where('operation_uid', '=', name).where('version', '=', version).executeTakeFirst();
    return Number(numUpdatedRows) === 1;
  }

  return {
    async atMostEvery(name, intervalMs, work) {
      const row = await find(name);
      if (row && seconds() - row.last_execution < intervalMs / 1000) return false;
      if (!(row ? await take(name, row.version) : await insert(name, 1, seconds()))) return false;
      await work();
      return true;
    },
    async whileLocked(name, { staleMs, waitMs = 0, signal }, work) {
      const deadline = clock.now() + waitMs;
      let version = 1;
      while (!(await insert(name, 1, seconds()))) {
        const row = await find(name);
        if (row && seconds() - row.last_execution > staleMs / 1000 && (await take(name, row.version))) {
          version = row.version + 1;
          break;
        }
        if (row && clock.now() >= deadline) return undefined;
        if (row) await clock.sleep(retryMs, signal);
      }
      try {
        return { result: await work() };
      } finally {
        // If somebody took the lock over meanwhile, it is theirs.
        await rows().deleteFrom('server_lock').where('operation_uid', '=', name).where('version', '=', version).execute();
      }
    },
  };
}
