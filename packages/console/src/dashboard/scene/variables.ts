/** Variables of a dashboard's JSON as scene objects, and back into the form that `getVariables` promises to data sources. */
import { VariableHide, type TypedVariableModel } from '@grafana/data';
import {
  AdHocFiltersVariable, ConstantVariable, CustomVariable, DataSourceVariable, GroupByVariable, IntervalVariable, MultiValueVariable, QueryVariable, sceneUtils, SceneVariableSet, SwitchVariable, TextBoxVariable,
  type SceneVariable, type VariableValue,
} from '@grafana/scenes';
import type { DashboardJson, VariableJson } from '../model.ts';

type Filters = { key: string; operator: string; value: string }[];

const intervalsDefault = '1m,10m,30m,1h,6h,12h,1d,7d,14d,30d';
const one = (value: unknown) => (Array.isArray(value) ? value[0] : value);
const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

/** Before scenes each variable had an automatic value of its own name. */
const intervalOf = (value: string) => (value.startsWith('$__auto_interval_') ? '$__auto' : value || '1m');

/** Chosen values: a list where several may be chosen. */
function chosen({ current, multi }: VariableJson): { value: VariableValue; text: VariableValue } {
  const value = (current?.value ?? '') as VariableValue;
  const label = (current?.text ?? value) as VariableValue;
  return multi && !Array.isArray(value) ? { value: value === '' ? [] : [value], text: [label].flat() } : { value: multi ? value : (one(value) as VariableValue), text: multi ? label : (one(label) as VariableValue) };
}

export function sceneVariable(json: VariableJson): SceneVariable | undefined {
  const { name, label, description, hide, skipUrlSync, type, datasource = null, query, regex = '', refresh, sort, multi, includeAll, allValue, allowCustomValue } = json;
  const about = { name, ...(label ? { label } : {}), ...(description ? { description } : {}), hide: (hide ?? VariableHide.dontHide) as VariableHide, ...(skipUrlSync ? { skipUrlSync } : {}) };
  const many = { isMulti: multi === true, includeAll: includeAll === true, defaultToAll: includeAll === true, ...(allValue ? { allValue } : {}), allowCustomValue: allowCustomValue !== false };
  switch (type) {
    case 'query': return new QueryVariable({
      ...about, ...many, ...chosen(json), query: (typeof query === 'string' ? query : { refId: 'variable', ...(query as object) }), datasource, regex, refresh: (refresh ?? 1) as never, sort: (sort ?? 0) as never, ...(json.definition ? { definition: json.definition } : {}),
      ...(Array.isArray(json['staticOptions']) ? { staticOptions: (json['staticOptions'] as { text?: unknown; value?: unknown }[]).map((option) => ({ label: text(option.text ?? option.value), value: text(option.value) })) } : {}),
    });
    case 'custom': return new CustomVariable({ ...about, ...many, ...chosen(json), query: text(query), ...(json['valuesFormat'] === 'json' ? { valuesFormat: 'json' } : {}) });
    case 'datasource': return new DataSourceVariable({ ...about, ...many, ...chosen(json), pluginId: text(query), regex, defaultOptionEnabled: json.current?.value === 'default' });
    case 'interval': return new IntervalVariable({
      ...about, value: intervalOf(text(one(json.current?.value))), intervals: (text(query) || intervalsDefault).split(',').map((interval) => interval.trim()).filter((interval) => interval !== 'auto'), autoEnabled: json.auto === true, autoMinInterval: json.auto_min || '10s',
      autoStepCount: json.auto_count || 30, refresh: 2 as never,
    });
    case 'textbox': return new TextBoxVariable({ ...about, value: text(one(json.current?.value) ?? query) });
    case 'constant': return new ConstantVariable({ ...about, value: text(one(json.current?.value)) || text(query), hide: (hide ?? VariableHide.hideVariable) as VariableHide });
    case 'switch': {
      const [enabledValue = 'true', disabledValue = 'false'] = (json.options ?? []).map((option) => text(option.value));
      return new SwitchVariable({ ...about, enabledValue, disabledValue, value: text(one(json.current?.value)) || disabledValue });
    }
    case 'adhoc': return new AdHocFiltersVariable({
      ...about, datasource, applyMode: 'auto', filters: [...(json.filters ?? [])] as Filters, baseFilters: [...(json.baseFilters ?? [])] as Filters, allowCustomValue: allowCustomValue !== false, layout: 'combobox', useQueriesAsFilterForOptions: true,
      ...(Array.isArray(json['defaultKeys']) && json['defaultKeys'].length > 0 ? { defaultKeys: json['defaultKeys'] as { text: string; value?: string }[] } : {}),
    });
    case 'groupby': return new GroupByVariable({ ...about, datasource, ...chosen({ ...json, multi: true }), allowCustomValue: allowCustomValue !== false });
    // What Grafana fills in by itself is no variable of the dashboard.
    default: return undefined;
  }
}

export const sceneVariables = (dashboard: DashboardJson): SceneVariableSet => new SceneVariableSet({ variables: (dashboard.templating?.list ?? []).flatMap((json) => sceneVariable(json) ?? []) });

/** Variables with what is chosen now, for saving and for sources that ask for the list. */
export function withCurrentValues(list: readonly VariableJson[], set: { readonly getByName: (name: string) => SceneVariable | undefined }): VariableJson[] {
  return list.map((json) => {
    const variable = set.getByName(json.name);
    if (!variable) return json;
    if (variable instanceof MultiValueVariable) return { ...json, current: { text: variable.state.text, value: variable.state.value } };
    if (variable instanceof AdHocFiltersVariable) return { ...json, filters: variable.state.filters.map(({ key, operator, value }) => ({ key, operator, value })) };
    if (variable instanceof TextBoxVariable || variable instanceof IntervalVariable || variable instanceof SwitchVariable) return { ...json, current: { text: variable.state.value, value: variable.state.value } };
    return json;
  });
}

export function variableModels(variables: readonly SceneVariable[]): TypedVariableModel[] {
  return variables.map((variable) => {
    const { name, label, type, hide } = variable.state;
    const value = variable.getValue();
    return { id: name, name, label: label ?? null, type, hide: hide ?? 0, current: { text: variable.getValueText?.() ?? value, value }, multi: variable instanceof MultiValueVariable && variable.state.isMulti === true, ...(sceneUtils.isDataSourceVariable(variable) ? { query: variable.state.pluginId } : {}) } as unknown as TypedVariableModel;
  });
}
