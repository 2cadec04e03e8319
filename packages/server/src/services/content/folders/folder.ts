/** Folders (dashboards-and-content §6, §16): where dashboards, library panels and alert rules live. Kinds in the resource store. */
import type { ContentEntry } from '../../../storage/search/content-entry.ts';
import { ApiError, defineErrors } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';

/** A folder as the store knows it. Everything that lists and answers need is in the content index. */
export type Folder = ContentEntry;

export interface NewFolder {
  /** '' lets the server choose. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** '' is the root. */
  readonly parentUid: string;
}

export interface FolderChange {
  readonly title?: string;
  readonly description?: string;
  readonly version: number;
  readonly overwrite: boolean;
}

/** Something that lies in folders besides dashboards and folders: alert rules, library panels. */
export interface FolderContent {
  /** Key in the classic counts. */
  readonly countedAs: 'alertrule' | 'librarypanel';
  /** Name in the counts of the resource API. */
  readonly group: string;
  readonly resource: string;
  count(orgId: number, folders: readonly string[]): Promise<number>;
  /** Throws when the folders must stay because of what is in them. Not asked when the deletion is forced. */
  objectToDeletion(orgId: number, folders: readonly string[]): Promise<void>;
  delete(orgId: number, folders: readonly string[], by: Identity): Promise<void>;
}

export interface FolderCounts {
  readonly folder: number;
  readonly dashboard: number;
  readonly alertrule: number;
  readonly librarypanel: number;
}

export interface RestoredFolder {
  readonly folder: Folder;
  readonly folders: number;
  readonly dashboards: number;
  /** Names that somebody took while the folder came back. */
  readonly taken: readonly string[];
}

export interface FolderManager {
  readonly kind: string;
  readonly id: string;
}

export interface FolderService {
  /** What else lies in folders. Registered while the graph is built. */
  contains(content: FolderContent): void;
  readonly contents: readonly FolderContent[];
  find(orgId: number, uid: string): Promise<Folder | undefined>;
  findByLegacyId(orgId: number, id: number): Promise<Folder | undefined>;
  /** Direct children that the identity may read (or, with `editable`, write), by title. */
  list(identity: Identity, options: { parentUid: string; editable: boolean }): Promise<readonly Folder[]>;
  create(identity: Identity, folder: NewFolder): Promise<Folder>;
  update(identity: Identity, uid: string, change: FolderChange): Promise<Folder>;
  /** Called when a folder was moved from `former` to where it is: throws, and takes it back, where it has come to lie below itself. */
  confirmPlace(identity: Identity, folder: Pick<Folder, 'name' | 'folder'>, former: string): Promise<void>;
  move(identity: Identity, uid: string, parentUid: string): Promise<Folder>;
  /** With everything below. `force`: alert rules, library panels in use and provisioned dashboards go too. */
  delete(identity: Identity, uid: string, options: { force: boolean }): Promise<void>;
  /**
   * Takes a deleted folder out of the trash with the folders and dashboards that were deleted with it. It comes back where it was, or at the
   * root when its parent is gone. For administrators and for whoever deleted it; versions and rights begin anew.
   */
  restore(identity: Identity, uid: string): Promise<RestoredFolder>;
  /** Whole subtree, the folder itself not counted; zeros for an unknown one. */
  counts(orgId: number, uid: string): Promise<FolderCounts>;
  /** For provisioning: the folder with this uid, or this title at the root, made when missing. */
  provide(orgId: number, folder: { uid: string; title: string; manager: FolderManager }): Promise<Folder>;
}

export const folderErrors = {
  ...defineErrors('folder', {
    emptyTitle: [400, 'folder title cannot be empty'],
    blankTitle: [400, 'Dashboard title cannot be empty'],
    reservedTitle: [400, 'A folder with that name already exists'],
    illegalUid: [400, 'uid contains illegal characters'],
    longUid: [400, 'uid too long, max 40 characters'],
    reservedUid: [400, 'Folder API error: invalid uid for folder provided'],
    sharedUid: [400, 'BadRequest', 'folder.bad-request'],
    ownParent: [400, 'folder cannot be parent of itself'],
    exists: [412, 'the folder has been changed by someone else'],
    changed: [412, 'The dashboard has been changed by someone else'],
    tooDeep: [400, 'Folder API error: folder max depth exceeded, max depth is 4'],
    moveTooDeep: [400, 'Maximum nested folder depth reached'],
    circular: [400, 'cannot move folder under its own descendant, this would create a circular reference'],
    immovable: [400, 'k6 project may not be moved'],
    denied: [403, 'Access denied'],
    forbiddenCreation: [403, 'not enough permissions to create a folder in the selected location', 'folders.forbiddenCreation'],
    forbiddenMove: [403, 'Access denied to the destination folder', 'folders.forbiddenMove'],
    escalation: [403, 'Cannot move a folder to a folder where you have higher permissions', 'folders.accessEscalation'],
    notEmpty: [400, 'Folder cannot be deleted: folder is not empty', 'folder.not-empty'],
    panelsInUse: [403, 'Folder could not be deleted because it contains library elements in use'],
    badLimit: [400, 'Folder API error: limit cannot be negative'],
    badId: [400, 'id is invalid'],
    notInTrash: [404, 'The folder is not in the trash'],
  }),
  notFound: () => new ApiError(404, 'folder not found', { extra: { status: 'not-found' } }),
  /** As the resource API says it. */
  noResource: (uid: string) => new ApiError(404, `folders.folder.grafana.app "${uid}" not found`),
  slashInUid: (uid: string) =>
    new ApiError(422, `Folder.folder.grafana.app "${uid}" is invalid: metadata.name: Invalid value: "${uid}": may not contain '/'`),
  noMoveTarget: (uid: string) => new ApiError(400, `move target not found folders.folder.grafana.app "${uid}" not found`),
};

/** A folder at the root is on level one. */
export const folderLevelsMax = 5;
