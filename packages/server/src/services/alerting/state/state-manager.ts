/** Keeps the instances of all rules in memory, advances them, and says what to send and to remember (alerting-rules §13). */
import type { Logger } from '../../../infra/log/log.ts';
import {
  folderLabel, namespaceUidLabel, reservedLabels, ruleUidLabel, type AlertRule, type ExecErrState, type Labels, type NoDataState,
} from '../rules/alert-rule.ts';
import { settingsLabels } from '../rules/notification-settings.ts';
import type { EvaluationResult } from '../scheduler/evaluation.ts';
import { toAlert, type PostableAlert } from './alert-message.ts';
import { advance, needsSending, reset, type AlertInstance, type MachineRule, type Transition } from './state-machine.ts';
import type { StateStore } from './state-store.ts';
import type { TemplateInput } from './rule-templates.ts';

export interface RuleStatus {
  readonly health: 'ok' | 'error' | 'nodata' | 'unknown';
  readonly lastError: string;
  /** Milliseconds since the epoch; 0: never. */
  readonly lastEvaluation: number;
  readonly evaluationMs: number;
}

export interface StateManagerDeps {
  readonly store: StateStore;
  readonly log: Logger;
  readonly expand: (texts: Labels, input: TemplateInput) => Labels;
  /** `<root_url>`, without a slash at the end. */
  readonly rootUrl: string;
  readonly resolvedRetentionMs: number;
  readonly folderLabelEnabled: boolean;
  readonly ignorePending: boolean;
}

export interface Outcome {
  readonly transitions: readonly Transition[];
  readonly alerts: readonly PostableAlert[];
}

const keyOf = (orgId: number, uid: string) => `${orgId}/${uid}`;

export const machineRule = (rule: AlertRule, ignorePending = false): MachineRule => ({
  condition: rule.condition, intervalMs: rule.intervalSeconds * 1000, forMs: rule.forMs, keepFiringForMs: rule.keepFiringForMs,
  noDataState: (rule.noDataState || 'NoData') as NoDataState, execErrState: (rule.execErrState || 'Error') as ExecErrState,
  missingSeriesEvals: rule.missingSeriesEvals, ignorePending,
});

export interface DressOptions {
  readonly expand: StateManagerDeps['expand'];
  readonly folderPath: string;
  readonly folderLabelEnabled: boolean;
}

/** Labels and annotations of a result's instance (§13.2). */
export function dressFor(rule: AlertRule, { expand, folderPath, folderLabelEnabled }: DressOptions) {
  const automatic: Labels = {
    [namespaceUidLabel]: rule.folderUid, [ruleUidLabel]: rule.uid, alertname: rule.title,
    ...(folderLabelEnabled ? { [folderLabel]: folderPath } : {}), ...settingsLabels(rule.notificationSettings),
  };
  return (result: EvaluationResult): { labels: Labels; annotations: Labels } => {
    const query = withoutReserved(result.labels);
    const input = { labels: { ...query, ...automatic }, captured: result.captured, valueString: result.valueString };
    const ofError: Labels = result.error && result.error.refId !== '' && rule.execErrState === 'Error'
      ? { ref_id: result.error.refId, datasource_uid: result.error.datasourceUid }
      : {};
    return { labels: { ...query, ...expand(rule.labels, input), ...ofError, ...automatic }, annotations: expand(rule.annotations, input) };
  };
}

/** Labels of a query that are named like ours keep their value under a similar name. */
function withoutReserved(labels: Labels): Labels {
  if (!reservedLabels.some((name) => Object.hasOwn(labels, name))) return labels;
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) {
    if (!reservedLabels.includes(name)) {
      out[name] = value;
      continue;
    }
    const bare = name.replace(/^_+|_+$/g, '');
    if (!Object.hasOwn(labels, bare)) out[bare] = value;
    else if (!Object.hasOwn(labels, `${bare}_user`)) out[`${bare}_user`] = value;
  }
  return out;
}

export class StateManager {
  readonly #deps: StateManagerDeps;
  readonly #rules = new Map<string, { orgId: number; uid: string; instances: Map<string, AlertInstance> }>();
  readonly #dirty = new Set<string>();
  #saving: Promise<void> = Promise.resolve();

  constructor(deps: StateManagerDeps) {
    this.#deps = deps;
  }

  /** Before the first evaluation: what was known before the server stopped. */
  async warm(): Promise<void> {
    for (const { orgId, ruleUid, instances } of await this.#deps.store.all()) {
      this.#rules.set(keyOf(orgId, ruleUid), { orgId, uid: ruleUid, instances: new Map(instances.map((i) => [i.key, i])) });
    }
  }

  instances(orgId: number, uid: string): ReadonlyMap<string, AlertInstance> {
    return this.#rules.get(keyOf(orgId, uid))?.instances ?? new Map();
  }

  *all(orgId: number): Iterable<AlertInstance> {
    for (const rule of this.#rules.values()) if (rule.orgId === orgId) yield* rule.instances.values();
  }

  /** Rules that have instances. */
  ruleKeys(): { orgId: number; uid: string }[] {
    return [...this.#rules.values()].map(({ orgId, uid }) => ({ orgId, uid }));
  }

  status(orgId: number, uid: string): RuleStatus {
    let latest: AlertInstance | undefined;
    let health: RuleStatus['health'] = 'ok';
    let lastError = '';
    for (const instance of this.instances(orgId, uid).values()) {
      if (!latest || instance.lastEvaluated > latest.lastEvaluated) latest = instance;
      if (instance.state === 'Error' || instance.error) {
        health = 'error';
        lastError ||= instance.error?.message ?? '';
      } else if (instance.state === 'NoData' && health !== 'error') health = 'nodata';
    }
    return { health, lastError, lastEvaluation: latest?.lastEvaluated ?? 0, evaluationMs: latest?.evaluationMs ?? 0 };
  }

  process(rule: AlertRule, folderPath: string, results: readonly EvaluationResult[], now: number, evaluationMs: number): Outcome {
    const { expand, folderLabelEnabled, ignorePending, resolvedRetentionMs } = this.#deps;
    const before = this.instances(rule.orgId, rule.uid);
    const step = advance(machineRule(rule, ignorePending), results, before, now, evaluationMs, dressFor(rule, { expand, folderPath, folderLabelEnabled }));
    const instances = new Map(step.instances);
    const sent: Transition[] = [];
    for (const t of step.transitions) {
      if (!needsSending(t.instance, now, resolvedRetentionMs)) continue;
      sent.push(t);
      if (instances.has(t.instance.key)) instances.set(t.instance.key, { ...t.instance, lastSentAt: now });
    }
    this.#rules.set(keyOf(rule.orgId, rule.uid), { orgId: rule.orgId, uid: rule.uid, instances });
    this.#dirty.add(keyOf(rule.orgId, rule.uid));
    return { transitions: step.transitions, alerts: sent.map((t) => this.#alert(rule.orgId, rule.uid, t)) };
  }

  /** The rule is another now: all instances go to Normal and are forgotten; what fired is sent as resolved. */
  reset(orgId: number, uid: string, now: number, reason: 'Updated' | 'Paused' | 'RuleDeleted'): Outcome {
    const current = this.instances(orgId, uid);
    if (!this.#rules.has(keyOf(orgId, uid))) return { transitions: [], alerts: [] };
    const transitions = reset(current, now, reason);
    this.#rules.delete(keyOf(orgId, uid));
    this.#dirty.add(keyOf(orgId, uid));
    const fired = transitions.filter((t) => t.previousState !== 'Normal' && t.previousState !== 'Pending');
    return { transitions, alerts: fired.map((t) => this.#alert(orgId, uid, t)) };
  }

  #alert(orgId: number, uid: string, transition: Transition): PostableAlert {
    return toAlert(transition, orgId, `${this.#deps.rootUrl}/alerting/grafana/${uid}/view`);
  }

  /** Writes what changed since the last time. */
  save(now: number): Promise<void> {
    const keys = [...this.#dirty];
    this.#dirty.clear();
    const states = keys.map((key) => {
      const rule = this.#rules.get(key);
      const slash = key.indexOf('/');
      return { orgId: Number(key.slice(0, slash)), ruleUid: key.slice(slash + 1), instances: rule ? [...rule.instances.values()] : [] };
    });
    this.#saving = this.#saving.then(() => this.#deps.store.save(states, now)).catch((error: unknown) => {
      for (const key of keys) this.#dirty.add(key);
      this.#deps.log.error('Alert states were not saved', { rules: keys.length, error });
    });
    return this.#saving;
  }
}
