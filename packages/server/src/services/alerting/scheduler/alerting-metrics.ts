/** What the scheduler measures, under the reference's names (alerting-rules §17). */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { AlertRule } from '../rules/alert-rule.ts';

const seconds = [0.01, 0.1, 0.5, 1, 5, 10, 15, 30, 60, 120, 180, 240, 300];

export function createAlertingMetrics(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) => new Counter({ name: `grafana_alerting_${name}`, help, labelNames: [...labelNames], registers });
  const evaluations = counter('rule_evaluations_total', 'The total number of rule evaluations.', ['org']);
  const failures = counter('rule_evaluation_failures_total', 'The total number of rule evaluation failures.', ['org']);
  const attempts = counter('rule_evaluation_attempts_total', 'The total number of rule evaluation attempts.', ['org']);
  const attemptFailures = counter('rule_evaluation_attempt_failures_total', 'The total number of rule evaluation attempt failures.', ['org']);
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
  const ofOrgs = new Map<number, { evaluations: Counter.Internal; failures: Counter.Internal; attempts: Counter.Internal; attemptFailures: Counter.Internal; duration: Histogram.Internal<'org'> }>();
  /** Looked up once: an evaluation only counts. */
  const ofOrg = (orgId: number) => {
    let found = ofOrgs.get(orgId);
    if (!found) {
      const org = String(orgId);
      found = { evaluations: evaluations.labels({ org }), failures: failures.labels({ org }), attempts: attempts.labels({ org }), attemptFailures: attemptFailures.labels({ org }), duration: duration.labels({ org }) };
      ofOrgs.set(orgId, found);
    }
    return found;
  };
  return {
    behindSeconds, tickDuration,
    evaluated(rule: AlertRule, took: number, failed: boolean) {
      const org = ofOrg(rule.orgId);
      org.evaluations.inc();
      org.duration.observe(took);
      if (failed) org.failures.inc();
    },
    attempted: (orgId: number) => ofOrg(orgId).attempts.inc(),
    attemptFailed: (orgId: number) => ofOrg(orgId).attemptFailures.inc(),
    missed: (rule: AlertRule) => missedTotal.inc({ org: String(rule.orgId), name: rule.title }),
    ticked(tick: number, lengthMs: number) {
      last.set(tick / 1000);
      next.set((tick + lengthMs) / 1000);
      interval.set(lengthMs / 1000);
    },
    rules(list: readonly AlertRule[]) {
      ruleGauge.reset();
      groups.reset();
      scheduled.set(list.length);
      const seen = new Set<string>();
      for (const rule of list) {
        const org = String(rule.orgId);
        ruleGauge.inc({ org, type: rule.record ? 'recording' : 'alerting', state: rule.isPaused ? 'paused' : 'active' });
        const group = JSON.stringify([rule.orgId, rule.folderUid, rule.group]);
        if (!seen.has(group)) groups.inc({ org });
        seen.add(group);
      }
    },
  };
}

export type AlertingMetrics = ReturnType<typeof createAlertingMetrics>;
