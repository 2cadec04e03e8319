/** Points to frames, in the two shapes that clients choose from (live §6.3). Frames are made as their JSON text, which is all anybody wants of them. */
import type { Point, PointValue } from './line-protocol.ts';

/** A frame as it travels: its name, its schema and its data. */
export interface PushedFrame {
  readonly name: string;
  /** JSON text of `schema`. */
  readonly schema: string;
  /** JSON text of `data`. */
  readonly data: string;
}

export type LineFormat = 'labels_column' | 'wide';

/** `gf_live_frame_format`; undefined for one that does not exist. */
export function parseLineFormat(text: string | null): LineFormat | undefined {
  const format = (text ?? '').toLowerCase();
  return format === '' || format === 'labels_column' ? 'labels_column' : format === 'wide' ? 'wide' : undefined;
}

export function framesOf(points: readonly Point[], format: LineFormat, now: bigint): PushedFrame[] {
  return format === 'wide' ? wideFrames(points, now) : labelFrames(points, now);
}

type ColumnType = 'number' | 'boolean' | 'string' | 'time';

interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly values: (number | boolean | string | null)[];
  /** Of a time column: what is finer than a millisecond. */
  readonly nanos?: number[];
}

const frameTypes = { number: 'float64', boolean: 'bool', string: 'string', time: 'time.Time' } as const;

function labelFrames(points: readonly Point[], now: bigint): PushedFrame[] {
  const frames = new Map<string, { labels: Column; time: Column; columns: Map<string, Column>; rows: number }>();
  for (const point of points) {
    let frame = frames.get(point.measurement);
    if (!frame) {
      frame = { labels: { name: 'labels', type: 'string', nullable: false, values: [] }, time: timeColumn(), columns: new Map(), rows: 0 };
      frames.set(point.measurement, frame);
    }
    frame.labels.values.push(point.tags.map(([key, value]) => `${key}=${value}`).join(', '));
    pushTime(frame.time, point.time ?? now);
    for (const [key, value] of point.fields) {
      let column = frame.columns.get(key);
      if (!column) {
        column = { name: key, type: typeOf(value), nullable: true, values: Array<null>(frame.rows).fill(null) };
        frame.columns.set(key, column);
      }
      column.values.push(fit(column, value));
    }
    frame.rows++;
    for (const column of frame.columns.values()) if (column.values.length < frame.rows) column.values.push(null);
  }
  return [...frames].map(([name, { labels, time, columns }]) => toFrame(name, [labels, time, ...columns.values()]));
}

function wideFrames(points: readonly Point[], now: bigint): PushedFrame[] {
  const frames = new Map<string, { name: string; columns: Column[] }>();
  for (const point of points) {
    const time = point.time ?? now;
    const key = `${time}\n${point.measurement}`;
    let frame = frames.get(key);
    if (!frame) {
      frame = { name: point.measurement, columns: [timeColumn()] };
      pushTime(frame.columns[0]!, time);
      frames.set(key, frame);
    }
    const labels = Object.fromEntries(point.tags);
    for (const [name, value] of point.fields) {
      const column: Column = { name, type: typeOf(value), nullable: true, labels, values: [] };
      column.values.push(fit(column, value));
      frame.columns.push(column);
    }
  }
  return [...frames.values()].map(({ name, columns }) => toFrame(name, columns));
}

// Compat: a text that says NaN is a number that is none; Telegraf writes it so.
const typeOf = (value: PointValue): ColumnType => (typeof value === 'boolean' ? 'boolean' : typeof value === 'string' && value !== 'NaN' ? 'string' : 'number');

/** The value as the column can hold it: null on a clash of types, text in a column of texts. */
function fit(column: Column, value: PointValue): number | boolean | string | null {
  if (typeof value === 'object') return null;
  if (column.type === 'string') return value === 'NaN' ? null : String(value);
  return typeof value === column.type ? value : null;
}

const timeColumn = (): Column => ({ name: 'time', type: 'time', nullable: false, values: [], nanos: [] });

function pushTime(column: Column, time: bigint): void {
  let nanos = time % 1_000_000n;
  if (nanos < 0n) nanos += 1_000_000n;
  column.values.push(Number((time - nanos) / 1_000_000n));
  column.nanos?.push(Number(nanos));
}

function toFrame(name: string, columns: readonly Column[]): PushedFrame {
  const schema = {
    name,
    fields: columns.map((c) => ({
      name: c.name, type: c.type, typeInfo: { frame: frameTypes[c.type], ...(c.nullable ? { nullable: true } : {}) }, ...(c.labels ? { labels: c.labels } : {}),
    })),
  };
  const nanos = columns.map((c) => (c.nanos?.some((n) => n !== 0) ? c.nanos : null));
  const data = { values: columns.map((c) => c.values), ...(nanos.some((n) => n !== null) ? { nanos } : {}) };
  return { name, schema: JSON.stringify(schema), data: JSON.stringify(data) };
}
