/** One team: who belongs to it, its name and its preferences. */
import { useState } from 'react';
import { useParams } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { attempt, notifySuccess } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { Permissions } from '../parts/permissions.tsx';
import { PreferencesForm } from '../parts/preferences-form.tsx';
import { Section } from '../parts/section.tsx';
import type { Team } from './teams-page.tsx';

export default function TeamPage() {
  const { uid = '', tab = 'members' } = useParams();
  const of = `/api/teams/${encodeURIComponent(uid)}`;
  const team = useLoaded(() => api.get<Team>(of, { accesscontrol: true }), of);
  const can = (action: string) => team.value?.accessControl?.[action] === true;
  const base = `/org/teams/edit/${uid}`;
  return (
    <Page title={team.value?.name ?? 'Team'} subtitle={team.value?.email} above={[{ label: 'Teams', url: '/org/teams' }]} tabs={[
      { label: 'Members', url: tab === 'members' ? base : `${base}/members`, ...(team.value ? { counter: team.value.memberCount } : {}) }, { label: 'Settings', url: `${base}/settings` },
    ]}>
      <Shown loaded={team}>
        {(value) => tab === 'settings' ? (
          <>
            <Settings team={value} of={of} disabled={!can('teams:write') || value.isProvisioned} onSaved={team.reload} />
            <Section title="Preferences" description="For the members, unless they choose otherwise"><PreferencesForm url={`/api/teams/${value.id}/preferences`} disabled={!can('teams:write')} onSaved={() => notifySuccess('They hold from the next page load on')} /></Section>
          </>
        ) : can('teams.permissions:read') ? <Permissions resource="teams" id={value.id} title="Members" mayWrite={can('teams.permissions:write') && !value.isProvisioned} onChanged={team.reload} /> : <p>You may not see who belongs to this team.</p>}
      </Shown>
    </Page>
  );
}

function Settings({ team, of, disabled, onSaved }: { readonly team: Team; readonly of: string; readonly disabled: boolean; readonly onSaved: () => void }) {
  const [draft, setDraft] = useState({ name: team.name, email: team.email });
  return (
    <Form submit="Save" disabled={disabled || draft.name.trim() === ''} onSubmit={async () => {
      if (await attempt(() => api.put(of, draft), 'The team is saved', 'The team could not be saved')) onSaved();
    }}>
      <TextField label="Name" required disabled={disabled} value={draft.name} onChange={(name) => setDraft({ ...draft, name })} />
      <TextField label="Email" type="email" disabled={disabled} value={draft.email} onChange={(email) => setDraft({ ...draft, email })} />
    </Form>
  );
}
