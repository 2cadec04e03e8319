/** The register of loaded plugins (plugins §1). */
import type { PluginSummary } from './client/plugin-client.ts';
import type { Plugin, PluginLoadError, PluginStore } from './plugin.ts';

export interface MutablePluginStore extends PluginStore {
  /** Adds or replaces; an error that the id had is forgotten. */
  add(plugin: Plugin): void;
  remove(id: string): void;
  fail(error: PluginLoadError): void;
}

export function createPluginStore(): MutablePluginStore {
  const plugins = new Map<string, Plugin>();
  const aliases = new Map<string, string>();
  const failures = new Map<string, PluginLoadError>();
  const listeners = new Set<() => void>();
  const summaries = new WeakMap<Plugin, PluginSummary>();
  let sorted: readonly Plugin[] | undefined;

  const changed = () => {
    sorted = undefined;
    for (const listener of listeners) listener();
  };
  const get = (idOrAlias: string) => plugins.get(idOrAlias) ?? plugins.get(aliases.get(idOrAlias) ?? '');

  return {
    get,
    find(idOrAlias) {
      const plugin = get(idOrAlias);
      if (!plugin) return undefined;
      let summary = summaries.get(plugin);
      if (!summary) summaries.set(plugin, (summary = summarize(plugin)));
      return summary;
    },
    list: () => (sorted ??= [...plugins.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))),
    errors: () => [...failures.values()],
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    add(plugin) {
      plugins.set(plugin.id, plugin);
      for (const alias of plugin.json.aliasIDs ?? []) aliases.set(alias, plugin.id);
      failures.delete(plugin.id);
      changed();
    },
    remove(id) {
      if (!plugins.delete(id)) return;
      for (const [alias, of] of aliases) if (of === id) aliases.delete(alias);
      changed();
    },
    fail(error) {
      failures.set(error.pluginId, error);
    },
  };
}

function summarize({ id, json }: Plugin): PluginSummary {
  return {
    id, type: json.type, name: json.name, version: json.info.version, logoUrl: json.info.logos.small, backend: json.backend,
    routes: (json.routes ?? []) as PluginSummary['routes'],
  };
}
