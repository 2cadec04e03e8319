/** "Time series to table": a row a series, with the series itself as a cell. */
import type { DataFrame, DataFrameWithValue } from '@grafana/data';
import { fieldOf, frameOf, kinds, type Tools } from './frames.ts';

/** By refId. */
export type SeriesTableOptions = Readonly<Record<string, { readonly stat?: string; readonly mergeSeries?: boolean; readonly timeField?: string } | undefined>>;

export function timeSeriesTable(options: SeriesTableOptions, frames: readonly DataFrame[], tools: Pick<Tools, 'reduced'>): DataFrame[] {
  const groups = new Map<string, { readonly refId: string; readonly rows: { readonly labels: Readonly<Record<string, string>>; readonly trend: DataFrameWithValue }[] }>();
  const kept: DataFrame[] = [];
  for (const [index, frame] of frames.entries()) {
    const refId = frame.refId ?? '';
    const { stat = 'lastNotNull', mergeSeries = true, timeField } = options[refId] ?? {};
    const time = frame.fields.find(({ type, name }) => type === kinds.time && (!timeField || name === timeField)) ?? frame.fields.find(({ type }) => type === kinds.time);
    const values = frame.fields.filter(({ type }) => type === kinds.number);
    if (!time || values.length === 0) {
      kept.push(frame);
      continue;
    }
    const key = mergeSeries ? refId : `${refId} ${index}`;
    const group = groups.get(key) ?? { refId, rows: [] };
    groups.set(key, group);
    for (const field of values) {
      const value = (tools.reduced(field, stat) ?? null) as number | null;
      group.rows.push({ labels: field.labels ?? {}, trend: { ...frameOf([time, field], { refId, ...(frame.name ? { name: frame.name } : {}) }), value } as DataFrameWithValue });
    }
  }
  const tables = [...groups.values()].map(({ refId, rows }) => {
    const labels = [...new Set(rows.flatMap((row) => Object.keys(row.labels)))];
    return frameOf([...labels.map((label) => fieldOf(label, kinds.string, rows.map((row) => row.labels[label] ?? ''))), fieldOf(`Trend${refId ? ` #${refId}` : ''}`, kinds.frame, rows.map(({ trend }) => trend))], { refId });
  });
  return [...kept, ...tables];
}
