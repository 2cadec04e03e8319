/** `/api/folders` (dashboards-and-content §6). */
import { folderUrl } from '../urls.ts';
import { Type } from '../../../web/schema.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { rfc3339Seconds, zeroTime } from '../../../util/rfc3339.ts';
import type { ContentIndex } from '../../../storage/search/content-index.ts';
import { permission } from '../../../web/access.ts';
import { queryBool, queryInt } from '../../../web/bind.ts';
import type { Identity } from '../../../web/identity.ts';
import { note } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import type { AccessControl } from '../../identity/accesscontrol/accesscontrol.ts';
import { generalFolder, sharedFolder, type ContentAccess } from '../access.ts';
import { anonymousAuthor, type Authors } from '../authors.ts';
import { folderErrors, type Folder, type FolderService } from './folder.ts';

export interface FolderRoutesDeps {
  readonly folders: FolderService;
  readonly index: ContentIndex;
  readonly access: ContentAccess;
  readonly accessControl: Pick<AccessControl, 'metadata'>;
  readonly authors: Authors;
  /** Sub-path of all addresses, '' for none. */
  readonly subPath: string;
}

interface FolderBody {
  readonly id: number;
  readonly uid: string;
  readonly orgId: number;
  readonly title: string;
  readonly url: string;
  readonly hasAcl: boolean;
  readonly canSave: boolean;
  readonly canEdit: boolean;
  readonly canAdmin: boolean;
  readonly canDelete: boolean;
  readonly createdBy: string;
  readonly created: string;
  readonly updatedBy: string;
  readonly updated: string;
  readonly version?: number;
  readonly managedBy?: string;
  readonly accessControl?: Record<string, true>;
  readonly parentUid?: string;
  readonly parents?: readonly FolderBody[];
}

const CreateFolder = Type.Object({ uid: Type.String(), title: Type.String(), description: Type.String(), parentUid: Type.String() });
const UpdateFolder = Type.Object({
  title: Type.Optional(Type.String()), description: Type.Optional(Type.String()), version: Type.Integer(), overwrite: Type.Boolean(),
});
const MoveFolder = Type.Object({ parentUid: Type.String() });


export function folderRoutes(routes: Routes, deps: FolderRoutesDeps): void {
  const { folders, index, access, accessControl, authors, subPath } = deps;
  const onFolder = (action: string) => permission(action, 'folders:uid:{uid}');

  routes.get('/api/folders', { access: permission('folders:read'), name: 'getFolders', tag: 'folders' }, async ({ identity, search }) => {
    const parentUid = search.get('parentUid') ?? '';
    const limit = queryInt(search.get('limit'));
    if (limit < 0) throw folderErrors.badLimit();
    const page = Math.max(1, queryInt(search.get('page')));
    const all = await folders.list(identity, { parentUid, editable: search.get('permission') === 'Edit' });
    const shown = limit === 0 ? (page === 1 ? all : []) : all.slice((page - 1) * limit, page * limit);
    const rows: object[] = shown.map((folder) => ({
      id: folder.legacyId, uid: folder.name, title: folder.title,
      ...(folder.folder ? { parentUid: folder.folder } : {}), ...(folder.manager ? { managedBy: folder.manager.kind } : {}),
    }));
    const atRoot = parentUid === '' || parentUid === generalFolder;
    // Whoever does not see every folder may have something shared that lies below one they cannot see.
    if (atRoot && page === 1 && !identity.permissions.has('folders:read', 'folders:uid:*')) rows.unshift({ id: -1, uid: sharedFolder, title: 'Shared with me' });
    return rows;
  });

  routes.post('/api/folders', { access: permission('folders:create'), name: 'createFolder', tag: 'folders', body: CreateFolder }, async ({ identity, body }) =>
    asBeforeCreation(identity, await folderBody(identity, await folders.create(identity, body))));

  routes.get('/api/folders/id/:id', { access: permission('folders:read', 'folders:id:{id}'), name: 'getFolderByID', tag: 'folders' }, async ({ identity, params, search }) => {
    const id = Number(params['id']);
    if (!/^-?\d+$/.test(params['id'] ?? '')) throw folderErrors.badId();
    const folder = await folders.findByLegacyId(identity.orgId, id);
    if (!folder) throw folderErrors.notFound();
    return folderBody(identity, folder, queryBool(search.get('accesscontrol')));
  });

  routes.get('/api/folders/:uid', { access: onFolder('folders:read'), name: 'getFolderByUID', tag: 'folders' }, async ({ identity, params, search }) => {
    const uid = params['uid'] ?? '';
    if (uid === generalFolder || uid === sharedFolder) return virtualFolder(identity, uid, queryBool(search.get('accesscontrol')));
    const folder = await folders.find(identity.orgId, uid);
    if (!folder) throw folderErrors.notFound();
    return folderBody(identity, folder, queryBool(search.get('accesscontrol')));
  });

  routes.put('/api/folders/:uid', { access: onFolder('folders:write'), name: 'updateFolder', tag: 'folders', body: UpdateFolder }, async ({ identity, params, body }) =>
    folderBody(identity, await folders.update(identity, params['uid'] ?? '', body)));

  routes.post('/api/folders/:uid/move', { access: onFolder('folders:write'), name: 'moveFolder', tag: 'folders', body: MoveFolder }, async ({ identity, params, body }) =>
    folderBody(identity, await folders.move(identity, params['uid'] ?? '', body.parentUid)));

  routes.delete('/api/folders/:uid', { access: onFolder('folders:delete'), name: 'deleteFolder', tag: 'folders' }, async ({ identity, params, search }) => {
    await folders.delete(identity, params['uid'] ?? '', { force: queryBool(search.get('forceDeleteRules')) });
    return note('Folder deleted');
  });

  // The reference has no such route: there, folders are deleted for good.
  routes.post('/api/folders/:uid/restore', { access: permission('folders:create'), name: 'restoreFolder', tag: 'folders' }, async ({ identity, params }) => {
    const { folder, folders: below, dashboards, taken } = await folders.restore(identity, params['uid'] ?? '');
    return { folder: await folderBody(identity, folder), restored: { folders: below + 1, dashboards }, taken };
  });

  routes.get('/api/folders/:uid/counts', { access: onFolder('folders:read'), name: 'getFolderDescendantCounts', tag: 'folders' }, ({ identity, params }) =>
    folders.counts(identity.orgId, params['uid'] ?? ''));

  async function folderBody(identity: Identity, folder: Folder, withAccess = false): Promise<FolderBody> {
    await index.ready();
    const own = await oneFolder(identity, folder, withAccess);
    if (folder.folder === '') return own;
    const parents: FolderBody[] = [];
    for (const parent of index.path(namespaceOf(identity.orgId), folder.folder)) {
      // Compat: the chapter says "redacted", measured it is left out.
      if (access.mayOnFolder(identity, 'folders:read', parent.name)) parents.push(await oneFolder(identity, parent, withAccess));
    }
    return parents.length > 0 ? { ...own, parents } : own;
  }

  /** Compat: the answer to a creation does not know yet what its maker was granted by it. */
  function asBeforeCreation(identity: Identity, body: FolderBody): FolderBody {
    const may = (...actions: string[]) => actions.every((action) => access.mayOnFolder(identity, action, body.parentUid ?? generalFolder));
    const canSave = may('folders:write');
    return { ...body, canSave, canEdit: canSave, canAdmin: may('folders.permissions:read', 'folders.permissions:write'), canDelete: may('folders:delete') };
  }

  async function oneFolder(identity: Identity, folder: Folder, withAccess: boolean): Promise<FolderBody> {
    const scopes = access.folderScopes(identity.orgId, folder.name);
    const { permissions } = identity;
    const canSave = permissions.has('folders:write', ...scopes);
    return {
      id: folder.legacyId, uid: folder.name, orgId: identity.orgId, title: folder.title, url: folderUrl(subPath, folder.name, folder.title), hasAcl: false,
      canSave, canEdit: canSave,
      canAdmin: permissions.has('folders.permissions:read', ...scopes) && permissions.has('folders.permissions:write', ...scopes),
      canDelete: permissions.has('folders:delete', ...scopes),
      createdBy: await login(folder.createdBy), created: rfc3339Seconds(folder.created),
      updatedBy: folder.updatedBy === '' ? anonymousAuthor : await login(folder.updatedBy), updated: rfc3339Seconds(folder.updated),
      version: folder.generation,
      ...(folder.manager ? { managedBy: folder.manager.kind } : {}),
      ...(withAccess ? { accessControl: accessControl.metadata(identity, ...scopes) } : {}),
      ...(folder.folder ? { parentUid: folder.folder } : {}),
    };
  }

  // Compat: folders of service accounts show nobody; dashboards show the account's name.
  function login(author: string): string | Promise<string> {
    return author.startsWith('user:') ? authors.nameOf(author) : anonymousAuthor;
  }

  function virtualFolder(identity: Identity, uid: string, withAccess: boolean): FolderBody {
    const may = (action: string) => access.mayOnFolder(identity, action, uid);
    const root = uid === generalFolder;
    const scopes = access.folderScopes(identity.orgId, uid);
    const body: FolderBody = {
      id: root ? 0 : -1, uid, orgId: 0, title: root ? 'Dashboards' : 'Shared with me', url: root ? '' : folderUrl(subPath, uid, 'Shared with me'), hasAcl: false,
      canSave: may('folders:write'), canEdit: may('folders:write'), canAdmin: may('folders.permissions:read') && may('folders.permissions:write'),
      canDelete: may('folders:delete'), createdBy: anonymousAuthor, created: zeroTime, updatedBy: anonymousAuthor, updated: zeroTime,
      ...(withAccess ? { accessControl: accessControl.metadata(identity, ...scopes) } : {}),
    };
    return root ? body : { ...body, parents: [body] };
  }
}
