/** One's own account: details, preferences, organizations, teams, sessions. */
import { Badge, Button, LinkButton, Stack } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { attempt, notifyError } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { user } from '../../host/boot-data.ts';
import { TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import type { Person } from '../admin/person.ts';
import { startAt } from '../parts/go.ts';
import { PreferencesForm } from '../parts/preferences-form.tsx';
import { Section } from '../parts/section.tsx';
import { Sessions } from '../parts/sessions.tsx';
import { Table } from '../parts/table.tsx';

interface Profile extends Person {
  readonly id: number;
  readonly isExternal: boolean;
}
interface OrgOfUser { readonly orgId: number; readonly name: string; readonly role: string }
interface TeamOfUser { readonly id: number; readonly uid: string; readonly name: string; readonly email: string; readonly memberCount: number }

export default function ProfilePage() {
  const profile = useLoaded(() => api.get<Profile>('/api/user'), '');
  const isExternal = profile.value?.isExternal === true;
  return (
    <Page title="Profile" subtitle="Your account and how things look for you" actions={!isExternal && <LinkButton variant="secondary" icon="lock" href="/profile/password">Change password</LinkButton>}>
      <Shown loaded={profile}>{(value) => <Details profile={value} />}</Shown>
      <Section title="Preferences"><PreferencesForm url="/api/user/preferences" onSaved={() => startAt('/profile')} /></Section>
      <Organizations />
      <Teams />
      <Sessions url="/api/user/auth-tokens" revokeUrl="/api/user/revoke-auth-token" />
    </Page>
  );
}

function Details({ profile }: { readonly profile: Profile }) {
  const [draft, setDraft] = useState({ name: profile.name, email: profile.email, login: profile.login });
  const label = profile.authLabels?.at(0);
  const synced = profile.isExternal ? `Kept by ${label ?? 'another service'}; change it there` : undefined;
  return (
    <Section title="Details" actions={label && <Badge color="blue" text={`Signs in with ${label}`} />}>
      <Form submit="Save details" disabled={profile.isExternal} onSubmit={() => attempt(() => api.put('/api/user', draft), 'Your details are saved', 'Your details could not be saved')}>
        <TextField label="Name" autoComplete="name" description={synced} disabled={profile.isExternal} value={draft.name} onChange={(name) => setDraft({ ...draft, name })} />
        <TextField label="Email" autoComplete="email" description={synced} disabled={profile.isExternal} value={draft.email} onChange={(email) => setDraft({ ...draft, email })} />
        <TextField label="Username" autoComplete="username" description={synced} required disabled={profile.isExternal} value={draft.login} onChange={(login) => setDraft({ ...draft, login })} />
      </Form>
    </Section>
  );
}

function Organizations() {
  const orgs = useLoaded(() => api.get<readonly OrgOfUser[]>('/api/user/orgs'), '');
  const [busy, setBusy] = useState(false);
  const { orgId } = user();
  const switchTo = async (id: number) => {
    setBusy(true);
    try {
      await api.post(`/api/user/using/${id}`);
      startAt('/');
    } catch (error) {
      setBusy(false);
      notifyError('The organization could not be switched', error);
    }
  };
  return (
    <Section title="Organizations">
      <Shown loaded={orgs}>
        {(rows) => (
          <Table label="Organizations" rows={rows} rowKey={(org) => org.orgId} empty={<p>You belong to no organization.</p>} columns={[
            { label: 'Name', cell: (org) => org.name, sort: (org) => org.name },
            { label: 'Role', cell: (org) => org.role, sort: (org) => org.role },
            { label: 'Actions', actions: true, cell: (org) => (org.orgId === orgId ? <Badge color="green" icon="check" text="Current" /> : <Button size="sm" variant="secondary" disabled={busy} aria-label={`Switch to ${org.name}`} onClick={() => switchTo(org.orgId)}>Switch</Button>) },
          ]} />
        )}
      </Shown>
    </Section>
  );
}

function Teams() {
  const teams = useLoaded(() => api.get<readonly TeamOfUser[]>('/api/user/teams'), '');
  return (
    <Section title="Teams">
      <Shown loaded={teams}>
        {(rows) => (
          <Table label="Teams" rows={rows} rowKey={(team) => team.id} empty={<Stack>You belong to no team of this organization.</Stack>} columns={[
            { label: 'Name', cell: (team) => team.name, sort: (team) => team.name },
            { label: 'Email', cell: (team) => team.email },
            { label: 'Members', numeric: true, cell: (team) => team.memberCount, sort: (team) => team.memberCount },
          ]} />
        )}
      </Shown>
    </Section>
  );
}
