/** `belvedere cli admin secrets-migration …` (config-and-operations §3.2, §13.3): what the routes of the same names do, on the database itself. */
import { systemClock } from '../infra/clock.ts';
import { migrate } from '../infra/db/migrator.ts';
import { openDatabase } from '../infra/db/open-database.ts';
import { silentLogger } from '../infra/log/log.ts';
import { createSecrets } from '../infra/secrets/secrets-service.ts';
import { migrations } from '../server/migrations.ts';
import { secretColumns } from '../server/secret-columns.ts';
import { createEncryptionService } from '../services/operations/encryption/encryption-service.ts';
import type { Settings } from '../setting/settings.ts';
import { UsageError } from './arguments.ts';

const namedMax = 10;

export type SecretsWork = 're-encrypt' | 'rollback' | 're-encrypt-data-keys' | 'consolidate';

/** Resolves with what to print; throws when a secret could not be read. */
export async function secretsCommand(work: SecretsWork, settings: Settings): Promise<string> {
  const db = await openDatabase(settings.database, { dataPath: settings.paths.data });
  try {
    if (!settings.database.skipMigrations) await migrate(db, migrations, { locking: settings.database.migrationLocking, lockTimeoutSeconds: settings.database.lockingAttemptTimeoutSeconds });
    const { secretKey } = settings.security;
    const secrets = createSecrets({ db, clock: systemClock, secretKey });
    const unread: string[] = [];
    const log = { ...silentLogger, warn: (_message: string, { table, column, id }: Readonly<Record<string, unknown>> = {}) => void unread.push(`${table}.${column} ${id}`) };
    const encryption = createEncryptionService({ db, log, secrets, secretKey, columns: secretColumns });
    const demandAll = (whole: boolean) => {
      if (!whole) throw new UsageError(`these secrets cannot be read with this secret key, and stay as they are: ${unread.slice(0, namedMax).join(', ')}${unread.length > namedMax ? ' …' : ''}`);
    };
    switch (work) {
      case 're-encrypt-data-keys':
        await encryption.reencryptDataKeys();
        return 'Data encryption keys re-encrypted successfully ✔\n';
      case 're-encrypt':
        demandAll(await encryption.reencryptSecrets());
        return 'Secrets re-encrypted successfully ✔\n';
      case 'consolidate':
        // The old keys stay: a copy of the database from before still wants them.
        await encryption.rotateDataKeys();
        demandAll(await encryption.reencryptSecrets());
        return 'Secrets consolidated under a new data key ✔\n';
      case 'rollback':
        demandAll(await encryption.rollbackSecrets());
        return 'Secrets rolled back successfully ✔\n';
      default: return work satisfies never;
    }
  } finally {
    await db.close();
  }
}
