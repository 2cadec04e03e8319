import type { IdentityEpoch } from '../identity-epoch.ts';
import type { Session, SessionLookup, SessionService } from '../sessions/session.ts';
import type { AuthClient } from './auth-client.ts';
import { authFailures } from './auth-failure.ts';
import type { IdentityLoader } from './identity-loader.ts';

export function createSessionClient({ sessions, loader, epoch, cookieName, refresh }: {
  sessions: SessionService; loader: IdentityLoader; epoch: Pick<IdentityEpoch, 'check'>; cookieName: string;
  /** Keeps the provider's tokens fresh; rejects when they cannot be renewed. */
  refresh?: (session: Session) => Promise<void> | undefined;
}): AuthClient {
  return {
    name: 'session', priority: 60, checksEpoch: true,
    recognises: (request) => (request.cookies[cookieName] ?? '') !== '',
    async authenticate(request, org) {
      const lookup = sessions.lookup(request.cookies[cookieName]!);
      const session = sessionOf(lookup instanceof Promise ? await lookup : lookup);
      const checking = epoch.check();
      if (checking) await checking;
      const identity = await loader.load(session.userId, org, 'session', { sessionId: session.id });
      if (session.externalSessionId > 0) await refresh?.(session);
      return identity;
    },
  };
}

function sessionOf(lookup: SessionLookup): Session {
  switch (lookup.kind) {
    case 'valid': return lookup.session;
    case 'needs-rotation': throw authFailures.needsRotation();
    case 'revoked': throw authFailures.revoked();
    case 'unknown': case 'expired': throw authFailures.plain();
    default: return lookup satisfies never;
  }
}
