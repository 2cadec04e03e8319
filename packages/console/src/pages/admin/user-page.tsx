/** One account: details, password, rights, organizations, sessions. */
import { Alert, Badge, Button, Modal, Stack } from '@grafana/ui';
import { useState } from 'react';
import { useParams } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may, user as signedIn } from '../../host/boot-data.ts';
import { type OrgRole, orgRoles } from '../parts/choices.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { PickField, TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';
import { Facts, Section } from '../parts/section.tsx';
import { Sessions } from '../parts/sessions.tsx';
import { Table } from '../parts/table.tsx';
import { dateText } from '../parts/times.ts';
import { NewPassword } from '../account/new-password.tsx';
import type { UserProfile } from './person.ts';

export default function UserPage() {
  const { id = '' } = useParams();
  const user = useLoaded(() => api.get<UserProfile>(`/api/users/${encodeURIComponent(id)}`, { accesscontrol: true }), id);
  const { value } = user;
  return (
    <Page title={value ? value.name || value.login : 'User'} above={[{ label: 'Users', url: '/admin/users' }]} subtitle={value && (
      <Stack direction="row" gap={1}>{value.login}{value.isGrafanaAdmin && <Badge color="purple" text="Server admin" />}{value.isDisabled && <Badge color="darkgrey" text="Disabled" />}{(value.authLabels ?? []).map((label) => <Badge key={label} color="blue" text={label} />)}</Stack>
    )}>
      <Shown loaded={user}>{(profile) => <Account profile={profile} onChanged={user.reload} />}</Shown>
    </Page>
  );
}

function Account({ profile, onChanged }: { readonly profile: UserProfile; readonly onChanged: () => void }) {
  const { id, uid, login, isDisabled, isExternal, isGrafanaAdmin, accessControl = {} } = profile;
  const can = (action: string) => accessControl[action] === true;
  const admin = `/api/admin/users/${uid || id}`;
  const itself = id === signedIn().id;
  const [password, setPassword] = useState(false);
  const change = async (work: () => Promise<unknown>, done: string, failed: string) => {
    if (await attempt(work, done, failed)) onChanged();
  };
  return (
    <>
      <Details profile={profile} mayWrite={can('users:write')} onChanged={onChanged} />
      <Section title="Account" actions={<>
        {can('users.password:write') && !isExternal && <Button variant="secondary" onClick={() => setPassword(true)}>Set password</Button>}
        {can(isDisabled ? 'users:enable' : 'users:disable') && !isExternal && (isDisabled
          ? <Button variant="secondary" onClick={() => change(() => api.post(`${admin}/enable`), `${login} is enabled`, 'The account could not be enabled')}>Enable</Button>
          : !itself && <Confirmed variant="secondary" label="Disable" title={`Disable ${login}?`} body="They are signed out everywhere and cannot sign in until the account is enabled again." onConfirm={() => change(() => api.post(`${admin}/disable`), `${login} is disabled`, 'The account could not be disabled')} />)}
        {can('users:delete') && !itself && <Confirmed label="Delete" title={`Delete ${login}?`} body="The account, its stars, preferences and tokens are gone for good." onConfirm={async () => {
          if (await attempt(() => api.delete(admin), `${login} is deleted`, 'The user could not be deleted')) goTo('/admin/users');
        }} />}
      </>}>
        <Facts facts={[['Created', dateText(profile.createdAt)], ['Changed', dateText(profile.updatedAt)], ['Uid', uid], ['Signs in with', (profile.authLabels ?? []).join(', ') || 'Password']]} />
        {signedIn().isGrafanaAdmin && can('users.permissions:write') && (profile.isGrafanaAdminExternallySynced ? <p>The service that they sign in with decides whether they administer the server.</p> : (
          <Stack direction="row" gap={1} alignItems="center">
            <span>{isGrafanaAdmin ? 'Administers the whole server.' : 'Does not administer the server.'}</span>
            <Confirmed variant="secondary" size="sm" label={isGrafanaAdmin ? 'Take the right away' : 'Make server admin'} title={isGrafanaAdmin ? `Take the right to administer the server from ${login}?` : `Make ${login} a server admin?`}
              body={isGrafanaAdmin ? 'Their roles in organizations stay.' : 'They may change everything: users, organizations and settings.'} confirmText={isGrafanaAdmin ? 'Take away' : 'Make server admin'}
              onConfirm={() => change(() => api.put(`${admin}/permissions`, { isGrafanaAdmin: !isGrafanaAdmin }), 'The right is changed', 'The right could not be changed')} />
          </Stack>
        ))}
      </Section>
      <Organizations profile={profile} />
      {may('users.permissions:read') && <Rights id={id} />}
      {can('users.authtoken:read') && <Sessions url={`${admin}/auth-tokens`} revokeUrl={`${admin}/revoke-auth-token`} actions={can('users:logout') && !itself && (
        <Confirmed variant="secondary" label="Sign out everywhere" title={`Sign ${login} out everywhere?`} body="All their sessions end." onConfirm={() => change(() => api.post(`${admin}/logout`), `${login} is signed out`, 'They could not be signed out')} />
      )} />}
      {password && (
        <Modal isOpen title={`Password of ${login}`} onDismiss={() => setPassword(false)}>
          <Alert severity="info" title="All their sessions end" />
          <NewPassword submit="Set password" onSubmit={async (next) => {
            if (await attempt(() => api.put(`${admin}/password`, { password: next }), 'The password is set', 'The password could not be set')) setPassword(false);
          }} />
        </Modal>
      )}
    </>
  );
}

function Details({ profile, mayWrite, onChanged }: { readonly profile: UserProfile; readonly mayWrite: boolean; readonly onChanged: () => void }) {
  const [draft, setDraft] = useState({ name: profile.name, email: profile.email, login: profile.login });
  const disabled = !mayWrite || profile.isExternal;
  return (
    <Section title="Details" description={profile.isExternal ? 'Kept by the service that they sign in with' : undefined}>
      <Form submit="Save details" disabled={disabled} onSubmit={async () => {
        if (await attempt(() => api.put(`/api/users/${profile.uid || profile.id}`, draft), 'The details are saved', 'The details could not be saved')) onChanged();
      }}>
        <TextField label="Name" disabled={disabled} value={draft.name} onChange={(name) => setDraft({ ...draft, name })} />
        <TextField label="Email" disabled={disabled} value={draft.email} onChange={(email) => setDraft({ ...draft, email })} />
        <TextField label="Username" required disabled={disabled} value={draft.login} onChange={(login) => setDraft({ ...draft, login })} />
      </Form>
    </Section>
  );
}

interface OrgOfUser { readonly orgId: number; readonly name: string; readonly role: string }

function Organizations({ profile }: { readonly profile: UserProfile }) {
  const { uid, id, login, isExternallySynced } = profile;
  const orgs = useLoaded(() => api.get<readonly OrgOfUser[]>(`/api/users/${uid || id}/orgs`), String(id));
  const [adding, setAdding] = useState<{ readonly orgId: number | null; readonly role: OrgRole } | undefined>();
  const changed = async (work: () => Promise<unknown>, done: string, failed: string) => {
    if (await attempt(work, done, failed)) orgs.reload();
  };
  return (
    <Section title="Organizations" actions={may('org.users:add') && !adding && <Button variant="secondary" icon="plus" onClick={() => setAdding({ orgId: null, role: 'Viewer' })}>Add to an organization</Button>}>
      {adding && (
        <Stack direction="row" gap={1} alignItems="flex-end" wrap="wrap">
          <PickField tight width={40} label="Organization" value={adding.orgId} choices={async () => (await api.get<readonly { readonly id: number; readonly name: string }[]>('/api/orgs')).map((org) => ({ value: org.id, label: org.name }))} onChange={(orgId) => setAdding({ ...adding, orgId })} />
          <PickField tight width={20} label="Role" value={adding.role} choices={orgRoles} onChange={(role) => setAdding({ ...adding, role: role ?? 'Viewer' })} />
          <Button disabled={adding.orgId === null} onClick={() => changed(async () => { await api.post(`/api/orgs/${adding.orgId}/users`, { loginOrEmail: login, role: adding.role }); setAdding(undefined); }, `${login} is added`, 'They could not be added')}>Add</Button>
          <Button variant="secondary" fill="text" onClick={() => setAdding(undefined)}>Cancel</Button>
        </Stack>
      )}
      <Shown loaded={orgs}>
        {(rows) => (
          <Table label="Organizations" rows={rows} rowKey={(org) => org.orgId} empty={<p>They belong to no organization.</p>} columns={[
            { label: 'Name', cell: (org) => org.name, sort: (org) => org.name },
            { label: 'Role', cell: (org) => may('org.users:write') && !isExternallySynced ? (
              <PickField bare width={20} label={`Role in ${org.name}`} value={org.role as OrgRole} choices={orgRoles} onChange={(role) => role !== null && role !== org.role && changed(() => api.patch(`/api/orgs/${org.orgId}/users/${id}`, { role }), `${login} is ${role} in ${org.name}`, 'The role could not be changed')} />
            ) : org.role },
            { label: 'Actions', actions: true, cell: (org) => may('org.users:remove') && <Confirmed iconOnly label={`Remove from ${org.name}`} title={`Remove ${login} from ${org.name}?`} body="They lose what they may do there." confirmText="Remove" onConfirm={() => changed(() => api.delete(`/api/orgs/${org.orgId}/users/${id}`), `${login} is removed from ${org.name}`, 'They could not be removed')} /> },
          ]} />
        )}
      </Shown>
    </Section>
  );
}

type Granted = Readonly<Record<string, Readonly<Record<string, readonly string[] | null>>>>;

/** What they may do in the present organization, from all their roles together. */
function Rights({ id }: { readonly id: number }) {
  const granted = useLoaded(() => api.get<Granted>('/api/access-control/users/permissions/search', { namespacedId: `user:${id}` }), String(id));
  const [shown, setShown] = useState(false);
  return (
    <Section title="What they may do" description="In this organization, from all their roles, teams and single permissions" actions={<Button variant="secondary" onClick={() => setShown(!shown)} aria-expanded={shown}>{shown ? 'Hide' : 'Show'}</Button>}>
      {shown && (
        <Shown loaded={granted}>
          {(value) => (
            <Table label="Permissions" rows={Object.entries(value[String(id)] ?? {})} rowKey={([action]) => action} words={([action, scopes]) => `${action} ${(scopes ?? []).join(' ')}`} pageSize={25} empty={<p>Nothing.</p>} columns={[
              { label: 'Action', cell: ([action]) => action, sort: ([action]) => action },
              { label: 'On', cell: ([, scopes]) => (scopes ?? []).join(', ') || 'Everything' },
            ]} />
          )}
        </Shown>
      )}
    </Section>
  );
}
