/** The content of a database of ours. */
import type { Database } from '../../../infra/db/database.ts';
import type { Secrets } from '../../../infra/secrets/secrets.ts';
import { storedNamespaces, storedTypes } from '../../../storage/resource-restore.ts';
import type { ResourceStore, StoredResource } from '../../../storage/resource-store.ts';
import { readPages } from './content-rows.ts';
import type { ContentTable } from './content-tables.ts';
import { grantsIn, peopleOf } from './people.ts';
import type { ContentRow, ContentSource, ResourceRecord } from './transfer.ts';

export interface OwnContentDeps {
  readonly db: Database;
  readonly store: Pick<ResourceStore, 'each' | 'history' | 'trash'>;
  readonly secrets: Pick<Secrets, 'decrypt'>;
  /** Older versions and the trash as well. */
  readonly history: boolean;
}

const everything = 1_000_000;

export async function createOwnContent({ db, store, secrets, history }: OwnContentDeps): Promise<ContentSource> {
  const people = peopleOf(
    await db.prepare('select id, uid, login from "user"').all(),
    await db.prepare('select id, name from team').all(),
  );
  let withSecrets = 0;

  async function versionsOf(object: StoredResource): Promise<ResourceRecord> {
    if (object.secure !== '') withSecrets++;
    if (!history) return { versions: [object] };
    const versions = (await store.history(object, { limit: everything, includeDeleted: true })).toReversed();
    // The newest version is read from where it is current: history keeps no secrets.
    return { versions: object.deleted ? versions : [...versions.slice(0, -1), object] };
  }

  return {
    loginOf: people.loginOf,
    async *resources() {
      for (const type of await storedTypes(db)) {
        for await (const object of store.each(type, '')) yield await versionsOf(object);
        if (!history) continue;
        for (const namespace of await storedNamespaces(db, type)) {
          for (let continueToken = ''; ;) {
            const page = await store.trash(type, namespace, continueToken ? { continueToken } : {});
            for (const object of page.items) yield await versionsOf(object);
            continueToken = page.continueToken;
            if (continueToken === '') break;
          }
        }
      }
    },
    async *rows(table: ContentTable) {
      for await (const page of readPages(db, table, secrets)) {
        for (const row of page) yield withPeople(table, row);
      }
    },
    async *grants() {
      yield* grantsIn(
        await db.prepare("select id, org_id, name from role where name like 'managed:%'").all(),
        await db.prepare("select role_id, action, scope from permission where scope like 'dashboards:uid:%' or scope like 'folders:uid:%' order by id").all(),
        people,
      );
    },
    notes: () => (withSecrets > 0 ? [`${withSecrets} objects hold secret values, which stay here`] : []),
    close: async () => {},
  };

  function withPeople(table: ContentTable, row: ContentRow): ContentRow {
    const out: Record<string, unknown> & { org_id: number } = { ...row };
    for (const [name, type] of Object.entries(table.columns)) {
      if (type === 'user') out[name] = people.byId(row[name]);
      if (type === 'team') out[name] = people.team(row[name]);
      if (type === 'users') out[name] = (row[name] as number[]).map((id) => people.byId(id));
    }
    return out;
  }
}
