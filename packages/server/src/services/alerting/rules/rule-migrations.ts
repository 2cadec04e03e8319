import type { Migration } from '../../../infra/db/database.ts';
import { columns } from '../../../infra/db/columns.ts';

export const ruleMigrations: readonly Migration[] = [
  {
    id: 'alerting-0001-rules',
    async up(db, name) {
      const t = columns(name);
      await db.schema.createTable('alert_rule')
        .addColumn('id', ...t.id)
        .addColumn('guid', t.varchar(36), (c) => c.notNull())
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('uid', t.varchar(40), (c) => c.notNull())
        .addColumn('title', t.varchar(190), (c) => c.notNull())
        .addColumn('namespace_uid', t.varchar(40), (c) => c.notNull())
        .addColumn('rule_group', t.varchar(190), (c) => c.notNull())
        .addColumn('rule_group_idx', t.int, (c) => c.notNull())
        .addColumn('interval_seconds', t.bigint, (c) => c.notNull())
        .addColumn('version', t.bigint, (c) => c.notNull())
        .addColumn('updated', t.datetime, (c) => c.notNull())
        .addColumn('updated_by', t.varchar(190), (c) => c.notNull())
        .addColumn('dashboard_uid', t.varchar(40), (c) => c.notNull())
        .addColumn('panel_id', t.bigint)
        .addColumn('is_paused', t.bool, (c) => c.notNull())
        .addColumn('spec', t.longtext, (c) => c.notNull())
        .addUniqueConstraint('uq_alert_rule_org_id_uid', ['org_id', 'uid'])
        .addUniqueConstraint('uq_alert_rule_guid', ['guid'])
        .execute();
      await db.schema.createIndex('ix_alert_rule_group').on('alert_rule').columns(['org_id', 'namespace_uid', 'rule_group']).execute();
      await db.schema.createIndex('ix_alert_rule_panel').on('alert_rule').columns(['org_id', 'dashboard_uid', 'panel_id']).execute();
      await db.schema.createTable('alert_rule_version')
        .addColumn('id', ...t.id)
        .addColumn('rule_org_id', t.bigint, (c) => c.notNull())
        .addColumn('rule_uid', t.varchar(40), (c) => c.notNull())
        .addColumn('rule_guid', t.varchar(36), (c) => c.notNull())
        .addColumn('rule_namespace_uid', t.varchar(40), (c) => c.notNull())
        .addColumn('rule_group', t.varchar(190), (c) => c.notNull())
        .addColumn('version', t.bigint, (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('created_by', t.varchar(190), (c) => c.notNull())
        .addColumn('message', t.text, (c) => c.notNull())
        .addColumn('spec', t.longtext, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ix_alert_rule_version_guid').on('alert_rule_version').columns(['rule_org_id', 'rule_guid']).execute();
      await db.schema.createIndex('ix_alert_rule_version_trash').on('alert_rule_version').columns(['rule_uid', 'rule_org_id', 'created']).execute();
      await db.schema.createTable('provenance_type')
        .addColumn('id', ...t.id)
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('record_key', t.varchar(190), (c) => c.notNull())
        .addColumn('record_type', t.varchar(190), (c) => c.notNull())
        .addColumn('provenance', t.varchar(190), (c) => c.notNull())
        .addUniqueConstraint('uq_provenance_type', ['record_type', 'record_key', 'org_id'])
        .execute();
    },
  },
  {
    id: 'alerting-0005-long-groups',
    // The group of a rule that has none has a name of 200 characters; SQLite minds no lengths.
    async up(db, name) {
      if (name === 'sqlite') return;
      const longer = columns(name).varchar(200);
      for (const table of ['alert_rule', 'alert_rule_version']) {
        const change = db.schema.alterTable(table);
        await (name === 'postgres' ? change.alterColumn('rule_group', (c) => c.setDataType(longer)) : change.modifyColumn('rule_group', longer, (c) => c.notNull())).execute();
      }
    },
  },
];
