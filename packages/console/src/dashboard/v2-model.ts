/** Dashboards of the second schema (v2beta1): elements and a layout. The console works on the classic form; what differs there is kept, and put back when it is saved. */
import type { AnnotationQuery, DataQuery, DataSourceRef } from '@grafana/data';
import { allPanels, isRow, type DashboardJson, type PanelJson, type TabJson, type VariableJson } from './model.ts';

type Json = Readonly<Record<string, unknown>>;

interface Kind {
  readonly kind: string;
  readonly spec: Json;
}

export interface V2Spec extends Json {
  readonly title: string;
  readonly elements: Readonly<Record<string, Kind>>;
  readonly layout: Kind;
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const kindsIn = (value: unknown): readonly Kind[] => (Array.isArray(value) ? value.filter((one): one is Kind => isObject(one) && isObject(one['spec'])) : []);
const given = (members: Json): Json => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));

function elementIds({ elements }: V2Spec, layout: unknown): ReadonlySet<number> {
  const ids = new Set<number>();
  const walk = (value: unknown) => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (!isObject(value)) return;
    if (value['kind'] === 'ElementReference' && typeof value['name'] === 'string') {
      const id = elements[value['name']]?.spec['id'];
      if (typeof id === 'number') ids.add(id);
    } else Object.values(value).forEach(walk);
  };
  walk(layout);
  return ids;
}

/** The classic form has a row for each tab; here they are tabs again. */
export function withTabs(dashboard: DashboardJson, spec: V2Spec): DashboardJson {
  if (spec.layout.kind !== 'TabsLayout') return dashboard;
  const rest = [...dashboard.panels];
  const tabs = kindsIn(spec.layout.spec['tabs']).map(({ spec: tab }): TabJson => {
    const ids = new Set(elementIds(spec, tab['layout']));
    const header = rest.shift();
    const top = (header?.gridPos?.y ?? 0) + 1;
    const panels: PanelJson[] = [];
    while (ids.size > 0 && rest.length > 0) {
      const panel = rest.shift()!;
      ids.delete(panel.id);
      for (const inner of panel.panels ?? []) ids.delete(inner.id);
      panels.push(raised(panel, top));
    }
    const repeat = isObject(tab['repeat']) ? String(tab['repeat']['value'] ?? '') : '';
    return { title: String(tab['title'] ?? ''), panels, ...(repeat ? { repeat } : {}) };
  });
  return { ...dashboard, panels: [], tabs };
}

const raised = (panel: PanelJson, by: number): PanelJson => ({ ...panel, ...(panel.gridPos ? { gridPos: { ...panel.gridPos, y: Math.max(0, panel.gridPos.y - by) } } : {}), ...(panel.panels ? { panels: panel.panels.map((inner) => raised(inner, by)) } : {}) });

const cursorSync = ['Off', 'Crosshair', 'Tooltip'];
const hideNames = ['dontHide', 'hideLabel', 'hideVariable', 'inControlsMenu'];
const refreshNames = ['never', 'onDashboardLoad', 'onTimeRangeChanged'];
const sortNames = ['disabled', 'alphabeticalAsc', 'alphabeticalDesc', 'numericalAsc', 'numericalDesc', 'alphabeticalCaseInsensitiveAsc', 'alphabeticalCaseInsensitiveDesc', 'naturalAsc', 'naturalDesc'];

/** The dashboard as v2 again. `before` gives what the classic form has no place for: elements keep their names, an unchanged layout stays as it is. */
export function toV2(dashboard: DashboardJson, before: V2Spec): V2Spec {
  const names = new Map(Object.entries(before.elements ?? {}).map(([name, { spec }]) => [spec['id'], name]));
  const nameOf = (id: number) => names.get(id) ?? `panel-${id}`;
  const { timezone, time, timepicker = {}, refresh, weekStart, fiscalYearStartMonth = 0, graphTooltip = 0 } = dashboard;
  const settings = isObject(before['timeSettings']) ? before['timeSettings'] : {};
  return {
    ...before, title: dashboard.title, description: dashboard.description ?? '', editable: dashboard.editable !== false, cursorSync: cursorSync[graphTooltip] ?? 'Off', liveNow: dashboard.liveNow === true, preload: dashboard.preload === true, tags: dashboard.tags ?? [],
    links: (dashboard.links ?? []).map((link) => ({ icon: '', tooltip: '', tags: [], asDropdown: false, targetBlank: false, includeVars: false, keepTime: false, ...link })),
    timeSettings: {
      ...settings, timezone: timezone ?? 'browser', from: time?.from ?? 'now-6h', to: time?.to ?? 'now', autoRefresh: typeof refresh === 'string' ? refresh : '', fiscalYearStartMonth, hideTimepicker: timepicker.hidden === true,
      ...(timepicker.refresh_intervals ? { autoRefreshIntervals: timepicker.refresh_intervals } : {}), ...(weekStart ? { weekStart } : {}), ...(timepicker.nowDelay ? { nowDelay: timepicker.nowDelay } : {}),
    },
    annotations: (dashboard.annotations?.list ?? []).map(annotationKind), variables: (dashboard.templating?.list ?? []).flatMap((variable) => variableKind(variable) ?? []),
    elements: Object.fromEntries(allPanels(dashboard).map((panel) => [nameOf(panel.id), element(panel)])), layout: layoutOf(dashboard, before, nameOf),
  };
}

const placement = (panels: readonly PanelJson[]): unknown => panels.map(({ id, type, title, gridPos, repeat, repeatDirection, maxPerRow, collapsed, panels: inner }) => [id, gridPos, repeat, repeatDirection, maxPerRow, type === 'row' ? [title, collapsed, placement(inner ?? [])] : undefined]);

/** Says whether panels have moved, come or gone. */
export const placementOf = ({ panels, tabs }: DashboardJson): string => JSON.stringify([placement(panels), (tabs ?? []).map((tab) => [tab.title, placement(tab.panels)])]);

/** Set when a dashboard is loaded, so that one whose panels stay where they are keeps its layout. */
const placements = new WeakMap<V2Spec, string>();
export const rememberPlacement = (spec: V2Spec, dashboard: DashboardJson): unknown => placements.set(spec, placementOf(dashboard));

function layoutOf(dashboard: DashboardJson, before: V2Spec, nameOf: (id: number) => string): Kind {
  if (placements.get(before) === placementOf(dashboard)) return before.layout;
  if (!dashboard.tabs?.length) return rowsOrGrid(dashboard.panels, nameOf);
  return { kind: 'TabsLayout', spec: { tabs: dashboard.tabs.map(({ title, panels, repeat }) => ({ kind: 'TabsLayoutTab', spec: { title, layout: rowsOrGrid(panels, nameOf), ...(repeat ? { repeat: { mode: 'variable', value: repeat } } : {}) } })) } };
}

function rowsOrGrid(panels: readonly PanelJson[], nameOf: (id: number) => string): Kind {
  const sorted = [...panels].sort((a, b) => (a.gridPos?.y ?? 0) - (b.gridPos?.y ?? 0) || (a.gridPos?.x ?? 0) - (b.gridPos?.x ?? 0));
  const grid = (items: readonly PanelJson[], top: number): Kind => ({ kind: 'GridLayout', spec: { items: items.map((panel) => gridItem(panel, top, nameOf)) } });
  if (!sorted.some(isRow)) return grid(sorted, 0);
  const rows: { readonly row: PanelJson | undefined; readonly items: PanelJson[] }[] = [];
  for (const panel of sorted) {
    if (isRow(panel)) rows.push({ row: panel, items: [...(panel.panels ?? [])] });
    else if (rows.length === 0) rows.push({ row: undefined, items: [panel] });
    else rows.at(-1)!.items.push(panel);
  }
  return {
    kind: 'RowsLayout',
    spec: {
      rows: rows.map(({ row, items }) => ({
        kind: 'RowsLayoutRow',
        spec: { title: row?.title ?? '', collapse: row?.collapsed === true, ...(row ? {} : { hideHeader: true }), ...(row?.repeat ? { repeat: { mode: 'variable', value: row.repeat } } : {}), layout: grid(items, row ? (row.gridPos?.y ?? 0) + 1 : 0) },
      })),
    },
  };
}

function gridItem({ id, gridPos, repeat, repeatDirection, maxPerRow }: PanelJson, top: number, nameOf: (id: number) => string): Kind {
  const { x = 0, y = 0, w = 12, h = 8 } = gridPos ?? {};
  return {
    kind: 'GridLayoutItem',
    spec: { x, y: Math.max(0, y - top), width: w, height: h, element: { kind: 'ElementReference', name: nameOf(id) }, ...(repeat ? { repeat: given({ mode: 'variable', value: repeat, direction: repeatDirection ?? 'h', maxPerRow }) } : {}) },
  };
}

const dataQuery = (ref: DataSourceRef | null | undefined, spec: unknown): Json => ({ kind: 'DataQuery', group: ref?.type ?? '', version: 'v0', ...(ref?.uid ? { datasource: { name: ref.uid } } : {}), spec });

function element(panel: PanelJson): Kind {
  const { id, title = '', libraryPanel, description = '', links = [], targets = [], datasource, transformations = [], transparent, type, pluginVersion = '', options = {}, fieldConfig = { defaults: {}, overrides: [] } } = panel;
  if (libraryPanel) return { kind: 'LibraryPanel', spec: { id, title, libraryPanel } };
  const queryOptions = given({
    timeFrom: panel.timeFrom || undefined, timeShift: panel.timeShift || undefined, maxDataPoints: panel.maxDataPoints, interval: panel.interval || undefined, cacheTimeout: panel.cacheTimeout || undefined, queryCachingTTL: panel.queryCachingTTL,
    hideTimeOverride: panel.hideTimeOverride,
  });
  return {
    kind: 'Panel',
    spec: {
      id, title, description, links, ...(transparent ? { transparent } : {}),
      data: {
        kind: 'QueryGroup',
        spec: {
          queries: targets.map((target: DataQuery) => {
            const { refId, hide, datasource: own, ...rest } = target;
            return { kind: 'PanelQuery', spec: { refId, hidden: hide === true, query: dataQuery(own ?? (datasource?.uid === '-- Mixed --' ? undefined : datasource), rest) } };
          }),
          transformations: transformations.map(({ id: kind, ...rest }) => ({ kind, spec: { id: kind, ...rest } })), queryOptions,
        },
      },
      vizConfig: { kind: 'VizConfig', group: type, version: pluginVersion, spec: { options, fieldConfig } },
    },
  };
}

function annotationKind({ datasource, enable, hide, iconColor, name, builtIn, filter, target, ...rest }: AnnotationQuery): Json {
  return { kind: 'AnnotationQuery', spec: given({ query: dataQuery(datasource, target ?? {}), enable: enable !== false, hide: hide === true, iconColor: iconColor ?? '', name, builtIn: builtIn ? true : undefined, filter, ...(Object.keys(rest).length > 0 ? { legacyOptions: rest } : {}) }) };
}

function variableKind(variable: VariableJson): Json | undefined {
  const { name, label, description, hide, skipUrlSync, datasource, query, regex = '', refresh, sort, multi, includeAll, allValue, current, options = [] } = variable;
  const about = { name, label: label || undefined, description: description || undefined, hide: hideNames[hide ?? 0] ?? 'dontHide', skipUrlSync: skipUrlSync === true };
  const now = { text: current?.text ?? '', value: current?.value ?? '' };
  const allowCustomValue = variable.allowCustomValue !== false;
  const choice = { current: now, options, multi: multi === true, includeAll: includeAll === true, allValue: allValue ?? undefined, allowCustomValue };
  const kind = (type: string, spec: Json) => ({ kind: type, spec: given({ ...about, ...spec }) });
  const text = typeof query === 'string' ? query : '';
  const sourced = (type: string, spec: Json) => ({ kind: type, group: datasource?.type ?? '', ...(datasource?.uid ? { datasource: { name: datasource.uid } } : {}), spec: given({ ...about, ...spec }) });
  switch (variable.type) {
    case 'query': return kind('QueryVariable', {
      ...choice, query: dataQuery(datasource, typeof query === 'string' ? { __legacyStringValue: query } : (query ?? {})), definition: variable.definition || undefined, refresh: refreshNames[refresh ?? 0] ?? 'never', regex, sort: sortNames[sort ?? 0] ?? 'disabled',
    });
    case 'custom': return kind('CustomVariable', { ...choice, query: text });
    case 'datasource': return kind('DatasourceVariable', { ...choice, pluginId: text, refresh: refreshNames[refresh ?? 1] ?? 'onDashboardLoad', regex });
    case 'interval': return kind('IntervalVariable', { query: text, current: now, options, auto: variable.auto === true, auto_min: variable.auto_min ?? '', auto_count: variable.auto_count ?? 0, refresh: 'onTimeRangeChanged' });
    case 'textbox': return kind('TextVariable', { query: text, current: now });
    case 'constant': return kind('ConstantVariable', { query: text, current: now });
    case 'switch': return kind('SwitchVariable', { current: String(now.value || 'false'), enabledValue: String(options[0]?.value ?? 'true'), disabledValue: String(options[1]?.value ?? 'false') });
    case 'adhoc': return sourced('AdhocVariable', { baseFilters: variable.baseFilters ?? [], filters: variable.filters ?? [], defaultKeys: variable['defaultKeys'] ?? [], allowCustomValue });
    case 'groupby': return sourced('GroupByVariable', { current: now, options, multi: multi === true });
    default: return undefined;
  }
}
