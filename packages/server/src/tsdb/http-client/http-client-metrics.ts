/** What requests to data sources cost, under the reference's names (config-and-operations §8). */
import { Counter, Gauge, type Registry } from 'prom-client';
import { createTallyHistogram, type Observe } from '../../infra/metrics/tally-histogram.ts';
import type { Answer } from './plain-exchange.ts';

export interface RequestedSource {
  readonly name: string;
  readonly type: string;
}

export interface HttpClientMetrics {
  /** Counts and times one request. `bytes` of an answer are counted where its head tells them. */
  measured(source: RequestedSource, method: string, request: () => Promise<Answer>): Promise<Answer>;
}

interface Series {
  count: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly duration: Observe;
  readonly size: Observe;
}

const seriesMax = 10_000;

export function createHttpClientMetrics(registry: Registry): HttpClientMetrics {
  const duration = createTallyHistogram(registry, {
    name: 'grafana_datasource_request_duration_seconds', help: 'Histogram of durations of outgoing data source requests.', buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100],
  });
  const size = createTallyHistogram(registry, {
    name: 'grafana_datasource_response_size_bytes', help: 'Histogram of sizes of data source responses.', buckets: [128, 256, 512, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 10_485_760, 104_857_600],
  });
  const all = new Map<string, Series>();
  const total: Counter = new Counter({
    name: 'grafana_datasource_request_total', help: 'A counter for outgoing requests to a data source.', registers: [registry],
    labelNames: ['datasource', 'datasource_type', 'code', 'method', 'secure_socks_ds_proxy_enabled'],
    collect: () => {
      total.reset();
      for (const { labels, count } of all.values()) total.inc(labels, count);
    },
  });
  let underWay = 0;
  const inFlight: Gauge = new Gauge({ name: 'grafana_datasource_request_in_flight', help: 'Requests to data sources that are under way.', registers: [registry], collect: () => inFlight.set(underWay) });

  /** Worked out once for each source, status and method. */
  function seriesOf({ name, type }: RequestedSource, method: string, code: string): Series {
    const key = `${code} ${method} ${type} ${name}`;
    let found = all.get(key);
    if (!found) {
      const labels = { datasource: name.replace(/[^a-zA-Z0-9_]/g, '_'), datasource_type: type, code, method: method.toLowerCase(), secure_socks_ds_proxy_enabled: 'false' };
      found = { count: 0, labels, duration: duration.series(labels), size: size.series(labels) };
      if (all.size < seriesMax) all.set(key, found);
    }
    return found;
  }

  return {
    async measured(source, method, request) {
      const started = performance.now();
      underWay++;
      const done = (code: string, bytes: number | undefined) => {
        underWay--;
        const series = seriesOf(source, method, code);
        series.count++;
        series.duration((performance.now() - started) / 1000);
        if (bytes !== undefined) series.size(bytes);
      };
      try {
        const answer = await request();
        const length = answer.headers['content-length'];
        done(String(answer.status), length === undefined ? undefined : Number(length));
        return answer;
      } catch (error) {
        done('0', undefined);
        throw error;
      }
    },
  };
}
