/**
 * Evaluates rules when they are due (alerting-rules §12). Ticks are multiples of the base interval; the tick, not the clock, is the time of
 * an evaluation. Due rules are spread over the tick; a rule runs once at a time.
 */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Clock } from '../../../infra/clock.ts';
import type { Logger } from '../../../infra/log/log.ts';
import type { BackgroundService } from '../../../registry/background-service.ts';
import type { ExprNodeResult } from '../../../expr/expr.ts';
import { errorText } from '../../../expr/expr.ts';
import type { AlertFolders } from '../folders/alert-folders.ts';
import { baseIntervalSeconds, type AlertRule } from '../rules/alert-rule.ts';
import type { RuleStore } from '../rules/rule-store.ts';
import { sortKeys } from '../rules/rule-validation.ts';
import type { Outcome, RuleStatus, StateManager } from '../state/state-manager.ts';
import type { Transition } from '../state/state-machine.ts';
import type { PostableAlert } from '../state/alert-message.ts';
import { errorResult, evaluateResults, type EvaluationResult } from './evaluation.ts';
import type { BuiltRule, RuleQueries } from './rule-queries.ts';
import type { AlertingMetrics } from './alerting-metrics.ts';
import type { ShardOwner } from './shard-leases.ts';

export interface SchedulerSettings {
  readonly enabled: boolean;
  readonly disabledOrgs: ReadonlySet<number>;
  readonly minIntervalSeconds: number;
  readonly evaluationTimeoutMs: number;
  readonly maxAttempts: number;
  readonly initialRetryDelayMs: number;
  readonly maxRetryDelayMs: number;
  readonly randomizationFactor: number;
  readonly jitter: 'none' | 'group' | 'rule';
  /** < 0: no limit. */
  readonly resultsMax: number;
  readonly recordingEnabled: boolean;
}

export interface SchedulerDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly rules: Pick<RuleStore, 'fingerprint' | 'listAll'>;
  readonly folders: Pick<AlertFolders, 'all'>;
  readonly queries: RuleQueries;
  readonly states: StateManager;
  readonly settings: SchedulerSettings;
  readonly metrics: AlertingMetrics;
  /** Where several instances share the rules; absent: all are this one's. */
  readonly owner?: ShardOwner;
  readonly send: (orgId: number, alerts: readonly PostableAlert[]) => Promise<void>;
  readonly record: (rule: AlertRule, transitions: readonly Transition[], at: number) => void;
  /** Evaluations that changed no state are recorded as well. */
  readonly recordsAll: boolean;
  /** Writes the frames of a recording rule to its target; rejects with the reason. */
  readonly write: (rule: AlertRule, frames: ExprNodeResult['frames'], at: number) => Promise<void>;
  readonly random?: () => number;
}

interface Entry {
  rule: AlertRule;
  folderPath: string;
  fingerprint: string;
  /** Of so many ticks it is due at this one; undefined: at none. */
  turn: { readonly of: number; readonly at: number } | undefined;
  built: { version: number; rule: Promise<BuiltRule> } | undefined;
  /** What data sources are told; made anew when the rule or its folder's path changes. */
  headers: Readonly<Record<string, string>>;
  running: Promise<void> | undefined;
  /** A tick that waits for the running evaluation; an older one is dropped. */
  queued: number | undefined;
  /** Of recording rules, which have no instances. */
  status: RuleStatus | undefined;
  gone: boolean;
}

const tickMs = baseIntervalSeconds * 1000;
const evaluationsMax = 64;
/** Due rules start this many at a time: waking up costs more than evaluating one of them. */
const startedTogether = 16;
/** No wake-up comes sooner after another; what is due then starts in larger numbers. */
const stepMsMin = 50;
/** Evaluations that begin within this time share one limit. */
const deadlineGrainMs = 1000;

/** Whatever changes what an evaluation means (§12): not annotations, interval, keep_firing_for. */
function fingerprintOf(rule: AlertRule, folderPath: string): string {
  return createHash('sha1').update(JSON.stringify([
    rule.uid, rule.title, rule.folderUid, folderPath, sortKeys(rule.labels), rule.condition, rule.data, rule.isPaused, rule.notificationSettings, rule.forMs,
    rule.dashboardUid, rule.panelId, rule.group, rule.noDataState, rule.execErrState, rule.record,
  ])).digest('base64');
}

/** In ticks: when within its interval a rule runs. */
export function jitterOf(rule: AlertRule, frequency: number, jitter: SchedulerSettings['jitter']): number {
  if (jitter === 'none' || frequency <= 1) return 0;
  const hash = createHash('sha1').update(JSON.stringify([rule.group, rule.folderUid, rule.orgId, jitter === 'rule' ? rule.uid : ''])).digest();
  return hash.readUInt32BE(0) % frequency;
}

const keyOf = (r: { orgId: number; uid: string }) => `${r.orgId}/${r.uid}`;

export class Scheduler implements BackgroundService {
  readonly name = 'alerting.scheduler';
  readonly #deps: SchedulerDeps;
  readonly #entries = new Map<string, Entry>();
  #known = '';
  /** Rules that another instance evaluates. */
  #elsewhere: ReadonlySet<string> = new Set();
  #active = 0;
  readonly #waiting: (() => void)[] = [];
  #abort = new AbortController();
  #deadline: { readonly from: number; readonly signal: AbortSignal } | undefined;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, states, settings, log } = this.#deps;
    if (!settings.enabled) return;
    await states.warm();
    this.#abort = new AbortController();
    signal.addEventListener('abort', () => this.#abort.abort(signal.reason), { once: true });
    let tick = Math.ceil(clock.now() / tickMs) * tickMs;
    try {
      for (;;) {
        const wait = tick - clock.now();
        if (wait > 0) await clock.sleep(wait, signal);
        try {
          await this.tick(tick, signal);
        } catch (error) {
          if (signal.aborted) break;
          log.error('The rules of a tick were not evaluated', { tick, error });
        }
        tick += tickMs;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await Promise.allSettled([...this.#entries.values()].map((e) => e.running));
    await states.save(clock.now(), true);
    await this.#deps.owner?.release().catch((error: unknown) => log.warn('Leases of rules were not given back', { error }));
  }

  /** Looks for changed rules, then starts those that are due at `tick`, spread over the time until the next one. */
  async tick(tick: number, signal: AbortSignal): Promise<void> {
    const { clock, states, metrics } = this.#deps;
    const started = clock.now();
    metrics.behindSeconds.set(Math.max(0, started - tick) / 1000);
    // What changed is put back now, after the time that the tick's evaluations bear.
    await this.refresh(clock.now());
    if (this.#elsewhere.size > 0) await states.look((orgId, uid) => this.#elsewhere.has(keyOf({ orgId, uid })));
    const due = [...this.#entries.values()].filter(({ turn }) => turn !== undefined && (tick / tickMs) % turn.of === turn.at).sort((a, b) => (a.rule.uid < b.rule.uid ? -1 : 1));
    metrics.tickDuration.observe((clock.now() - started) / 1000);
    const saved = states.save(clock.now());
    const begin = clock.now();
    const window = Math.max(0, tick + tickMs - stepMsMin - begin);
    const steps = Math.max(1, Math.min(Math.floor(window / stepMsMin), Math.ceil(due.length / startedTogether)));
    const perStep = Math.max(1, Math.ceil(due.length / steps));
    for (let i = 0, step = 0; i < due.length; i += perStep, step++) {
      const wait = begin + (step * window) / steps - clock.now();
      if (step > 0 && wait > 0) await clock.sleep(wait, signal);
      for (const entry of due.slice(i, i + perStep)) this.#start(entry, tick);
    }
    await saved;
    metrics.ticked(tick, tickMs);
  }

  /** Reads the rules anew when any of them changed. */
  async refresh(now: number): Promise<void> {
    const { rules, folders, settings, owner, metrics, states } = this.#deps;
    await owner?.renew();
    const known = `${owner?.epoch ?? 0} ${await rules.fingerprint()}`;
    if (known === this.#known) return;
    const reading = performance.now();
    const all = (await rules.listAll()).filter((r) => !settings.disabledOrgs.has(r.orgId));
    metrics.querying.observe((performance.now() - reading) / 1000);
    const list = owner ? all.filter((r) => owner.owns(r)) : all;
    const seen = new Set(list.map(keyOf));
    const existing = owner ? new Set(all.map(keyOf)) : seen;
    // Rules that another instance had go on from where it left them.
    if (owner && this.#known !== '') await states.warm((orgId, uid) => seen.has(keyOf({ orgId, uid })) && !this.#entries.has(keyOf({ orgId, uid })));
    for (const [orgId, own] of Map.groupBy(list, (r) => r.orgId)) {
      const paths = await folders.all(orgId);
      for (const rule of own) this.#place(rule, paths.get(rule.folderUid)?.path ?? '', now);
    }
    for (const [key, entry] of this.#entries) {
      if (seen.has(key)) continue;
      this.#entries.delete(key);
      if (existing.has(key)) entry.gone = true;
      else this.#forget(entry, now);
    }
    // Instances of rules that went while the server was down.
    for (const { orgId, uid } of states.ruleKeys()) if (!existing.has(keyOf({ orgId, uid }))) this.#settle(undefined, states.reset(orgId, uid, now, 'RuleDeleted'), orgId, now);
    this.#elsewhere = new Set([...existing].filter((key) => !seen.has(key)));
    const handedOver = states.ruleKeys().filter((r) => !seen.has(keyOf(r)));
    if (handedOver.length > 0) states.forget(handedOver);
    this.#known = known;
    metrics.rules(list);
  }

  #place(rule: AlertRule, folderPath: string, now: number): void {
    const fingerprint = fingerprintOf(rule, folderPath);
    const turn = this.#turnOf(rule);
    const key = keyOf(rule);
    const before = this.#entries.get(key);
    if (!before) {
      this.#entries.set(key, { rule, folderPath, fingerprint, turn, headers: ruleHeaders(rule, folderPath, 'scheduler'), built: undefined, running: undefined, queued: undefined, status: undefined, gone: false });
      if (rule.isPaused) this.#settle(rule, this.#deps.states.reset(rule.orgId, rule.uid, now, 'Paused'), rule.orgId, now);
      return;
    }
    const changed = before.fingerprint !== fingerprint;
    const became = Boolean(before.rule.record) !== Boolean(rule.record);
    before.rule = rule;
    before.folderPath = folderPath;
    before.fingerprint = fingerprint;
    before.turn = turn;
    before.headers = ruleHeaders(rule, folderPath, 'scheduler');
    if (became) before.status = undefined;
    if (changed) this.#settle(rule, this.#deps.states.reset(rule.orgId, rule.uid, now, rule.isPaused ? 'Paused' : 'Updated'), rule.orgId, now);
  }

  #forget(entry: Entry, now: number): void {
    entry.gone = true;
    this.#settle(undefined, this.#deps.states.reset(entry.rule.orgId, entry.rule.uid, now, 'RuleDeleted'), entry.rule.orgId, now);
  }

  #settle(rule: AlertRule | undefined, outcome: Outcome, orgId: number, at: number): void {
    if (rule && outcome.moved.length > 0) this.#deps.record(rule, outcome.moved, at);
    if (outcome.alerts.length === 0) return;
    this.#deps.send(orgId, outcome.alerts).catch((error: unknown) => this.#deps.log.error('Alerts were not sent', { orgId, error }));
  }

  #turnOf(rule: AlertRule): Entry['turn'] {
    const { settings } = this.#deps;
    if (rule.isPaused || (rule.record && !settings.recordingEnabled)) return undefined;
    const interval = Math.max(rule.intervalSeconds, settings.minIntervalSeconds);
    if (interval % baseIntervalSeconds !== 0) return undefined;
    const of = interval / baseIntervalSeconds;
    return { of, at: jitterOf(rule, of, settings.jitter) };
  }

  #start(entry: Entry, tick: number): void {
    if (entry.running) {
      if (entry.queued !== undefined) this.#deps.metrics.missed(entry.rule);
      entry.queued = tick;
      return;
    }
    // Rules of an imported group run one after the other, in their order (§12).
    const sequential = this.#predecessor(entry, tick);
    entry.running = this.#slot(async () => {
      await sequential;
      if (!entry.gone && !entry.rule.isPaused) await this.evaluate(entry, tick);
    }, sequential !== undefined).catch((error: unknown) => this.#deps.log.error('A rule was not evaluated', { org: entry.rule.orgId, rule: entry.rule.uid, error })).finally(() => {
      entry.running = undefined;
      const next = entry.queued;
      entry.queued = undefined;
      if (next !== undefined && !this.#abort.signal.aborted) this.#start(entry, next);
    });
  }


  #predecessor(entry: Entry, _tick: number): Promise<void> | undefined {
    if (entry.rule.metadata.prometheusDefinition === undefined) return undefined;
    const { orgId, folderUid, group } = entry.rule;
    const before = [...this.#entries.values()].filter((e) => e !== entry && e.rule.orgId === orgId && e.rule.folderUid === folderUid && e.rule.group === group && e.rule.groupIndex < entry.rule.groupIndex && e.running);
    return before.length === 0 ? undefined : Promise.allSettled(before.map((e) => e.running)).then(() => {});
  }

  async #slot(work: () => Promise<void>, waits: boolean): Promise<void> {
    // One that waits for another must not hold the place that the other may need.
    if (waits) return work();
    if (this.#active >= evaluationsMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#active++;
    try {
      await work();
    } finally {
      this.#active--;
      this.#waiting.shift()?.();
    }
  }

  async evaluate(entry: Entry, tick: number): Promise<void> {
    const { states, metrics, clock } = this.#deps;
    const { rule, folderPath, fingerprint } = entry;
    const started = performance.now();
    const { results, raw } = await this.#attempts(entry, tick);
    const evaluationMs = performance.now() - started;
    metrics.evaluated(rule, evaluationMs / 1000, results);
    // The rule changed or went while its queries ran: what came back is about another rule.
    if (entry.gone || entry.fingerprint !== fingerprint || this.#abort.signal.aborted || this.#deps.owner?.owns(rule) === false) return;
    if (rule.record) {
      await this.#recordResult(entry, rule, results, raw, tick, evaluationMs);
      return;
    }
    const processing = performance.now();
    const outcome = states.process(rule, folderPath, results, tick, evaluationMs);
    if (this.#deps.recordsAll) this.#deps.record(rule, outcome.all, tick);
    if (outcome.moved.length > 0) {
      if (!this.#deps.recordsAll) this.#deps.record(rule, outcome.moved, tick);
      // What became of an alert is remembered before anybody hears of it.
      await states.save(clock.now());
    }
    metrics.processed(rule.orgId, (performance.now() - processing) / 1000);
    if (outcome.alerts.length > 0) {
      const sending = performance.now();
      try {
        await this.#deps.send(rule.orgId, outcome.alerts);
      } catch (error) {
        this.#deps.log.error('Alerts were not sent', { orgId: rule.orgId, rule: rule.uid, error });
      }
      metrics.sent(rule.orgId, (performance.now() - sending) / 1000);
    }
  }

  async #recordResult(entry: Entry, rule: AlertRule, results: readonly EvaluationResult[], raw: ReadonlyMap<string, ExprNodeResult> | undefined, tick: number, evaluationMs: number): Promise<void> {
    const base = { lastEvaluation: tick, evaluationMs };
    const failed = results.find((r) => r.state === 'Error');
    if (failed) entry.status = { ...base, health: 'error', lastError: failed.error?.message ?? '' };
    else {
      const frames = raw?.get(rule.record!.from)?.frames ?? [];
      if (frames.length === 0 || frames.every((f) => f.fields.length === 0 || f.fields[0]!.values.length === 0)) entry.status = { ...base, health: 'nodata', lastError: '' };
      else {
        try {
          await this.#deps.write(rule, frames, tick);
          entry.status = { ...base, health: 'ok', lastError: '' };
        } catch (error) {
          entry.status = { ...base, health: 'error', lastError: error instanceof Error ? error.message : String(error) };
        }
      }
    }
  }

  async #attempts(entry: Entry, tick: number): Promise<{ results: readonly EvaluationResult[]; raw: ReadonlyMap<string, ExprNodeResult> | undefined }> {
    const { settings, clock, metrics, log } = this.#deps;
    const random = this.#deps.random ?? Math.random;
    let delay = settings.initialRetryDelayMs;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#once(entry, tick);
      metrics.attempted(entry.rule.orgId);
      const failed = outcome.results.find((r) => r.state === 'Error');
      if (!failed || failed.error?.final || attempt >= settings.maxAttempts || this.#abort.signal.aborted) return outcome;
      metrics.attemptFailed(entry.rule.orgId);
      log.debug('A rule is evaluated again', { org: entry.rule.orgId, rule: entry.rule.uid, attempt, error: failed.error?.message });
      const spread = 1 + (random() * 2 - 1) * settings.randomizationFactor;
      try {
        await clock.sleep(delay * spread, this.#abort.signal);
      } catch {
        return outcome;
      }
      delay = Math.min(delay * 1.5, settings.maxRetryDelayMs);
    }
  }

  /** Aborts at shutdown, or once the time of an evaluation that begins now is over (at most a second late). */
  #deadlineSignal(): AbortSignal {
    const now = performance.now();
    if (!this.#deadline || now - this.#deadline.from > deadlineGrainMs || this.#deadline.signal.aborted) {
      const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(this.#deps.settings.evaluationTimeoutMs + deadlineGrainMs)]);
      setMaxListeners(0, signal);
      this.#deadline = { from: now, signal };
    }
    return this.#deadline.signal;
  }

  async #once(entry: Entry, tick: number): Promise<{ results: readonly EvaluationResult[]; raw: ReadonlyMap<string, ExprNodeResult> | undefined }> {
    const { queries, states, settings } = this.#deps;
    const { rule } = entry;
    const signal = this.#deadlineSignal();
    try {
      if (entry.built?.version !== rule.version) entry.built = { version: rule.version, rule: queries.build(rule.orgId, undefined, rule) };
      const built = await entry.built!.rule;
      const firing = built.hysteresis
        ? [...states.instances(rule.orgId, rule.uid).values()].filter((i) => (i.state === 'Alerting' || i.state === 'Pending') && i.reason === '').map((i) => i.resultLabels)
        : [];
      const raw = await queries.run(built, { orgId: rule.orgId, now: tick, signal, firing, headers: entry.headers });
      if (signal.aborted) throw new Error('context deadline exceeded');
      if (rule.record) {
        const failed = raw.get(rule.record.from)?.error;
        return { results: failed ? [errorResult(failed.text)] : [], raw };
      }
      const results = evaluateResults(rule.condition, raw);
      if (settings.resultsMax >= 0 && results.length > settings.resultsMax) {
        return { results: [errorResult(`query evaluation returned too many results: ${results.length} (limit: ${settings.resultsMax})`)], raw };
      }
      return { results, raw };
    } catch (error) {
      // A data source may come back or be made: it is looked up anew.
      entry.built = undefined;
      return { results: [errorResult(`failed to build query: ${errorText(error)}`.replace(/^failed to build query: (failed to)/, '$1'))], raw: undefined };
    }
  }

  /** Of a rule that the scheduler knows; undefined when it does not, or never runs it. */
  status(rule: AlertRule): RuleStatus | undefined {
    const entry = this.#entries.get(keyOf(rule));
    if (!entry) return !rule.record && this.#elsewhere.has(keyOf(rule)) ? this.#deps.states.status(rule.orgId, rule.uid) : undefined;
    if (rule.record) return entry.status ?? { health: 'unknown', lastError: '', lastEvaluation: 0, evaluationMs: 0 };
    return this.#deps.states.status(rule.orgId, rule.uid);
  }
}

/** What data sources are told about the rule that asks (§13.1). */
export function ruleHeaders(rule: Pick<AlertRule, 'title' | 'uid' | 'version' | 'record' | 'orgId'>, folderPath: string, source: 'scheduler' | 'preview' | 'backtesting'): Record<string, string> {
  const escape = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll('%20', '+');
  return {
    FromAlert: 'true', 'X-Cache-Skip': 'true', 'X-Grafana-Org-Id': String(rule.orgId), 'http_X-Rule-Name': escape(rule.title), 'http_X-Rule-Uid': escape(rule.uid),
    'http_X-Rule-Folder': escape(folderPath), 'http_X-Rule-Type': rule.record ? 'recording' : 'alerting', 'http_X-Rule-Version': String(rule.version),
    'http_X-Rule-Source': source,
  };
}
