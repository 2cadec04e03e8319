/** A Prometheus query: its model, its step and the variables in its text (tsdb-backends §2.2 to §2.4). Pure. */
import type { DataQuery } from '@belvedere/plugin-sdk';
import { calculateInterval, formatGoDuration, formatInterval, niceInterval, parseInterval } from '../../util/interval.ts';
import type { FilterModel } from './promql/filters.ts';

export interface PrometheusQuery {
  readonly refId: string;
  /** Variables replaced; filters not yet applied. */
  readonly expr: string;
  readonly stepMs: number;
  readonly legendFormat: string;
  readonly range: boolean;
  readonly instant: boolean;
  readonly exemplar: boolean;
  readonly utcOffsetMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly scopeFilters: readonly FilterModel[];
  readonly adhocFilters: readonly FilterModel[];
  readonly groupByKeys: readonly string[];
}

/** A query that cannot be understood; the message is for the user. */
export class QueryModelError extends Error {
  override readonly name = 'QueryModelError';
}

const scrapeIntervalDefaultMs = 15_000;
/** Prometheus answers no more points than this. */
const pointsMax = 11_000;

const variables = ['$__interval', '$__interval_ms', '$__rate_interval', '$__rate_interval_ms'];
const withBraces = (name: string) => `\${${name.slice(1)}}`;
const intervalVariables = new Set([...variables, ...variables.map(withBraces)]);
const isRateInterval = (interval: string) => interval === '$__rate_interval' || interval === withBraces('$__rate_interval');
const isInterval = (interval: string) => interval === '$__interval' || interval === withBraces('$__interval');

export interface ModelOptions {
  /** jsonData.timeInterval */
  readonly timeInterval: string;
  readonly fromAlert: boolean;
}

/** Throws QueryModelError. */
export function readQuery(query: DataQuery, { timeInterval, fromAlert }: ModelOptions): PrometheusQuery {
  const model = query.json;
  const interval = text(model, 'interval');
  // Fractions come from the frontend's arithmetic and are cut.
  const intervalMs = Math.trunc(number(model, 'intervalMs'));
  const intervalFactor = whole(model, 'intervalFactor') || 1;
  const rangeMs = query.timeRange.to - query.timeRange.from;
  const stepMs = stepOf({ interval, intervalMs, intervalFactor, timeInterval, rangeMs, maxDataPoints: query.maxDataPoints });
  const range = flag(model, 'range');
  const instant = flag(model, 'instant');
  return {
    refId: query.refId,
    expr: interpolate(text(model, 'expr'), { interval, timeInterval, stepMs, rangeMs, queryIntervalMs: query.intervalMs }),
    stepMs,
    legendFormat: text(model, 'legendFormat'),
    range: range || !instant,
    instant,
    exemplar: flag(model, 'exemplar') && !fromAlert,
    utcOffsetMs: whole(model, 'utcOffsetSec') * 1000,
    fromMs: query.timeRange.from,
    toMs: query.timeRange.to,
    scopeFilters: list(model, 'scopes').flatMap((scope) => filters(typeof scope === 'object' && scope !== null ? (scope as Record<string, unknown>) : {}, 'filters')),
    adhocFilters: filters(model, 'adhocFilters'),
    groupByKeys: list(model, 'groupByKeys').filter((key): key is string => typeof key === 'string'),
  };
}

type Model = Readonly<Record<string, unknown>>;

const wrongType = (key: string, wanted: string) => new QueryModelError(`error unmarshaling query: ${key} is not ${wanted}`);

function text(model: Model, key: string): string {
  const value = model[key];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw wrongType(key, 'a string');
  return value;
}

function flag(model: Model, key: string): boolean {
  const value = model[key];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw wrongType(key, 'a boolean');
  return value;
}

function number(model: Model, key: string): number {
  const value = model[key];
  if (value === undefined || value === null) return 0;
  if (typeof value !== 'number') throw wrongType(key, 'a number');
  return value;
}

function whole(model: Model, key: string): number {
  const value = number(model, key);
  if (!Number.isSafeInteger(value)) throw wrongType(key, 'a whole number');
  return value;
}

function list(model: Model, key: string): readonly unknown[] {
  const value = model[key];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(key, 'a list');
  return value;
}

/** Filters as the frontend and the `suggestions` resource write them. */
export function filters(model: Model, key: string): FilterModel[] {
  return list(model, key).map((filter) => {
    const members = (typeof filter === 'object' && filter !== null ? filter : {}) as Model;
    return { key: text(members, 'key'), operator: text(members, 'operator'), value: text(members, 'value'), values: list(members, 'values').map(String) };
  });
}

interface StepInput {
  readonly interval: string;
  readonly intervalMs: number;
  readonly intervalFactor: number;
  readonly timeInterval: string;
  readonly rangeMs: number;
  readonly maxDataPoints: number;
}

function duration(value: string): number {
  const ms = parseInterval(value);
  if (ms === undefined) throw new QueryModelError(`time: invalid duration ${JSON.stringify(value)}`);
  return ms;
}

/** tsdb-backends §2.3 */
function stepOf({ interval, intervalMs, intervalFactor, timeInterval, rangeMs, maxDataPoints }: StepInput): number {
  const minStep = intervalVariables.has(interval) ? '' : interval;
  let min = scrapeIntervalDefaultMs;
  if (minStep !== '' && minStep !== '0s') min = duration(minStep);
  else if (intervalMs !== 0) min = intervalMs;
  else if (timeInterval !== '') min = duration(timeInterval);
  const adjusted = Math.max(calculateInterval(rangeMs, min, maxDataPoints), niceInterval(rangeMs / pointsMax));
  if (!isRateInterval(interval)) return adjusted * intervalFactor;
  const scrape = timeInterval === '' ? scrapeIntervalDefaultMs : duration(timeInterval);
  return Math.max(adjusted + scrape, 4 * scrape);
}

interface Interpolation {
  readonly interval: string;
  readonly timeInterval: string;
  readonly stepMs: number;
  readonly rangeMs: number;
  /** The request's interval, which is not the step. */
  readonly queryIntervalMs: number;
}

/** tsdb-backends §2.4: plain replacement, longer names before the names that they begin with. */
function interpolate(expr: string, { interval, timeInterval, stepMs, rangeMs, queryIntervalMs }: Interpolation): string {
  if (!expr.includes('$')) return expr;
  const rateMs = rateInterval(interval, timeInterval, stepMs, queryIntervalMs);
  const rangeS = Math.round(rangeMs / 1000);
  const values: [string, string][] = [
    ['$__interval_ms', String(Math.trunc(stepMs))], ['$__interval', formatInterval(stepMs)], ['$__range_ms', String(rangeMs)], ['$__range_s', String(rangeS)],
    ['$__range', `${rangeS}s`], ['$__rate_interval_ms', String(Math.trunc(rateMs))], ['$__rate_interval', formatGoDuration(rateMs)],
  ];
  let out = expr;
  for (const [name, value] of values) out = out.replaceAll(name, () => value);
  for (const [name, value] of values) out = out.replaceAll(withBraces(name), () => value);
  return out;
}

function rateInterval(interval: string, timeInterval: string, stepMs: number, queryIntervalMs: number): number {
  if (isRateInterval(interval)) return stepMs;
  const base = isInterval(interval) ? formatGoDuration(stepMs) : interval || timeInterval || '15s';
  const baseMs = parseInterval(base);
  // Compat: a min step that is another variable gives 0, not an error.
  return baseMs === undefined ? 0 : Math.max(queryIntervalMs + baseMs, 4 * baseMs);
}

/** Start and end of a range, seconds: floored to whole steps, counted from midnight at the offset. */
export function alignedRange({ fromMs, toMs, stepMs, utcOffsetMs }: PrometheusQuery): { readonly start: number; readonly end: number } {
  const align = (ms: number) => Math.floor((ms + utcOffsetMs) / stepMs) * (stepMs / 1000) - utcOffsetMs / 1000;
  return { start: align(fromMs), end: align(toMs) };
}

/** Seconds in plain decimals. */
export const secondsText = (seconds: number): string => (Math.abs(seconds) < 1e21 ? plainDecimal(seconds) : BigInt(Math.trunc(seconds)).toString());

function plainDecimal(value: number): string {
  const short = String(value);
  return short.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : short;
}

/** What the legend shows; undefined when the frontend finds a name by itself (tsdb-backends §2.7). */
export function displayName(legendFormat: string, labels: Readonly<Record<string, string>>, expr: string): string | undefined {
  const keys = Object.keys(labels);
  let name: string;
  if (legendFormat === '__auto' && keys.length > 0) return undefined;
  if (legendFormat === '' || legendFormat === '__auto') name = metricText(labels, keys);
  else name = filledIn(legendFormat, labels);
  return name === '{}' ? expr : name || undefined;
}

/** `{{label}}` by the label's value, or nothing; in one pass, whatever the text. */
export function filledIn(format: string, labels: Readonly<Record<string, string>>): string {
  let out = '';
  let from = 0;
  for (;;) {
    const open = format.indexOf('{{', from);
    const close = open < 0 ? -1 : format.indexOf('}}', open + 3);
    if (close < 0) return out + format.slice(from);
    const inner = format.slice(open + 2, close);
    const key = inner.trim() || inner;
    out += format.slice(from, open) + (Object.hasOwn(labels, key) ? labels[key]! : '');
    from = close + 2;
  }
}

function metricText(labels: Readonly<Record<string, string>>, keys: readonly string[]): string {
  const name = labels['__name__'] ?? '';
  const pairs = keys.filter((key) => key !== '__name__').map((key) => `${key}=${quoted(labels[key]!)}`).sort();
  if (pairs.length === 0) return name === '' ? '{}' : name;
  return `${name}{${pairs.join(', ')}}`;
}

/** Needs no escapes. */
const plainText = /^[ !#-[\]-~]*$/;

/** Go's %q: like JSON's, but for other control characters. */
export const quoted = (value: string): string => (plainText.test(value) ? `"${value}"` : quotedWithEscapes(value));

const quotedWithEscapes = (value: string): string =>
  JSON.stringify(value).replace(/\\u00([0-9a-f]{2})/g, '\\x$1').replaceAll('\\b', '\\b').replaceAll('\u007f', '\\x7f');
