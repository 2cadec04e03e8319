/** `/dashboard/snapshots`: the snapshots of this organization. */
import { Button, ConfirmModal, EmptyState } from '@grafana/ui';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { api, useLoaded } from '../api/client.ts';
import { Page, Shown } from '../app/page.tsx';
import { attempt } from '../app/notify.ts';
import { may } from '../host/boot-data.ts';

interface Snapshot {
  readonly key: string;
  readonly name: string;
  readonly created: string;
  readonly expires: string;
}

export default function SnapshotsPage() {
  const found = useLoaded(() => api.get<Snapshot[]>('/api/dashboard/snapshots'), '');
  const [removing, setRemoving] = useState<Snapshot>();
  return (
    <Page title="Snapshots" subtitle="Dashboards with the data of one moment, for those who have the link">
      <Shown loaded={found}>
        {(snapshots) => snapshots.length === 0 ? <EmptyState variant="call-to-action" message="There are no snapshots">Make one with "Share" on a dashboard.</EmptyState> : (
          <table className="filter-table">
            <thead><tr><th>Name</th><th>Created</th><th>Expires</th><th /></tr></thead>
            <tbody>{snapshots.map((one) => <tr key={one.key}><td><Link to={`/dashboard/snapshot/${one.key}`}>{one.name}</Link></td><td>{new Date(one.created).toLocaleString()}</td><td>{new Date(one.expires).toLocaleString()}</td><td>{may('snapshots:delete') && <Button size="sm" variant="destructive" fill="outline" aria-label={`Delete ${one.name}`} onClick={() => setRemoving(one)}>Delete</Button>}</td></tr>)}</tbody>
          </table>
        )}
      </Shown>
      {removing && <ConfirmModal isOpen title="Delete snapshot" body={`Delete "${removing.name}"? Its link stops working.`} confirmText="Delete" onConfirm={() => { setRemoving(undefined); void attempt(() => api.delete(`/api/snapshots/${removing.key}`), 'Snapshot deleted', 'The snapshot was not deleted').then(found.reload); }} onDismiss={() => setRemoving(undefined)} />}
    </Page>
  );
}
