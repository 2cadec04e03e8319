import { floatField, frame, timeField, type Frame, type Labels } from '@belvedere/dataframe';
import type { DataQuery } from '@belvedere/plugin-sdk';
import { csvColumn, readFloat } from './csv.ts';
import { integerOf, parseLabels, pointsMax, seriesName, seriesWithin, type Json } from './model.ts';
import { isObject, numberOf, objectOf, textOf } from '../../util/json-value.ts';

/** Waves that depend on absolute time only, so that everybody sees the same one (§15). */

/** Instants on multiples of the step, the last one before `from` included. */
function aligned(query: DataQuery, stepMs: number): Float64Array {
  const start = Math.floor(query.timeRange.from / stepMs) * stepMs;
  const count = Math.min(pointsMax, Math.max(0, Math.ceil((query.timeRange.to - start) / stepMs)));
  return Float64Array.from({ length: count }, (_, i) => start + i * stepMs);
}

const wave = (name: string, times: Float64Array, values: readonly (number | null)[], labels: Labels): Frame =>
  frame(name, [timeField('Time', times), floatField('Value', values, { labels, nullable: true })], { meta: { type: 'timeseries-multi' } });

export function pulse(query: DataQuery, model: Json): Frame {
  const shape = objectOf(model['pulseWave']);
  const stepMs = integerOf(shape['timeStep'], 60) * 1000;
  const onCount = integerOf(shape['onCount'], 3);
  const offCount = integerOf(shape['offCount'], 3);
  if (stepMs <= 0 || onCount < 0 || offCount < 0 || onCount + offCount === 0) throw new Error('a pulse needs a time step and counts above 0');
  const on = numberOf(shape['onValue'], 0);
  const off = numberOf(shape['offValue'], 0);
  const cycleMs = stepMs * (onCount + offCount);
  const times = aligned(query, stepMs);
  const values = Array.from(times, (t) => (modulo(t, cycleMs) < onCount * stepMs ? on : off));
  return wave(seriesName(model, query.refId, 0), times, values, parseLabels(textOf(model['labels'])));
}

const modulo = (a: number, n: number): number => ((a % n) + n) % n;

/** One frame an entry; none at all for the old form, a single object. */
export function csvWaves(query: DataQuery, model: Json): Frame[] {
  const entries = model['csvWave'];
  if (!Array.isArray(entries)) return [];
  return entries.filter(isObject).slice(0, seriesWithin(entries.length, pointsMax)).map((entry) => {
    const stepMs = integerOf(entry['timeStep'], 0) * 1000;
    if (stepMs <= 0) throw new Error('a wave needs a time step above 0');
    const values = textOf(entry['valuesCSV']).replace(/,\s*$/, '').split(',').map((raw) => waveValue(raw.trim()));
    const times = aligned(query, stepMs);
    const points = Array.from(times, (t) => values[modulo(Math.floor(t / stepMs), values.length)] ?? null);
    return wave(textOf(entry['name']) || seriesName(model, query.refId, 0), times, points, parseLabels(textOf(entry['labels'])));
  });
}

function waveValue(text: string): number | null {
  if (text === 'null') return null;
  const value = readFloat(text);
  if (value === undefined) throw new Error(`failed to parse value '${text}' into a number`);
  return value;
}

/** Values spread evenly over the range. */
export function metricValues(query: DataQuery, model: Json): Frame | undefined {
  const text = textOf(model['stringInput']).trim();
  if (text === '') return undefined;
  const cells = text.split(',').map((cell) => cell.trim());
  const { from, to } = query.timeRange;
  const stepMs = cells.length > 1 ? Math.floor((to - from) / (cells.length - 1)) : 0;
  return frame('', [timeField('time', Float64Array.from(cells, (_, i) => from + i * stepMs)), csvColumn(seriesName(model, query.refId, 0).replace(/^$/, 'Value'), cells)]);
}
