/** BulkStore.BulkProcess (apiserver-and-storage §8.1): whole collections written anew, history included, in one transaction. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../infra/clock.ts';
import type { Database } from '../../infra/db/database.ts';
import type { Message } from '../../infra/grpc/grpc-service.ts';
import { deletedGeneration } from '../../storage/resource-changes.ts';
import { createResourceRestorer, type ResourceRestorer } from '../../storage/resource-restore.ts';
import type { ResourceKey, ResourceStore, StoredResource } from '../../storage/resource-store.ts';
import { numberOf } from '../../util/json-value.ts';
import { demandNamespace, type StorageCaller } from './storage-caller.ts';
import { badValue, keyFrom, readValue, StorageError } from './storage-object.ts';

const action = { added: 1, modified: 2, deleted: 3 } as const;
/** An import that is larger is made in parts. */
const bytesMax = 1_024 * 1_048_576;
const rejectedMax = 100;

interface Collection extends Omit<ResourceKey, 'name'> {
  history: number;
  previous: number;
  previousHistory: number;
  last: number;
  /** Names that came, with the number of their versions: an object's versions come one after another. */
  readonly seen: Set<string>;
}

export interface BulkImport {
  run(requests: AsyncIterable<Message>, collections: readonly string[], caller: StorageCaller): Promise<Message>;
}

export function createBulkImport({ db, clock, store }: { db: Database; clock: Pick<Clock, 'now'>; store: ResourceStore }): BulkImport {
  const running = new Set<string>();

  return {
    async run(requests, named, caller) {
      if (named.length === 0) throw badValue('missing collection in batch metadata');
      const collections = new Map(named.map((name) => [name, collectionFrom(name, caller)]));
      for (const name of collections.keys()) if (running.has(name)) throw new StorageError(412, 'PreconditionFailed', 'bulk export is already running');
      for (const name of collections.keys()) running.add(name);
      let begun = false;
      try {
        return await db.transaction((tx) => {
          // What came in can be read once: a second try would find nothing, and leave nothing.
          if (begun) throw new StorageError(503, 'ServiceUnavailable', 'the import was disturbed by other writes; send it again');
          begun = true;
          return imported(tx, requests, collections, caller);
        });
      } finally {
        for (const name of collections.keys()) running.delete(name);
      }
    },
  };

  async function imported(tx: Database, requests: AsyncIterable<Message>, collections: ReadonlyMap<string, Collection>, caller: StorageCaller): Promise<Message> {
    const restorer = createResourceRestorer(tx, clock.now());
    const before: StoredResource[] = [];
    for (const collection of collections.values()) before.push(...(await emptied(tx, collection)));
    const rejected: Message[] = [];
    let bytes = 0;
    let processed = 0;
    let versions: StoredResource[] = [];
    const flush = async () => {
      if (versions.length > 0) await writeVersions(restorer, versions, collections);
      versions = [];
    };
    for await (const request of requests) {
      try {
        const key = keyFrom(request['key']);
        const collection = collections.get(`${key.namespace}/${key.group}/${key.resource}`);
        if (!collection) throw badValue('the object is of no collection that was named');
        const value = request['value'] as Buffer;
        bytes += value.length;
        if (bytes > bytesMax) throw new StorageError(413, 'RequestEntityTooLarge', 'the import is too large');
        const same = versions[0] && versions[0].name === key.name && versions[0].resource === key.resource && versions[0].namespace === key.namespace && versions[0].group === key.group;
        if (!same && collection.seen.has(key.name)) throw badValue('versions of one object have to come one after another');
        const next = versionOf(key, value, numberOf(request['action'], 0), caller, versions.at(-1), clock.now());
        if (!same) await flush();
        collection.seen.add(key.name);
        versions.push(next);
        processed++;
      } catch (error) {
        if (!(error instanceof StorageError) || error.code === 413) throw error;
        if (rejected.length < rejectedMax) rejected.push({ key: request['key'], action: request['action'], error: error.message });
      }
    }
    await flush();
    // Whoever follows the collection has to hear of what did not come back.
    for (const stored of before) {
      const collection = collections.get(`${stored.namespace}/${stored.group}/${stored.resource}`)!;
      if (!collection.seen.has(stored.name)) await restorer.write([{ ...stored, deleted: true, generation: deletedGeneration, deletionTimestamp: clock.now(), finalizers: [], managedFields: '', secure: '' }]);
    }
    await restorer.finish();
    return {
      processed, rejected,
      summary: [...collections.values()].map(({ namespace, group, resource, seen, history, previous, previousHistory, last }) => ({
        namespace, group, resource, count: seen.size, history, resource_version: last, previous_count: previous, previous_history: previousHistory,
      })),
    };
  }

  /** Takes everything away, and answers what was current. */
  async function emptied(tx: Database, collection: Collection): Promise<StoredResource[]> {
    const { group, resource, namespace } = collection;
    const current: StoredResource[] = [];
    for await (const stored of store.each({ group, resource }, namespace)) current.push({ ...stored, spec: '{}', status: '' });
    const where = '"group" = ? and resource = ? and namespace = ?';
    collection.previous = current.length;
    collection.previousHistory = (await tx.prepare<{ n: number }>(`select count(*) as n from resource_history where ${where}`).first(group, resource, namespace))?.n ?? 0;
    for (const table of ['resource', 'resource_history', 'resource_value']) await tx.prepare(`delete from ${table} where ${where}`).run(group, resource, namespace);
    return current;
  }
}

function collectionFrom(text: string, caller: StorageCaller): Collection {
  const [namespace = '', group = '', resource = '', ...more] = text.split('/');
  if (more.length > 0 || namespace === '') throw badValue(`invalid collection: ${JSON.stringify(text.slice(0, 200))}`);
  const key = keyFrom({ namespace, group, resource }, { whole: false });
  demandNamespace(caller, namespace);
  return { namespace, group: key.group, resource: key.resource, history: 0, previous: 0, previousHistory: 0, last: 0, seen: new Set() };
}

async function writeVersions(restorer: ResourceRestorer, versions: readonly StoredResource[], collections: ReadonlyMap<string, Collection>): Promise<void> {
  const written = await restorer.write(versions);
  const { namespace, group, resource } = versions[0]!;
  const collection = collections.get(`${namespace}/${group}/${resource}`)!;
  collection.history += written.length;
  collection.last = Math.max(collection.last, written.at(-1)!.resourceVersion);
}

function versionOf(key: ResourceKey, value: Buffer, what: number, caller: StorageCaller, before: StoredResource | undefined, now: number): StoredResource {
  if (what !== action.added && what !== action.modified && what !== action.deleted) throw badValue('unknown action');
  const { write, generation, updated, updatedBy } = readValue(key, value, caller.author);
  const deleted = what === action.deleted;
  const created = write.created ?? before?.created ?? now;
  return {
    ...key, uid: write.uid ?? before?.uid ?? randomUUID(), resourceVersion: 0, generation: deleted ? deletedGeneration : generation, legacyId: write.legacyId ?? before?.legacyId ?? 0, folder: write.folder,
    title: write.title, apiVersion: write.apiVersion, labels: write.labels, annotations: write.annotations, created, updated: updated || created,
    createdBy: write.annotations['grafana.app/createdBy'] ?? write.author, updatedBy: updatedBy || (write.annotations['grafana.app/createdBy'] ?? write.author), deleted,
    deletionTimestamp: deleted ? now : 0, spec: write.spec, status: write.status ?? '', finalizers: deleted ? [] : (write.finalizers ?? []), managedFields: deleted ? '' : (write.managedFields ?? ''),
    ownerReferences: write.ownerReferences ?? '', secure: '',
  };
}
