/** `/dashboard/snapshots`: the snapshots of this organization. */
import { EmptyState } from '@grafana/ui';
import { Link } from 'react-router-dom';
import { api, useLoaded } from '../api/client.ts';
import { attempt } from '../app/notify.ts';
import { Page, Shown } from '../app/page.tsx';
import { may } from '../host/boot-data.ts';
import { Confirmed } from '../pages/parts/confirmed.tsx';
import { Table } from '../pages/parts/table.tsx';
import { dateText } from '../pages/parts/times.ts';

interface Snapshot {
  readonly key: string;
  readonly name: string;
  readonly created: string;
  readonly expires: string;
}

export default function SnapshotsPage() {
  const found = useLoaded(() => api.get<readonly Snapshot[]>('/api/dashboard/snapshots'), '');
  return (
    <Page title="Snapshots" subtitle="Dashboards with the data of one moment, for those who have the link">
      <Shown loaded={found}>
        {(snapshots) => (
          <Table label="Snapshots" rows={snapshots} rowKey={({ key }) => key} words={({ name }) => name} empty={<EmptyState variant="call-to-action" message="There are no snapshots">Make one with “Share” on a dashboard.</EmptyState>} columns={[
            { label: 'Name', cell: ({ key, name }) => <Link to={`/dashboard/snapshot/${key}`}>{name}</Link>, sort: ({ name }) => name },
            { label: 'Created', cell: ({ created }) => dateText(created), sort: ({ created }) => created },
            { label: 'Expires', cell: ({ expires }) => dateText(expires), sort: ({ expires }) => expires },
            { label: 'Actions', actions: true, cell: ({ key, name }) => may('snapshots:delete') && <Confirmed iconOnly label={`Delete ${name}`} title={`Delete ${name}?`} body="Its link stops working." confirmText="Delete" onConfirm={async () => {
              if (await attempt(() => api.delete(`/api/snapshots/${key}`), 'Snapshot deleted', 'The snapshot was not deleted')) found.reload();
            }} /> },
          ]} />
        )}
      </Shown>
    </Page>
  );
}
