/** Connections to MySQL and MariaDB: text protocol, one statement, results as columns (tsdb-backends §4.5, §4.6, §4.9). */
import { columnBuilder, type ColumnBuilder, type ElementType, type Field } from '@belvedere/dataframe';
import type { DataSourceInstanceSettings } from '@belvedere/plugin-sdk';
import type { Pool, PoolConnection, PoolOptions } from 'mysql2';
import type { Logger } from '../../infra/log/log.ts';
import { textOf } from '../../util/json-value.ts';
import { sqlAddress } from '../sql/sql-address.ts';
import { networkProblem, RefusedByDatabase, UnreachableDatabase, UnreadableRows } from '../sql/sql-errors.ts';
import type { SqlTable } from '../sql/sql-shaping.ts';
import type { PoolLimits, SqlPool } from '../sql/sql-source.ts';
import { pushTimeText } from '../sql/sql-time.ts';

interface Deps {
  readonly dialTimeoutMs: number;
  readonly log: Logger;
}

const defaultPort = 3306;
const idleTimeoutMs = 300_000;

export function openMysql(settings: DataSourceInstanceSettings, limits: PoolLimits, { dialTimeoutMs, log }: Deps): SqlPool {
  const { jsonData, decryptedSecureJsonData: secrets } = settings;
  const { host, port = defaultPort, socket } = sqlAddress(settings.url, 'error parsing mysql url');
  const timeZone = textOf(jsonData['timezone']);
  const options: PoolOptions = {
    ...(socket === undefined ? { host, port } : { socketPath: socket }),
    user: settings.user, password: secrets['password'] ?? '', database: textOf(jsonData['database']) || settings.database, charset: 'UTF8MB4_UNICODE_CI', timezone: 'Z', dateStrings: true,
    supportBigNumbers: true, bigNumberStrings: true, connectTimeout: dialTimeoutMs, connectionLimit: limits.connectionsMax || 100, maxIdle: limits.idleMax, idleTimeout: idleTimeoutMs,
    enableKeepAlive: true, multipleStatements: false, ...encryption(jsonData, secrets), ...(jsonData['allowCleartextPasswords'] === true && { enableCleartextPlugin: true }),
  };
  let pool: Promise<Pool> | undefined;
  const born = new WeakMap<object, number>();

  const made = () => (pool ??= import('mysql2').then(({ createPool }) => createPool(options)));

  async function connect(): Promise<PoolConnection> {
    const current = await made();
    for (;;) {
      const connection = await new Promise<PoolConnection>((resolve, reject) => current.getConnection((error, got) => (error ? reject(error) : resolve(got))));
      const since = born.get(connection);
      if (since !== undefined && limits.lifetimeMs > 0 && performance.now() - since > limits.lifetimeMs) {
        connection.destroy();
        continue;
      }
      if (since !== undefined) return connection;
      born.set(connection, performance.now());
      // What nobody waits for must not end the process.
      connection.on('error', (error) => log.debug('A connection to MySQL ended', { error, source: settings.uid }));
      if (timeZone !== '') await new Promise<void>((resolve, reject) => connection.query('SET time_zone = ?', [timeZone], (error) => {
        if (!error) return resolve();
        connection.destroy();
        reject(error);
      }));
      return connection;
    }
  }

  /** The server notices a closed connection only when it has something to send. */
  async function kill(connection: PoolConnection): Promise<void> {
    const current = await made();
    connection.destroy();
    current.query('KILL QUERY ?', [connection.threadId], (error) => {
      if (error) log.debug('A query of MySQL could not be cancelled', { error, source: settings.uid });
    });
  }

  return {
    async run(sql, { rowLimit, signal }) {
      try {
        const connection = await connect();
        if (signal.aborted) connection.release();
        signal.throwIfAborted();
        const givenUp = Promise.withResolvers<never>();
        const stop = () => {
          givenUp.reject(signal.reason);
          void kill(connection);
        };
        signal.addEventListener('abort', stop, { once: true });
        try {
          return await Promise.race([read(connection, sql, rowLimit), givenUp.promise]);
        } finally {
          signal.removeEventListener('abort', stop);
        }
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw problemOf(error);
      }
    },
    async ping() {
      try {
        const connection = await connect();
        await new Promise<void>((resolve, reject) => connection.ping((error) => (error ? reject(error) : resolve())));
        connection.release();
      } catch (error) {
        throw problemOf(error);
      }
    },
    async close() {
      const current = await pool;
      if (current) await new Promise<void>((done) => current.end(() => done()));
    },
  };
}

/** Statements that people write themselves are at fault in these; every other text may tell of what is behind. */
const openNumbers: ReadonlySet<number> = new Set([1054, 1064, 1146]);

function problemOf(error: unknown): unknown {
  if (error instanceof UnreadableRows) return error;
  const { errno, sqlState, sqlMessage } = error as { errno?: number; sqlState?: string; sqlMessage?: string };
  if (errno !== undefined && errno > 0 && sqlMessage !== undefined) {
    return new RefusedByDatabase(`Error ${errno} (${(sqlState ?? 'HY000').replace('#', '')}): ${sqlMessage}`, { number: errno, shielded: !openNumbers.has(errno) });
  }
  const network = networkProblem(error);
  if (network) return new UnreachableDatabase(network.text, network.brief);
  return new RefusedByDatabase((error as Error).message, { shielded: true });
}

interface Column {
  readonly name: string;
  readonly columnType: number;
  readonly flags: number;
  readonly characterSet: number;
}

interface RowEvents {
  on(event: 'fields', listener: (fields: Column[] | undefined) => void): RowEvents;
  on(event: 'result', listener: (row: unknown) => void): RowEvents;
  on(event: 'end', listener: () => void): RowEvents;
  on(event: 'error', listener: (error: Error & { errno?: number }) => void): RowEvents;
}

interface Sent {
  string(encoding: string): string | null;
}

/** ER_EMPTY_QUERY: a comment, say. */
const emptyQuery = 1065;

/** Reads no further than the limit: the connection then is given up, for the server would go on sending. */
function read(connection: PoolConnection, sql: string, rowLimit: number): Promise<SqlTable> {
  return new Promise((resolve, reject) => {
    let builders: { readonly column: ColumnBuilder<ElementType>; push(text: string): void }[] = [];
    let textColumns = new Set<number>();
    let rows = 0;
    let over = false;
    const end = (settle: () => void, { giveUp = false } = {}) => {
      if (over) return;
      over = true;
      if (giveUp) connection.destroy();
      else connection.release();
      settle();
    };
    const table = (limited: boolean): SqlTable => ({ fields: builders.map(({ column }) => column.field() as Field), textColumns, limited });
    const events = connection.query({ sql, rowsAsArray: true, typeCast: (field: unknown) => (field as Sent).string('utf8') } as never) as unknown as RowEvents;
    events
      .on('fields', (fields) => {
        if (over || !fields) return;
        try {
          unique(fields);
        } catch (error) {
          return end(() => reject(error), { giveUp: true });
        }
        textColumns = new Set(fields.flatMap((field, i) => (isText(field) ? [i] : [])));
        builders = fields.map((field, i) => {
          const { type, nullable, push } = columnType(field, i);
          const column = columnBuilder(type, field.name, { nullable });
          return { column, push: (text: string) => push(column as never, text) };
        });
      })
      .on('result', (row) => {
        // A statement without rows answers with a summary.
        if (over || !Array.isArray(row) || builders.length === 0) return;
        try {
          for (let i = 0; i < builders.length; i++) {
            const text = row[i] as string | null;
            if (text === null) builders[i]!.column.push(null);
            else builders[i]!.push(text);
          }
        } catch (error) {
          return end(() => reject(error), { giveUp: true });
        }
        if (++rows >= rowLimit) end(() => resolve(table(true)), { giveUp: true });
      })
      .on('end', () => end(() => resolve(table(false))))
      .on('error', (error) => end(() => (error.errno === emptyQuery ? resolve(table(false)) : reject(error)), { giveUp: networkProblem(error) !== undefined }));
  });
}

function unique(fields: readonly Column[]): void {
  const seen = new Map<string, number>();
  fields.forEach(({ name }, i) => {
    const before = seen.get(name);
    if (before !== undefined) throw new UnreadableRows(`duplicate column names are not allowed, found identical name "${name}" at column indices ${before} and ${i}`, 'downstream');
    seen.set(name, i);
  });
}

/** Type codes of the protocol. */
const type = {
  decimal: 0, tiny: 1, short: 2, long: 3, float: 4, double: 5, timestamp: 7, longlong: 8, int24: 9, date: 10, datetime: 12, year: 13, newdate: 14, varchar: 15, timestamp2: 17, datetime2: 18,
  newdecimal: 246, tinyBlob: 249, mediumBlob: 250, longBlob: 251, blob: 252, varString: 253, string: 254,
} as const;
const flag = { notNull: 1, enum: 256, set: 2048 } as const;
const binaryCharset = 63;

const texts: ReadonlySet<number> = new Set([type.varchar, type.varString, type.string, type.tinyBlob, type.mediumBlob, type.longBlob, type.blob]);
const isText = ({ columnType: code, characterSet, flags }: Column) => texts.has(code) && characterSet !== binaryCharset && (flags & (flag.enum | flag.set)) === 0;

interface ColumnType<T extends ElementType = ElementType> {
  readonly type: T;
  readonly nullable: boolean;
  push(column: ColumnBuilder<T>, text: string): void;
}

const float: ColumnType<'float64'> = { type: 'float64', nullable: true, push: (column, text) => column.push(Number(text)) };
const time: ColumnType<'time'> = {
  type: 'time', nullable: true,
  push(column, text) {
    // `0000-00-00` is MySQL's way of having no date.
    if (text.startsWith('0000-00-00')) column.push(null);
    else if (!pushTimeText(column, text)) throw new UnreadableRows(`cannot read ${text} as a time`);
  },
};
const text: ColumnType<'string'> = { type: 'string', nullable: true, push: (column, value) => column.push(value) };
const int32: ColumnType<'int32'> = { type: 'int32', nullable: false, push: (column, value) => column.push(Number(value)) };

function int64(name: string, index: number): ColumnType<'int64'> {
  return {
    type: 'int64', nullable: true,
    push(column, value) {
      const read = BigInt(value);
      if (read !== BigInt.asIntN(64, read)) throw new UnreadableRows(`sql: Scan error on column index ${index}, name "${name}": converting driver.Value type []uint8 ("${value}") to a int64: value out of range`);
      column.push(read);
    },
  };
}

function columnType({ name, columnType: code, flags }: Column, index: number): ColumnType {
  switch (code) {
    case type.float: case type.double: case type.decimal: case type.newdecimal: return float as ColumnType;
    case type.tiny: case type.short: case type.long: case type.longlong: case type.year: return int64(name, index) as ColumnType;
    case type.int24: return (flags & flag.notNull ? int32 : int64(name, index)) as ColumnType;
    case type.date: case type.newdate: case type.datetime: case type.datetime2: case type.timestamp: case type.timestamp2: return time as ColumnType;
    default: return text as ColumnType;
  }
}

function encryption(jsonData: Readonly<Record<string, unknown>>, secrets: Readonly<Record<string, string>>): Pick<PoolOptions, 'ssl'> {
  const skipVerify = jsonData['tlsSkipVerify'] === true;
  const ownCa = jsonData['tlsAuthWithCACert'] === true;
  const client = jsonData['tlsAuth'] === true;
  if (!ownCa && !client && !skipVerify) return {};
  const serverName = textOf(jsonData['serverName']);
  return {
    ssl: {
      rejectUnauthorized: !skipVerify, verifyIdentity: !skipVerify, ...(ownCa && secrets['tlsCACert'] && { ca: secrets['tlsCACert'] }),
      ...(client && { cert: secrets['tlsClientCert'] ?? '', key: secrets['tlsClientKey'] ?? '' }), ...((ownCa || client) && serverName !== '' && { servername: serverName }),
    } as NonNullable<PoolOptions['ssl']>,
  };
}
