/** The settings of one integration, from the description that the server gives of it (alerting-notifications §6.5). */
import { Button, FieldSet, IconButton, Stack } from '@grafana/ui';
import { AreaField, PickField, SecretField, SwitchField, TagsField, TextField } from '../parts/fields.tsx';
import { PairsEditor } from './labels.tsx';

export interface OptionField {
  readonly element: string;
  readonly inputType: string;
  readonly label: string;
  readonly description: string;
  readonly placeholder: string;
  readonly propertyName: string;
  readonly selectOptions: readonly { readonly value: string; readonly label: string; readonly description?: string }[] | null;
  readonly showWhen: { readonly field: string; readonly is: string };
  readonly required: boolean;
  /** A regular expression that what is typed must match. */
  readonly validationRule: string;
  /** The field that takes the place of this one: where it is set, this one is not needed. */
  readonly dependsOn: string;
  readonly secure: boolean;
  readonly subformOptions: readonly OptionField[] | null;
}

type Values = Readonly<Record<string, unknown>>;

export interface OptionFieldsProps {
  readonly fields: readonly OptionField[];
  readonly values: Values;
  /** Secrets that are stored, by their path: `tlsConfig.clientKey`. */
  readonly stored: Readonly<Record<string, boolean>>;
  readonly path?: string;
  readonly disabled: boolean;
  readonly onChange: (values: Values) => void;
  readonly onForget: (path: string) => void;
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

function fault(rule: string, value: unknown): string | undefined {
  if (rule === '' || typeof value !== 'string' || value === '') return undefined;
  try {
    return new RegExp(`^(?:${rule})$`).test(value) ? undefined : `It must look like ${rule}`;
  } catch {
    return undefined;
  }
}

export function OptionFields({ fields, values, stored, path = '', disabled, onChange, onForget }: OptionFieldsProps) {
  return (
    <>
      {fields.filter(({ showWhen }) => !showWhen?.field || values[showWhen.field] === showWhen.is).map((field) => {
        const key = field.propertyName;
        const at = `${path}${key}`;
        const value = values[key];
        const set = (next: unknown) => onChange({ ...values, [key]: next });
        const instead = field.dependsOn !== '' && (isGiven(values[field.dependsOn]) || stored[`${path}${field.dependsOn}`] === true);
        const shared = {
          label: field.label, description: field.description, placeholder: field.placeholder, required: field.required && stored[at] !== true && !instead, disabled: disabled || (instead && !isGiven(value) && stored[at] !== true), error: fault(field.validationRule, value),
        };
        if (field.secure) return <SecretField key={key} {...shared} long={field.element === 'textarea'} stored={stored[at] === true} value={typeof value === 'string' ? value : ''} onChange={set} onReset={() => onForget(at)} />;
        switch (field.element) {
          case 'checkbox': return <SwitchField key={key} {...shared} required={false} value={value === true} onChange={set} />;
          case 'textarea': return <AreaField key={key} {...shared} rows={3} value={typeof value === 'string' ? value : ''} onChange={set} />;
          case 'select': return <PickField key={key} {...shared} clearable custom value={typeof value === 'string' && value !== '' ? value : null} choices={field.selectOptions ?? []} onChange={(next) => set(next ?? undefined)} />;
          case 'tag_input':
          case 'string_array': return <TagsField key={key} {...shared} value={Array.isArray(value) ? value.map(String) : []} onChange={set} />;
          case 'key_value_map': return <FieldSet key={key} label={field.label}><PairsEditor what={field.label.toLowerCase()} disabled={disabled} pairs={Object.entries((value ?? {}) as Record<string, unknown>).map(([name, one]) => [name, String(one)])} onChange={(pairs) => set(Object.fromEntries(pairs))} /></FieldSet>;
          case 'subform': {
            const within = value as Values | undefined;
            if (within === undefined && !field.required) return <div key={key} style={{ marginBottom: 16 }}><Button type="button" size="sm" variant="secondary" icon="plus" disabled={disabled} onClick={() => set({})}>{field.label}</Button></div>;
            return (
              <FieldSet key={key} label={<Stack direction="row" gap={1} alignItems="center">{field.label}{!field.required && !disabled && <IconButton name="trash-alt" aria-label={`Remove ${field.label}`} onClick={() => set(undefined)} />}</Stack>}>
                <OptionFields fields={field.subformOptions ?? []} values={within ?? {}} stored={stored} path={`${at}.`} disabled={disabled} onChange={set} onForget={onForget} />
              </FieldSet>
            );
          }
          case 'subform_array': {
            const items = Array.isArray(value) ? (value as Values[]) : [];
            return (
              <FieldSet key={key} label={field.label}>
                {items.map((item, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: items have no identity of their own
                  <Stack key={index} direction="row" gap={1}>
                    <div><OptionFields fields={field.subformOptions ?? []} values={item} stored={{}} disabled={disabled} onChange={(next) => set(items.map((one, where) => (where === index ? next : one)))} onForget={() => undefined} /></div>
                    <IconButton name="trash-alt" aria-label={`Remove ${field.label} ${index + 1}`} onClick={() => set(items.filter((_, where) => where !== index))} />
                  </Stack>
                ))}
                <Button type="button" size="sm" variant="secondary" icon="plus" disabled={disabled} onClick={() => set([...items, {}])}>Add</Button>
              </FieldSet>
            );
          }
          default: return <TextField key={key} {...shared} type={field.inputType === 'password' || field.inputType === 'number' ? field.inputType : 'text'} value={value === undefined || value === null ? '' : String(value)} onChange={set} />;
        }
      })}
    </>
  );
}
