import type { DataFrame, Field, FieldType } from '@grafana/data';
import { describe, expect, test } from 'vitest';
import { configFromData } from './config-from-data.ts';
import { extractFields } from './extract-fields.ts';
import { kinds, type Tools } from './frames.ts';
import { joinByLabels } from './join-labels.ts';
import { partitionByValues } from './partition.ts';
import { prepareTimeSeries } from './prepare-series.ts';
import { fit, regression } from './regression.ts';
import { rowsToFields } from './rows-to-fields.ts';
import { timeSeriesTable } from './series-table.ts';

const { time, number, string } = kinds;
/** What @grafana/data does, as far as these tests need it. */
const tools: Tools = {
  nameOf: ({ name }) => name,
  reduced: ({ values }, reducer) => (reducer === 'max' ? Math.max(...values) : reducer === 'min' ? Math.min(...values) : values.at(-1)),
  joined: (frames) => ({ ...frames[0]!, fields: [frames[0]!.fields[0]!, ...frames.map((one) => one.fields[1]!)] }),
  matching: () => () => true,
  typeOf: () => kinds.other,
};
const field = (name: string, type: FieldType, values: readonly unknown[], labels?: Record<string, string>): Field => ({ name, type, values: [...values], config: {}, ...(labels ? { labels } : {}) });
const frame = (fields: readonly Field[], more: Partial<DataFrame> = {}): DataFrame => ({ refId: 'A', fields: [...fields], length: fields[0]?.values.length ?? 0, ...more });
const columns = ({ fields }: DataFrame) => Object.fromEntries(fields.map(({ name, values }) => [name, values]));

const long = frame([field('time', time, [1, 1, 2, 2]), field('host', string, ['a', 'b', 'a', 'b']), field('value', number, [10, 20, 11, 21])]);

describe('transformations of our own', () => {
  test('partition: a frame for each value, which becomes a label or the name', () => {
    const labelled = partitionByValues({ fields: ['host'], naming: { asLabels: true } }, [long], tools);
    expect(labelled.map((one) => [one.fields.map(({ name }) => name), one.fields[1]!.labels, one.fields[1]!.values])).toEqual([[['time', 'value'], { host: 'a' }, [10, 11]], [['time', 'value'], { host: 'b' }, [20, 21]]]);
    expect(partitionByValues({ fields: ['host'], keepFields: true, naming: { withNames: true } }, [long], tools).map(({ name, fields }) => [name, fields.length])).toEqual([['host a', 3], ['host b', 3]]);
    expect(partitionByValues({ fields: ['nothing'] }, [long], tools)).toEqual([long]);
  });

  test('prepare time series: as frames, as one frame, as rows', () => {
    expect(prepareTimeSeries({ format: 'multi' }, [long], tools).map((one) => one.fields[1]!.labels)).toEqual([{ host: 'a' }, { host: 'b' }]);
    expect(prepareTimeSeries({ format: 'wide' }, [long], tools)[0]!.fields.map(({ values }) => values)).toEqual([[1, 2], [10, 11], [20, 21]]);
    expect(columns(prepareTimeSeries({ format: 'long' }, [long], tools)[0]!)).toEqual({ time: [1, 1, 2, 2], host: ['a', 'b', 'a', 'b'], value: [10, 20, 11, 21] });
  });

  test('time series to table: labels as columns, the series as a cell with the value asked for', () => {
    const [table] = timeSeriesTable({ A: { stat: 'max' } }, [frame([field('time', time, [1, 2]), field('v', number, [5, 3], { host: 'a' })]), frame([field('time', time, [1, 2]), field('v', number, [7, 9], { host: 'b' })])], tools);
    expect(columns(table!)['host']).toEqual(['a', 'b']);
    expect(table!.fields[1]!.name).toBe('Trend #A');
    expect(table!.fields[1]!.type).toBe('frame');
    expect(table!.fields[1]!.values.map(({ value }: { value: number }) => value)).toEqual([5, 9]);
  });

  test('rows to fields: first text and first number, other columns configure or become labels', () => {
    const [made] = rowsToFields({ mappings: [{ fieldName: 'limit', handlerKey: 'max' }, { fieldName: 'note', handlerKey: null }] }, [frame([
      field('name', string, ['alpha', 'beta']), field('value', number, [1, 2]), field('limit', number, [10, 20]), field('unit', string, ['s', 'ms']), field('zone', string, ['x', 'y']), field('note', string, ['n', 'n']),
    ])]);
    expect(made!.fields.map(({ name, values, config, labels }) => ({ name, values, config, labels }))).toEqual([
      { name: 'alpha', values: [1], config: { max: 10, unit: 's' }, labels: { zone: 'x' } }, { name: 'beta', values: [2], config: { max: 20, unit: 'ms' }, labels: { zone: 'y' } },
    ]);
  });

  test('config from query results: reduced values of one result configure the number fields of the others', () => {
    const config = frame([field('limit', number, [100, 200]), field('unit', string, ['s'])], { refId: 'C' });
    const [shown, ...more] = configFromData({ configRefId: 'C', mappings: [{ fieldName: 'limit', handlerKey: 'max', reducerId: 'min' }] }, [config, frame([field('time', time, [1]), field('v', number, [2])])], tools);
    expect(more).toEqual([]);
    expect(shown!.fields.map((one) => one.config)).toEqual([{}, { max: 100, unit: 's' }]);
    const mapped = configFromData({ configRefId: 'C', mappings: [{ fieldName: 'k', handlerKey: 'mappings.value' }, { fieldName: 't', handlerKey: 'mappings.text' }] }, [frame([field('k', number, [1]), field('t', string, ['on'])], { refId: 'C' }), frame([field('v', number, [1])])], tools);
    expect(mapped[0]!.fields[0]!.config.mappings).toEqual([{ type: 'value', options: { 1: { index: 0, text: 'on' } } }]);
  });

  test('extract fields: JSON, pairs, separated values, an expression', () => {
    const of = (values: readonly unknown[], options: object) => columns(extractFields({ source: 'line', replace: true, ...options }, [frame([field('line', string, values)])], tools)[0]!);
    expect(of(['{"a":1,"b":{"c":"x"}}', '{"a":2}'], { format: 'json' })).toEqual({ a: [1, 2], b: [{ c: 'x' }, null] });
    expect(of(['{"a":1,"b":{"c":["x"]}}'], { format: 'json', jsonPaths: [{ path: 'b.c[0]', alias: 'deep' }, { path: '__proto__.x' }] })).toEqual({ deep: ['x'], '__proto__.x': [null] });
    expect(of(['level=info msg="two words"'], { format: 'kvp' })).toEqual({ level: ['info'], msg: ['two words'] });
    expect(of(['a,b', 'b'], { format: 'delimiter' })).toEqual({ a: ['a', null], b: ['b', 'b'] });
    expect(of(['GET /x'], { format: 'regexp', regExp: '/(?<verb>\\w+) (?<path>.*)/' })).toEqual({ verb: ['GET'], path: ['/x'] });
    expect(of(['GET /x'], { format: 'regexp', regExp: '/(/' })).toEqual({});
  });

  test('join by labels: a row for each combination, a column for each value', () => {
    const [table] = joinByLabels({ value: 'what', join: ['place'] }, [
      frame([field('time', time, [1]), field('v', number, [20], { what: 'warm', place: 'roof' })]), frame([field('v', number, [70], { what: 'damp', place: 'roof' })]), frame([field('v', number, [5], { what: 'warm', place: 'cellar' })]),
    ]);
    expect(columns(table!)).toEqual({ place: ['roof', 'cellar'], warm: [20, 5], damp: [70, null] });
  });

  test('regression: the line and the parabola that the points lie on', () => {
    expect(fit([[0, 1], [1, 3], [2, 5]], 1)!.map((one) => Math.round(one * 1e6) / 1e6)).toEqual([1, 2]);
    const [, line] = regression({ predictionCount: 3 }, [frame([field('time', time, [0, 10, 20]), field('v', number, [1, 3, 5])])], tools);
    expect(line!.fields[0]!.values).toEqual([0, 10, 20]);
    expect(line!.fields[1]!.values.map((value: number) => Math.round(value * 1e6) / 1e6)).toEqual([1, 3, 5]);
    const [, curve] = regression({ modelType: 'polynomial', degree: 2, predictionCount: 3 }, [frame([field('x', number, [0, 1, 2, 3]), field('y', number, [0, 1, 4, 9])])], tools);
    expect(curve!.fields[1]!.values[2]).toBeCloseTo(9);
    expect(regression({}, [frame([field('time', time, [1]), field('v', number, [1])])], tools)).toHaveLength(1);
  });
});
