/** The dashboard that is open: its JSON, the scene made of it, what has changed since it was saved. */
import { getAppEvents, locationService, RefreshEvent } from '@grafana/runtime';
import { AdHocFiltersVariable, behaviors, sceneGraph, type SceneGridLayout, SceneGridRow, SceneQueryRunner, type VizPanel, type VizPanelMenu } from '@grafana/scenes';
import type { PanelContext } from '@grafana/ui';
import { api } from '../api/client.ts';
import { attempt } from '../app/notify.ts';
import type { LoadedDashboard } from './dashboard-api.ts';
import { mapPanels, type DashboardJson, type PanelJson } from './model.ts';
import { buildScene } from './scene/build-scene.ts';
import { withTab, withTabMoved } from './rows-and-tabs.ts';
import { panelIdOf, type DashboardScene } from './scene/dashboard-scene.tsx';
import { PanelItem } from './scene/repeats.tsx';
import { RowActions } from './scene/row-actions.tsx';
import { DashboardTabs } from './scene/tabs.tsx';
import { withCurrentValues } from './scene/variables.ts';
import { rememberPlacement } from './v2-model.ts';

export interface SessionState {
  readonly dashboard: DashboardJson;
  readonly scene: DashboardScene;
  readonly editing: boolean;
  readonly changed: boolean;
}

export interface DashboardSession {
  readonly loaded: LoadedDashboard | undefined;
  readonly folderUid: string;
  /** As it was loaded. */
  readonly original: DashboardJson;
  readonly state: () => SessionState;
  readonly subscribe: (listener: () => void) => () => void;
  readonly edit: (editing: boolean) => void;
  /** Changes the JSON and makes the scene anew; range and variables keep what is chosen. */
  readonly change: (change: (dashboard: DashboardJson) => DashboardJson, tab?: number) => void;
  /** The JSON with the panels where they have been put. */
  readonly current: () => DashboardJson;
  readonly discard: () => void;
  /** What is chosen now of range and variables, for those who want to keep it. */
  readonly chosen: (dashboard: DashboardJson, keep: { readonly range: boolean; readonly variables: boolean }) => DashboardJson;
}

export interface SessionOptions {
  readonly menu?: (session: DashboardSession, menu: VizPanelMenu) => void;
  /** Somebody wants to edit a row or a tab. */
  readonly onRow?: (id: number) => void;
  readonly onTab?: (index: number) => void;
}

export function createSession(dashboard: DashboardJson, loaded: LoadedDashboard | undefined, folderUid: string, { menu, onRow, onTab }: SessionOptions = {}): DashboardSession {
  const original = dashboard;
  const listeners = new Set<() => void>();
  if (loaded?.v2) rememberPlacement(loaded.v2.spec, dashboard);
  const tabActions = { onAdd: () => addTab(session), onEdit: (index: number) => onTab?.(index), onMove: (index: number, by: -1 | 1) => session.change((before) => withTabMoved(before, index, by), index + by) };
  const build = (json: DashboardJson, editing: boolean, tab = shownTab(state?.scene)) => buildScene(json, {
    editing, tab, tabActions, rowActions: (id, title) => new RowActions({ title, onEdit: () => onRow?.(id) }), ...(menu ? { menu: (opened: VizPanelMenu) => menu(session, opened) } : {}), extendPanelContext: (panel, context) => extend(panel, context, loaded),
  });
  let state: SessionState | undefined;

  function set(next: Partial<SessionState>): void {
    state = { ...session.state(), ...next };
    for (const listener of listeners) listener();
  }

  const session: DashboardSession = {
    loaded, folderUid, original,
    state: () => (state ??= { dashboard, scene: build(dashboard, false), editing: false, changed: loaded === undefined && dashboard.panels.length > 0 }),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    edit(editing) {
      if (editing === session.state().editing) return;
      const json = session.current();
      set({ editing, dashboard: json, scene: build(json, editing), changed: session.state().changed || json !== session.state().dashboard });
    },
    change(change, tab) {
      const json = change(session.current());
      set({ dashboard: json, scene: build(json, session.state().editing, tab), changed: true });
    },
    current: () => placed(session.state().dashboard, session.state().scene, session.state().editing),
    discard: () => set({ dashboard: original, scene: build(original, false), editing: false, changed: false }),
    chosen(json, { range, variables }) {
      const { scene } = session.state();
      const { from, to } = scene.state.$timeRange!.state;
      const list = json.templating?.list ?? [];
      return {
        ...json, ...(range ? { time: { from, to }, refresh: scene.state.refreshPicker.state.refresh } : {}),
        ...(variables && scene.state.$variables ? { templating: { ...json.templating, list: withCurrentValues(list, scene.state.$variables) } } : {}),
      };
    },
  };
  return session;
}

/** Index of the tab that is looked at. */
export const shownTab = (scene: DashboardScene | undefined): number => (scene?.state.body instanceof DashboardTabs ? scene.state.body.origin : 0);

export function addTab(session: DashboardSession): void {
  session.edit(true);
  session.change((before) => withTab(before, `Tab ${Math.max(1, before.tabs?.length ?? 0) + 1}`), Math.max(1, session.current().tabs?.length ?? 0));
}

/** Panels at the places where they have been dragged to; the same object where none has moved. */
function placed(dashboard: DashboardJson, scene: DashboardScene, editing: boolean): DashboardJson {
  if (!editing) return dashboard;
  const { body } = scene.state;
  const bodies = body instanceof DashboardTabs ? body.state.bodies : [body];
  const source = new Map<number, PanelJson>();
  mapPanels(dashboard, (panel) => {
    source.set(panel.id, panel);
    return panel;
  });
  let moved = false;
  const item = (child: PanelItem): PanelJson[] => {
    const panel = source.get(panelIdOf(child.state.body) ?? -1);
    if (!panel) return [];
    const { x = 0, y = 0, width = 12, height = 8, repeatBy, panelHeight } = child.state;
    const gridPos = { x, y, w: repeatBy && child.state.direction === 'h' ? (panel.gridPos?.w ?? width) : width, h: repeatBy ? (panelHeight ?? height) : height };
    if (JSON.stringify(gridPos) !== JSON.stringify({ x: panel.gridPos?.x ?? 0, y: panel.gridPos?.y ?? 0, w: panel.gridPos?.w ?? 12, h: panel.gridPos?.h ?? 8 })) moved = true;
    return [{ ...panel, gridPos }];
  };
  const listOf = (grid: SceneGridLayout): PanelJson[] => grid.state.children.flatMap((child) => {
    if (child instanceof PanelItem) return item(child);
    if (!(child instanceof SceneGridRow)) return [];
    const row = source.get(Number(/^grid-row-(\d+)$/.exec(child.state.key ?? '')?.[1]));
    if (!row) return [];
    const inner = child.state.children.flatMap((one) => (one instanceof PanelItem ? item(one) : []));
    const collapsed = child.state.isCollapsed === true;
    if (collapsed !== (row.collapsed === true)) moved = true;
    const header = { ...row, collapsed, gridPos: { x: 0, y: child.state.y ?? 0, w: 24, h: 1 } };
    return collapsed ? [{ ...header, panels: inner }] : [{ ...header, panels: [] }, ...inner];
  });
  const lists = bodies.map(listOf);
  const order = (list: readonly PanelJson[]) => list.map(({ id }) => id).join();
  if (!moved && lists.every((list, index) => order(list) === order([...(dashboard.tabs?.[index]?.panels ?? dashboard.panels)].sort(byPlace)))) return dashboard;
  return dashboard.tabs?.length ? { ...dashboard, tabs: dashboard.tabs.map((tab, index) => ({ ...tab, panels: lists[index] ?? [] })) } : { ...dashboard, panels: lists[0] ?? [] };
}

const byPlace = (a: PanelJson, b: PanelJson) => (a.gridPos?.y ?? 0) - (b.gridPos?.y ?? 0) || (a.gridPos?.x ?? 0) - (b.gridPos?.x ?? 0);

/** The filters that apply to a panel's queries: those of the dashboard for the same source. */
function filtersFor(panel: VizPanel): AdHocFiltersVariable | undefined {
  const queries = sceneGraph.findDescendents(panel, SceneQueryRunner)[0]?.state;
  const asked = queries?.datasource ?? queries?.queries[0]?.datasource;
  const same = (uid: string | undefined) => uid !== undefined && sceneGraph.interpolate(panel, uid) === sceneGraph.interpolate(panel, asked?.uid);
  return sceneGraph.getVariables(panel.getRoot()).state.variables.find((variable): variable is AdHocFiltersVariable => variable instanceof AdHocFiltersVariable && same(variable.state.datasource?.uid));
}

/** What a panel may do on its own: annotations that are drawn into it, filters out of its cells. */
function extend(panel: VizPanel, context: PanelContext, loaded: LoadedDashboard | undefined): void {
  const may = loaded?.access.annotationsPermissions?.dashboard;
  const refresh = () => sceneGraph.getTimeRange(panel).onRefresh();
  const filters = filtersFor(panel);
  if (filters) {
    context.onAddAdHocFilter = ({ key, value, operator }) => filters.updateFilters([...filters.state.filters.filter((one) => one.key !== key || one.operator !== operator), { key, value, operator }]);
  }
  context.canAddAnnotations = () => may?.canAdd === true;
  context.canEditAnnotations = () => may?.canEdit === true;
  context.canDeleteAnnotations = () => may?.canDelete === true;
  context.onAnnotationCreate = (event) => void attempt(
    () => api.post('/api/annotations', { dashboardUID: loaded?.uid, panelId: panelIdOf(panel), time: event.from, timeEnd: event.from === event.to ? 0 : event.to, text: event.description, tags: event.tags }), 'Annotation added', 'The annotation was not added',
  ).then(refresh);
  context.onAnnotationUpdate = (event) => void attempt(() => api.put(`/api/annotations/${event.id}`, { text: event.description, tags: event.tags, time: event.from, timeEnd: event.to }), 'Annotation saved', 'The annotation was not saved').then(refresh);
  context.onAnnotationDelete = (id) => void attempt(() => api.delete(`/api/annotations/${id}`), 'Annotation deleted', 'The annotation was not deleted').then(refresh);
}

export function refreshAll(scene: DashboardScene): void {
  getAppEvents().publish(new RefreshEvent());
  scene.state.refreshPicker.onRefresh();
}

/** Opens or folds every row. */
export function foldRows(scene: DashboardScene, folded: boolean): void {
  const { body } = scene.state;
  const grid = body instanceof DashboardTabs ? body.state.bodies[body.state.current] : body;
  for (const row of [...(grid?.state.children ?? [])]) if (row instanceof SceneGridRow && (row.state.isCollapsed === true) !== folded) row.onCollapseToggle();
}

const crosshairs = ['each panel its own', 'shared', 'shared, with the tooltip'];

/** The next of the three ways; told in words. As long as the page is open. */
export function cycleCrosshair(scene: DashboardScene): string {
  const sync = scene.state.$behaviors?.find((behavior) => behavior instanceof behaviors.CursorSync);
  const next = ((Number(sync?.state.sync ?? 0) + 1) % 3) as 0 | 1 | 2;
  sync?.setState({ sync: next as never });
  return crosshairs[next]!;
}

/** Moves the range by half its length. */
export function moveRange(scene: DashboardScene, by: -1 | 1): void {
  if (by < 0) scene.state.timePicker.onMoveBackward();
  else scene.state.timePicker.onMoveForward();
}


export const setParams = (params: Record<string, string | null | undefined>): void => locationService.partial(params);
