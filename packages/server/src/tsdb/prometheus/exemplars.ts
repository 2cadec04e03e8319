/** Exemplars of all series in one frame, thinned out (tsdb-backends §2.7). Pure. */
import { byteOrder, floatField, frame, stringField, timeField, valueAt, type Frame } from '@belvedere/dataframe';

interface Exemplar {
  readonly time: number;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Undefined without exemplars. */
export function mergeExemplars(frames: readonly Frame[], stepMs: number): Frame | undefined {
  const all = frames.flatMap(exemplarsOf);
  const last = frames.at(-1);
  if (all.length === 0 || !last) return undefined;
  const kept = sample(all, stepMs);
  const names = [...new Set(all.flatMap(({ labels }) => Object.keys(labels)))].sort(byteOrder);
  return frame('exemplar', [
    timeField('Time', Float64Array.from(kept, ({ time }) => time)), floatField('Value', Float64Array.from(kept, ({ value }) => value)),
    ...names.map((name) => stringField(name, kept.map(({ labels }) => labels[name] ?? ''))),
  ], last.meta ? { meta: last.meta } : {});
}

function exemplarsOf({ fields }: Frame): Exemplar[] {
  const [time, value, ...labels] = fields;
  if (!time || !value) return [];
  return Array.from({ length: time.values.length }, (_, row) => ({
    time: Number(valueAt(time, row)), value: Number(valueAt(value, row)),
    labels: Object.fromEntries(labels.map((label) => [label.name, String(valueAt(label, row) ?? '')])),
  }));
}

/** In each step the highest one, and then each that is more than two standard deviations below the last one kept. By time. */
function sample(all: readonly Exemplar[], stepMs: number): Exemplar[] {
  const distance = 2 * sampleDeviation(all.map(({ value }) => value));
  const byStep = Map.groupBy(all, ({ time }) => Math.floor(time / stepMs));
  const kept: Exemplar[] = [];
  for (const group of byStep.values()) {
    let last = Number.POSITIVE_INFINITY;
    for (const exemplar of group.toSorted((a, b) => b.value - a.value)) {
      if (last !== Number.POSITIVE_INFINITY && last - exemplar.value <= distance) continue;
      kept.push(exemplar);
      last = exemplar.value;
    }
  }
  return kept.sort((a, b) => a.time - b.time);
}

function sampleDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1));
}
