import { columns } from '../../../infra/db/columns.ts';
import type { Migration } from '../../../infra/db/database.ts';

export const dataSourceMigrations: readonly Migration[] = [
  {
    id: 'datasources-0001-records',
    async up(db, name) {
      const types = columns(name);
      await db.schema.createTable('data_source')
        .addColumn('id', ...types.id)
        .addColumn('org_id', types.bigint, (c) => c.notNull())
        .addColumn('uid', types.varchar(40), (c) => c.notNull())
        .addColumn('name', types.varchar(190), (c) => c.notNull())
        .addColumn('version', types.int, (c) => c.notNull())
        .addColumn('type', types.varchar(255), (c) => c.notNull())
        .addColumn('access', types.varchar(255), (c) => c.notNull())
        .addColumn('url', types.varchar(255), (c) => c.notNull())
        .addColumn('user', types.varchar(255), (c) => c.notNull())
        .addColumn('database', types.varchar(255), (c) => c.notNull())
        .addColumn('basic_auth', types.bool, (c) => c.notNull())
        .addColumn('basic_auth_user', types.varchar(255), (c) => c.notNull())
        .addColumn('with_credentials', types.bool, (c) => c.notNull())
        .addColumn('is_default', types.bool, (c) => c.notNull())
        .addColumn('json_data', types.longtext, (c) => c.notNull())
        // One encrypted JSON object of all secrets, and in the open the sorted list of keys that are not empty.
        .addColumn('secure_json_data', types.longtext, (c) => c.notNull())
        .addColumn('secure_json_keys', types.text, (c) => c.notNull())
        .addColumn('read_only', types.bool, (c) => c.notNull())
        .addColumn('is_prunable', types.bool, (c) => c.notNull())
        .addColumn('api_version', types.varchar(20), (c) => c.notNull())
        .addColumn('created', types.datetime, (c) => c.notNull())
        .addColumn('updated', types.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_data_source_org_uid').unique().on('data_source').columns(['org_id', 'uid']).execute();
      await db.schema.createIndex('ux_data_source_org_name').unique().on('data_source').columns(['org_id', 'name']).execute();
    },
  },
];
