import type { Clock } from '../../../infra/clock.ts';
import type { ContentIndex } from '../../../storage/search/content-index.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { objectionToUid, shortUid } from '../../../util/short-uid.ts';
import { may } from '../../../web/access.ts';
import { badRequest } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import { accessDenied } from '../../identity/accesscontrol/accesscontrol.ts';
import { generalFolder, type ContentAccess } from '../access.ts';
import { folderErrors, type FolderContent } from '../folders/folder.ts';
import type { LibraryStore } from './library-store.ts';
import { libraryErrors, panelKind, type LibraryElement, type LibraryService } from './library.ts';
import { isObject, textOf } from '../../../util/json-value.ts';

export interface LibraryServiceDeps {
  readonly store: LibraryStore;
  readonly index: ContentIndex;
  readonly access: ContentAccess;
  readonly clock: Pick<Clock, 'now'>;
}

type Model = Readonly<Record<string, unknown>>;

/** How long it is remembered that an element was there. */
const rememberMs = 30_000;
const rememberedMax = 1_000;

export function createLibraryService({ store, index, access, clock }: LibraryServiceDeps): LibraryService & { readonly folderContent: FolderContent } {
  async function demand(orgId: number, uid: string): Promise<LibraryElement> {
    const found = await store.find(orgId, uid);
    if (!found) throw libraryErrors.notFound();
    return found;
  }

  /** When what was deleted here is forgotten. */
  const deleted = new Map<string, number>();
  const keyOf = (orgId: number, uid: string) => `${orgId}/${uid}`;

  async function usage(orgId: number): Promise<ReadonlyMap<string, number>> {
    await index.ready();
    const counts = new Map<string, number>();
    for (const { libraryPanels } of index.entries(namespaceOf(orgId), 'dashboard')) {
      for (const uid of libraryPanels) counts.set(uid, (counts.get(uid) ?? 0) + 1);
    }
    return counts;
  }

  const allows = (identity: Identity, action: string, { uid, folderUid }: { uid: string; folderUid: string }) =>
    identity.permissions.has(action, `library.panels:uid:${uid}`, ...access.folderScopes(identity.orgId, folderUid));

  function place(orgId: number, folderUid: string, folderId = 0): string {
    if (folderUid === '' && folderId > 0) folderUid = index.byLegacyId(namespaceOf(orgId), 'folder', folderId)[0]?.name ?? 'unknown';
    if (folderUid === '' || folderUid === generalFolder) return '';
    const folder = index.folder(namespaceOf(orgId), folderUid);
    if (!folder) throw libraryErrors.noFolder();
    if (folder.manager?.kind === 'repo') throw libraryErrors.repositoryFolder();
    return folderUid;
  }

  async function insert(identity: Identity, uid: string, name: string, folderUid: string, model: Model): Promise<LibraryElement> {
    const now = clock.now();
    return store.insert({
      ...described(uid, model), orgId: identity.orgId, uid, name, version: 1, folderUid, created: now, createdBy: identity.id, updated: now, updatedBy: identity.id,
    });
  }

  const service: LibraryService = {
    usage,
    mayRead: (identity, element) => allows(identity, 'library.panels:read', element),
    find: store.find,

    async create(identity, { uid, name, kind, model, folderUid, folderId }) {
      await index.ready();
      if (kind === 0) throw badRequest();
      checkUid(uid);
      const folder = place(identity.orgId, folderUid, folderId);
      // Compat: whoever names no folder needs the right on all of them.
      const allowed = folderUid === '' ? identity.permissions.has('library.panels:create', 'folders:uid:') : allows(identity, 'library.panels:create', { uid: '', folderUid: folder });
      if (!allowed) throw libraryErrors.mayNotCreate(folderUid);
      if (kind !== panelKind || !isObject(model)) throw libraryErrors.badElement();
      return insert(identity, uid || shortUid(), name, folder, model);
    },

    async findByName(identity, name) {
      await index.ready();
      const found = (await store.all(identity.orgId)).filter((element) => element.name === name && service.mayRead(identity, element));
      if (found.length === 0) throw libraryErrors.notFound();
      return found;
    },

    async list(identity, { search, descending, types, excludeUid, folderUids, page, perPage }) {
      await index.ready();
      const wanted = search.toLowerCase();
      const namespace = namespaceOf(identity.orgId);
      const found = (await store.all(identity.orgId)).filter((element) => {
        if (element.uid === excludeUid || (types.length > 0 && !types.includes(element.type))) return false;
        if (wanted === '' || element.name.toLowerCase().includes(wanted) || element.description.toLowerCase().includes(wanted)) return true;
        return folderUids === undefined && (index.folder(namespace, element.folderUid)?.titleFolded.includes(wanted) ?? false);
      });
      const direction = descending ? -1 : 1;
      // Compat: equal names stand by age, or by uid in folders that are asked for; backwards too.
      const byFolder = folderUids?.some((uid) => uid !== '') ?? false;
      const tie = (a: LibraryElement, b: LibraryElement) => (byFolder && a.folderUid !== '' && b.folderUid !== '' ? (a.uid < b.uid ? -1 : 1) : a.id - b.id);
      found.sort((a, b) => (a.name === b.name ? tie(a, b) : a.name < b.name ? -direction : direction));
      const inPlace = folderUids === undefined ? found : found.filter((element) => folderUids.includes(element.folderUid));
      // Compat: when only the root is asked for, its elements are counted and all are shown.
      const shown = folderUids?.every((uid) => uid === '') ? found : inPlace;
      const elements = shown.slice((page - 1) * perPage, page * perPage).filter((element) => service.mayRead(identity, element));
      return { totalCount: inPlace.length, elements };
    },

    async update(identity, uid, change) {
      await index.ready();
      const current = await demand(identity.orgId, uid);
      checkUid(change.uid);
      if (change.version !== current.version) throw libraryErrors.changed();
      if (!allows(identity, 'library.panels:write', current)) throw libraryErrors.folderDenied();
      const target = change.folderUid === undefined ? '' : place(identity.orgId, change.folderUid);
      if (target !== '' && target !== current.folderUid && !allows(identity, 'library.panels:create', { uid: '', folderUid: target })) throw libraryErrors.folderDenied();
      if (change.model !== undefined && change.model !== null && !isObject(change.model)) throw badRequest();
      const newUid = change.uid || current.uid;
      const next: LibraryElement = {
        ...current, ...(isObject(change.model) ? described(newUid, change.model) : {}), uid: newUid, name: change.name || current.name,
        version: current.version + 1, folderUid: target || current.folderUid, updated: clock.now(), updatedBy: identity.id,
      };
      if (!(await store.update(next, current.version))) throw libraryErrors.changed();
      // Compat: the answer shows the root unless a folder was named; the element stays where it is.
      return { ...next, folderUid: target };
    },

    async delete(identity, uid) {
      const element = await store.find(identity.orgId, uid);
      // Compat: an element that never was is refused like one that may not be touched; one that has just gone is not found.
      if (!element) throw (deleted.get(keyOf(identity.orgId, uid)) ?? 0) > clock.now() ? libraryErrors.notFound() : accessDenied(may('library.panels:delete'));
      await index.ready();
      if (!allows(identity, 'library.panels:delete', element)) throw libraryErrors.folderDenied();
      if ((await usage(identity.orgId)).has(uid)) throw libraryErrors.inUse();
      await store.delete(identity.orgId, element.id);
      if (deleted.size >= rememberedMax) deleted.clear();
      deleted.set(keyOf(identity.orgId, uid), clock.now() + rememberMs);
      return element;
    },

    async createMissing(identity, folderUid, dashboard, elements) {
      await index.ready();
      const definitions = definitionsIn(elements);
      let folder: string | undefined;
      for (const { uid, name } of referencesIn(dashboard)) {
        checkUid(uid);
        if (await store.find(identity.orgId, uid)) continue;
        if (folder === undefined) {
          folder = place(identity.orgId, folderUid);
          if (!allows(identity, 'library.panels:create', { uid: '', folderUid: folder })) throw libraryErrors.mayNotCreate(folderUid);
        }
        const definition = definitions.get(uid);
        const model = isObject(definition?.['model']) ? definition['model'] : {};
        await insert(identity, uid, typeof definition?.['name'] === 'string' ? definition['name'] : name, folder, model);
      }
    },
  };

  return {
    ...service,
    folderContent: {
      countedAs: 'librarypanel', group: 'dashboard.grafana.app', resource: 'librarypanels',
      async count(orgId, folders) {
        return (await store.inFolders(orgId, folders)).length;
      },
      async objectToDeletion(orgId, folders) {
        const used = await usage(orgId);
        if ((await store.inFolders(orgId, folders)).some(({ uid }) => used.has(uid))) throw folderErrors.panelsInUse();
      },
      async delete(orgId, folders) {
        for (const { id } of await store.inFolders(orgId, folders)) await store.delete(orgId, id);
      },
    },
  };
}


function checkUid(uid: string): void {
  const objection = objectionToUid(uid);
  if (objection) throw objection === 'too-long' ? libraryErrors.longUid() : libraryErrors.illegalUid();
}

/** Type and description are the model's, and the model says which element it belongs to. */
function described(uid: string, model: Model): Pick<LibraryElement, 'type' | 'description' | 'model'> {
  const type = textOf(model['type']);
  const description = textOf(model['description']);
  const { libraryPanel } = model;
  return {
    type, description,
    model: JSON.stringify({ ...model, type, description, ...(isObject(libraryPanel) && !libraryPanel['uid'] ? { libraryPanel: { ...libraryPanel, uid } } : {}) }),
  };
}

function definitionsIn(elements: unknown): ReadonlyMap<string, Model> {
  if (Array.isArray(elements)) return new Map(elements.filter(isObject).map((element) => [textOf(element['uid']), element]));
  if (!isObject(elements)) return new Map();
  return new Map(Object.entries(elements).filter((entry): entry is [string, Model] => isObject(entry[1])));
}

function referencesIn(dashboard: unknown): { uid: string; name: string }[] {
  const found = new Map<string, string>();
  const visit = (panels: unknown): void => {
    if (!Array.isArray(panels)) return;
    for (const panel of panels) {
      if (!isObject(panel)) continue;
      const { libraryPanel } = panel;
      if (isObject(libraryPanel) && textOf(libraryPanel['uid']) !== '') found.set(textOf(libraryPanel['uid']), textOf(libraryPanel['name']));
      visit(panel['panels']);
    }
  };
  if (isObject(dashboard)) visit(dashboard['panels']);
  return [...found].map(([uid, name]) => ({ uid, name }));
}
