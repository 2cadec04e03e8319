import { expect, test } from 'vitest';
import { silentLogger } from '../../../infra/log/log.ts';
import { createRateLimit, logReport } from './browser-log.ts';

test('a burst is taken, then as many as the rate allows', () => {
  let now = 0;
  const taken = createRateLimit({ perSecond: 3, burst: 5 }, () => now);
  const some = (n: number) => Array.from({ length: n }, taken).filter(Boolean).length;
  expect(some(10)).toBe(5);
  now += 1000;
  expect(some(10)).toBe(3);
  now += 60_000;
  expect(some(10)).toBe(5);
});

test('messages and exceptions are written at their level, cut to a bound; anything else is left', () => {
  const lines: unknown[] = [];
  const at = (level: string) => (message: string, fields?: object) => void lines.push([level, message, fields]);
  const log = { ...silentLogger, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  logReport(log, { meta: { page: { url: 'http://g/d/x' } }, logs: [{ level: 'warn', message: 'slow' }, { message: 'x'.repeat(5000) }, 7], exceptions: [{ type: 'TypeError', value: 'no' }] });
  expect(lines).toEqual([
    ['warn', 'Message of a browser', { message: 'slow', page: 'http://g/d/x' }], ['info', 'Message of a browser', { message: 'x'.repeat(2000), page: 'http://g/d/x' }],
    ['error', 'Exception in a browser', { type: 'TypeError', value: 'no', page: 'http://g/d/x' }],
  ]);
  lines.length = 0;
  for (const report of [null, 'text', [], { logs: 'x' }]) logReport(log, report);
  expect(lines).toEqual([]);
});
