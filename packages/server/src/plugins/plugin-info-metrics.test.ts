import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { Plugin } from './plugin.ts';
import { createPluginInfoMetrics } from './plugin-info-metrics.ts';

const aPlugin = (id: string, pluginClass: Plugin['pluginClass'], backend: boolean) =>
  ({ id, pluginClass, json: { backend, type: 'datasource', info: { version: '1.2.3' } }, signature: { status: 'unsigned' } }) as unknown as Plugin;

test('back ends say where they run, installed plugins what they are', async () => {
  const registry = new Registry();
  let list = [aPlugin('loki', 'core', true), aPlugin('text', 'core', false), aPlugin('works-box', 'external', true)];
  createPluginInfoMetrics(registry, { list: () => list });
  const text = await registry.metrics();
  expect(text).toContain('grafana_plugin_target_info{plugin_id="loki",target="in_memory"} 1\n');
  expect(text).toContain('grafana_plugin_target_info{plugin_id="works-box",target="local"} 1\n');
  expect(text).not.toContain('"text"');
  expect(text).toContain('grafana_plugin_build_info{plugin_id="works-box",plugin_type="datasource",version="1.2.3",signature_status="unsigned"} 1\n');
  list = list.slice(0, 2);
  expect(await registry.metrics()).not.toContain('works-box');
});
