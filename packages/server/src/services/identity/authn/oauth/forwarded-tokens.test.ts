import { expect, test } from 'vitest';
import { nobody, type Identity } from '../../../../web/identity.ts';
import type { Session } from '../../sessions/session.ts';
import { createForwardedTokens } from './forwarded-tokens.ts';

const person: Identity = { ...nobody, kind: 'user', id: 7, sessionId: 3 };

test('the tokens behind a session are found, and read again after a while', async () => {
  let now = 0;
  let reads = 0;
  const tokens = createForwardedTokens({
    clock: { now: () => now, sleep: async () => {} }, sessions: { get: async (userId, id) => (userId === 7 && id === 3 ? ({ externalSessionId: 9 } as Session) : undefined) },
    externalSessions: { get: async (id) => ({ id, userId: 7, module: 'oauth_x', tokens: { accessToken: `t${++reads}`, idToken: 'i', refreshToken: '', tokenType: 'Bearer', expiresAt: 0 } }) },
  });
  expect([await tokens(person), await tokens(person)]).toEqual([{ type: 'Bearer', accessToken: 't1', idToken: 'i' }, { type: 'Bearer', accessToken: 't1', idToken: 'i' }]);
  now = 20_000;
  expect((await tokens(person))?.accessToken).toBe('t2');
  expect([await tokens({ ...person, sessionId: 4 }), await tokens({ ...person, sessionId: undefined }), await tokens({ ...person, kind: 'service-account' })]).toEqual([undefined, undefined, undefined]);
});
