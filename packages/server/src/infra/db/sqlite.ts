/**
 * SQLite through Node's own `node:sqlite` (config-and-operations §12.1): WAL, one writer. The driver underneath is synchronous: a
 * statement is a function call, and a transaction keeps the write connection until it ends. Reads outside a transaction go to a
 * second connection, so they see what is committed and never wait.
 *
 * Transactions that end in the same turn of the event loop share one commit, which is what a small write costs most: each is answered
 * when that is done. One that has to be rolled back takes the batch with it, and the others run again.
 */
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setImmediate } from 'node:timers';
import {
  createQueryId, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler,
  type CompiledQuery, type DatabaseConnection, type Dialect, type Driver, type QueryCompiler, type QueryResult, type RootOperationNode,
} from 'kysely';

/** How long a statement waits for another process's write, ms. */
const busyTimeoutMs = 10_000;
const statementsMax = 500;

interface Prepared {
  readonly statement: StatementSync;
  /** Of the rows that it answers (`select`, `… returning`); none where it answers none. */
  readonly columns: readonly string[];
  /** Columns whose values look different from those of the other databases. */
  readonly booleans: readonly string[];
  readonly blobs: readonly string[];
}

/** A connection and the statements prepared on it. */
class Connection {
  readonly raw: DatabaseSync;
  readonly #statements = new Map<string, Prepared>();

  constructor(raw: DatabaseSync) {
    this.raw = raw;
  }

  run<R>(sql: string, parameters: readonly unknown[]): QueryResult<R> {
    const { statement, columns, booleans, blobs } = this.#prepared(sql);
    const values = parameters.map(inputValue);
    if (columns.length === 0) {
      const { changes, lastInsertRowid } = statement.run(...values);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    }
    const rows = (statement.all(...values) as unknown as unknown[][]).map((cells) => rowOf(columns, cells));
    if (booleans.length > 0 || blobs.length > 0) {
      for (const row of rows) {
        for (const column of booleans) if (row[column] !== null) row[column] = row[column] !== 0;
        for (const column of blobs) {
          const bytes = row[column];
          if (bytes instanceof Uint8Array) row[column] = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        }
      }
    }
    return { rows: rows as R[] };
  }

  #prepared(sql: string): Prepared {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.raw.prepare(sql);
    const described = statement.columns();
    const ofType = (type: string) => described.filter((c) => c.type?.toLowerCase() === type).map((c) => c.name);
    if (described.length > 0) statement.setReturnArrays(true);
    const prepared = { statement, columns: described.map((c) => c.name), booleans: ofType('boolean'), blobs: ofType('blob') };
    if (this.#statements.size >= statementsMax) this.#statements.delete(this.#statements.keys().next().value!);
    this.#statements.set(sql, prepared);
    return prepared;
  }
}

/** The driver's own objects are dictionaries, which cost more to read than to fetch. */
function rowOf(columns: readonly string[], cells: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i++) row[columns[i]!] = cells[i];
  return row;
}

function inputValue(value: unknown): SQLInputValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date) return value.getTime();
  return value as SQLInputValue;
}

/** The transactions that one commit ends. */
class Batch {
  readonly committed: Promise<void>;
  resolve!: () => void;
  reject!: (error: unknown) => void;
  /** Takes no more. */
  full = false;
  transactions = 0;

  constructor() {
    this.committed = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Nobody may be waiting for it yet.
    this.committed.catch(() => {});
  }
}

/** Another transaction of the batch was rolled back: run it again. */
export class BatchUndoneError extends Error {
  override readonly name = 'BatchUndoneError';
}

/** So many wait for one commit at most. */
const batchMax = 64;

export class SqliteDriver implements Driver {
  readonly #file: string;
  #writer: Connection | undefined;
  #reader: Connection | undefined;
  /** Transactions take turns; the tail of the queue, and how many are in it. */
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  #batch: Batch | undefined;
  /** The transaction whose turn it is. */
  #active: Lease | undefined;
  /** Whether the running code belongs to an open transaction, so that what would wait for itself is found out. */
  inTransaction: () => boolean = () => false;

  constructor(file: string) {
    this.#file = file;
  }

  async init(): Promise<void> {
    this.open();
  }

  open(): void {
    if (this.#writer) return;
    const inMemory = this.#file === ':memory:';
    if (!inMemory) mkdirSync(dirname(this.#file), { recursive: true, mode: 0o750 });
    this.#writer = connect(this.#file);
    // An in-memory database exists on one connection only.
    this.#reader = inMemory ? this.#writer : connect(this.#file);
    if (!inMemory && (statSync(this.#file).mode & 0o137) !== 0) chmodSync(this.#file, 0o640);
  }

  async acquireConnection(): Promise<Lease> {
    return new Lease(this);
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(lease: Lease): Promise<void> {
    lease.done = await this.#takeTurn();
    try {
      lease.batch = this.#openBatch();
    } catch (error) {
      lease.done();
      throw error;
    }
    lease.open = true;
    lease.wrote = false;
    this.#active = lease;
  }

  async commitTransaction(lease: Lease): Promise<void> {
    const batch = lease.batch!;
    this.#end(lease);
    if (batch.full) this.#commit(batch);
    await batch.committed;
  }

  async rollbackTransaction(lease: Lease): Promise<void> {
    // Its commit has failed: nothing is left of it.
    if (!lease.open) return;
    const batch = lease.batch!;
    try {
      if (lease.wrote || !this.#writer!.raw.isTransaction) this.#undo(batch);
      else if (batch.full) this.#commit(batch);
    } finally {
      this.#end(lease);
    }
  }

  #end(lease: Lease): void {
    lease.open = false;
    this.#active = undefined;
    lease.done();
  }

  /** Only for whoever has the turn. */
  #openBatch(): Batch {
    if (this.#batch?.full) this.#commit(this.#batch);
    let batch = this.#batch;
    if (!batch) {
      this.#writer!.raw.exec('BEGIN IMMEDIATE');
      const begun = new Batch();
      this.#batch = batch = begun;
      setImmediate(() => {
        begun.full = true;
        // A transaction that is not through yet commits when it is.
        if (!this.#active) this.#commit(begun);
      });
    }
    if (++batch.transactions === batchMax) batch.full = true;
    return batch;
  }

  #commit(batch: Batch): void {
    if (this.#batch !== batch) return;
    this.#batch = undefined;
    try {
      this.#writer!.raw.exec('COMMIT');
      batch.resolve();
    } catch (error) {
      if (this.#writer!.raw.isTransaction) this.#writer!.raw.exec('ROLLBACK');
      batch.reject(error);
    }
  }

  #undo(batch: Batch): void {
    if (this.#batch !== batch) return;
    this.#batch = undefined;
    batch.reject(new BatchUndoneError('another transaction of the batch was rolled back'));
    // SQLite itself does it when the disk is full.
    if (this.#writer!.raw.isTransaction) this.#writer!.raw.exec('ROLLBACK');
  }

  /** Waits for everything queued before, and answers what ends the turn. */
  async #takeTurn(): Promise<() => void> {
    const before = this.#turn;
    let release = () => {};
    this.#turn = new Promise((resolve) => {
      release = resolve;
    });
    this.#waiting++;
    await before;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#waiting--;
      release();
    };
  }

  /** Statements of an open transaction. */
  runInTransaction<R>(sql: string, parameters: readonly unknown[], reads: boolean): QueryResult<R> {
    // A statement that nobody waited for must not become part of the next transaction.
    if (!this.#active || !this.inTransaction()) throw new Error('The transaction has ended');
    if (!reads) this.#active.wrote = true;
    return this.#writer!.run<R>(sql, parameters);
  }

  /** Statements outside any transaction. */
  run<R>(sql: string, parameters: readonly unknown[], reads: boolean): QueryResult<R> | Promise<QueryResult<R>> {
    if (reads && this.#reader !== this.#writer) return this.#reader!.run<R>(sql, parameters);
    // In memory, a read sees what is not committed yet.
    if (reads && (this.#waiting === 0 || this.inTransaction())) return this.#writer!.run<R>(sql, parameters);
    if (this.#waiting === 0 && !this.#batch) return this.#writer!.run<R>(sql, parameters);
    if (this.inTransaction()) throw new Error('A write beside the open transaction would wait for itself; use the transaction’s own handle');
    return this.#runInTurn<R>(sql, parameters);
  }

  async #runInTurn<R>(sql: string, parameters: readonly unknown[]): Promise<QueryResult<R>> {
    for (;;) {
      const done = await this.#takeTurn();
      let batch: Batch | undefined;
      try {
        if (this.#batch?.full) this.#commit(this.#batch);
        batch = this.#batch;
        const result = this.#writer!.run<R>(sql, parameters);
        if (!batch) return result;
        done();
        await batch.committed;
        return result;
      } catch (error) {
        if (batch && !this.#writer!.raw.isTransaction) this.#undo(batch);
        if (!(error instanceof BatchUndoneError)) throw error;
      } finally {
        done();
      }
    }
  }

  async destroy(): Promise<void> {
    if (this.#batch && !this.#active) this.#commit(this.#batch);
    if (this.#reader !== this.#writer) this.#reader?.raw.close();
    this.#writer?.raw.close();
    this.#reader = this.#writer = undefined;
  }
}

/** What a query or a transaction holds; becomes the writer when a transaction begins on it. */
export class Lease implements DatabaseConnection {
  open = false;
  /** Whether there is something to undo. */
  wrote = false;
  batch: Batch | undefined;
  done: () => void = () => {};
  readonly #driver: SqliteDriver;

  constructor(driver: SqliteDriver) {
    this.#driver = driver;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.open ? this.#driver.runInTransaction<R>(query.sql, query.parameters, isRead(query)) : this.#driver.run<R>(query.sql, query.parameters, isRead(query));
  }

  streamQuery(): never {
    return notStreamed();
  }
}

export const readsOnly = (sql: string) => /^\s*(select|explain)\b/i.test(sql);

function connect(file: string): Connection {
  const raw = new DatabaseSync(file);
  raw.exec(`PRAGMA page_size = 8192; PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 2000; PRAGMA cache_size = -8000`);
  return new Connection(raw);
}

/** `in transaction`: every statement belongs to the transaction whose turn it is. */
export function sqliteDialect(driver: SqliteDriver, place: 'anywhere' | 'in transaction' = 'anywhere'): Dialect {
  return {
    createDriver: () => (place === 'anywhere' ? driver : statementsOf(driver)),
    createQueryCompiler: (): QueryCompiler => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

function statementsOf(driver: SqliteDriver): Driver {
  const own: DatabaseConnection = {
    executeQuery: async <R>(query: CompiledQuery) => driver.runInTransaction<R>(query.sql, query.parameters, isRead(query)),
    streamQuery: notStreamed,
  };
  const nested = async () => {
    throw new Error('A transaction is open already');
  };
  return {
    init: async () => {}, acquireConnection: async () => own, releaseConnection: async () => {}, destroy: async () => {},
    beginTransaction: nested, commitTransaction: nested, rollbackTransaction: nested,
  };
}

const isRead = ({ query, sql }: CompiledQuery) => query.kind === 'SelectQueryNode' || readsOnly(sql);

function notStreamed(): never {
  throw new Error('SQLite queries are not streamed');
}

/** A statement that is text already. */
export function rawQuery(sql: string, parameters: readonly unknown[]): CompiledQuery {
  return { sql, parameters, query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] } as unknown as RootOperationNode, queryId: createQueryId() };
}
