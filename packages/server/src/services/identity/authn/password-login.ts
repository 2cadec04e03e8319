/**
 * Signing in with name and password (identity-and-access §3.3), for the login form and for basic auth. A pair that was verified is
 * remembered as a keyed hash (a directory's for a minute), so that clients which send it with every request don't pay for it each time.
 */
import { hash, randomBytes } from 'node:crypto';
import type { Clock } from '../../../infra/clock.ts';
import type { IdentityEpoch } from '../identity-epoch.ts';
import type { UserService } from '../users/user.ts';
import { AuthFailure, authFailures } from './auth-failure.ts';
import type { LoginAttempts } from './login-attempts.ts';

/** Undefined: this one does not know them, the next may. */
export interface PasswordSource {
  readonly name: string;
  /** Absent: always. */
  enabled?(): boolean;
  verify(username: string, password: string): Promise<{ readonly userId: number; readonly module: string } | undefined>;
}

export interface PasswordLogin {
  /** Rejects with an AuthFailure. */
  verify(username: string, password: string, ip: string): Promise<{ readonly userId: number; readonly module: string }>;
  addSource(source: PasswordSource): void;
  /** Whether anyone can sign in with a password at all. */
  readonly available: boolean;
}

const noUser = { password: '', salt: '' };
const rememberedMs = 60_000;
/** Local passwords change with the epoch only, so a pair holds as long as it is used. */
const localIdleMs = 600_000;
const rememberedMax = 10_000;

export interface PasswordLoginDeps {
  readonly users: UserService;
  readonly attempts: LoginAttempts;
  readonly epoch: IdentityEpoch;
  readonly clock: Clock;
  /** `[auth] disable_login`: no local passwords. */
  readonly localPasswords: boolean;
}

export function createPasswordLogin({ users, attempts, epoch, clock, localPasswords }: PasswordLoginDeps): PasswordLogin {
  const key = randomBytes(32).toString('hex');
  const remembered = new Map<string, { name: string; userId: number; module: string; until: number }>();
  epoch.onChange(() => remembered.clear());

  const local: PasswordSource = {
    name: 'local',
    async verify(username, password) {
      const user = await users.byLoginOrEmail(username);
      // As much work for nobody as for a name that exists: how long it takes tells nothing.
      const fits = await users.verifyPassword(user ?? noUser, password);
      return user && fits ? { userId: user.id, module: '' } : undefined;
    },
  };
  const sources: PasswordSource[] = localPasswords ? [local] : [];

  return {
    addSource: (source) => void sources.unshift(source),
    get available() {
      return sources.some((source) => source.enabled?.() ?? true);
    },
    async verify(username, password, ip) {
      const name = username.toLowerCase();
      const remember = hash('sha256', `${key}${name}\0${password}`, 'hex');
      const known = remembered.get(remember);
      if (known && known.until > clock.now()) {
        if (known.module === '') known.until = clock.now() + localIdleMs;
        return known;
      }
      if (await attempts.blockedByName(name)) throw authFailures.passwordFailed();
      if (await attempts.blockedByIp(ip)) throw authFailures.ipBlocked();
      if (password === '') throw authFailures.passwordFailed();
      let refusal: unknown;
      for (const source of sources) {
        try {
          const found = await source.verify(username, password);
          if (!found) continue;
          if (remembered.size >= rememberedMax) remembered.clear();
          const entry = { name, ...found, until: clock.now() + (found.module === '' ? localIdleMs : rememberedMs) };
          remembered.set(remember, entry);
          return entry;
        } catch (error) {
          refusal ??= error;
        }
      }
      await attempts.record(name, ip);
      for (const [other, entry] of remembered) if (entry.name === name) remembered.delete(other);
      if (refusal instanceof AuthFailure && refusal.messageId === 'identity.disabled') throw refusal;
      throw authFailures.passwordFailed();
    },
  };
}
