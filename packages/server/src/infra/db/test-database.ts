/** A database for unit tests: SQLite in memory, migrated. */
import type { Database, Migration } from './database.ts';
import { migrate } from './migrator.ts';
import { openSqlite } from './open-database.ts';

export async function openTestDatabase(migrations: readonly Migration[] = []): Promise<Database> {
  const db = openSqlite(':memory:');
  await migrate(db, migrations);
  return db;
}
