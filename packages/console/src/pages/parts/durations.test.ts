import { expect, test } from 'vitest';
import { durationSeconds, durationText } from './durations.ts';

test('durations are read and written', () => {
  expect(['5m', '1h30m', '90s', '0s', '0', '1d', '100ms'].map(durationSeconds)).toEqual([300, 5400, 90, 0, 0, 86_400, 0.1]);
  expect(['', '5', 'm', '5x', '5m ', '30m1h'].map(durationSeconds)).toEqual(Array(6).fill(undefined));
  expect([0, 10, 60, 5400, 86_400].map(durationText)).toEqual(['0s', '10s', '1m', '1h30m', '1d']);
});
