import { labelsFingerprint } from '@belvedere/dataframe';
import { labelsOf, mapPoints, noData, numberValue, scalar, series, type Value } from './values.ts';

/** 1 where a value is past a limit, 0 where not (queries-and-frames §13.7). */

export type Predicate = (value: number) => boolean;

type Maker = (low: number, high: number) => Predicate;

const makers: Readonly<Record<string, readonly [params: 1 | 2, make: Maker]>> = {
  gt: [1, (a) => (v) => v > a], lt: [1, (a) => (v) => v < a], eq: [1, (a) => (v) => v === a], ne: [1, (a) => (v) => v !== a], gte: [1, (a) => (v) => v >= a], lte: [1, (a) => (v) => v <= a],
  within_range: [2, (a, b) => (v) => v > a && v < b], outside_range: [2, (a, b) => (v) => v < a || v > b],
  within_range_included: [2, (a, b) => (v) => v >= a && v <= b], outside_range_included: [2, (a, b) => (v) => v <= a || v >= b],
};

export const isThreshold = (type: string): boolean => Object.hasOwn(makers, type);
export const thresholdParams = (type: string): 1 | 2 => (makers[type] as readonly [1 | 2, Maker])[0];

/** Throws the reference's texts for an unknown type or too few parameters; more than needed are ignored. */
export function predicate(type: string, params: readonly number[]): Predicate {
  if (!isThreshold(type)) throw new Error(`expected threshold function to be one of [${Object.keys(makers).join(', ')}], got ${type}`);
  const [needed, make] = makers[type] as readonly [1 | 2, Maker];
  if (params.length < needed) throw new Error(`incorrect number of arguments for threshold function '${type}': got ${params.length} but need ${needed}`);
  return make(params[0] as number, params[1] as number);
}

export interface Threshold {
  readonly load: Predicate;
  readonly unload?: Predicate;
  /** Fingerprints of what is past the limit already. */
  readonly loaded?: ReadonlySet<bigint>;
}

export function evaluateThreshold(refId: string, { load, unload, loaded }: Threshold, inputs: readonly Value[]): Value[] {
  if (!unload || !loaded || loaded.size === 0) return inputs.map((input) => past(refId, input, load));
  const staysLoaded: Predicate = (value) => !unload(value);
  const fresh: Value[] = [];
  const already: Value[] = [];
  for (const input of inputs) {
    if (input.kind !== 'no data' && loaded.has(labelsFingerprint(labelsOf(input)))) already.push(past(refId, input, staysLoaded));
    else fresh.push(past(refId, input, load));
  }
  return [...fresh, ...already];
}

function past(refId: string, input: Value, test: Predicate): Value {
  const of = (value: number | null): number | null => (value === null ? null : test(value) ? 1 : 0);
  switch (input.kind) {
    case 'series': return series(refId, input.labels, mapPoints(input, of));
    case 'number': return numberValue(refId, input.labels, of(input.value));
    case 'scalar': return scalar(refId, of(input.value));
    case 'no data': return noData();
    case 'table': throw new Error('unsupported format of the input data, got type TableData');
  }
}
