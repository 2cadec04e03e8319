/**
 * Access tokens of services, alone or in a person's name (identity-and-access §3.10): `X-Access-Token` says what the service may, an
 * `X-Grafana-Id` beside it for whom it acts.
 */
import type { Clock } from '../../../infra/clock.ts';
import type { AuthRequest } from '../../../middleware/auth.ts';
import type { ExtendedJwtSettings } from '../../../setting/external-auth-settings.ts';
import { numberOf, objectOf, textOf, textsOf, type JsonObject } from '../../../util/json-value.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { nobody, type Identity } from '../../../web/identity.ts';
import type { Grant } from '../accesscontrol/accesscontrol.ts';
import type { Grants } from '../accesscontrol/grants.ts';
import { GrantIndex, LayeredPermissions, restrictedPermissions } from '../accesscontrol/permissions.ts';
import { grantsOfResource, namesResource } from '../accesscontrol/token-permissions.ts';
import type { UserService } from '../users/user.ts';
import { AuthFailure } from './auth-failure.ts';
import type { AuthClient } from './auth-client.ts';
import type { IdentityLoader } from './identity-loader.ts';
import { createFetchedKeySet, type KeySet } from './key-set.ts';

export interface ExtendedJwtDeps {
  readonly settings: ExtendedJwtSettings;
  readonly loader: IdentityLoader;
  readonly users: Pick<UserService, 'byUid'>;
  readonly grants: Pick<Grants, 'fixedRoles' | 'sets'>;
  readonly clock: Clock;
  /** The org of a request that names none. */
  readonly defaultOrgId: number;
  readonly orgById: (id: number) => Promise<{ readonly id: number; readonly name: string } | undefined>;
  /** In place of `jwks_url`, for tests. */
  readonly keys?: KeySet;
}

const leewaySeconds = 60;
const cacheTtlMs = 600_000;

const failures = {
  invalid: (cause?: unknown) => new AuthFailure(401, 'ext.jwt.invalid', 'Failed to verify JWT', { cause }),
  subject: () => new AuthFailure(401, 'ext.jwt.invalid-subject', 'Invalid token subject'),
  mismatch: () => new AuthFailure(401, 'ext.jwt.namespace-mismatch', "Namespace claims didn't match between id token and access token"),
  disallowed: () => new AuthFailure(401, 'ext.jwt.namespace-disallowed', "Namespace claim doesn't allow access to requested namespace"),
};

export function createExtendedJwtClient({ settings, loader, users, grants, clock, defaultOrgId, orgById, keys: given }: ExtendedJwtDeps): AuthClient {
  const keys = given ?? createFetchedKeySet({ url: settings.jwksUrl, cacheTtlMs, bearerTokenFile: '', tls: { ca: '', skipVerify: false }, clock });

  async function verify(token: string, type: 'at+jwt' | 'jwt'): Promise<JsonObject> {
    const { compactVerify } = await import('jose');
    const { payload, protectedHeader } = await compactVerify(token, async ({ kid, alg }) => {
      const key = await keys.find(kid, alg);
      if (!key) throw failures.invalid();
      return key;
    }, { algorithms: ['ES256'] }).catch((error: unknown) => {
      throw failures.invalid(error);
    });
    // One sort of token must not pass for the other.
    if (protectedHeader.typ?.toLowerCase() !== type) throw failures.invalid();
    const claims = objectOf(JSON.parse(Buffer.from(payload).toString('utf8')));
    const now = clock.now() / 1000;
    if (now - leewaySeconds > numberOf(claims['exp'], 0) || now + leewaySeconds < numberOf(claims['nbf'], 0)) throw failures.invalid();
    return claims;
  }

  function grantsIn(permissions: readonly string[]): Grant[] {
    const roles = new Map(grants.fixedRoles().map((role) => [role.name, role.permissions]));
    return permissions.flatMap((permission) => {
      if (permission.startsWith('fixed:')) return roles.get(permission) ?? [];
      return namesResource(permission) ? grantsOfResource(permission) : [{ action: permission, scope: '*' }];
    });
  }

  async function asService(claims: JsonObject, subject: string, orgId: number): Promise<Identity> {
    const org = await orgById(orgId);
    if (!org) throw failures.disallowed();
    return {
      ...nobody, kind: 'access-policy', uid: subject, name: subject, login: subject, orgId, orgName: org.name, authenticatedBy: 'extendedjwt', authModule: 'extendedjwt',
      permissions: new LayeredPermissions([new GrantIndex(grants.sets, grantsIn(textsOf(claims['permissions'])))]),
    };
  }

  async function asPerson(access: JsonObject, idToken: string, orgId: number): Promise<Identity> {
    const claims = await verify(idToken, 'jwt');
    const [kind = '', subject = ''] = textOf(claims['sub']).split(/:(.*)/s);
    if (kind !== 'user' || subject === '') throw failures.subject();
    const namespace = textOf(claims['namespace']);
    if (access['namespace'] !== '*' && access['namespace'] !== namespace) throw failures.mismatch();
    if (namespace !== namespaceOf(orgId)) throw failures.disallowed();
    const userId = /^\d{1,15}$/.test(subject) ? Number(subject) : ((await users.byUid(subject))?.id ?? 0);
    const identity = await loader.load(userId, orgId, 'extendedjwt');
    const delegated = textsOf(access['delegatedPermissions']);
    const allowed = new Set(grantsIn(delegated).flatMap(({ action }) => grants.sets.actionsOf(action) ?? [action]));
    return { ...identity, permissions: restrictedPermissions(identity.permissions, (action) => allowed.has(action)) };
  }

  return {
    name: 'extended jwt', priority: 15,
    recognises: (request) => header(request, 'x-access-token') !== '',
    async authenticate(request, org) {
      const claims = await verify(header(request, 'x-access-token').replace(/^Bearer /, ''), 'at+jwt');
      const audiences = typeof claims['aud'] === 'string' ? [claims['aud']] : textsOf(claims['aud']);
      if (settings.audiences.length > 0 && !settings.audiences.some((audience) => audiences.includes(audience))) throw failures.invalid();
      const [kind = '', subject = ''] = textOf(claims['sub']).split(/:(.*)/s);
      if (kind !== 'access-policy' || subject === '') throw failures.subject();
      const orgId = org || defaultOrgId;
      const idToken = header(request, 'x-grafana-id');
      if (idToken !== '') return asPerson(claims, idToken, orgId);
      if (claims['namespace'] !== '*' && claims['namespace'] !== namespaceOf(orgId)) throw failures.disallowed();
      return asService(claims, subject, orgId);
    },
  };
}

function header({ headers }: Pick<AuthRequest, 'headers'>, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}
