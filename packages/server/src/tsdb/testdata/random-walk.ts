import { columnBuilder, enumField, field, floatField, frame, stringField, timeField, type Frame } from '@belvedere/dataframe';
import type { DataQuery } from '@belvedere/plugin-sdk';
import { instants, integerOf, parseLabels, pointsMax, seriesName, seriesWithin, sharedInstants, type Json } from './model.ts';
import { numberOf, textOf } from '../../util/json-value.ts';

export type Random = () => number;

const optionalNumber = (value: unknown): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);

/** One frame a series. Series share the time column unless points are dropped. */
export function randomWalks(query: DataQuery, model: Json, random: Random, seriesCount = integerOf(model['seriesCount'], 1)): Frame[] {
  const { from, to } = query.timeRange;
  const times = timeField('time', sharedInstants(from, to, query.intervalMs, pointsMax), { config: { interval: query.intervalMs } });
  const dropPercent = numberOf(model['dropPercent'], 0);
  const frames: Frame[] = [];
  const series = seriesWithin(Math.min(seriesCount, pointsMax), times.values.length);
  for (let i = 0; i < series; i++) {
    const values = walk(times.values, model, random);
    const options = { labels: parseLabels(textOf(model['labels']), i), nullable: true };
    const name = seriesName(model, query.refId, i);
    const fields = dropPercent > 0 ? dropped(times.values, values, query.intervalMs, name, options, dropPercent, random) : [times, floatField(name, values, options)];
    frames.push(frame('', fields, { meta: { type: 'timeseries-multi', custom: { customStat: 10 } } }));
  }
  return frames;
}

function walk(times: Float64Array, model: Json, random: Random): Float64Array {
  const spread = numberOf(model['spread'], 1);
  const noise = numberOf(model['noise'], 0);
  const min = optionalNumber(model['min']);
  const max = optionalNumber(model['max']);
  const bounded = (value: number): number => (min !== undefined && value < min ? min : max !== undefined && value > max ? max : value);
  const values = new Float64Array(times.length);
  let walker = numberOf(model['startValue'], random() * 100);
  if (noise === 0 && min === undefined && max === undefined) {
    for (let i = 0; i < values.length; i++) {
      values[i] = walker;
      walker += (random() - 0.5) * spread;
    }
    return values;
  }
  for (let i = 0; i < values.length; i++) {
    values[i] = bounded(noise === 0 ? walker : walker + random() * noise);
    walker = bounded(walker + (random() - 0.5) * spread);
  }
  return values;
}

function dropped(times: Float64Array, values: Float64Array, intervalMs: number, name: string, options: object, dropPercent: number, random: Random) {
  const time = columnBuilder('time', 'time', { config: { interval: intervalMs } });
  const value = columnBuilder('float64', name, options);
  for (let i = 0; i < times.length; i++) {
    if (random() * 100 < dropPercent) continue;
    time.push(times[i] as number);
    value.push(values[i] as number);
  }
  return [time.field(), value.field()];
}

export function randomWalkTable(query: DataQuery, model: Json, random: Random): Frame {
  const times = instants(query.timeRange.from, query.timeRange.to, query.intervalMs, Math.min(query.maxDataPoints, pointsMax));
  const withNil = model['withNil'] === true;
  const spread = 2.5;
  let walker = numberOf(model['startValue'], random() * 100);
  const values: (number | null)[] = [];
  const mins: (number | null)[] = [];
  const maxs: (number | null)[] = [];
  const infos: string[] = [];
  const states: number[] = [];
  const nil = () => withNil && random() > 0.8;
  for (let i = 0; i < times.length; i++) {
    const delta = random() - 0.5;
    walker += delta;
    infos.push((delta > 0 ? 'up' : 'down') + (Math.abs(delta) > 0.4 ? ' fast' : ''));
    const unknown = nil();
    values.push(unknown ? null : walker);
    states.push(unknown ? 0 : delta > 0 ? 1 : 2);
    mins.push(nil() ? null : walker - (0.01 + random() * spread));
    maxs.push(nil() ? null : walker + (0.01 + random() * spread));
  }
  const nullable = { nullable: true };
  return frame(query.refId, [
    timeField('Time', times, nullable), floatField('Value', values, nullable), floatField('Min', mins, nullable), floatField('Max', maxs, nullable),
    stringField('Info', infos, nullable), enumField('State', Uint16Array.from(states), ['Unknown', 'Up', 'Down']),
  ]);
}

/** Ten buckets, at most a hundred rows, whole random counts below 100. */
export function heatmap(query: DataQuery, buckets: readonly string[], random: Random): Frame {
  const times = instants(query.timeRange.from, query.timeRange.to, query.intervalMs * 50, 100);
  const columns = buckets.map((name) => field('float64', name, Float64Array.from(times, () => Math.floor(random() * 100)), { nullable: true }));
  return frame('data', [timeField('time', times, { nullable: true }), ...columns]);
}
