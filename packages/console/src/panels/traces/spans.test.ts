import type { DataFrame } from '@grafana/data';
import { expect, test } from 'vitest';
import { spansOf } from './spans.ts';

const frame = (columns: Record<string, unknown[]>): DataFrame => ({ length: Object.values(columns)[0]!.length, fields: Object.entries(columns).map(([name, values]) => ({ name, values, type: 'other', config: {} })) }) as unknown as DataFrame;

test('each span is below its parent, earliest first; orphans are at the top, and a circle ends', () => {
  const spans = spansOf(frame({ spanID: ['c', 'b', 'a', 'x', 'p', 'q'], parentSpanID: ['a', 'a', '', 'gone', 'q', 'p'], startTime: [20, 10, 0, 5, 1, 1], duration: [1, 1, 30, 1, 1, 1] }));
  expect(spans.map(({ id, depth }) => `${id}${depth}`)).toEqual(['a0', 'b1', 'c1', 'x0']);
});

test('what is no trace has no spans', () => {
  expect(spansOf(undefined)).toEqual([]);
  expect(spansOf(frame({ time: [1], value: [2] }))).toEqual([]);
});
