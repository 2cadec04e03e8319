/** Making an account for somebody. */
import { LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page } from '../../app/page.tsx';
import { TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';

export default function NewUserPage() {
  const [draft, setDraft] = useState({ name: '', email: '', login: '', password: '' });
  const change = (some: Partial<typeof draft>) => setDraft((now) => ({ ...now, ...some }));
  const nameless = draft.login.trim() === '' && draft.email.trim() === '';
  return (
    <Page title="New user" above={[{ label: 'Users', url: '/admin/users' }]}>
      <Form submit="Create user" disabled={nameless || draft.password === ''} more={<LinkButton variant="secondary" fill="text" href="/admin/users">Cancel</LinkButton>} onSubmit={async () => {
        let uid = '';
        const made = async () => {
          uid = (await api.post<{ readonly uid: string }>('/api/admin/users', draft)).uid;
        };
        if (await attempt(made, 'The user is created', 'The user could not be created')) goTo(`/admin/users/edit/${uid}`);
      }}>
        <TextField label="Name" value={draft.name} autoFocus onChange={(name) => change({ name })} />
        <TextField label="Email" type="email" value={draft.email} onChange={(email) => change({ email })} />
        <TextField label="Username" description="A username or an email is needed" value={draft.login} onChange={(login) => change({ login })} />
        <TextField label="Password" type="password" autoComplete="new-password" required description="At least 4 characters" value={draft.password} onChange={(password) => change({ password })} />
      </Form>
    </Page>
  );
}
