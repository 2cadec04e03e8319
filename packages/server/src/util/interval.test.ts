import { expect, test } from 'vitest';
import { calculateInterval, formatGoDuration, formatInterval, niceInterval, parseDuration, parseGoDuration, parseInterval } from './interval.ts';

test('Go durations', () => {
  expect(['1h30m', '-1.5s', '0', '150ms', '1us', '.5s', '1.s'].map(parseGoDuration)).toEqual([5_400_000, -1500, 0, 150, 0.001, 500, 1000]);
  expect(['', '5', '5d', 's', '1h 3m', '--1s'].map(parseGoDuration)).toEqual([undefined, undefined, undefined, undefined, undefined, undefined]);
});
test('longer units are whole numbers', () => {
  expect(['5d', '2w', '1M', '1y', '1.5d'].map(parseDuration)).toEqual([432_000_000, 1_209_600_000, 2_629_800_000, 31_557_600_000, undefined]);
  expect(['<10s>', '15', '1m'].map(parseInterval)).toEqual([10_000, 15_000, 60_000]);
});
test('intervals as text', () => {
  expect([90_000, 0.2, 3_600_000, 31_536_000_000].map(formatInterval)).toEqual(['1m', '1ms', '1h', '1y']);
  expect([60_000, 15_000, 500, 3_600_000, 90_500, 0].map(formatGoDuration)).toEqual(['1m0s', '15s', '500ms', '1h0m0s', '1m30.5s', '0s']);
});
test('intervals that people use', () => {
  expect([10, 11, 1400, 86_400_000, 604_800_000].map(niceInterval)).toEqual([1, 10, 1000, 43_200_000, 86_400_000]);
  expect(calculateInterval(3_600_000, 15_000, 100)).toBe(30_000);
  expect(calculateInterval(3_600_000, 60_000, 100)).toBe(60_000);
});
