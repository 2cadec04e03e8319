/** Dashboards, annotations, snapshots and what else is content (dashboards-and-content §19). */
import type { Ini } from './ini.ts';

export interface AnnotationCleanup {
  /** 0: keep. */
  readonly maxAgeMs: number;
  /** Newest ones kept at most; 0: all. */
  readonly maxCount: number;
}

export interface ContentSettings {
  readonly minRefreshMs: number;
  readonly versionsToKeep: number;
  readonly defaultHomePath: string;
  readonly homePage: string;
  readonly viewersCanEdit: boolean;
  readonly hiddenUsers: readonly string[];
  /** Kinds whose creator and basic roles get managed permissions when one is made. */
  readonly managedPermissionsOnCreation: readonly string[];
  readonly snapshots: { readonly enabled: boolean; readonly externalEnabled: boolean; readonly externalUrl: string; readonly externalName: string; readonly publicMode: boolean };
  readonly publicDashboardsEnabled: boolean;
  readonly shortLinkExpireDays: number;
  readonly annotations: {
    readonly tagsLengthMax: number; readonly batchSize: number;
    readonly alert: AnnotationCleanup; readonly dashboard: AnnotationCleanup; readonly api: AnnotationCleanup;
  };
  readonly schemaMigrationCacheMs: number;
}

export function readContentSettings(ini: Ini): ContentSettings {
  const dashboards = ini.section('dashboards');
  const users = ini.section('users');
  const snapshots = ini.section('snapshots');
  const annotations = ini.section('annotations');
  const cleanup = (name: string): AnnotationCleanup => {
    const section = ini.section(name);
    return { maxAgeMs: section.duration('max_age', 0), maxCount: section.int('max_annotations_to_keep', 0) };
  };
  return {
    minRefreshMs: dashboards.duration('min_refresh_interval', 5_000),
    versionsToKeep: Math.max(1, dashboards.int('versions_to_keep', 20)),
    defaultHomePath: dashboards.string('default_home_dashboard_path'),
    homePage: users.string('home_page'),
    viewersCanEdit: users.bool('viewers_can_edit'),
    hiddenUsers: users.list('hidden_users'),
    managedPermissionsOnCreation: ini.section('rbac').list('resources_with_managed_permissions_on_creation', ['dashboard', 'folder', 'service-account', 'datasource']),
    snapshots: {
      enabled: snapshots.bool('enabled', true), externalEnabled: snapshots.bool('external_enabled', true), externalUrl: snapshots.string('external_snapshot_url'),
      externalName: snapshots.string('external_snapshot_name'), publicMode: snapshots.bool('public_mode'),
    },
    publicDashboardsEnabled: ini.section('public_dashboards').bool('enabled', true),
    shortLinkExpireDays: Math.min(365, ini.section('short_links').int('expire_time', -1)),
    annotations: {
      tagsLengthMax: Math.min(4_096, Math.max(500, annotations.int('tags_length', 500))), batchSize: Math.max(1, annotations.int('cleanupjob_batchsize', 100)),
      alert: cleanup('unified_alerting.state_history.annotations'), dashboard: cleanup('annotations.dashboard'), api: cleanup('annotations.api'),
    },
    schemaMigrationCacheMs: dashboards.duration('schema_migration_cache_ttl', 60_000),
  };
}
