/** Rows and tabs of a dashboard: what is done with them as a whole. */
import { isRow, type DashboardJson, type PanelJson, type TabJson } from './model.ts';

const byPlace = (a: PanelJson, b: PanelJson) => (a.gridPos?.y ?? 0) - (b.gridPos?.y ?? 0) || (a.gridPos?.x ?? 0) - (b.gridPos?.x ?? 0);
const raised = (panel: PanelJson, by: number): PanelJson => ({ ...panel, ...(panel.gridPos ? { gridPos: { ...panel.gridPos, y: Math.max(0, panel.gridPos.y - by) } } : {}), ...(panel.panels ? { panels: panel.panels.map((inner) => raised(inner, by)) } : {}) });

/** Every list of panels changed: those of the dashboard, those of each tab. */
const inLists = (dashboard: DashboardJson, change: (panels: readonly PanelJson[]) => readonly PanelJson[]): DashboardJson =>
  ({ ...dashboard, panels: change(dashboard.panels), ...(dashboard.tabs ? { tabs: dashboard.tabs.map((tab) => ({ ...tab, panels: change(tab.panels) })) } : {}) });

/** A row alone goes, and its panels stay where they were; or they go with it. Panels of an open row are those that follow it up to the next row. */
export function withoutRow(dashboard: DashboardJson, id: number, withPanels: boolean): DashboardJson {
  return inLists(dashboard, (panels) => {
    if (!panels.some((panel) => panel.id === id)) return panels;
    const sorted = panels.toSorted(byPlace);
    const at = sorted.findIndex((panel) => panel.id === id);
    const row = sorted[at]!;
    const next = sorted.findIndex((panel, index) => index > at && isRow(panel));
    const [before, own, after] = [sorted.slice(0, at), sorted.slice(at + 1, next < 0 ? undefined : next), next < 0 ? [] : sorted.slice(next)];
    const inside = row.panels ?? [];
    if (!withPanels) {
      const bottom = Math.max(row.gridPos?.y ?? 0, ...inside.map(({ gridPos }) => (gridPos ? gridPos.y + gridPos.h : 0)));
      // What was folded away needs its place again.
      const grown = inside.length > 0 ? bottom - (row.gridPos?.y ?? 0) - 1 : 0;
      return [...before, ...inside, ...own, ...(grown > 0 ? after.map((panel) => raised(panel, -grown)) : after)];
    }
    const shrunk = (after[0]?.gridPos?.y ?? 0) - (row.gridPos?.y ?? 0);
    return [...before, ...(shrunk > 0 ? after.map((panel) => raised(panel, shrunk)) : after)];
  });
}

export function withRow(dashboard: DashboardJson, id: number, { title, repeat }: { readonly title: string; readonly repeat: string }): DashboardJson {
  return inLists(dashboard, (panels) => panels.map((panel) => {
    if (panel.id !== id) return panel;
    const { repeat: _, ...rest } = panel;
    return { ...rest, title, ...(repeat ? { repeat } : {}) } as PanelJson;
  }));
}

/** The panels that there are become the first tab, where there was none. */
export function withTab(dashboard: DashboardJson, title: string): DashboardJson {
  const tabs: readonly TabJson[] = dashboard.tabs?.length ? dashboard.tabs : [{ title: 'Tab 1', panels: dashboard.panels }];
  return { ...dashboard, panels: [], tabs: [...tabs, { title, panels: [] }] };
}

export function withTabAs(dashboard: DashboardJson, index: number, tab: { readonly title: string; readonly repeat?: string }): DashboardJson {
  return {
    ...dashboard,
    tabs: (dashboard.tabs ?? []).map((one, at) => {
      if (at !== index) return one;
      const { repeat: _, ...rest } = one;
      return { ...rest, title: tab.title, ...(tab.repeat ? { repeat: tab.repeat } : {}) };
    }),
  };
}

/** The last tab that is left stays a tab. */
export const withoutTab = (dashboard: DashboardJson, index: number): DashboardJson => ({ ...dashboard, tabs: (dashboard.tabs ?? []).filter((_, at) => at !== index) });

export function withTabMoved(dashboard: DashboardJson, index: number, by: -1 | 1): DashboardJson {
  const tabs = [...(dashboard.tabs ?? [])];
  tabs.splice(index + by, 0, ...tabs.splice(index, 1));
  return { ...dashboard, tabs };
}
