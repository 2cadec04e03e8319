/** What a bar chart draws: one group a row, one bar a field. */
import { FieldType, getFieldDisplayName, outerJoinDataFrames, type DataFrame, type Field } from '@grafana/data';

export interface Bars {
  readonly frame: DataFrame;
  readonly x: Field;
  readonly bars: readonly Field[];
  readonly colorBy: Field | undefined;
}

const isText = ({ type }: Field) => type === FieldType.string || type === FieldType.enum;

/** The field along which bars stand is the chosen one, or the first text, or time. In words what is missing. */
export function barsOf(series: readonly DataFrame[], xName: string | undefined, colorByName: string | undefined): Bars | string {
  if (series.length === 0 || series.every(({ length }) => length === 0)) return 'No data';
  const named = (frame: DataFrame, name: string) => frame.fields.find((field) => field.name === name || getFieldDisplayName(field, frame, [...series]) === name);
  const xOf = (frame: DataFrame) => (xName ? named(frame, xName) : (frame.fields.find(isText) ?? frame.fields.find(({ type }) => type === FieldType.time)));
  const first = series.find((frame) => xOf(frame));
  if (!first) return xName ? `There is no field ${xName}` : 'There is no text or time field for the bars to stand along';
  const joined = series.length === 1 ? first : outerJoinDataFrames({ frames: [...series], joinBy: (field, frame) => xOf(frame) === field, keepOriginIndices: true });
  const frame = joined ?? first;
  const x = xOf(frame) ?? frame.fields[0]!;
  const colorBy = colorByName ? named(frame, colorByName) : undefined;
  const bars = frame.fields.filter((field) => field !== x && field !== colorBy && (field.type === FieldType.number || field.type === FieldType.boolean));
  return bars.length === 0 ? 'There is no number field to draw' : { frame, x, bars, colorBy };
}

/** Bottom and top of each bar, field by field; with stacking they stand on each other, negative ones hang. */
export function extents(bars: readonly Field[], length: number, stacking: 'none' | 'normal' | 'percent'): readonly (readonly (readonly [number, number] | undefined)[])[] {
  const value = (field: Field, row: number): number | undefined => {
    const raw = field.values[row];
    return raw === null || raw === undefined || Number.isNaN(Number(raw)) ? undefined : Number(raw);
  };
  const above = new Array<number>(length).fill(0);
  const below = new Array<number>(length).fill(0);
  const totals = Array.from({ length }, (_, row) => bars.reduce((sum, field) => sum + Math.abs(value(field, row) ?? 0), 0) || 1);
  return bars.map((field) => Array.from({ length }, (_, row) => {
    const raw = value(field, row);
    if (raw === undefined) return undefined;
    if (stacking === 'none') return [0, raw];
    const amount = stacking === 'percent' ? raw / totals[row]! : raw;
    const stack = amount < 0 ? below : above;
    const from = stack[row]!;
    stack[row] = from + amount;
    return [from, stack[row]!];
  }));
}
