import type { DatabaseName } from '../infra/db/database.ts';
import type { Ini } from './ini.ts';

/** `[database]` (config-and-operations §2.2, §12). */
export interface DatabaseSettings {
  readonly type: DatabaseName;
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly password: string;
  /** SQLite: file name, relative to the data folder; `:memory:` for tests. */
  readonly path: string;
  /** PostgreSQL: the schema to work in, where it is not the user's default. */
  readonly schema?: string;
  readonly sslMode: string;
  readonly caCertPath: string;
  readonly clientKeyPath: string;
  readonly clientCertPath: string;
  readonly serverCertName: string;
  readonly maxOpenConnections: number;
  readonly connectionMaxLifetimeSeconds: number;
  readonly transactionRetries: number;
  readonly migrationLocking: boolean;
  readonly lockingAttemptTimeoutSeconds: number;
  readonly skipMigrations: boolean;
  readonly ensureDefaultOrgAndUser: boolean;
  /** Every statement becomes a line of the log. */
  readonly logQueries: boolean;
}

const types: Record<string, DatabaseName> = { sqlite3: 'sqlite', sqlite: 'sqlite', mysql: 'mysql', postgres: 'postgres', postgresql: 'postgres' };

export function readDatabaseSettings(ini: Ini): DatabaseSettings {
  const section = ini.section('database');
  const text = section.string('url');
  const url = text === '' ? undefined : (URL.parse(text) ?? section.fail('url', 'not a URL'));
  const typeName = url ? url.protocol.slice(0, -1) : section.string('type', 'sqlite3');
  const type = types[typeName] ?? section.fail(url ? 'url' : 'type', `unknown database type: ${typeName}`);
  const [host = '127.0.0.1', port] = url ? [url.hostname, url.port] : splitHost(section.string('host', '127.0.0.1'));
  return {
    type, host,
    port: port ? Number(port) : section.int('port', type === 'mysql' ? 3306 : 5432),
    name: url ? decodeURIComponent(url.pathname.slice(1)) : section.string('name', 'grafana'),
    user: url ? decodeURIComponent(url.username) : section.string('user', 'root'),
    password: url ? decodeURIComponent(url.password) : section.string('password'),
    path: section.string('path', 'grafana.db'),
    sslMode: url?.searchParams.get('sslmode') ?? section.string('ssl_mode', 'disable'),
    caCertPath: section.string('ca_cert_path'),
    clientKeyPath: section.string('client_key_path'),
    clientCertPath: section.string('client_cert_path'),
    serverCertName: section.string('server_cert_name'),
    maxOpenConnections: section.int('max_open_conn'),
    connectionMaxLifetimeSeconds: section.int('conn_max_lifetime', 14_400),
    transactionRetries: section.int('transaction_retries', 5),
    migrationLocking: section.bool('migration_locking', true),
    lockingAttemptTimeoutSeconds: section.int('locking_attempt_timeout_sec'),
    skipMigrations: section.bool('skip_migrations'),
    ensureDefaultOrgAndUser: section.bool('ensure_default_org_and_user', true),
    logQueries: section.bool('log_queries'),
  };
}

/** `host:port`, `[::1]:port`, or the path of a socket. */
function splitHost(text: string): [string, string | undefined] {
  if (text.startsWith('/')) return [text, undefined];
  const found = /^\[([^\]]+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+)(?::(\d+))?$/.exec(text);
  return found ? [found[1]!, found[2]] : [text, undefined];
}
