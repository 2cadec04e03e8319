/** Prices over time: first, highest, lowest and last of each moment, with what was sold below. */
import { colorManipulator, FieldColorModeId, FieldType, formattedValueToString, getDisplayProcessor, getFieldDisplayName, getFieldSeriesColor, outerJoinDataFrames, PanelPlugin, type Field, type PanelProps } from '@grafana/data';
import { AxisPlacement, LegendDisplayMode, ScaleDirection, ScaleDistribution, ScaleOrientation, TooltipDisplayMode, type GraphFieldConfig } from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/candlestick/panelcfg/x/CandlestickPanelCfg_types.gen';
import { commonOptionsBuilder, UPlotConfigBuilder, useTheme2 } from '@grafana/ui';
import { useMemo, useRef } from 'react';
import { stepOf } from '../heatmap/cells.ts';
import { AnnotationMarks } from '../parts/annotation-marks.tsx';
import { paintBoxes, unseen, type Box } from '../parts/boxes.ts';
import { Chart } from '../parts/chart.tsx';
import { graphDefaults, graphFieldConfig } from '../parts/graph-config.ts';
import { GraphTooltip, timeText } from '../parts/graph-tooltip.tsx';
import { legendOf } from '../parts/legend.tsx';
import { paintLines, type Line } from '../parts/lines.ts';
import { NoData } from '../parts/no-data.tsx';
import { candlesOf, directions } from './candles.ts';

const parts = ['open', 'high', 'low', 'close'] as const;

export function CandlestickPanel({ data, timeRange, timeZone, width, height, options, onChangeTimeRange }: PanelProps<Options>) {
  const theme = useTheme2();
  const range = useRef(timeRange);
  range.current = timeRange;
  const { mode = 'candles+volume', candleStyle = 'candles', colorStrategy = 'open-close', includeAllFields } = options as Omit<Options, 'mode' | 'candleStyle' | 'colorStrategy'> & { readonly mode?: string; readonly candleStyle?: string; readonly colorStrategy?: string };
  const candles = useMemo(() => {
    const frames = data.series.filter(({ fields }) => fields.some(({ type }) => type === FieldType.time));
    const joined = frames.length > 1 ? outerJoinDataFrames({ frames, joinBy: ({ type }) => type === FieldType.time, keepDisplayNames: true }) : (frames[0] ?? data.series[0]);
    return candlesOf(joined, options.fields ?? {}, (field) => getFieldDisplayName(field, joined, data.series));
  }, [data.series, options.fields]);
  const { up = 'green', down = 'red', flat = 'gray' } = options.colors ?? {};
  const chart = useMemo(() => {
    if (typeof candles === 'string') return undefined;
    const { time, open, high, low, close, volume, price } = candles;
    const colorOf = { up: theme.visualization.getColorByName(up), down: theme.visualization.getColorByName(down), flat: theme.visualization.getColorByName(flat) };
    const ways = directions(candles, colorStrategy);
    const withPrices = mode !== 'volume';
    const withVolume = mode !== 'candles' && volume !== undefined;
    const rest = includeAllFields ? candles.frame.fields.filter((field) => field.type === FieldType.number && !candles.used.includes(field)) : [];
    const step = stepOf(time.values);
    const built = new UPlotConfigBuilder(timeZone);
    const shown = (field: Field) => field.display ?? getDisplayProcessor({ field, theme });
    built.addScale({ scaleKey: 'x', isTime: true, orientation: ScaleOrientation.Horizontal, direction: ScaleDirection.Right, range: () => [range.current.from.valueOf(), range.current.to.valueOf()] });
    built.addAxis({ scaleKey: 'x', isTime: true, placement: AxisPlacement.Bottom, timeZone, theme });
    const { scaleDistribution, axisPlacement, axisLabel } = (price.config.custom ?? {}) as GraphFieldConfig;
    const bounds = (values: readonly unknown[]) => values.reduce<[number, number]>(([least, most], value) => (typeof value === 'number' ? [Math.min(least, value), Math.max(most, value)] : [least, most]), [Infinity, -Infinity]);
    const [least, most] = bounds([...low, ...high, ...rest.flatMap(({ values }) => values)]);
    const room = (most - least || Math.abs(most) || 1) * 0.05;
    const lower = withVolume && withPrices ? room * 5 : room;
    if (withPrices) {
      built.addScale({ scaleKey: 'price', orientation: ScaleOrientation.Vertical, direction: ScaleDirection.Up, distribution: scaleDistribution?.type ?? ScaleDistribution.Linear, ...(scaleDistribution?.log ? { log: scaleDistribution.log } : {}), range: () => [price.config.min ?? least - lower, price.config.max ?? most + room] });
      if (axisPlacement !== AxisPlacement.Hidden) built.addAxis({ scaleKey: 'price', placement: axisPlacement === AxisPlacement.Right ? AxisPlacement.Right : AxisPlacement.Left, theme, label: axisLabel, formatValue: (value, decimals) => formattedValueToString(shown(price)(value, decimals)) });
    }
    if (withVolume) {
      const [, heaviest] = bounds(volume.values);
      built.addScale({ scaleKey: 'volume', orientation: ScaleOrientation.Vertical, direction: ScaleDirection.Up, range: () => [0, heaviest * (withPrices ? 5 : 1.05)] });
      if (!withPrices) built.addAxis({ scaleKey: 'volume', placement: AxisPlacement.Left, theme, formatValue: (value, decimals) => formattedValueToString(shown(volume)(value, decimals)) });
    }
    built.addSeries({ ...unseen, scaleKey: withPrices ? 'price' : 'volume', theme, show: true });
    paintLines(built, (u) => (withPrices ? rest : []).map((field): Line => ({
      color: getFieldSeriesColor(field, theme).color ?? theme.colors.primary.main, width: (field.config.custom as GraphFieldConfig | undefined)?.lineWidth ?? 1,
      points: time.values.map((at: number, i: number) => (typeof field.values[i] === 'number' ? [u.valToPos(at, 'x'), u.valToPos(field.values[i], 'price')] as const : null)),
    })));
    paintBoxes(built, (u) => {
      const wide = Math.max(1, Math.min(40, Math.abs(u.valToPos(range.current.from.valueOf() + step, 'x') - u.valToPos(range.current.from.valueOf(), 'x')) * 0.7));
      const boxes: Box[] = [];
      time.values.forEach((at: number, index: number) => {
        const middle = u.valToPos(at, 'x');
        if (middle < -wide || middle > u.over.clientWidth + wide) return;
        const color = colorOf[ways[index]!];
        const put = (box: Pick<Box, 'x' | 'y' | 'width' | 'height'> & Partial<Box>) => boxes.push({ series: 1, index, fill: color, lineWidth: 0, ...box });
        const sold = volume?.values[index];
        if (withVolume && typeof sold === 'number') put({ x: middle - wide / 2, width: wide, y: u.valToPos(sold, 'volume'), height: u.over.clientHeight - u.valToPos(sold, 'volume'), fill: colorManipulator.alpha(color, 0.35) });
        const [o, h, l, c] = [open[index], high[index], low[index], close[index]];
        if (!withPrices || typeof o !== 'number' || typeof h !== 'number' || typeof l !== 'number' || typeof c !== 'number') return;
        const place = (value: number) => u.valToPos(value, 'price');
        put({ x: middle - 0.5, width: 1, y: place(h), height: Math.max(1, place(l) - place(h)) });
        if (candleStyle === 'ohlcbars') {
          put({ x: middle - wide / 2, width: wide / 2, y: place(o) - 0.75, height: 1.5 });
          put({ x: middle, width: wide / 2, y: place(c) - 0.75, height: 1.5 });
        } else put({ x: middle - wide / 2, width: wide, y: Math.min(place(o), place(c)), height: Math.max(1, Math.abs(place(o) - place(c))) });
      });
      return boxes;
    }, { columnHit: true });
    const ends = [range.current.from.valueOf(), range.current.to.valueOf()];
    return { built, rest, data: [ends, [null, null]] as never };
  }, [candles, theme, timeZone, up, down, flat, mode, candleStyle, colorStrategy, includeAllFields]);
  if (typeof candles === 'string' || !chart) return <NoData data={data} text={typeof candles === 'string' ? candles : undefined} />;
  const { legend, tooltip } = options;
  const items = chart.rest.map((field) => ({ label: getFieldDisplayName(field, candles.frame, data.series), color: getFieldSeriesColor(field, theme).color, yAxis: 1, getItemKey: () => field.name }));
  return (
    <Chart
      config={chart.built} data={chart.data} width={width} height={height} onZoom={onChangeTimeRange} overTime maxWidth={tooltip?.maxWidth}
      legend={items.length === 0 || legend?.showLegend === false ? null : legendOf(items, { ...legend, displayMode: legend?.displayMode ?? LegendDisplayMode.List, placement: legend?.placement ?? 'bottom', calcs: [], showLegend: true })}
      tooltip={tooltip?.mode === TooltipDisplayMode.None ? undefined : (_series, row, isPinned) => {
        const told = (field: Field, value: unknown) => formattedValueToString((field.display ?? getDisplayProcessor({ field, theme }))(value));
        return (
          <GraphTooltip
            header={timeText(candles.time.values[row], timeZone)} isPinned={isPinned} maxHeight={tooltip?.maxHeight}
            items={[...parts.map((part) => ({ label: part[0]!.toUpperCase() + part.slice(1), value: told(candles.price, candles[part][row]) })), ...(candles.volume ? [{ label: 'Volume', value: told(candles.volume, candles.volume.values[row]) }] : [])]}
          />
        );
      }}
    >
      <AnnotationMarks config={chart.built} annotations={data.annotations ?? []} timeZone={timeZone} />
    </Chart>
  );
}

// biome-ignore lint/correctness/useHookAtTopLevel: a method of plugins that only sounds like a hook
export const plugin = new PanelPlugin<Options, GraphFieldConfig>(CandlestickPanel)
  .useFieldConfig({ ...graphFieldConfig(graphDefaults), standardOptions: { color: { settings: { byValueSupport: false, bySeriesSupport: true, preferThresholdsMode: false }, defaultValue: { mode: FieldColorModeId.PaletteClassic } } } })
  .setPanelOptions((builder) => {
    const category = ['Candlestick'];
    builder
      .addRadio({ path: 'mode' as never, name: 'Mode', category, defaultValue: 'candles+volume' as never, settings: { options: [{ value: 'candles', label: 'Candles' }, { value: 'candles+volume', label: 'Both' }, { value: 'volume', label: 'Volume' }] as never } })
      .addRadio({ path: 'candleStyle' as never, name: 'Candle style', category, defaultValue: 'candles' as never, settings: { options: [{ value: 'candles', label: 'Candles' }, { value: 'ohlcbars', label: 'OHLC bars' }] as never } })
      .addRadio({ path: 'colorStrategy' as never, name: 'Color strategy', category, defaultValue: 'open-close' as never, settings: { options: [{ value: 'open-close', label: 'Since open' }, { value: 'close-close', label: 'Since prior close' }] as never } })
      .addColorPicker({ path: 'colors.up', name: 'Up color', category, defaultValue: 'green' }).addColorPicker({ path: 'colors.down', name: 'Down color', category, defaultValue: 'red' });
    for (const role of ['open', 'high', 'low', 'close', 'volume'] as const) builder.addFieldNamePicker({ path: `fields.${role}`, name: `${role[0]!.toUpperCase()}${role.slice(1)}`, category, settings: { isClearable: true, placeholderText: 'By its name', filter: ({ type }: Field) => type === FieldType.number } });
    builder.addBooleanSwitch({ path: 'includeAllFields', name: 'Draw the other fields as lines', category, defaultValue: false });
    commonOptionsBuilder.addTooltipOptions(builder, true);
    commonOptionsBuilder.addLegendOptions(builder);
  })
  .setDataSupport({ annotations: true, alertStates: true });
