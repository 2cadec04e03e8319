/** Results of Prometheus in the format that the query asks for; the server answers with a frame for each series. */
import type { DataFrame, Field, FieldType } from '@grafana/data';

const isTime = ({ type }: Field) => type === ('time' as FieldType);
const isNumber = ({ type }: Field) => type === ('number' as FieldType);

export type PromFormat = 'time_series' | 'table' | 'heatmap';

/** `formats`: by refId. Frames of other queries, and those that say something else than samples (exemplars), stay as they are. */
export function formatted(frames: readonly DataFrame[], formats: ReadonlyMap<string, PromFormat | undefined>): DataFrame[] {
  const isSamples = (frame: DataFrame) => frame.meta?.dataTopic === undefined && frame.fields.some(isTime) && frame.fields.some(isNumber);
  const groups = Map.groupBy(frames, (frame) => (isSamples(frame) ? (formats.get(frame.refId ?? '') === 'table' ? `table ${frame.refId}` : formats.get(frame.refId ?? '') === 'heatmap' ? `heatmap ${frame.refId}` : '') : ''));
  const tables = [...groups].filter(([key]) => key.startsWith('table '));
  return [...groups].flatMap(([key, group]) => (key === '' ? group : key.startsWith('table ') ? [tableOf(group, tables.length > 1)] : bucketsOf(group)));
}

/** One row a sample, one column a label. */
function tableOf(frames: readonly DataFrame[], several: boolean): DataFrame {
  const [first] = frames;
  const rows = frames.flatMap((frame) => {
    const time = frame.fields.find(isTime)!;
    return frame.fields.filter(isNumber).flatMap((field) => time.values.map((at: number, i: number) => ({ at, labels: field.labels ?? {}, value: field.values[i] })));
  });
  const labels = [...new Set(rows.flatMap((row) => Object.keys(row.labels)))].sort();
  const text = 'string' as FieldType;
  const config = first!.fields.find(isNumber)!.config;
  const { displayName: _, displayNameFromDS: __, ...rest } = config;
  return {
    refId: first!.refId, length: rows.length, meta: { ...first!.meta, preferredVisualisationType: 'table' },
    fields: [
      { name: 'Time', type: 'time' as FieldType, config: {}, values: rows.map(({ at }) => at) }, ...labels.map((label) => ({ name: label, type: text, config: { filterable: true }, values: rows.map((row) => row.labels[label] ?? '') })),
      { name: several ? `Value #${first!.refId}` : 'Value', type: 'number' as FieldType, config: rest, values: rows.map(({ value }) => value) },
    ],
  } as DataFrame;
}

const bound = (frame: DataFrame): number => {
  const le = frame.fields.find(isNumber)?.labels?.['le'] ?? '';
  return /^\+?inf$/i.test(le) ? Infinity : Number.parseFloat(le);
};

/** Each bucket counts what the smaller ones count as well; a heatmap wants what is in it alone. */
function bucketsOf(frames: readonly DataFrame[]): DataFrame[] {
  if (frames.some((frame) => Number.isNaN(bound(frame)))) return [...frames];
  const sorted = frames.toSorted((a, b) => bound(a) - bound(b));
  const at = sorted.map((frame) => new Map<number, number>(frame.fields.find(isTime)!.values.map((time: number, i: number) => [time, Number(frame.fields.find(isNumber)!.values[i])] as const)));
  return sorted.map((frame, index) => ({
    ...frame,
    fields: frame.fields.map((field) => {
      if (!isNumber(field)) return field;
      const times = frame.fields.find(isTime)!.values as readonly number[];
      const name = String(field.labels?.['le']);
      return { ...field, config: { ...field.config, displayNameFromDS: name }, values: field.values.map((value: unknown, i: number) => (typeof value === 'number' && index > 0 ? Math.max(0, value - (at[index - 1]!.get(times[i]!) ?? 0)) : value)) };
    }),
  }));
}
