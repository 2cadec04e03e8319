/** Every step of dashboards-and-content §15.3, each by itself, and boards that need nearly all of them. */
import { describe, expect, test } from 'vitest';
import { objectsOf } from '../../../util/json-value.ts';
import type { Json, SourceLookup } from './document.ts';
import { latestSchemaVersion, migrateDashboard } from './migrate.ts';
import { steps } from './steps.ts';

const prometheus = { uid: 'p', type: 'prometheus' };
const loki = { uid: 'l', type: 'loki', apiVersion: 'v1' };
const sources: SourceLookup = { byUid: new Map<string, typeof prometheus>([['p', prometheus], ['l', loki]]), byName: new Map<string, typeof prometheus>([['Metrics', prometheus], ['Logs', loki]]), standard: prometheus };

function stepTo(version: number, dashboard: Json): Json {
  const copy = structuredClone(dashboard);
  steps.get(version)!(copy, sources);
  return copy;
}
const panelAfter = (version: number, panel: Json): Json => objectsOf(stepTo(version, { panels: [panel] })['panels'])[0]!;
/** The same panel at the top and inside a row. */
const nestedAfter = (version: number, panel: Json): Json => {
  const [row, top] = objectsOf(stepTo(version, { panels: [{ type: 'row', panels: [structuredClone(panel)] }, panel] })['panels']);
  const inside = objectsOf(row!['panels'])[0]!;
  expect(inside).toEqual(top);
  return inside;
};
const variableAfter = (version: number, variable: Json): Json => objectsOf((stepTo(version, { templating: { list: [variable] }, panels: [] })['templating'] as Json)['list'])[0]!;

test('there is a step to every version', () => {
  expect([...steps.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: latestSchemaVersion - 1 }, (_, i) => i + 2));
});

test.each([3, 4, 5, 9, 11, 13, 15, 25, 32])('%i: nothing but the number', (version) => {
  const dashboard = { title: 'T', panels: [{ id: 1, type: 'graph' }], rows: [], templating: { list: [{ name: 'v' }] } };
  expect(stepTo(version, dashboard)).toEqual(dashboard);
});

describe('the dashboard', () => {
  test('2: filters of services', () => {
    expect(stepTo(2, { services: { filter: { time: { from: 'now-1h', to: 'now' }, list: [{ name: 'v' }] } } })).toEqual({ time: { from: 'now-1h', to: 'now' }, templating: { list: [{ name: 'v' }] } });
    expect(stepTo(2, { services: 4 })).toEqual({});
  });
  test('6: annotations of pulldowns, and types of variables', () => {
    expect(stepTo(6, { pulldowns: [{ type: 'filtering' }, { type: 'annotations', annotations: [{ name: 'a' }] }] })).toMatchObject({ annotations: { list: [{ name: 'a' }] } });
    expect(variableAfter(6, { name: 'v', type: 'filter', allFormat: null })).toEqual({ name: 'v', type: 'query', datasource: null });
    expect(variableAfter(6, { name: 'v', type: 'interval', datasource: 'x', allFormat: 'glob' })).toEqual({ name: 'v', type: 'interval', datasource: 'x', allFormat: 'glob' });
  });
  test('7: the first of nav is the time picker', () => expect(stepTo(7, { nav: [{ enable: true }, { enable: false }] })).toMatchObject({ timepicker: { enable: true } }));
  test('14: a shared crosshair', () => {
    expect(stepTo(14, { sharedCrosshair: true })['graphTooltip']).toBe(1);
    expect(stepTo(14, {})['graphTooltip']).toBe(0);
  });
  test('40: refresh is a text', () => expect([false, 5, undefined, '10s'].map((refresh) => stepTo(40, { refresh })['refresh'])).toEqual(['', '', '', '10s']));
  test('41: no time options', () => expect(stepTo(41, { timepicker: { time_options: ['5m'], hidden: true } })).toEqual({ timepicker: { hidden: true } }));
});

describe('queries', () => {
  const influx = { fields: [{ name: 'value', func: 'mean', mathExpr: '*2', asExpr: 'x' }, { name: 'n', func: 'max' }], tags: [{ key: 'h' }], groupBy: [{ type: 'time', interval: '10s' }, { type: 'tag', key: 'host' }], fill: 'null' };
  test('8: fields of InfluxDB become parts', () => {
    expect(objectsOf(panelAfter(8, { targets: [influx] })['targets'])[0]).toEqual({
      tags: [{ key: 'h' }],
      select: [
        [{ type: 'field', params: ['value'] }, { type: 'mean', params: [] }, { type: 'math', params: ['*2'] }, { type: 'alias', params: ['x'] }],
        [{ type: 'field', params: ['n'] }, { type: 'max', params: [] }],
      ],
      groupBy: [{ type: 'time', params: ['10s'] }, { type: 'tag', params: ['host'] }, { type: 'fill', params: ['null'] }],
    });
    expect(objectsOf(panelAfter(8, { targets: [{ ...influx, rawQuery: true }] })['targets'])[0]).toEqual({ rawQuery: true, tags: [{ key: 'h' }], groupBy: influx.groupBy });
    expect(panelAfter(8, { targets: [{ fields: [], expr: 'up' }] })).toEqual({ targets: [{ fields: [], expr: 'up' }] });
  });
  const watched = { refId: 'A', dimensions: {}, namespace: 'n', region: 'r', metricName: 'm' };
  test('34: one query of CloudWatch for each statistic', () => {
    expect(nestedAfter(34, { targets: [{ ...watched, statistics: ['Sum', 'Max'] }, { refId: 'B', expr: 'up' }] })['targets']).toMatchObject([
      { refId: 'A', statistic: 'Sum', metricQueryType: 0, metricEditorMode: 0 }, { refId: 'C', statistic: 'Max' }, { refId: 'B', expr: 'up' },
    ]);
    expect(objectsOf(nestedAfter(34, { targets: [{ ...watched, expression: 'x' }] })['targets'])[0]).toMatchObject({ metricEditorMode: 1 });
    const { annotations } = stepTo(34, { annotations: { list: [{ ...watched, name: 'N', statistics: ['Sum', 'Max'] }] } }) as { annotations: Json };
    expect(annotations['list']).toMatchObject([{ name: 'N - Sum', statistic: 'Sum' }, { name: 'N - Max', statistic: 'Max' }]);
  });
  test('33: names and uids become references', () => {
    expect(nestedAfter(33, { datasource: 'Metrics', targets: [{ datasource: 'l' }, { datasource: 'default' }, { datasource: 'gone' }, { datasource: '' }, {}] })).toEqual({
      datasource: prometheus, targets: [{ datasource: loki }, { datasource: 'default' }, { datasource: { uid: 'gone' } }, { datasource: {} }, {}],
    });
    expect(nestedAfter(33, { datasource: 'default' })).toEqual({ datasource: null });
  });
  test('36: what has no source has the default one', () => {
    const { panels, annotations, templating } = stepTo(36, {
      panels: [
        { type: 'a', datasource: null, targets: [] }, { type: 'b', datasource: null, targets: [{ refId: 'A', datasource: loki }, { refId: 'B', datasource: { uid: '__expr__' } }] },
        { type: 'c', datasource: { uid: '-- Mixed --' }, targets: [{ refId: 'A' }] }, { type: 'row', panels: [{ type: 'd', targets: [] }, { type: 'e', targets: [{ refId: 'A' }] }] },
      ],
      annotations: { list: [{ name: 'n' }, { name: 's', datasource: 'Logs' }] }, templating: { list: [{ type: 'query', datasource: null }, { type: 'query' }, { type: 'custom', datasource: null }] },
    }) as { panels: Json[]; annotations: Json; templating: Json };
    expect(panels[0]).toEqual({ type: 'a', datasource: prometheus, targets: [{ refId: 'A', datasource: prometheus }] });
    expect(panels[1]!['datasource']).toEqual(loki);
    expect(panels[2]!['targets']).toEqual([{ refId: 'A', datasource: prometheus }]);
    expect(panels[3]!['panels']).toEqual([{ type: 'd', targets: [] }, { type: 'e', datasource: prometheus, targets: [{ refId: 'A', datasource: prometheus }] }]);
    expect(annotations['list']).toEqual([{ name: 'n', datasource: prometheus }, { name: 's', datasource: loki }]);
    expect(templating['list']).toEqual([{ type: 'query', datasource: prometheus }, { type: 'query' }, { type: 'custom', datasource: null }]);
  });
});

describe('variables', () => {
  test('12: refresh and hide are numbers', () => {
    expect(variableAfter(12, { refresh: true, hideVariable: true, hideLabel: true })).toMatchObject({ refresh: 1, hide: 2 });
    expect(variableAfter(12, { refresh: false, hideLabel: true })).toMatchObject({ refresh: 0, hide: 1 });
  });
  test('23: several values are a list, one is none', () => {
    expect(variableAfter(23, { multi: true, current: { value: 'a', text: 'A' } })).toEqual({ multi: true, current: { value: ['a'], text: ['A'] } });
    expect(variableAfter(23, { multi: false, current: { value: ['a', 'b'], text: ['A', 'B'] } })).toEqual({ multi: false, current: { value: 'a', text: 'A' } });
    expect(variableAfter(23, { multi: false, current: { value: [], text: [] } })).toEqual({ multi: false, current: { value: '', text: '' } });
    for (const variable of [{ multi: true, current: {} }, { current: { value: 'a' } }, { multi: true, current: { value: ['a'] } }]) expect(variableAfter(23, variable)).toEqual(variable);
  });
  test('27: constants have one value, and those that show are texts', () => {
    const only = { selected: true, text: 'q', value: 'q' };
    expect(variableAfter(27, { type: 'constant', query: 'q', hide: 0 })).toEqual({ type: 'textbox', query: 'q', hide: 0, current: only, options: [only] });
    expect(variableAfter(27, { type: 'constant', query: 'q', hide: 2 })['type']).toBe('constant');
  });
  test('28: no tags', () => expect(variableAfter(28, { name: 'v', tags: [], tagsQuery: 'a', tagValuesQuery: 'b', useTags: true })).toEqual({ name: 'v' }));
  test('29: queries are asked when the dashboard loads', () => {
    expect(variableAfter(29, { type: 'query', refresh: 0, options: [{ value: 1 }] })).toEqual({ type: 'query', refresh: 1, options: [] });
    expect(variableAfter(29, { type: 'query', refresh: 2 })).toEqual({ type: 'query', refresh: 2 });
    expect(variableAfter(29, { type: 'custom', refresh: 0, options: [{ value: 1 }] })).toEqual({ type: 'custom', refresh: 0, options: [{ value: 1 }] });
  });
});

describe('places', () => {
  const panel = (id: number, more: Json = {}) => ({ id, span: 6, ...more });
  const places = (dashboard: Json) => objectsOf(stepTo(16, dashboard)['panels']).map(({ type, id, gridPos }) => {
    const { x, y, w, h } = gridPos as { x: number; y: number; w: number; h: number };
    return `${type === 'row' ? 'row' : String(id)} ${x},${y} ${w}×${h}`;
  });
  test('16: rows of spans are a grid', () => {
    // 250 pixels are seven units; a third of twelve columns is eight of twenty-four.
    expect(places({ rows: [{ panels: [panel(1), panel(2), panel(3, { span: undefined })] }] })).toEqual(['1 0,0 12×7', '2 12,0 12×7', '3 0,7 8×7']);
    expect(places({ rows: [{ height: '100px', panels: [panel(1, { span: 12 })] }, { height: 20, panels: [panel(2, { span: 12 })] }] })).toEqual(['1 0,0 24×3', '2 0,3 24×3']);
    // A low panel leaves room below it.
    expect(places({ rows: [{ height: 250, panels: [panel(1), panel(2, { height: 114 }), panel(3)] }] })).toEqual(['1 0,0 12×7', '2 12,0 12×3', '3 12,3 12×7']);
  });
  test('16: a title, a fold or a repetition makes every row a panel', () => {
    const { panels } = stepTo(16, { rows: [{ title: 'A', showTitle: true, panels: [panel(1)] }, { title: 'B', collapse: true, panels: [panel(2)] }, { title: 'C', repeat: 'v', repeatIteration: 4, panels: [panel(3)] }] }) as { panels: Json[] };
    expect(panels.map(({ type, title, collapsed, id }) => [type ?? id, title, collapsed])).toEqual([['row', 'A', undefined], [1, undefined, undefined], ['row', 'B', true]]);
    expect(objectsOf(panels[2]!['panels']).map(({ id }) => id)).toEqual([2]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(3);
  });
  test('16 and 17: how narrow a repeated panel may be', () => {
    expect(objectsOf(stepTo(16, { rows: [{ panels: [panel(1, { minSpan: 4 })] }] })['panels'])[0]!['minSpan']).toBe(8);
    expect([8, 24, 7, 1, 2].map((minSpan) => panelAfter(17, { minSpan })['maxPerRow'])).toEqual([3, 1, 3, 24, 12]);
    expect(panelAfter(17, { minSpan: 30 })).toEqual({});
  });
});

describe('panels', () => {
  test('10: tables lose the first of three thresholds', () => {
    expect(panelAfter(10, { type: 'table', styles: [{ thresholds: [1, 2, 3] }, { thresholds: [1, 2] }] })['styles']).toEqual([{ thresholds: [2, 3] }, { thresholds: [1, 2] }]);
    expect(panelAfter(10, { type: 'graph', styles: [{ thresholds: [1, 2, 3] }] })['styles']).toEqual([{ thresholds: [1, 2, 3] }]);
  });
  test('18: options of gauges', () => {
    expect(panelAfter(18, { 'options-gauge': { unit: 'ms', stat: 'avg', decimals: 1, prefix: 'a', suffix: 'b', thresholds: [{ n: 1 }, { n: 2 }], minValue: 0 } })).toEqual({
      options: { minValue: 0, thresholds: [{ n: 2 }, { n: 1 }], valueOptions: { unit: 'ms', stat: 'avg', decimals: 1, prefix: 'a', suffix: 'b' } },
    });
  });
  test('19: links are addresses', () => {
    expect(panelAfter(19, { links: [
      { title: 'A', url: 'http://x', keepTime: true, targetBlank: true }, { title: 'B', dashboard: 'My Board', includeVars: true, params: 'a=1' }, { title: 'C', dashUri: 'db/c' }, { title: 'D' }, { title: 'E', url: 'x?a=1', keepTime: true },
    ] })['links']).toEqual([
      { title: 'A', url: 'http://x?$__url_time_range', targetBlank: true }, { title: 'B', url: 'dashboard/db/my-board?$__all_variables&a=1' }, { title: 'C', url: 'dashboard/db/c' }, { title: 'D', url: '/' },
      { title: 'E', url: 'x?a=1&$__url_time_range' },
    ]);
  });
  const linked = (url: string) => ({ options: { dataLinks: [{ url }], fieldOptions: { defaults: { title: url, links: [{ url }] } } } });
  test('20: names of fields in links', () => {
    expect(panelAfter(20, linked('__series_name $__series_name __value_time __field_name $__field_name'))).toEqual(linked('__series.name ${__series.name} __value.time __field.name ${__field.name}'));
  });
  test('21: labels of fields in links', () => {
    expect(panelAfter(21, linked('__series.labels.a'))).toEqual({ options: { dataLinks: [{ url: '__field.labels.a' }], fieldOptions: { defaults: { title: '__series.labels.a', links: [{ url: '__field.labels.a' }] } } } });
  });
  test('22: columns align by themselves', () => expect(panelAfter(22, { type: 'table', styles: [{ a: 1 }] })['styles']).toEqual([{ a: 1, align: 'auto' }]));
  test('24: an old table is one', () => {
    expect(panelAfter(24, { type: 'table', styles: [] })['autoMigrateFrom']).toBe('table-old');
    expect(panelAfter(24, { type: 'table' })).toEqual({ type: 'table' });
  });
  test('26: the second text is the text', () => expect(panelAfter(26, { type: 'text2', options: { angular: 1, content: 'x' } })).toEqual({ type: 'text', options: { content: 'x' } }));
  test('27: repeated panels go', () => {
    expect(stepTo(27, { panels: [{ id: 1 }, { id: 2, repeatPanelId: 1 }, { id: 3, repeatByRow: true }, { id: 4, panels: [{ id: 5, repeatPanelId: 1 }, { id: 6 }] }] })['panels']).toEqual([{ id: 1 }, { id: 4, panels: [{ id: 6 }] }]);
  });
  test('30: mappings of values, and tooltips', () => {
    const mappings = [{ type: 1, value: '1', text: 'one' }, { type: 2, from: '5', to: '9', text: '7' }, { type: 1, value: 'null', text: 'none' }, { type: 1, value: '2', text: 'two' }, { type: 'regex', options: {} }];
    const thresholds = { steps: [{ color: 'green', value: null }, { color: 'red', value: 6 }] };
    const made = [
      { type: 'value', options: { 1: { text: 'one' }, 2: { text: 'two' } } }, { type: 'range', options: { from: 5, to: 9, result: { text: '7', color: 'red' } } },
      { type: 'special', options: { match: 'null', result: { text: 'none' } } }, { type: 'regex', options: {} },
    ];
    const after = nestedAfter(30, {
      type: 'timeseries', fieldConfig: { defaults: { mappings, thresholds }, overrides: [{ properties: [{ id: 'mappings', value: mappings }, { id: 'unit', value: 'ms' }] }] }, options: { tooltipOptions: { mode: 'single' } },
    });
    expect(after).toMatchObject({ fieldConfig: { defaults: { mappings: made }, overrides: [{ properties: [{ value: made }, { value: 'ms' }] }] }, options: { tooltip: { mode: 'single' } } });
    expect(after['options']).not.toHaveProperty('tooltipOptions');
  });
  test('31: labels are merged', () => {
    expect(nestedAfter(31, { transformations: [{ id: 'labelsToFields', options: {} }, { id: 'limit' }] })['transformations']).toEqual([{ id: 'labelsToFields', options: {} }, { id: 'merge', options: {} }, { id: 'limit' }]);
  });
  test('35: a hidden axis is not that of time', () => {
    const hidden = (type: string) => panelAfter(35, { type, fieldConfig: { defaults: { custom: { axisPlacement: 'hidden' } }, overrides: [] } })['fieldConfig'] as Json;
    expect(hidden('timeseries')['overrides']).toEqual([{ matcher: { id: 'byType', options: 'time' }, properties: [{ id: 'custom.axisPlacement', value: 'auto' }] }]);
    expect(hidden('barchart')['overrides']).toEqual([]);
  });
  test('37: legends show, or do not', () => {
    const legend = (given: Json) => (nestedAfter(37, { options: { legend: given } })['options'] as Json)['legend'];
    expect(legend({ displayMode: 'hidden' })).toEqual({ displayMode: 'list', showLegend: false });
    expect(legend({ displayMode: 'table', showLegend: false })).toEqual({ displayMode: 'list', showLegend: false });
    expect(legend({ displayMode: 'table' })).toEqual({ displayMode: 'table', showLegend: true });
  });
  test('38: cells of tables', () => {
    const cell = (displayMode: string) => ((nestedAfter(38, { type: 'table', fieldConfig: { defaults: { custom: { displayMode } }, overrides: [] } })['fieldConfig'] as Json)['defaults'] as Json)['custom'];
    expect(['basic', 'gradient-gauge', 'lcd-gauge', 'color-background', 'color-background-solid', 'json-view'].map(cell)).toEqual([
      { cellOptions: { type: 'gauge', mode: 'basic' } }, { cellOptions: { type: 'gauge', mode: 'gradient' } }, { cellOptions: { type: 'gauge', mode: 'lcd' } },
      { cellOptions: { type: 'color-background', mode: 'gradient' } }, { cellOptions: { type: 'color-background', mode: 'basic' } }, { cellOptions: { type: 'json-view' } },
    ]);
    expect(nestedAfter(38, { type: 'table', fieldConfig: { defaults: {}, overrides: [{ properties: [{ id: 'custom.displayMode', value: 'lcd-gauge' }] }] } })).toMatchObject({
      fieldConfig: { overrides: [{ properties: [{ id: 'custom.cellOptions', value: { type: 'gauge', mode: 'lcd' } }] }] },
    });
  });
  test('39: statistics of the table of time series', () => {
    expect(nestedAfter(39, { transformations: [{ id: 'timeSeriesTable', options: { refIdToStat: { A: 'mean', B: 'max' } } }] })['transformations']).toEqual([{ id: 'timeSeriesTable', options: { A: { stat: 'mean' }, B: { stat: 'max' } } }]);
  });
  test('42: what is hidden from the drawing is hidden from the tooltip', () => {
    const hide = (value: Json) => nestedAfter(42, { fieldConfig: { overrides: [{ properties: [{ id: 'custom.hideFrom', value }] }] } });
    expect(hide({ viz: true, legend: true })).toMatchObject({ fieldConfig: { overrides: [{ properties: [{ value: { viz: true, legend: true, tooltip: true } }] }] } });
    expect(hide({ viz: false })).toEqual({ fieldConfig: { overrides: [{ properties: [{ id: 'custom.hideFrom', value: { viz: false } }] }] } });
  });
});

describe('very old boards', () => {
  test('one of the first version comes all the way', () => {
    const { dashboard, error } = migrateDashboard({
      title: 'Graphite', version: 3, services: { filter: { time: { from: 'now-6h', to: 'now' }, list: [{ name: 'host', type: 'filter', query: 'servers.*', current: { value: 'a', text: 'a' } }] } },
      pulldowns: [{ type: 'annotations', annotations: [{ name: 'deploys', datasource: 'Logs' }] }], nav: [{ refresh_intervals: ['5s'], time_options: ['5m'] }], style: 'dark', hideControls: false, sharedCrosshair: true,
      rows: [
        { title: 'Load', height: '250px', collapse: false, showTitle: true, panels: [
          { type: 'graphite', title: 'CPU', span: 8, targets: [{ target: 'a.b' }], links: [{ title: 'More', dashboard: 'Other' }], legend: { show: true } },
          { type: 'singlestat', title: 'Now', span: 4, datasource: 'Metrics', targets: [{ refId: 'A', expr: 'up' }] },
        ] },
        { title: 'Folded', height: 200, collapse: true, panels: [{ type: 'table', title: 'Rows', span: 12, styles: [{ thresholds: [1, 2, 3] }] }] },
      ],
    }, sources);
    expect(error).toBeUndefined();
    expect(dashboard).toMatchObject({
      title: 'Graphite', schemaVersion: latestSchemaVersion, graphTooltip: 1, refresh: '', time: { from: 'now-6h', to: 'now' }, timepicker: { refresh_intervals: ['5s'] },
      annotations: { list: [{ builtIn: 1 }, { name: 'deploys', datasource: loki }] }, templating: { list: [{ name: 'host', type: 'query', refresh: 1 }] },
    });
    for (const gone of ['rows', 'services', 'pulldowns', 'nav', 'style', 'hideControls', 'version']) expect(dashboard, gone).not.toHaveProperty(gone);
    const panels = objectsOf(dashboard['panels']);
    expect(panels.map(({ type, title, autoMigrateFrom }) => [type, title, autoMigrateFrom])).toEqual([
      ['row', 'Load', undefined], ['timeseries', 'CPU', 'graphite'], ['stat', 'Now', 'singlestat'], ['row', 'Folded', undefined],
    ]);
    expect(panels[1]).toMatchObject({ datasource: prometheus, gridPos: { x: 0, y: 1, w: 16, h: 7 }, links: [{ title: 'More', url: 'dashboard/db/other' }], targets: [{ refId: 'A', target: 'a.b', datasource: prometheus }] });
    expect(objectsOf(panels[3]!['panels'])).toMatchObject([{ type: 'table', title: 'Rows' }]);
    const ids = panels.flatMap((panel) => [panel, ...objectsOf(panel['panels'])]).map(({ id }) => id as number);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Math.min(...ids)).toBeGreaterThan(0);
  });

  test('Angular panels have successors', () => {
    const successor = (panel: Json) => objectsOf(migrateDashboard({ title: 'T', schemaVersion: 41, panels: [{ id: 1, targets: [{ refId: 'A' }], ...panel }] }, sources).dashboard['panels'])[0]!;
    const types = ['graph', 'graphite', 'table-old', 'singlestat', 'grafana-singlestat-panel', 'grafana-piechart-panel', 'grafana-worldmap-panel', 'natel-discrete-panel'];
    expect(types.map((type) => successor({ type })['type'])).toEqual(['timeseries', 'timeseries', 'table', 'stat', 'stat', 'piechart', 'geomap', 'state-timeline']);
    expect(types.map((type) => successor({ type })['autoMigrateFrom'])).toEqual(types);
    expect(successor({ type: 'graph', xaxis: { mode: 'series' }, legend: { values: true } })['type']).toBe('bargauge');
    expect(successor({ type: 'graph', xaxis: { mode: 'series' } })['type']).toBe('barchart');
    expect(successor({ type: 'graph', xaxis: { mode: 'histogram' } })['type']).toBe('histogram');
    expect(successor({ type: 'timeseries' })).not.toHaveProperty('autoMigrateFrom');
  });

  test('what says nothing goes, what was said stays', () => {
    const [panel] = objectsOf(migrateDashboard({ title: 'T', schemaVersion: 41, panels: [{ id: 1, type: 'text', title: '', transparent: false, links: [], options: { a: null, b: 1 }, scopedVars: {}, transformations: [], fieldConfig: { defaults: { custom: {} }, overrides: [] }, gridPos: { x: 0, y: 0, w: 6, h: 3 } }] }, sources).dashboard['panels']);
    expect(panel).toEqual({ id: 1, type: 'text', options: { b: 1 }, transformations: [], fieldConfig: { defaults: { custom: {} }, overrides: [] } });
    const [library] = objectsOf(migrateDashboard({ title: 'T', schemaVersion: 41, panels: [{ id: 2, type: 'graph', title: 'L', libraryPanel: { uid: 'u', name: 'N' }, targets: [{ expr: 'x' }] }] }, sources).dashboard['panels']);
    expect(library).toEqual({ id: 2, title: 'L', libraryPanel: { uid: 'u', name: 'N' }, gridPos: { x: 0, y: 0, w: 6, h: 3 } });
  });
});
