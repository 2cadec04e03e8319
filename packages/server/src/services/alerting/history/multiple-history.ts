/** Several backends: the first answers queries, all are written to (alerting-rules §14). */
import type { StateHistory } from './history.ts';

export function createMultipleHistory(primary: StateHistory, secondaries: readonly StateHistory[]): StateHistory {
  const all = [primary, ...secondaries];
  return {
    keepsAll: all.some((history) => history.keepsAll),
    record(rule, transitions, at) {
      for (const history of all) history.record(rule, transitions, at);
    },
    query: (query, rule) => primary.query(query, rule),
  };
}
