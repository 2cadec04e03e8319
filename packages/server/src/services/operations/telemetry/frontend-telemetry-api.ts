/** What browsers report: boot times and logs (config-and-operations §6, §8). */
import { Histogram, type Registry } from 'prom-client';
import type { Clock } from '../../../infra/clock.ts';
import type { Logger } from '../../../infra/log/log.ts';
import { Type } from '../../../web/schema.ts';
import { anyone, signedIn } from '../../../web/access.ts';
import { ApiError } from '../../../web/errors.ts';
import { Reply, text } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import { createRateLimit, logReport, type RateLimit } from './browser-log.ts';

const Events = Type.Object({ events: Type.Array(Type.Object({ name: Type.String(), value: Type.Number() })) });

const helps = {
  frontend_boot_load_time_seconds: 'Frontend boot time measurement',
  frontend_boot_first_paint_time_seconds: 'Frontend boot first paint',
  frontend_boot_first_contentful_paint_time_seconds: 'Frontend boot first contentful paint',
  frontend_boot_js_done_time_seconds: 'Frontend boot initial js load',
  frontend_boot_css_time_seconds: 'Frontend boot initial css load',
  frontend_plugins_preload_ms: 'Frontend preload plugin time measurement',
} as const;

export interface FrontendTelemetryDeps {
  readonly registry: Registry;
  readonly clock: Pick<Clock, 'now'>;
  readonly limit: RateLimit;
  /** Where what browsers log is written; undefined: it is not kept. */
  readonly log?: Logger;
}

export function frontendTelemetryRoutes(routes: Routes, { registry, clock, limit, log }: FrontendTelemetryDeps): void {
  const histograms = new Map<string, Histogram>(Object.entries(helps).map(([name, help]) => [
    name, new Histogram({ name: `grafana_${name}`, help, buckets: [0.1, 0.25, 0.5, 1, 1.5, 2, 5, 10, 20, 40], registers: [registry] }),
  ]));
  routes.post('/api/frontend-metrics', { access: signedIn, name: 'postFrontendMetrics', body: Events }, ({ body }) => {
    for (const { name, value } of body.events) histograms.get(name)?.observe(value);
    return new Reply(200, '', {});
  });
  const mayReport = createRateLimit(limit, () => clock.now());
  // Compat: taken and answered alike whether the log of browsers is on or off, and whether it can be read.
  routes.post('/log-grafana-javascript-agent', {
    access: anyone('browsers report before they sign in; how much is bounded'), bypassAuth: true, name: 'postFrontendLogs', rawBody: true, bodyBytesMax: 1_048_576,
  }, ({ rawBody }) => {
    if (!mayReport()) throw new ApiError(429, 'Rate limit reached');
    if (log) logReport(log, parsed(rawBody.toString('utf8')));
    return text('OK', 202);
  });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
