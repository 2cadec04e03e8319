/**
 * Values as clients of the storage server wrote them, byte for byte, one an object; and blobs. A value counts only for the version that it came
 * with: where it is missing, or another face wrote since, the object is put together from its columns.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../../infra/clock.ts';
import { columns } from '../../infra/db/columns.ts';
import type { Database, Migration } from '../../infra/db/database.ts';
import { upsert } from '../../infra/db/upsert.ts';
import type { ResourceKey, StoredResource } from '../../storage/resource-store.ts';

export const storageServerMigrations: readonly Migration[] = [
  {
    id: 'storage-server-0001-values-and-blobs',
    async up(db, name) {
      const t = columns(name);
      await db.schema.createTable('resource_value')
        .addColumn('id', ...t.id)
        .addColumn('group', t.varchar(120), (c) => c.notNull())
        .addColumn('resource', t.varchar(120), (c) => c.notNull())
        .addColumn('namespace', t.varchar(63), (c) => c.notNull())
        .addColumn('name', t.varchar(253), (c) => c.notNull())
        .addColumn('resource_version', t.bigint, (c) => c.notNull())
        .addColumn('value', t.longtext, (c) => c.notNull())
        .addUniqueConstraint('uq_resource_value_key', ['group', 'resource', 'namespace', 'name'])
        .execute();
      await db.schema.createTable('resource_blob')
        .addColumn('uuid', t.varchar(36), (c) => c.notNull().primaryKey())
        .addColumn('created', t.datetime, (c) => c.notNull())
        .addColumn('group', t.varchar(120), (c) => c.notNull())
        .addColumn('resource', t.varchar(120), (c) => c.notNull())
        .addColumn('namespace', t.varchar(63), (c) => c.notNull())
        .addColumn('name', t.varchar(253), (c) => c.notNull())
        .addColumn('value', t.blob, (c) => c.notNull())
        .addColumn('hash', t.varchar(64), (c) => c.notNull())
        .addColumn('content_type', t.varchar(190), (c) => c.notNull())
        .execute();
    },
  },
];

export interface ValueStore {
  /** The bytes of that very version, undefined where they are not known. */
  get(key: ResourceKey, resourceVersion: number): Promise<string | undefined>;
  /** Of the objects of a page, in its order. */
  of(objects: readonly StoredResource[]): Promise<readonly (string | undefined)[]>;
  save(key: ResourceKey, resourceVersion: number, value: string): Promise<void>;
  forget(key: ResourceKey): Promise<void>;
  putBlob(key: ResourceKey, contentType: string, value: Buffer): Promise<{ uid: string; hash: string }>;
  /** Only of the object that it was put for. */
  getBlob(key: ResourceKey, uid: string): Promise<{ contentType: string; value: Buffer } | undefined>;
}

/** An organization is gone. */
export async function forgetValues(db: Database, namespace: string): Promise<void> {
  for (const table of ['resource_value', 'resource_blob']) await db.prepare(`delete from ${table} where namespace = ?`).run(namespace);
}

/** Of a statement; pages are seldom longer. */
const namesAtOnce = 500;
const ofKey = '"group" = ? and resource = ? and namespace = ? and name = ?';
const parts = ({ group, resource, namespace, name }: ResourceKey) => [group, resource, namespace, name] as const;

export function createValueStore(db: Database, clock: Pick<Clock, 'now'>): ValueStore {
  const find = db.prepare<{ value: string }>(`select value from resource_value where ${ofKey} and resource_version = ?`);
  const remove = db.prepare(`delete from resource_value where ${ofKey}`);
  const findBlob = db.prepare<{ content_type: string; value: Buffer }>(`select content_type, value from resource_blob where ${ofKey} and uuid = ?`);
  return {
    get: async (key, resourceVersion) => (await find.first(...parts(key), resourceVersion))?.value,
    async of(objects) {
      const known = new Map<string, { resource_version: number; value: string }>();
      // A page is of one kind, and a namespace at a time.
      const places = Map.groupBy(objects, ({ group, resource, namespace }) => JSON.stringify([group, resource, namespace]));
      for (const [place, some] of places) {
        const names = [...new Set(some.map(({ name }) => name))];
        for (let at = 0; at < names.length; at += namesAtOnce) {
          const asked = names.slice(at, at + namesAtOnce);
          const rows = await db.prepare<{ name: string; resource_version: number; value: string }>(
            `select name, resource_version, value from resource_value where "group" = ? and resource = ? and namespace = ? and name in (${asked.map(() => '?').join(', ')})`,
          ).all(...(JSON.parse(place) as string[]), ...asked);
          for (const row of rows) known.set(`${place}${row.name}`, row);
        }
      }
      return objects.map(({ group, resource, namespace, name, resourceVersion }) => {
        const row = known.get(`${JSON.stringify([group, resource, namespace])}${name}`);
        return row && Number(row.resource_version) === resourceVersion ? row.value : undefined;
      });
    },
    async save({ group, resource, namespace, name }, resourceVersion, value) {
      await upsert(db, 'resource_value', { group, resource, namespace, name, resource_version: resourceVersion, value }, ['group', 'resource', 'namespace', 'name']);
    },
    async forget(key) {
      await remove.run(...parts(key));
    },
    async putBlob({ group, resource, namespace, name }, contentType, value) {
      const uid = randomUUID();
      const hash = createHash('md5').update(value).digest('hex');
      await db.tables<Record<string, Record<string, unknown>>>().insertInto('resource_blob').values({
        uuid: uid, created: clock.now(), group, resource, namespace, name, value, hash, content_type: contentType,
      }).execute();
      return { uid, hash };
    },
    async getBlob(key, uid) {
      const row = await findBlob.first(...parts(key), uid);
      return row && { contentType: row.content_type, value: Buffer.from(row.value) };
    },
  };
}
