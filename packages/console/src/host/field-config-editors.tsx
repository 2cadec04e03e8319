/** Editors of single values, as panels' options and field configurations name them. */
import { css } from '@emotion/css';
import {
  fieldColorModeRegistry, FieldColorModeId, getFieldDisplayName, MappingType, SpecialValueMatch, ThresholdsMode, type DataLink, type FieldColor, type FieldColorConfigSettings,
  type FieldNamePickerConfigSettings, type GrafanaTheme2, type NumberFieldConfigSettings, type SelectableValue, type SelectFieldConfigSettings, type SliderFieldConfigSettings, type StandardEditorProps,
  type StatsPickerConfigSettings, type StringFieldConfigSettings, type Threshold, type ThresholdsConfig, type ValueMapping,
} from '@grafana/data';
import {
  Button, ColorPicker, Combobox, DataLinksInlineEditor, IconButton, Input, MultiSelect, RadioButtonGroup, Select, Slider, StatsPicker, Switch, TagsInput, TextArea, TimeZonePicker, UnitPicker, useStyles2, useTheme2,
} from '@grafana/ui';
import { useEffect, useState } from 'react';
import { api } from '../api/client.ts';
import { JsonText } from './json-text.tsx';

type Props<Value, Settings = object> = StandardEditorProps<Value, Settings>;

/** A text field that tells its value when it is left or Enter is pressed, not at every key. */
function Typed({ value, onDone, ...rest }: { readonly value: string; readonly onDone: (value: string) => void } & Omit<React.ComponentProps<typeof Input>, 'value' | 'onChange' | 'onBlur'>) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const done = () => text !== value && onDone(text);
  return <Input {...rest} value={text} onChange={(event) => setText(event.currentTarget.value)} onBlur={done} onKeyDown={(event) => event.key === 'Enter' && done()} />;
}

const numberIn = (text: string): number | undefined => (text.trim() === '' || Number.isNaN(Number(text)) ? undefined : Number(text));

export function NumberEditor({ value, onChange, item: { settings, name }, id }: Props<number, NumberFieldConfigSettings>) {
  const done = (text: string) => {
    const read = numberIn(text);
    if (read === undefined) return onChange(undefined);
    const { min = -Infinity, max = Infinity, integer } = settings ?? {};
    onChange(Math.min(max, Math.max(min, integer ? Math.round(read) : read)));
  };
  return <Typed id={id} aria-label={name} type="number" value={value === undefined || value === null ? '' : String(value)} placeholder={settings?.placeholder} min={settings?.min} max={settings?.max} step={settings?.step} onDone={done} />;
}

export function SliderEditor({ value, onChange, item: { settings, name }, id }: Props<number, SliderFieldConfigSettings>) {
  return <Slider value={value ?? settings?.min ?? 0} min={settings?.min ?? 0} max={settings?.max ?? 100} step={settings?.step} marks={settings?.marks} included={settings?.included} inputId={id} ariaLabelForHandle={name} onAfterChange={onChange} onChange={onChange} />;
}

export function TextEditor({ value, onChange, item: { settings, name }, id }: Props<string, StringFieldConfigSettings>) {
  const done = (text: string) => onChange(text === '' ? undefined : text);
  if (settings?.useTextarea) return <TextArea id={id} aria-label={name} defaultValue={value ?? ''} rows={settings.rows ?? 5} placeholder={settings.placeholder} onBlur={(event) => done(event.currentTarget.value)} />;
  return <Typed id={id} aria-label={name} value={value ?? ''} placeholder={settings?.placeholder} maxLength={settings?.maxLength} onDone={done} />;
}

export function TextsEditor({ value, onChange, item: { settings, name }, id }: Props<string[], StringFieldConfigSettings>) {
  return <TagsInput id={id} aria-label={name} tags={value ?? []} onChange={onChange} placeholder={settings?.placeholder ?? 'Type and press Enter'} />;
}

export function SwitchEditor({ value, onChange, item: { name }, id }: Props<boolean>) {
  return <Switch id={id} aria-label={name} value={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
}

/** The choices, which may depend on the data. */
function useChoices<Value>({ item: { settings }, context }: Props<Value, SelectFieldConfigSettings<Value>>, value: unknown): SelectableValue<Value>[] {
  const [offered, setOffered] = useState<SelectableValue<Value>[]>(settings?.options ?? []);
  const getOptions = settings?.getOptions;
  useEffect(() => {
    if (!getOptions) return setOffered(settings?.options ?? []);
    let dropped = false;
    getOptions(context).then((options) => !dropped && setOffered(options)).catch(() => setOffered([]));
    return () => {
      dropped = true;
    };
  }, [getOptions, settings?.options, context]);
  const chosen = (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]) as Value[];
  return [...offered, ...chosen.filter((one) => !offered.some((option) => option.value === one)).map((one) => ({ value: one, label: String(one) }))];
}

export function SelectEditor(props: Props<unknown, SelectFieldConfigSettings<unknown>>) {
  const { value, onChange, item: { settings, name }, id } = props;
  const options = useChoices(props, value);
  return <Select inputId={id} aria-label={name} options={options} value={options.find((option) => option.value === value) ?? null} isClearable={settings?.isClearable} allowCustomValue={settings?.allowCustomValue} onChange={(option) => onChange(option?.value)} />;
}

export function MultiSelectEditor(props: Props<unknown[], SelectFieldConfigSettings<unknown>>) {
  const { value, onChange, item: { settings, name }, id } = props;
  const options = useChoices(props as never, value);
  return <MultiSelect inputId={id} aria-label={name} options={options} value={value ?? []} allowCustomValue={settings?.allowCustomValue} onChange={(chosen) => onChange(chosen.map((option) => option.value))} />;
}

export function RadioEditor(props: Props<unknown, SelectFieldConfigSettings<unknown>>) {
  const { value, onChange, item: { name }, id } = props;
  const options = props.item.settings?.options ?? [];
  if (options.length > 4) return <SelectEditor {...props} />;
  return <RadioButtonGroup id={id} aria-label={name} fullWidth options={options} value={value} onChange={onChange} />;
}

export function UnitEditor({ value, onChange, id }: Props<string>) {
  const styles = useStyles2(stylesOf);
  return (
    <div className={styles.row}>
      <div className={styles.wide}><UnitPicker id={id} value={value} onChange={onChange} /></div>
      {value && <IconButton name="times" aria-label="Remove the unit" onClick={() => onChange(undefined)} />}
    </div>
  );
}

export function ColorEditor({ value, onChange, item: { settings } }: Props<string, { readonly isClearable?: boolean }>) {
  const styles = useStyles2(stylesOf);
  return (
    <div className={styles.row}>
      <ColorPicker color={value || 'transparent'} onChange={onChange} enableNamedColors />
      <span>{value || 'None'}</span>
      {value && settings?.isClearable !== false && <IconButton name="times" aria-label="Remove the color" onClick={() => onChange(undefined)} />}
    </div>
  );
}

const seriesChoices = [{ value: 'last', label: 'Last' }, { value: 'min', label: 'Min' }, { value: 'max', label: 'Max' }] as const;

export function FieldColorEditor({ value, onChange, item: { settings }, id }: Props<FieldColor, FieldColorConfigSettings>) {
  const styles = useStyles2(stylesOf);
  const theme = useTheme2();
  const mode = fieldColorModeRegistry.getIfExists(value?.mode) ?? fieldColorModeRegistry.get(FieldColorModeId.Thresholds);
  const options = fieldColorModeRegistry.list()
    .filter((one) => (settings?.byValueSupport !== false || !one.isByValue) && (one.id !== FieldColorModeId.Gradient || settings?.gradientSupport) && !one.excludeFromPicker)
    .map((one) => ({
      value: one.id, label: one.name, description: one.description,
      component: one.getColors ? () => <span className={styles.band} style={{ background: bandOf(one.getColors!(theme), one.isContinuous === true) }} /> : undefined,
    }));
  const oneColor = mode.id === FieldColorModeId.Fixed || mode.id === FieldColorModeId.Shades || mode.id === FieldColorModeId.Gradient;
  return (
    <div className={styles.column}>
      <Select inputId={id} aria-label="Color scheme" options={options as SelectableValue<string>[]} value={mode.id} onChange={(option) => onChange({ ...value, mode: option.value as FieldColorModeId, ...(option.value === FieldColorModeId.Fixed || option.value === FieldColorModeId.Shades ? { fixedColor: value?.fixedColor ?? 'blue' } : {}) })} />
      {oneColor && (
        <div className={styles.row}>
          <ColorPicker color={value?.fixedColor ?? 'blue'} enableNamedColors onChange={(fixedColor) => onChange({ ...value, mode: mode.id as FieldColorModeId, fixedColor })} />
          <span>{value?.fixedColor ?? 'blue'}</span>
        </div>
      )}
      {settings?.bySeriesSupport && mode.isByValue && (
        <RadioButtonGroup aria-label="Color of a series by its" options={[...seriesChoices]} value={value?.seriesBy ?? 'last'} onChange={(seriesBy) => onChange({ ...value, mode: mode.id as FieldColorModeId, seriesBy })} />
      )}
    </div>
  );
}

const bandOf = (colors: readonly string[], continuous: boolean) =>
  `linear-gradient(90deg, ${continuous ? colors.join(', ') : colors.map((color, at) => `${color} ${(at / colors.length) * 100}% ${((at + 1) / colors.length) * 100}%`).join(', ')})`;

const nextColors = ['green', 'yellow', 'orange', 'red', 'purple', 'blue'];

export function ThresholdsEditor({ value, onChange }: Props<ThresholdsConfig>) {
  const styles = useStyles2(stylesOf);
  const mode = value?.mode ?? ThresholdsMode.Absolute;
  const steps: readonly Threshold[] = value?.steps?.length ? value.steps : [{ value: -Infinity, color: 'green' }];
  const save = (next: readonly Threshold[]) => {
    const [base, ...above] = next;
    onChange({ mode, steps: [{ ...base!, value: -Infinity }, ...above.toSorted((a, b) => a.value - b.value)] });
  };
  const change = (at: number, change_: Partial<Threshold>) => save(steps.map((step, i) => (i === at ? { ...step, ...change_ } : step)));
  const add = () => save([...steps, { value: steps.length > 1 ? steps.at(-1)!.value + 10 : mode === ThresholdsMode.Percentage ? 80 : 0, color: nextColors[steps.length % nextColors.length]! }]);
  return (
    <div className={styles.column}>
      <Button variant="secondary" size="sm" icon="plus" fullWidth onClick={add}>Add threshold</Button>
      {steps.map((step, at) => ({ step, at })).reverse().map(({ step, at }) => (
        <div key={`${at} of ${steps.length}`} className={styles.row}>
          <ColorPicker color={step.color} enableNamedColors onChange={(color) => change(at, { color })} />
          {at === 0 ? <Input aria-label="Base" value="Base" disabled /> : (
            <Typed aria-label={`Threshold ${at}`} type="number" value={String(step.value)} onDone={(text) => change(at, { value: numberIn(text) ?? 0 })} suffix={mode === ThresholdsMode.Percentage ? '%' : undefined} />
          )}
          {at > 0 && <IconButton name="trash-alt" aria-label={`Remove threshold ${at}`} onClick={() => save(steps.filter((_, i) => i !== at))} />}
        </div>
      ))}
      <RadioButtonGroup
        aria-label="Thresholds are" options={[{ value: ThresholdsMode.Absolute, label: 'Absolute' }, { value: ThresholdsMode.Percentage, label: 'Percentage', description: 'Of what lies between min and max' }]}
        value={mode} onChange={(next) => onChange({ mode: next, steps: [...steps] })}
      />
    </div>
  );
}

/** One line of the editor of mappings; of kind `value` several make one mapping. */
interface MappingLine {
  readonly kind: MappingType;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly color: string | undefined;
  readonly icon: string | undefined;
}

export function linesOf(mappings: readonly ValueMapping[]): readonly MappingLine[] {
  return mappings.flatMap((mapping): readonly MappingLine[] => {
    switch (mapping.type) {
      case MappingType.ValueToText:
        return Object.entries(mapping.options).toSorted(([, a], [, b]) => (a.index ?? 0) - (b.index ?? 0))
          .map(([from, { text, color, icon }]) => ({ kind: mapping.type, from, to: '', text: text ?? '', color, icon }));
      case MappingType.RangeToText: {
        const { from, to, result } = mapping.options;
        return [{ kind: mapping.type, from: from === null ? '' : String(from), to: to === null ? '' : String(to), text: result.text ?? '', color: result.color, icon: result.icon }];
      }
      case MappingType.RegexToText:
        return [{ kind: mapping.type, from: mapping.options.pattern, to: '', text: mapping.options.result.text ?? '', color: mapping.options.result.color, icon: mapping.options.result.icon }];
      case MappingType.SpecialValue:
        return [{ kind: mapping.type, from: mapping.options.match, to: '', text: mapping.options.result.text ?? '', color: mapping.options.result.color, icon: mapping.options.result.icon }];
      default:
        return [];
    }
  });
}

export function mappingsOf(lines: readonly MappingLine[]): ValueMapping[] {
  const mappings: ValueMapping[] = [];
  const values: Record<string, { text?: string; color?: string; icon?: string; index: number }> = {};
  for (const [index, { kind, from, to, text, color, icon }] of lines.entries()) {
    const result = { ...(text === '' ? {} : { text }), ...(color === undefined ? {} : { color }), ...(icon === undefined ? {} : { icon }), index };
    if (kind === MappingType.ValueToText) {
      if (Object.keys(values).length === 0) mappings.push({ type: MappingType.ValueToText, options: values });
      values[from] = result;
    }
    if (kind === MappingType.RangeToText) mappings.push({ type: kind, options: { from: numberIn(from) ?? null, to: numberIn(to) ?? null, result } });
    if (kind === MappingType.RegexToText) mappings.push({ type: kind, options: { pattern: from, result } });
    if (kind === MappingType.SpecialValue) mappings.push({ type: kind, options: { match: (from || SpecialValueMatch.Null) as SpecialValueMatch, result } });
  }
  return mappings;
}

const mappingKinds = [
  { value: MappingType.ValueToText, label: 'Value' }, { value: MappingType.RangeToText, label: 'Range' }, { value: MappingType.RegexToText, label: 'Regex' }, { value: MappingType.SpecialValue, label: 'Special' },
];

const specialValues = [
  { value: SpecialValueMatch.Null, label: 'Null' }, { value: SpecialValueMatch.NaN, label: 'NaN' }, { value: SpecialValueMatch.NullAndNaN, label: 'Null or NaN' }, { value: SpecialValueMatch.True, label: 'True' },
  { value: SpecialValueMatch.False, label: 'False' }, { value: SpecialValueMatch.Empty, label: 'Empty text' },
];

export function MappingsEditor({ value, onChange }: Props<ValueMapping[]>) {
  const styles = useStyles2(stylesOf);
  const lines = linesOf(value ?? []);
  const save = (next: readonly MappingLine[]) => onChange(mappingsOf(next));
  const change = (at: number, change_: Partial<MappingLine>) => save(lines.map((line, i) => (i === at ? { ...line, ...change_ } : line)));
  const unused = () => {
    for (let n = lines.length; ; n++) if (!lines.some(({ kind, from }) => kind === MappingType.ValueToText && from === String(n))) return String(n);
  };
  return (
    <div className={styles.column}>
      {lines.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: these have no other name than their place
        <div key={`${at} of ${lines.length}`} className={styles.boxed}>
          <div className={styles.row}>
            <Combobox aria-label={`Kind of mapping ${at + 1}`} options={mappingKinds} value={line.kind} onChange={({ value: kind }) => change(at, { kind: kind as MappingType, from: kind === MappingType.SpecialValue ? SpecialValueMatch.Null : line.from })} />
            <IconButton name="trash-alt" aria-label={`Remove mapping ${at + 1}`} onClick={() => save(lines.filter((_, i) => i !== at))} />
          </div>
          <div className={styles.row}>
            {line.kind === MappingType.SpecialValue
              ? <Combobox aria-label={`Special value of mapping ${at + 1}`} options={specialValues} value={line.from as SpecialValueMatch} onChange={({ value: from }) => change(at, { from: from! })} />
              : <Typed aria-label={line.kind === MappingType.RangeToText ? `From, of mapping ${at + 1}` : `What mapping ${at + 1} applies to`} value={line.from} placeholder={line.kind === MappingType.RegexToText ? 'Regular expression' : line.kind === MappingType.RangeToText ? 'From' : 'Value'} onDone={(from) => change(at, { from })} />}
            {line.kind === MappingType.RangeToText && <Typed aria-label={`To, of mapping ${at + 1}`} value={line.to} placeholder="To" onDone={(to) => change(at, { to })} />}
          </div>
          <div className={styles.row}>
            <Typed aria-label={`Text of mapping ${at + 1}`} value={line.text} placeholder="Text to show" onDone={(text) => change(at, { text })} />
            <ColorPicker color={line.color ?? 'transparent'} enableNamedColors onChange={(color) => change(at, { color })} />
          </div>
        </div>
      ))}
      <Button variant="secondary" size="sm" icon="plus" fullWidth onClick={() => save([...lines, { kind: MappingType.ValueToText, from: unused(), to: '', text: '', color: undefined, icon: undefined }])}>Add mapping</Button>
    </div>
  );
}

export function LinksEditor({ value, onChange, context, item: { settings } }: Props<DataLink[], { readonly showOneClick?: boolean }>) {
  return <DataLinksInlineEditor links={value ?? []} onChange={onChange} data={context.data} getSuggestions={() => context.getSuggestions?.() ?? []} showOneClick={settings?.showOneClick} />;
}

export function JsonValueEditor({ value, onChange, item: { name } }: Props<unknown>) {
  return <JsonText label={name} value={value ?? []} onChange={onChange} />;
}

export function CalculationsEditor({ value, onChange, item: { settings, name }, id }: Props<string[], StatsPickerConfigSettings>) {
  if (settings?.allowMultiple) return <StatsPicker id={id} aria-label={name} allowMultiple stats={value ?? []} onChange={onChange} />;
  return <StatsPicker id={id} aria-label={name} stats={value ?? []} defaultStat={settings?.defaultStat} onChange={onChange} />;
}

export function TimeZoneEditor({ value, onChange, id }: Props<string>) {
  return <TimeZonePicker inputId={id} includeInternal value={value} onChange={onChange} />;
}

export function FieldNameEditor({ value, onChange, context, item: { settings, name }, id }: Props<string, FieldNamePickerConfigSettings>) {
  const names = new Set(context.data.flatMap((frame) => frame.fields.filter((field) => settings?.filter?.(field) ?? true).map((field) => getFieldDisplayName(field, frame, context.data))));
  const options = [...names, ...(value && !names.has(value) ? [value] : [])].map((one) => ({ value: one, label: one }));
  return (
    <Select
      inputId={id} aria-label={name} options={options} value={value ?? null} allowCustomValue isClearable={settings?.isClearable !== false} placeholder={settings?.placeholderText ?? 'Choose a field'}
      noOptionsMessage={settings?.noFieldsMessage ?? 'There are no fields'} onChange={(option) => onChange(option?.value)}
    />
  );
}

interface DashboardHit {
  readonly uid: string;
  readonly title: string;
  readonly folderTitle?: string;
}

export function DashboardEditor({ value, onChange, item: { name }, id }: Props<string>) {
  const options = async (query: string) => (await api.get<DashboardHit[]>('/api/search', { type: 'dash-db', limit: 50, query })).map(({ uid, title, folderTitle }) => ({ value: uid, label: title, ...(folderTitle ? { description: folderTitle } : {}) }));
  return <Combobox id={id} aria-label={name} options={options} value={value ?? null} isClearable placeholder="Choose a dashboard" onChange={(option) => onChange(option?.value)} />;
}

const stylesOf = (theme: GrafanaTheme2) => ({
  row: css({ display: 'flex', gap: theme.spacing(1), alignItems: 'center' }),
  wide: css({ flex: 1 }),
  column: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  boxed: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(0.5), padding: theme.spacing(1), border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default }),
  band: css({ display: 'block', width: '100%', height: 8, borderRadius: theme.shape.radius.default }),
});
