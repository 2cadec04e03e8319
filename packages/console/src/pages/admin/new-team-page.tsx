import { LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page } from '../../app/page.tsx';
import { TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';

export default function NewTeamPage() {
  const [draft, setDraft] = useState({ name: '', email: '' });
  return (
    <Page title="New team" above={[{ label: 'Teams', url: '/org/teams' }]}>
      <Form submit="Create team" disabled={draft.name.trim() === ''} more={<LinkButton variant="secondary" fill="text" href="/org/teams">Cancel</LinkButton>} onSubmit={async () => {
        let uid = '';
        const made = async () => {
          uid = (await api.post<{ readonly uid: string }>('/api/teams', draft)).uid;
        };
        if (await attempt(made, `${draft.name} is created`, 'The team could not be created')) goTo(`/org/teams/edit/${uid}`);
      }}>
        <TextField label="Name" required autoFocus value={draft.name} onChange={(name) => setDraft({ ...draft, name })} />
        <TextField label="Email" type="email" description="Shown with the team; nothing is sent there by itself" value={draft.email} onChange={(email) => setDraft({ ...draft, email })} />
      </Form>
    </Page>
  );
}
