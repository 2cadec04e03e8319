/** Fields of the settings' forms: what is typed is taken over when the field is left or Enter is pressed. */
import { getDataSourceRef, type DataSourceRef } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';
import { Combobox, Field, Input, Switch, TextArea } from '@grafana/ui';
import { useEffect, useId, useState } from 'react';

interface TypedProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly description?: string;
  readonly placeholder?: string;
  /** In words what is wrong; the value is not taken over then. */
  readonly problemOf?: (value: string) => string | undefined;
  readonly rows?: number;
  readonly type?: 'number';
}

export function TypedField({ label, value, onChange, description, placeholder, problemOf, rows, type }: TypedProps) {
  const id = useId();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const problem = problemOf?.(text);
  const done = () => text !== value && problem === undefined && onChange(text);
  const common = { id, value: text, placeholder, onBlur: done };
  return (
    <Field label={label} htmlFor={id} invalid={problem !== undefined} {...(description ? { description } : {})} {...(problem ? { error: problem } : {})}>
      {rows === undefined
        ? <Input {...common} {...(type ? { type } : {})} onChange={(event) => setText(event.currentTarget.value)} onKeyDown={(event) => event.key === 'Enter' && done()} />
        : <TextArea {...common} rows={rows} onChange={(event) => setText(event.currentTarget.value)} />}
    </Field>
  );
}

export function SwitchField({ label, value, onChange, description }: { readonly label: string; readonly value: boolean; readonly onChange: (value: boolean) => void; readonly description?: string }) {
  const id = useId();
  return <Field label={label} htmlFor={id} {...(description ? { description } : {})}><Switch id={id} value={value} onChange={(event) => onChange(event.currentTarget.checked)} /></Field>;
}

export interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
  readonly description?: string;
}

export function ChoiceField<Value extends string | number>({ label, value, options, onChange, description }: { readonly label: string; readonly value: Value | undefined; readonly options: readonly Choice<Value>[]; readonly onChange: (value: Value) => void; readonly description?: string }) {
  const id = useId();
  return <Field label={label} htmlFor={id} {...(description ? { description } : {})}><Combobox id={id} options={[...options]} value={value ?? null} onChange={(option) => onChange(option.value)} /></Field>;
}

/** Sources of one's own, and variables that stand for one. */
export function SourceField({ value, onChange, annotations = false }: { readonly value: DataSourceRef | null | undefined; readonly onChange: (ref: DataSourceRef) => void; readonly annotations?: boolean }) {
  const id = useId();
  const found = getDataSourceSrv().getInstanceSettings(value?.uid === '-- Grafana --' ? 'grafana' : value);
  const list = getDataSourceSrv().getList({ variables: true, ...(annotations ? { annotations: true } : {}) });
  const all = found && !list.some(({ uid }) => uid === found.uid) ? [found, ...list] : list;
  return <Field label="Data source" htmlFor={id}><Combobox id={id} placeholder="Choose a data source" options={all.map(({ uid, name, meta }) => ({ value: uid, label: name, description: meta.name }))} value={found?.uid ?? null} onChange={(option) => { const chosen = all.find(({ uid }) => uid === option.value); if (chosen) onChange(getDataSourceRef(chosen)); }} /></Field>;
}
