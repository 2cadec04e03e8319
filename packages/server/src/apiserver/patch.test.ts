import { expect, test } from 'vitest';
import { checkOperations, jsonPatch, mergePatch } from './patch.ts';

test('a merge patch changes, adds and removes', () => {
  expect(mergePatch({ a: 1, b: { c: 2, d: 3 } }, { a: null, b: { d: 4 }, e: [1] })).toEqual({ b: { c: 2, d: 4 }, e: [1] });
});

test('a merge patch does not reach a prototype', () => {
  mergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'));
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('operations are applied in order, to a copy', () => {
  const before = { list: ['a'] };
  const after = jsonPatch(before, checkOperations([{ op: 'add', path: '/list/-', value: 'b' }, { op: 'move', from: '/list/0', path: '/first' }]));
  expect(after).toEqual({ list: ['b'], first: 'a' });
  expect(before).toEqual({ list: ['a'] });
});

test.each([
  [[{ op: 'test', path: '/a', value: 2 }]], [[{ op: 'remove', path: '/nope' }]], [[{ op: 'add', path: '/__proto__/polluted', value: 1 }]], [[{ op: 'sing', path: '/a' }]],
])('%j is refused', (operations) => {
  expect(() => jsonPatch({ a: 1 }, checkOperations(operations))).toThrow('rejected our request');
});

test('copies of copies end somewhere', () => {
  const doubling = Array.from({ length: 60 }, (_, n) => ({ op: 'copy', from: '', path: `/again${n}` }));
  expect(() => jsonPatch({ a: { text: 'x'.repeat(1_000) } }, checkOperations(doubling))).toThrow('copies too much');
});
