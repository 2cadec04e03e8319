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
  expect(text).toMatch(/grafana_api_dashboard_save_milliseconds\{quantile="0.99"\} 20\n/);
  expect(text).toContain('grafana_api_login_saml_total 0\n');
});
