/** Fields of a source's own settings: members of `jsonData`, and secrets, of which only is shown that they are there. */
import { Box, Button, Field, FieldSet, Input, Combobox, Stack, Switch } from '@grafana/ui';
import type { ReactNode } from 'react';
import { useId } from 'react';
import type { SettingsFormProps } from '../source-modules.ts';

interface SettingProps extends SettingsFormProps {
  readonly name: string;
  readonly label: string;
  readonly description?: string;
  readonly placeholder?: string;
}

const withJson = ({ settings, onChange }: SettingsFormProps, name: string, value: unknown) => onChange({ ...settings, jsonData: { ...settings.jsonData, [name]: value } });

export function SettingsSection({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return <FieldSet label={title}><Box maxWidth={80}>{children}</Box></FieldSet>;
}

export function SettingText({ name, label, description, placeholder, ...form }: SettingProps) {
  const id = useId();
  return <Field label={label} description={description} htmlFor={id}><Input id={id} width={40} placeholder={placeholder} value={String(form.settings.jsonData[name] ?? '')} onChange={(event) => withJson(form, name, event.currentTarget.value)} /></Field>;
}

export function SettingNumber({ name, label, description, placeholder, ...form }: SettingProps) {
  const id = useId();
  return (
    <Field label={label} description={description} htmlFor={id}>
      <Input id={id} width={20} type="number" placeholder={placeholder} value={form.settings.jsonData[name] === undefined ? '' : String(form.settings.jsonData[name])} onChange={(event) => withJson(form, name, event.currentTarget.value === '' ? undefined : Number(event.currentTarget.value))} />
    </Field>
  );
}

export function SettingFlag({ name, label, description, ...form }: SettingProps) {
  const id = useId();
  return <Field label={label} description={description} htmlFor={id}><Switch id={id} value={form.settings.jsonData[name] === true} onChange={(event) => withJson(form, name, event.currentTarget.checked)} /></Field>;
}

export function SettingChoice({ name, label, description, options, first, ...form }: SettingProps & { readonly options: readonly string[]; readonly first: string }) {
  const id = useId();
  return <Field label={label} description={description} htmlFor={id}><Combobox id={id} width={30} options={options.map((value) => ({ value, label: value }))} value={String(form.settings.jsonData[name] ?? first)} onChange={({ value }) => withJson(form, name, value)} /></Field>;
}

/** A member of the settings themselves: address, database, user. */
export function PlainText({ settings, onChange, name, label, description, placeholder }: SettingProps & { readonly name: 'url' | 'user' | 'database' }) {
  const id = useId();
  return <Field label={label} description={description} htmlFor={id}><Input id={id} width={40} placeholder={placeholder} value={settings[name]} onChange={(event) => onChange({ ...settings, [name]: event.currentTarget.value })} /></Field>;
}

export function SettingSecret({ settings, onChange, name, label, description, placeholder }: SettingProps) {
  const id = useId();
  const { secureJsonData, secureJsonFields } = settings;
  const reset = () => onChange({ ...settings, secureJsonFields: { ...secureJsonFields, [name]: false }, secureJsonData: { ...secureJsonData, [name]: '' } });
  return (
    <Field label={label} description={description} htmlFor={id}>
      {secureJsonFields[name] === true ? (
        <Stack direction="row" gap={1}><Input id={id} width={40} disabled value="configured" /><Button type="button" variant="secondary" onClick={reset}>Reset</Button></Stack>
      ) : (
        <Input id={id} width={40} type="password" autoComplete="new-password" placeholder={placeholder} value={secureJsonData[name] ?? ''} onChange={(event) => onChange({ ...settings, secureJsonData: { ...secureJsonData, [name]: event.currentTarget.value } })} />
      )}
    </Field>
  );
}
