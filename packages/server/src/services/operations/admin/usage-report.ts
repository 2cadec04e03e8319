/** The usage report as the reference would send it (config-and-operations §10). Belvedere shows it and never sends it. */
import { randomUUID } from 'node:crypto';
import type { KeyValueStore } from '../../../infra/kvstore/kvstore.ts';
import { grafanaVersion } from '../../../util/version.ts';
import type { ServerCounts } from './admin.ts';

export interface UsageReport {
  readonly version: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly os: string;
  readonly arch: string;
  readonly edition: 'oss';
  readonly hasValidLicense: false;
  readonly packaging: string;
  readonly usageStatsId: string;
}

export interface UsageReportDeps {
  readonly kv: Pick<KeyValueStore, 'get' | 'set'>;
  readonly counts: () => Promise<ServerCounts>;
  /** Installed plugins by type. */
  readonly plugins: () => Readonly<Record<'app' | 'datasource' | 'panel', number>>;
  /** Which ways to sign in are on. */
  readonly signIn: Readonly<Record<string, boolean>>;
  readonly packaging: string;
}

export async function usageReport({ kv, counts, plugins, signIn, packaging }: UsageReportDeps): Promise<UsageReport> {
  const { stats, ...more } = await counts();
  const installed = plugins();
  const metrics: Record<string, number> = {
    'stats.dashboards.count': stats.dashboards, 'stats.users.count': stats.users, 'stats.admins.count': stats.admins, 'stats.editors.count': stats.editors,
    'stats.viewers.count': stats.viewers, 'stats.orgs.count': stats.orgs, 'stats.playlist.count': stats.playlists, 'stats.folders.count': more.folders,
    'stats.plugins.apps.count': installed.app, 'stats.plugins.panels.count': installed.panel, 'stats.plugins.datasources.count': installed.datasource,
    'stats.alerts.count': 0, 'stats.alert_rules.count': more.alertRules, 'stats.rule_groups.count': more.ruleGroups, 'stats.active_users.count': stats.activeUsers,
    'stats.active_admins.count': stats.activeAdmins, 'stats.active_editors.count': stats.activeEditors, 'stats.active_viewers.count': stats.activeViewers,
    'stats.active_sessions.count': stats.activeSessions, 'stats.daily_active_users.count': stats.dailyActiveUsers, 'stats.monthly_active_users.count': stats.monthlyActiveUsers,
    'stats.datasources.count': stats.datasources, 'stats.stars.count': stats.stars, 'stats.snapshots.count': stats.snapshots, 'stats.teams.count': more.teams,
    'stats.serviceaccounts.count': more.serviceAccounts, 'stats.annotations.count': more.annotations, 'stats.library_panels.count': more.libraryPanels,
    'stats.dashboard_versions.count': more.dashboardVersions, 'stats.total_auth_token.count': more.sessions, 'stats.valid_license.count': 0,
    'stats.edition.oss.count': 1, 'stats.edition.enterprise.count': 0, [`stats.packaging.${packaging}.count`]: 1,
    'stats.uptime': Math.floor(process.uptime()),
  };
  for (const [type, count] of more.dataSourceTypes) metrics[`stats.ds.${type}.count`] = count;
  for (const [type, access] of more.dataSourceAccess) for (const [how, count] of access) metrics[`stats.ds_access.${type}.${how}.count`] = count;
  for (const [name, enabled] of Object.entries(signIn)) metrics[`stats.auth_enabled.${name}.count`] = enabled ? 1 : 0;
  return {
    version: grafanaVersion.replaceAll('.', '_'), metrics, os: process.platform, arch: process.arch === 'x64' ? 'amd64' : process.arch,
    edition: 'oss', hasValidLicense: false, packaging, usageStatsId: await anonymousId(kv),
  };
}

async function anonymousId(kv: UsageReportDeps['kv']): Promise<string> {
  const known = await kv.get(0, 'infra.usagestats', 'anonymous_id');
  if (known) return known;
  const id = randomUUID();
  await kv.set(0, 'infra.usagestats', 'anonymous_id', id);
  return id;
}
