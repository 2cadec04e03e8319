/** Data sources and queries under /apis, as far as the toggles say (queries-and-frames §8). */
import type { ApiServer } from '../apiserver/api-server.ts';
import { dataSourceKinds, type DataSourceKindDeps } from '../apps/datasource/data-source-kind.ts';
import { queryGroupRoutes, queryKinds } from '../apps/query/query-group.ts';
import type { FeatureToggles } from '../setting/feature-toggles.ts';

export interface DataSourceGroupDeps extends DataSourceKindDeps {
  readonly apiServer: Pick<ApiServer, 'register' | 'registerRoutes'>;
  readonly toggles: Pick<FeatureToggles, 'has'>;
  /** Plugin ids of data sources with a back end. */
  readonly pluginIds: readonly string[];
}

export function registerDataSourceGroups({ apiServer, toggles, pluginIds, ...deps }: DataSourceGroupDeps): void {
  const withConnections = toggles.has('queryServiceWithConnections');
  if (toggles.has('queryService') || toggles.has('grafanaAPIServerWithExperimentalAPIs')) {
    apiServer.register(...queryKinds());
    apiServer.registerRoutes(...queryGroupRoutes({ ...deps, withConnections }));
  }
  if (withConnections) for (const pluginId of pluginIds) apiServer.register(...dataSourceKinds(pluginId, deps));
}
