/**
 * What a field of a panel may be configured with (unit, thresholds, mappings …), the editors of such values, and the transformations:
 * the registries that @grafana/data leaves its host to fill. Editors and transformations are loaded when somebody needs them.
 */
import {
  booleanOverrideProcessor, dataLinksOverrideProcessor, displayNameOverrideProcessor, FieldColorModeId, FieldType, identityOverrideProcessor, numberOverrideProcessor, standardEditorsRegistry,
  standardFieldConfigEditorRegistry, standardTransformersRegistry, stringOverrideProcessor, ThresholdsMode, thresholdsOverrideProcessor, TransformerCategory, unitOverrideProcessor,
  valueMappingsOverrideProcessor, type Field, type FieldConfigPropertyItem, type StandardEditorProps, type TransformerUIProps,
} from '@grafana/data';
import { lazy, Suspense, type ComponentType } from 'react';

type Editor = ComponentType<StandardEditorProps>;
type Editors = typeof import('./field-config-editors.tsx');
type TransformerEditors = typeof import('./field-config-transformer-editors.tsx');

function editor(name: keyof Editors): Editor {
  const Loaded = lazy(async () => ({ default: (await import('./field-config-editors.tsx'))[name] as Editor }));
  return (props) => <Suspense fallback={null}><Loaded {...props} /></Suspense>;
}

function transformerEditor(name: keyof TransformerEditors): ComponentType<TransformerUIProps<unknown>> {
  const Loaded = lazy(async () => ({ default: (await import('./field-config-transformer-editors.tsx'))[name] as ComponentType<TransformerUIProps<unknown>> }));
  return (props) => <Suspense fallback={null}><Loaded {...props} /></Suspense>;
}

const standardEditors: readonly { readonly id: string; readonly name: string; readonly editor: Editor }[] = [
  { id: 'number', name: 'Number', editor: editor('NumberEditor') },
  { id: 'slider', name: 'Slider', editor: editor('SliderEditor') },
  { id: 'text', name: 'Text', editor: editor('TextEditor') },
  { id: 'strings', name: 'List of texts', editor: editor('TextsEditor') },
  { id: 'boolean', name: 'Switch', editor: editor('SwitchEditor') },
  { id: 'select', name: 'Choice', editor: editor('SelectEditor') },
  { id: 'multi-select', name: 'Choices', editor: editor('MultiSelectEditor') },
  { id: 'radio', name: 'Radio buttons', editor: editor('RadioEditor') },
  { id: 'unit', name: 'Unit', editor: editor('UnitEditor') },
  { id: 'color', name: 'Color', editor: editor('ColorEditor') },
  { id: 'fieldColor', name: 'Color scheme', editor: editor('FieldColorEditor') },
  { id: 'thresholds', name: 'Thresholds', editor: editor('ThresholdsEditor') },
  { id: 'mappings', name: 'Value mappings', editor: editor('MappingsEditor') },
  { id: 'links', name: 'Links', editor: editor('LinksEditor') },
  { id: 'actions', name: 'Actions', editor: editor('JsonValueEditor') },
  { id: 'stats-picker', name: 'Calculations', editor: editor('CalculationsEditor') },
  { id: 'timezone', name: 'Time zone', editor: editor('TimeZoneEditor') },
  { id: 'field-name', name: 'Field', editor: editor('FieldNameEditor') },
  { id: 'dashboard-uid', name: 'Dashboard', editor: editor('DashboardEditor') },
];

const always = () => true;
const ofNumbers = (field: Field) => field.type === FieldType.number;

function standardProperties(): readonly FieldConfigPropertyItem[] {
  const edited = (id: string) => {
    const { editor: of } = standardEditorsRegistry.get(id);
    return { editor: of, override: of };
  };
  const category = ['Standard options'];
  return [
    { id: 'unit', path: 'unit', name: 'Unit', description: '', ...edited('unit'), process: unitOverrideProcessor, shouldApply: always, category, settings: { placeholder: 'none' } },
    {
      id: 'min', path: 'min', name: 'Min', description: 'Leave empty to calculate based on all values', ...edited('number'), process: numberOverrideProcessor, shouldApply: ofNumbers, category,
      settings: { placeholder: 'auto' },
    },
    {
      id: 'max', path: 'max', name: 'Max', description: 'Leave empty to calculate based on all values', ...edited('number'), process: numberOverrideProcessor, shouldApply: ofNumbers, category,
      settings: { placeholder: 'auto' },
    },
    {
      id: 'fieldMinMax', path: 'fieldMinMax', name: 'Field min/max', description: 'Calculate min and max of each field by itself', ...edited('boolean'), process: booleanOverrideProcessor, shouldApply: ofNumbers,
      category, showIf: ({ min, max }: { min?: number; max?: number }) => min === undefined || max === undefined,
    },
    {
      id: 'decimals', path: 'decimals', name: 'Decimals', description: '', ...edited('number'), process: numberOverrideProcessor, shouldApply: ofNumbers, category,
      settings: { placeholder: 'auto', min: 0, max: 15, integer: true },
    },
    {
      id: 'displayName', path: 'displayName', name: 'Display name', description: 'Change the name of the field or series', ...edited('text'), process: displayNameOverrideProcessor, shouldApply: always, category,
      settings: { placeholder: 'none', expandTemplateVars: true },
    },
    {
      id: 'color', path: 'color', name: 'Color scheme', description: '', ...edited('fieldColor'), process: identityOverrideProcessor, shouldApply: always, category,
      settings: { byValueSupport: true, preferThresholdsMode: true }, defaultValue: { mode: FieldColorModeId.Thresholds },
    },
    { id: 'noValue', path: 'noValue', name: 'No value', description: 'What to show when there is no value', ...edited('text'), process: stringOverrideProcessor, shouldApply: always, category, settings: { placeholder: '-' } },
    {
      id: 'links', path: 'links', name: 'Data links', description: '', ...edited('links'), process: dataLinksOverrideProcessor, shouldApply: always, category: ['Data links and actions'], settings: { showOneClick: true },
      getItemsCount: (value?: readonly unknown[]) => value?.length ?? 0,
    },
    {
      id: 'actions', path: 'actions', name: 'Actions', description: 'Requests that can be made from a value, as JSON', ...edited('actions'), process: identityOverrideProcessor, shouldApply: always,
      category: ['Data links and actions'], showIf: ({ actions }: { actions?: readonly unknown[] }) => (actions?.length ?? 0) > 0, getItemsCount: (value?: readonly unknown[]) => value?.length ?? 0,
    },
    {
      id: 'mappings', path: 'mappings', name: 'Value mappings', description: 'What to show in place of a value', ...edited('mappings'), process: valueMappingsOverrideProcessor, shouldApply: always,
      category: ['Value mappings'], defaultValue: [], getItemsCount: (value?: readonly unknown[]) => value?.length ?? 0,
    },
    {
      id: 'thresholds', path: 'thresholds', name: 'Thresholds', description: '', ...edited('thresholds'), process: thresholdsOverrideProcessor, shouldApply: always, category: ['Thresholds'],
      defaultValue: { mode: ThresholdsMode.Absolute, steps: [{ value: -Infinity, color: 'green' }, { value: 80, color: 'red' }] },
      getItemsCount: (value?: { readonly steps?: readonly unknown[] }) => value?.steps?.length ?? 0,
    },
    {
      id: 'filterable', path: 'filterable', name: 'Ad-hoc filterable', description: 'Whether values of this field can become filters of the dashboard', ...edited('boolean'), process: booleanOverrideProcessor,
      shouldApply: always, category, hideFromDefaults: true,
    },
  ];
}

interface Transformer {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly editor?: keyof TransformerEditors;
  readonly category: TransformerCategory;
  /** Its name among `standardTransformers`. */
  readonly of: string;
  readonly defaults?: object;
}

const { Combine, CalculateNewFields, Filter, Reformat, ReorderAndRename, CreateNewVisualization } = TransformerCategory;

const transformers: readonly Transformer[] = [
  { id: 'calculateField', name: 'Add field from calculation', description: 'A new field, calculated from others', editor: 'CalculateFieldEditor', category: CalculateNewFields, of: 'calculateFieldTransformer', defaults: { mode: 'reduceRow', reduce: { reducer: 'sum' } } },
  { id: 'concatenate', name: 'Concatenate fields', description: 'All fields of all queries in one table', editor: 'ConcatenateEditor', category: Combine, of: 'concatenateTransformer', defaults: { frameNameMode: 'field', frameNameLabel: 'frame' } },
  { id: 'convertFieldType', name: 'Convert field type', description: 'Text to time, number to text …', editor: 'ConvertFieldTypeEditor', category: Reformat, of: 'convertFieldTypeTransformer', defaults: { fields: {}, conversions: [] } },
  { id: 'convertFrameType', name: 'Convert frame type', description: 'Treat a result as annotations or exemplars', category: Reformat, of: 'convertFrameTypeTransformer' },
  { id: 'filterFieldsByName', name: 'Filter fields by name', description: 'Keep the fields with these names', editor: 'FilterByNameEditor', category: Filter, of: 'filterFieldsByNameTransformer', defaults: {} },
  { id: 'filterByRefId', name: 'Filter data by query', description: 'Keep the results of these queries', editor: 'FilterByRefIdEditor', category: Filter, of: 'filterFramesByRefIdTransformer', defaults: {} },
  { id: 'filterByValue', name: 'Filter data by values', description: 'Keep or drop rows whose values meet conditions', editor: 'FilterByValueEditor', category: Filter, of: 'filterByValueTransformer', defaults: { filters: [], type: 'include', match: 'any' } },
  { id: 'filterFields', name: 'Filter fields by matcher', description: 'Keep or drop the fields that a matcher names', category: Filter, of: 'filterFieldsTransformer' },
  { id: 'filterFrames', name: 'Filter frames by matcher', description: 'Keep or drop the frames that a matcher names', category: Filter, of: 'filterFramesTransformer' },
  { id: 'formatString', name: 'Format string', description: 'Upper case, trimmed, part of a text …', editor: 'FormatStringEditor', category: Reformat, of: 'formatStringTransformer', defaults: { stringField: '', outputFormat: 'Upper Case' } },
  { id: 'formatTime', name: 'Format time', description: 'Time as text, in a format', editor: 'FormatTimeEditor', category: Reformat, of: 'formatTimeTransformer', defaults: { timeField: '', outputFormat: '', useTimezone: true } },
  { id: 'groupBy', name: 'Group by', description: 'Rows with equal values become one, the others are calculated', editor: 'GroupByEditor', category: Combine, of: 'groupByTransformer', defaults: { fields: {} } },
  { id: 'groupingToMatrix', name: 'Grouping to matrix', description: 'Columns from the values of one field, rows from those of another', editor: 'MatrixEditor', category: Combine, of: 'groupingToMatrixTransformer', defaults: { columnField: 'Time', rowField: 'Time', valueField: 'Value' } },
  { id: 'groupToNestedTable', name: 'Group to nested tables', description: 'Rows with equal values become one that opens', editor: 'GroupByEditor', category: Combine, of: 'groupToNestedTable', defaults: { fields: {}, showSubframeHeaders: true } },
  { id: 'histogram', name: 'Histogram', description: 'How often values fall into buckets', editor: 'HistogramEditor', category: CreateNewVisualization, of: 'histogramTransformer', defaults: { fields: {} } },
  { id: 'joinByField', name: 'Join by field', description: 'Rows of several queries side by side where a field is equal', editor: 'JoinByFieldEditor', category: Combine, of: 'joinByFieldTransformer', defaults: { mode: 'outer' } },
  { id: 'seriesToColumns', name: 'Outer join', description: 'The older name of joining by field', editor: 'JoinByFieldEditor', category: Combine, of: 'seriesToColumnsTransformer' },
  { id: 'labelsToFields', name: 'Labels to fields', description: 'Each label becomes a column or a row', editor: 'LabelsToFieldsEditor', category: Reformat, of: 'labelsToFieldsTransformer', defaults: {} },
  { id: 'limit', name: 'Limit', description: 'The first rows only', editor: 'LimitEditor', category: Filter, of: 'limitTransformer', defaults: { limitField: 10 } },
  { id: 'merge', name: 'Merge series or tables', description: 'Several results in one table, equal rows once', editor: 'NothingToChooseEditor', category: Combine, of: 'mergeTransformer', defaults: {} },
  { id: 'noop', name: 'Do nothing', description: '', editor: 'NothingToChooseEditor', category: Reformat, of: 'noopTransformer' },
  { id: 'order', name: 'Order fields', description: 'By name', category: ReorderAndRename, of: 'orderFieldsTransformer' },
  { id: 'organize', name: 'Organize fields by name', description: 'Reorder, hide and rename fields', editor: 'OrganizeEditor', category: ReorderAndRename, of: 'organizeFieldsTransformer', defaults: { excludeByName: {}, indexByName: {}, renameByName: {} } },
  { id: 'reduce', name: 'Reduce', description: 'Each series becomes a row of calculated values', editor: 'ReduceEditor', category: CalculateNewFields, of: 'reduceTransformer', defaults: { reducers: ['max'] } },
  { id: 'rename', name: 'Rename fields', description: 'By name', category: ReorderAndRename, of: 'renameFieldsTransformer' },
  { id: 'renameByRegex', name: 'Rename fields by regex', description: 'New names from parts of the old ones', editor: 'RenameByRegexEditor', category: ReorderAndRename, of: 'renameByRegexTransformer', defaults: { regex: '(.*)', renamePattern: '$1' } },
  { id: 'seriesToRows', name: 'Series to rows', description: 'All series in one table: time, name, value', editor: 'NothingToChooseEditor', category: Reformat, of: 'seriesToRowsTransformer', defaults: {} },
  { id: 'sortBy', name: 'Sort by', description: 'Rows in the order of a field', editor: 'SortByEditor', category: ReorderAndRename, of: 'sortByTransformer', defaults: { fields: {} } },
  { id: 'transpose', name: 'Transpose', description: 'Rows become columns', editor: 'TransposeEditor', category: Reformat, of: 'transposeTransformer', defaults: {} },
  { id: 'partitionByValues', name: 'Partition by values', description: 'A result for each combination of values of some fields', editor: 'PartitionEditor', category: Reformat, of: 'partitionByValues', defaults: { fields: [], keepFields: false, naming: { asLabels: true } } },
  { id: 'prepareTimeSeries', name: 'Prepare time series', description: 'One series a result, all in one table, or as rows', editor: 'PrepareSeriesEditor', category: Reformat, of: 'prepareTimeSeries', defaults: { format: 'multi' } },
  { id: 'timeSeriesTable', name: 'Time series to table', description: 'A row a series, the series itself as a cell', editor: 'SeriesTableEditor', category: Reformat, of: 'timeSeriesTable', defaults: {} },
  { id: 'rowsToFields', name: 'Rows to fields', description: 'Each row becomes a field of its own', editor: 'MappedFieldsEditor', category: Reformat, of: 'rowsToFields', defaults: { mappings: [] } },
  { id: 'configFromData', name: 'Config from query results', description: 'One result says how the others are shown', editor: 'ConfigFromDataEditor', category: CalculateNewFields, of: 'configFromData', defaults: { configRefId: 'config', mappings: [] } },
  { id: 'extractFields', name: 'Extract fields', description: 'Columns out of texts: JSON, key=value, separated', editor: 'ExtractFieldsEditor', category: Reformat, of: 'extractFields', defaults: { delimiter: ',', format: 'auto' } },
  { id: 'regression', name: 'Regression analysis', description: 'A line or a curve through the values', editor: 'RegressionEditor', category: CalculateNewFields, of: 'regression', defaults: { modelType: 'linear', degree: 2, predictionCount: 100 } },
  { id: 'joinByLabels', name: 'Join by labels', description: 'A row for each combination of labels', editor: 'JoinByLabelsEditor', category: Combine, of: 'joinByLabels', defaults: {} },
  { id: 'heatmap', name: 'Create heatmap', description: 'Counts of values over time', editor: 'JsonTransformerEditor', category: CreateNewVisualization, of: 'heatmap', defaults: {} },
  { id: 'ensureColumns', name: 'Ensure columns', description: 'Join by time where there is more than one series', editor: 'NothingToChooseEditor', category: Combine, of: 'ensureColumnsTransformer' },
];

export function setUpFieldConfig(): void {
  standardEditorsRegistry.setInit(() => [...standardEditors]);
  standardFieldConfigEditorRegistry.setInit(() => [...standardProperties()]);
  standardTransformersRegistry.setInit(() => transformers.map(({ id, name, description, editor: edited, category, of, defaults }) => ({
    id, name, description, categories: new Set([category]), editor: transformerEditor(edited ?? 'JsonTransformerEditor'), imageDark: '', imageLight: '',
    transformation: async () => (await import('./field-config-transformers.ts')).transformer(of),
    ...(defaults === undefined ? {} : { defaultOptions: defaults }),
  })));
}
