/** A dashboard as JSON, the classic form (schema 42). What the console does not know stays in it untouched. */
import type { AnnotationQuery, DataQuery, DataSourceRef, DataTransformerConfig, FieldConfigSource } from '@grafana/data';

export interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface DashboardLink {
  readonly type: 'link' | 'dashboards';
  readonly title: string;
  readonly url?: string;
  readonly icon?: string;
  readonly tooltip?: string;
  readonly tags?: readonly string[];
  readonly asDropdown?: boolean;
  readonly targetBlank?: boolean;
  readonly includeVars?: boolean;
  readonly keepTime?: boolean;
}

export interface PanelLink {
  readonly title: string;
  readonly url: string;
  readonly targetBlank?: boolean;
}

export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly gridPos?: GridPos;
  readonly datasource?: DataSourceRef | null;
  readonly targets?: readonly DataQuery[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly fieldConfig?: FieldConfigSource;
  readonly transformations?: readonly DataTransformerConfig[];
  readonly transparent?: boolean;
  readonly pluginVersion?: string;
  readonly links?: readonly PanelLink[];
  readonly repeat?: string;
  readonly repeatDirection?: 'h' | 'v';
  readonly maxPerRow?: number;
  readonly maxDataPoints?: number | null;
  readonly interval?: string | null;
  readonly cacheTimeout?: string | null;
  readonly queryCachingTTL?: number | null;
  readonly timeFrom?: string | null;
  readonly timeShift?: string | null;
  readonly hideTimeOverride?: boolean;
  readonly libraryPanel?: { readonly uid: string; readonly name: string };
  readonly autoMigrateFrom?: string;
  /** Of rows. */
  readonly collapsed?: boolean;
  readonly panels?: readonly PanelJson[];
  readonly [more: string]: unknown;
}

export interface VariableJson {
  readonly type: string;
  readonly name: string;
  readonly label?: string;
  readonly description?: string | null;
  readonly hide?: number;
  readonly skipUrlSync?: boolean;
  readonly current?: { readonly text?: unknown; readonly value?: unknown };
  readonly options?: readonly { readonly text?: unknown; readonly value?: unknown; readonly selected?: boolean }[];
  readonly query?: unknown;
  readonly definition?: string;
  readonly datasource?: DataSourceRef | null;
  readonly regex?: string;
  readonly refresh?: number;
  readonly sort?: number;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string | null;
  readonly allowCustomValue?: boolean;
  readonly auto?: boolean;
  readonly auto_min?: string;
  readonly auto_count?: number;
  readonly filters?: readonly { readonly key: string; readonly operator: string; readonly value: string }[];
  readonly baseFilters?: readonly { readonly key: string; readonly operator: string; readonly value: string }[];
  readonly [more: string]: unknown;
}

/** A tab of a dashboard of the second schema. */
export interface TabJson {
  readonly title: string;
  readonly repeat?: string;
  readonly panels: readonly PanelJson[];
}

export interface DashboardJson {
  readonly uid?: string;
  readonly id?: number | null;
  readonly title: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly timezone?: string;
  readonly editable?: boolean;
  readonly graphTooltip?: 0 | 1 | 2;
  readonly time?: { readonly from: string; readonly to: string };
  readonly timepicker?: { readonly refresh_intervals?: readonly string[]; readonly hidden?: boolean; readonly nowDelay?: string; readonly quick_ranges?: readonly unknown[] };
  readonly refresh?: string | false;
  readonly fiscalYearStartMonth?: number;
  readonly weekStart?: string;
  readonly liveNow?: boolean;
  readonly preload?: boolean;
  readonly schemaVersion?: number;
  readonly version?: number;
  readonly panels: readonly PanelJson[];
  /** Instead of `panels`, in dashboards of the second schema. */
  readonly tabs?: readonly TabJson[];
  readonly templating?: { readonly list?: readonly VariableJson[] };
  readonly annotations?: { readonly list?: readonly AnnotationQuery[] };
  readonly links?: readonly DashboardLink[];
  readonly [more: string]: unknown;
}

export const latestSchemaVersion = 42;

export const builtInAnnotations: AnnotationQuery = {
  builtIn: 1, datasource: { type: 'grafana', uid: '-- Grafana --' }, enable: true, hide: true, iconColor: 'rgba(0, 211, 255, 1)', name: 'Annotations & Alerts', type: 'dashboard',
} as AnnotationQuery;

export const newDashboard = (): DashboardJson => ({
  title: 'New dashboard', tags: [], timezone: 'browser', editable: true, graphTooltip: 0, time: { from: 'now-6h', to: 'now' }, timepicker: {}, refresh: '', fiscalYearStartMonth: 0, schemaVersion: latestSchemaVersion, version: 0,
  panels: [], templating: { list: [] }, annotations: { list: [builtInAnnotations] }, links: [],
});

export const isRow = (panel: PanelJson): boolean => panel.type === 'row';

/** Every panel that is drawn, those of folded rows included; rows themselves are left out. */
export function allPanels({ panels, tabs }: Pick<DashboardJson, 'panels' | 'tabs'>): readonly PanelJson[] {
  return [...panels, ...(tabs ?? []).flatMap((tab) => tab.panels)].flatMap((panel) => (isRow(panel) ? (panel.panels ?? []) : [panel]));
}

/** A dashboard with each of its panels, wherever it is, replaced by what `change` makes of it; undefined removes it. */
export function mapPanels(dashboard: DashboardJson, change: (panel: PanelJson) => PanelJson | undefined): DashboardJson {
  const list = (panels: readonly PanelJson[]): readonly PanelJson[] =>
    panels.flatMap((panel) => {
      const inside = isRow(panel) && panel.panels?.length ? { ...panel, panels: list(panel.panels) } : panel;
      const changed = change(inside);
      return changed ? [changed] : [];
    });
  return { ...dashboard, panels: list(dashboard.panels), ...(dashboard.tabs ? { tabs: dashboard.tabs.map((tab) => ({ ...tab, panels: list(tab.panels) })) } : {}) };
}

export function nextPanelId(dashboard: Pick<DashboardJson, 'panels' | 'tabs'>): number {
  const ids = [...dashboard.panels, ...(dashboard.tabs ?? []).flatMap((tab) => tab.panels)].flatMap((panel) => [panel.id, ...(panel.panels ?? []).map(({ id }) => id)]);
  return Math.max(0, ...ids.filter(Number.isFinite)) + 1;
}

/** Panels are told apart by their ids: one that has none, or that of another panel, gets a free one. The same object where all is well. */
export function withIds(dashboard: DashboardJson): DashboardJson {
  const taken = new Set<number>();
  let next = nextPanelId(dashboard);
  let changed = false;
  const given = mapPanels(dashboard, (panel) => {
    if (Number.isInteger(panel.id) && !taken.has(panel.id)) {
      taken.add(panel.id);
      return panel;
    }
    changed = true;
    const id = next++;
    taken.add(id);
    return { ...panel, id };
  });
  return changed ? given : dashboard;
}

const below = (panels: readonly PanelJson[]): number => Math.max(0, ...panels.map(({ gridPos }) => (gridPos ? gridPos.y + gridPos.h : 0)));

/** Adds panels at the end of the dashboard, or of its chosen tab. */
export function withPanels(dashboard: DashboardJson, added: readonly PanelJson[], tab = 0): DashboardJson {
  const append = (panels: readonly PanelJson[]) => added.reduce<readonly PanelJson[]>((all, panel) => [...all, { ...panel, gridPos: { x: 0, w: 12, h: 8, ...panel.gridPos, y: below(all) } }], panels);
  if (!dashboard.tabs?.length) return { ...dashboard, panels: append(dashboard.panels) };
  return { ...dashboard, tabs: dashboard.tabs.map((one, index) => (index === tab ? { ...one, panels: append(one.panels) } : one)) };
}

/** A copy of a panel beside the original where there is space, else below it. */
export function withCopy(dashboard: DashboardJson, id: number): DashboardJson {
  const copyId = nextPanelId(dashboard);
  const insert = (panels: readonly PanelJson[]): readonly PanelJson[] =>
    panels.flatMap((panel) => {
      if (isRow(panel) && panel.panels?.length) return [{ ...panel, panels: insert(panel.panels) }];
      if (panel.id !== id) return [panel];
      const at = panel.gridPos ?? { x: 0, y: 0, w: 12, h: 8 };
      const beside = at.x + at.w * 2 <= 24;
      return [panel, { ...panel, id: copyId, gridPos: beside ? { ...at, x: at.x + at.w } : { ...at, y: at.y + at.h } }];
    });
  return { ...dashboard, panels: insert(dashboard.panels), ...(dashboard.tabs ? { tabs: dashboard.tabs.map((tab) => ({ ...tab, panels: insert(tab.panels) })) } : {}) };
}
