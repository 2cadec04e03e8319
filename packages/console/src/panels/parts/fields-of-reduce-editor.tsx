import { getFieldDisplayName, type StandardEditorProps } from '@grafana/data';
import { Select } from '@grafana/ui';

const escaped = (name: string) => `/^${name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}$/`;

/** Empty: number fields; else a regular expression over names, of which the frequent ones are offered. */
export function FieldsOfReduceEditor({ value, onChange, context, item: { name } }: StandardEditorProps<string>) {
  const names = [...new Set(context.data.flatMap((frame) => frame.fields.map((field) => getFieldDisplayName(field, frame, context.data))))];
  const options = [{ value: '', label: 'Numeric fields' }, { value: '/.*/', label: 'All fields' }, ...names.map((one) => ({ value: escaped(one), label: one }))];
  if (value && !options.some((option) => option.value === value)) options.push({ value, label: value });
  return <Select aria-label={name} options={options} value={value ?? ''} allowCustomValue onChange={(option) => onChange(option.value)} />;
}
