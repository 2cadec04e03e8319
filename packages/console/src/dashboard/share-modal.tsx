/** Ways to give a dashboard or a panel to others: a link, a snapshot, a frame for another page, a public address. */
import { dataFrameToJSON, toDataFrame } from '@grafana/data';
import { config, locationService } from '@grafana/runtime';
import { sceneGraph } from '@grafana/scenes';
import { Button, Checkbox, ClipboardButton, Combobox, Field, Input, Modal, Stack, Switch, Tab, TabContent, TabsBar, TextArea } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../api/client.ts';
import { Shown } from '../app/page.tsx';
import { attempt, notifyError } from '../app/notify.ts';
import { download } from './inspect-drawer.tsx';
import { forSaving } from './dashboard-api.ts';
import { forOthers, type ExportAbout } from './export.ts';
import { mapPanels, type DashboardJson } from './model.ts';
import type { DashboardSession } from './session.ts';
import { toV2 } from './v2-model.ts';

interface Props {
  readonly session: DashboardSession;
  readonly panelKey?: string | undefined;
  /** The tab that is shown first. */
  readonly first?: string | undefined;
  readonly onClose: () => void;
}

export function ShareModal({ session, panelKey, first = 'link', onClose }: Props) {
  const [tab, setTab] = useState(first);
  const canShare = session.loaded !== undefined;
  const tabs = [['link', 'Link'], ...(config.snapshotEnabled ? [['snapshot', 'Snapshot']] : []), ...(panelKey ? [['embed', 'Embed']] : [['export', 'Export'], ...(config.publicDashboardsEnabled && canShare && session.loaded?.access.canSave ? [['public', 'Public dashboard']] : [])])] as [string, string][];
  return (
    <Modal isOpen title={panelKey ? 'Share panel' : 'Share'} onDismiss={onClose}>
      <TabsBar>{tabs.map(([id, label]) => <Tab key={id} label={label} active={tab === id} onChangeTab={() => setTab(id)} />)}</TabsBar>
      <TabContent style={{ paddingTop: 16 }}>
        {tab === 'link' && <LinkTab session={session} panelKey={panelKey} />}
        {tab === 'embed' && <LinkTab session={session} panelKey={panelKey} embed />}
        {tab === 'snapshot' && <SnapshotTab session={session} />}
        {tab === 'export' && <ExportTab session={session} />}
        {tab === 'public' && <PublicTab uid={session.loaded!.uid} />}
      </TabContent>
    </Modal>
  );
}

function LinkTab({ session, panelKey, embed = false }: { readonly session: DashboardSession; readonly panelKey: string | undefined; readonly embed?: boolean }) {
  const [lock, setLock] = useState(true);
  const [theme, setTheme] = useState('');
  const [short, setShort] = useState<string>();
  const params = new URLSearchParams(locationService.getLocation().search);
  for (const key of ['editPanel', 'viewPanel', 'inspect', 'inspectTab', 'shareView']) params.delete(key);
  const { from, to } = session.state().scene.state.$timeRange!.state.value;
  if (lock) {
    params.set('from', String(from.valueOf()));
    params.set('to', String(to.valueOf()));
  }
  if (theme) params.set('theme', theme);
  if (panelKey) params.set(embed ? 'panelId' : 'viewPanel', embed ? (/\d+/.exec(panelKey)?.[0] ?? '') : panelKey);
  const path = locationService.getLocation().pathname;
  const url = `${location.origin}${config.appSubUrl ?? ''}${embed ? path.replace('/d/', '/d-solo/') : path}?${params}`;
  const text = embed ? `<iframe src="${url.replaceAll('&', '&amp;')}" width="450" height="200" frameborder="0"></iframe>` : (short ?? url);
  const shorten = async () => {
    try {
      setShort((await api.post<{ url: string }>('/api/short-urls', { path: `${path.slice(1)}?${params}` })).url);
    } catch (error) {
      notifyError('The link was not shortened', error);
    }
  };
  return (
    <Stack direction="column" gap={2}>
      <Field noMargin label="Lock the time range" description="Whoever opens it sees the time that you see"><Switch value={lock} onChange={(event) => { setLock(event.currentTarget.checked); setShort(undefined); }} /></Field>
      <Field noMargin label="Theme"><Combobox options={[{ value: '', label: 'That of whoever opens it' }, { value: 'dark', label: 'Dark' }, { value: 'light', label: 'Light' }]} value={theme} onChange={({ value }) => { setTheme(value); setShort(undefined); }} /></Field>
      <TextArea aria-label={embed ? 'HTML' : 'Link'} readOnly value={text} rows={3} />
      <Stack gap={1}>
        <ClipboardButton getText={() => text} icon="copy">{embed ? 'Copy HTML' : 'Copy link'}</ClipboardButton>
        {!embed && <Button variant="secondary" onClick={() => void shorten()}>Shorten</Button>}
      </Stack>
    </Stack>
  );
}

function SnapshotTab({ session }: { readonly session: DashboardSession }) {
  const [name, setName] = useState(session.current().title);
  const [expires, setExpires] = useState(604_800);
  const [made, setMade] = useState<{ readonly url: string; readonly deleteUrl: string }>();
  const create = () => attempt(async () => setMade(await api.post('/api/snapshots', { name, expires, dashboard: withData(session) })), 'Snapshot created', 'The snapshot was not created');
  if (made) {
    return (
      <Stack direction="column" gap={2}>
        <TextArea aria-label="Link to the snapshot" readOnly value={made.url} rows={2} />
        <Stack gap={1}><ClipboardButton getText={() => made.url} icon="copy">Copy link</ClipboardButton><Button variant="destructive" fill="outline" onClick={() => void attempt(() => api.get(new URL(made.deleteUrl).pathname), 'Snapshot deleted', 'The snapshot was not deleted').then(() => setMade(undefined))}>Delete it</Button></Stack>
      </Stack>
    );
  }
  return (
    <Stack direction="column" gap={2}>
      <p>A snapshot holds the data that is shown now, without queries. Everybody with the link can see it.</p>
      <Field noMargin label="Name"><Input value={name} onChange={(event) => setName(event.currentTarget.value)} /></Field>
      <Field noMargin label="Expires"><Combobox options={[{ value: 3_600, label: 'In an hour' }, { value: 86_400, label: 'In a day' }, { value: 604_800, label: 'In a week' }, { value: 0, label: 'Never' }]} value={expires} onChange={({ value }) => setExpires(value)} /></Field>
      <div><Button onClick={() => void create()}>Create snapshot</Button></div>
    </Stack>
  );
}

/** The dashboard with the data of its panels instead of their queries. */
function withData(session: DashboardSession) {
  const { scene } = session.state();
  const { from, to } = scene.state.$timeRange!.state.value;
  const dashboard = mapPanels(session.chosen(session.current(), { range: false, variables: true }), (panel) => {
    const shown = scene.panel(panel.id);
    const source = shown?.state.$data && sceneGraph.getData(shown).state.data;
    const { libraryPanel: _, ...plain } = panel;
    if (!source) return plain as typeof panel;
    const targets = [{ refId: 'A', datasource: { type: 'grafana', uid: 'grafana' }, queryType: 'snapshot', snapshot: source.series.map((frame) => dataFrameToJSON(toDataFrame(frame))) }];
    return { ...plain, datasource: { type: 'grafana', uid: 'grafana' }, transformations: [], targets } as typeof panel;
  });
  return { ...dashboard, time: { from: from.toISOString(), to: to.toISOString() }, refresh: '', annotations: { list: [] }, templating: { list: (dashboard.templating?.list ?? []).map((variable) => ({ ...variable, refresh: 0, ...(variable.type === 'query' ? { type: 'custom', query: [variable.current?.value].flat().join(',') } : {}) })) } };
}

function ExportTab({ session }: { readonly session: DashboardSession }) {
  const [portable, setPortable] = useState(false);
  const [asV2, setAsV2] = useState(session.loaded?.v2 !== undefined);
  const libraryUids = libraryPanelUids(session.current());
  const elements = useLoaded(async () => Object.fromEntries(await Promise.all(libraryUids.map(async (uid) => {
    const { result } = await api.get<{ result: { name: string; uid: string; kind: number; model: object } }>(`/api/library-elements/${encodeURIComponent(uid)}`);
    return [uid, { name: result.name, uid: result.uid, kind: result.kind, model: result.model }] as const;
  }))), libraryUids.join());
  const { id: _, ...json } = forSaving(session.current());
  const { v2, uid } = session.loaded ?? {};
  const exported = asV2 && v2 ? { apiVersion: v2.apiVersion, kind: 'Dashboard', metadata: { name: uid }, spec: toV2(forSaving(session.current()), v2.spec) } : portable ? forOthers(json, { ...exportAbout, elements: elements.value ?? {} }) : json;
  const text = JSON.stringify(exported, null, 2);
  return (
    <Stack direction="column" gap={2}>
      {v2 && <div><Checkbox label="In the second schema" description="As it is kept; else in the classic form, which older servers read" value={asV2} onChange={(event) => setAsV2(event.currentTarget.checked)} /></div>}
      {!(asV2 && v2) && <div><Checkbox label="Export for another server" description="Data sources and constants are asked for when it is imported" value={portable} onChange={(event) => setPortable(event.currentTarget.checked)} /></div>}
      <TextArea aria-label="JSON of the dashboard" readOnly rows={14} value={text} style={{ fontFamily: 'monospace' }} />
      <Stack gap={1}><Button icon="download-alt" onClick={() => download(`${session.current().title}.json`, text, 'application/json')}>Download</Button><ClipboardButton variant="secondary" getText={() => text} icon="copy">Copy</ClipboardButton></Stack>
    </Stack>
  );
}

function libraryPanelUids(dashboard: DashboardJson): readonly string[] {
  const uids = new Set<string>();
  mapPanels(dashboard, (panel) => {
    if (panel.libraryPanel) uids.add(panel.libraryPanel.uid);
    return panel;
  });
  return [...uids];
}

const exportAbout: Omit<ExportAbout, 'elements'> = {
  version: config.buildInfo.version, panelName: (type) => config.panels[type]?.name ?? type,
  sourceOf(uid) {
    const source = Object.values(config.datasources).find((one) => one.uid === uid) ?? config.datasources[uid];
    return source && { uid: source.uid, name: source.name, type: source.type, pluginName: source.meta.name, builtIn: ['grafana', 'mixed', 'dashboard'].includes(source.meta.id), version: source.meta.info?.version || '1.0.0' };
  },
};

interface PublicDashboard {
  readonly uid: string;
  readonly accessToken: string;
  readonly isEnabled: boolean;
  readonly annotationsEnabled: boolean;
  readonly timeSelectionEnabled: boolean;
}

function PublicTab({ uid }: { readonly uid: string }) {
  const base = `/api/dashboards/uid/${encodeURIComponent(uid)}/public-dashboards`;
  const found = useLoaded(async () => api.get<PublicDashboard>(base).then((value) => ({ value }), () => ({ value: undefined })), uid);
  const run = (work: () => Promise<unknown>, done: string) => void attempt(work, done, 'That did not work').then(found.reload);
  return (
    <Shown loaded={found}>
      {({ value }) => {
        if (!value) return <Stack direction="column" gap={2}><p>Anybody with the link will see this dashboard without signing in.</p><div><Button onClick={() => run(() => api.post(base, { isEnabled: true, share: 'public' }), 'Public dashboard created')}>Make it public</Button></div></Stack>;
        const url = `${location.origin}${config.appSubUrl ?? ''}/public-dashboards/${value.accessToken}`;
        const toggle = (key: 'isEnabled' | 'annotationsEnabled' | 'timeSelectionEnabled', label: string) => <Field noMargin label={label}><Switch value={value[key]} onChange={() => run(() => api.patch(`${base}/${value.uid}`, { [key]: !value[key] }), 'Saved')} /></Field>;
        return (
          <Stack direction="column" gap={2}>
            <Input aria-label="Public address" readOnly value={url} />
            {toggle('isEnabled', 'Reachable')}{toggle('timeSelectionEnabled', 'Visitors may choose the time range')}{toggle('annotationsEnabled', 'Annotations are shown')}
            <Stack gap={1}><ClipboardButton getText={() => url} icon="copy">Copy link</ClipboardButton><Button variant="destructive" onClick={() => run(() => api.delete(`${base}/${value.uid}`), 'No longer public')}>No longer public</Button></Stack>
          </Stack>
        );
      }}
    </Shown>
  );
}
