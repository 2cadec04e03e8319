/** What decisions about access cost, under the reference's names (config-and-operations §8). */
import { Counter, Histogram, type Registry } from 'prom-client';

const buckets = [0.0001, 0.001, 0.01, 0.1, 1, 10];

export interface AccessMetrics {
  evaluated(): void;
  /** Permissions were worked out, or known. */
  loaded(seconds: number): void;
  known(): void;
}

export function createAccessMetrics(registry: Registry): AccessMetrics {
  const registers = [registry];
  // Every request evaluates: it adds to a number, and a scrape reads that.
  let evaluations = 0;
  let hits = 0;
  let misses = 0;
  const evaluated = new Counter({ name: 'grafana_access_evaluation_count', help: 'Number of evaluation calls.', registers, collect: () => {
    evaluated.reset();
    evaluated.inc(evaluations);
  } });
  const usage = new Counter({ name: 'grafana_access_permissions_cache_usage', help: 'Reads of permissions, by whether they were known.', labelNames: ['status'], registers, collect: () => {
    usage.reset();
    usage.inc({ status: 'hit' }, hits);
    usage.inc({ status: 'miss' }, misses);
  } });
  const duration = new Histogram({ name: 'grafana_access_permissions_duration', help: 'Seconds to work out the permissions of somebody.', buckets, registers });
  return {
    evaluated: () => {
      evaluations++;
    },
    loaded(seconds) {
      misses++;
      duration.observe(seconds);
    },
    known: () => {
      hits++;
    },
  };
}
