/** Brute-force protection (identity-and-access §3.3). */
import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import type { SecuritySettings } from '../../../setting/security-settings.ts';

const windowSeconds = 300;

export interface LoginAttempts {
  blockedByName(username: string): Promise<boolean>;
  blockedByIp(ip: string): Promise<boolean>;
  record(username: string, ip: string): Promise<void>;
  reset(username: string): Promise<void>;
  tidy(): Promise<void>;
}

interface Tables {
  login_attempt: { id: number; username: string; ip_address: string; created: number };
}

export function createLoginAttempts({ db, clock, settings }: {
  db: Database; clock: Clock; settings: Pick<SecuritySettings, 'bruteForceProtection' | 'bruteForceMaxAttempts' | 'usernameLoginProtection' | 'ipAddressLoginProtection'>;
}): LoginAttempts {
  const rows = () => db.tables<Tables>();
  const since = () => Math.floor(clock.now() / 1000) - windowSeconds;
  const count = async (column: 'username' | 'ip_address', value: string) => {
    const { n } = await rows().selectFrom('login_attempt').select((eb) => eb.fn.countAll<number>().as('n'))
      .where(column, '=', value).where('created', '>=', since()).executeTakeFirstOrThrow();
    return Number(n) >= settings.bruteForceMaxAttempts;
  };
  const name = (username: string) => username.toLowerCase().slice(0, 190);
  return {
    blockedByName: async (username) => settings.bruteForceProtection && settings.usernameLoginProtection && count('username', name(username)),
    blockedByIp: async (ip) => settings.bruteForceProtection && settings.ipAddressLoginProtection && count('ip_address', ip),
    async record(username, ip) {
      if (!settings.bruteForceProtection) return;
      await rows().insertInto('login_attempt').values({ username: name(username), ip_address: ip, created: Math.floor(clock.now() / 1000) } as never).execute();
    },
    async reset(username) {
      await rows().deleteFrom('login_attempt').where('username', '=', name(username)).execute();
    },
    async tidy() {
      await rows().deleteFrom('login_attempt').where('created', '<', Math.floor(clock.now() / 1000) - 600).execute();
    },
  };
}
