import { Type, type Static } from '../../../web/schema.ts';
import { allOf, may, permission, rbac, withUids } from '../../../web/access.ts';
import { queryBool, queryInt } from '../../../web/bind.ts';
import { json, note } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import { rfc3339 } from '../users/presentation.ts';
import type { FixedRole } from './accesscontrol.ts';
import type { CustomRole, CustomRoleService, RoleHolder, RoleWrite } from './custom-roles.ts';

const short = Type.String({ maxLength: 190 });
const Permission = Type.Object({ action: Type.String({ minLength: 1, maxLength: 190 }), scope: short });
const Write = Type.Object({
  uid: Type.String({ maxLength: 40 }), name: Type.String({ minLength: 1, maxLength: 190 }), displayName: short, description: Type.String({ maxLength: 10_000 }), group: short, hidden: Type.Boolean(),
  global: Type.Boolean(), version: Type.Integer(), permissions: Type.Array(Permission),
});
const AddRole = Type.Object({ roleUid: Type.String({ minLength: 1 }), global: Type.Boolean() });
const SetRoles = Type.Object({ roleUids: Type.Array(Type.String()), global: Type.Boolean(), includeHidden: Type.Boolean() });
const SearchUsers = Type.Object({ orgId: Type.Integer(), userIds: Type.Array(Type.Integer()), includeHidden: Type.Boolean() });
const SearchTeams = Type.Object({ orgId: Type.Integer(), teamIds: Type.Array(Type.Integer()), includeHidden: Type.Boolean() });
const Assignments = Type.Object({ users: Type.Array(Type.Integer()), teams: Type.Array(Type.Integer()), service_accounts: Type.Array(Type.Integer()) });

const delegated = 'permissions:type:delegate';

/** What administrators need in order to work with roles; declared only where custom roles are on. */
export const customRoleFixedRoles: readonly FixedRole[] = [
  {
    name: 'fixed:roles:reader', grantedTo: ['Admin'],
    permissions: [['roles:read', 'roles:*'], ['users.roles:read', 'users:*'], ['teams.roles:read', 'teams:*']].map(([action = '', scope = '']) => ({ action, scope })),
  },
  {
    name: 'fixed:roles:writer', grantedTo: ['Admin'],
    permissions: ['roles:write', 'roles:delete', 'users.roles:add', 'users.roles:remove', 'teams.roles:add', 'teams.roles:remove'].map((action) => ({ action, scope: delegated })),
  },
];

export function customRoleRoutes(routes: Routes, { roles }: { roles: CustomRoleService }): void {
  const tag = 'access_control';
  const base = '/api/access-control';
  const delegate = (action: string) => permission(action, delegated);
  const everyAssignment = rbac(allOf(...['users.roles:add', 'users.roles:remove', 'teams.roles:add', 'teams.roles:remove'].map((action) => may(action, delegated))));

  routes.get(`${base}/status`, { access: permission('roles:read'), name: 'getAccessControlStatus', tag }, () => ({ enabled: true }));
  routes.get(`${base}/roles`, { access: permission('roles:read', 'roles:*'), name: 'listRoles', tag }, async ({ identity, search }) =>
    (await roles.list(identity.orgId, { includeHidden: queryBool(search.get('includeHidden')) })).map((role) => roleJson(role)));
  routes.get(`${base}/roles/:roleUID`, { access: permission('roles:read', 'roles:uid:{roleUID}'), name: 'getRole', tag }, async ({ identity, params }) =>
    roleJson(await roles.get(identity.orgId, params['roleUID']!), true));
  routes.post(`${base}/roles`, { access: delegate('roles:write'), name: 'createRole', tag, body: Write }, async ({ identity, body }) => json(roleJson(await roles.create(identity, toWrite(body)), true), 201));
  routes.put(`${base}/roles/:roleUID`, { access: delegate('roles:write'), name: 'updateRole', tag, body: Write }, async ({ identity, params, body }) =>
    roleJson(await roles.update(identity, params['roleUID']!, toWrite(body)), true));
  routes.delete(`${base}/roles/:roleUID`, { access: delegate('roles:delete'), name: 'deleteRole', tag }, async ({ identity, params, search }) => {
    await roles.delete(identity, params['roleUID']!, queryBool(search.get('force')));
    return note('Role deleted');
  });
  routes.get(`${base}/roles/:roleUID/assignments`, { access: permission('roles:read', 'roles:uid:{roleUID}'), name: 'getRoleAssignments', tag }, async ({ identity, params }) => {
    const { users, teams, serviceAccounts } = await roles.assignments(identity.orgId, params['roleUID']!);
    return { role_uid: params['roleUID'], users, teams, service_accounts: serviceAccounts };
  });
  routes.put(`${base}/roles/:roleUID/assignments`, { access: everyAssignment, name: 'setRoleAssignments', tag, body: Assignments }, async ({ identity, params, body }) => {
    await roles.setAssignments(identity, params['roleUID']!, { users: body.users, teams: body.teams, serviceAccounts: body.service_accounts });
    return { ...body, role_uid: params['roleUID'] };
  });

  held('users', 'userId', 'user');
  held('teams', 'teamId', 'team');

  function held(plural: 'users' | 'teams', name: string, kind: RoleHolder['kind']): void {
    const uids = { [name]: kind === 'user' ? 'user-or-service-account' : 'team' } as const;
    const title = plural === 'users' ? 'User' : 'Team';
    const holder = (ctx: Pick<RequestContext, 'params'>): RoleHolder => ({ kind, id: queryInt(ctx.params[name]) });
    const rolesOf = async (ctx: Pick<RequestContext, 'identity'>, ids: readonly number[]) =>
      Object.fromEntries([...(await roles.rolesOf(ctx.identity.orgId, kind, ids))].map(([id, held]) => [id, held.map((role) => roleJson(role))]));
    const path = `${base}/${plural}/:${name}/roles`;
    routes.get(path, { access: withUids(permission(`${plural}.roles:read`, `${plural}:id:{${name}}`), uids), name: `list${title}Roles`, tag }, async (ctx) =>
      (await rolesOf(ctx, [holder(ctx).id]))[holder(ctx).id]);
    routes.post(path, { access: withUids(delegate(`${plural}.roles:add`), uids), name: `add${title}Role`, tag, body: AddRole }, async (ctx) => {
      await roles.assign(ctx.identity, holder(ctx), [ctx.body.roleUid], { global: ctx.body.global });
      return note(`Role added to the ${kind}.`);
    });
    routes.put(path, { access: withUids(delegate(`${plural}.roles:add`), uids), name: `set${title}Roles`, tag, body: SetRoles }, async (ctx) => {
      await roles.assign(ctx.identity, holder(ctx), ctx.body.roleUids, { replace: true, global: ctx.body.global });
      return note(`${title} roles have been updated.`);
    });
    routes.delete(`${path}/:roleUID`, { access: withUids(delegate(`${plural}.roles:remove`), uids), name: `remove${title}Role`, tag }, async (ctx) => {
      await roles.unassign(ctx.identity, holder(ctx), ctx.params['roleUID']!);
      return note(`Role removed from the ${kind}.`);
    });
    if (kind === 'user') {
      routes.post(`${base}/users/roles/search`, { access: permission('users.roles:read', 'users:*'), name: 'listUsersRoles', tag, body: SearchUsers }, (ctx) => rolesOf(ctx, ctx.body.userIds));
    } else {
      routes.post(`${base}/teams/roles/search`, { access: permission('teams.roles:read', 'teams:*'), name: 'listTeamsRoles', tag, body: SearchTeams }, (ctx) => rolesOf(ctx, ctx.body.teamIds));
    }
  }
}

const toWrite = (body: Static<typeof Write>): RoleWrite => body;

const roleJson = (role: CustomRole, withPermissions = false) => ({
  version: role.version, uid: role.uid, name: role.name, displayName: role.displayName, description: role.description, group: role.group, updated: rfc3339(role.updated),
  created: rfc3339(role.created), global: role.global, ...(role.hidden ? { hidden: true } : {}), ...(withPermissions ? { permissions: role.permissions } : {}),
});
