/** Metrics of HTTP requests, with the reference's names and labels (config-and-operations §8). */
import { Counter, Gauge, type Registry } from 'prom-client';
import { createTallyHistogram, type Observe } from '../infra/metrics/tally-histogram.ts';
import { createActionMetrics, type ActionSeen } from './action-metrics.ts';

/** Compat: what lies at the root of a group of routes is named with the slash that ends the group's path. */
const groupRoots = new Set([
  '/api/annotations', '/api/dashboards/uid/:uid/permissions', '/api/datasources', '/api/folders', '/api/folders/:uid', '/api/folders/:uid/permissions', '/api/library-elements', '/api/org',
  '/api/orgs/:orgId', '/api/query-history', '/api/search', '/api/serviceaccounts', '/api/user', '/api/users',
]);
/** Compat: whichever method they are asked with, these name themselves. */
const selfNamed = new Set(['/healthz', '/api/health', '/metrics', '/robots.txt']);

function handlerName(handler: string, path: string): string {
  if (handler !== 'notfound') return groupRoots.has(handler) ? `${handler}/` : handler;
  if (selfNamed.has(path)) return path;
  return path.startsWith('/public/build/') ? 'public-build-assets' : path.startsWith('/public/') ? 'public-assets' : handler;
}

const pageCodes = ['200', '404', '500', 'unknown'] as const;
type PageCode = (typeof pageCodes)[number];

export interface RequestMetrics {
  started(): void;
  finished(request: { handler: string; method: string; status: number; seconds: number; bytes: number; slo: string; path: string }): void;
}

export function createRequestMetrics(registry: Registry): RequestMetrics {
  const duration = createTallyHistogram(registry, {
    name: 'grafana_http_request_duration_seconds', help: 'Histogram of latencies for HTTP requests.', buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25],
  });
  const size = createTallyHistogram(registry, {
    name: 'grafana_http_response_size_bytes', help: 'Histogram of response sizes for HTTP requests.', buckets: [128, 1024, 10_240, 102_400, 1_048_576, 10_485_760],
  });
  const actionOf = createActionMetrics(registry);
  let inFlight = 0;
  new Gauge({ name: 'grafana_http_request_in_flight', help: 'HTTP requests in progress.', registers: [registry], collect() { this.set(inFlight); } });
  const statuses = Object.fromEntries((['page', 'api', 'proxy'] as const).map((kind) => {
    const counts = Object.fromEntries(pageCodes.map((code) => [code, 0])) as Record<PageCode, number>;
    new Counter({
      name: `grafana_${kind}_response_status_total`, help: `${kind} HTTP response status.`, labelNames: ['code'], registers: [registry],
      collect() {
        this.reset();
        for (const code of pageCodes) this.inc({ code }, counts[code]);
      },
    });
    return [kind, counts];
  })) as Record<'page' | 'api' | 'proxy', Record<PageCode, number>>;

  /** Handlers, statuses and methods are closed sets: each combination is worked out once. */
  const series = new Map<string, { readonly duration: Observe; readonly size: Observe; readonly code: PageCode; readonly action: ActionSeen | undefined }>();
  const seriesOf = (route: string, status: number, method: string, slo: string, path: string) => {
    const handler = handlerName(route, path);
    const key = `${status} ${method} ${handler}`;
    let found = series.get(key);
    if (!found) {
      const code = String(status);
      const labels = { handler, status_code: code, method, status_source: 'server', slo_group: slo };
      found = { duration: duration.series(labels), size: size.series(labels), code: pageCodes.find((known) => known === code) ?? 'unknown', action: actionOf(method, route) };
      series.set(key, found);
    }
    return found;
  };

  return {
    started() {
      inFlight++;
    },
    finished({ handler, method, status, seconds, bytes, slo, path }) {
      inFlight--;
      const of = seriesOf(handler, status, method, slo, path);
      of.duration(seconds);
      of.size(bytes);
      of.action?.(status, seconds);
      const kind = path.startsWith('/api/datasources/proxy') ? 'proxy' : path.startsWith('/api') ? 'api' : 'page';
      statuses[kind][of.code]++;
    },
  };
}
