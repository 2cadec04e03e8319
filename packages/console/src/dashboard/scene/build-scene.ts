/** A dashboard's JSON as a scene. */
import type { AnnotationQuery, FieldConfigSource } from '@grafana/data';
import { config } from '@grafana/runtime';
import {
  behaviors, dataLayers, SceneDataLayerSet, SceneDataTransformer, SceneGridLayout, SceneGridRow, SceneQueryRunner, SceneRefreshPicker, SceneTimePicker, SceneTimeRange, VariableValueSelectors, VizPanel, VizPanelMenu,
  type SceneDataProvider, type SceneGridItemLike, type SceneObject,
} from '@grafana/scenes';
import type { PanelContext } from '@grafana/ui';
import { user } from '../../host/boot-data.ts';
import { panelMeta } from '../../host/plugin-import.ts';
import { isRow, type DashboardJson, type GridPos, type PanelJson } from '../model.ts';
import { AnnotationControls } from './annotation-controls.tsx';
import { DashboardScene } from './dashboard-scene.tsx';
import { DashboardLinks, PanelLinks } from './links.tsx';
import { lackingTransformations, PanelNotices } from './panel-notices.tsx';
import { PanelTimeRange } from './panel-time-range.tsx';
import { PanelItem, repeatRows } from './repeats.tsx';
import { DashboardTabs, type TabActions } from './tabs.tsx';
import { sceneVariables } from './variables.ts';

export interface SceneOptions {
  readonly editing?: boolean;
  /** Fills a panel's menu when it is opened. */
  readonly menu?: (menu: VizPanelMenu) => void;
  readonly extendPanelContext?: (panel: VizPanel, context: PanelContext) => void;
  readonly rowActions?: (id: number, title: string) => SceneObject;
  readonly tabActions?: TabActions;
  /** The tab that is shown first. */
  readonly tab?: number;
}

const intervalsDefault = ['5s', '10s', '30s', '1m', '5m', '15m', '30m', '1h', '2h', '1d'];
const noFieldConfig: FieldConfigSource = { defaults: {}, overrides: [] };
const columns = 24;

export const timeZoneOf = ({ timezone }: Pick<DashboardJson, 'timezone'>): string => timezone || user().timezone || 'browser';

export function buildScene(dashboard: DashboardJson, options: SceneOptions = {}): DashboardScene {
  const { uid, title, time, timepicker = {}, refresh, fiscalYearStartMonth, weekStart, links = [], graphTooltip = 0 } = dashboard;
  const starts = weekStart || user().weekStart;
  return new DashboardScene({
    ...(uid ? { uid } : {}), title,
    $timeRange: new SceneTimeRange({
      from: time?.from ?? 'now-6h', to: time?.to ?? 'now', timeZone: timeZoneOf(dashboard), ...(fiscalYearStartMonth ? { fiscalYearStartMonth } : {}), ...(starts && starts !== 'browser' ? { weekStart: starts as never } : {}),
      ...(timepicker.nowDelay ? { UNSAFE_nowDelay: timepicker.nowDelay } : {}),
    }),
    $variables: sceneVariables(dashboard),
    $data: new SceneDataLayerSet({ layers: annotationLayers(dashboard) }),
    $behaviors: [new behaviors.CursorSync({ key: 'cursor-sync', sync: graphTooltip as never }), new behaviors.SceneQueryController(), ...(dashboard.liveNow ? [new behaviors.LiveNowTimer({ enabled: true })] : [])],
    body: dashboard.tabs?.length
      ? new DashboardTabs({ titles: dashboard.tabs.map((tab) => tab.title), bodies: dashboard.tabs.map((tab) => gridOf(tab.panels, dashboard, options)), current: Math.min(options.tab ?? 0, dashboard.tabs.length - 1), ...(options.editing ? (options.tabActions ? { actions: options.tabActions } : {}) : { repeats: dashboard.tabs.map((tab) => tab.repeat) }) })
      : gridOf(dashboard.panels, dashboard, options),
    timePicker: new SceneTimePicker({ ...(timepicker.quick_ranges?.length ? { quickRanges: [...timepicker.quick_ranges] as never } : {}) }),
    refreshPicker: new SceneRefreshPicker({ refresh: typeof refresh === 'string' ? refresh : '', intervals: [...(timepicker.refresh_intervals ?? intervalsDefault)], withText: true, minRefreshInterval: config.minRefreshInterval }),
    hideTimePicker: timepicker.hidden === true,
    variableControls: new VariableValueSelectors({}),
    annotationControls: new AnnotationControls({}),
    links: new DashboardLinks({ links, ...(uid ? { uid } : {}) }),
  });
}

const annotationLayers = ({ annotations }: DashboardJson) =>
  (annotations?.list ?? []).map((query: AnnotationQuery, index) => new dataLayers.AnnotationsDataLayer({ key: `annotation-${index}`, query: withSource(query), name: query.name, isEnabled: query.enable !== false, isHidden: query.hide === true }));

/** `-- Grafana --` has a uid of its own here, whatever the dashboard calls it. */
const withSource = (query: AnnotationQuery): AnnotationQuery => (query.builtIn || query.datasource?.uid === '-- Grafana --' ? { ...query, datasource: { type: 'grafana', uid: 'grafana' } } : query);

export function gridOf(panels: readonly PanelJson[], dashboard: DashboardJson, options: SceneOptions): SceneGridLayout {
  const children: SceneGridItemLike[] = [];
  const repeated: { row: SceneGridRow; variable: string }[] = [];
  let row: SceneGridRow | undefined;
  const sorted = [...panels].sort((a, b) => (a.gridPos?.y ?? 0) - (b.gridPos?.y ?? 0) || (a.gridPos?.x ?? 0) - (b.gridPos?.x ?? 0));
  for (const panel of sorted) {
    if (isRow(panel)) {
      const at = panel.gridPos ?? { x: 0, y: 0, w: columns, h: 1 };
      row = new SceneGridRow({
        key: `grid-row-${panel.id}`, title: panel.title ?? '', isCollapsed: panel.collapsed === true, isCollapsible: true, isDraggable: options.editing === true, isResizable: false, x: 0, y: at.y, width: columns, height: 1,
        children: panel.collapsed ? (panel.panels ?? []).map((inner) => panelItem(inner, options)) : [], ...(options.editing && options.rowActions ? { actions: options.rowActions(panel.id, panel.title ?? '') } : {}),
      });
      if (panel.repeat) repeated.push({ row, variable: panel.repeat });
      children.push(row);
      if (panel.collapsed) row = undefined;
      continue;
    }
    const item = panelItem(panel, options);
    if (row) row.setState({ children: [...row.state.children, item] });
    else children.push(item);
  }
  // While it is edited, a row stands for its repetitions.
  return new SceneGridLayout({ isDraggable: options.editing === true, isResizable: options.editing === true, isLazy: dashboard.preload !== true, children, ...(options.editing ? {} : { $behaviors: [repeatRows(repeated)] }) });
}

export function panelItem(panel: PanelJson, options: SceneOptions): PanelItem {
  const { x = 0, y = 0, w = 12, h = 8 }: Partial<GridPos> = panel.gridPos ?? {};
  const repeat = panel.repeat && panel.repeatDirection !== 'v' ? { direction: 'h' as const } : { direction: 'v' as const };
  return new PanelItem({
    key: `grid-item-${panel.id}`, x, y, width: panel.repeat && panel.repeatDirection !== 'v' ? columns : w, height: h, body: vizPanel(panel, options), isDraggable: options.editing === true, isResizable: options.editing === true,
    ...(panel.repeat ? { repeatBy: panel.repeat, ...repeat, panelHeight: h, ...(panel.maxPerRow ? { maxPerRow: panel.maxPerRow } : {}) } : {}),
  });
}

export function vizPanel(panel: PanelJson, { menu, extendPanelContext }: SceneOptions): VizPanel {
  const { id, type, title = '', description, options = {}, fieldConfig = noFieldConfig, transparent, pluginVersion, links, timeFrom, timeShift, hideTimeOverride } = panel;
  const lacking = lackingTransformations(panel.transformations ?? []);
  const titleItems = [...(hasData(panel) ? [new PanelNotices({ lacking })] : []), ...(links?.length ? [new PanelLinks({ links })] : [])];
  return new VizPanel({
    key: `panel-${id}`, pluginId: type, title, ...(description ? { description } : {}), options: structuredClone(options) as never, fieldConfig: structuredClone(fieldConfig) as never, ...(pluginVersion ? { pluginVersion } : {}),
    displayMode: transparent ? 'transparent' : 'default', hoverHeader: title === '' && !timeFrom && !timeShift && lacking.length === 0, titleItems, ...(hasData(panel) ? { $data: panelData(panel) } : {}),
    ...(timeFrom || timeShift ? { $timeRange: new PanelTimeRange({ ...(timeFrom ? { timeFrom } : {}), ...(timeShift ? { timeShift } : {}), hideTimeOverride: hideTimeOverride === true }) } : {}),
    ...(menu ? { menu: new VizPanelMenu({ $behaviors: [(opened: VizPanelMenu) => menu(opened)] }) } : {}), ...(extendPanelContext ? { extendPanelContext } : {}),
  });
}

const hasData = ({ type, targets = [] }: PanelJson) => targets.length > 0 || panelMeta(type).skipDataQuery !== true;

/** The queries of a panel and what is done with their results. */
export function panelData({ id, targets = [], datasource, transformations = [], maxDataPoints, interval, cacheTimeout, queryCachingTTL }: PanelJson): SceneDataProvider {
  const queries = targets.map((target, index) => ({ ...target, refId: target.refId || String.fromCharCode(65 + index), ...(target.datasource || !datasource || datasource.uid === '-- Mixed --' ? {} : { datasource }) }));
  const runner = new SceneQueryRunner({
    // A panel that asks nothing waits for nothing: it says that it has no data.
    ...(queries.length === 0 ? { _hasFetchedData: true } : {}),
    queries, ...(datasource ? { datasource } : {}), maxDataPointsFromWidth: true, dataLayerFilter: { panelId: id },
    ...(maxDataPoints ? { maxDataPoints } : {}), ...(interval ? { minInterval: interval } : {}), ...(cacheTimeout ? { cacheTimeout } : {}), ...(queryCachingTTL ? { queryCachingTTL } : {}),
  });
  return new SceneDataTransformer({ $data: runner, transformations: [...transformations] });
}
