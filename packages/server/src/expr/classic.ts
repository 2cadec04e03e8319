import { isThreshold, predicate, thresholdParams } from './threshold.ts';
import { median, sum } from './reduce.ts';
import { numberValue, pointAt, type NumberValue, type Points, type Value } from './values.ts';

/** The conditions of old alert rules (queries-and-frames §13.8): all of them together become one number. */

export interface ClassicCondition {
  readonly refId: string;
  readonly reduce: (points: Points) => number | null;
  readonly fires: (value: number | null) => boolean;
  /** Whether the condition is about missing values: then no input at all makes it fire. */
  readonly wantsNoValue: boolean;
  readonly operator: string;
}

type Reducer = (valid: readonly number[]) => number | null;

const last = (v: readonly number[]) => v.at(-1) as number;
const first = (v: readonly number[]) => v[0] as number;
const percent = (v: readonly number[]) => ((last(v) - first(v)) / Math.abs(first(v))) * 100;

const reducers: Readonly<Record<string, Reducer>> = {
  avg: (v) => sum(v) / v.length, sum, min: (v) => v.reduce((a, b) => Math.min(a, b)), max: (v) => v.reduce((a, b) => Math.max(a, b)), last, median,
  diff: (v) => last(v) - first(v), diff_abs: (v) => Math.abs(last(v) - first(v)), percent_diff: percent, percent_diff_abs: (v) => Math.abs(percent(v)), count_non_null: (v) => v.length,
};

export const isClassicReducer = (name: string): boolean => name === 'count' || Object.hasOwn(reducers, name);

/** Null and NaN are left out, except that `count` is the length. */
export function classicReducer(name: string): (points: Points) => number | null {
  if (name === 'count') return (points) => points.values.length;
  const reduce = reducers[name] as Reducer;
  return (points) => {
    const valid: number[] = [];
    for (let i = 0; i < points.values.length; i++) {
      const value = pointAt(points, i);
      if (value !== null && value === value) valid.push(value);
    }
    return valid.length === 0 ? null : reduce(valid);
  };
}

/** Bounds of a range may come in either order. Throws the reference's texts. */
export function classicEvaluator(type: string, params: readonly number[]): (value: number | null) => boolean {
  if (type === 'no_value') return (value) => value === null;
  if (!isThreshold(type)) throw new Error(`evaluator invalid evaluator type: ${type}`);
  const ranged = thresholdParams(type) === 2;
  if (ranged && params.length !== 2) throw new Error('ranged evaluator requires 2 parameters');
  if (params.length === 0) throw new Error(`evaluator '${type}' is missing the threshold parameter`);
  const test = predicate(type, ranged ? params.toSorted((a, b) => a - b) : params);
  return (value) => value !== null && test(value);
}

/** A decimal number without exponent, as Go's %f prints it in its shortest form. */
function plainDecimal(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const text = `${value}`;
  const [mantissa = '', exponent] = text.split('e');
  if (exponent === undefined) return text;
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return sign + (digits.length > point ? `${digits.slice(0, point)}.${digits.slice(point)}` : digits.padEnd(point, '0'));
}

interface Match { readonly value: string; readonly metric: string; readonly labels: Readonly<Record<string, string>> }

interface Outcome { readonly firing: boolean; readonly noData: boolean; readonly matches: readonly Match[] }

function evaluate(condition: ClassicCondition, inputs: readonly Value[]): Outcome {
  const matches: Match[] = [];
  let nulls = 0;
  for (const input of inputs) {
    const value = input.kind === 'series' ? condition.reduce(input) : input.kind === 'number' || input.kind === 'scalar' ? input.value : null;
    if (value === null) nulls++;
    if (!condition.fires(value)) continue;
    const named = input.kind === 'series' || input.kind === 'number';
    matches.push({ value: value === null ? '' : plainDecimal(value), metric: named ? input.name : '', labels: named ? (input.labels ?? {}) : {} });
  }
  if (inputs.length === 0 && condition.wantsNoValue) matches.push({ value: '', metric: '', labels: {} });
  const firing = matches.length > 0;
  const noData = !firing && nulls === inputs.length;
  return { firing, noData, matches: noData ? [{ value: '', metric: 'NoData', labels: {} }] : matches };
}

export function evaluateClassic(conditions: readonly ClassicCondition[], inputs: ReadonlyMap<string, readonly Value[]>): NumberValue {
  let firing = false;
  let noData = false;
  const matches: Match[] = [];
  for (const [i, condition] of conditions.entries()) {
    if (i > 0 && condition.operator === 'logic-or' && firing) break;
    const outcome = evaluate(condition, inputs.get(condition.refId) ?? []);
    matches.push(...outcome.matches);
    if (i === 0) { firing = outcome.firing; noData = outcome.noData; }
    else if (condition.operator === 'and') { firing = firing && outcome.firing; noData = noData && outcome.noData; }
    else { firing = firing || outcome.firing; noData = noData || outcome.noData; }
  }
  return { ...numberValue('', undefined, noData ? null : firing ? 1 : 0), custom: matches };
}
