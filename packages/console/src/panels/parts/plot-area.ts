import type uPlot from 'uplot';

/** Paints within the plot's area and nowhere else, in CSS pixels from its corner. */
export function paintInPlot(u: uPlot, paint: (ctx: CanvasRenderingContext2D) => void): void {
  const { ctx, bbox } = u;
  const ratio = ctx.canvas.width / u.width;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.translate(bbox.left, bbox.top);
  ctx.scale(ratio, ratio);
  paint(ctx);
  ctx.restore();
}
