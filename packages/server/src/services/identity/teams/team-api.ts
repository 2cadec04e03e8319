import { Type } from '../../../web/schema.ts';
import { permission, withUids, type Access } from '../../../web/access.ts';
import { queryInt } from '../../../web/bind.ts';
import { badRequest } from '../../../web/errors.ts';
import { note } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import type { Identity } from '../../../web/identity.ts';
import { idParam } from '../../../web/id-param.ts';
import type { AccessControl } from '../accesscontrol/accesscontrol.ts';
import type { Avatars } from '../users/presentation.ts';
import { readableIds } from '../users/readable.ts';
import type { Team, TeamService } from './team.ts';

export interface TeamApiDeps {
  readonly teams: TeamService;
  readonly access: AccessControl;
  readonly avatars: Avatars;
}

const NewTeam = Type.Object({ name: Type.String({ minLength: 1, maxLength: 190 }), email: Type.String({ maxLength: 190 }) });
const Update = Type.Object({ name: Type.String({ maxLength: 190 }), email: Type.String({ maxLength: 190 }) });
const NewMember = Type.Object({ userId: Type.Integer() });
const Level = Type.Object({ permission: Type.Integer() });
const Members = Type.Object({ members: Type.Array(Type.String()), admins: Type.Array(Type.String()) });
const Search = Type.Object({
  query: Type.String(), name: Type.String(), page: Type.Integer(), perpage: Type.Integer(), sort: Type.String(), teamId: Type.Array(Type.Integer()), accesscontrol: Type.Boolean(),
});

export const teamJson = (team: Team, avatars: Avatars, accessControl: Record<string, true> | null = null) => ({
  id: team.id, uid: team.uid, orgId: team.orgId, name: team.name, email: team.email, externalUID: team.externalUid, isProvisioned: team.isProvisioned,
  avatarUrl: avatars.ofNamed(team.email, team.name), memberCount: team.memberCount, permission: 0, accessControl,
});

/** Teams of a user in an org, as the caller may see them. */
export const teamsOfUser = ({ teams, avatars }: Pick<TeamApiDeps, 'teams' | 'avatars'>) => async (identity: Identity, orgId: number, userId: number) => {
  const readable = identity.id === userId && identity.kind === 'user' ? undefined : readableIds(identity, 'teams:read', 'teams:id:');
  return (await teams.ofUser(orgId, userId, readable)).map((team) => teamJson(team, avatars));
};

/** identity-and-access §6 */
export function teamRoutes(routes: Routes, { teams, access, avatars }: TeamApiDeps): void {
  const tag = 'teams';
  const on = (action: string): Access => withUids(permission(action, 'teams:id:{teamId}'), { teamId: 'team' });
  const idOf = (ctx: Pick<RequestContext, 'params'>) => queryInt(ctx.params['teamId']);
  const shown = (team: Team, identity: Identity, wanted: boolean) => teamJson(team, avatars, wanted ? access.metadata(identity, `teams:id:${team.id}`) : null);

  routes.post('/api/teams', { access: permission('teams:create'), name: 'createTeam', tag, body: NewTeam }, async ({ identity, body }) => {
    const { id, uid } = await teams.create(identity.orgId, body, identity.kind === 'user' ? identity.id : undefined);
    return note('Team created', { teamId: id, uid });
  });
  routes.get('/api/teams/search', { access: permission('teams:read'), name: 'searchTeams', tag, query: Search }, async ({ identity, query }) => {
    const page = Math.max(1, query.page);
    const perPage = query.perpage > 0 ? query.perpage : 1000;
    const found = await teams.search(identity.orgId, {
      query: query.query, name: query.name, page, perPage, sort: query.sort, teamIds: query.teamId.filter((id) => id > 0),
      readable: readableIds(identity, 'teams:read', 'teams:id:'),
    });
    return { totalCount: found.total, teams: found.teams.map((team) => shown(team, identity, query.accesscontrol)), page, perPage };
  });
  routes.get('/api/teams/:teamId', { access: on('teams:read'), name: 'getTeamByID', tag, query: Type.Object({ accesscontrol: Type.Boolean() }) }, async (ctx) =>
    shown(await teams.get(ctx.identity.orgId, idOf(ctx)), ctx.identity, ctx.query.accesscontrol));
  routes.put('/api/teams/:teamId', { access: on('teams:write'), name: 'updateTeam', tag, body: Update }, async (ctx) => {
    await teams.update(ctx.identity.orgId, idOf(ctx), ctx.body);
    return note('Team updated');
  });
  routes.delete('/api/teams/:teamId', { access: on('teams:delete'), name: 'deleteTeamByID', tag }, async (ctx) => {
    await teams.delete(ctx.identity.orgId, idOf(ctx));
    return note('Team deleted');
  });

  routes.get('/api/teams/:teamId/members', { access: on('teams.permissions:read'), name: 'getTeamMembers', tag }, async (ctx) => {
    const { identity } = ctx;
    const team = { orgId: identity.orgId, id: idOf(ctx) };
    const members = await teams.members(team.orgId, team.id, readableIds(identity, 'org.users:read', 'users:id:'));
    const uid = members.length > 0 ? (await teams.get(team.orgId, team.id)).uid : '';
    return members.map((member) => ({
      uid: member.uid, orgId: team.orgId, teamId: team.id, teamUID: uid, userId: member.userId, userUID: member.userUid, auth_module: member.authModule,
      email: member.email, name: member.name, login: member.login, avatarUrl: avatars.of(member.email), labels: [], permission: member.permission,
    }));
  });
  routes.post('/api/teams/:teamId/members', { access: on('teams.permissions:write'), name: 'addTeamMember', tag, body: NewMember }, async (ctx) => {
    if (ctx.body.userId === 0) throw badRequest();
    await teams.addMember(ctx.identity.orgId, idOf(ctx), ctx.body.userId, 'Member');
    return note('Member added to Team');
  });
  routes.put('/api/teams/:teamId/members/:userId', { access: on('teams.permissions:write'), name: 'updateTeamMember', tag, body: Level }, async (ctx) => {
    await teams.setLevel(ctx.identity.orgId, idOf(ctx), idParam(ctx.params, 'userId'), ctx.body.permission === 4 ? 'Admin' : 'Member');
    return note('Team member updated');
  });
  routes.put('/api/teams/:teamId/members', { access: on('teams.permissions:write'), name: 'setTeamMemberships', tag, body: Members }, async (ctx) => {
    await teams.replaceMembers(ctx.identity.orgId, idOf(ctx), ctx.body.members, ctx.body.admins);
    return note('Team memberships have been updated');
  });
  routes.delete('/api/teams/:teamId/members/:userId', { access: on('teams.permissions:write'), name: 'removeTeamMember', tag }, async (ctx) => {
    await teams.removeMember(ctx.identity.orgId, idOf(ctx), idParam(ctx.params, 'userId'));
    return note('Team Member removed');
  });
}
