/**
 * Inline secure values of objects that a storage server keeps (apiserver-and-storage §3.5): the object names them, and what they are stays here,
 * encrypted as it comes.
 */
import { columns } from '../../infra/db/columns.ts';
import type { Database, Migration } from '../../infra/db/database.ts';
import { upsert } from '../../infra/db/upsert.ts';
import { parseSecure } from '../secure-values.ts';

export const storageClientMigrations: readonly Migration[] = [
  {
    id: 'storage-client-0001-secure-values',
    async up(db, name) {
      const t = columns(name);
      await db.schema.createTable('resource_secure_value')
        .addColumn('id', ...t.id)
        .addColumn('namespace', t.varchar(63), (c) => c.notNull())
        .addColumn('name', t.varchar(253), (c) => c.notNull())
        .addColumn('value', t.longtext, (c) => c.notNull())
        .addUniqueConstraint('uq_resource_secure_value', ['namespace', 'name'])
        .execute();
    },
  },
];

export interface SecureVault {
  /** The text with the values beside the names; a value that is not known stays away. */
  filled(namespace: string, secure: string): Promise<string>;
  /** Keeps the values of a text. */
  keep(namespace: string, secure: string): Promise<void>;
  /** Forgets the values that `now` does not name any more. */
  forget(namespace: string, before: string, now?: string): Promise<void>;
  forgetNamespace(namespace: string): Promise<void>;
}

export function createSecureVault(db: Database): SecureVault {
  const find = db.prepare<{ value: string }>('select value from resource_secure_value where namespace = ? and name = ?');
  const remove = db.prepare('delete from resource_secure_value where namespace = ? and name = ?');
  return {
    async filled(namespace, secure) {
      if (secure === '') return '';
      const entries = await Promise.all(Object.entries(parseSecure(secure)).map(async ([key, { name }]) => {
        const row = await find.first(namespace, name);
        return [key, { name, ...(row ? { value: row.value } : {}) }];
      }));
      return JSON.stringify(Object.fromEntries(entries));
    },
    async keep(namespace, secure) {
      for (const { name, value } of Object.values(parseSecure(secure))) {
        if (value !== undefined) await upsert(db, 'resource_secure_value', { namespace, name, value }, ['namespace', 'name']);
      }
    },
    async forget(namespace, before, now = '') {
      const kept = new Set(Object.values(parseSecure(now)).map(({ name }) => name));
      for (const { name } of Object.values(parseSecure(before))) if (!kept.has(name)) await remove.run(namespace, name);
    },
    async forgetNamespace(namespace) {
      await db.prepare('delete from resource_secure_value where namespace = ?').run(namespace);
    },
  };
}
