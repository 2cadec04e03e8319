/** "Join by labels": a table with a row for each combination of labels and a column for each value of one label. */
import type { DataFrame, Field } from '@grafana/data';
import { fieldOf, frameOf, kinds } from './frames.ts';

export interface JoinByLabelsOptions {
  /** The label whose values name the columns. */
  readonly value?: string;
  /** The labels that rows are told apart by; without it all that there are. */
  readonly join?: readonly string[];
}

export function joinByLabels({ value = '', join }: JoinByLabelsOptions, frames: readonly DataFrame[]): DataFrame[] {
  const fields = frames.flatMap((frame) => frame.fields.filter((field) => field.type !== kinds.time && field.labels?.[value] !== undefined));
  if (fields.length === 0) return [...frames];
  const keys = join?.length ? join : [...new Set(fields.flatMap((field) => Object.keys(field.labels ?? {})))].filter((key) => key !== value).sort();
  const columns = [...new Set(fields.map((field) => field.labels![value]!))];
  const rows = new Map<string, { readonly labels: readonly string[]; readonly cells: Map<string, Field> }>();
  for (const field of fields) {
    const labels = keys.map((key) => field.labels?.[key] ?? '');
    const key = JSON.stringify(labels);
    const row = rows.get(key) ?? { labels, cells: new Map<string, Field>() };
    row.cells.set(field.labels![value]!, field);
    rows.set(key, row);
  }
  const lines = [...rows.values()].flatMap(({ labels, cells }) => Array.from({ length: Math.max(...[...cells.values()].map(({ values }) => values.length)) }, (_, i) => ({ labels, values: columns.map((column) => cells.get(column)?.values[i] ?? null) })));
  return [frameOf([
    ...keys.map((key, index) => fieldOf(key, kinds.string, lines.map((line) => line.labels[index]))),
    ...columns.map((column, index) => {
      const first = fields.find((field) => field.labels![value] === column)!;
      return fieldOf(column, first.type, lines.map((line) => line.values[index]), { config: first.config });
    }),
  ])];
}
