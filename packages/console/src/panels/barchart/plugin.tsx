/** Numbers by category, as bars. */
import { classicColors, colorManipulator, FieldColorModeId, FieldConfigProperty, formattedValueToString, getFieldColorModeForField, getFieldSeriesColor, PanelPlugin, VizOrientation, type Field, type PanelProps } from '@grafana/data';
import { AxisPlacement, GraphGradientMode, ScaleDirection, ScaleDistribution, ScaleOrientation, StackingMode, TooltipDisplayMode, VisibilityMode } from '@grafana/schema';
import type { FieldConfig, Options } from '@grafana/schema/dist/esm/raw/composable/barchart/panelcfg/x/BarChartPanelCfg_types.gen';
import { commonOptionsBuilder, getFieldDisplayItems, getFieldDisplayLinks, getTextColorForBackground, graphFieldOptions, measureText, UPlotConfigBuilder, useTheme2 } from '@grafana/ui';
import { useMemo } from 'react';
import { paintBoxes, unseen, type Box } from '../parts/boxes.ts';
import { Chart } from '../parts/chart.tsx';
import { addThresholdStyle } from '../parts/graph-config.ts';
import { GraphTooltip } from '../parts/graph-tooltip.tsx';
import { fieldItems, legendOf } from '../parts/legend.tsx';
import { NoData } from '../parts/no-data.tsx';
import { barsOf, extents } from './bars.ts';

export function BarChartPanel({ data, width, height, options, timeZone }: PanelProps<Options>) {
  const theme = useTheme2();
  const bars = useMemo(() => barsOf(data.series, options.xField, options.colorByField), [data.series, options.xField, options.colorByField]);
  const horizontal = options.orientation === VizOrientation.Horizontal || (options.orientation === VizOrientation.Auto && width < height);
  const chart = useMemo(() => {
    if (typeof bars === 'string') return undefined;
    const { frame, x, colorBy } = bars;
    const shown = bars.bars.filter((field) => !field.config.custom?.hideFrom?.viz);
    const from = extents(shown, frame.length, options.stacking ?? StackingMode.None);
    const config = new UPlotConfigBuilder(timeZone);
    const labels = x.values.map((value: unknown) => (x.display ? formattedValueToString(x.display(value)) : String(value ?? '')));
    const cut = (text: string) => (options.xTickLabelMaxLength && text.length > options.xTickLabelMaxLength ? `${text.slice(0, options.xTickLabelMaxLength)}…` : text);
    const rotated = !horizontal && options.xTickLabelRotation !== 0;
    const longest = Math.max(0, ...labels.map((label) => measureText(cut(label), 12).width));
    config.addScale({
      scaleKey: 'x', orientation: horizontal ? ScaleOrientation.Vertical : ScaleOrientation.Horizontal, direction: horizontal ? ScaleDirection.Down : ScaleDirection.Right, range: () => [-0.5, frame.length - 0.5], distribution: ScaleDistribution.Linear,
    });
    const splits = Array.from({ length: frame.length }, (_, i) => i);
    config.addAxis({
      scaleKey: 'x', placement: horizontal ? AxisPlacement.Left : AxisPlacement.Bottom, theme, grid: { show: false }, ticks: { show: false }, gap: 8, tickLabelRotation: horizontal ? 0 : options.xTickLabelRotation, label: x.config.custom?.axisLabel,
      show: x.config.custom?.axisPlacement !== AxisPlacement.Hidden,
      splits: () => splits,
      values: (u: { readonly bbox: { readonly width: number; readonly height: number } }) => {
        const room = (horizontal ? u.bbox.height : u.bbox.width) / devicePixelRatio / Math.max(frame.length, 1);
        const need = horizontal || rotated ? 16 : Math.min(longest, 120) + 8;
        const every = Math.max(1, Math.ceil(need / Math.max(room, 1)));
        return labels.map((label, i) => (i % every === 0 ? cut(label) : ''));
      },
      ...(horizontal ? { size: Math.min(longest + 16, width / 2.5) } : rotated ? { size: Math.min(Math.abs(Math.sin((options.xTickLabelRotation * Math.PI) / 180)) * longest + 24, height / 2) } : {}),
    });
    const scaleOf = (field: Field) => (options.stacking && options.stacking !== StackingMode.None ? 'y' : `${field.config.unit ?? 'y'}`);
    const scales = new Map<string, Field[]>();
    shown.forEach((field) => scales.set(scaleOf(field), [...(scales.get(scaleOf(field)) ?? []), field]));
    for (const [scaleKey, fields] of scales) {
      const [{ config: of }] = fields as [Field];
      const spans = fields.flatMap((field) => from[shown.indexOf(field)]!.flatMap((span) => (span ? [span[0], span[1]] : [])));
      const low = Math.min(0, ...spans);
      const high = Math.max(0, ...spans);
      const pad = options.stacking === StackingMode.Percent ? 0 : (high - low || 1) * 0.1;
      config.addScale({
        scaleKey, orientation: horizontal ? ScaleOrientation.Horizontal : ScaleOrientation.Vertical, direction: horizontal ? ScaleDirection.Right : ScaleDirection.Up, distribution: of.custom?.scaleDistribution?.type,
        log: of.custom?.scaleDistribution?.log, linearThreshold: of.custom?.scaleDistribution?.linearThreshold,
        ...(of.custom?.scaleDistribution?.type === ScaleDistribution.Log ? {} : {
          range: () => [of.min ?? Math.min(low < 0 ? low - pad : 0, of.custom?.axisSoftMin ?? Infinity), of.max ?? Math.max(high > 0 ? high + pad : 0, of.custom?.axisSoftMax ?? -Infinity)] as [number, number],
        }),
      });
      if (of.custom?.axisPlacement !== AxisPlacement.Hidden) {
        config.addAxis({
          scaleKey, placement: horizontal ? AxisPlacement.Bottom : (of.custom?.axisPlacement ?? AxisPlacement.Auto), theme, label: of.custom?.axisLabel, grid: { show: of.custom?.axisGridShow }, decimals: of.decimals,
          formatValue: (value, decimals) => (options.stacking === StackingMode.Percent ? `${Math.round(value * 100)}%` : formattedValueToString(fields[0]!.display!(value, decimals))),
        });
      }
      if (of.custom?.thresholdsStyle && of.thresholds && of.custom.thresholdsStyle.mode !== 'off') config.addThresholds({ config: of.custom.thresholdsStyle, thresholds: of.thresholds, scaleKey, theme, hardMin: of.min, hardMax: of.max });
    }
    for (const field of shown) config.addSeries({ ...unseen, scaleKey: scaleOf(field), theme, show: true });
    const stacked = options.stacking !== undefined && options.stacking !== StackingMode.None;
    const colors = shown.map((field) => colorsOf(field, colorBy, frame.length, theme));
    paintBoxes(config, (u) => {
      const along = Math.abs(u.valToPos(1, 'x') - u.valToPos(0, 'x')) || (horizontal ? u.over.clientHeight : u.over.clientWidth);
      const group = along * (shown.length > 1 && !stacked ? options.groupWidth : 1);
      const lane = stacked ? group : group / shown.length;
      const thick = Math.max(lane * options.barWidth, 1);
      const boxes: Box[] = [];
      for (let row = 0; row < frame.length; row++) {
        shown.forEach((field, series) => {
          const span = from[series]![row];
          if (!span) return;
          const scaleKey = scaleOf(field);
          const middle = u.valToPos(row, 'x') - group / 2 + (stacked ? group / 2 : lane * (series + 0.5));
          const a = u.valToPos(span[0], scaleKey);
          const b = u.valToPos(span[1], scaleKey);
          const [start, length] = [Math.min(a, b), Math.max(Math.abs(a - b), 1)];
          const color = colors[series]![row]!;
          const { fillOpacity = 80, lineWidth = 1, gradientMode } = (field.config.custom ?? {}) as FieldConfig;
          const place = horizontal ? { x: start, y: middle - thick / 2, width: length, height: thick } : { x: middle - thick / 2, y: start, width: thick, height: length };
          let fill: string | CanvasGradient = colorManipulator.alpha(color, fillOpacity / 100);
          if (gradientMode && gradientMode !== GraphGradientMode.None) {
            const gradient = horizontal ? u.ctx.createLinearGradient(place.x, 0, place.x + place.width, 0) : u.ctx.createLinearGradient(0, place.y + place.height, 0, place.y);
            gradient.addColorStop(0, colorManipulator.alpha(color, (fillOpacity / 100) * 0.2));
            gradient.addColorStop(1, fill);
            fill = gradient;
          }
          const negative = span[1] < span[0];
          boxes.push({
            ...place, series: series + 1, index: row, fill, stroke: color, lineWidth, radius: options.barRadius ? options.barRadius * thick : 0,
            ...(options.showValue === VisibilityMode.Never ? {} : {
              label: formattedValueToString(field.display!(field.values[row])), labelColor: stacked && fillOpacity > 50 ? getTextColorForBackground(color) : theme.colors.text.primary,
              ...(stacked ? {} : { labelOutside: horizontal ? (negative ? 'left' as const : 'right' as const) : negative ? 'below' as const : 'above' as const }),
            }),
          });
        });
      }
      return boxes;
    }, { fontSize: options.text?.valueSize ?? 12, labelsForced: options.showValue === VisibilityMode.Always, columnHit: options.fullHighlight || !horizontal });
    const rows = splits;
    config.setPrepData(() => [rows, ...shown.map((field) => field.values)] as never);
    return { config, shown, labels, values: [rows, ...shown.map((field) => field.values)] as never };
  }, [bars, options, horizontal, theme, timeZone, width, height]);
  if (typeof bars === 'string' || !chart) return <NoData data={data} text={typeof bars === 'string' ? bars : undefined} />;
  const items = fieldItems(bars.frame, data.series, theme, options.legend.calcs, (field) => bars.bars.includes(field));
  const { mode = TooltipDisplayMode.Single, sort, hideZeros, maxHeight, maxWidth } = options.tooltip ?? {};
  return (
    <Chart
      config={chart.config} data={chart.values} width={width} height={height} maxWidth={maxWidth} legend={options.legend.showLegend ? legendOf(items, options.legend) : null}
      tooltip={mode === TooltipDisplayMode.None ? undefined : (series, row, isPinned) => {
        const fields = [bars.x, ...chart.shown];
        return (
          <GraphTooltip
            header={chart.labels[row] ?? ''} isPinned={isPinned} maxHeight={maxHeight} links={isPinned ? getFieldDisplayLinks(chart.shown[series - 1]!, row) : []}
            items={getFieldDisplayItems(fields, bars.x, fields.map(() => row), series, mode, sort, undefined, hideZeros)}
          />
        );
      }}
    />
  );
}

/** One color a bar: by the value where the field's mode asks for it, by another field, or that of the series. */
function colorsOf(field: Field, colorBy: Field | undefined, length: number, theme: ReturnType<typeof useTheme2>): readonly string[] {
  const own = getFieldSeriesColor(field, theme).color ?? classicColors[0]!;
  const byValue = getFieldColorModeForField(field).isByValue === true || (field.config.mappings?.length ?? 0) > 0;
  return Array.from({ length }, (_, row) => {
    if (colorBy?.display) return colorBy.display(colorBy.values[row]).color ?? own;
    return byValue && field.display ? (field.display(field.values[row]).color ?? own) : own;
  });
}

// biome-ignore lint/correctness/useHookAtTopLevel: a method of plugins that only sounds like a hook
export const plugin = new PanelPlugin<Options, FieldConfig>(BarChartPanel)
  .useFieldConfig({
    standardOptions: { [FieldConfigProperty.Color]: { settings: { byValueSupport: true, preferThresholdsMode: false }, defaultValue: { mode: FieldColorModeId.PaletteClassic } } },
    useCustomConfig(builder) {
      const category = ['Bar styles'];
      builder
        .addSliderInput({ path: 'lineWidth', name: 'Line width', category, defaultValue: 1, settings: { min: 0, max: 10, step: 1 } })
        .addSliderInput({ path: 'fillOpacity', name: 'Fill opacity', category, defaultValue: 80, settings: { min: 0, max: 100, step: 1 } })
        .addRadio({ path: 'gradientMode', name: 'Gradient mode', category, defaultValue: GraphGradientMode.None, settings: { options: graphFieldOptions.fillGradient } });
      commonOptionsBuilder.addAxisConfig(builder as never, {});
      commonOptionsBuilder.addHideFrom(builder);
      addThresholdStyle(builder as never);
    },
  })
  .setPanelOptions((builder) => {
    const category = ['Bar chart'];
    builder
      .addFieldNamePicker({ path: 'xField', name: 'X axis', category, settings: { placeholderText: 'First text or time field' } })
      .addRadio({ path: 'orientation', name: 'Orientation', category, defaultValue: VizOrientation.Auto, settings: { options: [{ value: VizOrientation.Auto, label: 'Auto' }, { value: VizOrientation.Horizontal, label: 'Horizontal' }, { value: VizOrientation.Vertical, label: 'Vertical' }] } })
      .addSliderInput({ path: 'xTickLabelRotation', name: 'Rotate x-axis tick labels', category, defaultValue: 0, settings: { min: -90, max: 90, step: 15 } })
      .addNumberInput({ path: 'xTickLabelMaxLength', name: 'X-axis tick label max length', category, settings: { placeholder: 'none', min: 0 } })
      .addRadio({ path: 'showValue', name: 'Show values', category, defaultValue: VisibilityMode.Auto, settings: { options: [{ value: VisibilityMode.Auto, label: 'Auto' }, { value: VisibilityMode.Always, label: 'Always' }, { value: VisibilityMode.Never, label: 'Never' }] } })
      .addRadio({ path: 'stacking', name: 'Stacking', category, defaultValue: StackingMode.None, settings: { options: graphFieldOptions.stacking } })
      .addSliderInput({ path: 'groupWidth', name: 'Group width', category, defaultValue: 0.7, settings: { min: 0, max: 1, step: 0.01 }, showIf: ({ stacking }) => stacking === StackingMode.None })
      .addSliderInput({ path: 'barWidth', name: 'Bar width', category, defaultValue: 0.97, settings: { min: 0, max: 1, step: 0.01 } })
      .addSliderInput({ path: 'barRadius', name: 'Bar radius', category, defaultValue: 0, settings: { min: 0, max: 0.5, step: 0.05 } })
      .addBooleanSwitch({ path: 'fullHighlight', name: 'Highlight full area on hover', category, defaultValue: false })
      .addFieldNamePicker({ path: 'colorByField', name: 'Color by field', category });
    commonOptionsBuilder.addTooltipOptions(builder);
    commonOptionsBuilder.addLegendOptions(builder);
    commonOptionsBuilder.addTextSizeOptions(builder, { withTitle: false, withValue: true });
  });
