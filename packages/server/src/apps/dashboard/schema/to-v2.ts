/** A classic dashboard that is up to date, in the second generation's form (`v2beta1`, dashboards-and-content §15.4). Pure. */
import { annotationsOf, objectIn, topPanels, variablesOf, type Json, type SourceLookup } from './document.ts';
import { isObject, numberOf, objectsOf, textOf } from '../../../util/json-value.ts';

const intervalsDefault = ['5s', '10s', '30s', '1m', '5m', '15m', '30m', '1h', '2h', '1d'];
const cursorSync = ['Off', 'Crosshair', 'Tooltip'];
const hideNames: readonly string[] = ['dontHide', 'hideLabel', 'hideVariable', 'inControlsMenu'];
const refreshNames = ['never', 'onDashboardLoad', 'onTimeRangeChanged'];
const sortNames = [
  'disabled', 'alphabeticalAsc', 'alphabeticalDesc', 'numericalAsc', 'numericalDesc', 'alphabeticalCaseInsensitiveAsc', 'alphabeticalCaseInsensitiveDesc', 'naturalAsc', 'naturalDesc',
];

/** What a conversion that failed leaves. */
export const emptyV2 = (): Json => ({
  annotations: null, cursorSync: '', elements: null, layout: { kind: 'GridLayout', spec: { items: null } }, links: null, preload: false, tags: null,
  timeSettings: { from: '', to: '', autoRefresh: '', autoRefreshIntervals: null, hideTimepicker: false, fiscalYearStartMonth: 0 }, title: '', variables: null,
});

/** Members that have a value. */
const given = (members: Json): Json => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));

export function toV2(dashboard: Json, sources: SourceLookup): Json {
  const elements: Json = {};
  const layout = layoutOf(topPanels(dashboard), elements, sources);
  return given({
    annotations: annotationsOf(dashboard).map((annotation) => annotationQuery(annotation, sources)),
    cursorSync: cursorSync[numberOf(dashboard['graphTooltip'], 0)] ?? 'Off', description: textOf(dashboard['description']) || undefined, editable: dashboard['editable'] !== false,
    elements, layout, links: objectsOf(dashboard['links']).map(dashboardLink), liveNow: dashboard['liveNow'] === true, preload: dashboard['preload'] === true,
    tags: Array.isArray(dashboard['tags']) ? dashboard['tags'].filter((tag) => typeof tag === 'string') : [], timeSettings: timeSettings(dashboard), title: textOf(dashboard['title']),
    variables: variablesOf(dashboard).map((variable) => variableKind(variable, sources)).filter((variable) => variable !== undefined),
    ...(typeof dashboard['revision'] === 'number' ? { revision: dashboard['revision'] } : {}),
  });
}

function timeSettings(dashboard: Json): Json {
  const time = objectIn(dashboard, 'time') ?? {};
  const timepicker = objectIn(dashboard, 'timepicker') ?? {};
  return given({
    timezone: typeof dashboard['timezone'] === 'string' ? dashboard['timezone'] : 'browser', from: textOf(time['from']) || 'now-6h', to: textOf(time['to']) || 'now',
    autoRefresh: textOf(dashboard['refresh']),
    autoRefreshIntervals: Array.isArray(timepicker['refresh_intervals']) ? timepicker['refresh_intervals'] : intervalsDefault,
    quickRanges: Array.isArray(timepicker['quick_ranges']) ? timepicker['quick_ranges'] : undefined,
    hideTimepicker: timepicker['hidden'] === true, weekStart: textOf(dashboard['weekStart']) || undefined,
    fiscalYearStartMonth: numberOf(dashboard['fiscalYearStartMonth'], 0), nowDelay: textOf(timepicker['nowDelay']) || undefined,
  });
}

const dashboardLink = (link: Json): Json => given({
  title: textOf(link['title']), type: link['type'] === 'dashboards' ? 'dashboards' : 'link', icon: textOf(link['icon']), tooltip: textOf(link['tooltip']),
  url: typeof link['url'] === 'string' ? link['url'] : undefined, tags: Array.isArray(link['tags']) ? link['tags'] : [], asDropdown: link['asDropdown'] === true,
  targetBlank: link['targetBlank'] === true, includeVars: link['includeVars'] === true, keepTime: link['keepTime'] === true,
  placement: typeof link['placement'] === 'string' ? link['placement'] : undefined,
});

/** Type and uid of a data source reference; a type that is not given is looked up. */
export function sourceOf(datasource: unknown, sources: SourceLookup): { type: string; uid: string } {
  if (typeof datasource === 'string') return { uid: datasource, type: sources.byUid.get(datasource)?.type ?? sources.byName.get(datasource)?.type ?? '' };
  if (!isObject(datasource)) return { uid: '', type: '' };
  const uid = textOf(datasource['uid']);
  return { uid, type: textOf(datasource['type']) || sources.byUid.get(uid)?.type || '' };
}

export const dataQuery = ({ type, uid }: { type: string; uid: string }, spec: unknown): Json =>
  ({ kind: 'DataQuery', group: type, version: 'v0', ...(uid === '' ? {} : { datasource: { name: uid } }), spec });

const annotationMembers = new Set(['datasource', 'enable', 'hide', 'iconColor', 'name', 'builtIn', 'filter', 'target', 'placement', 'mappings']);

function annotationQuery(annotation: Json, sources: SourceLookup): Json {
  const rest = Object.fromEntries(Object.entries(annotation).filter(([key]) => !annotationMembers.has(key)));
  const target = objectIn(annotation, 'target');
  return {
    kind: 'AnnotationQuery',
    spec: given({
      query: dataQuery(sourceOf(annotation['datasource'], sources), target ?? {}), enable: annotation['enable'] === true, hide: annotation['hide'] === true,
      iconColor: textOf(annotation['iconColor']), name: textOf(annotation['name']), builtIn: annotation['builtIn'] === 1 || annotation['builtIn'] === true ? true : undefined,
      filter: objectIn(annotation, 'filter'), placement: annotation['placement'], mappings: objectIn(annotation, 'mappings'), legacyOptions: Object.keys(rest).length > 0 ? rest : undefined,
    }),
  };
}

// Layout.

function layoutOf(panels: readonly Json[], elements: Json, sources: SourceLookup): Json {
  if (!panels.some((panel) => panel['type'] === 'row')) return { kind: 'GridLayout', spec: { items: panels.map((panel) => gridItem(panel, 0, elements, sources)) } };
  const rows: { title: string; collapse: boolean; hideHeader: boolean; repeat: string; y: number; panels: Json[] }[] = [];
  for (const panel of panels) {
    if (panel['type'] === 'row') {
      rows.push({
        title: textOf(panel['title']), collapse: panel['collapsed'] === true, hideHeader: false, repeat: textOf(panel['repeat']), y: topOf(panel) + 1, panels: objectsOf(panel['panels']),
      });
      continue;
    }
    // Panels before the first row have one of their own, without a header.
    if (rows.length === 0) rows.push({ title: '', collapse: false, hideHeader: true, repeat: '', y: 0, panels: [] });
    rows.at(-1)!.panels.push(panel);
  }
  return {
    kind: 'RowsLayout',
    spec: {
      rows: rows.map(({ title, collapse, hideHeader, repeat, y, panels: inner }) => ({
        kind: 'RowsLayoutRow',
        spec: {
          title, collapse, ...(hideHeader ? { hideHeader } : {}), ...(repeat ? { repeat: { mode: 'variable', value: repeat } } : {}),
          layout: { kind: 'GridLayout', spec: { items: itemsBelow(inner, y, elements, sources) } },
        },
      })),
    },
  };
}

const topOf = (panel: Json) => numberOf(objectIn(panel, 'gridPos')?.['y'], 0);

/** Places in a row count from its top: from below its header, or from its highest panel where that lies above. */
function itemsBelow(panels: readonly Json[], y: number, elements: Json, sources: SourceLookup): Json[] {
  const top = Math.min(y, ...panels.map(topOf));
  return panels.map((panel) => gridItem(panel, top, elements, sources));
}

function gridItem(panel: Json, rowY: number, elements: Json, sources: SourceLookup): Json {
  const name = `panel-${numberOf(panel['id'], 0)}`;
  elements[name] = isObject(panel['libraryPanel']) ? libraryElement(panel, panel['libraryPanel']) : panelElement(panel, sources);
  const at = objectIn(panel, 'gridPos') ?? {};
  const repeat = textOf(panel['repeat']);
  return {
    kind: 'GridLayoutItem',
    spec: {
      x: numberOf(at['x'], 0), y: topOf(panel) - rowY, width: numberOf(at['w'], 6), height: numberOf(at['h'], 3), element: { kind: 'ElementReference', name },
      ...(repeat === '' ? {} : {
        repeat: given({
          mode: 'variable', value: repeat, direction: textOf(panel['repeatDirection']) || undefined, maxPerRow: typeof panel['maxPerRow'] === 'number' ? panel['maxPerRow'] : undefined,
        }),
      }),
    },
  };
}

const libraryElement = (panel: Json, { uid, name }: Json): Json =>
  ({ kind: 'LibraryPanel', spec: { id: numberOf(panel['id'], 0), title: textOf(panel['title']), libraryPanel: { uid: textOf(uid), name: textOf(name) } } });

/** What becomes of a panel's members; the rest are options of a panel of the older kind. */
const panelMembers = new Set([
  'id', 'type', 'title', 'description', 'links', 'gridPos', 'datasource', 'targets', 'transformations', 'transparent', 'fieldConfig', 'options', 'pluginVersion', 'repeat',
  'repeatDirection', 'maxPerRow', 'cacheTimeout', 'maxDataPoints', 'interval', 'hideTimeOverride', 'queryCachingTTL', 'timeFrom', 'timeShift', 'timeCompare', 'autoMigrateFrom', 'libraryPanel',
]);

function panelElement(panel: Json, sources: SourceLookup): Json {
  return {
    kind: 'Panel',
    spec: {
      id: numberOf(panel['id'], 0), title: textOf(panel['title']), description: textOf(panel['description']), links: objectsOf(panel['links']).map(panelLink),
      data: { kind: 'QueryGroup', spec: { queries: panelQueries(panel, sources), transformations: objectsOf(panel['transformations']).map(transformation), queryOptions: queryOptions(panel) } },
      vizConfig: {
        kind: 'VizConfig', group: textOf(panel['type']), version: textOf(panel['pluginVersion']), spec: { options: optionsOf(panel), fieldConfig: fieldConfigOf(panel) },
      },
      ...(panel['transparent'] === true ? { transparent: true } : {}),
    },
  };
}

const panelLink = (link: Json): Json => given({ title: textOf(link['title']), url: textOf(link['url']), targetBlank: typeof link['targetBlank'] === 'boolean' ? link['targetBlank'] : undefined });

function panelQueries(panel: Json, sources: SourceLookup): Json[] {
  const own = sourceOf(panel['datasource'], sources);
  return objectsOf(panel['targets']).map(({ refId, hide, datasource, ...rest }) => {
    const named = sourceOf(datasource, sources);
    const source = named.uid === '' && named.type === '' && own.uid !== '-- Mixed --' ? own : named;
    return { kind: 'PanelQuery', spec: { query: dataQuery(source, rest), refId: textOf(refId) || 'A', hidden: hide === true } };
  });
}

const transformation = (each: Json): Json => ({
  kind: textOf(each['id']),
  spec: given({ id: textOf(each['id']), disabled: each['disabled'] === true ? true : undefined, filter: objectIn(each, 'filter'), topic: each['topic'], options: each['options'] ?? {} }),
});

const queryOptions = (panel: Json): Json => given({
  timeFrom: textOf(panel['timeFrom']) || undefined, maxDataPoints: typeof panel['maxDataPoints'] === 'number' ? panel['maxDataPoints'] : undefined,
  timeShift: textOf(panel['timeShift']) || undefined, timeCompare: textOf(panel['timeCompare']) || undefined,
  queryCachingTTL: typeof panel['queryCachingTTL'] === 'number' ? panel['queryCachingTTL'] : undefined, interval: textOf(panel['interval']) || undefined,
  cacheTimeout: textOf(panel['cacheTimeout']) || undefined, hideTimeOverride: typeof panel['hideTimeOverride'] === 'boolean' ? panel['hideTimeOverride'] : undefined,
});

function optionsOf(panel: Json): Json {
  const options = objectIn(panel, 'options') ?? {};
  const originalOptions = Object.fromEntries(Object.entries(panel).filter(([key]) => !panelMembers.has(key)));
  const autoMigrateFrom = textOf(panel['autoMigrateFrom']);
  if (autoMigrateFrom === '' && Object.keys(originalOptions).length === 0) return options;
  return { ...options, __angularMigration: { autoMigrateFrom: autoMigrateFrom || textOf(panel['type']), originalOptions } };
}

function fieldConfigOf(panel: Json): Json {
  const fieldConfig = objectIn(panel, 'fieldConfig') ?? {};
  const defaults = objectIn(fieldConfig, 'defaults') ?? {};
  const thresholds = objectIn(defaults, 'thresholds');
  // The lowest threshold has no value, and says so.
  const steps = thresholds && objectsOf(thresholds['steps']).map((step) => ({ value: step['value'] ?? null, ...(step['valueExpr'] ? { valueExpr: step['valueExpr'] } : {}), color: step['color'] }));
  return { defaults: thresholds ? { ...defaults, thresholds: { ...thresholds, steps } } : defaults, overrides: objectsOf(fieldConfig['overrides']) };
}

// Variables.

const named = (names: readonly string[], value: unknown, otherwise: string): string =>
  (typeof value === 'number' ? (names[value] ?? otherwise) : typeof value === 'string' && names.includes(value) ? value : otherwise);

function variableKind(variable: Json, sources: SourceLookup): Json | undefined {
  const about = {
    name: textOf(variable['name']), hide: named(hideNames, variable['hide'], 'dontHide'), skipUrlSync: variable['skipUrlSync'] === true,
    label: textOf(variable['label']) || undefined, description: textOf(variable['description']) || undefined,
  };
  const current = currentOf(variable);
  const options = objectsOf(variable['options']);
  const query = textOf(variable['query']);
  const multi = variable['multi'] === true;
  const includeAll = variable['includeAll'] === true;
  const allValue = typeof variable['allValue'] === 'string' ? variable['allValue'] : undefined;
  const allowCustomValue = variable['allowCustomValue'] !== false;
  const refresh = named(refreshNames, variable['refresh'], 'never');
  switch (variable['type']) {
    case 'query': return kindOf('QueryVariable', {
      ...about, current, refresh, query: variableQuery(variable, sources), regex: textOf(variable['regex']), sort: named(sortNames, variable['sort'], 'disabled'),
      definition: textOf(variable['definition']) || undefined, options, multi, includeAll, allValue, allowCustomValue, regexApplyTo: variable['regexApplyTo'], placeholder: textOf(variable['placeholder']) || undefined,
      staticOptions: Array.isArray(variable['staticOptions']) && variable['staticOptions'].length > 0 ? objectsOf(variable['staticOptions']) : undefined, staticOptionsOrder: variable['staticOptionsOrder'],
    });
    case 'custom': return kindOf('CustomVariable', { ...about, query, current, options, multi, includeAll, allValue, allowCustomValue, valuesFormat: variable['valuesFormat'] });
    case 'constant': return kindOf('ConstantVariable', { ...about, query, current });
    case 'interval': return kindOf('IntervalVariable', {
      ...about, query, current, options, auto: variable['auto'] === true, auto_min: textOf(variable['auto_min']), auto_count: numberOf(variable['auto_count'], 0), refresh: 'onTimeRangeChanged',
    });
    case 'datasource': return kindOf('DatasourceVariable', {
      ...about, pluginId: query, refresh, regex: textOf(variable['regex']), current, options, multi, includeAll, allValue, allowCustomValue,
    });
    case 'textbox': return kindOf('TextVariable', { ...about, query, current });
    case 'switch': return kindOf('SwitchVariable', { ...about, ...switchOf(variable) });
    case 'adhoc': return withSource('AdhocVariable', variable, sources, {
      ...about, baseFilters: objectsOf(variable['baseFilters']), filters: objectsOf(variable['filters']), defaultKeys: objectsOf(variable['defaultKeys']), allowCustomValue,
      enableGroupBy: typeof variable['enableGroupBy'] === 'boolean' ? variable['enableGroupBy'] : undefined,
    });
    case 'groupby': return withSource('GroupByVariable', variable, sources, { ...about, current, options, multi, defaultValue: objectIn(variable, 'defaultValue') });
    default: return undefined;
  }
}

const kindOf = (kind: string, spec: Json): Json => ({ kind, spec: given(spec) });

function withSource(kind: string, variable: Json, sources: SourceLookup, spec: Json): Json {
  const { type, uid } = sourceOf(variable['datasource'], sources);
  return { kind, group: type, ...(uid === '' ? {} : { datasource: { name: uid } }), spec: given(spec) };
}

function currentOf(variable: Json): Json {
  const { text, value, properties } = objectIn(variable, 'current') ?? {};
  return given({ text: text ?? '', value: value ?? '', properties: isObject(properties) && Object.keys(properties).length > 0 ? properties : undefined });
}

function variableQuery(variable: Json, sources: SourceLookup): Json {
  const { query, datasource } = variable;
  // Compat: a name is not looked up; the query is the default source's.
  const source = isObject(datasource) ? sourceOf(datasource, sources) : { type: sources.standard?.type ?? '', uid: '' };
  if (typeof query === 'string') return dataQuery(source, query === '' ? {} : { __legacyStringValue: query });
  return dataQuery(source, isObject(query) ? query : {});
}

function switchOf(variable: Json): Json {
  const options = objectsOf(variable['options']);
  const at = (i: number, otherwise: string) => (options[i]?.['value'] === undefined ? otherwise : String(options[i]['value']));
  const enabledValue = at(0, 'true');
  return { current: textOf(objectIn(variable, 'current')?.['value']) || at(1, 'false'), enabledValue, disabledValue: at(1, 'false') };
}
