/** The accounts of programs. */
import { Badge, EmptyState, LinkButton, Stack } from '@grafana/ui';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { api } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { orgRoles } from '../parts/choices.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { PickField } from '../parts/fields.tsx';
import { usePaged } from '../parts/paged.ts';
import { SearchedTable } from '../parts/searched-table.tsx';
import type { ServiceAccount } from './service-account.ts';

const pageSize = 50;

export default function ServiceAccountsPage() {
  const [state, setState] = useState<'all' | 'disabled' | 'expiredTokens'>('all');
  const paged = usePaged((query, page) => api.get<{ readonly totalCount: number; readonly serviceAccounts: readonly ServiceAccount[] }>('/api/serviceaccounts/search', { query, page, perpage: pageSize, accesscontrol: true, ...(state === 'all' ? {} : { [state]: true }) }), state);
  const { reload } = paged.loaded;
  const add = may('serviceaccounts:create') && <LinkButton icon="plus" href="/org/serviceaccounts/create">Add service account</LinkButton>;
  return (
    <Page title="Service accounts" subtitle="Accounts for programs that use the API, with tokens instead of passwords" actions={add}>
      <SearchedTable label="Service accounts" paged={paged} pageSize={pageSize} rowsOf={({ serviceAccounts }) => serviceAccounts} totalOf={({ totalCount }) => totalCount} searchLabel="Search service accounts" rowKey={(account) => account.id}
        filters={<PickField tight width={28} label="Show" value={state} choices={[{ value: 'all', label: 'All' }, { value: 'expiredTokens', label: 'With expired tokens' }, { value: 'disabled', label: 'Disabled' }]} onChange={(next) => setState(next ?? 'all')} />}
        empty={state === 'all' ? <EmptyState variant="call-to-action" message="There are no service accounts yet" button={add || undefined}>Make one for each program, so that each can be given no more than it needs.</EmptyState> : <p>None.</p>} columns={[
          { label: 'Name', cell: (account) => <Link to={`/org/serviceaccounts/${account.uid || account.id}`}>{account.name}</Link>, sort: (account) => account.name },
          { label: 'Login', cell: (account) => account.login, sort: (account) => account.login },
          { label: 'Role', sort: (account) => account.role, cell: (account) => account.accessControl?.['serviceaccounts:write'] && !account.isExternal ? (
            <PickField bare width={20} label={`Role of ${account.name}`} value={account.role} choices={orgRoles} onChange={async (role) => {
              if (role !== null && role !== account.role && await attempt(() => api.patch(`/api/serviceaccounts/${account.id}`, { role }), 'The role is changed', 'The role could not be changed')) reload();
            }} />
          ) : account.role },
          { label: 'Tokens', numeric: true, cell: (account) => account.tokens ?? 0, sort: (account) => account.tokens ?? 0 },
          { label: 'Marks', cell: (account) => <Stack direction="row" gap={1}>{account.isDisabled && <Badge color="darkgrey" text="Disabled" />}{account.isExternal && <Badge color="blue" text="Managed by a plugin" />}</Stack> },
          { label: 'Actions', actions: true, cell: (account) => account.accessControl?.['serviceaccounts:delete'] && !account.isExternal && (
            <Confirmed iconOnly label={`Delete ${account.name}`} title={`Delete ${account.name}?`} body="Its tokens stop working at once." confirmText="Delete" onConfirm={async () => {
              if (await attempt(() => api.delete(`/api/serviceaccounts/${account.id}`), `${account.name} is deleted`, 'The service account could not be deleted')) reload();
            }} />
          ) },
        ]} />
    </Page>
  );
}
