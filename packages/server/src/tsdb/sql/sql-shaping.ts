/** From rows to the frames that panels and alert rules want (tsdb-backends §4.7). */
import { allocate, asNullableFloat, fillWide, isNumeric, longToWide, seriesLayout, type Field, type Frame } from '@belvedere/dataframe';
import type { Fill } from './sql-macros.ts';

/** One result of a database. */
export interface SqlTable {
  readonly fields: readonly Field[];
  /** Indexes of the columns of a text type, any of which may name series. */
  readonly textColumns: ReadonlySet<number>;
  /** There was more than the row limit allows. */
  readonly limited: boolean;
}

/** A stage that failed, by the words that begin its message. */
export class ShapingError extends Error {
  override readonly name = 'ShapingError';
  /** The data are at fault, whatever the engine. */
  readonly ofData: boolean;
  constructor(message: string, { ofData = false } = {}) {
    super(message);
    this.ofData = ofData;
  }
}

/** Columns named so hold times: the last one is taken. */
export function timeColumn(fields: readonly Field[], names: readonly string[]): number {
  return fields.findLastIndex((field) => names.includes(field.name));
}

/** A table with its time columns as times. */
export function shapeTable({ fields }: SqlTable, timeNames: readonly string[]): Field[] {
  const end = fields.findLastIndex((field) => field.name.toLowerCase() === 'timeend');
  const time = timeColumn(fields, timeNames);
  return fields.map((field, i) => (i === time || i === end ? asTime(field) : field));
}

/** Throws ShapingError. */
export function shapeSeries(table: SqlTable, timeNames: readonly string[], range: { readonly from: number; readonly to: number }, fill: Fill | undefined): Pick<Frame, 'fields' | 'meta'> {
  const { fields, textColumns } = table;
  const time = timeColumn(fields, timeNames);
  if (time < 0) {
    throw new ShapingError("db has no time column: time column is missing; make sure your data includes a time column for time series format or switch to a table format that doesn't require it", { ofData: true });
  }
  const named = fields.findIndex((field) => field.name === 'metric');
  const metric = named >= 0 ? named : fields.findIndex((_, i) => textColumns.has(i));
  let frame: Frame = {
    name: '', refId: '',
    fields: fields.map((field, i) => {
      if (i === time) return { ...asTime(field), name: 'Time' };
      return i === metric || field.type === 'string' ? field : asFloat(field);
    }),
  };
  const width = frame.fields.length;
  if (seriesLayout(frame).shape === 'long') {
    try {
      frame = longToWide(frame, fill?.mode);
    } catch (error) {
      throw new ShapingError(`failed to convert long to wide series when converting from dataframe: ${(error as Error).message}`, { ofData: true });
    }
    if (width === 3) frame = { ...frame, fields: frame.fields.map(namedByMetric) };
  }
  if (fill) frame = fillWide(frame, range.from, range.to, fill.intervalMs, fill.mode);
  return { fields: frame.fields, ...(frame.meta && { meta: frame.meta }) };
}

/** A series whose only label is `metric` has its value for a name. */
function namedByMetric(field: Field): Field {
  const { labels, ...rest } = field;
  const metric = labels?.['metric'];
  return labels === undefined || metric === undefined || Object.keys(labels).length !== 1 ? field : { ...rest, name: metric };
}

function asFloat(field: Field): Field {
  if (field.type === 'json') throw new ShapingError('convert value to float failed: unsupported field type data.FieldType');
  return asNullableFloat(field);
}

/** Numbers become times by their size: seconds, nanoseconds, otherwise milliseconds. */
function asTime(field: Field): Field<'time'> {
  if (field.type === 'time') return field as Field<'time'>;
  if (!isNumeric(field.type)) throw new ShapingError('converting time columns failed: failed to convert time column: unable to convert data to a time field');
  const rows = field.values.length;
  const values = allocate('time', rows);
  const { valid } = field;
  for (let row = 0; row < rows; row++) if (valid?.[row] !== 0) values[row] = millisecondsOf(Number((field.values as ArrayLike<number | bigint>)[row]));
  return { name: field.name, type: 'time', nullable: true, values, ...(valid && { valid }) };
}

function millisecondsOf(value: number): number {
  const size = Math.abs(value);
  return Math.trunc(size >= 1e9 && size < 1e10 ? value * 1e3 : size >= 1e18 && size < 1e19 ? value / 1e6 : value);
}
