import { expect, test } from 'vitest';
import { allPanels, withCopy, withIds, withPanels, type DashboardJson, type PanelJson } from './model.ts';

const panel = (id: number | undefined, more: Partial<PanelJson> = {}): PanelJson => ({ id, type: 'text', gridPos: { x: 0, y: 0, w: 12, h: 4 }, ...more }) as PanelJson;
const dashboard = (...panels: PanelJson[]): DashboardJson => ({ title: 'D', panels });

test('panels without an id, or with that of another, get a free one; nothing else changes', () => {
  const fine = dashboard(panel(1), panel(2, { type: 'row', panels: [panel(3)] }));
  expect(withIds(fine)).toBe(fine);
  const mended = withIds(dashboard(panel(1), panel(1), panel(undefined), panel(7, { type: 'row', panels: [panel(7)] })));
  const ids = mended.panels.flatMap((one) => [one.id, ...(one.panels ?? []).map(({ id }) => id)]);
  expect(new Set(ids).size).toBe(5);
  expect(ids[0]).toBe(1);
});

test('a copy stands beside the original where there is space, else below it', () => {
  expect(withCopy(dashboard(panel(1)), 1).panels[1]).toMatchObject({ id: 2, gridPos: { x: 12, y: 0 } });
  expect(withCopy(dashboard(panel(1, { gridPos: { x: 0, y: 0, w: 24, h: 4 } })), 1).panels[1]).toMatchObject({ gridPos: { x: 0, y: 4 } });
});

test('what is added goes to the end, of the chosen tab where there are tabs', () => {
  expect(withPanels(dashboard(panel(1)), [panel(2)]).panels[1]?.gridPos).toMatchObject({ y: 4 });
  const tabs: DashboardJson = { title: 'D', panels: [], tabs: [{ title: 'a', panels: [] }, { title: 'b', panels: [panel(1)] }] };
  expect(withPanels(tabs, [panel(2)], 1).tabs?.[1]?.panels).toHaveLength(2);
  expect(allPanels(tabs)).toHaveLength(1);
});
