/**
 * A database that is somebody else's, to be read and never written: SQLite is opened read-only, the servers are asked for a read-only
 * transaction, so that everything read is of one moment. Values come as the database has them; times as text.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DatabaseName } from './database.ts';

export type ForeignRow = Readonly<Record<string, unknown>>;

export interface ForeignDatabase {
  readonly name: DatabaseName;
  readonly tables: ReadonlySet<string>;
  /** All rows of a table, a page at a time in the order of a unique column. No rows of a table that is not there. */
  rows(table: string, orderBy: string): AsyncIterable<ForeignRow>;
  /** Rows whose columns have these values. */
  where(table: string, values: Readonly<Record<string, unknown>>, orderBy: string): Promise<readonly ForeignRow[]>;
  close(): Promise<void>;
}

const pageSize = 200;

interface Connection {
  readonly name: DatabaseName;
  /** `?` for values, names in double quotes. */
  query(sql: string, values: readonly unknown[]): Promise<ForeignRow[]>;
  close(): Promise<void>;
}

/** Opens a file, or what `postgres://user:password@host/name` and `mysql://…` name. */
export async function openForeignDatabase(location: string): Promise<ForeignDatabase> {
  const url = /^(?:postgres|postgresql|mysql):\/\//.test(location) ? new URL(location) : undefined;
  const connection = url === undefined ? await openFile(location.replace(/^sqlite3?:(?:\/\/)?/, '')) : url.protocol === 'mysql:' ? await openMysql(url) : await openPostgres(url);
  const tables = new Set((await connection.query(tableNames[connection.name], [])).map((row) => String(row['name'] ?? row['NAME'])));

  return {
    name: connection.name, tables,
    async *rows(table, orderBy) {
      if (!tables.has(table)) return;
      for (let last: unknown; ;) {
        const rows = await connection.query(`select * from "${table}"${last === undefined ? '' : ` where "${orderBy}" > ?`} order by "${orderBy}" limit ${pageSize}`, last === undefined ? [] : [last]);
        yield* rows;
        if (rows.length < pageSize) return;
        last = rows.at(-1)![orderBy];
      }
    },
    where: async (table, values, orderBy) =>
      tables.has(table) ? connection.query(`select * from "${table}" where ${Object.keys(values).map((column) => `"${column}" = ?`).join(' and ')} order by "${orderBy}"`, Object.values(values)) : [],
    close: () => connection.close(),
  };
}

const tableNames: Readonly<Record<DatabaseName, string>> = {
  sqlite: "select name from sqlite_master where type = 'table'",
  postgres: 'select tablename as name from pg_tables where schemaname = current_schema()',
  mysql: 'select table_name as name from information_schema.tables where table_schema = database()',
};

async function openFile(path: string): Promise<Connection> {
  if (!existsSync(path)) throw Object.assign(new Error(`there is no file ${path}`), { code: 'ENOENT' });
  const { DatabaseSync } = await import('node:sqlite');
  const db = new DatabaseSync(leavesNothing(path) ? `${pathToFileURL(resolve(path)).href}?immutable=1` : path, { readOnly: true });
  db.exec('begin');
  return {
    name: 'sqlite',
    async query(sql, values) {
      const statement = db.prepare(sql);
      // A number too large for a double is an error otherwise, and nobody keeps them out of a file.
      statement.setReadBigInts(true);
      const rows = statement.all(...(values as never[])) as Record<string, unknown>[];
      for (const row of rows) for (const column in row) if (typeof row[column] === 'bigint') row[column] = Number(row[column]);
      return rows;
    },
    close: async () => db.close(),
  };
}

/**
 * Whether SQLite is to be told that nobody writes. A reader of a file in WAL mode makes the two files beside it that writers need, and
 * leaves them behind as its own; where nobody has them open there is no writer to be kept apart from.
 */
function leavesNothing(path: string): boolean {
  const header = Buffer.alloc(20);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  return header[18] === 2 && !existsSync(`${path}-wal`);
}

async function openPostgres(url: URL): Promise<Connection> {
  const { default: pg } = await import('pg');
  const schema = url.searchParams.get('search_path');
  const numbers = new Set([20, 21, 23, 700, 701, 1700]);
  const types = {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      numbers.has(oid) ? Number : oid === 1082 || oid === 1114 || oid === 1184 ? String : pg.types.getTypeParser(oid, format as 'text'),
  };
  const mode = url.searchParams.get('sslmode') ?? 'disable';
  const client = new pg.Client({
    host: url.hostname, port: Number(url.port) || 5432, database: decodeURIComponent(url.pathname.slice(1)), user: decodeURIComponent(url.username), password: decodeURIComponent(url.password),
    types: types as never, application_name: 'belvedere import', ssl: mode === 'disable' ? false : { rejectUnauthorized: mode === 'verify-full' },
    options: `-c timezone=UTC${schema ? ` -c search_path=${schema}` : ''}`,
  });
  await client.connect();
  await client.query('begin transaction isolation level repeatable read read only');
  return {
    name: 'postgres',
    async query(sql, values) {
      let n = 0;
      return (await client.query(sql.replaceAll('?', () => `$${++n}`), [...values])).rows as ForeignRow[];
    },
    close: () => client.end(),
  };
}

async function openMysql(url: URL): Promise<Connection> {
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection({
    host: url.hostname, port: Number(url.port) || 3306, database: decodeURIComponent(url.pathname.slice(1)), user: decodeURIComponent(url.username), password: decodeURIComponent(url.password),
    charset: 'utf8mb4_bin', timezone: 'Z', dateStrings: true, decimalNumbers: true, ...(url.searchParams.get('tls') === 'true' ? { ssl: {} } : {}),
  });
  await connection.query("set sql_mode = 'ANSI_QUOTES'");
  await connection.query("set time_zone = '+00:00'");
  await connection.query('start transaction with consistent snapshot, read only');
  return {
    name: 'mysql',
    query: async (sql, values) => (await connection.query(sql, [...values]))[0] as ForeignRow[],
    close: () => connection.end(),
  };
}
