/** What each schema version changed (dashboards-and-content §15.3). A step changes the document in place. */
import { slugify } from '../../../util/slug.ts';
import { allPanels, annotationsOf, objectIn, refOf, topPanels, variablesOf, type Json, type SourceLookup } from './document.ts';
import { isObject, numberOf, objectsOf, textOf } from '../../../util/json-value.ts';
import { minSpanToMaxPerRow, rowsToGrid } from './grid.ts';

export type Step = (dashboard: Json, sources: SourceLookup) => void;

const nothing: Step = () => {};

/** Target version -> step. */
export const steps: ReadonlyMap<number, Step> = new Map<number, Step>([
  [2, toVersion2], [3, nothing], [4, nothing], [5, nothing], [6, toVersion6], [7, toVersion7], [8, toVersion8], [9, nothing], [10, toVersion10], [11, nothing],
  [12, toVersion12], [13, nothing], [14, (d) => void (d['graphTooltip'] = d['sharedCrosshair'] === true ? 1 : 0)], [15, nothing], [16, rowsToGrid],
  [17, (d) => topPanels(d).forEach(minSpanToMaxPerRow)], [18, toVersion18], [19, toVersion19], [20, toVersion20], [21, toVersion21], [22, toVersion22],
  [23, toVersion23], [24, toVersion24], [25, nothing], [26, toVersion26], [27, toVersion27], [28, toVersion28], [29, toVersion29], [30, toVersion30],
  [31, toVersion31], [32, nothing], [33, toVersion33], [34, toVersion34], [35, toVersion35], [36, toVersion36], [37, toVersion37], [38, toVersion38],
  [39, toVersion39], [40, (d) => void (typeof d['refresh'] === 'string' || (d['refresh'] = ''))],
  [41, (d) => void delete objectIn(d, 'timepicker')?.['time_options']], [42, toVersion42],
]);

function toVersion2(dashboard: Json): void {
  const filter = objectIn(objectIn(dashboard, 'services') ?? {}, 'filter');
  if (filter) {
    if (filter['time'] !== undefined) dashboard['time'] = filter['time'];
    if (Array.isArray(filter['list'])) dashboard['templating'] = { ...objectIn(dashboard, 'templating'), list: filter['list'] };
  }
  delete dashboard['services'];
}

function toVersion6(dashboard: Json): void {
  const annotations = objectsOf(dashboard['pulldowns']).find((pulldown) => pulldown['type'] === 'annotations');
  if (annotations) dashboard['annotations'] = { list: Array.isArray(annotations['annotations']) ? annotations['annotations'] : [] };
  for (const variable of variablesOf(dashboard)) {
    if (variable['datasource'] === undefined) variable['datasource'] = null;
    if (variable['type'] === 'filter' || variable['type'] === undefined) variable['type'] = 'query';
    if (variable['allFormat'] === null) delete variable['allFormat'];
  }
}

function toVersion7(dashboard: Json): void {
  const [first] = objectsOf(dashboard['nav']);
  if (first) dashboard['timepicker'] = first;
}

function toVersion8(dashboard: Json): void {
  for (const target of panelsAnywhere(dashboard).flatMap((panel) => objectsOf(panel['targets']))) {
    if (!target['fields'] || !target['tags'] || !target['groupBy']) continue;
    if (target['rawQuery']) {
      delete target['fields'];
      delete target['fill'];
      continue;
    }
    target['select'] = objectsOf(target['fields']).map((field) => [
      { type: 'field', params: [field['name']] }, { type: field['func'], params: [] },
      ...(field['mathExpr'] ? [{ type: 'math', params: [field['mathExpr']] }] : []), ...(field['asExpr'] ? [{ type: 'alias', params: [field['asExpr']] }] : []),
    ]);
    delete target['fields'];
    for (const part of objectsOf(target['groupBy'])) {
      for (const [type, key] of [['time', 'interval'], ['tag', 'key']] as const) {
        if (part['type'] !== type || !part[key]) continue;
        part['params'] = [part[key]];
        delete part[key];
      }
    }
    if (target['fill']) {
      target['groupBy'] = [...objectsOf(target['groupBy']), { type: 'fill', params: [target['fill']] }];
      delete target['fill'];
    }
  }
}

/** Before step 16 panels are in rows. */
const panelsAnywhere = (dashboard: Json): Json[] => [...topPanels(dashboard), ...objectsOf(dashboard['rows']).flatMap((row) => objectsOf(row['panels']))];

function toVersion10(dashboard: Json): void {
  for (const panel of panelsAnywhere(dashboard)) {
    if (panel['type'] !== 'table') continue;
    for (const style of objectsOf(panel['styles'])) {
      const { thresholds } = style;
      if (Array.isArray(thresholds) && thresholds.length >= 3) style['thresholds'] = thresholds.slice(1);
    }
  }
}

function toVersion12(dashboard: Json): void {
  for (const variable of variablesOf(dashboard)) {
    if (typeof variable['refresh'] === 'boolean') variable['refresh'] = variable['refresh'] ? 1 : 0;
    if (variable['hideVariable']) variable['hide'] = 2;
    else if (variable['hideLabel']) variable['hide'] = 1;
  }
}

function toVersion18(dashboard: Json): void {
  for (const panel of topPanels(dashboard)) {
    const gauge = objectIn(panel, 'options-gauge');
    if (!gauge) continue;
    const { unit, stat, decimals, prefix, suffix, ...rest } = gauge;
    panel['options'] = {
      ...rest, valueOptions: { unit, stat, decimals, prefix, suffix }, ...(Array.isArray(rest['thresholds']) ? { thresholds: rest['thresholds'].toReversed() } : {}),
    };
    delete panel['options-gauge'];
  }
}

function toVersion19(dashboard: Json): void {
  for (const panel of topPanels(dashboard)) {
    if (Array.isArray(panel['links'])) panel['links'] = objectsOf(panel['links']).map(panelLink);
  }
}

function panelLink(link: Json): Json {
  const { dashboard, dashUri } = link;
  let url = textOf(link['url']);
  if (url === '') url = textOf(dashboard) ? `dashboard/db/${slugify(textOf(dashboard))}` : textOf(dashUri) ? `dashboard/${textOf(dashUri)}` : '/';
  const query = [
    ...(link['keepTime'] ? ['$__url_time_range'] : []), ...(link['includeVars'] ? ['$__all_variables'] : []), ...(textOf(link['params']) ? [textOf(link['params'])] : []),
  ].join('&');
  if (query !== '') url += (url.includes('?') ? (url.endsWith('?') ? '' : '&') : '?') + query;
  return { url, title: link['title'], ...(link['targetBlank'] ? { targetBlank: true } : {}) };
}

/** Texts with variables in them, in the places where data links were. */
function rewriteLinks(dashboard: Json, links: (text: string) => string, titles: (text: string) => string): void {
  for (const panel of topPanels(dashboard)) {
    const options = objectIn(panel, 'options');
    if (!options) continue;
    const defaults = objectIn(objectIn(options, 'fieldOptions') ?? {}, 'defaults');
    for (const link of [...objectsOf(options['dataLinks']), ...objectsOf(defaults?.['links'])]) if (typeof link['url'] === 'string') link['url'] = links(link['url']);
    if (defaults && typeof defaults['title'] === 'string') defaults['title'] = titles(defaults['title']);
  }
}

function toVersion20(dashboard: Json): void {
  const rename = (text: string) => text
    .replace(/\$__(series|field)_name/g, '${__$1.name}').replace(/__(series|field)_name/g, '__$1.name').replace(/__value_time/g, '__value.time');
  rewriteLinks(dashboard, rename, rename);
}

function toVersion21(dashboard: Json): void {
  rewriteLinks(dashboard, (text) => text.replace(/__series\.labels/g, '__field.labels'), (text) => text);
}

function toVersion22(dashboard: Json): void {
  for (const panel of topPanels(dashboard)) {
    if (panel['type'] === 'table') for (const style of objectsOf(panel['styles'])) style['align'] = 'auto';
  }
}

function toVersion23(dashboard: Json): void {
  for (const variable of variablesOf(dashboard)) {
    const { multi } = variable;
    const current = objectIn(variable, 'current');
    if (typeof multi !== 'boolean' || !current || Object.keys(current).length === 0) continue;
    const first = (value: unknown) => (Array.isArray(value) ? (value[0] ?? '') : value);
    if (multi && !Array.isArray(current['value'])) variable['current'] = { ...current, value: [current['value']], text: [current['text']] };
    else if (!multi && Array.isArray(current['value'])) variable['current'] = { ...current, value: first(current['value']), text: first(current['text']) };
  }
}

function toVersion24(dashboard: Json): void {
  for (const panel of topPanels(dashboard)) {
    if (panel['type'] === 'table' && panel['styles']) panel['autoMigrateFrom'] = 'table-old';
  }
}

function toVersion26(dashboard: Json): void {
  for (const panel of topPanels(dashboard)) {
    if (panel['type'] !== 'text2') continue;
    panel['type'] = 'text';
    delete objectIn(panel, 'options')?.['angular'];
  }
}

function toVersion27(dashboard: Json): void {
  dashboard['panels'] = topPanels(dashboard).filter((panel) => !panel['repeatPanelId'] && !panel['repeatByRow']);
  for (const panel of topPanels(dashboard)) {
    if (Array.isArray(panel['panels'])) panel['panels'] = objectsOf(panel['panels']).filter((inner) => !inner['repeatPanelId']);
  }
  for (const variable of variablesOf(dashboard)) {
    if (variable['type'] !== 'constant') continue;
    const only = { selected: true, text: textOf(variable['query']), value: textOf(variable['query']) };
    variable['current'] = only;
    variable['options'] = [{ ...only }];
    if (variable['hide'] === 0 || variable['hide'] === 1) variable['type'] = 'textbox';
  }
}

function toVersion28(dashboard: Json): void {
  for (const variable of variablesOf(dashboard)) {
    delete variable['tags'];
    if (variable['tagsQuery']) delete variable['tagsQuery'];
    if (variable['tagValuesQuery']) delete variable['tagValuesQuery'];
    if (variable['useTags'] === true) delete variable['useTags'];
  }
}

function toVersion29(dashboard: Json): void {
  for (const variable of variablesOf(dashboard)) {
    if (variable['type'] !== 'query') continue;
    if (variable['refresh'] !== 1 && variable['refresh'] !== 2) variable['refresh'] = 1;
    if (Array.isArray(variable['options']) && variable['options'].length > 0) variable['options'] = [];
  }
}

function toVersion30(dashboard: Json): void {
  for (const panel of allPanels(dashboard)) {
    const fieldConfig = objectIn(panel, 'fieldConfig');
    const defaults = fieldConfig && objectIn(fieldConfig, 'defaults');
    if (defaults && Array.isArray(defaults['mappings'])) defaults['mappings'] = valueMappings(defaults['mappings'], objectIn(defaults, 'thresholds'));
    for (const property of objectsOf(fieldConfig?.['overrides']).flatMap((override) => objectsOf(override['properties']))) {
      if (property['id'] === 'mappings' && Array.isArray(property['value'])) property['value'] = valueMappings(property['value'], defaults && objectIn(defaults, 'thresholds'));
    }
    const options = objectIn(panel, 'options');
    if (options?.['tooltipOptions'] !== undefined && ['timeseries', 'xychart', 'xychart2'].includes(textOf(panel['type']))) {
      options['tooltip'] = options['tooltipOptions'];
      delete options['tooltipOptions'];
    }
  }
}

function valueMappings(mappings: readonly unknown[], thresholds: Json | undefined): unknown[] {
  const values: Json = {};
  const others: unknown[] = [];
  for (const mapping of mappings) {
    if (!isObject(mapping) || typeof mapping['type'] === 'string') {
      others.push(mapping);
      continue;
    }
    const text = mapping['text'];
    const numeric = Number.parseFloat(textOf(text));
    const color = thresholds && !Number.isNaN(numeric) ? activeColor(numeric, thresholds) : undefined;
    const result = { text, ...(color === undefined ? {} : { color }) };
    if (mapping['type'] === 1) {
      const { value } = mapping;
      if (value === 'null') others.push({ type: 'special', options: { match: 'null', result } });
      else if (value !== undefined && value !== null) values[String(value)] = result;
    } else if (mapping['type'] === 2) {
      others.push({ type: 'range', options: { from: boundOf(mapping['from']), to: boundOf(mapping['to']), result } });
    }
  }
  return Object.keys(values).length > 0 ? [{ type: 'value', options: values }, ...others] : others;
}

function boundOf(value: unknown): number | null {
  const number = typeof value === 'number' ? value : Number.parseFloat(textOf(value));
  return Number.isNaN(number) ? null : number;
}

function activeColor(value: number, thresholds: Json): unknown {
  let color: unknown;
  for (const [i, step] of objectsOf(thresholds['steps']).entries()) {
    if (i === 0 || value >= numberOf(step['value'], Number.NEGATIVE_INFINITY)) color = step['color'];
  }
  return color;
}

function toVersion31(dashboard: Json): void {
  for (const panel of allPanels(dashboard)) {
    if (!Array.isArray(panel['transformations'])) continue;
    panel['transformations'] = panel['transformations'].flatMap((transformation: unknown) =>
      (isObject(transformation) && transformation['id'] === 'labelsToFields' ? [transformation, { id: 'merge', options: {} }] : [transformation]));
  }
}

/** A name or uid as a reference; `whenDefault` for the organization's default. */
function referenceTo(name: unknown, sources: SourceLookup, whenDefault: unknown): unknown {
  if (name === null || name === undefined || name === 'default') return whenDefault;
  if (typeof name !== 'string') return name;
  if (name === '') return {};
  const found = sources.byName.get(name) ?? sources.byUid.get(name);
  return found ? refOf(found) : { uid: name };
}

function toVersion33(dashboard: Json, sources: SourceLookup): void {
  for (const panel of allPanels(dashboard)) {
    if ('datasource' in panel) panel['datasource'] = referenceTo(panel['datasource'], sources, null);
    for (const target of objectsOf(panel['targets'])) {
      if ('datasource' in target) target['datasource'] = referenceTo(target['datasource'], sources, target['datasource']);
    }
  }
}

const isCloudWatch = (query: Json) => 'dimensions' in query && 'namespace' in query && 'region' in query && 'metricName' in query;

function toVersion34(dashboard: Json): void {
  for (const panel of allPanels(dashboard)) {
    if (!Array.isArray(panel['targets'])) continue;
    const used = new Set(objectsOf(panel['targets']).map((target) => textOf(target['refId'])));
    panel['targets'] = panel['targets'].flatMap((target: unknown) => (isObject(target) && isCloudWatch(target) ? onePerStatistic(target, used) : [target]));
  }
  const annotations = objectIn(dashboard, 'annotations');
  if (annotations && Array.isArray(annotations['list'])) {
    annotations['list'] = annotations['list'].flatMap((annotation: unknown) => (isObject(annotation) && isCloudWatch(annotation) ? annotationPerStatistic(annotation) : [annotation]));
  }
}

function onePerStatistic(target: Json, used: Set<string>): Json[] {
  const { statistics, ...rest } = target;
  const filled: Json = { ...rest };
  if (filled['metricQueryType'] === undefined) filled['metricQueryType'] = 0;
  if (filled['metricEditorMode'] === undefined) filled['metricEditorMode'] = filled['metricQueryType'] === 1 ? (filled['sqlExpression'] ? 1 : 0) : filled['expression'] ? 1 : 0;
  if (!Array.isArray(statistics) || statistics.length === 0) return [statistics === undefined ? filled : { ...filled }];
  return statistics.map((statistic, i) => {
    if (i === 0) return { ...filled, statistic };
    const refId = nextRefId(used);
    used.add(refId);
    return { ...filled, statistic, refId };
  });
}

function annotationPerStatistic(annotation: Json): Json[] {
  const { statistics, ...rest } = annotation;
  if (!Array.isArray(statistics) || statistics.length === 0) return [rest];
  return statistics.map((statistic: unknown, i) => ({ ...rest, statistic, ...(i === 0 && statistics.length === 1 ? {} : { name: `${textOf(rest['name'])} - ${String(statistic)}` }) }));
}

/** A, B … Z, AA, AB … */
export function nextRefId(used: ReadonlySet<string>): string {
  for (let n = 0; ; n++) {
    let name = '';
    for (let i = n; i >= 0; i = Math.floor(i / 26) - 1) name = String.fromCharCode(65 + (i % 26)) + name;
    if (!used.has(name)) return name;
  }
}

function toVersion35(dashboard: Json): void {
  for (const panel of topPanels(dashboard)) {
    const fieldConfig = objectIn(panel, 'fieldConfig');
    const custom = fieldConfig && objectIn(objectIn(fieldConfig, 'defaults') ?? {}, 'custom');
    if (panel['type'] !== 'timeseries' || custom?.['axisPlacement'] !== 'hidden') continue;
    fieldConfig!['overrides'] = [
      ...objectsOf(fieldConfig!['overrides']), { matcher: { id: 'byType', options: 'time' }, properties: [{ id: 'custom.axisPlacement', value: 'auto' }] },
    ];
  }
}

function toVersion36(dashboard: Json, sources: SourceLookup): void {
  const standard = sources.standard ? refOf(sources.standard) : null;
  const orStandard = (value: unknown) => referenceTo(value, sources, standard && { ...standard });
  for (const annotation of annotationsOf(dashboard)) {
    if (!isObject(annotation['datasource'])) annotation['datasource'] = orStandard(annotation['datasource']);
  }
  for (const variable of variablesOf(dashboard)) {
    if (variable['type'] === 'query' && variable['datasource'] === null) variable['datasource'] = standard && { ...standard };
  }
  for (const panel of topPanels(dashboard)) {
    if (!Array.isArray(panel['targets']) || panel['targets'].length === 0) panel['targets'] = [{ refId: 'A' }];
    sourcesOfPanel(panel, standard);
    for (const inner of objectsOf(panel['panels'])) if (objectsOf(inner['targets']).length > 0) sourcesOfPanel(inner, standard);
  }
}

function sourcesOfPanel(panel: Json, standard: Json | null): void {
  const own = objectIn(panel, 'datasource');
  const wasStandard = !own;
  if (!own) panel['datasource'] = standard && { ...standard };
  const inherited = objectIn(panel, 'datasource');
  for (const target of objectsOf(panel['targets'])) {
    const uid = textOf(objectIn(target, 'datasource')?.['uid']);
    if (uid === '') target['datasource'] = inherited && inherited['uid'] !== '-- Mixed --' ? { ...inherited } : standard && { ...standard };
    else if (wasStandard && uid !== '__expr__') panel['datasource'] = { ...objectIn(target, 'datasource') };
  }
}

function toVersion37(dashboard: Json): void {
  for (const panel of allPanels(dashboard)) {
    const legend = objectIn(objectIn(panel, 'options') ?? {}, 'legend');
    if (!legend) continue;
    if (legend['displayMode'] === 'hidden' || legend['showLegend'] === false) {
      legend['displayMode'] = 'list';
      legend['showLegend'] = false;
    } else legend['showLegend'] = true;
  }
}

const cells: Readonly<Record<string, Json>> = {
  basic: { type: 'gauge', mode: 'basic' }, 'gradient-gauge': { type: 'gauge', mode: 'gradient' }, 'lcd-gauge': { type: 'gauge', mode: 'lcd' },
  'color-background': { type: 'color-background', mode: 'gradient' }, 'color-background-solid': { type: 'color-background', mode: 'basic' },
};
const cellOptions = (displayMode: unknown): Json => ({ ...(Object.hasOwn(cells, textOf(displayMode)) ? cells[textOf(displayMode)] : { type: displayMode }) });

function toVersion38(dashboard: Json): void {
  for (const panel of allPanels(dashboard)) {
    if (panel['type'] !== 'table') continue;
    const fieldConfig = objectIn(panel, 'fieldConfig') ?? {};
    const custom = objectIn(objectIn(fieldConfig, 'defaults') ?? {}, 'custom');
    if (custom && 'displayMode' in custom) {
      custom['cellOptions'] = cellOptions(custom['displayMode']);
      delete custom['displayMode'];
    }
    for (const property of objectsOf(fieldConfig['overrides']).flatMap((override) => objectsOf(override['properties']))) {
      if (property['id'] !== 'custom.displayMode') continue;
      property['id'] = 'custom.cellOptions';
      property['value'] = cellOptions(property['value']);
    }
  }
}

function toVersion39(dashboard: Json): void {
  for (const transformation of allPanels(dashboard).flatMap((panel) => objectsOf(panel['transformations']))) {
    const options = objectIn(transformation, 'options');
    const stats = options && objectIn(options, 'refIdToStat');
    if (transformation['id'] !== 'timeSeriesTable' || !stats) continue;
    delete options!['refIdToStat'];
    for (const [refId, stat] of Object.entries(stats)) options![refId] = { stat };
  }
}

function toVersion42(dashboard: Json): void {
  for (const property of allPanels(dashboard).flatMap((panel) => objectsOf(objectIn(panel, 'fieldConfig')?.['overrides'])).flatMap((override) => objectsOf(override['properties']))) {
    const value = objectIn(property, 'value');
    if (property['id'] === 'custom.hideFrom' && value?.['viz'] === true) property['value'] = { ...value, tooltip: true };
  }
}
