/** Folders and dashboards: to find, to open, to put in order. `/dashboards`, `/dashboards/f/:uid/:slug?` */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { config, getBackendSrv, locationService } from '@grafana/runtime';
import { Button, Checkbox, Combobox, ConfirmModal, Drawer, Dropdown, EmptyState, Field, FilterInput, Icon, Input, LinkButton, Menu, Modal, MultiCombobox, Stack, Tag, useStyles2 } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { Link, useParams, useSearchParams } from 'react-router-dom';
import { api, useLoaded } from '../api/client.ts';
import { Page, Shown } from '../app/page.tsx';
import { attempt } from '../app/notify.ts';
import { may, subPath } from '../host/boot-data.ts';
import { Permissions } from '../pages/parts/permissions.tsx';
import { FolderPicker } from './folder-picker.tsx';

interface Hit {
  readonly uid: string;
  readonly title: string;
  readonly url: string;
  readonly type: 'dash-folder' | 'dash-db';
  readonly tags: readonly string[];
  readonly isStarred: boolean;
  readonly folderUid?: string;
  readonly folderTitle?: string;
  readonly folderUrl?: string;
}

interface Folder {
  readonly uid: string;
  readonly title: string;
  readonly url: string;
  readonly version: number;
  readonly canSave: boolean;
  readonly canEdit: boolean;
  readonly canDelete: boolean;
  readonly canAdmin: boolean;
  readonly parentUid?: string;
  /** Kept by a repository or a file: it is changed there. */
  readonly managedBy?: string;
  readonly parents?: readonly { readonly uid: string; readonly title: string; readonly url: string }[];
}

export const localUrl = (url: string): string => (config.appSubUrl && url.startsWith(config.appSubUrl) ? url.slice(config.appSubUrl.length) : url);

const sorts = [{ value: '', label: 'By name' }, { value: 'alpha-desc', label: 'By name, Z first' }];

export default function BrowsePage() {
  const { uid } = useParams();
  return <Browse key={uid ?? ''} uid={uid} />;
}

function Browse({ uid }: { readonly uid: string | undefined }) {
  const styles = useStyles2(stylesOf);
  const [search, setSearch] = useSearchParams();
  const [text, setText] = useState(search.get('query') ?? '');
  const tags = search.getAll('tag');
  const starred = search.has('starred') && search.get('starred') !== 'false';
  const sort = search.get('sort') ?? '';
  const query = search.get('query') ?? '';
  const searching = query !== '' || tags.length > 0 || starred;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<'folder' | 'rename' | 'permissions' | 'move' | 'delete' | 'moveThis' | 'deleteThis'>();
  useEffect(() => {
    const timer = setTimeout(() => setSearch((now) => {
      const next = new URLSearchParams(now);
      if (text) next.set('query', text);
      else next.delete('query');
      return next;
    }, { replace: true }), 250);
    return () => clearTimeout(timer);
  }, [text, setSearch]);
  const folder = useLoaded(async () => (uid ? api.get<Folder>(`/api/folders/${encodeURIComponent(uid)}`) : undefined), uid ?? '');
  const hits = useLoaded(
    () => api.get<Hit[]>('/api/search', { limit: 1000, ...(query ? { query } : {}), ...(tags.length > 0 ? { tag: tags } : {}), ...(starred ? { starred: true } : {}), ...(sort ? { sort } : {}), ...(uid ? { folderUIDs: uid } : searching ? {} : { folderUIDs: 'general' }) }),
    JSON.stringify([query, tags, starred, sort, uid]),
  );
  const known = useLoaded(() => api.get<{ term: string; count: number }[]>('/api/dashboards/tags'), '');
  const param = (change: (params: URLSearchParams) => void) => {
    const next = new URLSearchParams(search);
    change(next);
    setSearch(next);
  };
  const reload = () => {
    setChosen(new Set());
    hits.reload();
  };
  const canCreate = may('dashboards:create') && (folder.value?.canSave ?? true);
  const menu = (
    <Menu>
      {canCreate && <Menu.Item label="New dashboard" icon="apps" onClick={() => locationService.push(`/dashboard/new${uid ? `?folderUid=${uid}` : ''}`)} />}
      {may('folders:create') && <Menu.Item label="New folder" icon="folder-plus" onClick={() => setDialog('folder')} />}
      {canCreate && <Menu.Item label="Import" icon="upload" onClick={() => locationService.push(`/dashboard/import${uid ? `?folderUid=${uid}` : ''}`)} />}
    </Menu>
  );
  const own = folder.value;
  const changeable = own !== undefined && !own.managedBy;
  const folderMenu = (
    <Menu>
      {changeable && own.canEdit && <Menu.Item label="Rename" icon="pen" onClick={() => setDialog('rename')} />}
      {own?.canAdmin && may('folders.permissions:read') && <Menu.Item label="Permissions" icon="lock" onClick={() => setDialog('permissions')} />}
      {changeable && own.canSave && <Menu.Item label="Move" icon="folder-open" onClick={() => setDialog('moveThis')} />}
      {changeable && own.canDelete && <Menu.Item label="Delete" icon="trash-alt" destructive onClick={() => setDialog('deleteThis')} />}
    </Menu>
  );
  const hasFolderMenu = own !== undefined && ((changeable && (own.canEdit || own.canSave || own.canDelete)) || (own.canAdmin && may('folders.permissions:read')));
  const mayMove = may('dashboards:write') || may('folders:write');
  const mayDelete = may('dashboards:delete') || may('folders:delete');
  const mayChoose = mayMove || mayDelete;
  const asHit = (of: Folder): Hit => ({ uid: of.uid, title: of.title, url: of.url, type: 'dash-folder', tags: [], isStarred: false });
  const selected = (hits.value ?? []).filter((hit) => chosen.has(hit.uid));
  return (
    <Page
      title={folder.value?.title ?? 'Dashboards'} {...(uid ? { above: [{ label: 'Dashboards', url: '/dashboards' }, ...(folder.value?.parents ?? []).map((parent) => ({ label: parent.title, url: localUrl(parent.url) }))] } : {})}
      actions={<>{hasFolderMenu && <Dropdown overlay={folderMenu} placement="bottom-end"><Button variant="secondary" icon="folder-open">Folder actions</Button></Dropdown>}{(canCreate || may('folders:create')) && <Dropdown overlay={menu} placement="bottom-end"><Button icon="plus">New</Button></Dropdown>}</>}
    >
      <Stack gap={1} wrap="wrap" alignItems="center">
        <FilterInput width={40} placeholder="Search for dashboards and folders" aria-label="Search" value={text} onChange={setText} escapeRegex={false} />
        <MultiCombobox width="auto" minWidth={24} placeholder="Tags" aria-label="Tags" options={(known.value ?? []).map(({ term, count }) => ({ value: term, label: `${term} (${count})` }))} value={tags} onChange={(next) => param((params) => { params.delete('tag'); for (const { value } of next) params.append('tag', value); })} />
        <Checkbox label="Starred" value={starred} onChange={(event) => param((params) => (event.currentTarget.checked ? params.set('starred', 'true') : params.delete('starred')))} />
        <Combobox width={24} aria-label="Order" options={sorts} value={sort} onChange={({ value }) => param((params) => (value ? params.set('sort', value) : params.delete('sort')))} />
        {selected.length > 0 && mayMove && <Button variant="secondary" onClick={() => setDialog('move')}>Move {selected.length}</Button>}
        {selected.length > 0 && mayDelete && <Button variant="destructive" onClick={() => setDialog('delete')}>Delete {selected.length}</Button>}
      </Stack>
      <Shown loaded={hits}>
        {(found) => found.length === 0 ? (
          <EmptyState variant={searching ? 'not-found' : 'call-to-action'} message={searching ? 'Nothing matches' : uid ? 'This folder is empty' : 'There are no dashboards yet'} button={canCreate && !searching ? <LinkButton icon="plus" href={`${subPath()}/dashboard/new${uid ? `?folderUid=${uid}` : ''}`}>New dashboard</LinkButton> : null} />
        ) : (
          <table className={styles.table}>
            <thead><tr><th>{mayChoose && <Checkbox aria-label="Choose all" value={selected.length === found.length} onChange={(event) => setChosen(event.currentTarget.checked ? new Set(found.map((hit) => hit.uid)) : new Set())} />}</th><th>Name</th><th>{searching ? 'Folder' : ''}</th><th>Tags</th></tr></thead>
            <tbody>
              {[...found].sort((a, b) => Number(b.type === 'dash-folder') - Number(a.type === 'dash-folder')).map((hit) => (
                <tr key={hit.uid}>
                  <td>{mayChoose && <Checkbox aria-label={`Choose ${hit.title}`} value={chosen.has(hit.uid)} onChange={() => setChosen((now) => { const next = new Set(now); if (!next.delete(hit.uid)) next.add(hit.uid); return next; })} />}</td>
                  <td><Icon name={hit.type === 'dash-folder' ? 'folder' : 'apps'} /> <Link to={localUrl(hit.url)}>{hit.title}</Link> {hit.isStarred && <Icon name="favorite" type="mono" />}</td>
                  <td>{searching && hit.folderTitle && <Link to={localUrl(hit.folderUrl ?? '')}>{hit.folderTitle}</Link>}</td>
                  <td><Stack gap={0.5} wrap="wrap">{hit.tags.map((tag) => <Tag key={tag} name={tag} onClick={() => !tags.includes(tag) && param((params) => params.append('tag', tag))} />)}</Stack></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Shown>
      {dialog === 'folder' && <NameModal title="New folder" label="Name of the folder" value="" onClose={() => setDialog(undefined)} onName={(title) => attempt(() => api.post('/api/folders', { title, ...(uid ? { parentUid: uid } : {}) }), 'Folder created', 'The folder was not created').then((ok) => ok && reload())} />}
      {dialog === 'rename' && folder.value && <NameModal title="Rename folder" label="Name of the folder" value={folder.value.title} onClose={() => setDialog(undefined)} onName={(title) => attempt(() => api.put(`/api/folders/${uid}`, { title, version: folder.value!.version }), 'Folder renamed', 'The folder was not renamed').then((ok) => ok && folder.reload())} />}
      {dialog === 'permissions' && own && <Drawer title={`Permissions of ${own.title}`} size="md" onClose={() => setDialog(undefined)}><Permissions resource="folders" id={own.uid} mayWrite={may('folders.permissions:write')} title="Who may see and change it" description="What is inside takes these over" /></Drawer>}
      {dialog === 'moveThis' && own && <MoveModal hits={[asHit(own)]} onClose={() => setDialog(undefined)} onDone={folder.reload} />}
      {dialog === 'deleteThis' && own && <DeleteModal hits={[asHit(own)]} onClose={() => setDialog(undefined)} onDone={(done) => done && locationService.push(own.parents?.length ? localUrl(own.parents.at(-1)!.url) : '/dashboards')} />}
      {dialog === 'move' && <MoveModal hits={selected} onClose={() => setDialog(undefined)} onDone={reload} />}
      {dialog === 'delete' && <DeleteModal hits={selected} onClose={() => setDialog(undefined)} onDone={reload} />}
    </Page>
  );
}

const kindWords: Readonly<Record<string, string>> = { folder: 'folder', dashboard: 'dashboard', alertrule: 'alert rule', librarypanel: 'library panel' };
const counted = (kind: string, count: number) => `${count} ${kindWords[kind] ?? kind}${count === 1 ? '' : 's'}`;

function NameModal({ title, label, value, onClose, onName }: { readonly title: string; readonly label: string; readonly value: string; readonly onClose: () => void; readonly onName: (name: string) => void }) {
  const [name, setName] = useState(value);
  return (
    <Modal isOpen title={title} onDismiss={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); onName(name.trim()); onClose(); }}>
        <Field label={label}><Input value={name} autoFocus required onChange={(event) => setName(event.currentTarget.value)} /></Field>
        <Modal.ButtonRow><Button variant="secondary" onClick={onClose}>Cancel</Button><Button type="submit" disabled={name.trim() === ''}>Save</Button></Modal.ButtonRow>
      </form>
    </Modal>
  );
}

interface ManyProps {
  readonly hits: readonly Hit[];
  readonly onClose: () => void;
  readonly onDone: (done: boolean) => void;
}

async function moveHit(hit: Hit, folderUid: string): Promise<void> {
  if (hit.type === 'dash-folder') return void (await api.post(`/api/folders/${hit.uid}/move`, { parentUid: folderUid }));
  const url = (version: string) => `/apis/dashboard.grafana.app/${version}/namespaces/${config.namespace}/dashboards/${encodeURIComponent(hit.uid)}`;
  const found = await api.get<{ status?: { conversion?: { storedVersion?: string } } }>(url('v1beta1'));
  // By the version that it is kept in, so that moving does not turn it into another.
  await getBackendSrv().patch(url(found.status?.conversion?.storedVersion ?? 'v1beta1'), { metadata: { annotations: { 'grafana.app/folder': folderUid } } }, { headers: { 'content-type': 'application/merge-patch+json' }, showErrorAlert: false, showSuccessAlert: false });
}

function MoveModal({ hits, onClose, onDone }: ManyProps) {
  const [folderUid, setFolderUid] = useState('');
  const move = () => attempt(async () => { for (const hit of hits) await moveHit(hit, folderUid); }, hits.length === 1 ? `"${hits[0]!.title}" moved` : `${hits.length} moved`, hits.length === 1 ? 'It was not moved' : 'Not everything was moved').then(onDone);
  return (
    <Modal isOpen title={hits.length === 1 ? `Move "${hits[0]!.title}" to another folder` : `Move ${hits.length} to another folder`} onDismiss={onClose}>
      <Field label="Folder"><FolderPicker value={folderUid} onChange={setFolderUid} except={hits.map(({ uid }) => uid)} /></Field>
      <Modal.ButtonRow><Button variant="secondary" onClick={onClose}>Cancel</Button><Button onClick={() => { void move(); onClose(); }}>Move</Button></Modal.ButtonRow>
    </Modal>
  );
}

function DeleteModal({ hits, onClose, onDone }: ManyProps) {
  const folders = hits.filter(({ type }) => type === 'dash-folder');
  const counts = useLoaded(async () => {
    const all = await Promise.all(folders.map(({ uid }) => api.get<Record<string, number>>(`/api/folders/${uid}/counts`)));
    const sum = new Map<string, number>();
    for (const one of all) for (const [kind, count] of Object.entries(one)) sum.set(kind, (sum.get(kind) ?? 0) + count);
    return [...sum].filter(([, count]) => count > 0).map(([kind, count]) => counted(kind, count)).join(', ');
  }, folders.map(({ uid }) => uid).join());
  const remove = () => attempt(async () => { for (const hit of hits) await api.delete(hit.type === 'dash-folder' ? `/api/folders/${hit.uid}?forceDeleteRules=false` : `/api/dashboards/uid/${hit.uid}`); }, hits.length === 1 ? `"${hits[0]!.title}" deleted` : `${hits.length} deleted`, hits.length === 1 ? 'It was not deleted' : 'Not everything was deleted').then(onDone);
  return <ConfirmModal isOpen title="Delete" body={`Delete ${hits.map(({ title }) => `"${title}"`).slice(0, 5).join(', ')}${hits.length > 5 ? ` and ${hits.length - 5} more` : ''}?`} description={counts.value ? `With what is inside: ${counts.value}.` : ''} confirmText="Delete" {...(folders.length > 0 ? { confirmationText: 'Delete' } : {})} onConfirm={() => { void remove(); onClose(); }} onDismiss={onClose} />;
}

const stylesOf = (theme: GrafanaTheme2) => ({
  table: css({ width: '100%', '& th': { textAlign: 'left', padding: theme.spacing(0.5, 1), color: theme.colors.text.secondary, fontWeight: 'normal' }, '& td': { padding: theme.spacing(0.75, 1), borderTop: `1px solid ${theme.colors.border.weak}` }, '& th:first-child, & td:first-child': { width: 40 }, '& a:hover': { textDecoration: 'underline' } }),
});
