/** "Create heatmap": counts of values over time, as cells that the heatmap panel draws. */
import type { DataFrame } from '@grafana/data';
import { cellsOf, type Calculation } from '../../panels/heatmap/cells.ts';
import { fieldOf, frameOf, kinds } from './frames.ts';

export function toHeatmap(options: Calculation, frames: readonly DataFrame[]): DataFrame[] {
  const times = frames.flatMap((frame) => frame.fields.find(({ type }) => type === kinds.time)?.values ?? []) as number[];
  if (times.length === 0) return [...frames];
  const [from, to] = times.reduce(([least, most], time) => [Math.min(least, time), Math.max(most, time)], [Infinity, -Infinity]);
  const found = cellsOf(frames, { calculate: true, calculation: options, layout: undefined }, { from, to });
  if (!found) return [...frames];
  const cells = found.cells.toSorted((a, b) => a.x0 - b.x0 || a.y0 - b.y0);
  return [frameOf([
    fieldOf('xMin', kinds.time, cells.map(({ x0 }) => x0)), fieldOf('xMax', kinds.time, cells.map(({ x1 }) => x1)), fieldOf('yMin', kinds.number, cells.map(({ y0 }) => y0), { config: found.yField?.config ?? {} }),
    fieldOf('yMax', kinds.number, cells.map(({ y1 }) => y1), { config: found.yField?.config ?? {} }), fieldOf('Count', kinds.number, cells.map(({ value }) => value)),
  ], { ...(frames[0]?.refId ? { refId: frames[0].refId } : {}), meta: { type: 'heatmap-cells' as never } })];
}
