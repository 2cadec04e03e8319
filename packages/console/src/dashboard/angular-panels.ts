/** Panels of the years before React: `graph`, `singlestat`, `table-old`. The server renames the type; what they were set to is translated here. */
import type { PanelJson } from './model.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const objectIn = (value: Json, key: string): Json => (isObject(value[key]) ? value[key] : {});
const listIn = (value: Json, key: string): readonly Json[] => (Array.isArray(value[key]) ? value[key].filter(isObject) : []);
const numberOf = (value: unknown): number | undefined => (value === null || value === '' || value === undefined || !Number.isFinite(Number(value)) ? undefined : Number(value));
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const given = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;

type FieldConfig = NonNullable<PanelJson['fieldConfig']>;
type Override = FieldConfig['overrides'][number];

const stepColors = ['green', 'orange', 'red'];
/** Named reducers of the singlestat -> those of today. */
const reducers: Readonly<Record<string, string>> = { avg: 'mean', current: 'lastNotNull', total: 'sum', min: 'min', max: 'max', first: 'firstNotNull', range: 'range', delta: 'delta', diff: 'diff', name: 'lastNotNull', last_time: 'lastNotNull' };

/** The panel as it is drawn today; itself where it is of today already. */
export function migrateAngularPanel(panel: PanelJson): PanelJson {
  const from = panel.autoMigrateFrom ?? panel.type;
  switch (from) {
    case 'graph': return fromGraph(panel);
    case 'singlestat': case 'grafana-singlestat-panel': return fromSinglestat(panel);
    case 'table-old': return fromTable(panel);
    case 'text': return fromText(panel);
    case 'heatmap': return fromHeatmap(panel);
    default: return panel.type === 'table' && Array.isArray(panel['styles']) ? fromTable(panel) : panel;
  }
}

function without(panel: PanelJson, keys: readonly string[]): PanelJson {
  return Object.fromEntries(Object.entries(panel).filter(([key]) => !keys.includes(key))) as unknown as PanelJson;
}

const graphKeys = [
  'autoMigrateFrom', 'aliasColors', 'bars', 'dashes', 'dashLength', 'spaceLength', 'dashed', 'fill', 'fillGradient', 'hiddenSeries', 'legend', 'lines', 'linewidth', 'nullPointMode', 'percentage', 'pointradius', 'points', 'renderer', 'seriesOverrides', 'stack',
  'steppedLine', 'thresholds', 'timeRegions', 'tooltip', 'xaxis', 'yaxes', 'yaxis', 'decimals', 'grid',
];

function fromGraph(panel: PanelJson): PanelJson {
  const [left = {}, right = {}] = listIn(panel, 'yaxes');
  const legend = objectIn(panel, 'legend');
  const tooltip = objectIn(panel, 'tooltip');
  const isHistogram = objectIn(panel, 'xaxis')['mode'] === 'histogram';
  const isByCategory = objectIn(panel, 'xaxis')['mode'] === 'series';
  const bars = panel['bars'] === true;
  const lines = panel['lines'] !== false;
  const stacked = panel['stack'] === true;
  const nulls = panel['nullPointMode'];
  const thresholds = listIn(panel, 'thresholds');
  const custom = given({
    drawStyle: bars ? 'bars' : lines ? 'line' : 'points', lineInterpolation: panel['steppedLine'] === true ? 'stepAfter' : 'linear', lineWidth: bars && !lines ? 1 : (numberOf(panel['linewidth']) ?? 1),
    fillOpacity: Math.min(100, (numberOf(panel['fill']) ?? 1) * 10) * (bars && panel['fill'] === undefined ? 10 : 1), gradientMode: (numberOf(panel['fillGradient']) ?? 0) > 0 ? 'opacity' : 'none',
    pointSize: Math.max(1, (numberOf(panel['pointradius']) ?? 2) * 2), showPoints: panel['points'] === true ? 'always' : 'never', spanNulls: nulls === 'connected',
    ...(panel['dashes'] === true ? { lineStyle: { fill: 'dash', dash: [numberOf(panel['dashLength']) ?? 10, numberOf(panel['spaceLength']) ?? 10] } } : {}),
    stacking: { group: 'A', mode: stacked ? (panel['percentage'] === true ? 'percent' : 'normal') : 'none' }, axisPlacement: left['show'] === false ? 'hidden' : 'auto', axisLabel: textOf(left['label']) ?? '',
    scaleDistribution: (numberOf(left['logBase']) ?? 1) > 1 ? { type: 'log', log: numberOf(left['logBase']) } : { type: 'linear' }, ...(nulls === 'null as zero' ? { insertNulls: false } : {}),
    ...(thresholds.length > 0 ? { thresholdsStyle: { mode: thresholds.some(({ fill }) => fill === true) ? (thresholds.some(({ line }) => line === true) ? 'line+area' : 'area') : 'line' } } : {}),
  });
  const steps = thresholds.length === 0 ? [{ value: null, color: 'green' }] : [
    { value: null, color: 'transparent' },
    ...thresholds.map((one) => ({ value: numberOf(one['value']) ?? 0, color: one['colorMode'] === 'custom' ? (textOf(one['lineColor']) ?? 'red') : one['colorMode'] === 'warning' ? 'orange' : one['colorMode'] === 'ok' ? 'green' : 'red' })).sort((a, b) => a.value - b.value),
  ];
  const overrides: Override[] = [
    ...Object.entries(objectIn(panel, 'aliasColors')).map(([name, color]) => ({ matcher: { id: 'byName', options: name }, properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }] })),
    ...listIn(panel, 'seriesOverrides').map((series) => seriesOverride(series, right)),
  ];
  const calcs = ['min', 'max', 'avg', 'current', 'total'].filter((name) => legend[name] === true).map((name) => reducers[name] ?? name);
  const type = isHistogram ? 'histogram' : isByCategory ? 'barchart' : 'timeseries';
  return {
    ...without(panel, graphKeys), type,
    fieldConfig: {
      defaults: given({ unit: textOf(left['format']), min: numberOf(left['min']), max: numberOf(left['max']), decimals: numberOf(left['decimals']) ?? numberOf(panel['decimals']), color: { mode: 'palette-classic' }, thresholds: { mode: 'absolute', steps }, custom }) as FieldConfig['defaults'],
      overrides,
    },
    options: {
      legend: { showLegend: legend['show'] !== false, displayMode: legend['alignAsTable'] === true || calcs.length > 0 && legend['rightSide'] !== true && legend['alignAsTable'] !== false ? 'table' : 'list', placement: legend['rightSide'] === true ? 'right' : 'bottom', calcs },
      tooltip: { mode: tooltip['shared'] === false ? 'single' : 'multi', sort: tooltip['sort'] === 1 ? 'asc' : tooltip['sort'] === 2 ? 'desc' : 'none' },
    },
  };
}

function seriesOverride(series: Json, right: Json): Override {
  const alias = textOf(series['alias']) ?? '';
  const properties: { id: string; value: unknown }[] = [];
  const set = (id: string, value: unknown) => properties.push({ id, value });
  for (const [key, value] of Object.entries(series)) {
    if (key === 'color' && textOf(value)) set('color', { mode: 'fixed', fixedColor: value });
    else if (key === 'yaxis' && value === 2) {
      set('custom.axisPlacement', right['show'] === false ? 'hidden' : 'right');
      if (textOf(right['format'])) set('unit', right['format']);
      if (textOf(right['label'])) set('custom.axisLabel', right['label']);
      if (numberOf(right['min']) !== undefined) set('min', numberOf(right['min']));
      if (numberOf(right['max']) !== undefined) set('max', numberOf(right['max']));
    } else if (key === 'linewidth') set('custom.lineWidth', value);
    else if (key === 'fill') set('custom.fillOpacity', Math.min(100, (numberOf(value) ?? 0) * 10));
    else if (key === 'bars' && value === true) set('custom.drawStyle', 'bars');
    else if (key === 'lines') set(value === true ? 'custom.drawStyle' : 'custom.lineWidth', value === true ? 'line' : 0);
    else if (key === 'points' && value === true) set('custom.showPoints', 'always');
    else if (key === 'pointradius') set('custom.pointSize', (numberOf(value) ?? 2) * 2);
    else if (key === 'steppedLine' && value === true) set('custom.lineInterpolation', 'stepAfter');
    else if (key === 'dashes' && value === true) set('custom.lineStyle', { fill: 'dash', dash: [numberOf(series['dashLength']) ?? 10, numberOf(series['spaceLength']) ?? 10] });
    else if (key === 'stack') set('custom.stacking', { mode: value === false ? 'none' : 'normal', group: textOf(value) ?? 'A' });
    else if (key === 'fillBelowTo') set('custom.fillBelowTo', value);
    else if (key === 'transform' && value === 'negative-Y') set('custom.transform', value);
    else if (key === 'legend' && value === false) set('custom.hideFrom', { legend: true, tooltip: false, viz: false });
  }
  return { matcher: { id: /^\/.*\/\w*$/.test(alias) ? 'byRegexp' : 'byName', options: alias }, properties };
}

const singlestatKeys = [
  'autoMigrateFrom', 'colorBackground', 'colorValue', 'colorPrefix', 'colorPostfix', 'colors', 'format', 'gauge', 'mappingType', 'mappingTypes', 'nullPointMode', 'nullText', 'postfix', 'postfixFontSize', 'prefix', 'prefixFontSize', 'rangeMaps', 'sparkline',
  'tableColumn', 'thresholds', 'valueFontSize', 'valueMaps', 'valueName', 'decimals', 'cacheTimeout',
];

function fromSinglestat(panel: PanelJson): PanelJson {
  const gauge = objectIn(panel, 'gauge');
  const isGauge = gauge['show'] === true;
  const colors = Array.isArray(panel['colors']) && panel['colors'].length > 0 ? panel['colors'].map(String) : stepColors;
  const limits = String(panel['thresholds'] ?? '').split(',').map((one) => numberOf(one.trim())).filter((one) => one !== undefined);
  const column = textOf(panel['tableColumn']);
  const decimals = numberOf(panel['decimals']);
  const hasColor = panel['colorBackground'] === true || panel['colorValue'] === true || isGauge;
  const affix = (key: string) => textOf(panel[key]);
  return {
    ...without(panel, singlestatKeys), type: isGauge ? 'gauge' : 'stat',
    fieldConfig: {
      defaults: given({
        unit: unitWith(textOf(panel['format']), affix('prefix'), affix('postfix')), decimals, mappings: singlestatMappings(panel), ...(textOf(panel['nullText']) ? { noValue: textOf(panel['nullText']) } : {}),
        ...(isGauge ? { min: numberOf(gauge['minValue']) ?? 0, max: numberOf(gauge['maxValue']) ?? 100 } : {}),
        color: hasColor ? { mode: 'thresholds' } : { mode: 'fixed', fixedColor: 'text' }, thresholds: { mode: 'absolute', steps: [{ value: null, color: colors[0] ?? 'green' }, ...limits.map((value, index) => ({ value, color: colors[index + 1] ?? stepColors[Math.min(index + 1, 2)]! }))] },
      }) as FieldConfig['defaults'],
      overrides: [],
    },
    options: {
      reduceOptions: { calcs: [reducers[String(panel['valueName'] ?? 'avg')] ?? 'lastNotNull'], fields: column && column !== 'Value' ? `/^${column.replaceAll(/[\\^$*+?.()|[\]{}/]/g, '\\$&')}$/` : '', values: false }, orientation: 'horizontal',
      ...(isGauge ? { showThresholdMarkers: gauge['thresholdMarkers'] !== false, showThresholdLabels: gauge['thresholdLabels'] === true }
        : { colorMode: panel['colorBackground'] === true ? 'background' : panel['colorValue'] === true ? 'value' : 'none', graphMode: objectIn(panel, 'sparkline')['show'] === true ? 'area' : 'none', justifyMode: 'auto', textMode: panel['valueName'] === 'name' ? 'name' : 'auto' }),
    },
  };
}

/** A plain value with something before or after it has a unit of that kind today. */
function unitWith(unit: string | undefined, prefix: string | undefined, postfix: string | undefined): string | undefined {
  const plain = unit === undefined || unit === 'none' || unit === 'short';
  if (plain && prefix) return `prefix:${prefix}`;
  return plain && postfix ? `suffix:${postfix}` : unit;
}

function singlestatMappings(panel: PanelJson): readonly unknown[] {
  const values = listIn(panel, 'valueMaps').filter(({ value }) => value !== undefined);
  const ranges = listIn(panel, 'rangeMaps');
  if (panel['mappingType'] === 2) return ranges.map((range) => ({ type: 'range', options: { from: numberOf(range['from']) ?? null, to: numberOf(range['to']) ?? null, result: { text: String(range['text'] ?? '') } } }));
  return values.map(({ value, text }) => (value === 'null' ? { type: 'special', options: { match: 'null', result: { text: String(text ?? '') } } } : { type: 'value', options: { [String(value)]: { text: String(text ?? '') } } }));
}

const tableKeys = ['autoMigrateFrom', 'styles', 'columns', 'transform', 'fontSize', 'scroll', 'showHeader', 'sort', 'pageSize'];

/** Columns of aggregations -> the names of the calculations that stand for them today. */
const aggregationNames: Readonly<Record<string, string>> = { Metric: 'Field', Avg: 'Mean', Current: 'Last *', Min: 'Min', Max: 'Max', Total: 'Total', Count: 'Count' };

function fromTable(panel: PanelJson): PanelJson {
  const styles = listIn(panel, 'styles');
  const transformations = panel['transform'] === 'timeseries_to_rows' ? [{ id: 'seriesToRows', options: {} }] : panel['transform'] === 'timeseries_to_columns' ? [{ id: 'seriesToColumns', options: {} }]
    : panel['transform'] === 'timeseries_aggregations' ? [{ id: 'reduce', options: { reducers: listIn(panel, 'columns').map(({ value }) => reducers[String(value)] ?? String(value)), includeTimeField: false } }]
      : panel['transform'] === 'table' ? [{ id: 'merge', options: {} }] : [];
  const sort = objectIn(panel, 'sort');
  const isAggregated = panel['transform'] === 'timeseries_aggregations';
  const columns = isAggregated ? [{ text: 'Metric' }, ...listIn(panel, 'columns')] : listIn(panel, 'columns');
  const sorted = textOf((columns as readonly Json[])[numberOf(sort['col']) ?? -1]?.['text']);
  const sortField = textOf(styles.find(({ pattern }) => pattern === sorted)?.['alias']) ?? (sorted !== undefined && isAggregated ? (aggregationNames[sorted] ?? sorted) : sorted);
  const everything = styles.find(({ pattern }) => pattern === '/.*/');
  return {
    ...without(panel, tableKeys), type: 'table',
    fieldConfig: { defaults: { ...(everything ? tableDefaults(everything) : {}), custom: { align: 'auto', cellOptions: { type: 'auto' } } } as FieldConfig['defaults'], overrides: styles.filter((style) => style !== everything && textOf(style['pattern'])).map((style) => tableOverride(isAggregated ? { ...style, pattern: aggregationNames[String(style['pattern'])] ?? style['pattern'] } : style)) },
    options: { showHeader: panel['showHeader'] !== false, ...(textOf(sortField) ? { sortBy: [{ displayName: sortField, desc: sort['desc'] === true }] } : {}) },
    ...(transformations.length > 0 || panel.transformations ? { transformations: [...transformations, ...(panel.transformations ?? [])] } : {}),
  };
}

function tableDefaults(style: Json): Json {
  return given({ unit: textOf(style['unit']), decimals: numberOf(style['decimals']), ...thresholdsOf(style) });
}

function thresholdsOf(style: Json): Json {
  const limits = Array.isArray(style['thresholds']) ? style['thresholds'].map(numberOf).filter((one) => one !== undefined) : [];
  if (limits.length === 0) return {};
  const colors = Array.isArray(style['colors']) ? style['colors'].map(String) : stepColors;
  return { thresholds: { mode: 'absolute', steps: [{ value: null, color: colors[0] ?? 'green' }, ...limits.map((value, index) => ({ value, color: colors[index + 1] ?? 'red' }))] } };
}

function tableOverride(style: Json): Override {
  const pattern = textOf(style['pattern']) ?? '';
  const properties: { id: string; value: unknown }[] = [];
  const set = (id: string, value: unknown) => value !== undefined && properties.push({ id, value });
  set('displayName', textOf(style['alias']));
  if (style['type'] === 'hidden') set('custom.hidden', true);
  if (style['type'] === 'date') set('unit', `time:${textOf(style['dateFormat']) ?? 'YYYY-MM-DD HH:mm:ss'}`);
  else set('unit', textOf(style['unit']));
  set('decimals', numberOf(style['decimals']));
  const { thresholds } = thresholdsOf(style);
  set('thresholds', thresholds);
  if (style['colorMode'] === 'cell' || style['colorMode'] === 'row') set('custom.cellOptions', { type: 'color-background' });
  else if (style['colorMode'] === 'value') set('custom.cellOptions', { type: 'color-text' });
  set('custom.align', style['align'] === 'auto' ? undefined : textOf(style['align']));
  if (style['link'] === true && textOf(style['linkUrl'])) set('links', [{ title: textOf(style['linkTooltip']) ?? '', url: oldCellVariables(String(style['linkUrl'])), targetBlank: style['linkTargetBlank'] === true }]);
  return { matcher: { id: /^\/.*\/\w*$/.test(pattern) ? 'byRegexp' : 'byName', options: pattern }, properties };
}

/** Text that was kept beside the options, as it was before version 6.6. */
function fromText(panel: PanelJson): PanelJson {
  const { content, mode } = panel;
  if (typeof content !== 'string' || panel.options?.['content'] !== undefined) return panel;
  return { ...without(panel, ['content', 'mode']), options: { ...panel.options, content, mode: mode === 'html' ? 'html' : 'markdown' } };
}

const heatmapKeys = ['cards', 'color', 'dataFormat', 'heatmap', 'hideZeroBuckets', 'highlightCards', 'legend', 'reverseYBuckets', 'tooltip', 'tooltipDecimals', 'xAxis', 'xBucketNumber', 'xBucketSize', 'yAxis', 'yBucketBound', 'yBucketNumber', 'yBucketSize'];

/** Heatmaps of before version 9.1 kept their options beside `options`. */
function fromHeatmap(panel: PanelJson): PanelJson {
  if (!isObject(panel['color']) || Object.keys(panel.options ?? {}).length > 0) return panel;
  const [color, yAxis, cards] = [objectIn(panel, 'color'), objectIn(panel, 'yAxis'), objectIn(panel, 'cards')];
  const bucket = (size: unknown, count: unknown) => (count ? { mode: 'count', value: String(count) } : size ? { mode: 'size', value: String(size) } : {});
  const log = numberOf(yAxis['logBase']) ?? 1;
  return {
    ...without(panel, heatmapKeys), fieldConfig: panel.fieldConfig ?? { defaults: {}, overrides: [] },
    options: {
      calculate: panel['dataFormat'] !== 'tsbuckets',
      calculation: { xBuckets: bucket(panel['xBucketSize'], panel['xBucketNumber']), yBuckets: { ...bucket(panel['yBucketSize'], panel['yBucketNumber']), ...(log > 1 ? { scale: { type: 'log', log } } : {}) } },
      color: given({
        mode: color['mode'] === 'opacity' ? 'opacity' : 'scheme', scheme: (textOf(color['colorScheme']) ?? 'interpolateOranges').replace(/^interpolate/, ''), fill: textOf(color['cardColor']) ?? 'dark-orange', exponent: numberOf(color['exponent']) ?? 0.5,
        scale: color['colorScale'] === 'linear' ? 'linear' : 'exponential', reverse: false, steps: 128, min: numberOf(color['min']), max: numberOf(color['max']),
      }),
      cellGap: numberOf(cards['cardPadding']) ?? 1, cellRadius: numberOf(cards['cardRound']) ?? 0,
      yAxis: given({ axisPlacement: yAxis['show'] === false ? 'hidden' : 'left', unit: textOf(yAxis['format']), decimals: numberOf(yAxis['decimals']), min: numberOf(yAxis['min']), max: numberOf(yAxis['max']), reverse: panel['reverseYBuckets'] === true }),
      rowsFrame: { layout: panel['yBucketBound'] === 'upper' ? 'le' : panel['yBucketBound'] === 'lower' ? 'ge' : 'auto' }, showValue: 'never', legend: { show: objectIn(panel, 'legend')['show'] !== false }, tooltip: { mode: objectIn(panel, 'tooltip')['show'] === false ? 'none' : 'single' },
      ...(panel['hideZeroBuckets'] === true ? { filterValues: { le: 1e-9 } } : {}),
    },
  };
}

const oldCellVariables = (url: string): string => url.replaceAll(/\$__cell_(\d+)/g, '${__data.fields[$1]}').replaceAll('${__cell}', '${__value.raw}').replaceAll('$__cell', '${__value.text}');
