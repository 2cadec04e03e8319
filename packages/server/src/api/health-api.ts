/** Health and metrics (config-and-operations §8, §10): answered before authentication. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Registry } from 'prom-client';
import type { Clock } from '../infra/clock.ts';
import type { Database } from '../infra/db/database.ts';
import { openMetricsText, openMetricsType, withoutEmptyFamilies } from '../infra/metrics/open-metrics.ts';
import { sameSecret } from '../util/same-secret.ts';
import { buildCommit, grafanaVersion } from '../util/version.ts';
import { anyone } from '../web/access.ts';
import { pipelineJson, Reply, text } from '../web/reply.ts';
import type { Routes } from '../web/route.ts';

export interface HealthDeps {
  readonly db: Pick<Database, 'ping'>;
  readonly clock: Pick<Clock, 'now'>;
  /** `[auth.anonymous] hide_version`. */
  readonly hideVersion: boolean;
  readonly metrics: { readonly enabled: boolean; readonly username: string; readonly password: string; readonly registry: Registry };
}

/** How long one ping's result stands for the database, ms. */
const pingKeptMs = 5_000;

export function healthRoutes(routes: Routes, { db, clock, hideVersion, metrics }: HealthDeps): void {
  const bodyOf = (database: string) => JSON.stringify({ database, ...(hideVersion ? {} : { version: grafanaVersion, commit: buildCommit }) }, null, 2);
  const [healthy, failing] = [bodyOf('ok'), bodyOf('failing')];
  let pinged: { at: number; ok: Promise<boolean> } | undefined;
  const databaseOk = () => {
    if (!pinged || clock.now() - pinged.at > pingKeptMs) {
      pinged = { at: clock.now(), ok: db.ping().then(() => true, () => false) };
    }
    return pinged.ok;
  };

  routes.get('/healthz', { access: anyone('liveness probe, says nothing'), bypassAuth: true, name: 'healthz' }, ({ method }) => (method === 'HEAD' ? new Reply(200, null, {}) : text('Ok')));

  routes.get('/api/health', { access: anyone('readiness probe, version can be hidden'), bypassAuth: true, name: 'getHealth', tag: 'health' }, async () => {
    const ok = await databaseOk();
    return new Reply(ok ? 200 : 503, ok ? healthy : failing, { 'content-type': 'application/json; charset=UTF-8' });
  });

  // Compat: HEAD is another route's business, as in the reference: monitoring scrapes with GET.
  routes.get('/metrics', { access: anyone('guarded by its own basic auth where configured'), bypassAuth: true, withoutHead: true, name: 'metrics' }, async ({ headers }) => {
    if (!metrics.enabled) return pipelineJson({ message: 'Not found' }, 404);
    if (metrics.username !== '' && metrics.password !== '' && !isBasic(headers.authorization, metrics.username, metrics.password)) {
      return new Reply(401, null, { 'www-authenticate': 'Basic realm="Grafana"' });
    }
    const asked = /\bapplication\/openmetrics-text\b/.test(headers.accept ?? '');
    const plain = withoutEmptyFamilies(await metrics.registry.metrics());
    const [body, type] = asked ? [openMetricsText(plain), openMetricsType] : [plain, metrics.registry.contentType];
    // A scrape of some hundred kilobytes every few seconds: packed whenever the scraper can unpack.
    if (!/\bgzip\b/.test(String(headers['accept-encoding'] ?? ''))) return text(body, 200, type);
    return new Reply(200, await pack(body), { 'content-type': type, 'content-encoding': 'gzip' });
  });
}

const pack = promisify(gzip);

function isBasic(header: string | undefined, username: string, password: string): boolean {
  return sameSecret(header ?? '', `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
}
