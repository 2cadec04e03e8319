/** What browsers report: boot times and logs (config-and-operations §6, §8). */
import { Histogram, type Registry } from 'prom-client';
import { Type } from '../../../web/schema.ts';
import { anyone, signedIn } from '../../../web/access.ts';
import { Reply, text } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';

const Events = Type.Object({ events: Type.Array(Type.Object({ name: Type.String(), value: Type.Number() })) });

const helps = {
  frontend_boot_load_time_seconds: 'Frontend boot time measurement',
  frontend_boot_first_paint_time_seconds: 'Frontend boot first paint',
  frontend_boot_first_contentful_paint_time_seconds: 'Frontend boot first contentful paint',
  frontend_boot_js_done_time_seconds: 'Frontend boot initial js load',
  frontend_boot_css_time_seconds: 'Frontend boot initial css load',
  frontend_plugins_preload_ms: 'Frontend preload plugin time measurement',
} as const;

export function frontendTelemetryRoutes(routes: Routes, { registry }: { readonly registry: Registry }): void {
  const histograms = new Map<string, Histogram>(Object.entries(helps).map(([name, help]) => [
    name, new Histogram({ name: `grafana_${name}`, help, buckets: [0.1, 0.25, 0.5, 1, 1.5, 2, 5, 10, 20, 40], registers: [registry] }),
  ]));
  routes.post('/api/frontend-metrics', { access: signedIn, name: 'postFrontendMetrics', body: Events }, ({ body }) => {
    for (const { name, value } of body.events) histograms.get(name)?.observe(value);
    return new Reply(200, '', {});
  });
  // Compat: taken and answered alike whether the log of browsers is on or off; what they say is not kept.
  routes.post('/log-grafana-javascript-agent', { access: anyone('browsers report before they sign in; nothing is kept'), bypassAuth: true, name: 'postFrontendLogs', rawBody: true, bodyBytesMax: 1_048_576 }, () => text('OK', 202));
}
