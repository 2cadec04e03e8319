/**
 * Loads plugins (plugins §2): the core ones first, then each folder below `[paths] plugins`, then those with a path of their own. What cannot be
 * loaded is recorded with its reason; the server goes on. External back ends run in processes of their own, looked after until the server stops.
 */
import { readdirSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import type { Logger } from '../infra/log/log.ts';
import type { BackendRegistry } from './client/plugin-client.ts';
import { corePlugins } from './core-plugins.ts';
import { findPlugins, isFolder, type FoundPlugin } from './discovery.ts';
import { unfinishedPrefix } from './install/unfinished.ts';
import { filesBelow, liveFiles, snapshotFiles } from './plugin-files.ts';
import type { Plugin, PluginFiles, PluginJson, PluginSignature, PluginStore } from './plugin.ts';
import { createPluginStore } from './plugin-store.ts';
import { checkSignature, type PublicKeys } from './signature.ts';
import type { PluginSettings } from '../setting/plugin-settings.ts';

/** A running back end, of whatever kind. */
export interface BackendProcess {
  stop(): Promise<void>;
}

export interface PluginHostDeps {
  readonly settings: PluginSettings;
  readonly pluginsPath: string;
  readonly staticRoot: string;
  readonly rootUrl: string;
  readonly development: boolean;
  readonly version: string;
  readonly log: Logger;
  readonly keys: PublicKeys;
  /** Where running back ends are registered. Asked for when the first one starts. */
  readonly backends: () => Pick<BackendRegistry, 'register' | 'unregister'>;
  /** Starts a plugin's back end and registers it in `backends`; keeps it running until stopped. Rejects when the first start fails. */
  readonly startBackend: (plugin: Plugin) => Promise<BackendProcess>;
  /** Declares a plugin's roles; throws when it asks for what it may not have. */
  readonly declareRoles?: (plugin: Plugin) => void;
  readonly withdrawRoles?: (plugin: Plugin) => void;
}

export interface PluginHost {
  readonly store: PluginStore;
  /** Finds and loads everything. Called once, before the server listens. */
  load(): Promise<void>;
  /** Loads what is in a folder that was just installed. */
  loadFolder(folder: string): Promise<void>;
  /** Stops the back end and forgets the plugin. */
  unload(id: string): Promise<void>;
  stop(): Promise<void>;
}

export function createPluginHost(deps: PluginHostDeps): PluginHost {
  const { settings, log } = deps;
  const store = createPluginStore();
  const processes = new Map<string, BackendProcess>();
  for (const plugin of mountedOrDescribed(deps)) {
    if (!settings.disabled.includes(plugin.id) && settings.of(plugin.id)['as_external'] !== 'true') store.add(plugin);
  }

  async function loadFound(found: FoundPlugin, files: PluginFiles): Promise<void> {
    const all = [found, ...found.children];
    const unloadable = all.find(({ json }) => !['datasource', 'app', 'panel'].includes(json.type));
    if (unloadable) return log.warn('Skipping a plugin of a type that is not loaded', { pluginId: unloadable.json.id, type: unloadable.json.type });
    if (store.get(found.json.id)?.id === found.json.id) return log.warn('Skipping a plugin that is loaded already', { pluginId: found.json.id, folder: found.folder });
    if (settings.disabled.includes(found.json.id)) return log.debug('Skipping a disabled plugin', { pluginId: found.json.id });
    const signature = await checkSignature(found.json, files, deps);
    const parent = describe(found.json, found.folder, files, signature, undefined, deps);
    await initialize(parent);
    for (const child of found.children) {
      if (store.get(child.json.id)?.id === child.json.id) continue;
      const below = { ...child.json, info: { ...child.json.info, version: child.json.info.version || (found.json.type === 'app' ? found.json.info.version : '') } };
      await initialize(describe(below, child.folder, filesBelow(files, child.path), signature, parent, deps));
    }
  }

  async function initialize(plugin: Plugin): Promise<void> {
    const refused = refusal(plugin.signature, plugin.id);
    if (refused) return fail(plugin, refused);
    if (await isAngular(plugin.files)) return fail(plugin, 'angular');
    if (plugin.json.backend) {
      try {
        processes.set(plugin.id, await deps.startBackend(plugin));
      } catch (error) {
        log.error('Could not start a plugin', { pluginId: plugin.id, error });
        return fail(plugin, 'failedBackendStart');
      }
    }
    try {
      deps.declareRoles?.(plugin);
    } catch (error) {
      await stopBackend(plugin.id);
      return fail(plugin, error instanceof Error ? error.message : String(error));
    }
    store.add(plugin);
    log.info('Plugin loaded', { pluginId: plugin.id, version: plugin.json.info.version, signature: plugin.signature.status });
  }

  function fail(plugin: Plugin, errorCode: string): void {
    log.warn('Plugin not loaded', { pluginId: plugin.id, reason: errorCode });
    store.fail({ pluginId: plugin.id, errorCode, ...(errorCode.startsWith('signature') ? { status: plugin.signature.status } : {}) });
  }

  function refusal({ status }: PluginSignature, id: string): string | undefined {
    switch (status) {
      case 'internal': case 'valid': return undefined;
      case 'unsigned': return deps.development || settings.unsignedAllowed.has(id) ? undefined : 'signatureMissing';
      case 'invalid': return 'signatureInvalid';
      case 'modified': return 'signatureModified';
      default: return status satisfies never;
    }
  }

  async function stopBackend(id: string): Promise<void> {
    const running = processes.get(id);
    processes.delete(id);
    deps.backends().unregister(id);
    await running?.stop();
  }

  async function loadSource(folder: string, fresh: boolean): Promise<void> {
    for (const found of findPlugins(folder, log)) await loadFound(found, deps.development && !fresh ? liveFiles(found.folder) : snapshotFiles(found.folder));
  }

  return {
    store,
    async load() {
      for (const folder of sources(deps)) await loadSource(folder, false);
    },
    loadFolder: (folder) => loadSource(folder, true),
    async unload(id) {
      const plugin = store.get(id);
      store.remove(id);
      if (plugin) deps.withdrawRoles?.(plugin);
      await stopBackend(id);
    },
    async stop() {
      await Promise.all([...processes.keys()].map(stopBackend));
    },
  };
}

/** Every folder directly below the plugins folder is a source of its own, so that one that fails does not take the others along. */
function sources({ pluginsPath, settings, log }: PluginHostDeps): string[] {
  let entries: string[] = [];
  try {
    entries = readdirSync(pluginsPath).sort();
  } catch (error) {
    log.debug('No plugins folder', { path: pluginsPath, error });
  }
  return [...entries.filter((entry) => !entry.startsWith(unfinishedPrefix)).map((entry) => join(pluginsPath, entry)).filter(isFolder), ...settings.configuredPaths];
}

/** A mounted frontend describes its own plugins; without one, our table does. */
function mountedOrDescribed({ staticRoot, version, log }: PluginHostDeps): Plugin[] {
  const roots = ['datasource', 'panel'].map((kind) => join(staticRoot, 'app', 'plugins', kind)).filter(isFolder);
  if (roots.length === 0) return corePlugins(version);
  return roots.flatMap((root) => findPlugins(root, log)).map(({ folder, json }) => {
    const inDist = basename(folder) === 'dist';
    return {
      id: json.id, json, pluginClass: 'core', signature: { status: 'internal', type: '', org: '' }, folder, files: liveFiles(folder), baseUrl: `public/plugins/${json.id}`,
      module: inDist ? `public/plugins/${json.id}/module.js` : `core:plugin/${basename(folder)}`, loadingStrategy: 'script', defaultNavUrl: '', includedInAppId: '', parentId: '',
    } satisfies Plugin;
  });
}

function describe(json: PluginJson, folder: string, files: PluginFiles, signature: PluginSignature, parent: Plugin | undefined, { settings }: PluginHostDeps): Plugin {
  const translations = json.languages && Object.fromEntries(json.languages.map((lang) => [lang, `public/plugins/${json.id}/locales/${lang}/${json.id}.json`]));
  return {
    id: json.id, json, pluginClass: 'external', signature, folder, files,
    baseUrl: `public/plugins/${json.id}`, module: posix.join('public/plugins', json.id, 'module.js'),
    loadingStrategy: loadingStrategy(json.id, parent, settings),
    ...(translations ? { translations } : {}),
    defaultNavUrl: defaultNavUrl(json), includedInAppId: parent?.json.type === 'app' ? parent.id : '', parentId: parent?.id ?? '',
  };
}

function loadingStrategy(id: string, parent: Plugin | undefined, settings: PluginSettings): 'script' | 'fetch' {
  if (createdForScripts(settings.of(id)['create_plugin_version'])) return 'script';
  if (parent && createdForScripts(settings.of(parent.id)['create_plugin_version'])) return 'script';
  return onCdn(id, settings) || (parent && onCdn(parent.id, settings)) ? 'fetch' : 'script';
}

export const onCdn = (id: string, settings: PluginSettings) => settings.cdnBaseUrl !== '' && (settings.of(id)['cdn'] ?? '') !== '';

function createdForScripts(version: string | undefined): boolean {
  const found = /^(\d+)\.(\d+)\.(\d+)/.exec(version ?? '');
  if (!found) return false;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major > 4 || (major === 4 && minor >= 15);
}

function defaultNavUrl({ id, type, includes }: PluginJson): string {
  if (type !== 'app') return '';
  let url = '';
  for (const include of includes ?? []) {
    if (!include.defaultNav) continue;
    if (include.type === 'page') url = `/plugins/${id}/page/${include.slug}`;
    else if (include.type === 'dashboard' && include.uid !== '') url = `/d/${include.uid}`;
  }
  return url;
}

const angularTraces = ['PanelCtrl', 'ConfigCtrl', 'app/plugins/sdk', 'angular.isNumber(', 'ctrl.annotation'];

async function isAngular(files: PluginFiles): Promise<boolean> {
  const module = (await files.read('module.js'))?.bytes;
  if (!module) return false;
  return angularTraces.some((trace) => module.includes(trace)) || /["']QueryCtrl["']/.test(module.toString('latin1'));
}
