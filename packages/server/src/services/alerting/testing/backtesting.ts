/** What a rule would have said in the past: evaluations at the times at which it would have run (alerting-rules §7). */
import { isNull, isNumeric, numberAt, type Frame } from '@belvedere/dataframe';
import { baseIntervalSeconds, type AlertRule } from '../rules/alert-rule.ts';
import { historyFrame, lineOf } from '../history/loki-history.ts';
import { isMemorable, type HistoryFrame } from '../history/history.ts';
import { jitterOf } from '../scheduler/scheduler.ts';
import { labelsText, type EvaluationResult } from '../scheduler/evaluation.ts';
import { advance, type AlertInstance } from '../state/state-machine.ts';
import { machineRule, type dressFor } from '../state/state-manager.ts';

export interface Backtest {
  readonly rule: AlertRule;
  /** Milliseconds since the epoch, both included. */
  readonly from: number;
  readonly to: number;
  readonly minIntervalSeconds: number;
  readonly jitter: 'none' | 'group' | 'rule';
  /** 0: no limit. */
  readonly evaluationsMax: number;
  readonly evaluate: (at: number) => Promise<readonly EvaluationResult[]>;
  readonly dress: ReturnType<typeof dressFor>;
}

const tickMs = baseIntervalSeconds * 1000;

export async function backtest({ rule: given, from, to, minIntervalSeconds, jitter, evaluationsMax, evaluate, dress }: Backtest): Promise<HistoryFrame> {
  const notices: string[] = [];
  const intervalSeconds = Math.max(given.intervalSeconds, minIntervalSeconds);
  if (intervalSeconds > given.intervalSeconds) notices.push(`The interval was raised to the smallest that is allowed, ${intervalSeconds}s.`);
  const rule = { ...given, intervalSeconds };
  const frequency = intervalSeconds / baseIntervalSeconds;
  const placed = rule.group !== '' && rule.folderUid !== '';
  if (!placed && jitter !== 'none') notices.push('Folder and group are not known: evaluations are not spread over the interval.');
  const offset = placed ? jitterOf(rule, frequency, jitter) : 0;
  const first = Math.ceil(from / tickMs);
  let at = (first + ((((offset - first) % frequency) + frequency) % frequency)) * tickMs;

  let instances: ReadonlyMap<string, AlertInstance> = new Map();
  const lines: { at: bigint; line: string; labels: unknown }[] = [];
  const labels = { from: 'state-history', orgID: String(rule.orgId), group: rule.group, folderUID: rule.folderUid };
  for (let count = 1; at <= to; count++, at += intervalSeconds * 1000) {
    if (evaluationsMax > 0 && count > evaluationsMax) {
      notices.push(`Only the first ${evaluationsMax} evaluations were made.`);
      break;
    }
    const step = advance(machineRule(rule), await evaluate(at), instances, at, 0, dress);
    instances = step.instances;
    for (const transition of step.transitions) if (isMemorable(transition)) lines.push({ at: BigInt(at) * 1_000_000n, line: lineOf(rule, transition), labels });
  }
  const frame = historyFrame(lines);
  return notices.length === 0 ? frame : { ...frame, schema: { ...frame.schema, meta: { notices: notices.map((text) => ({ severity: 'warning', text })) } } };
}

/** Results out of data that came with the question: each numeric column is an instance; it fires where its last value up to then is not zero. */
export function resultsOf(frame: Frame, refId: string): (at: number) => readonly EvaluationResult[] {
  const time = frame.fields.find((field) => field.type === 'time');
  const columns = frame.fields.filter((field) => isNumeric(field.type) || field.type === 'bool');
  if (!time || columns.length === 0) throw new Error('the data needs a column of times and one of numbers');
  const times = time.values as ArrayLike<number>;
  return (at) => {
    let row = -1;
    for (let i = 0; i < times.length && times[i]! <= at; i++) row = i;
    if (row < 0) return [{ labels: {}, state: 'NoData', captured: [], valueString: '' }];
    return columns.map((field) => {
      const value = isNull(field, row) ? null : numberAt(field, row);
      const own = field.labels ?? {};
      return {
        labels: own, state: value === null ? 'NoData' : value === 0 ? 'Normal' : 'Alerting', captured: [{ name: refId, metric: '', labels: own, type: 'query', value, fromDatasource: true }],
        valueString: `[ var='${refId}' labels={${labelsText(own)}} type='query' value=${value ?? 'null'} ]`,
      };
    });
  };
}
