/** What a write makes of an object: values in, values out (apiserver-and-storage §3.3, §7.4). */
import { randomUUID } from 'node:crypto';
import { action } from './resource-rows.ts';
import { ResourceStoreError, type ResourceEventType, type ResourceKey, type ResourceWrite, type StoredResource } from './resource-store.ts';

export type Operation =
  | { readonly kind: 'create'; readonly write: ResourceWrite; readonly along?: ((created: StoredResource) => Promise<void>) | undefined }
  | { readonly kind: 'update'; readonly write: ResourceWrite; readonly expect?: number }
  | { readonly kind: 'delete'; readonly key: ResourceKey; readonly author: string; readonly expect?: number | undefined; readonly released?: boolean | undefined };

export interface Change {
  readonly event: ResourceEventType;
  readonly action: number;
  readonly object: StoredResource;
}

/** Marks a deletion in `generation`. */
export const deletedGeneration = -999;

const own = { createdBy: 'grafana.app/createdBy', updatedBy: 'grafana.app/updatedBy', updatedTimestamp: 'grafana.app/updatedTimestamp', folder: 'grafana.app/folder' };
const ownAnnotations = new Set(Object.values(own));

/** The change, or undefined where nothing would change. Throws `ResourceStoreError` where it may not be. */
export function changeOf(operation: Operation, current: StoredResource | undefined, resourceVersion: number, now: number): Change | undefined {
  switch (operation.kind) {
    case 'create': return create(operation.write, current, resourceVersion, now);
    case 'update': return update(operation.write, operation.expect, current, resourceVersion, now);
    case 'delete': return remove(operation, current, resourceVersion, now);
    default: return operation satisfies never;
  }
}

function create(write: ResourceWrite, current: StoredResource | undefined, resourceVersion: number, now: number): Change {
  if (current) throw new ResourceStoreError('already-exists', keyOf(write));
  const object: StoredResource = {
    ...keyOf(write), uid: write.uid ?? randomUUID(), resourceVersion, generation: 1,
    // Unique and growing in its type already, and short enough for a double.
    legacyId: write.legacyId ?? resourceVersion,
    folder: write.folder, title: write.title, apiVersion: write.apiVersion, labels: write.labels,
    annotations: write.settled ? write.annotations : annotationsOf(write, { [own.createdBy]: write.author }),
    created: write.created ?? now, updated: write.created ?? now, createdBy: write.author, updatedBy: write.author, deleted: false, deletionTimestamp: 0, ...write.settled,
    spec: write.spec, ...(write.outline ? { outline: write.outline } : {}), status: write.status ?? '', finalizers: write.finalizers ?? [], managedFields: write.managedFields ?? '',
    ownerReferences: write.ownerReferences ?? '', secure: write.secure ?? '',
  };
  return { event: 'ADDED', action: action.created, object };
}

function update(write: ResourceWrite, expect: number | undefined, current: StoredResource | undefined, resourceVersion: number, now: number): Change | undefined {
  if (!current) throw new ResourceStoreError('not-found', keyOf(write));
  if (expect !== undefined && expect !== current.resourceVersion) throw new ResourceStoreError('conflict', keyOf(write));
  if (write.settled) return settled({ ...write, settled: write.settled }, current, resourceVersion);
  const finalizers = write.finalizers ?? current.finalizers;
  if (current.deletionTimestamp > 0 && finalizers.length === 0) return deleted(current, write.author, resourceVersion, now);
  const secure = write.secure ?? current.secure;
  const real = write.spec !== current.spec || write.folder !== current.folder || secure !== current.secure;
  const authorship: Record<string, string> = real
    ? { [own.createdBy]: current.createdBy, [own.updatedBy]: write.author, [own.updatedTimestamp]: rfc3339(now) }
    : Object.fromEntries(Object.entries(current.annotations).filter(([name]) => ownAnnotations.has(name) && name !== own.folder));
  const object: StoredResource = {
    ...current, resourceVersion, generation: real ? current.generation + 1 : current.generation,
    folder: write.folder, title: write.title, apiVersion: write.apiVersion, labels: write.labels, annotations: annotationsOf(write, authorship),
    ...(real ? { updated: now, updatedBy: write.author } : {}),
    spec: write.spec, ...(write.outline ? { outline: write.outline } : {}), status: write.status ?? current.status, finalizers, managedFields: write.managedFields ?? current.managedFields,
    ownerReferences: write.ownerReferences ?? current.ownerReferences, secure,
  };
  return real || differs(object, current) ? { event: 'MODIFIED', action: action.updated, object } : undefined;
}

/** Written as the writer made it. */
function settled({ settled: as, ...write }: ResourceWrite & { readonly settled: NonNullable<ResourceWrite['settled']> }, current: StoredResource, resourceVersion: number): Change | undefined {
  const object: StoredResource = {
    ...current, ...as, resourceVersion, folder: write.folder, title: write.title, apiVersion: write.apiVersion, labels: write.labels, annotations: write.annotations, spec: write.spec,
    status: write.status ?? '', finalizers: write.finalizers ?? [], managedFields: write.managedFields ?? '', ownerReferences: write.ownerReferences ?? '', secure: write.secure ?? '',
  };
  const same = object.spec === current.spec && object.folder === current.folder && object.secure === current.secure && object.generation === current.generation &&
    object.deletionTimestamp === current.deletionTimestamp && !differs(object, current);
  return same ? undefined : { event: 'MODIFIED', action: action.updated, object };
}

function remove({ key, author, expect, released }: Operation & { kind: 'delete' }, current: StoredResource | undefined, resourceVersion: number, now: number): Change | undefined {
  if (!current) throw new ResourceStoreError('not-found', keyOf(key));
  if (expect !== undefined && expect !== current.resourceVersion) throw new ResourceStoreError('conflict', keyOf(key));
  if (released || current.finalizers.length === 0) return deleted(current, author, resourceVersion, now);
  if (current.deletionTimestamp > 0) return undefined;
  const object: StoredResource = {
    ...current, resourceVersion, generation: current.generation + 1, deletionTimestamp: now, updated: now, updatedBy: author,
  };
  return { event: 'MODIFIED', action: action.updated, object };
}

function deleted(current: StoredResource, author: string, resourceVersion: number, now: number): Change {
  const object: StoredResource = {
    ...current, resourceVersion, generation: deletedGeneration, deleted: true, deletionTimestamp: now, updated: now, updatedBy: author, finalizers: [], managedFields: '',
    secure: '',
    annotations: { ...current.annotations, [own.updatedBy]: author, [own.updatedTimestamp]: rfc3339(now) },
  };
  return { event: 'DELETED', action: action.deleted, object };
}

function annotationsOf(write: ResourceWrite, authorship: Readonly<Record<string, string>>): Record<string, string> {
  const annotations: Record<string, string> = {};
  for (const [name, value] of Object.entries(write.annotations)) if (!ownAnnotations.has(name)) annotations[name] = value;
  Object.assign(annotations, authorship);
  // Compat: an empty folder that was written down stays written down.
  if (write.folder !== '' || write.annotations[own.folder] === '') annotations[own.folder] = write.folder;
  return annotations;
}

const differs = (a: StoredResource, b: StoredResource) =>
  a.title !== b.title || a.apiVersion !== b.apiVersion || a.status !== b.status || a.managedFields !== b.managedFields || a.ownerReferences !== b.ownerReferences ||
  a.finalizers.length !== b.finalizers.length || a.finalizers.some((finalizer, i) => finalizer !== b.finalizers[i]) ||
  !sameMap(a.labels, b.labels) || !sameMap(a.annotations, b.annotations);

function sameMap(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

export const keyOf = ({ group, resource, namespace, name }: ResourceKey): ResourceKey => ({ group, resource, namespace, name });

/** Without fractions of a second. */
export const rfc3339 = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
