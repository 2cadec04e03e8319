/** Macros of SQL queries (tsdb-backends §4.3, §4.4): text before it reaches the database. */
import type { FillMode } from '@belvedere/dataframe';
import type { DataQuery, TimeRange } from '@belvedere/plugin-sdk';
import { formatInterval, parseGoDuration } from '../../util/interval.ts';
import { InterpolationError } from './sql-errors.ts';

export interface MacroCall {
  readonly name: string;
  readonly args: readonly string[];
  readonly range: TimeRange;
  /** Milliseconds. */
  readonly now: number;
  /** The macro asks for gaps to be filled. */
  fill(fill: Fill): void;
}

export interface Fill {
  readonly intervalMs: number;
  readonly mode: FillMode;
}

/** Undefined: there is no such macro. */
export type Macros = (call: MacroCall) => string | undefined;

export interface Interpolated {
  readonly sql: string;
  readonly fill?: Fill;
}

const call = /\$([_a-zA-Z0-9]+)\(([^)]*)\)/g;

const secondsOf = (ms: number) => Math.floor(ms / 1000);
const nanosecondsOf = (ms: number) => (BigInt(Math.floor(ms)) * 1_000_000n).toString();

/** What needs no look at the rest of the text. */
export const replaceVariables = (sql: string, { intervalMs, timeRange }: DataQuery): string =>
  sql.replaceAll('$__interval_ms', String(intervalMs)).replaceAll('$__interval', formatInterval(intervalMs))
    .replaceAll('$__unixEpochFrom()', String(secondsOf(timeRange.from))).replaceAll('$__unixEpochTo()', String(secondsOf(timeRange.to)));

/**
 * Expands every `$name(…)`, within comments and literals too. `rename` may look at the whole text and take a call for one of another name.
 * Throws InterpolationError.
 */
export function expandMacros(sql: string, { timeRange }: DataQuery, now: number, macros: Macros, unknown: (name: string) => string, rename?: (name: string, written: string, sql: string) => string): Interpolated {
  let fill: Fill | undefined;
  const expanded = sql.replace(call, (written: string, name: string, inner: string) => {
    const text = macros({
      name: rename ? rename(name, written, sql) : name, args: inner.split(',').map((arg) => arg.replace(/^ +| +$/g, '')), range: timeRange, now,
      fill: (wanted) => { fill = wanted; },
    });
    if (text === undefined) throw new InterpolationError(unknown(name));
    return text;
  });
  return { sql: expanded, ...(fill && { fill }) };
}

/** Those that are the same in every engine. */
export function epochMacro({ name, args, range }: MacroCall): string | undefined {
  const [column = ''] = args;
  switch (name) {
    case '__unixEpochFilter': return `${column} >= ${secondsOf(range.from)} AND ${column} <= ${secondsOf(range.to)}`;
    case '__unixEpochNanoFilter': return `${column} >= ${nanosecondsOf(range.from)} AND ${column} <= ${nanosecondsOf(range.to)}`;
    case '__unixEpochNanoFrom': return nanosecondsOf(range.from);
    case '__unixEpochNanoTo': return nanosecondsOf(range.to);
    default: return undefined;
  }
}

/** The interval of a group in milliseconds, its fill noted. `quotes` are what may stand around it. */
export function groupInterval({ name, args, now, fill }: MacroCall, quotes: RegExp, complaint = ''): number {
  const [, written, third] = args;
  if (written === undefined) throw new InterpolationError(`macro ${name} needs time column and interval${complaint}`);
  const intervalMs = calendarDuration(written.replace(quotes, ''), now);
  if (intervalMs === undefined) throw new InterpolationError(`error parsing interval ${written}`);
  if (third !== undefined) fill({ intervalMs, mode: fillMode(third) });
  return intervalMs;
}

export const withFill = ' and optional fill value';
export const singleQuotes = /^'+|'+$/g;
export const anyQuotes = /^['"]+|['"]+$/g;

function fillMode(text: string): FillMode {
  if (text === 'NULL') return { mode: 'null' };
  if (text === 'previous') return { mode: 'previous' };
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw new InterpolationError(`error parsing fill value ${text}`);
  return { mode: 'value', value };
}

/** Days, weeks, months and years as the calendar has them from now on; else a Go duration. */
function calendarDuration(text: string, now: number): number | undefined {
  const calendar = /^(\d{1,4})([dwMy])$/.exec(text);
  if (!calendar) return parseGoDuration(text);
  const count = Number(calendar[1]);
  const then = new Date(now);
  switch (calendar[2]) {
    case 'd': then.setUTCDate(then.getUTCDate() + count); break;
    case 'w': then.setUTCDate(then.getUTCDate() + 7 * count); break;
    case 'M': then.setUTCMonth(then.getUTCMonth() + count); break;
    default: then.setUTCFullYear(then.getUTCFullYear() + count);
  }
  return then.getTime() - now;
}

/** Seconds as the reference prints them: an exponent from a million on. */
export function secondsText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 1e6 && (seconds === 0 || seconds >= 1e-4)) return String(seconds);
  return seconds.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

export { secondsOf };
