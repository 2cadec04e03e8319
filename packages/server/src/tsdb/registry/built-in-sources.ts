/** The data sources that live in the process: plugin id -> how its back end is made (tsdb-backends §1.1). Modules load with the first call. */
import type { Clock } from '../../infra/clock.ts';
import type { Logger } from '../../infra/log/log.ts';
import type { BackendMaker } from '../../plugins/client/backend-registry.ts';
import type { DataProxySettings } from '../../setting/dataproxy-settings.ts';
import type { FeatureToggles } from '../../setting/feature-toggles.ts';
import type { HttpClients } from '../http-client/http-client.ts';

/** What a built-in source may use of the server. */
export interface BuiltInSourceDeps {
  readonly http: HttpClients;
  readonly dataProxy: DataProxySettings;
  readonly toggles: Pick<FeatureToggles, 'has'>;
  /** `Grafana/12.4.0` unless `[dataproxy] user_agent` says otherwise. */
  readonly userAgent: string;
  /** `[server] static_root_path`. */
  readonly staticRoot: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export function builtInSources(deps: BuiltInSourceDeps): ReadonlyMap<string, BackendMaker> {
  return new Map<string, BackendMaker>([
    ['grafana', async () => (await import('../grafana/grafana.ts')).createGrafanaPlugin(deps)],
    ['grafana-testdata-datasource', async () => (await import('../testdata/testdata.ts')).createTestDataPlugin()],
    ['grafana-postgresql-datasource', async () => (await import('../postgresql/postgresql.ts')).createPostgresqlPlugin(deps)],
    ['loki', async () => (await import('../loki/loki.ts')).createLokiPlugin(deps)],
    ['mysql', async () => (await import('../mysql/mysql.ts')).createMysqlPlugin(deps)],
    ['prometheus', async () => (await import('../prometheus/prometheus.ts')).createPrometheusPlugin(deps)],
  ]);
}
