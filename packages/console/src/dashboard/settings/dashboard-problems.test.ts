import { expect, test } from 'vitest';
import { readDashboard } from './dashboard-problems.ts';

const of = (value: unknown) => readDashboard(JSON.stringify(value)).problems;

test('a dashboard has no problems', () => {
  const dashboard = { title: 'A', panels: [{ id: 1, type: 'text', gridPos: { x: 0, y: 0, w: 1, h: 1 } }, { id: 2, type: 'row', panels: [{ id: 3, type: 'stat' }] }, { id: 4, libraryPanel: { uid: 'x', name: 'x' } }], templating: { list: [{ name: 'a', type: 'custom' }] } };
  expect(readDashboard(JSON.stringify(dashboard))).toEqual({ dashboard, problems: [] });
});

test('what is wrong is named with its place', () => {
  expect(of({ panels: {} })).toEqual(['title: a text is needed', 'panels: a list is needed']);
  expect(of({ title: 'A', panels: [{ id: 1, type: 'row', panels: [{ id: 1, type: 'text' }] }, { id: 'x' }, 7] })).toEqual([
    'panels[1].type: a text is needed', 'panels[2]: a panel is an object',
  ]);
  expect(of({ title: 'A', panels: [{ id: 1, type: 'a', gridPos: { x: 0 }, targets: {} }], templating: { list: [{ name: 'a' }] }, annotations: { list: {} } })).toEqual([
    'panels[0].gridPos: x, y, w and h are numbers', 'panels[0].targets: a list is needed', 'templating.list[0].type: a text is needed', 'annotations.list: a list is needed',
  ]);
  expect(of([])).toEqual(['A dashboard is an object']);
});

test('the place of a slip of the pen is told', () => {
  expect(readDashboard('{\n  "title": "A",\n  oops\n}').problems[0]).toMatch(/line 3/);
});
