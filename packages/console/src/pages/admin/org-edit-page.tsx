/** One organization of the server: its name, its people, its quotas. */
import { useState } from 'react';
import { useParams } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { type OrgRole, orgRoles } from '../parts/choices.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { PickField, TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { type OrgUser, seenText } from './person.ts';

export default function OrgEditPage() {
  const { id = '' } = useParams();
  const of = `/api/orgs/${id}`;
  const org = useLoaded(() => api.get<{ readonly name: string }>(of), of);
  const people = useLoaded(() => api.get<readonly OrgUser[]>(`${of}/users`), of);
  const changed = async (work: () => Promise<unknown>, done: string, failed: string) => {
    if (await attempt(work, done, failed)) people.reload();
  };
  return (
    <Page title={org.value?.name ?? 'Organization'} above={[{ label: 'Organizations', url: '/admin/orgs' }]}>
      <Shown loaded={org}>
        {({ name }) => (
          <>
            <Rename key={name} of={of} name={name} onSaved={org.reload} />
            <Section title="Users">
              <AddUser onAdd={(loginOrEmail, role) => changed(() => api.post(`${of}/users`, { loginOrEmail, role }), `${loginOrEmail} is added`, 'They could not be added')} />
              <Shown loaded={people}>
                {(rows) => (
                  <Table label="Users" rows={rows} rowKey={(user) => user.userId} words={(user) => `${user.login} ${user.name} ${user.email}`} empty={<p>Nobody belongs to it.</p>} columns={[
                    { label: 'Login', cell: (user) => user.login, sort: (user) => user.login },
                    { label: 'Email', cell: (user) => user.email },
                    { label: 'Last seen', cell: (user) => seenText(user.lastSeenAtAge) },
                    { label: 'Role', cell: (user) => <PickField bare width={20} label={`Role of ${user.login}`} value={user.role as OrgRole} choices={orgRoles} onChange={(role) => role !== null && role !== user.role && changed(() => api.patch(`${of}/users/${user.userId}`, { role }), 'The role is changed', 'The role could not be changed')} /> },
                    { label: 'Actions', actions: true, cell: (user) => <Confirmed iconOnly label={`Remove ${user.login}`} title={`Remove ${user.login} from the organization?`} body="Their account stays." confirmText="Remove" onConfirm={() => changed(() => api.delete(`${of}/users/${user.userId}`), `${user.login} is removed`, 'They could not be removed')} /> },
                  ]} />
                )}
              </Shown>
            </Section>
          </>
        )}
      </Shown>
    </Page>
  );
}

function Rename({ of, name, onSaved }: { readonly of: string; readonly name: string; readonly onSaved: () => void }) {
  const [next, setNext] = useState(name);
  return (
    <Form submit="Save name" disabled={next.trim() === '' || next === name} onSubmit={async () => {
      if (await attempt(() => api.put(of, { name: next }), 'The name is saved', 'The name could not be saved')) onSaved();
    }}>
      <TextField label="Name" required value={next} onChange={setNext} />
    </Form>
  );
}

function AddUser({ onAdd }: { readonly onAdd: (loginOrEmail: string, role: OrgRole) => Promise<unknown> }) {
  const [loginOrEmail, setLogin] = useState('');
  const [role, setRole] = useState<OrgRole>('Viewer');
  return (
    <Form submit="Add" disabled={loginOrEmail.trim() === ''} onSubmit={async () => {
      await onAdd(loginOrEmail.trim(), role);
      setLogin('');
    }}>
      <TextField label="Add somebody by username or email" value={loginOrEmail} onChange={setLogin} />
      <PickField label="Role" value={role} choices={orgRoles} onChange={(next) => setRole(next ?? 'Viewer')} />
    </Form>
  );
}
