/** Reads and writes rows of the content tables, ids of people and teams as numbers of this database. */
import type { Database } from '../../../infra/db/database.ts';
import type { Secrets } from '../../../infra/secrets/secrets.ts';
import { splitTag } from '../../content/annotations/annotation.ts';
import { ownColumns, type ContentTable } from './content-tables.ts';

type AnyTable = Record<string, Record<string, unknown>>;
/** As stored: people and teams are numbers. `users` columns are lists of numbers. */
export type StoredRow = Readonly<Record<string, unknown>> & { readonly org_id: number };

const pageSize = 500;
const indexedTagLength = 190;
const quoted = (name: string) => `"${name}"`;

/** Pages of rows in the order in which they were made. */
export async function* readPages(db: Database, table: ContentTable, secrets: Pick<Secrets, 'decrypt'>): AsyncIterable<readonly StoredRow[]> {
  if (table.keyless) {
    const rows = await db.prepare<Record<string, unknown>>(`select ${columnList(table)} from ${quoted(table.name)} order by ${table.key.map(quoted).join(', ')}`).all();
    return yield await Promise.all(rows.map((row) => fromStored(db, table, row, secrets)));
  }
  const page = db.prepare<Record<string, unknown> & { id: number }>(`select id, ${columnList(table)} from ${quoted(table.name)} where id > ? order by id limit ${pageSize}`);
  for (let after = 0; ;) {
    const rows = await page.all(after);
    if (rows.length > 0) yield await Promise.all(rows.map((row) => fromStored(db, table, row, secrets)));
    if (rows.length < pageSize) return;
    after = rows.at(-1)!.id;
  }
}

/** The rows with these ids (or, without ids, with these values in the first column of the key). */
export async function readBack(db: Database, table: ContentTable, ids: readonly unknown[], secrets: Pick<Secrets, 'decrypt'>): Promise<readonly StoredRow[]> {
  const by = table.keyless ? table.key[0]! : 'id';
  const rows = await db.prepare<Record<string, unknown>>(`select ${columnList(table)} from ${quoted(table.name)} where ${quoted(by)} in (${ids.map(() => '?').join(', ')})`).all(...ids);
  return Promise.all(rows.map((row) => fromStored(db, table, row, secrets)));
}

/** Inserts rows that belong to one another's table; answers what `readBack` finds them by. */
export async function insertRows(db: Database, table: ContentTable, rows: readonly StoredRow[], secrets: Pick<Secrets, 'encrypt'>): Promise<readonly unknown[]> {
  const stored = await Promise.all(rows.map((row) => toStored(table, row, secrets)));
  const insert = db.tables<AnyTable>().insertInto(table.name).values(stored as never);
  let ids: unknown[];
  if (table.keyless) {
    await insert.execute();
    ids = rows.map((row) => row[table.key[0]!]);
  } else if (db.name === 'postgres') {
    ids = (await insert.returning('id' as never).execute()).map((row) => Number((row as { id: number }).id));
  } else {
    const { insertId = 0n } = await insert.executeTakeFirstOrThrow();
    // MySQL names the first of the new ids, SQLite the last; they follow one another.
    const first = Number(insertId) - (db.name === 'sqlite' ? rows.length - 1 : 0);
    ids = rows.map((_, i) => first + i);
  }
  await insertDependents(db, table, rows, ids);
  return ids;
}

/** Whether the same row is there already. */
export function rowFinder(db: Database, table: ContentTable): (row: StoredRow) => Promise<boolean> {
  const find = db.prepare<{ n: number }>(`select count(*) as n from ${quoted(table.name)} where ${sameRow(table)}`);
  return async (row) => Number((await find.first(...keyValues(table, row)))!.n) > 0;
}

export async function eraseRow(db: Database, table: ContentTable, row: StoredRow): Promise<void> {
  if (table.name === 'annotation') {
    await db.prepare(`delete from annotation_tag where annotation_id in (select id from annotation where ${sameRow(table)})`).run(...keyValues(table, row));
  }
  if (table.name === 'query_history') {
    await db.prepare('delete from query_history_details where query_history_item_uid = ?').run(row['uid']);
    await db.prepare('delete from query_history_star where query_uid = ? and org_id = ?').run(row['uid'], row.org_id);
  }
  await db.prepare(`delete from ${quoted(table.name)} where ${sameRow(table)}`).run(...keyValues(table, row));
}

const sameRow = (table: ContentTable) => [...(table.everywhere ? [] : ['org_id']), ...table.key].map((column) => `${quoted(column)} = ?`).join(' and ');
const keyValues = (table: ContentTable, row: StoredRow) => [...(table.everywhere ? [] : ['org_id']), ...table.key].map((column) => row[column]);
const columnList = (table: ContentTable) => ['org_id', ...ownColumns(table), ...(table.encrypted ? [table.encrypted.stored] : [])].map(quoted).join(', ');

async function fromStored(db: Database, table: ContentTable, row: Record<string, unknown>, secrets: Pick<Secrets, 'decrypt'>): Promise<StoredRow> {
  const out: Record<string, unknown> & { org_id: number } = { org_id: Number(row['org_id']) };
  for (const [name, type] of Object.entries(table.columns)) {
    if (name === table.encrypted?.column) out[name] = (await secrets.decrypt(Buffer.from(row[table.encrypted.stored] as Uint8Array))).toString('utf8');
    else if (type === 'number' || type === 'user' || type === 'team') out[name] = Number(row[name]);
    else if (type === 'boolean') out[name] = Boolean(row[name]);
    else if (type === 'text' || type === 'json') out[name] = row[name] ?? null;
  }
  if (table.name !== 'query_history') return out;
  const { uid, org_id } = out as unknown as { uid: string; org_id: number };
  const sources = await db.prepare<{ datasource_uid: string }>('select datasource_uid from query_history_details where query_history_item_uid = ? order by datasource_uid').all(uid);
  const stars = await db.prepare<{ user_id: number }>('select user_id from query_history_star where query_uid = ? and org_id = ? order by user_id').all(uid, org_id);
  return { ...out, datasources: sources.map((source) => source.datasource_uid), starred_by: stars.map((star) => Number(star.user_id)) };
}

async function toStored(table: ContentTable, row: StoredRow, secrets: Pick<Secrets, 'encrypt'>): Promise<Record<string, unknown>> {
  const stored: Record<string, unknown> = { org_id: row.org_id };
  for (const name of ownColumns(table)) stored[name] = row[name];
  if (table.encrypted) stored[table.encrypted.stored] = await secrets.encrypt(String(row[table.encrypted.column]));
  return stored;
}

/** Tags of annotations, data sources and stars of queries: tables that hang on the row. */
async function insertDependents(db: Database, table: ContentTable, rows: readonly StoredRow[], ids: readonly unknown[]): Promise<void> {
  const insert = async (name: string, values: readonly object[]) => {
    for (let i = 0; i < values.length; i += pageSize) await db.tables<AnyTable>().insertInto(name).values(values.slice(i, i + pageSize) as never).execute();
  };
  if (table.name === 'annotation') {
    await insert('annotation_tag', rows.flatMap((row, i) => tagsIn(row['tags']).map((tag) => {
      const { key, value } = splitTag(tag);
      return { annotation_id: ids[i], org_id: row.org_id, tag_key: key.slice(0, indexedTagLength), tag_value: value.slice(0, indexedTagLength) };
    })));
  }
  if (table.name === 'query_history') {
    await insert('query_history_details', rows.flatMap((row) => (row['datasources'] as string[]).map((uid) => ({ query_history_item_uid: row['uid'], datasource_uid: uid }))));
    await insert('query_history_star', rows.flatMap((row) => (row['starred_by'] as number[]).map((userId) => ({ query_uid: row['uid'], user_id: userId, org_id: row.org_id }))));
  }
}

function tagsIn(text: unknown): string[] {
  if (typeof text !== 'string' || text === '[]') return [];
  const tags: unknown = JSON.parse(text);
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}
