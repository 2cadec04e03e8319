import { describe, expect, test } from 'vitest';
import { migrateAngularPanel } from './angular-panels.ts';

describe('panels of the years before React', () => {
  test('a graph keeps its axis, legend, thresholds and series of its own colour', () => {
    const panel = migrateAngularPanel({
      id: 1, type: 'timeseries', autoMigrateFrom: 'graph', title: 'Requests', bars: false, lines: true, linewidth: 2, fill: 3, stack: true, nullPointMode: 'connected', legend: { show: true, values: true, max: true, avg: true, alignAsTable: true, rightSide: true },
      yaxes: [{ format: 'reqps', min: '0', max: null, label: 'rate', show: true, logBase: 10 }, { format: 'ms', show: true }], aliasColors: { errors: '#f00' }, tooltip: { shared: true, sort: 2 },
      seriesOverrides: [{ alias: '/latency.*/', yaxis: 2, fill: 0 }], thresholds: [{ value: 90, colorMode: 'critical', fill: true, line: true, op: 'gt' }],
    });
    expect(panel).not.toHaveProperty('autoMigrateFrom');
    expect(panel).not.toHaveProperty('yaxes');
    expect(panel.type).toBe('timeseries');
    expect(panel.fieldConfig?.defaults).toMatchObject({ unit: 'reqps', min: 0, custom: { lineWidth: 2, fillOpacity: 30, spanNulls: true, stacking: { mode: 'normal' }, axisLabel: 'rate', scaleDistribution: { type: 'log', log: 10 }, thresholdsStyle: { mode: 'line+area' } } });
    expect(panel.fieldConfig?.defaults).not.toHaveProperty('max');
    expect(panel.options).toMatchObject({ legend: { displayMode: 'table', placement: 'right', calcs: ['max', 'mean'] }, tooltip: { mode: 'multi', sort: 'desc' } });
    expect(panel.fieldConfig?.overrides).toEqual([
      { matcher: { id: 'byName', options: 'errors' }, properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: '#f00' } }] },
      { matcher: { id: 'byRegexp', options: '/latency.*/' }, properties: [{ id: 'custom.axisPlacement', value: 'right' }, { id: 'unit', value: 'ms' }, { id: 'custom.fillOpacity', value: 0 }] },
    ]);
  });

  test('a singlestat with a gauge becomes a gauge, without one a stat', () => {
    const common = { id: 1, type: 'stat', autoMigrateFrom: 'singlestat', format: 'percent', thresholds: '50,80', colors: ['#0f0', '#ff0', '#f00'], valueName: 'current', mappingType: 1, valueMaps: [{ op: '=', value: 'null', text: 'N/A' }, { op: '=', value: '1', text: 'up' }] };
    const gauge = migrateAngularPanel({ ...common, gauge: { show: true, minValue: 0, maxValue: 200, thresholdMarkers: true } });
    expect(gauge).toMatchObject({ type: 'gauge', fieldConfig: { defaults: { unit: 'percent', min: 0, max: 200, thresholds: { steps: [{ value: null, color: '#0f0' }, { value: 50, color: '#ff0' }, { value: 80, color: '#f00' }] } } } });
    const stat = migrateAngularPanel({ ...common, colorBackground: true, sparkline: { show: true } });
    expect(stat).toMatchObject({ type: 'stat', options: { colorMode: 'background', graphMode: 'area', reduceOptions: { calcs: ['lastNotNull'] } } });
    expect(stat.fieldConfig?.defaults.mappings).toEqual([{ type: 'special', options: { match: 'null', result: { text: 'N/A' } } }, { type: 'value', options: { 1: { text: 'up' } } }]);
  });

  test('a table keeps hidden columns, dates, colours and links', () => {
    const panel = migrateAngularPanel({
      id: 1, type: 'table', autoMigrateFrom: 'table-old', transform: 'timeseries_to_rows', styles: [
        { pattern: 'Time', type: 'date', dateFormat: 'YYYY-MM-DD', alias: 'When' }, { pattern: '/secret.*/', type: 'hidden' },
        { pattern: 'Value', type: 'number', unit: 'bytes', decimals: 1, colorMode: 'cell', thresholds: ['10', '20'], colors: ['a', 'b', 'c'], link: true, linkUrl: '/d/x?var-a=$__cell_1', linkTooltip: 'Open' },
      ],
    });
    expect(panel.transformations).toEqual([{ id: 'seriesToRows', options: {} }]);
    expect(panel.fieldConfig?.overrides).toEqual([
      { matcher: { id: 'byName', options: 'Time' }, properties: [{ id: 'displayName', value: 'When' }, { id: 'unit', value: 'time:YYYY-MM-DD' }] },
      { matcher: { id: 'byRegexp', options: '/secret.*/' }, properties: [{ id: 'custom.hidden', value: true }] },
      {
        matcher: { id: 'byName', options: 'Value' },
        properties: [
          { id: 'unit', value: 'bytes' }, { id: 'decimals', value: 1 }, { id: 'thresholds', value: { mode: 'absolute', steps: [{ value: null, color: 'a' }, { value: 10, color: 'b' }, { value: 20, color: 'c' }] } },
          { id: 'custom.cellOptions', value: { type: 'color-background' } }, { id: 'links', value: [{ title: 'Open', url: '/d/x?var-a=${__data.fields[1]}', targetBlank: false }] },
        ],
      },
    ]);
  });

  test('a panel of today stays as it is', () => {
    const panel = { id: 1, type: 'timeseries', options: {} };
    expect(migrateAngularPanel(panel)).toBe(panel);
  });
});

describe('panels that kept their options beside `options`', () => {
  test('a text panel keeps its text', () => {
    expect(migrateAngularPanel({ id: 1, type: 'text', content: '# Hi', mode: 'markdown' })).toEqual({ id: 1, type: 'text', options: { content: '# Hi', mode: 'markdown' } });
    const today = { id: 1, type: 'text', content: 'old', options: { content: 'new', mode: 'html' } };
    expect(migrateAngularPanel(today)).toBe(today);
  });

  test('a heatmap keeps where its buckets come from and its colours', () => {
    const panel = migrateAngularPanel({ id: 1, type: 'heatmap', dataFormat: 'timeseries', color: { mode: 'spectrum', colorScheme: 'interpolateSpectral', exponent: 0.3 }, yAxis: { format: 'ms', logBase: 2, show: true }, xBucketSize: '1m', yBucketNumber: 10, hideZeroBuckets: true });
    expect(panel).not.toHaveProperty('color');
    expect(panel.options).toMatchObject({ calculate: true, calculation: { xBuckets: { mode: 'size', value: '1m' }, yBuckets: { mode: 'count', value: '10', scale: { type: 'log', log: 2 } } }, color: { scheme: 'Spectral', exponent: 0.3 }, yAxis: { unit: 'ms' }, filterValues: { le: 1e-9 } });
    expect(migrateAngularPanel({ id: 1, type: 'heatmap', dataFormat: 'tsbuckets', color: {} }).options).toMatchObject({ calculate: false });
  });

  test('styles of aggregations follow the names that the columns have now', () => {
    const panel = migrateAngularPanel({ id: 1, type: 'table', autoMigrateFrom: 'table-old', transform: 'timeseries_aggregations', columns: [{ text: 'Current', value: 'current' }], sort: { col: 1, desc: true }, styles: [{ pattern: 'Current', alias: 'Now', type: 'number', unit: 'percent' }] });
    expect(panel.fieldConfig?.overrides[0]?.matcher).toEqual({ id: 'byName', options: 'Last *' });
    expect(panel.options).toMatchObject({ sortBy: [{ displayName: 'Now', desc: true }] });
  });
});
