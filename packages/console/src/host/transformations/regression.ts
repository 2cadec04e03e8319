/** "Regression analysis": a line (or a polynomial) through the points of a series. */
import type { DataFrame } from '@grafana/data';
import { fieldOf, frameOf, kinds, type Tools } from './frames.ts';

export interface RegressionOptions {
  readonly modelType?: 'linear' | 'polynomial';
  readonly degree?: number;
  readonly predictionCount?: number;
  readonly xFieldName?: string;
  readonly yFieldName?: string;
}

export function regression({ modelType = 'linear', degree = 2, predictionCount = 100, xFieldName, yFieldName }: RegressionOptions, frames: readonly DataFrame[], tools: Pick<Tools, 'nameOf'>): DataFrame[] {
  const all = frames.flatMap((frame) => frame.fields.map((field) => ({ frame, field, name: tools.nameOf(field, frame, frames) })));
  const named = (name: string | undefined) => (name ? all.find((one) => one.name === name || one.field.name === name) : undefined);
  const x = named(xFieldName) ?? all.find(({ field }) => field.type === kinds.time) ?? all.find(({ field }) => field.type === kinds.number);
  const y = named(yFieldName) ?? all.find(({ field, frame }) => field.type === kinds.number && field !== x?.field && (!x || frame === x.frame)) ?? all.find(({ field }) => field.type === kinds.number && field !== x?.field);
  if (!x || !y) return [...frames];
  const points: [number, number][] = [];
  for (let i = 0; i < Math.min(x.field.values.length, y.field.values.length); i++) {
    const [at, value] = [x.field.values[i], y.field.values[i]];
    if (typeof at === 'number' && typeof value === 'number' && Number.isFinite(at) && Number.isFinite(value)) points.push([at, value]);
  }
  const [low, high] = points.reduce(([least, most], [at]) => [Math.min(least, at), Math.max(most, at)], [Infinity, -Infinity]);
  if (points.length < 2 || low === high) return [...frames];
  const coefficients = fit(points.map(([at, value]) => [(at - low) / (high - low), value] as const), modelType === 'polynomial' ? Math.max(1, Math.round(degree)) : 1);
  if (!coefficients) return [...frames];
  const count = Math.max(2, Math.round(predictionCount));
  const at = Array.from({ length: count }, (_, i) => i / (count - 1));
  const kind = modelType === 'polynomial' ? 'Polynomial' : 'Linear';
  return [...frames, frameOf([
    fieldOf(x.field.name, x.field.type, at.map((part) => low + part * (high - low)), { config: x.field.config }), fieldOf(`${kind} regression`, kinds.number, at.map((part) => valueAt(coefficients, part)), { config: y.field.config, ...(y.field.labels ? { labels: y.field.labels } : {}) }),
  ], { refId: `${kind} regression` })];
}

const valueAt = (coefficients: readonly number[], x: number) => coefficients.reduceRight((sum, one) => sum * x + one, 0);

/** Least squares by the normal equations; undefined where the points don't determine the curve. */
export function fit(points: readonly (readonly [number, number])[], degree: number): readonly number[] | undefined {
  const size = Math.min(degree, points.length - 1) + 1;
  const rows = Array.from({ length: size }, (_, i) => [...Array.from({ length: size }, (_unused, j) => points.reduce((sum, [x]) => sum + x ** (i + j), 0)), points.reduce((sum, [x, y]) => sum + y * x ** i, 0)]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    if (Math.abs(rows[pivot]![column]!) < 1e-12) return undefined;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = rows[row]![column]! / rows[column]![column]!;
      for (let k = column; k <= size; k++) rows[row]![k] = rows[row]![k]! - factor * rows[column]![k]!;
    }
  }
  return rows.map((row, i) => row[size]! / row[i]!);
}
