/** Signed tokens in a header of one's own (identity-and-access §3.8). */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { JWTPayload } from 'jose';
import type { Clock } from '../../../infra/clock.ts';
import type { AuthRequest } from '../../../middleware/auth.ts';
import type { JwtSettings } from '../../../setting/external-auth-settings.ts';
import { AuthFailure } from './auth-failure.ts';
import type { AuthClient } from './auth-client.ts';
import type { ExternalUserSync } from './external-sync.ts';
import type { IdentityLoader } from './identity-loader.ts';
import { createFetchedKeySet, createKeySet } from './key-set.ts';
import { mapAccess, searchText, searchTexts, type MappingDeps } from './role-mapping.ts';

export interface JwtClientDeps {
  readonly settings: JwtSettings;
  readonly loader: IdentityLoader;
  readonly sync: ExternalUserSync;
  readonly clock: Clock;
  readonly mapping: Omit<MappingDeps, 'invalidRole'>;
}

const leewaySeconds = 60;
const signed = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

const invalid = (cause?: unknown) => new AuthFailure(401, 'jwt.invalid', 'Failed to verify JWT', { cause });
const missing = () => new AuthFailure(401, 'jwt.missing_claim', 'Missing mandatory claim in JWT');
const invalidRole = () => new AuthFailure(403, 'jwt.invalid_role', 'Invalid Role in claim');

export function createJwtClient({ settings, loader, sync, clock, mapping }: JwtClientDeps): AuthClient {
  const header = settings.headerName.toLowerCase();
  const keys = createKeySource(settings, clock);

  function tokenOf(request: AuthRequest): string {
    const value = header === '' ? undefined : request.headers[header];
    let token = (Array.isArray(value) ? value[0] : value) ?? '';
    if (token === '' && settings.urlLogin && request.url.includes('auth_token=')) token = request.search.get('auth_token') ?? '';
    return token.replace(/^Bearer /, '').trim();
  }

  async function verify(token: string): Promise<JWTPayload> {
    const { compactVerify } = await import('jose');
    const { payload } = await compactVerify(token, ({ kid, alg }) => keys.find(kid, alg), { algorithms: signed }).catch((error: unknown) => {
      throw invalid(error);
    });
    const claims = JSON.parse(Buffer.from(payload).toString('utf8')) as JWTPayload;
    // A time that is none must not pass for one that never comes.
    for (const name of ['exp', 'nbf', 'iat'] as const) if (typeof (claims[name] ?? 0) !== 'number') throw invalid();
    const now = clock.now() / 1000;
    if (typeof claims.exp === 'number' && now - leewaySeconds > claims.exp) throw invalid();
    if (typeof claims.nbf === 'number' && now + leewaySeconds < claims.nbf) throw invalid();
    if (typeof claims.iat === 'number' && now + leewaySeconds < claims.iat) throw invalid();
    for (const [name, wanted] of Object.entries(settings.expectClaims)) if (!claimFits(name, wanted, claims[name])) throw invalid();
    return claims;
  }

  return {
    name: 'jwt', priority: 20,
    recognises(request) {
      const token = tokenOf(request);
      return token !== '' && looksSigned(token);
    },
    async authenticate(request, org) {
      const token = tokenOf(request);
      if (settings.urlLogin && request.url.includes('auth_token=')) request.forgetParameter?.('auth_token');
      const claims = await verify(token);
      const text = async (claim: string, path: string) => {
        const value = claim === '' ? await searchText(path, claims) : claims[claim];
        return typeof value === 'string' ? value : '';
      };
      const login = await text(settings.usernameClaim, settings.usernameAttributePath);
      const email = await text(settings.emailClaim, settings.emailAttributePath);
      if ((login === '' && settings.usernameAttributePath !== '') || (email === '' && settings.emailAttributePath !== '')) throw missing();
      if (login === '' && email === '') throw missing();
      const groups = await searchTexts(settings.groupsAttributePath, claims);
      const access = await mapAccess(settings.mapping, { ...mapping, invalidRole }, claims, { groups });
      const user = await sync.sync({
        module: 'jwt', authId: claims.sub ?? '', login, email, name: typeof claims['name'] === 'string' ? claims['name'] : '', ...access,
        allowSignUp: settings.autoSignUp,
        lookup: { ...(settings.usernameClaim || settings.usernameAttributePath ? { login } : {}), ...(settings.emailClaim || settings.emailAttributePath ? { email } : {}) },
      });
      return loader.load(user.id, org, 'jwt');
    },
  };
}

/** Three parts, a signature algorithm, and somebody whom it is about: anything else is not for us. */
function looksSigned(token: string): boolean {
  const [head, body, signature, ...more] = token.split('.');
  if (!head || !body || !signature || more.length > 0) return false;
  try {
    const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString('utf8')) as { alg?: unknown };
    const { sub } = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as { sub?: unknown };
    return typeof alg === 'string' && alg.toLowerCase() !== 'none' && typeof sub === 'string' && sub !== '';
  } catch {
    return false;
  }
}

function claimFits(name: string, wanted: unknown, given: unknown): boolean {
  if (name === 'aud') {
    const audiences = Array.isArray(given) ? given : [given];
    return (Array.isArray(wanted) ? wanted : [wanted]).some((one) => audiences.includes(one));
  }
  return JSON.stringify(sorted(wanted)) === JSON.stringify(sorted(given));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, sorted(member)]));
}

interface KeySource {
  find(kid: string | undefined, alg: string | undefined): Promise<CryptoKey | KeyObject | Uint8Array>;
}

/** Exactly one of a key file, a key set file and a key set address; files are read at start. */
function createKeySource(settings: JwtSettings, clock: Clock): KeySource {
  if (settings.keyFile !== '') {
    const key = createPublicKey(readFileSync(settings.keyFile));
    return {
      async find(kid) {
        if (settings.keyId !== '' && kid !== settings.keyId) throw invalid();
        return key;
      },
    };
  }
  const keySet = settings.jwkSetFile === ''
    ? createFetchedKeySet({ url: settings.jwkSetUrl, cacheTtlMs: settings.cacheTtlMs, bearerTokenFile: settings.jwkSetBearerTokenFile, tls: settings.tls, clock })
    : createKeySet(readFileSync(settings.jwkSetFile, 'utf8'));
  return {
    async find(kid, alg) {
      const key = await keySet.find(kid, alg);
      if (!key) throw invalid();
      return key;
    },
  };
}
