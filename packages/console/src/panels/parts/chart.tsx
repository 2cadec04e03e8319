/** A uPlot of our own making: built anew when what it depends on changes, with a legend and a tooltip. */
import { DashboardCursorSync, type DataFrame } from '@grafana/data';
import { EventBusPlugin, TooltipPlugin2, UPlotChart, usePanelContext, VizLayout, type UPlotConfigBuilder } from '@grafana/ui';
import type { ReactElement, ReactNode } from 'react';
import { hoverModes } from './hover-mode.ts';

type Data = React.ComponentProps<typeof UPlotChart>['data'];

export interface ChartProps {
  readonly config: UPlotConfigBuilder;
  readonly data: Data;
  readonly width: number;
  readonly height: number;
  readonly legend: ReactElement | null;
  /** None: no tooltip. `series` and `row` are those of the box under the pointer. */
  readonly tooltip?: (series: number, row: number, isPinned: boolean) => ReactNode;
  readonly onZoom?: (range: { from: number; to: number }) => void;
  /** Where the pointer of other panels is shown: the x axis is time. */
  readonly overTime?: boolean;
  readonly frame?: DataFrame;
  readonly maxWidth?: number;
  readonly children?: ReactNode;
}

export function Chart({ config, data, width, height, legend, tooltip, onZoom, overTime, frame, maxWidth, children }: ChartProps) {
  const { sync, eventsScope, eventBus } = usePanelContext();
  return (
    <VizLayout width={width} height={height} legend={legend as never}>
      {(w, h) => (
        <UPlotChart config={config} data={data} width={w} height={h}>
          {overTime && <EventBusPlugin config={config} eventBus={eventBus} frame={frame} />}
          {tooltip && (
            <TooltipPlugin2
              config={config} hoverMode={hoverModes.under} queryZoom={onZoom} syncMode={overTime ? (sync?.() ?? DashboardCursorSync.Off) : DashboardCursorSync.Off} syncScope={eventsScope} maxWidth={maxWidth}
              render={(_u, rows, series, isPinned) => (series === null || rows[series] === null || rows[series] === undefined ? null : tooltip(series, rows[series]!, isPinned))}
            />
          )}
          {children}
        </UPlotChart>
      )}
    </VizLayout>
  );
}
