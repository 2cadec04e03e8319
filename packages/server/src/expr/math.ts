import { labelsContain, labelsEqual, labelsText, type Labels } from '@belvedere/dataframe';
import type { BinaryOperator, MathNode, UnaryOperator } from './math-parser.ts';
import { labelsOf, mapPoints, noData, numberValue, pointAt, scalar, series, type Points, type SeriesValue, type Value } from './values.ts';

/** Math over values (queries-and-frames §13.4): elements, and how values of two operands find each other. */

/** Null in, null out, except where a function says otherwise. */
function binary(operator: BinaryOperator, a: number, b: number): number {
  // Short circuits come before NaN: NaN is not 0, so it counts as true.
  if (operator === '||' && a !== 0) return 1;
  if (operator === '&&' && a === 0) return 0;
  if (a !== a || b !== b) return Number.NaN;
  switch (operator) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return a / b;
    case '%': return a % b;
    case '**': return power(a, b);
    case '==': return a === b ? 1 : 0;
    case '!=': return a !== b ? 1 : 0;
    case '>': return a > b ? 1 : 0;
    case '>=': return a >= b ? 1 : 0;
    case '<': return a < b ? 1 : 0;
    case '<=': return a <= b ? 1 : 0;
    case '||': case '&&': return b !== 0 ? 1 : 0;
  }
}

/** IEEE 754 says 1 where JavaScript says NaN. */
const power = (a: number, b: number): number => (a === 1 || (a === -1 && (b === Number.POSITIVE_INFINITY || b === Number.NEGATIVE_INFINITY)) ? 1 : a ** b);

const unary = (operator: UnaryOperator, a: number): number => (a !== a ? a : operator === '-' ? -a : a === 0 ? 1 : 0);

const isInfinite = (a: number): boolean => a === Number.POSITIVE_INFINITY || a === Number.NEGATIVE_INFINITY;
/** Halves away from zero. */
const round = (a: number): number => (a < 0 ? -Math.round(-a) : Math.round(a));

const ofNumber: Readonly<Record<string, (a: number) => number>> = {
  abs: Math.abs, log: Math.log, round, ceil: Math.ceil, floor: Math.floor,
  is_nan: (a) => (a !== a ? 1 : 0), is_inf: (a) => (isInfinite(a) ? 1 : 0),
};

function call(name: string, value: number | null): number {
  if (name === 'is_null') return value === null ? 1 : 0;
  if (name === 'is_number') return value === null || value !== value || isInfinite(value) ? 0 : 1;
  return value === null ? Number.NaN : (ofNumber[name] as (a: number) => number)(value);
}

const constants: Readonly<Record<string, number | null>> = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, infn: Number.NEGATIVE_INFINITY, null: null };

export function evaluateMath(refId: string, root: MathNode, inputs: ReadonlyMap<string, readonly Value[]>): readonly Value[] {
  const dropped: Dropped[] = [];

  function evaluate(node: MathNode): readonly Value[] {
    switch (node.kind) {
      case 'number': return [scalar(refId, node.value)];
      case 'string': return [];
      case 'variable': return inputs.get(node.refId) ?? [];
      case 'unary': return each(refId, evaluate(node.operand), (v) => (v === null ? null : unary(node.operator, v)));
      case 'call': return node.args.length === 0 ? [scalar(refId, constants[node.name] as number | null)] : each(refId, evaluate(node.args[0] as MathNode), (v) => call(node.name, v));
      case 'binary': {
        const left = evaluate(node.left);
        const right = evaluate(node.right);
        for (const value of [...left, ...right]) if (value.kind === 'table') throw new Error('can not perform a binary operation on tables');
        const { pairs, drops } = union(left, right, node);
        if (drops.some((drop) => drop.values.length > 0)) dropped.push({ text: node.text, drops: drops.filter((drop) => drop.values.length > 0) });
        let points = 0;
        return pairs.map(([l, r, labels]) => {
          points += l.kind === 'series' ? l.times.length : r.kind === 'series' ? r.times.length : 1;
          if (points > pointsMax) throw tooMany(node.text);
          return combine(refId, node.operator, l, r, labels);
        });
      }
    }
  }

  const results = evaluate(root);
  if (dropped.length > 0 && results.length > 0) (results[0] as Value).notices.push({ severity: 'warning', text: droppedText(dropped) });
  return results;
}

function each(refId: string, values: readonly Value[], f: (value: number | null) => number | null): readonly Value[] {
  return values.map((value): Value => {
    switch (value.kind) {
      case 'series': return series(refId, value.labels, mapPoints(value, f));
      case 'number': return numberValue(refId, value.labels, f(value.value));
      case 'scalar': return scalar(refId, f(value.value));
      case 'no data': return noData();
      case 'table': throw new Error('can not perform a math operation on tables');
    }
  });
}

interface Drop { readonly operand: string; readonly values: readonly Value[] }
interface Dropped { readonly text: string; readonly drops: readonly Drop[] }
type Pair = readonly [left: Value, right: Value, labels: Labels | undefined];

const isEmpty = (labels: Labels | undefined): boolean => labels === undefined || Object.keys(labels).length === 0;

/** Series without labels match every other: what comes of that has to end somewhere. */
const pairsMax = 200_000;
const pointsMax = 20_000_000;
const tooMany = (text: string): Error => new Error(`too many values match in ${text}; tell them apart by labels`);

/** Which labels a pair has; null if the two do not belong together. */
function match(a: Labels | undefined, b: Labels | undefined): Labels | undefined | null {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  const left = a as Labels;
  const right = b as Labels;
  const sizes = Object.keys(left).length - Object.keys(right).length;
  if (sizes === 0) return labelsEqual(left, right) ? left : null;
  if (sizes > 0) return labelsContain(left, right) ? left : null;
  return labelsContain(right, left) ? right : null;
}

function union(left: readonly Value[], right: readonly Value[], node: { readonly left: MathNode; readonly right: MathNode }): { pairs: Pair[]; drops: Drop[] } {
  const told = (l: readonly Value[], r: readonly Value[]): Drop[] => [{ operand: node.left.text, values: l }, { operand: node.right.text, values: r }];
  const firstLeft = left[0];
  const firstRight = right[0];
  if (!firstLeft || !firstRight) return { pairs: [], drops: told(left, right) };
  if ((left.length === 1 || right.length === 1) && (firstLeft.kind === 'no data' || firstRight.kind === 'no data')) {
    const isValue = (value: Value) => value.kind !== 'no data';
    return { pairs: [[firstLeft, firstRight, undefined]], drops: told(left.filter(isValue), right.filter(isValue)) };
  }
  const pairs: Pair[] = [];
  const matched = new Set<Value>();
  const candidates = indexByLabels(right);
  for (const l of left) {
    for (const r of candidates(l)) {
      const labels = match(labelsOf(l), labelsOf(r));
      if (labels === null) continue;
      pairs.push([l, r, labels]);
      if (pairs.length > pairsMax) throw tooMany(`${node.left.text} and ${node.right.text}`);
      matched.add(l).add(r);
    }
  }
  const drops = told(left.filter((value) => !matched.has(value)), right.filter((value) => !matched.has(value)));
  if (pairs.length === 0 && left.length === 1 && right.length === 1) pairs.push([firstLeft, firstRight, undefined]);
  return { pairs, drops };
}

/** Below this many values comparing each with each is as good. */
const indexedFrom = 16;

interface Member { readonly value: Value; readonly at: number }

interface LabelGroup {
  readonly keys: readonly string[];
  readonly members: Member[];
  /** By the keys compared, the members under the values of those keys. */
  readonly indexes: Map<string, Map<string, Member[]>>;
}

/**
 * The values of one side that could belong to a value of the other, in their order: those whose labels agree on the keys that both have.
 * Large queries have thousands of series on both sides; a lookup by label values keeps that linear.
 */
function indexByLabels(values: readonly Value[]): (other: Value) => readonly Value[] {
  if (values.length < indexedFrom) return () => values;
  const groups = new Map<string, LabelGroup>();
  values.forEach((value, at) => {
    const keys = Object.keys(labelsOf(value) ?? {}).sort();
    const id = JSON.stringify(keys);
    const group: LabelGroup = groups.get(id) ?? { keys, members: [], indexes: new Map() };
    group.members.push({ value, at });
    groups.set(id, group);
  });
  const textOf = (labels: Labels, keys: readonly string[]): string => JSON.stringify(keys.map((key) => labels[key]));

  return (other) => {
    const labels = labelsOf(other) ?? {};
    const own = Object.keys(labels).sort();
    const found: Member[] = [];
    for (const group of groups.values()) {
      const smaller = own.length <= group.keys.length ? own : group.keys;
      const larger = new Set(own.length <= group.keys.length ? group.keys : own);
      if (!smaller.every((key) => larger.has(key))) continue;
      const id = JSON.stringify(smaller);
      let index = group.indexes.get(id);
      if (!index) {
        index = new Map();
        for (const member of group.members) {
          const text = textOf(labelsOf(member.value) ?? {}, smaller);
          const same = index.get(text);
          if (same) same.push(member);
          else index.set(text, [member]);
        }
        group.indexes.set(id, index);
      }
      found.push(...(index.get(textOf(labels, smaller)) ?? []));
    }
    return (groups.size > 1 ? found.sort((a, b) => a.at - b.at) : found).map(({ value }) => value);
  };
}

function combine(refId: string, operator: BinaryOperator, l: Value, r: Value, labels: Labels | undefined): Value {
  if (l.kind === 'no data') return l;
  if (r.kind === 'no data') return r;
  if (l.kind === 'table' || r.kind === 'table') throw new Error('can not perform a binary operation on tables');
  const apply = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : binary(operator, a, b));
  if (l.kind === 'series' && r.kind === 'series') return series(refId, labels, join(l, r, apply));
  if (l.kind === 'series') { const b = (r as { value: number | null }).value; return series(refId, labels, mapPoints(l, (a) => apply(a, b))); }
  if (r.kind === 'series') { const a = l.value; return series(refId, labels, mapPoints(r, (b) => apply(a, b))); }
  const value = apply(l.value, r.value);
  return l.kind === 'scalar' && r.kind === 'scalar' ? scalar(refId, value) : numberValue(refId, labels, value);
}

/** Points at the same instant, in the order of the left series. Of several at one instant on the right, the last counts. */
function join(l: SeriesValue, r: SeriesValue, apply: (a: number | null, b: number | null) => number | null): Points {
  if (sameInstants(l, r)) {
    let row = 0;
    return mapPoints(l, (a) => apply(a, pointAt(r, row++)));
  }
  const instant = (points: Points, row: number): number | string => (points.nanos?.[row] ? `${points.times[row]}.${points.nanos[row]}` : (points.times[row] as number));
  const rows = new Map<number | string, number>();
  for (let i = 0; i < r.times.length; i++) rows.set(instant(r, i), i);
  const kept: number[] = [];
  for (let i = 0; i < l.times.length; i++) if (rows.has(instant(l, i))) kept.push(i);
  const common: Points = {
    times: Float64Array.from(kept, (i) => l.times[i] as number), values: Float64Array.from(kept, (i) => l.values[i] as number),
    ...(l.nanos && { nanos: Int32Array.from(kept, (i) => l.nanos?.[i] as number) }), ...(l.valid && { valid: Uint8Array.from(kept, (i) => l.valid?.[i] as number) }),
  };
  let row = 0;
  return mapPoints(common, (a) => apply(a, pointAt(r, rows.get(instant(common, row++)) as number)));
}

function sameInstants(l: Points, r: Points): boolean {
  if (l.nanos || r.nanos || l.times.length !== r.times.length) return false;
  if (l.times === r.times) return isAscending(l.times);
  for (let i = 0; i < l.times.length; i++) if (l.times[i] !== r.times[i]) return false;
  return isAscending(l.times);
}

function isAscending(times: Float64Array): boolean {
  for (let i = 1; i < times.length; i++) if ((times[i] as number) <= (times[i - 1] as number)) return false;
  return true;
}

const listedMax = 5;

function droppedText(dropped: readonly Dropped[]): string {
  const count = dropped.reduce((sum, { drops }) => sum + drops.reduce((n, drop) => n + drop.values.length, 0), 0);
  const unions = dropped.map(({ text, drops }) => {
    const operands = drops.map(({ operand, values }) => {
      const listed = values.slice(0, listedMax).map((value) => `{${labelsText(labelsOf(value))}}`).join(' ');
      return `(${operand}: ${listed}${values.length > listedMax ? `...${values.length - listedMax} more...` : ''})`;
    });
    return `["${text}": ${operands.join(' ')}]${operands.length > 1 ? ' ' : ''}`;
  });
  return `${count} items dropped from union(s): ${unions.join('')}`;
}
