import type { BackendPlugin } from '@belvedere/plugin-sdk';
import type { BackendRegistry, RegisteredBackend } from './plugin-client.ts';

/** Makes a built-in source; its modules are loaded with the first call. */
export type BackendMaker = () => Promise<BackendPlugin>;

/** `builtIn` by canonical plugin id. External back ends of the same id win. */
export function createBackendRegistry(builtIn: ReadonlyMap<string, BackendMaker>): BackendRegistry {
  const registered = new Map<string, RegisteredBackend>();
  const made = new Map<string, Promise<RegisteredBackend>>();
  return {
    async find(pluginId) {
      const external = registered.get(pluginId);
      if (external) return external;
      const known = made.get(pluginId);
      if (known) return known;
      const make = builtIn.get(pluginId);
      if (!make) return undefined;
      const backend = make().then((plugin) => ({ plugin, inProcess: true }));
      made.set(pluginId, backend);
      // A failure is not remembered: the next call tries again.
      backend.catch(() => made.delete(pluginId));
      return backend;
    },
    register(pluginId, plugin, { inProcess = false } = {}) {
      registered.set(pluginId, { plugin, inProcess });
    },
    unregister(pluginId) {
      registered.delete(pluginId);
    },
    ids: () => [...new Set([...builtIn.keys(), ...registered.keys()])].sort(),
  };
}
