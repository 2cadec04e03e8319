import { describe, expect, test } from 'vitest';
import { checkOperations, jsonPatch, mergePatch, patchProblems, shownValue, strategicMergePatch } from './patch.ts';

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

describe('a strategic merge', () => {
  const owner = (uid: string) => ({ uid, kind: 'K', name: 'n', apiVersion: 'v1' });
  const before = { metadata: { finalizers: ['a/1'], ownerReferences: [owner('u1')], labels: { x: '1', y: '2' } }, spec: { title: 't', interval: '5m', items: [1, 2] } };
  test.each<[string, object, object]>([
    ['merges maps and replaces lists', { spec: { title: 'new', items: [3] } }, { ...before, spec: { title: 'new', interval: '5m', items: [3] } }],
    ['removes what is null', { metadata: { labels: { x: null } } }, { ...before, metadata: { ...before.metadata, labels: { y: '2' } } }],
    ['adds finalizers', { metadata: { finalizers: ['a/1', 'a/2'] } }, { ...before, metadata: { ...before.metadata, finalizers: ['a/1', 'a/2'] } }],
    ['takes finalizers away', { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/1'] } }, { ...before, metadata: { ...before.metadata, finalizers: [] } }],
    ['knows owners by their uid', { metadata: { ownerReferences: [owner('u2'), { uid: 'u1', $patch: 'delete' }], '$setElementOrder/ownerReferences': [{ uid: 'u2' }] } }, { ...before, metadata: { ...before.metadata, ownerReferences: [owner('u2')] } }],
    ['replaces a map', { spec: { $patch: 'replace', title: 'only' } }, { ...before, spec: { title: 'only' } }],
    ['empties a map', { metadata: { labels: { $patch: 'delete' } } }, { ...before, metadata: { ...before.metadata, labels: {} } }],
    ['retains only some keys', { spec: { $retainKeys: ['title'], title: 'kept' } }, { ...before, spec: { title: 'kept' } }],
  ])('%s', (_, patch, after) => {
    expect(strategicMergePatch(before, patch as Record<string, unknown>)).toEqual(after);
  });
  test.each([{ spec: { $patch: 'fly' } }, { spec: { $retainKeys: 'title' } }, { spec: { $retainKeys: ['title'], interval: '1m' } }, { metadata: { ownerReferences: [{ name: 'nobody' }] } }])('%j is refused', (patch) => {
    expect(() => strategicMergePatch(before, patch)).toThrow(expect.objectContaining({ code: expect.toSatisfy((code: number) => code >= 400 && code < 500) }));
  });
});

test('what is odd about a patch is told', () => {
  expect(patchProblems('{"spec":{"title":"a","title":"b"}}', undefined)).toEqual(['duplicate field "spec.title"']);
  const text = '[{"op":"test","path":"/a","value":1,"colour":"red"}]';
  expect(patchProblems(text, JSON.parse(text))).toEqual(['json patch unknown field "[0].colour"']);
  expect(shownValue({ spec: { title: 'a', n: 1, list: ['x', null], on: true } })).toBe('map[spec:map[list:[x <nil>] n:1 on:true title:a]]');
});
