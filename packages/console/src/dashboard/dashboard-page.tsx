/** A dashboard: to look at, to edit, its settings. `/d/:uid/:slug?`, `/dashboard/new`. */
import { css } from '@emotion/css';
import { getDataSourceRef, type GrafanaTheme2 } from '@grafana/data';
import { config, getDataSourceSrv, locationService } from '@grafana/runtime';
import { UrlSyncContextProvider } from '@grafana/scenes';
import { Alert, Button, ConfirmModal, Dropdown, EmptyState, IconButton, Menu, Tag, useStyles2 } from '@grafana/ui';
import { lazy, Suspense, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { Link, useParams, useSearchParams } from 'react-router-dom';
import { api, useLoaded } from '../api/client.ts';
import { Shown } from '../app/page.tsx';
import { attempt, notifyError, notifySuccess } from '../app/notify.ts';
import { may, user } from '../host/boot-data.ts';
import { loadDashboard, type LoadedDashboard } from './dashboard-api.ts';
import { takeDraft } from './draft.ts';
import { InspectDrawer } from './inspect-drawer.tsx';
import { LeaveGuard, type LeaveGuardHandle } from './leave-guard.tsx';
import { LibraryPanelPicker, MakeLibraryPanel } from './library-panels.tsx';
import { mapPanels, newDashboard, nextPanelId, withPanels, type DashboardJson, type PanelJson } from './model.ts';
import { copiedPanel, duplicatePanel, explore, fillPanelMenu, hasLegend, panelJson, removePanel, toggleLegend } from './panel-menu.ts';
import { RowModal } from './row-modal.tsx';
import { SaveDrawer } from './save-drawer.tsx';
import { addTab, createSession, cycleCrosshair, foldRows, moveRange, refreshAll, setParams, shownTab, type DashboardSession } from './session.ts';
import { ShareModal } from './share-modal.tsx';
import { panelUnderPointer, useShortcuts } from './shortcuts.ts';
import { TabModal } from './tab-modal.tsx';

const PanelEditor = lazy(() => import('./panel-editor.tsx'));
const DashboardSettings = lazy(() => import('./dashboard-settings.tsx'));
const KeysModal = lazy(async () => ({ default: (await import('../app/help.tsx')).KeysModal }));

export default function DashboardPage() {
  const { uid } = useParams();
  const [search] = useSearchParams();
  return <OneDashboard key={uid ?? 'new'} uid={uid} folderUid={search.get('folderUid') ?? ''} />;
}

export function OneDashboard({ uid, folderUid }: { readonly uid: string | undefined; readonly folderUid: string }) {
  const loaded = useLoaded<{ readonly loaded?: LoadedDashboard; readonly dashboard: DashboardJson }>(
    async () => {
      if (uid === undefined) return { dashboard: takeDraft() ?? newDashboard() };
      const found = await loadDashboard(uid);
      return { loaded: found, dashboard: found.dashboard };
    },
    uid ?? 'new',
  );
  return <Shown loaded={loaded}>{(value) => <Opened key={value.loaded?.resourceVersion ?? 'new'} loaded={value.loaded} dashboard={value.dashboard} folderUid={value.loaded?.folderUid ?? folderUid} onReload={loaded.reload} />}</Shown>;
}

interface OpenedProps {
  readonly loaded: LoadedDashboard | undefined;
  readonly dashboard: DashboardJson;
  readonly folderUid: string;
  readonly onReload: () => void;
}

function Opened({ loaded, dashboard, folderUid, onReload }: OpenedProps) {
  const styles = useStyles2(stylesOf);
  const [search] = useSearchParams();
  const [removing, setRemoving] = useState<{ readonly id: number; readonly title: string }>();
  const [sharing, setSharing] = useState<{ readonly key?: string; readonly first?: string }>();
  const [row, setRow] = useState<number>();
  const [tab, setTab] = useState<number>();
  const [library, setLibrary] = useState<'pick' | PanelJson>();
  const guard = useRef<LeaveGuardHandle>(null);
  const [saving, setSaving] = useState<'save' | 'copy'>();
  const [keys, setKeys] = useState(false);
  const [discarding, setDiscarding] = useState(false);
  const canEdit = loaded === undefined || (loaded.access.canEdit && dashboard.editable !== false);
  const session = useMemo(
    () => createSession(dashboard, loaded, folderUid, {
      menu: (own, menu) => fillPanelMenu(own, menu, { canEdit, onRemove: (id, title) => setRemoving({ id, title }), onShare: (key) => setSharing({ key }), onLibrary: (id) => setLibrary(panelJson(own, id)) }), onRow: setRow, onTab: setTab,
    }),
    [dashboard, loaded, folderUid, canEdit],
  );
  const { scene, editing, changed, dashboard: json } = useSyncExternalStore(session.subscribe, session.state);
  const kiosk = search.has('kiosk');
  const viewed = search.get('viewPanel');
  const edited = search.get('editPanel');
  const inspected = search.get('inspect');
  const settings = search.get('editview');

  useEffect(() => {
    document.title = `${json.title} - Belvedere`;
  }, [json.title]);
  useEffect(() => {
    const { viewed: _, ...rest } = scene.state;
    const key = viewed === null ? undefined : /^\d+$/.test(viewed) ? `panel-${viewed}` : viewed;
    if (scene.state.viewed !== key || scene.state.hideControls !== kiosk) scene.setState({ ...rest, viewed: key, hideControls: kiosk } as never);
  }, [scene, viewed, kiosk]);
  const pointed = () => panelUnderPointer() ?? viewed ?? undefined;
  const pointedId = () => /^panel-(\d+)/.exec(pointed() ?? '')?.[1];
  const withPanel = (act: (key: string, id: string) => void) => () => {
    const key = pointed();
    const id = pointedId();
    if (key && id) act(key, id);
  };
  useShortcuts({
    'g h': () => locationService.push('/'), 'g d': () => locationService.push('/dashboards'), 'g e': () => locationService.push('/explore'), '?': () => setKeys(true), 'd r': () => refreshAll(scene),
    'd s': canEdit ? () => setParams({ editview: 'settings' }) : undefined, 'd e': canEdit ? () => session.edit(!editing) : undefined, 'd k': () => setParams({ kiosk: kiosk ? null : 'true' }), 'd l': () => scene.panels().filter(hasLegend).forEach(toggleLegend), 'd shift+e': () => foldRows(scene, false), 'd shift+c': () => foldRows(scene, true), 'mod+o': () => notifySuccess(`Crosshair: ${cycleCrosshair(scene)}`), 'mod+s': canEdit ? () => setSaving('save') : undefined,
    't z': () => scene.state.timePicker.onZoom(), 't left': () => moveRange(scene, -1), 't right': () => moveRange(scene, 1), 't a': () => scene.state.timePicker.toAbsolute(), 'mod+z': () => scene.state.timePicker.onZoom(),
    't c': () => { const { from, to } = scene.state.$timeRange!.state; void attempt(() => navigator.clipboard.writeText(JSON.stringify({ from, to })), 'Time range copied', 'The time range was not copied'); }, 't v': () => void pasteRange(),
    v: withPanel((key) => setParams({ viewPanel: viewed ? null : key })), e: canEdit ? withPanel((_key, id) => setParams({ editPanel: edited ? null : id, viewPanel: null })) : undefined, i: withPanel((_key, id) => setParams({ inspect: id, inspectTab: 'data' })),
    x: withPanel((key) => { const panel = scene.panel(key); if (panel) void explore(panel); }), 'p s': withPanel((key) => setSharing({ key })), 'p e': withPanel((key) => setSharing({ key, first: 'embed' })), 'p n': config.snapshotEnabled ? withPanel((key) => setSharing({ key, first: 'snapshot' })) : undefined, 'p d': canEdit ? withPanel((_key, id) => duplicatePanel(session, Number(id))) : undefined,
    'p l': withPanel((key) => { const panel = scene.panel(key); if (panel) toggleLegend(panel); }), 'p x': withPanel((key) => { const panel = scene.panel(key); if (panel) void explore(panel); }), 'p r': canEdit ? withPanel((_key, id) => setRemoving({ id: Number(id), title: panelJson(session, Number(id))?.title ?? '' })) : undefined,
    esc: () => { if (inspected) setParams({ inspect: null, inspectTab: null }); else if (settings !== null) setParams({ editview: null }); else if (viewed) setParams({ viewPanel: null }); else if (kiosk) setParams({ kiosk: null }); },
  });

  const pasteRange = async () => {
    try {
      const { from, to } = JSON.parse(await navigator.clipboard.readText()) as { from?: unknown; to?: unknown };
      if (typeof from !== 'string' || typeof to !== 'string') throw new Error('A range has the texts "from" and "to"');
      setParams({ from, to });
    } catch (error) {
      notifyError('There is no time range in the clipboard', error);
    }
  };
  const put = (panel: Omit<PanelJson, 'id'>): number => {
    session.edit(true);
    const id = nextPanelId(session.current());
    session.change((before) => withPanels(before, [{ ...panel, id } as PanelJson], shownTab(scene)));
    return id;
  };
  const addPanel = () => {
    // Where no source was made the default, the built-in one is: any of one's own serves better.
    const byDefault = getDataSourceSrv().getInstanceSettings(null);
    const source = byDefault?.meta.builtIn ? (getDataSourceSrv().getList().find(({ meta }) => !meta.builtIn) ?? byDefault) : byDefault;
    const asks = source ? { datasource: getDataSourceRef(source), targets: [{ refId: 'A', datasource: getDataSourceRef(source) }] } : { targets: [] };
    setParams({ editPanel: String(put({ type: 'timeseries', title: 'New panel', ...asks, gridPos: { x: 0, y: 0, w: 12, h: 8 } })) });
  };
  const addRow = () => put({ type: 'row', title: 'New row', collapsed: false, panels: [], gridPos: { x: 0, y: 0, w: 24, h: 1 } });
  const paste = () => {
    const copied = copiedPanel();
    if (copied) put({ ...copied, gridPos: { x: 0, y: 0, w: copied.gridPos?.w ?? 12, h: copied.gridPos?.h ?? 8 } });
  };
  const saved = (uid: string, url: string) => {
    setSaving(undefined);
    guard.current?.release();
    session.edit(false);
    if (uid === loaded?.uid) onReload();
    else locationService.push(url.slice((config.appSubUrl ?? '').length));
  };
  const isEmpty = json.panels.length === 0 && !json.tabs?.length;
  const inspectedPanel = inspected === null ? undefined : scene.panel(inspected);

  return (
    <div className={styles.page}>
      {!kiosk && (
        <Header session={session} canEdit={canEdit} editing={editing} changed={changed} onShare={() => setSharing({})} onSave={() => setSaving('save')} onCopy={() => setSaving('copy')} add={{ onPanel: addPanel, onRow: addRow, onTab: () => addTab(session), onLibrary: () => setLibrary('pick'), onPaste: copiedPanel() ? paste : undefined }}
          onDone={() => (changed ? setDiscarding(true) : session.edit(false))} onReload={onReload} />
      )}
      {loaded?.managedBy && editing && <Alert severity="info" title={`This dashboard is kept elsewhere (${loaded.managedBy})`}>{loaded.sourcePath ? `It comes from ${loaded.sourcePath}. ` : ''}What is saved here may be replaced from there, or refused.</Alert>}
      {loaded?.problem && <Alert severity="warning" title="This dashboard could not be brought up to date entirely">{loaded.problem}</Alert>}
      {settings !== null ? <Suspense><DashboardSettings session={session} view={settings} mayChange={canEdit} onRestored={onReload} /></Suspense> : (
        <UrlSyncContextProvider key={scene.state.key} scene={scene} updateUrlOnInit createBrowserHistorySteps>
          {edited !== null ? <Suspense><PanelEditor key={edited} session={session} id={Number(/\d+/.exec(edited)?.[0])} /></Suspense> : isEmpty
            ? <EmptyState variant="call-to-action" message="This dashboard has no panels yet" button={canEdit ? <Button icon="plus" onClick={addPanel}>Add a panel</Button> : null}>A panel shows what a query of a data source finds.</EmptyState>
            : <scene.Component model={scene} />}
        </UrlSyncContextProvider>
      )}
      {inspectedPanel && (
        <InspectDrawer panel={inspectedPanel} json={panelJson(session, Number(inspected))} tab={search.get('inspectTab') ?? 'data'} onTab={(tab) => setParams({ inspectTab: tab })} onClose={() => setParams({ inspect: null, inspectTab: null })}
          onJson={canEdit ? (next) => { session.edit(true); session.change((before) => mapPanels(before, (panel) => (panel.id === next.id ? next : panel))); setParams({ inspect: null, inspectTab: null }); } : undefined} />
      )}
      {removing && <ConfirmModal isOpen title="Remove panel" body={`Remove "${removing.title || 'this panel'}" from the dashboard?`} confirmText="Remove" onConfirm={() => { removePanel(session, removing.id); setRemoving(undefined); setParams({ editPanel: null, viewPanel: null }); }} onDismiss={() => setRemoving(undefined)} />}
      {discarding && (
        <ConfirmModal isOpen title="Unsaved changes" body="Leave without saving what you have changed?" confirmText="Discard changes" dismissText="Go on editing" onConfirm={() => { session.discard(); setDiscarding(false); setParams({ editPanel: null }); }} onDismiss={() => setDiscarding(false)} />
      )}
      <LeaveGuard ref={guard} dirty={changed && editing} maySave={canEdit} onSave={() => setSaving('save')} onDiscard={() => session.discard()} />
      {row !== undefined && <RowModal key={row} session={session} id={row} onClose={() => setRow(undefined)} />}
      {tab !== undefined && <TabModal key={tab} session={session} index={tab} onClose={() => setTab(undefined)} />}
      {library === 'pick' && <LibraryPanelPicker onClose={() => setLibrary(undefined)} onChosen={({ uid, name, model }) => { const { id: _, ...own } = model; put({ ...own, gridPos: { x: 0, y: 0, w: model.gridPos?.w ?? 12, h: model.gridPos?.h ?? 8 }, libraryPanel: { uid, name } }); setLibrary(undefined); }} />}
      {library !== undefined && library !== 'pick' && <MakeLibraryPanel panel={library} folderUid={folderUid} onClose={() => setLibrary(undefined)} onMade={(libraryPanel) => { session.edit(true); session.change((before) => mapPanels(before, (panel) => (panel.id === library.id ? { ...panel, libraryPanel } : panel))); setLibrary(undefined); }} />}
      {sharing && <ShareModal session={session} panelKey={sharing.key} first={sharing.first} onClose={() => setSharing(undefined)} />}
      {saving && <SaveDrawer session={session} asCopy={saving === 'copy'} onClose={() => setSaving(undefined)} onSaved={saved} />}
      {keys && <Suspense><KeysModal onClose={() => setKeys(false)} /></Suspense>}
    </div>
  );
}

interface HeaderProps {
  readonly session: DashboardSession;
  readonly canEdit: boolean;
  readonly editing: boolean;
  readonly changed: boolean;
  readonly onShare: () => void;
  readonly onSave: () => void;
  readonly onCopy: () => void;
  readonly add: { readonly onPanel: () => void; readonly onRow: () => void; readonly onTab: () => void; readonly onLibrary: () => void; readonly onPaste: (() => void) | undefined };
  readonly onDone: () => void;
  readonly onReload: () => void;
}

function Header({ session, canEdit, editing, changed, onShare, onSave, onCopy, add, onDone, onReload }: HeaderProps) {
  const styles = useStyles2(stylesOf);
  const [search] = useSearchParams();
  const { loaded, folderUid } = session;
  const { title, tags = [], description } = session.state().dashboard;
  const folder = useLoaded(async () => (folderUid ? api.get<{ title: string; url: string }>(`/api/folders/${encodeURIComponent(folderUid)}`).catch(() => undefined) : undefined), folderUid);
  const back = search.get('editPanel') ?? search.get('viewPanel') ?? search.get('editview');
  const menu = (
    <Menu>
      {canEdit && <Menu.Item label="Settings" icon="cog" onClick={() => setParams({ editview: 'settings' })} />}
      {canEdit && loaded && <Menu.Item label="Versions" icon="history" onClick={() => setParams({ editview: 'versions' })} />}
      {loaded && user().isSignedIn && <Menu.Item label="Save as a copy" icon="copy" onClick={onCopy} />}
      <Menu.Item label="Kiosk mode" icon="monitor" onClick={() => setParams({ kiosk: 'true' })} />
      {loaded && <Menu.Item label="Reload" icon="sync" onClick={onReload} />}
    </Menu>
  );
  const addMenu = () => (
    <Menu>
      <Menu.Item label="Panel" icon="graph-bar" onClick={add.onPanel} /><Menu.Item label="Row" icon="list-ul" onClick={add.onRow} /><Menu.Item label="Tab" icon="columns" onClick={add.onTab} />
      {may('library.panels:read') && <Menu.Item label="Library panel" icon="book-open" onClick={add.onLibrary} />}
      {add.onPaste && <Menu.Item label="Copied panel" icon="copy" onClick={add.onPaste} />}
    </Menu>
  );
  return (
    <header className={styles.header}>
      <nav aria-label="Breadcrumbs" className={styles.crumbs}>
        <Link to="/dashboards">Dashboards</Link> / {folder.value && <><Link to={folder.value.url.slice((config.appSubUrl ?? '').length)}>{folder.value.title}</Link> / </>}
        <h1 className={styles.title} title={description ?? ''}>{title}</h1>
        {loaded?.access.canStar && <Star uid={loaded.uid} />}
        {loaded?.access.isPublic && <Tag name="public" />}
        {tags.map((tag) => <Link key={tag} to={`/dashboards?tag=${encodeURIComponent(tag)}`}><Tag name={tag} /></Link>)}
      </nav>
      <div className={styles.actions}>
        {back !== null && <Button size="sm" variant="secondary" icon="arrow-left" onClick={() => setParams({ editPanel: null, viewPanel: null, editview: null, tab: null })}>Back to dashboard</Button>}
        {editing && <Dropdown overlay={addMenu} placement="bottom-end"><Button size="sm" variant="secondary" icon="plus">Add</Button></Dropdown>}
        {(editing || (changed && canEdit)) && <Button size="sm" icon="save" onClick={onSave}>Save</Button>}
        {editing && <Button size="sm" variant="secondary" onClick={onDone}>Exit edit</Button>}
        {canEdit && !editing && <Button size="sm" variant="secondary" icon="pen" onClick={() => session.edit(true)}>Edit</Button>}
        <Button size="sm" variant="secondary" icon="share-alt" onClick={onShare}>Share</Button>
        <Dropdown overlay={menu} placement="bottom-end"><IconButton name="ellipsis-v" aria-label="More" /></Dropdown>
      </div>
    </header>
  );
}

function Star({ uid }: { readonly uid: string }) {
  const stars = useLoaded(() => api.get<string[]>('/api/user/stars'), uid);
  const starred = stars.value?.includes(uid) === true;
  const toggle = () => attempt(() => (starred ? api.delete(`/api/user/stars/dashboard/uid/${uid}`) : api.post(`/api/user/stars/dashboard/uid/${uid}`)), starred ? 'No longer starred' : 'Starred', 'The star was not changed').then(stars.reload);
  return <IconButton name={starred ? 'favorite' : 'star'} iconType={starred ? 'mono' : 'default'} aria-label={starred ? 'Take the star away' : 'Star this dashboard'} aria-pressed={starred} onClick={() => void toggle()} />;
}

const stylesOf = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', flexGrow: 1, minWidth: 0 }),
  header: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), justifyContent: 'space-between', alignItems: 'center', padding: theme.spacing(1, 2, 0) }),
  crumbs: css({ display: 'flex', gap: theme.spacing(0.75), alignItems: 'center', color: theme.colors.text.secondary, minWidth: 0, flexWrap: 'wrap' }),
  title: css({ fontSize: theme.typography.h4.fontSize, margin: 0, color: theme.colors.text.primary }),
  actions: css({ display: 'flex', gap: theme.spacing(1), alignItems: 'center' }),
});
