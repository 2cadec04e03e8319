/** Values over time: lines, bars or points. */
import { DashboardCursorSync, PanelPlugin, type PanelProps } from '@grafana/data';
import { TooltipDisplayMode, SortOrder, type GraphFieldConfig } from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import { commonOptionsBuilder, EventBusPlugin, getFieldDisplayItems, getFieldDisplayLinks, isTooltipScrollable, KeyboardPlugin, TimeSeries, TooltipPlugin2, usePanelContext, useTheme2, XAxisInteractionAreaPlugin } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { AnnotationMarks, type TimeRange2 } from '../parts/annotation-marks.tsx';
import { graphFieldConfig } from '../parts/graph-config.ts';
import { graphFrames } from '../parts/graph-frames.ts';
import { GraphTooltip, timeText } from '../parts/graph-tooltip.tsx';
import { hoverModeOf } from '../parts/hover-mode.ts';
import { NoData } from '../parts/no-data.tsx';
import { TimeZonesEditor } from './time-zones-editor.tsx';

export function TimeSeriesPanel({ data, timeRange, timeZone, width, height, options, replaceVariables, onChangeTimeRange }: PanelProps<Options>) {
  const theme = useTheme2();
  const { sync, eventsScope, eventBus, onSelectRange, canAddAnnotations } = usePanelContext();
  const [drawn, setDrawn] = useState<TimeRange2>();
  const mayAnnotate = canAddAnnotations?.() === true;
  const { frames, missing } = useMemo(() => graphFrames(data.series, theme), [data.series, theme]);
  const zones = useMemo(() => {
    const named = (options.timezone ?? []).map((zone) => (zone === '' ? timeZone : replaceVariables(zone))).filter((zone) => zone !== '');
    return named.length > 0 ? named : [timeZone];
  }, [options.timezone, timeZone, replaceVariables]);
  if (!frames) return <NoData data={data} text={missing} />;
  const { mode = TooltipDisplayMode.Single, sort = SortOrder.None, hideZeros, maxHeight, maxWidth } = options.tooltip ?? {};
  const syncMode = sync?.() ?? DashboardCursorSync.Off;
  return (
    <TimeSeries
      frames={frames} structureRev={data.structureRev} timeRange={timeRange} timeZone={zones} width={width} height={height} legend={options.legend} options={options}
    >
      {(config, aligned) => (
        <>
          <KeyboardPlugin config={config} />
          <EventBusPlugin config={config} eventBus={eventBus} frame={aligned} />
          <XAxisInteractionAreaPlugin config={config} queryZoom={onChangeTimeRange} />
          <AnnotationMarks config={config} annotations={data.annotations ?? []} timeZone={zones[0]!} drawn={drawn} onDrawn={() => setDrawn(undefined)} />
          {(mode !== TooltipDisplayMode.None || syncMode !== DashboardCursorSync.Off) && (
            <TooltipPlugin2
              config={config} hoverMode={hoverModeOf(mode)} queryZoom={onChangeTimeRange} onSelectRange={onSelectRange} clientZoom syncMode={syncMode} syncScope={eventsScope} maxWidth={maxWidth}
              getDataLinks={(series, row) => (aligned.fields[series] ? getFieldDisplayLinks(aligned.fields[series]!, row) : [])}
              render={(u, rows, series, isPinned, dismiss, selected, viaSync, links) => {
                // Dragged with Ctrl or Command held: a region to write on.
                if (mayAnnotate && selected) {
                  setDrawn(selected);
                  dismiss();
                  return null;
                }
                if (mode === TooltipDisplayMode.None) return null;
                const annotate = () => {
                  const time = u.posToVal(u.cursor.left!, 'x');
                  setDrawn({ from: time, to: time });
                  dismiss();
                };
                const shown = viaSync ? TooltipDisplayMode.Multi : mode;
                const row = rows[0] ?? rows.find((one) => one !== null && one !== undefined) ?? 0;
                return (
                  <GraphTooltip
                    header={timeText(aligned.fields[0]!.values[row], zones[0]!)} isPinned={isPinned} links={links} {...(mayAnnotate && !viaSync ? { annotate } : {})} scrollable={isTooltipScrollable({ mode, maxHeight })} maxHeight={maxHeight}
                    items={getFieldDisplayItems(aligned.fields, aligned.fields[0]!, rows, series, shown, sort, (field) => field.type === 'number' || field.type === 'enum', hideZeros)}
                  />
                );
              }}
            />
          )}
        </>
      )}
    </TimeSeries>
  );
}

// biome-ignore lint/correctness/useHookAtTopLevel: a method of plugins that only sounds like a hook
export const plugin = new PanelPlugin<Options, GraphFieldConfig>(TimeSeriesPanel)
  .useFieldConfig(graphFieldConfig())
  .setPanelOptions((builder) => {
    commonOptionsBuilder.addTooltipOptions(builder, false, true, { tooltip: { mode: TooltipDisplayMode.Single, sort: SortOrder.None } });
    commonOptionsBuilder.addLegendOptions(builder);
    builder.addCustomEditor({ id: 'timezone', path: 'timezone', name: 'Time zone', category: ['Axis'], editor: TimeZonesEditor, defaultValue: undefined });
  })
  .setDataSupport({ annotations: true, alertStates: true });
