import { LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page } from '../../app/page.tsx';
import { TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { startAt } from '../parts/go.ts';

export default function NewOrgPage() {
  const [name, setName] = useState('');
  return (
    <Page title="New organization" subtitle="You become its admin and are switched to it" above={[{ label: 'Organizations', url: '/admin/orgs' }]}>
      <Form submit="Create" disabled={name.trim() === ''} more={<LinkButton variant="secondary" fill="text" href="/admin/orgs">Cancel</LinkButton>} onSubmit={async () => {
        const made = async () => {
          const { orgId } = await api.post<{ readonly orgId: number }>('/api/orgs', { name });
          await api.post(`/api/user/using/${orgId}`);
        };
        if (await attempt(made, `${name} is created`, 'The organization could not be created')) startAt('/org');
      }}>
        <TextField label="Name" required autoFocus value={name} onChange={setName} />
      </Form>
    </Page>
  );
}
