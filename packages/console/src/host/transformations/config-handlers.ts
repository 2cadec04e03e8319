/** What values of a result can configure: the handlers that "Rows to fields" and "Config from query results" map fields to. */
import type { DataFrame, Field, FieldConfig, Threshold, ThresholdsMode, ValueMapping } from '@grafana/data';

export interface FieldMapping {
  readonly fieldName: string;
  /** Null: left out. */
  readonly handlerKey: string | null;
  readonly reducerId?: string;
}

export interface HandlerInfo {
  readonly key: string;
  readonly name: string;
  readonly apply: (config: FieldConfig, value: unknown) => void;
}

const numberIn = (value: unknown) => (value === null || value === undefined || value === '' || Number.isNaN(Number(value)) ? undefined : Number(value));
const number = (key: 'min' | 'max' | 'decimals', name: string): HandlerInfo => ({
  key, name,
  apply(config, value) {
    const read = numberIn(value);
    if (read !== undefined) config[key] = read;
  },
});
const text = (key: 'unit' | 'displayName' | 'noValue' | 'description', name: string): HandlerInfo => ({
  key, name,
  apply(config, value) {
    if (value !== null && value !== undefined && value !== '') config[key] = String(value);
  },
});

export const handlers: readonly HandlerInfo[] = [
  number('max', 'Max'), number('min', 'Min'), text('unit', 'Unit'), number('decimals', 'Decimals'), text('displayName', 'Display name'), text('noValue', 'No value'), text('description', 'Description'),
  { key: 'color', name: 'Color', apply(config, value) { if (value) config.color = { mode: 'fixed' as never, fixedColor: String(value) }; } },
  {
    key: 'threshold1', name: 'Threshold',
    apply(config, value) {
      const read = numberIn(value);
      if (read === undefined) return;
      const steps: Threshold[] = [...(config.thresholds?.steps ?? [{ value: -Infinity, color: 'green' }]), { value: read, color: 'red' }];
      config.thresholds = { mode: config.thresholds?.mode ?? ('absolute' as ThresholdsMode), steps };
    },
  },
];

export const handlerOf = (key: string | null | undefined): HandlerInfo | undefined => handlers.find((handler) => handler.key === key);

/** What a field is for: as it was mapped, else by its name. */
export function roleOf(field: Field, mappings: readonly FieldMapping[]): string | null | undefined {
  const mapped = mappings.find(({ fieldName }) => fieldName === field.name);
  if (mapped) return mapped.handlerKey;
  const name = field.name.toLowerCase();
  return handlers.find(({ key }) => key.toLowerCase() === name)?.key;
}

/** Value mappings out of columns of a table: value, text, color. */
export function mappingsOf(frame: DataFrame, mappings: readonly FieldMapping[]): ValueMapping[] {
  const column = (role: string) => frame.fields.find((field) => roleOf(field, mappings) === role)?.values;
  const values = column('mappings.value');
  const texts = column('mappings.text');
  const colors = column('mappings.color');
  if (!values) return [];
  return values.map((value: unknown, index: number): ValueMapping => {
    const result = { index, ...(texts?.[index] ? { text: String(texts[index]) } : {}), ...(colors?.[index] ? { color: String(colors[index]) } : {}) };
    return (value === null || value === undefined ? { type: 'special', options: { match: 'null', result } } : { type: 'value', options: { [String(value)]: result } }) as ValueMapping;
  });
}
