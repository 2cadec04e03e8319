/**
 * Reversible secrets (config-and-operations §13): data source and plugin secrets, contact points, OAuth tokens … A random data key a
 * day and scope encrypts them; the data keys themselves are encrypted with `[security] secret_key`.
 */
import type { Migration } from '../db/database.ts';
import { columns } from '../db/columns.ts';

export interface Secrets {
  /** Empty text is encrypted like any other; nothing at all is the caller's null. */
  encrypt(plain: string | Buffer, scope?: string): Promise<Buffer>;
  /** Rejects with DecryptError. */
  decrypt(stored: Buffer): Promise<Buffer>;
  /** As `encrypt` and `decrypt`, for text columns: unpadded base64. */
  encryptText(plain: string, scope?: string): Promise<string>;
  decryptText(stored: string): Promise<string>;
  /** All data keys become inactive: the next secret gets a new one, old secrets stay readable (§13.3). */
  rotateDataKeys(): Promise<void>;
  /** Wraps every data key anew with the current secret key. */
  reencryptDataKeys(): Promise<void>;
}

export const secretsMigrations: readonly Migration[] = [
  {
    id: 'secrets-0001-data-keys',
    async up(db, name) {
      const types = columns(name);
      await db.schema.createTable('data_keys')
        .addColumn('name', types.varchar(100), (c) => c.primaryKey())
        .addColumn('active', types.bool, (c) => c.notNull())
        .addColumn('scope', types.varchar(100), (c) => c.notNull())
        .addColumn('label', types.varchar(150), (c) => c.notNull())
        .addColumn('provider', types.varchar(50), (c) => c.notNull())
        .addColumn('encrypted_data', types.blob, (c) => c.notNull())
        .addColumn('created', types.datetime, (c) => c.notNull())
        .addColumn('updated', types.datetime, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('ix_data_keys_label').on('data_keys').columns(['label', 'active']).execute();
    },
  },
];
