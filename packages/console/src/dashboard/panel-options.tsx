/** Options of a panel: what every panel has, what its type adds, how its fields are shown, and where some of them differ. */
import { fieldMatchers, getFieldDisplayName, PanelOptionsEditorBuilder, type FieldConfigSource, type PanelPlugin, type StandardEditorContext } from '@grafana/data';
import { config } from '@grafana/runtime';
import { sceneGraph, type VizPanel } from '@grafana/scenes';
import { Button, CollapsableSection, Combobox, Field, IconButton, Input, Stack, Switch, TextArea } from '@grafana/ui';
import { get, set } from 'lodash';
import { useMemo } from 'react';
import { panelModules } from '../panels/panel-plugins.ts';
import type { PanelJson } from './model.ts';

interface Props {
  readonly panel: PanelJson;
  readonly plugin: PanelPlugin;
  readonly preview: VizPanel;
  readonly onChange: (panel: PanelJson) => void;
}

const withAt = <T extends object>(value: T, path: string, one: unknown): T => set(structuredClone(value), path, one);

export function PanelOptions({ panel, plugin, preview, onChange }: Props) {
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
  const groups = new Map<string, typeof own>();
  for (const item of own) if (item.showIf?.(options as never, data?.series, data?.annotations) !== false) groups.set(item.category?.[0] ?? plugin.meta.name, [...(groups.get(item.category?.[0] ?? plugin.meta.name) ?? []), item]);
  const fields = plugin.fieldConfigRegistry.list().filter((item) => item.showIf?.((item.isCustom ? (fieldConfig.defaults.custom ?? {}) : fieldConfig.defaults) as never, data?.series, data?.annotations) !== false && item.hideFromDefaults !== true);
  const fieldGroups = new Map<string, typeof fields>();
  for (const item of fields) fieldGroups.set(item.category?.[0] ?? 'Standard options', [...(fieldGroups.get(item.category?.[0] ?? 'Standard options') ?? []), item]);
  const types = Object.values(config.panels).filter(({ id, hideFromList }) => panelModules[id] && !hideFromList).map(({ id, name }) => ({ value: id, label: name }));
  const path = (item: { readonly isCustom?: boolean; readonly path: string }) => (item.isCustom ? `custom.${item.path}` : item.path);
  return (
    <div>
      <Field label="Visualization"><Combobox options={types} value={panel.type} onChange={({ value }) => onChange({ ...panel, type: value, options: {}, fieldConfig: { defaults: { ...(panel.fieldConfig?.defaults ?? {}), custom: {} }, overrides: panel.fieldConfig?.overrides ?? [] } })} /></Field>
      <CollapsableSection label="Panel" isOpen>
        <Field label="Title"><Input value={panel.title ?? ''} onChange={(event) => onChange({ ...panel, title: event.currentTarget.value })} /></Field>
        <Field label="Description"><TextArea rows={2} value={panel.description ?? ''} onChange={(event) => onChange({ ...panel, description: event.currentTarget.value })} /></Field>
        <Field label="Transparent background"><Switch value={panel.transparent === true} onChange={(event) => onChange({ ...panel, transparent: event.currentTarget.checked })} /></Field>
        <Field label="Repeat by variable" description="The name of a variable; empty for none"><Input value={panel.repeat ?? ''} onChange={(event) => onChange({ ...panel, repeat: event.currentTarget.value })} /></Field>
      </CollapsableSection>
      {[...groups].map(([name, items]) => (
        <CollapsableSection key={name} label={name} isOpen={false}>
          {items.map((item) => {
            const Editor = item.editor;
            return <Field key={item.id} label={item.name} {...(item.description ? { description: item.description } : {})}><Editor value={get(options, item.path)} item={item as never} context={context as never} onChange={(value: unknown) => onChange({ ...panel, options: withAt(options, item.path, value) })} /></Field>;
          })}
        </CollapsableSection>
      ))}
      {[...fieldGroups].map(([name, items]) => (
        <CollapsableSection key={name} label={name} isOpen={false}>
          {items.map((item) => {
            const Editor = item.editor;
            return <Field key={item.id} label={item.name} {...(item.description ? { description: item.description } : {})}><Editor value={get(fieldConfig.defaults, path(item)) ?? item.defaultValue} item={item as never} context={context as never} onChange={(value: unknown) => onChange({ ...panel, fieldConfig: { ...fieldConfig, defaults: withAt(fieldConfig.defaults, path(item), value) } })} /></Field>;
          })}
        </CollapsableSection>
      ))}
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

const matcherTexts: Readonly<Record<string, string>> = { byName: 'The field named', byRegexp: 'Fields whose name matches', byType: 'Fields of the type', byFrameRefID: 'Fields of the query' };

function Overrides({ panel, plugin, context, fieldConfig, onChange }: OverridesProps) {
  const { overrides } = fieldConfig;
  const save = (next: FieldConfigSource['overrides']) => onChange({ ...panel, fieldConfig: { ...fieldConfig, overrides: next } });
  const names = [...new Set(context.data.flatMap((frame) => frame.fields.map((field) => getFieldDisplayName(field, frame, context.data))))];
  const properties = plugin.fieldConfigRegistry.list().filter(({ hideFromOverrides }) => hideFromOverrides !== true);
  return (
    <CollapsableSection label={`Overrides (${overrides.length})`} isOpen={overrides.length > 0}>
      {overrides.map((override, index) => {
        const put = (next: (typeof overrides)[number]) => save(overrides.map((one, at) => (at === index ? next : one)));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: overrides have no name, several may be alike
          <fieldset key={`${override.matcher.id}-${index}`} style={{ marginBottom: 16 }}>
            <Stack justifyContent="space-between"><Combobox aria-label="Which fields" options={Object.entries(matcherTexts).map(([value, label]) => ({ value, label }))} value={matcherTexts[override.matcher.id] ? override.matcher.id : 'byName'} onChange={({ value }) => put({ ...override, matcher: { id: value, options: '' } })} /><IconButton name="trash-alt" aria-label="Remove the override" onClick={() => save(overrides.filter((_, at) => at !== index))} /></Stack>
            {override.matcher.id === 'byName' ? <Combobox aria-label="Field" createCustomValue options={names.map((name) => ({ value: name }))} value={String(override.matcher.options ?? '')} onChange={({ value }) => put({ ...override, matcher: { ...override.matcher, options: value } })} />
              : <Input aria-label="Match" value={typeof override.matcher.options === 'string' ? override.matcher.options : JSON.stringify(override.matcher.options)} disabled={!fieldMatchers.getIfExists(override.matcher.id) || typeof override.matcher.options === 'object'} onChange={(event) => put({ ...override, matcher: { ...override.matcher, options: event.currentTarget.value } })} />}
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
