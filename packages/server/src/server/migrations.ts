/** Every migration, in the order in which an empty database gets them. Each domain adds its own line at the end. */
import { searchRingMigrations } from '../modules/search-ring.ts';
import { storageClientMigrations } from '../apiserver/storage-client/secure-vault.ts';
import { storageServerMigrations } from '../apiserver/storage-server/value-store.ts';
import type { Migration } from '../infra/db/database.ts';
import { kvstoreMigrations } from '../infra/kvstore/kvstore.ts';
import { remoteCacheMigrations } from '../infra/remotecache/database-cache.ts';
import { secretsMigrations } from '../infra/secrets/secrets.ts';
import { serverLockMigrations } from '../infra/serverlock/serverlock.ts';
import { annotationMigrations } from '../services/content/annotations/annotation-store.ts';
import { alertmanagerMigrations } from '../services/alerting/alertmanager/config-store.ts';
import { ruleMigrations } from '../services/alerting/rules/rule-migrations.ts';
import { shardMigrations } from '../services/alerting/scheduler/shard-leases.ts';
import { stateMigrations } from '../services/alerting/state/state-store.ts';
import { libraryMigrations } from '../services/content/library/library-store.ts';
import { publicDashboardMigrations } from '../services/content/publicdashboards/public-dashboard-store.ts';
import { shortUrlMigrations } from '../services/content/shorturls/short-url-store.ts';
import { snapshotMigrations } from '../services/content/snapshots/snapshot-store.ts';
import { starMigrations } from '../services/content/stars/star-store.ts';
import { identityMigrations } from '../services/identity/identity-migrations.ts';
import { tenancyMigrations } from '../services/tenancy/tenancy-migrations.ts';
import { correlationMigrations } from '../services/datasources/correlations/correlation-migrations.ts';
import { queryHistoryMigrations } from '../services/datasources/queryhistory/query-history-migrations.ts';
import { dataSourceMigrations } from '../services/datasources/records/data-source-migrations.ts';
import { pluginSettingMigrations } from '../services/plugins/plugin-settings-migrations.ts';
import { resourceMigrations } from '../storage/resource-migrations.ts';

export const migrations: readonly Migration[] = [
  ...kvstoreMigrations,
  ...serverLockMigrations,
  ...remoteCacheMigrations,
  ...resourceMigrations,
  ...secretsMigrations,
  ...identityMigrations,
  ...tenancyMigrations,
  ...dataSourceMigrations,
  ...correlationMigrations,
  ...queryHistoryMigrations,
  ...starMigrations,
  ...libraryMigrations,
  ...annotationMigrations,
  ...shortUrlMigrations,
  ...snapshotMigrations,
  ...publicDashboardMigrations,
  ...pluginSettingMigrations,
  ...ruleMigrations,
  ...stateMigrations,
  ...alertmanagerMigrations,
  ...shardMigrations,
  ...storageServerMigrations,
  ...storageClientMigrations,
  ...searchRingMigrations,
];
