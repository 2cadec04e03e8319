/** One field over another: points, lines, or both. */
import {
  colorManipulator, FieldColorModeId, FieldType, formattedValueToString, getDisplayProcessor, getFieldDisplayName, getFieldMatcher, getFieldSeriesColor, PanelPlugin, type Field, type PanelProps, type StandardEditorProps,
} from '@grafana/data';
import { AxisPlacement, LegendDisplayMode, ScaleDirection, ScaleDistribution, ScaleOrientation, TooltipDisplayMode } from '@grafana/schema';
import type { FieldConfig, Options, XYSeriesConfig } from '@grafana/schema/dist/esm/raw/composable/xychart/panelcfg/x/XYChartPanelCfg_types.gen';
import { Button, commonOptionsBuilder, Field as FormField, IconButton, Input, Select, Stack, UPlotConfigBuilder, useTheme2 } from '@grafana/ui';
import { useMemo } from 'react';
import { LineStyleEditor } from '../parts/graph-editors.tsx';
import { paintBoxes, unseen, type Box } from '../parts/boxes.ts';
import { Chart } from '../parts/chart.tsx';
import { GraphTooltip, timeText } from '../parts/graph-tooltip.tsx';
import { calculated, legendOf } from '../parts/legend.tsx';
import { paintLines, type Line } from '../parts/lines.ts';
import { NoData } from '../parts/no-data.tsx';
import { spanOf, xySeries, type SeriesOptions } from './points.ts';

const custom = (field: Field) => (field.config.custom ?? {}) as FieldConfig;
const isDrawn = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

export function XYChartPanel({ data, width, height, options, timeZone }: PanelProps<Options>) {
  const theme = useTheme2();
  const series = useMemo(() => xySeries(data.series, String(options.mapping ?? 'auto'), (options.series ?? []) as readonly SeriesOptions[], {
    nameOf: (field, frame) => getFieldDisplayName(field, frame, data.series), matches: (matcher, field, frame) => getFieldMatcher(matcher)(field, frame, data.series),
  }), [data.series, options.mapping, options.series]);
  const colors = useMemo(() => series.map(({ y }) => getFieldSeriesColor(y, theme).color ?? theme.colors.primary.main), [series, theme]);
  const config = useMemo(() => {
    const first = series[0];
    if (!first) return undefined;
    const built = new UPlotConfigBuilder(timeZone);
    const isTime = first.x.type === FieldType.time;
    const scale = (field: Field) => {
      const { type = ScaleDistribution.Linear, log, linearThreshold } = custom(field).scaleDistribution ?? {};
      return { distribution: type, ...(log ? { log } : {}), ...(linearThreshold ? { linearThreshold } : {}) };
    };
    built.addScale({ scaleKey: 'x', isTime, orientation: ScaleOrientation.Horizontal, direction: ScaleDirection.Right, ...scale(first.x), range: () => [...spanOf([...new Set(series.map(({ x }) => x))])] });
    const shown = (field: Field) => field.display ?? getDisplayProcessor({ field, theme });
    built.addAxis({
      scaleKey: 'x', isTime, placement: AxisPlacement.Bottom, theme, timeZone, label: custom(first.x).axisLabel || (isTime ? undefined : getFieldDisplayName(first.x, first.frame, data.series)), grid: { show: custom(first.x).axisGridShow },
      ...(isTime ? {} : { formatValue: (value, decimals) => formattedValueToString(shown(first.x)(value, decimals)) }),
    });
    const keyOf = (field: Field) => `y ${field.config.unit ?? ''} ${custom(field).axisPlacement ?? ''} ${custom(field).axisLabel ?? ''}`;
    const scales = Map.groupBy(series, ({ y }) => keyOf(y));
    let second = false;
    for (const [scaleKey, group] of scales) {
      const { y, frame } = group[0]!;
      built.addScale({ scaleKey, orientation: ScaleOrientation.Vertical, direction: ScaleDirection.Up, ...scale(y), range: () => [...spanOf(group.map((one) => one.y))] });
      const placement = custom(y).axisPlacement ?? AxisPlacement.Auto;
      if (placement !== AxisPlacement.Hidden) {
        built.addAxis({
          scaleKey, placement: placement === AxisPlacement.Auto ? (second ? AxisPlacement.Right : AxisPlacement.Left) : placement, theme, label: custom(y).axisLabel || (group.length === 1 ? getFieldDisplayName(y, frame, data.series) : undefined),
          grid: { show: custom(y).axisGridShow ?? !second }, formatValue: (value, decimals) => formattedValueToString(shown(y)(value, decimals)),
        });
      }
      second = true;
    }
    for (const { y } of series) built.addSeries({ ...unseen, scaleKey: keyOf(y), theme, show: true });
    paintLines(built, (u) => series.flatMap(({ x, y }, index): Line[] => {
      const { show = 'points', lineWidth = 1, lineStyle } = custom(y);
      if (show === 'points') return [];
      return [{ color: colors[index]!, width: lineWidth, ...(lineStyle?.dash ? { dash: lineStyle.dash } : {}), points: x.values.map((at, row) => (isDrawn(at) && isDrawn(y.values[row]) ? [u.valToPos(at, 'x'), u.valToPos(y.values[row], keyOf(y))] as const : null)) }];
    }));
    paintBoxes(built, (u) => series.flatMap(({ x, y, size, color }, index): Box[] => {
      const { show = 'points', pointSize = {}, fillOpacity = 50, pointShape = 'circle', pointStrokeWidth = 1 } = custom(y);
      const [least, most] = size ? spanOf([size], 0) : [0, 1];
      const { fixed = 5, min = 5, max = 100 } = pointSize;
      const byColor = color && shown(color);
      return x.values.flatMap((at, row): Box[] => {
        const value = y.values[row];
        if (!isDrawn(at) || !isDrawn(value)) return [];
        const across = size && isDrawn(size.values[row]) ? min + ((size.values[row] - least) / (most - least || 1)) * (max - min) : fixed;
        const own = byColor?.(color!.values[row]).color ?? colors[index]!;
        const isLine = String(show) === 'lines';
        return [{
          x: u.valToPos(at, 'x') - across / 2, y: u.valToPos(value, keyOf(y)) - across / 2, width: across, height: across, series: index + 1, index: row, round: String(pointShape) === 'circle',
          ...(isLine ? { fill: 'transparent' } : { fill: colorManipulator.alpha(own, fillOpacity / 100), stroke: own, lineWidth: pointStrokeWidth }),
        }];
      });
    }));
    return built;
  }, [series, colors, theme, timeZone, data.series]);
  const plotted = useMemo(() => [[0, 1], ...series.map(() => [null, null])] as never, [series]);
  if (!config) return <NoData data={data} text={data.series.length > 0 ? 'Two number fields are needed: one across, one up' : undefined} />;
  const { legend, tooltip } = options;
  const items = series.flatMap(({ name, y }, index) => (custom(y).hideFrom?.legend ? [] : [{ label: name, fieldName: name, color: colors[index], yAxis: 1, getItemKey: () => `${name}-${index}`, getDisplayValues: () => calculated(y, legend?.calcs ?? []) }]));
  return (
    <Chart
      config={config} data={plotted} width={width} height={height} maxWidth={tooltip?.maxWidth} legend={legend?.showLegend === false ? null : legendOf(items, { ...legend, displayMode: legend?.displayMode ?? LegendDisplayMode.List, placement: legend?.placement ?? 'bottom', calcs: legend?.calcs ?? [], showLegend: true })}
      tooltip={tooltip?.mode === TooltipDisplayMode.None ? undefined : (at, row, isPinned) => {
        const one = series[at - 1];
        if (!one) return null;
        const told = (field: Field) => (field.type === FieldType.time ? timeText(field.values[row], timeZone) : field.display ? formattedValueToString(field.display(field.values[row])) : String(field.values[row]));
        const drawn = [one.x, one.y, ...(one.size ? [one.size] : []), ...(one.color ? [one.color] : [])];
        const others = one.frame.fields.filter((field) => !drawn.includes(field) && custom(field).hideFrom?.tooltip !== true);
        return (
          <GraphTooltip
            header={one.name} isPinned={isPinned} maxHeight={tooltip?.maxHeight}
            items={[...new Set([...drawn, ...others])].map((field) => ({ label: getFieldDisplayName(field, one.frame, data.series), value: told(field), color: field === one.y ? colors[at - 1] : undefined }))}
          />
        );
      }}
    />
  );
}

type Role = 'x' | 'y' | 'size' | 'color';
const roles: readonly { readonly role: Role; readonly label: string; readonly clearable?: boolean }[] = [{ role: 'x', label: 'X field' }, { role: 'y', label: 'Y field' }, { role: 'size', label: 'Size field', clearable: true }, { role: 'color', label: 'Color field', clearable: true }];

/** Which fields make which series, chosen by hand. */
function SeriesEditor({ value = [], onChange, context }: StandardEditorProps<XYSeriesConfig[], object, Options>) {
  const names = [...new Set(context.data.flatMap((frame) => frame.fields.map((field) => getFieldDisplayName(field, frame, context.data))))];
  const put = (at: number, next: XYSeriesConfig) => onChange(value.map((one, index) => (index === at ? next : one)));
  const chosen = (one: XYSeriesConfig, role: Role) => (typeof one[role]?.matcher.options === 'string' ? one[role].matcher.options : null);
  return (
    <Stack direction="column" gap={2}>
      {value.map((one, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: series have no name of their own
        <fieldset key={at}>
          <Stack justifyContent="space-between"><strong>{one.name?.fixed || chosen(one, 'y') || `Series ${at + 1}`}</strong><IconButton name="trash-alt" aria-label={`Remove series ${at + 1}`} onClick={() => onChange(value.filter((_, index) => index !== at))} /></Stack>
          {context.data.length > 1 && <FormField noMargin label="Frame"><Select aria-label="Frame" isClearable options={context.data.map((frame, index) => ({ value: index, label: frame.name || frame.refId || String(index) }))} value={Number.isFinite(one.frame?.matcher.options) ? Number(one.frame!.matcher.options) : null} onChange={(option) => put(at, { ...one, frame: option ? { matcher: { id: 'byIndex', options: option.value } } : undefined } as never)} /></FormField>}
          {roles.map(({ role, label, clearable }) => <FormField noMargin key={role} label={label}><Select aria-label={label} isClearable={clearable ?? false} options={names.map((name) => ({ value: name, label: name }))} value={chosen(one, role)} onChange={(option) => put(at, { ...one, [role]: option ? { matcher: { id: 'byName', options: option.value } } : undefined })} /></FormField>)}
          <FormField noMargin label="Name"><Input aria-label="Name" placeholder="That of the Y field" defaultValue={one.name?.fixed ?? ''} onBlur={(event) => put(at, { ...one, name: { fixed: event.currentTarget.value } })} /></FormField>
        </fieldset>
      ))}
      <div><Button size="sm" variant="secondary" icon="plus" onClick={() => onChange([...value, {}])}>Add series</Button></div>
    </Stack>
  );
}

// biome-ignore lint/correctness/useHookAtTopLevel: a method of plugins that only sounds like a hook
export const plugin = new PanelPlugin<Options, FieldConfig>(XYChartPanel)
  .useFieldConfig({
    standardOptions: { color: { settings: { byValueSupport: true, bySeriesSupport: true, preferThresholdsMode: false }, defaultValue: { mode: FieldColorModeId.PaletteClassic } } },
    useCustomConfig(builder) {
      const category = ['XY chart'];
      const hasPoints = ({ show }: FieldConfig) => String(show) !== 'lines';
      const hasLines = ({ show }: FieldConfig) => String(show ?? 'points') !== 'points';
      builder
        .addRadio({ path: 'show' as never, name: 'Show', category, defaultValue: 'points' as never, settings: { options: [{ value: 'points', label: 'Points' }, { value: 'lines', label: 'Lines' }, { value: 'points+lines', label: 'Both' }] as never } })
        .addSliderInput({ path: 'pointSize.fixed', name: 'Point size', category, defaultValue: 5, settings: { min: 1, max: 100, step: 1 }, showIf: hasPoints })
        .addNumberInput({ path: 'pointSize.min', name: 'Least point size', description: 'Where a field gives the size', category, settings: { placeholder: '5', min: 0 }, showIf: hasPoints })
        .addNumberInput({ path: 'pointSize.max', name: 'Greatest point size', category, settings: { placeholder: '100', min: 0 }, showIf: hasPoints })
        .addRadio({ path: 'pointShape' as never, name: 'Point shape', category, defaultValue: 'circle' as never, settings: { options: [{ value: 'circle', label: 'Circle' }, { value: 'square', label: 'Square' }] as never }, showIf: hasPoints })
        .addSliderInput({ path: 'pointStrokeWidth', name: 'Point stroke width', category, defaultValue: 1, settings: { min: 0, max: 10, step: 1 }, showIf: hasPoints })
        .addSliderInput({ path: 'fillOpacity', name: 'Fill opacity', category, defaultValue: 50, settings: { min: 0, max: 100, step: 1 }, showIf: hasPoints })
        .addCustomEditor({ id: 'lineStyle', path: 'lineStyle', name: 'Line style', category, showIf: hasLines, editor: LineStyleEditor, override: LineStyleEditor, process: (value) => value, shouldApply: ({ type }) => type === FieldType.number, defaultValue: { fill: 'solid' } })
        .addSliderInput({ path: 'lineWidth', name: 'Line width', category, defaultValue: 1, settings: { min: 0, max: 10, step: 1 }, showIf: hasLines });
      commonOptionsBuilder.addAxisConfig(builder as never, {});
      commonOptionsBuilder.addHideFrom(builder);
    },
  })
  .setPanelOptions((builder) => {
    builder
      .addRadio({ path: 'mapping' as never, name: 'Series mapping', category: ['XY chart'], defaultValue: 'auto' as never, settings: { options: [{ value: 'auto', label: 'Auto' }, { value: 'manual', label: 'Manual' }] as never } })
      .addCustomEditor({ id: 'series', path: 'series', name: 'Series', category: ['XY chart'], editor: SeriesEditor as never, defaultValue: [], showIf: ({ mapping }) => String(mapping) === 'manual' });
    commonOptionsBuilder.addTooltipOptions(builder, true);
    commonOptionsBuilder.addLegendOptions(builder);
  });
