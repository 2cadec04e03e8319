/**
 * Runs migrations (config-and-operations §12.3): each once, in order, each in its own transaction, recorded in `migration_log`. Several
 * processes may start at once: an advisory lock lets one work while the others wait, then find nothing to do.
 */
import { sql } from 'kysely';
import { columns } from './columns.ts';
import type { Database, Migration } from './database.ts';

export interface MigrateOptions {
  /** `migration_locking`; SQLite's transactions are lock enough. */
  readonly locking?: boolean;
  /** How long to wait for the lock; 0 waits not at all, except that another process's start is given `lockWaitMsMin`. */
  readonly lockTimeoutSeconds?: number;
}

const lockWaitSecondsMin = 60;
const lockName = 'belvedere-migrations';
/** The advisory lock's number on PostgreSQL. */
const lockNumber = 7_313_025_117;

interface LogTable {
  migration_log: { id: number; migration_id: string; sql: string; success: boolean; error: string; timestamp: number };
}

/** Returns the ids that it ran. */
export async function migrate(db: Database, migrations: readonly Migration[], options: MigrateOptions = {}): Promise<string[]> {
  checkIds(migrations);
  await createLog(db);
  const done = await ranAlready(db);
  if (migrations.every(({ id }) => done.has(id))) return [];
  return options.locking === false || db.name === 'sqlite' ? runAll(db, migrations) : locked(db, options, () => runAll(db, migrations));
}

function checkIds(migrations: readonly Migration[]): void {
  const ids = new Set<string>();
  for (const { id } of migrations) {
    if (ids.has(id)) throw new Error(`Two migrations are called ${id}`);
    ids.add(id);
  }
}

async function createLog(db: Database): Promise<void> {
  const types = columns(db.name);
  await db.tables().schema.createTable('migration_log').ifNotExists()
    .addColumn('id', ...types.id)
    .addColumn('migration_id', types.varchar(255), (c) => c.notNull())
    .addColumn('sql', types.text, (c) => c.notNull())
    .addColumn('success', types.bool, (c) => c.notNull())
    .addColumn('error', types.text, (c) => c.notNull())
    .addColumn('timestamp', types.datetime, (c) => c.notNull())
    .execute();
}

async function ranAlready(db: Database): Promise<Set<string>> {
  const rows = await db.tables<LogTable>().selectFrom('migration_log').select('migration_id').where('success', '=', true).execute();
  return new Set(rows.map((row) => row.migration_id));
}

async function runAll(db: Database, migrations: readonly Migration[]): Promise<string[]> {
  // An empty database gets everything in one transaction, which is what a first start's time goes into.
  if (db.name === 'sqlite') return db.transaction((tx) => runEach(tx, migrations));
  return runEach(db, migrations);
}

async function runEach(db: Database, migrations: readonly Migration[]): Promise<string[]> {
  const done = await ranAlready(db);
  const ran: string[] = [];
  for (const migration of migrations) {
    if (done.has(migration.id)) continue;
    try {
      await db.transaction(async (tx) => {
        await migration.up(tx.tables(), db.name);
        await tx.tables<LogTable>().insertInto('migration_log')
          .values({ migration_id: migration.id, sql: '', success: true, error: '', timestamp: Date.now() } as never)
          .execute();
      });
    } catch (cause) {
      throw new Error(`migration ${migration.id} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
    ran.push(migration.id);
  }
  return ran;
}

/** The lock belongs to a connection, so that connection is kept until the work is done. */
async function locked<T>(db: Database, { lockTimeoutSeconds = 0 }: MigrateOptions, work: () => Promise<T>): Promise<T> {
  const waitSeconds = Math.max(lockTimeoutSeconds, lockWaitSecondsMin);
  return db.tables().connection().execute(async (connection) => {
    if (db.name === 'postgres') {
      const deadline = Date.now() + waitSeconds * 1000;
      for (;;) {
        const { rows } = await sql<{ ok: boolean }>`select pg_try_advisory_lock(${sql.lit(lockNumber)}) as ok`.execute(connection);
        if (rows[0]?.ok) break;
        if (Date.now() > deadline) throw new Error('another process holds the migration lock');
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    } else {
      const { rows } = await sql<{ ok: number }>`select get_lock(${lockName}, ${waitSeconds}) as ok`.execute(connection);
      if (Number(rows[0]?.ok) !== 1) throw new Error('another process holds the migration lock');
    }
    try {
      return await work();
    } finally {
      if (db.name === 'postgres') await sql`select pg_advisory_unlock(${sql.lit(lockNumber)})`.execute(connection);
      else await sql`select release_lock(${lockName})`.execute(connection);
    }
  });
}
