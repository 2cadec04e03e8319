import { randomBytes } from 'node:crypto';
import type { Registry } from 'prom-client';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { decryptWith, DecryptError, encryptWith, readDataKey, withDataKey } from './envelope.ts';
import { createSecretsMetrics } from './secrets-metrics.ts';
import type { Secrets } from './secrets.ts';

interface DataKeysTable {
  name: string;
  active: boolean;
  scope: string;
  label: string;
  provider: string;
  encrypted_data: Buffer | Uint8Array;
  created: number;
  updated: number;
}
interface SecretsTables {
  data_keys: DataKeysTable;
}

export interface SecretsDeps {
  readonly db: Database;
  readonly clock: Clock;
  /** `[security] secret_key` */
  readonly secretKey: string;
  readonly metrics?: Registry;
  /** How long a data key is remembered. */
  readonly cacheTtlMs?: number;
}

const provider = 'secretKey.v1';
const dataKeyBytes = 16;
/** Another instance may have made (or deactivated) a key for the same label just now; after this long nobody disputes it. */
const cautionMs = 10 * 60_000;

interface CachedKey {
  readonly id: string;
  readonly key: Buffer;
  readonly created: number;
  readonly readAt: number;
}

export function createSecrets({ db, clock, secretKey, metrics, cacheTtlMs = 15 * 60_000 }: SecretsDeps): Secrets {
  const seen = metrics && createSecretsMetrics(metrics);
  const byId = new Map<string, CachedKey>();
  const byLabel = new Map<string, CachedKey>();
  const keys = () => db.tables<SecretsTables>();
  const fresh = (entry: CachedKey | undefined): entry is CachedKey => entry !== undefined && clock.now() - entry.readAt < cacheTtlMs;

  async function unwrap(row: Pick<DataKeysTable, 'name' | 'encrypted_data' | 'created'>): Promise<CachedKey> {
    const key = await decryptWith(secretKey, Buffer.from(row.encrypted_data));
    const entry = { id: row.name, key, created: Number(row.created), readAt: clock.now() };
    byId.set(row.name, entry);
    return entry;
  }

  async function keyById(id: string): Promise<Buffer> {
    const cached = byId.get(id);
    seen?.cacheRead('byId', fresh(cached));
    if (fresh(cached)) return cached.key;
    const row = await keys().selectFrom('data_keys').select(['name', 'encrypted_data', 'created']).where('name', '=', id).executeTakeFirst();
    if (!row) throw new DecryptError('the data key is missing');
    return (await unwrap(row)).key;
  }

  async function currentKey(scope: string): Promise<CachedKey> {
    const label = `${localDate(clock.now())}/${scope}@${provider}`;
    const cached = byLabel.get(label);
    const usable = fresh(cached) && clock.now() - cached.created >= cautionMs;
    seen?.cacheRead('byName', usable);
    if (usable) return cached;
    const row = await keys().selectFrom('data_keys').select(['name', 'encrypted_data', 'created'])
      .where('label', '=', label).where('active', '=', true).orderBy('created').executeTakeFirst();
    const known = row && byId.get(row.name);
    const entry = row ? (known ?? (await unwrap(row))) : await makeKey(label, scope);
    byLabel.clear();
    byLabel.set(label, entry);
    return entry;
  }

  async function makeKey(label: string, scope: string): Promise<CachedKey> {
    const key = randomBytes(dataKeyBytes);
    const id = randomBytes(9).toString('base64url');
    const now = clock.now();
    await keys().insertInto('data_keys').values({
      name: id, active: true, scope, label, provider, encrypted_data: await encryptWith(secretKey, key), created: now, updated: now,
    }).execute();
    const entry = { id, key, created: now, readAt: now };
    byId.set(id, entry);
    return entry;
  }

  async function counted<T>(operation: 'encrypt' | 'decrypt', work: () => Promise<T>): Promise<T> {
    try {
      const value = await work();
      seen?.operation(operation, true);
      return value;
    } catch (error) {
      seen?.operation(operation, false);
      throw error;
    }
  }

  const secrets: Secrets = {
    encrypt: (plain, scope = 'root') => counted('encrypt', async () => {
      const { id, key } = await currentKey(scope);
      return withDataKey(id, await encryptWith(key, Buffer.from(plain)));
    }),
    decrypt: (stored) => counted('decrypt', async () => {
      const marked = readDataKey(stored);
      return marked ? decryptWith(await keyById(marked.keyId), marked.encrypted) : decryptWith(secretKey, stored);
    }),
    encryptText: async (plain, scope) => (await secrets.encrypt(plain, scope)).toString('base64').replace(/=+$/, ''),
    decryptText: async (stored) => (await secrets.decrypt(Buffer.from(stored, 'base64'))).toString('utf8'),
    async rotateDataKeys() {
      await keys().updateTable('data_keys').set({ active: false, updated: clock.now() }).execute();
      byLabel.clear();
    },
    async reencryptDataKeys() {
      await db.transaction(async (tx) => {
        for (const row of await tx.tables<SecretsTables>().selectFrom('data_keys').select(['name', 'encrypted_data']).execute()) {
          const encrypted = await encryptWith(secretKey, await decryptWith(secretKey, Buffer.from(row.encrypted_data)));
          await tx.tables<SecretsTables>().updateTable('data_keys').set({ encrypted_data: encrypted, provider, updated: clock.now() }).where('name', '=', row.name).execute();
        }
      });
      byId.clear();
      byLabel.clear();
    },
  };
  return secrets;
}

function localDate(now: number): string {
  const date = new Date(now);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
}
