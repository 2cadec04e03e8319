/** Settings of a dashboard: general, variables, annotations, links, JSON, versions. */
import { Combobox, Field, Input, Switch, Tab, TabsBar, TagsInput, TextArea, TimeZonePicker } from '@grafana/ui';
import { may } from '../host/boot-data.ts';
import { Permissions } from '../pages/parts/permissions.tsx';
import { migrateAngularPanel } from './angular-panels.ts';
import { mapPanels, withIds, type DashboardJson } from './model.ts';
import { setParams, type DashboardSession } from './session.ts';
import { AnnotationForm, freshAnnotation } from './settings/annotation-form.tsx';
import { EntryList } from './settings/entry-list.tsx';
import { JsonModel } from './settings/json-model.tsx';
import { freshLink, LinkForm } from './settings/link-form.tsx';
import { freeName, freshVariable, typeNames, VariableForm } from './settings/variable-form.tsx';
import { Versions } from './settings/versions.tsx';

interface Props {
  readonly session: DashboardSession;
  readonly view: string;
  readonly mayChange: boolean;
  readonly onRestored: () => void;
}

const views = [['settings', 'General'], ['variables', 'Variables'], ['annotations', 'Annotations'], ['links', 'Links'], ['permissions', 'Permissions'], ['json', 'JSON model'], ['versions', 'Versions']] as const;

export default function DashboardSettings({ session, view, mayChange, onRestored }: Props) {
  const shown = views.filter(([id]) => (id !== 'versions' || session.loaded !== undefined) && (id !== 'permissions' || (session.loaded?.access.canAdmin && may('dashboards.permissions:read'))));
  const change = (next: (dashboard: DashboardJson) => DashboardJson) => {
    session.edit(true);
    session.change(next);
  };
  const dashboard = session.current();
  const { templating, annotations, links = [] } = dashboard;
  const variables = templating?.list ?? [];
  return (
    <div style={{ padding: 16, maxWidth: 1000 }}>
      <TabsBar>{shown.map(([id, label]) => <Tab key={id} label={label} active={view === id} onChangeTab={() => setParams({ editview: id })} />)}</TabsBar>
      <div style={{ paddingTop: 16 }}>
        {view === 'settings' && <General dashboard={dashboard} onChange={(next) => change(() => next)} />}
        {view === 'variables' && (
          <EntryList
            kind="variable" about="A variable is a value that is chosen above the panels; queries and titles use it as $name." list={variables} onChange={(list) => change((before) => ({ ...before, templating: { ...before.templating, list } }))}
            nameOf={({ name }) => name} detailOf={(variable) => <>{typeNames[variable.type] ?? variable.type}{isUsed(variable.name, dashboard) ? '' : ' · not used yet'}</>} fresh={() => freshVariable(variables.map(({ name }) => name))} copyOf={(variable) => ({ ...variable, name: freeName(`${variable.name}_copy`, variables.map(({ name }) => name)) })}
          >
            {(variable, put, others) => <VariableForm variable={variable} others={others} scene={session.state().scene} onChange={put} />}
          </EntryList>
        )}
        {view === 'annotations' && (
          <EntryList
            kind="annotation" about="An annotation query finds events, which are drawn into the panels." list={annotations?.list ?? []} onChange={(list) => change((before) => ({ ...before, annotations: { ...before.annotations, list } }))} nameOf={({ name }) => name}
            detailOf={({ builtIn, enable }) => <>{builtIn ? 'built in' : ''}{enable === false ? ' · off' : ''}</>} fresh={freshAnnotation} copyOf={(annotation) => ({ ...annotation, name: `${annotation.name} copy`, builtIn: 0 })} mayRemove={({ builtIn }) => !builtIn}
          >
            {(annotation, put) => <AnnotationForm annotation={annotation} dashboard={dashboard} onChange={put} />}
          </EntryList>
        )}
        {view === 'links' && (
          <EntryList kind="link" about="A link stands above the panels and leads to another dashboard or to any address." list={links} onChange={(list) => change((before) => ({ ...before, links: list }))} nameOf={({ title }) => title} detailOf={({ type, url, tags }) => (type === 'link' ? url : `dashboards ${(tags ?? []).join(', ')}`)} fresh={freshLink} copyOf={(link) => ({ ...link })}>
            {(link, put) => <LinkForm link={link} onChange={put} />}
          </EntryList>
        )}
        {view === 'permissions' && session.loaded?.access.canAdmin && <Permissions resource="dashboards" id={session.loaded.uid} mayWrite={may('dashboards.permissions:write')} title="Who may see and change it" />}
        {view === 'json' && <JsonModel dashboard={dashboard} mayChange={mayChange} onChange={(next) => change(() => mapPanels(withIds(next), migrateAngularPanel))} />}
        {view === 'versions' && session.loaded && <Versions uid={session.loaded.uid} current={session.loaded.version} mayRestore={mayChange} onRestored={onRestored} />}
      </div>
    </div>
  );
}

/** Whether anything refers to a variable; only a hint, so that a text that looks like it counts as well. */
const isUsed = (name: string, dashboard: DashboardJson) => new RegExp(`\\$${name}\\b|\\$\\{${name}[:.}]|\\[\\[${name}[:\\]]|"repeat":"${name}"`).test(JSON.stringify(dashboard));

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
