import { expect, test } from 'vitest';
import { jsonText, lineDiff } from './line-diff.ts';

const told = (before: string, after: string) => lineDiff([...before].join('\n'), [...after].join('\n')).map(({ sign, text }) => `${sign}${text}`).join(' ');

test('says what came and what went, in order, with the lines around', () => {
  expect(told('abcde', 'abXde')).toBe(' a  b -c +X  d  e');
  expect(told('abc', 'abc')).toBe('');
  expect(told('abcd', 'axcde')).toBe(' a -b +x  c  d +e');
});

test('what is the same is put together again to the new text', () => {
  const lines = lineDiff([...'the cat sat'].join('\n'), [...'a cat spat'].join('\n'));
  expect(lines.filter(({ sign }) => sign === '+' || sign === ' ').map(({ text }) => text).join('')).toBe('a cat spat');
  expect(lines.filter(({ sign }) => sign === '-' || sign === ' ').map(({ text }) => text).join('')).toBe('the cat sat');
});

test('lines far from any change are left out', () => {
  const before = Array.from({ length: 40 }, (_, i) => `line ${i}`);
  const after = before.with(5, 'other').with(30, 'another');
  const lines = lineDiff(before.join('\n'), after.join('\n'));
  expect(lines).toHaveLength(2 * (3 + 2 + 3) + 3);
  expect(lines.filter(({ sign }) => sign === '…')).toHaveLength(3);
});

test('two long texts that have nothing in common are told at once', () => {
  const many = (letter: string) => Array.from({ length: 5_000 }, (_, i) => `${letter}${i}`).join('\n');
  expect(lineDiff(many('a'), many('b'))).toHaveLength(10_000);
});

test('the order of members is no difference', () => {
  expect(jsonText({ b: 1, a: [{ d: 1, c: 2 }] })).toEqual(jsonText({ a: [{ c: 2, d: 1 }], b: 1 }));
});
