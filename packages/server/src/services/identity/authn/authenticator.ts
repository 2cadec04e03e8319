/** The one chain of authentication (identity-and-access §3.1). */
import type { Authenticator, AuthRequest } from '../../../middleware/auth.ts';
import type { AuthResult } from '../../../web/auth-result.ts';
import { nobody } from '../../../web/identity.ts';
import { isUnstorableText } from '../../../infra/db/database-errors.ts';
import type { Logger } from '../../../infra/log/log.ts';
import type { IdentityEpoch } from '../identity-epoch.ts';
import type { AuthClient } from './auth-client.ts';
import { AuthFailure } from './auth-failure.ts';
import { requestedOrg } from './requested-org.ts';

export interface AuthenticatorDeps {
  readonly clients: readonly AuthClient[];
  readonly epoch: IdentityEpoch;
  readonly log: Logger;
  readonly switchOrg: (userId: number, orgId: number) => Promise<boolean>;
}

const noCredentials: AuthResult = { identity: nobody };

export function createAuthenticator({ clients, epoch, log, switchOrg }: AuthenticatorDeps): Authenticator {
  const chain = clients.toSorted((a, b) => a.priority - b.priority);

  async function authenticate(request: AuthRequest): Promise<AuthResult> {
    let failure: AuthFailure | undefined;
    for (const client of chain) {
      if (!client.recognises(request)) continue;
      const checking = client.checksEpoch ? undefined : epoch.check();
      if (checking) await checking;
      try {
        return { identity: await client.authenticate(request, requestedOrg(request)) };
      } catch (error) {
        const refusal = asFailure(error, client.name);
        // The client must renew its session; nobody else may answer in its place.
        if (refusal.kind === 'needs-rotation') return failed(refusal);
        if (!failure || (failure.messageId === '' && refusal.messageId !== '')) failure = refusal;
      }
    }
    return failure ? failed(failure) : noCredentials;
  }

  function asFailure(error: unknown, client: string): AuthFailure {
    if (error instanceof AuthFailure) return error;
    // Nobody is called that.
    if (isUnstorableText(error)) return new AuthFailure(401, '', 'Unauthorized', { cause: error });
    log.error('Authentication failed unexpectedly', { client, error });
    return new AuthFailure(401, '', 'Unauthorized', { cause: error });
  }

  return {
    authenticate,
    async switchOrg({ identity }, orgId) {
      return identity.kind === 'user' && switchOrg(identity.id, orgId);
    },
  };
}

const failed = ({ status, messageId, message, kind }: AuthFailure): AuthResult => ({ identity: nobody, failure: { status, messageId, message, kind } });
