/**
 * The resource store as a storage server keeps it, ours or the reference's (apiserver-and-storage §8.1). Objects travel whole, and this side makes
 * them: generation, authors and finalizers are settled before a write, which holds only if nobody wrote in between.
 *
 * What the wire does not carry: `along` of a create is done after it and undone by a deletion; versions before an object's last deletion are found
 * by their version only; an object is found by its legacy id by looking through all of them.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../infra/clock.ts';
import type { Message } from '../../infra/grpc/grpc-service.ts';
import type { Logger } from '../../infra/log/log.ts';
import type { BackgroundService } from '../../registry/background-service.ts';
import { changeOf, keyOf } from '../../storage/resource-changes.ts';
import { ResourceStoreError, type ListOptions, type ResourceEvent, type ResourceKey, type ResourceList, type ResourceStore, type ResourceType, type StoredResource } from '../../storage/resource-store.ts';
import { BadContinueTokenError } from '../../storage/sql-resource-store.ts';
import { numberOf, objectOf, objectsOf, textOf } from '../../util/json-value.ts';
import { namePattern, numberOfUid, storedFrom, StorageError, valueOf } from '../storage-server/storage-object.ts';
import { createRemoteEvents, reconnectMs } from './remote-events.ts';
import type { SecureVault } from './secure-vault.ts';
import { StreamEnd, type Asker, type StorageChannel } from './storage-channel.ts';
import { errorOf, storageClientErrors } from './storage-client.ts';

export interface RemoteResourceStoreDeps {
  readonly channel: StorageChannel;
  readonly clock: Clock;
  readonly log: Logger;
  readonly vault: SecureVault;
  /** Every namespace that there is: a storage server is asked about one at a time. */
  readonly namespaces: () => Promise<readonly string[]>;
  /** Types that listeners hear of. */
  readonly followed: readonly ResourceType[];
  readonly checkQuota?: (type: ResourceType, namespace: string) => Promise<void>;
}

const source = { store: 0, history: 1, trash: 2 } as const;
const pageMax = 500;
const historyPage = 100;
/** How often somebody else may write in between before a write that no version binds is given up. */
const attemptsMax = 10;
const namespacesEveryMs = 10_000;
/** The server itself, where nobody in particular asks. */
const self = 'access-policy:grafana';

interface Page {
  readonly items: readonly StoredResource[];
  readonly resourceVersion: number;
  readonly next: string;
}

export function createRemoteResourceStore({ channel, clock, log, vault, namespaces, followed, checkQuota }: RemoteResourceStoreDeps): ResourceStore & BackgroundService & { close(): void } {
  const stopped = new AbortController();
  const by = (author: string, namespace: string): Asker => ({ author, namespace });
  const events = createRemoteEvents({ types: followed, clock, log, currentVersion, events: watchOnce, current: (type, namespace) => each(type, namespace) });
  const isFollowed = ({ group, resource }: ResourceType) => followed.some((type) => type.group === group && type.resource === resource);

  async function ask(method: string, request: Message, namespace: string): Promise<Message> {
    const { message, refusal } = await channel.call(method, request, by(self, namespace));
    if (refusal) throw errorOf(refusal);
    return message;
  }

  async function objectOfWire(type: ResourceType, version: unknown, value: unknown): Promise<StoredResource> {
    const stored = given(type, version, value);
    return stored.secure === '' ? stored : { ...stored, secure: await vault.filled(stored.namespace, stored.secure) };
  }

  /** Newest, or the newest one up to a version. */
  async function read(key: ResourceKey, upTo = 0): Promise<StoredResource | undefined> {
    if (!namePattern.test(key.name)) return undefined;
    const { message, refusal } = await channel.call('ResourceStore.Read', { key: keyOf(key), ...(upTo > 0 ? { resource_version: upTo } : {}) }, by(self, key.namespace));
    if (refusal?.code === 404) return undefined;
    if (refusal) throw errorOf(refusal);
    return objectOfWire(key, message['resource_version'], message['value']);
  }

  async function pageOf(type: ResourceType, namespace: string, wish: { readonly limit: number; readonly token: string; readonly source?: number; readonly name?: string }): Promise<Page> {
    const fields = wish.name === undefined ? [] : [{ key: 'metadata.name', operator: '=', values: [wish.name] }];
    const { message, refusal } = await channel.call('ResourceStore.List', {
      limit: wish.limit, next_page_token: wish.token, source: wish.source ?? source.store, options: { key: { ...typeOf(type), namespace, name: wish.name ?? '' }, fields },
    }, by(self, namespace));
    if (refusal?.code === 400 && wish.token !== '') throw new BadContinueTokenError('invalid continue token');
    if (refusal) throw errorOf(refusal);
    const items = await Promise.all(objectsOf(message['items']).map((item) => objectOfWire(type, item['resource_version'], item['value'])));
    return { items, resourceVersion: numberOf(message['resource_version'], 0), next: textOf(message['next_page_token']) };
  }

  async function currentVersion(type: ResourceType, namespace = 'default'): Promise<number> {
    return (await pageOf(type, namespace, { limit: 1, token: '' })).resourceVersion;
  }

  async function list(type: ResourceType, options: ListOptions): Promise<ResourceList> {
    if (options.names) {
      const found = await Promise.all(options.names.map((name) => read({ ...typeOf(type), namespace: options.namespace, name })));
      return { items: found.filter((stored) => stored !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1)), resourceVersion: await currentVersion(type), continueToken: '' };
    }
    if (options.namespace === '') return listEverywhere(type, options);
    const { namespace, folder, labels, bytesMax = Number.POSITIVE_INFINITY, withoutSpec } = options;
    const items: StoredResource[] = [];
    let [left, bytes, resourceVersion] = [options.limit && options.limit > 0 ? options.limit : Number.POSITIVE_INFINITY, 0, 0];
    for (let token = options.continueToken ?? ''; ;) {
      // A page is never cut here: its token stands for all of it.
      const page = await pageOf(type, namespace, { limit: Math.min(left, pageMax), token });
      resourceVersion ||= page.resourceVersion;
      for (const stored of page.items) {
        if (folder !== undefined && stored.folder !== folder) continue;
        left--;
        bytes += stored.spec.length;
        if (!labels || labels(stored.labels)) items.push(withoutSpec ? { ...stored, spec: '' } : stored);
      }
      token = page.next;
      if (token === '' || left <= 0 || bytes >= bytesMax) return { items, resourceVersion, continueToken: token };
    }
  }

  async function listEverywhere(type: ResourceType, options: ListOptions): Promise<ResourceList> {
    const everywhere = [...(await namespaces())].sort();
    // Whoever reads all of a type means to keep up with it.
    if (isFollowed(type)) await events.follow(everywhere);
    const at = options.continueToken ? decodePlace(options.continueToken) : { ns: '', token: '' };
    const items: StoredResource[] = [];
    let [left, resourceVersion] = [options.limit && options.limit > 0 ? options.limit : Number.POSITIVE_INFINITY, 0];
    for (const namespace of everywhere.filter((name) => name >= at.ns)) {
      if (left <= 0) return { items, resourceVersion, continueToken: encodePlace({ ns: namespace, token: '' }) };
      const { continueToken: _, ...wish } = options;
      const page = await list(type, { ...wish, namespace, ...(Number.isFinite(left) ? { limit: left } : {}), ...(namespace === at.ns && at.token !== '' ? { continueToken: at.token } : {}) });
      items.push(...page.items);
      left -= page.items.length;
      resourceVersion = Math.max(resourceVersion, page.resourceVersion);
      if (page.continueToken !== '') return { items, resourceVersion, continueToken: encodePlace({ ns: namespace, token: page.continueToken }) };
    }
    return { items, resourceVersion, continueToken: '' };
  }

  async function* each(type: ResourceType, namespace: string): AsyncGenerator<StoredResource> {
    for (let continueToken = ''; ;) {
      const page = await list(type, { namespace, limit: pageMax, ...(continueToken ? { continueToken } : {}) });
      yield* page.items;
      ({ continueToken } = page);
      if (continueToken === '') return;
    }
  }

  /** The delete marker of an object that is gone. */
  const markerOf = async (key: ResourceKey): Promise<StoredResource | undefined> => (await pageOf(key, key.namespace, { limit: 1, token: '', source: source.trash, name: key.name })).items[0];

  const history: ResourceStore['history'] = async (key, { limit = 1_000, beforeResourceVersion = Number.MAX_SAFE_INTEGER, includeDeleted = false } = {}) => {
    if (!namePattern.test(key.name)) return [];
    if (includeDeleted) {
      const marker = await markerOf(key);
      if (marker && marker.resourceVersion < beforeResourceVersion) return [marker];
      if (limit === 1 && beforeResourceVersion !== Number.MAX_SAFE_INTEGER) {
        const then = await read(key, beforeResourceVersion - 1);
        return then ? [then] : [];
      }
    }
    const found: StoredResource[] = [];
    for (let token = ''; ;) {
      const page = await pageOf(key, key.namespace, { limit: historyPage, token, source: source.history, name: key.name });
      for (const stored of page.items) if (stored.resourceVersion < beforeResourceVersion && !stored.deleted) found.push(stored);
      token = page.next;
      if (token === '' || found.length >= limit) return found.slice(0, limit);
    }
  };

  async function count(type: ResourceType, namespace: string): Promise<number> {
    if (namespace === '') {
      const counts = await Promise.all((await namespaces()).map((name) => count(type, name)));
      return counts.reduce((sum, n) => sum + n, 0);
    }
    const { message, refusal } = await channel.call('ResourceIndex.GetStats', { namespace, kinds: [`${type.group}/${type.resource}`] }, by(self, namespace));
    // A server without an index is looked through.
    if (refusal) return (await list(type, { namespace, withoutSpec: true })).items.length;
    return objectsOf(message['stats']).reduce((sum, stat) => sum + numberOf(stat['count'], 0), 0);
  }

  async function create(write: Parameters<ResourceStore['create']>[0], along: Parameters<ResourceStore['create']>[1]): Promise<StoredResource> {
    await checkQuota?.(write, write.namespace);
    const uid = write.uid ?? randomUUID();
    const legacyId = write.legacyId ?? (showsLegacyId(write) ? freshLegacyId(clock.now()) : numberOfUid(uid));
    const { object } = changeOf({ kind: 'create', write: { ...write, uid, legacyId } }, undefined, 0, clock.now())!;
    await vault.keep(object.namespace, object.secure);
    let stored: StoredResource | undefined;
    await events.writing(object, async () => {
      const { message, refusal, repeated } = await channel.call('ResourceStore.Create', { key: keyOf(object), value: valueOf(object) }, by(write.author, object.namespace));
      let version = numberOf(message['resource_version'], 0);
      if (refusal) {
        // An attempt that nobody heard of may have been the one that made it.
        const there = repeated && refusal.code === 409 ? await read(object) : undefined;
        if (there?.uid !== uid) {
          await vault.forget(object.namespace, object.secure);
          throw refusal.code === 409 ? new ResourceStoreError('already-exists', keyOf(object)) : errorOf(refusal);
        }
        version = there.resourceVersion;
      }
      stored = { ...object, resourceVersion: version };
      try {
        await along?.(stored);
      } catch (error) {
        await channel.call('ResourceStore.Delete', { key: keyOf(object), resource_version: version, uid }, by(write.author, object.namespace));
        await vault.forget(object.namespace, object.secure);
        throw error;
      }
      return { type: 'ADDED', resourceVersion: version, object: stored };
    });
    return stored!;
  }

  /** Settles a change of what is there, and writes it; again, as long as others write in between and no version binds it. */
  async function change(key: ResourceKey, author: string, expect: number | undefined, settle: (current: StoredResource | undefined) => ReturnType<typeof changeOf>): Promise<StoredResource> {
    for (let attempt = 1; ; attempt++) {
      const current = await read(key);
      const settled = settle(current);
      if (!settled) return current!;
      const written = await writeOver(current!, settled, author);
      if (written) return written;
      if (expect !== undefined || attempt >= attemptsMax) throw new ResourceStoreError('conflict', keyOf(key));
    }
  }

  /** Undefined where somebody else wrote since. */
  async function writeOver(current: StoredResource, { event, object }: NonNullable<ReturnType<typeof changeOf>>, author: string): Promise<StoredResource | undefined> {
    const key = keyOf(current);
    let stored: StoredResource | undefined;
    const gone = event === 'DELETED';
    if (!gone) await vault.keep(key.namespace, object.secure);
    await events.writing(key, async () => {
      const { message, refusal, repeated } = gone
        ? await channel.call('ResourceStore.Delete', { key, resource_version: current.resourceVersion, uid: current.uid }, by(author, key.namespace))
        : await channel.call('ResourceStore.Update', { key, resource_version: current.resourceVersion, value: valueOf(object) }, by(author, key.namespace));
      let version = numberOf(message['resource_version'], 0);
      if (refusal) {
        if (refusal.code !== 409 && refusal.code !== 404) throw errorOf(refusal);
        const there = repeated ? await (gone ? markerOf(key) : read(key)) : undefined;
        const ours = there && there.uid === object.uid && (gone || (there.generation === object.generation && there.spec === object.spec && there.updatedBy === object.updatedBy && there.updated === seconds(object.updated)));
        if (!ours) {
          if (refusal.code === 404) throw new ResourceStoreError('not-found', key);
          return undefined;
        }
        version = there.resourceVersion;
      }
      stored = { ...object, resourceVersion: version };
      return { type: event, resourceVersion: version, object: stored, previous: current };
    });
    if (stored) await vault.forget(key.namespace, current.secure, gone ? '' : object.secure);
    return stored;
  }

  async function* watchOnce(type: ResourceType, namespace: string, since: number, signal: AbortSignal): AsyncGenerator<ResourceEvent> {
    const request = { since, options: { key: { ...typeOf(type), namespace } } };
    for await (const message of channel.stream('ResourceStore.Watch', request, by(self, namespace), signal)) {
      const kind = ({ 1: 'ADDED', 2: 'MODIFIED', 3: 'DELETED' } as const)[numberOf(message['type'], 0)];
      if (!kind) continue;
      const { version, value } = objectOf(message['resource']);
      const before = objectOf(message['previous']);
      const object = await objectOfWire(type, version, value);
      const previous = (before['value'] as Buffer | undefined)?.length ? await objectOfWire(type, before['version'], before['value']) : undefined;
      yield { type: kind, resourceVersion: object.resourceVersion, object: kind === 'DELETED' ? { ...object, deleted: true } : object, ...(previous ? { previous } : {}) };
    }
  }

  async function* watch(type: ResourceType, namespace: string, since: number, given: AbortSignal): AsyncGenerator<ResourceEvent> {
    const signal = AbortSignal.any([given, stopped.signal]);
    // To the server 0 means from now on, and a watch that breaks off must begin where it was.
    let last = since > 0 ? since : await currentVersion(type, namespace);
    let waitMs: number = reconnectMs.first;
    while (!signal.aborted) {
      try {
        for await (const event of watchOnce(type, namespace, last, signal)) {
          if (event.resourceVersion <= last) continue;
          last = event.resourceVersion;
          waitMs = reconnectMs.first;
          yield event;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof StreamEnd && error.final) throw new ResourceStoreError('gone', { ...typeOf(type), namespace, name: '' });
        log.debug('A watch of the storage server broke off', { ...typeOf(type), namespace, error });
      }
      await clock.sleep(waitMs, signal).catch(() => {});
      waitMs = Math.min(waitMs * 2, reconnectMs.max);
    }
  }

  async function purge(type: ResourceType, namespace: string): Promise<void> {
    const objects: StoredResource[] = [];
    for await (const object of each(type, namespace)) objects.push({ ...object, spec: '' });
    const refusal = await channel.empty([`${namespace}/${type.group}/${type.resource}`], by(self, namespace));
    if (refusal) throw errorOf(refusal);
    const now = clock.now();
    for (const object of objects) {
      await vault.forget(namespace, object.secure);
      events.tell({ type: 'DELETED', resourceVersion: object.resourceVersion + 1, previous: object, object: { ...object, deleted: true, deletionTimestamp: now } });
    }
  }

  return {
    name: 'storage client',
    get: (key) => read(key),
    async getByLegacyId(type, namespace, legacyId) {
      for await (const stored of each(type, namespace)) if (stored.legacyId === legacyId) return stored;
      return undefined;
    },
    async getVersion(key, at) {
      if ('resourceVersion' in at) {
        const stored = await read(key, at.resourceVersion);
        return stored?.resourceVersion === at.resourceVersion ? stored : undefined;
      }
      return (await history(key)).find(({ generation }) => generation === at.generation);
    },
    list, history, count, each, create, watch, purge,
    currentVersion: (type) => currentVersion(type),
    async trash(type, namespace, { limit = pageMax, continueToken = '' } = {}) {
      const { items, resourceVersion, next } = await pageOf(type, namespace, { limit, token: continueToken, source: source.trash });
      return { items, resourceVersion, continueToken: next };
    },
    update: (write, expect) => change(write, write.author, expect, (current) => changeOf({ kind: 'update', write, ...(expect === undefined ? {} : { expect }) }, current, 0, clock.now())),
    delete: (key, options) => change(key, options.author, options.expect, (current) => changeOf({ kind: 'delete', key, ...options }, current, 0, clock.now())),
    async purgeNamespace(namespace) {
      const message = await ask('ResourceIndex.GetStats', { namespace }, namespace);
      const types = [...objectsOf(message['stats']).map((stat) => ({ group: textOf(stat['group']), resource: textOf(stat['resource']) })), ...followed];
      const names = new Set<string>();
      for (const type of types) {
        if (names.has(`${type.group}/${type.resource}`)) continue;
        names.add(`${type.group}/${type.resource}`);
        await purge(type, namespace);
      }
      await vault.forgetNamespace(namespace);
    },
    onEvent: (listener) => events.listen(listener),
    async run(signal) {
      while (!signal.aborted) {
        await namespaces().then((names) => events.follow(names)).catch((error: unknown) => log.warn('The storage server cannot be followed', { error }));
        await clock.sleep(namespacesEveryMs, signal).catch(() => {});
      }
    },
    close() {
      stopped.abort();
      events.close();
      channel.close();
    },
  };
}

const typeOf = ({ group, resource }: ResourceType): ResourceType => ({ group, resource });
/** Kinds whose objects tell their legacy id. */
const showsLegacyId = ({ resource }: ResourceType) => resource === 'dashboards' || resource === 'folders';
/** Times travel without fractions of a second. */
const seconds = (ms: number) => Math.floor(ms / 1_000) * 1_000;

let lastLegacyId = 0;
/** Growing, and unlikely to be given by another process: microseconds, with chance in the last digits. */
function freshLegacyId(now: number): number {
  lastLegacyId = Math.max(lastLegacyId + 1, now * 1_000 + Math.floor(Math.random() * 1_000));
  return lastLegacyId;
}

/** Throws a 502 for what is no object. */
function given(type: ResourceType, version: unknown, value: unknown): StoredResource {
  try {
    return storedFrom(type, numberOf(version, 0), value instanceof Uint8Array ? value : Buffer.alloc(0));
  } catch (error) {
    if (error instanceof StorageError) throw storageClientErrors.failed({ cause: error });
    throw error;
  }
}

interface Place {
  readonly ns: string;
  readonly token: string;
}

const encodePlace = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url');

function decodePlace(text: string): Place {
  try {
    const { ns, token } = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Partial<Place>;
    if (typeof ns === 'string' && typeof token === 'string') return { ns, token };
  } catch {
    // Falls through to the one answer.
  }
  throw new BadContinueTokenError('invalid continue token');
}
