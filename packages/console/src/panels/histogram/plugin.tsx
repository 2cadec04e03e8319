/** How often values fall into buckets. */
import {
  buildHistogram, colorManipulator, FieldColorModeId, FieldConfigProperty, formattedValueToString, getDisplayProcessor, getFieldSeriesColor, getHistogramFields, histogramFieldsToFrame, PanelPlugin, type DataFrame, type Field, type PanelProps,
} from '@grafana/data';
import { AxisPlacement, GraphGradientMode, ScaleDirection, ScaleOrientation, StackingMode, TooltipDisplayMode } from '@grafana/schema';
import type { FieldConfig, Options } from '@grafana/schema/dist/esm/raw/composable/histogram/panelcfg/x/HistogramPanelCfg_types.gen';
import { commonOptionsBuilder, getFieldDisplayItems, graphFieldOptions, UPlotConfigBuilder, useTheme2 } from '@grafana/ui';
import { useMemo } from 'react';
import { extents } from '../barchart/bars.ts';
import { paintBoxes, unseen, type Box } from '../parts/boxes.ts';
import { Chart } from '../parts/chart.tsx';
import { GraphTooltip } from '../parts/graph-tooltip.tsx';
import { fieldItems, legendOf } from '../parts/legend.tsx';
import { NoData } from '../parts/no-data.tsx';

interface Buckets {
  readonly frame: DataFrame;
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly counts: readonly Field[];
}

export function HistogramPanel({ data, width, height, options, timeZone }: PanelProps<Options>) {
  const theme = useTheme2();
  const { bucketCount, bucketSize, bucketOffset, combine } = options;
  const buckets = useMemo((): Buckets | undefined => {
    const ready = data.series.length === 1 ? getHistogramFields(data.series[0]!) : undefined;
    const info = ready ?? buildHistogram(data.series, { bucketCount, bucketOffset, combine, ...(bucketSize ? { bucketSize } : {}) }, theme);
    if (!info || info.xMin.values.length === 0) return undefined;
    const frame = ready ? data.series[0]! : histogramFieldsToFrame(info, theme);
    const [, , ...counts] = frame.fields;
    for (const field of frame.fields) field.display ??= getDisplayProcessor({ field, theme });
    return { frame, from: frame.fields[0]!.values, to: frame.fields[1]!.values, counts };
  }, [data.series, bucketCount, bucketSize, bucketOffset, combine, theme]);
  const chart = useMemo(() => {
    if (!buckets) return undefined;
    const { frame, from, to } = buckets;
    const shown = buckets.counts.filter((field) => !field.config.custom?.hideFrom?.viz);
    const stacking: StackingMode = shown[0]?.config.custom?.stacking?.mode ?? StackingMode.None;
    const spans = extents(shown, frame.length, stacking);
    const high = Math.max(1, ...spans.flatMap((all) => all.map((span) => span?.[1] ?? 0)));
    const config = new UPlotConfigBuilder(timeZone);
    config.addScale({ scaleKey: 'x', orientation: ScaleOrientation.Horizontal, direction: ScaleDirection.Right, range: () => [from[0]!, to[to.length - 1]!] });
    config.addAxis({ scaleKey: 'x', placement: AxisPlacement.Bottom, theme, grid: { show: false }, formatValue: (value, decimals) => formattedValueToString(frame.fields[0]!.display!(value, decimals)) });
    const first = shown[0]?.config;
    config.addScale({ scaleKey: 'y', orientation: ScaleOrientation.Vertical, direction: ScaleDirection.Up, range: () => [0, stacking === StackingMode.Percent ? 1 : high * 1.05] });
    if (first?.custom?.axisPlacement !== AxisPlacement.Hidden) config.addAxis({ scaleKey: 'y', placement: first?.custom?.axisPlacement ?? AxisPlacement.Left, theme, label: first?.custom?.axisLabel, formatValue: (value) => (stacking === StackingMode.Percent ? `${Math.round(value * 100)}%` : String(value)) });
    for (const _field of shown) config.addSeries({ ...unseen, scaleKey: 'y', theme, show: true });
    paintBoxes(config, (u) => shown.flatMap((field, series) => from.flatMap((low, row): Box[] => {
      const span = spans[series]![row];
      if (!span || span[0] === span[1]) return [];
      const [x, x1, y, y1] = [u.valToPos(low, 'x'), u.valToPos(to[row]!, 'x'), u.valToPos(span[1], 'y'), u.valToPos(span[0], 'y')];
      const { fillOpacity = 80, lineWidth = 1 } = (field.config.custom ?? {}) as FieldConfig;
      const color = getFieldSeriesColor(field, theme).color ?? theme.colors.primary.main;
      return [{ x: x + 0.5, y, width: Math.max(x1 - x - 1, 1), height: Math.max(y1 - y, 1), series: series + 1, index: row, fill: colorManipulator.alpha(color, fillOpacity / 100), stroke: color, lineWidth }];
    })), { columnHit: true });
    return { config, shown, values: [from, ...shown.map(({ values }) => values)] as never };
  }, [buckets, theme, timeZone]);
  if (!buckets || !chart) return <NoData data={data} />;
  const { mode = TooltipDisplayMode.Single, sort, hideZeros, maxWidth, maxHeight } = options.tooltip ?? {};
  const text = (value: number) => formattedValueToString(buckets.frame.fields[0]!.display!(value));
  return (
    <Chart
      config={chart.config} data={chart.values} width={width} height={height} maxWidth={maxWidth}
      legend={options.legend.showLegend ? legendOf(fieldItems(buckets.frame, [buckets.frame], theme, options.legend.calcs, (field) => buckets.counts.includes(field)), options.legend) : null}
      tooltip={mode === TooltipDisplayMode.None ? undefined : (series, row, isPinned) => {
        const fields = [buckets.frame.fields[0]!, ...chart.shown];
        return <GraphTooltip label="Bucket" header={`${text(buckets.from[row]!)} – ${text(buckets.to[row]!)}`} isPinned={isPinned} maxHeight={maxHeight} items={getFieldDisplayItems(fields, fields[0]!, fields.map(() => row), series, mode, sort, undefined, hideZeros)} />;
      }}
    />
  );
}

// biome-ignore lint/correctness/useHookAtTopLevel: a method of plugins that only sounds like a hook
export const plugin = new PanelPlugin<Options, FieldConfig>(HistogramPanel)
  .useFieldConfig({
    standardOptions: { [FieldConfigProperty.Color]: { settings: { byValueSupport: true, preferThresholdsMode: false }, defaultValue: { mode: FieldColorModeId.PaletteClassic } } },
    useCustomConfig(builder) {
      const category = ['Histogram'];
      builder
        .addSliderInput({ path: 'lineWidth', name: 'Line width', category, defaultValue: 1, settings: { min: 0, max: 10, step: 1 } })
        .addSliderInput({ path: 'fillOpacity', name: 'Fill opacity', category, defaultValue: 80, settings: { min: 0, max: 100, step: 1 } })
        .addRadio({ path: 'gradientMode', name: 'Gradient mode', category, defaultValue: GraphGradientMode.None, settings: { options: graphFieldOptions.fillGradient } });
      commonOptionsBuilder.addStackingConfig(builder as never, { mode: StackingMode.None, group: 'A' }, category);
      commonOptionsBuilder.addAxisConfig(builder as never, {});
      commonOptionsBuilder.addHideFrom(builder);
    },
  })
  .setPanelOptions((builder) => {
    const category = ['Histogram'];
    builder
      .addNumberInput({ path: 'bucketCount', name: 'Bucket count', description: 'About how many buckets there are', category, settings: { placeholder: '30', min: 1 }, showIf: ({ bucketSize }) => !bucketSize })
      .addNumberInput({ path: 'bucketSize', name: 'Bucket size', category, settings: { placeholder: 'auto', min: 0 } })
      .addNumberInput({ path: 'bucketOffset', name: 'Bucket offset', description: 'For buckets that do not begin at zero', category, settings: { placeholder: '0' } })
      .addBooleanSwitch({ path: 'combine', name: 'Combine series', category, defaultValue: false });
    commonOptionsBuilder.addTooltipOptions(builder);
    commonOptionsBuilder.addLegendOptions(builder);
  });
