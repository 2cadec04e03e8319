/** Rows and columns. */
import { cacheFieldDisplayNames, FieldConfigProperty, FieldType, getFrameDisplayName, PanelPlugin, standardEditorsRegistry, type DataFrame, type Field, type FieldConfigSource, type PanelProps } from '@grafana/data';
import { TableCellHeight, TableCellDisplayMode, type TableFieldOptions } from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import { Combobox, usePanelContext, type TableSortByFieldState } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { useMemo } from 'react';
import { NoData } from '../parts/no-data.tsx';
import { CellOptionsEditor } from './cell-options-editor.tsx';

const pickerHeight = 40;

const hasFields = ({ fields }: DataFrame) => fields.length > 0;

export function TablePanel({ data, width, height, options, fieldConfig, timeRange, transparent, onOptionsChange, onFieldConfigChange }: PanelProps<Options>) {
  const { onAddAdHocFilter } = usePanelContext();
  const frames = useMemo(() => {
    // The table reads names where they are kept, and does not work them out.
    cacheFieldDisplayNames(data.series);
    return data.series.filter(hasFields);
  }, [data.series]);
  const chosen = frames[options.frameIndex] ? options.frameIndex : 0;
  const frame = frames[chosen];
  if (!frame) return <NoData data={data} />;
  const many = frames.length > 1;
  const resize = (name: string, columnWidth: number) => onFieldConfigChange(withWidth(fieldConfig, name, columnWidth), true);
  return (
    <>
      <TableNG
        data={frame} width={width} height={height - (many ? pickerHeight : 0)} noHeader={!options.showHeader} showTypeIcons={options.showTypeIcons} resizable sortBy={options.sortBy as TableSortByFieldState[]}
        onSortByChange={(sortBy) => onOptionsChange({ ...options, sortBy: sortBy as never })} onColumnResize={resize} onCellFilterAdded={onAddAdHocFilter} enablePagination={options.enablePagination} pageSize={options.pageSize}
        cellHeight={options.cellHeight} maxRowHeight={options.maxRowHeight} timeRange={timeRange} fieldConfig={fieldConfig} frozenColumns={options.frozenColumns?.left} structureRev={data.structureRev} transparent={transparent}
        noValue={fieldConfig.defaults.noValue} disableKeyboardEvents={options.disableKeyboardEvents}
      />
      {many && (
        <Combobox
          aria-label="Table to show" options={frames.map((one, i) => ({ value: i, label: getFrameDisplayName(one, i) }))} value={chosen} onChange={({ value }) => onOptionsChange({ ...options, frameIndex: value })}
        />
      )}
    </>
  );
}

/** Widths are kept as overrides by name, as the reference keeps them. */
export function withWidth(fieldConfig: FieldConfigSource, name: string, width: number): FieldConfigSource {
  const property = { id: 'custom.width', value: Math.round(width) };
  const at = fieldConfig.overrides.findIndex(({ matcher }) => matcher.id === 'byName' && matcher.options === name);
  if (at < 0) return { ...fieldConfig, overrides: [...fieldConfig.overrides, { matcher: { id: 'byName', options: name }, properties: [property] }] };
  return { ...fieldConfig, overrides: fieldConfig.overrides.map((rule, i) => (i === at ? { ...rule, properties: [...rule.properties.filter(({ id }) => id !== property.id), property] } : rule)) };
}

/** Footers were an option of the whole table; now each field has its own. */
function migrated(panel: { readonly options: Record<string, unknown>; readonly fieldConfig: FieldConfigSource }): Partial<Options> {
  const { footer, ...options } = panel.options as unknown as Options & { footer?: { show?: boolean; reducer?: string[]; countRows?: boolean; fields?: string | string[]; enablePagination?: boolean } };
  if (!footer) return options;
  const reducers = footer.show ? (footer.countRows ? ['countAll'] : footer.reducer?.filter((one) => one) ?? []) : [];
  const defaults = panel.fieldConfig.defaults as { custom?: Record<string, unknown> };
  if (reducers.length > 0) {
    if (Array.isArray(footer.fields) && footer.fields.length > 0) {
      for (const name of footer.fields) panel.fieldConfig.overrides.push({ matcher: { id: 'byName', options: name }, properties: [{ id: 'custom.footer.reducers', value: reducers }] });
    } else defaults.custom = { ...defaults.custom, footer: { reducers } };
  }
  return { ...options, ...(footer.enablePagination === undefined ? {} : { enablePagination: footer.enablePagination }) };
}

const notNested = ({ type }: Field) => type !== FieldType.nestedFrames;

// biome-ignore lint/correctness/useHookAtTopLevel: a method of plugins that only sounds like a hook
export const plugin = new PanelPlugin<Options, TableFieldOptions>(TablePanel)
  .useFieldConfig({
    standardOptions: { [FieldConfigProperty.Actions]: { hideFromDefaults: false } },
    useCustomConfig(builder) {
      const category = ['Table'];
      builder
        .addNumberInput({ path: 'minWidth', name: 'Minimum column width', description: 'The minimum width for column auto resizing', category, settings: { placeholder: '150', min: 50, max: 500 }, shouldApply: notNested })
        .addNumberInput({ path: 'width', name: 'Column width', category, settings: { placeholder: 'auto', min: 20 }, shouldApply: notNested })
        .addRadio({ path: 'align', name: 'Column alignment', category, defaultValue: 'auto', settings: { options: [{ value: 'auto', label: 'Auto' }, { value: 'left', label: 'Left' }, { value: 'center', label: 'Center' }, { value: 'right', label: 'Right' }] }, shouldApply: notNested })
        .addBooleanSwitch({ path: 'filterable', name: 'Column filter', description: 'Whether the column can be filtered', category, defaultValue: false })
        .addBooleanSwitch({ path: 'wrapText', name: 'Wrap text', category, defaultValue: false })
        .addBooleanSwitch({ path: 'wrapHeaderText', name: 'Wrap header text', category, defaultValue: false })
        .addBooleanSwitch({ path: 'hideFrom.viz' as never, name: 'Hide in table', category, defaultValue: undefined, hideFromDefaults: true })
        .addCustomEditor({
          id: 'footer.reducers', path: 'footer.reducers' as never, name: 'Footer calculation', category: ['Table footer'], editor: standardEditorsRegistry.get('stats-picker').editor, override: standardEditorsRegistry.get('stats-picker').editor,
          defaultValue: [] as never, process: (value) => value, shouldApply: notNested, settings: { allowMultiple: true },
        })
        .addCustomEditor({ id: 'cellOptions', path: 'cellOptions', name: 'Cell type', category: ['Cell options'], editor: CellOptionsEditor, override: CellOptionsEditor, defaultValue: { type: TableCellDisplayMode.Auto }, process: (value) => value, shouldApply: notNested })
        .addBooleanSwitch({ path: 'inspect', name: 'Cell value inspect', description: 'Values can be looked at in a window of their own', category: ['Cell options'], defaultValue: false });
    },
  })
  .setPanelOptions((builder) => {
    const category = ['Table'];
    builder
      .addBooleanSwitch({ path: 'showHeader', name: 'Show table header', category, defaultValue: true })
      .addNumberInput({ path: 'frozenColumns.left', name: 'Frozen columns', category, settings: { placeholder: 'none', min: 0, integer: true } })
      .addRadio({ path: 'cellHeight', name: 'Cell height', category, defaultValue: TableCellHeight.Sm, settings: { options: [{ value: TableCellHeight.Sm, label: 'Small' }, { value: TableCellHeight.Md, label: 'Medium' }, { value: TableCellHeight.Lg, label: 'Large' }] } })
      .addNumberInput({ path: 'maxRowHeight', name: 'Max row height', category, settings: { placeholder: 'none', min: 0 } })
      .addBooleanSwitch({ path: 'enablePagination', name: 'Enable pagination', category, defaultValue: false })
      .addBooleanSwitch({ path: 'showTypeIcons', name: 'Show type icons', category, defaultValue: false });
  })
  .setMigrationHandler(migrated as never);
