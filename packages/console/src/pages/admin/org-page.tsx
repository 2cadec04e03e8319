/** The present organization: its name and what holds for everybody in it. */
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { startAt } from '../parts/go.ts';
import { PreferencesForm } from '../parts/preferences-form.tsx';
import { Section } from '../parts/section.tsx';

export default function OrgPage() {
  const org = useLoaded(() => api.get<{ readonly name: string }>('/api/org'), '');
  return (
    <Page title="Default preferences" subtitle="The organization's name and how things look unless people choose otherwise">
      {may('orgs:read') && <Section title="Profile"><Shown loaded={org}>{({ name }) => <Name name={name} />}</Shown></Section>}
      {may('orgs.preferences:read') && <Section title="Preferences"><PreferencesForm url="/api/org/preferences" disabled={!may('orgs.preferences:write')} onSaved={() => startAt('/org')} /></Section>}
    </Page>
  );
}

function Name({ name }: { readonly name: string }) {
  const [next, setNext] = useState(name);
  const disabled = !may('orgs:write');
  return (
    <Form submit="Save name" disabled={disabled || next.trim() === ''} onSubmit={() => attempt(() => api.put('/api/org', { name: next }), 'The name is saved', 'The name could not be saved')}>
      <TextField label="Organization name" required disabled={disabled} value={next} onChange={setNext} />
    </Form>
  );
}
