/** Totals as gauges (config-and-operations §8), refreshed now and then: counting on every scrape would cost the database. */
import { Gauge, type Registry } from 'prom-client';
import type { Logger } from '../../../infra/log/log.ts';
import type { BackgroundService } from '../../../registry/background-service.ts';
import type { AdminService, FurtherCounts, ServerCounts } from './admin.ts';

const totals: Readonly<Record<string, (counts: ServerCounts & FurtherCounts) => number>> = {
  grafana_stat_totals_dashboard: ({ stats }) => stats.dashboards,
  grafana_stat_totals_folder: (counts) => counts.folders,
  grafana_stat_totals_viewers: ({ stats }) => stats.viewers,
  grafana_stat_totals_editors: ({ stats }) => stats.editors,
  grafana_stat_totals_admins: ({ stats }) => stats.admins,
  grafana_stat_totals_active_viewers: ({ stats }) => stats.activeViewers,
  grafana_stat_totals_active_editors: ({ stats }) => stats.activeEditors,
  grafana_stat_totals_active_admins: ({ stats }) => stats.activeAdmins,
  grafana_stat_totals_dashboard_versions: (counts) => counts.dashboardVersions,
  grafana_stat_totals_annotations: (counts) => counts.annotations,
  grafana_stat_totals_alert_rules: (counts) => counts.alertRules,
  grafana_stat_totals_rule_groups: (counts) => counts.ruleGroups,
  grafana_stat_totals_library_panels: (counts) => counts.libraryPanels,
  grafana_stat_totals_public_dashboard: (counts) => counts.publicDashboards,
  grafana_stat_totals_correlations: (counts) => counts.correlations,
  grafana_stat_totals_repositories: (counts) => counts.repositories,
  grafana_stat_total_users: ({ stats }) => stats.users,
  grafana_stat_total_teams: (counts) => counts.teams,
  grafana_stat_total_orgs: ({ stats }) => stats.orgs,
  grafana_stat_total_playlists: ({ stats }) => stats.playlists,
  grafana_stat_active_users: ({ stats }) => stats.activeUsers,
};

export interface StatGaugesDeps {
  readonly registry: Registry;
  readonly admin: AdminService;
  readonly log: Logger;
  readonly intervalSeconds: number;
}

export function createStatGauges({ registry, admin, log, intervalSeconds }: StatGaugesDeps): BackgroundService {
  const gauges = Object.entries(totals).map(([name, read]) => ({ gauge: new Gauge({ name, help: `Total of ${name.replace(/^grafana_stat_(totals?_)?/, '').replaceAll('_', ' ')}.`, registers: [registry] }), read }));
  const sources = new Gauge({ name: 'grafana_stat_totals_datasource', help: 'Data sources by plugin.', labelNames: ['plugin_id'], registers: [registry] });
  const dataKeys = new Gauge({ name: 'grafana_stat_totals_data_keys', help: 'Data keys that secrets are encrypted with.', labelNames: ['active'], registers: [registry] });
  const collect = async () => {
    const counts = { ...(await admin.counts()), ...(await admin.furtherCounts()) };
    for (const { gauge, read } of gauges) gauge.set(read(counts));
    dataKeys.set({ active: 'true' }, counts.dataKeys.active);
    dataKeys.set({ active: 'false' }, counts.dataKeys.inactive);
    for (const [type, count] of counts.dataSourceTypes) sources.set({ plugin_id: type }, count);
  };
  return {
    name: 'stats collector',
    run: (signal) =>
      new Promise((resolve) => {
        // The first time a little after the start, which has better things to do.
        let timer = setTimeout(tick, 10_000);
        async function tick() {
          await collect().catch((error: unknown) => log.warn('Totals could not be counted', { error }));
          if (!signal.aborted) timer = setTimeout(tick, intervalSeconds * 1000);
        }
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        }, { once: true });
      }),
  };
}
