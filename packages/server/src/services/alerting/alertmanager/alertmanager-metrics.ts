/** What Alertmanagers measure, under the reference's names (alerting-notifications §12). */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What is counted when it is asked for. */
export interface AlertmanagerCounts {
  readonly silences: Readonly<Record<'active' | 'pending' | 'expired', number>>;
  readonly alerts: Readonly<Record<'active' | 'suppressed', number>>;
  readonly receivers: Readonly<Record<'active' | 'inactive', number>>;
  readonly integrations: ReadonlyMap<string, number>;
  readonly groups: number;
  readonly configBytes: number;
}

export function createAlertmanagerGauges(registry: Registry, all: () => Iterable<readonly [orgId: number, counts: AlertmanagerCounts]>): void {
  const registers = [registry];
  const gauge = (name: string, help: string, label: string | undefined, read: (counts: AlertmanagerCounts) => Iterable<readonly [string, number]>) => {
    const made: Gauge = new Gauge({ name: `grafana_alerting_${name}`, help, labelNames: label === undefined ? ['org'] : ['org', label], registers, collect: () => {
      made.reset();
      for (const [orgId, counts] of all()) {
        for (const [value, count] of read(counts)) made.set(label === undefined ? { org: String(orgId) } : { org: String(orgId), [label]: value }, count);
      }
    } });
  };
  gauge('silences', 'How many silences by state.', 'state', ({ silences }) => Object.entries(silences));
  gauge('alertmanager_alerts', 'How many alerts by state.', 'state', ({ alerts }) => Object.entries(alerts));
  gauge('alertmanager_receivers', 'Number of receivers by state.', 'state', ({ receivers }) => Object.entries(receivers));
  gauge('alertmanager_integrations', 'Number of configured receiver integrations by type.', 'type', ({ integrations }) => integrations);
  gauge('dispatcher_aggregation_groups', 'Number of active aggregation groups', undefined, ({ groups }) => [['', groups]]);
  gauge('alertmanager_config_size_bytes', 'The size of the configuration in bytes.', undefined, ({ configBytes }) => [['', configBytes]]);
}

export function createAlertmanagerMetrics(registry: Registry) {
  const registers = [registry];
  const received = new Counter({ name: 'grafana_alerting_alerts_received_total', help: 'The total number of received alerts.', labelNames: ['status'], registers });
  const invalid = new Counter({ name: 'grafana_alerting_alerts_invalid_total', help: 'The total number of received alerts that were invalid.', registers });
  const total = new Counter({ name: 'grafana_alerting_notifications_total', help: 'The total number of attempted notifications.', labelNames: ['integration'], registers });
  const failed = new Counter({ name: 'grafana_alerting_notifications_failed_total', help: 'The total number of failed notifications.', labelNames: ['integration'], registers });
  const requests = new Counter({ name: 'grafana_alerting_notification_requests_total', help: 'The total number of attempted notification requests.', labelNames: ['integration'], registers });
  const requestsFailed = new Counter({ name: 'grafana_alerting_notification_requests_failed_total', help: 'The total number of failed notification requests.', labelNames: ['integration'], registers });
  const latency = new Histogram({ name: 'grafana_alerting_notification_latency_seconds', help: 'The latency of notifications in seconds.', labelNames: ['integration'], buckets: [1, 5, 10, 15, 20], registers });
  const suppressed = new Counter({ name: 'grafana_alerting_notifications_suppressed_total', help: 'The total number of notifications suppressed.', labelNames: ['reason'], registers });
  const discovered = new Gauge({ name: 'grafana_alerting_discovered_configurations', help: 'The number of organizations we have discovered that require an Alertmanager configuration.', registers });
  const active = new Gauge({ name: 'grafana_alerting_active_configurations', help: 'The number of active Alertmanager configurations.', registers });
  return {
    received: (status: 'firing' | 'resolved') => received.inc({ status }),
    invalid: () => invalid.inc(),
    attempted: (integration: string) => requests.inc({ integration }),
    attemptFailed: (integration: string) => requestsFailed.inc({ integration }),
    notified(integration: string, seconds: number, didFail: boolean) {
      total.inc({ integration });
      latency.observe({ integration }, seconds);
      if (didFail) failed.inc({ integration });
    },
    suppressed: (reason: string, count: number) => suppressed.inc({ reason }, count),
    configurations(found: number, running: number) {
      discovered.set(found);
      active.set(running);
    },
  };
}

export type AlertmanagerMetrics = ReturnType<typeof createAlertmanagerMetrics>;
