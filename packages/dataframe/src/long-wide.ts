import { allocate, columnBuilder, type ColumnBuilder } from './build.ts';
import { seriesLayout } from './frame-type.ts';
import type { ElementType, Field, FieldConfig, Frame, Labels } from './frame.ts';
import { byteOrder, sortedKeys } from './labels.ts';
import { isNull, takeRows, valueAt } from './value.ts';

/** Long and wide series (queries-and-frames §12.3, §12.4; tsdb-backends §1.6, §1.7). */

export type FillMode = { readonly mode: 'zero' | 'null' | 'previous' } | { readonly mode: 'value'; readonly value: number };

const nullTimes = 'unable to process the data to wide series because input has null time values, make sure all time values are not null';
const unsorted = 'unable to process the data because it is not sorted in ascending order by time, please updated your query to sort the data by time if possible';

const factorText = (field: Field, row: number): string => {
  const value = valueAt(field, row);
  return value === null ? '' : String(value);
};

/** One value field per value column and distinct tuple of factors. `zero`, the default, fills gaps with the type's zero value. */
export function longToWide(frame: Frame, fill: FillMode = { mode: 'zero' }): Frame {
  const layout = seriesLayout(frame);
  if (layout.shape !== 'long') throw new Error(`can not convert to wide series, expected long format series input but got ${layout.shape} series`);
  const time = frame.fields[layout.time] as Field<'time'>;
  const rows = time.values.length;
  if (rows === 0) throw new Error('can not convert to wide series, input fields have no rows');
  const factors = layout.factors.map((i) => frame.fields[i] as Field);
  const columns = layout.values.map((i) => frame.fields[i] as Field);

  const instants: number[] = [];
  const outRow = new Int32Array(rows);
  const groups = new Map<string, { readonly tuple: readonly string[]; readonly rows: number[] }>();
  for (let row = 0; row < rows; row++) {
    if (isNull(time, row)) throw new Error(nullTimes);
    if (row === 0) instants.push(row);
    else {
      const step = compareTimes(time, row, row - 1);
      if (step < 0) throw new Error(unsorted);
      if (step > 0) instants.push(row);
    }
    outRow[row] = instants.length - 1;
    const tuple = factors.map((factor) => factorText(factor, row));
    const key = JSON.stringify(tuple);
    const group = groups.get(key);
    if (group) group.rows.push(row);
    else groups.set(key, { tuple, rows: [row] });
  }

  const keepsNulls = fill.mode === 'null' || fill.mode === 'previous';
  const wide: { field: Field; tuple: readonly string[] }[] = [];
  for (const column of columns) {
    for (const { tuple, rows: members } of groups.values()) {
      const labels: Record<string, string> = {};
      factors.forEach((factor, i) => { labels[factor.name] = tuple[i] as string; });
      wide.push({ tuple, field: spread(column, members, outRow, instants.length, fill, column.nullable || keepsNulls, labels) });
    }
  }
  wide.sort((a, b) => byteOrder(a.field.name, b.field.name) || compareTuples(a.tuple, b.tuple));
  const { valid: _, ...times } = takeRows(time, instants);
  return { ...frame, fields: [{ ...times, nullable: false }, ...wide.map((entry) => entry.field)], meta: { ...frame.meta, type: 'timeseries-wide', typeVersion: [0, 1] } };
}

const compareTuples = (a: readonly string[], b: readonly string[]): number => {
  for (let i = 0; i < a.length; i++) {
    const order = byteOrder(a[i] as string, b[i] as string);
    if (order !== 0) return order;
  }
  return 0;
};

const compareTimes = (time: Field<'time'>, a: number, b: number): number =>
  (time.values[a] as number) - (time.values[b] as number) || (time.nanos?.[a] ?? 0) - (time.nanos?.[b] ?? 0);

function spread(column: Field, members: readonly number[], outRow: Int32Array, rows: number, fill: FillMode, nullable: boolean, labels: Labels): Field {
  const source = new Int32Array(rows).fill(-1);
  for (const row of members) source[outRow[row] as number] = row;
  const values = allocate(column.type, rows) as unknown[];
  const input = column.values as ArrayLike<unknown>;
  let valid: Uint8Array | undefined;
  let previous = -1;
  for (let row = 0; row < rows; row++) {
    let from = source[row] as number;
    if (from < 0 && fill.mode === 'previous') from = previous;
    if (from >= 0) {
      previous = from;
      if (!isNull(column, from)) { values[row] = input[from]; continue; }
    } else if (fill.mode === 'zero' && !column.nullable) continue;
    else if (fill.mode === 'value') { values[row] = convertFill(column.type, fill.value); continue; }
    valid ??= new Uint8Array(rows).fill(1);
    valid[row] = 0;
  }
  return {
    name: column.name, type: column.type, nullable, values: values as unknown as Field['values'], labels,
    ...(valid && { valid }), ...(column.config && { config: column.config }),
  };
}

const convertFill = (type: ElementType, value: number): unknown => (type === 'int64' || type === 'uint64' ? BigInt(Math.trunc(value)) : value);

/** Time, value columns by name, and one string column per label key. */
export function wideToLong(frame: Frame): Frame {
  const layout = seriesLayout(frame);
  if (layout.shape !== 'wide') throw new Error(`can not convert to long series, expected wide format series input but got ${layout.shape} series`);
  const time = frame.fields[layout.time] as Field<'time'>;
  const columns = layout.values.map((i) => frame.fields[i] as Field);
  const types = new Map<string, Field>();
  const keys = new Set<string>();
  const sets = new Map<string, { readonly labels: Labels; readonly columns: Map<string, Field> }>();
  for (const column of columns) {
    const known = types.get(column.name);
    if (known && (known.type !== column.type || known.nullable !== column.nullable)) {
      throw new Error(`two fields in input frame may not have the same name "${column.name}" but different types`);
    }
    if (!known) types.set(column.name, column);
    const labels = column.labels ?? {};
    const sorted = sortedKeys(labels);
    for (const key of sorted) keys.add(key);
    const id = JSON.stringify(sorted.map((key) => [key, labels[key]]));
    const set = sets.get(id) ?? { labels, columns: new Map<string, Field>() };
    set.columns.set(column.name, column);
    sets.set(id, set);
  }
  const names = [...types.keys()].sort(byteOrder);
  const labelKeys = [...keys].sort(byteOrder);
  const ordered = [...sets].sort(([a], [b]) => byteOrder(a, b)).map(([, set]) => set);
  const picked: number[] = [];
  const values = names.map((name) => columnBuilder((types.get(name) as Field).type, name, { nullable: (types.get(name) as Field).nullable, ...(types.get(name)?.config && { config: (types.get(name) as Field).config as FieldConfig }) }));
  const labels: ColumnBuilder<'string'>[] = labelKeys.map((key) => columnBuilder('string', key));
  for (let row = 0; row < time.values.length; row++) {
    for (const set of ordered) {
      picked.push(row);
      names.forEach((name, i) => {
        const column = set.columns.get(name);
        const build = values[i] as ColumnBuilder<ElementType>;
        build.push(column ? valueAt(column, row) : (types.get(name) as Field).nullable ? null : zeroValue((types.get(name) as Field).type));
      });
      labelKeys.forEach((key, i) => (labels[i] as ColumnBuilder<'string'>).push(set.labels[key] ?? ''));
    }
  }
  return {
    ...frame, fields: [takeRows(time, picked), ...values.map((build) => build.field()), ...labels.map((build) => build.field())],
    meta: { ...frame.meta, type: 'timeseries-long' },
  };
}

const zeroValue = (type: ElementType): never => (type === 'string' ? '' : type === 'json' ? 'null' : type === 'bool' ? false : type === 'int64' || type === 'uint64' ? 0n : 0) as never;

/**
 * A wide frame on a regular grid: at each step from `from` (aligned to the interval) to `to` the last row within one interval before it, else the fill.
 * Text columns repeat the last value seen.
 */
export function fillWide(frame: Frame, from: number, to: number, intervalMs: number, fill: FillMode): Frame {
  const layout = seriesLayout(frame);
  if (layout.time < 0 || intervalMs <= 0) return frame;
  const time = frame.fields[layout.time] as Field<'time'>;
  const start = Math.floor(from / intervalMs) * intervalMs;
  const steps = Math.max(0, Math.floor((to - start) / intervalMs) + 1);
  const times = new Float64Array(steps);
  const source = new Int32Array(steps).fill(-1);
  const lastSeen = new Int32Array(steps).fill(-1);
  let row = 0;
  let last = -1;
  for (let i = 0; i < steps; i++) {
    const t = start + i * intervalMs;
    times[i] = t;
    while (row < time.values.length && (time.values[row] as number) <= t) {
      if ((time.values[row] as number) > t - intervalMs) source[i] = row;
      last = row++;
    }
    lastSeen[i] = last;
  }
  const fields = frame.fields.map((field, index): Field => {
    if (index === layout.time) { const { nanos: _, valid: __, ...rest } = time; return { ...rest, values: times }; }
    const isText = field.type === 'string';
    const values = allocate(field.type, steps) as unknown[];
    let valid: Uint8Array | undefined;
    for (let i = 0; i < steps; i++) {
      let at = source[i] as number;
      if (at < 0 && (isText || fill.mode === 'previous')) at = lastSeen[i] as number;
      if (at >= 0 && !isNull(field, at)) values[i] = (field.values as ArrayLike<unknown>)[at];
      else if (at < 0 && fill.mode === 'value' && !isText) values[i] = convertFill(field.type, fill.value);
      else if (at < 0 && fill.mode === 'zero' && !field.nullable) continue;
      else { valid ??= new Uint8Array(steps).fill(1); valid[i] = 0; }
    }
    const { valid: _, nanos: __, ...rest } = field;
    return { ...rest, nullable: field.nullable || valid !== undefined || (!isText && (fill.mode === 'null' || fill.mode === 'previous')), values: values as unknown as Field['values'], ...(valid && { valid }) };
  });
  return { ...frame, fields };
}
