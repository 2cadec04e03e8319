/** "Prepare time series": results over time in the shape that a visualization or a later step wants. */
import type { DataFrame, Field } from '@grafana/data';
import { fieldOf, frameOf, kinds, type Tools, withValues } from './frames.ts';
import { partitionByValues } from './partition.ts';

export interface PrepareSeriesOptions {
  readonly format?: string;
}

const timeOf = (frame: DataFrame) => frame.fields.find(({ type }) => type === kinds.time);
const numbersOf = (frame: DataFrame) => frame.fields.filter(({ type }) => type === kinds.number || type === kinds.boolean);

/** One series a frame; texts beside the values become labels. */
function many(frames: readonly DataFrame[], tools: Tools): DataFrame[] {
  return frames.flatMap((frame) => {
    const texts = frame.fields.filter(({ type }) => type === kinds.string).map(({ name }) => name);
    const parts = texts.length > 0 ? partitionByValues({ fields: texts, naming: { asLabels: true } }, [frame], tools) : [frame];
    return parts.flatMap((part) => {
      const time = timeOf(part);
      return time ? numbersOf(part).map((field) => frameOf([ascending(time, time), ascending(field, time)], { refId: part.refId, name: part.name, meta: { ...part.meta, type: 'timeseries-multi' as never } } as Partial<DataFrame>)) : [];
    });
  });
}

function ascending(field: Field, time: Field): Field {
  const times = time.values as readonly number[];
  if (times.every((at, i) => i === 0 || times[i - 1]! <= at)) return field;
  const order = times.map((_, i) => i).sort((a, b) => times[a]! - times[b]!);
  return withValues(field, order.map((i) => field.values[i]));
}

function wide(frames: readonly DataFrame[], tools: Tools): DataFrame[] {
  const series = many(frames, tools);
  const joined = series.length > 1 ? tools.joined(series) : series[0];
  return joined ? [{ ...joined, meta: { ...joined.meta, type: 'timeseries-wide' as never } }] : [];
}

/** All series in one table, the labels as columns. */
function long(frames: readonly DataFrame[], tools: Tools): DataFrame[] {
  const series = many(frames, tools);
  if (series.length === 0) return [];
  const labels = [...new Set(series.flatMap(({ fields }) => Object.keys(fields[1]!.labels ?? {})))];
  const names = [...new Set(series.map(({ fields }) => fields[1]!.name))];
  const rows = series.flatMap(({ fields: [time, value] }) => time!.values.map((at: number, i: number) => ({ at, name: value!.name, value: value!.values[i], labels: value!.labels ?? {} }))).sort((a, b) => a.at - b.at);
  return [frameOf([
    fieldOf(series[0]!.fields[0]!.name, kinds.time, rows.map(({ at }) => at), { config: series[0]!.fields[0]!.config }), ...labels.map((label) => fieldOf(label, kinds.string, rows.map((row) => row.labels[label] ?? null))),
    ...names.map((name) => fieldOf(name, kinds.number, rows.map((row) => (row.name === name ? row.value : null)), { config: series.find(({ fields }) => fields[1]!.name === name)!.fields[1]!.config })),
  ], { refId: series[0]!.refId, meta: { type: 'timeseries-long' as never } } as Partial<DataFrame>)];
}

export function prepareTimeSeries({ format = 'multi' }: PrepareSeriesOptions, frames: readonly DataFrame[], tools: Tools): DataFrame[] {
  return format === 'wide' ? wide(frames, tools) : format === 'long' ? long(frames, tools) : many(frames, tools);
}
