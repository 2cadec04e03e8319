/** Channels of data sources and plugins, reached through the plugin client (live §6.5). */
import type { DataSourceInstanceSettings } from '@belvedere/plugin-sdk';
import type { CallOrigin, PluginCatalog, PluginClient, PluginTarget } from '../../plugins/client/plugin-client.ts';
import type { StreamTarget, StreamTargets } from './live.ts';

export interface PluginStreamTargetsDeps {
  readonly client: Pick<PluginClient, 'subscribeStream' | 'publishStream' | 'runStream'>;
  readonly catalog: PluginCatalog;
  /** With decrypted secrets; undefined when the org has no such data source. */
  readonly dataSource: (orgId: number, uid: string) => Promise<DataSourceInstanceSettings | undefined>;
}

export function createPluginStreamTargets({ client, catalog, dataSource }: PluginStreamTargetsDeps): StreamTargets {
  return {
    async find(scope, name, identity) {
      const settings = scope === 'ds' ? await dataSource(identity.orgId, name) : undefined;
      if (scope === 'ds' && !settings) return undefined;
      const plugin = catalog.find(settings ? settings.type : name);
      if (!plugin?.backend) return undefined;
      const target: PluginTarget = { pluginId: plugin.id, orgId: identity.orgId, ...(settings ? { dataSource: settings } : {}) };
      const origin: CallOrigin = { identity };
      return {
        updated: settings?.updated ?? 0,
        subscribe: (path, data, signal) => client.subscribeStream(target, origin, { path, data }, signal),
        publish: (path, data, signal) => client.publishStream(target, origin, { path, data }, signal),
        run: (path, data, sender, signal) => client.runStream(target, origin, { path, data }, sender, signal),
      } satisfies StreamTarget;
    },
  };
}
