/** Dashboards that were deleted and can be brought back (apiserver-and-storage §4.3). `/dashboard/recently-deleted` */
import { config } from '@grafana/runtime';
import { Button, EmptyState, Modal } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { foldersByTitle } from '../parts/choices.ts';
import { PickField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';
import { Table } from '../parts/table.tsx';
import { agoText, dateText } from '../parts/times.ts';

interface Deleted {
  readonly apiVersion?: string;
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string; readonly creationTimestamp?: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly title?: string };
}

const collection = () => `/apis/dashboard.grafana.app/v1beta1/namespaces/${config.namespace}/dashboards`;
const folderOf = ({ metadata }: Deleted) => metadata.annotations?.['grafana.app/folder'] ?? '';
const titleOf = ({ spec, metadata }: Deleted) => spec.title ?? metadata.name;
const deletedAt = ({ metadata }: Deleted) => metadata.deletionTimestamp ?? metadata.annotations?.['grafana.app/updatedTimestamp'] ?? '';

export default function DeletedDashboardsPage() {
  const [restoring, setRestoring] = useState<Deleted>();
  const deleted = useLoaded(async () => {
    const [{ items }, folders] = await Promise.all([api.get<{ readonly items: readonly Deleted[] }>(collection(), { labelSelector: 'grafana.app/get-trash=true', limit: 1000 }), foldersByTitle('', 'view')]);
    return { items: items.toSorted((a, b) => deletedAt(b).localeCompare(deletedAt(a))), folders: new Map(folders.map(({ value, label }) => [value, label ?? value])) };
  }, '');
  return (
    <Page title="Recently deleted" subtitle="Dashboards that can still be brought back: those that you deleted, and those whose permissions are yours to give" above={[{ label: 'Dashboards', url: '/dashboards' }]}>
      <Shown loaded={deleted}>
        {({ items, folders }) => (
          <>
            <Table label="Deleted dashboards" rows={items} rowKey={(one) => one.metadata.name} words={titleOf} empty={<EmptyState variant="completed" message="Nothing was deleted lately" />} columns={[
              { label: 'Name', sort: titleOf, cell: titleOf },
              { label: 'Was in', cell: (one) => (folderOf(one) === '' ? 'Dashboards' : folders.get(folderOf(one)) ?? 'A folder that is gone') },
              { label: 'Deleted', sort: deletedAt, cell: (one) => <span title={dateText(deletedAt(one))}>{agoText(deletedAt(one), '—')}</span> },
              { label: 'Actions', actions: true, cell: (one) => <Button size="sm" variant="secondary" icon="history" aria-label={`Restore ${titleOf(one)}`} onClick={() => setRestoring(one)}>Restore</Button> },
            ]} />
            {restoring && <RestoreModal deleted={restoring} folder={folders.has(folderOf(restoring)) ? folderOf(restoring) : ''} folderTitle={folders.get(folderOf(restoring))} onClose={() => setRestoring(undefined)} />}
          </>
        )}
      </Shown>
    </Page>
  );
}

function RestoreModal({ deleted, folder, folderTitle, onClose }: { readonly deleted: Deleted; readonly folder: string; readonly folderTitle: string | undefined; readonly onClose: () => void }) {
  const [into, setInto] = useState(folder);
  const folders = async (typed: string) => [{ value: '', label: 'Dashboards', description: 'The top level' }, ...(await foldersByTitle(typed))];
  return (
    <Modal isOpen title={`Restore ${titleOf(deleted)}`} onDismiss={onClose}>
      <Form submit="Restore" more={<Button type="button" variant="secondary" fill="text" onClick={onClose}>Cancel</Button>} onSubmit={async () => {
        const { name } = deleted.metadata;
        const body = { apiVersion: 'dashboard.grafana.app/v1beta1', kind: 'Dashboard', metadata: { name, annotations: { 'grafana.app/grant-permissions': 'default', ...(into === '' ? {} : { 'grafana.app/folder': into }) } }, spec: deleted.spec };
        if (await attempt(() => api.post(collection(), body), `${titleOf(deleted)} is back`, 'The dashboard could not be brought back')) goTo(`/d/${name}`);
      }}>
        <PickField label="Folder" value={into} valueLabel={into === folder ? folderTitle ?? 'Dashboards' : undefined} choices={folders} onChange={(uid) => setInto(uid ?? '')} />
      </Form>
    </Modal>
  );
}
