/** Insert, or overwrite the row with the same key, on every database. */
import type { Database } from './database.ts';

/** `keys` are the columns of a unique index; `update` what an existing row gets (all other columns of `row` by default). */
export async function upsert(db: Database, table: string, row: Readonly<Record<string, unknown>>, keys: readonly string[], update?: readonly string[]): Promise<void> {
  const changed = Object.fromEntries((update ?? Object.keys(row).filter((column) => !keys.includes(column))).map((column) => [column, row[column]]));
  const insert = db.tables<Record<string, Record<string, unknown>>>().insertInto(table).values(row);
  const statement = db.name === 'mysql'
    ? insert.onDuplicateKeyUpdate(changed)
    : insert.onConflict((conflict) => conflict.columns([...keys]).doUpdateSet(changed));
  await statement.execute();
}
