/** Tables of the resource store (apiserver-and-storage §7.2). */
import { columns } from '../infra/db/columns.ts';
import type { Migration, MigrationHandle, DatabaseName } from '../infra/db/database.ts';

export const resourceMigrations: readonly Migration[] = [
  {
    id: 'resource-0001-tables',
    async up(db, name) {
      await objectTable(db, name, 'resource')
        .addUniqueConstraint('uq_resource_key', ['group', 'resource', 'namespace', 'name'])
        .execute();
      // The only place where specs are: what is current is found here by its version.
      await objectTable(db, name, 'resource_history')
        .addColumn('spec', columns(name).longtext, (c) => c.notNull())
        .addUniqueConstraint('uq_resource_history_key', ['group', 'resource', 'namespace', 'name', 'resource_version'])
        .execute();
      await index(db, 'resource', 'folder', ['group', 'resource', 'namespace', 'folder']);
      await index(db, 'resource', 'legacy_id', ['group', 'resource', 'namespace', 'legacy_id']);
      await index(db, 'resource_history', 'version', ['group', 'resource', 'resource_version']);
      const t = columns(name);
      await db.schema.createTable('resource_version')
        .addColumn('group', t.varchar(190), (c) => c.notNull())
        .addColumn('resource', t.varchar(190), (c) => c.notNull())
        .addColumn('resource_version', t.bigint, (c) => c.notNull())
        .addPrimaryKeyConstraint('pk_resource_version', ['group', 'resource'])
        .execute();
    },
  },
  {
    id: 'resource-0002-owners-and-secrets',
    async up(db, name) {
      const { longtext } = columns(name);
      for (const table of ['resource', 'resource_history']) {
        for (const column of ['owner_references', 'secure']) await db.schema.alterTable(table).addColumn(column, longtext).execute();
      }
    },
  },
];

function objectTable(db: MigrationHandle, name: DatabaseName, table: string) {
  const t = columns(name);
  return db.schema.createTable(table)
    .addColumn('id', ...t.id)
    .addColumn('resource_version', t.bigint, (c) => c.notNull())
    .addColumn('group', t.varchar(120), (c) => c.notNull())
    .addColumn('resource', t.varchar(120), (c) => c.notNull())
    .addColumn('namespace', t.varchar(63), (c) => c.notNull())
    .addColumn('name', t.varchar(253), (c) => c.notNull())
    .addColumn('folder', t.varchar(253), (c) => c.notNull())
    .addColumn('previous_resource_version', t.bigint, (c) => c.notNull())
    // 1 created, 2 updated, 3 deleted
    .addColumn('action', t.int, (c) => c.notNull())
    .addColumn('generation', t.bigint, (c) => c.notNull())
    .addColumn('uid', t.varchar(64), (c) => c.notNull())
    .addColumn('legacy_id', t.bigint, (c) => c.notNull())
    .addColumn('api_version', t.varchar(63), (c) => c.notNull())
    .addColumn('title', t.text, (c) => c.notNull())
    .addColumn('created', t.datetime, (c) => c.notNull())
    .addColumn('updated', t.datetime, (c) => c.notNull())
    .addColumn('created_by', t.varchar(253), (c) => c.notNull())
    .addColumn('updated_by', t.varchar(253), (c) => c.notNull())
    .addColumn('deletion_timestamp', t.datetime, (c) => c.notNull())
    // JSON, '' for none
    .addColumn('label_set', t.longtext, (c) => c.notNull())
    .addColumn('annotations', t.longtext, (c) => c.notNull())
    .addColumn('finalizers', t.longtext, (c) => c.notNull())
    .addColumn('managed_fields', t.longtext, (c) => c.notNull())
    .addColumn('status', t.longtext, (c) => c.notNull());
}

const index = (db: MigrationHandle, table: string, name: string, on: string[]) =>
  db.schema.createIndex(`idx_${table}_${name}`).on(table).columns(on).execute();
