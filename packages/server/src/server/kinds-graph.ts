/** The Kubernetes-style API and the kinds that it serves. Other parts of the graph register theirs before `mount`. */
import { createApiServer, type ApiServer } from '../apiserver/api-server.ts';
import { exampleKind, exampleRoutes } from '../apps/example/example-kind.ts';
import { featureFlagRoutes } from '../apps/features/feature-flag-routes.ts';
import { iamKinds } from '../apps/iam/iam-kinds.ts';
import { iamRoutes } from '../apps/iam/iam-routes.ts';
import { createIamStore } from '../apps/iam/iam-store.ts';
import { playlistKind } from '../apps/playlist/playlist-kind.ts';
import { pluginKinds } from '../apps/plugins/plugin-kinds.ts';
import { preferencesKind, preferencesRoutes } from '../apps/preferences/preferences-kind.ts';
import { userStorageKind } from '../apps/userstorage/user-storage-kind.ts';
import type { Clock } from '../infra/clock.ts';
import type { Database } from '../infra/db/database.ts';
import type { Logger } from '../infra/log/log.ts';
import type { Secrets } from '../infra/secrets/secrets.ts';
import { playlistRoutes } from '../services/content/playlist/playlist-api.ts';
import { createPlaylistService } from '../services/content/playlist/playlist-service.ts';
import type { ServiceAccountService } from '../services/identity/serviceaccounts/serviceaccount.ts';
import type { PreferencesService } from '../services/tenancy/preferences/preferences.ts';
import type { Settings } from '../setting/settings.ts';
import type { ResourceStore } from '../storage/resource-store.ts';
import { buildCommit, grafanaVersion } from '../util/version.ts';
import type { Routes } from '../web/route.ts';

export interface KindsDeps {
  readonly settings: Settings;
  readonly db: Database;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly log: Logger;
  readonly routes: Routes;
  readonly store: ResourceStore;
  readonly serviceAccounts: Pick<ServiceAccountService, 'idOfUid' | 'tokens'>;
  readonly preferences: Pick<PreferencesService, 'get' | 'replace' | 'effective'>;
}

export interface Kinds {
  readonly apiServer: ApiServer;
  /** Declares the routes: every kind is registered by now. */
  mount(): void;
}

export function buildKinds({ settings, db, clock, secrets, log, routes, store, serviceAccounts, preferences }: KindsDeps): Kinds {
  const { server, identity, toggles } = settings;
  const apiServer = createApiServer({
    store, clock, secrets, log: log.child('grafana-apiserver'), build: { version: grafanaVersion, commit: buildCommit, branch: 'HEAD', stamp: clock.now() },
    address: `${server.address || '127.0.0.1'}:${server.port}`, servesCbor: toggles.has('cborServing'), pageBytesMax: settings.unifiedStorage.pageBytesMax,
  });
  const iam = createIamStore(db);
  apiServer.register(...iamKinds({ store: iam, serviceAccounts }), userStorageKind, preferencesKind({ db, preferences }), playlistKind, ...pluginKinds, exampleKind);
  apiServer.registerRoutes(
    ...iamRoutes({ store: iam, clock, hiddenUsers: identity.hiddenUsers, subPath: server.subUrl }), ...preferencesRoutes({ db, preferences }),
    ...featureFlagRoutes({ toggles }), ...exampleRoutes,
  );
  playlistRoutes(routes, { playlists: createPlaylistService({ backend: apiServer.backendOf(playlistKind) }) });
  return { apiServer, mount: () => apiServer.routes(routes) };
}
