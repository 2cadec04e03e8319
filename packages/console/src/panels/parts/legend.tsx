/** A legend of drawings that bring their own items. */
import { type DisplayProcessor, FieldType, getFieldDisplayName, getFieldSeriesColor, reduceField, fieldReducers, type DataFrame, type DisplayValue, type Field, type GrafanaTheme2 } from '@grafana/data';
import { LegendDisplayMode, type VizLegendOptions } from '@grafana/schema';
import { VizLayout, VizLegend, type VizLayoutLegendProps, type VizLegendItem } from '@grafana/ui';
import type { ReactElement } from 'react';

/** An element of `VizLayout.Legend` itself: the layout reads its place from its properties. */
export function legendOf(items: readonly VizLegendItem[], legend: VizLegendOptions): ReactElement<VizLayoutLegendProps> {
  return (
    <VizLayout.Legend placement={legend.placement} width={legend.width} maxHeight="35%" maxWidth="60%">
      <VizLegend items={[...items]} placement={legend.placement} displayMode={legend.displayMode ?? LegendDisplayMode.List} sortBy={legend.sortBy} sortDesc={legend.sortDesc} isSortable limit={legend.limit} />
    </VizLayout.Legend>
  );
}

/** The values that a legend shows beside a name. */
export function calculated(field: Field, calcs: readonly string[]): DisplayValue[] {
  if (calcs.length === 0) return [];
  const results = reduceField({ field, reducers: [...calcs] });
  const display: DisplayProcessor = field.display ?? ((value) => ({ numeric: Number(value), text: String(value) }));
  return calcs.map((calc) => {
    const { name, preservesUnits } = fieldReducers.get(calc);
    const value = display(results[calc]);
    return { ...value, title: name, description: name, ...(preservesUnits === false ? { text: String(results[calc]), suffix: '', prefix: '' } : {}) };
  });
}

/** An item for each field with numbers that may be in a legend. */
export function fieldItems(frame: DataFrame, frames: readonly DataFrame[], theme: GrafanaTheme2, calcs: readonly string[], fits = (field: Field) => field.type === FieldType.number): VizLegendItem[] {
  return frame.fields.flatMap((field, i): VizLegendItem[] => {
    if (!fits(field) || field.config.custom?.hideFrom?.legend) return [];
    const label = getFieldDisplayName(field, frame, [...frames]);
    return [{
      label, fieldName: label, yAxis: 1, color: getFieldSeriesColor(field, theme).color, disabled: field.config.custom?.hideFrom?.viz === true, getDisplayValues: () => calculated(field, calcs), getItemKey: () => `${label}-${i}`,
      fieldIndex: field.state?.origin ?? { frameIndex: 0, fieldIndex: i },
    }];
  });
}
