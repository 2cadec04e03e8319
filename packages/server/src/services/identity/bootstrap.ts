/** What an empty database begins with (identity-and-access §4.3), and the way back in for those who lost their password. */
import type { Database } from '../../infra/db/database.ts';
import type { Logger } from '../../infra/log/log.ts';
import { ApiError } from '../../web/errors.ts';
import type { UserService } from './users/user.ts';

export interface BootstrapSettings {
  readonly adminUser: string;
  readonly adminPassword: string;
  readonly adminEmail: string;
  readonly disableInitialAdminCreation: boolean;
}

const mainOrg = 'Main Org.';

/** Creates the main org and the first administrator unless somebody is there already. */
export async function bootstrap({ db, users, settings, log, clock }: {
  db: Database; users: UserService; settings: BootstrapSettings; log: Logger; clock: { now(): number };
}): Promise<void> {
  const rows = db.tables<{ user: { id: number }; org: { id: number; name: string } }>();
  if (await rows.selectFrom('user').select('id').limit(1).executeTakeFirst()) return;
  try {
    if (!settings.disableInitialAdminCreation) {
      await users.create({ login: settings.adminUser, email: settings.adminEmail, password: settings.adminPassword, isAdmin: true, orgRole: 'Admin', anyPassword: true });
      log.info('Created default admin', { user: settings.adminUser });
    }
    // Where newcomers get orgs of their own, so did the administrator: the main one exists all the same.
    if (!(await rows.selectFrom('org').select('id').where('name', '=', mainOrg).executeTakeFirst())) {
      const now = clock.now();
      await db.insertReturningId('org', { version: 1, name: mainOrg, address1: '', address2: '', city: '', state: '', zip_code: '', country: '', created: now, updated: now });
    }
  } catch (error) {
    // Of several processes that start on an empty database one was faster.
    if (!(error instanceof ApiError && error.status === 412)) throw error;
  }
}

/** `cli admin reset-admin-password`: answers whose password it was. */
export async function resetAdminPassword({ users, attempts, sessions }: {
  users: UserService; attempts: { reset(name: string): Promise<void> }; sessions: { revokeAll(userId: number): Promise<void> };
}, password: string, userId = 1): Promise<string> {
  const user = await users.byId(userId);
  if (!user) throw new Error(`there is no user with id ${userId}`);
  await users.setPassword(user.id, password);
  await sessions.revokeAll(user.id);
  for (const name of new Set([user.login, user.email])) await attempts.reset(name);
  return user.login;
}
