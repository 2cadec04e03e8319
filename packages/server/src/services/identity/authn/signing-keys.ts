/** Keys that identity tokens are signed with (identity-and-access §3.12): one a month, public as a JWKS. */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import { isUniqueViolation } from '../../../infra/db/database-errors.ts';
import type { Secrets } from '../../../infra/secrets/secrets.ts';

export interface SigningKeys {
  /** This month's key, made when it is first needed. */
  current(): Promise<{ readonly id: string; readonly key: KeyObject }>;
  /** Every key that is still good. */
  jwks(): Promise<{ readonly keys: readonly Record<string, unknown>[] }>;
}

interface Tables {
  signing_key: { id: number; key_id: string; private_key: string; added_at: number; expires_at: number | null; alg: string };
}

const lifetimeMs = 30 * 86_400_000;
const makePair = promisify(generateKeyPair);

export function createSigningKeys({ db, clock, secrets }: { db: Database; clock: Clock; secrets: Secrets }): SigningKeys {
  const rows = () => db.tables<Tables>();
  let known: { id: string; key: KeyObject } | undefined;
  let loading: Promise<{ id: string; key: KeyObject }> | undefined;

  async function read(id: string): Promise<KeyObject | undefined> {
    const row = await rows().selectFrom('signing_key').select('private_key').where('key_id', '=', id).executeTakeFirst();
    return row && createPrivateKey(await secrets.decryptText(row.private_key));
  }

  async function make(id: string): Promise<KeyObject> {
    const { privateKey } = await makePair('ec', { namedCurve: 'P-256' });
    const now = clock.now();
    const text = await secrets.encryptText(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    try {
      await db.insertReturningId('signing_key', { key_id: id, private_key: text, added_at: now, expires_at: now + lifetimeMs, alg: 'ES256' });
      return privateKey;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      return (await read(id))!;
    }
  }

  function current(): Promise<{ id: string; key: KeyObject }> {
    const id = `id-${new Date(clock.now()).toISOString().slice(0, 7)}-es256`;
    if (known?.id === id) return Promise.resolve(known);
    loading ??= (async () => {
      known = { id, key: (await read(id)) ?? (await make(id)) };
      return known;
    })().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  return {
    current,
    async jwks() {
      await current();
      const found = await rows().selectFrom('signing_key').selectAll().orderBy('added_at').execute();
      const now = clock.now();
      const keys: Record<string, unknown>[] = [];
      for (const row of found) {
        if (row.expires_at !== null && Number(row.expires_at) < now && row.key_id !== known?.id) continue;
        const { kty, crv, x, y } = createPublicKey(createPrivateKey(await secrets.decryptText(row.private_key))).export({ format: 'jwk' });
        keys.push({ use: 'sig', kty, kid: row.key_id, crv, alg: row.alg, x, y });
      }
      return { keys };
    },
  };
}
