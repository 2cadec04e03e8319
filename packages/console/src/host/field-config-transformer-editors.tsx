/** Editors of transformations. Options are stored as the reference stores them. */
import { css } from '@emotion/css';
import {
  binaryOperators, FieldType, getFieldDisplayName, unaryOperators, valueMatchers, type DataFrame, type GrafanaTheme2, type SelectableValue, type TransformerUIProps, type ValueMatcherInfo,
} from '@grafana/data';
import { Button, Combobox, FilterPill, IconButton, InlineField, InlineFieldRow, InlineSwitch, Input, MultiSelect, RadioButtonGroup, Select, StatsPicker, useStyles2 } from '@grafana/ui';
import { useEffect, useState, type ReactNode } from 'react';
import { JsonText } from './json-text.tsx';
import { handlers } from './transformations/config-handlers.ts';

/** Stored options may lack anything, and hold what we don't edit: that is kept. */
// biome-ignore lint/suspicious/noExplicitAny: options of each transformation have a shape of their own
type Options = any;
type Props = TransformerUIProps<Options>;

const namesOf = (frames: readonly DataFrame[], fits: (type: FieldType) => boolean = () => true): readonly string[] =>
  [...new Set(frames.flatMap((frame) => frame.fields.filter((field) => fits(field.type)).map((field) => getFieldDisplayName(field, frame, [...frames]))))];

const choices = (values: readonly string[]): SelectableValue<string>[] => values.map((value) => ({ value, label: value }));
const withChosen = (values: readonly string[], chosen: string | undefined) => choices(chosen && !values.includes(chosen) ? [...values, chosen] : values);

function Row({ label, children, tooltip }: { readonly label: string; readonly children: ReactNode; readonly tooltip?: string }) {
  return <InlineFieldRow><InlineField label={label} labelWidth={20} grow {...(tooltip ? { tooltip } : {})}>{children as React.ReactElement<Record<string, unknown>>}</InlineField></InlineFieldRow>;
}

function TextRow({ label, value, onChange, placeholder, type }: { readonly label: string; readonly value: string | number | undefined; readonly onChange: (value: string) => void; readonly placeholder?: string; readonly type?: 'number' }) {
  const [text, setText] = useState(String(value ?? ''));
  useEffect(() => setText(String(value ?? '')), [value]);
  const done = () => text !== String(value ?? '') && onChange(text);
  return <Row label={label}><Input aria-label={label} type={type} value={text} placeholder={placeholder} onChange={(event) => setText(event.currentTarget.value)} onBlur={done} onKeyDown={(event) => event.key === 'Enter' && done()} /></Row>;
}

function SwitchRow({ label, value, onChange }: { readonly label: string; readonly value: boolean; readonly onChange: (value: boolean) => void }) {
  return <Row label={label}><InlineSwitch label={label} value={value} onChange={(event) => onChange(event.currentTarget.checked)} /></Row>;
}

function FieldRow({ label, names, value, onChange, clearable = false }: { readonly label: string; readonly names: readonly string[]; readonly value: string | undefined; readonly onChange: (value: string | undefined) => void; readonly clearable?: boolean }) {
  return <Row label={label}><Select aria-label={label} options={withChosen(names, value)} value={value ?? null} isClearable={clearable} allowCustomValue placeholder="Choose a field" onChange={(option) => onChange(option?.value)} /></Row>;
}

function ChoiceRow<Value extends string>({ label, options, value, onChange }: { readonly label: string; readonly options: readonly { readonly value: Value; readonly label: string }[]; readonly value: Value; readonly onChange: (value: Value) => void }) {
  return <Row label={label}>{options.length > 3 ? <Combobox aria-label={label} options={[...options]} value={value} onChange={(option) => onChange(option.value)} /> : <RadioButtonGroup aria-label={label} options={[...options]} value={value} onChange={onChange} />}</Row>;
}

export function JsonTransformerEditor({ options, onChange }: Props) {
  return <JsonText label="Options" value={options} onChange={onChange} />;
}

export function NothingToChooseEditor(_props: Props) {
  return <p>There is nothing to choose.</p>;
}

export function OrganizeEditor({ options, onChange, input }: Props) {
  const styles = useStyles2(stylesOf);
  const { excludeByName = {}, indexByName = {}, renameByName = {} } = options ?? {};
  const names = namesOf(input).toSorted((a, b) => (indexByName[a] ?? Infinity) - (indexByName[b] ?? Infinity) || 0);
  const move = (at: number, to: number) => {
    const order = [...names];
    order.splice(to, 0, ...order.splice(at, 1));
    onChange({ ...options, indexByName: Object.fromEntries(order.map((name, i) => [name, i])) });
  };
  if (input.length > 1) return <p>This works on one table. Join or merge the results first.</p>;
  return (
    <ul className={styles.list}>
      {names.map((name, at) => (
        <li key={name} className={styles.row}>
          <IconButton name="arrow-up" aria-label={`Move ${name} up`} disabled={at === 0} onClick={() => move(at, at - 1)} />
          <IconButton name="arrow-down" aria-label={`Move ${name} down`} disabled={at === names.length - 1} onClick={() => move(at, at + 1)} />
          <IconButton name={excludeByName[name] ? 'eye-slash' : 'eye'} aria-label={excludeByName[name] ? `Show ${name}` : `Hide ${name}`} onClick={() => onChange({ ...options, excludeByName: { ...excludeByName, [name]: !excludeByName[name] } })} />
          <span className={styles.name}>{name}</span>
          <Input
            aria-label={`New name of ${name}`} placeholder={`Rename ${name}`} defaultValue={renameByName[name] ?? ''}
            onBlur={(event) => event.currentTarget.value !== (renameByName[name] ?? '') && onChange({ ...options, renameByName: { ...renameByName, [name]: event.currentTarget.value } })}
          />
        </li>
      ))}
    </ul>
  );
}

export function FilterByNameEditor({ options, onChange, input }: Props) {
  const styles = useStyles2(stylesOf);
  const names = namesOf(input);
  const { names: included, pattern } = options?.include ?? {};
  const chosen = new Set<string>(included ?? (pattern === undefined ? names : []));
  const toggle = (name: string) => onChange({ ...options, include: { ...options?.include, names: names.filter((one) => (one === name ? !chosen.has(one) : chosen.has(one))) } });
  return (
    <>
      <TextRow label="Names matching" value={pattern} placeholder="Regular expression" onChange={(next) => onChange({ ...options, include: { names: [...chosen], ...(next === '' ? {} : { pattern: next }) } })} />
      <div className={styles.pills}>{names.map((name) => <FilterPill key={name} label={name} selected={chosen.has(name)} onClick={() => toggle(name)} />)}</div>
    </>
  );
}

export function FilterByRefIdEditor({ options, onChange, input }: Props) {
  const styles = useStyles2(stylesOf);
  const ids = [...new Set(input.map(({ refId }) => refId).filter((id): id is string => !!id))];
  const chosen = new Set((options?.include ?? '').split('|').filter((id: string) => id !== ''));
  const toggle = (id: string) => onChange({ ...options, include: ids.filter((one) => (one === id ? !chosen.has(one) : chosen.has(one))).join('|') });
  return <div className={styles.pills}>{ids.map((id) => <FilterPill key={id} label={id} selected={chosen.has(id)} onClick={() => toggle(id)} />)}</div>;
}

const matcherChoices = () => valueMatchers.list().filter(({ excludeFromPicker }: ValueMatcherInfo) => !excludeFromPicker).map(({ id, name }: ValueMatcherInfo) => ({ value: id, label: name }));

export function FilterByValueEditor({ options, onChange, input }: Props) {
  const styles = useStyles2(stylesOf);
  const filters: readonly Options[] = options?.filters ?? [];
  const names = namesOf(input);
  const change = (at: number, filter: Options) => onChange({ ...options, filters: filters.map((one, i) => (i === at ? filter : one)) });
  const typed = (text: string) => (text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text));
  return (
    <>
      <ChoiceRow label="Rows that match are" options={[{ value: 'include', label: 'Kept' }, { value: 'exclude', label: 'Dropped' }]} value={options?.type ?? 'include'} onChange={(type) => onChange({ ...options, type })} />
      <ChoiceRow label="Conditions" options={[{ value: 'all', label: 'Match all' }, { value: 'any', label: 'Match any' }]} value={options?.match ?? 'any'} onChange={(match) => onChange({ ...options, match })} />
      {filters.map((filter, at) => {
        const { id, options: of = {} } = filter.config ?? {};
        const ranged = id === 'between' || id === 'range';
        const bare = id === 'isNull' || id === 'isNotNull';
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: these have no other name than their place
          <div key={`${at} of ${filters.length}`} className={styles.row}>
            <Select aria-label={`Field of condition ${at + 1}`} options={withChosen(names, filter.fieldName)} value={filter.fieldName ?? null} onChange={({ value }) => change(at, { ...filter, fieldName: value })} />
            <Combobox aria-label={`Match of condition ${at + 1}`} options={matcherChoices()} value={id} onChange={({ value }) => change(at, { ...filter, config: { id: value, options: of } })} />
            {!bare && !ranged && <Input aria-label={`Value of condition ${at + 1}`} defaultValue={of.value ?? ''} onBlur={(event) => change(at, { ...filter, config: { id, options: { value: typed(event.currentTarget.value) } } })} />}
            {ranged && <Input aria-label={`From, of condition ${at + 1}`} defaultValue={of.from ?? ''} onBlur={(event) => change(at, { ...filter, config: { id, options: { ...of, from: typed(event.currentTarget.value) } } })} />}
            {ranged && <Input aria-label={`To, of condition ${at + 1}`} defaultValue={of.to ?? ''} onBlur={(event) => change(at, { ...filter, config: { id, options: { ...of, to: typed(event.currentTarget.value) } } })} />}
            <IconButton name="trash-alt" aria-label={`Remove condition ${at + 1}`} onClick={() => onChange({ ...options, filters: filters.filter((_, i) => i !== at) })} />
          </div>
        );
      })}
      <Button variant="secondary" size="sm" icon="plus" onClick={() => onChange({ ...options, filters: [...filters, { fieldName: names[0], config: { id: 'greater', options: { value: 0 } } }] })}>Add condition</Button>
    </>
  );
}

export function ReduceEditor({ options, onChange }: Props) {
  return (
    <>
      <ChoiceRow label="Mode" options={[{ value: 'seriesToRows', label: 'Series to rows' }, { value: 'reduceFields', label: 'Reduce fields' }]} value={options?.mode ?? 'seriesToRows'} onChange={(mode) => onChange({ ...options, mode })} />
      <Row label="Calculations"><StatsPicker allowMultiple stats={options?.reducers ?? []} onChange={(reducers) => onChange({ ...options, reducers })} /></Row>
      {options?.mode === 'reduceFields'
        ? <SwitchRow label="Include time" value={options?.includeTimeField === true} onChange={(includeTimeField) => onChange({ ...options, includeTimeField })} />
        : <SwitchRow label="Labels to fields" value={options?.labelsToFields === true} onChange={(labelsToFields) => onChange({ ...options, labelsToFields })} />}
    </>
  );
}

const calculationModes = [
  { value: 'reduceRow', label: 'Reduce row' }, { value: 'binary', label: 'Binary operation' }, { value: 'unary', label: 'Unary operation' }, { value: 'cumulativeFunctions', label: 'Cumulative functions' },
  { value: 'windowFunctions', label: 'Window functions' }, { value: 'index', label: 'Row index' },
] as const;

const operandOf = (value: Options): string => (typeof value === 'string' ? value : value?.fixed ?? value?.matcher?.options ?? '');

export function CalculateFieldEditor({ options, onChange, input }: Props) {
  const numbers = namesOf(input, (type) => type === FieldType.number);
  const mode = options?.mode ?? 'reduceRow';
  const operand = (text: string | undefined) => (text === undefined || numbers.includes(text) ? { matcher: { id: 'byName', options: text } } : { fixed: text });
  const reducer = (of: 'reduce' | 'cumulative' | 'window', only?: readonly string[]) => (
    <Row label="Calculation"><StatsPicker stats={[options?.[of]?.reducer ?? 'sum']} filterOptions={({ id }) => !only || only.includes(id)} onChange={([chosen]) => onChange({ ...options, [of]: { ...options?.[of], reducer: chosen } })} /></Row>
  );
  return (
    <>
      <ChoiceRow label="Mode" options={calculationModes} value={mode} onChange={(next) => onChange({ ...options, mode: next })} />
      {mode === 'reduceRow' && (
        <>
          <Row label="Fields"><MultiSelect aria-label="Fields" options={choices(numbers)} value={options?.reduce?.include ?? []} placeholder="All number fields" onChange={(chosen) => onChange({ ...options, reduce: { ...options?.reduce, include: chosen.length === 0 ? undefined : chosen.map(({ value }) => value) } })} /></Row>
          {reducer('reduce')}
        </>
      )}
      {mode === 'binary' && (
        <>
          <FieldRow label="Left" names={numbers} value={operandOf(options?.binary?.left)} onChange={(left) => onChange({ ...options, binary: { operator: '+', ...options?.binary, left: operand(left) } })} />
          <Row label="Operation"><Combobox aria-label="Operation" options={binaryOperators.list().map(({ id, name }) => ({ value: id as string, label: name }))} value={options?.binary?.operator ?? '+'} onChange={({ value }) => onChange({ ...options, binary: { ...options?.binary, operator: value } })} /></Row>
          <FieldRow label="Right" names={numbers} value={operandOf(options?.binary?.right)} onChange={(right) => onChange({ ...options, binary: { operator: '+', ...options?.binary, right: operand(right) } })} />
        </>
      )}
      {mode === 'unary' && (
        <>
          <Row label="Operation"><Combobox aria-label="Operation" options={unaryOperators.list().map(({ id, name }) => ({ value: id as string, label: name }))} value={options?.unary?.operator ?? 'abs'} onChange={({ value }) => onChange({ ...options, unary: { ...options?.unary, operator: value } })} /></Row>
          <FieldRow label="Field" names={numbers} value={options?.unary?.fieldName} onChange={(fieldName) => onChange({ ...options, unary: { operator: 'abs', ...options?.unary, fieldName } })} />
        </>
      )}
      {mode === 'cumulativeFunctions' && (
        <>
          <FieldRow label="Field" names={numbers} value={options?.cumulative?.field} onChange={(field) => onChange({ ...options, cumulative: { reducer: 'sum', ...options?.cumulative, field } })} />
          {reducer('cumulative', ['sum', 'mean'])}
        </>
      )}
      {mode === 'windowFunctions' && (
        <>
          <FieldRow label="Field" names={numbers} value={options?.window?.field} onChange={(field) => onChange({ ...options, window: { reducer: 'mean', windowSize: 0.1, windowSizeMode: 'percentage', windowAlignment: 'trailing', ...options?.window, field } })} />
          {reducer('window', ['mean', 'stdDev', 'variance'])}
          <ChoiceRow label="Window" options={[{ value: 'trailing', label: 'Trailing' }, { value: 'centered', label: 'Centered' }]} value={options?.window?.windowAlignment ?? 'trailing'} onChange={(windowAlignment) => onChange({ ...options, window: { ...options?.window, windowAlignment } })} />
          <ChoiceRow label="Size is" options={[{ value: 'percentage', label: 'A part of all' }, { value: 'fixed', label: 'A number of rows' }]} value={options?.window?.windowSizeMode ?? 'percentage'} onChange={(windowSizeMode) => onChange({ ...options, window: { ...options?.window, windowSizeMode } })} />
          <TextRow label="Size" type="number" value={options?.window?.windowSize} onChange={(size) => onChange({ ...options, window: { ...options?.window, windowSize: Number(size) } })} />
        </>
      )}
      {mode === 'index' && <SwitchRow label="As percentile" value={options?.index?.asPercentile === true} onChange={(asPercentile) => onChange({ ...options, index: { asPercentile } })} />}
      <TextRow label="Name" value={options?.alias} placeholder="Named after the calculation" onChange={(alias) => onChange({ ...options, alias: alias === '' ? undefined : alias })} />
      <SwitchRow label="Replace all fields" value={options?.replaceFields === true} onChange={(replaceFields) => onChange({ ...options, replaceFields })} />
    </>
  );
}

export function JoinByFieldEditor({ options, onChange, input }: Props) {
  return (
    <>
      <ChoiceRow
        label="Mode" value={options?.mode ?? 'outer'} onChange={(mode) => onChange({ ...options, mode })}
        options={[{ value: 'outer', label: 'Outer (time series)' }, { value: 'outerTabular', label: 'Outer (tables)' }, { value: 'inner', label: 'Inner' }]}
      />
      <FieldRow label="Field" clearable names={namesOf(input)} value={options?.byField} onChange={(byField) => onChange({ ...options, byField })} />
    </>
  );
}

export function GroupByEditor({ options, onChange, input }: Props) {
  const styles = useStyles2(stylesOf);
  const names = namesOf(input);
  const fields: Record<string, { readonly operation: string | null; readonly aggregations: string[] }> = options?.fields ?? {};
  const change = (name: string, field: Options) => onChange({ ...options, fields: { ...fields, [name]: field } });
  return (
    <ul className={styles.list}>
      {names.map((name) => {
        const { operation = null, aggregations = [] } = fields[name] ?? {};
        return (
          <li key={name} className={styles.row}>
            <span className={styles.name}>{name}</span>
            <Combobox
              aria-label={`What to do with ${name}`} value={operation ?? ''} options={[{ value: '', label: 'Ignored' }, { value: 'groupby', label: 'Group by' }, { value: 'aggregate', label: 'Calculate' }]}
              onChange={({ value }) => change(name, { aggregations, operation: value === '' ? null : value })}
            />
            {operation === 'aggregate' && <StatsPicker allowMultiple stats={aggregations} onChange={(chosen) => change(name, { operation, aggregations: chosen })} />}
          </li>
        );
      })}
    </ul>
  );
}

export function SortByEditor({ options, onChange, input }: Props) {
  const first = options?.sort?.[0] ?? {};
  return (
    <>
      <FieldRow label="Field" names={namesOf(input)} value={first.field} onChange={(field) => onChange({ ...options, sort: [{ ...first, field }] })} />
      <SwitchRow label="Reverse" value={first.desc === true} onChange={(desc) => onChange({ ...options, sort: [{ ...first, desc }] })} />
    </>
  );
}

export function LimitEditor({ options, onChange }: Props) {
  return <TextRow label="Rows" type="number" value={options?.limitField} onChange={(rows) => onChange({ ...options, limitField: Math.max(0, Math.round(Number(rows)) || 0) })} />;
}

export function RenameByRegexEditor({ options, onChange }: Props) {
  return (
    <>
      <TextRow label="Match" value={options?.regex} onChange={(regex) => onChange({ ...options, regex })} />
      <TextRow label="Replace" value={options?.renamePattern} onChange={(renamePattern) => onChange({ ...options, renamePattern })} />
    </>
  );
}

export function LabelsToFieldsEditor({ options, onChange, input }: Props) {
  const labels = [...new Set(input.flatMap(({ fields }) => fields.flatMap((field) => Object.keys(field.labels ?? {}))))];
  return (
    <>
      <ChoiceRow label="Mode" options={[{ value: 'columns', label: 'Columns' }, { value: 'rows', label: 'Rows' }]} value={options?.mode ?? 'columns'} onChange={(mode) => onChange({ ...options, mode })} />
      <Row label="Labels"><MultiSelect aria-label="Labels" options={choices(labels)} value={options?.keepLabels ?? []} placeholder="All labels" onChange={(chosen) => onChange({ ...options, keepLabels: chosen.length === 0 ? undefined : chosen.map(({ value }) => value) })} /></Row>
      {options?.mode !== 'rows' && <Row label="Value is named by"><Select aria-label="Value is named by" isClearable options={withChosen(labels, options?.valueLabel)} value={options?.valueLabel ?? null} onChange={(option) => onChange({ ...options, valueLabel: option?.value })} /></Row>}
    </>
  );
}

const fieldTypes = [
  { value: FieldType.time, label: 'Time' }, { value: FieldType.number, label: 'Number' }, { value: FieldType.string, label: 'Text' }, { value: FieldType.boolean, label: 'Boolean' }, { value: FieldType.other, label: 'JSON' },
];

export function ConvertFieldTypeEditor({ options, onChange, input }: Props) {
  const styles = useStyles2(stylesOf);
  const conversions: readonly Options[] = options?.conversions ?? [];
  const names = namesOf(input);
  const save = (next: readonly Options[]) => onChange({ ...options, conversions: next });
  const change = (at: number, conversion: Options) => save(conversions.map((one, i) => (i === at ? conversion : one)));
  return (
    <>
      {conversions.map((conversion, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: these have no other name than their place
        <div key={`${at} of ${conversions.length}`} className={styles.row}>
          <Select aria-label={`Field of conversion ${at + 1}`} options={withChosen(names, conversion.targetField)} value={conversion.targetField ?? null} onChange={({ value }) => change(at, { ...conversion, targetField: value })} />
          <Combobox aria-label={`Type of conversion ${at + 1}`} options={fieldTypes} value={conversion.destinationType ?? null} onChange={({ value }) => change(at, { ...conversion, destinationType: value })} />
          {conversion.destinationType === FieldType.time && <Input aria-label={`Date format of conversion ${at + 1}`} placeholder="YYYY-MM-DD" defaultValue={conversion.dateFormat ?? ''} onBlur={(event) => change(at, { ...conversion, dateFormat: event.currentTarget.value || undefined })} />}
          <IconButton name="trash-alt" aria-label={`Remove conversion ${at + 1}`} onClick={() => save(conversions.filter((_, i) => i !== at))} />
        </div>
      ))}
      <Button variant="secondary" size="sm" icon="plus" onClick={() => save([...conversions, { targetField: names[0], destinationType: FieldType.number }])}>Convert field</Button>
    </>
  );
}

export function ConcatenateEditor({ options, onChange }: Props) {
  return (
    <ChoiceRow
      label="Name of the frame" value={options?.frameNameMode ?? 'field'} onChange={(frameNameMode) => onChange({ ...options, frameNameMode })}
      options={[{ value: 'field', label: 'In the field name' }, { value: 'label', label: 'As a label' }, { value: 'drop', label: 'Left out' }]}
    />
  );
}

export function HistogramEditor({ options, onChange }: Props) {
  const number = (text: string) => (text.trim() === '' || Number.isNaN(Number(text)) ? undefined : Number(text));
  return (
    <>
      <TextRow label="Bucket count" type="number" value={options?.bucketCount} placeholder="30" onChange={(text) => onChange({ ...options, bucketCount: number(text) })} />
      <TextRow label="Bucket size" type="number" value={options?.bucketSize} placeholder="auto" onChange={(text) => onChange({ ...options, bucketSize: number(text) })} />
      <TextRow label="Bucket offset" type="number" value={options?.bucketOffset} placeholder="none" onChange={(text) => onChange({ ...options, bucketOffset: number(text) })} />
      <SwitchRow label="Combine series" value={options?.combine === true} onChange={(combine) => onChange({ ...options, combine })} />
    </>
  );
}

const emptyValues = [{ value: 'empty', label: 'Empty' }, { value: 'null', label: 'Null' }, { value: 'zero', label: 'Zero' }, { value: 'true', label: 'True' }, { value: 'false', label: 'False' }] as const;

export function MatrixEditor({ options, onChange, input }: Props) {
  const names = namesOf(input);
  return (
    <>
      <FieldRow label="Columns" names={names} value={options?.columnField} onChange={(columnField) => onChange({ ...options, columnField })} />
      <FieldRow label="Rows" names={names} value={options?.rowField} onChange={(rowField) => onChange({ ...options, rowField })} />
      <FieldRow label="Cells" names={names} value={options?.valueField} onChange={(valueField) => onChange({ ...options, valueField })} />
      <ChoiceRow label="Where nothing is" options={emptyValues} value={options?.emptyValue ?? 'empty'} onChange={(emptyValue) => onChange({ ...options, emptyValue })} />
    </>
  );
}

const stringFormats = ['Upper Case', 'Lower Case', 'Sentence Case', 'Title Case', 'Pascal Case', 'Camel Case', 'Snake Case', 'Kebab Case', 'Trim', 'Substring'];

export function FormatStringEditor({ options, onChange, input }: Props) {
  return (
    <>
      <FieldRow label="Field" names={namesOf(input, (type) => type === FieldType.string)} value={options?.stringField} onChange={(stringField) => onChange({ ...options, stringField })} />
      <ChoiceRow label="Format" options={stringFormats.map((value) => ({ value, label: value }))} value={options?.outputFormat ?? 'Upper Case'} onChange={(outputFormat) => onChange({ ...options, outputFormat })} />
      {options?.outputFormat === 'Substring' && <TextRow label="From" type="number" value={options.substringStart ?? 0} onChange={(from) => onChange({ ...options, substringStart: Number(from) })} />}
      {options?.outputFormat === 'Substring' && <TextRow label="To" type="number" value={options.substringEnd} onChange={(to) => onChange({ ...options, substringEnd: Number(to) })} />}
    </>
  );
}

export function FormatTimeEditor({ options, onChange, input }: Props) {
  return (
    <>
      <FieldRow label="Field" names={namesOf(input, (type) => type === FieldType.time)} value={options?.timeField} onChange={(timeField) => onChange({ ...options, timeField })} />
      <TextRow label="Format" value={options?.outputFormat} placeholder="YYYY-MM-DD HH:mm:ss" onChange={(outputFormat) => onChange({ ...options, outputFormat })} />
    </>
  );
}

export function TransposeEditor({ options, onChange }: Props) {
  return (
    <>
      <TextRow label="Name of the first field" value={options?.firstFieldName} placeholder="Field" onChange={(firstFieldName) => onChange({ ...options, firstFieldName })} />
      <TextRow label="Name of the others" value={options?.restFieldsName} placeholder="Value" onChange={(restFieldsName) => onChange({ ...options, restFieldsName })} />
    </>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none', display: 'flex', flexDirection: 'column', gap: theme.spacing(0.5) }),
  row: css({ display: 'flex', gap: theme.spacing(1), alignItems: 'center', marginBottom: theme.spacing(0.5) }),
  name: css({ flex: '0 0 30%', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }),
  pills: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
});

export function PartitionEditor({ options, onChange, input }: Props) {
  const { naming = {} } = options ?? {};
  return (
    <>
      <Row label="Fields"><MultiSelect aria-label="Fields" options={choices(namesOf(input))} value={options?.fields ?? []} onChange={(chosen) => onChange({ ...options, fields: chosen.map(({ value }) => value) })} /></Row>
      <ChoiceRow label="Naming" options={[{ value: 'labels', label: 'As labels' }, { value: 'names', label: 'As frame names' }]} value={naming.asLabels ? 'labels' : 'names'} onChange={(how) => onChange({ ...options, naming: { ...naming, asLabels: how === 'labels' } })} />
      <SwitchRow label="Keep the fields" value={options?.keepFields === true} onChange={(keepFields) => onChange({ ...options, keepFields })} />
    </>
  );
}

export function PrepareSeriesEditor({ options, onChange }: Props) {
  return <ChoiceRow label="Format" options={[{ value: 'multi', label: 'A frame a series' }, { value: 'wide', label: 'One frame' }, { value: 'long', label: 'Rows' }]} value={options?.format === 'wide' || options?.format === 'long' ? options.format : 'multi'} onChange={(format) => onChange({ ...options, format })} />;
}

export function SeriesTableEditor({ options, onChange, input }: Props) {
  const refIds = [...new Set(input.map(({ refId = '' }) => refId))];
  if (refIds.length === 0) return <p>There are no series yet.</p>;
  return <>{refIds.map((refId) => <Row key={refId} label={`Value of ${refId || 'the series'}`}><StatsPicker stats={[options?.[refId]?.stat ?? 'lastNotNull']} onChange={([stat]) => onChange({ ...options, [refId]: { ...options?.[refId], stat } })} /></Row>)}</>;
}

const rowRoles = [{ value: '', label: 'By its name, else a label' }, { value: 'field.name', label: 'Name of the field' }, { value: 'field.value', label: 'Value of the field' }, { value: 'field.label', label: 'Label' }, { value: '__ignore', label: 'Left out' }];
const handlerChoices = handlers.map(({ key, name }) => ({ value: key, label: name }));

/** What each column is for. */
function Roles({ options, onChange, names, roles }: { readonly options: Options; readonly onChange: (options: Options) => void; readonly names: readonly string[]; readonly roles: readonly { readonly value: string; readonly label: string }[] }) {
  // biome-ignore lint/suspicious/noExplicitAny: as they are stored
  const mappings: readonly any[] = options?.mappings ?? [];
  const set = (fieldName: string, handlerKey: string) => onChange({ ...options, mappings: [...mappings.filter((one) => one.fieldName !== fieldName), ...(handlerKey === '' ? [] : [{ ...mappings.find((one) => one.fieldName === fieldName), fieldName, handlerKey }])] });
  return <>{names.map((name) => <Row key={name} label={name}><Combobox aria-label={`What ${name} is for`} options={[...roles, ...handlerChoices]} value={mappings.find((one) => one.fieldName === name)?.handlerKey ?? ''} onChange={({ value }) => set(name, value)} /></Row>)}</>;
}

export function MappedFieldsEditor({ options, onChange, input }: Props) {
  return <Roles options={options} onChange={onChange} names={namesOf(input)} roles={rowRoles} />;
}

export function ConfigFromDataEditor({ options, onChange, input }: Props) {
  const refIds = [...new Set(input.flatMap(({ refId }) => refId ?? []))];
  const mappingRoles = [{ value: '', label: 'By its name, else nothing' }, { value: '__ignore', label: 'Nothing' }, { value: 'mappings.value', label: 'Value of a value mapping' }, { value: 'mappings.text', label: 'Text of a value mapping' }, { value: 'mappings.color', label: 'Color of a value mapping' }];
  return (
    <>
      <FieldRow label="Config query" names={refIds} value={options?.configRefId} onChange={(configRefId) => onChange({ ...options, configRefId })} />
      <Roles options={options} onChange={onChange} names={namesOf(input.filter(({ refId }) => refId === options?.configRefId))} roles={mappingRoles} />
    </>
  );
}

const extractFormats = [{ value: 'auto', label: 'Auto' }, { value: 'json', label: 'JSON' }, { value: 'kvp', label: 'Key=value pairs' }, { value: 'delimiter', label: 'Separated' }, { value: 'regexp', label: 'Regular expression' }] as const;

export function ExtractFieldsEditor({ options, onChange, input }: Props) {
  const format = options?.format ?? 'auto';
  // biome-ignore lint/suspicious/noExplicitAny: as they are stored
  const paths: readonly any[] = options?.jsonPaths ?? [];
  return (
    <>
      <FieldRow label="Source" names={namesOf(input)} value={options?.source} onChange={(source) => onChange({ ...options, source })} />
      <ChoiceRow label="Format" options={extractFormats} value={format} onChange={(next) => onChange({ ...options, format: next })} />
      {format === 'delimiter' && <TextRow label="Delimiter" value={options?.delimiter ?? ','} onChange={(delimiter) => onChange({ ...options, delimiter })} />}
      {format === 'regexp' && <TextRow label="Expression" placeholder="/(?<name>.*)/" value={options?.regExp} onChange={(regExp) => onChange({ ...options, regExp })} />}
      {format === 'json' && <TextRow label="Paths" placeholder="a.b, c[0] (empty: all)" value={paths.map(({ path, alias }) => (alias ? `${path} as ${alias}` : path)).join(', ')} onChange={(text) => onChange({ ...options, jsonPaths: text.split(',').map((one) => one.trim()).filter((one) => one !== '').map((one) => { const [path, alias] = one.split(/\s+as\s+/); return { path, ...(alias ? { alias } : {}) }; }) })} />}
      <SwitchRow label="Replace all fields" value={options?.replace === true} onChange={(replace) => onChange({ ...options, replace })} />
      {options?.replace && <SwitchRow label="Keep time" value={options?.keepTime === true} onChange={(keepTime) => onChange({ ...options, keepTime })} />}
    </>
  );
}

export function RegressionEditor({ options, onChange, input }: Props) {
  const numbers = namesOf(input, (type) => type === FieldType.number || type === FieldType.time);
  const model = options?.modelType ?? 'linear';
  return (
    <>
      <FieldRow label="X field" names={numbers} clearable value={options?.xFieldName} onChange={(xFieldName) => onChange({ ...options, xFieldName })} />
      <FieldRow label="Y field" names={numbers} clearable value={options?.yFieldName} onChange={(yFieldName) => onChange({ ...options, yFieldName })} />
      <ChoiceRow label="Model" options={[{ value: 'linear', label: 'Linear' }, { value: 'polynomial', label: 'Polynomial' }]} value={model} onChange={(modelType) => onChange({ ...options, modelType })} />
      {model === 'polynomial' && <TextRow label="Degree" type="number" value={options?.degree ?? 2} onChange={(degree) => onChange({ ...options, degree: Number(degree) || 2 })} />}
      <TextRow label="Points" type="number" value={options?.predictionCount ?? 100} onChange={(count) => onChange({ ...options, predictionCount: Number(count) || 100 })} />
    </>
  );
}

export function JoinByLabelsEditor({ options, onChange, input }: Props) {
  const labels = [...new Set(input.flatMap((frame) => frame.fields.flatMap((field) => Object.keys(field.labels ?? {}))))];
  return (
    <>
      <FieldRow label="Columns from" names={labels} value={options?.value} onChange={(value) => onChange({ ...options, value })} />
      <Row label="Rows by"><MultiSelect aria-label="Rows by" placeholder="All other labels" options={choices(labels)} value={options?.join ?? []} onChange={(chosen) => onChange({ ...options, join: chosen.map(({ value }) => value) })} /></Row>
    </>
  );
}
