import type { DataFrame } from '@grafana/data';
import { expect, test } from 'vitest';
import { barsOf, flamesOf, totalsOf } from './flames.ts';

const profile = (rows: readonly (readonly [level: number, label: string, value: number, self: number])[]): DataFrame => ({
  length: rows.length, fields: (['level', 'label', 'value', 'self'] as const).map((name, column) => ({ name, type: 'number', config: {}, values: rows.map((row) => row[column]) })),
}) as unknown as DataFrame;

const flames = flamesOf(profile([[0, 'main', 100, 10], [1, 'read', 40, 30], [2, 'parse', 10, 10], [1, 'work', 50, 20], [2, 'work', 30, 30]]));

test('each stands below what called it, after its elder sisters', () => {
  expect(flames.map(({ label, start, parent }) => [label, start, parent])).toEqual([['main', 0, undefined], ['read', 0, 0], ['parse', 0, 1], ['work', 40, 0], ['work', 40, 3]]);
});

test('one that is looked at fills the width, with what led to it', () => {
  expect(barsOf(flames, 3, 0).map(({ flame, left, width }) => [flame.label, flame.level, left, width])).toEqual([['main', 0, 0, 1], ['work', 1, 0, 1], ['work', 2, 0, 0.6]]);
});

test('what is too narrow to be seen is left out', () => {
  expect(barsOf(flames, undefined, 0.2).map(({ flame }) => flame.label)).toEqual(['main', 'read', 'work', 'work']);
});

test('what calls itself is counted once', () => {
  expect(totalsOf(flames)).toEqual([{ label: 'read', self: 30, total: 40 }, { label: 'work', self: 50, total: 50 }, { label: 'main', self: 10, total: 100 }, { label: 'parse', self: 10, total: 10 }].sort((a, b) => b.self - a.self || b.total - a.total));
});

test('names that are numbers are looked up, and other frames are no profile', () => {
  const frame = profile([[0, 'x', 1, 1]]);
  const numbered = { ...frame, fields: frame.fields.map((field) => (field.name === 'label' ? { ...field, values: [1], config: { type: { enum: { text: ['a', 'main'] } } } } : field)) } as DataFrame;
  expect(flamesOf(numbered)[0]?.label).toBe('main');
  expect(flamesOf({ ...frame, fields: frame.fields.slice(1) })).toEqual([]);
  expect(flamesOf(undefined)).toEqual([]);
});
