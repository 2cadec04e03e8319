/** What the scheduler measures, under the reference's names (alerting-rules §17). */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { AlertRule } from '../rules/alert-rule.ts';
import type { InstanceState } from '../state/state-machine.ts';

const seconds = [0.01, 0.1, 0.5, 1, 5, 10, 15, 30, 60, 120, 180, 240, 300];

const instanceStates: Readonly<Record<InstanceState, string>> = { Normal: 'normal', Alerting: 'alerting', Pending: 'pending', NoData: 'nodata', Error: 'error', Recovering: 'recovering' };

/** How many instances there are by state, counted when it is asked for. */
export function createStateMetrics(registry: Registry, states: { held(): Iterable<{ readonly state: InstanceState }> }): void {
  const registers = [registry];
  let byState = new Map<InstanceState, number>();
  const alerts = new Gauge({ name: 'grafana_alerting_alerts', help: 'How many alerts by state are in the scheduler.', labelNames: ['state'], registers, collect: () => {
    byState = new Map();
    for (const { state } of states.held()) byState.set(state, (byState.get(state) ?? 0) + 1);
    for (const [state, label] of Object.entries(instanceStates) as [InstanceState, string][]) alerts.set({ state: label }, byState.get(state) ?? 0);
  } });
  const active: Gauge = new Gauge({ name: 'grafana_alerting_active_alerts', help: 'Number of active alerts.', registers, collect: () => active.set(byState.get('Alerting') ?? 0) });
}

export function createAlertingMetrics(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) => new Counter({ name: `grafana_alerting_${name}`, help, labelNames: [...labelNames], registers });
  const evaluations = counter('rule_evaluations_total', 'The total number of rule evaluations.', ['org']);
  const failures = counter('rule_evaluation_failures_total', 'The total number of rule evaluation failures.', ['org']);
  const attempts = counter('rule_evaluation_attempts_total', 'The total number of rule evaluation attempts.', ['org']);
  const attemptFailures = counter('rule_evaluation_attempt_failures_total', 'The total number of rule evaluation attempt failures.', ['org']);
  const querying = new Histogram({ name: 'grafana_alerting_schedule_query_alert_rules_duration_seconds', help: 'The time taken to read the rules.', buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10], registers });
  const processing = new Histogram({ name: 'grafana_alerting_rule_process_evaluation_duration_seconds', help: 'The time to process the results of an evaluation.', labelNames: ['org'], buckets: seconds, registers });
  const sending = new Histogram({ name: 'grafana_alerting_rule_send_alerts_duration_seconds', help: 'The time to send the alerts to Alertmanager.', labelNames: ['org'], buckets: seconds, registers });
  const byResult = new Map<string, number>();
  const results = new Counter({ name: 'grafana_alerting_result_total', help: 'Results of evaluations, by state.', labelNames: ['state'], registers, collect: () => {
    results.reset();
    for (const [state, count] of byResult) results.inc({ state }, count);
  } });
  const simpleRouting = new Gauge({ name: 'grafana_alerting_simple_routing_rules', help: 'The number of alert rules with notification settings of their own.', labelNames: ['org'], registers });
  const simplified = new Gauge({ name: 'grafana_alerting_simplified_editor_rules', help: 'The number of alert rules that were written in a simplified editor.', labelNames: ['org', 'setting'], registers });
  const imported = new Gauge({ name: 'grafana_alerting_prometheus_imported_rules', help: 'The number of rules that were imported from Prometheus.', labelNames: ['org', 'state'], registers });
  const duration = new Histogram({ name: 'grafana_alerting_rule_evaluation_duration_seconds', help: 'The time to evaluate a rule.', labelNames: ['org'], buckets: seconds, registers });
  const missedTotal = counter('schedule_rule_evaluations_missed_total', 'The total number of rule evaluations missed due to a slow rule evaluation.', ['org', 'name']);
  const behindSeconds = new Gauge({ name: 'grafana_alerting_scheduler_behind_seconds', help: 'The total number of seconds the scheduler is behind.', registers });
  const tickDuration = new Histogram({ name: 'grafana_alerting_schedule_periodic_duration_seconds', help: 'The time taken to run the scheduler.', buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10], registers });
  const ruleGauge = new Gauge({ name: 'grafana_alerting_rule_group_rules', help: 'The number of alert rules that are scheduled, by type and state.', labelNames: ['org', 'type', 'state'], registers });
  const scheduled = new Gauge({ name: 'grafana_alerting_schedule_alert_rules', help: 'The number of alert rules that could be considered for evaluation at the next tick.', registers });
  const groups = new Gauge({ name: 'grafana_alerting_rule_groups', help: 'The number of alert rule groups', labelNames: ['org'], registers });
  const last = new Gauge({ name: 'grafana_alerting_ticker_last_consumed_tick_timestamp_seconds', help: 'Timestamp of the last consumed tick in seconds.', registers });
  const next = new Gauge({ name: 'grafana_alerting_ticker_next_tick_timestamp_seconds', help: 'Timestamp of the next tick in seconds before it is consumed.', registers });
  const interval = new Gauge({ name: 'grafana_alerting_ticker_interval_seconds', help: 'Interval at which the ticker is meant to tick.', registers });
  const ofOrgs = new Map<number, { evaluations: Counter.Internal; failures: Counter.Internal; attempts: Counter.Internal; attemptFailures: Counter.Internal; duration: Histogram.Internal<'org'>; processing: Histogram.Internal<'org'>; sending: Histogram.Internal<'org'> }>();
  /** Looked up once: an evaluation only counts. */
  const ofOrg = (orgId: number) => {
    let found = ofOrgs.get(orgId);
    if (!found) {
      const org = String(orgId);
      found = { evaluations: evaluations.labels({ org }), failures: failures.labels({ org }), attempts: attempts.labels({ org }), attemptFailures: attemptFailures.labels({ org }), duration: duration.labels({ org }), processing: processing.labels({ org }), sending: sending.labels({ org }) };
      ofOrgs.set(orgId, found);
    }
    return found;
  };
  return {
    behindSeconds, tickDuration, querying,
    evaluated(rule: AlertRule, took: number, found: readonly { readonly state: string }[]) {
      const org = ofOrg(rule.orgId);
      org.evaluations.inc();
      org.duration.observe(took);
      for (const { state } of found) byResult.set(state.toLowerCase(), (byResult.get(state.toLowerCase()) ?? 0) + 1);
      if (found.some(({ state }) => state === 'Error')) org.failures.inc();
    },
    processed: (orgId: number, took: number) => ofOrg(orgId).processing.observe(took),
    sent: (orgId: number, took: number) => ofOrg(orgId).sending.observe(took),
    attempted: (orgId: number) => ofOrg(orgId).attempts.inc(),
    attemptFailed: (orgId: number) => ofOrg(orgId).attemptFailures.inc(),
    missed: (rule: AlertRule) => missedTotal.inc({ org: String(rule.orgId), name: rule.title }),
    ticked(tick: number, lengthMs: number) {
      last.set(tick / 1000);
      next.set((tick + lengthMs) / 1000);
      interval.set(lengthMs / 1000);
    },
    rules(list: readonly AlertRule[]) {
      for (const gauge of [ruleGauge, groups, simpleRouting, simplified, imported]) gauge.reset();
      scheduled.set(list.length);
      const seen = new Set<string>();
      for (const rule of list) {
        const org = String(rule.orgId);
        ruleGauge.inc({ org, type: rule.record ? 'recording' : 'alerting', state: rule.isPaused ? 'paused' : 'active' });
        if (rule.notificationSettings) simpleRouting.inc({ org });
        if (rule.metadata.prometheusDefinition) imported.inc({ org, state: rule.isPaused ? 'paused' : 'active' });
        if (rule.metadata.simplifiedQuery) simplified.inc({ org, setting: 'simplified_query_and_expressions_section' });
        if (rule.metadata.simplifiedNotifications) simplified.inc({ org, setting: 'simplified_notifications_section' });
        const group = JSON.stringify([rule.orgId, rule.folderUid, rule.group]);
        if (!seen.has(group)) groups.inc({ org });
        seen.add(group);
      }
    },
  };
}

export type AlertingMetrics = ReturnType<typeof createAlertingMetrics>;
