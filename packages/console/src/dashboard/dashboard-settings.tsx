/** Settings of a dashboard: general, variables, annotations, links, JSON, versions. */
import { Alert, Button, Combobox, ConfirmModal, Field, Input, Stack, Switch, Tab, TabsBar, TagsInput, TextArea, TimeZonePicker } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../api/client.ts';
import { Shown } from '../app/page.tsx';
import { attempt } from '../app/notify.ts';
import { may } from '../host/boot-data.ts';
import { Permissions } from '../pages/parts/permissions.tsx';
import { migrateAngularPanel } from './angular-panels.ts';
import { mapPanels, type DashboardJson } from './model.ts';
import { setParams, type DashboardSession } from './session.ts';
import { ListEditor } from './list-editor.tsx';

interface Props {
  readonly session: DashboardSession;
  readonly view: string;
  readonly onRestored: () => void;
}

const views = [['settings', 'General'], ['variables', 'Variables'], ['annotations', 'Annotations'], ['links', 'Links'], ['permissions', 'Permissions'], ['json', 'JSON model'], ['versions', 'Versions']] as const;

export default function DashboardSettings({ session, view, onRestored }: Props) {
  const shown = views.filter(([id]) => (id !== 'versions' || session.loaded !== undefined) && (id !== 'permissions' || (session.loaded?.access.canAdmin && may('dashboards.permissions:read'))));
  const change = (next: (dashboard: DashboardJson) => DashboardJson) => {
    session.edit(true);
    session.change(next);
  };
  const { templating, annotations, links = [] } = session.current();
  return (
    <div style={{ padding: 16, maxWidth: 1000 }}>
      <TabsBar>{shown.map(([id, label]) => <Tab key={id} label={label} active={view === id} onChangeTab={() => setParams({ editview: id })} />)}</TabsBar>
      <div style={{ paddingTop: 16 }}>
        {view === 'settings' && <General dashboard={session.current()} onChange={(next) => change(() => next)} />}
        {view === 'variables' && <ListEditor kind="variable" list={templating?.list ?? []} onChange={(list) => change((before) => ({ ...before, templating: { ...before.templating, list: list as never } }))} />}
        {view === 'annotations' && <ListEditor kind="annotation" list={(annotations?.list ?? []) as never} onChange={(list) => change((before) => ({ ...before, annotations: { ...before.annotations, list: list as never } }))} />}
        {view === 'links' && <ListEditor kind="link" list={links as never} onChange={(list) => change((before) => ({ ...before, links: list as never }))} />}
        {view === 'permissions' && session.loaded?.access.canAdmin && <Permissions resource="dashboards" id={session.loaded.uid} mayWrite={may('dashboards.permissions:write')} title="Who may see and change it" />}
        {view === 'json' && <JsonModel dashboard={session.current()} onChange={(next) => change(() => mapPanels(next, migrateAngularPanel))} />}
        {view === 'versions' && session.loaded && <Versions uid={session.loaded.uid} current={session.loaded.version} onRestored={onRestored} />}
      </div>
    </div>
  );
}

function General({ dashboard, onChange }: { readonly dashboard: DashboardJson; readonly onChange: (dashboard: DashboardJson) => void }) {
  const { title, description = '', tags = [], timezone = '', graphTooltip = 0, editable, timepicker = {}, refresh, preload } = dashboard;
  return (
    <div>
      <Field label="Title"><Input value={title} onChange={(event) => onChange({ ...dashboard, title: event.currentTarget.value })} /></Field>
      <Field label="Description"><TextArea value={description} onChange={(event) => onChange({ ...dashboard, description: event.currentTarget.value })} /></Field>
      <Field label="Tags"><TagsInput tags={[...tags]} onChange={(next) => onChange({ ...dashboard, tags: next })} /></Field>
      <Field label="Time zone"><TimeZonePicker value={timezone} includeInternal onChange={(zone) => onChange({ ...dashboard, timezone: zone ?? '' })} /></Field>
      <Field label="Refresh" description="How often, as 10s or 1m; empty for never"><Input width={20} value={refresh === false ? '' : (refresh ?? '')} onChange={(event) => onChange({ ...dashboard, refresh: event.currentTarget.value })} /></Field>
      <Field label="Crosshair"><Combobox options={[{ value: 0, label: 'Each panel its own' }, { value: 1, label: 'Shared crosshair' }, { value: 2, label: 'Shared tooltip' }]} value={graphTooltip} onChange={({ value }) => onChange({ ...dashboard, graphTooltip: value as 0 | 1 | 2 })} /></Field>
      <Field label="Hide the time picker"><Switch value={timepicker.hidden === true} onChange={(event) => onChange({ ...dashboard, timepicker: { ...timepicker, hidden: event.currentTarget.checked } })} /></Field>
      <Field label="Load all panels at once" description="Also those that are out of sight"><Switch value={preload === true} onChange={(event) => onChange({ ...dashboard, preload: event.currentTarget.checked })} /></Field>
      <Field label="Editable"><Switch value={editable !== false} onChange={(event) => onChange({ ...dashboard, editable: event.currentTarget.checked })} /></Field>
    </div>
  );
}

function JsonModel({ dashboard, onChange }: { readonly dashboard: DashboardJson; readonly onChange: (dashboard: DashboardJson) => void }) {
  const [text, setText] = useState(() => JSON.stringify(dashboard, null, 2));
  const [problem, setProblem] = useState<string>();
  const apply = () => {
    try {
      const parsed = JSON.parse(text) as DashboardJson;
      if (!Array.isArray(parsed.panels)) throw new Error('"panels" is missing');
      onChange(parsed);
      setProblem(undefined);
    } catch (error) {
      setProblem(String(error));
    }
  };
  return (
    <Stack direction="column" gap={1}>
      {problem && <Alert severity="error" title="This cannot be used">{problem}</Alert>}
      <TextArea aria-label="JSON model" rows={30} value={text} style={{ fontFamily: 'monospace' }} onChange={(event) => setText(event.currentTarget.value)} />
      <div><Button onClick={apply}>Apply</Button></div>
    </Stack>
  );
}

interface Version {
  readonly version: number;
  readonly created: string;
  readonly createdBy: string;
  readonly message: string;
}

function Versions({ uid, current, onRestored }: { readonly uid: string; readonly current: number; readonly onRestored: () => void }) {
  const base = `/api/dashboards/uid/${encodeURIComponent(uid)}`;
  const found = useLoaded(async () => {
    const answer = await api.get<{ versions: Version[] } | Version[]>(`${base}/versions`, { limit: 100 });
    return Array.isArray(answer) ? answer : answer.versions;
  }, uid);
  const [restoring, setRestoring] = useState<Version>();
  const [compared, setCompared] = useState<number>();
  const diff = useLoaded(async () => {
    if (compared === undefined) return [];
    const [before, after] = await Promise.all([compared, current].map(async (version) => JSON.stringify((await api.get<{ data: unknown }>(`${base}/versions/${version}`)).data, null, 2).split('\n')));
    return differences(before!, after!);
  }, String(compared));
  const restore = (version: number) => attempt(() => api.post(`${base}/restore`, { version }), `Version ${version} restored`, 'The version was not restored').then((ok) => ok && (setParams({ editview: null }), onRestored()));
  return (
    <Shown loaded={found}>
      {(versions) => (
        <>
          <table className="filter-table">
            <thead><tr><th>Version</th><th>Date</th><th>By</th><th>Message</th><th /></tr></thead>
            <tbody>
              {versions.map((version) => (
                <tr key={version.version}>
                  <td>{version.version}</td><td>{new Date(version.created).toLocaleString()}</td><td>{version.createdBy}</td><td>{version.message}</td>
                  <td>{version.version === current ? 'Latest' : <Stack gap={1}><Button size="sm" variant="secondary" onClick={() => setCompared(version.version)}>Compare</Button><Button size="sm" variant="secondary" icon="history" onClick={() => setRestoring(version)}>Restore</Button></Stack>}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {compared !== undefined && <><h4>Version {compared} and the latest</h4><pre>{(diff.value ?? []).map(([sign, line], index) => <div key={keyed(index, line)} style={{ color: sign === '+' ? 'var(--green, #73bf69)' : '#f2495c' }}>{sign} {line}</div>)}{diff.value?.length === 0 && 'They are the same.'}</pre></>}
          {restoring && <ConfirmModal isOpen title="Restore version" body={`Make version ${restoring.version} the latest? What there is now stays among the versions.`} confirmText="Restore" confirmButtonVariant="primary" onConfirm={() => { setRestoring(undefined); void restore(restoring.version); }} onDismiss={() => setRestoring(undefined)} />}
        </>
      )}
    </Shown>
  );
}

const keyed = (index: number, text: string) => `${index} ${text}`;

/** Lines that only one of them has, in order; what is the same is left out. */
export function differences(before: readonly string[], after: readonly string[]): readonly (readonly [sign: '+' | '-', line: string])[] {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return [...before.slice(start, before.length - end).map((line) => ['-', line] as const), ...after.slice(start, after.length - end).map((line) => ['+', line] as const)];
}
