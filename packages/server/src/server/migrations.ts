/** Every migration, in the order in which an empty database gets them. Each domain adds its own line at the end. */
import type { Migration } from '../infra/db/database.ts';
import { kvstoreMigrations } from '../infra/kvstore/kvstore.ts';
import { remoteCacheMigrations } from '../infra/remotecache/database-cache.ts';
import { secretsMigrations } from '../infra/secrets/secrets.ts';
import { serverLockMigrations } from '../infra/serverlock/serverlock.ts';
import { identityMigrations } from '../services/identity/identity-migrations.ts';
import { tenancyMigrations } from '../services/tenancy/tenancy-migrations.ts';
import { dataSourceMigrations } from '../services/datasources/records/data-source-migrations.ts';
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
];
