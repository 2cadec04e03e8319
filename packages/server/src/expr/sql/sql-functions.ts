import { compare, isTrue, numberOf, SqlJson, SqlTime, textOf, timeOf, timeText, type SqlType, type SqlValue } from './sql-values.ts';

/** Functions of SQL expressions, by an allow-list: what is not here is refused (queries-and-frames §13.9). */

export interface ScalarFunction {
  readonly args: readonly [min: number, max: number];
  readonly type: SqlType | ((types: readonly SqlType[]) => SqlType);
  /** Null if any argument is, unless `nulls`. */
  readonly nulls?: boolean;
  /** Whether it can be null although no argument can. */
  readonly fallible?: boolean;
  readonly run: (args: readonly SqlValue[]) => SqlValue;
}

const many = Number.POSITIVE_INFINITY;
const dayMs = 86_400_000;

const number = (min: number, max: number, type: ScalarFunction['type'], f: (...args: number[]) => number, fallible = false): ScalarFunction => ({
  args: [min, max], type, fallible, run: (args) => { const value = f(...args.map(numberOf)); return Number.isFinite(value) ? value : null; },
});
const text = (min: number, max: number, f: (...args: string[]) => string | null): ScalarFunction => ({ args: [min, max], type: 'string', run: (args) => f(...args.map(textOf)) });
const ofTime = (type: SqlType, f: (date: Date, time: SqlTime) => SqlValue): ScalarFunction => ({
  args: [1, 1], type, fallible: true, run: ([value]) => { const time = timeOf(value as SqlValue); return time ? f(new Date(time.ms), time) : null; },
});

const floatFunction = (f: (...args: number[]) => number, min = 1, max = min): ScalarFunction => number(min, max, 'float64', f, true);
const keepType = (types: readonly SqlType[]): SqlType => { const [type = 'float64'] = types; return type === 'string' || type === 'bool' || type === 'time' ? 'float64' : type; };

/** Halves away from zero, at a number of decimals. */
export function roundAt(value: number, decimals = 0): number {
  const places = Math.max(-30, Math.min(30, Math.trunc(decimals)));
  const sign = value < 0 ? -1 : 1;
  const shifted = Number(`${Math.abs(value)}e${places}`);
  return Number.isFinite(shifted) ? sign * Number(`${Math.round(shifted)}e${-places}`) : value;
}

const truncateAt = (value: number, decimals: number): number => { const f = 10 ** Math.max(-30, Math.min(30, Math.trunc(decimals))); return Math.trunc(value * f) / f; };

const monthNames = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const two = (n: number): string => String(n).padStart(2, '0');
const dayOfYear = (date: Date): number => Math.floor((Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) / dayMs) + 1;
/** ISO 8601 week. */
function isoWeek(date: Date): number {
  const day = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()));
  day.setUTCDate(day.getUTCDate() + 4 - (day.getUTCDay() || 7));
  return Math.ceil(((day.getTime() - Date.UTC(day.getUTCFullYear(), 0, 1)) / dayMs + 1) / 7);
}
/** Week of the year, Sunday first, week 0 before the first Sunday. */
const sundayWeek = (date: Date): number => Math.floor((dayOfYear(date) + 6 - date.getUTCDay()) / 7);

const dateFormats: Readonly<Record<string, (date: Date, time: SqlTime) => string>> = {
  Y: (d) => String(d.getUTCFullYear()).padStart(4, '0'), y: (d) => two(d.getUTCFullYear() % 100), m: (d) => two(d.getUTCMonth() + 1), c: (d) => String(d.getUTCMonth() + 1), d: (d) => two(d.getUTCDate()),
  e: (d) => String(d.getUTCDate()), H: (d) => two(d.getUTCHours()), k: (d) => String(d.getUTCHours()), h: (d) => two(d.getUTCHours() % 12 || 12), I: (d) => two(d.getUTCHours() % 12 || 12), l: (d) => String(d.getUTCHours() % 12 || 12),
  i: (d) => two(d.getUTCMinutes()), s: (d) => two(d.getUTCSeconds()), S: (d) => two(d.getUTCSeconds()), p: (d) => (d.getUTCHours() < 12 ? 'AM' : 'PM'), M: (d) => monthNames[d.getUTCMonth()] as string,
  b: (d) => (monthNames[d.getUTCMonth()] as string).slice(0, 3), W: (d) => dayNames[d.getUTCDay()] as string, a: (d) => (dayNames[d.getUTCDay()] as string).slice(0, 3), w: (d) => String(d.getUTCDay()), j: (d) => String(dayOfYear(d)).padStart(3, '0'),
  T: (d) => `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`, f: (d, t) => String(d.getUTCMilliseconds() * 1000 + Math.floor(t.nanos / 1000)).padStart(6, '0'), v: (d) => two(isoWeek(d)), u: (d) => two(isoWeek(d)), U: (d) => two(sundayWeek(d)),
};

const unitMs: Readonly<Record<string, number>> = { microsecond: 1e-3, second: 1000, minute: 60_000, hour: 3_600_000, day: dayMs, week: 7 * dayMs };
const unitMonths: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 };

export const isIntervalUnit = (unit: string): boolean => Object.hasOwn(unitMs, unit) || Object.hasOwn(unitMonths, unit);

/** Adds an interval; months end at the last day of a shorter one. */
export function addInterval(value: SqlValue, amount: SqlValue, unit: string, sign: 1 | -1): SqlValue {
  const time = value === null || amount === null ? null : timeOf(value);
  if (!time) return null;
  const n = numberOf(amount) * sign;
  let ms: number;
  if (Object.hasOwn(unitMonths, unit)) {
    const date = new Date(time.ms);
    const day = date.getUTCDate();
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() + Math.round(n) * (unitMonths[unit] as number));
    const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    date.setUTCDate(Math.min(day, last));
    ms = date.getTime();
  } else ms = time.ms + n * (unitMs[unit] ?? Number.NaN);
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new SqlTime(Math.floor(ms), time.nanos) : null;
}

function monthsBetween(a: Date, b: Date): number {
  const months = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth();
  const partial = Date.UTC(2000, 0, b.getUTCDate(), b.getUTCHours(), b.getUTCMinutes(), b.getUTCSeconds(), b.getUTCMilliseconds()) - Date.UTC(2000, 0, a.getUTCDate(), a.getUTCHours(), a.getUTCMinutes(), a.getUTCSeconds(), a.getUTCMilliseconds());
  return months > 0 && partial < 0 ? months - 1 : months < 0 && partial > 0 ? months + 1 : months;
}

const patternMax = 1000;

/** A regular expression of a query. Short ones only, and on short texts: they run where nothing can stop them. */
export function regexpOf(pattern: string, flags = ''): RegExp {
  if (pattern.length > patternMax || /(\([^()]*[+*][^()]*\)|\[[^\]]*\])[+*{]\S*[+*{]|\([^()]*[+*|][^()]*\)[+*{]/.test(pattern)) throw new Error('the regular expression is too complex');
  try {
    return new RegExp(pattern, `u${flags.includes('i') ? 'i' : ''}${flags.includes('m') ? 'm' : ''}${flags.includes('n') ? 's' : ''}`);
  } catch (cause) {
    throw new Error(`the regular expression is not valid: ${pattern}`, { cause });
  }
}

const pad = (value: string, size: number, filler: string, left: boolean): string | null => {
  if (size < 0 || size > 1_000_000 || (filler === '' && value.length < size)) return size < 0 ? null : '';
  if (value.length >= size) return value.slice(0, size);
  const fill = filler.repeat(Math.ceil((size - value.length) / filler.length)).slice(0, size - value.length);
  return left ? fill + value : value + fill;
};

function substring(value: string, from: number, count?: number): string {
  const chars = [...value];
  const start = from > 0 ? from - 1 : from < 0 ? chars.length + from : -1;
  return start < 0 || start >= chars.length ? '' : chars.slice(start, count === undefined ? undefined : start + Math.max(0, count)).join('');
}

function jsonOf(value: SqlValue): unknown {
  if (value === null) return null;
  if (value instanceof SqlJson) return JSON.parse(value.text);
  if (value instanceof SqlTime) return timeText(value);
  return typeof value === 'bigint' ? Number(value) : value;
}
const parseJson = (value: SqlValue): unknown => { try { return JSON.parse(textOf(value)); } catch (cause) { throw new Error('Invalid JSON text', { cause }); } };
const toJson = (value: unknown): SqlJson => new SqlJson(JSON.stringify(value) ?? 'null');

function jsonPath(root: unknown, path: string): unknown[] {
  const part = /\.(?:"([^"]*)"|([\p{L}_$][\p{L}\p{N}_$]*)|(\*))|\[(\d+|\*|last)\]/uy;
  if (!path.startsWith('$')) throw new Error('Invalid JSON path expression');
  let at = 1;
  let found: unknown[] = [root];
  while (at < path.length) {
    part.lastIndex = at;
    const step = part.exec(path);
    if (!step) throw new Error('Invalid JSON path expression');
    at = part.lastIndex;
    const key = step[1] ?? step[2];
    found = found.flatMap((value): unknown[] => {
      if (key !== undefined) return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key) ? [(value as Record<string, unknown>)[key]] : [];
      if (step[3] === '*') return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.values(value) : [];
      if (step[4] === '*') return Array.isArray(value) ? value : [];
      const index = step[4] === 'last' ? (Array.isArray(value) ? value.length - 1 : 0) : Number(step[4]);
      return Array.isArray(value) ? (index < value.length ? [value[index]] : []) : index === 0 ? [value] : [];
    });
  }
  return found;
}

const jsonDepth = (value: unknown): number => (typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(jsonDepth)) : 1);
const jsonType = (value: unknown): string => (value === null ? 'NULL' : Array.isArray(value) ? 'ARRAY' : typeof value === 'object' ? 'OBJECT' : typeof value === 'string' ? 'STRING' : typeof value === 'boolean' ? 'BOOLEAN' : Number.isInteger(value) ? 'INTEGER' : 'DOUBLE');

const table: Readonly<Record<string, ScalarFunction>> = {
  // Conditions.
  nullif: { args: [2, 2], type: ([a = 'null']) => a, nulls: true, fallible: true, run: ([a = null, b = null]) => (a !== null && b !== null && compare(a, b) === 0 ? null : a) },
  isnull: { args: [1, 1], type: 'bool', nulls: true, run: ([a]) => a === null },
  greatest: { args: [2, many], type: (types) => widest(types), run: (args) => args.reduce((a, b) => (compare(a, b) >= 0 ? a : b)) },
  least: { args: [2, many], type: (types) => widest(types), run: (args) => args.reduce((a, b) => (compare(a, b) <= 0 ? a : b)) },

  // Numbers.
  abs: number(1, 1, keepType, Math.abs), ceil: number(1, 1, 'int64', Math.ceil), ceiling: number(1, 1, 'int64', Math.ceil), floor: number(1, 1, 'int64', Math.floor),
  round: number(1, 2, keepType, (x, d) => roundAt(x, d)), truncate: number(2, 2, keepType, truncateAt), sign: number(1, 1, 'int8', Math.sign), mod: number(2, 2, keepType, (a, b) => (b === 0 ? Number.NaN : a % b), true),
  sqrt: floatFunction(Math.sqrt), exp: floatFunction(Math.exp), ln: floatFunction((x) => (x > 0 ? Math.log(x) : Number.NaN)), log2: floatFunction((x) => (x > 0 ? Math.log2(x) : Number.NaN)), log10: floatFunction((x) => (x > 0 ? Math.log10(x) : Number.NaN)),
  log: floatFunction((a, b) => (b === undefined ? (a > 0 ? Math.log(a) : Number.NaN) : a > 0 && a !== 1 && b > 0 ? Math.log(b) / Math.log(a) : Number.NaN), 1, 2),
  pow: floatFunction((a, b) => a ** b, 2), power: floatFunction((a, b) => a ** b, 2), sin: floatFunction(Math.sin), cos: floatFunction(Math.cos), tan: floatFunction(Math.tan), asin: floatFunction(Math.asin), acos: floatFunction(Math.acos),
  atan: floatFunction((a, b) => (b === undefined ? Math.atan(a) : Math.atan2(a, b)), 1, 2), atan2: floatFunction(Math.atan2, 2), cot: floatFunction((x) => 1 / Math.tan(x)), degrees: floatFunction((x) => (x * 180) / Math.PI), radians: floatFunction((x) => (x * Math.PI) / 180),
  pi: number(0, 0, 'float64', () => Math.PI), rand: number(0, 1, 'float64', () => Math.random()),

  // Text.
  concat: { args: [1, many], type: 'string', run: (args) => args.map(textOf).join('') },
  concat_ws: { args: [2, many], type: 'string', nulls: true, run: ([separator = null, ...rest]) => (separator === null ? null : rest.filter((v) => v !== null).map(textOf).join(textOf(separator))) },
  upper: text(1, 1, (s) => s.toUpperCase()), ucase: text(1, 1, (s) => s.toUpperCase()), lower: text(1, 1, (s) => s.toLowerCase()), lcase: text(1, 1, (s) => s.toLowerCase()), reverse: text(1, 1, (s) => [...s].reverse().join('')),
  length: { args: [1, 1], type: 'int32', run: ([s]) => Buffer.byteLength(textOf(s as SqlValue)) }, octet_length: { args: [1, 1], type: 'int32', run: ([s]) => Buffer.byteLength(textOf(s as SqlValue)) },
  char_length: { args: [1, 1], type: 'int32', run: ([s]) => [...textOf(s as SqlValue)].length }, character_length: { args: [1, 1], type: 'int32', run: ([s]) => [...textOf(s as SqlValue)].length },
  substring: { args: [2, 3], type: 'string', run: ([s, from, count]) => substring(textOf(s as SqlValue), Math.trunc(numberOf(from as SqlValue)), count === undefined ? undefined : Math.trunc(numberOf(count))) },
  left: { args: [2, 2], type: 'string', run: ([s, n]) => [...textOf(s as SqlValue)].slice(0, Math.max(0, numberOf(n as SqlValue))).join('') },
  right: { args: [2, 2], type: 'string', run: ([s, n]) => { const chars = [...textOf(s as SqlValue)]; return chars.slice(Math.max(0, chars.length - Math.max(0, numberOf(n as SqlValue)))).join(''); } },
  replace: text(3, 3, (s, from, to) => (from === '' ? s : s.replaceAll(from as string, () => to as string))),
  trim: text(1, 2, (s, what = ' ') => trimEnd(trimStart(s as string, what), what)), ltrim: text(1, 2, (s, what = ' ') => trimStart(s as string, what)), rtrim: text(1, 2, (s, what = ' ') => trimEnd(s as string, what)),
  instr: { args: [2, 2], type: 'int64', run: ([s, part]) => textOf(s as SqlValue).indexOf(textOf(part as SqlValue)) + 1 },
  locate: { args: [2, 3], type: 'int32', run: ([part, s, from]) => textOf(s as SqlValue).indexOf(textOf(part as SqlValue), from === undefined ? 0 : Math.max(0, numberOf(from) - 1)) + 1 },
  repeat: text(2, 2, (s, n) => (s as string).repeat(Math.max(0, Math.min(Number(n) || 0, Math.floor(100_000 / Math.max(1, (s as string).length)))))), space: text(1, 1, (n) => ' '.repeat(Math.max(0, Math.min(Number(n) || 0, 100_000)))),
  lpad: { args: [3, 3], type: 'string', run: ([s, n, f]) => pad(textOf(s as SqlValue), numberOf(n as SqlValue), textOf(f as SqlValue), true) }, rpad: { args: [3, 3], type: 'string', run: ([s, n, f]) => pad(textOf(s as SqlValue), numberOf(n as SqlValue), textOf(f as SqlValue), false) },
  substring_index: { args: [3, 3], type: 'string', run([s, by, n]) { const parts = textOf(s as SqlValue).split(textOf(by as SqlValue)); const count = numberOf(n as SqlValue); return (count >= 0 ? parts.slice(0, count) : parts.slice(count)).join(textOf(by as SqlValue)); } },
  ascii: { args: [1, 1], type: 'uint8', run: ([s]) => Buffer.from(textOf(s as SqlValue))[0] ?? 0 }, ord: { args: [1, 1], type: 'int64', run: ([s]) => textOf(s as SqlValue).codePointAt(0) ?? 0 },
  hex: { args: [1, 1], type: 'string', run: ([v]) => (typeof v === 'number' || typeof v === 'bigint' ? BigInt(Math.trunc(Number(v))).toString(16) : Buffer.from(textOf(v as SqlValue)).toString('hex')).toUpperCase() },
  strcmp: { args: [2, 2], type: 'int32', run: ([a, b]) => { const x = textOf(a as SqlValue); const y = textOf(b as SqlValue); return x < y ? -1 : x > y ? 1 : 0; } },
  find_in_set: { args: [2, 2], type: 'int64', run: ([s, list]) => textOf(list as SqlValue).split(',').indexOf(textOf(s as SqlValue)) + 1 }, field: { args: [2, many], type: 'int64', nulls: true, run: ([s = null, ...list]) => (s === null ? 0 : list.findIndex((v) => v !== null && compare(s, v) === 0) + 1) },
  elt: { args: [2, many], type: 'string', nulls: true, fallible: true, run: ([n = null, ...list]) => (n === null ? null : (list[numberOf(n) - 1] ?? null)) }, insert: { args: [4, 4], type: 'string', run: ([s, at, n, to]) => { const from = numberOf(at as SqlValue) - 1; const value = textOf(s as SqlValue); return from < 0 || from >= value.length ? value : value.slice(0, from) + textOf(to as SqlValue) + value.slice(from + numberOf(n as SqlValue)); } },
  format: { args: [2, 2], type: 'string', run: ([v, d]) => numberOf(v as SqlValue).toLocaleString('en-US', { minimumFractionDigits: Math.max(0, Math.min(30, numberOf(d as SqlValue))), maximumFractionDigits: Math.max(0, Math.min(30, numberOf(d as SqlValue))) }) },
  regexp_like: { args: [2, 3], type: 'bool', run: ([s, p, f]) => regexpOf(textOf(p as SqlValue), f === undefined ? '' : textOf(f as SqlValue)).test(textOf(s as SqlValue)) },
  regexp_replace: { args: [3, 3], type: 'string', run: ([s, p, to]) => textOf(s as SqlValue).replace(new RegExp(regexpOf(textOf(p as SqlValue)), 'gu'), textOf(to as SqlValue)) },
  regexp_substr: { args: [2, 2], type: 'string', fallible: true, run: ([s, p]) => regexpOf(textOf(p as SqlValue)).exec(textOf(s as SqlValue))?.[0] ?? null },
  regexp_instr: { args: [2, 2], type: 'int32', run: ([s, p]) => (regexpOf(textOf(p as SqlValue)).exec(textOf(s as SqlValue))?.index ?? -1) + 1 },

  // Dates.
  year: ofTime('int32', (d) => d.getUTCFullYear()), month: ofTime('int32', (d) => d.getUTCMonth() + 1), day: ofTime('int32', (d) => d.getUTCDate()), hour: ofTime('int32', (d) => d.getUTCHours()), minute: ofTime('int32', (d) => d.getUTCMinutes()),
  second: ofTime('int32', (d) => d.getUTCSeconds()), microsecond: ofTime('uint64', (d, t) => d.getUTCMilliseconds() * 1000 + Math.floor(t.nanos / 1000)), quarter: ofTime('int32', (d) => Math.floor(d.getUTCMonth() / 3) + 1), dayofyear: ofTime('int32', dayOfYear),
  dayofweek: ofTime('int32', (d) => d.getUTCDay() + 1), weekday: ofTime('int32', (d) => (d.getUTCDay() + 6) % 7), week: { ...ofTime('int32', sundayWeek), args: [1, 2] }, weekofyear: ofTime('int32', isoWeek), dayname: ofTime('string', (d) => dayNames[d.getUTCDay()] as string), monthname: ofTime('string', (d) => monthNames[d.getUTCMonth()] as string),
  yearweek: { ...ofTime('int32', (d) => d.getUTCFullYear() * 100 + sundayWeek(d)), args: [1, 2] }, date: ofTime('time', (d) => new SqlTime(Date.UTC(d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate()))), last_day: ofTime('time', (d) => new SqlTime(Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + 1, 0))),
  unix_timestamp: { args: [0, 1], type: ([type]) => (type === undefined ? 'int64' : 'float64'), fallible: true, run: ([v]) => { if (v === undefined) return Math.floor(Date.now() / 1000); const time = timeOf(v); return time ? time.ms / 1000 : null; } },
  from_unixtime: { args: [1, 2], type: (types) => (types.length > 1 ? 'string' : 'time'), run: ([v, format]) => { const time = new SqlTime(Math.round(numberOf(v as SqlValue) * 1000)); return format === undefined ? time : formatTime(time, textOf(format)); } },
  to_days: ofTime('int64', (d) => Math.floor(d.getTime() / dayMs) + 719_528), to_seconds: ofTime('int64', (d) => Math.floor(d.getTime() / 1000) + 719_528 * 86_400),
  datediff: { args: [2, 2], type: 'int64', fallible: true, run: ([a, b]) => { const x = timeOf(a as SqlValue); const y = timeOf(b as SqlValue); return x && y ? Math.floor(x.ms / dayMs) - Math.floor(y.ms / dayMs) : null; } },
  timestampdiff: { args: [3, 3], type: 'int64', fallible: true, run: ([unit, a, b]) => { const x = timeOf(a as SqlValue); const y = timeOf(b as SqlValue); if (!x || !y) return null; const name = textOf(unit as SqlValue); return Object.hasOwn(unitMonths, name) ? Math.trunc(monthsBetween(new Date(x.ms), new Date(y.ms)) / (unitMonths[name] as number)) : Math.trunc((y.ms - x.ms) / (unitMs[name] ?? Number.NaN)); } },
  date_format: { args: [2, 2], type: 'string', fallible: true, run: ([v, format]) => { const time = timeOf(v as SqlValue); return time ? formatTime(time, textOf(format as SqlValue)) : null; } },
  str_to_date: { args: [2, 2], type: 'time', fallible: true, run: ([s, format]) => parseFormatted(textOf(s as SqlValue), textOf(format as SqlValue)) },
  now: { args: [0, 1], type: 'time', run: () => new SqlTime(Math.floor(Date.now() / 1000) * 1000) }, curdate: { args: [0, 0], type: 'time', run: () => new SqlTime(Math.floor(Date.now() / dayMs) * dayMs) }, timestamp: { args: [1, 1], type: 'time', fallible: true, run: ([v]) => timeOf(v as SqlValue) },
  time_to_sec: { args: [1, 1], type: 'int64', fallible: true, run: ([v]) => { const parts = /^(-?)(\d+):(\d\d)(?::(\d\d))?/.exec(textOf(v as SqlValue)); return parts ? (parts[1] === '-' ? -1 : 1) * (Number(parts[2]) * 3600 + Number(parts[3]) * 60 + Number(parts[4] ?? 0)) : null; } },

  // JSON.
  json_extract: { args: [2, many], type: 'json', fallible: true, run: ([doc, ...paths]) => { const root = parseJson(doc as SqlValue); const found = paths.flatMap((path) => jsonPath(root, textOf(path))); return found.length === 0 ? null : toJson(paths.length === 1 && !textOf(paths[0] as SqlValue).includes('*') ? found[0] : found); } },
  json_unquote: { args: [1, 1], type: 'string', run: ([v]) => { const s = textOf(v as SqlValue); return s.startsWith('"') && s.endsWith('"') && s.length > 1 ? String(parseJson(s)) : s; } },
  json_value: { args: [2, 2], type: 'string', fallible: true, run: ([doc, path]) => { const [found] = jsonPath(parseJson(doc as SqlValue), textOf(path as SqlValue)); return found === undefined || found === null ? null : typeof found === 'string' ? found : JSON.stringify(found); } },
  json_array: { args: [0, many], type: 'json', nulls: true, run: (args) => toJson(args.map(jsonOf)) }, json_object: { args: [0, many], type: 'json', nulls: true, run: (args) => toJson(Object.fromEntries(Array.from({ length: Math.floor(args.length / 2) }, (_, i) => [textOf(args[2 * i] as SqlValue), jsonOf(args[2 * i + 1] as SqlValue)]))) },
  json_length: { args: [1, 2], type: 'int64', fallible: true, run: ([doc, path]) => { const [v] = path === undefined ? [parseJson(doc as SqlValue)] : jsonPath(parseJson(doc as SqlValue), textOf(path)); return v === undefined ? null : typeof v === 'object' && v !== null ? Object.keys(v).length : 1; } },
  json_keys: { args: [1, 1], type: 'json', fallible: true, run: ([doc]) => { const v = parseJson(doc as SqlValue); return typeof v === 'object' && v !== null && !Array.isArray(v) ? toJson(Object.keys(v)) : null; } },
  json_valid: { args: [1, 1], type: 'bool', run: ([v]) => { try { JSON.parse(textOf(v as SqlValue)); return true; } catch { return false; } } }, json_type: { args: [1, 1], type: 'string', run: ([v]) => jsonType(parseJson(v as SqlValue)) }, json_depth: { args: [1, 1], type: 'int64', run: ([v]) => jsonDepth(parseJson(v as SqlValue)) },
  json_contains_path: { args: [3, many], type: 'bool', run: ([doc, how, ...paths]) => { const root = parseJson(doc as SqlValue); const has = (path: SqlValue) => jsonPath(root, textOf(path)).length > 0; return textOf(how as SqlValue).toLowerCase() === 'all' ? paths.every(has) : paths.some(has); } },
  json_quote: { args: [1, 1], type: 'string', run: ([v]) => JSON.stringify(textOf(v as SqlValue)) },
};

const widest = (types: readonly SqlType[]): SqlType => (types.every((type) => type === types[0]) ? (types[0] as SqlType) : types.some((type) => type === 'string') ? 'string' : types.some((type) => type === 'float64' || type === 'decimal') ? 'float64' : 'int64');
const trimStart = (s: string, what: string): string => { let value = s; while (what !== '' && value.startsWith(what)) value = value.slice(what.length); return value; };
const trimEnd = (s: string, what: string): string => { let value = s; while (what !== '' && value.endsWith(what)) value = value.slice(0, -what.length); return value; };

function formatTime(time: SqlTime, format: string): string {
  const date = new Date(time.ms);
  return format.replace(/%(.)/gs, (_, letter: string) => (letter === '%' ? '%' : (dateFormats[letter]?.(date, time) ?? letter)));
}

/** The reverse, for formats of digits. */
function parseFormatted(input: string, format: string): SqlTime | null {
  const fields: Record<string, number> = { Y: 1970, m: 1, d: 1, H: 0, i: 0, s: 0 };
  let at = 0;
  for (let i = 0; i < format.length; i++) {
    if (format[i] !== '%') { if (format[i] !== input[at]) return null; at++; continue; }
    const letter = format[++i] ?? '';
    const names: Readonly<Record<string, string>> = { c: 'm', e: 'd', k: 'H', S: 's', h: 'H', I: 'H', l: 'H' };
    const name = names[letter] ?? letter;
    if (name === 'M' || name === 'b') {
      const month = monthNames.findIndex((m) => input.slice(at).toLowerCase().startsWith((name === 'M' ? m : m.slice(0, 3)).toLowerCase()));
      if (month < 0) return null;
      fields['m'] = month + 1;
      at += name === 'M' ? (monthNames[month] as string).length : 3;
      continue;
    }
    const found = (name === 'Y' ? /^\d{1,4}/ : /^\d{1,2}/).exec(input.slice(at));
    if (!found || !Object.hasOwn(fields, name)) return null;
    fields[name] = Number(found[0]);
    at += found[0].length;
  }
  const { Y, m, d, H, i, s } = fields as Record<'Y' | 'm' | 'd' | 'H' | 'i' | 's', number>;
  return timeOf(`${String(Y).padStart(4, '0')}-${m}-${d} ${H}:${i}:${s}`);
}

const aliases: Readonly<Record<string, string>> = { substr: 'substring', mid: 'substring', position: 'locate', dayofmonth: 'day', current_timestamp: 'now', utc_timestamp: 'now', sysdate: 'now', localtime: 'now', current_date: 'curdate', utc_date: 'curdate' };

export function scalarFunction(name: string): ScalarFunction | undefined {
  const key = Object.hasOwn(aliases, name) ? (aliases[name] as string) : name;
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Aggregates and window functions; and those whose arguments are not all evaluated. */
export const aggregateNames: ReadonlySet<string> = new Set(['count', 'sum', 'avg', 'min', 'max', 'group_concat', 'stddev', 'stddev_pop', 'std', 'stddev_samp', 'variance', 'var_pop', 'var_samp', 'any_value', 'bit_and', 'bit_or', 'bit_xor', 'json_arrayagg', 'json_objectagg', 'first', 'last']);
export const windowNames: ReadonlySet<string> = new Set(['row_number', 'rank', 'dense_rank', 'percent_rank', 'cume_dist', 'ntile', 'lag', 'lead', 'first_value', 'last_value', 'nth_value']);
export const lazyNames: ReadonlySet<string> = new Set(['if', 'ifnull', 'coalesce', 'date_add', 'date_sub', 'adddate', 'subdate', 'timestampadd', 'date_trunc', 'mod', 'values']);

export const isAllowedFunction = (name: string): boolean =>
  scalarFunction(name) !== undefined || aggregateNames.has(name) || windowNames.has(name) || (lazyNames.has(name) && name !== 'values' && name !== 'date_trunc');

export { isTrue };
