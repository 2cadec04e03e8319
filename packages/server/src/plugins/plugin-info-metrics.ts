/** What is loaded, as metrics of value 1 (plugins §23). Worked out when it is asked for. */
import { Gauge, type Registry } from 'prom-client';
import type { Plugin, PluginStore } from './plugin.ts';

export function createPluginInfoMetrics(registry: Registry, store: Pick<PluginStore, 'list'>): void {
  const info = (name: string, help: string, labelNames: readonly string[], labelsOf: (plugin: Plugin) => Readonly<Record<string, string>> | undefined) => {
    const gauge = new Gauge({ name: `grafana_plugin_${name}`, help, labelNames: [...labelNames], registers: [registry], collect: () => {
      gauge.reset();
      for (const plugin of store.list()) {
        const labels = labelsOf(plugin);
        if (labels) gauge.set(labels, 1);
      }
    } });
  };
  info('target_info', 'A metric with a constant 1 value, labelled by where the back end of a plugin runs.', ['plugin_id', 'target'],
    ({ id, json, pluginClass }) => (json.backend ? { plugin_id: id, target: pluginClass === 'core' ? 'in_memory' : 'local' } : undefined));
  info('build_info', 'A metric with a constant 1 value, labelled by what was installed.', ['plugin_id', 'plugin_type', 'version', 'signature_status'],
    ({ id, json, pluginClass, signature }) => (pluginClass === 'core' ? undefined : { plugin_id: id, plugin_type: json.type, version: json.info.version, signature_status: signature.status }));
}
