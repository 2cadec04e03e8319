import { columns } from '../../infra/db/columns.ts';
import type { Migration } from '../../infra/db/database.ts';

export const pluginSettingMigrations: readonly Migration[] = [
  {
    id: 'plugins-0001-settings',
    async up(db, name) {
      const types = columns(name);
      await db.schema.createTable('plugin_setting')
        .addColumn('id', ...types.id)
        .addColumn('org_id', types.bigint, (c) => c.notNull())
        .addColumn('plugin_id', types.varchar(190), (c) => c.notNull())
        .addColumn('enabled', types.bool, (c) => c.notNull())
        .addColumn('pinned', types.bool, (c) => c.notNull())
        .addColumn('json_data', types.longtext, (c) => c.notNull())
        // One encrypted JSON object of all secrets, and in the open the sorted list of keys that are not empty.
        .addColumn('secure_json_data', types.longtext, (c) => c.notNull())
        .addColumn('secure_json_keys', types.text, (c) => c.notNull())
        .addColumn('plugin_version', types.varchar(50), (c) => c.notNull())
        .addColumn('created', types.datetime, (c) => c.notNull())
        .addColumn('updated', types.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_plugin_setting_org_plugin').unique().on('plugin_setting').columns(['org_id', 'plugin_id']).execute();
    },
  },
];
