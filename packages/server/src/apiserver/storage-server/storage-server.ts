/** The services of the storage server over the resource store (apiserver-and-storage §8.1). Errors of the business travel inside answers. */
import type { Clock } from '../../infra/clock.ts';
import type { Database } from '../../infra/db/database.ts';
import type { GrpcCall, Handler, Message, ServedService } from '../../infra/grpc/grpc-service.ts';
import { GrpcError, grpcCode } from '../../infra/grpc/grpc-service.ts';
import type { Logger } from '../../infra/log/log.ts';
import { pageBytesDefault } from '../../setting/unified-storage-settings.ts';
import { storedTypes } from '../../storage/resource-restore.ts';
import { ResourceStoreError, type ResourceKey, type ResourceStore, type ResourceType, type ResourceWrite, type StoredResource } from '../../storage/resource-store.ts';
import type { ContentIndex } from '../../storage/search/content-index.ts';
import { numberOf, objectOf, objectsOf, textOf, textsOf } from '../../util/json-value.ts';
import { parseSecure } from '../secure-values.ts';
import { labelsMatch, type LabelRequirement } from '../selectors.ts';
import { StatusError, statusOf } from '../status.ts';
import { createBulkImport } from './bulk-import.ts';
import { demandNamespace, type IdentifyCaller, type StorageCaller } from './storage-caller.ts';
import { badValue, keyFrom, readValue, StorageError, valueOf } from './storage-object.ts';
import { storageFile } from './storage-protocol.ts';
import { searchTable } from './storage-search.ts';
import type { ValueStore } from './value-store.ts';

export interface StorageServerDeps {
  readonly db: Database;
  readonly store: ResourceStore;
  readonly index: ContentIndex;
  readonly values: ValueStore;
  readonly clock: Clock;
  readonly identify: IdentifyCaller;
  readonly log: Logger;
  /** How many objects a namespace may have; absent: as many as it likes. */
  readonly quotaOf?: ((type: ResourceType, namespace: string) => Promise<{ readonly usage: number; readonly limit: number }>) | undefined;
  /** A page of a list ends once its specs are this long. */
  readonly pageBytesMax?: number;
}

const source = { store: 0, history: 1, trash: 2 } as const;
const eventType = { ADDED: 1, MODIFIED: 2, DELETED: 3, BOOKMARK: 4, ERROR: 5 } as const;
const limitDefault = 500;
const blobBytesMax = 64 * 1_048_576;

export function storageServices({ db, store, index, values, clock, identify, log, quotaOf, pageBytesMax = pageBytesDefault }: StorageServerDeps): readonly ServedService[] {
  const bulk = createBulkImport({ db, clock, store });

  /** Whatever goes wrong becomes the `error` of the answer. */
  function told(error: unknown): Message {
    if (error instanceof StorageError) return { message: error.message, reason: error.reason, code: error.code };
    const status = error instanceof ResourceStoreError || error instanceof StatusError ? undefined : statusOf(error);
    if (error instanceof ResourceStoreError) return ofStore(error);
    if (error instanceof StatusError) return { message: error.message, reason: error.reason, code: error.code };
    if (status) return { message: status.message ?? '', reason: status.reason ?? '', code: status.code ?? 400 };
    log.error('A call of the storage server failed', { error });
    return { message: 'internal error', reason: 'InternalError', code: 500 };
  }

  const unary = (work: (request: Message, caller: StorageCaller, call: GrpcCall) => Promise<Message>): Handler => ({
    kind: 'unary',
    async handle(request, call) {
      try {
        return await work(request, await identify(call), call);
      } catch (error) {
        return { error: told(error) };
      }
    },
  });

  const served = (service: string, handlers: Readonly<Record<string, Handler>>): ServedService => ({ file: storageFile, service, handlers });

  function keyOf(request: Message, caller: StorageCaller): ResourceKey {
    const key = keyFrom(request['key']);
    demandNamespace(caller, key.namespace);
    return key;
  }

  const bytesOf = async (stored: StoredResource): Promise<Buffer> => {
    const text = await values.get(stored, stored.resourceVersion);
    return text === undefined ? valueOf(stored) : Buffer.from(text);
  };
  async function wrapped(items: readonly StoredResource[]): Promise<Message[]> {
    const texts = await values.of(items);
    return items.map((stored, i) => ({ resource_version: stored.resourceVersion, value: texts[i] === undefined ? valueOf(stored) : Buffer.from(texts[i]) }));
  }

  interface Collection {
    readonly key: ResourceKey;
    readonly wanted: (stored: StoredResource) => boolean;
    readonly name: string;
  }

  function collectionOf(options: unknown, caller: StorageCaller): Collection {
    const { key: sent, labels, fields } = objectOf(options);
    const key = keyFrom(sent, { whole: false });
    demandNamespace(caller, key.namespace);
    const requirements = objectsOf(labels).map(labelRequirement);
    let name = key.name;
    for (const field of objectsOf(fields)) {
      // Others are answered by the search.
      if (field['key'] === 'metadata.name' && (field['operator'] === '=' || field['operator'] === '==' || field['operator'] === 'in')) name = textsOf(field['values'])[0] ?? '';
    }
    return { key, name, wanted: (stored) => (name === '' || stored.name === name) && labelsMatch(requirements, stored.labels) };
  }

  // ResourceStore.

  const read = unary(async (request, caller) => {
    const key = keyOf(request, caller);
    const at = numberOf(request['resource_version'], 0);
    const stored = at > 0 ? (await store.history(key, { limit: 1, beforeResourceVersion: at + 1, includeDeleted: true }))[0] : await store.get(key);
    if (!stored || stored.deleted) throw new StorageError(404, 'NotFound', 'not found');
    return { resource_version: stored.resourceVersion, value: await bytesOf(stored) };
  });

  const create = unary(async (request, caller) => {
    const key = keyOf(request, caller);
    const { write, text } = readValue(key, request['value'] as Buffer, caller.author);
    const stored = await store.create({ ...write, author: write.annotations['grafana.app/createdBy'] || write.author });
    await values.save(key, stored.resourceVersion, text);
    return { resource_version: stored.resourceVersion };
  });

  /** Values name secrets; those that a full server keeps beside the row stay where the names do. */
  async function keepingSecrets(key: ResourceKey, write: ResourceWrite): Promise<ResourceWrite> {
    if (!write.secure) return write;
    const known = parseSecure((await store.get(key))?.secure ?? '');
    const named = Object.entries(parseSecure(write.secure)).map(([name, value]) => [name, known[name]?.name === value.name ? known[name] : value]);
    return { ...write, secure: JSON.stringify(Object.fromEntries(named)) };
  }

  const update = unary(async (request, caller) => {
    const key = keyOf(request, caller);
    const { write, text } = readValue(key, request['value'] as Buffer, caller.author);
    const expect = numberOf(request['resource_version'], 0);
    const stored = await store.update(await keepingSecrets(key, write), expect > 0 ? expect : undefined);
    if (stored.deleted) await values.forget(key);
    else await values.save(key, stored.resourceVersion, text);
    return { resource_version: stored.resourceVersion };
  });

  const remove = unary(async (request, caller) => {
    const key = keyOf(request, caller);
    const expect = numberOf(request['resource_version'], 0);
    const uid = textOf(request['uid']);
    const current = await store.get(key);
    if (!current) throw new StorageError(404, 'NotFound', 'not found');
    if (uid !== '' && current.uid !== uid) throw new StorageError(409, 'Conflict', 'UID mismatch');
    const gone = await store.delete(key, { author: caller.author, released: true, ...(expect > 0 ? { expect } : {}) });
    if (gone.deleted) await values.forget(key);
    return { resource_version: gone.resourceVersion };
  });

  const list = unary(async (request, caller) => {
    const { key, wanted, name } = collectionOf(request['options'], caller);
    const limit = numberOf(request['limit'], 0) > 0 ? Math.min(numberOf(request['limit'], 0), 10_000) : limitDefault;
    const token = textOf(request['next_page_token']);
    const page = async (items: readonly StoredResource[], resourceVersion: number, next: string): Promise<Message> => ({
      items: await wrapped(items), resource_version: Math.max(resourceVersion, 1), next_page_token: next,
    });
    switch (numberOf(request['source'], 0)) {
      case source.history: {
        if (name === '') throw badValue('history requires a name');
        const before = token === '' ? undefined : Number(token);
        if (before !== undefined && !Number.isSafeInteger(before)) throw badValue('invalid page token');
        const rows = (await store.history({ ...key, name }, { limit: limit + 1, ...(before ? { beforeResourceVersion: before } : {}) })).filter((stored) => !stored.deleted);
        const shown = rows.slice(0, limit);
        return page(shown, await store.currentVersion(key), rows.length > limit ? String(shown.at(-1)!.resourceVersion) : '');
      }
      case source.trash: {
        if (name !== '') {
          const [last] = await store.history({ ...key, name }, { limit: 1, includeDeleted: true });
          return page(last?.deleted && wanted(last) ? [last] : [], await store.currentVersion(key), '');
        }
        const trash = await store.trash(key, key.namespace, { limit, ...(token === '' ? {} : { continueToken: token }) });
        return page(trash.items.filter(wanted), trash.resourceVersion, trash.continueToken);
      }
      default: {
        if (name !== '') {
          const stored = await store.get({ ...key, name });
          return page(stored && wanted(stored) ? [stored] : [], await store.currentVersion(key), '');
        }
        const found = await store.list(key, { namespace: key.namespace, limit, bytesMax: pageBytesMax, ...(token === '' ? {} : { continueToken: token }) });
        return page(found.items.filter(wanted), found.resourceVersion, found.continueToken);
      }
    }
  });

  const watch: Handler = {
    kind: 'server-stream',
    async *handle(request, call) {
      let collection: Collection;
      try {
        collection = collectionOf(request['options'], await identify(call));
      } catch (error) {
        const { code, message } = told(error);
        throw new GrpcError(code === 401 ? grpcCode.unauthenticated : code === 403 ? grpcCode.permissionDenied : grpcCode.invalidArgument, textOf(message));
      }
      const { key, wanted } = collection;
      const event = (type: number, version: number, value: Buffer, previous?: Message): Message => ({ timestamp: version, type, resource: { version, value }, ...(previous ? { previous } : {}) });
      let since = numberOf(request['since'], 0);
      if (request['send_initial_events'] === true) {
        since = await store.currentVersion(key);
        for await (const stored of store.each(key, key.namespace)) if (wanted(stored)) yield event(eventType.ADDED, stored.resourceVersion, await bytesOf(stored));
        if (request['allow_watch_bookmarks'] === true) {
          const mark = { apiVersion: key.group, kind: '', metadata: { resourceVersion: String(since), annotations: { 'k8s.io/initial-events-end': 'true' } } };
          yield event(eventType.BOOKMARK, since, Buffer.from(JSON.stringify(mark)));
        }
      } else if (since === 0) since = await store.currentVersion(key);
      try {
        for await (const { type, object, previous, resourceVersion } of store.watch(key, key.namespace, since, call.signal)) {
          if (!wanted(object)) continue;
          const before = previous ? { version: previous.resourceVersion, value: valueOf(previous) } : undefined;
          yield event(eventType[type], resourceVersion, type === 'DELETED' ? valueOf(object) : await bytesOf(object), before);
        }
      } catch (error) {
        // Whoever asks again with the same version would hear the same.
        if (error instanceof ResourceStoreError && error.kind === 'gone') throw new GrpcError(grpcCode.outOfRange, 'the resource version is too old');
        throw error;
      }
    },
  };

  // ResourceIndex.

  const search = unary(async (request, caller) => {
    const { key } = collectionOf(request['options'], caller);
    return { key, ...(await searchTable({ store, index }, key, request)) };
  });

  const getStats = unary(async (request, caller) => {
    const [namespace, folder] = [textOf(request['namespace']), textOf(request['folder'])];
    demandNamespace(caller, namespace);
    const asked = textsOf(request['kinds']).map((kind) => {
      const [group = '', resource = ''] = kind.split('/');
      return { group, resource };
    });
    const stats: Message[] = [];
    for (const type of asked.length > 0 ? asked : await storedTypes(db)) {
      let count = 0;
      if (folder === '') count = await store.count(type, namespace);
      else for (let continueToken = ''; ;) {
        const page = await store.list(type, { namespace, folder, withoutSpec: true, limit: 1_000, ...(continueToken ? { continueToken } : {}) });
        count += page.items.length;
        if (page.continueToken === '') break;
        continueToken = page.continueToken;
      }
      if (count > 0 || asked.length > 0) stats.push({ ...type, count });
    }
    return { stats };
  });

  /** The index is in memory and follows every write: there is nothing to build anew. */
  const rebuildIndexes = unary(async (request, caller) => {
    demandNamespace(caller, textOf(request['namespace']));
    await index.ready();
    return { rebuildCount: 0, details: 'the index is always current', contactedAllInstances: true };
  });

  // BlobStore.

  const putBlob = unary(async (request, caller) => {
    const key = keyFrom(request['resource']);
    demandNamespace(caller, key.namespace);
    if (request['method'] === 1) throw badValue('signed URL upload is not supported');
    const value = request['value'] as Buffer;
    if (value.length === 0) throw badValue('empty content');
    if (value.length > blobBytesMax) throw new StorageError(413, 'RequestEntityTooLarge', 'the content is too large');
    const contentType = textOf(request['content_type']);
    if (contentType.length > 190) throw badValue('the content type is too long');
    const { uid, hash } = await values.putBlob(key, contentType, value);
    const [mime = '', ...parameters] = contentType.split(';').map((part) => part.trim());
    return { uid, hash, size: value.length, mime_type: mime, charset: parameters.find((part) => part.startsWith('charset='))?.slice('charset='.length) ?? '' };
  });

  const getBlob = unary(async (request, caller) => {
    const key = keyFrom(request['resource']);
    demandNamespace(caller, key.namespace);
    // Without a uid, the one that the object names.
    const uid = textOf(request['uid']) || ((await store.get(key))?.annotations['grafana.app/blob'] ?? '').split(';')[0]!.trim();
    const blob = uid === '' ? undefined : await values.getBlob(key, uid);
    if (!blob) throw new StorageError(404, 'NotFound', 'blob not found');
    return { content_type: blob.contentType, value: blob.value };
  });

  // ManagedObjectIndex.

  async function managed(namespace: string) {
    await index.ready();
    return [...index.entries(namespace, 'folder'), ...index.entries(namespace, 'dashboard')].filter(({ manager }) => manager !== undefined);
  }
  const typeOf = (kind: string) => (kind === 'folder' ? { group: 'folder.grafana.app', resource: 'folders' } : { group: 'dashboard.grafana.app', resource: 'dashboards' });

  const countManaged = unary(async (request, caller) => {
    const [namespace, kind, id] = (['namespace', 'kind', 'id'] as const).map((field) => textOf(request[field])) as [string, string, string];
    demandNamespace(caller, namespace);
    const counts = new Map<string, { kind: string; id: string; group: string; resource: string; count: number }>();
    for (const { manager, kind: of } of await managed(namespace)) {
      if ((kind !== '' && manager!.kind !== kind) || (id !== '' && manager!.id !== id)) continue;
      const name = `${manager!.kind}/${manager!.id}/${of}`;
      const known = counts.get(name) ?? { kind: manager!.kind, id: manager!.id, ...typeOf(of), count: 0 };
      known.count++;
      counts.set(name, known);
    }
    return { items: [...counts.values()] };
  });

  const listManaged = unary(async (request, caller) => {
    const [namespace, kind, id] = (['namespace', 'kind', 'id'] as const).map((field) => textOf(request[field])) as [string, string, string];
    demandNamespace(caller, namespace);
    const items = (await managed(namespace)).filter(({ manager }) => (kind === '' || manager!.kind === kind) && (id === '' || manager!.id === id)).map((entry) => ({
      object: { ...typeOf(entry.kind), namespace, name: entry.name }, path: entry.source?.path ?? '', hash: entry.source?.checksum ?? '', time: entry.updated, title: entry.title, folder: entry.folder,
    }));
    return { items };
  });

  const bulkProcess: Handler = {
    kind: 'client-stream',
    async handle(requests, call) {
      try {
        const caller = await identify(call);
        return await bulk.run(requests, call.headers('x-gf-batch-collection'), caller);
      } catch (error) {
        return { error: told(error) };
      }
    },
  };

  return [
    served('ResourceStore', { Read: read, Create: create, Update: update, Delete: remove, List: list, Watch: watch }),
    served('ResourceIndex', { Search: search, GetStats: getStats, RebuildIndexes: rebuildIndexes }),
    served('BulkStore', { BulkProcess: bulkProcess }),
    served('BlobStore', { PutBlob: putBlob, GetBlob: getBlob }),
    served('ManagedObjectIndex', { CountManagedObjects: countManaged, ListManagedObjects: listManaged }),
    served('Diagnostics', { IsHealthy: { kind: 'unary', handle: async () => ({ status: await db.ping().then(() => 1, () => 2) }) } }),
    served('Quotas', {
      GetQuotaUsage: unary(async (request, caller) => {
        const key = keyFrom(request['key'], { whole: false });
        demandNamespace(caller, key.namespace);
        return quotaOf ? quotaOf(key, key.namespace) : { usage: await store.count(key, key.namespace), limit: 0 };
      }),
    }),
  ];
}

function ofStore({ kind }: ResourceStoreError): Message {
  switch (kind) {
    case 'already-exists': return { message: 'the resource already exists', reason: 'AlreadyExists', code: 409 };
    case 'conflict': return { message: 'requested RV does not match saved RV', reason: 'optimistic locking failed', code: 409 };
    case 'not-found': return { message: 'not found', reason: 'NotFound', code: 404 };
    case 'gone': return { message: 'the resource version is too old', reason: 'Expired', code: 410 };
    default: return kind satisfies never;
  }
}

/** Operators as Kubernetes writes them. */
function labelRequirement(message: Record<string, unknown>): LabelRequirement {
  const [key, operator, values] = [textOf(message['key']), textOf(message['operator']), textsOf(message['values'])];
  switch (operator) {
    case '=': case '==': case 'in': return { key, operator: 'in', values };
    case '!=': case 'notin': return { key, operator: 'notin', values };
    case 'exists': case '': return { key, operator: 'exists' };
    case '!': return { key, operator: '!' };
    case 'gt': case 'lt': {
      if (!/^-?\d{1,18}$/.test(values[0] ?? '')) throw badValue(`label selector: ${operator} wants a number`);
      return { key, operator, values };
    }
    default: throw badValue(`label selector: unknown operator ${JSON.stringify(operator)}`);
  }
}
