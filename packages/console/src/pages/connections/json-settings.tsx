/** Settings of a source whose plugin brings no form that this console knows: its JSON, and its secrets by name. */
import { Button, IconButton, Stack } from '@grafana/ui';
import { useState } from 'react';
import type { SettingsFormProps } from '../../sources/source-modules.ts';
import { AreaField, SecretField, TextField } from '../parts/fields.tsx';
import { Section } from '../parts/section.tsx';

/** Secrets that the HTTP part of the form shows already. */
const shownElsewhere = /^(basicAuthPassword|tls(CACert|ClientCert|ClientKey)|httpHeaderValue\d+)$/;

export function JsonSettings({ settings, onChange, disabled }: SettingsFormProps & { readonly disabled: boolean }) {
  const [text, setText] = useState(() => JSON.stringify(settings.jsonData, null, 2));
  const [fault, setFault] = useState<string | undefined>();
  const [key, setKey] = useState('');
  const { secureJsonData, secureJsonFields } = settings;
  const keys = [...new Set([...Object.keys(secureJsonFields), ...Object.keys(secureJsonData)])].filter((name) => !shownElsewhere.test(name));
  return (
    <Section title="Settings of the plugin" description="This console has no form for this type: write its settings as JSON">
      <TextField label="Database" disabled={disabled} value={settings.database} onChange={(database) => onChange({ ...settings, database })} />
      <TextField label="User" disabled={disabled} value={settings.user} onChange={(user) => onChange({ ...settings, user })} />
      <AreaField code rows={10} label="JSON" disabled={disabled} value={text} error={fault} onChange={(next) => {
        setText(next);
        try {
          const jsonData: unknown = JSON.parse(next);
          if (typeof jsonData !== 'object' || jsonData === null || Array.isArray(jsonData)) throw new Error('An object is wanted');
          setFault(undefined);
          onChange({ ...settings, jsonData: jsonData as Record<string, unknown> });
        } catch (error) {
          setFault((error as Error).message);
        }
      }} />
      {keys.map((name) => (
        <SecretField key={name} label={name} disabled={disabled} stored={secureJsonFields[name] === true} value={secureJsonData[name] ?? ''}
          onChange={(value) => onChange({ ...settings, secureJsonData: { ...secureJsonData, [name]: value } })}
          onReset={() => onChange({ ...settings, secureJsonData: { ...secureJsonData, [name]: '' }, secureJsonFields: { ...secureJsonFields, [name]: false } })} />
      ))}
      {!disabled && (
        <Stack direction="row" gap={1} alignItems="flex-end">
          <TextField tight label="Name of another secret" placeholder="password" value={key} onChange={setKey} />
          <Button type="button" variant="secondary" disabled={key.trim() === ''} onClick={() => { onChange({ ...settings, secureJsonData: { ...secureJsonData, [key.trim()]: '' } }); setKey(''); }}>Add secret</Button>
          {key !== '' && <IconButton name="times" aria-label="Clear" onClick={() => setKey('')} />}
        </Stack>
      )}
    </Section>
  );
}
