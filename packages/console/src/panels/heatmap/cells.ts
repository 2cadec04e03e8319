/** The cells of a heatmap: from results that are cells or rows of buckets already, or counted from plain series. */
import { FieldType, getFieldDisplayName, type DataFrame, type Field } from '@grafana/data';

export interface Cell {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly value: number;
  /** What the y side is called, where buckets have names. */
  readonly name?: string;
}

export interface Cells {
  readonly cells: readonly Cell[];
  /** Names of rows, from the bottom; absent where y is a number. */
  readonly rows?: readonly string[];
  readonly y: readonly [number, number];
  readonly valueField: Field | undefined;
  readonly yField: Field | undefined;
  readonly log?: boolean;
}

export interface Calculation {
  readonly xBuckets?: { readonly mode?: string; readonly value?: string; readonly scale?: { readonly type?: string; readonly log?: number } };
  readonly yBuckets?: { readonly mode?: string; readonly value?: string; readonly scale?: { readonly type?: string; readonly log?: number } };
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

export function stepOf(times: readonly number[]): number {
  const steps = times.slice(1).map((time, i) => time - times[i]!).filter((step) => step > 0);
  return steps.length === 0 ? 60_000 : median(steps);
}

/** `le` of Prometheus, in order; other names stay where they are. */
const bound = (name: string): number => (/^\+?inf$/i.test(name) ? Infinity : Number(name));

/** Each number field is a row of buckets; its values are the counts of time after time. */
function fromRows(series: readonly DataFrame[], layout: string | undefined): Cells | undefined {
  const rows: { readonly name: string; readonly field: Field; readonly times: readonly number[] }[] = [];
  for (const frame of series) {
    const time = frame.fields.find(({ type }) => type === FieldType.time);
    if (!time) continue;
    for (const field of frame.fields) {
      if (field.type !== FieldType.number) continue;
      rows.push({ name: field.labels?.['le'] ?? getFieldDisplayName(field, frame, [...series]), field, times: time.values });
    }
  }
  if (rows.length === 0) return undefined;
  if (rows.every(({ name }) => !Number.isNaN(bound(name)))) rows.sort((a, b) => bound(a.name) - bound(b.name));
  const step = stepOf(rows[0]!.times);
  const shift = layout === 'ge' ? 0 : layout === 'unknown' || layout === undefined || layout === 'auto' ? 0.5 : 1;
  const cells = rows.flatMap(({ field, times, name }, row) => times.flatMap((time, i): Cell[] => {
    const value = field.values[i];
    return value === null || value === undefined ? [] : [{ x0: time - step * shift, x1: time + step * (1 - shift), y0: row, y1: row + 1, value, name }];
  }));
  return { cells, rows: rows.map(({ name }) => name), y: [0, rows.length], valueField: rows[0]!.field, yField: undefined };
}

/** Cells with their own bounds: x or xMax, yMin and yMax, count. */
function fromCells(frame: DataFrame): Cells | undefined {
  const field = (...names: readonly string[]) => frame.fields.find(({ name }) => names.includes(name));
  const x = field('xMax', 'xMin', 'x') ?? frame.fields.find(({ type }) => type === FieldType.time);
  const [yMin, yMax, y] = [field('yMin'), field('yMax'), field('y')];
  const count = field('count') ?? frame.fields.findLast(({ type }) => type === FieldType.number);
  if (!x || !count || !(yMin || yMax || y)) return undefined;
  const times = [...new Set(x.values as number[])].toSorted((a, b) => a - b);
  const step = stepOf(times);
  const left = x.name === 'xMin' ? 0 : x.name === 'xMax' ? 1 : 0.5;
  const rowsOf = (yMin ?? yMax ?? y)!;
  const bounds = [...new Set(rowsOf.values as number[])].toSorted((a, b) => a - b);
  const height = bounds.length > 1 ? stepOf(bounds) : 1;
  const cells = Array.from({ length: frame.length }, (_, i): Cell => ({
    x0: x.values[i] - step * left, x1: x.values[i] + step * (1 - left), y0: yMin?.values[i] ?? (yMax ? yMax.values[i] - height : y!.values[i]), y1: yMax?.values[i] ?? (yMin ?? y)!.values[i] + height, value: count.values[i] ?? 0,
  })).filter(({ y0, y1 }) => Number.isFinite(y0) && Number.isFinite(y1));
  const low = Math.min(...cells.map(({ y0 }) => y0));
  const positive = cells.length > 0 && low > 0 && Math.max(...cells.map(({ y1, y0 }) => y1 / y0)) > 1 && cells.some(({ y0, y1 }) => y1 - y0 > 0) && new Set(cells.slice(0, 50).map(({ y0, y1 }) => Math.round((y1 - y0) * 1e6))).size > 1;
  return { cells, y: [low, Math.max(...cells.map(({ y1 }) => y1))], valueField: count, yField: rowsOf, log: positive };
}

const nice = [1, 2, 5, 10];

/** A round step that leaves about so many buckets. */
export function bucketSize(span: number, count: number): number {
  const raw = span / Math.max(count, 1) || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * nice.find((one) => one * power >= raw)!;
}

const durations: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function xSizeOf(value: string | undefined): number | undefined {
  const read = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)?\s*$/.exec(value ?? '');
  return read ? Number(read[1]) * (durations[read[2] ?? 'ms'] ?? 1) : undefined;
}

/** Counts how many values fall into each cell of a grid. */
function counted(series: readonly DataFrame[], { xBuckets, yBuckets }: Calculation, span: { readonly from: number; readonly to: number }): Cells | undefined {
  const points: (readonly [number, number])[] = [];
  let yField: Field | undefined;
  for (const frame of series) {
    const time = frame.fields.find(({ type }) => type === FieldType.time);
    if (!time) continue;
    for (const field of frame.fields) {
      if (field.type !== FieldType.number) continue;
      yField ??= field;
      field.values.forEach((value: number | null, i: number) => value !== null && value !== undefined && !Number.isNaN(value) && points.push([time.values[i], value]));
    }
  }
  if (points.length === 0) return undefined;
  const log = yBuckets?.scale?.type === 'log' ? (yBuckets.scale.log ?? 2) : undefined;
  const place = (value: number) => (log ? Math.log(value) / Math.log(log) : value);
  const back = (at: number) => (log ? log ** at : at);
  const used = log ? points.filter(([, value]) => value > 0) : points;
  const ys = used.map(([, value]) => place(value));
  const low = Math.min(...ys);
  const high = Math.max(...ys);
  const xSize = xBuckets?.mode === 'count' && Number(xBuckets.value) > 0 ? (span.to - span.from) / Number(xBuckets.value) : (xSizeOf(xBuckets?.value) ?? niceMs((span.to - span.from) / 30));
  const parts = log && Number(yBuckets?.value) > 0 ? 1 / Number(yBuckets!.value) : 1;
  const ySize = log ? parts : yBuckets?.mode === 'count' && Number(yBuckets.value) > 0 ? (high - low || 1) / Number(yBuckets.value) : Number(yBuckets?.value) > 0 ? Number(yBuckets!.value) : bucketSize(high - low, 20);
  const counts = new Map<string, Cell>();
  for (const [time, value] of used) {
    const x = Math.floor(time / xSize) * xSize;
    const y = Math.floor(place(value) / ySize + 1e-9) * ySize;
    const key = `${x}/${y.toFixed(9)}`;
    const before = counts.get(key);
    counts.set(key, { x0: x, x1: x + xSize, y0: back(y), y1: back(y + ySize), value: (before?.value ?? 0) + 1 });
  }
  const cells = [...counts.values()];
  return { cells, y: [Math.min(...cells.map(({ y0 }) => y0)), Math.max(...cells.map(({ y1 }) => y1))], valueField: undefined, yField, log: log !== undefined };
}

const niceTimes = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 604_800].map((seconds) => seconds * 1_000);
const niceMs = (ms: number) => niceTimes.find((one) => one >= ms) ?? niceTimes.at(-1)!;

export function cellsOf(series: readonly DataFrame[], options: { readonly calculate?: boolean; readonly calculation?: Calculation; readonly layout?: string }, span: { readonly from: number; readonly to: number }): Cells | undefined {
  if (series.length === 0) return undefined;
  if (options.calculate) return counted(series, options.calculation ?? {}, span);
  const [first] = series;
  const type = first!.meta?.type as string | undefined;
  if (type === 'heatmap-cells' || first!.fields.some(({ name }) => name === 'yMin' || name === 'yMax')) return fromCells(first!);
  return fromRows(series, options.layout);
}
