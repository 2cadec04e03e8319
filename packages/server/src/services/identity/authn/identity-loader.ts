/** The end of every chain: the user behind the credentials, as an identity that may go on (identity-and-access §3.1). */
import type { Clock } from '../../../infra/clock.ts';
import type { Logger } from '../../../infra/log/log.ts';
import type { Identity } from '../../../web/identity.ts';
import type { Identities, LoadedIdentity } from '../identities.ts';
import type { UserService } from '../users/user.ts';
import { authFailures } from './auth-failure.ts';

export interface IdentityLoader {
  /** Rejects with an AuthFailure for users that are gone or disabled. `seen: false`: signing in is not yet being seen. */
  load(userId: number, org: number, authenticatedBy: string, options?: { readonly sessionId?: number; readonly seen?: boolean }): Promise<Identity>;
}

export function createIdentityLoader({ identities, users, clock, log, lastSeenIntervalMs }: {
  identities: Identities; users: Pick<UserService, 'touchLastSeen'>; clock: Clock; log: Logger; lastSeenIntervalMs: number;
}): IdentityLoader {
  const variants = new WeakMap<Identity, Map<string, Identity>>();
  const seenAt = new Map<number, number>();

  function noteSeen({ user }: LoadedIdentity): void {
    const now = clock.now();
    if (user.isServiceAccount || now - Math.max(user.lastSeenAt, seenAt.get(user.id) ?? 0) < lastSeenIntervalMs) return;
    if (seenAt.size > 100_000) seenAt.clear();
    seenAt.set(user.id, now);
    users.touchLastSeen(user.id, now).catch((error: unknown) => log.warn('Failed to update last seen', { userId: user.id, error }));
  }

  return {
    async load(userId, org, authenticatedBy, { sessionId, seen = true } = {}) {
      const loaded = await identities.load(userId, org);
      if (!loaded) throw authFailures.userGone();
      if (loaded.user.isDisabled) throw authFailures.disabled();
      if (seen) noteSeen(loaded);
      const { identity } = loaded;
      let known = variants.get(identity);
      if (!known) variants.set(identity, (known = new Map()));
      const key = `${authenticatedBy}/${sessionId ?? ''}`;
      let variant = known.get(key);
      if (!variant) known.set(key, (variant = { ...identity, authenticatedBy, ...(sessionId === undefined ? {} : { sessionId }) }));
      return variant;
    },
  };
}
