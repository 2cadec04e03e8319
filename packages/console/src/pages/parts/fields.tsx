/** Form fields with their labels: a value, what it becomes, and what is wrong with it in words. */
import { Checkbox, Combobox, Field, Input, RadioButtonGroup, SecretInput, SecretTextArea, Switch, TagsInput, TextArea, type ComboboxOption } from '@grafana/ui';
import { useId, type ReactNode } from 'react';

interface FieldOf<T> {
  readonly label: string;
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly description?: ReactNode;
  readonly error?: string | undefined;
  readonly required?: boolean;
  readonly disabled?: boolean;
  readonly placeholder?: string;
  readonly autoFocus?: boolean;
  readonly width?: number;
  /** Without the space beneath, within a row. */
  readonly tight?: boolean;
}

const outer = ({ label, description, error, required, disabled, tight }: Omit<FieldOf<unknown>, 'value' | 'onChange'>, id: string) => ({
  label, description, htmlFor: id, noMargin: tight ?? false, required: required ?? false, disabled: disabled ?? false, invalid: error !== undefined, ...(error === undefined ? {} : { error }),
});

const inner = ({ required, disabled, placeholder, autoFocus, error }: Omit<FieldOf<unknown>, 'value' | 'onChange' | 'label'>, id: string) => ({
  id, required: required ?? false, disabled: disabled ?? false, 'aria-invalid': error !== undefined, ...(placeholder === undefined ? {} : { placeholder }), ...(autoFocus ? { autoFocus } : {}),
});

/** As wide as asked for, in steps of eight pixels, but never wider than a small screen. */
export function Sized({ width, children }: { readonly width?: number | undefined; readonly children: ReactNode }) {
  return width === undefined ? children : <div style={{ width: `min(${width * 8}px, calc(100vw - 48px))` }}>{children}</div>;
}

export interface TextFieldProps extends FieldOf<string> {
  readonly type?: 'text' | 'password' | 'email' | 'url' | 'number' | 'date' | 'datetime-local' | 'time';
  readonly autoComplete?: string;
  readonly suffix?: ReactNode;
}

export function TextField(props: TextFieldProps) {
  const id = useId();
  const { value, onChange, type = 'text', autoComplete = 'off', suffix } = props;
  return (
    <Field {...outer(props, id)}>
      <Sized width={props.width}><Input {...inner(props, id)} type={type} autoComplete={autoComplete} suffix={suffix} value={value} onChange={(event) => onChange(event.currentTarget.value)} /></Sized>
    </Field>
  );
}

/** A number, or nothing where the field is empty. */
export function NumberField({ value, onChange, ...props }: FieldOf<number | undefined>) {
  return <TextField {...props} type="number" value={value === undefined ? '' : String(value)} onChange={(text) => onChange(text.trim() === '' || !Number.isFinite(Number(text)) ? undefined : Number(text))} />;
}

export function AreaField(props: FieldOf<string> & { readonly rows?: number; readonly code?: boolean }) {
  const id = useId();
  const { value, onChange, rows = 4, code } = props;
  const given = inner(props, id);
  return (
    <Field {...outer(props, id)}>
      <TextArea {...given} rows={rows} spellCheck={!code} style={code ? { fontFamily: 'monospace' } : {}} value={value} onChange={(event) => onChange(event.currentTarget.value)} />
    </Field>
  );
}

/** A value that the server keeps to itself: `stored` says that there is one; null means that it stays as it is. */
export function SecretField({ stored, long, onReset, ...props }: FieldOf<string> & { readonly stored: boolean; readonly long?: boolean; readonly onReset: () => void }) {
  const id = useId();
  const { value, onChange } = props;
  const given = inner(props, id);
  return (
    <Field {...outer(props, id)}>
      {long
        ? <SecretTextArea {...given} rows={5} isConfigured={stored} onReset={onReset} value={value} onChange={(event) => onChange(event.currentTarget.value)} />
        : <SecretInput {...given} isConfigured={stored} onReset={onReset} autoComplete="new-password" value={value} onChange={(event) => onChange(event.currentTarget.value)} />}
    </Field>
  );
}

export interface Choice<T extends string | number = string> {
  readonly value: T;
  readonly label?: string;
  readonly description?: string;
}

const optionsOf = <T extends string | number>(choices: readonly Choice<T>[]) => choices.map((choice) => ({ ...choice, label: choice.label ?? String(choice.value) })) as ComboboxOption<T>[];

export interface PickFieldProps<T extends string | number> extends FieldOf<T | null> {
  readonly choices: readonly Choice<T>[] | ((typed: string) => Promise<readonly Choice<T>[]>);
  /** Lets people leave it open again. */
  readonly clearable?: boolean;
  readonly custom?: boolean;
  /** How the present value reads, where the choices are asked for one by one. */
  readonly valueLabel?: string | undefined;
  /** Within a table: the label is for screen readers only. */
  readonly bare?: boolean;
}

export function PickField<T extends string | number>(props: PickFieldProps<T>) {
  const id = useId();
  const { value, onChange, choices, clearable, custom, valueLabel, width, placeholder, disabled, label } = props;
  const shared = {
    id, 'aria-label': label, disabled: disabled ?? false, createCustomValue: custom ?? false, invalid: props.error !== undefined,
    options: typeof choices === 'function' ? async (typed: string) => optionsOf(await choices(typed)) : optionsOf(choices),
    value: value === null || valueLabel === undefined ? value : { value, label: valueLabel },
    ...(placeholder === undefined ? {} : { placeholder }),
  };
  const box = <Sized width={width}>{clearable ? <Combobox<T> {...shared} isClearable onChange={(option) => onChange(option?.value ?? null)} /> : <Combobox<T> {...shared} onChange={(option) => onChange(option.value)} />}</Sized>;
  return props.bare ? box : <Field {...outer(props, id)}>{box}</Field>;
}

export function SwitchField(props: FieldOf<boolean>) {
  const id = useId();
  const { value, onChange, disabled } = props;
  return <Field {...outer(props, id)}><Switch id={id} disabled={disabled ?? false} value={value} onChange={(event) => onChange(event.currentTarget.checked)} /></Field>;
}

export function CheckField({ label, value, onChange, description, disabled }: FieldOf<boolean>) {
  return <div><Checkbox label={label} value={value} disabled={disabled ?? false} {...(typeof description === 'string' ? { description } : {})} onChange={(event) => onChange(event.currentTarget.checked)} /></div>;
}

export function ChoiceField<T extends string>(props: FieldOf<T> & { readonly choices: readonly Choice<T>[] }) {
  const id = useId();
  const { value, onChange, choices, disabled } = props;
  return (
    <Field {...outer(props, id)} useFieldset>
      <RadioButtonGroup id={id} aria-label={props.label} disabled={disabled ?? false} options={choices.map((choice) => ({ ...choice, label: choice.label ?? choice.value }))} value={value} onChange={onChange} />
    </Field>
  );
}

export function TagsField(props: FieldOf<readonly string[]>) {
  const id = useId();
  const { value, onChange, placeholder, disabled } = props;
  return (
    <Field {...outer(props, id)}>
      <TagsInput id={id} tags={[...value]} disabled={disabled ?? false} addOnBlur maxLength={200} onChange={onChange} {...(placeholder === undefined ? {} : { placeholder })} />
    </Field>
  );
}
