/** Rules of folders, whichever face they are changed through. */
import { authorOf } from '../../../apiserver/caller.ts';
import type { Clock } from '../../../infra/clock.ts';
import { ResourceStoreError, type ResourceStore, type ResourceWrite, type StoredResource } from '../../../storage/resource-store.ts';
import { contentEntry, folderType } from '../../../storage/search/content-entry.ts';
import type { ContentIndex } from '../../../storage/search/content-index.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { objectionToUid, shortUid } from '../../../util/short-uid.ts';
import type { Identity } from '../../../web/identity.ts';
import type { AccessControl, ResourcePermissions } from '../../identity/accesscontrol/accesscontrol.ts';
import { generalFolder, readActions, sharedFolder, writeActions, type ContentAccess } from '../access.ts';
import { serverAuthor } from '../authors.ts';
import { classicOwners } from '../classic-owners.ts';
import type { DashboardService } from '../dashboards/dashboard.ts';
import { folderErrors, folderLevelsMax, type Folder, type FolderContent, type FolderService, type NewFolder } from './folder.ts';
import { trashedFolder } from './trashed-folder.ts';

export interface FolderServiceDeps {
  readonly store: ResourceStore;
  readonly index: ContentIndex;
  readonly access: ContentAccess;
  readonly clock: Pick<Clock, 'now'>;
  readonly accessControl: Pick<AccessControl, 'metadata'>;
  readonly permissions: Pick<ResourcePermissions, 'grantRootDefaults' | 'forget'>;
  /** What deletes the dashboards of a deleted folder. */
  readonly dashboards: Pick<DashboardService, 'deleteAll' | 'objectToDeletion'>;
  /** Throws when the organization may not have one more. */
  readonly checkQuota: (orgId: number, target: 'folder') => Promise<void>;
  /** Whether new folders at the root get their creator's and the basic roles' permissions. */
  readonly grantOnCreation: boolean;
}

const folderVersion = 'v1beta1';
const attemptsMax = 10;
/** More folders than ever lie in each other. */
const lineageMax = 100;

export function createFolderService(deps: FolderServiceDeps): FolderService {
  const { store, index, access, permissions } = deps;
  const contents: FolderContent[] = [];

  const keyOf = (orgId: number, uid: string) => ({ ...folderType, namespace: namespaceOf(orgId), name: uid });

  async function demand(orgId: number, uid: string): Promise<Folder> {
    await index.ready();
    const found = index.folder(namespaceOf(orgId), uid);
    if (!found) throw folderErrors.notFound();
    return found;
  }

  return {
    contents,
    contains: (content) => void contents.push(content),

    async find(orgId, uid) {
      await index.ready();
      return index.folder(namespaceOf(orgId), uid);
    },

    async findByLegacyId(orgId, id) {
      await index.ready();
      return index.byLegacyId(namespaceOf(orgId), 'folder', id)[0];
    },

    async list(identity, { parentUid, editable }) {
      await index.ready();
      const namespace = namespaceOf(identity.orgId);
      const fits = access.filter(identity, editable ? { ...readActions, folders: writeActions.folders } : readActions);
      if (parentUid === sharedFolder) return index.entries(namespace, 'folder').filter(access.sharedWith(identity)).filter(fits);
      if (parentUid === '' || parentUid === generalFolder) return index.childFolders(namespace, '').filter(fits);
      await demand(identity.orgId, parentUid);
      if (!access.mayOnFolder(identity, 'folders:read', parentUid)) throw folderErrors.denied();
      return index.childFolders(namespace, parentUid).filter(fits);
    },

    async create(identity, folder) {
      await index.ready();
      const { orgId } = identity;
      const parent = folder.parentUid;
      const allowed = parent === ''
        ? access.mayOnFolder(identity, 'folders:create', '')
        : access.mayOnFolder(identity, 'folders:create', parent) || access.mayOnFolder(identity, 'folders:write', parent);
      if (!allowed) throw folderErrors.forbiddenCreation();
      checkNew(folder);
      if (parent !== '' && parent === folder.uid) throw folderErrors.ownParent();
      // Compat: nobody looks whether the parent is there; with rights on all folders one can be made below nothing.
      if (index.path(namespaceOf(orgId), parent).length + 1 > folderLevelsMax) throw folderErrors.tooDeep();
      await deps.checkQuota(orgId, 'folder');
      return write(orgId, { ...folder, uid: folder.uid || shortUid(), title: folder.title.trim() }, authorOf(identity), {}, identity);
    },

    async update(identity, uid, { title, description, version, overwrite }) {
      const current = await demand(identity.orgId, uid);
      const demandVersion = ({ generation }: { generation: number }) => {
        if (!overwrite && version !== generation) throw folderErrors.changed();
      };
      demandVersion(current);
      if (title) {
        if (title.trim() === '') throw folderErrors.blankTitle();
        if (title.trim().toLowerCase() === generalFolder) throw folderErrors.reservedTitle();
      }
      return change(identity, uid, (spec) => ({
        ...spec, ...(title ? { title: title.trim() } : {}), ...(description !== undefined ? { description } : {}),
      }), { demand: demandVersion });
    },

    async move(identity, uid, parentUid) {
      const current = await demand(identity.orgId, uid);
      const namespace = namespaceOf(identity.orgId);
      if (uid === 'k6-app') throw folderErrors.immovable();
      if (parentUid === generalFolder) throw folderErrors.noMoveTarget(parentUid);
      if (parentUid !== '') await demand(identity.orgId, parentUid);
      const allowed = access.mayOnFolder(identity, 'folders:create', parentUid) || (parentUid !== '' && access.mayOnFolder(identity, 'folders:write', parentUid));
      if (!allowed) throw folderErrors.forbiddenMove();
      if (parentUid === current.folder) return current;
      if (gainsRights(identity, uid, parentUid)) throw folderErrors.escalation();
      if (index.lineage(namespace, parentUid).includes(uid)) throw folderErrors.circular();
      if (parentUid !== '' && index.path(namespace, parentUid).length + heightOf(namespace, uid) > folderLevelsMax) throw folderErrors.moveTooDeep();
      const moved = await change(identity, uid, (spec) => spec, { folder: parentUid });
      await confirmPlace(identity, moved, current.folder);
      return moved;
    },

    confirmPlace,

    async delete(identity, uid, { force }) {
      await index.ready();
      const { orgId } = identity;
      const namespace = namespaceOf(orgId);
      const top = index.folder(namespace, uid);
      if (!top) throw folderErrors.noResource(uid);
      const doomed = [top, ...index.subtree(namespace, uid)];
      const names = doomed.map((folder) => folder.name);
      const boards = doomed.flatMap((folder) => index.dashboardsIn(namespace, folder.name));
      if (!force) {
        for (const content of contents) await content.objectToDeletion(orgId, names);
        await deps.dashboards.objectToDeletion(orgId, boards);
      }
      await deps.dashboards.deleteAll(identity, boards);
      for (const content of contents) await content.delete(orgId, names, identity);
      for (const folder of doomed.toReversed()) await remove(identity, folder.name);
      // What somebody put in meanwhile goes too: without its folder nobody would find it again.
      for (const late of names.flatMap((name) => index.subtree(namespace, name))) {
        names.push(late.name);
        await remove(identity, late.name);
      }
      await deps.dashboards.deleteAll(identity, names.flatMap((name) => index.dashboardsIn(namespace, name)));
    },

    async restore(identity, uid) {
      await index.ready();
      const { orgId } = identity;
      const namespace = namespaceOf(orgId);
      if (index.folder(namespace, uid)) throw folderErrors.exists();
      const trashed = await trashedFolder(store, namespace, uid);
      const mayKnow = identity.isGrafanaAdmin || identity.orgRole === 'Admin' || trashed?.top.updatedBy === authorOf(identity);
      if (!trashed || !mayKnow) throw folderErrors.notInTrash();
      const parent = trashed.top.folder !== '' && index.folder(namespace, trashed.top.folder) ? trashed.top.folder : '';
      if (!access.mayOnFolder(identity, 'folders:create', parent)) throw folderErrors.forbiddenCreation();
      const levels = 1 + Math.max(0, ...trashed.folders.map(({ name }) => depthBelow(trashed.folders, name)));
      if (index.path(namespace, parent).length + levels > folderLevelsMax) throw folderErrors.tooDeep();
      for (let i = 0; i < trashed.folders.length + 1; i++) await deps.checkQuota(orgId, 'folder');
      const taken: string[] = [];
      const again = async (object: StoredResource, folder: string): Promise<StoredResource | undefined> => {
        const { 'grafana.app/folder': _, ...annotations } = object.annotations;
        try {
          return await store.create({
            group: object.group, resource: object.resource, namespace, name: object.name, apiVersion: object.apiVersion, title: object.title, folder, labels: object.labels, spec: object.spec,
            annotations: folder === '' ? annotations : { ...annotations, 'grafana.app/folder': folder }, author: authorOf(identity), legacyId: object.legacyId,
          }, folder === '' && deps.grantOnCreation ? (created) => permissions.grantRootDefaults(orgId, created.name, identity) : undefined);
        } catch (error) {
          if (!(error instanceof ResourceStoreError) || error.kind !== 'already-exists') throw error;
          taken.push(object.name);
          return undefined;
        }
      };
      const top = await again(trashed.top, parent);
      if (!top) throw folderErrors.exists();
      let folders = 0;
      let dashboards = 0;
      for (const folder of trashed.folders) if (await again(folder, folder.folder)) folders++;
      for (const dashboard of trashed.dashboards) if (await again(dashboard, dashboard.folder)) dashboards++;
      return { folder: contentEntry('folder', top), folders, dashboards, taken };
    },

    async counts(orgId, uid) {
      await index.ready();
      const namespace = namespaceOf(orgId);
      const roots = uid === generalFolder ? ['', generalFolder] : index.folder(namespace, uid) ? [uid] : [];
      const below = roots.flatMap((root) => index.subtree(namespace, root));
      const names = [...roots, ...below.map((folder) => folder.name)];
      const counted: Record<FolderContent['countedAs'], number> = { alertrule: 0, librarypanel: 0 };
      if (names.length > 0) for (const content of contents) counted[content.countedAs] += await content.count(orgId, names);
      return { folder: below.length, dashboard: names.reduce((sum, name) => sum + index.dashboardsIn(namespace, name).length, 0), ...counted };
    },

    async provide(orgId, { uid, title, manager }) {
      await index.ready();
      const namespace = namespaceOf(orgId);
      const found = uid ? index.folder(namespace, uid) : index.childFolders(namespace, '').find((folder) => folder.title === title);
      if (found) return found;
      const annotations = { 'grafana.app/managedBy': manager.kind, 'grafana.app/managerId': manager.id };
      return write(orgId, { uid: uid || shortUid(), title, description: '', parentUid: '' }, serverAuthor, annotations, undefined);
    },
  };

  async function write(orgId: number, { uid, title, description, parentUid }: NewFolder, author: string, annotations: Record<string, string>, creator: Identity | undefined): Promise<Folder> {
    const placed = parentUid === '' ? annotations : { ...annotations, 'grafana.app/folder': parentUid };
    const spec = { title, description };
    try {
      const stored = await store.create({
        ...keyOf(orgId, uid), apiVersion: folderVersion, title, folder: parentUid, labels: {}, author, annotations: placed, spec: JSON.stringify(spec),
        managedFields: classicOwners({ apiVersion: `${folderType.group}/${folderVersion}`, annotations: placed, spec }, deps.clock.now()),
      }, parentUid === '' && deps.grantOnCreation ? (created) => permissions.grantRootDefaults(orgId, created.name, creator) : undefined);
      return contentEntry('folder', stored);
    } catch (error) {
      if (error instanceof ResourceStoreError && error.kind === 'already-exists') throw folderErrors.exists();
      throw error;
    }
  }

  async function remove(identity: Identity, uid: string): Promise<void> {
    try {
      await store.delete(keyOf(identity.orgId, uid), { author: authorOf(identity) });
    } catch (error) {
      // Somebody else was faster.
      if (!(error instanceof ResourceStoreError) || error.kind !== 'not-found') throw error;
    }
    await permissions.forget(identity.orgId, uid);
  }

  /** Nobody's change gets lost: whoever was overtaken looks at the folder again. */
  async function change(
    identity: Identity, uid: string, edit: (spec: Record<string, unknown>) => Record<string, unknown>, options: { readonly folder?: string; readonly demand?: (stored: StoredResource) => void },
  ): Promise<Folder> {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const changed = await changeOnce(identity, uid, edit, options);
      if (changed) return changed;
    }
    throw folderErrors.changed();
  }

  /** Undefined where somebody else was faster. */
  async function changeOnce(identity: Identity, uid: string, edit: Parameters<typeof change>[2], { folder, demand: demandOf }: Parameters<typeof change>[3]): Promise<Folder | undefined> {
    const key = keyOf(identity.orgId, uid);
    const stored = await store.get(key);
    if (!stored) throw folderErrors.notFound();
    demandOf?.(stored);
    const spec = edit(JSON.parse(stored.spec) as Record<string, unknown>);
    const { 'grafana.app/folder': _, ...annotations } = stored.annotations;
    const parent = folder ?? stored.folder;
    const update: ResourceWrite = {
      ...key, apiVersion: stored.apiVersion, title: String(spec['title'] ?? ''), folder: parent, labels: stored.labels, author: authorOf(identity),
      annotations: parent === '' ? annotations : { ...annotations, 'grafana.app/folder': parent }, spec: JSON.stringify(spec),
    };
    try {
      return contentEntry('folder', await store.update(update, stored.resourceVersion));
    } catch (error) {
      if (error instanceof ResourceStoreError && error.kind === 'conflict') return undefined;
      if (error instanceof ResourceStoreError && error.kind === 'not-found') throw folderErrors.notFound();
      throw error;
    }
  }

  /** Two moves at the same time may each be fine and together make a circle. Whoever is written last sees it, and goes back. */
  async function confirmPlace(identity: Identity, { name, folder }: Pick<Folder, 'name' | 'folder'>, former: string): Promise<void> {
    let above = folder;
    for (let levels = 0; above !== '' && levels < lineageMax; levels++) {
      if (above === name) {
        await change(identity, name, (spec) => spec, { folder: former });
        throw folderErrors.circular();
      }
      above = (await store.get(keyOf(identity.orgId, above)))?.folder ?? '';
    }
  }

  /** Somebody who moves a folder to where they have more rights would have those rights on it too. */
  function gainsRights(identity: Identity, uid: string, target: string): boolean {
    const before = deps.accessControl.metadata(identity, ...access.folderScopes(identity.orgId, uid));
    const there = deps.accessControl.metadata(identity, ...access.folderScopes(identity.orgId, target));
    return target !== '' && Object.keys(there).some((action) => !Object.hasOwn(before, action));
  }

  /** Levels that the folder and what is below it take. */
  function heightOf(namespace: string, uid: string): number {
    const own = index.path(namespace, uid).length;
    return Math.max(own, ...index.subtree(namespace, uid).map((folder) => index.path(namespace, folder.name).length)) - own + 1;
  }
}

/** Levels between the restored folder and one of those below it. */
function depthBelow(folders: readonly StoredResource[], name: string): number {
  const parent = folders.find((folder) => folder.name === name)?.folder;
  return parent === undefined ? 0 : 1 + depthBelow(folders, parent);
}

function checkNew({ uid, title }: NewFolder): void {
  if (title.trim() === '') throw folderErrors.emptyTitle();
  if (uid === generalFolder) throw folderErrors.reservedUid();
  if (uid === sharedFolder) throw folderErrors.sharedUid();
  if (uid.includes('/')) throw folderErrors.slashInUid(uid);
  const objection = objectionToUid(uid);
  if (objection) throw objection === 'too-long' ? folderErrors.longUid() : folderErrors.illegalUid();
}
