import { Type } from '../../../web/schema.ts';
import { permission, type Access } from '../../../web/access.ts';
import { bindJson, BindError } from '../../../web/bind.ts';
import { badRequest } from '../../../web/errors.ts';
import { note } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import { accessErrors, type Assignee, type ResourcePermissionEntry, type ResourcePermissions } from './accesscontrol.ts';

const Level = Type.Object({ permission: Type.String() });
const Bulk = Type.Object({ permissions: Type.Array(Type.Object({ userId: Type.Integer(), teamId: Type.Integer(), builtInRole: Type.String(), permission: Type.String() })) });

export interface ResourcePermissionApiOptions {
  /** `team` and `service-account`: a uid may stand for the id in the path. */
  readonly uidOf?: 'team' | 'service-account';
  /** Turns the id of the path into the one that scopes carry (receivers). */
  readonly idOf?: (id: string) => string;
}

/** `/api/access-control/<resource>` (identity-and-access §11.1) */
export function resourcePermissionRoutes(routes: Routes, permissions: ResourcePermissions, { uidOf, idOf = (id) => id }: ResourcePermissionApiOptions = {}): void {
  const { resource, attribute, assignments, levels } = permissions.options;
  const tag = 'access_control';
  const base = `/api/access-control/${resource}`;
  const on = (verb: 'read' | 'write', uids: Access['uids'] = {}): Access => ({
    ...permission(`${resource}.permissions:${verb}`, `${resource}:${attribute}:{resourceID}`), uids: { ...(uidOf ? { resourceID: uidOf } : {}), ...uids },
  });
  const idIn = (ctx: Pick<RequestContext, 'params'>) => idOf(ctx.params['resourceID']!);

  routes.get(`${base}/description`, { access: permission(`${resource}.permissions:read`), name: `${resource}PermissionsDescription`, tag }, () =>
    ({ assignments, permissions: levels.map((level) => level.name) }));
  routes.get(`${base}/:resourceID`, { access: on('read'), name: `${resource}PermissionsGet`, tag }, async (ctx) =>
    (await permissions.list(ctx.identity, idIn(ctx))).map(entryJson));

  routes.post(`${base}/:resourceID`, { access: on('write'), name: `${resource}PermissionsSet`, tag, rawBody: true }, async (ctx) => {
    const { permissions: wanted } = readBulk(ctx);
    await permissions.set(ctx.identity.orgId, idIn(ctx), wanted.map(({ userId, teamId, builtInRole, permission: level }) => ({
      assignee: assigneeOf(userId, teamId, builtInRole), level,
    })));
    return note('Permissions updated');
  });

  const one = (segment: string, name: string, access: Access, read: (value: string) => Assignee) =>
    routes.post(`${base}/:resourceID/${segment}/:${name}`, { access, name: `${resource}PermissionsSet_${segment}`, tag, body: Level }, async (ctx) => {
      await permissions.set(ctx.identity.orgId, idIn(ctx), [{ assignee: read(ctx.params[name]!), level: ctx.body.permission }]);
      return note(ctx.body.permission === '' ? 'Permission removed' : 'Permission updated');
    });
  const numeric = (name: string, kind: 'user' | 'team') => (value: string): Assignee => {
    if (!/^\d{1,15}$/.test(value)) throw accessErrors.invalidParam({ message: `Param [${name}] is invalid`, extra: { param: name } });
    return { kind, id: Number(value) };
  };
  if (assignments.users || assignments.serviceAccounts) one('users', 'userID', on('write', { userID: 'user-or-service-account' }), numeric('userID', 'user'));
  if (assignments.teams) one('teams', 'teamID', on('write', { teamID: 'team' }), numeric('teamID', 'team'));
  if (assignments.builtInRoles) one('builtInRoles', 'builtInRole', on('write'), (role) => ({ kind: 'builtin', role }));
}

function readBulk({ headers, rawBody }: Pick<RequestContext, 'headers' | 'rawBody'>) {
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) throw badRequest('Bad request data: bad content type');
  try {
    return bindJson(Bulk, rawBody.toString('utf8'));
  } catch (error) {
    if (!(error instanceof BindError)) throw error;
    throw badRequest(`Bad request data: ${error.message.includes('JSON') ? 'unexpected EOF' : error.message}`);
  }
}

function assigneeOf(userId: number, teamId: number, builtInRole: string): Assignee {
  if (userId > 0) return { kind: 'user', id: userId };
  if (teamId > 0) return { kind: 'team', id: teamId };
  return { kind: 'builtin', role: builtInRole };
}

const entryJson = (entry: ResourcePermissionEntry) => ({
  id: entry.id, roleName: entry.roleName, isManaged: entry.isManaged, isInherited: entry.isInherited, isServiceAccount: entry.isServiceAccount,
  ...(entry.userId ? { userId: entry.userId, userUid: entry.userUid, userLogin: entry.userLogin, userAvatarUrl: entry.userAvatarUrl } : {}),
  ...(entry.teamId ? { team: entry.team, teamId: entry.teamId, teamUid: entry.teamUid, teamAvatarUrl: entry.teamAvatarUrl } : {}),
  ...(entry.builtInRole ? { builtInRole: entry.builtInRole } : {}),
  actions: entry.actions, permission: entry.permission,
});
