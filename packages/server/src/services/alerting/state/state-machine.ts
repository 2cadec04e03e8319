/**
 * The life of alert instances (alerting-rules §13.4). Values in, values out: time is a parameter, nothing is remembered here.
 */
import type { EvaluationError, EvaluationResult, ResultState } from '../scheduler/evaluation.ts';
import { labelsKey } from '../scheduler/evaluation.ts';
import type { ExecErrState, Labels, NoDataState } from '../rules/alert-rule.ts';

export type InstanceState = 'Normal' | 'Alerting' | 'Pending' | 'NoData' | 'Error' | 'Recovering';

export interface AlertInstance {
  /** Sorted labels as text: the identity within its rule. */
  readonly key: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: InstanceState;
  readonly reason: string;
  readonly error: EvaluationError | undefined;
  /** refId -> number; -1 keeps the place of what had no data. */
  readonly values: Readonly<Record<string, number>>;
  readonly valueString: string;
  /** refId of the condition, for the value that is shown. */
  readonly condition: string;
  /** Milliseconds since the epoch, all of them. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly firedAt: number | undefined;
  readonly resolvedAt: number | undefined;
  readonly lastSentAt: number | undefined;
  readonly lastEvaluated: number;
  readonly evaluationMs: number;
  /** Labels of the result before those of the rule were added: hysteresis. */
  readonly resultLabels: Labels;
}

export interface Transition {
  readonly instance: AlertInstance;
  readonly previousState: InstanceState;
  readonly previousReason: string;
}

export interface MachineRule {
  readonly condition: string;
  readonly intervalMs: number;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly noDataState: NoDataState;
  readonly execErrState: ExecErrState;
  /** undefined: 2. */
  readonly missingSeriesEvals: number | undefined;
  /** `alertingIgnorePendingForNoDataAndError` */
  readonly ignorePending?: boolean;
}

/** Labels and annotations of the instance that a result belongs to: templates are expanded here. */
export type Dress = (result: EvaluationResult) => { readonly labels: Labels; readonly annotations: Labels };

export interface Step {
  /** The caller's own. */
  readonly instances: Map<string, AlertInstance>;
  readonly transitions: readonly Transition[];
  /** Keys that are gone. */
  readonly removed: readonly string[];
}

export const stateText = (state: InstanceState, reason: string) => (reason === '' ? state : `${state} (${reason})`);

/** Never resend a firing alert's end earlier than this after the evaluation. */
const resendMs = 30_000;
const endAfter = (now: number, rule: MachineRule) => now + 4 * Math.max(rule.intervalMs, resendMs);

const missingReason = 'MissingSeries';

export function advance(rule: MachineRule, results: readonly EvaluationResult[], current: ReadonlyMap<string, AlertInstance>, now: number, evaluationMs: number, dress: Dress): Step {
  const next = new Map(current);
  const transitions: Transition[] = [];
  const removed: string[] = [];
  const put = (before: AlertInstance | undefined, after: AlertInstance) => {
    next.set(after.key, after);
    transitions.push({ instance: after, previousState: before?.state ?? 'Normal', previousReason: before?.reason ?? '' });
  };

  // One answer for the whole evaluation goes to every instance there is (§13.4).
  const whole = wholeAnswer(rule, results);
  if (whole && current.size > 0) {
    for (const before of current.values()) {
      const result = { ...whole, labels: before.resultLabels };
      // Without data the labels of the answer say which query it was.
      const annotations = whole.state === 'NoData' ? { ...before.annotations, ...whole.labels } : before.annotations;
      put(before, apply(rule, result, { ...before, annotations, ...keepValues(before, whole) }, now, evaluationMs));
    }
    return { instances: next, transitions, removed };
  }

  const seen = new Set<string>();
  for (const result of results) {
    const { labels, annotations } = dress(result);
    const key = labelsKey(labels);
    seen.add(key);
    const before = current.get(key);
    const base: AlertInstance = before
      ? { ...before, labels, annotations, resultLabels: result.labels }
      : {
          key, labels, annotations, state: 'Normal', reason: '', error: undefined, values: {}, valueString: '', condition: rule.condition, startsAt: now, endsAt: now,
          firedAt: undefined, resolvedAt: undefined, lastSentAt: undefined, lastEvaluated: now, evaluationMs, resultLabels: result.labels,
        };
    put(before, apply(rule, result, { ...base, ...newValues(base, result), condition: rule.condition }, now, evaluationMs));
  }

  for (const before of current.values()) {
    if (seen.has(before.key)) continue;
    const after = missing(rule, before, now);
    if (!after) continue;
    transitions.push({ instance: after, previousState: before.state, previousReason: before.reason });
    if (after.reason === missingReason && after.state === 'Normal') {
      next.delete(before.key);
      removed.push(before.key);
    } else next.set(before.key, after);
  }
  return { instances: next, transitions, removed };
}

/** NoData or Error of the whole evaluation, where the rule's setting maps it onto the instances that exist. */
function wholeAnswer(rule: MachineRule, results: readonly EvaluationResult[]): EvaluationResult | undefined {
  const first = results[0];
  if (!first) return undefined;
  if (results.every((r) => r.state === 'NoData') && rule.noDataState !== 'NoData') return first;
  if (results.every((r) => r.state === 'Error') && rule.execErrState !== 'Error') return first;
  return undefined;
}

function keepValues(before: AlertInstance, _result: EvaluationResult): Pick<AlertInstance, 'values' | 'valueString'> {
  return { values: Object.fromEntries(Object.keys(before.values).map((k) => [k, -1])), valueString: '' };
}

function newValues(before: AlertInstance, result: EvaluationResult): Pick<AlertInstance, 'values' | 'valueString'> {
  if (result.state === 'NoData' || result.state === 'Error') return { ...keepValues(before, result), valueString: result.valueString };
  const values: Record<string, number> = {};
  for (const c of result.captured) values[c.name] = c.value ?? Number.NaN;
  return { values, valueString: result.valueString };
}

function apply(rule: MachineRule, result: EvaluationResult, before: AlertInstance, now: number, evaluationMs: number): AlertInstance {
  const base = { ...before, lastEvaluated: now, evaluationMs, error: undefined as EvaluationError | undefined };
  let after: AlertInstance;
  switch (result.state) {
    case 'Normal': after = normal(rule, base, now); break;
    case 'Alerting': after = alerting(rule, base, now, rule.forMs); break;
    case 'NoData':
      switch (rule.noDataState) {
        case 'NoData': after = special(rule, base, now, 'NoData'); break;
        case 'Alerting': after = alerting(rule, base, now, rule.forMs); break;
        case 'OK': after = normal(rule, base, now); break;
        case 'KeepLast': after = keepLast(rule, base, now); break;
        default: return rule.noDataState satisfies never;
      }
      break;
    case 'Error':
      switch (rule.execErrState) {
        case 'Error': after = special(rule, { ...base, error: result.error }, now, 'Error'); break;
        case 'Alerting': after = alerting(rule, { ...base, error: result.error }, now, rule.forMs); break;
        case 'OK': after = normal(rule, base, now); break;
        // Compat: what is kept is healthy; the annotation alone says what failed.
        case 'KeepLast': after = keepLast(rule, base, now); break;
        default: return rule.execErrState satisfies never;
      }
      after = { ...after, annotations: errorAnnotations(after.annotations, result.error, rule.execErrState === 'Error') };
      break;
    default: return result.state satisfies never;
  }
  after = { ...after, reason: reasonOf(rule, after.state, result.state) };
  return resolution(before, after, now);
}

/** Where the failure is an instance of its own, its labels say which query it was. */
function errorAnnotations(annotations: Labels, error: EvaluationError | undefined, labelled: boolean): Labels {
  if (!error) return annotations;
  return { ...annotations, Error: error.message, ...(labelled || error.refId === '' ? {} : { ref_id: error.refId, datasource_uid: error.datasourceUid }) };
}

function reasonOf(rule: MachineRule, state: InstanceState, result: ResultState): string {
  if (result === 'Normal' || result === 'Alerting' || state === result) return '';
  const keeps = result === 'NoData' ? rule.noDataState === 'KeepLast' : rule.execErrState === 'KeepLast';
  return keeps ? `${result}, KeepLast` : result;
}

/** Set when it stops firing, kept through Normal and Pending, cleared by everything else. */
function resolution(before: AlertInstance, after: AlertInstance, now: number): AlertInstance {
  if (after.state === 'Normal' && (before.state === 'Alerting' || before.state === 'Recovering')) return { ...after, resolvedAt: now };
  if (after.state === 'Normal' || after.state === 'Pending') return after;
  return after.resolvedAt === undefined ? after : { ...after, resolvedAt: undefined };
}

function to(rule: MachineRule, before: AlertInstance, state: InstanceState, now: number): AlertInstance {
  return {
    ...before, state, startsAt: now, endsAt: state === 'Normal' ? now : endAfter(now, rule), firedAt: state === 'Alerting' ? now : before.firedAt,
  };
}

/** A later end is never taken back. */
const extended = (rule: MachineRule, before: AlertInstance, now: number): AlertInstance => ({ ...before, endsAt: Math.max(before.endsAt, endAfter(now, rule)) });

function alerting(rule: MachineRule, before: AlertInstance, now: number, forMs: number): AlertInstance {
  switch (before.state) {
    case 'Alerting': return extended(rule, before, now);
    case 'Pending': return now - before.startsAt >= forMs ? to(rule, before, 'Alerting', now) : extended(rule, before, now);
    case 'Recovering': return to(rule, before, 'Alerting', now);
    default: return to(rule, before, forMs > 0 ? 'Pending' : 'Alerting', now);
  }
}

function normal(rule: MachineRule, before: AlertInstance, now: number): AlertInstance {
  switch (before.state) {
    case 'Normal': return before;
    case 'Alerting': return to(rule, before, rule.keepFiringForMs > 0 ? 'Recovering' : 'Normal', now);
    case 'Recovering': return now - before.startsAt >= rule.keepFiringForMs ? to(rule, before, 'Normal', now) : extended(rule, before, now);
    default: return to(rule, before, 'Normal', now);
  }
}

function special(rule: MachineRule, before: AlertInstance, now: number, state: 'NoData' | 'Error'): AlertInstance {
  const forMs = rule.ignorePending ? 0 : rule.forMs;
  switch (before.state) {
    case state: return extended(rule, before, now);
    case 'Pending': return now - before.startsAt >= forMs ? to(rule, before, state, now) : extended(rule, before, now);
    case 'Recovering': return to(rule, before, state, now);
    default: return to(rule, before, forMs > 0 ? 'Pending' : state, now);
  }
}

function keepLast(rule: MachineRule, before: AlertInstance, now: number): AlertInstance {
  switch (before.state) {
    case 'Alerting': case 'Pending': return alerting(rule, before, now, rule.forMs);
    default: return normal(rule, { ...before, state: before.state === 'Recovering' ? 'NoData' : before.state }, now);
  }
}

/** An instance that the results do not mention. Undefined: nothing happens to it. */
function missing(rule: MachineRule, before: AlertInstance, now: number): AlertInstance | undefined {
  const special = before.state === 'NoData' || before.state === 'Error' || (before.state === 'Pending' && /^(NoData|Error)/.test(before.reason));
  const evaluations = special ? 1 : rule.missingSeriesEvals ?? 2;
  if (now - before.lastEvaluated >= evaluations * rule.intervalMs) {
    const firing = before.state === 'Alerting' || before.state === 'Error' || before.state === 'NoData' || before.state === 'Recovering';
    return { ...before, state: 'Normal', reason: missingReason, endsAt: now, lastEvaluated: now, ...(firing ? { resolvedAt: now } : {}) };
  }
  return before.state === 'Alerting' ? extended(rule, before, now) : undefined;
}

/** The rule changed, was paused or deleted: every instance goes to Normal (§12). */
export function reset(current: ReadonlyMap<string, AlertInstance>, now: number, reason: 'Updated' | 'Paused' | 'RuleDeleted'): readonly Transition[] {
  return [...current.values()].map((before) => {
    const firing = before.state === 'Alerting' || before.state === 'Error' || before.state === 'NoData' || before.state === 'Recovering';
    const instance: AlertInstance = { ...before, state: 'Normal', reason, values: {}, valueString: '', startsAt: now, endsAt: now, ...(firing ? { resolvedAt: now } : {}) };
    return { instance, previousState: before.state, previousReason: before.reason };
  });
}

/** Is it time to tell the Alertmanager? (§15) */
export function needsSending(i: AlertInstance, now: number, resolvedRetentionMs: number): boolean {
  if (i.state === 'Pending') return false;
  const sentAt = i.lastSentAt;
  if (i.state === 'Normal') {
    if (i.resolvedAt === undefined) return false;
    if (sentAt === undefined || i.resolvedAt > sentAt) return true;
    if (now - i.resolvedAt > resolvedRetentionMs) return false;
  }
  return sentAt === undefined || now - sentAt >= resendMs;
}
