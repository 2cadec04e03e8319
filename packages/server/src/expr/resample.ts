import type { TimeRange } from '@belvedere/plugin-sdk';
import { reduceStrictly, type ReducerName } from './reduce.ts';
import { kindName, noData, pointAt, series, type Points, type SeriesValue, type Value } from './values.ts';

/** Series on a regular grid (queries-and-frames §13.6). */

export interface Resampling {
  readonly windowMs: number;
  readonly downsampler: string;
  readonly upsampler: string;
}

const pointsMax = 1_000_000;
/** Of all series of one input together. */
const pointsOfAllMax = 20_000_000;
const downsamplers: ReadonlySet<string> = new Set(['sum', 'mean', 'min', 'max', 'last']);

export function evaluateResample(refId: string, how: Resampling, inputs: readonly Value[], range: TimeRange): Value[] {
  const results: Value[] = [];
  if (how.windowMs > 0 && inputs.length * Math.min(pointsMax, (range.to - range.from) / how.windowMs) > pointsOfAllMax) throw new Error(`${inputs.length} series are too many for so short a window`);
  for (const input of inputs) {
    if (input.kind === 'no data') return [noData()];
    if (input.kind !== 'series') throw new Error(`can only resample type series, got type ${kindName(input)}`);
    results.push(series(refId, input.labels, resample(input, how, range)));
  }
  return results;
}

function resample(input: SeriesValue, { windowMs, downsampler, upsampler }: Resampling, { from, to }: TimeRange): Points {
  const steps = Math.trunc((to - from) / windowMs);
  if (!(windowMs > 0) || steps < 1) throw new Error('the series cannot be sampled further; the time range is shorter than the interval');
  if (steps > pointsMax) throw new Error(`Resample series length to large, max allowed ${pointsMax}, wanted ${steps}`);
  const rows = steps + 1;
  const times = new Float64Array(rows);
  const values = new Float64Array(rows);
  let valid: Uint8Array | undefined;
  let next = 0;
  let lastSeen: number | null = null;
  for (let i = 0; i < rows; i++) {
    const t = from + i * windowMs;
    times[i] = Math.floor(t);
    const bucket: (number | null)[] = [];
    while (next < input.times.length && (input.times[next] as number) <= t) {
      lastSeen = pointAt(input, next++);
      bucket.push(lastSeen);
    }
    const value = bucket.length === 1 ? (bucket[0] as number | null) : bucket.length > 1 ? down(downsampler, bucket) : up(upsampler, lastSeen, next < input.times.length ? pointAt(input, next) : null);
    if (value === null) (valid ??= new Uint8Array(rows).fill(1))[i] = 0;
    else values[i] = value;
  }
  return { times, values, ...(valid && { valid }) };
}

function down(downsampler: string, bucket: readonly (number | null)[]): number | null {
  if (!downsamplers.has(downsampler)) throw new Error(`downsampling ${downsampler} not implemented`);
  return reduceStrictly(downsampler as ReducerName, bucket);
}

function up(upsampler: string, lastSeen: number | null, following: number | null): number | null {
  switch (upsampler) {
    case 'pad': return lastSeen;
    case 'backfilling': return following;
    case 'fillna': return null;
    default: throw new Error(`upsampling ${upsampler} not implemented`);
  }
}
