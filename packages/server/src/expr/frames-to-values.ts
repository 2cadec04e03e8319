import {
  byteOrder, isDataplane, isNumeric, isNull, labelsText, numberAt, numericColumns, numericTypes, seriesLayout, timeSeriesTypes, valueAt, type Field, type Frame, type Labels,
} from '@belvedere/dataframe';
import { noData, numberValue, series, type NumberValue, type Points, type SeriesValue, type Value } from './values.ts';

/** A query's answer as values (queries-and-frames §13.3). Throws the reference's text where it cannot be read. */

/** Sources whose unlabelled series are told apart by their names. */
const namedByField: ReadonlySet<string> = new Set(['graphite', 'grafana-graphite-datasource', 'grafana-testdata-datasource', 'grafana-dynatrace-datasource', 'influxdb']);

export interface ReadOptions {
  readonly refId: string;
  readonly datasourceType: string;
  /** Off with the toggle `disableSSEDataplane`. */
  readonly dataplane: boolean;
  /** Off with the toggle `disableNumericMetricsSortingInExpressions`. */
  readonly sortNumbers?: boolean;
}

export function framesToValues(frames: readonly Frame[] | undefined, options: ReadOptions): Value[] {
  const first = frames?.[0];
  if (!frames || !first) return [noData()];
  if (options.dataplane && isDataplane(first)) {
    const type = first.meta?.type ?? '';
    if (timeSeriesTypes.has(type)) return dataplaneSeries(frames, type);
    if (numericTypes.has(type)) return dataplaneNumbers(frames, type, options.sortNumbers ?? true);
  }
  if (frames.length === 1) {
    if (first.fields.length === 0) return [noData(first)];
    const numbers = numericTable(first);
    if (numbers) return numbers;
  }
  const found: SeriesValue[] = [];
  for (const frame of frames) {
    const layout = seriesLayout(frame);
    if (layout.shape === 'not' && options.datasourceType === 'influxdb') continue;
    if (layout.shape !== 'wide') throw new Error(`input data must be a wide series but got type ${layout.shape} (input refid)`);
    found.push(...wideSeries(frame, layout.time, layout.values));
  }
  return namedByField.has(options.datasourceType) ? nameSeries(found) : found;
}

/** Compat: null times are the epoch. */
function timesOf(field: Field<'time'>): Pick<Points, 'times' | 'nanos'> {
  const times = field.valid ? field.values.map((t, i) => (isNull(field, i) ? 0 : t)) : field.values;
  return { times, ...(field.nanos && { nanos: field.nanos }) };
}

const canBeFloat = (field: Field): boolean => isNumeric(field.type) || field.type === 'bool' || field.type === 'enum';

function floatsOf(field: Field): Pick<Points, 'values' | 'valid'> {
  if (field.type === 'float64') return { values: (field as Field<'float64'>).values, ...(field.valid && { valid: field.valid }) };
  const values = new Float64Array(field.values.length);
  for (let i = 0; i < values.length; i++) values[i] = numberAt(field, i) ?? 0;
  return { values, ...(field.valid && { valid: field.valid }) };
}

function wideSeries(frame: Frame, time: number, values: readonly number[]): SeriesValue[] {
  const timeField = frame.fields[time] as Field<'time'>;
  const times = timesOf(timeField);
  return values.map((i) => {
    const field = frame.fields[i] as Field;
    if (!canBeFloat(field)) throw new Error(`no float64 value column found in frame ${frame.name}`);
    return {
      ...series(frame.name || field.name, field.labels, { ...times, ...floatsOf(field) }),
      origin: {
        frameName: frame.name, timeName: timeField.name,
        ...(timeField.config && { timeConfig: timeField.config }), ...(field.config && { config: field.config }), ...(frame.meta && { meta: frame.meta }),
      },
    };
  });
}

/** One numeric column and otherwise only text: a number a row. */
function numericTable(frame: Frame): NumberValue[] | undefined {
  if (seriesLayout(frame).shape !== 'not') return undefined;
  const { numbers, texts, others } = numericColumns(frame);
  if (numbers.length !== 1 || others > 0) return undefined;
  const column = frame.fields[numbers[0] as number] as Field;
  const labelled = texts.map((i) => frame.fields[i] as Field);
  return Array.from({ length: column.values.length }, (_, row) => numberAtRow(column, row, labelled.length > 0 ? rowLabels(labelled, row) : undefined));
}

const numberAtRow = (column: Field, row: number, labels: Labels | undefined): NumberValue =>
  ({ ...numberValue(column.name, labels, numberAt(column, row)), ...(column.config && { config: column.config }) });

function rowLabels(columns: readonly Field[], row: number): Labels {
  const labels: Record<string, string> = {};
  for (const column of columns) {
    const value = valueAt(column, row);
    if (value !== null) labels[column.name] = String(value);
  }
  return labels;
}

/** Labels for series without any: the first kind of name that all have and no two share. */
function nameSeries(found: readonly SeriesValue[]): readonly SeriesValue[] & Value[] {
  const list = [...found];
  if (list.some((one) => one.labels && Object.keys(one.labels).length > 0)) return list;
  const names: readonly ((one: SeriesValue) => unknown)[] = [(one) => one.origin?.config?.['displayNameFromDS'], (one) => one.origin?.config?.['displayName'], (one) => one.name];
  for (const nameOf of names) {
    const given = list.map(nameOf);
    if (given.every((name) => typeof name === 'string' && name !== '') && new Set(given).size === given.length) {
      return list.map((one, i) => ({ ...one, labels: { __name__: given[i] as string } }));
    }
  }
  return list;
}

const emptyDataplane = (frames: readonly Frame[]): Value[] => [noData(frames.length === 1 && frames[0]?.meta ? { name: 'no data', refId: '', fields: [], meta: frames[0].meta } : undefined)];

const byNameThenLabels = (a: { name: string; labels?: Labels }, b: { name: string; labels?: Labels }): number => byteOrder(a.name, b.name) || byteOrder(labelsText(a.labels), labelsText(b.labels));

/** The first time field that admits no nulls; plugins that follow the contract have one. */
const timeIndex = (frame: Frame): number => frame.fields.findIndex((field) => field.type === 'time' && !field.nullable);

const isValue = (field: Field): boolean => isNumeric(field.type) || field.type === 'bool';

function dataplaneSeries(frames: readonly Frame[], type: string): Value[] {
  const found: SeriesValue[] = [];
  for (const frame of frames) {
    const at = timeIndex(frame);
    if (at < 0) continue;
    const time = frame.fields[at] as Field<'time'>;
    const values = frame.fields.filter(isValue);
    if (type === 'timeseries-long') found.push(...longSeries(frame, time, values));
    else for (const field of type === 'timeseries-wide' ? values : values.slice(0, 1)) found.push(plain(field.name, field.labels, { ...timesOf(time), ...floatsOf(field) }, field, time));
  }
  if (found.length === 0) return emptyDataplane(frames);
  return type === 'timeseries-wide' || type === 'timeseries-long' ? found.sort(byNameThenLabels) : found;
}

const plain = (name: string, labels: Labels | undefined, points: Points, field: Field, time: Field): SeriesValue => ({
  ...series(name, labels, points),
  origin: { frameName: '', timeName: time.name, meta: { type: 'timeseries-multi', typeVersion: [0, 1] }, ...(time.config && { timeConfig: time.config }), ...(field.config && { config: field.config }) },
});

function longSeries(frame: Frame, time: Field<'time'>, values: readonly Field[]): SeriesValue[] {
  const texts = frame.fields.filter((field) => field.type === 'string');
  const groups = new Map<string, { labels: Labels; rows: number[] }>();
  for (let row = 0; row < time.values.length; row++) {
    const labels = rowLabels(texts, row);
    const key = JSON.stringify(texts.map((field) => labels[field.name] ?? null));
    const group = groups.get(key);
    if (group) group.rows.push(row);
    else groups.set(key, { labels, rows: [row] });
  }
  const times = timesOf(time);
  const pick = <A extends Float64Array | Uint8Array | Int32Array>(from: A, rows: readonly number[]): A => (from.constructor as unknown as { from(rows: readonly number[], f: (row: number) => number): A }).from(rows, (row) => from[row] as number);
  return values.flatMap((field) => [...groups.values()].map(({ labels, rows }) => {
    const floats = floatsOf(field);
    return plain(field.name, labels, {
      times: pick(times.times, rows), values: pick(floats.values, rows), ...(times.nanos && { nanos: pick(times.nanos, rows) }), ...(floats.valid && { valid: pick(floats.valid, rows) }),
    }, field, time);
  }));
}

function dataplaneNumbers(frames: readonly Frame[], type: string, sorted: boolean): Value[] {
  const found: NumberValue[] = [];
  for (const frame of frames) {
    const values = frame.fields.filter(isValue);
    if (type === 'numeric-long') {
      const texts = frame.fields.filter((field) => field.type === 'string');
      for (const field of values) for (let row = 0; row < field.values.length; row++) found.push(numberAtRow(field, row, rowLabels(texts, row)));
    } else for (const field of type === 'numeric-wide' ? values : values.slice(0, 1)) if (field.values.length > 0) found.push(numberAtRow(field, 0, field.labels));
  }
  if (found.length === 0) return emptyDataplane(frames);
  return sorted ? found.sort(byNameThenLabels) : found;
}
