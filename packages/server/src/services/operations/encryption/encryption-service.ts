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

  async function rewrite({ table, column, form }: SecretColumn, seal: Seal): Promise<boolean> {
    const anew = async (stored: string) => unpadded(await seal(await secrets.decrypt(Buffer.from(stored, 'base64'))));
    let whole = true;
    const rows = await tables.selectFrom(table).select(['id', column]).execute();
    for (const row of rows) {
      const text = String(row[column] ?? '');
      if (text === '' || text === '{}') continue;
      try {
        const rewritten = form === 'text' ? await anew(text) : JSON.stringify(Object.fromEntries(await Promise.all(
          Object.entries(JSON.parse(text) as Record<string, string>).map(async ([key, value]) => [key, await anew(value)] as const))));
        // Only if nobody changed it meanwhile: theirs is sealed with the newest key anyway.
        await tables.updateTable(table).set({ [column]: rewritten } as never).where('id', '=', row['id'] as never).where(column, '=', text as never).execute();
      } catch (error) {
        whole = false;
        log.warn('A secret could not be encrypted anew', { table, column, id: row['id'], error });
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
