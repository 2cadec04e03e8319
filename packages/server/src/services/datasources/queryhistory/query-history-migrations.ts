import { columns } from '../../../infra/db/columns.ts';
import type { Migration } from '../../../infra/db/database.ts';

export const queryHistoryMigrations: readonly Migration[] = [
  {
    id: 'query-history-0001-tables',
    async up(db, name) {
      const types = columns(name);
      await db.schema.createTable('query_history')
        .addColumn('id', ...types.id)
        .addColumn('uid', types.varchar(40), (c) => c.notNull())
        .addColumn('org_id', types.bigint, (c) => c.notNull())
        .addColumn('datasource_uid', types.varchar(40), (c) => c.notNull())
        .addColumn('created_by', types.bigint, (c) => c.notNull())
        .addColumn('created_at', types.bigint, (c) => c.notNull())
        .addColumn('comment', types.longtext, (c) => c.notNull())
        .addColumn('queries', types.longtext, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_query_history_uid').unique().on('query_history').columns(['org_id', 'uid']).execute();
      await db.schema.createIndex('ix_query_history_owner').on('query_history').columns(['org_id', 'created_by', 'created_at']).execute();
      await db.schema.createTable('query_history_details')
        .addColumn('query_history_item_uid', types.varchar(40), (c) => c.notNull())
        .addColumn('datasource_uid', types.varchar(40), (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_query_history_details').unique().on('query_history_details').columns(['query_history_item_uid', 'datasource_uid']).execute();
      await db.schema.createTable('query_history_star')
        .addColumn('query_uid', types.varchar(40), (c) => c.notNull())
        .addColumn('user_id', types.bigint, (c) => c.notNull())
        .addColumn('org_id', types.bigint, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_query_history_star').unique().on('query_history_star').columns(['org_id', 'user_id', 'query_uid']).execute();
    },
  },
];
