import {
  byteOrder, columnBuilder, floatField, frame, isNull, isNumeric, numberAt, stringField, timeField, type ColumnBuilder, type ElementType, type Field, type Frame, type Labels,
} from '@belvedere/dataframe';
import { SqlError, type Column, type Relation } from './sql-engine.ts';
import { SqlJson, SqlTime, textOf, type SqlType, type SqlValue } from './sql-values.ts';

/** Frames as tables and back (queries-and-frames §13.9). */

const seriesTypes: ReadonlySet<string> = new Set(['timeseries-multi', 'timeseries-wide', 'timeseries-many']);
const numberTypes: ReadonlySet<string> = new Set(['numeric-multi', 'numeric-wide']);

/** One table of a query's frames: as it is if it is one frame without labels, otherwise long. Throws where neither is possible. */
export function tableOf(frames: readonly Frame[] | undefined): Frame {
  const first = frames?.[0];
  if (!frames || !first) return frame('', []);
  const type = first.meta?.type ?? '';
  if (seriesTypes.has(type)) return longTable(frames, true);
  if (numberTypes.has(type)) return longTable(frames, false);
  const labelled = frames.some((one) => one.fields.some((field) => field.labels && Object.keys(field.labels).length > 0));
  if (frames.length > 1 || labelled) throw new Error(`expected frames of a supported type (timeseries-multi, timeseries-wide, numeric-multi, numeric-wide), or a single frame without labels; got ${frames.length} of type "${type}"${labelled ? ' with labels' : ''}`);
  return first;
}

interface Sample { readonly time: number; readonly nanos: number; readonly value: number | null; readonly metric: string; readonly display: string | null; readonly labels: Labels }

function longTable(frames: readonly Frame[], timed: boolean): Frame {
  const samples: Sample[] = [];
  const keys = new Set<string>();
  let hasDisplay = false;
  for (const one of frames) {
    const time = timed ? (one.fields.find((field) => field.type === 'time') as Field<'time'> | undefined) : undefined;
    if (timed && !time) continue;
    for (const field of one.fields) {
      if (!isNumeric(field.type) && field.type !== 'bool') continue;
      const labels = field.labels ?? {};
      for (const key of Object.keys(labels)) keys.add(key);
      const given = field.config?.['displayNameFromDS'];
      const display = typeof given === 'string' && given !== '' ? given : null;
      if (display !== null) hasDisplay = true;
      const rows = timed ? field.values.length : Math.min(1, field.values.length);
      for (let row = 0; row < rows; row++) {
        if (time && isNull(time, row)) continue;
        const value = numberAt(field, row);
        samples.push({ time: time ? (time.values[row] as number) : 0, nanos: time?.nanos?.[row] ?? 0, value: value !== null && Number.isFinite(value) ? value : null, metric: field.name, display, labels });
      }
    }
  }
  if (timed) samples.sort((a, b) => a.time - b.time || a.nanos - b.nanos || byteOrder(a.metric, b.metric));
  const value = floatField('__value__', samples.map((s) => s.value), { nullable: true });
  const metric = stringField('__metric_name__', samples.map((s) => s.metric));
  const leading: Field[] = timed ? [timeField('time', samples.map((s) => s.time), samples.some((s) => s.nanos !== 0) ? { nanos: Int32Array.from(samples, (s) => s.nanos) } : {}), value, metric] : [metric, value];
  return frame('', [
    ...leading,
    ...(hasDisplay ? [stringField('__display_name__', samples.map((s) => s.display), { nullable: true })] : []),
    ...[...keys].sort(byteOrder).map((key) => stringField(key, samples.map((s) => (Object.hasOwn(s.labels, key) ? (s.labels[key] as string) : null)), { nullable: true })),
  ]);
}

export const cellsOf = (table: Frame): number => (table.fields[0]?.values.length ?? 0) * table.fields.length;

/** NaN and infinities become null, enums their index. */
export function relationOf(table: Frame, name: string): Relation {
  const columns = table.fields.map((field): Column => ({ name: field.name, type: field.type === 'enum' ? 'uint16' : (field.type as SqlType), nullable: field.nullable || field.type.startsWith('float'), table: name }));
  const readers = table.fields.map(readerOf);
  const rows = Array.from({ length: table.fields[0]?.values.length ?? 0 }, (_, row) => readers.map((read) => read(row)));
  return { columns, rows };
}

function readerOf(field: Field): (row: number) => SqlValue {
  const at = (row: number): unknown => (field.values as ArrayLike<unknown>)[row];
  const read = (row: number): SqlValue => {
    switch (field.type) {
      case 'bool': return at(row) === 1;
      case 'time': return new SqlTime(at(row) as number, (field as Field<'time'>).nanos?.[row] ?? 0);
      case 'json': return new SqlJson(at(row) as string);
      case 'int64': case 'uint64': { const whole = at(row) as bigint; return whole >= -9007199254740991n && whole <= 9007199254740991n ? Number(whole) : whole; }
      case 'float32': case 'float64': { const value = at(row) as number; return Number.isFinite(value) ? value : null; }
      default: return at(row) as number | string;
    }
  };
  return (row) => (isNull(field, row) ? null : read(row));
}

/** Characters of a result: more could not be sent anyway. */
const resultTextMax = 50_000_000;

/** A result as a frame. Floats are always nullable, decimals are floats; a column of nothing but NULL has no type. */
export function frameOfRelation(relation: Relation, name: string): Frame {
  let characters = 0;
  for (const row of relation.rows) for (const value of row) if (typeof value === 'string') characters += value.length;
  if (characters > resultTextMax) throw new SqlError('', 'the result is too large');
  return frame(name, relation.columns.map((column, i) => {
    if (column.type === 'null') throw new Error(`unsupported type for column ${column.name} of type null`);
    const isFloat = column.type === 'decimal' || column.type === 'float64' || column.type === 'float32';
    const type: ElementType = column.type === 'decimal' ? 'float64' : column.type;
    const hasNull = relation.rows.some((row) => row[i] === null);
    const build = columnBuilder(type, column.name, { nullable: isFloat || column.nullable || hasNull, capacity: relation.rows.length });
    for (const row of relation.rows) put(build, type, row[i] ?? null);
    return build.field();
  }));
}

function put(build: ColumnBuilder<ElementType>, type: ElementType, value: SqlValue): void {
  if (value === null) return build.push(null);
  switch (type) {
    case 'time': return value instanceof SqlTime ? build.pushTime(value.ms, value.nanos) : build.push(null);
    case 'int64': case 'uint64': return build.push((typeof value === 'bigint' ? value : BigInt(Math.trunc(Number(value)))) as never);
    case 'string': return build.push(textOf(value) as never);
    case 'json': return build.push((value instanceof SqlJson ? value.text : JSON.stringify(textOf(value))) as never);
    case 'bool': return build.push((typeof value === 'boolean' ? value : Number(value) !== 0) as never);
    default: return build.push(Number(value) as never);
  }
}
