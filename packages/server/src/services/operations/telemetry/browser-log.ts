/** What browsers log (config-and-operations §6): taken at a bounded rate, and written to the log where that is asked for. */
import type { Logger } from '../../../infra/log/log.ts';
import { objectOf, objectsOf, textOf } from '../../../util/json-value.ts';

export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** A bucket of `burst` that fills by `perSecond`. */
export function createRateLimit({ perSecond, burst }: RateLimit, now: () => number): () => boolean {
  let left = burst;
  let at = now();
  return () => {
    left = Math.min(burst, left + ((now() - at) / 1000) * perSecond);
    at = now();
    if (left < 1) return false;
    left--;
    return true;
  };
}

const entriesMax = 50;
const lengthMax = 2000;
const levels: Readonly<Record<string, 'debug' | 'info' | 'warn' | 'error'>> = { trace: 'debug', debug: 'debug', log: 'debug', info: 'info', warn: 'warn', error: 'error' };

/** Writes the messages and exceptions of one report. Whoever may not sign in may report: lengths and numbers are bounded. */
export function logReport(log: Logger, report: unknown): void {
  const { logs, exceptions, meta } = objectOf(report);
  const cut = (text: unknown) => textOf(text).slice(0, lengthMax);
  const page = cut(objectOf(objectOf(meta)['page'])['url']);
  for (const entry of objectsOf(logs).slice(0, entriesMax)) log[levels[textOf(entry['level'])] ?? 'info']('Message of a browser', { message: cut(entry['message']), page });
  for (const { type, value } of objectsOf(exceptions).slice(0, entriesMax)) log.error('Exception in a browser', { type: cut(type), value: cut(value), page });
}
