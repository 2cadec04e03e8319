/**
 * The unified resource store (apiserver-and-storage §7): dashboards, folders, playlists, library panels … as kinds with history, a
 * monotonic resource version, labels and a watch. Bodies are JSON text and stay text.
 */

import type { OutlinedText } from '../util/json-text.ts';

export interface ResourceType {
  /** API group without version: `dashboard.grafana.app`. */
  readonly group: string;
  /** Plural: `dashboards`. */
  readonly resource: string;
}

export interface ResourceKey extends ResourceType {
  /** `default` (org 1), `org-N`; empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

/** One version of an object. A delete marker has `deleted`, generation -999 and otherwise the last state. */
export interface StoredResource extends ResourceKey {
  readonly uid: string;
  /** Microseconds since the epoch, unique and growing per group and resource (fits a double). */
  readonly resourceVersion: number;
  /** Grows with every change of the spec; starts at 1. Legacy `version`. */
  readonly generation: number;
  /** Legacy numeric id, unique in its namespace and resource. Label `grafana.app/deprecatedInternalID`. */
  readonly legacyId: number;
  /** Parent folder's name; '' at the root. */
  readonly folder: string;
  /** What the object calls itself (`spec.title`), for lists and search without parsing. */
  readonly title: string;
  /** Version part of the stored apiVersion: `v1beta1`. */
  readonly apiVersion: string;
  /** `metadata.labels` */
  readonly labels: Readonly<Record<string, string>>;
  /** `metadata.annotations`, with `grafana.app/createdBy`, `updatedBy`, `updatedTimestamp`, `folder`, `message`, `managedBy` … */
  readonly annotations: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly updated: number;
  /** `user:<uid>` and the like. */
  readonly createdBy: string;
  readonly updatedBy: string;
  readonly deleted: boolean;
  /** Deletion was asked for (ms since the epoch), but finalizers hold the object; also set on delete markers. 0: not asked for. */
  readonly deletionTimestamp: number;
  /** JSON text of `spec`, exactly as it was written. */
  readonly spec: string;
  /** Of an object that was just written: where the members of `spec` are, if its writer knew. Holds for that text only, and is not stored. */
  readonly outline?: OutlinedText;
  /** JSON text of `status`, '' if none. */
  readonly status: string;
  readonly finalizers: readonly string[];
  /** JSON text of `metadata.managedFields`, '' if none. */
  readonly managedFields: string;
  /** JSON text of `metadata.ownerReferences`, '' if none. */
  readonly ownerReferences: string;
  /** JSON text of the inline secure values, '' if none: key -> `{name, value}`. `value` is encrypted, and missing in versions that are history. */
  readonly secure: string;
}

/**
 * What a writer says; the store fills in the rest. Annotations `grafana.app/createdBy`, `updatedBy`, `updatedTimestamp` and `folder` are the
 * store's own: the writer's are ignored.
 */
export interface ResourceWrite extends ResourceKey {
  readonly apiVersion: string;
  readonly title: string;
  readonly folder: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: string;
  readonly outline?: OutlinedText;
  readonly status?: string;
  readonly finalizers?: readonly string[];
  readonly managedFields?: string;
  readonly ownerReferences?: string;
  readonly secure?: string;
  /** `user:<uid>`. */
  readonly author: string;
  /** Create: keep what the object had where it comes from (import from a Grafana database, restore). */
  readonly legacyId?: number;
  readonly uid?: string;
  readonly created?: number;
  /** What the writer settled by itself, and the store takes as it is: clients of a storage server make whole objects. */
  readonly settled?: Pick<StoredResource, 'generation' | 'updated' | 'updatedBy' | 'deletionTimestamp'>;
}

export type ResourceEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface ResourceEvent {
  readonly type: ResourceEventType;
  readonly resourceVersion: number;
  readonly object: StoredResource;
  readonly previous?: StoredResource;
}

export interface ListOptions {
  /** Empty: every namespace. */
  readonly namespace: string;
  /** Only objects in this folder. */
  readonly folder?: string;
  readonly limit?: number;
  /** `continue` token of the answer before. */
  readonly continueToken?: string;
  readonly labels?: (labels: Readonly<Record<string, string>>) => boolean;
  readonly names?: readonly string[];
  /** Leave `spec` empty: for lists that show names and titles only. */
  readonly withoutSpec?: boolean;
  /** A page ends once its specs are this long, even before `limit`. */
  readonly bytesMax?: number;
}

export interface ResourceList {
  readonly items: readonly StoredResource[];
  /** Version of the snapshot that the list shows. */
  readonly resourceVersion: number;
  readonly continueToken: string;
  readonly remaining?: number;
}

/** Thrown by writes. `kind` decides the answer: 409 AlreadyExists, 409 Conflict, 404 NotFound. */
export class ResourceStoreError extends Error {
  readonly kind: 'already-exists' | 'conflict' | 'not-found' | 'gone';
  readonly key: ResourceKey;
  constructor(kind: ResourceStoreError['kind'], key: ResourceKey, message: string = kind) {
    super(message);
    this.name = 'ResourceStoreError';
    this.kind = kind;
    this.key = key;
  }
}

export interface ResourceStore {
  get(key: ResourceKey): Promise<StoredResource | undefined>;
  /** By legacy numeric id. */
  getByLegacyId(type: ResourceType, namespace: string, legacyId: number): Promise<StoredResource | undefined>;
  /** One historical version: by resource version, or by generation. */
  getVersion(key: ResourceKey, at: { resourceVersion: number } | { generation: number }): Promise<StoredResource | undefined>;
  list(type: ResourceType, options: ListOptions): Promise<ResourceList>;
  /** Newest first, back to the object's last deletion; `includeDeleted` goes further back and shows the delete markers. */
  history(key: ResourceKey, options?: { limit?: number; beforeResourceVersion?: number; includeDeleted?: boolean }): Promise<readonly StoredResource[]>;
  /** Last state of objects that are deleted and were not made again. */
  trash(type: ResourceType, namespace: string, options?: { limit?: number; continueToken?: string }): Promise<ResourceList>;
  /** `along` is done in the same transaction, and the object is not made when it throws. It may be done again when the transaction is. */
  create(write: ResourceWrite, along?: (created: StoredResource) => Promise<void>): Promise<StoredResource>;
  /** `expect`: resource version that must still be current; absent writes over whatever is there. A change that changes nothing is not written. */
  update(write: ResourceWrite, expect?: number): Promise<StoredResource>;
  /** Answers the delete marker; or, where finalizers hold the object, the object as it stays, with `deletionTimestamp`. Emptying its finalizers by `update` then deletes it. `released`: no finalizer holds it. */
  delete(key: ResourceKey, options: { author: string; expect?: number; released?: boolean }): Promise<StoredResource>;
  /** Erases history too, and tells listeners and watchers that each object is gone (tests, org deletion, retention). */
  purge(type: ResourceType, namespace: string): Promise<void>;
  /** `purge` of every type: the organization is gone. */
  purgeNamespace(namespace: string): Promise<void>;
  /** Empty namespace: all of them. */
  count(type: ResourceType, namespace: string): Promise<number>;
  /** Every object of a type as of now, page by page, so that ten thousand never are in memory at once. Empty namespace: all of them. */
  each(type: ResourceType, namespace: string): AsyncIterable<StoredResource>;
  /** All events after `since` (resource version), in order, then live ones. Ends when the signal aborts, or when the reader falls too far behind. */
  watch(type: ResourceType, namespace: string, since: number, signal: AbortSignal): AsyncIterable<ResourceEvent>;
  /**
   * Synchronous in-process subscription, called after commit and before the writer is answered: indexes and caches. Other processes' writes
   * arrive a little later, in the order of their versions. Returns the unsubscriber.
   */
  onEvent(listener: (event: ResourceEvent) => void): () => void;
  /** The newest resource version of a type. */
  currentVersion(type: ResourceType): Promise<number>;
}
