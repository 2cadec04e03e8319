/** Connections to PostgreSQL: the meaning of `sslmode`, the simple query protocol, results as columns (tsdb-backends §4.5, §4.6, §4.9). */
import { existsSync, readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { columnBuilder, type ColumnBuilder, type ElementType } from '@belvedere/dataframe';
import type { DataSourceInstanceSettings } from '@belvedere/plugin-sdk';
import type { Pool, PoolClient, PoolConfig, QueryArrayResult } from 'pg';
import type { Logger } from '../../infra/log/log.ts';
import { textOf } from '../../util/json-value.ts';
import { sqlAddress } from '../sql/sql-address.ts';
import { networkProblem, RefusedByDatabase, UnreachableDatabase, UnreadableRows, UnusableSettings } from '../sql/sql-errors.ts';
import type { SqlTable } from '../sql/sql-shaping.ts';
import type { PoolLimits, SqlPool } from '../sql/sql-source.ts';
import { pushTimeText } from '../sql/sql-time.ts';

interface Deps {
  readonly dialTimeoutMs: number;
  readonly log: Logger;
}

const defaultPort = 5432;
const idleTimeoutMs = 300_000;

export function openPostgresql(settings: DataSourceInstanceSettings, limits: PoolLimits, { dialTimeoutMs, log }: Deps): SqlPool {
  const { jsonData, decryptedSecureJsonData: secrets } = settings;
  const { host, port = defaultPort, socket } = sqlAddress(settings.url, 'error parsing postgres url');
  const database = textOf(jsonData['database']) || settings.database;
  const ways = encryptions(jsonData, secrets, host);
  const place = `failed to connect to \`user=${settings.user} database=${database}\`: ${socket ?? `${host}:${port} (${host})`}`;
  const config: PoolConfig = {
    host, port, user: settings.user, password: secrets['password'] ?? '', database, max: limits.connectionsMax || 100, connectionTimeoutMillis: dialTimeoutMs, idleTimeoutMillis: idleTimeoutMs,
    keepAlive: true, allowExitOnIdle: true, maxLifetimeSeconds: limits.lifetimeMs / 1000,
  };
  // The first way that works is kept.
  let way = 0;
  let pool: Promise<Pool> | undefined;

  function made(): Promise<Pool> {
    return (pool ??= import('pg').then(({ default: pg }) => {
      const fresh = new pg.Pool({ ...config, ssl: ways[way] ?? false });
      // A connection that idles may be cut; the next query opens another one.
      fresh.on('error', (error) => log.debug('An idle connection to PostgreSQL ended', { error, source: settings.uid }));
      return fresh;
    }));
  }

  async function connect(): Promise<PoolClient> {
    for (;;) {
      const current = await made();
      try {
        return await current.connect();
      } catch (error) {
        if (way + 1 < ways.length && !networkProblem(error)) {
          way++;
          pool = undefined;
          void current.end().catch(() => {});
          continue;
        }
        throw signInProblem(error, place);
      }
    }
  }

  /** The server notices a closed connection only when it has something to send. */
  async function cancel(client: PoolClient): Promise<void> {
    const { processID } = client as PoolClient & { readonly processID: number };
    await (await made()).query('select pg_cancel_backend($1)', [processID]).catch((error: unknown) => log.debug('A query of PostgreSQL could not be cancelled', { error, source: settings.uid }));
  }

  return {
    async run(sql, { rowLimit, signal }) {
      const { default: { Query } } = await import('pg');
      const client = await connect();
      if (signal.aborted) client.release();
      signal.throwIfAborted();
      let broken: Error | undefined;
      const stop = () => {
        client.release(new Error('the query was given up'));
        void cancel(client);
      };
      signal.addEventListener('abort', stop, { once: true });
      try {
        return await read(client, new Query({ text: sql, rowMode: 'array', types: { getTypeParser: () => asSent } } as never), rowLimit);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof UnreadableRows) throw error;
        const network = networkProblem(error);
        if (network) {
          broken = error as Error;
          throw new UnreachableDatabase(network.text, network.brief);
        }
        throw new RefusedByDatabase(refusalText(error));
      } finally {
        signal.removeEventListener('abort', stop);
        if (!signal.aborted) client.release(broken);
      }
    },
    async ping() {
      const client = await connect();
      try {
        await client.query('');
        client.release();
      } catch (error) {
        client.release(error as Error);
        throw signInProblem(error, place);
      }
    },
    async close() {
      await (await pool)?.end();
    },
  };
}

const asSent = (text: string) => text;

type Columns = readonly { readonly name: string; readonly dataTypeID: number }[];

interface Collected {
  readonly columns: readonly ColumnBuilder<ElementType>[];
  readonly push: readonly ((text: string) => void)[];
  rows: number;
  limited: boolean;
}

interface RowQuery {
  on(event: 'row', listener: (row: (string | null)[], result: QueryArrayResult) => void): void;
  on(event: 'end', listener: (results: QueryArrayResult | QueryArrayResult[]) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
}

/** All that a text of statements selects, one below the other. Rows beyond the limit are let go as they come. */
async function read(client: PoolClient, query: unknown, rowLimit: number): Promise<SqlTable> {
  const collected = new Map<unknown, Collected>();
  let unreadable: unknown;
  const results = await new Promise<QueryArrayResult[]>((resolve, reject) => {
    const events = query as RowQuery;
    events.on('row', (row, result) => {
      if (unreadable) return;
      try {
        const into = collected.get(result) ?? collect(result.fields, collected, result);
        if (into.rows >= rowLimit) {
          into.limited = true;
          return;
        }
        into.rows++;
        for (let i = 0; i < into.columns.length; i++) {
          const text = row[i] ?? null;
          if (text === null) into.columns[i]!.push(null);
          else into.push[i]!(text);
        }
      } catch (error) {
        unreadable = error;
      }
    });
    events.on('end', (ended) => resolve(Array.isArray(ended) ? ended : [ended]));
    events.on('error', reject);
    client.query(query as never);
  });
  if (unreadable) throw unreadable;
  const selected = results.filter(({ command }) => command === 'SELECT');
  const [first] = selected;
  if (!first) return { fields: [], textColumns: new Set(), limited: false };
  const parts = selected.map((result) => collected.get(result));
  const columns = parts[0] ? first.fields : [];
  for (const [i, part] of parts.entries()) if (i > 0 && part) sameStructure(columns, selected[i]!.fields);
  const filled = parts.filter((part) => part !== undefined);
  return {
    fields: columns.map((_, i) => filled.length === 1 ? filled[0]!.columns[i]!.field() : appended(filled.map((part) => part.columns[i]!))),
    textColumns: new Set(columns.flatMap(({ dataTypeID }, i) => (textTypes.has(dataTypeID) ? [i] : []))), limited: filled.some(({ limited }) => limited),
  };
}

function collect(fields: Columns, all: Map<unknown, Collected>, result: unknown): Collected {
  const typed = fields.map(({ name, dataTypeID }) => {
    const { type, push } = columnTypes.get(dataTypeID) ?? text;
    const column = columnBuilder(type, name, { nullable: true });
    return { column, push: (value: string) => push(column as never, value) };
  });
  const fresh: Collected = { columns: typed.map(({ column }) => column), push: typed.map(({ push }) => push), rows: 0, limited: false };
  all.set(result, fresh);
  return fresh;
}

function appended(parts: readonly ColumnBuilder<ElementType>[]) {
  const [first, ...rest] = parts.map((part) => part.field());
  const all = columnBuilder(first!.type, first!.name, { nullable: true });
  for (const field of [first!, ...rest]) {
    for (let row = 0; row < field.values.length; row++) {
      if (field.valid?.[row] === 0) all.push(null);
      else if (field.type === 'time') all.pushTime(field.values[row] as number, field.nanos?.[row] ?? 0);
      else all.push((field.type === 'bool' ? field.values[row] === 1 : field.values[row]) as never);
    }
  }
  return all.field();
}

function sameStructure(expected: Columns, got: Columns): void {
  if (expected.length !== got.length) throw new UnreadableRows(`incompatible result structure: expected ${expected.length} columns, got ${got.length} columns`);
  const at = expected.findIndex(({ name }, i) => name !== got[i]!.name);
  if (at >= 0) throw new UnreadableRows(`column name mismatch at position ${at}: expected "${expected[at]!.name}", got "${got[at]!.name}"`);
}

interface ColumnType<T extends ElementType = ElementType> {
  readonly type: T;
  push(column: ColumnBuilder<T>, text: string): void;
}

const number = <T extends 'int16' | 'int32'>(type: T): ColumnType<T> => ({ type, push: (column, value) => column.push(Number(value) as never) });
const float: ColumnType<'float64'> = {
  type: 'float64',
  push(column, value) {
    const read = Number(value);
    if (!Number.isFinite(read) && /^-?\d/.test(value)) throw new UnreadableRows(`strconv.ParseFloat: parsing "${value}": value out of range`);
    column.push(read);
  },
};
const time: ColumnType<'time'> = {
  type: 'time',
  push(column, value) {
    if (value.endsWith('infinity')) throw new UnreadableRows(`cannot scan ${value.startsWith('-') ? '-' : ''}Infinity into *time.Time`);
    if (!pushTimeText(column, value)) throw new UnreadableRows(`cannot read ${value} as a time`);
  },
};
const json: ColumnType<'json'> = { type: 'json', push: (column, value) => column.push(value) };
const text: ColumnType<'string'> = { type: 'string', push: (column, value) => column.push(value) };
const bytes: ColumnType<'string'> = { type: 'string', push: (column, value) => column.push(value.startsWith('\\x') ? Buffer.from(value.slice(2), 'hex').toString('utf8') : value) };

/** By the ids of PostgreSQL's catalogue. Everything else is text as sent. */
const columnTypes: ReadonlyMap<number, ColumnType> = new Map<number, unknown>([
  [16, { type: 'bool', push: (column, value) => column.push(value === 't') } satisfies ColumnType<'bool'>], [17, bytes],
  [20, { type: 'int64', push: (column, value) => column.push(BigInt(value)) } satisfies ColumnType<'int64'>], [21, number('int16')], [23, number('int32')],
  [700, float], [701, float], [1700, float], [1082, time], [1114, time], [1184, time], [114, json], [3802, json],
]) as ReadonlyMap<number, ColumnType>;

/** text, unknown, bpchar, varchar, "char". */
const textTypes: ReadonlySet<number> = new Set([18, 25, 705, 1042, 1043]);

/** The server's own words. */
function refusalText(error: unknown): string {
  const { severity, code, message } = error as Error & { severity?: string; code?: string };
  return severity === undefined ? message : `${severity}: ${message} (SQLSTATE ${code})`;
}

function signInProblem(error: unknown, place: string): UnreachableDatabase | RefusedByDatabase {
  const network = networkProblem(error);
  if (network) return new UnreachableDatabase(`${place}: dial error: ${network.text}`, network.brief);
  const { severity, message } = error as Error & { severity?: string };
  const stage = severity !== undefined ? 'server error' : 'tls error';
  return new RefusedByDatabase(`${place}: ${stage}: ${/does not support SSL/.test(message) ? 'server refused TLS connection' : refusalText(error)}`, { atSignIn: true });
}

/** What to try, in order: false is a plain connection. Throws UnusableSettings. */
function encryptions(jsonData: Readonly<Record<string, unknown>>, secrets: Readonly<Record<string, string>>, host: string): (false | ConnectionOptions)[] {
  const mode = textOf(jsonData['sslmode']) || 'prefer';
  if (mode === 'disable' || host.startsWith('/')) return [false];
  const { ca, cert, key } = jsonData['tlsConfigurationMethod'] === 'file-content'
    ? { ca: secrets['tlsCACert'] ?? '', cert: secrets['tlsClientCert'] ?? '', key: secrets['tlsClientKey'] ?? '' }
    : certificateFiles(jsonData);
  if ((cert === '') !== (key === '')) throw new UnusableSettings('TLS/SSL client certificate and key must both be specified');
  const verified = mode === 'verify-full' || mode === 'verify-ca' || (mode === 'require' && ca !== '');
  const tls: ConnectionOptions = {
    rejectUnauthorized: verified, ...(ca !== '' && { ca }), ...(cert !== '' && { cert, key }),
    // Only `verify-full` looks at the name.
    ...(mode === 'verify-full' ? { servername: host } : { checkServerIdentity: () => undefined }),
  };
  switch (mode) {
    case 'allow': return [false, tls];
    case 'prefer': return [tls, false];
    case 'require': case 'verify-ca': case 'verify-full': return [tls];
    default: throw new UnusableSettings(`unsupported sslmode "${mode}"`);
  }
}

function certificateFiles(jsonData: Readonly<Record<string, unknown>>): { ca: string; cert: string; key: string } {
  const paths = [jsonData['sslRootCertFile'], jsonData['sslCertFile'], jsonData['sslKeyFile']].map(textOf);
  if (paths.some((path) => path !== '' && !existsSync(path))) throw new UnusableSettings("invalid TLS certificate file paths: certificate file doesn't exist");
  const [ca = '', cert = '', key = ''] = paths.map((path) => (path === '' ? '' : readFileSync(path, 'utf8')));
  return { ca, cert, key };
}
