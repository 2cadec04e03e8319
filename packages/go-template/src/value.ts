/**
 * How JavaScript values stand for Go's: `bigint` is an integer, `number` a float64, `string`, `boolean`, arrays are slices, a `Map` is a map
 * with string keys, `null` is nil. Structs are objects that say themselves what of them may be seen, so that a template never reaches a prototype.
 */

/** Answers a field or method by name; `undefined` when there is none. A function is a method and is called. */
export const goField: unique symbol = Symbol('goField');
/** What fmt prints. */
export const goString: unique symbol = Symbol('goString');

export interface GoStruct {
  readonly goType: string;
  [goField](name: string): unknown;
  [goString]?(): string;
}

export type GoMethod = (...args: unknown[]) => unknown;

/** A map that knows what a missing key yields under `missingkey=zero`. */
export class GoMap<V = unknown> extends Map<string, V> {
  readonly goType: string;
  readonly zero: V | undefined;
  readonly methods: Readonly<Record<string, GoMethod>> | undefined;
  readonly print: (() => string) | undefined;

  constructor(entries: Iterable<readonly [string, V]>, options: { goType?: string; zero?: V; methods?: Readonly<Record<string, GoMethod>>; print?: () => string } = {}) {
    super(entries);
    this.goType = options.goType ?? 'map[string]interface {}';
    this.zero = options.zero;
    this.methods = options.methods;
    this.print = options.print;
  }
}

/** A string that HTML output takes as it is. */
export class SafeHtml {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

/** Makes a struct of plain members; functions among them are its methods. */
export function struct(goType: string, members: Readonly<Record<string, unknown>>, print?: () => string): GoStruct {
  const own = new Map(Object.entries(members));
  return {
    goType,
    [goField]: (name) => own.get(name),
    ...(print ? { [goString]: print } : {}),
  };
}

export function isStruct(value: unknown): value is GoStruct {
  return typeof value === 'object' && value !== null && goField in value;
}

export function typeName(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  switch (typeof value) {
    case 'string': return 'string';
    case 'bigint': return 'int';
    case 'number': return 'float64';
    case 'boolean': return 'bool';
    case 'function': return 'func()';
    default:
  }
  if (isStruct(value)) return value.goType;
  if (value instanceof GoMap) return value.goType;
  if (value instanceof Map) return 'map[string]interface {}';
  if (Array.isArray(value)) return '[]interface {}';
  return 'interface {}';
}

/** What `if` and `and` look at. */
export function isTrue(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '' || value === 0 || value === 0n) return false;
  if (typeof value === 'number' && Number.isNaN(value)) return true;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return true;
}

/** strconv's shortest form: exponents below -4 or from 6 on are written. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits = '', exp = '0'] = value.toExponential().split('e');
  const exponent = Number(exp);
  if (exponent < -4 || exponent >= 6) return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  const text = String(value);
  return text.includes('e') ? value.toFixed(Math.max(0, -exponent + digits.replace(/[-.]/g, '').length - 1)) : text;
}

/** fmt's %v. */
export function printValue(value: unknown, nil = '<nil>'): string {
  if (value === null || value === undefined) return nil;
  switch (typeof value) {
    case 'string': return value;
    case 'bigint': return value.toString();
    case 'number': return formatFloat(value);
    case 'boolean': return value ? 'true' : 'false';
    case 'function': return '<func>';
    default:
  }
  if (value instanceof SafeHtml) return value.text;
  if (isStruct(value)) return value[goString]?.() ?? `{${value.goType}}`;
  if (value instanceof GoMap && value.print) return value.print();
  if (value instanceof Map) return `map[${sortedKeys(value).map((k) => `${k}:${printValue(value.get(k), nil)}`).join(' ')}]`;
  if (Array.isArray(value)) return `[${value.map((v) => printValue(v, nil)).join(' ')}]`;
  return '';
}

/** Go sorts map keys by bytes when it prints or ranges. */
export function sortedKeys(map: ReadonlyMap<string, unknown>): string[] {
  return [...map.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
