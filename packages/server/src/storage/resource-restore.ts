/**
 * Objects taken over as they were elsewhere: generations, times, authors, history and delete markers included. Only resource versions are
 * new. Works in the caller's transaction, so that a whole import is one; servers on the same database hear of it as of any other write.
 */
import type { Database } from '../infra/db/database.ts';
import { action, rowColumns, rowValues, typeName, withoutSecrets } from './resource-rows.ts';
import type { ResourceKey, ResourceType, StoredResource } from './resource-store.ts';
import { issueVersions } from './resource-versions.ts';

export interface ResourceRestorer {
  exists(key: ResourceKey): Promise<boolean>;
  /** With its history. */
  erase(key: ResourceKey): Promise<void>;
  /** Versions of one object, oldest first. Where the last one is a delete marker, the object is in the trash. Answers them as they are stored. */
  write(versions: readonly StoredResource[]): Promise<readonly StoredResource[]>;
  /** Once, before the transaction ends. */
  finish(): Promise<void>;
}

const named = (columns: readonly string[]) => columns.map((column) => `"${column}"`).join(', ');
const ofKey = '"group" = ? and resource = ? and namespace = ? and name = ?';
const parts = ({ group, resource, namespace, name }: ResourceKey) => [group, resource, namespace, name];

export function createResourceRestorer(tx: Database, now: number): ResourceRestorer {
  const insertInto = (table: string, columns: readonly string[]) => tx.prepare(`insert into ${table} (${named(columns)}) values (${columns.map(() => '?').join(', ')})`);
  const currentColumns = rowColumns.slice(0, -1);
  const insert = insertInto('resource', currentColumns);
  const insertHistory = insertInto('resource_history', rowColumns);
  const find = tx.prepare<{ n: number }>(`select count(*) as n from resource_history where ${ofKey}`);
  const versionsOf = new Map<string, Awaited<ReturnType<typeof issueVersions>>>();

  async function versionsFor(type: ResourceType) {
    const name = typeName(type);
    let versions = versionsOf.get(name);
    if (!versions) versionsOf.set(name, (versions = await issueVersions(tx, type, now)));
    return versions;
  }

  return {
    exists: async (key) => Number((await find.first(...parts(key)))!.n) > 0,
    async erase(key) {
      for (const table of ['resource', 'resource_history']) await tx.prepare(`delete from ${table} where ${ofKey}`).run(...parts(key));
    },
    async write(objects) {
      let before: StoredResource | undefined;
      let legacyId = objects.find((object) => object.legacyId > 0)?.legacyId ?? 0;
      let values: unknown[] = [];
      const written: StoredResource[] = [];
      for (const given of objects) {
        const versions = await versionsFor(given);
        const resourceVersion = ++versions.last;
        legacyId ||= resourceVersion;
        const object = { ...given, resourceVersion, legacyId: given.legacyId || legacyId };
        const what = object.deleted ? action.deleted : !before || before.deleted ? action.created : action.updated;
        values = rowValues(object, before?.resourceVersion ?? 0, what);
        // History has no secrets, whatever is taken over.
        await insertHistory.run(...(object.secure === '' ? values : rowValues({ ...object, secure: withoutSecrets(object.secure) }, before?.resourceVersion ?? 0, what)));
        before = object;
        written.push(object);
      }
      if (before && !before.deleted) await insert.run(...values.slice(0, -1));
      return written;
    },
    async finish() {
      for (const versions of versionsOf.values()) await versions.save(versions.last);
    },
  };
}

/** Every type that anything was ever stored of. */
export async function storedTypes(db: Database): Promise<readonly ResourceType[]> {
  return db.prepare<{ group: string; resource: string }>('select "group", resource from resource_version order by "group", resource').all();
}

/** Namespaces in which a type has, or had, objects. */
export async function storedNamespaces(db: Database, { group, resource }: ResourceType): Promise<readonly string[]> {
  const rows = await db.prepare<{ namespace: string }>('select distinct namespace from resource_history where "group" = ? and resource = ? order by namespace').all(group, resource);
  return rows.map(({ namespace }) => namespace);
}
