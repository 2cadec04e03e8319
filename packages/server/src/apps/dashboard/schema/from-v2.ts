/** A dashboard of the second generation (`v2beta1`) in the classic form (dashboards-and-content §15.4). Pure. */
import { objectIn, type Json, type SourceLookup } from './document.ts';
import { isObject, numberOf, objectsOf, textOf } from '../../../util/json-value.ts';
import { latestSchemaVersion } from './migrate.ts';

const cursorSync: Readonly<Record<string, number>> = { Off: 0, Crosshair: 1, Tooltip: 2 };
const hideNumbers: Readonly<Record<string, number>> = { dontHide: 0, hideLabel: 1, hideVariable: 2, inControlsMenu: 3 };
const refreshNumbers: Readonly<Record<string, number>> = { never: 0, onDashboardLoad: 1, onTimeRangeChanged: 2 };
const sortNumbers: Readonly<Record<string, number>> = {
  disabled: 0, alphabeticalAsc: 1, alphabeticalDesc: 2, numericalAsc: 3, numericalDesc: 4, alphabeticalCaseInsensitiveAsc: 5, alphabeticalCaseInsensitiveDesc: 6, naturalAsc: 7, naturalDesc: 8,
};

const columns = 24;
const columnCountDefault = 3;
const autoRowHeights: Readonly<Record<string, number>> = { short: 5, standard: 9, tall: 14 };

const given = (members: Json): Json => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));
const specIn = (holder: unknown): Json => (isObject(holder) ? (objectIn(holder, 'spec') ?? {}) : {});
const orUndefined = (text: unknown) => textOf(text) || undefined;

export function fromV2(spec: Json, sources: SourceLookup): Json {
  const time = objectIn(spec, 'timeSettings') ?? {};
  const elements = objectIn(spec, 'elements') ?? {};
  const { panels } = createPlacer(elements, sources).place(objectIn(spec, 'layout') ?? {}, 0);
  const links = objectsOf(spec['links']);
  const variables = objectsOf(spec['variables']);
  const { autoRefreshIntervals, hideTimepicker, nowDelay, quickRanges } = time;
  const timepicker = given({
    refresh_intervals: Array.isArray(autoRefreshIntervals) ? autoRefreshIntervals : undefined, hidden: hideTimepicker === true ? true : undefined, nowDelay: orUndefined(nowDelay),
    quick_ranges: Array.isArray(quickRanges) ? quickRanges : undefined,
  });
  return given({
    annotations: { list: objectsOf(spec['annotations']).map((annotation) => annotationOf(annotation, sources)) },
    description: orUndefined(spec['description']), editable: spec['editable'] !== false, fiscalYearStartMonth: numberOf(time['fiscalYearStartMonth'], 0),
    graphTooltip: cursorSync[textOf(spec['cursorSync'])] ?? 0, links: links.length > 0 ? links : undefined, liveNow: typeof spec['liveNow'] === 'boolean' ? spec['liveNow'] : undefined,
    panels: panels.length > 0 ? panels : undefined, preload: spec['preload'] === true, refresh: textOf(time['autoRefresh']), schemaVersion: latestSchemaVersion,
    tags: Array.isArray(spec['tags']) ? spec['tags'] : undefined, templating: variables.length > 0 ? { list: variables.map((variable) => variableOf(variable, sources)) } : undefined,
    time: { from: textOf(time['from']) || 'now-6h', to: textOf(time['to']) || 'now' }, timepicker: Object.keys(timepicker).length > 0 ? timepicker : undefined,
    timezone: orUndefined(time['timezone']), title: textOf(spec['title']), weekStart: orUndefined(time['weekStart']), revision: spec['revision'],
  });
}

function refOf(group: unknown, datasource: unknown, sources: SourceLookup): Json | undefined {
  const uid = isObject(datasource) ? textOf(datasource['name']) : '';
  const type = textOf(group) || sources.byUid.get(uid)?.type || '';
  return uid === '' && type === '' ? undefined : given({ type: type || undefined, uid: uid || undefined });
}

function annotationOf(annotation: Json, sources: SourceLookup): Json {
  const spec = specIn(annotation);
  const query = objectIn(spec, 'query') ?? {};
  const target = specIn({ spec: query['spec'] });
  const builtIn = spec['builtIn'] === true;
  return given({
    ...objectIn(spec, 'legacyOptions'), builtIn: builtIn ? 1 : undefined, datasource: refOf(query['group'], query['datasource'], sources), enable: spec['enable'] === true,
    hide: spec['hide'] === true, iconColor: textOf(spec['iconColor']), name: textOf(spec['name']), ...(builtIn ? { type: 'dashboard' } : {}),
    filter: objectIn(spec, 'filter'), placement: spec['placement'], mappings: objectIn(spec, 'mappings'), target: Object.keys(target).length > 0 ? target : undefined,
  });
}

/** Walks through layouts, putting panels below each other. */
function createPlacer(elements: Json, sources: SourceLookup) {
  const ids = Object.values(elements).map((element) => numberOf(specIn(element)['id'], 0));
  let nextId = Math.max(0, ...ids) + 1;

  type Placed = { panels: Json[]; y: number };

  /** `headless`: inside a row that is shut, where the classic form has no rows. */
  function place(layout: Json, y: number, headless = false): Placed {
    const spec = specIn(layout);
    switch (layout['kind']) {
      case 'GridLayout': return placeGrid(objectsOf(spec['items']), y);
      case 'RowsLayout': return headless ? placeHeadless(objectsOf(spec['rows']), y) : placeRows(objectsOf(spec['rows']), y);
      case 'TabsLayout': return headless ? placeHeadless(objectsOf(spec['tabs']), y) : placeTabs(objectsOf(spec['tabs']), y);
      case 'AutoGridLayout': return placeAutoGrid(spec, y);
      default: return { panels: [], y };
    }
  }

  function placeGrid(items: readonly Json[], y: number): Placed {
    let bottom = y;
    const panels = items.flatMap((item) => {
      const { x, y: own, width, height, element, repeat } = specIn(item);
      const gridPos = { h: numberOf(height, 3), w: numberOf(width, 6), x: numberOf(x, 0), y: y + numberOf(own, 0) };
      const panel = panelOf(element, gridPos);
      if (!panel) return [];
      bottom = Math.max(bottom, gridPos.y + gridPos.h);
      const repeated = isObject(repeat)
        ? given({ repeat: orUndefined(repeat['value']), repeatDirection: orUndefined(repeat['direction']), maxPerRow: typeof repeat['maxPerRow'] === 'number' ? repeat['maxPerRow'] : undefined })
        : {};
      return [{ ...panel, ...repeated }];
    });
    return { panels, y: bottom };
  }

  function placeHeadless(parts: readonly Json[], y: number): Placed {
    const panels: Json[] = [];
    for (const part of parts) {
      const { layout } = specIn(part);
      const inner = place(isObject(layout) ? layout : {}, y, true);
      panels.push(...inner.panels);
      y = inner.y;
    }
    return { panels, y };
  }

  function placeRows(rows: readonly Json[], y: number): Placed {
    const panels: Json[] = [];
    for (const row of rows) {
      const { title, collapse, hideHeader, repeat, layout } = specIn(row);
      if (hideHeader === true) {
        const inner = place(isObject(layout) ? layout : {}, y);
        panels.push(...inner.panels);
        y = inner.y;
        continue;
      }
      const { panels: _, ...header } = rowPanel(textOf(title), collapse === true, y, isObject(repeat) ? textOf(repeat['value']) : '');
      // Compat: what is in an open row begins where the row does; browsers move it down.
      const inner = place(isObject(layout) ? layout : {}, collapse === true ? y + 1 : y, collapse === true);
      panels.push(collapse === true ? { ...header, panels: inner.panels } : header);
      if (collapse !== true) panels.push(...inner.panels);
      y = collapse === true ? y + 1 : Math.max(inner.y, y + 1);
    }
    return { panels, y };
  }

  function placeTabs(tabs: readonly Json[], y: number): Placed {
    const panels: Json[] = [];
    for (const tab of tabs) {
      const { title, layout, repeat } = specIn(tab);
      panels.push(rowPanel(textOf(title), false, y, isObject(repeat) ? textOf(repeat['value']) : ''));
      const inner = place(isObject(layout) ? layout : {}, y + 1);
      panels.push(...inner.panels);
      y = Math.max(inner.y, y + 1);
    }
    return { panels, y };
  }

  function placeAutoGrid(spec: Json, y: number): Placed {
    const perRow = Math.max(1, Math.min(columns, Math.floor(numberOf(spec['maxColumnCount'], columnCountDefault))));
    const w = Math.floor(columns / perRow);
    const h = spec['rowHeightMode'] === 'custom' ? Math.max(1, Math.ceil(numberOf(spec['rowHeight'], 320) / 38)) : (autoRowHeights[textOf(spec['rowHeightMode'])] ?? autoRowHeights['standard']!);
    const panels: Json[] = [];
    let bottom = y;
    for (const [i, item] of objectsOf(spec['items']).entries()) {
      const { element, repeat } = specIn(item);
      const gridPos = { h, w, x: (i % perRow) * w, y: y + Math.floor(i / perRow) * h };
      const panel = panelOf(element, gridPos);
      if (!panel) continue;
      bottom = Math.max(bottom, gridPos.y + h);
      panels.push({ ...panel, ...(isObject(repeat) && textOf(repeat['value']) ? { repeat: repeat['value'], repeatDirection: 'h', maxPerRow: perRow } : {}) });
    }
    return { panels, y: bottom };
  }

  function rowPanel(title: string, collapsed: boolean, y: number, repeat: string): Json {
    return { collapsed, gridPos: { h: 1, w: columns, x: 0, y }, id: nextId++, panels: [], title, type: 'row', ...(repeat ? { repeat } : {}) };
  }

  function panelOf(reference: unknown, gridPos: Json): Json | undefined {
    const name = isObject(reference) ? textOf(reference['name']) : '';
    const element = Object.hasOwn(elements, name) ? elements[name] : undefined;
    if (!isObject(element)) return undefined;
    const spec = specIn(element);
    if (element['kind'] === 'LibraryPanel') {
      return { gridPos, id: numberOf(spec['id'], 0), libraryPanel: objectIn(spec, 'libraryPanel') ?? {}, title: textOf(spec['title']) };
    }
    return { ...classicPanel(spec, sources), gridPos };
  }

  return { place };
}

function classicPanel(spec: Json, sources: SourceLookup): Json {
  const data = specIn(spec['data']);
  const viz = objectIn(spec, 'vizConfig') ?? {};
  const vizSpec = specIn(viz);
  const { __angularMigration: angular, ...options } = objectIn(vizSpec, 'options') ?? {};
  const fieldConfig = objectIn(vizSpec, 'fieldConfig');
  const targets = objectsOf(data['queries']).map((query) => targetOf(specIn(query), sources));
  const transformations = objectsOf(data['transformations']).map((each) => ({ id: each['kind'], options: {}, ...specIn(each) }));
  const links = objectsOf(spec['links']);
  const emptyConfig = fieldConfig === undefined || (Object.keys(objectIn(fieldConfig, 'defaults') ?? {}).length === 0 && objectsOf(fieldConfig['overrides']).length === 0);
  return given({
    ...(isObject(angular) ? { ...objectIn(angular, 'originalOptions'), autoMigrateFrom: angular['autoMigrateFrom'] } : {}),
    datasource: panelSource(targets), description: orUndefined(spec['description']), fieldConfig: emptyConfig ? undefined : fieldConfig, id: numberOf(spec['id'], 0),
    links: links.length > 0 ? links : undefined, options, pluginVersion: textOf(viz['version']), targets, title: textOf(spec['title']),
    transformations: transformations.length > 0 ? transformations : undefined, transparent: spec['transparent'] === true ? true : undefined, type: textOf(viz['group']),
    ...objectIn(data, 'queryOptions'),
  });
}

function targetOf(spec: Json, sources: SourceLookup): Json {
  const query = objectIn(spec, 'query') ?? {};
  return given({
    ...objectIn(query, 'spec'), datasource: refOf(query['group'], query['datasource'], sources), refId: textOf(spec['refId']), hide: spec['hidden'] === true ? true : undefined,
  });
}

/** The one that all queries share, or the sign that they don't: a query without a source must not take its neighbour's. */
function panelSource(targets: readonly Json[]): Json | undefined {
  const refs = targets.map((target) => objectIn(target, 'datasource'));
  const first = refs.find((ref) => ref !== undefined);
  if (!first) return undefined;
  return refs.every((ref) => ref !== undefined && ref['uid'] === first['uid']) ? { ...first } : { type: 'datasource', uid: '-- Mixed --' };
}

function variableOf(variable: Json, sources: SourceLookup): Json {
  const spec = specIn(variable);
  const about = {
    name: textOf(spec['name']), label: orUndefined(spec['label']), description: orUndefined(spec['description']), hide: hideNumbers[textOf(spec['hide'])] ?? 0, skipUrlSync: spec['skipUrlSync'] === true,
  };
  const choice = {
    current: objectIn(spec, 'current'), options: objectsOf(spec['options']), multi: spec['multi'] === true, includeAll: spec['includeAll'] === true,
    allValue: typeof spec['allValue'] === 'string' ? spec['allValue'] : undefined, allowCustomValue: spec['allowCustomValue'] !== false,
  };
  switch (variable['kind']) {
    case 'QueryVariable': {
      const query = objectIn(spec, 'query') ?? {};
      const querySpec = objectIn(query, 'spec') ?? {};
      return given({
        ...about, ...choice, type: 'query', datasource: refOf(query['group'], query['datasource'], sources),
        query: typeof querySpec['__legacyStringValue'] === 'string' ? querySpec['__legacyStringValue'] : querySpec, definition: orUndefined(spec['definition']),
        refresh: refreshNumbers[textOf(spec['refresh'])] ?? 0, regex: textOf(spec['regex']), sort: sortNumbers[textOf(spec['sort'])] ?? 0, regexApplyTo: spec['regexApplyTo'], placeholder: orUndefined(spec['placeholder']),
        staticOptions: Array.isArray(spec['staticOptions']) ? objectsOf(spec['staticOptions']) : undefined, staticOptionsOrder: spec['staticOptionsOrder'],
      });
    }
    case 'DatasourceVariable':
      return given({ ...about, ...choice, type: 'datasource', query: textOf(spec['pluginId']), refresh: refreshNumbers[textOf(spec['refresh'])] ?? 0, regex: textOf(spec['regex']) });
    case 'CustomVariable': return given({ ...about, ...choice, type: 'custom', query: textOf(spec['query']), valuesFormat: spec['valuesFormat'] });
    case 'ConstantVariable': return given({ ...about, type: 'constant', query: textOf(spec['query']), current: choice.current });
    case 'IntervalVariable': return given({
      ...about, type: 'interval', query: textOf(spec['query']), current: choice.current, options: choice.options, auto: spec['auto'] === true, auto_min: textOf(spec['auto_min']),
      auto_count: numberOf(spec['auto_count'], 0), refresh: refreshNumbers[textOf(spec['refresh'])] ?? 2,
    });
    case 'TextVariable': return given({ ...about, type: 'textbox', query: textOf(spec['query']), current: choice.current });
    case 'SwitchVariable': return given({
      ...about, type: 'switch', current: { text: textOf(spec['current']), value: textOf(spec['current']) },
      options: [spec['enabledValue'], spec['disabledValue']].map((value) => ({ text: textOf(value), value: textOf(value) })),
    });
    case 'AdhocVariable': return given({
      ...about, type: 'adhoc', datasource: refOf(variable['group'], variable['datasource'], sources), baseFilters: objectsOf(spec['baseFilters']), filters: objectsOf(spec['filters']),
      defaultKeys: objectsOf(spec['defaultKeys']), allowCustomValue: choice.allowCustomValue,
      enableGroupBy: typeof spec['enableGroupBy'] === 'boolean' ? spec['enableGroupBy'] : undefined,
    });
    case 'GroupByVariable': return given({
      ...about, type: 'groupby', datasource: refOf(variable['group'], variable['datasource'], sources), current: choice.current, options: choice.options, multi: choice.multi,
      defaultValue: objectIn(spec, 'defaultValue'),
    });
    default: return given({ ...about, type: 'custom' });
  }
}
