/** What administrators have of the server: settings, counts, keys, bundles, telemetry. Apart from `graph.ts` because nothing else needs any of it. */
import type { Registry } from 'prom-client';
import type { Clock } from '../infra/clock.ts';
import type { Database } from '../infra/db/database.ts';
import type { KeyValueStore } from '../infra/kvstore/kvstore.ts';
import type { Logger } from '../infra/log/log.ts';
import { createServerMetrics } from '../infra/metrics/server-metrics.ts';
import type { Secrets } from '../infra/secrets/secrets.ts';
import type { BackgroundService } from '../registry/background-service.ts';
import { adminRoutes } from '../services/operations/admin/admin-api.ts';
import { createAdminService } from '../services/operations/admin/admin-service.ts';
import { type EffectiveSettings, effectiveSettings } from '../services/operations/admin/effective-settings.ts';
import { createStatGauges } from '../services/operations/admin/stat-gauges.ts';
import { usageReport } from '../services/operations/admin/usage-report.ts';
import { cloudMigrationRoutes } from '../services/operations/cloudmigration/cloud-migration-api.ts';
import { encryptionRoutes } from '../services/operations/encryption/encryption-api.ts';
import { createEncryptionService } from '../services/operations/encryption/encryption-service.ts';
import { collectors } from '../services/operations/support/collectors.ts';
import { supportBundleRoutes } from '../services/operations/support/support-bundle-api.ts';
import { createSupportBundleService } from '../services/operations/support/support-bundle-service.ts';
import { frontendTelemetryRoutes } from '../services/operations/telemetry/frontend-telemetry-api.ts';
import type { Settings } from '../setting/settings.ts';
import type { StoredCounts } from '../storage/stored-counts.ts';
import type { Routes } from '../web/route.ts';
import { migrations } from './migrations.ts';
import { secretColumns } from './secret-columns.ts';

export interface OperationsDeps {
  readonly settings: Settings;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly kv: KeyValueStore;
  readonly secrets: Secrets;
  readonly routes: Routes;
  readonly backgroundServices: BackgroundService[];
  readonly plugins: () => readonly { readonly id: string; readonly type: 'app' | 'datasource' | 'panel'; readonly version: string }[];
  /** Different tags of all dashboards. */
  readonly countTags: () => number | Promise<number>;
  /** Dashboards, folders and the like. */
  readonly countContent: () => Promise<StoredCounts>;
}

export function buildOperations({ settings, db, clock, log, metrics, kv, secrets, routes, backgroundServices, plugins, countTags, countContent }: OperationsDeps): void {
  const { ini } = settings;
  createServerMetrics({ registry: metrics, ini, toggles: settings.toggles, db });
  const browsers = ini.section('log.frontend');
  frontendTelemetryRoutes(routes, {
    registry: metrics, clock, limit: { perSecond: browsers.number('log_endpoint_requests_per_second_limit', 3), burst: browsers.int('log_endpoint_burst_limit', 15) },
    ...(browsers.bool('enabled') && { log: log.child('frontend') }),
  });

  const admin = createAdminService({ db, clock, countTags, countContent });
  let shown: EffectiveSettings | undefined;
  const effective = () => (shown ??= effectiveSettings(settings));
  const report = () => usageReport({
    kv, counts: () => admin.counts(), packaging: 'unknown',
    plugins: () => {
      const installed = { app: 0, datasource: 0, panel: 0 };
      for (const { type } of plugins()) installed[type]++;
      return installed;
    },
    signIn: Object.fromEntries(['anonymous', 'basic', 'proxy', 'jwt', 'ldap', 'github', 'gitlab', 'google', 'azuread', 'okta', 'generic_oauth'].map((name) => [
      name === 'basic' ? 'basic_auth' : name === 'proxy' ? 'auth_proxy' : name, ini.section(`auth.${name}`).bool('enabled'),
    ])),
  });
  adminRoutes(routes, { admin, settings: effective, report });
  if (!ini.section('metrics').bool('disable_total_stats')) {
    const intervalSeconds = Math.max(1, ini.section('metrics').int('total_stats_collector_interval_seconds', 1800));
    backgroundServices.push(createStatGauges({ registry: metrics, admin, log: log.child('infra.usagestats.collector'), intervalSeconds }));
  }

  const encryption = createEncryptionService({
    db, log: log.child('encryption'), secrets, secretKey: settings.security.secretKey,
    columns: secretColumns,
  });
  if (settings.ini.section('cloud_migration').bool('enabled', true)) cloudMigrationRoutes(routes);
  encryptionRoutes(routes, { encryption, userFacingError: settings.server.userFacingError });

  if (ini.section('support_bundles').bool('enabled', true)) {
    const bundles = createSupportBundleService({
      kv, clock, log: log.child('supportbundle.service'),
      collectors: collectors({ settings, effective, counts: () => admin.counts(), report, migrations: async () => migrations.map(({ id }) => id), plugins, users: () => admin.people(10_000) }),
    });
    supportBundleRoutes(routes, { bundles, subPath: settings.server.subUrl });
    backgroundServices.push(bundles.cleanup);
  }
}
