import type { DataFrame, Field, FieldType } from '@grafana/data';
import { expect, test } from 'vitest';
import { candlesOf, directions, type Candles } from './candles.ts';

const field = (name: string, values: readonly unknown[], type = 'number'): Field => ({ name, type: type as FieldType, values: [...values], config: {} });
const frame = (...fields: Field[]): DataFrame => ({ fields, length: fields[0]?.values.length ?? 0 });
const name = (one: Field) => one.name;
const time = field('time', [1, 2, 3], 'time');

test('fields are found by their usual names, or by those that were chosen', () => {
  const prices = frame(time, field('Open', [1, 2, 3]), field('High', [4, 4, 4]), field('Low', [0, 0, 0]), field('Close', [2, 1, 3]), field('Volume', [9, 9, 9]));
  const found = candlesOf(prices, {}, name) as Candles;
  expect([found.open, found.high, found.low, found.close, found.volume?.name]).toEqual([[1, 2, 3], [4, 4, 4], [0, 0, 0], [2, 1, 3], 'Volume']);
  expect(directions(found, 'open-close')).toEqual(['up', 'down', 'flat']);
  expect(directions(found, 'close-close')).toEqual(['up', 'down', 'up']);
  expect((candlesOf(frame(time, field('a', [5, 6, 7]), field('b', [1, 2, 3])), { close: 'b', open: 'a' }, name) as Candles).close).toEqual([1, 2, 3]);
});

test('one field alone begins where it ended before', () => {
  const { open, high, low } = candlesOf(frame(time, field('value', [5, 7, 6])), {}, name) as Candles;
  expect([open, high, low]).toEqual([[5, 5, 7], [5, 7, 7], [5, 5, 6]]);
});

test('what is missing is told', () => {
  expect(candlesOf(frame(), {}, name)).toBe('No data');
  expect(candlesOf(frame(field('close', [1])), {}, name)).toMatch(/time field/);
  expect(candlesOf(frame(time), {}, name)).toMatch(/close/);
});
