import { expect, test } from 'vitest';
import { jsonLines, lineDiff } from './line-diff.ts';

const told = (before: string, after: string) => lineDiff([...before], [...after]).map(({ sign, text }) => `${sign}${text}`).join(' ');

test('says what came and what went, in order, with the lines around', () => {
  expect(told('abcde', 'abXde')).toBe(' a  b -c +X  d  e');
  expect(told('abc', 'abc')).toBe('');
  expect(told('', 'ab')).toBe('+a +b');
  expect(told('abcabba', 'cbabac').replaceAll(/[^+-]/g, '').length).toBe(5);
});

test('what is the same is put together again to the new text', () => {
  const [before, after] = [[...'the cat sat'], [...'a cat spat']];
  const lines = lineDiff(before, after);
  expect(lines.filter(({ sign }) => sign === '+' || sign === ' ').map(({ text }) => text).join('')).toBe('a cat spat');
  expect(lines.filter(({ sign }) => sign === '-' || sign === ' ').map(({ text }) => text).join('')).toBe('the cat sat');
});

test('lines far from any change are left out', () => {
  const before = Array.from({ length: 40 }, (_, i) => `line ${i}`);
  const after = before.with(5, 'other').with(30, 'another');
  const lines = lineDiff(before, after);
  expect(lines).toHaveLength(2 * (3 + 2 + 3) + 3);
  expect(lines.filter(({ sign }) => sign === '…')).toHaveLength(3);
});

test('two long texts that have nothing in common are told at once', () => {
  const lines = lineDiff(Array.from({ length: 5_000 }, (_, i) => `a${i}`), Array.from({ length: 5_000 }, (_, i) => `b${i}`));
  expect(lines).toHaveLength(10_000);
}, 60_000);

test('the order of members is no difference', () => {
  expect(jsonLines({ b: 1, a: [{ d: 1, c: 2 }] })).toEqual(jsonLines({ a: [{ c: 2, d: 1 }], b: 1 }));
});
