/** Rows of colored boxes over time: the drawing of state timelines and status histories. */
import { colorManipulator, type DataFrame, type PanelProps, type TimeRange } from '@grafana/data';
import { AxisPlacement, ScaleDirection, ScaleOrientation, TooltipDisplayMode, VisibilityMode, type OptionsWithLegend, type OptionsWithTooltip } from '@grafana/schema';
import { getTextColorForAlphaBackground, measureText, Pagination, UPlotConfigBuilder, useTheme2 } from '@grafana/ui';
import { useMemo, useRef, useState } from 'react';
import { AnnotationMarks } from './annotation-marks.tsx';
import { paintBoxes, unseen, type Box } from './boxes.ts';
import { Chart } from './chart.tsx';
import { GraphTooltip, timeText } from './graph-tooltip.tsx';
import { legendOf } from './legend.tsx';
import { statesOf, type Span, type TimelineRow } from './timeline-rows.ts';

export interface TimelineOptions extends OptionsWithLegend, OptionsWithTooltip {
  readonly rowHeight: number;
  readonly showValue: VisibilityMode;
  readonly perPage?: number;
  readonly alignValue?: 'left' | 'center' | 'right';
}

export interface TimelineProps extends Pick<PanelProps, 'width' | 'height' | 'timeZone' | 'onChangeTimeRange'> {
  readonly rows: readonly TimelineRow[];
  readonly options: TimelineOptions;
  readonly timeRange: TimeRange;
  readonly annotations: readonly DataFrame[];
  /** Milliseconds that a box is wide; by its span where absent. */
  readonly boxMs?: number;
}

const pagerHeight = 40;

const durationText = (ms: number) => {
  const parts: string[] = [];
  let left = Math.round(ms / 1000);
  for (const [unit, seconds] of [['d', 86_400], ['h', 3_600], ['m', 60], ['s', 1]] as const) {
    const count = Math.floor(left / seconds);
    left -= count * seconds;
    if (count > 0 && parts.length < 2) parts.push(`${count}${unit}`);
  }
  return parts.join(' ') || '0s';
};

export function Timeline({ rows: all, options, width, height, timeRange, timeZone, annotations, boxMs, onChangeTimeRange }: TimelineProps) {
  const theme = useTheme2();
  const [page, setPage] = useState(1);
  const perPage = options.perPage && options.perPage > 0 ? options.perPage : all.length;
  const pages = Math.max(1, Math.ceil(all.length / Math.max(perPage, 1)));
  const current = Math.min(page, pages);
  const rows = useMemo(() => all.slice((current - 1) * perPage, current * perPage), [all, current, perPage]);
  const range = useRef(timeRange);
  range.current = timeRange;
  const { rowHeight, showValue, alignValue } = options;
  const chart = useMemo(() => {
    const config = new UPlotConfigBuilder(timeZone);
    config.addScale({ scaleKey: 'x', isTime: true, orientation: ScaleOrientation.Horizontal, direction: ScaleDirection.Right, range: () => [range.current.from.valueOf(), range.current.to.valueOf()] });
    config.addAxis({ scaleKey: 'x', isTime: true, placement: AxisPlacement.Bottom, timeZone, theme, grid: { show: rows[0]?.field.config.custom?.axisGridShow === true } });
    config.addScale({ scaleKey: 'y', orientation: ScaleOrientation.Vertical, direction: ScaleDirection.Down, range: () => [0, rows.length], auto: false });
    const widest = Math.max(0, ...rows.map(({ name }) => measureText(name, 12).width));
    if (rows[0]?.field.config.custom?.axisPlacement !== AxisPlacement.Hidden) {
      const room = rows[0]?.field.config.custom?.axisWidth ?? Math.min(widest + 16, width * 0.3);
      const fits = (name: string) => (measureText(name, 12).width <= room - 12 ? name : `${name.slice(0, Math.max(3, Math.floor((name.length * (room - 20)) / measureText(name, 12).width)))}…`);
      config.addAxis({
        scaleKey: 'y', placement: AxisPlacement.Left, theme, grid: { show: false }, ticks: { show: false }, gap: 8, size: room, splits: () => rows.map((_, i) => i + 0.5), values: () => rows.map(({ name }) => fits(name)),
      });
    }
    for (const _row of rows) config.addSeries({ ...unseen, scaleKey: 'y', theme, show: true });
    paintBoxes(config, (u) => {
      const lane = u.over.clientHeight / Math.max(rows.length, 1);
      const tall = Math.max(lane * rowHeight, 1);
      const perMs = u.over.clientWidth / (range.current.to.valueOf() - range.current.from.valueOf());
      return rows.flatMap(({ field, spans }, row): Box[] => spans.flatMap((span): Box[] => {
        const [from, to] = edges(span, boxMs);
        const left = Math.max(u.valToPos(from, 'x'), 0);
        const right = Math.min(u.valToPos(to, 'x'), u.over.clientWidth);
        if (right < 0 || left > u.over.clientWidth || right < left) return [];
        const { fillOpacity = 70, lineWidth = 0 } = field.config.custom ?? {};
        const fill = colorManipulator.alpha(span.color, fillOpacity / 100);
        return [{
          x: left, y: lane * row + (lane - tall) / 2, width: Math.max(right - left - (boxMs ? 0 : Math.min(1, perMs)), 1), height: tall, series: row + 1, index: span.index, fill, stroke: span.color, lineWidth,
          ...(showValue === VisibilityMode.Never ? {} : { label: span.text, labelColor: getTextColorForAlphaBackground(fill, theme.isDark), labelAlign: alignValue ?? 'center' }),
        }];
      }));
    }, { labelsForced: showValue === VisibilityMode.Always });
    return config;
  }, [rows, theme, timeZone, width, boxMs, rowHeight, showValue, alignValue]);
  const ends = useMemo(() => [timeRange.from.valueOf(), timeRange.to.valueOf()], [timeRange]);
  const data = useMemo(() => [ends, ...rows.map(() => [null, null])] as never, [ends, rows]);
  const { mode = TooltipDisplayMode.Single, maxWidth, maxHeight } = options.tooltip ?? {};
  const states = useMemo(() => statesOf(all, theme), [all, theme]);
  const legend = options.legend?.showLegend && states.length > 0
    ? legendOf(states.map(({ text, color }) => ({ label: text, color, yAxis: 1, getItemKey: () => text })), options.legend) : null;
  return (
    <>
      <Chart
        config={chart} data={data} width={width} height={height - (pages > 1 ? pagerHeight : 0)} legend={legend} onZoom={onChangeTimeRange} overTime maxWidth={maxWidth}
        tooltip={mode === TooltipDisplayMode.None ? undefined : (series, index, isPinned) => {
          const row = rows[series - 1];
          const span = row?.spans.find((one) => one.index === index);
          if (!row || !span) return null;
          const shownRows = mode === TooltipDisplayMode.Multi ? rows : [row];
          const items = shownRows.flatMap((one) => {
            const there = one === row ? span : one.spans.find(({ from, to }) => (boxMs ? from === span.from : from <= span.from && to > span.from));
            return there ? [{ label: one.name, value: there.text, color: there.color, isActive: one === row && shownRows.length > 1 }] : [];
          });
          if (!boxMs) items.push({ label: 'Duration', value: durationText(span.to - span.from), color: '', isActive: false });
          return <GraphTooltip header={boxMs ? timeText(span.from, timeZone) : `${timeText(span.from, timeZone)} – ${timeText(span.to, timeZone)}`} items={items} isPinned={isPinned} maxHeight={maxHeight} />;
        }}
      >
        <AnnotationMarks config={chart} annotations={annotations} timeZone={timeZone} />
      </Chart>
      {pages > 1 && <Pagination currentPage={current} numberOfPages={pages} onNavigate={setPage} />}
    </>
  );
}

const edges = ({ from, to }: Span, boxMs: number | undefined): readonly [number, number] => (boxMs === undefined ? [from, to] : [from - boxMs / 2, from + boxMs / 2]);
