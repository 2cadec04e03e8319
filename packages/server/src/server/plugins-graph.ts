/** Plugins: what there is, what runs, what each organization has set. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../infra/clock.ts';
import type { Database } from '../infra/db/database.ts';
import type { KeyValueStore } from '../infra/kvstore/kvstore.ts';
import type { Logger } from '../infra/log/log.ts';
import type { Secrets } from '../infra/secrets/secrets.ts';
import type { BackendRegistry } from '../plugins/client/plugin-client.ts';
import { createCatalog } from '../plugins/install/catalog.ts';
import { createInstaller } from '../plugins/install/installer.ts';
import { createPreinstallService, preinstallAll } from '../plugins/install/preinstall.ts';
import { createUpdateChecker, noUpdates } from '../plugins/install/update-checker.ts';
import { createPluginHost, onCdn } from '../plugins/plugin-host.ts';
import type { Plugin } from '../plugins/plugin.ts';
import { createPublicKeys } from '../plugins/public-keys.ts';
import { pluginEnvironment } from '../plugins/process/plugin-environment.ts';
import { createBackendStarter } from '../plugins/process/start-backend.ts';
import { appProxyRoutes, type AppProxyDeps } from '../services/plugins/app-proxy-api.ts';
import { pluginAssetRoutes } from '../services/plugins/plugin-assets-api.ts';
import { pluginInstallRoutes } from '../services/plugins/plugin-install-api.ts';
import { pluginRoutes, type PluginApiDeps } from '../services/plugins/plugins-api.ts';
import { createPluginSettingsService } from '../services/plugins/plugin-settings-service.ts';
import type { BackgroundService } from '../registry/background-service.ts';
import { defaultApps, readPluginSettings } from '../setting/plugin-settings.ts';
import type { Settings } from '../setting/settings.ts';
import { namespaceOf } from '../util/namespace.ts';
import { grafanaVersion } from '../util/version.ts';
import type { Routes } from '../web/route.ts';
import type { Teardown } from './teardown.ts';

export interface PluginsGraphDeps {
  readonly settings: Settings;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly teardown: Teardown;
  readonly backgroundServices: BackgroundService[];
  readonly secrets: Secrets;
  readonly kv: Pick<KeyValueStore, 'get'>;
  readonly backends: () => BackendRegistry;
  /** Roles that plugins declare; throws when one asks for what it may not have. */
  readonly declareRoles?: (plugin: Plugin) => void;
  readonly withdrawRoles?: (plugin: Plugin) => void;
}

export type PluginsGraph = ReturnType<typeof buildPlugins>;

export function buildPlugins({ settings, db, clock, log, teardown, backgroundServices, secrets, kv, backends, declareRoles, withdrawRoles }: PluginsGraphDeps) {
  const { ini, server, toggles } = settings;
  const pluginLog = log.child('plugins');
  const pluginIni = readPluginSettings(ini, process.env);
  const development = settings.appMode === 'development';
  const host = createPluginHost({
    settings: pluginIni, pluginsPath: settings.paths.plugins, staticRoot: settings.paths.staticRoot, rootUrl: server.rootUrl, development, version: grafanaVersion, log: pluginLog, backends,
    keys: createPublicKeys(pluginIni.keyRetrievalDisabled ? undefined : { get: (key) => kv.get(0, 'plugin.publickeys', key) }),
    startBackend: createBackendStarter({
      backends, clock, log: pluginLog,
      environment: (pluginId) => pluginEnvironment({
        pluginId, version: grafanaVersion, rootUrl: server.rootUrl, toggles: [...toggles.enabled], section: pluginIni.of(pluginId), forwardHost: pluginIni.hostEnvironmentFor.includes(pluginId),
        host: process.env, cloud: {},
      }),
    }),
    ...(declareRoles ? { declareRoles } : {}), ...(withdrawRoles ? { withdrawRoles } : {}),
  });
  teardown.add('plugins', () => host.stop());
  const pluginSettings = createPluginSettingsService({ db, secrets, clock });
  const installer = (origin: 'api' | 'preinstall') => createInstaller({
    host, pluginsPath: settings.paths.plugins, preinstalled: pluginIni.preinstallAsync, log: pluginLog, catalog: createCatalog({ apiUrl: pluginIni.grafanaComApiUrl, token: pluginIni.grafanaComToken, origin }),
  });
  const catalog = createCatalog({ apiUrl: pluginIni.grafanaComApiUrl, token: pluginIni.grafanaComToken, origin: 'preinstall' });
  const byItself = { installer: installer('preinstall'), store: host.store, catalog, autoUpdate: pluginIni.preinstallAutoUpdate, log: pluginLog };
  // The apps that come by default are parts of the frontend: without one they are of no use.
  const mounted = existsSync(join(settings.paths.staticRoot, 'build', 'assets-manifest.json'));
  backgroundServices.push(createPreinstallService(pluginIni.preinstallAsync.filter(({ id }) => mounted || !defaultApps.includes(id)), byItself));
  const updates = pluginIni.updateCheck ? createUpdateChecker({
    store: host.store, catalog, clock, log: pluginLog, pinned: new Set(pluginIni.preinstallAsync.filter(({ version }) => version !== '').map(({ id }) => id)),
    ...(toggles.has('pluginsAutoUpdate') && { installs: { installer: byItself.installer, majorToo: pluginIni.majorUpdates } }),
  }) : undefined;
  if (updates) backgroundServices.push(updates);

  return {
    host, store: host.store, pluginSettings, pluginIni,
    /** Finds and loads what is there, then installs what is to be there before the server answers. */
    async load() {
      await host.load();
      await preinstallAll(pluginIni.preinstallSync, byItself);
    },
    /** Lists, settings, calls and files over HTTP. */
    routes(routes: Routes, { client, metadata, idToken, signInHeaders }: Pick<PluginApiDeps, 'client' | 'metadata'> & Pick<AppProxyDeps, 'idToken' | 'signInHeaders'>) {
      const metrics = ini.section('metrics');
      pluginRoutes(routes, {
        store: host.store, settings: pluginSettings, client, metadata, updates: updates ?? noUpdates, alphaEnabled: pluginIni.alphaEnabled, subPath: server.subUrl,
        metrics: { enabled: metrics.bool('enabled', true), username: metrics.string('basic_auth_username'), password: metrics.string('basic_auth_password') },
      });
      if (pluginIni.adminEnabled) {
        pluginInstallRoutes(routes, { installer: installer('api') });
      }
      appProxyRoutes(routes, {
        store: host.store, settings: pluginSettings, idToken, signInHeaders, namespaceOf, sendUserHeader: settings.dataProxy.sendUserHeader, tlsSkipVerify: pluginIni.appTlsSkipVerify,
        catalogUrl: pluginIni.grafanaComApiUrl, catalogToken: pluginIni.grafanaComToken, log: pluginLog,
      });
      pluginAssetRoutes(routes, { store: host.store, development, cdnUrl: (id) => (onCdn(id, pluginIni) ? pluginIni.cdnBaseUrl : undefined) });
    },
  };
}
