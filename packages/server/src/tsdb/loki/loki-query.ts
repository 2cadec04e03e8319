/** A Loki query: its model, its step, the variables in its text, and the request that it becomes (tsdb-backends §3.2, §3.3). Pure. */
import type { DataQuery } from '@belvedere/plugin-sdk';
import { formatInterval, parseInterval } from '../../util/interval.ts';
import { objectOf } from '../../util/json-value.ts';
import { filters } from '../prometheus/query-model.ts';
import { matchersOf } from '../prometheus/promql/filters.ts';
import { withMatchers } from './logql-selectors.ts';

export interface LokiQuery {
  readonly refId: string;
  readonly expr: string;
  readonly instant: boolean;
  readonly stepMs: number;
  readonly legendFormat: string;
  /** Below `/loki/api/v1/`. */
  readonly path: string;
  readonly params: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Loki answers no more points than this. */
const pointsMax = 11_000;
const resolutions: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 10]);
const sources: Readonly<Record<string, string>> = { logsVolume: 'logvolhist', logsSample: 'logsample', dataSample: 'datasample', infiniteScroll: 'infinitescroll' };

/** Throws for a model that cannot be understood; the whole request fails then. */
export function readQuery({ refId, json, intervalMs, timeRange }: DataQuery, { scopes }: { readonly scopes: boolean }): LokiQuery {
  const text = (key: string) => typed(json, key, 'string') ?? '';
  const queryType = typed(json, 'queryType', 'string') ?? 'range';
  if (queryType !== 'range' && queryType !== 'instant') throw new Error(`invalid queryType: ${queryType}`);
  const direction = typed(json, 'direction', 'string') ?? 'backward';
  if (direction !== 'backward' && direction !== 'forward' && direction !== 'scan') throw new Error(`invalid queryDirection: ${direction}`);
  const maxLines = typed(json, 'maxLines', 'number') ?? 0;
  const given = typed(json, 'resolution', 'number') ?? 1;
  const resolution = resolutions.has(given) ? given : 1;
  const instant = queryType === 'instant';
  const rangeMs = timeRange.to - timeRange.from;
  const stepMs = stepOf(text('step'), { intervalMs, resolution, rangeMs });
  const replaced = interpolate(text('expr'), { intervalMs, rangeMs, auto: instant ? `${Math.round(rangeMs / 1000)}s` : formatInterval(stepMs) });
  const scopeMatchers = scopes ? matchersOf(filters(json, 'scopes'), []) : [];
  const expr = scopeMatchers.length > 0 ? withMatchers(replaced, scopeMatchers) : replaced;
  const params: [string, string][] = [['direction', direction === 'forward' ? 'forward' : 'backward']];
  if (!instant) params.push(['end', nanoseconds(timeRange.to)]);
  if (maxLines > 0) params.push(['limit', String(Math.trunc(maxLines))]);
  params.push(['query', expr]);
  if (instant) params.push(['time', nanoseconds(timeRange.to)]);
  else params.push(['start', nanoseconds(timeRange.from)], ['step', `${Math.trunc(stepMs)}ms`]);
  return {
    refId, expr, instant, stepMs, legendFormat: text('legendFormat'), path: instant ? 'query' : 'query_range', params,
    headers: { 'X-Loki-Response-Encoding-Flags': 'categorize-labels', ...queryTags(text('supportingQueryType')), ...limitsContext(json['limitsContext']) },
  };
}

function typed(model: Readonly<Record<string, unknown>>, key: string, type: 'string'): string | undefined;
function typed(model: Readonly<Record<string, unknown>>, key: string, type: 'number'): number | undefined;
function typed(model: Readonly<Record<string, unknown>>, key: string, type: 'string' | 'number'): unknown {
  const value = model[key] ?? undefined;
  if (value !== undefined && typeof value !== type) throw new Error(`error unmarshaling query: ${key} is no ${type}`);
  return value;
}

const nanoseconds = (ms: number): string => (BigInt(Math.trunc(ms)) * 1_000_000n).toString();

function stepOf(step: string, { intervalMs, resolution, rangeMs }: { intervalMs: number; resolution: number; rangeMs: number }): number {
  if (step === '') return Math.ceil(Math.max(intervalMs * resolution, rangeMs / pointsMax));
  const ms = parseInterval(step);
  if (ms === undefined) throw new Error(`time: invalid duration ${JSON.stringify(step)}`);
  return ms * resolution;
}

/** Plain replacement, longer names before the names that they begin with. `$__auto` has no form in braces. */
function interpolate(expr: string, { intervalMs, rangeMs, auto }: { intervalMs: number; rangeMs: number; auto: string }): string {
  if (!expr.includes('$')) return expr;
  const rangeS = Math.round(rangeMs / 1000);
  const values: [string, string][] = [
    ['__interval_ms', String(intervalMs)], ['__interval', formatInterval(intervalMs)], ['__range_ms', String(rangeMs)], ['__range_s', String(rangeS)], ['__range', `${rangeS}s`],
  ];
  let out = expr;
  for (const [name, value] of [...values, ['__auto', auto] as const]) out = out.replaceAll(`$${name}`, () => value);
  for (const [name, value] of values) out = out.replaceAll(`\${${name}}`, () => value);
  return out;
}

function queryTags(kind: string): Record<string, string> {
  return kind === '' || kind === 'none' ? {} : { 'X-Query-Tags': `Source=${sources[kind] ?? kind.replace(/[^\x20-\x7e]/g, '')}` };
}

/** What the query is a part of, for limits that count the whole. */
function limitsContext(value: unknown): Record<string, string> {
  const { expr, from, to } = objectOf(value);
  if (typeof expr !== 'string' || expr === '' || typeof from !== 'number' || typeof to !== 'number' || from === 0 || to === 0) return {};
  return { 'X-Loki-Query-Limits-Context': JSON.stringify({ Expr: expr, From: timeText(from), To: timeText(to) }) };
}

const timeText = (ms: number): string => (Math.abs(ms) > 8.64e15 ? '' : new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z'));
