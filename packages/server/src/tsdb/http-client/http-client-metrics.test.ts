import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createHttpClientMetrics } from './http-client-metrics.ts';
import type { Answer } from './plain-exchange.ts';

test('requests to a source are counted by status and method, timed and weighed', async () => {
  const registry = new Registry();
  const metrics = createHttpClientMetrics(registry);
  const source = { name: 'My Prom', type: 'prometheus' };
  const answer = (status: number, length?: string) => async () => ({ status, headers: length === undefined ? {} : { 'content-length': length } }) as unknown as Answer;
  await metrics.measured(source, 'POST', answer(200, '100'));
  await metrics.measured(source, 'POST', answer(200));
  await metrics.measured(source, 'GET', answer(502));
  await expect(metrics.measured(source, 'GET', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  const text = await registry.metrics();
  const labels = (code: string, method: string) => `{datasource="My_Prom",datasource_type="prometheus",code="${code}",method="${method}",secure_socks_ds_proxy_enabled="false"}`;
  expect(text).toContain(`grafana_datasource_request_total${labels('200', 'post')} 2\n`);
  expect(text).toContain(`grafana_datasource_request_total${labels('502', 'get')} 1\n`);
  expect(text).toContain(`grafana_datasource_request_total${labels('0', 'get')} 1\n`);
  expect(text).toContain(`grafana_datasource_request_duration_seconds_count${labels('200', 'post')} 2\n`);
  expect(text).toContain(`grafana_datasource_response_size_bytes_sum${labels('200', 'post')} 100\n`);
  expect(text).toContain('grafana_datasource_request_in_flight 0\n');
});
