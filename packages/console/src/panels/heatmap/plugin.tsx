/** Counts over time and value, as colors. */
import { css } from '@emotion/css';
import { FieldConfigProperty, formattedValueToString, getValueFormat, PanelPlugin, type GrafanaTheme2, type PanelProps } from '@grafana/data';
import { AxisPlacement, HeatmapCellLayout, ScaleDirection, ScaleDistribution, ScaleOrientation, TooltipDisplayMode, VisibilityMode } from '@grafana/schema';
import type { FieldConfig, Options } from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import { commonOptionsBuilder, getTextColorForBackground, UPlotConfigBuilder, useStyles2, useTheme2, VizLayout } from '@grafana/ui';
import { useCallback, useMemo, useRef } from 'react';
import { AnnotationMarks } from '../parts/annotation-marks.tsx';
import { paintBoxes, unseen, type Box } from '../parts/boxes.ts';
import { Chart } from '../parts/chart.tsx';
import { GraphTooltip, timeText } from '../parts/graph-tooltip.tsx';
import { NoData } from '../parts/no-data.tsx';
import { cellsOf } from './cells.ts';
import { colorOf, palette, schemeNames } from './color-scale.ts';

export function HeatmapPanel({ data, timeRange, timeZone, width, height, options, onChangeTimeRange }: PanelProps<Options>) {
  const theme = useTheme2();
  const range = useRef(timeRange);
  range.current = timeRange;
  const { calculate, calculation, rowsFrame, filterValues, yAxis, cellGap, cellRadius, showValue } = options;
  const found = useMemo(
    () => cellsOf(data.series, { calculate, calculation: calculation as never, layout: rowsFrame?.layout }, { from: timeRange.from.valueOf(), to: timeRange.to.valueOf() }),
    [data.series, calculate, calculation, rowsFrame?.layout, timeRange],
  );
  const cells = useMemo(() => (found?.cells ?? []).filter(({ value }) => value > (filterValues?.le ?? 1e-9) && value < (filterValues?.ge ?? Infinity)), [found, filterValues?.le, filterValues?.ge]);
  const colors = useMemo(() => palette(options.color as never, theme.isDark, (name) => theme.visualization.getColorByName(name)), [options.color, theme]);
  const low = options.color?.min ?? cells.reduce((least, { value }) => Math.min(least, value), Infinity);
  const high = options.color?.max ?? cells.reduce((most, { value }) => Math.max(most, value), -Infinity);
  const valueText = useMemo(() => {
    const { unit, decimals } = options.cellValues ?? {};
    const format = getValueFormat(unit ?? found?.valueField?.config.unit ?? 'short');
    return (value: number) => formattedValueToString(format(value, decimals ?? found?.valueField?.config.decimals));
  }, [options.cellValues, found]);
  const yText = useMemo(() => {
    const format = getValueFormat(yAxis?.unit ?? found?.yField?.config.unit ?? 'short');
    return (value: number) => formattedValueToString(format(value, yAxis?.decimals));
  }, [yAxis, found]);
  const rowText = useCallback((name: string) => (yAxis?.unit && !Number.isNaN(Number(name)) ? yText(Number(name)) : name), [yAxis?.unit, yText]);
  const config = useMemo(() => {
    if (!found) return undefined;
    const { rows, y, log } = found;
    const built = new UPlotConfigBuilder(timeZone);
    built.addScale({ scaleKey: 'x', isTime: true, orientation: ScaleOrientation.Horizontal, direction: ScaleDirection.Right, range: () => [range.current.from.valueOf(), range.current.to.valueOf()] });
    built.addAxis({ scaleKey: 'x', isTime: true, placement: AxisPlacement.Bottom, timeZone, theme });
    built.addScale({
      scaleKey: 'y', orientation: ScaleOrientation.Vertical, direction: yAxis?.reverse ? ScaleDirection.Down : ScaleDirection.Up, distribution: log ? ScaleDistribution.Log : ScaleDistribution.Linear, log: 2,
      range: () => (rows ? [0, rows.length] : [yAxis?.min ?? y[0], yAxis?.max ?? y[1]]),
    });
    if (yAxis?.axisPlacement !== AxisPlacement.Hidden) {
      const every = rows ? Math.max(1, Math.ceil((rows.length * 18) / Math.max(height - 60, 18))) : 1;
      built.addAxis({
        scaleKey: 'y', placement: yAxis?.axisPlacement === AxisPlacement.Right ? AxisPlacement.Right : AxisPlacement.Left, theme, label: yAxis?.axisLabel, size: yAxis?.axisWidth ?? null, formatValue: yText,
        ...(rows ? { splits: () => rows.map((_, i) => i + 0.5), values: () => rows.map((name, i) => (i % every === 0 ? rowText(name) : '')), ticks: { show: false }, grid: { show: false } } : {}),
      });
    }
    built.addSeries({ ...unseen, scaleKey: 'y', theme, show: true });
    paintBoxes(built, (u) => cells.flatMap((cell, index): Box[] => {
      const x = u.valToPos(cell.x0, 'x');
      const x1 = u.valToPos(cell.x1, 'x');
      const [top, bottom] = [u.valToPos(cell.y1, 'y'), u.valToPos(cell.y0, 'y')].toSorted((a, b) => a - b) as [number, number];
      if (x1 < 0 || x > u.over.clientWidth) return [];
      const gap = Math.min(cellGap ?? 1, (x1 - x) / 3, (bottom - top) / 3);
      const fill = colorOf(colors, cell.value, low, high);
      return [{
        x: x + gap / 2, y: top + gap / 2, width: Math.max(x1 - x - gap, 1), height: Math.max(bottom - top - gap, 1), series: 1, index, fill, radius: cellRadius ?? 0,
        ...(showValue === VisibilityMode.Never || (showValue !== VisibilityMode.Always && x1 - x < 36) ? {} : { label: valueText(cell.value), labelColor: /^#|^rgb\(/.test(fill) ? getTextColorForBackground(fill) : theme.colors.text.primary }),
      }];
    }), { fontSize: 11 });
    return built;
  }, [found, cells, colors, low, high, theme, timeZone, yAxis, height, cellGap, cellRadius, showValue, valueText, yText, rowText]);
  const plotted = useMemo(() => [[timeRange.from.valueOf(), timeRange.to.valueOf()], [null, null]] as never, [timeRange]);
  if (!found || !config || found.cells.length === 0) return <NoData data={data} text={data.series.length > 0 ? 'There are no buckets to draw. Count them from series with “Calculate from data”.' : undefined} />;
  const mode = options.tooltip?.mode ?? TooltipDisplayMode.Single;
  return (
    <Chart
      config={config} data={plotted} width={width} height={height} onZoom={onChangeTimeRange} overTime maxWidth={options.tooltip?.maxWidth}
      legend={options.legend?.show === false ? null : <VizLayout.Legend placement={options.legend?.placement ?? 'bottom'}><ColorLegend colors={colors} low={valueText(low)} high={valueText(high)} /></VizLayout.Legend>}
      tooltip={mode === TooltipDisplayMode.None ? undefined : (_series, at, isPinned) => {
        const cell = cells[at];
        if (!cell) return null;
        return (
          <GraphTooltip
            header={`${timeText(cell.x0, timeZone)} – ${timeText(cell.x1, timeZone)}`} isPinned={isPinned}
            items={[{ label: 'Bucket', value: cell.name === undefined ? `${yText(cell.y0)} – ${yText(cell.y1)}` : rowText(cell.name) }, { label: calculate ? 'Count' : 'Value', value: valueText(cell.value), color: colorOf(colors, cell.value, low, high) }]}
          />
        );
      }}
    >
      <AnnotationMarks config={config} annotations={data.annotations ?? []} timeZone={timeZone} />
    </Chart>
  );
}

function ColorLegend({ colors, low, high }: { readonly colors: readonly string[]; readonly low: string; readonly high: string }) {
  const styles = useStyles2(stylesOf);
  return (
    <div className={styles.legend}>
      <span>{low}</span>
      <span className={styles.band} style={{ background: `linear-gradient(90deg, ${colors.join(', ')})` }} />
      <span>{high}</span>
    </div>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  legend: css({ display: 'flex', gap: theme.spacing(1), alignItems: 'center', fontSize: theme.typography.bodySmall.fontSize, padding: theme.spacing(0.5, 1), maxWidth: 320 }),
  band: css({ flex: 1, minWidth: 60, height: 8, borderRadius: theme.shape.radius.default }),
});

// biome-ignore lint/correctness/useHookAtTopLevel: a method of plugins that only sounds like a hook
export const plugin = new PanelPlugin<Options, FieldConfig>(HeatmapPanel)
  .useFieldConfig({ disableStandardOptions: [FieldConfigProperty.Color, FieldConfigProperty.Thresholds, FieldConfigProperty.Min, FieldConfigProperty.Max, FieldConfigProperty.Mappings, FieldConfigProperty.NoValue, FieldConfigProperty.Filterable], useCustomConfig: (builder) => commonOptionsBuilder.addHideFrom(builder) })
  .setPanelOptions((builder) => {
    const isScheme = ({ color }: Options) => (color?.mode as string | undefined) !== 'opacity';
    builder
      .addRadio({ path: 'calculate', name: 'Calculate from data', category: ['Heatmap'], defaultValue: false, settings: { options: [{ value: true, label: 'Yes' }, { value: false, label: 'No' }] } })
      .addTextInput({ path: 'calculation.xBuckets.value', name: 'X bucket size', description: 'For example 1m, 1h', category: ['Heatmap'], settings: { placeholder: 'auto' }, showIf: ({ calculate }) => calculate === true })
      .addTextInput({ path: 'calculation.yBuckets.value', name: 'Y bucket size', category: ['Heatmap'], settings: { placeholder: 'auto' }, showIf: ({ calculate }) => calculate === true })
      .addRadio({ path: 'calculation.yBuckets.scale.type', name: 'Y bucket scale', category: ['Heatmap'], settings: { options: [{ value: ScaleDistribution.Linear, label: 'Linear' }, { value: ScaleDistribution.Log, label: 'Logarithmic' }] }, showIf: ({ calculate }) => calculate === true })
      .addRadio({
        path: 'rowsFrame.layout', name: 'Bucket bounds', category: ['Y axis'], defaultValue: HeatmapCellLayout.auto, showIf: ({ calculate }) => calculate !== true,
        settings: { options: [{ value: HeatmapCellLayout.auto, label: 'Auto' }, { value: HeatmapCellLayout.unknown, label: 'Middle' }, { value: HeatmapCellLayout.le, label: 'Upper' }, { value: HeatmapCellLayout.ge, label: 'Lower' }] },
      })
      .addRadio({ path: 'yAxis.axisPlacement', name: 'Placement', category: ['Y axis'], defaultValue: AxisPlacement.Left, settings: { options: [{ value: AxisPlacement.Left, label: 'Left' }, { value: AxisPlacement.Right, label: 'Right' }, { value: AxisPlacement.Hidden, label: 'Hidden' }] } })
      .addUnitPicker({ path: 'yAxis.unit', name: 'Unit', category: ['Y axis'], settings: { isClearable: true } })
      .addNumberInput({ path: 'yAxis.decimals', name: 'Decimals', category: ['Y axis'], settings: { placeholder: 'auto' } })
      .addNumberInput({ path: 'yAxis.min', name: 'Min value', category: ['Y axis'], settings: { placeholder: 'auto' } })
      .addNumberInput({ path: 'yAxis.max', name: 'Max value', category: ['Y axis'], settings: { placeholder: 'auto' } })
      .addTextInput({ path: 'yAxis.axisLabel', name: 'Axis label', category: ['Y axis'], settings: { placeholder: 'auto' } })
      .addBooleanSwitch({ path: 'yAxis.reverse', name: 'Reverse', category: ['Y axis'], defaultValue: false })
      .addRadio({ path: 'color.mode' as never, name: 'Mode', category: ['Colors'], defaultValue: 'scheme' as never, settings: { options: [{ value: 'scheme', label: 'Scheme' }, { value: 'opacity', label: 'Opacity' }] as never } })
      .addSelect({ path: 'color.scheme', name: 'Scheme', category: ['Colors'], defaultValue: 'Oranges', settings: { options: schemeNames.map((value) => ({ value, label: value })) }, showIf: isScheme })
      .addColorPicker({ path: 'color.fill', name: 'Color', category: ['Colors'], defaultValue: 'dark-orange', showIf: (options) => !isScheme(options) })
      .addRadio({ path: 'color.scale' as never, name: 'Scale', category: ['Colors'], defaultValue: 'exponential' as never, settings: { options: [{ value: 'exponential', label: 'Exponential' }, { value: 'linear', label: 'Linear' }] as never }, showIf: (options) => !isScheme(options) })
      .addSliderInput({ path: 'color.exponent', name: 'Exponent', category: ['Colors'], defaultValue: 0.5, settings: { min: 0.1, max: 2, step: 0.1 }, showIf: (options) => !isScheme(options) })
      .addSliderInput({ path: 'color.steps', name: 'Steps', category: ['Colors'], defaultValue: 64, settings: { min: 2, max: 128, step: 1 } })
      .addBooleanSwitch({ path: 'color.reverse', name: 'Reverse', category: ['Colors'], defaultValue: false })
      .addNumberInput({ path: 'color.min', name: 'Start color scale from value', category: ['Colors'], settings: { placeholder: 'auto' } })
      .addNumberInput({ path: 'color.max', name: 'End color scale at value', category: ['Colors'], settings: { placeholder: 'auto' } })
      .addRadio({ path: 'showValue', name: 'Show value', category: ['Cell display'], defaultValue: VisibilityMode.Never, settings: { options: [{ value: VisibilityMode.Never, label: 'Never' }, { value: VisibilityMode.Auto, label: 'Auto' }, { value: VisibilityMode.Always, label: 'Always' }] } })
      .addUnitPicker({ path: 'cellValues.unit', name: 'Unit', category: ['Cell display'], settings: { isClearable: true } })
      .addNumberInput({ path: 'cellValues.decimals', name: 'Decimals', category: ['Cell display'], settings: { placeholder: 'auto' } })
      .addSliderInput({ path: 'cellGap', name: 'Cell gap', category: ['Cell display'], defaultValue: 1, settings: { min: 0, max: 25, step: 1 } })
      .addNumberInput({ path: 'filterValues.le', name: 'Hide cells with values <=', category: ['Cell display'], defaultValue: 1e-9, settings: { placeholder: 'none' } })
      .addNumberInput({ path: 'filterValues.ge', name: 'Hide cells with values >=', category: ['Cell display'], settings: { placeholder: 'none' } })
      .addRadio({ path: 'tooltip.mode', name: 'Tooltip mode', category: ['Tooltip'], defaultValue: TooltipDisplayMode.Single, settings: { options: [{ value: TooltipDisplayMode.Single, label: 'Single' }, { value: TooltipDisplayMode.None, label: 'Hidden' }] } })
      .addBooleanSwitch({ path: 'legend.show', name: 'Show legend', category: ['Legend'], defaultValue: true });
  })
  .setDataSupport({ annotations: true });
