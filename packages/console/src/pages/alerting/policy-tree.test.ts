import { expect, test } from 'vitest';
import type { RoutingTreeSpec } from './notification.ts';
import { changedAt, movedAt } from './policy-tree.ts';

const spec: RoutingTreeSpec = { defaults: { receiver: 'r' }, routes: [{ receiver: 'a', continue: false, routes: [{ receiver: 'b', continue: false }] }, { receiver: 'c', continue: true }] };

test('one policy changes, goes, or gets a child; the others stay', () => {
  expect(changedAt(spec, [0, 0], () => []).routes).toEqual([{ receiver: 'a', continue: false, routes: [] }, { receiver: 'c', continue: true }]);
  expect(changedAt(spec, [1], (one) => [{ ...one, receiver: 'd' }]).routes.map(({ receiver }) => receiver)).toEqual(['a', 'd']);
  expect(changedAt(spec, [], (root) => [{ ...root, routes: [...(root.routes ?? []), { receiver: 'e', continue: false }] }]).routes.map(({ receiver }) => receiver)).toEqual(['a', 'c', 'e']);
});

test('a policy changes its place among those beside it', () => {
  expect(movedAt(spec, [1], -1).routes.map(({ receiver }) => receiver)).toEqual(['c', 'a']);
});
