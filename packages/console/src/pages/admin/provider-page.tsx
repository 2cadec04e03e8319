/** The settings of one way to sign in. */
import { Badge, Stack } from '@grafana/ui';
import { useState } from 'react';
import { useParams } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { SecretField, SwitchField, TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { Section } from '../parts/section.tsx';
import { inGroups, isSecret, kept, labelOf, type Provider, providerNames } from './provider.ts';

export default function ProviderPage() {
  const { provider = '' } = useParams();
  const url = `/api/v1/sso-settings/${encodeURIComponent(provider)}`;
  const stored = useLoaded(() => api.get<Provider>(url), url);
  const [turn, setTurn] = useState(0);
  const name = providerNames[provider] ?? provider;
  const again = () => {
    stored.reload();
    setTurn(turn + 1);
  };
  return (
    <Page title={name} above={[{ label: 'Authentication', url: '/admin/authentication' }]} subtitle={stored.value && <Stack direction="row" gap={1}>{stored.value.settings['enabled'] === true ? <Badge color="green" text="Enabled" /> : <Badge color="darkgrey" text="Not enabled" />}{stored.value.source === 'database' ? 'Configured here' : 'As in the configuration file'}</Stack>}
      actions={stored.value?.source === 'database' && may('settings:write') && <Confirmed label="Reset" title={`Reset ${name}?`} body="What was configured here is forgotten; the configuration file holds again." onConfirm={async () => {
        if (await attempt(() => api.delete(url), `${name} is reset`, 'It could not be reset')) again();
      }} />}>
      <Shown loaded={stored}>{(value) => <ProviderForm key={`${turn} ${value.source}`} stored={value} url={url} onSaved={again} />}</Shown>
    </Page>
  );
}

function ProviderForm({ stored, url, onSaved }: { readonly stored: Provider; readonly url: string; readonly onSaved: () => void }) {
  const [draft, setDraft] = useState<Readonly<Record<string, unknown>>>(stored.settings);
  const set = (key: string) => (value: unknown) => setDraft((now) => ({ ...now, [key]: value }));
  const disabled = !may('settings:write');
  const name = providerNames[stored.provider] ?? stored.provider;
  return (
    <Form submit="Save" disabled={disabled} onSubmit={async () => {
      if (await attempt(() => api.put(url, { provider: stored.provider, settings: draft }), `${name} is saved`, 'The settings could not be saved')) onSaved();
    }}>
      <SwitchField label="Enabled" disabled={disabled} value={draft['enabled'] === true} onChange={set('enabled')} />
      {inGroups(stored.settings).map(([title, keys]) => (
        <Section key={title} title={title}>
          <div>
            {keys.map((key) => {
              const value = draft[key];
              if (typeof value === 'boolean') return <SwitchField key={key} label={labelOf(key)} disabled={disabled} value={value} onChange={set(key)} />;
              if (isSecret(key)) return <SecretField key={key} label={labelOf(key)} disabled={disabled} stored={value === kept} value={value === kept ? '' : String(value ?? '')} onChange={set(key)} onReset={() => set(key)('')} />;
              return <TextField key={key} label={labelOf(key)} disabled={disabled} value={String(value ?? '')} onChange={typeof value === 'number' ? (text) => set(key)(Number(text)) : set(key)} />;
            })}
          </div>
        </Section>
      ))}
    </Form>
  );
}
