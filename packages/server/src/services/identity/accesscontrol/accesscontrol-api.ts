import { permission, signedIn } from '../../../web/access.ts';
import { queryBool } from '../../../web/bind.ts';
import { ApiError } from '../../../web/errors.ts';
import { json } from '../../../web/reply.ts';
import type { Permissions } from '../../../web/identity.ts';
import type { Routes } from '../../../web/route.ts';
import type { Identities } from '../identities.ts';
import type { Grants } from './grants.ts';
import { scopeCovers } from './permissions.ts';

export interface AccessControlApiDeps {
  readonly grants: Grants;
  readonly identities: Identities;
  readonly userIdOfUid: (kind: 'user' | 'service-account', orgId: number, uid: string) => Promise<number | undefined>;
}

/** identity-and-access §12 */
export function accessControlRoutes(routes: Routes, { grants, identities, userIdOfUid }: AccessControlApiDeps): void {
  const tag = 'access_control';

  routes.get('/api/access-control/user/actions', { access: signedIn, name: 'getUserActions', tag }, ({ identity, search }) => {
    if (queryBool(search.get('reloadcache'))) grants.forget();
    return Object.fromEntries([...identity.permissions.all().keys()].map((action) => [action, true]));
  });

  routes.get('/api/access-control/user/permissions', { access: signedIn, name: 'getUserPermissions', tag }, ({ identity, search }) => {
    if (queryBool(search.get('reloadcache'))) grants.forget();
    return Object.fromEntries(identity.permissions.all());
  });

  routes.get('/api/access-control/users/permissions/search', { access: permission('users.permissions:read'), name: 'searchUsersPermissions', tag }, async ({ identity, search }) => {
    const action = search.get('action') ?? '';
    const actionPrefix = search.get('actionPrefix') ?? '';
    const scope = search.get('scope') ?? '';
    const namespacedId = search.get('namespacedId') ?? search.get('namespacedID') ?? '';
    // Compat: these refusals are bare JSON strings. Where nobody has the id, the reference answers 500.
    if (action !== '' && actionPrefix !== '') return json("'action' and 'actionPrefix' are mutually exclusive", 400);
    if (action === '' && actionPrefix === '' && scope === '' && namespacedId === '') return json('at least one search option must be provided', 400);
    const holders = namespacedId === '' ? await identities.permissionsOfMembers(identity.orgId) : await holder(identity.orgId, namespacedId);
    const found: Record<string, Record<string, readonly string[] | null>> = {};
    for (const [id, held] of holders) {
      const permissions: Record<string, readonly string[] | null> = {};
      for (const [name, scopes] of held.all()) {
        if (action !== '' && name !== action) continue;
        if (actionPrefix !== '' && !name.startsWith(actionPrefix)) continue;
        // What everybody holds is nobody's grant.
        const granted = scopes.filter((one) => one !== 'folders:uid:sharedwithme');
        if (granted.length === 0) continue;
        const matching = scope === '' ? granted : granted.filter((one) => scopeCovers(one, scope));
        if (scope !== '' && matching.length === 0) continue;
        permissions[name] = reduced(matching);
      }
      if (Object.keys(permissions).length > 0) found[String(id)] = permissions;
    }
    return found;
  });

  async function holder(orgId: number, namespacedId: string): Promise<ReadonlyMap<number, Permissions>> {
    const id = await idOf(orgId, namespacedId);
    const loaded = await identities.load(id, orgId);
    if (!loaded || loaded.identity.orgId !== orgId) throw new ApiError(404, 'could not get org user permissions');
    return new Map([[id, loaded.identity.permissions]]);
  }

  async function idOf(orgId: number, namespacedId: string): Promise<number> {
    const colon = namespacedId.indexOf(':');
    const kind = namespacedId.slice(0, colon);
    const id = namespacedId.slice(colon + 1);
    if (kind !== 'user' && kind !== 'service-account') throw new ApiError(400, 'got invalid type: auth.identity.invalid-typed-id');
    if (/^\d+$/.test(id)) return Number(id);
    const found = await userIdOfUid(kind, orgId, id);
    if (found === undefined) throw new ApiError(404, 'could not get org user permissions');
    return found;
  }
}

/** Without what a wildcard covers and without repetitions; null for an action that has no scope. */
function reduced(scopes: readonly string[]): readonly string[] | null {
  const different = [...new Set(scopes)].filter((scope) => scope !== '');
  if (different.length === 0) return null;
  return different.filter((scope) => !different.some((other) => other !== scope && scopeCovers(other, scope)));
}
