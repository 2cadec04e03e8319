/** Everybody with an account on the server. */
import { Badge, LinkButton, Stack } from '@grafana/ui';
import { useState } from 'react';
import { Link, Navigate } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { Page } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { CheckField } from '../parts/fields.tsx';
import { usePaged } from '../parts/paged.ts';
import { SearchedTable } from '../parts/searched-table.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { type ListedUser, seenText } from './person.ts';
import { usersTabs } from './users-tabs.ts';

const pageSize = 50;

export default function UsersPage() {
  return may('users:read') ? <AllUsers /> : <Navigate replace to="/org/users" />;
}

function AllUsers() {
  const [recent, setRecent] = useState(false);
  const paged = usePaged((query, page) => api.get<{ readonly totalCount: number; readonly users: readonly ListedUser[] }>('/api/users/search', { perpage: pageSize, page, query, activeLast30Days: recent }), String(recent));
  return (
    <Page title="Users" subtitle="Everybody with an account on this server" tabs={usersTabs()} actions={may('users:create') && <LinkButton icon="plus" href="/admin/users/create">New user</LinkButton>}>
      <SearchedTable label="Users" paged={paged} pageSize={pageSize} rowsOf={({ users }) => users} totalOf={({ totalCount }) => totalCount} searchLabel="Search by login, email or name" rowKey={(user) => user.id}
        filters={<CheckField label="Active in the last 30 days" value={recent} onChange={setRecent} />} empty={<p>No users.</p>} columns={[
          { label: 'Login', sort: (user) => user.login, cell: (user) => <Link to={`/admin/users/edit/${user.uid || user.id}`}>{user.login}</Link> },
          { label: 'Email', sort: (user) => user.email, cell: (user) => user.email },
          { label: 'Name', sort: (user) => user.name, cell: (user) => user.name },
          { label: 'Last seen', sort: (user) => user.lastSeenAt, cell: (user) => seenText(user.lastSeenAtAge) },
          { label: 'Signs in with', cell: (user) => (user.authLabels ?? []).join(', ') || 'Password' },
          { label: 'Marks', cell: (user) => <Stack direction="row" gap={1}>{user.isAdmin && <Badge color="purple" text="Server admin" />}{user.isDisabled && <Badge color="darkgrey" text="Disabled" />}</Stack> },
        ]} />
      <AnonymousDevices />
    </Page>
  );
}

interface Device { readonly deviceId: string; readonly clientIp: string; readonly userAgent: string; readonly lastSeenAt: string }

/** Browsers of visitors without an account; shown only where there were some. */
function AnonymousDevices() {
  const devices = useLoaded(() => api.get<readonly Device[]>('/api/anonymous/devices').catch(() => []), '');
  if (!devices.value?.length) return null;
  return (
    <Section title="Anonymous devices" description="Browsers of visitors without an account, in the last 30 days">
      <Table label="Anonymous devices" rows={devices.value} rowKey={(device) => device.deviceId} empty={null} columns={[
        { label: 'Address', cell: (device) => device.clientIp }, { label: 'Browser', cell: (device) => device.userAgent }, { label: 'Last seen', cell: (device) => device.lastSeenAt },
      ]} />
    </Section>
  );
}
