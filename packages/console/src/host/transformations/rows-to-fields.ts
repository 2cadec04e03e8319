/** "Rows to fields": each row becomes a field with one value, configured by the other columns. */
import type { DataFrame, Field, FieldConfig } from '@grafana/data';
import { handlerOf, roleOf, type FieldMapping } from './config-handlers.ts';
import { fieldOf, frameOf, kinds } from './frames.ts';

export interface RowsToFieldsOptions {
  readonly mappings?: readonly FieldMapping[];
}

export function rowsToFields({ mappings = [] }: RowsToFieldsOptions, frames: readonly DataFrame[]): DataFrame[] {
  return frames.map((frame) => {
    const withRole = (role: string) => frame.fields.find((field) => mappings.some((mapping) => mapping.fieldName === field.name && mapping.handlerKey === role));
    const free = (field: Field) => !mappings.some(({ fieldName }) => fieldName === field.name);
    const names = withRole('field.name') ?? frame.fields.find((field) => field.type === kinds.string && free(field));
    const values = withRole('field.value') ?? frame.fields.find((field) => field.type === kinds.number && free(field) && field !== names);
    if (!names || !values) return frame;
    const rest = frame.fields.filter((field) => field !== names && field !== values);
    return frameOf(Array.from({ length: frame.length }, (_, row) => {
      const config: FieldConfig = { ...values.config };
      const labels: Record<string, string> = {};
      for (const field of rest) {
        const role = roleOf(field, mappings);
        const handler = handlerOf(role);
        if (handler) handler.apply(config, field.values[row]);
        else if (role !== null && role !== '__ignore') labels[field.name] = String(field.values[row] ?? '');
      }
      return fieldOf(String(names.values[row]), values.type, [values.values[row]], { config, ...(Object.keys(labels).length > 0 ? { labels } : {}) });
    }), { ...(frame.refId ? { refId: frame.refId } : {}), ...(frame.name ? { name: frame.name } : {}) });
  });
}
