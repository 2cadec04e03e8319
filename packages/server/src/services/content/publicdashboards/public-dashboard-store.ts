import type { Database, Migration } from '../../../infra/db/database.ts';
import { columns } from '../../../infra/db/columns.ts';
import type { PublicDashboard } from './public-dashboard.ts';

interface Row {
  uid: string;
  org_id: number;
  dashboard_uid: string;
  access_token: string;
  time_selection_enabled: boolean | number;
  is_enabled: boolean | number;
  annotations_enabled: boolean | number;
  share: string;
  created_by: number;
  created_at: number;
  updated_by: number;
  updated_at: number;
}

interface PublicDashboardTables {
  dashboard_public: Row;
}

export const publicDashboardMigrations: readonly Migration[] = [{
  id: 'public-dashboard-0001-table',
  async up(db, name) {
    const types = columns(name);
    await db.schema.createTable('dashboard_public')
      .addColumn('uid', types.varchar(40), (c) => c.primaryKey()).addColumn('org_id', types.bigint, (c) => c.notNull())
      .addColumn('dashboard_uid', types.varchar(40), (c) => c.notNull()).addColumn('access_token', types.varchar(64), (c) => c.notNull())
      .addColumn('time_selection_enabled', types.bool, (c) => c.notNull()).addColumn('is_enabled', types.bool, (c) => c.notNull())
      .addColumn('annotations_enabled', types.bool, (c) => c.notNull()).addColumn('share', types.varchar(64), (c) => c.notNull())
      .addColumn('created_by', types.bigint, (c) => c.notNull()).addColumn('created_at', types.datetime, (c) => c.notNull())
      .addColumn('updated_by', types.bigint, (c) => c.notNull()).addColumn('updated_at', types.datetime, (c) => c.notNull()).execute();
    await db.schema.createIndex('dashboard_public_token').on('dashboard_public').column('access_token').unique().execute();
    await db.schema.createIndex('dashboard_public_dashboard').on('dashboard_public').columns(['org_id', 'dashboard_uid']).unique().execute();
  },
}];

export interface PublicDashboardStore {
  find(by: 'uid' | 'access_token', value: string): Promise<PublicDashboard | undefined>;
  ofDashboard(orgId: number, dashboardUid: string): Promise<PublicDashboard | undefined>;
  list(orgId: number): Promise<readonly PublicDashboard[]>;
  insert(dashboard: PublicDashboard): Promise<void>;
  update(dashboard: PublicDashboard): Promise<void>;
  delete(orgId: number, dashboardUid: string): Promise<void>;
}

const fromRow = (row: Row): PublicDashboard => ({
  uid: row.uid, orgId: row.org_id, dashboardUid: row.dashboard_uid, accessToken: row.access_token, timeSelectionEnabled: Boolean(row.time_selection_enabled),
  isEnabled: Boolean(row.is_enabled), annotationsEnabled: Boolean(row.annotations_enabled), share: row.share, createdBy: row.created_by, createdAt: row.created_at,
  updatedBy: row.updated_by, updatedAt: row.updated_at,
});

/** SQLite binds no booleans. */
const toRow = (d: PublicDashboard, bool: (value: boolean) => boolean | number): Row => ({
  uid: d.uid, org_id: d.orgId, dashboard_uid: d.dashboardUid, access_token: d.accessToken, time_selection_enabled: bool(d.timeSelectionEnabled),
  is_enabled: bool(d.isEnabled), annotations_enabled: bool(d.annotationsEnabled), share: d.share, created_by: d.createdBy, created_at: d.createdAt,
  updated_by: d.updatedBy, updated_at: d.updatedAt,
});

export function createPublicDashboardStore(db: Database): PublicDashboardStore {
  const q = () => db.tables<PublicDashboardTables>();
  const bool = (value: boolean) => (db.name === 'sqlite' ? Number(value) : value);
  return {
    async find(by, value) {
      const row = await q().selectFrom('dashboard_public').selectAll().where(by, '=', value).executeTakeFirst();
      return row && fromRow(row);
    },
    async ofDashboard(orgId, dashboardUid) {
      const row = await q().selectFrom('dashboard_public').selectAll().where('org_id', '=', orgId).where('dashboard_uid', '=', dashboardUid).executeTakeFirst();
      return row && fromRow(row);
    },
    async list(orgId) {
      return (await q().selectFrom('dashboard_public').selectAll().where('org_id', '=', orgId).execute()).map(fromRow);
    },
    async insert(dashboard) {
      await q().insertInto('dashboard_public').values(toRow(dashboard, bool)).execute();
    },
    async update(dashboard) {
      await q().updateTable('dashboard_public').set(toRow(dashboard, bool)).where('uid', '=', dashboard.uid).execute();
    },
    async delete(orgId, dashboardUid) {
      await q().deleteFrom('dashboard_public').where('org_id', '=', orgId).where('dashboard_uid', '=', dashboardUid).execute();
    },
  };
}
