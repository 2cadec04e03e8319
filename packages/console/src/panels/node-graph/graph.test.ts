import type { DataFrame, Field, FieldType } from '@grafana/data';
import { expect, test } from 'vitest';
import { graphOf, placed } from './graph.ts';

const frame = (columns: Record<string, readonly unknown[]>): DataFrame => ({ fields: Object.entries(columns).map(([name, values]): Field => ({ name, type: 'string' as FieldType, config: {}, values: [...values] })), length: Object.values(columns)[0]!.length });

test('nodes and edges are read from their columns; edges to nowhere are left out', () => {
  const { nodes, edges } = graphOf([frame({ id: ['a', 'b'], title: ['A', 'B'], mainStat: [1, null], arc__ok: [0.7, 1], arc__bad: [0.3, 0] }), frame({ id: ['1', '2'], source: ['a', 'a'], target: ['b', 'gone'], thickness: [3, 1] })]);
  expect(nodes.map(({ id, title, mainStat, arcs }) => [id, title, mainStat?.value, arcs.map(({ part }) => part)])).toEqual([['a', 'A', 1, [0.7, 0.3]], ['b', 'B', undefined, [1, 0]]]);
  expect(edges.map(({ id, thickness }) => [id, thickness])).toEqual([['1', 3]]);
});

test('edges alone make their nodes', () => {
  expect(graphOf([frame({ source: ['a', 'b'], target: ['b', 'c'] })]).nodes.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
});

test.each(['grid', 'layered', 'force'])('no two nodes stand on each other, also in circles (%s)', (algorithm) => {
  const graph = graphOf([frame({ source: ['a', 'b', 'c', 'd', 'e'], target: ['b', 'c', 'a', 'd', 'a'] })]);
  const places = [...placed(graph, algorithm).values()];
  expect(places).toHaveLength(5);
  for (const [i, a] of places.entries()) for (const b of places.slice(i + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(30);
  expect(placed(graph, algorithm)).toEqual(placed(graph, algorithm));
});
