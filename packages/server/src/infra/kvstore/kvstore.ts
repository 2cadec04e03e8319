/** Small facts that outlive the process (config-and-operations §11): anonymous id, plugin keys, support bundles. */
import type { Database, Migration } from '../db/database.ts';
import { columns } from '../db/columns.ts';
import { upsert } from '../db/upsert.ts';
import type { Clock } from '../clock.ts';

export interface KeyValueItem {
  readonly orgId: number;
  readonly namespace: string;
  readonly key: string;
  readonly value: string;
}

export interface KeyValueStore {
  /** `orgId` 0 stands for all organizations together. */
  get(orgId: number, namespace: string, key: string): Promise<string | undefined>;
  set(orgId: number, namespace: string, key: string, value: string): Promise<void>;
  delete(orgId: number, namespace: string, key: string): Promise<void>;
  /** Everything of a namespace whose key begins with `prefix`; without `orgId` that of all organizations. */
  list(options: { orgId?: number; namespace: string; prefix?: string }): Promise<readonly KeyValueItem[]>;
}

export const kvstoreMigrations: readonly Migration[] = [
  {
    id: 'kvstore-0001-table',
    async up(db, name) {
      const t = columns(name);
      await db.schema.createTable('kv_store')
        .addColumn('id', ...t.id)
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('namespace', t.varchar(190), (c) => c.notNull())
        .addColumn('key', t.varchar(190), (c) => c.notNull())
        .addColumn('value', t.longtext, (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('updated', t.datetime, (c) => c.notNull())
        .addUniqueConstraint('uq_kv_store_org_id_namespace_key', ['org_id', 'namespace', 'key'])
        .execute();
    },
  },
];

interface Tables {
  kv_store: { id: number; org_id: number; namespace: string; key: string; value: string; created: number; updated: number };
}

export function createKeyValueStore({ db, clock }: { db: Database; clock: Pick<Clock, 'now'> }): KeyValueStore {
  const rows = () => db.tables<Tables>();
  return {
    async get(orgId, namespace, key) {
      const row = await rows().selectFrom('kv_store').select('value').where('org_id', '=', orgId).where('namespace', '=', namespace).where('key', '=', key).executeTakeFirst();
      return row?.value;
    },
    async set(orgId, namespace, key, value) {
      const now = clock.now();
      await upsert(db, 'kv_store', { org_id: orgId, namespace, key, value, created: now, updated: now }, ['org_id', 'namespace', 'key'], ['value', 'updated']);
    },
    async delete(orgId, namespace, key) {
      await rows().deleteFrom('kv_store').where('org_id', '=', orgId).where('namespace', '=', namespace).where('key', '=', key).execute();
    },
    async list({ orgId, namespace, prefix = '' }) {
      let query = rows().selectFrom('kv_store').select(['org_id', 'namespace', 'key', 'value']).where('namespace', '=', namespace).orderBy('org_id').orderBy('key');
      if (orgId !== undefined) query = query.where('org_id', '=', orgId);
      const found = await query.execute();
      return found.filter((row) => row.key.startsWith(prefix)).map((row) => ({ orgId: row.org_id, namespace: row.namespace, key: row.key, value: row.value }));
    },
  };
}
