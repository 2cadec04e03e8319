/** What calls on plugins cost (plugins §23). Names and labels are those that dashboards know. */
import { Counter, Histogram, type Registry } from 'prom-client';
import type { ErrorSource } from '@belvedere/plugin-sdk';

export type PluginEndpoint = 'queryData' | 'callResource' | 'checkHealth' | 'collectMetrics' | 'subscribeStream' | 'publishStream' | 'runStream';

export interface PluginCall {
  readonly pluginId: string;
  readonly version: string;
  readonly inProcess: boolean;
  readonly endpoint: PluginEndpoint;
  readonly status: 'ok' | 'cancelled' | 'error';
  readonly statusSource: ErrorSource;
  readonly seconds: number;
  /** Bytes that were sent, where they are known. */
  readonly size?: number;
  readonly connectionUnavailable?: boolean;
}

export interface PluginRequestMetrics {
  called(call: PluginCall): void;
}

export function createPluginRequestMetrics(registry: Registry): PluginRequestMetrics {
  const registers = [registry];
  const labelNames = ['plugin_id', 'endpoint', 'status', 'target', 'plugin_version', 'status_source'];
  const total = new Counter({ name: 'grafana_plugin_request_total', help: 'The total amount of plugin requests', labelNames, registers });
  const milliseconds = new Histogram({
    name: 'grafana_plugin_request_duration_milliseconds', help: 'Plugin request duration', labelNames: ['plugin_id', 'endpoint', 'target', 'plugin_version', 'status_source'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100], registers,
  });
  const seconds = new Histogram({
    name: 'grafana_plugin_request_duration_seconds', help: 'Plugin request duration in seconds', labelNames: ['source', ...labelNames],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300, 600], registers,
  });
  const sizes = new Histogram({
    name: 'grafana_plugin_request_size_bytes', help: 'histogram of plugin request sizes returned', labelNames: ['source', 'plugin_id', 'endpoint', 'target', 'plugin_version'],
    buckets: [128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576], registers,
  });
  const unavailable = new Counter({ name: 'grafana_plugin_request_connection_unavailable_total', help: 'The total amount of plugin requests that found no connection', labelNames, registers });
  const source = 'grafana-backend';

  return {
    called({ pluginId, version, inProcess, endpoint, status, statusSource, seconds: duration, size, connectionUnavailable }) {
      const place = { plugin_id: pluginId, endpoint, target: inProcess ? 'in_memory' : 'local', plugin_version: version };
      const labels = { ...place, status, status_source: statusSource };
      total.inc(labels);
      milliseconds.observe({ ...place, status_source: statusSource }, duration * 1000);
      seconds.observe({ ...labels, source }, duration);
      if (size !== undefined) sizes.observe({ ...place, source }, size);
      if (connectionUnavailable) unavailable.inc(labels);
    },
  };
}
