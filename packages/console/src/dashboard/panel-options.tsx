/** Options of a panel: what every panel has, what its type adds, how its fields are shown, and where some of them differ. */
import { FieldType, fieldMatchers, getFieldDisplayName, PanelOptionsEditorBuilder, ReducerID, standardEditorsRegistry, type FieldConfigSource, type PanelPlugin, type StandardEditorContext } from '@grafana/data';
import { config } from '@grafana/runtime';
import { sceneGraph, type VizPanel } from '@grafana/scenes';
import { Button, CollapsableSection, Combobox, Field, FilterInput, IconButton, Input, RadioButtonGroup, Stack, StatsPicker, Switch, TextArea } from '@grafana/ui';
import { get, set } from 'lodash';
import { useMemo, useState, type ReactElement, type ReactNode } from 'react';
import { panelModules } from '../panels/panel-plugins.ts';
import type { PanelJson } from './model.ts';
import type { DashboardSession } from './session.ts';

interface Props {
  readonly session: DashboardSession;
  readonly panel: PanelJson;
  readonly plugin: PanelPlugin;
  readonly preview: VizPanel;
  readonly onChange: (panel: PanelJson) => void;
}

const withAt = <T extends object>(value: T, path: string, one: unknown): T => set(structuredClone(value), path, one);

export function PanelOptions({ session, panel, plugin, preview, onChange }: Props) {
  const { data } = sceneGraph.getData(preview).useState();
  const { options: filled, fieldConfig: shownConfig } = preview.useState();
  const options = filled as Record<string, unknown>;
  const fieldConfig = shownConfig as FieldConfigSource;
  const context: StandardEditorContext<unknown> = { data: data?.series ?? [], options, replaceVariables: (text) => sceneGraph.interpolate(preview, text) };
  // biome-ignore lint/correctness/useExhaustiveDependencies: options of a type depend on its data and on each other
  const own = useMemo(() => {
    const builder = new PanelOptionsEditorBuilder<object>();
    plugin.getPanelOptionsSupplier()(builder, context as never);
    return builder.getItems();
  }, [plugin, options, data]);
  const [search, setSearch] = useState('');
  const sought = search.trim().toLowerCase();
  const matches = (category: string, name: string) => sought === '' || name.toLowerCase().includes(sought) || category.toLowerCase().includes(sought);
  // Options of the panel and of its fields that belong together stand together.
  const groups = new Map<string, ReactNode[]>();
  const add = (category: string, name: string, editor: ReactNode) => matches(category, name) && groups.set(category, [...(groups.get(category) ?? []), editor]);
  const field = (id: string, { name, description }: { readonly name: string; readonly description?: string }, editor: ReactElement) => <Field key={id} label={name} {...(description ? { description } : {})}>{editor as ReactElement<Record<string, unknown>>}</Field>;
  for (const item of own) {
    if (item.showIf?.(options as never, data?.series, data?.annotations) === false) continue;
    const Editor = item.editor;
    add(item.category?.[0] ?? plugin.meta.name, item.name, field(`option ${item.id}`, item, <Editor value={get(options, item.path)} item={item as never} context={context as never} onChange={(value: unknown) => onChange({ ...panel, options: withAt(options, item.path, value) })} />));
  }
  const path = (item: { readonly isCustom?: boolean; readonly path: string }) => (item.isCustom ? `custom.${item.path}` : item.path);
  for (const item of plugin.fieldConfigRegistry.list()) {
    if (item.hideFromDefaults === true || item.showIf?.((item.isCustom ? (fieldConfig.defaults.custom ?? {}) : fieldConfig.defaults) as never, data?.series, data?.annotations) === false) continue;
    const Editor = item.editor;
    add(item.category?.[0] ?? 'Standard options', item.name, field(`field ${item.id}`, item, <Editor value={get(fieldConfig.defaults, path(item)) ?? item.defaultValue} item={item as never} context={context as never} onChange={(value: unknown) => onChange({ ...panel, fieldConfig: { ...fieldConfig, defaults: withAt(fieldConfig.defaults, path(item), value) } })} />));
  }
  const types = Object.values(config.panels).filter(({ id, hideFromList }) => panelModules[id] && !hideFromList).map(({ id, name }) => ({ value: id, label: name }));
  const Links = standardEditorsRegistry.get('links').editor;
  const repeatable = (session.current().templating?.list ?? []).filter(({ type }) => ['query', 'custom', 'datasource'].includes(type));
  return (
    <div>
      <Field label="Visualization"><Combobox options={types} value={panel.type} onChange={({ value }) => onChange({ ...panel, type: value, options: {}, fieldConfig: { defaults: { ...(panel.fieldConfig?.defaults ?? {}), custom: {} }, overrides: panel.fieldConfig?.overrides ?? [] } })} /></Field>
      <Field noMargin><FilterInput placeholder="Search options" aria-label="Search options" value={search} onChange={setSearch} escapeRegex={false} /></Field>
      {sought === '' && (
        <>
          <CollapsableSection label="Panel" isOpen>
            <Field label="Title"><Input value={panel.title ?? ''} onChange={(event) => onChange({ ...panel, title: event.currentTarget.value })} /></Field>
            <Field label="Description"><TextArea rows={2} value={panel.description ?? ''} onChange={(event) => onChange({ ...panel, description: event.currentTarget.value })} /></Field>
            <Field label="Transparent background"><Switch value={panel.transparent === true} onChange={(event) => onChange({ ...panel, transparent: event.currentTarget.checked })} /></Field>
          </CollapsableSection>
          <CollapsableSection label={`Panel links${panel.links?.length ? ` (${panel.links.length})` : ''}`} isOpen={false}>
            <Links value={(panel.links ?? []) as never} item={{ id: 'links', name: 'Links', settings: {} } as never} context={context as never} onChange={(links?: unknown) => onChange({ ...panel, links: (links ?? []) as never })} />
          </CollapsableSection>
          <CollapsableSection label={`Repeat${panel.repeat ? ` (${panel.repeat})` : ''}`} isOpen={false}>
            {repeatable.length === 0 ? <p>A panel is repeated for the values of a variable. This dashboard has none to choose.</p> : (
              <>
                <Field label="Repeat by variable"><Combobox aria-label="Repeat by variable" options={[{ value: '', label: 'No repetition' }, ...repeatable.map(({ name, label }) => ({ value: name, label: label || name }))]} value={panel.repeat ?? ''} onChange={({ value }) => onChange({ ...panel, repeat: value, ...(value && !panel.repeatDirection ? { repeatDirection: 'h' } : {}) })} /></Field>
                {panel.repeat && <Field label="Direction"><RadioButtonGroup fullWidth aria-label="Direction" options={[{ value: 'h', label: 'Beside each other' }, { value: 'v', label: 'Below each other' }]} value={panel.repeatDirection ?? 'h'} onChange={(repeatDirection) => onChange({ ...panel, repeatDirection: repeatDirection as 'h' | 'v' })} /></Field>}
                {panel.repeat && panel.repeatDirection !== 'v' && <Field label="At most in a line"><Combobox aria-label="At most in a line" options={[2, 3, 4, 6, 8, 12].map((value) => ({ value, label: String(value) }))} value={panel.maxPerRow ?? 4} onChange={({ value }) => onChange({ ...panel, maxPerRow: value })} /></Field>}
              </>
            )}
          </CollapsableSection>
        </>
      )}
      {[...groups].map(([name, items]) => <CollapsableSection key={`${name} ${sought === ''}`} label={name} isOpen={sought !== ''}>{items}</CollapsableSection>)}
      {sought !== '' && groups.size === 0 && <p>No option is called like that.</p>}
      <Overrides panel={panel} plugin={plugin} context={context} fieldConfig={fieldConfig} onChange={onChange} />
    </div>
  );
}

interface OverridesProps {
  readonly panel: PanelJson;
  readonly plugin: PanelPlugin;
  readonly context: StandardEditorContext<unknown>;
  readonly fieldConfig: FieldConfigSource;
  readonly onChange: (panel: PanelJson) => void;
}

const matcherTexts: Readonly<Record<string, string>> = { byName: 'The field named', byRegexp: 'Fields whose name matches', byType: 'Fields of the type', byFrameRefID: 'Fields of the query', byValue: 'Fields with a value' };
const comparisons = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'];

/** What a rule of each kind begins with. */
const firstOptions = (id: string): unknown => (id === 'byValue' ? { reducer: ReducerID.lastNotNull, op: 'gt', value: 0 } : id === 'byType' ? FieldType.number : '');

function Overrides({ panel, plugin, context, fieldConfig, onChange }: OverridesProps) {
  const { overrides } = fieldConfig;
  const save = (next: FieldConfigSource['overrides']) => onChange({ ...panel, fieldConfig: { ...fieldConfig, overrides: next } });
  const names = [...new Set(context.data.flatMap((frame) => frame.fields.map((field) => getFieldDisplayName(field, frame, context.data))))];
  const refIds = [...new Set(context.data.flatMap(({ refId }) => refId ?? []))];
  const properties = plugin.fieldConfigRegistry.list().filter(({ hideFromOverrides }) => hideFromOverrides !== true);
  return (
    <CollapsableSection label={`Overrides (${overrides.length})`} isOpen={overrides.length > 0}>
      {overrides.map((override, index) => {
        const put = (next: (typeof overrides)[number]) => save(overrides.map((one, at) => (at === index ? next : one)));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: overrides have no name, several may be alike
          <fieldset key={`${override.matcher.id}-${index}`} style={{ marginBottom: 16 }} aria-label={`Override ${index + 1}`}>
            <Stack justifyContent="space-between"><Combobox aria-label="Which fields" options={Object.entries(matcherTexts).map(([value, label]) => ({ value, label }))} value={matcherTexts[override.matcher.id] ? override.matcher.id : null} placeholder={override.matcher.id} onChange={({ value }) => put({ ...override, matcher: { id: value, options: firstOptions(value) } })} /><IconButton name="trash-alt" aria-label="Remove the override" onClick={() => save(overrides.filter((_, at) => at !== index))} /></Stack>
            <MatcherOptions matcher={override.matcher} names={names} refIds={refIds} onChange={(options) => put({ ...override, matcher: { ...override.matcher, options } })} />
            {override.properties.map((property, at) => {
              const item = plugin.fieldConfigRegistry.getIfExists(property.id);
              if (!item) return <p key={property.id}>{property.id}</p>;
              const Editor = item.override ?? item.editor;
              return (
                <Field key={property.id} label={<Stack justifyContent="space-between"><span>{item.name}</span><IconButton name="times" aria-label={`Remove ${item.name}`} onClick={() => put({ ...override, properties: override.properties.filter((_, i) => i !== at) })} /></Stack>}>
                  <Editor value={property.value} item={item as never} context={{ ...context, isOverride: true } as never} onChange={(value: unknown) => put({ ...override, properties: override.properties.map((one, i) => (i === at ? { ...one, value } : one)) })} />
                </Field>
              );
            })}
            <Combobox aria-label="Add a property" placeholder="Add a property" options={properties.map(({ id, name, category }) => ({ value: id, label: category?.[0] ? `${category[0]}: ${name}` : name }))} value={null} onChange={(chosen) => chosen && put({ ...override, properties: [...override.properties, { id: chosen.value, value: plugin.fieldConfigRegistry.get(chosen.value).defaultValue }] })} />
          </fieldset>
        );
      })}
      <Button icon="plus" variant="secondary" size="sm" onClick={() => save([...overrides, { matcher: { id: 'byName', options: '' }, properties: [] }])}>Add override</Button>
    </CollapsableSection>
  );
}

interface MatcherProps {
  readonly matcher: { readonly id: string; readonly options?: unknown };
  readonly names: readonly string[];
  readonly refIds: readonly string[];
  readonly onChange: (options: unknown) => void;
}

/** What is told of the fields that a rule is for, in the way of its kind. */
function MatcherOptions({ matcher: { id, options }, names, refIds, onChange }: MatcherProps) {
  const text = typeof options === 'string' ? options : '';
  const choice = (label: string, values: readonly string[]) => <Combobox aria-label={label} createCustomValue options={[...new Set([...values, ...(text ? [text] : [])])].map((value) => ({ value }))} value={text || null} onChange={(chosen) => onChange(chosen.value)} />;
  switch (id) {
    case 'byName': return choice('Field', names);
    case 'byType': return choice('Type', [FieldType.number, FieldType.string, FieldType.time, FieldType.boolean, FieldType.enum, FieldType.other]);
    case 'byFrameRefID': return choice('Query', refIds);
    case 'byRegexp': return <Input aria-label="Regular expression" placeholder="/^cpu/" value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
    case 'byValue': {
      const { reducer, op, value } = (options ?? {}) as { readonly reducer?: string; readonly op?: string; readonly value?: number };
      return (
        <Stack gap={0.5}>
          <StatsPicker stats={[reducer ?? ReducerID.lastNotNull]} onChange={([next]) => onChange({ ...(options as object), reducer: next })} />
          <Combobox aria-label="Comparison" width={12} options={comparisons.map((one) => ({ value: one }))} value={op ?? 'gt'} onChange={(chosen) => onChange({ ...(options as object), op: chosen.value })} />
          <Input aria-label="Value" type="number" width={12} value={value ?? 0} onChange={(event) => onChange({ ...(options as object), value: Number(event.currentTarget.value) })} />
        </Stack>
      );
    }
    // Rules that the legend made, and those of kinds that are edited as JSON alone.
    default: return <Input aria-label="Match" disabled={!fieldMatchers.getIfExists(id) || typeof options === 'object'} value={typeof options === 'string' ? options : JSON.stringify(options)} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
}
