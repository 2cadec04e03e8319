import { idParam } from '../../../web/id-param.ts';
import { Type } from '../../../web/schema.ts';
import type { Clock } from '../../../infra/clock.ts';
import { anyOf, may, permission, rbac, withUids } from '../../../web/access.ts';
import { queryInt } from '../../../web/bind.ts';
import { roleIncludes, type Identity, type OrgRole } from '../../../web/identity.ts';
import { note } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import type { AccessControl } from '../../identity/accesscontrol/accesscontrol.ts';
import type { ExternalSync } from '../../identity/authn/external-sync-state.ts';
import { ageText, parseRole, rfc3339, type Avatars } from '../../identity/users/presentation.ts';
import { authLabel, type UserService } from '../../identity/users/user.ts';
import { readableIds } from '../../identity/users/readable.ts';
import type { QuotaService } from '../quotas/quota.ts';
import { orgErrors, type Org, type OrgMember, type OrgService } from './org.ts';

export interface OrgApiDeps {
  readonly orgs: OrgService;
  readonly users: UserService;
  readonly access: AccessControl;
  readonly quotas: QuotaService;
  readonly avatars: Avatars;
  readonly clock: Clock;
  readonly externalSync: ExternalSync;
  readonly hiddenUsers: ReadonlySet<string>;
}

const OrgName = Type.Object({ name: Type.String({ minLength: 1, maxLength: 190 }) });
const line = Type.String({ maxLength: 255 });
const Address = Type.Object({ address1: line, address2: line, city: line, zipCode: Type.String({ maxLength: 50 }), state: line, country: line });
const NewMember = Type.Object({ loginOrEmail: Type.String({ minLength: 1 }), role: Type.String({ minLength: 1 }) });
const Role = Type.Object({ role: Type.String({ minLength: 1 }) });
const OrgListQuery = Type.Object({ query: Type.String(), name: Type.String(), page: Type.Integer(), perpage: Type.Integer() });
const MemberQuery = Type.Object({ query: Type.String(), limit: Type.Integer(), accesscontrol: Type.Boolean() });
const MemberSearch = Type.Object({ query: Type.String(), page: Type.Integer(), perpage: Type.Integer(), sort: Type.String(), accesscontrol: Type.Boolean() });

const userScope = 'users:id:{userId}';

/** Compat: the query's int, or 400 with the reference's words. */
/** identity-and-access §4.4, §4.5 */
export function orgRoutes(routes: Routes, { orgs, users, access, quotas, avatars, clock, externalSync, hiddenUsers }: OrgApiDeps): void {
  const tag = 'org';

  const orgJson = ({ id, name, address }: Org) => ({ id, name, address });
  const found = async (id: number) => {
    const org = await orgs.get(id);
    if (!org) throw orgErrors.notFound();
    return orgJson(org);
  };
  const rename = async (id: number, name: string) => {
    if (!(await orgs.rename(id, name))) throw orgErrors.notFound();
    return note('Organization updated');
  };

  const memberJson = ({ orgId, role, user, modules }: OrgMember, identity: Identity, withAccess: boolean) => ({
    orgId, userId: user.id, uid: user.uid, email: user.email, name: user.name, avatarUrl: avatars.of(user.email), login: user.login, role,
    lastSeenAt: rfc3339(user.lastSeenAt), created: rfc3339(user.created), lastSeenAtAge: ageText(user.lastSeenAt, clock.now()),
    ...(withAccess ? { accessControl: access.metadata(identity, `users:id:${user.id}`) } : {}),
    isDisabled: user.isDisabled, authLabels: modules.length > 0 ? [authLabel(modules[0]!)] : null,
    isExternallySynced: modules.length > 0 && externalSync.roles(modules[0]!), isProvisioned: user.isProvisioned,
  });

  async function members(identity: Identity, orgId: number, options: { query: string; page: number; perPage: number; sort: string; withAccess: boolean }) {
    // The permissions that count are those in the org whose members are listed.
    const there = await access.identityIn(identity, orgId);
    const { members: all, total } = await orgs.members(orgId, { ...options, ids: readableIds(there, 'org.users:read', 'users:id:') });
    const shown = all.filter(({ user }) => !hiddenUsers.has(user.login) || identity.isGrafanaAdmin || user.id === identity.id);
    return { total, list: shown.map((member) => memberJson(member, there, options.withAccess)) };
  }
  const listMembers = async (identity: Identity, orgId: number, query: { query: string; limit: number; accesscontrol: boolean }) =>
    (await members(identity, orgId, { query: query.query, page: 1, perPage: Math.max(0, query.limit), sort: '', withAccess: query.accesscontrol })).list;
  const searchMembers = async (identity: Identity, orgId: number, query: { query: string; page: number; perpage: number; sort: string; accesscontrol: boolean }) => {
    const page = Math.max(1, query.page);
    const perPage = query.perpage > 0 ? query.perpage : 1000;
    const { list, total } = await members(identity, orgId, { query: query.query, page, perPage, sort: query.sort, withAccess: query.accesscontrol });
    return { totalCount: total, orgUsers: list, page, perPage };
  };

  const mayAssign = (identity: Identity, role: OrgRole) => {
    if (!roleIncludes(identity.orgRole, role) && !identity.isGrafanaAdmin) throw orgErrors.roleTooHigh();
  };
  async function addMember(identity: Identity, orgId: number, body: { loginOrEmail: string; role: string }) {
    const role = parseRole(body.role)!;
    mayAssign(identity, role);
    const user = await users.byLoginOrEmail(body.loginOrEmail);
    if (!user) throw orgErrors.userNotFound();
    await orgs.addMember(orgId, user.id, role);
    return note('User added to organization', { userId: user.id });
  }
  async function setRole(identity: Identity, orgId: number, userId: number, text: string) {
    const role = parseRole(text)!;
    mayAssign(identity, role);
    const links = await users.authLinks(userId);
    if (links[0] && externalSync.roles(links[0].module)) throw orgErrors.externallySynced();
    await orgs.setRole(orgId, userId, role);
    return note('Organization user updated');
  }

  // The current org.
  routes.get('/api/org', { access: permission('orgs:read'), name: 'getCurrentOrg', tag }, ({ identity }) => found(identity.orgId));
  routes.put('/api/org', { access: permission('orgs:write'), name: 'updateCurrentOrg', tag, body: OrgName }, ({ identity, body }) => rename(identity.orgId, body.name));
  routes.put('/api/org/address', { access: permission('orgs:write'), name: 'updateCurrentOrgAddress', tag, body: Address }, async ({ identity, body }) => {
    await orgs.setAddress(identity.orgId, body);
    return note('Address updated');
  });
  routes.get('/api/org/users', { access: permission('org.users:read'), name: 'getOrgUsersForCurrentOrg', tag, query: MemberQuery },
    ({ identity, query }) => listMembers(identity, identity.orgId, query));
  routes.get('/api/org/users/search', { access: permission('org.users:read'), name: 'searchOrgUsersForCurrentOrg', tag, query: MemberSearch },
    ({ identity, query }) => searchMembers(identity, identity.orgId, query));
  const lookup = rbac(anyOf(may('org.users:read'), may('teams.permissions:write'), may('folders.permissions:write'), may('dashboards.permissions:write')));
  routes.get('/api/org/users/lookup', { access: lookup, name: 'getOrgUsersForCurrentOrgLookup', tag, query: MemberQuery }, async ({ identity, query }) => {
    const { members: all } = await orgs.members(identity.orgId, { query: query.query, page: 1, perPage: Math.max(0, query.limit), sort: '' });
    return all.filter(({ user }) => !hiddenUsers.has(user.login) || identity.isGrafanaAdmin || user.id === identity.id)
      .map(({ user }) => ({ userId: user.id, uid: user.uid, login: user.login, avatarUrl: avatars.of(user.email) }));
  });
  routes.post('/api/org/users', { access: permission('org.users:add', 'users:*'), name: 'addOrgUserToCurrentOrg', tag, body: NewMember }, async ({ identity, body }) => {
    await quotas.demand('user', identity);
    await quotas.demand('org', identity, { member: true });
    return addMember(identity, identity.orgId, body);
  });
  routes.patch('/api/org/users/:userId', { access: permission('org.users:write', userScope), name: 'updateOrgUserForCurrentOrg', tag, body: Role },
    ({ identity, params, body }) => setRole(identity, identity.orgId, idParam(params, 'userId'), body.role));
  routes.delete('/api/org/users/:userId', { access: permission('org.users:remove', userScope), name: 'removeOrgUserForCurrentOrg', tag }, async ({ identity, params }) => {
    const done = await orgs.removeMember(identity.orgId, idParam(params, 'userId'), { deleteOrphans: true });
    return note(done === 'deleted' ? 'User deleted' : 'User removed from organization');
  });

  // All orgs.
  const inOrg = (action: string, ...scopes: string[]) => rbac(may(action, ...scopes), 'org');
  routes.post('/api/orgs', { access: rbac(may('orgs:create'), 'global'), name: 'createOrg', tag, body: OrgName }, async ({ identity, body }) => {
    await quotas.demand('org', identity);
    if (identity.kind !== 'user') throw orgErrors.onlyUsers();
    return note('Organization created', { orgId: await orgs.create(body.name, identity.id) });
  });
  routes.get('/api/orgs', { access: rbac(may('orgs:read'), 'global'), name: 'searchOrgs', tag, query: OrgListQuery }, ({ query }) =>
    orgs.list({ query: query.query, name: query.name, page: Math.max(0, query.page), perPage: query.perpage > 0 ? query.perpage : 1000 }));
  routes.get('/api/orgs/name/:name', { access: rbac(may('orgs:read'), 'global'), name: 'getOrgByName', tag }, async ({ params }) => {
    const org = await orgs.byName(params['name']!);
    if (!org) throw orgErrors.notFound();
    return orgJson(org);
  });
  const orgId = (ctx: { params: Record<string, string> }) => queryInt(ctx.params['orgId']);
  routes.get('/api/orgs/:orgId', { access: inOrg('orgs:read'), name: 'getOrgByID', tag }, (ctx) => found(orgId(ctx)));
  routes.put('/api/orgs/:orgId', { access: inOrg('orgs:write'), name: 'updateOrg', tag, body: OrgName }, (ctx) => rename(orgId(ctx), ctx.body.name));
  routes.put('/api/orgs/:orgId/address', { access: inOrg('orgs:write'), name: 'updateOrgAddress', tag, body: Address }, async (ctx) => {
    await orgs.setAddress(orgId(ctx), ctx.body);
    return note('Address updated');
  });
  routes.delete('/api/orgs/:orgId', { access: inOrg('orgs:delete'), name: 'deleteOrgByID', tag }, async (ctx) => {
    if (orgId(ctx) === ctx.identity.orgId) throw orgErrors.active();
    if (!(await orgs.delete(orgId(ctx)))) throw orgErrors.deleteFailed();
    return note('Organization deleted');
  });
  routes.get('/api/orgs/:orgId/users', { access: inOrg('org.users:read'), name: 'getOrgUsers', tag, query: MemberQuery }, // Compat: `query` and `limit` are not looked at here.
    (ctx) => listMembers(ctx.identity, orgId(ctx), { query: '', limit: 0, accesscontrol: ctx.query.accesscontrol }));
  routes.get('/api/orgs/:orgId/users/search', { access: inOrg('org.users:read'), name: 'searchOrgUsers', tag, query: MemberSearch },
    (ctx) => searchMembers(ctx.identity, orgId(ctx), ctx.query));
  routes.post('/api/orgs/:orgId/users', { access: inOrg('org.users:add', 'users:*'), name: 'addOrgUser', tag, body: NewMember }, async (ctx) =>
    addMember(await access.identityIn(ctx.identity, orgId(ctx)), orgId(ctx), ctx.body));
  const member = (action: string) => withUids(inOrg(action, userScope), { userId: 'user' });
  routes.patch('/api/orgs/:orgId/users/:userId', { access: member('org.users:write'), name: 'updateOrgUser', tag, body: Role }, async (ctx) =>
    setRole(await access.identityIn(ctx.identity, orgId(ctx)), orgId(ctx), idParam(ctx.params, 'userId'), ctx.body.role));
  routes.delete('/api/orgs/:orgId/users/:userId', { access: member('org.users:remove'), name: 'removeOrgUser', tag }, async (ctx) => {
    await orgs.removeMember(orgId(ctx), idParam(ctx.params, 'userId'));
    return note('User removed from organization');
  });
}
