import { noData, numberValue, pointAt, type Points, type Value } from './values.ts';

/** Series to numbers (queries-and-frames §13.5). */

export type ReduceMode = { readonly kind: 'strict' | 'drop' } | { readonly kind: 'replace'; readonly value: number };
export type ReducerName = 'sum' | 'mean' | 'min' | 'max' | 'count' | 'last' | 'median';

export const reducerNames: ReadonlySet<string> = new Set<ReducerName>(['sum', 'mean', 'min', 'max', 'count', 'last', 'median']);

/** Values of a column, null for null. What is null or NaN makes the result NaN, except for `count` and `last`. */
export function reduceStrictly(reducer: ReducerName, values: readonly (number | null)[]): number | null {
  if (reducer === 'count') return values.length;
  if (reducer === 'last') return values.length === 0 ? Number.NaN : (values.at(-1) as number | null);
  if (values.some((value) => value === null || value !== value)) return Number.NaN;
  const numbers = values as readonly number[];
  if (reducer === 'sum') return sum(numbers);
  if (numbers.length === 0) return Number.NaN;
  switch (reducer) {
    case 'mean': return sum(numbers) / numbers.length;
    case 'min': return numbers.reduce((a, b) => (b < a ? b : a));
    case 'max': return numbers.reduce((a, b) => (b > a ? b : a));
    case 'median': return median(numbers);
  }
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

export function median(numbers: readonly number[]): number {
  const sorted = Float64Array.from(numbers).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

const isFinite = (value: number | null): value is number => value !== null && Number.isFinite(value);

function columnOf(points: Points, mode: ReduceMode): (number | null)[] {
  const values: (number | null)[] = [];
  for (let i = 0; i < points.values.length; i++) {
    const value = pointAt(points, i);
    if (mode.kind === 'strict' || isFinite(value)) values.push(value);
    else if (mode.kind === 'replace') values.push(mode.value);
  }
  return values;
}

export function reduceSeries(reducer: ReducerName, points: Points, mode: ReduceMode): number | null {
  const result = reduceStrictly(reducer, columnOf(points, mode));
  if (result === null || result === result) return result;
  return mode.kind === 'replace' ? mode.value : mode.kind === 'drop' ? null : result;
}

export function evaluateReduce(refId: string, inputRefId: string, reducer: ReducerName, mode: ReduceMode, inputs: readonly Value[]): Value[] {
  const results: Value[] = [];
  for (const input of inputs) {
    if (input.kind === 'series') results.push(numberValue(refId, input.labels, reduceSeries(reducer, input, mode)));
    else if (input.kind === 'no data') results.push({ ...noData(), notices: input.notices });
    else if (input.kind === 'number') {
      if (mode.kind === 'drop' && !isFinite(input.value)) continue;
      const value = mode.kind === 'replace' && !isFinite(input.value) ? mode.value : input.value;
      results.push(numberValue(refId, input.labels, value));
      if (mode.kind === 'strict' && results.length === 1) {
        results[0]?.notices.push({ severity: 'warning', text: `Reduce operation is not needed. Input query or expression ${inputRefId} is already reduced data.` });
      }
    } else throw new Error(`can only reduce type series, got type ${input.kind === 'scalar' ? 'scalar' : 'TableData'}`);
  }
  return results;
}
