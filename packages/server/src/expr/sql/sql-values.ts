/** Values and types of SQL expressions. Whole numbers are numbers, bigints only beyond 2^53. */

export type SqlType = 'int8' | 'int16' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'uint32' | 'uint64' | 'float32' | 'float64' | 'decimal' | 'string' | 'bool' | 'time' | 'json' | 'null';

export class SqlTime {
  readonly ms: number;
  readonly nanos: number;
  constructor(ms: number, nanos = 0) {
    this.ms = ms;
    this.nanos = nanos;
  }
}

/** A JSON text, apart from text. */
export class SqlJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type SqlValue = null | number | bigint | string | boolean | SqlTime | SqlJson;

export const isInteger = (type: SqlType): boolean => type.startsWith('int') || type.startsWith('uint');
export const isNumber = (type: SqlType): boolean => isInteger(type) || type === 'float32' || type === 'float64' || type === 'decimal';

/** The narrowest type of a whole number. */
export function integerType(value: number | bigint): SqlType {
  if (value >= -128 && value <= 127) return 'int8';
  if (value >= -32768 && value <= 32767) return 'int16';
  if (value >= -2147483648 && value <= 2147483647) return 'int32';
  return 'int64';
}

/** One type for the values of several expressions: branches of CASE, columns of UNION. */
export function commonType(types: readonly SqlType[]): SqlType {
  const known = types.filter((type) => type !== 'null');
  const [first] = known;
  if (first === undefined) return 'null';
  if (known.every((type) => type === first)) return first;
  if (known.every(isInteger)) return 'int64';
  if (known.every((type) => isNumber(type) || type === 'bool')) return known.some((type) => type === 'float64' || type === 'float32') ? 'float64' : known.includes('decimal') ? 'decimal' : 'int64';
  return 'string';
}

/** Text to a number as MySQL does it: what stands in front counts. */
export function numberOf(value: SqlValue): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof SqlTime) return Number(new Date(value.ms).toISOString().replace(/\D/g, '').slice(0, 14));
  const text = value instanceof SqlJson ? value.text.replace(/^"|"$/g, '') : (value ?? '');
  const found = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?/i.exec(text);
  return found ? Number(found[0]) : 0;
}

const two = (n: number): string => String(n).padStart(2, '0');

export function timeText({ ms, nanos }: SqlTime): string {
  const date = new Date(ms);
  const text = `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const micros = date.getUTCMilliseconds() * 1000 + Math.floor(nanos / 1000);
  return micros === 0 ? text : `${text}.${String(micros).padStart(6, '0')}`;
}

export function textOf(value: SqlValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (value instanceof SqlTime) return timeText(value);
  if (value instanceof SqlJson) return value.text;
  return String(value);
}

const dateTime = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?\s*(?:Z)?$/;

/** A time out of a text; null where it is none. */
export function timeOf(value: SqlValue): SqlTime | null {
  if (value instanceof SqlTime) return value;
  const parts = dateTime.exec(value === null ? '' : textOf(value));
  if (!parts) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0)) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  if (date.getUTCDate() !== day) return null;
  const fraction = Number((parts[7] ?? '').padEnd(9, '0'));
  return new SqlTime(date.getTime() + Math.floor(fraction / 1e6), fraction % 1e6);
}

/** Null is unknown, text is what its leading number is. */
export const isTrue = (value: SqlValue): boolean | null => (value === null ? null : typeof value === 'boolean' ? value : numberOf(value) !== 0);

/** -1, 0, 1; both not null. Numbers against text compare as numbers, times against text as times, text by its bytes. */
export function compare(a: SqlValue, b: SqlValue): number {
  if (a instanceof SqlTime || b instanceof SqlTime) {
    const x = timeOf(a);
    const y = timeOf(b);
    if (x && y) return Math.sign(x.ms - y.ms || x.nanos - y.nanos);
  }
  if ((typeof a === 'string' || a instanceof SqlJson) && (typeof b === 'string' || b instanceof SqlJson)) {
    const x = textOf(a);
    const y = textOf(b);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (typeof a === 'bigint' || typeof b === 'bigint') {
    if ((typeof a === 'bigint' || Number.isInteger(a)) && (typeof b === 'bigint' || Number.isInteger(b))) {
      const x = BigInt(a as number);
      const y = BigInt(b as number);
      return x < y ? -1 : x > y ? 1 : 0;
    }
  }
  return Math.sign(numberOf(a) - numberOf(b));
}

/** For ORDER BY: nulls first. */
export const order = (a: SqlValue, b: SqlValue): number => (a === null ? (b === null ? 0 : -1) : b === null ? 1 : compare(a, b));

/** A key under which equal values are found: GROUP BY, DISTINCT, joins. */
export function keyOf(values: readonly SqlValue[]): string {
  let key = '';
  for (const value of values) {
    if (value === null) key += 'n;';
    else if (typeof value === 'string') key += `s${value.length}:${value};`;
    else if (value instanceof SqlTime) key += `t${value.ms}.${value.nanos};`;
    else if (value instanceof SqlJson) key += `j${value.text.length}:${value.text};`;
    else key += `#${typeof value === 'boolean' ? Number(value) : value};`;
  }
  return key;
}
