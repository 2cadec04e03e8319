/** Tables of users, sessions, tokens, teams and permissions (identity-and-access §2), named as in the reference so that its data can be taken over. */
import { columns } from '../../infra/db/columns.ts';
import type { Migration } from '../../infra/db/database.ts';

export const identityMigrations: readonly Migration[] = [
  {
    id: 'identity-0001-users',
    async up(db, name) {
      const t = columns(name);
      await db.schema.createTable('user')
        .addColumn('id', ...t.id)
        .addColumn('uid', t.varchar(40), (c) => c.notNull())
        .addColumn('login', t.varchar(190), (c) => c.notNull())
        .addColumn('email', t.varchar(190), (c) => c.notNull())
        .addColumn('name', t.varchar(255), (c) => c.notNull())
        .addColumn('password', t.varchar(255), (c) => c.notNull())
        .addColumn('salt', t.varchar(50), (c) => c.notNull())
        .addColumn('rands', t.varchar(50), (c) => c.notNull())
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('is_admin', t.bool, (c) => c.notNull())
        .addColumn('is_disabled', t.bool, (c) => c.notNull())
        .addColumn('is_service_account', t.bool, (c) => c.notNull())
        .addColumn('is_provisioned', t.bool, (c) => c.notNull())
        .addColumn('email_verified', t.bool, (c) => c.notNull())
        .addColumn('theme', t.varchar(255), (c) => c.notNull())
        .addColumn('help_flags1', t.bigint, (c) => c.notNull())
        .addColumn('last_seen_at', t.datetime, (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('updated', t.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_user_login').unique().on('user').column('login').execute();
      await db.schema.createIndex('ux_user_email').unique().on('user').column('email').execute();
      await db.schema.createIndex('ux_user_uid').unique().on('user').column('uid').execute();

      await db.schema.createTable('user_auth')
        .addColumn('id', ...t.id)
        .addColumn('user_id', t.bigint, (c) => c.notNull())
        .addColumn('auth_module', t.varchar(190), (c) => c.notNull())
        .addColumn('auth_id', t.varchar(190), (c) => c.notNull())
        .addColumn('external_uid', t.varchar(255), (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ix_user_auth_module_id').on('user_auth').columns(['auth_module', 'auth_id']).execute();
      await db.schema.createIndex('ix_user_auth_user').on('user_auth').column('user_id').execute();

      await db.schema.createTable('login_attempt')
        .addColumn('id', ...t.id)
        .addColumn('username', t.varchar(190), (c) => c.notNull())
        .addColumn('ip_address', t.varchar(50), (c) => c.notNull())
        .addColumn('created', t.bigint, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ix_login_attempt_username').on('login_attempt').column('username').execute();
    },
  },
  {
    id: 'identity-0002-sessions',
    async up(db, name) {
      const t = columns(name);
      await db.schema.createTable('user_auth_token')
        .addColumn('id', ...t.id)
        .addColumn('user_id', t.bigint, (c) => c.notNull())
        .addColumn('auth_token', t.varchar(100), (c) => c.notNull())
        .addColumn('prev_auth_token', t.varchar(100), (c) => c.notNull())
        .addColumn('user_agent', t.varchar(255), (c) => c.notNull())
        .addColumn('client_ip', t.varchar(255), (c) => c.notNull())
        .addColumn('auth_token_seen', t.bool, (c) => c.notNull())
        .addColumn('seen_at', t.bigint, (c) => c.notNull())
        .addColumn('rotated_at', t.bigint, (c) => c.notNull())
        .addColumn('created_at', t.bigint, (c) => c.notNull())
        .addColumn('updated_at', t.bigint, (c) => c.notNull())
        .addColumn('revoked_at', t.bigint, (c) => c.notNull())
        .addColumn('external_session_id', t.bigint, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_user_auth_token_token').unique().on('user_auth_token').column('auth_token').execute();
      await db.schema.createIndex('ux_user_auth_token_prev').unique().on('user_auth_token').column('prev_auth_token').execute();
      await db.schema.createIndex('ix_user_auth_token_user').on('user_auth_token').column('user_id').execute();

      await db.schema.createTable('user_external_session')
        .addColumn('id', ...t.id)
        .addColumn('user_id', t.bigint, (c) => c.notNull())
        .addColumn('user_auth_id', t.bigint, (c) => c.notNull())
        .addColumn('auth_module', t.varchar(190), (c) => c.notNull())
        .addColumn('access_token', t.longtext, (c) => c.notNull())
        .addColumn('id_token', t.longtext, (c) => c.notNull())
        .addColumn('refresh_token', t.longtext, (c) => c.notNull())
        .addColumn('session_id', t.text, (c) => c.notNull())
        .addColumn('session_id_hash', t.varchar(44), (c) => c.notNull())
        .addColumn('name_id', t.text, (c) => c.notNull())
        .addColumn('name_id_hash', t.varchar(44), (c) => c.notNull())
        .addColumn('expires_at', t.datetime, (c) => c.notNull())
        .addColumn('created_at', t.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ix_user_external_session_user').on('user_external_session').column('user_id').execute();

      await db.schema.createTable('api_key')
        .addColumn('id', ...t.id)
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('name', t.varchar(190), (c) => c.notNull())
        .addColumn('key', t.varchar(190), (c) => c.notNull())
        .addColumn('role', t.varchar(255), (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('updated', t.datetime, (c) => c.notNull())
        .addColumn('expires', t.bigint)
        .addColumn('service_account_id', t.bigint)
        .addColumn('last_used_at', t.datetime)
        .addColumn('is_revoked', t.bool, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_api_key_key').unique().on('api_key').column('key').execute();
      await db.schema.createIndex('ux_api_key_org_name').unique().on('api_key').columns(['org_id', 'name']).execute();
      await db.schema.createIndex('ix_api_key_account').on('api_key').column('service_account_id').execute();

      await db.schema.createTable('signing_key')
        .addColumn('id', ...t.id)
        .addColumn('key_id', t.varchar(190), (c) => c.notNull())
        .addColumn('private_key', t.longtext, (c) => c.notNull())
        .addColumn('added_at', t.datetime, (c) => c.notNull())
        .addColumn('expires_at', t.datetime)
        .addColumn('alg', t.varchar(255), (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_signing_key_id').unique().on('signing_key').column('key_id').execute();

      await db.schema.createTable('anon_device')
        .addColumn('id', ...t.id)
        .addColumn('device_id', t.varchar(127), (c) => c.notNull())
        .addColumn('client_ip', t.varchar(255), (c) => c.notNull())
        .addColumn('user_agent', t.varchar(255), (c) => c.notNull())
        .addColumn('created_at', t.datetime, (c) => c.notNull())
        .addColumn('updated_at', t.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_anon_device_id').unique().on('anon_device').column('device_id').execute();
      await db.schema.createIndex('ix_anon_device_updated').on('anon_device').column('updated_at').execute();

      await db.schema.createTable('sso_setting')
        .addColumn('id', t.varchar(40), (c) => c.primaryKey())
        .addColumn('provider', t.varchar(190), (c) => c.notNull())
        .addColumn('settings', t.longtext, (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('updated', t.datetime, (c) => c.notNull())
        .addColumn('is_deleted', t.bool, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_sso_setting_provider').unique().on('sso_setting').column('provider').execute();
    },
  },
  {
    id: 'identity-0003-teams-and-permissions',
    async up(db, name) {
      const t = columns(name);
      await db.schema.createTable('team')
        .addColumn('id', ...t.id)
        .addColumn('uid', t.varchar(40), (c) => c.notNull())
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('name', t.varchar(190), (c) => c.notNull())
        .addColumn('email', t.varchar(190), (c) => c.notNull())
        .addColumn('external_uid', t.varchar(255), (c) => c.notNull())
        .addColumn('is_provisioned', t.bool, (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('updated', t.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_team_org_name').unique().on('team').columns(['org_id', 'name']).execute();
      await db.schema.createIndex('ux_team_org_uid').unique().on('team').columns(['org_id', 'uid']).execute();
      await db.schema.createTable('team_member')
        .addColumn('id', ...t.id)
        .addColumn('uid', t.varchar(40), (c) => c.notNull())
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('team_id', t.bigint, (c) => c.notNull())
        .addColumn('user_id', t.bigint, (c) => c.notNull())
        .addColumn('external', t.bool, (c) => c.notNull())
        .addColumn('permission', t.int, (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('updated', t.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_team_member').unique().on('team_member').columns(['org_id', 'team_id', 'user_id']).execute();
      await db.schema.createIndex('ix_team_member_user').on('team_member').columns(['user_id', 'org_id']).execute();

      await db.schema.createTable('role')
        .addColumn('id', ...t.id)
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('name', t.varchar(190), (c) => c.notNull())
        .addColumn('uid', t.varchar(40), (c) => c.notNull())
        .addColumn('version', t.bigint, (c) => c.notNull())
        .addColumn('display_name', t.varchar(190), (c) => c.notNull())
        .addColumn('description', t.text, (c) => c.notNull())
        .addColumn('group_name', t.varchar(190), (c) => c.notNull())
        .addColumn('hidden', t.bool, (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('updated', t.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ux_role_org_name').unique().on('role').columns(['org_id', 'name']).execute();
      await db.schema.createIndex('ux_role_uid').unique().on('role').column('uid').execute();
      await db.schema.createTable('permission')
        .addColumn('id', ...t.id)
        .addColumn('role_id', t.bigint, (c) => c.notNull())
        .addColumn('action', t.varchar(190), (c) => c.notNull())
        .addColumn('scope', t.varchar(190), (c) => c.notNull())
        .addColumn('kind', t.varchar(40), (c) => c.notNull())
        .addColumn('attribute', t.varchar(40), (c) => c.notNull())
        .addColumn('identifier', t.varchar(190), (c) => c.notNull())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('updated', t.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ix_permission_scope').on('permission').column('scope').execute();
      await db.schema.createIndex('ux_permission_role_scope_action').unique().on('permission').columns(['role_id', 'scope', 'action']).execute();
      for (const [table, subject, type] of [['user_role', 'user_id', t.bigint], ['team_role', 'team_id', t.bigint], ['builtin_role', 'role', t.varchar(40)]] as const) {
        await db.schema.createTable(table)
          .addColumn('id', ...t.id)
          .addColumn('org_id', t.bigint, (c) => c.notNull())
          .addColumn(subject, type, (c) => c.notNull())
          .addColumn('role_id', t.bigint, (c) => c.notNull())
          .addColumn('created', t.datetime, (c) => c.notNull())
          .execute();
        await db.schema.createIndex(`ux_${table}`).unique().on(table).columns(['org_id', subject, 'role_id']).execute();
        await db.schema.createIndex(`ix_${table}_role`).on(table).column('role_id').execute();
      }
      // One row that grows with every change of users, members and grants: how the other processes learn that what they remember is old.
      await db.schema.createTable('identity_epoch')
        .addColumn('id', t.int, (c) => c.primaryKey())
        .addColumn('value', t.bigint, (c) => c.notNull())
        .execute();
      await db.insertInto('identity_epoch').values({ id: 1, value: 1 }).execute();
    },
  },
];
