import type { Clock } from '../../../infra/clock.ts';
import type { AuthRequest } from '../../../middleware/auth.ts';
import type { IdentityEpoch } from '../identity-epoch.ts';
import type { ServiceAccountService } from '../serviceaccounts/serviceaccount.ts';
import type { AuthClient } from './auth-client.ts';
import { authFailures } from './auth-failure.ts';
import { basicCredentials } from './basic-client.ts';
import type { IdentityLoader } from './identity-loader.ts';

export function createApiKeyClient({ accounts, loader, epoch, clock }: {
  accounts: ServiceAccountService; loader: IdentityLoader; epoch: Pick<IdentityEpoch, 'check'>; clock: Clock;
}): AuthClient {
  return {
    name: 'api-key', priority: 30, checksEpoch: true,
    recognises: (request) => keyOf(request) !== '',
    async authenticate(request, org) {
      const token = await accounts.findToken(keyOf(request));
      if (!token) throw authFailures.plain();
      if (token.expires !== undefined && token.expires * 1000 <= clock.now()) throw authFailures.apiKeyExpired();
      if (token.isRevoked) throw authFailures.apiKeyRevoked();
      if (org !== 0 && org !== token.orgId) throw authFailures.apiKeyOrg();
      const checking = epoch.check();
      if (checking) await checking;
      const identity = await loader.load(token.serviceAccountId, token.orgId, 'apikey');
      accounts.noteUse(token);
      return identity;
    },
  };
}

/** The bearer token, or the password of the basic user `api_key`; '' for neither. */
function keyOf(request: Pick<AuthRequest, 'headers'>): string {
  const { authorization } = request.headers;
  if (!authorization) return '';
  if (/^bearer /i.test(authorization)) return authorization.slice(7).trim();
  const credentials = basicCredentials(request);
  return credentials?.username === 'api_key' ? credentials.password : '';
}
