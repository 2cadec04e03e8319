/** Snapshots (dashboards-and-content §4): a dashboard with its data, as it was, for whoever has the key. */
import type { OutlinedText } from '../../../util/json-text.ts';
import { ApiError, defineErrors } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';

export interface Snapshot {
  readonly id: number;
  readonly name: string;
  readonly key: string;
  readonly deleteKey: string;
  /** 0 in public mode: it belongs to nobody. */
  readonly orgId: number;
  readonly userId: number;
  readonly external: boolean;
  readonly externalUrl: string;
  readonly externalDeleteUrl: string;
  /** JSON text. */
  readonly dashboard: string;
  readonly expires: number;
  readonly created: number;
  readonly updated: number;
}

export interface NewSnapshot {
  readonly dashboard: Readonly<Record<string, unknown>>;
  /** The same as it was sent, where that is to be kept to the letter. */
  readonly outline?: OutlinedText;
  readonly name: string;
  /** Seconds; not above 0: fifty years. */
  readonly expires: number;
  readonly external: boolean;
  readonly key: string;
  readonly deleteKey: string;
}

export interface SnapshotService {
  create(identity: Identity, snapshot: NewSnapshot): Promise<Snapshot>;
  /** Throws when there is none or it has expired. */
  read(key: string): Promise<Snapshot>;
  list(identity: Identity, query: { like: string; limit: number }): Promise<readonly Omit<Snapshot, 'dashboard'>[]>;
  deleteBySecret(deleteKey: string): Promise<void>;
  delete(identity: Identity, key: string): Promise<number>;
  cleanUp(): Promise<void>;
}

/** Errors of creating carry a `traceID`. */
const creating = (status: number, message: string) => new ApiError(status, message, { extra: { traceID: '' } });

export const snapshotErrors = {
  ...defineErrors('snapshot', {
    notFound: [404, 'Snapshot not found', 'dashboardsnapshots.not-found'],
    expired: [404, 'Dashboard snapshot not found'],
    secretNotFound: [404, 'Snapshot not found'],
    forbidden: [403, 'forbidden'],
    denied: [403, 'Access denied to this snapshot'],
    otherOrg: [401, 'OrgID mismatch'],
    // Compat: where the other server fails the reference says 500; clients know no other.
    remoteFailed: [500, 'Failed to delete external dashboard'],
  }),
  disabled: () => creating(403, 'Dashboard Snapshots are disabled'),
  noDashboard: () => creating(400, 'Dashboard not found'),
  externalDisabled: () => creating(403, 'External dashboard creation is disabled'),
  badBody: () => creating(400, 'bad request data'),
  keyTaken: () => creating(409, 'Failed to create snapshot'),
  externalFailed: () => creating(500, 'Failed to create external snapshot'),
};
