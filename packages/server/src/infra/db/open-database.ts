/** Opens the database that the settings name (config-and-operations §12.1). */
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { Kysely, type Dialect, type QueryResult, type Transaction } from 'kysely';
import type { DatabaseSettings } from '../../setting/database-settings.ts';
import type { Connections, Database, DatabaseName, PreparedStatement } from './database.ts';
import { isRetryable, ofTooLargePacket } from './database-errors.ts';
import { BatchUndoneError, Lease, rawQuery, readsOnly, SqliteDriver, sqliteDialect } from './sqlite.ts';

export interface OpenOptions {
  /** Where a relative SQLite path begins. */
  readonly dataPath: string;
  /** Hears of every statement, its values left out: `[database] log_queries`. */
  readonly onStatement?: (sql: string) => void;
}

const idleTimeoutMs = 60_000;
/** Where the settings say 0, "unlimited": more than this helps no database. */
const connectionsMaxDefault = 20;

/** The migrator holds one connection while it works on another. */
const connectionsMax = (settings: DatabaseSettings) => Math.max(2, settings.maxOpenConnections || connectionsMaxDefault);

export async function openDatabase(settings: DatabaseSettings, { dataPath, onStatement }: OpenOptions): Promise<Database> {
  const retries = settings.transactionRetries;
  switch (settings.type) {
    case 'sqlite':
      return openSqlite(settings.path === ':memory:' || isAbsolute(settings.path) ? settings.path : join(dataPath, settings.path), retries, onStatement);
    case 'postgres': return open('postgres', { ...(await postgresDialect(settings)), retriesMax: retries, onStatement });
    case 'mysql': return open('mysql', { ...(await mysqlDialect(settings)), retriesMax: retries, onStatement });
    default: throw new Error(`unknown database type: ${settings.type satisfies never}`);
  }
}

export function openSqlite(file: string, transactionRetries = 5, onStatement?: (sql: string) => void): Database {
  const driver = new SqliteDriver(file);
  driver.open();
  // One to write and one to read, as long as it is open.
  return open('sqlite', { dialect: sqliteDialect(driver), connections: () => ({ max: 2, open: 2, idle: 2 }), retriesMax: transactionRetries, sqlite: driver, onStatement });
}

// biome-ignore lint/suspicious/noExplicitAny: each domain types the tables that it knows.
type AnyKysely = Kysely<any>;

type Execute = <R>(sql: string, values: readonly unknown[], reads: boolean) => QueryResult<R> | Promise<QueryResult<R>>;

interface Reached {
  readonly dialect: Dialect;
  readonly connections: () => Connections;
}

interface Parts extends Reached {
  readonly retriesMax: number;
  readonly sqlite?: SqliteDriver;
  readonly onStatement: ((sql: string) => void) | undefined;
}

function open(name: DatabaseName, { dialect, connections, retriesMax, sqlite, onStatement }: Parts): Database {
  const logging = onStatement ? { log: ({ query }: { query: { sql: string } }) => onStatement(query.sql) } : {};
  const root: AnyKysely = new Kysely({ dialect, ...logging });
  /** The transaction that the running work belongs to: a nested call joins it, also through the outer handle. */
  const current = new AsyncLocalStorage<{ tx: Database; open: boolean }>();

  if (sqlite) sqlite.inTransaction = () => current.getStore()?.open === true;

  const transaction = async <T>(work: (tx: Database) => Promise<T>): Promise<T> => {
    const outer = current.getStore();
    if (outer?.open) return work(outer.tx);
    for (let attempt = 0; ;) {
      // What went wrong first: undoing the work on a lost connection fails too, and says less.
      let reason: { readonly error: unknown } | undefined;
      try {
        return await bracketed((tx) => {
          const scope = { tx, open: true };
          return current.run(scope, () => work(tx)).catch((error: unknown) => {
            reason = { error };
            throw error;
          }).finally(() => {
            scope.open = false;
          });
        });
      } catch (last) {
        const error = reason ? reason.error : last;
        if (error instanceof BatchUndoneError) continue;
        if (attempt >= retriesMax || !isRetryable(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 5 * 2 ** attempt++ * (0.5 + Math.random())));
      }
    }
  };

  /** Between begin and commit; what is thrown undoes it. */
  const bracketed: <T>(work: (tx: Database) => Promise<T>) => Promise<T> = sqlite
    ? onSqlite(sqlite)
    : (work) => root.transaction().setIsolationLevel('read committed').execute((trx) => work(handle(trx, true)));

  /** One transaction at a time has the writer, so all share one handle: making a Kysely for each costs as much as a statement. */
  function onSqlite(driver: SqliteDriver): typeof bracketed {
    let tx: Database | undefined;
    return async (work) => {
      tx ??= handle(new Kysely({ dialect: sqliteDialect(driver, 'in transaction'), ...logging }), true);
      const lease = new Lease(driver);
      await driver.beginTransaction(lease);
      try {
        const result = await work(tx);
        await driver.commitTransaction(lease);
        return result;
      } catch (error) {
        await driver.rollbackTransaction(lease);
        throw error;
      }
    };
  }

  /** Compiled once for each set of columns. */
  const inserts = new Map<string, string>();
  function insertText(table: string, names: readonly string[]): string {
    const key = `${table} ${names.join(' ')}`;
    let text = inserts.get(key);
    if (text === undefined) {
      text = `insert into "${table}" (${names.map((column) => `"${column}"`).join(', ')}) values (${names.map((_, i) => (name === 'postgres' ? `$${i + 1}` : '?')).join(', ')})`;
      if (name === 'postgres') text += ' returning "id"';
      inserts.set(key, text);
    }
    return text;
  }

  function handle(db: AnyKysely | Transaction<unknown>, inTransaction: boolean): Database {
    const execute = executorOf(db as AnyKysely, inTransaction);
    const self: Database = {
      name,
      get inTransaction() {
        return inTransaction || current.getStore()?.open === true;
      },
      tables: <T>() => db as unknown as Kysely<T>,
      transaction: (work) => (inTransaction ? work(self) : transaction(work)),
      prepare: (sql) => prepare(execute, sql),
      async insertReturningId(table, row) {
        const names = Object.keys(row).filter((column) => row[column] !== undefined);
        const { insertId, rows } = await execute<{ id: number }>(insertText(table, names), names.map((column) => row[column]), false);
        return Number(rows[0]?.id ?? insertId);
      },
      connections,
      async ping() {
        await (db as AnyKysely).executeQuery(rawQuery('select 1', []));
      },
      close: () => root.destroy(),
    };
    return self;
  }

  /** Runs statements that are text already: on SQLite a function call, for Kysely's ways cost more than the statement. */
  function executorOf(db: AnyKysely, inTransaction: boolean): Execute {
    if (name === 'mysql') {
      return <R>(sql: string, values: readonly unknown[]) => db.executeQuery<R>(rawQuery(sql, values)).catch((error: unknown) => {
        throw ofTooLargePacket(error, values);
      });
    }
    if (!sqlite) return <R>(sql: string, values: readonly unknown[]) => db.executeQuery<R>(rawQuery(sql, values));
    return (sql, values, reads) => {
      onStatement?.(sql);
      return inTransaction ? sqlite.runInTransaction(sql, values, reads) : sqlite.run(sql, values, reads);
    };
  }

  function prepare<R>(execute: Execute, text: string): PreparedStatement<R> {
    const sql = name === 'postgres' ? numbered(text) : text;
    const reads = readsOnly(sql);
    const run = (values: readonly unknown[]) => execute<R>(sql, values, reads);
    return {
      all: async (...values) => (await run(values)).rows,
      first: async (...values) => (await run(values)).rows[0],
      run: async (...values) => {
        const { numAffectedRows, rows } = await run(values);
        return Number(numAffectedRows ?? rows.length);
      },
    };
  }

  return handle(root, false);
}

/** `?` becomes `$1`, `$2` …; a statement holds no question mark otherwise. */
function numbered(sql: string): string {
  let n = 0;
  return sql.replaceAll('?', () => `$${++n}`);
}

async function postgresDialect(settings: DatabaseSettings): Promise<Reached> {
  const [{ default: pg }, { PostgresDialect }] = await Promise.all([import('pg'), import('kysely')]);
  const types = {
    // int8, numeric: what we store fits a double.
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === 20 || oid === 1700 ? Number : pg.types.getTypeParser(oid, format as 'text'),
  };
  const pool = new pg.Pool({
    host: settings.host, port: settings.port, database: settings.name, user: settings.user, password: settings.password,
    max: connectionsMax(settings),
    idleTimeoutMillis: idleTimeoutMs, maxLifetimeSeconds: settings.connectionMaxLifetimeSeconds,
    types: types as never, application_name: 'belvedere', ssl: postgresTls(settings),
    options: settings.schema ? `-c timezone=UTC -c search_path=${settings.schema}` : '-c timezone=UTC',
  });
  // A connection that the server ends while idle is replaced at the next use.
  pool.on('error', () => {});
  return { dialect: new PostgresDialect({ pool }), connections: () => ({ max: connectionsMax(settings), open: pool.totalCount, idle: pool.idleCount }) };
}

function postgresTls(settings: DatabaseSettings): ConnectionOptions | undefined {
  switch (settings.sslMode) {
    case '': case 'disable': case 'false': return undefined;
    case 'verify-full': return certificates(settings);
    // `verify-ca` checks the chain, not the name; `require` and its weaker kin encrypt only.
    case 'verify-ca': return { ...certificates(settings), checkServerIdentity: () => undefined };
    default: return { ...certificates(settings), rejectUnauthorized: false };
  }
}

async function mysqlDialect(settings: DatabaseSettings): Promise<Reached> {
  const [{ createPool }, { MysqlDialect }] = await Promise.all([import('mysql2'), import('kysely')]);
  const pool = createPool({
    ...(settings.host.startsWith('/') ? { socketPath: settings.host } : { host: settings.host, port: settings.port }),
    database: settings.name, user: settings.user, password: settings.password, charset: 'utf8mb4_bin', timezone: 'Z',
    connectionLimit: connectionsMax(settings), idleTimeout: idleTimeoutMs, decimalNumbers: true,
    ...(settings.sslMode === 'true' || settings.sslMode === 'skip-verify'
      ? { ssl: { ...certificates(settings), rejectUnauthorized: settings.sslMode === 'true' } as never }
      : {}),
    typeCast(field, next) {
      if (field.type !== 'TINY' || field.length !== 1) return next();
      const text = field.string();
      return text === null ? null : text !== '0';
    },
  });
  const dialect = new MysqlDialect({
    pool: pool as never,
    async onCreateConnection(connection) {
      await connection.executeQuery(rawQuery("set sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'", []));
    },
  });
  // The pool has no public count of its connections.
  const lists = pool as unknown as { readonly _allConnections?: { readonly length: number }; readonly _freeConnections?: { readonly length: number } };
  return { dialect, connections: () => ({ max: connectionsMax(settings), open: lists._allConnections?.length ?? 0, idle: lists._freeConnections?.length ?? 0 }) };
}

function certificates(settings: DatabaseSettings): ConnectionOptions {
  const read = (path: string) => (path === '' ? undefined : readFileSync(path));
  return {
    ca: read(settings.caCertPath), key: read(settings.clientKeyPath), cert: read(settings.clientCertPath),
    ...(settings.serverCertName ? { servername: settings.serverCertName } : {}),
  };
}
