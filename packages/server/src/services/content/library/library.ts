/** Library panels (dashboards-and-content §8): panels that several dashboards share. */
import { ApiError, defineErrors } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';

export interface LibraryElement {
  readonly id: number;
  readonly orgId: number;
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly description: string;
  /** JSON text of an object. */
  readonly model: string;
  readonly version: number;
  /** '' is the root. */
  readonly folderUid: string;
  readonly created: number;
  readonly createdBy: number;
  readonly updated: number;
  readonly updatedBy: number;
}

export interface NewLibraryElement {
  readonly uid: string;
  readonly name: string;
  readonly kind: number;
  readonly model: unknown;
  readonly folderUid: string;
  readonly folderId: number;
}

export interface LibraryElementChange {
  readonly uid: string;
  readonly name: string;
  readonly kind: number;
  readonly model: unknown;
  readonly version: number;
  readonly folderUid: string | undefined;
}

export interface LibraryQuery {
  readonly search: string;
  readonly descending: boolean;
  readonly types: readonly string[];
  readonly excludeUid: string;
  /** Undefined: all folders; '' among them is the root. */
  readonly folderUids: readonly string[] | undefined;
  readonly page: number;
  readonly perPage: number;
}

export interface LibraryPage {
  readonly totalCount: number;
  readonly elements: readonly LibraryElement[];
}

export interface LibraryService {
  create(identity: Identity, element: NewLibraryElement): Promise<LibraryElement>;
  find(orgId: number, uid: string): Promise<LibraryElement | undefined>;
  findByName(identity: Identity, name: string): Promise<readonly LibraryElement[]>;
  list(identity: Identity, query: LibraryQuery): Promise<LibraryPage>;
  update(identity: Identity, uid: string, change: LibraryElementChange): Promise<LibraryElement>;
  delete(identity: Identity, uid: string): Promise<LibraryElement>;
  /** How many dashboards show each element of an org. */
  usage(orgId: number): Promise<ReadonlyMap<string, number>>;
  /** Makes what an imported dashboard refers to and the org does not have (§3.8). */
  createMissing(identity: Identity, folderUid: string, dashboard: unknown, elements: unknown): Promise<void>;
  mayRead(identity: Identity, element: LibraryElement): boolean;
}

export const libraryErrors = {
  ...defineErrors('library', {
    exists: [400, 'library element with that name or UID already exists'],
    notFound: [404, 'library element could not be found'],
    changed: [412, 'the library element has been changed by someone else'],
    inUse: [403, 'the library element has connections'],
    illegalUid: [400, 'uid contains illegal characters'],
    longUid: [400, 'uid too long, max 40 characters'],
    repositoryFolder: [409, 'resource type not supported in repository-managed folders'],
    folderDenied: [403, 'access denied to folder'],
    noFolder: [400, 'failed to get folder'],
    badElement: [400, 'Failed to create library element'],
    badQuery: [400, 'Failed to get library elements'],
  }),
  mayNotCreate: (folderUid: string) => new ApiError(403, `insufficient permissions for creating library panel in folder with UID: '${folderUid}'`),
};

/** The only kind that is left. */
export const panelKind = 1;
