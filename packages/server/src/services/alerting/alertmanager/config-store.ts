/** Configurations and their history (alerting-notifications §1). */
import type { Database, Migration } from '../../../infra/db/database.ts';
import { columns } from '../../../infra/db/columns.ts';
import { ApiError } from '../../../web/errors.ts';
import { configHash, defaultConfig, type AmConfig } from './am-config.ts';

export const alertmanagerMigrations: readonly Migration[] = [
  {
    id: 'alerting-0003-alertmanager',
    async up(db, name) {
      const t = columns(name);
      await db.schema.createTable('alert_configuration')
        .addColumn('id', ...t.id)
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('alertmanager_configuration', t.longtext, (c) => c.notNull())
        .addColumn('configuration_hash', t.varchar(190), (c) => c.notNull())
        .addColumn('created_at', t.datetime, (c) => c.notNull())
        .addUniqueConstraint('uq_alert_configuration_org', ['org_id'])
        .execute();
      await db.schema.createTable('alert_configuration_history')
        .addColumn('id', ...t.id)
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('alertmanager_configuration', t.longtext, (c) => c.notNull())
        .addColumn('configuration_hash', t.varchar(190), (c) => c.notNull())
        .addColumn('created_at', t.datetime, (c) => c.notNull())
        .addColumn('last_applied', t.bigint, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ix_alert_configuration_history').on('alert_configuration_history').columns(['org_id', 'id']).execute();
      await db.schema.createTable('ngalert_configuration')
        .addColumn('id', ...t.id)
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('send_alerts_to', t.int, (c) => c.notNull())
        .addColumn('created_at', t.bigint, (c) => c.notNull())
        .addColumn('updated_at', t.bigint, (c) => c.notNull())
        .addUniqueConstraint('uq_ngalert_configuration_org', ['org_id'])
        .execute();
    },
  },
];

export interface StoredConfig {
  readonly config: AmConfig;
  /** Of the text that is stored: what a write expects to find. */
  readonly hash: string;
}

export interface HistoricConfig {
  readonly id: number;
  readonly config: AmConfig;
  readonly hash: string;
  /** Seconds since the epoch. */
  readonly lastApplied: number;
}

export interface ConfigStore {
  get(orgId: number): Promise<StoredConfig | undefined>;
  /** Saves the default when there is none. */
  getOrDefault(orgId: number): Promise<StoredConfig>;
  hashes(): Promise<ReadonlyMap<number, string>>;
  /** `expected` undefined writes over whatever is there. Throws 409 when somebody else was faster. Returns the new hash. */
  save(orgId: number, config: AmConfig, expected: string | undefined): Promise<string>;
  markApplied(orgId: number, hash: string): Promise<void>;
  history(orgId: number, limit: number): Promise<readonly HistoricConfig[]>;
  historic(orgId: number, id: number): Promise<HistoricConfig | undefined>;
  delete(orgId: number): Promise<void>;
  /** After a configuration was saved in this process. */
  onSave(listener: (orgId: number) => void): () => void;
  within(db: Database): ConfigStore;
}

interface Tables {
  alert_configuration: { org_id: number; alertmanager_configuration: string; configuration_hash: string; created_at: number };
  alert_configuration_history: { id: import('kysely').Generated<number>; org_id: number; alertmanager_configuration: string; configuration_hash: string; created_at: number; last_applied: number };
}

const historyMax = 100;

export function createConfigStore({ db, now, listeners = new Set() }: { db: Database; now: () => number; listeners?: Set<(orgId: number) => void> }): ConfigStore {
  const rows = () => db.tables<Tables>();
  const store: ConfigStore = {
    async get(orgId) {
      const row = await rows().selectFrom('alert_configuration').select(['alertmanager_configuration', 'configuration_hash']).where('org_id', '=', orgId).executeTakeFirst();
      return row && { config: JSON.parse(row.alertmanager_configuration) as AmConfig, hash: row.configuration_hash };
    },
    async getOrDefault(orgId) {
      const found = await store.get(orgId);
      if (found) return found;
      return { config: defaultConfig, hash: await store.save(orgId, defaultConfig, undefined) };
    },
    async hashes() {
      const found = await rows().selectFrom('alert_configuration').select(['org_id', 'configuration_hash']).execute();
      return new Map(found.map((row) => [row.org_id, row.configuration_hash]));
    },
    async save(orgId, config, expected) {
      const text = JSON.stringify(config);
      const hash = configHash(text);
      await db.transaction(async (tx) => {
        const t = tx.tables<Tables>();
        const changed = { alertmanager_configuration: text, configuration_hash: hash, created_at: now() };
        let update = t.updateTable('alert_configuration').set(changed).where('org_id', '=', orgId);
        if (expected !== undefined) update = update.where('configuration_hash', '=', expected);
        const result = await update.executeTakeFirst();
        if (Number(result.numUpdatedRows) === 0) {
          // MySQL counts a row that stays the same as not updated.
          const there = await t.selectFrom('alert_configuration').select('configuration_hash').where('org_id', '=', orgId).executeTakeFirst();
          if (there && expected !== undefined && there.configuration_hash !== expected) throw new ApiError(409, 'Conflict', { messageId: 'alerting.notifications.conflict' });
          if (!there) await t.insertInto('alert_configuration').values({ org_id: orgId, ...changed }).execute();
        }
        await t.insertInto('alert_configuration_history').values({ org_id: orgId, ...changed, last_applied: 0 }).execute();
        const oldest = await t.selectFrom('alert_configuration_history').select('id').where('org_id', '=', orgId).orderBy('id', 'desc').offset(historyMax).limit(1).executeTakeFirst();
        if (oldest) await t.deleteFrom('alert_configuration_history').where('org_id', '=', orgId).where('id', '<=', oldest.id).execute();
      });
      for (const listener of listeners) listener(orgId);
      return hash;
    },
    async markApplied(orgId, hash) {
      const row = await rows().selectFrom('alert_configuration_history').select('id').where('org_id', '=', orgId).where('configuration_hash', '=', hash).orderBy('id', 'desc').limit(1).executeTakeFirst();
      if (row) await rows().updateTable('alert_configuration_history').set({ last_applied: Math.floor(now() / 1000) }).where('id', '=', row.id).execute();
    },
    async history(orgId, limit) {
      const found = await rows().selectFrom('alert_configuration_history').selectAll().where('org_id', '=', orgId).where('last_applied', '>', 0).orderBy('id', 'desc').limit(limit).execute();
      return found.map((row) => ({ id: row.id, config: JSON.parse(row.alertmanager_configuration) as AmConfig, hash: row.configuration_hash, lastApplied: row.last_applied }));
    },
    async historic(orgId, id) {
      const row = await rows().selectFrom('alert_configuration_history').selectAll().where('org_id', '=', orgId).where('id', '=', id).executeTakeFirst();
      return row && { id: row.id, config: JSON.parse(row.alertmanager_configuration) as AmConfig, hash: row.configuration_hash, lastApplied: row.last_applied };
    },
    async delete(orgId) {
      await rows().deleteFrom('alert_configuration').where('org_id', '=', orgId).execute();
      await rows().deleteFrom('alert_configuration_history').where('org_id', '=', orgId).execute();
    },
    onSave(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    within: (tx) => createConfigStore({ db: tx, now, listeners }),
  };
  return store;
}
