/** The people of the organization and those invited to it. */
import { Badge, ClipboardButton, LinkButton, Stack } from '@grafana/ui';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may, user as signedIn } from '../../host/boot-data.ts';
import { orgRoles } from '../parts/choices.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { PickField } from '../parts/fields.tsx';
import { usePaged } from '../parts/paged.ts';
import { SearchedTable } from '../parts/searched-table.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { dateText } from '../parts/times.ts';
import { type OrgUser, seenText } from './person.ts';
import { usersTabs } from './users-tabs.ts';

const pageSize = 30;

export default function OrgUsersPage() {
  const paged = usePaged((query, page) => api.get<{ readonly totalCount: number; readonly orgUsers: readonly OrgUser[] }>('/api/org/users/search', { perpage: pageSize, page, query, accesscontrol: true }));
  const { reload } = paged.loaded;
  const of = (user: OrgUser) => user.name || user.login;
  return (
    <Page title="Users" subtitle={`People of ${signedIn().orgName}`} tabs={usersTabs()} actions={may('org.users:add') && <LinkButton icon="envelope" href="/org/users/invite">Invite</LinkButton>}>
      <SearchedTable label="Organization users" paged={paged} pageSize={pageSize} rowsOf={({ orgUsers }) => orgUsers} totalOf={({ totalCount }) => totalCount} searchLabel="Search by login, email or name" rowKey={(user) => user.userId} empty={<p>Nobody belongs to this organization.</p>} columns={[
        { label: 'Login', sort: (user) => user.login, cell: (user) => user.login },
        { label: 'Email', sort: (user) => user.email, cell: (user) => user.email },
        { label: 'Name', sort: (user) => user.name, cell: (user) => user.name },
        { label: 'Last seen', cell: (user) => seenText(user.lastSeenAtAge) },
        { label: 'Role', sort: (user) => user.role, cell: (user) => user.accessControl?.['org.users:write'] && !user.isExternallySynced ? (
          <PickField bare width={18} label={`Role of ${of(user)}`} value={user.role} choices={orgRoles} onChange={async (role) => {
            if (role !== null && role !== user.role) {
              await attempt(() => api.patch(`/api/org/users/${user.userId}`, { role }), `${of(user)} is ${role} now`, 'The role could not be changed');
              reload();
            }
          }} />
        ) : <span title={user.isExternallySynced ? 'The service that they sign in with decides it' : undefined}>{user.role}</span> },
        { label: 'Marks', cell: (user) => <Stack direction="row" gap={1}>{user.isDisabled && <Badge color="darkgrey" text="Disabled" />}{(user.authLabels ?? []).map((label) => <Badge key={label} color="blue" text={label} />)}</Stack> },
        { label: 'Actions', actions: true, cell: (user) => user.accessControl?.['org.users:remove'] && (
          <Confirmed iconOnly label={`Remove ${of(user)}`} title={`Remove ${of(user)} from the organization?`} body="Who belongs to no other organization loses the account as well." confirmText="Remove" onConfirm={async () => {
            if (await attempt(() => api.delete(`/api/org/users/${user.userId}`), `${of(user)} is removed`, 'They could not be removed')) reload();
          }} />
        ) },
      ]} />
      {may('org.users:add') && <Invites />}
    </Page>
  );
}

interface Invite {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly code: string;
  readonly url: string;
  readonly emailSent: boolean;
  readonly createdOn: string;
  readonly invitedByLogin: string;
}

function Invites() {
  const invites = useLoaded(() => api.get<readonly Invite[]>('/api/org/invites'), '');
  return (
    <Section title="Pending invitations">
      <Shown loaded={invites}>
        {(rows) => (
          <Table label="Pending invitations" rows={rows} rowKey={(invite) => invite.id} empty={<p>No invitation is waiting for an answer.</p>} columns={[
            { label: 'Invited', cell: (invite) => invite.email || invite.name },
            { label: 'Role', cell: (invite) => invite.role },
            { label: 'By', cell: (invite) => invite.invitedByLogin },
            { label: 'Since', cell: (invite) => dateText(invite.createdOn) },
            { label: 'Mail', cell: (invite) => (invite.emailSent ? 'Sent' : 'Not sent: pass on the link') },
            { label: 'Actions', actions: true, cell: (invite) => (
              <>
                <ClipboardButton size="sm" variant="secondary" icon="copy" getText={() => invite.url}>Copy link</ClipboardButton>
                <Confirmed iconOnly label={`Withdraw the invitation of ${invite.email || invite.name}`} title="Withdraw this invitation?" body="Its link stops working." confirmText="Withdraw" onConfirm={async () => {
                  if (await attempt(() => api.patch(`/api/org/invites/${invite.code}/revoke`), 'The invitation is withdrawn', 'The invitation could not be withdrawn')) invites.reload();
                }} />
              </>
            ) },
          ]} />
        )}
      </Shown>
    </Section>
  );
}
