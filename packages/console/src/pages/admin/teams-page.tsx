/** The teams of the organization. */
import { EmptyState, LinkButton } from '@grafana/ui';
import { Link } from 'react-router-dom';
import { api } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { usePaged } from '../parts/paged.ts';
import { SearchedTable } from '../parts/searched-table.tsx';

export interface Team {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly email: string;
  readonly memberCount: number;
  readonly isProvisioned: boolean;
  readonly accessControl?: Readonly<Record<string, boolean>> | null;
}

const pageSize = 20;

export default function TeamsPage() {
  const paged = usePaged((query, page) => api.get<{ readonly totalCount: number; readonly teams: readonly Team[] }>('/api/teams/search', { query, page, perpage: pageSize, accesscontrol: true }));
  const add = may('teams:create') && <LinkButton icon="plus" href="/org/teams/new">New team</LinkButton>;
  return (
    <Page title="Teams" subtitle="People who are given permissions together" actions={add}>
      <SearchedTable label="Teams" paged={paged} pageSize={pageSize} rowsOf={({ teams }) => teams} totalOf={({ totalCount }) => totalCount} searchLabel="Search teams" rowKey={(team) => team.id}
        empty={<EmptyState variant="call-to-action" message="There are no teams yet" button={add || undefined}>Give folders and dashboards to a team instead of to many people.</EmptyState>} columns={[
          { label: 'Name', cell: (team) => <Link to={`/org/teams/edit/${team.uid}`}>{team.name}</Link>, sort: (team) => team.name },
          { label: 'Email', cell: (team) => team.email, sort: (team) => team.email },
          { label: 'Members', numeric: true, cell: (team) => team.memberCount, sort: (team) => team.memberCount },
          { label: 'Actions', actions: true, cell: (team) => team.accessControl?.['teams:delete'] && !team.isProvisioned && (
            <Confirmed iconOnly label={`Delete ${team.name}`} title={`Delete the team ${team.name}?`} body="Its members stay, but lose what was given to the team." confirmText="Delete" onConfirm={async () => {
              if (await attempt(() => api.delete(`/api/teams/${team.uid}`), `${team.name} is deleted`, 'The team could not be deleted')) paged.loaded.reload();
            }} />
          ) },
        ]} />
    </Page>
  );
}
