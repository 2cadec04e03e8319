/** `belvedere cli export` and `belvedere cli import` (docs/content-transfer.md): content between a database, files and a Grafana database. */
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { systemClock } from '../infra/clock.ts';
import type { Database } from '../infra/db/database.ts';
import { openForeignDatabase } from '../infra/db/foreign-database.ts';
import { migrate } from '../infra/db/migrator.ts';
import { openDatabase } from '../infra/db/open-database.ts';
import { silentLogger } from '../infra/log/log.ts';
import { createSecrets } from '../infra/secrets/secrets-service.ts';
import { migrations } from '../server/migrations.ts';
import { createManagedStore } from '../services/identity/accesscontrol/managed-store.ts';
import { readContentFiles, writeContentFiles } from '../services/operations/transfer/content-files.ts';
import { createGrafanaContent } from '../services/operations/transfer/grafana-content.ts';
import { importContent, type ImportTarget } from '../services/operations/transfer/import-content.ts';
import { createOwnContent } from '../services/operations/transfer/own-content.ts';
import type { ContentSource, Existing, TransferReport } from '../services/operations/transfer/transfer.ts';
import type { Settings } from '../setting/settings.ts';
import { createResourceStore } from '../storage/sql-resource-store.ts';
import { UsageError } from './arguments.ts';

export interface ExportOptions {
  readonly settings: Settings;
  readonly dir: string;
  readonly history: boolean;
}

export interface ImportCommandOptions {
  readonly settings: Settings;
  /** Directory of exported content; '' when it comes from a Grafana database. */
  readonly dir: string;
  /** File, or URL of a PostgreSQL or MySQL database; '' when it comes from files. */
  readonly fromGrafana: string;
  /** `secret_key` of the Grafana; ours by default. */
  readonly sourceSecretKey: string;
  readonly dryRun: boolean;
  readonly existing: string;
}

/** Resolves with what to print. */
export async function exportContent({ settings, dir, history }: ExportOptions): Promise<string> {
  if (!hasDatabase(settings)) throw new UsageError(`there is no database ${databaseFile(settings)}`);
  return withDatabase(settings, false, async (db) => {
    const source = await createOwnContent({ db, store: storeIn(db), secrets: secretsOf(db, settings), history });
    const { files, counts } = await writeContentFiles(source, dir);
    const lines = [...counts].map(([kind, count]) => `${String(count).padStart(8)}  ${kind}\n`);
    return `${lines.join('')}${files} files were written to ${dir}.\n${notesText(source.notes())}`;
  });
}

/** Resolves with what to print. */
export async function importCommand({ settings, dir, fromGrafana, sourceSecretKey, dryRun, existing }: ImportCommandOptions): Promise<string> {
  if (!isExisting(existing)) throw new UsageError(`--existing: refuse, skip or replace, not ${existing}`);
  const source = await openSource(dir, fromGrafana, sourceSecretKey || settings.security.secretKey);
  try {
    const report = await withDatabase(settings, dryRun, (db) => importContent(targetOf(db, settings), source, { dryRun, existing }));
    return reportText(report, dryRun);
  } finally {
    await source.close();
  }
}

async function openSource(dir: string, fromGrafana: string, secretKey: string): Promise<ContentSource> {
  if (fromGrafana === '') return readContentFiles(dir);
  const foreign = await openForeignDatabase(fromGrafana);
  try {
    return await createGrafanaContent(foreign, { secretKey });
  } catch (error) {
    await foreign.close();
    throw error;
  }
}

export function targetOf(db: Database, settings: Pick<Settings, 'security'>): ImportTarget {
  return {
    db, clock: systemClock, secretsIn: (tx) => secretsOf(tx, settings), storeIn,
    async grant(tx, orgId, assignee, scope, actions) {
      await createManagedStore(tx, systemClock).replace(orgId, assignee, scope, actions);
    },
    async settle(tx) {
      await tx.prepare('update identity_epoch set value = value + 1 where id = 1').run();
    },
  };
}

const secretsOf = (db: Database, { security }: Pick<Settings, 'security'>) => createSecrets({ db, clock: systemClock, secretKey: security.secretKey });
const storeIn = (db: Database) => createResourceStore({ db, clock: systemClock, log: silentLogger });
const isExisting = (text: string): text is Existing => text === 'refuse' || text === 'skip' || text === 'replace';

const databaseFile = ({ database, paths }: Settings) => (isAbsolute(database.path) ? database.path : join(paths.data, database.path));
const hasDatabase = (settings: Settings) => settings.database.type !== 'sqlite' || existsSync(databaseFile(settings));

async function withDatabase<T>(settings: Settings, dryRun: boolean, work: (db: Database) => Promise<T>): Promise<T> {
  const { place } = settings.unifiedStorage;
  if (place.kind !== 'database') throw new UsageError(`content is not in the database: [grafana-apiserver] storage_type has it ${place.kind === 'file' ? `in ${place.directory}` : `with the storage server ${place.address}`}`);
  // A dry run leaves no database behind where there was none.
  const inMemory = dryRun && !hasDatabase(settings);
  const db = await openDatabase(inMemory ? { ...settings.database, path: ':memory:' } : settings.database, { dataPath: settings.paths.data });
  try {
    if (!settings.database.skipMigrations) await migrate(db, migrations, { locking: settings.database.migrationLocking, lockTimeoutSeconds: settings.database.lockingAttemptTimeoutSeconds });
    return await work(db);
  } finally {
    await db.close();
  }
}

export function reportText({ kinds, notes }: TransferReport, dryRun: boolean): string {
  const rows = [['', 'found', dryRun ? 'would be written' : 'written', 'skipped', 'left', dryRun ? '' : 'checksum']];
  for (const { kind, found, written, skipped, left, checksum } of kinds) rows.push([kind, String(found), String(written), String(skipped), String(left), checksum.slice(0, 16)]);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ').trimEnd()).join('\n');
  return `${table}\n${notesText(notes)}${dryRun ? 'Nothing was written: this was a dry run.\n' : 'Everything was read back and compared.\n'}`;
}

const notesText = (notes: readonly string[]) => notes.map((note) => `Note: ${note}.\n`).join('');
