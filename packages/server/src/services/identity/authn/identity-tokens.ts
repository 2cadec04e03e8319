/** Tokens that say to plugins who asks (identity-and-access §3.12): `X-Grafana-Id`. */
import type { Clock } from '../../../infra/clock.ts';
import type { Logger } from '../../../infra/log/log.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { anyone } from '../../../web/access.ts';
import type { Identity } from '../../../web/identity.ts';
import type { Routes } from '../../../web/route.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface IdentityTokens {
  /** '' when it could not be signed: that never fails a request. */
  tokenFor(identity: Identity): Promise<string>;
}

const lifetimeSeconds = 600;
const rememberedMax = 10_000;

export function createIdentityTokens({ keys, clock, issuer, log }: { keys: SigningKeys; clock: Clock; issuer: string; log: Logger }): IdentityTokens {
  const remembered = new Map<string, { token: string; expires: number }>();
  return {
    async tokenFor(identity) {
      const key = `${identity.kind}/${identity.id}/${identity.orgId}/${identity.orgRole}/${identity.authenticatedBy}`;
      const now = Math.floor(clock.now() / 1000);
      const known = remembered.get(key);
      if (known && known.expires - 30 > now) return known.token;
      try {
        const [{ SignJWT }, signing] = await Promise.all([import('jose'), keys.current()]);
        const expires = now + lifetimeSeconds;
        const claims: Record<string, unknown> = {
          namespace: namespaceOf(identity.orgId), identifier: identity.uid || String(identity.id), type: identity.kind, role: identity.orgRole,
          ...(identity.kind === 'user'
            ? { email: identity.email, email_verified: identity.emailVerified, username: identity.login, name: identity.name, authenticatedBy: identity.authenticatedBy }
            : {}),
        };
        const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'jwt', kid: signing.id })
          .setIssuer(issuer).setAudience(`org:${identity.orgId}`).setSubject(`${identity.kind}:${identity.id || identity.uid || 0}`).setIssuedAt(now).setExpirationTime(expires).sign(signing.key);
        if (remembered.size >= rememberedMax) remembered.clear();
        remembered.set(key, { token, expires });
        return token;
      } catch (error) {
        log.warn('Failed to sign an id token', { error });
        return '';
      }
    },
  };
}

export function signingKeyRoutes(routes: Routes, keys: SigningKeys): void {
  routes.get('/api/signing-keys/keys', { access: anyone('public keys'), name: 'retrieveJWKS', tag: 'signing_keys' }, () => keys.jwks());
}
