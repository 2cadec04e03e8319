/**
 * A summary for hot paths: a value is one count in a logarithmic bucket, and quantiles are worked out when somebody looks. prom-client's own
 * moves a value into a sorted digest for each part of its time window, which costs a search more than finding what it looks for.
 */
import type { Registry } from 'prom-client';
import type { Observe } from './tally-histogram.ts';

export interface TallySummaryOptions {
  readonly name: string;
  readonly help: string;
  readonly percentiles: readonly number[];
  /** Quantiles speak of values that are at most so old. */
  readonly maxAgeSeconds: number;
  /** How many parts the window has: it moves on by one at a time. */
  readonly ageBuckets: number;
  /** Milliseconds, from wherever. */
  readonly now?: () => number;
}

/** What lies in one bucket differs by this factor: a quantile is wrong by one per cent at most. */
const growth = 1.02;
const smallest = 0.001;
/** Up to eleven days in milliseconds. */
const bucketCount = Math.ceil(Math.log(1e9 / smallest) / Math.log(growth)) + 1;
const perBucket = 1 / Math.log(growth);

const bucketOf = (value: number) => (value <= smallest ? 0 : Math.min(bucketCount - 1, Math.ceil(Math.log(value / smallest) * perBucket)));
/** The middle of a bucket. */
const valueOf = (bucket: number) => (smallest * growth ** bucket * 2) / (1 + growth);

export function createTallySummary(registry: Registry, { name, help, percentiles, maxAgeSeconds, ageBuckets, now = () => performance.now() }: TallySummaryOptions): Observe {
  const partMs = (maxAgeSeconds * 1000) / ageBuckets;
  const parts = Array.from({ length: ageBuckets }, () => new Uint32Array(bucketCount));
  let current = 0;
  let movesOnAt = now() + partMs;
  let sum = 0;
  let count = 0;

  function moveOn(at: number): void {
    const steps = Math.floor((at - movesOnAt) / partMs) + 1;
    for (let i = 0; i < Math.min(steps, ageBuckets); i++) {
      current = (current + 1) % ageBuckets;
      parts[current]!.fill(0);
    }
    movesOnAt += steps * partMs;
  }

  function quantiles(): number[] {
    const total = parts.reduce((all, part) => all + part.reduce((n, one) => n + one, 0), 0);
    return percentiles.map((percentile) => {
      const wanted = Math.max(1, Math.ceil(percentile * total));
      let below = 0;
      for (let bucket = 0; total > 0 && bucket < bucketCount; bucket++) {
        for (const part of parts) below += part[bucket]!;
        if (below >= wanted) return valueOf(bucket);
      }
      return 0;
    });
  }

  const get = async () => {
    const at = now();
    if (at >= movesOnAt) moveOn(at);
    const values = quantiles().map((value, i) => ({ labels: { quantile: percentiles[i]! }, value }));
    return { name, help, type: 'summary', aggregator: 'sum', values: [...values, { metricName: `${name}_sum`, labels: {}, value: sum }, { metricName: `${name}_count`, labels: {}, value: count }] };
  };
  const reset = () => {
    for (const part of parts) part.fill(0);
    sum = count = 0;
  };
  registry.registerMetric({ name, help, type: 'summary', aggregator: 'sum', get, reset } as never);

  return (value) => {
    const at = now();
    if (at >= movesOnAt) moveOn(at);
    parts[current]![bucketOf(value)]!++;
    sum += value;
    count++;
  };
}
