import { expect, test } from 'vitest';
import { madeHere } from './made-here.ts';

const span = { from: 1_000_000, to: 2_000_000 };
const valuesOf = (frame: { fields: { name: string; values: unknown[] }[] } | undefined, name: string) => frame?.fields.find((field) => field.name === name)?.values ?? [];

test('edges of a graph end at nodes that are there; the same seed gives the same graph', () => {
  const [nodes, edges] = madeHere({ refId: 'A', scenarioId: 'node_graph', nodes: { count: 20 } }, span)!;
  const ids = new Set(valuesOf(nodes, 'id'));
  expect(ids.size).toBe(20);
  expect([...valuesOf(edges, 'source'), ...valuesOf(edges, 'target')].every((id) => ids.has(id))).toBe(true);
  expect(madeHere({ refId: 'A', scenarioId: 'node_graph', nodes: { count: 20 } }, span)).toEqual([nodes, edges]);
});

test('spans of a trace lie within the range and have one root', () => {
  const [trace] = madeHere({ refId: 'A', scenarioId: 'trace', spanCount: 6 }, span)!;
  expect(valuesOf(trace, 'parentSpanID').filter((parent) => parent === null)).toHaveLength(1);
  expect(valuesOf(trace, 'startTime').every((at) => Number(at) >= span.from && Number(at) <= span.to)).toBe(true);
});

test('what the server makes is left to it', () => {
  expect(madeHere({ refId: 'A', scenarioId: 'random_walk' }, span)).toBeUndefined();
  expect(valuesOf(madeHere({ refId: 'A', scenarioId: 'annotations', lines: 3 }, span)![0], 'time')).toHaveLength(3);
});
