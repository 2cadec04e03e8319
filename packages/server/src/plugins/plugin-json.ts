/** Reads plugin.json into the form that every answer shows (plugins §3). Pure. */
import { posix } from 'node:path';
import { slugify } from '../util/slug.ts';
import type { PluginDependencies, PluginExtensions, PluginInclude, PluginInfo, PluginJson, PluginRoleJson, PluginRouteJson, PluginType } from './plugin.ts';

/** The file cannot be used: the plugin is passed over. */
export class PluginJsonError extends Error {
  constructor(where: string, reason: string) {
    super(`plugin.json: ${where} ${reason}`);
    this.name = 'PluginJsonError';
  }
}

const types = new Set(['datasource', 'panel', 'app', 'renderer']);

/** What the file declares; a type that is known but not loaded (`renderer`) is left to the caller. */
export function readPluginJson(text: string): PluginJson {
  let raw: unknown;
  try {
    raw = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw Object.assign(new PluginJsonError('', 'is not JSON'), { cause });
  }
  const root = new Reader(raw, 'the file');
  const id = root.string('id');
  const type = root.string('type');
  if (id === '') throw new PluginJsonError('id', 'is missing');
  if (!types.has(type)) throw new PluginJsonError('type', `is not a plugin type: ${type}`);
  const isApp = type === 'app';
  const aliasIDs = root.strings('aliasIDs');
  const state = root.string('state');
  const executable = root.string('executable');
  const roles = root.list('roles')?.map(readRole);
  const actionSets = root.list('actionSets')?.map((set) => ({ action: set.string('action'), actions: set.strings('actions') ?? [] }));
  const queryOptions = root.object('queryOptions')?.bools();
  const languages = root.strings('languages');
  const buildMode = root.string('buildMode');
  const flag = (name: 'hideFromList' | 'suggestions' | 'builtIn' | 'mixed' | 'sdk' | 'multiValueFilterOperators') => (root.bool(name) ? { [name]: true } : {});
  return {
    id, type: type as PluginType, name: id === 'grafana-piechart-panel' ? 'Pie Chart (old)' : root.string('name'),
    ...(aliasIDs && aliasIDs.length > 0 ? { aliasIDs } : {}),
    info: readInfo(root.object('info'), id, type),
    dependencies: readDependencies(root.object('dependencies')),
    includes: root.list('includes')?.map((include) => readInclude(include, isApp)) ?? null,
    ...(state ? { state } : {}),
    category: root.string('category'),
    ...flag('hideFromList'),
    preload: root.bool('preload'), backend: root.bool('backend'),
    ...(executable ? { executable } : {}),
    routes: root.list('routes')?.map(readRoute) ?? null,
    ...(roles && roles.length > 0 ? { roles } : {}),
    ...(actionSets && actionSets.length > 0 ? { actionSets } : {}),
    skipDataQuery: root.bool('skipDataQuery'),
    ...flag('suggestions'),
    autoEnabled: root.bool('autoEnabled'),
    extensions: readExtensions(root.any('extensions')),
    annotations: root.bool('annotations'), metrics: root.bool('metrics'), alerting: root.bool('alerting'), explore: root.bool('explore'), tables: root.bool('tables'),
    logs: root.bool('logs'), tracing: root.bool('tracing'), streaming: root.bool('streaming'),
    ...(queryOptions && Object.keys(queryOptions).length > 0 ? { queryOptions } : {}),
    ...flag('builtIn'), ...flag('mixed'), ...flag('sdk'), ...flag('multiValueFilterOperators'),
    ...(languages && languages.length > 0 ? { languages } : {}),
    ...(buildMode ? { buildMode } : {}),
  };
}

function readInfo(info: Reader | undefined, id: string, type: string): PluginInfo {
  const author = info?.object('author');
  const logos = info?.object('logos');
  const asset = (path: string) => (path === '' ? '' : posix.join('public/plugins', id, path));
  const logo = (path: string | undefined) => asset(path ?? '') || `public/img/icn-${type}.svg`;
  const time = info?.object('build')?.number('time') ?? 0;
  const version = info?.string('version') ?? '';
  const updated = info?.string('updated') ?? '';
  return {
    author: { name: author?.string('name') ?? '', url: author?.string('url') ?? '' },
    description: info?.string('description') ?? '',
    links: info?.list('links')?.map((link) => ({ name: link.string('name'), url: link.string('url') })) ?? null,
    logos: { small: logo(logos?.string('small')), large: logo(logos?.string('large')) },
    build: time === 0 ? {} : { time },
    screenshots: info?.list('screenshots')?.map((shot) => ({ name: shot.string('name'), path: asset(shot.string('path')) })) ?? null,
    version: version === '%VERSION%' ? '' : version,
    updated: updated === '%TODAY%' ? '' : updated,
    keywords: info?.strings('keywords') ?? null,
  };
}

function readDependencies(dependencies: Reader | undefined): PluginDependencies {
  return {
    grafanaDependency: dependencies?.string('grafanaDependency') ?? '',
    grafanaVersion: dependencies?.string('grafanaVersion') || '*',
    plugins: dependencies?.list('plugins')?.map((plugin) => ({ id: plugin.string('id'), type: plugin.string('type'), name: plugin.string('name') })) ?? [],
    extensions: { exposedComponents: dependencies?.object('extensions')?.strings('exposedComponents') ?? [] },
  };
}

function readInclude(include: Reader, isApp: boolean): PluginInclude {
  const role = include.string('role') || 'Viewer';
  const action = include.string('action') || (isApp && role === 'Viewer' ? 'plugins.app:access' : '');
  const name = include.string('name');
  return {
    name, path: include.string('path'), type: include.string('type'), component: include.string('component'), role,
    ...(action ? { action } : {}),
    addToNav: include.bool('addToNav'), defaultNav: include.bool('defaultNav'),
    slug: include.string('slug') || (isApp ? slugify(name) : ''),
    icon: include.string('icon'), uid: include.string('uid'),
  };
}

function readRoute(route: Reader): PluginRouteJson {
  const pairs = (name: string) => route.list(name)?.map((pair) => ({ name: pair.string('name'), content: pair.string('content') })) ?? null;
  const tokenAuth = (name: string) => {
    const auth = route.object(name);
    return auth ? { url: auth.string('url'), scopes: auth.strings('scopes') ?? null, params: auth.object('params')?.texts() ?? null } : null;
  };
  return {
    path: route.string('path'), method: route.string('method'), reqRole: route.string('reqRole'), reqAction: route.string('reqAction'), url: route.string('url'),
    urlParams: pairs('urlParams'), headers: pairs('headers'), authType: route.string('authType'),
    tokenAuth: tokenAuth('tokenAuth'), jwtTokenAuth: tokenAuth('jwtTokenAuth'), body: route.any('body') ?? null,
  };
}

function readRole(entry: Reader): PluginRoleJson {
  const role = entry.object('role');
  return {
    role: {
      name: role?.string('name') ?? '', description: role?.string('description') ?? '',
      permissions: role?.list('permissions')?.map((p) => ({ action: p.string('action'), scope: p.string('scope') })) ?? [],
    },
    grants: entry.strings('grants') ?? [],
  };
}

function readExtensions(value: unknown): PluginExtensions {
  if (Array.isArray(value)) return legacyExtensions(value);
  const extensions = value === undefined || value === null ? undefined : new Reader(value, 'extensions');
  const added = (name: string) =>
    extensions?.list(name)?.map((e) => ({ targets: e.stringOrList('targets'), title: e.string('title'), description: e.string('description') })) ?? [];
  const exposed = (name: string) =>
    extensions?.list(name)?.map((e) => ({ id: e.string('id'), title: e.string('title'), description: e.string('description') })) ?? [];
  return {
    addedLinks: added('addedLinks'), addedComponents: added('addedComponents'), exposedComponents: exposed('exposedComponents'),
    extensionPoints: exposed('extensionPoints'), addedFunctions: added('addedFunctions'),
  };
}

/** The older list form: one target each. */
function legacyExtensions(list: readonly unknown[]): PluginExtensions {
  const entries = list.map((entry) => new Reader(entry, 'extensions'));
  const of = (type: string) =>
    entries.filter((e) => e.string('type') === type).map((e) => ({ targets: [e.string('extensionPointId')], title: e.string('title'), description: e.string('description') }));
  return { addedLinks: of('link'), addedComponents: of('component'), exposedComponents: [], extensionPoints: [], addedFunctions: [] };
}

/** An object of the file: keys in any case, null is absent, a member of the wrong type makes the file unreadable. */
class Reader {
  readonly #where: string;
  readonly #members = new Map<string, unknown>();
  /** As they are written in the file, for maps whose keys matter. */
  readonly #names = new Map<string, string>();

  constructor(value: unknown, where: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PluginJsonError(where, 'is not an object');
    this.#where = where;
    for (const [key, member] of Object.entries(value)) {
      this.#members.set(key.toLowerCase(), member);
      this.#names.set(key.toLowerCase(), key);
    }
  }

  any(name: string): unknown {
    return this.#members.get(name.toLowerCase()) ?? undefined;
  }

  string(name: string): string {
    const value = this.any(name) ?? '';
    return typeof value === 'string' ? value : this.#fail(name, 'text');
  }

  number(name: string): number {
    const value = this.any(name) ?? 0;
    return typeof value === 'number' ? value : this.#fail(name, 'a number');
  }

  bool(name: string): boolean {
    const value = this.any(name) ?? false;
    return typeof value === 'boolean' ? value : this.#fail(name, 'true or false');
  }

  object(name: string): Reader | undefined {
    const value = this.any(name);
    return value === undefined ? undefined : new Reader(value, name);
  }

  list(name: string): Reader[] | undefined {
    const value = this.any(name);
    if (value === undefined) return undefined;
    return Array.isArray(value) ? value.map((entry) => new Reader(entry, name)) : this.#fail(name, 'a list');
  }

  strings(name: string): string[] | undefined {
    const value = this.any(name);
    if (value === undefined) return undefined;
    return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value : this.#fail(name, 'a list of texts');
  }

  stringOrList(name: string): string[] {
    return typeof this.any(name) === 'string' ? [this.string(name)] : (this.strings(name) ?? []);
  }

  bools(): Record<string, boolean> {
    return Object.fromEntries([...this.#members.keys()].map((name) => [this.#original(name), this.bool(name)]));
  }

  texts(): Record<string, string> {
    return Object.fromEntries([...this.#members.keys()].map((name) => [this.#original(name), this.string(name)]));
  }

  #original(name: string): string {
    return this.#names.get(name) ?? name;
  }

  #fail(name: string, wanted: string): never {
    throw new PluginJsonError(`${this.#where}.${name}`, `is not ${wanted}`);
  }
}
