/**
 * What a dashboard of the second generation is made of (dashboards-and-content §14.1, §15.4): one description for each of its two versions, from which follow what is read
 * (`v2-typed.ts`), what is refused, and what the API description tells (`v2-description.ts`). Names and types are those of the published `@grafana/schema`.
 */

/** A type, as JSON schema has it; `$ref` names one of the definitions. */
export interface Shape {
  readonly $ref?: string;
  readonly type?: 'string' | 'boolean' | 'integer' | 'number' | 'array' | 'object';
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Shape;
  /** Told apart by `kind` or `type`. */
  readonly union?: { readonly by: 'kind' | 'type'; readonly of: readonly string[] };
  readonly anyOf?: readonly Shape[];
  /** Null says something, and stays. */
  readonly nullable?: true;
}

export type Definitions = Readonly<Record<string, Shape>>;
export type V2Version = 'v2alpha1' | 'v2beta1';

const text: Shape = { type: 'string' };
const flag: Shape = { type: 'boolean' };
const integer: Shape = { type: 'integer', format: 'int64' };
const number: Shape = { type: 'number', format: 'double' };
const numberOrNull: Shape = { ...number, nullable: true };
const any: Shape = {};
const list = (items: Shape): Shape => ({ type: 'array', items });
const map = (values: Shape = any): Shape => ({ type: 'object', additionalProperties: values });
const oneOf = (...values: readonly string[]): Shape => ({ type: 'string', enum: values });
const only = (value: string): Shape => ({ type: 'string', const: value });
const to = ($ref: string): Shape => ({ $ref });
const textOrTexts: Shape = { anyOf: [text, list(text)] };
const texts = list(text);

/** Members whose name ends in `?` may be missing. */
function struct(members: Readonly<Record<string, Shape>>): Shape {
  const required = Object.keys(members).filter((name) => !name.endsWith('?'));
  return { type: 'object', ...(required.length > 0 ? { required } : {}), properties: Object.fromEntries(Object.entries(members).map(([name, shape]) => [name.replace(/\?$/, ''), shape])) };
}

const kindOf = (kind: string, spec: string, more: Readonly<Record<string, Shape>> = {}): Shape => struct({ kind: only(kind), ...more, spec: to(spec) });
const kinds = (...of: readonly string[]): Shape => ({ union: { by: 'kind', of } });

const layoutKinds = ['GridLayoutKind', 'RowsLayoutKind', 'AutoGridLayoutKind', 'TabsLayoutKind'];
const hide = oneOf('dontHide', 'hideLabel', 'hideVariable', 'inControlsMenu');
const refresh = oneOf('never', 'onDashboardLoad', 'onTimeRangeChanged');
const repeatBy = { mode: only('variable'), value: text };
const request = { method: oneOf('GET', 'PUT', 'POST', 'DELETE', 'PATCH'), url: text, 'body?': text, 'queryParams?': list(texts), 'headers?': list(texts) };
const named = { name: text, 'label?': text, hide, skipUrlSync: flag, 'description?': text };
const choice = { options: list(to('VariableOption')), multi: flag, includeAll: flag, 'allValue?': text };
const current = to('VariableOption');
const sourceName = { 'datasource?': struct({ 'name?': text }) };
const sourceRef = { 'datasource?': to('DataSourceRef') };

/** What both versions have. */
const shared: Definitions = {
  AnnotationPanelFilter: struct({ 'exclude?': flag, ids: list(integer) }),
  AnnotationEventFieldMapping: struct({ 'source?': text, 'value?': text, 'regex?': text }),
  Element: kinds('PanelKind', 'LibraryPanelKind'),
  PanelKind: kindOf('Panel', 'PanelSpec'),
  PanelSpec: struct({
    id: number, title: text, description: text, links: list(to('DataLink')), data: to('QueryGroupKind'), vizConfig: to('VizConfigKind'), 'transparent?': flag,
  }),
  DataLink: struct({ title: text, url: text, 'targetBlank?': flag }),
  QueryGroupKind: kindOf('QueryGroup', 'QueryGroupSpec'),
  QueryGroupSpec: struct({ queries: list(to('PanelQueryKind')), transformations: list(to('TransformationKind')), queryOptions: to('QueryOptionsSpec') }),
  PanelQueryKind: kindOf('PanelQuery', 'PanelQuerySpec'),
  TransformationKind: struct({ kind: text, spec: to('DataTransformerConfig') }),
  DataTransformerConfig: struct({ id: text, 'disabled?': flag, 'filter?': to('MatcherConfig'), 'topic?': oneOf('series', 'annotations', 'alertStates'), options: any }),
  MatcherConfig: struct({ id: text, 'scope?': oneOf('series', 'nested', 'annotation', 'exemplar'), 'options?': any }),
  QueryOptionsSpec: struct({
    'timeFrom?': text, 'maxDataPoints?': integer, 'timeShift?': text, 'queryCachingTTL?': integer, 'interval?': text, 'cacheTimeout?': text, 'hideTimeOverride?': flag,
    'timeCompare?': text,
  }),
  FieldConfigSource: struct({ defaults: to('FieldConfig'), overrides: list(to('FieldConfigOverride')) }),
  FieldConfigOverride: struct({ '__systemRef?': text, matcher: to('MatcherConfig'), properties: list(to('DynamicConfigValue')) }),
  FieldConfig: struct({
    'displayName?': text, 'displayNameFromDS?': text, 'description?': text, 'path?': text, 'writeable?': flag, 'filterable?': flag, 'unit?': text, 'decimals?': number, 'min?': number,
    'max?': number, 'mappings?': list(to('ValueMapping')), 'thresholds?': to('ThresholdsConfig'), 'color?': to('FieldColor'), 'links?': list(any), 'actions?': list(to('Action')),
    'noValue?': text, 'custom?': map(), 'fieldMinMax?': flag, 'nullValueMode?': oneOf('null', 'connected', 'null as zero'),
  }),
  ValueMapping: { union: { by: 'type', of: ['ValueMap', 'RangeMap', 'RegexMap', 'SpecialValueMap'] } },
  ValueMap: struct({ type: only('value'), options: map(to('ValueMappingResult')) }),
  RangeMap: struct({ type: only('range'), options: struct({ from: numberOrNull, to: numberOrNull, result: to('ValueMappingResult') }) }),
  RegexMap: struct({ type: only('regex'), options: struct({ pattern: text, result: to('ValueMappingResult') }) }),
  SpecialValueMap: struct({ type: only('special'), options: struct({ match: oneOf('true', 'false', 'null', 'nan', 'null+nan', 'empty'), result: to('ValueMappingResult') }) }),
  ValueMappingResult: struct({ 'text?': text, 'color?': text, 'icon?': text, 'index?': integer }),
  ThresholdsConfig: struct({ mode: oneOf('absolute', 'percentage'), steps: list(to('Threshold')) }),
  Threshold: struct({ value: numberOrNull, 'valueExpr?': text, color: text }),
  FieldColor: struct({
    mode: oneOf(
      'thresholds', 'palette-classic', 'palette-classic-by-name', 'palette-colorblind', 'palette-categorical-next', 'palette-categorical-next-2', 'palette-categorical-next-3', 'continuous-viridis',
      'continuous-magma', 'continuous-plasma', 'continuous-inferno', 'continuous-cividis', 'continuous-GrYlRd', 'continuous-RdYlGr', 'continuous-BlYlRd', 'continuous-YlRd',
      'continuous-BlPu', 'continuous-YlBl', 'continuous-blues', 'continuous-reds', 'continuous-greens', 'continuous-purples', 'fixed', 'shades', 'gradient',
    ),
    'fixedColor?': text, 'gradientColorTo?': text, 'seriesBy?': oneOf('min', 'max', 'last'),
  }),
  Action: struct({
    type: oneOf('fetch', 'infinity'), title: text, 'fetch?': to('FetchOptions'), 'infinity?': to('InfinityOptions'), 'confirmation?': text, 'oneClick?': flag,
    'variables?': list(to('ActionVariable')), 'style?': struct({ 'backgroundColor?': text }),
  }),
  FetchOptions: struct(request),
  InfinityOptions: struct({ ...request, datasourceUid: text }),
  ActionVariable: struct({ key: text, name: text, type: only('string') }),
  DynamicConfigValue: struct({ id: text, 'value?': any }),
  LibraryPanelKind: kindOf('LibraryPanel', 'LibraryPanelKindSpec'),
  LibraryPanelKindSpec: struct({ id: number, title: text, libraryPanel: to('LibraryPanelRef') }),
  LibraryPanelRef: struct({ name: text, uid: text }),
  Layout: kinds(...layoutKinds),
  GridLayoutKind: kindOf('GridLayout', 'GridLayoutSpec'),
  GridLayoutSpec: struct({ items: list(to('GridLayoutItemKind')) }),
  GridLayoutItemKind: kindOf('GridLayoutItem', 'GridLayoutItemSpec'),
  GridLayoutItemSpec: struct({ x: integer, y: integer, width: integer, height: integer, element: to('ElementReference'), 'repeat?': to('RepeatOptions') }),
  ElementReference: struct({ kind: only('ElementReference'), name: text }),
  RepeatOptions: struct({ ...repeatBy, 'direction?': oneOf('h', 'v'), 'maxPerRow?': integer }),
  RowsLayoutKind: kindOf('RowsLayout', 'RowsLayoutSpec'),
  RowsLayoutSpec: struct({ rows: list(to('RowsLayoutRowKind')) }),
  RowsLayoutRowKind: kindOf('RowsLayoutRow', 'RowsLayoutRowSpec'),
  RowsLayoutRowSpec: struct({
    'title?': text, 'collapse?': flag, 'hideHeader?': flag, 'fillScreen?': flag, 'conditionalRendering?': to('ConditionalRenderingGroupKind'), 'repeat?': to('RowRepeatOptions'), layout: to('Layout'),
  }),
  RowRepeatOptions: struct(repeatBy),
  ConditionalRenderingGroupKind: kindOf('ConditionalRenderingGroup', 'ConditionalRenderingGroupSpec'),
  ConditionalRenderingGroupSpec: struct({ visibility: oneOf('show', 'hide'), condition: oneOf('and', 'or'), items: list(to('ConditionalRenderingItem')) }),
  ConditionalRenderingItem: kinds('ConditionalRenderingVariableKind', 'ConditionalRenderingDataKind', 'ConditionalRenderingTimeRangeSizeKind'),
  ConditionalRenderingVariableKind: kindOf('ConditionalRenderingVariable', 'ConditionalRenderingVariableSpec'),
  ConditionalRenderingVariableSpec: struct({ variable: text, operator: oneOf('equals', 'notEquals', 'matches', 'notMatches'), value: text }),
  ConditionalRenderingDataKind: kindOf('ConditionalRenderingData', 'ConditionalRenderingDataSpec'),
  ConditionalRenderingDataSpec: struct({ value: flag }),
  ConditionalRenderingTimeRangeSizeKind: kindOf('ConditionalRenderingTimeRangeSize', 'ConditionalRenderingTimeRangeSizeSpec'),
  ConditionalRenderingTimeRangeSizeSpec: struct({ value: text }),
  AutoGridLayoutKind: kindOf('AutoGridLayout', 'AutoGridLayoutSpec'),
  AutoGridLayoutSpec: struct({
    'maxColumnCount?': number, columnWidthMode: oneOf('narrow', 'standard', 'wide', 'custom'), 'columnWidth?': number, rowHeightMode: oneOf('short', 'standard', 'tall', 'custom'),
    'rowHeight?': number, 'fillScreen?': flag, items: list(to('AutoGridLayoutItemKind')),
  }),
  AutoGridLayoutItemKind: kindOf('AutoGridLayoutItem', 'AutoGridLayoutItemSpec'),
  AutoGridLayoutItemSpec: struct({ element: to('ElementReference'), 'repeat?': to('AutoGridRepeatOptions'), 'conditionalRendering?': to('ConditionalRenderingGroupKind') }),
  AutoGridRepeatOptions: struct(repeatBy),
  TabsLayoutKind: kindOf('TabsLayout', 'TabsLayoutSpec'),
  TabsLayoutSpec: struct({ tabs: list(to('TabsLayoutTabKind')) }),
  TabsLayoutTabKind: kindOf('TabsLayoutTab', 'TabsLayoutTabSpec'),
  TabsLayoutTabSpec: struct({
    'title?': text, layout: to('Layout'), 'conditionalRendering?': to('ConditionalRenderingGroupKind'), 'repeat?': to('TabRepeatOptions'),
  }),
  TabRepeatOptions: struct(repeatBy),
  DashboardLink: struct({
    title: text, type: oneOf('link', 'dashboards'), icon: text, tooltip: text, 'url?': text, tags: texts, asDropdown: flag, targetBlank: flag, includeVars: flag, keepTime: flag,
    'placement?': only('inControlsMenu'),
  }),
  TimeSettingsSpec: struct({
    'timezone?': text, from: text, to: text, autoRefresh: text, autoRefreshIntervals: texts, 'quickRanges?': list(to('TimeRangeOption')), hideTimepicker: flag,
    'weekStart?': oneOf('saturday', 'monday', 'sunday'), fiscalYearStartMonth: integer, 'nowDelay?': text,
  }),
  TimeRangeOption: struct({ display: text, from: text, to: text }),
  VariableKind: kinds(
    'QueryVariableKind', 'TextVariableKind', 'ConstantVariableKind', 'DatasourceVariableKind', 'IntervalVariableKind', 'CustomVariableKind', 'GroupByVariableKind', 'AdhocVariableKind',
    'SwitchVariableKind',
  ),
  VariableOption: struct({ 'selected?': flag, text: textOrTexts, value: textOrTexts, 'properties?': map(text) }),
  QueryVariableKind: kindOf('QueryVariable', 'QueryVariableSpec'),
  TextVariableKind: kindOf('TextVariable', 'TextVariableSpec'),
  TextVariableSpec: struct({ ...named, current, query: text }),
  ConstantVariableKind: kindOf('ConstantVariable', 'ConstantVariableSpec'),
  ConstantVariableSpec: struct({ ...named, query: text, current }),
  DatasourceVariableKind: kindOf('DatasourceVariable', 'DatasourceVariableSpec'),
  DatasourceVariableSpec: struct({ ...named, pluginId: text, refresh, regex: text, current, ...choice, allowCustomValue: flag }),
  IntervalVariableKind: kindOf('IntervalVariable', 'IntervalVariableSpec'),
  CustomVariableKind: kindOf('CustomVariable', 'CustomVariableSpec'),
  CustomVariableSpec: struct({ ...named, query: text, current, ...choice, allowCustomValue: flag, 'valuesFormat?': oneOf('csv', 'json') }),
  AdHocFilterWithLabels: struct({
    key: text, operator: text, value: text, 'values?': texts, 'keyLabel?': text, 'valueLabels?': texts, 'forceEdit?': flag, 'origin?': only('dashboard'), 'condition?': text,
  }),
  MetricFindValue: struct({ text, 'value?': { anyOf: [text, number] }, 'group?': text, 'expandable?': flag }),
  SwitchVariableKind: kindOf('SwitchVariable', 'SwitchVariableSpec'),
  SwitchVariableSpec: struct({ ...named, current: text, enabledValue: text, disabledValue: text }),
};

const annotation = {
  enable: flag, hide: flag, iconColor: text, name: text, 'builtIn?': flag, 'filter?': to('AnnotationPanelFilter'), 'mappings?': map(to('AnnotationEventFieldMapping')), 'legacyOptions?': map(),
};
const adhoc = {
  ...named, baseFilters: list(to('AdHocFilterWithLabels')), filters: list(to('AdHocFilterWithLabels')), defaultKeys: list(to('MetricFindValue')), allowCustomValue: flag, 'enableGroupBy?': flag,
};
const groupBy = { ...named, 'defaultValue?': to('VariableOption'), current, options: list(to('VariableOption')), multi: flag };
const interval = { ...named, query: text, current, options: list(to('VariableOption')), auto: flag, auto_min: text, auto_count: integer };
const queryVariable = {
  ...named, current, refresh, query: to('DataQueryKind'), regex: text, 'regexApplyTo?': oneOf('value', 'text'),
  sort: oneOf(
    'disabled', 'alphabeticalAsc', 'alphabeticalDesc', 'numericalAsc', 'numericalDesc', 'alphabeticalCaseInsensitiveAsc', 'alphabeticalCaseInsensitiveDesc', 'naturalAsc', 'naturalDesc',
  ),
  'definition?': text, ...choice, 'placeholder?': text, allowCustomValue: flag, 'staticOptions?': list(to('VariableOption')), 'staticOptionsOrder?': oneOf('before', 'after', 'sorted'),
};
const panelQuery = { query: to('DataQueryKind'), refId: text, hidden: flag };
const viz = { options: map(), fieldConfig: to('FieldConfigSource') };

const Spec = struct({
  annotations: list(to('AnnotationQueryKind')), cursorSync: oneOf('Crosshair', 'Off', 'Tooltip'), 'description?': text, 'editable?': flag, elements: map(to('Element')), layout: to('Layout'),
  links: list(to('DashboardLink')), 'liveNow?': flag, preload: flag, 'revision?': { type: 'integer', format: 'int32' }, tags: texts, timeSettings: to('TimeSettingsSpec'), title: text,
  variables: list(to('VariableKind')),
});
const AnnotationQueryKind = kindOf('AnnotationQuery', 'AnnotationQuerySpec');

/** The two versions differ in how queries, panels and variables name their data source and their plugin. The dashboard itself is `Spec`. */
export const v2Definitions: Readonly<Record<V2Version, Definitions>> = {
  v2beta1: {
    ...shared, Spec, AnnotationQueryKind,
    AnnotationQuerySpec: struct({ query: to('DataQueryKind'), ...annotation, 'placement?': only('inControlsMenu') }),
    DataQueryKind: struct({ kind: only('DataQuery'), group: text, version: text, 'labels?': map(text), ...sourceName, spec: map() }),
    PanelQuerySpec: struct(panelQuery),
    VizConfigKind: kindOf('VizConfig', 'VizConfigSpec', { group: text, version: text }),
    VizConfigSpec: struct(viz),
    QueryVariableSpec: struct(queryVariable),
    IntervalVariableSpec: struct({ ...interval, refresh: only('onTimeRangeChanged') }),
    GroupByVariableKind: kindOf('GroupByVariable', 'GroupByVariableSpec', { group: text, ...sourceName }),
    GroupByVariableSpec: struct(groupBy),
    AdhocVariableKind: kindOf('AdhocVariable', 'AdhocVariableSpec', { group: text, ...sourceName }),
    AdhocVariableSpec: struct(adhoc),
  },
  v2alpha1: {
    ...shared, Spec, AnnotationQueryKind,
    AnnotationQuerySpec: struct({ ...sourceRef, 'query?': to('DataQueryKind'), ...annotation }),
    DataSourceRef: struct({ 'type?': text, 'uid?': text }),
    DataQueryKind: struct({ kind: text, spec: map() }),
    PanelQuerySpec: struct({ ...panelQuery, ...sourceRef }),
    VizConfigKind: struct({ kind: text, spec: to('VizConfigSpec') }),
    VizConfigSpec: struct({ pluginVersion: text, ...viz }),
    QueryVariableSpec: struct({ ...queryVariable, ...sourceRef }),
    IntervalVariableSpec: struct({ ...interval, refresh }),
    GroupByVariableKind: kindOf('GroupByVariable', 'GroupByVariableSpec'),
    GroupByVariableSpec: struct({ ...groupBy, ...sourceRef }),
    AdhocVariableKind: kindOf('AdhocVariable', 'AdhocVariableSpec'),
    AdhocVariableSpec: struct({ ...adhoc, ...sourceRef }),
  },
};
