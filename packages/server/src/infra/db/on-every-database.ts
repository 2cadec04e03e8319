/**
 * Runs a suite on SQLite, PostgreSQL and MySQL. The servers are named by BELVEDERE_TEST_POSTGRES_URL and BELVEDERE_TEST_MYSQL_URL; one
 * that is not there is skipped with its reason, unless BELVEDERE_TEST_SERVICES=required.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, describe, test } from 'vitest';
import type { DatabaseSettings } from '../../setting/database-settings.ts';
import type { Database, DatabaseName, Migration } from './database.ts';
import { migrate } from './migrator.ts';
import { openDatabase } from './open-database.ts';

/** Opens an empty database of the suite's own, migrated. Closed after the test. */
export type OpenDatabase = (migrations?: readonly Migration[]) => Promise<Database>;

const urls = {
  sqlite: 'sqlite', postgres: process.env['BELVEDERE_TEST_POSTGRES_URL'], mysql: process.env['BELVEDERE_TEST_MYSQL_URL'],
} satisfies Record<DatabaseName, string | undefined>;

export function onEveryDatabase(name: string, suite: (open: OpenDatabase, database: DatabaseName) => void): void {
  for (const database of ['sqlite', 'postgres', 'mysql'] as const) {
    // Three databases share the machine with everything else that is tested.
    describe(`${name} on ${database}`, { timeout: 120_000 }, () => {
      const url = urls[database];
      if (url === undefined) return absent(database);
      const undo: (() => Promise<unknown> | void)[] = [];
      const undoAll = async () => {
        for (const step of undo.splice(0).reverse()) await step();
      };
      afterEach(undoAll);
      afterAll(undoAll);
      suite(async (migrations = []) => {
        const db = await openFresh(database, url, undo);
        await migrate(db, migrations);
        return db;
      }, database);
    });
  }
}

function absent(database: DatabaseName): void {
  const variable = `BELVEDERE_TEST_${database.toUpperCase()}_URL`;
  test(`(${variable} is not set)`, ({ skip }) => {
    if (process.env['BELVEDERE_TEST_SERVICES'] === 'required') throw new Error(`${variable} is not set, but services are required`);
    skip(`no ${database}: ${variable} is not set`);
  });
}

async function openFresh(database: DatabaseName, url: string, undo: (() => Promise<unknown> | void)[]): Promise<Database> {
  if (database === 'sqlite') {
    const folder = mkdtempSync(join(tmpdir(), 'belvedere-db-'));
    undo.push(() => rmSync(folder, { recursive: true, force: true }));
    const db = await openDatabase({ ...blank, type: 'sqlite', path: 'test.db' }, { dataPath: folder });
    undo.push(() => db.close());
    return db;
  }
  const own = `belvedere_${randomBytes(6).toString('hex')}`;
  const admin = await openDatabase(settingsOf(database, url), { dataPath: '' });
  undo.push(() => admin.close());
  const kind = database === 'postgres' ? 'schema' : 'database';
  await sql.raw(`create ${kind} ${own}`).execute(admin.tables());
  undo.push(() => sql.raw(`drop ${kind} ${own}${database === 'postgres' ? ' cascade' : ''}`).execute(admin.tables()));
  const db = await openDatabase(database === 'postgres' ? { ...settingsOf(database, url), schema: own } : { ...settingsOf(database, url), name: own }, { dataPath: '' });
  undo.push(() => db.close());
  return db;
}

const blank: DatabaseSettings = {
  type: 'sqlite', host: '', port: 0, name: '', user: '', password: '', path: '', sslMode: 'disable', caCertPath: '', clientKeyPath: '', clientCertPath: '',
  serverCertName: '', maxOpenConnections: 4, connectionMaxLifetimeSeconds: 0, transactionRetries: 5, migrationLocking: true,
  lockingAttemptTimeoutSeconds: 0, skipMigrations: false, ensureDefaultOrgAndUser: true, logQueries: false,
};

function settingsOf(type: DatabaseName, url: string): DatabaseSettings {
  const { hostname, port, pathname, username, password } = new URL(url);
  return {
    ...blank, type, host: hostname, port: Number(port) || (type === 'mysql' ? 3306 : 5432), name: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username), password: decodeURIComponent(password),
  };
}
