/** Panels that several dashboards share. `/library-panels` */
import { Badge, Button, EmptyState, Modal } from '@grafana/ui';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { foldersByTitle } from '../parts/choices.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { PickField, TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { usePaged } from '../parts/paged.ts';
import { SearchedTable } from '../parts/searched-table.tsx';
import { agoText, dateText } from '../parts/times.ts';

interface LibraryPanel {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly version: number;
  readonly folderUid: string;
  readonly model: object;
  readonly meta: { readonly folderName: string; readonly connectedDashboards: number; readonly updated: string; readonly updatedBy: { readonly name: string } };
}

interface Connection { readonly connectionUid: string }
interface Found { readonly uid: string; readonly title: string; readonly url: string; readonly folderTitle?: string }

const pageSize = 40;

export default function LibraryPanelsPage() {
  const [folder, setFolder] = useState(useSearchParams()[0].get('folder'));
  const [editing, setEditing] = useState<LibraryPanel>();
  const [users, setUsers] = useState<LibraryPanel>();
  const paged = usePaged(async (query, page) => (await api.get<{ readonly result: { readonly elements: readonly LibraryPanel[]; readonly totalCount: number } }>('/api/library-elements', { kind: 1, page, perPage: pageSize, searchString: query, ...(folder === null ? {} : { folderFilterUIDs: folder }) })).result, String(folder));
  const { reload } = paged.loaded;
  return (
    <Page title="Library panels" subtitle="Panels that several dashboards share: a change of one is a change of all">
      <SearchedTable paged={paged} rowsOf={({ elements }) => elements} totalOf={({ totalCount }) => totalCount} pageSize={pageSize} label="Library panels" searchLabel="Search by name or description" rowKey={(one) => one.uid}
        filters={<PickField bare clearable width={30} label="Folder" placeholder="Any folder" value={folder} choices={async (typed) => [{ value: 'general', label: 'Dashboards', description: 'The top level' }, ...(await foldersByTitle(typed, 'view'))]} onChange={setFolder} />}
        empty={<EmptyState variant="call-to-action" message="There are no library panels">The menu of a panel on a dashboard makes one of it.</EmptyState>} columns={[
          { label: 'Name', cell: (one) => <><div>{one.name}</div>{one.description && <small>{one.description}</small>}</> },
          { label: 'Type', cell: (one) => <Badge color="blue" text={one.type || 'unknown'} /> },
          { label: 'Folder', cell: (one) => one.meta.folderName || 'Dashboards' },
          { label: 'Used by', cell: (one) => (one.meta.connectedDashboards === 0 ? 'No dashboard' : <Button size="sm" fill="text" onClick={() => setUsers(one)}>{`${one.meta.connectedDashboards} ${one.meta.connectedDashboards === 1 ? 'dashboard' : 'dashboards'}`}</Button>) },
          { label: 'Changed', cell: (one) => <span title={dateText(one.meta.updated)}>{agoText(one.meta.updated)} by {one.meta.updatedBy.name}</span> },
          { label: 'Actions', actions: true, cell: (one) => (
            <>
              {may('library.panels:write') && <Button size="sm" variant="secondary" icon="pen" aria-label={`Edit ${one.name}`} onClick={() => setEditing(one)}>Edit</Button>}
              {may('library.panels:delete') && <Confirmed iconOnly label={`Delete ${one.name}`} disabled={one.meta.connectedDashboards > 0} tooltip={one.meta.connectedDashboards > 0 ? 'Dashboards use it: take it out of them first' : undefined} title={`Delete ${one.name}?`} body="It cannot be brought back." confirmText="Delete" onConfirm={async () => {
                if (await attempt(() => api.delete(`/api/library-elements/${one.uid}`), `${one.name} is deleted`, 'The library panel could not be deleted')) reload();
              }} />}
            </>
          ) },
        ]} />
      {editing && <EditModal panel={editing} onClose={() => setEditing(undefined)} onSaved={() => { setEditing(undefined); reload(); }} />}
      {users && <UsersModal panel={users} onClose={() => setUsers(undefined)} />}
    </Page>
  );
}

function EditModal({ panel, onClose, onSaved }: { readonly panel: LibraryPanel; readonly onClose: () => void; readonly onSaved: () => void }) {
  const at = panel.folderUid === 'general' ? '' : panel.folderUid;
  const [draft, setDraft] = useState({ name: panel.name, description: panel.description, folderUid: at });
  const change = (some: Partial<typeof draft>) => setDraft((now) => ({ ...now, ...some }));
  return (
    <Modal isOpen title={`Edit ${panel.name}`} onDismiss={onClose}>
      <Form submit="Save" disabled={draft.name.trim() === ''} more={<Button type="button" variant="secondary" fill="text" onClick={onClose}>Cancel</Button>} onSubmit={async () => {
        const { name, description, folderUid } = draft;
        const body = { kind: 1, name: name.trim(), version: panel.version, model: { ...panel.model, description }, folderUid };
        if (await attempt(() => api.patch(`/api/library-elements/${panel.uid}`, body), `${name} is saved`, 'The library panel could not be saved')) onSaved();
      }}>
        <TextField label="Name" required value={draft.name} onChange={(name) => change({ name })} />
        <TextField label="Description" value={draft.description} onChange={(description) => change({ description })} />
        <PickField label="Folder" value={draft.folderUid} valueLabel={draft.folderUid === at ? panel.meta.folderName || 'Dashboards' : undefined} choices={async (typed) => [{ value: '', label: 'Dashboards', description: 'The top level' }, ...(await foldersByTitle(typed))]} onChange={(folderUid) => change({ folderUid: folderUid ?? '' })} />
      </Form>
    </Modal>
  );
}

function UsersModal({ panel, onClose }: { readonly panel: LibraryPanel; readonly onClose: () => void }) {
  const users = useLoaded(async () => {
    const { result } = await api.get<{ readonly result: readonly Connection[] }>(`/api/library-elements/${panel.uid}/connections`);
    const uids = result.map(({ connectionUid }) => connectionUid);
    return uids.length === 0 ? [] : api.get<readonly Found[]>('/api/search', { dashboardUIDs: uids, limit: 1000 });
  }, panel.uid);
  return (
    <Modal isOpen title={`Dashboards with ${panel.name}`} onDismiss={onClose}>
      <Shown loaded={users}>{(all) => (all.length === 0 ? <p>None that you may see.</p> : <ul>{all.map((one) => <li key={one.uid}><Link to={`/d/${one.uid}`} onClick={onClose}>{one.title}</Link>{one.folderTitle ? ` in ${one.folderTitle}` : ''}</li>)}</ul>)}</Shown>
    </Modal>
  );
}
