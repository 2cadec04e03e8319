/**
 * Dashboards and folders in memory (dashboards-and-content §7, apiserver-and-storage §7.6): the folder tree that permissions are resolved
 * on, and the search. Filled once from the resource store, exact after every write since it hears each event at commit.
 */
import type { ResourceEvent, ResourceStore } from '../resource-store.ts';
import { contentEntry, dashboardType, foldTitle, folderType, type ContentEntry, type ContentKind } from './content-entry.ts';
import { compareEntries, createTitleIndex, type TitleIndex } from './title-index.ts';

export interface FindOptions {
  /** Both kinds when absent. */
  readonly kind?: ContentKind | undefined;
  /** Substring of the title, in any case. */
  readonly query?: string;
  /** All of them. */
  readonly tags?: readonly string[];
  readonly names?: ReadonlySet<string> | undefined;
  readonly legacyIds?: ReadonlySet<number> | undefined;
  /** Direct parents; '' is the root. */
  readonly folders?: ReadonlySet<string> | undefined;
  /** Last word on every hit: permissions. */
  readonly accept?: (entry: ContentEntry) => boolean;
  /** `folders-first`: folders, then dashboards, each by title. */
  readonly order: 'folders-first' | 'title' | 'title-descending';
  readonly offset: number;
  readonly limit: number;
  /** Go through everything to say how many there are. */
  readonly countAll?: boolean;
}

export interface Found {
  readonly hits: readonly ContentEntry[];
  /** With `countAll`: how many match in all; else how many were looked at. */
  readonly total: number;
}

export interface ContentIndex {
  /** Resolves when the index is filled. Everything else is to be asked after that. */
  ready(): Promise<void>;
  folder(namespace: string, name: string): ContentEntry | undefined;
  dashboard(namespace: string, name: string): ContentEntry | undefined;
  byLegacyId(namespace: string, kind: ContentKind, legacyId: number): readonly ContentEntry[];
  /** The chain from the root down to the folder itself; what is missing ends the chain. */
  path(namespace: string, folder: string): readonly ContentEntry[];
  /** Names on the way up from the folder, itself first, missing ones included. */
  lineage(namespace: string, folder: string): readonly string[];
  childFolders(namespace: string, folder: string): readonly ContentEntry[];
  /** Folders at any depth below, parents before children; the folder itself is not among them. */
  subtree(namespace: string, folder: string): readonly ContentEntry[];
  dashboardsIn(namespace: string, folder: string): readonly ContentEntry[];
  entries(namespace: string, kind: ContentKind): readonly ContentEntry[];
  /** Namespaces that hold, or held, anything. */
  namespaces(): readonly string[];
  find(namespace: string, options: FindOptions): Found;
  /** Grows with every change of the namespace: caches compare it. */
  revision(namespace: string): number;
  /** Grows when a folder is made, moved or deleted. */
  treeRevision(namespace: string): number;
}

interface NamespaceIndex {
  readonly byName: Record<ContentKind, Map<string, ContentEntry>>;
  readonly byTitle: Record<ContentKind, TitleIndex>;
  readonly children: Record<ContentKind, Map<string, Set<ContentEntry>>>;
  revision: number;
  treeRevision: number;
}

/** Few enough that others get their turn while the index is filled. */
const pageSize = 100;
const nothing: readonly ContentEntry[] = [];

export function createContentIndex({ store }: { store: Pick<ResourceStore, 'list' | 'onEvent'> }): ContentIndex & { close(): void } {
  const namespaces = new Map<string, NamespaceIndex>();
  /** While the index is being filled: what was deleted meanwhile must not come back with an older page. */
  let deletedMeanwhile: Map<string, number> | undefined = new Map();
  let loading: Promise<void> | undefined;

  const stopListening = store.onEvent(hear);

  function hear({ type, object, resourceVersion }: ResourceEvent): void {
    const kind = kindOf(object);
    if (!kind) return;
    if (type === 'DELETED') {
      deletedMeanwhile?.set(`${kind}/${object.namespace}/${object.name}`, resourceVersion);
      remove(kind, object.namespace, object.name, resourceVersion);
    } else put(contentEntry(kind, object));
  }

  async function load(): Promise<void> {
    for (const [kind, type] of [['folder', folderType], ['dashboard', dashboardType]] as const) {
      let continueToken = '';
      do {
        const page = await store.list(type, { namespace: '', limit: pageSize, ...(continueToken ? { continueToken } : {}) });
        for (const stored of page.items) {
          const gone = deletedMeanwhile?.get(`${kind}/${stored.namespace}/${stored.name}`);
          if (gone === undefined || gone < stored.resourceVersion) put(contentEntry(kind, stored));
        }
        continueToken = page.continueToken;
      } while (continueToken !== '');
    }
    deletedMeanwhile = undefined;
  }

  function inNamespace(name: string): NamespaceIndex {
    let found = namespaces.get(name);
    if (!found) {
      found = {
        byName: { dashboard: new Map(), folder: new Map() },
        byTitle: { dashboard: createTitleIndex(), folder: createTitleIndex() },
        children: { dashboard: new Map(), folder: new Map() },
        revision: 0, treeRevision: 0,
      };
      namespaces.set(name, found);
    }
    return found;
  }

  function put(entry: ContentEntry): void {
    const ns = inNamespace(entry.namespace);
    const before = ns.byName[entry.kind].get(entry.name);
    if (before && before.resourceVersion > entry.resourceVersion) return;
    if (before) detach(ns, before);
    ns.byName[entry.kind].set(entry.name, entry);
    ns.byTitle[entry.kind].add(entry);
    let siblings = ns.children[entry.kind].get(entry.folder);
    if (!siblings) ns.children[entry.kind].set(entry.folder, (siblings = new Set()));
    siblings.add(entry);
    ns.revision++;
    if (entry.kind === 'folder' && before?.folder !== entry.folder) ns.treeRevision++;
  }

  function remove(kind: ContentKind, namespace: string, name: string, resourceVersion: number): void {
    const ns = inNamespace(namespace);
    const before = ns.byName[kind].get(name);
    if (!before || before.resourceVersion > resourceVersion) return;
    detach(ns, before);
    ns.byName[kind].delete(name);
    ns.revision++;
    if (kind === 'folder') ns.treeRevision++;
  }

  function detach(ns: NamespaceIndex, entry: ContentEntry): void {
    ns.byTitle[entry.kind].remove(entry);
    const siblings = ns.children[entry.kind].get(entry.folder);
    siblings?.delete(entry);
    if (siblings?.size === 0) ns.children[entry.kind].delete(entry.folder);
  }

  const childrenOf = (namespace: string, kind: ContentKind, folder: string): readonly ContentEntry[] => {
    const found = namespaces.get(namespace)?.children[kind].get(folder);
    return found ? [...found].sort(compareEntries) : nothing;
  };

  const lineage = (namespace: string, folder: string): readonly string[] => {
    const names: string[] = [];
    const folders = namespaces.get(namespace)?.byName.folder;
    for (let name = folder; name !== '' && !names.includes(name); name = folders?.get(name)?.folder ?? '') names.push(name);
    return names;
  };

  return {
    // A store that did not answer once is asked again.
    ready: () => (loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    })),
    folder: (namespace, name) => namespaces.get(namespace)?.byName.folder.get(name),
    dashboard: (namespace, name) => namespaces.get(namespace)?.byName.dashboard.get(name),
    byLegacyId: (namespace, kind, legacyId) => namespaces.get(namespace)?.byTitle[kind].entries.filter((entry) => entry.legacyId === legacyId) ?? nothing,
    lineage,
    path(namespace, folder) {
      const folders = namespaces.get(namespace)?.byName.folder;
      const chain: ContentEntry[] = [];
      for (const name of lineage(namespace, folder)) {
        const entry = folders?.get(name);
        if (entry) chain.unshift(entry);
      }
      return chain;
    },
    childFolders: (namespace, folder) => childrenOf(namespace, 'folder', folder),
    dashboardsIn: (namespace, folder) => childrenOf(namespace, 'dashboard', folder),
    subtree(namespace, folder) {
      const below: ContentEntry[] = [];
      const seen = new Set([folder]);
      const visit = (name: string): void => {
        for (const child of childrenOf(namespace, 'folder', name)) {
          if (seen.has(child.name)) continue;
          seen.add(child.name);
          below.push(child);
          visit(child.name);
        }
      };
      visit(folder);
      return below;
    },
    entries: (namespace, kind) => namespaces.get(namespace)?.byTitle[kind].entries ?? nothing,
    namespaces: () => [...namespaces.keys()],
    find: (namespace, options) => find(namespaces.get(namespace), options),
    revision: (namespace) => namespaces.get(namespace)?.revision ?? 0,
    treeRevision: (namespace) => namespaces.get(namespace)?.treeRevision ?? 0,
    close: stopListening,
  };
}

const kindOf = ({ group, resource }: { group: string; resource: string }): ContentKind | undefined => {
  if (group === dashboardType.group && resource === dashboardType.resource) return 'dashboard';
  return group === folderType.group && resource === folderType.resource ? 'folder' : undefined;
};

function find(ns: NamespaceIndex | undefined, options: FindOptions): Found {
  if (!ns) return { hits: [], total: 0 };
  const kinds: readonly ContentKind[] = options.kind ? [options.kind] : ['folder', 'dashboard'];
  if (options.order === 'folders-first') return collect(ns, kinds, options);
  // Both kinds mixed by title: they are sorted each, and merged.
  const all = kinds.map((kind) => collect(ns, [kind], { ...options, offset: 0, limit: Number.MAX_SAFE_INTEGER }).hits);
  const merged = all.length === 1 ? all[0]! : mergeSorted(all[0]!, all[1]!);
  const ordered = options.order === 'title' ? merged : merged.toReversed();
  return { hits: ordered.slice(options.offset, options.offset + options.limit), total: merged.length };
}

function collect(ns: NamespaceIndex, kinds: readonly ContentKind[], options: FindOptions): Found {
  const hits: ContentEntry[] = [];
  const end = options.offset + options.limit;
  let total = 0;
  for (const kind of kinds) {
    const take = (entry: ContentEntry): boolean => {
      if (!fits(entry, options)) return true;
      if (total >= options.offset && total < end) hits.push(entry);
      total++;
      return options.countAll === true || total < end;
    };
    if (options.names && options.names.size < 1000) {
      const named = [...options.names].map((name) => ns.byName[kind].get(name)).filter((entry) => entry !== undefined);
      const folded = foldTitle(options.query ?? '');
      for (const entry of named.sort(compareEntries)) if (entry.titleFolded.includes(folded) && !take(entry)) break;
    } else ns.byTitle[kind].scan(foldTitle(options.query ?? ''), take);
    if (!options.countAll && total >= end) break;
  }
  return { hits, total };
}

function fits(entry: ContentEntry, { tags, names, legacyIds, folders, accept }: FindOptions): boolean {
  if (names && !names.has(entry.name)) return false;
  if (folders && !folders.has(entry.folder)) return false;
  if (legacyIds && !legacyIds.has(entry.legacyId)) return false;
  if (tags && !tags.every((tag) => entry.tags.includes(tag))) return false;
  return accept === undefined || accept(entry);
}

function mergeSorted(a: readonly ContentEntry[], b: readonly ContentEntry[]): ContentEntry[] {
  const out: ContentEntry[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) out.push(compareEntries(a[i]!, b[j]!) <= 0 ? a[i++]! : b[j++]!);
  while (i < a.length) out.push(a[i++]!);
  while (j < b.length) out.push(b[j++]!);
  return out;
}
