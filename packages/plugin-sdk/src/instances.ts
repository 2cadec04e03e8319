import type { AppInstanceSettings, DataSourceInstanceSettings, PluginContext } from './backend-plugin.ts';

/** Instances by settings (plugins §21.1): one for each data source or app, made anew when its settings or the host's configuration change. */

export interface InstanceCache<I> {
  /** The instance for a call. Calls that come while it is being made wait for the same one; a failure is not remembered. */
  get(context: PluginContext): Promise<I>;
  /** Disposes of all. */
  close(): Promise<void>;
}

export interface InstanceCacheOptions<I> {
  create(settings: DataSourceInstanceSettings | AppInstanceSettings, context: PluginContext): I | Promise<I>;
  dispose?(instance: I): void | Promise<void>;
  /** How long a replaced instance lives on for the calls that still use it. */
  readonly disposeAfterMs?: number;
}

interface Entry<I> { readonly stamp: string; readonly made: Promise<I> }

const defaultDisposeAfterMs = 10_000;

export function createInstanceCache<I>({ create, dispose, disposeAfterMs = defaultDisposeAfterMs }: InstanceCacheOptions<I>): InstanceCache<I> {
  const entries = new Map<string, Entry<I>>();
  const retired = new Map<Entry<I>, NodeJS.Timeout>();

  const end = async (entry: Entry<I>): Promise<void> => {
    clearTimeout(retired.get(entry));
    retired.delete(entry);
    const instance = await entry.made.catch(() => undefined);
    if (instance !== undefined) await dispose?.(instance);
  };

  return {
    async get(context) {
      const settings = context.dataSourceInstanceSettings ?? context.appInstanceSettings;
      if (!settings) throw new Error('the call carries no settings of a data source or app');
      const key = 'uid' in settings ? `ds/${context.orgId}/${settings.uid}` : `app/${context.orgId}/${context.pluginId}`;
      const stamp = `${settings.updated}/${configStamp(context.grafanaConfig)}`;
      const known = entries.get(key);
      if (known?.stamp === stamp) return known.made;
      const entry: Entry<I> = { stamp, made: Promise.resolve().then(() => create(settings, context)) };
      entries.set(key, entry);
      entry.made.catch(() => { if (entries.get(key) === entry) entries.delete(key); });
      if (known) retired.set(known, setTimeout(() => void end(known), disposeAfterMs).unref());
      return entry.made;
    },
    async close() {
      const all = [...entries.values(), ...retired.keys()];
      entries.clear();
      await Promise.all(all.map(end));
    },
  };
}

/** The host passes the same map along with every call, so its text is made once. */
const configStamps = new WeakMap<object, string>();

function configStamp(config: Readonly<Record<string, string>>): string {
  let stamp = configStamps.get(config);
  if (stamp === undefined) {
    stamp = JSON.stringify(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)));
    configStamps.set(config, stamp);
  }
  return stamp;
}
