/** A variable of a dashboard: what it is called, where its values come from, how it is chosen. */
import { VariableHide, type DataSourceRef } from '@grafana/data';
import { config, getDataSourceSrv } from '@grafana/runtime';
import { MultiValueVariable } from '@grafana/scenes';
import { Alert, Stack, Tag } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { JsonText } from '../../host/json-text.tsx';
import type { VariableJson } from '../model.ts';
import type { DashboardScene } from '../scene/dashboard-scene.tsx';
import { sceneVariable } from '../scene/variables.ts';
import { ChoiceField, SourceField, SwitchField, TypedField, type Choice } from './form.tsx';

const types: readonly Choice<string>[] = [
  { value: 'query', label: 'Query', description: 'Values that a data source finds' }, { value: 'custom', label: 'Custom', description: 'Values that are written here' }, { value: 'interval', label: 'Interval', description: 'Lengths of time, to group by' },
  { value: 'datasource', label: 'Data source', description: 'Data sources of one type' }, { value: 'textbox', label: 'Text box', description: 'Whatever people type' }, { value: 'constant', label: 'Constant', description: 'A value that is not shown' },
  { value: 'adhoc', label: 'Filters', description: 'Labels and values that every query is filtered by' }, { value: 'groupby', label: 'Group by', description: 'Labels that queries are grouped by' }, { value: 'switch', label: 'Switch', description: 'One of two values' },
];
export const typeNames: Readonly<Record<string, string>> = Object.fromEntries(types.map(({ value, label }) => [value, label]));

const hides: readonly Choice<number>[] = [
  { value: VariableHide.dontHide, label: 'Label and value' }, { value: VariableHide.hideLabel, label: 'Value alone' }, { value: VariableHide.hideVariable, label: 'Nothing' },
];
const refreshes: readonly Choice<number>[] = [{ value: 1, label: 'When the dashboard is opened' }, { value: 2, label: 'When the time range changes' }];
const sorts: readonly Choice<number>[] = ['As they come', 'Alphabetical', 'Alphabetical, last first', 'Numerical', 'Numerical, greatest first', 'Alphabetical without case', 'Alphabetical without case, last first', 'Natural', 'Natural, last first'].map((label, value) => ({ value, label }));

const own: Readonly<Record<string, Partial<VariableJson>>> = {
  query: { query: '', refresh: 1, regex: '', sort: 0, multi: false, includeAll: false, current: {}, options: [] }, custom: { query: 'a, b, c', multi: false, includeAll: false, current: {}, options: [] }, interval: { query: '1m,10m,30m,1h,6h,12h,1d', auto: false, auto_count: 30, auto_min: '10s', refresh: 2, current: { text: '1m', value: '1m' }, options: [] },
  datasource: { query: '', regex: '', refresh: 1, multi: false, includeAll: false, current: {}, options: [] }, textbox: { query: '', current: { text: '', value: '' }, options: [] }, constant: { query: '', hide: VariableHide.hideVariable, skipUrlSync: true }, adhoc: { filters: [], baseFilters: [] }, groupby: { multi: true, current: { text: [], value: [] }, options: [] },
  switch: { current: { text: 'false', value: 'false' }, options: [{ text: 'Enabled', value: 'true' }, { text: 'Disabled', value: 'false' }] },
};

export const freshVariable = (taken: readonly string[]): VariableJson => ({ type: 'query', name: freeName('variable', taken), label: '', hide: 0, datasource: defaultSource(), ...own['query'] });

export function freeName(name: string, taken: readonly string[]): string {
  let [free, number] = [name, 0];
  while (taken.includes(free)) free = `${name}${++number}`;
  return free;
}

function defaultSource(): DataSourceRef | null {
  const source = getDataSourceSrv().getInstanceSettings(null);
  return source && !source.meta.builtIn ? { uid: source.uid, type: source.type } : null;
}

/** Another type keeps what every variable has. */
function ofType({ name, label = '', description = null, hide = 0 }: VariableJson, type: string): VariableJson {
  return { type, name, label, description, hide, ...(['query', 'adhoc', 'groupby'].includes(type) ? { datasource: defaultSource() } : {}), ...own[type] };
}

export function nameProblem(name: string, others: readonly string[]): string | undefined {
  if (!/^\w+$/.test(name)) return 'A name has letters, digits and underscores only';
  if (name.startsWith('__')) return 'Names with two underscores are kept for the built-in variables';
  return others.includes(name) ? 'There is a variable of this name already' : undefined;
}

interface Props {
  readonly variable: VariableJson;
  readonly others: readonly VariableJson[];
  readonly scene: DashboardScene;
  readonly onChange: (variable: VariableJson) => void;
}

export function VariableForm({ variable, others, scene, onChange }: Props) {
  const { type } = variable;
  const set = (some: Partial<VariableJson>) => onChange({ ...variable, ...some } as VariableJson);
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const query = text(variable.query);
  return (
    <>
      <ChoiceField label="Type" options={types} value={type} onChange={(next) => onChange(ofType(variable, next))} />
      <TypedField label="Name" description="Queries and titles use it as $name" value={variable.name} problemOf={(name) => nameProblem(name, others.map((one) => one.name))} onChange={(name) => set({ name })} />
      <TypedField label="Label" description="In place of the name, where it is chosen" value={variable.label ?? ''} onChange={(label) => set({ label })} />
      <TypedField label="Description" value={variable.description ?? ''} onChange={(description) => set({ description: description || null })} />
      <ChoiceField label="Show on dashboard" options={hides} value={variable.hide ?? 0} onChange={(hide) => set({ hide })} />
      {type === 'query' && <QueryFields variable={variable} set={set} />}
      {type === 'custom' && <TypedField label="Values" description="Separated by commas; text : value where they differ" rows={3} value={query} onChange={(next) => set({ query: next, options: [] })} />}
      {type === 'interval' && (
        <>
          <TypedField label="Values" description="For example 1m,10m,1h" value={query} onChange={(next) => set({ query: next, options: [] })} />
          <SwitchField label="Auto" description="A value that follows the time range" value={variable.auto === true} onChange={(auto) => set({ auto, ...(auto || text(variable.current?.value) !== '$__auto' ? {} : { current: { text: '1m', value: '1m' } }) })} />
          {variable.auto && <TypedField label="Steps" description="How many times the range is divided" type="number" value={String(variable.auto_count ?? 30)} onChange={(count) => set({ auto_count: Math.max(1, Math.round(Number(count)) || 30) })} />}
          {variable.auto && <TypedField label="Shortest" value={variable.auto_min ?? '10s'} onChange={(auto_min) => set({ auto_min })} />}
        </>
      )}
      {type === 'datasource' && (
        <>
          <ChoiceField label="Type of data source" options={[...new Map(Object.values(config.datasources).filter(({ meta }) => !meta.builtIn || meta.id === 'grafana').map((source) => [source.type, { value: source.type, label: source.meta.name }])).values()]} value={query} onChange={(next) => set({ query: next, current: {}, options: [] })} />
          <TypedField label="Name filter" description="A regular expression, for example /^prod/" value={variable.regex ?? ''} onChange={(regex) => set({ regex })} />
        </>
      )}
      {type === 'textbox' && <TypedField label="Default value" value={query} onChange={(next) => set({ query: next, current: { text: next, value: next }, options: [] })} />}
      {type === 'constant' && <TypedField label="Value" value={query || text(variable.current?.value)} onChange={(next) => set({ query: next, current: { text: next, value: next }, options: [] })} />}
      {type === 'switch' && <SwitchFields variable={variable} set={set} />}
      {(type === 'adhoc' || type === 'groupby') && (
        <>
          <SourceField value={variable.datasource} onChange={(datasource) => set({ datasource })} />
          {variable.datasource && type === 'adhoc' && <p>Every query of this data source on the dashboard is filtered by what is chosen.</p>}
          <SwitchField label="Allow other values" value={variable.allowCustomValue !== false} onChange={(allowCustomValue) => set({ allowCustomValue })} />
        </>
      )}
      {['query', 'custom', 'datasource'].includes(type) && (
        <>
          <SwitchField label="Several values" value={variable.multi === true} onChange={(multi) => set({ multi, current: {} })} />
          <SwitchField label="An option for all" value={variable.includeAll === true} onChange={(includeAll) => set({ includeAll })} />
          {variable.includeAll && <TypedField label="Value of all" description="Empty: all values, as the query wants them" value={variable.allValue ?? ''} onChange={(allValue) => set({ allValue: allValue || null })} />}
          <SwitchField label="Allow other values" value={variable.allowCustomValue !== false} onChange={(allowCustomValue) => set({ allowCustomValue })} />
          <Preview variable={variable} scene={scene} />
        </>
      )}
    </>
  );
}

interface PartProps {
  readonly variable: VariableJson;
  readonly set: (some: Partial<VariableJson>) => void;
}

const queryHelp: Readonly<Record<string, string>> = { prometheus: 'label_values(metric, label), label_names(), metrics(regex), query_result(expression)', loki: 'label_values({app="x"}, label), label_names()' };

function QueryFields({ variable, set }: PartProps) {
  const { query, datasource } = variable;
  const stored = typeof query === 'object' && query !== null ? (query as Record<string, unknown>) : undefined;
  // Prometheus keeps the text within an object.
  const isText = stored === undefined || (typeof stored['query'] === 'string' && Object.keys(stored).every((key) => ['query', 'refId', 'qryType'].includes(key)));
  const type = datasource?.type ?? getDataSourceSrv().getInstanceSettings(datasource)?.type ?? '';
  const put = (text: string) => set({ query: stored ? { ...stored, query: text } : text, definition: text, options: [] });
  return (
    <>
      <SourceField value={datasource} onChange={(next) => set({ datasource: next, query: '', definition: '', current: {}, options: [] })} />
      {isText ? <TypedField label="Query" {...(queryHelp[type] ? { description: queryHelp[type] } : {})} rows={2} value={String((stored ? stored['query'] : query) ?? '')} onChange={put} /> : <JsonText label="Query" value={stored} onChange={(next) => set({ query: next, options: [] })} />}
      <TypedField label="Regex" description="Keeps the values that match; a group keeps a part; groups named text and value tell them apart" value={variable.regex ?? ''} problemOf={regexProblem} onChange={(regex) => set({ regex })} />
      <ChoiceField label="Order" options={sorts} value={variable.sort ?? 0} onChange={(sort) => set({ sort })} />
      <ChoiceField label="Asked again" options={refreshes} value={variable.refresh ?? 1} onChange={(refresh) => set({ refresh })} />
    </>
  );
}

/** `/…/flags`, or the expression alone. */
function regexProblem(text: string): string | undefined {
  const [, body = text, flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
  try {
    new RegExp(body, flags);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'This is not a regular expression';
  }
}

function SwitchFields({ variable, set }: PartProps) {
  const [on = 'true', off = 'false'] = (variable.options ?? []).map(({ value }) => String(value));
  const put = (enabled: string, disabled: string) => set({ options: [{ text: 'Enabled', value: enabled }, { text: 'Disabled', value: disabled }], current: { text: disabled, value: disabled } });
  return <><TypedField label="Value when on" value={on} onChange={(next) => put(next, off)} /><TypedField label="Value when off" value={off} onChange={(next) => put(on, next)} /></>;
}

const shownMax = 30;

/** The values that there are to choose from, found as the dashboard finds them. */
function Preview({ variable, scene }: { readonly variable: VariableJson; readonly scene: DashboardScene }) {
  const [found, setFound] = useState<{ readonly texts: readonly string[] } | { readonly error: string }>();
  const key = JSON.stringify(variable);
  useEffect(() => {
    const made = sceneVariable(JSON.parse(key) as VariableJson);
    if (!(made instanceof MultiValueVariable)) return undefined;
    // It stands where the dashboard's variables stand, so that it sees the range and the other variables.
    Object.assign(made, { _parent: scene });
    const results = made.getValueOptions({}).subscribe({ next: (options) => setFound({ texts: options.map(({ label }) => label) }), error: (error: unknown) => setFound({ error: error instanceof Error ? error.message : String((error as { readonly data?: { readonly message?: string } }).data?.message ?? error) }) });
    return () => results.unsubscribe();
  }, [key, scene]);
  if (!found) return null;
  if ('error' in found) return <Alert severity="error" title="The values could not be found">{found.error}</Alert>;
  return (
    <div>
      <h5>Values{found.texts.length > shownMax ? ` (${shownMax} of ${found.texts.length})` : ''}</h5>
      {found.texts.length === 0 ? <p>There are none.</p> : <Stack gap={0.5} wrap="wrap">{found.texts.slice(0, shownMax).map((text) => <Tag key={text} name={text} colorIndex={9} />)}</Stack>}
    </div>
  );
}
