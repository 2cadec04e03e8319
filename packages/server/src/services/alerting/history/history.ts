/** What became of alert instances (alerting-rules §14). */
import { defineErrors } from '../../../web/errors.ts';
import type { AlertRule, Labels } from '../rules/alert-rule.ts';
import type { Transition } from '../state/state-machine.ts';

export interface HistoryQuery {
  readonly orgId: number;
  /** '' for all rules, where the backend can. */
  readonly ruleUid: string;
  readonly dashboardUid: string;
  /** 0: any. */
  readonly panelId: number;
  /** Milliseconds since the epoch; 0: no bound. */
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  /** State names; '' for all. */
  readonly previous: string;
  readonly current: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Only rules in these folders; undefined: wherever they are. */
  readonly folderUids: readonly string[] | undefined;
}

/** A data frame as JSON. */
export interface HistoryFrame {
  readonly schema: { readonly name: string; readonly fields: readonly object[]; readonly meta?: object };
  readonly data: { readonly values: readonly (readonly unknown[])[] };
}

export interface StateHistory {
  /** Every evaluation is told, not only those that change a state. */
  readonly keepsAll: boolean;
  /** Never rejects: failures are logged, evaluation goes on. */
  record(rule: AlertRule, transitions: readonly Transition[], at: number): void;
  /** `rule` is the one that is asked for by uid. Throws ApiError where the backend cannot be asked, or not this. */
  query(query: HistoryQuery, rule: AlertRule | undefined): Promise<HistoryFrame>;
}

export const historyErrors = defineErrors('alerting-history', {
  // Compat: the reference answers 500 to these.
  ruleNeeded: [400, 'ruleUID is required to query annotations'],
  writeOnly: [400, 'this backend of the state history cannot be queried'],
  tooLong: [400, 'Request to Loki exceeded ({{.Public.QuerySize}} bytes) configured maximum size of {{.Public.MaxLimit}} bytes', 'loki.requestTooLong'],
  unreachable: [502, 'the state history in Loki did not answer'],
});

/** Is the transition one to remember? */
export function isMemorable({ instance, previousState, previousReason }: Transition): boolean {
  if (instance.state === previousState && instance.reason === previousReason) return false;
  if (instance.state === 'Normal' && instance.reason === 'MissingSeries' && previousState === 'Normal') return false;
  return !(instance.state === 'Normal' && instance.reason === '' && previousState === 'Normal' && (previousReason === 'Paused' || previousReason === 'Updated'));
}

/** Labels that are not the server's own. */
export const publicLabels = (labels: Labels): Record<string, string> => Object.fromEntries(Object.entries(labels).filter(([name]) => !(name.startsWith('__') || name.endsWith('__'))));
