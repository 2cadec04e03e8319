import { expect, test } from 'vitest';
import { draftOf, intervalOf, intervalText, timesOf } from './interval.ts';

test('an interval survives being typed', () => {
  const interval = { times: [{ start_time: '09:00', end_time: '17:00' }], weekdays: ['monday:friday'], days_of_month: ['1:5', '-1'], location: 'Europe/Berlin' };
  expect(intervalOf(draftOf(interval))).toEqual(interval);
  expect(intervalText(interval)).toBe('09:00–17:00; monday:friday; days 1:5, -1 (Europe/Berlin)');
  expect(intervalText({})).toBe('Always');
});

test('times that are none are told apart', () => {
  expect(timesOf('9:00 - 10:00')).toEqual([{ start_time: '09:00', end_time: '10:00' }]);
  expect(timesOf('morning')).toBeUndefined();
  expect(timesOf('')).toEqual([]);
});
