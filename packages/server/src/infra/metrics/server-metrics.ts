/** What describes the process to Prometheus: build, environment, feature toggles, and Node's own numbers (config-and-operations §8). */
import { collectDefaultMetrics, Counter, Gauge, type Registry } from 'prom-client';
import type { Connections, Database } from '../db/database.ts';
import type { FeatureToggles } from '../../setting/feature-toggles.ts';
import type { Ini } from '../../setting/ini.ts';
import { belvedereVersion, buildCommit, grafanaVersion } from '../../util/version.ts';

export interface ServerMetricsDeps {
  readonly registry: Registry;
  readonly ini: Ini;
  readonly toggles: FeatureToggles;
  readonly db?: Pick<Database, 'connections'>;
}

export function createServerMetrics({ registry, ini, toggles, db }: ServerMetricsDeps): void {
  const build = { version: grafanaVersion, revision: buildCommit, branch: 'main', goversion: `node-${process.version}`, edition: 'oss' };
  const labelNames = Object.keys(build);
  gauge('grafana_build_info', 'A metric with a constant 1 value, labelled by the version that Belvedere is compatible with.', labelNames).set(build, 1);
  gauge('grafana_build_timestamp', 'When this version was built, seconds since the epoch; 0: run from its sources.', labelNames).set(build, 0);
  gauge('belvedere_build_info', 'A metric with a constant 1 value, labelled by the version of Belvedere.', ['version']).set({ version: belvedereVersion }, 1);

  const section = ini.section('metrics.environment_info');
  const environment: Record<string, string> = { version: grafanaVersion, commit: buildCommit };
  for (const key of section.keys()) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(key)) section.fail(key, 'not a name that a label can have');
    environment[key] = section.string(key);
  }
  gauge('grafana_environment_info', 'A metric with a constant 1 value, labelled by environment information.', Object.keys(environment)).set(environment, 1);

  const flags = gauge('grafana_feature_toggles_info', 'Whether a feature toggle is on.', ['name']);
  for (const [name, on] of toggles.all()) flags.set({ name }, on ? 1 : 0);

  if (db) {
    const connections = (name: string, help: string, read: (now: Connections) => number) => {
      const level: Gauge = new Gauge({ name: `grafana_database_conn_${name}`, help, registers: [registry], collect: () => level.set(read(db.connections())) });
    };
    connections('max_open', 'Most connections to the database at a time.', ({ max }) => max);
    connections('open', 'Connections to the database.', ({ open }) => open);
    connections('in_use', 'Connections to the database that are in use.', ({ open, idle }) => Math.max(0, open - idle));
    connections('idle', 'Connections to the database that are idle.', ({ idle }) => idle);
  }

  const started = new Counter({ name: 'grafana_instance_start_total', help: 'How often the instance was started.', registers: [registry] });
  started.inc();
  collectDefaultMetrics({ register: registry });

  function gauge(name: string, help: string, labels: readonly string[]): Gauge {
    return new Gauge({ name, help, labelNames: [...labels], registers: [registry] });
  }
}
