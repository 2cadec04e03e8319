/** Tables of organisations, invitations, quotas and preferences (identity-and-access §2). */
import { columns } from '../../infra/db/columns.ts';
import type { Migration } from '../../infra/db/database.ts';

export const tenancyMigrations: readonly Migration[] = [
  {
    id: 'tenancy-0001-tables',
    async up(db, name) {
      const t = columns(name);
      await db.schema.createTable('org')
        .addColumn('id', ...t.id)
        .addColumn('version', t.int, (c) => c.notNull())
        .addColumn('name', t.varchar(190), (c) => c.notNull())
        .addColumn('address1', t.varchar(255), (c) => c.notNull())
        .addColumn('address2', t.varchar(255), (c) => c.notNull())
        .addColumn('city', t.varchar(255), (c) => c.notNull())
        .addColumn('state', t.varchar(255), (c) => c.notNull())
        .addColumn('zip_code', t.varchar(50), (c) => c.notNull())
        .addColumn('country', t.varchar(255), (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('updated', t.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_org_name').unique().on('org').column('name').execute();
      await db.schema.createTable('org_user')
        .addColumn('id', ...t.id)
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('user_id', t.bigint, (c) => c.notNull())
        .addColumn('role', t.varchar(20), (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('updated', t.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_org_user').unique().on('org_user').columns(['org_id', 'user_id']).execute();
      await db.schema.createIndex('ix_org_user_user').on('org_user').column('user_id').execute();
      await db.schema.createTable('temp_user')
        .addColumn('id', ...t.id)
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('version', t.int, (c) => c.notNull())
        .addColumn('email', t.varchar(190), (c) => c.notNull())
        .addColumn('name', t.varchar(255), (c) => c.notNull())
        .addColumn('role', t.varchar(20), (c) => c.notNull())
        .addColumn('code', t.varchar(190), (c) => c.notNull())
        .addColumn('status', t.varchar(20), (c) => c.notNull())
        .addColumn('invited_by_user_id', t.bigint, (c) => c.notNull())
        .addColumn('email_sent', t.bool, (c) => c.notNull())
        .addColumn('email_sent_on', t.datetime, (c) => c.notNull())
        .addColumn('remote_addr', t.varchar(255), (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('updated', t.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ix_temp_user_code').on('temp_user').column('code').execute();
      await db.schema.createIndex('ix_temp_user_email').on('temp_user').column('email').execute();
      await db.schema.createIndex('ix_temp_user_org').on('temp_user').columns(['org_id', 'status']).execute();
      await db.schema.createTable('quota')
        .addColumn('id', ...t.id)
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('user_id', t.bigint, (c) => c.notNull())
        .addColumn('target', t.varchar(190), (c) => c.notNull())
        .addColumn('limit', t.bigint, (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('updated', t.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_quota').unique().on('quota').columns(['org_id', 'user_id', 'target']).execute();
      await db.schema.createTable('preferences')
        .addColumn('id', ...t.id)
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('user_id', t.bigint, (c) => c.notNull())
        .addColumn('team_id', t.bigint, (c) => c.notNull())
        .addColumn('version', t.int, (c) => c.notNull())
        .addColumn('home_dashboard_uid', t.varchar(40), (c) => c.notNull())
        .addColumn('timezone', t.varchar(50), (c) => c.notNull())
        .addColumn('week_start', t.varchar(20), (c) => c.notNull())
        .addColumn('theme', t.varchar(50), (c) => c.notNull())
        .addColumn('json_data', t.text, (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('updated', t.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_preferences').unique().on('preferences').columns(['org_id', 'user_id', 'team_id']).execute();
    },
  },
];
