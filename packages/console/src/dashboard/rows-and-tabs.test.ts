import { expect, test } from 'vitest';
import type { DashboardJson, PanelJson } from './model.ts';
import { withoutRow, withoutTab, withRow, withTab, withTabAs, withTabMoved } from './rows-and-tabs.ts';

const panel = (id: number, y: number, more: Partial<PanelJson> = {}): PanelJson => ({ id, type: 'text', gridPos: { x: 0, y, w: 24, h: 4 }, ...more });
const row = (id: number, y: number, more: Partial<PanelJson> = {}): PanelJson => panel(id, y, { type: 'row', gridPos: { x: 0, y, w: 24, h: 1 }, ...more });
const dashboard = (panels: readonly PanelJson[], more: Partial<DashboardJson> = {}): DashboardJson => ({ title: 'D', panels, ...more });
const places = ({ panels }: Pick<DashboardJson, 'panels'>) => panels.map(({ id, gridPos }) => [id, gridPos?.y]);
const open = [panel(1, 0), row(2, 4), panel(3, 5), row(4, 9), panel(5, 10)];

test('a row alone goes, or with its panels; what is below moves up', () => {
  expect(places(withoutRow(dashboard(open), 2, false))).toEqual([[1, 0], [3, 5], [4, 9], [5, 10]]);
  expect(places(withoutRow(dashboard(open), 2, true))).toEqual([[1, 0], [4, 4], [5, 5]]);
  expect(places(withoutRow(dashboard(open), 4, true))).toEqual([[1, 0], [2, 4], [3, 5]]);
});

test('panels that were folded away come back, and get their place', () => {
  const folded = [row(2, 0, { collapsed: true, panels: [panel(3, 1), panel(4, 5)] }), row(5, 1), panel(6, 2)];
  expect(places(withoutRow(dashboard(folded), 2, false))).toEqual([[3, 1], [4, 5], [5, 9], [6, 10]]);
  expect(places(withoutRow(dashboard(folded), 2, true))).toEqual([[5, 0], [6, 1]]);
});

test('a row gets a name and repeats, or no longer', () => {
  expect(withRow(dashboard(open), 2, { title: 'Hosts', repeat: 'host' }).panels[1]).toMatchObject({ title: 'Hosts', repeat: 'host' });
  expect(withRow(withRow(dashboard(open), 2, { title: 'Hosts', repeat: 'host' }), 2, { title: 'Hosts', repeat: '' }).panels[1]).not.toHaveProperty('repeat');
});

test('the first tab takes what there is; tabs are named, moved and removed', () => {
  const two = withTab(dashboard(open), 'More');
  expect([two.panels, two.tabs?.map(({ title, panels }) => [title, panels.length])]).toEqual([[], [['Tab 1', 5], ['More', 0]]]);
  expect(withTabAs(two, 1, { title: 'Of $host', repeat: 'host' }).tabs![1]).toEqual({ title: 'Of $host', repeat: 'host', panels: [] });
  expect(withTabMoved(two, 1, -1).tabs!.map(({ title }) => title)).toEqual(['More', 'Tab 1']);
  expect(withoutTab(two, 0).tabs!.map(({ title }) => title)).toEqual(['More']);
  expect(places(withoutRow(two, 2, true).tabs![0]!)).toEqual([[1, 0], [4, 4], [5, 5]]);
});
