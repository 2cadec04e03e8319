import type { DataFrame, Field, FieldType } from '@grafana/data';
import { expect, test } from 'vitest';
import { spanOf, xySeries, type Matching } from './points.ts';

const field = (name: string, values: readonly unknown[], config: object = {}, type = 'number'): Field => ({ name, type: type as FieldType, values: [...values], config });
const frame = (...fields: Field[]): DataFrame => ({ fields, length: fields[0]?.values.length ?? 0 });
const byName: Matching = { nameOf: ({ name }) => name, matches: ({ options }, { name }) => name === options };
const people = frame(field('who', ['a', 'b'], {}, 'string'), field('height', [160, 190]), field('weight', [55, 95]), field('age', [20, 30]));
const named = (options: string) => ({ matcher: { id: 'byName', options } });
const told = (series: ReturnType<typeof xySeries>) => series.map(({ name, x, y, size }) => [name, x.name, y.name, size?.name]);

test('by itself every number is drawn over the first, or over the one that is asked for', () => {
  expect(told(xySeries([people], 'auto', [], byName))).toEqual([['weight', 'height', 'weight', undefined], ['age', 'height', 'age', undefined]]);
  expect(told(xySeries([people], 'auto', [{ x: named('age') }], byName))).toEqual([['height', 'age', 'height', undefined], ['weight', 'age', 'weight', undefined]]);
});

test('by hand the pairs are those that were chosen, in the frame that was chosen', () => {
  const series = [{ name: { fixed: 'people' }, frame: { matcher: { id: 'byIndex', options: 1 } }, x: named('weight'), y: named('height'), size: named('age') }];
  expect(told(xySeries([frame(field('other', [1])), people], 'manual', series, byName))).toEqual([['people', 'weight', 'height', 'age']]);
  expect(xySeries([people], 'manual', [{ x: named('weight'), y: named('nothing') }], byName)).toEqual([]);
});

test('what is hidden is not drawn', () => {
  expect(xySeries([frame(field('x', [1]), field('y', [1], { custom: { hideFrom: { viz: true } } }))], 'auto', [], byName)).toEqual([]);
});

test('the span holds all values, and keeps to what the fields say', () => {
  expect(spanOf([field('x', [0, 10]), field('y', [null, 20])], 0.1)).toEqual([-2, 22]);
  expect(spanOf([field('x', [0, 10], { min: 5 })], 0)).toEqual([5, 10]);
  expect(spanOf([field('x', [])], 0)).toEqual([0, 1]);
});
