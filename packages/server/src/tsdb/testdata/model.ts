import type { Labels } from '@belvedere/dataframe';
import { byteOrder } from '@belvedere/dataframe';
import { textOf, type JsonObject } from '../../util/json-value.ts';

/** Reads test data queries (queries-and-frames §15). What has the wrong type keeps its default, as if it were not there. */

export type Json = JsonObject;

export const integerOf = (value: unknown, fallback: number): number => (typeof value === 'number' && Number.isInteger(value) ? value : fallback);

export const pointsMax = 10_000;
/** Values of one query's answer over all its series; series beyond it are left out. */
export const queryValuesMax = 1_000_000;

/** How many series of `points` points one query may have. */
export const seriesWithin = (wanted: number, points: number): number => Math.max(0, Math.min(wanted, Math.floor(queryValuesMax / Math.max(1, points))));

const serverNames = Array.from({ length: 10 }, (_, i) => `Backend-ops-${String(i + 1).padStart(2, '0')}`);
const houseLocations = ['Cellar', 'Living room', 'Porch', 'Bedroom', 'Guest room', 'Kitchen', 'Playroom', 'Bathroom', 'Outside', 'Roof', 'Terrace'];

/** The series' name: the alias, or `A-series`, `A-series1`, … */
export function seriesName(model: Json, refId: string, index: number): string {
  const alias = textOf(model['alias']);
  if (alias === '__server_names') return serverNames[index % serverNames.length] as string;
  if (alias === '__house_locations') return houseLocations[index % houseLocations.length] as string;
  return alias !== '' ? alias : `${refId}-series${index > 0 ? index : ''}`;
}

/** `{k="v", k2=v2}`, braces and quotes optional. */
export function parseLabels(text: string, seriesIndex = 0): Labels {
  const inner = text.trim().replace(/^\{/, '').replace(/\}$/, '');
  const pairs: [string, string][] = [];
  for (const part of inner.split(',')) {
    const at = part.indexOf('=');
    if (at <= 0) continue;
    const value = part.slice(at + 1).trim().replace(/^"(.*)"$/, '$1').replaceAll('$seriesIndex', String(seriesIndex));
    pairs.push([part.slice(0, at).trim(), value]);
  }
  return Object.fromEntries(pairs.sort(([a], [b]) => byteOrder(a, b)));
}

let lastInstants: { readonly key: string; readonly times: Float64Array } | undefined;

/** The same as `instants`, and the same array for the same range again: the queries of a panel share their time column, which is then written once. Not to be changed. */
export function sharedInstants(from: number, to: number, stepMs: number, countMax: number): Float64Array {
  const key = `${from}/${to}/${stepMs}/${countMax}`;
  if (lastInstants?.key !== key) lastInstants = { key, times: instants(from, to, stepMs, countMax) };
  return lastInstants.times;
}

/** Instants from `from`, a step apart, before `to`. */
export function instants(from: number, to: number, stepMs: number, countMax: number): Float64Array {
  const count = stepMs > 0 ? Math.min(countMax, Math.max(0, Math.ceil((to - from) / stepMs))) : Math.min(1, countMax);
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) times[i] = from + i * stepMs;
  return times;
}
