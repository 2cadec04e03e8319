import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createAlertmanagerGauges } from '../alertmanager/alertmanager-metrics.ts';
import type { AlertRule } from '../rules/alert-rule.ts';
import type { InstanceState } from '../state/state-machine.ts';
import { createAlertingMetrics, createStateMetrics } from './alerting-metrics.ts';

const aRule = (more: Partial<AlertRule>): AlertRule => ({ orgId: 1, folderUid: 'box', group: 'g', isPaused: false, metadata: { simplifiedQuery: false, simplifiedNotifications: false }, ...more }) as AlertRule;

test('rules are counted by what they are, results by their state', async () => {
  const registry = new Registry();
  const metrics = createAlertingMetrics(registry);
  metrics.rules([
    aRule({}), aRule({ isPaused: true, metadata: { simplifiedQuery: true, simplifiedNotifications: false, prometheusDefinition: 'expr: up' } }),
    aRule({ notificationSettings: { receiver: 'hook' } as AlertRule['notificationSettings'] }),
  ]);
  metrics.evaluated(aRule({}), 0.2, [{ state: 'Normal' }, { state: 'Normal' }, { state: 'Error' }]);
  metrics.processed(1, 0.02);
  const text = await registry.metrics();
  expect(text).toContain('grafana_alerting_rule_group_rules{org="1",type="alerting",state="active"} 2\n');
  expect(text).toContain('grafana_alerting_simple_routing_rules{org="1"} 1\n');
  expect(text).toContain('grafana_alerting_prometheus_imported_rules{org="1",state="paused"} 1\n');
  expect(text).toContain('grafana_alerting_simplified_editor_rules{org="1",setting="simplified_query_and_expressions_section"} 1\n');
  expect(text).toContain('grafana_alerting_result_total{state="normal"} 2\n');
  expect(text).toContain('grafana_alerting_rule_evaluation_failures_total{org="1"} 1\n');
  expect(text).toContain('grafana_alerting_rule_process_evaluation_duration_seconds_count{org="1"} 1\n');
});

test('instances, silences and receivers are counted when they are asked for', async () => {
  const registry = new Registry();
  const states: InstanceState[] = ['Normal', 'Alerting', 'Alerting', 'NoData'];
  createStateMetrics(registry, { held: () => states.map((state) => ({ state })) });
  createAlertmanagerGauges(registry, () => [[2, {
    silences: { active: 1, pending: 0, expired: 3 }, alerts: { active: 4, suppressed: 1 }, receivers: { active: 1, inactive: 2 }, integrations: new Map([['webhook', 2]]), groups: 5, configBytes: 60,
  }]]);
  const text = await registry.metrics();
  expect(text).toContain('grafana_alerting_alerts{state="alerting"} 2\n');
  expect(text).toContain('grafana_alerting_alerts{state="recovering"} 0\n');
  expect(text).toContain('grafana_alerting_active_alerts 2\n');
  expect(text).toContain('grafana_alerting_silences{org="2",state="expired"} 3\n');
  expect(text).toContain('grafana_alerting_alertmanager_integrations{org="2",type="webhook"} 2\n');
  expect(text).toContain('grafana_alerting_dispatcher_aggregation_groups{org="2"} 5\n');
  states.length = 0;
  expect(await registry.metrics()).toContain('grafana_alerting_active_alerts 0\n');
});
