/** What became of alert instances (alerting-rules §14). */
import type { AlertRule } from '../rules/alert-rule.ts';
import type { Transition } from '../state/state-machine.ts';

export interface HistoryQuery {
  readonly orgId: number;
  readonly ruleUid: string;
  /** Milliseconds since the epoch; 0: no bound. */
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  /** State names; '' for all. */
  readonly previous: string;
  readonly current: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface HistoryEntry {
  readonly at: number;
  readonly text: string;
  readonly previous: string;
  readonly current: string;
  /** JSON text. */
  readonly data: string;
}

export interface StateHistory {
  /** Never rejects: failures are logged, evaluation goes on. */
  record(rule: AlertRule, transitions: readonly Transition[], at: number): void;
  query(query: HistoryQuery, rule: AlertRule): Promise<readonly HistoryEntry[]>;
}

/** Is the transition one to remember? */
export function isMemorable({ instance, previousState, previousReason }: Transition): boolean {
  if (instance.state === previousState && instance.reason === previousReason) return false;
  if (instance.state === 'Normal' && instance.reason === 'MissingSeries' && previousState === 'Normal') return false;
  return !(instance.state === 'Normal' && instance.reason === '' && previousState === 'Normal' && (previousReason === 'Paused' || previousReason === 'Updated'));
}
