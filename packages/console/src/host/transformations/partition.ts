/** "Partition by values": a frame for each combination of values of some fields. */
import type { DataFrame, Field } from '@grafana/data';
import { frameOf, type Tools, withValues } from './frames.ts';

export interface PartitionOptions {
  readonly fields?: readonly string[];
  readonly keepFields?: boolean;
  readonly naming?: { readonly asLabels?: boolean; readonly append?: boolean; readonly withNames?: boolean; readonly separator1?: string; readonly separator2?: string };
}

export function partitionByValues({ fields = [], keepFields = false, naming = {} }: PartitionOptions, frames: readonly DataFrame[], tools: Pick<Tools, 'nameOf'>): DataFrame[] {
  if (fields.length === 0) return [...frames];
  return frames.flatMap((frame) => {
    const isKey = (field: Field) => fields.includes(field.name) || fields.includes(tools.nameOf(field, frame, frames));
    const keys = frame.fields.filter(isKey);
    if (keys.length === 0) return [frame];
    const groups = new Map<string, number[]>();
    for (let row = 0; row < frame.length; row++) {
      const key = JSON.stringify(keys.map((field) => field.values[row]));
      const rows = groups.get(key);
      if (rows) rows.push(row);
      else groups.set(key, [row]);
    }
    const kept = frame.fields.filter((field) => keepFields || !isKey(field));
    return [...groups.values()].map((rows) => {
      const values = keys.map((field) => [field.name, String(field.values[rows[0]!])] as const);
      const fieldsOfGroup = kept.map((field) => withValues(field, rows.map((row) => field.values[row]), naming.asLabels && !isKey(field) ? { ...field.labels, ...Object.fromEntries(values) } : undefined));
      const { asLabels, append, withNames, separator1 = ' ', separator2 = ' ' } = naming;
      const name = values.map(([key, value]) => (withNames ? `${key}${separator2}${value}` : value)).join(separator1);
      return frameOf(fieldsOfGroup, { ...frame, ...(asLabels ? {} : { name: append && frame.name ? `${frame.name}${separator1}${name}` : name }) });
    });
  });
}
