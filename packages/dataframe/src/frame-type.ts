import type { Frame } from './frame.ts';
import { isNumeric } from './value.ts';

/** The contract versions of time series and numeric frames (§12.2). */
export const dataplaneVersion = [0, 1] as const;

export const timeSeriesTypes: ReadonlySet<string> = new Set(['timeseries-wide', 'timeseries-long', 'timeseries-multi', 'timeseries-many']);
export const numericTypes: ReadonlySet<string> = new Set(['numeric-wide', 'numeric-long', 'numeric-multi']);

/** A frame that declares its type and its version follows the dataplane contract. */
export const isDataplane = (frame: Frame): boolean => {
  const { type, typeVersion } = frame.meta ?? {};
  return !!type && !!typeVersion && (typeVersion[0] !== 0 || typeVersion[1] !== 0);
};

export type SeriesShape = 'not' | 'wide' | 'long';

export interface SeriesLayout {
  readonly shape: SeriesShape;
  /** Field indexes. */
  readonly time: number;
  readonly values: readonly number[];
  readonly factors: readonly number[];
}

/** What an untyped frame looks like (§12.2): first time field the index, text and bools factors, all else values. */
export function seriesLayout(frame: Frame): SeriesLayout {
  const values: number[] = [];
  const factors: number[] = [];
  let time = -1;
  frame.fields.forEach((field, i) => {
    if (field.type === 'time' && time < 0) time = i;
    else if (field.type === 'string' || field.type === 'bool') factors.push(i);
    else values.push(i);
  });
  const shape = time < 0 || values.length === 0 ? 'not' : factors.length === 0 ? 'wide' : 'long';
  return { shape, time, values, factors };
}

/** Whether a frame has numbers and otherwise only text: rows of labelled numbers. */
export function numericColumns(frame: Frame): { readonly numbers: readonly number[]; readonly texts: readonly number[]; readonly others: number } {
  const numbers: number[] = [];
  const texts: number[] = [];
  let others = 0;
  frame.fields.forEach((field, i) => {
    if (isNumeric(field.type)) numbers.push(i);
    else if (field.type === 'string') texts.push(i);
    else others++;
  });
  return { numbers, texts, others };
}
