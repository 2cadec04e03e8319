/** What stat, gauge and bar gauge have in common: values reduced from fields, repeated over the room there is. */
import { FieldConfigProperty, getFieldDisplayValues, VizOrientation, type FieldDisplay, type PanelOptionsEditorBuilder, type PanelProps } from '@grafana/data';
import type { SingleStatBaseOptions } from '@grafana/schema';
import { DataLinksContextMenu, useTheme2, type DataLinksContextMenuApi } from '@grafana/ui';
import { useMemo, type JSX } from 'react';
import { standardEditorsRegistry } from '@grafana/data';
import { FieldsOfReduceEditor } from './fields-of-reduce-editor.tsx';

export function useFieldDisplays({ data, fieldConfig, replaceVariables, timeZone, options }: Pick<PanelProps<SingleStatBaseOptions>, 'data' | 'fieldConfig' | 'replaceVariables' | 'timeZone' | 'options'>, sparkline: boolean, percentChange = false): FieldDisplay[] {
  const theme = useTheme2();
  const { reduceOptions } = options;
  return useMemo(
    () => getFieldDisplayValues({ fieldConfig, reduceOptions, replaceVariables, theme, data: data.series, sparkline, percentChange, timeZone }),
    [fieldConfig, reduceOptions, replaceVariables, theme, data.series, sparkline, percentChange, timeZone],
  );
}

/** Nothing was found to show: no field fits, or the only value is the placeholder of an empty result. */
export const isEmpty = (values: readonly FieldDisplay[]) => values.length === 0;

/** The value with its links: one is followed at once, of several a menu asks. */
export function Linked({ value, children }: { readonly value: FieldDisplay; readonly children: (api: DataLinksContextMenuApi) => JSX.Element }) {
  const { getLinks, hasLinks } = value;
  if (!hasLinks || !getLinks) return children({});
  return <DataLinksContextMenu links={getLinks} style={{ flexGrow: 1 }}>{children}</DataLinksContextMenu>;
}

export function addReduceOptions(builder: PanelOptionsEditorBuilder<SingleStatBaseOptions>, withFieldNames = true): void {
  const category = ['Value options'];
  builder
    .addRadio({
      path: 'reduceOptions.values', name: 'Show', description: 'Calculate a value of each field, or show all of them', category, defaultValue: false,
      settings: { options: [{ value: false, label: 'Calculate' }, { value: true, label: 'All values' }] },
    })
    .addNumberInput({ path: 'reduceOptions.limit', name: 'Limit', description: 'Max number of rows to show', category, settings: { placeholder: '25', integer: true, min: 1, max: 5000 }, showIf: ({ reduceOptions }) => reduceOptions.values === true })
    .addCustomEditor({
      id: 'reduceOptions.calcs', path: 'reduceOptions.calcs', name: 'Calculation', category, editor: standardEditorsRegistry.get('stats-picker').editor, defaultValue: ['lastNotNull'],
      showIf: ({ reduceOptions }) => reduceOptions.values === false,
    });
  if (withFieldNames) builder.addCustomEditor({ id: 'reduceOptions.fields', path: 'reduceOptions.fields', name: 'Fields', description: 'Which fields are shown', category, editor: FieldsOfReduceEditor, defaultValue: '' });
}

export function addOrientation(builder: PanelOptionsEditorBuilder<SingleStatBaseOptions>, category: string[]): void {
  builder.addRadio({
    path: 'orientation', name: 'Orientation', category, defaultValue: VizOrientation.Auto,
    settings: { options: [{ value: VizOrientation.Auto, label: 'Auto' }, { value: VizOrientation.Horizontal, label: 'Horizontal' }, { value: VizOrientation.Vertical, label: 'Vertical' }] },
  });
}

export const valueProperties = [FieldConfigProperty.Filterable];
