import { systemClock } from '../infra/clock.ts';
import { migrate } from '../infra/db/migrator.ts';
import { openDatabase } from '../infra/db/open-database.ts';
import { migrations } from '../server/migrations.ts';
import { createIdentityEpoch } from '../services/identity/identity-epoch.ts';
import { userErrors } from '../services/identity/users/user.ts';
import { createUserService } from '../services/identity/users/user-service.ts';
import type { Settings } from '../setting/settings.ts';
import { ApiError } from '../web/errors.ts';

export interface ResetOptions {
  readonly settings: Settings;
  readonly userId: number;
  readonly password: string;
}

/** Sets the password of a server administrator; resolves with what to print. */
export async function resetAdminPassword({ settings, userId, password }: ResetOptions): Promise<string> {
  const db = await openDatabase(settings.database, { dataPath: settings.paths.data });
  try {
    if (!settings.database.skipMigrations) await migrate(db, migrations, { locking: settings.database.migrationLocking, lockTimeoutSeconds: settings.database.lockingAttemptTimeoutSeconds });
    const users = createUserService({ db, clock: systemClock, epoch: createIdentityEpoch({ db, clock: systemClock }), settings: settings.identity });
    const user = await users.byId(userId);
    if (!user || user.isServiceAccount) {
      const { users: everybody } = await users.search({ query: '', page: 1, perPage: 1000, sort: '' });
      const admins = everybody.filter(({ isAdmin }) => isAdmin).map(({ login, id }) => `\tUsername: ${login} ID: ${id}\n`);
      return `Admin user cannot be found ✘\n${admins.length > 0 ? `\nPlease try to run the command again specifying a user-id (--user-id) from the list below:\n${admins.join('')}` : ''}`;
    }
    // Compat: silent, and a success. Who is no administrator of the server is not changed from here.
    if (!user.isAdmin) return '';
    await users.setPassword(userId, password);
    return '\nAdmin password changed successfully ✔\n';
  } catch (error) {
    if (error instanceof ApiError && [userErrors.tooShort().messageId, userErrors.policyInfringed().messageId].includes(error.messageId)) {
      throw Object.assign(new Error("the new password doesn't meet the password policy criteria"), { code: 'PASSWORD_POLICY' });
    }
    throw error;
  } finally {
    await db.close();
  }
}
