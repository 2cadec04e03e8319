import type { StandardEditorProps } from '@grafana/data';
import { BarGaugeDisplayMode, BarGaugeValueMode, TableCellBackgroundDisplayMode, TableCellDisplayMode, type TableCellOptions } from '@grafana/schema';
import { Combobox, InlineSwitch, Input, RadioButtonGroup, Stack } from '@grafana/ui';

const kinds = [
  { value: TableCellDisplayMode.Auto, label: 'Auto' }, { value: TableCellDisplayMode.ColorText, label: 'Colored text' }, { value: TableCellDisplayMode.ColorBackground, label: 'Colored background' },
  { value: TableCellDisplayMode.Gauge, label: 'Gauge' }, { value: TableCellDisplayMode.Sparkline, label: 'Sparkline' }, { value: TableCellDisplayMode.DataLinks, label: 'Data links' }, { value: TableCellDisplayMode.Pill, label: 'Pill' },
  { value: TableCellDisplayMode.Markdown, label: 'Markdown' }, { value: TableCellDisplayMode.JSONView, label: 'JSON view' }, { value: TableCellDisplayMode.Image, label: 'Image' }, { value: TableCellDisplayMode.Actions, label: 'Actions' },
] as const;

export function CellOptionsEditor({ value, onChange }: StandardEditorProps<TableCellOptions>) {
  const cell: TableCellOptions = value ?? { type: TableCellDisplayMode.Auto };
  return (
    <Stack direction="column" gap={0.5}>
      <Combobox aria-label="Cell type" options={[...kinds]} value={cell.type} onChange={({ value: type }) => onChange({ type } as TableCellOptions)} />
      {cell.type === TableCellDisplayMode.Gauge && (
        <>
          <RadioButtonGroup aria-label="Gauge display mode" value={cell.mode ?? BarGaugeDisplayMode.Gradient} onChange={(mode) => onChange({ ...cell, mode })} options={[{ value: BarGaugeDisplayMode.Basic, label: 'Basic' }, { value: BarGaugeDisplayMode.Gradient, label: 'Gradient' }, { value: BarGaugeDisplayMode.Lcd, label: 'Retro LCD' }]} />
          <RadioButtonGroup aria-label="Value display" value={cell.valueDisplayMode ?? BarGaugeValueMode.Text} onChange={(valueDisplayMode) => onChange({ ...cell, valueDisplayMode })} options={[{ value: BarGaugeValueMode.Color, label: 'Value color' }, { value: BarGaugeValueMode.Text, label: 'Text color' }, { value: BarGaugeValueMode.Hidden, label: 'Hidden' }]} />
        </>
      )}
      {cell.type === TableCellDisplayMode.ColorBackground && (
        <>
          <RadioButtonGroup aria-label="Background display mode" value={cell.mode ?? TableCellBackgroundDisplayMode.Gradient} onChange={(mode) => onChange({ ...cell, mode })} options={[{ value: TableCellBackgroundDisplayMode.Basic, label: 'Basic' }, { value: TableCellBackgroundDisplayMode.Gradient, label: 'Gradient' }]} />
          <InlineSwitch label="Apply to entire row" showLabel value={cell.applyToRow === true} onChange={(event) => onChange({ ...cell, applyToRow: event.currentTarget.checked })} />
        </>
      )}
      {cell.type === TableCellDisplayMode.Sparkline && <InlineSwitch label="Hide value" showLabel value={cell.hideValue === true} onChange={(event) => onChange({ ...cell, hideValue: event.currentTarget.checked })} />}
      {cell.type === TableCellDisplayMode.Image && <Input aria-label="Alternative text" placeholder="Alternative text" defaultValue={cell.alt ?? ''} onBlur={(event) => onChange({ ...cell, alt: event.currentTarget.value })} />}
    </Stack>
  );
}
