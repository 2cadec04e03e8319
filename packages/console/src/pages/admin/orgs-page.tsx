/** The organizations of the server. */
import { EmptyState, LinkButton } from '@grafana/ui';
import { Link } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may, user } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Table } from '../parts/table.tsx';

interface Org { readonly id: number; readonly name: string }

export default function OrgsPage() {
  const orgs = useLoaded(() => api.get<readonly Org[]>('/api/orgs', { perpage: 1000 }), '');
  const { orgId } = user();
  return (
    <Page title="Organizations" subtitle="Each has dashboards, data sources and people of its own" actions={may('orgs:create') && <LinkButton icon="plus" href="/org/new">New organization</LinkButton>}>
      <Shown loaded={orgs}>
        {(rows) => (
          <Table label="Organizations" rows={rows} rowKey={(org) => org.id} words={(org) => org.name} empty={<EmptyState variant="not-found" message="No organizations" />} columns={[
            { label: 'Id', numeric: true, cell: (org) => org.id, sort: (org) => org.id },
            { label: 'Name', cell: (org) => <Link to={`/admin/orgs/edit/${org.id}`}>{org.name}</Link>, sort: (org) => org.name },
            { label: 'Actions', actions: true, cell: (org) => may('orgs:delete') && (
              <Confirmed iconOnly label={`Delete ${org.name}`} disabled={org.id === orgId} tooltip={org.id === orgId ? 'Switch to another organization first' : undefined} title={`Delete ${org.name}?`} body="Its dashboards, data sources and alert rules are deleted with it." confirmText="Delete" onConfirm={async () => {
                if (await attempt(() => api.delete(`/api/orgs/${org.id}`), `${org.name} is deleted`, 'The organization could not be deleted')) orgs.reload();
              }} />
            ) },
          ]} />
        )}
      </Shown>
    </Page>
  );
}
