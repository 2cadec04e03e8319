/** Who holds an action, over all roles, teams and single permissions. */
import { EmptyState } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { Page, Shown } from '../../app/page.tsx';
import { user } from '../../host/boot-data.ts';
import { PickField } from '../parts/fields.tsx';
import { Table } from '../parts/table.tsx';
import { usersTabs } from './users-tabs.ts';

type Granted = Readonly<Record<string, Readonly<Record<string, readonly string[] | null>>>>;

export default function PermissionsPage() {
  const [action, setAction] = useState<string | null>('dashboards:write');
  // What the person who looks holds is what there is to ask about; anything else may be typed.
  const known = useLoaded(() => api.get<Record<string, unknown>>('/api/access-control/user/actions'), '');
  const holders = useLoaded(async () => {
    if (action === null) return [];
    const [granted, people] = await Promise.all([
      api.get<Granted>('/api/access-control/users/permissions/search', { action }),
      api.get<readonly { readonly userId: number; readonly login: string }[]>('/api/org/users/lookup', { limit: 10000 }),
    ]);
    const logins = new Map(people.map(({ userId, login }) => [String(userId), login]));
    return Object.entries(granted).map(([id, actions]) => ({ id, login: logins.get(id) ?? `Account ${id}`, scopes: actions[action] ?? null }));
  }, String(action));
  return (
    <Page title="Users" subtitle={`Who may do what in ${user().orgName}`} tabs={usersTabs()}>
      <PickField custom width={50} label="Action" placeholder="dashboards:write" value={action} choices={Object.keys(known.value ?? {}).toSorted().map((value) => ({ value }))} onChange={setAction} />
      <Shown loaded={holders}>
        {(rows) => (
          <Table label="Holders" rows={rows} rowKey={(row) => row.id} words={(row) => row.login} empty={<EmptyState variant="not-found" hideImage message="Nobody may do that" />} columns={[
            { label: 'Who', cell: (row) => row.login, sort: (row) => row.login },
            { label: 'On', cell: (row) => (row.scopes === null || row.scopes.length === 0 ? 'Everything' : row.scopes.join(', ')) },
          ]} />
        )}
      </Shown>
    </Page>
  );
}
