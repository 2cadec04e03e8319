/**
 * The relational database (config-and-operations §12): Kysely on SQLite, PostgreSQL and MySQL. Dialect differences live in
 * `infra/db/`, nowhere else.
 */
import type { Kysely, Transaction } from 'kysely';

export type DatabaseName = 'sqlite' | 'postgres' | 'mysql';

export interface Database {
  readonly name: DatabaseName;
  /** Whether the calling code runs inside `transaction`, whichever handle it holds. */
  readonly inTransaction: boolean;
  /**
   * The query builder, typed by the tables that the caller's domain declares: `db.tables<PlaylistTables>()`.
   * Inside `transaction` it runs in that transaction.
   */
  tables<T>(): Kysely<T>;
  /**
   * Runs `work` in a transaction and commits, or rolls back when it throws; retries on serialization failure, deadlock or busy.
   * A `Database` is handed in, so a store made from it works in the transaction: `db.transaction((tx) => createXStore(tx).…)`.
   * Nested calls join the outer transaction.
   */
  transaction<T>(work: (tx: Database) => Promise<T>): Promise<T>;
  /**
   * A statement of one's own for hot paths: compiled once, `?` for values, identifiers in double quotes. It holds no other question mark,
   * and one that only reads begins with `select`.
   */
  prepare<R = Record<string, unknown>>(sql: string): PreparedStatement<R>;
  /** Inserts one row and returns its auto-increment id, on every dialect. */
  insertReturningId(table: string, row: Readonly<Record<string, unknown>>): Promise<number>;
  /** What it holds open now, and at most: for metrics. */
  connections(): Connections;
  /** Answers or rejects: for the health route. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface Connections {
  readonly max: number;
  readonly open: number;
  readonly idle: number;
}

export interface PreparedStatement<R> {
  all(...values: readonly unknown[]): Promise<R[]>;
  first(...values: readonly unknown[]): Promise<R | undefined>;
  /** The number of rows that it changed (found, where an update changes nothing). */
  run(...values: readonly unknown[]): Promise<number>;
}

// biome-ignore lint/suspicious/noExplicitAny: migrations run before any domain's table types hold.
export type MigrationHandle = Kysely<any> | Transaction<any>;

export interface Migration {
  /** Unique and never renamed: `playlist-0001-tables`. */
  readonly id: string;
  /** Uses the schema builder, or `columns` of `infra/db/columns.ts` for types that differ between dialects. */
  up(db: MigrationHandle, name: DatabaseName): Promise<void>;
}

/** Largest number of values one statement may bind. Stores cut their batches to it. */
export const boundValuesMax = { sqlite: 32_766, postgres: 65_535, mysql: 65_535 } satisfies Record<DatabaseName, number>;
