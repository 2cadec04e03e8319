/** Lines painted on a uPlot of our own making, below its boxes. */
import type { UPlotConfigBuilder } from '@grafana/ui';
import type uPlot from 'uplot';
import { paintInPlot } from './plot-area.ts';

export interface Line {
  /** In pixels of the drawing area; null ends the line, the next point begins another. */
  readonly points: readonly (readonly [x: number, y: number] | null)[];
  readonly color: string;
  readonly width: number;
  readonly dash?: readonly number[];
}

export function paintLines(config: UPlotConfigBuilder, linesOf: (u: uPlot) => readonly Line[]): void {
  config.addHook('draw', (u) => paintInPlot(u, (ctx) => {
    for (const { points, color, width, dash = [] } of linesOf(u)) {
      ctx.beginPath();
      ctx.strokeStyle = color;
      ctx.lineWidth = width;
      ctx.setLineDash([...dash]);
      let drawing = false;
      for (const point of points) {
        if (!point) drawing = false;
        else if (drawing) ctx.lineTo(point[0], point[1]);
        else {
          ctx.moveTo(point[0], point[1]);
          drawing = true;
        }
      }
      ctx.stroke();
    }
  }));
}
