/** Charts made of rectangles, painted on a uPlot: bars, states over time, cells. The pointer finds the box that it is over. */
import type { UPlotConfigBuilder } from '@grafana/ui';
import type uPlot from 'uplot';
import { paintInPlot } from './plot-area.ts';

/** In pixels of the page, from the upper left corner of the drawing area. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly series: number;
  readonly index: number;
  readonly fill?: string | CanvasGradient;
  readonly stroke?: string;
  readonly lineWidth?: number;
  readonly radius?: number;
  readonly label?: string;
  readonly labelColor?: string;
  readonly labelAlign?: 'left' | 'center' | 'right';
  /** Outside of the box, at its end, rather than within. */
  readonly labelOutside?: 'above' | 'below' | 'left' | 'right';
  readonly round?: boolean;
}

export interface BoxOptions {
  readonly fontSize?: number;
  /** A label that does not fit is left out, unless it is asked for. */
  readonly labelsForced?: boolean;
  /** A box also stands for the whole column (`x`) that it is in, so that the pointer finds it above and below. */
  readonly columnHit?: boolean;
}

/** Draws what `boxesOf` gives for the size at hand, and tells tooltips which box the pointer is over. */
export function paintBoxes(config: UPlotConfigBuilder, boxesOf: (u: uPlot) => readonly Box[], options: BoxOptions = {}): void {
  let boxes: readonly Box[] = [];
  let hovered: Box | undefined;
  config.addHook('draw', (u) => {
    boxes = boxesOf(u);
    paint(u, boxes, options);
  });
  config.addHook('setCursor', () => undefined);
  config.setCursor({
    points: { show: false },
    dataIdx: (u, series) => {
      if (series === 0 || series === 1) hovered = hit(boxes, u.cursor.left ?? -10, u.cursor.top ?? -10, options.columnHit === true);
      return hovered?.series === series ? hovered.index : (null as never);
    },
    focus: { prox: 1e6, dist: (_u, series) => (hovered?.series === series ? 0 : Infinity) },
  });
}

/** The last painted is on top, so it is found first. */
export function hit(boxes: readonly Box[], left: number, top: number, columnHit: boolean): Box | undefined {
  if (left < 0 || top < 0) return undefined;
  let inColumn: Box | undefined;
  for (let i = boxes.length - 1; i >= 0; i--) {
    const box = boxes[i]!;
    if (left < box.x || left > box.x + box.width) continue;
    if (top >= box.y && top <= box.y + box.height) return box;
    if (columnHit) inColumn ??= box;
  }
  return inColumn;
}

function paint(u: uPlot, boxes: readonly Box[], { fontSize = 12, labelsForced = false }: BoxOptions): void {
  paintInPlot(u, (ctx) => {
    ctx.font = `${fontSize}px Inter, Helvetica, Arial, sans-serif`;
    for (const box of boxes) {
      ctx.beginPath();
      if (box.round) ctx.ellipse(box.x + box.width / 2, box.y + box.height / 2, box.width / 2, box.height / 2, 0, 0, 2 * Math.PI);
      else if (box.radius) ctx.roundRect(box.x, box.y, box.width, box.height, Math.min(box.radius, box.width / 2, box.height / 2));
      else ctx.rect(box.x, box.y, box.width, box.height);
      if (box.fill) {
        ctx.fillStyle = box.fill;
        ctx.fill();
      }
      if (box.stroke && (box.lineWidth ?? 1) > 0) {
        ctx.strokeStyle = box.stroke;
        ctx.lineWidth = box.lineWidth ?? 1;
        ctx.stroke();
      }
    }
    for (const box of boxes) if (box.label) paintLabel(ctx, box, box.label, fontSize, labelsForced);
  });
}

function paintLabel(ctx: CanvasRenderingContext2D, box: Box, label: string, fontSize: number, forced: boolean): void {
  const width = ctx.measureText(label).width;
  ctx.fillStyle = box.labelColor ?? '#fff';
  const middle = box.y + box.height / 2;
  ctx.textBaseline = 'middle';
  if (box.labelOutside) {
    const along = box.labelOutside === 'above' || box.labelOutside === 'below';
    if (!forced && (along ? width > box.width * 1.6 : fontSize > box.height * 1.6)) return;
    ctx.textAlign = along ? 'center' : box.labelOutside === 'left' ? 'right' : 'left';
    const x = along ? box.x + box.width / 2 : box.labelOutside === 'left' ? box.x - 4 : box.x + box.width + 4;
    ctx.fillText(label, x, along ? (box.labelOutside === 'above' ? box.y - fontSize * 0.7 : box.y + box.height + fontSize * 0.7) : middle);
    return;
  }
  if (!forced && (width + 6 > box.width || fontSize > box.height)) return;
  ctx.textAlign = box.labelAlign ?? 'center';
  const x = ctx.textAlign === 'left' ? box.x + 4 : ctx.textAlign === 'right' ? box.x + box.width - 4 : box.x + box.width / 2;
  ctx.fillText(label, x, middle);
}

/** Series that nothing is drawn of by uPlot itself; they are there for their numbers. */
export const unseen = { pathBuilder: () => null, pointsBuilder: (() => undefined) as never, lineWidth: 0 } as const;
