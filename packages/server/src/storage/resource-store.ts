/**
 * The unified resource store (apiserver-and-storage §7): dashboards, folders, playlists, library panels … as kinds with history, a
 * monotonic resource version, labels and a watch. Bodies are JSON text and stay text.
 */

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

/** One version of an object. */
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
  /** JSON text of `spec`, exactly as it was written. */
  readonly spec: string;
  /** JSON text of `status`, '' if none. */
  readonly status: string;
  readonly finalizers: readonly string[];
  /** JSON text of `metadata.managedFields`, '' if none. */
  readonly managedFields: string;
}

/** What a writer says; the store fills in the rest. */
export interface ResourceWrite extends ResourceKey {
  readonly apiVersion: string;
  readonly title: string;
  readonly folder: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: string;
  readonly status?: string;
  readonly finalizers?: readonly string[];
  readonly managedFields?: string;
  /** `user:<uid>`. */
  readonly author: string;
  /** Create: keep this legacy id (import from a Grafana database). */
  readonly legacyId?: number;
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
  /** Newest first. `deleted` rows included when asked (trash). */
  history(key: ResourceKey, options?: { limit?: number; beforeResourceVersion?: number }): Promise<readonly StoredResource[]>;
  /** Last state of objects that are deleted and were not made again. */
  trash(type: ResourceType, namespace: string, options?: { limit?: number; continueToken?: string }): Promise<ResourceList>;
  create(write: ResourceWrite): Promise<StoredResource>;
  /** `expect`: resource version that must still be current; absent writes over whatever is there. A change that changes nothing is not written. */
  update(write: ResourceWrite, expect?: number): Promise<StoredResource>;
  delete(key: ResourceKey, options: { author: string; expect?: number }): Promise<StoredResource>;
  /** Erases history too (tests, org deletion, retention). */
  purge(type: ResourceType, namespace: string): Promise<void>;
  count(type: ResourceType, namespace: string): Promise<number>;
  /** All events after `since` (resource version), in order, then live ones. Ends when the signal aborts. `gone` when history no longer reaches back. */
  watch(type: ResourceType, namespace: string, since: number, signal: AbortSignal): AsyncIterable<ResourceEvent>;
  /** Synchronous in-process subscription, called after commit: indexes and caches. Returns the unsubscriber. */
  onEvent(listener: (event: ResourceEvent) => void): () => void;
  /** The newest resource version of a type. */
  currentVersion(type: ResourceType): Promise<number>;
}
