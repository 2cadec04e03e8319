/** Objects as the API shows them (apiserver-and-storage §3), and their JSON text. */
import { createHash } from 'node:crypto';
import { rfc3339 } from '../storage/resource-changes.ts';
import { parseExact } from '../util/exact-json.ts';
import type { StoredResource } from '../storage/resource-store.ts';

export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: FieldSet;
  readonly subresource?: string;
}

export interface FieldSet {
  readonly [field: string]: FieldSet;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string | null;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
}

/** An object that came in, or goes out. `specText` and `statusText` stand for members that are JSON text already. */
export interface ApiObject {
  kind: string;
  apiVersion: string;
  metadata: ObjectMeta;
  spec?: unknown;
  status?: unknown;
  readonly specText?: string;
  readonly statusText?: string;
  /** Further members beside spec: `secure`, `access`, `data` … */
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface ApiList {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string; readonly remainingItemCount?: number };
  readonly items: readonly ApiObject[];
}

/** What is frozen says the same every time. */
const knownTexts = new WeakMap<ObjectMeta, string>();

/** In the order that the reference writes. */
export function metaText(meta: ObjectMeta): string {
  if (!Object.isFrozen(meta)) return writtenMeta(meta);
  let text = knownTexts.get(meta);
  if (text === undefined) knownTexts.set(meta, (text = writtenMeta(meta)));
  return text;
}

function writtenMeta(meta: ObjectMeta): string {
  return JSON.stringify({
    name: meta.name || undefined, generateName: meta.generateName || undefined, namespace: meta.namespace || undefined, uid: meta.uid || undefined,
    resourceVersion: meta.resourceVersion || undefined, generation: meta.generation || undefined, creationTimestamp: meta.creationTimestamp ?? undefined,
    deletionTimestamp: meta.deletionTimestamp, deletionGracePeriodSeconds: meta.deletionGracePeriodSeconds, labels: unlessEmpty(meta.labels),
    annotations: unlessEmpty(meta.annotations), ownerReferences: meta.ownerReferences?.length ? meta.ownerReferences : undefined,
    finalizers: meta.finalizers?.length ? meta.finalizers : undefined, managedFields: meta.managedFields?.length ? meta.managedFields : undefined,
  });
}

function unlessEmpty<T extends object>(map: T | undefined): T | undefined {
  for (const _ in map) return map;
  return undefined;
}

export function objectText(object: ApiObject): string {
  let text = '{';
  if (object.kind) text += `"kind":${JSON.stringify(object.kind)},`;
  if (object.apiVersion) text += `"apiVersion":${JSON.stringify(object.apiVersion)},`;
  text += `"metadata":${metaText(object.metadata)}`;
  const spec = object.specText ?? (object.spec === undefined ? undefined : JSON.stringify(object.spec));
  if (spec !== undefined) text += `,"spec":${spec}`;
  const status = object.statusText ?? (object.status === undefined ? undefined : JSON.stringify(object.status));
  if (status !== undefined) text += `,"status":${status}`;
  for (const [name, value] of Object.entries(object.more ?? {})) if (value !== undefined) text += `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
  return `${text}}`;
}

export function specOf<T = Record<string, unknown>>(object: ApiObject): T {
  if (object.spec !== undefined || object.specText === undefined) return (object.spec ?? {}) as T;
  return parseExact(object.specText) as T;
}

/** Plain JSON value of an object: what patches work on. */
export const plain = (object: ApiObject): Record<string, unknown> => parseExact(objectText(object)) as Record<string, unknown>;

export const legacyIdLabel = 'grafana.app/deprecatedInternalID';

/** With and without legacy ids. */
const knownMetas = [new WeakMap<StoredResource, ObjectMeta>(), new WeakMap<StoredResource, ObjectMeta>()] as const;

/** `metadata` of a stored object; of one that the store keeps, and has therefore frozen, the same every time and frozen too. */
export function metaOf(stored: StoredResource, { legacyIds = false }: { legacyIds?: boolean } = {}): ObjectMeta {
  if (!Object.isFrozen(stored)) return madeMeta(stored, legacyIds);
  const known = knownMetas[legacyIds ? 1 : 0];
  let meta = known.get(stored);
  if (!meta) known.set(stored, (meta = Object.freeze(madeMeta(stored, legacyIds))));
  return meta;
}

function madeMeta(stored: StoredResource, legacyIds: boolean): ObjectMeta {
  const labels = legacyIds && stored.labels[legacyIdLabel] === undefined ? { ...stored.labels, [legacyIdLabel]: String(stored.legacyId) } : stored.labels;
  return {
    name: stored.name, namespace: stored.namespace, uid: stored.uid, resourceVersion: String(stored.resourceVersion), generation: stored.generation,
    creationTimestamp: rfc3339(stored.created),
    ...(stored.deletionTimestamp > 0 ? { deletionTimestamp: rfc3339(stored.deletionTimestamp), ...(stored.deleted ? {} : { deletionGracePeriodSeconds: 0 }) } : {}),
    labels: labels as Record<string, string>, annotations: stored.annotations as Record<string, string>, finalizers: stored.finalizers as string[],
    ownerReferences: stored.ownerReferences === '' ? undefined : (JSON.parse(stored.ownerReferences) as OwnerReference[]),
    managedFields: stored.managedFields === '' ? undefined : (JSON.parse(stored.managedFields) as ManagedFieldsEntry[]),
  };
}

/** The uid of an object that has none of its own: always the same for the same name (§3.1). */
export const stableUid = (group: string, kind: string, namespace: string, name: string) =>
  createHash('sha256').update([group, kind, namespace, name].join('|')).digest('base64').replace(/[^A-Za-z0-9]/g, 'X');
