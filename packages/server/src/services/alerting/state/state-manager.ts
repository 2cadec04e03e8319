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
  /** Those whose state or reason is another now. */
  readonly moved: readonly Transition[];
  /** Every instance, whether it moved or not. */
  readonly all: readonly Transition[];
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

interface Held {
  readonly orgId: number;
  readonly uid: string;
  readonly instances: ReadonlyMap<string, AlertInstance>;
  /** When the row was written last. */
  savedAt: number;
}

/** Rules of which nothing changed but the time of their evaluation are written this seldom, and no more at once than `lazyMax`. */
const lazyMs = 60_000;
const lazyMax = 500;

export class StateManager {
  readonly #deps: StateManagerDeps;
  readonly #rules = new Map<string, Held>();
  /** Of rules that other instances evaluate, as they were stored last: to be shown. */
  #elsewhere: ReadonlyMap<string, Held> = new Map();
  /** To be written as soon as possible. */
  readonly #changed = new Set<string>();
  /** Evaluated, and otherwise as they are stored. */
  readonly #evaluated = new Set<string>();
  #saving: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(deps: StateManagerDeps) {
    this.#deps = deps;
  }

  /** Before the first evaluation: what was known before the server stopped. `wanted`: only of these rules. */
  async warm(wanted: (orgId: number, uid: string) => boolean = () => true): Promise<void> {
    for (const { orgId, ruleUid, instances } of await this.#deps.store.all()) {
      const key = keyOf(orgId, ruleUid);
      if (!wanted(orgId, ruleUid) || this.#rules.has(key)) continue;
      this.#rules.set(key, { orgId, uid: ruleUid, instances: new Map(instances.map((i) => [i.key, i])), savedAt: 0 });
    }
  }

  /** Reads what became of rules that other instances evaluate. */
  async look(evaluatedElsewhere: (orgId: number, uid: string) => boolean): Promise<void> {
    const found = (await this.#deps.store.all()).filter(({ orgId, ruleUid }) => evaluatedElsewhere(orgId, ruleUid));
    this.#elsewhere = new Map(found.map(({ orgId, ruleUid, instances }) => [keyOf(orgId, ruleUid), { orgId, uid: ruleUid, instances: new Map(instances.map((i) => [i.key, i])), savedAt: 0 }]));
  }

  /** Another instance evaluates these from now on; what they were is in the database. */
  forget(rules: readonly { readonly orgId: number; readonly uid: string }[]): void {
    for (const { orgId, uid } of rules) {
      const key = keyOf(orgId, uid);
      this.#rules.delete(key);
      this.#changed.delete(key);
      this.#evaluated.delete(key);
    }
  }

  instances(orgId: number, uid: string): ReadonlyMap<string, AlertInstance> {
    const key = keyOf(orgId, uid);
    return (this.#rules.get(key) ?? this.#elsewhere.get(key))?.instances ?? new Map();
  }

  *all(orgId: number): Iterable<AlertInstance> {
    for (const rule of this.#rules.values()) if (rule.orgId === orgId) yield* rule.instances.values();
    for (const [key, rule] of this.#elsewhere) if (rule.orgId === orgId && !this.#rules.has(key)) yield* rule.instances.values();
  }

  /** Of the rules that are evaluated here. */
  *held(): Iterable<AlertInstance> {
    for (const rule of this.#rules.values()) yield* rule.instances.values();
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
    const { instances, transitions } = advance(machineRule(rule, ignorePending), results, before, now, evaluationMs, dressFor(rule, { expand, folderPath, folderLabelEnabled }));
    const moved: Transition[] = [];
    const sent: Transition[] = [];
    for (const t of transitions) {
      if (t.instance.state !== t.previousState || t.instance.reason !== t.previousReason) moved.push(t);
      if (!needsSending(t.instance, now, resolvedRetentionMs)) continue;
      sent.push(t);
      if (instances.has(t.instance.key)) instances.set(t.instance.key, { ...t.instance, lastSentAt: now });
    }
    const key = keyOf(rule.orgId, rule.uid);
    const held = this.#rules.get(key);
    this.#rules.set(key, { orgId: rule.orgId, uid: rule.uid, instances, savedAt: held?.savedAt ?? 0 });
    const others = before.size !== instances.size || moved.length > 0 || transitions.some((t) => !before.has(t.instance.key));
    (others ? this.#changed : this.#evaluated).add(key);
    return { moved, all: transitions, alerts: sent.map((t) => this.#alert(rule.orgId, rule.uid, t)) };
  }

  /** The rule is another now: all instances go to Normal and are forgotten; what fired is sent as resolved. */
  reset(orgId: number, uid: string, now: number, reason: 'Updated' | 'Paused' | 'RuleDeleted'): Outcome {
    const current = this.instances(orgId, uid);
    if (!this.#rules.has(keyOf(orgId, uid))) return { moved: [], all: [], alerts: [] };
    const transitions = reset(current, now, reason);
    this.#rules.delete(keyOf(orgId, uid));
    this.#changed.add(keyOf(orgId, uid));
    const fired = transitions.filter((t) => t.previousState !== 'Normal' && t.previousState !== 'Pending');
    return { moved: transitions, all: transitions, alerts: fired.map((t) => this.#alert(orgId, uid, t)) };
  }

  #alert(orgId: number, uid: string, transition: Transition): PostableAlert {
    return toAlert(transition, orgId, `${this.#deps.rootUrl}/alerting/grafana/${uid}/view`);
  }

  /** Writes what changed since the last time; `all`: evaluation times too. Calls that come while a write runs share the next one. */
  save(now: number, all = false): Promise<void> {
    if (all) for (const key of this.#evaluated) this.#changed.add(key);
    if (!this.#saving) {
      this.#saving = this.#write(now).finally(() => {
        this.#saving = undefined;
      });
      return this.#saving;
    }
    this.#next ??= this.#saving.then(() => {
      this.#next = undefined;
      return this.save(now);
    });
    return this.#next;
  }

  async #write(now: number): Promise<void> {
    const keys = [...this.#changed];
    this.#changed.clear();
    let late = 0;
    for (const key of this.#evaluated) {
      const held = this.#rules.get(key);
      if (held && now - held.savedAt < lazyMs) continue;
      if (late++ >= lazyMax) break;
      keys.push(key);
    }
    if (keys.length === 0) return;
    const unique = new Set(keys);
    const states = [...unique].map((key) => {
      const held = this.#rules.get(key);
      this.#evaluated.delete(key);
      if (held) held.savedAt = now;
      const slash = key.indexOf('/');
      return { orgId: Number(key.slice(0, slash)), ruleUid: key.slice(slash + 1), instances: held ? [...held.instances.values()] : [] };
    });
    try {
      await this.#deps.store.save(states, now);
    } catch (error) {
      for (const key of unique) this.#changed.add(key);
      this.#deps.log.error('Alert states were not saved', { rules: states.length, error });
    }
  }
}
