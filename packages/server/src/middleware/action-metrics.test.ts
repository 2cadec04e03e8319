import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createRequestMetrics } from './request-metrics.ts';

test('what people do is counted when it succeeds, and timed in any case', async () => {
  const registry = new Registry();
  const metrics = createRequestMetrics(registry);
  const answer = (method: string, handler: string, status: number) => {
    metrics.started();
    metrics.finished({ handler, method, status, seconds: 0.02, bytes: 2, slo: 'high-fast', path: handler });
  };
  answer('POST', '/login', 200);
  answer('POST', '/login', 401);
  answer('POST', '/api/dashboards/db', 200);
  answer('POST', '/api/dashboards/db', 412);
  const text = await registry.metrics();
  expect(text).toContain('grafana_api_login_post_total 1\n');
  expect(text).toContain('grafana_api_models_dashboard_insert_total 1\n');
  expect(text).toContain('grafana_api_dashboard_save_milliseconds_count 2\n');
  expect(Number(/grafana_api_dashboard_save_milliseconds\{quantile="0.99"\} (\S+)/.exec(text)?.[1])).toBeCloseTo(20, 0);
  expect(text).toContain('grafana_api_login_saml_total 0\n');
});

test('what lies at the root of a group of routes ends in a slash, and paths that answer to one method name themselves for the others', async () => {
  const registry = new Registry();
  const metrics = createRequestMetrics(registry);
  const answer = (method: string, handler: string, path: string) => metrics.finished({ handler, method, status: 200, seconds: 0.02, bytes: 2, slo: 'high-fast', path });
  answer('GET', '/api/search', '/api/search');
  answer('GET', '/api/org/users', '/api/org/users');
  answer('POST', 'notfound', '/healthz');
  answer('HEAD', 'notfound', '/metrics');
  answer('POST', 'notfound', '/public/img/x.png');
  answer('POST', 'notfound', '/public/build/x.js');
  answer('GET', 'notfound', '/api/nothing');
  const text = await registry.metrics();
  const counted = [...text.matchAll(/^grafana_http_request_duration_seconds_count\{handler="([^"]+)".*method="(\w+)"/gm)].map(([, handler, method]) => `${method} ${handler}`);
  expect(counted).toEqual(['GET /api/search/', 'GET /api/org/users', 'POST /healthz', 'HEAD /metrics', 'POST public-assets', 'POST public-build-assets', 'GET notfound']);
  expect(text).toContain('grafana_folder_id_api_count{method="Search"} 1\n');
  expect(text).toContain('grafana_api_dashboard_search_milliseconds_count 1\n');
});
