/**
 * The resource store on the relational database (apiserver-and-storage §7.2–§7.4). Writes are taken in groups, a group a transaction: under
 * load a commit is shared, and versions are handed out while the type's version row is locked, so that they grow in the order of commits.
 */
import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../infra/clock.ts';
import type { Database, PreparedStatement } from '../infra/db/database.ts';
import type { Logger } from '../infra/log/log.ts';
import type { BackgroundService } from '../registry/background-service.ts';
import { createResourceCache } from './resource-cache.ts';
import { changeOf, keyOf, type Operation } from './resource-changes.ts';
import { createResourceEvents, type EventSource } from './resource-events.ts';
import { action, fromRow, rowColumns, rowValues, typeName, withoutSecrets, type ResourceRow } from './resource-rows.ts';
import { pruneHistory, type VersionsToKeep } from './resource-retention.ts';
import type { ListOptions, ResourceEvent, ResourceKey, ResourceList, ResourceStore, ResourceType, StoredResource } from './resource-store.ts';
import { issueVersions } from './resource-versions.ts';
import { watchResources } from './resource-watch.ts';

export interface ResourceStoreDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly versionsToKeep?: VersionsToKeep;
  /** How long deleted objects are remembered; absent: for ever. */
  readonly trashMaxAgeMs?: (type: ResourceType) => number;
  /** Throws where a namespace may not have one more. */
  readonly checkQuota?: (type: ResourceType, namespace: string) => Promise<void>;
}

/** Writes that share a transaction at most, so that none waits long for the others. */
const groupMax = 64;
/** Rows fetched at a time while a page is filled. */
const rowsPerFetch = 100;
/** A good hundred dashboards, of those that are read all the time. */
const cachedCharactersMax = 4_000_000;
/** How often other processes' writes are looked for. */
const pollMs = 200;
const retentionMs = 60_000;

interface Pending {
  readonly operation: Operation;
  readonly key: ResourceKey;
  resolve(object: StoredResource): void;
  reject(error: unknown): void;
}

type Outcome = { readonly object: StoredResource; readonly event?: ResourceEvent } | { readonly error: unknown };

interface Group {
  readonly outcomes: Outcome[];
  /** Type name -> events and the version issued before them. */
  readonly told: Map<string, { type: ResourceType; last: number; events: ResourceEvent[] }>;
}

export function createResourceStore({ db, clock, log, versionsToKeep, checkQuota, trashMaxAgeMs }: ResourceStoreDeps): ResourceStore & BackgroundService {
  const read = createReads(db);
  const events = createResourceEvents(read, (error) => log.error('A listener of the resource store failed', { error }));
  /** Names written since history was last pruned. */
  const touched = new Map<string, ResourceKey>();
  const touch = (key: ResourceKey) => touched.set(`${typeName(key)}/${key.namespace}/${key.name}`, keyOf(key));
  const queue: Pending[] = [];
  let flushing = false;
  // Whoever happens to start the flush must not lend it his transaction.
  const detached = new AsyncResource('resource-writes');

  function submit(operation: Operation, key: ResourceKey): Promise<StoredResource> {
    if (db.inTransaction) return Promise.reject(new Error('The resource store commits by itself; write to it outside the transaction'));
    return new Promise((resolve, reject) => {
      queue.push({ operation, key, resolve, reject });
      if (flushing) return;
      flushing = true;
      // The group is what came in within this turn of the event loop.
      detached.runInAsyncScope(() => setImmediate(() => void flush()));
    });
  }

  async function flush(): Promise<void> {
    while (queue.length > 0) await commit(queue.splice(0, groupMax));
    flushing = false;
  }

  async function commit(pending: readonly Pending[]): Promise<void> {
    try {
      await events.start();
      const { outcomes, told } = await db.transaction((tx) => applyGroup(tx, pending.map(({ operation, key }) => ({ operation, key })), clock.now()));
      for (const { type, last, events: happened } of told.values()) await events.tell(type, last, happened);
      pending.forEach((write, i) => {
        const outcome = outcomes[i]!;
        if ('error' in outcome) return write.reject(outcome.error);
        if (outcome.event) touch(write.key);
        write.resolve(outcome.object);
      });
    } catch (error) {
      // One write that the database refuses must not fail its neighbours.
      if (pending.length === 1) return pending[0]!.reject(error);
      for (const write of pending) await commit([write]);
    }
  }

  async function tellPurged(type: ResourceType, objects: readonly StoredResource[]): Promise<void> {
    if (objects.length === 0) return;
    const { last, first } = await db.transaction(async (tx) => {
      const versions = await issueVersions(tx, type, clock.now());
      await versions.save(versions.last + objects.length);
      return { last: versions.issued, first: versions.last + 1 };
    });
    const now = clock.now();
    await events.tell(type, last, objects.map((object, i) => ({
      type: 'DELETED' as const, resourceVersion: first + i, previous: object,
      object: { ...object, resourceVersion: first + i, deleted: true, deletionTimestamp: now },
    })));
  }

  async function purge(type: ResourceType, namespace: string): Promise<void> {
    await events.start();
    const objects: StoredResource[] = [];
    for await (const object of read.each(type, namespace)) objects.push({ ...object, spec: '' });
    await db.transaction(async (tx) => {
      for (const table of ['resource', 'resource_history']) {
        await tx.prepare(`delete from ${table} where "group" = ? and resource = ? and namespace = ?`).run(type.group, type.resource, namespace);
      }
    });
    await tellPurged(type, objects);
  }

  return {
    name: 'resource store',
    get: read.get,
    getByLegacyId: read.getByLegacyId,
    getVersion: read.getVersion,
    list: read.list,
    history: read.history,
    trash: read.trash,
    count: read.count,
    each: read.each,
    currentVersion: read.currentVersion,
    async create(write, along) {
      await checkQuota?.(write, write.namespace);
      return submit({ kind: 'create', write, along }, write);
    },
    update: (write, expect) => submit({ kind: 'update', write, expect }, write),
    delete: (key, { author, expect, released }) => submit({ kind: 'delete', key, author, expect, released }, key),
    purge,
    async purgeNamespace(namespace) {
      for (const { group, resource } of await read.versions()) await purge({ group, resource }, namespace);
    },
    watch: (type, namespace, since, signal) => watchResources({ events, source: read, ...(trashMaxAgeMs && { forgottenBefore: (of: ResourceType) => (clock.now() - trashMaxAgeMs(of)) * 1000 }) }, type, namespace, since, signal),
    onEvent: (listener) => {
      // Whoever writes or reads first waits for it, and hears why it fails.
      events.start().catch(() => {});
      return events.listen(listener);
    },
    async run(signal) {
      await events.start();
      let pruneAt = clock.now() + retentionMs;
      while (!signal.aborted) {
        await clock.sleep(pollMs, signal).catch(() => {});
        if (signal.aborted) break;
        await events.poll().catch((error: unknown) => log.warn('Could not look for writes of other processes', { error }));
        if (clock.now() < pruneAt || touched.size === 0) continue;
        pruneAt = clock.now() + retentionMs;
        const keys = [...touched.values()];
        touched.clear();
        const unsettled = await pruneHistory(db, keys, clock.now(), versionsToKeep).catch((error: unknown) => log.warn('Could not prune history', { error }));
        for (const key of unsettled ?? []) touch(key);
      }
    },
  };
}

const named = (columns: readonly string[], prefix = '') => columns.map((column) => `${prefix}"${column}"`).join(', ');
/** Of `resource_history`. */
const allColumns = named(rowColumns);
/** Of `resource`, which has all but the spec. */
const currentColumns = rowColumns.slice(0, -1);
const specless = `${named(currentColumns)}, '' as spec`;
/** A version's spec is stored once, in history. */
const withSpec = `${named(currentColumns, 'r.')}, (select h.spec from resource_history h where h."group" = r."group" and h.resource = r.resource
  and h.namespace = r.namespace and h.name = r.name and h.resource_version = r.resource_version) as spec`;
const ofKey = '"group" = ? and resource = ? and namespace = ? and name = ?';
const parts = ({ group, resource, namespace, name }: ResourceKey) => [group, resource, namespace, name];

interface Statements {
  readonly current: PreparedStatement<ResourceRow>;
  readonly insert: PreparedStatement<never>;
  readonly insertHistory: PreparedStatement<never>;
  readonly update: PreparedStatement<never>;
  readonly remove: PreparedStatement<never>;
}

const prepared = (db: Database): Statements => {
  const insertInto = (table: string, columns: readonly string[]) => `insert into ${table} (${named(columns)}) values (${columns.map(() => '?').join(', ')})`;
  return {
    current: db.prepare(`select ${withSpec} from resource r where ${ofKey}`),
    insert: db.prepare(insertInto('resource', currentColumns)),
    insertHistory: db.prepare(insertInto('resource_history', rowColumns)),
    update: db.prepare(`update resource set ${currentColumns.map((column) => `"${column}" = ?`).join(', ')} where ${ofKey}`),
    remove: db.prepare(`delete from resource where ${ofKey}`),
  };
};

async function applyGroup(tx: Database, writes: readonly { operation: Operation; key: ResourceKey }[], now: number): Promise<Group> {
  const statements = prepared(tx);
  const told: Group['told'] = new Map();
  const versionsOf = new Map<string, Awaited<ReturnType<typeof issueVersions>>>();
  // Always in the same order, so that two processes never wait for each other's type.
  for (const name of [...new Set(writes.map(({ key }) => typeName(key)))].sort()) {
    const { key } = writes.find((write) => typeName(write.key) === name)!;
    const versions = await issueVersions(tx, key, now);
    versionsOf.set(name, versions);
    told.set(name, { type: { group: key.group, resource: key.resource }, last: versions.issued, events: [] });
  }
  const outcomes: Outcome[] = [];
  for (const { operation, key } of writes) {
    const versions = versionsOf.get(typeName(key))!;
    const outcome = await applyOne(statements, operation, key, versions.last + 1, now);
    outcomes.push(outcome);
    if (!('event' in outcome) || !outcome.event) continue;
    if (operation.kind === 'create') await operation.along?.(outcome.event.object);
    versions.last++;
    told.get(typeName(key))!.events.push(outcome.event);
  }
  for (const versions of versionsOf.values()) await versions.save(versions.last);
  return { outcomes, told };
}

async function applyOne(statements: Statements, operation: Operation, key: ResourceKey, version: number, now: number): Promise<Outcome> {
  const row = await statements.current.first(...parts(key));
  const current = row && fromRow(row);
  let change: ReturnType<typeof changeOf>;
  try {
    change = changeOf(operation, current, version, now);
  } catch (error) {
    return { error };
  }
  if (!change) return { object: current! };
  const { object } = change;
  const values = rowValues(object, current?.resourceVersion ?? 0, change.action);
  await statements.insertHistory.run(...(object.secure === '' ? values : rowValues({ ...object, secure: withoutSecrets(object.secure) }, current?.resourceVersion ?? 0, change.action)));
  const currentValues = values.slice(0, -1);
  if (change.event === 'ADDED') await statements.insert.run(...currentValues);
  else if (change.event === 'MODIFIED') await statements.update.run(...currentValues, ...parts(key));
  else await statements.remove.run(...parts(key));
  return { object, event: { type: change.event, resourceVersion: version, object, previous: current } };
}

interface Continue {
  /** Version that the first page showed, and the last object that it showed. */
  readonly rv: number;
  readonly ns: string;
  readonly name: string;
}

/** A `continue` token that is none of ours. */
export class BadContinueTokenError extends Error {}

const encodeContinue = (token: Continue) => Buffer.from(JSON.stringify(token)).toString('base64url');

function decodeContinue(text: string): Continue {
  try {
    const { rv, ns, name } = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Partial<Continue>;
    if (Number.isSafeInteger(rv) && typeof ns === 'string' && typeof name === 'string' && !`${ns}${name}`.includes('\0')) return { rv: rv!, ns, name };
  } catch {
    // Falls through to the one answer.
  }
  throw new BadContinueTokenError('invalid continue token');
}

type Reads = Pick<ResourceStore, 'get' | 'getByLegacyId' | 'getVersion' | 'list' | 'history' | 'trash' | 'count' | 'each' | 'currentVersion'> & EventSource;

function createReads(db: Database): Reads {
  const cache = createResourceCache({ charactersMax: cachedCharactersMax });
  const versionOf = db.prepare<{ resource_version: number }>(`select resource_version from resource where ${ofKey}`);
  const current = db.prepare<ResourceRow>(`select ${withSpec} from resource r where ${ofKey}`);
  const byLegacyId = db.prepare<ResourceRow>(`select ${withSpec} from resource r where "group" = ? and resource = ? and namespace = ? and legacy_id = ?`);
  const atVersion = db.prepare<ResourceRow>(`select ${allColumns} from resource_history where ${ofKey} and resource_version = ?`);
  const atGeneration = db.prepare<ResourceRow>(`select ${allColumns} from resource_history where ${ofKey} and generation = ? order by resource_version desc limit 1`);
  const version = db.prepare<{ resource_version: number }>('select resource_version from resource_version where "group" = ? and resource = ?');
  const allVersions = db.prepare<ResourceType & { resource_version: number }>('select "group", resource, resource_version from resource_version');
  const eventsSince = `select ${allColumns} from resource_history where "group" = ? and resource = ? and resource_version > ? and resource_version < ? order by resource_version`;
  const since = db.prepare<ResourceRow>(eventsSince);
  const lastDeletion = db.prepare<{ resource_version: number }>(
    `select max(resource_version) as resource_version from resource_history where ${ofKey} and action = ${action.deleted}`);

  const currentVersion = async ({ group, resource }: ResourceType) => (await version.first(group, resource))?.resource_version ?? 0;

  async function list(type: ResourceType, options: ListOptions): Promise<ResourceList> {
    const { namespace, folder, limit, labels, names, bytesMax = Number.POSITIVE_INFINITY } = options;
    const after = options.continueToken ? decodeContinue(options.continueToken) : undefined;
    const newest = await currentVersion(type);
    const resourceVersion = after?.rv ?? newest;
    // As long as nothing was written since, the current state is the snapshot.
    const snapshot = newest !== resourceVersion;
    const conditions: string[] = ['"group" = ?', 'resource = ?'];
    const values: unknown[] = [type.group, type.resource];
    if (namespace !== '') add('namespace = ?', namespace);
    if (folder !== undefined) add('folder = ?', folder);
    if (names) add(names.length ? `name in (${names.map(() => '?').join(', ')})` : '1 = 0', ...names);
    const wanted = limit === undefined || limit <= 0 ? Number.POSITIVE_INFINITY : limit;

    const items: StoredResource[] = [];
    let position = after && { ns: after.ns, name: after.name };
    let bytes = 0;
    for (let scanned = 0; ;) {
      const size = Math.min(rowsPerFetch, wanted - scanned + 1);
      const rows = await fetchPage(position, size);
      for (const row of rows) {
        if (scanned >= wanted || bytes >= bytesMax) {
          return { items, resourceVersion, continueToken: encodeContinue({ rv: resourceVersion, ns: position!.ns, name: position!.name }) };
        }
        scanned++;
        bytes += row.spec.length;
        position = { ns: row.namespace, name: row.name };
        const object = fromRow(row);
        if (!labels || labels(object.labels)) items.push(object);
      }
      if (rows.length < size) return { items, resourceVersion, continueToken: '' };
    }

    function add(condition: string, ...more: unknown[]): void {
      conditions.push(condition);
      values.push(...more);
    }

    function fetchPage(from: { ns: string; name: string } | undefined, size: number): Promise<ResourceRow[]> {
      const where = [...conditions];
      const bound = [...values];
      if (from && namespace !== '') {
        where.push('name > ?');
        bound.push(from.name);
      } else if (from) {
        where.push('(namespace > ? or (namespace = ? and name > ?))');
        bound.push(from.ns, from.ns, from.name);
      }
      if (!snapshot) return db.prepare<ResourceRow>(`select ${options.withoutSpec ? specless : withSpec} from resource r where ${where.join(' and ')} order by namespace, name limit ${size}`).all(...bound);
      const latest = `select max(x.resource_version) from resource_history x where x."group" = h."group" and x.resource = h.resource
        and x.namespace = h.namespace and x.name = h.name and x.resource_version <= ?`;
      return db.prepare<ResourceRow>(
        `select ${options.withoutSpec ? specless : allColumns} from resource_history h where ${where.join(' and ')} and action <> ${action.deleted}
          and resource_version = (${latest}) order by namespace, name limit ${size}`,
      ).all(...bound, resourceVersion);
    }
  }

  return {
    currentVersion,
    list,
    async get(key) {
      // No such name can be stored, and one of the databases will not even look for it.
      if (key.name.includes('\0')) return undefined;
      const known = cache.get(key);
      if (known && (await versionOf.first(...parts(key)))?.resource_version === known.resourceVersion) return known;
      const row = await current.first(...parts(key));
      if (!row) return undefined;
      const object = fromRow(row);
      cache.offer(object);
      return object;
    },
    async getByLegacyId({ group, resource }, namespace, legacyId) {
      const row = await byLegacyId.first(group, resource, namespace, legacyId);
      return row && fromRow(row);
    },
    async getVersion(key, at) {
      const row = 'resourceVersion' in at ? await atVersion.first(...parts(key), at.resourceVersion) : await atGeneration.first(...parts(key), at.generation);
      return row && fromRow(row);
    },
    async history(key, { limit = 1_000, beforeResourceVersion = Number.MAX_SAFE_INTEGER, includeDeleted = false } = {}) {
      const floor = includeDeleted ? 0 : ((await lastDeletion.first(...parts(key)))?.resource_version ?? 0);
      const rows = await db.prepare<ResourceRow>(
        `select ${allColumns} from resource_history where ${ofKey} and resource_version > ? and resource_version < ? order by resource_version desc limit ${Math.trunc(limit)}`,
      ).all(...parts(key), floor, beforeResourceVersion);
      return rows.map(fromRow);
    },
    async trash(type, namespace, { limit = 500, continueToken } = {}) {
      const before = continueToken ? decodeContinue(continueToken).rv : Number.MAX_SAFE_INTEGER;
      const same = 'x."group" = h."group" and x.resource = h.resource and x.namespace = h.namespace and x.name = h.name';
      const rows = await db.prepare<ResourceRow>(
        `select ${allColumns} from resource_history h where "group" = ? and resource = ? and namespace = ? and resource_version < ? and action = ${action.deleted}
          and not exists (select 1 from resource x where ${same})
          and not exists (select 1 from resource_history x where ${same} and x.resource_version > h.resource_version)
          order by resource_version desc limit ${Math.trunc(limit) + 1}`,
      ).all(type.group, type.resource, namespace, before);
      const page = rows.slice(0, limit).map(fromRow);
      const more = rows.length > limit;
      return { items: page, resourceVersion: await currentVersion(type), continueToken: more ? encodeContinue({ rv: page.at(-1)!.resourceVersion, ns: '', name: '' }) : '' };
    },
    async count({ group, resource }, namespace) {
      const row = namespace === ''
        ? await db.prepare<{ n: number }>('select count(*) as n from resource where "group" = ? and resource = ?').first(group, resource)
        : await db.prepare<{ n: number }>('select count(*) as n from resource where "group" = ? and resource = ? and namespace = ?').first(group, resource, namespace);
      return row!.n;
    },
    async *each(type, namespace) {
      let continueToken: string | undefined;
      do {
        const page: ResourceList = await list(type, { namespace, limit: rowsPerFetch, continueToken });
        yield* page.items;
        continueToken = page.continueToken;
      } while (continueToken);
    },
    versions: () => allVersions.all(),
    async between({ group, resource }, after, before, limit) {
      const statement = limit === undefined ? since : db.prepare<ResourceRow>(`${eventsSince} limit ${Math.trunc(limit)}`);
      const rows = await statement.all(group, resource, after, before);
      return Promise.all(rows.map(async (row): Promise<ResourceEvent> => {
        const previous = row.previous_resource_version === 0 ? undefined
          : await atVersion.first(row.group, row.resource, row.namespace, row.name, row.previous_resource_version);
        return {
          type: row.action === action.created ? 'ADDED' : row.action === action.deleted ? 'DELETED' : 'MODIFIED',
          resourceVersion: row.resource_version, object: fromRow(row), ...(previous ? { previous: fromRow(previous) } : {}),
        };
      }));
    },
  };
}
