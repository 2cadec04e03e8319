/** A person's tokens of their provider, for data sources that pass them on (queries-and-frames §7.2: `oauthPassThru`). */
import type { Clock } from '../../../../infra/clock.ts';
import type { Identity } from '../../../../web/identity.ts';
import type { SessionService } from '../../sessions/session.ts';
import type { ExternalSessions } from './external-sessions.ts';

export interface ForwardedToken {
  readonly type: string;
  readonly accessToken: string;
  readonly idToken?: string;
}

/** Sessions renew their tokens when they are used; what was read is good for this long. */
const rememberedMs = 15_000;
const rememberedMax = 10_000;

export function createForwardedTokens({ sessions, externalSessions, clock }: {
  readonly sessions: Pick<SessionService, 'get'>; readonly externalSessions: Pick<ExternalSessions, 'get'>; readonly clock: Clock;
}): (identity: Identity) => Promise<ForwardedToken | undefined> {
  const remembered = new Map<number, { readonly at: number; readonly token: ForwardedToken | undefined }>();

  async function read(userId: number, sessionId: number): Promise<ForwardedToken | undefined> {
    const session = await sessions.get(userId, sessionId);
    const external = session && session.externalSessionId !== 0 ? await externalSessions.get(session.externalSessionId) : undefined;
    if (!external || external.tokens.accessToken === '') return undefined;
    const { accessToken, idToken, tokenType } = external.tokens;
    return { type: tokenType || 'Bearer', accessToken, ...(idToken !== '' && { idToken }) };
  }

  return async ({ kind, id, sessionId }) => {
    if (kind !== 'user' || sessionId === undefined) return undefined;
    const known = remembered.get(sessionId);
    if (known && clock.now() - known.at < rememberedMs) return known.token;
    const token = await read(id, sessionId);
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(sessionId, { at: clock.now(), token });
    return token;
  };
}
