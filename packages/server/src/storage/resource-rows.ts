/** Rows of `resource` and `resource_history`, and the objects that they stand for. */
import type { ResourceKey, StoredResource } from './resource-store.ts';

export interface ResourceRow {
  readonly resource_version: number;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly folder: string;
  readonly previous_resource_version: number;
  readonly action: number;
  readonly generation: number;
  readonly uid: string;
  readonly legacy_id: number;
  readonly api_version: string;
  readonly title: string;
  readonly created: number;
  readonly updated: number;
  readonly created_by: string;
  readonly updated_by: string;
  readonly deletion_timestamp: number;
  readonly label_set: string;
  readonly annotations: string;
  readonly finalizers: string;
  readonly managed_fields: string;
  readonly status: string;
  readonly owner_references: string | null;
  readonly secure: string | null;
  readonly spec: string;
}

export const action = { created: 1, updated: 2, deleted: 3 } as const;

/** In the order in which `rowValues` gives them. */
export const rowColumns = [
  'resource_version', 'group', 'resource', 'namespace', 'name', 'folder', 'previous_resource_version', 'action', 'generation', 'uid', 'legacy_id',
  'api_version', 'title', 'created', 'updated', 'created_by', 'updated_by', 'deletion_timestamp', 'label_set', 'annotations', 'finalizers',
  'managed_fields', 'status', 'owner_references', 'secure', 'spec',
] as const satisfies readonly (keyof ResourceRow)[];

export function rowValues(object: StoredResource, previous: number, what: number): unknown[] {
  return [
    object.resourceVersion, object.group, object.resource, object.namespace, object.name, object.folder, previous, what, object.generation, object.uid,
    object.legacyId, object.apiVersion, object.title, object.created, object.updated, object.createdBy, object.updatedBy, object.deletionTimestamp,
    textOf(object.labels), textOf(object.annotations), object.finalizers.length ? JSON.stringify(object.finalizers) : '', object.managedFields,
    object.status, object.ownerReferences || null, object.secure || null, object.spec,
  ];
}

const none: Readonly<Record<string, string>> = Object.freeze({});
const noFinalizers: readonly string[] = Object.freeze([]);

function textOf(map: Readonly<Record<string, string>>): string {
  for (const _ in map) return JSON.stringify(map);
  return '';
}

const mapOf = (text: string): Readonly<Record<string, string>> => (text === '' ? none : (JSON.parse(text) as Record<string, string>));

export function fromRow(row: ResourceRow): StoredResource {
  return {
    group: row.group, resource: row.resource, namespace: row.namespace, name: row.name, uid: row.uid, resourceVersion: row.resource_version,
    generation: row.generation, legacyId: row.legacy_id, folder: row.folder, title: row.title, apiVersion: row.api_version,
    labels: mapOf(row.label_set), annotations: mapOf(row.annotations), created: row.created, updated: row.updated, createdBy: row.created_by,
    updatedBy: row.updated_by, deleted: row.action === action.deleted, deletionTimestamp: row.deletion_timestamp, spec: row.spec, status: row.status,
    finalizers: row.finalizers === '' ? noFinalizers : (JSON.parse(row.finalizers) as string[]), managedFields: row.managed_fields,
    ownerReferences: row.owner_references ?? '', secure: row.secure ?? '',
  };
}

export const typeName = ({ group, resource }: Pick<ResourceKey, 'group' | 'resource'>) => `${group}/${resource}`;

interface SecureEntry {
  readonly name: string;
  readonly value?: string;
}

/** What history keeps of secure values: whoever takes one back, or deletes the object, leaves none behind. */
export function withoutSecrets(secure: string): string {
  if (secure === '') return '';
  const entries = Object.entries(JSON.parse(secure) as Record<string, SecureEntry>);
  return JSON.stringify(Object.fromEntries(entries.map(([key, { name }]) => [key, { name }])));
}
