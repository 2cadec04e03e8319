/** Objects as the storage server exchanges them: whole, as JSON bytes. Between these and the columns of the resource store. */
import { createHash } from 'node:crypto';
import { deletedGeneration } from '../../storage/resource-changes.ts';
import type { StoredResource, ResourceKey, ResourceType, ResourceWrite } from '../../storage/resource-store.ts';
import { jsonMembers, memberText } from '../../util/json-text.ts';
import { isObject, numberOf, objectOf, textOf, textsOf } from '../../util/json-value.ts';
import { legacyIdLabel, metaOf, objectText } from '../api-object.ts';
import { shownSecure } from '../secure-values.ts';

/** Becomes the error of an answer; the RPC itself is fine. */
export class StorageError extends Error {
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.name = 'StorageError';
    this.code = code;
    this.reason = reason;
  }
}

export const badValue = (message: string) => new StorageError(400, 'BadRequest', message);

export const namePattern = /^[a-zA-Z0-9:\-_.]{1,253}$/;
const groupPattern = /^[a-zA-Z0-9.-]{3,60}$/;
const resourcePattern = /^[a-zA-Z0-9-]{3,40}$/;
const namespacePattern = /^[a-zA-Z0-9-]{3,40}$/;
const valueBytesMax = 32 * 1_048_576;
/** Of the column. */
const titleLengthMax = 5_000;

/** Throws a 400 for what is no key. `whole`: an object, and not a collection. */
export function keyFrom(message: unknown, { whole = true }: { whole?: boolean } = {}): ResourceKey {
  const key = objectOf(message);
  const [group, resource, namespace, name] = (['group', 'resource', 'namespace', 'name'] as const).map((field) => textOf(key[field])) as [string, string, string, string];
  if (!groupPattern.test(group)) throw badValue(`invalid request key: group ${JSON.stringify(group.slice(0, 100))}`);
  if (!resourcePattern.test(resource)) throw badValue(`invalid request key: resource ${JSON.stringify(resource.slice(0, 100))}`);
  if (namespace !== '' && !namespacePattern.test(namespace)) throw badValue(`invalid request key: namespace ${JSON.stringify(namespace.slice(0, 100))}`);
  if ((whole || name !== '') && !namePattern.test(name)) throw badValue(`invalid request key: name ${JSON.stringify(name.slice(0, 300))}`);
  return { group, resource, namespace, name };
}

export interface ReadValue {
  readonly write: ResourceWrite;
  readonly text: string;
  readonly generation: number;
  readonly updated: number;
  readonly updatedBy: string;
}

/** What a value says. Throws a 400 where it is not the object of its key. */
export function readValue(key: ResourceKey, value: Uint8Array, author: string): ReadValue {
  const { text, object, metadata } = parsedValue(value);
  const [group, version] = textOf(object['apiVersion']).split('/');
  if (group !== key.group || !version) throw badValue(`the apiVersion of the value is not of group ${key.group}`);
  if (textOf(metadata['name']) !== key.name) throw badValue('key/name do not match');
  if (textOf(metadata['namespace']) !== key.namespace) throw badValue('key/namespace do not match');
  const annotations = strings(metadata['annotations']);
  const { [legacyIdLabel]: legacyId = '', ...labels } = strings(metadata['labels']);
  const members = jsonMembers(text);
  const created = Date.parse(textOf(metadata['creationTimestamp']));
  const generation = numberOf(metadata['generation'], 0);
  const [createdBy, updatedBy] = [annotations['grafana.app/createdBy'] ?? '', annotations['grafana.app/updatedBy'] ?? ''];
  const updated = Date.parse(annotations['grafana.app/updatedTimestamp'] ?? '') || created || 0;
  const secure = Object.entries(objectOf(object['secure'])).flatMap(([name, of]) => (isObject(of) && typeof of['name'] === 'string' ? [[name, { name: of['name'] }]] : []));
  return {
    text, generation: generation || 1, updated, updatedBy,
    write: {
      ...key, apiVersion: version, title: textOf(objectOf(object['spec'])['title']).slice(0, titleLengthMax).replaceAll('\0', ''), folder: annotations['grafana.app/folder'] ?? '', labels, annotations,
      spec: memberText(text, members, 'spec') ?? '{}', status: memberText(text, members, 'status') ?? '', finalizers: textsOf(metadata['finalizers']),
      managedFields: listText(metadata['managedFields']), ownerReferences: listText(metadata['ownerReferences']), author: updatedBy || createdBy || author,
      secure: secure.length === 0 ? '' : JSON.stringify(Object.fromEntries(secure)),
      ...(textOf(metadata['uid']) === '' ? {} : { uid: textOf(metadata['uid']) }), ...(Number.isFinite(created) ? { created } : {}),
      ...(/^[1-9]\d{0,15}$/.test(legacyId) ? { legacyId: Number(legacyId) } : {}),
      // Whoever says a generation keeps count of it.
      ...(generation > 0 ? { settled: { generation, updated, updatedBy: updatedBy || createdBy || author, deletionTimestamp: Date.parse(textOf(metadata['deletionTimestamp'])) || 0 } } : {}),
    },
  };
}

/** The object that a storage server gave. Throws a 400 StorageError where there is none. */
export function storedFrom(type: ResourceType, resourceVersion: number, value: Uint8Array): StoredResource {
  const { metadata } = parsedValue(value);
  const name = { ...type, namespace: textOf(metadata['namespace']), name: textOf(metadata['name']) };
  const { write: { author: _, settled, ...write }, generation, updated } = readValue(name, value, '');
  const { annotations, created = 0, uid = '' } = write;
  const marker = numberOf(metadata['generation'], 0) === deletedGeneration;
  const createdBy = annotations['grafana.app/createdBy'] ?? '';
  return {
    ...write, uid, created, resourceVersion, status: write.status ?? '', finalizers: write.finalizers ?? [], managedFields: write.managedFields ?? '', ownerReferences: write.ownerReferences ?? '',
    secure: write.secure ?? '', createdBy, updatedBy: annotations['grafana.app/updatedBy'] || createdBy, updated, generation: marker ? deletedGeneration : settled?.generation ?? generation, deleted: marker,
    deletionTimestamp: Date.parse(textOf(metadata['deletionTimestamp'])) || 0, legacyId: write.legacyId ?? numberOfUid(uid),
  };
}

/** A number for objects that were given none: always the same, and short enough for a double. */
export const numberOfUid = (uid: string): number => Number.parseInt(createHash('sha256').update(uid).digest('hex').slice(0, 13), 16);

function parsedValue(value: Uint8Array): { text: string; object: Record<string, unknown>; metadata: Record<string, unknown> } {
  if (value.length > valueBytesMax) throw new StorageError(413, 'RequestEntityTooLarge', 'the value is too large');
  let text: string;
  let object: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(value);
    object = JSON.parse(text);
  } catch {
    throw badValue('the value is no JSON');
  }
  if (!isObject(object) || !isObject(object['metadata'])) throw badValue('the value is no object with metadata');
  return { text, object, metadata: object['metadata'] };
}

const strings = (map: unknown) => Object.fromEntries(Object.entries(objectOf(map)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
const listText = (list: unknown) => (Array.isArray(list) && list.length > 0 ? JSON.stringify(list) : '');

/** Names of kinds that the resource does not tell by itself. */
const kindNames: Readonly<Record<string, string>> = {
  'user-storage': 'UserStorage', shorturls: 'ShortURL', repositories: 'Repository', historicjobs: 'HistoricJob', librarypanels: 'LibraryPanel', checktypes: 'CheckType',
};
const kindOf = ({ resource }: ResourceType) => kindNames[resource] ?? `${resource[0]!.toUpperCase()}${resource.slice(1).replace(/s$/, '')}`;

/** The object of a row: written by another face, or not the newest version. */
export function valueOf(stored: StoredResource): Buffer {
  const { resourceVersion: _, ...metadata } = metaOf(stored, { legacyIds: stored.resource === 'dashboards' || stored.resource === 'folders' });
  const secure = shownSecure(stored.secure);
  return Buffer.from(objectText({
    kind: kindOf(stored), apiVersion: `${stored.group}/${stored.apiVersion}`, metadata, specText: stored.spec, ...(stored.status === '' ? {} : { statusText: stored.status }), ...(secure ? { more: { secure } } : {}),
  }));
}
