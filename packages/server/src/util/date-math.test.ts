import { expect, test } from 'vitest';
import { parseTimeBound, parseTimeRange } from './date-math.ts';

const now = Date.parse('2024-05-08T10:20:30.400Z');
const iso = (text: string, roundUp = false) => {
  const at = parseTimeBound(text, now, roundUp);
  return at === undefined ? undefined : new Date(at).toISOString();
};

test.each([
  ['1700000000000', '2023-11-14T22:13:20.000Z'], ['2024', '1970-01-01T00:00:02.024Z'], ['-2000', '1969-12-31T23:59:58.000Z'], ['+5', '1970-01-01T00:00:00.005Z'],
  ['6h', '2024-05-08T04:20:30.400Z'], ['1h30m', '2024-05-08T08:50:30.400Z'], ['2w', '2024-04-24T10:20:30.400Z'],
  ['now', '2024-05-08T10:20:30.400Z'], ['now-1d+2h', '2024-05-07T12:20:30.400Z'], ['now/w', '2024-05-06T00:00:00.000Z'], ['now-1y/y', '2023-01-01T00:00:00.000Z'],
  ['2024-01-02', '2024-01-02T00:00:00.000Z'], ['2024-01-02T03:04', '2024-01-02T03:04:00.000Z'], ['2024-01-02T03:04:05.6+02:00', '2024-01-02T01:04:05.600Z'],
  ['2024-01-31||+1M', '2024-03-02T00:00:00.000Z'], ['2024-05-08||/Q', '2024-04-01T00:00:00.000Z'], ['2024-05-10||+1b', '2024-05-13T00:00:00.000Z'],
])('%s is %s', (text, expected) => {
  expect(iso(text)).toBe(expected);
});

test.each([['now/d', '2024-05-08T23:59:59.999Z'], ['2024-02-10||/M', '2024-02-29T23:59:59.999Z'], ['2024-05-08||/w', '2024-05-12T23:59:59.999Z']])('as an end %s is %s', (text, expected) => {
  expect(iso(text, true)).toBe(expected);
});

test.each(['garbage', '', ' now', '2024-01-02 03:04', '2024-01-02+1d', '2024-02-30', '1700000000000.5', '2024-01-02T03:04:05.1234', 'now-1x', 'now-99999999999y'])('%j is no bound', (text) => {
  expect(parseTimeBound(text, now)).toBeUndefined();
});

test('what cannot be read is the epoch', () => {
  expect(parseTimeRange('garbage', '2000', now)).toEqual({ from: 0, to: 2000 });
});
