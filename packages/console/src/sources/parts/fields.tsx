/** Small inputs of query editors: a label before, the value taken over when it is left. */
import { Combobox, InlineField, InlineSwitch, Input } from '@grafana/ui';
import { useEffect, useState } from 'react';

export function TextInput({ label, value, onChange, placeholder, tooltip, width = 16, type }: {
  readonly label: string; readonly value: string | number | undefined; readonly onChange: (value: string) => void; readonly placeholder?: string; readonly tooltip?: string; readonly width?: number; readonly type?: 'number';
}) {
  const shown = value === undefined ? '' : String(value);
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);
  const done = () => text !== shown && onChange(text);
  return (
    <InlineField label={label} {...(tooltip ? { tooltip } : {})}>
      <Input aria-label={label} type={type} width={width} value={text} placeholder={placeholder} onChange={(event) => setText(event.currentTarget.value)} onBlur={done} onKeyDown={(event) => event.key === 'Enter' && done()} />
    </InlineField>
  );
}

export function Choice<Value extends string>({ label, value, options, onChange, width = 16, tooltip, custom = false }: {
  readonly label: string; readonly value: Value; readonly options: readonly { readonly value: Value; readonly label: string; readonly description?: string }[]; readonly onChange: (value: Value) => void; readonly width?: number;
  readonly tooltip?: string; readonly custom?: boolean;
}) {
  return <InlineField label={label} {...(tooltip ? { tooltip } : {})}><Combobox aria-label={label} width={width} options={[...options]} value={value} createCustomValue={custom} onChange={(option) => onChange(option.value)} /></InlineField>;
}

export function Flag({ label, value, onChange, tooltip }: { readonly label: string; readonly value: boolean; readonly onChange: (value: boolean) => void; readonly tooltip?: string }) {
  return <InlineField label={label} {...(tooltip ? { tooltip } : {})}><InlineSwitch aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.checked)} /></InlineField>;
}
