import { Type } from '../../../web/schema.ts';
import type { Clock } from '../../../infra/clock.ts';
import type { IdentitySettings } from '../../../setting/identity-settings.ts';
import { grafanaAdmin, may, permission, rbac, signedInNoAnonymous, withUids, type Access } from '../../../web/access.ts';
import { queryInt } from '../../../web/bind.ts';
import { ApiError, badRequest } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import { empty, note } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import type { OrgService } from '../../tenancy/orgs/org.ts';
import { orgErrors } from '../../tenancy/orgs/org.ts';
import { idParam } from '../../../web/id-param.ts';
import type { AccessControl } from '../accesscontrol/accesscontrol.ts';
import type { ExternalSync } from '../authn/external-sync-state.ts';
import type { LoginAttempts } from '../authn/login-attempts.ts';
import type { SessionService } from '../sessions/session.ts';
import { describeClient } from '../sessions/user-agent.ts';
import { ageText, rfc3339, zeroTime, type Avatars } from './presentation.ts';
import { readableIds } from './readable.ts';
import { authLabel, userErrors, type FoundUser, type User, type UserChanges, type UserService } from './user.ts';

export interface UserApiDeps {
  readonly users: UserService;
  readonly orgs: OrgService;
  readonly sessions: SessionService;
  readonly access: AccessControl;
  readonly attempts: LoginAttempts;
  readonly avatars: Avatars;
  readonly clock: Clock;
  readonly externalSync: ExternalSync;
  readonly settings: Pick<IdentitySettings, 'disableLoginForm' | 'verifyEmailEnabled' | 'autoAssignOrg'>;
  readonly teamsOf: (identity: Identity, orgId: number, userId: number) => Promise<readonly unknown[]>;
  /** Auth proxy in use: the property that names users may not be changed. */
  readonly proxyProperty?: 'username' | 'email' | undefined;
  /** Sends a mail to verify a changed address; answers false when mail is not set up. */
  readonly verifyChangedEmail?: (user: User, changes: UserChanges) => Promise<boolean>;
}

const named = Type.String({ maxLength: 190 });
const Update = Type.Object({ name: named, email: named, login: named, theme: named });
const ChangePassword = Type.Object({ oldPassword: Type.String(), newPassword: Type.String() });
const Revoke = Type.Object({ authTokenId: Type.Integer() });
const NewUserBody = Type.Object({ name: named, email: named, login: named, password: Type.String({ minLength: 1 }), orgId: Type.Integer() });
const Password = Type.Object({ password: Type.String({ minLength: 1 }) });
const GrafanaAdminFlag = Type.Object({ isGrafanaAdmin: Type.Boolean() });
const Search = Type.Object({ query: Type.String(), page: Type.Integer(), perpage: Type.Integer(), sort: Type.String(), activeLast30Days: Type.Boolean() });
const WithAccess = Type.Object({ accesscontrol: Type.Boolean() });

const monthMs = 30 * 86_400_000;
const onlyUsers = empty(304);

/** identity-and-access §4.1 to §4.3 */
export function userRoutes(routes: Routes, deps: UserApiDeps): void {
  const { users, orgs, sessions, access, attempts, avatars, clock, externalSync, settings, teamsOf, proxyProperty, verifyChangedEmail } = deps;
  const tag = 'users';

  async function profile(user: User): Promise<Record<string, unknown>> {
    const modules = (await users.authLinks(user.id)).map((link) => link.module);
    const latest = modules[0];
    return {
      id: user.id, uid: user.uid, email: user.email, name: user.name, login: user.login, theme: user.theme, ...(user.orgId === 0 ? {} : { orgId: user.orgId }),
      isGrafanaAdmin: user.isAdmin, isDisabled: user.isDisabled, isExternal: modules.length > 0,
      isExternallySynced: latest !== undefined && externalSync.roles(latest),
      isGrafanaAdminExternallySynced: latest !== undefined && externalSync.grafanaAdmin(latest),
      authLabels: latest === undefined ? [] : [authLabel(latest)], updatedAt: rfc3339(user.updated), createdAt: rfc3339(user.created),
      avatarUrl: avatars.of(user.email), isProvisioned: user.isProvisioned,
    };
  }
  const withAccessControl = (body: Record<string, unknown>, accessControl: Record<string, true> | undefined) => {
    if (!accessControl) return body;
    const { isProvisioned, ...rest } = body;
    return { ...rest, accessControl, isProvisioned };
  };
  const human = async (id: number): Promise<User> => {
    const user = await users.byId(id);
    if (!user || user.isServiceAccount) throw userErrors.notFound();
    return user;
  };
  const hit = (user: FoundUser) => ({
    id: user.id, uid: user.uid, name: user.name, login: user.login, email: user.email, avatarUrl: avatars.of(user.email), isAdmin: user.isAdmin,
    isDisabled: user.isDisabled, isProvisioned: user.isProvisioned, lastSeenAt: rfc3339(user.lastSeenAt), lastSeenAtAge: ageText(user.lastSeenAt, clock.now()),
    authLabels: user.modules.slice(0, 1).map(authLabel), created: rfc3339(user.created),
  });
  async function search(identity: Identity, query: { query: string; page: number; perpage: number; sort: string; activeLast30Days: boolean }) {
    const page = Math.max(1, query.page);
    const perPage = query.perpage > 0 ? query.perpage : 1000;
    const ids = readableIds(identity, 'users:read', 'global.users:id:');
    const found = await users.search({
      query: query.query, page, perPage, sort: query.sort, ...(query.activeLast30Days ? { activeSince: clock.now() - monthMs } : {}), ...(ids ? { ids } : {}),
    });
    return { totalCount: found.total, users: found.users.map(hit), page, perPage };
  }

  async function update(id: number, body: { name: string; email: string; login: string; theme: string }) {
    if (body.login === '' && body.email === '') throw userErrors.emptyLoginAndEmail();
    const user = await users.byId(id);
    if (!user || user.isServiceAccount) throw userErrors.notFound();
    const changes: UserChanges = {
      ...(body.login === '' ? (user.login === '' ? { login: body.email } : {}) : { login: body.login }),
      ...(body.email === '' ? {} : { email: body.email }), ...(body.name === '' ? {} : { name: body.name }), ...(body.theme === '' ? {} : { theme: body.theme }),
    };
    if (settings.verifyEmailEnabled && verifyChangedEmail) {
      const newAddress = changes.email !== undefined && changes.email.toLowerCase() !== user.email;
      const newLogin = changes.login !== undefined && changes.login.toLowerCase() !== user.login && changes.login.includes('@');
      if ((newAddress || newLogin) && (await verifyChangedEmail(user, changes))) return note('Email sent for verification');
    }
    try {
      if (!(await users.update(id, changes))) throw userErrors.notFound();
    } catch (error) {
      throw error instanceof ApiError && error.status === 412 ? userErrors.conflict() : error;
    }
    return note('User updated');
  }
  async function refuseExternal(id: number, message: string) {
    const links = await users.authLinks(id);
    if (links[0] && externalSync.roles(links[0].module)) throw new ApiError(403, message);
  }
  async function use(userId: number, orgId: number) {
    if (!(await orgs.use(userId, orgId))) throw orgErrors.notAValidOrg();
    return note('Active organization changed');
  }
  async function sessionList(userId: number, active: number | undefined) {
    const list = await sessions.list(userId);
    return list.map((session) => ({
      id: session.id, isActive: session.id === active, clientIp: session.clientIp, ...describeClient(session.userAgent),
      authModule: '', createdAt: rfc3339(session.createdAt * 1000), seenAt: rfc3339((session.seenAt || session.createdAt) * 1000),
    }));
  }
  async function revoke(userId: number, sessionId: number, active: number | undefined) {
    const session = await sessions.get(userId, sessionId);
    if (!session) throw new ApiError(404, 'User auth token not found');
    if (active !== undefined && session.id === active) throw new ApiError(400, 'Cannot revoke active user auth token');
    await sessions.revoke(session.id);
    return note('User auth token revoked');
  }

  ownRoutes();
  othersRoutes();
  adminRoutes();

  function ownRoutes(): void {
    const own = signedInNoAnonymous;
    routes.get('/api/user', { access: own, name: 'getSignedInUser', tag, query: WithAccess }, async ({ identity, query }) => {
      if (identity.kind !== 'user') return programProfile(identity);
      const user = await users.byId(identity.id);
      if (!user) throw userErrors.notFound();
      return withAccessControl(await profile(user), query.accesscontrol ? access.metadata(identity, `global.users:id:${user.id}`) : undefined);
    });
    routes.put('/api/user', { access: own, name: 'updateSignedInUser', tag, body: Update }, async ({ identity, body }) => {
      if (identity.kind !== 'user') return onlyUsers;
      if (proxyProperty === 'email' && body.email !== '' && body.email !== identity.email) throw badRequest('Not allowed to change email when auth proxy is using email property');
      if (proxyProperty === 'username' && body.login !== '' && body.login !== identity.login) throw badRequest('Not allowed to change username when auth proxy is using username property');
      await refuseExternal(identity.id, 'Cannot update external User');
      return update(identity.id, body);
    });
    routes.post('/api/user/using/:id', { access: own, name: 'userSetUsingOrg', tag }, ({ identity, params }) =>
      identity.kind === 'user' ? use(identity.id, idParam(params, 'id')) : onlyUsers);
    routes.get('/api/user/orgs', { access: own, name: 'getSignedInUserOrgList', tag }, ({ identity }) => (identity.kind === 'user' ? orgs.orgsOf(identity.id) : onlyUsers));
    routes.get('/api/user/teams', { access: own, name: 'getSignedInUserTeamList', tag }, ({ identity }) =>
      identity.kind === 'user' ? teamsOf(identity, identity.orgId, identity.id) : onlyUsers);
    routes.put('/api/user/password', { access: own, name: 'changeUserPassword', tag, body: ChangePassword }, async ({ identity, body }) => {
      if (identity.kind !== 'user') return onlyUsers;
      await refuseExternal(identity.id, 'Cannot update external User');
      const user = await users.byId(identity.id);
      if (!user || !(await users.verifyPassword(user, body.oldPassword))) throw userErrors.passwordMismatch();
      await users.setPassword(user.id, body.newPassword);
      return note('User password changed');
    });
    const helpFlags = async (identity: Identity, next: (flags: number) => number) => {
      if (identity.kind !== 'user') return onlyUsers;
      const helpFlags1 = next(identity.helpFlags1);
      await users.update(identity.id, { helpFlags1 });
      return note('Help flag set', { helpFlags1 });
    };
    routes.put('/api/user/helpflags/:id', { access: own, name: 'setHelpFlag', tag }, ({ identity, params }) => {
      const flag = BigInt(idParam(params, 'id'));
      return helpFlags(identity, (flags) => Number(BigInt(flags) | flag));
    });
    routes.get('/api/user/helpflags/clear', { access: own, name: 'clearHelpFlags', tag }, ({ identity }) => helpFlags(identity, () => 0));
    routes.get('/api/user/auth-tokens', { access: own, name: 'getUserAuthTokens', tag }, ({ identity }) => {
      if (identity.kind !== 'user') throw new ApiError(403, 'entity not allowed to get tokens');
      return sessionList(identity.id, identity.sessionId);
    });
    routes.post('/api/user/revoke-auth-token', { access: own, name: 'revokeUserAuthToken', tag, body: Revoke }, ({ identity, body }) => {
      if (identity.kind !== 'user') throw new ApiError(403, 'entity not allowed to revoke tokens');
      return revoke(identity.id, body.authTokenId, identity.sessionId);
    });
  }

  function programProfile(identity: Identity): Record<string, unknown> {
    return {
      id: 0, uid: `${identity.kind}:${identity.id}`, email: identity.login, name: identity.name, login: identity.login, theme: '', orgId: identity.orgId,
      isGrafanaAdmin: false, isDisabled: false, isExternal: false, isExternallySynced: false, isGrafanaAdminExternallySynced: false, authLabels: null,
      updatedAt: zeroTime, createdAt: zeroTime, avatarUrl: '', isProvisioned: false,
    };
  }

  function othersRoutes(): void {
    const one = (action: string) => withUids(permission(action, 'global.users:id:{id}'), { id: 'user' });
    routes.get('/api/users', { access: permission('users:read'), name: 'searchUsers', tag, query: Search }, async ({ identity, query }) => (await search(identity, query)).users);
    routes.get('/api/users/search', { access: permission('users:read'), name: 'searchUsersWithPaging', tag, query: Search }, ({ identity, query }) => search(identity, query));
    routes.get('/api/users/lookup', { access: permission('users:read', 'global.users:*'), name: 'getUserByLoginOrEmail', tag, query: Type.Object({ loginOrEmail: Type.String() }) }, async ({ query }) => {
      const user = await users.byLoginOrEmail(query.loginOrEmail);
      if (!user) throw userErrors.notFound();
      const labels = (await users.authLinks(user.id)).map((link) => authLabel(link.module));
      return { ...(await profile(user)), isExternal: false, isExternallySynced: false, isGrafanaAdminExternallySynced: false, authLabels: labels, avatarUrl: '' };
    });
    routes.get('/api/users/:id', { access: one('users:read'), name: 'getUserByID', tag, query: WithAccess }, async ({ identity, params, query }) => {
      const user = await human(queryInt(params['id']));
      return withAccessControl(await profile(user), query.accesscontrol ? access.metadata(identity, `global.users:id:${user.id}`) : undefined);
    });
    routes.get('/api/users/:id/orgs', { access: one('users:read'), name: 'getUserOrgList', tag }, ({ params }) => orgs.orgsOf(queryInt(params['id'])));
    routes.get('/api/users/:id/teams', { access: one('users:read'), name: 'getUserTeams', tag }, ({ identity, params }) => teamsOf(identity, identity.orgId, queryInt(params['id'])));
    routes.put('/api/users/:id', { access: one('users:write'), name: 'updateUser', tag, body: Update }, async ({ params, body }) => {
      const id = queryInt(params['id']);
      await refuseExternal(id, 'Cannot update external User');
      return update(id, body);
    });
    routes.post('/api/users/:id/using/:orgId', { access: one('users:write'), name: 'setUserUsingOrg', tag }, ({ params }) => use(queryInt(params['id']), queryInt(params['orgId'])));
  }

  function adminRoutes(): void {
    const everywhere = (action: string): Access => withUids(rbac(may(action, 'global.users:id:{id}'), 'global'), { id: 'user' });
    const idOf = (ctx: Pick<RequestContext, 'params'>) => queryInt(ctx.params['id']);

    routes.post('/api/admin/users', { access: rbac(may('users:create'), 'global'), name: 'adminCreateUser', tag, body: NewUserBody }, async ({ body }) => {
      const user = await users.create({ ...body, ...(body.orgId > 0 ? { orgId: body.orgId } : { orgId: 0 }) }).catch(async (error: unknown) => {
        // Compat: where newcomers get an org of their own, the reference makes it before it looks at the password, and leaves it.
        if (!settings.autoAssignOrg && body.orgId === 0 && error instanceof ApiError && error.messageId.startsWith('password.')) {
          await orgs.create(body.email || body.login).catch(() => {});
        }
        throw error;
      });
      return note('User created', { id: user.id, uid: user.uid });
    });
    routes.put('/api/admin/users/:id/password', { access: everywhere('users.password:write'), name: 'adminUpdateUserPassword', tag, body: Password }, async (ctx) => {
      if (settings.disableLoginForm) throw new ApiError(403, 'Not allowed to reset password when login form is disabled');
      const id = idOf(ctx);
      await refuseExternal(id, 'Cannot update external User');
      // The reference answers 500 to a short password here.
      await users.setPassword(id, ctx.body.password);
      await sessions.revokeAll(id);
      const user = await users.byId(id);
      if (user) for (const name of new Set([user.login, user.email])) await attempts.reset(name);
      return note('User password updated');
    });
    routes.put('/api/admin/users/:id/permissions', { access: withUids(grafanaAdmin, { id: 'user' }), name: 'adminUpdateUserPermissions', tag, body: GrafanaAdminFlag }, async (ctx) => {
      const id = idOf(ctx);
      const links = await users.authLinks(id);
      if (links[0] && externalSync.grafanaAdmin(links[0].module)) throw new ApiError(403, 'Cannot change Grafana Admin role for externally synced user');
      await human(id);
      await users.setAdmin(id, ctx.body.isGrafanaAdmin);
      return note('User permissions updated');
    });
    routes.delete('/api/admin/users/:id', { access: everywhere('users:delete'), name: 'adminDeleteUser', tag }, async (ctx) => {
      const id = idOf(ctx);
      await human(id);
      await users.delete(id);
      await sessions.revokeAll(id);
      return note('User deleted');
    });
    const setDisabled = async (id: number, isDisabled: boolean) => {
      if ((await users.authLinks(id)).length > 0) throw badRequest(`Could not ${isDisabled ? 'disable' : 'enable'} external user`);
      await human(id);
      await users.update(id, { isDisabled });
      if (isDisabled) await sessions.revokeAll(id);
      return note(isDisabled ? 'User disabled' : 'User enabled');
    };
    routes.post('/api/admin/users/:id/disable', { access: everywhere('users:disable'), name: 'adminDisableUser', tag }, (ctx) => setDisabled(idOf(ctx), true));
    routes.post('/api/admin/users/:id/enable', { access: everywhere('users:enable'), name: 'adminEnableUser', tag }, (ctx) => setDisabled(idOf(ctx), false));
    const known = async (id: number) => {
      const user = await users.byId(id);
      if (!user || user.isServiceAccount) throw userErrors.uidNotFound();
    };
    routes.post('/api/admin/users/:id/logout', { access: everywhere('users:logout'), name: 'adminLogoutUser', tag }, async (ctx) => {
      const id = idOf(ctx);
      if (id === ctx.identity.id && ctx.identity.kind === 'user') throw badRequest('You cannot logout yourself');
      await known(id);
      await sessions.revokeAll(id);
      return note('User logged out');
    });
    routes.get('/api/admin/users/:id/auth-tokens', { access: everywhere('users.authtoken:read'), name: 'adminGetUserAuthTokens', tag }, async (ctx) => {
      await known(idOf(ctx));
      return sessionList(idOf(ctx), ctx.identity.sessionId);
    });
    routes.post('/api/admin/users/:id/revoke-auth-token', { access: everywhere('users.authtoken:write'), name: 'adminRevokeUserAuthToken', tag, body: Revoke }, async (ctx) => {
      await known(idOf(ctx));
      return revoke(idOf(ctx), ctx.body.authTokenId, ctx.identity.sessionId);
    });
  }
}
