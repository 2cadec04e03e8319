/** Dashboards (dashboards-and-content §3): kinds in the resource store, kept and served as text. */
import type { StoredResource } from '../../../storage/resource-store.ts';
import type { ContentEntry } from '../../../storage/search/content-entry.ts';
import type { JsonMember } from '../../../util/json-text.ts';
import { ApiError, defineErrors } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';

/** What a client asks to be saved. */
export interface SaveDashboard {
  /** JSON text of the dashboard as it came; '' for none. */
  readonly text: string;
  /** Where the dashboard's members are in `text`, if that is known; `text` may hold more than the dashboard then. */
  readonly members?: readonly JsonMember[];
  /** The same, parsed. */
  readonly dashboard: unknown;
  readonly overwrite: boolean;
  readonly message: string;
  readonly folderUid: string;
  /** Deprecated form of `folderUid`, used when that is empty; 0 for none. */
  readonly folderId: number;
  /** Provenance to record (file provisioning, plugins). */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The save is made by the server itself: no permission is asked, provisioned dashboards may be written. */
  readonly onBehalfOfServer?: boolean;
  /** API version that the text is stored at; `v0alpha1` when absent. */
  readonly apiVersion?: string;
}

export interface DashboardVersion {
  readonly stored: StoredResource;
  /** Version whose content was restored by this one; 0 for none. */
  readonly restoredFrom: number;
}

export interface DashboardVersions {
  readonly versions: readonly DashboardVersion[];
  readonly continueToken: string;
}

export interface TagCount {
  readonly term: string;
  readonly count: number;
}

export interface DashboardService {
  find(orgId: number, uid: string): Promise<StoredResource | undefined>;
  save(identity: Identity, command: SaveDashboard): Promise<StoredResource>;
  /** Refuses provisioned dashboards unless `force`. */
  delete(identity: Identity, uid: string, options?: { force?: boolean }): Promise<StoredResource>;
  /** Uids of the numeric ids that the identity may read, unknown ones passed over. */
  uidsOf(identity: Identity, ids: readonly number[]): Promise<readonly string[]>;
  /** Tags of what the identity may read, most frequent first. */
  tags(identity: Identity): Promise<readonly TagCount[]>;
  /** Newest first. */
  versions(orgId: number, uid: string, options: { limit: number; continueToken: string }): Promise<DashboardVersions>;
  version(orgId: number, uid: string, version: number): Promise<DashboardVersion>;
  restore(identity: Identity, uid: string, version: number): Promise<StoredResource>;
  /** Throws when one of them may not be deleted. For the deletion of folders. */
  objectToDeletion(orgId: number, dashboards: readonly ContentEntry[]): Promise<void>;
  deleteAll(identity: Identity, dashboards: readonly ContentEntry[]): Promise<void>;
  /** A dashboard was deleted through another face: its permissions and what else hangs on it go too. */
  forget(orgId: number, uid: string): Promise<void>;
  /** Called after every deletion, whichever face it came through: what hangs on a dashboard goes with it. */
  onDeleted(listener: (orgId: number, uid: string) => Promise<void>): void;
  /** Called when a save left everything as it was: the store, which wrote nothing, tells nobody of it. */
  onSavedUnchanged(listener: (dashboard: StoredResource) => void): void;
}

export const dashboardErrors = {
  ...defineErrors('dashboard', {
    notFound: [404, 'Dashboard not found'],
    folderGone: [404, 'Folder not found'],
    isFolder: [400, 'Use folders endpoint for saving folders.'],
    longMessage: [400, 'message too long, max 500 characters'],
    illegalUid: [400, 'uid contains illegal characters'],
    longUid: [400, 'uid too long, max 40 characters'],
    folderNotFound: [400, 'folder not found'],
    sameUid: [400, 'A dashboard with the same uid already exists'],
    denied: [403, 'Access denied to save dashboard'],
    provisioned: [400, 'Cannot save provisioned dashboard'],
    provisionedStays: [400, 'provisioned dashboard cannot be deleted'],
    longTag: [400, 'dashboard tag too long, max 50 characters'],
    identical: [400, 'Current dashboard is identical to the specified version'],
    badVersion: [400, 'version is invalid'],
    tooLarge: [413, 'Dashboard is too large, max is 16 MB'],
  }),
  emptyTitle: () => new ApiError(400, 'Dashboard title cannot be empty', { extra: { status: 'empty-name' } }),
  longTitle: () => new ApiError(400, 'Dashboard title cannot contain more than 5 000 characters', { extra: { status: 'title-too-long' } }),
  unknownId: () => new ApiError(404, 'Dashboard not found', { extra: { status: 'not-found' } }),
  changed: () => new ApiError(412, 'The dashboard has been changed by someone else', { extra: { status: 'version-mismatch' } }),
  ofPlugin: (plugin: string) => new ApiError(412, `The dashboard belongs to plugin ${plugin}.`, { extra: { status: 'plugin-dashboard' } }),
  versionNotFound: (version: number, id: number) => new ApiError(404, `Dashboard version ${version} not found for dashboardId ${id}`),
  noFolderResource: (uid: string) => new ApiError(404, `folders.folder.grafana.app "${uid}" not found`),
};

export const fileProvisioning = 'classic-file-provisioning';
