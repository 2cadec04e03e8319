/**
 * A histogram for hot paths: a series is looked up once and then counted into with a few additions. prom-client's own hashes the labels at
 * every observation, which costs a health check more than its answer.
 */
import type { Registry } from 'prom-client';

export interface TallyHistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, ascending; `+Inf` is added. */
  readonly buckets: readonly number[];
}

/** Counts one value. */
export type Observe = (value: number) => void;

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly counts: Float64Array;
  sum: number;
  count: number;
}

export interface TallyHistogram {
  /** A new series; the caller keeps it and asks once for each set of labels. */
  series(labels: Readonly<Record<string, string>>): Observe;
}

export function createTallyHistogram(registry: Registry, { name, help, buckets }: TallyHistogramOptions): TallyHistogram {
  const all: Series[] = [];
  const values = () => all.flatMap(({ labels, counts, sum, count }) => {
    let below = 0;
    const rows = buckets.map((le, i) => {
      below += counts[i]!;
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: below };
    });
    return [
      ...rows, { metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: count },
      { metricName: `${name}_sum`, labels: { ...labels }, value: sum }, { metricName: `${name}_count`, labels: { ...labels }, value: count },
    ];
  });
  const metric = {
    name, help, type: 'histogram', aggregator: 'sum',
    get: async () => ({ name, help, type: 'histogram', values: values(), aggregator: 'sum' }),
    reset() {
      for (const series of all) {
        series.counts.fill(0);
        series.sum = 0;
        series.count = 0;
      }
    },
  };
  registry.registerMetric(metric as never);
  return {
    series(labels) {
      const series: Series = { labels, counts: new Float64Array(buckets.length), sum: 0, count: 0 };
      all.push(series);
      return (value) => {
        series.sum += value;
        series.count++;
        for (let i = 0; i < buckets.length; i++) {
          if (value <= buckets[i]!) {
            series.counts[i]!++;
            return;
          }
        }
      };
    },
  };
}
