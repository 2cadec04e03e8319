import { columns } from '../../../infra/db/columns.ts';
import type { Migration } from '../../../infra/db/database.ts';

export const correlationMigrations: readonly Migration[] = [
  {
    id: 'correlations-0001-table',
    async up(db, name) {
      const types = columns(name);
      await db.schema.createTable('correlation')
        .addColumn('id', ...types.id)
        .addColumn('uid', types.varchar(40), (c) => c.notNull())
        .addColumn('org_id', types.bigint, (c) => c.notNull())
        .addColumn('source_uid', types.varchar(40), (c) => c.notNull())
        .addColumn('target_uid', types.varchar(40))
        .addColumn('label', types.text, (c) => c.notNull())
        .addColumn('description', types.text, (c) => c.notNull())
        .addColumn('config', types.longtext, (c) => c.notNull())
        .addColumn('provisioned', types.bool, (c) => c.notNull())
        .addColumn('type', types.varchar(40), (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_correlation_key').unique().on('correlation').columns(['org_id', 'source_uid', 'uid']).execute();
    },
  },
];
