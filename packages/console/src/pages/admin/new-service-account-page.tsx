import { LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page } from '../../app/page.tsx';
import { type OrgRole, orgRoles } from '../parts/choices.ts';
import { ChoiceField, TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';

export default function NewServiceAccountPage() {
  const [name, setName] = useState('');
  const [role, setRole] = useState<OrgRole>('Viewer');
  return (
    <Page title="New service account" above={[{ label: 'Service accounts', url: '/org/serviceaccounts' }]}>
      <Form submit="Create" disabled={name.trim() === ''} more={<LinkButton variant="secondary" fill="text" href="/org/serviceaccounts">Cancel</LinkButton>} onSubmit={async () => {
        let id = '';
        const made = async () => {
          const account = await api.post<{ readonly uid: string; readonly id: number }>('/api/serviceaccounts', { name, role, isDisabled: false });
          id = account.uid || String(account.id);
        };
        if (await attempt(made, `${name} is created; add a token to it`, 'The service account could not be created')) goTo(`/org/serviceaccounts/${id}`);
      }}>
        <TextField label="Name" required autoFocus value={name} onChange={setName} />
        <ChoiceField label="Role" value={role} choices={orgRoles} onChange={setRole} />
      </Form>
    </Page>
  );
}
