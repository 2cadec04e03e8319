import type { Database } from '../../../infra/db/database.ts';
import type { Logger } from '../../../infra/log/log.ts';
import { encryptWith } from '../../../infra/secrets/envelope.ts';
import type { Secrets } from '../../../infra/secrets/secrets.ts';
import type { EncryptionService, SecretColumn } from './encryption.ts';

export interface EncryptionDeps {
  readonly db: Database;
  readonly log: Logger;
  readonly secrets: Secrets;
  readonly secretKey: string;
  readonly columns: readonly SecretColumn[];
}

type Seal = (plain: Buffer) => Promise<Buffer>;

export function createEncryptionService({ db, log, secrets, secretKey, columns }: EncryptionDeps): EncryptionService {
  const tables = db.tables<Record<string, Record<string, unknown>>>();
  const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

  async function rewriteAll(seal: Seal): Promise<boolean> {
    let whole = true;
    for (const column of columns) if (!(await rewrite(column, seal))) whole = false;
    return whole;
  }

  async function rewrite({ table, column, form, alongside }: SecretColumn, seal: Seal): Promise<boolean> {
    const anew = async (stored: string) => unpadded(await seal(await secrets.decrypt(Buffer.from(stored, 'base64'))));
    let whole = true;
    // One row at a time is held: snapshots and configurations are large.
    for (const { id } of await tables.selectFrom(table).select('id').where(column, 'is not', null).execute()) {
      const row = await tables.selectFrom(table).select(column).where('id', '=', id as never).executeTakeFirst();
      const stored = row?.[column];
      if (stored === undefined || stored === null || stored === '') continue;
      try {
        const rewritten = form === 'bytes' ? await seal(await secrets.decrypt(Buffer.from(stored as Uint8Array))) : form === 'text' ? await anew(String(stored)) : await form(String(stored), anew);
        if (rewritten === stored) continue;
        // Only if nobody changed it meanwhile: theirs is sealed with the newest key anyway.
        const changed = { [column]: rewritten, ...(typeof rewritten === 'string' && alongside?.(rewritten)) };
        await tables.updateTable(table).set(changed as never).where('id', '=', id as never).where(column, '=', stored as never).execute();
      } catch (error) {
        whole = false;
        log.warn('A secret could not be encrypted anew', { table, column, id, error });
      }
    }
    return whole;
  }

  return {
    rotateDataKeys: () => secrets.rotateDataKeys(),
    reencryptDataKeys: () => secrets.reencryptDataKeys(),
    reencryptSecrets: () => rewriteAll((plain) => secrets.encrypt(plain)),
    rollbackSecrets: () => rewriteAll((plain) => encryptWith(secretKey, plain)),
  };
}
