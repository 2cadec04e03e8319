/** A query for events that are drawn into the panels. */
import type { AnnotationQuery, DataQuery } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';
import { ColorPicker, Field, MultiCombobox, Stack, TagsInput } from '@grafana/ui';
import type { ComponentType } from 'react';
import { useLoaded } from '../../api/client.ts';
import { sourceModule } from '../../host/data-source-srv.ts';
import { JsonText } from '../../host/json-text.tsx';
import { allPanels, type DashboardJson } from '../model.ts';
import { ChoiceField, SourceField, SwitchField, TypedField } from './form.tsx';

export const freshAnnotation = (): AnnotationQuery => ({ name: 'New annotation', enable: true, hide: false, iconColor: 'red', datasource: { type: 'grafana', uid: '-- Grafana --' }, target: { type: 'tags', tags: [], limit: 100, matchAny: false } } as unknown as AnnotationQuery);

type Target = Readonly<Record<string, unknown>>;

interface Props {
  readonly annotation: AnnotationQuery;
  readonly dashboard: DashboardJson;
  readonly onChange: (annotation: AnnotationQuery) => void;
}

export function AnnotationForm({ annotation, dashboard, onChange }: Props) {
  const set = (some: Record<string, unknown>) => onChange({ ...annotation, ...some } as AnnotationQuery);
  const target = (annotation.target ?? {}) as unknown as Target;
  const { filter } = annotation;
  const where = filter ? (filter.exclude ? 'except' : 'some') : 'all';
  const panels = allPanels(dashboard).map(({ id, title }) => ({ value: id, label: title || `Panel ${id}` }));
  return (
    <>
      <TypedField label="Name" value={annotation.name} problemOf={(name) => (name.trim() === '' ? 'A name is needed' : undefined)} onChange={(name) => set({ name })} />
      <SwitchField label="Enabled" description="Drawn when the dashboard is opened" value={annotation.enable !== false} onChange={(enable) => set({ enable })} />
      <SwitchField label="Hide the switch" description="Nobody sees the switch above the panels" value={annotation.hide === true} onChange={(hide) => set({ hide })} />
      <Field label="Color"><Stack alignItems="center" gap={1}><ColorPicker color={annotation.iconColor || 'red'} enableNamedColors onChange={(iconColor) => set({ iconColor })} /><span>{annotation.iconColor || 'red'}</span></Stack></Field>
      <ChoiceField label="Show in" options={[{ value: 'all', label: 'All panels' }, { value: 'some', label: 'Some panels' }, { value: 'except', label: 'All panels except' }]} value={where} onChange={(next) => set({ filter: next === 'all' ? undefined : { exclude: next === 'except', ids: filter?.ids ?? [] } })} />
      {where !== 'all' && <Field label="Panels"><MultiCombobox aria-label="Panels" options={panels} value={filter?.ids ?? []} onChange={(chosen) => set({ filter: { exclude: where === 'except', ids: chosen.map(({ value }) => value) } })} /></Field>}
      {!annotation.builtIn && <SourceField annotations value={annotation.datasource} onChange={(datasource) => set({ datasource: datasource.uid === 'grafana' ? { type: 'grafana', uid: '-- Grafana --' } : datasource, target: undefined })} />}
      {!annotation.builtIn && <QueryOf annotation={annotation} target={target} set={set} />}
    </>
  );
}

function QueryOf({ annotation, target, set }: { readonly annotation: AnnotationQuery; readonly target: Target; readonly set: (some: Record<string, unknown>) => void }) {
  const settings = getDataSourceSrv().getInstanceSettings(annotation.datasource?.uid === '-- Grafana --' ? 'grafana' : annotation.datasource);
  const put = (some: Target) => set({ target: { ...target, ...some } });
  const loaded = useLoaded(async () => {
    if (!settings || ['grafana', 'prometheus'].includes(settings.meta.id)) return undefined;
    const [instance, module] = await Promise.all([getDataSourceSrv().get(settings.uid), sourceModule(settings.meta)]);
    return { instance, Editor: module.QueryEditor as ComponentType<Record<string, unknown>> | undefined };
  }, settings?.uid ?? '');
  const text = (key: string) => String((annotation as unknown as Target)[key] ?? '');
  if (!settings) return <p>This data source is gone: choose another one.</p>;
  if (settings.meta.id === 'grafana') {
    const isTags = target['type'] !== 'dashboard';
    return (
      <>
        <ChoiceField label="Events" options={[{ value: 'dashboard', label: 'Of this dashboard' }, { value: 'tags', label: 'With certain tags', description: 'Of every dashboard' }]} value={isTags ? 'tags' : 'dashboard'} onChange={(type) => put({ type })} />
        {isTags && <Field label="Tags"><TagsInput tags={(target['tags'] as string[] | undefined) ?? []} onChange={(tags) => put({ tags })} /></Field>}
        {isTags && <SwitchField label="Any of the tags" description="Else all of them" value={target['matchAny'] === true} onChange={(matchAny) => put({ matchAny })} />}
        <TypedField label="At most" type="number" value={String(target['limit'] ?? 100)} onChange={(limit) => put({ limit: Math.max(1, Number(limit) || 100) })} />
      </>
    );
  }
  if (settings.meta.id === 'prometheus') {
    return (
      <>
        <TypedField label="Query" description="Each time that it is above zero is an event" rows={2} value={String(target['expr'] ?? text('expr'))} onChange={(expr) => set({ expr, target: { refId: 'Anno', ...target, expr } })} />
        <TypedField label="Min step" placeholder="60s" value={String(target['interval'] ?? text('step'))} onChange={(step) => set({ step, target: { refId: 'Anno', ...target, interval: step } })} />
        <TypedField label="Title" placeholder="{{alertname}}" value={text('titleFormat')} onChange={(titleFormat) => set({ titleFormat })} />
        <TypedField label="Text" placeholder="{{instance}}" value={text('textFormat')} onChange={(textFormat) => set({ textFormat })} />
        <TypedField label="Tags" description="Labels, separated by commas" value={text('tagKeys')} onChange={(tagKeys) => set({ tagKeys })} />
        <SwitchField label="The value is the time" value={(annotation as unknown as Target)['useValueForTime'] === true} onChange={(useValueForTime) => set({ useValueForTime })} />
      </>
    );
  }
  const Editor = loaded.value?.Editor;
  if (loaded.loading) return null;
  return (
    <Field label="Query">
      <div>{Editor ? <Editor datasource={loaded.value!.instance} query={{ refId: 'Anno', ...target }} onChange={(query: DataQuery) => set({ target: query })} onRunQuery={() => {}} /> : <JsonText label="Query as JSON" value={target} onChange={(next) => set({ target: next })} />}</div>
    </Field>
  );
}
