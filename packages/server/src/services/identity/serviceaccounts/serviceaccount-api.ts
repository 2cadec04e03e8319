import { Type } from '../../../web/schema.ts';
import type { Clock } from '../../../infra/clock.ts';
import { permission, withUids, type Access } from '../../../web/access.ts';
import { queryInt } from '../../../web/bind.ts';
import { badRequest } from '../../../web/errors.ts';
import { roleIncludes, type Identity, type OrgRole } from '../../../web/identity.ts';
import { json, note } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import type { AccessControl } from '../accesscontrol/accesscontrol.ts';
import { parseRole, rfc3339, type Avatars } from '../users/presentation.ts';
import { readableIds } from '../users/readable.ts';
import { serviceAccountErrors, type ServiceAccount, type ServiceAccountService, type Token } from './serviceaccount.ts';
import { TooLongLived } from './serviceaccount-service.ts';

export interface ServiceAccountApiDeps {
  readonly accounts: ServiceAccountService;
  readonly access: AccessControl;
  readonly avatars: Avatars;
  readonly clock: Clock;
}

const New = Type.Object({ name: Type.String({ minLength: 1, maxLength: 170 }), role: Type.String(), isDisabled: Type.Boolean() });
const Update = Type.Object({ name: Type.Optional(Type.String({ maxLength: 190 })), role: Type.Optional(Type.String()), isDisabled: Type.Optional(Type.Boolean()) });
const NewToken = Type.Object({ name: Type.String({ minLength: 1, maxLength: 190 }), secondsToLive: Type.Integer() });
const Search = Type.Object({
  query: Type.String(), page: Type.Integer(), perpage: Type.Integer(), disabled: Type.Boolean(), expiredTokens: Type.Boolean(), accesscontrol: Type.Boolean(),
});
const badBody = 'Bad request data';
const weekSeconds = 7 * 86_400;

/** identity-and-access §7 */
export function serviceAccountRoutes(routes: Routes, { accounts, access, avatars, clock }: ServiceAccountApiDeps): void {
  const tag = 'service_accounts';
  const base = '/api/serviceaccounts';
  const on = (action: string): Access => withUids(permission(action, 'serviceaccounts:id:{serviceAccountId}'), { serviceAccountId: 'service-account' });
  const idOf = (ctx: Pick<RequestContext, 'params'>) => queryInt(ctx.params['serviceAccountId']);
  const accessOf = (identity: Identity, account: ServiceAccount, wanted: boolean) =>
    (wanted ? { accessControl: access.metadata(identity, `serviceaccounts:id:${account.id}`) } : {});
  const short = (account: ServiceAccount) => ({
    id: account.id, uid: account.uid, name: account.name, login: account.login, orgId: account.orgId, isDisabled: account.isDisabled, role: account.role,
    tokens: account.tokens,
  });
  const profile = (account: ServiceAccount) => ({
    id: account.id, uid: account.uid, name: account.name, login: account.login, orgId: account.orgId, isDisabled: account.isDisabled,
    createdAt: rfc3339(account.created), updatedAt: rfc3339(account.updated), avatarUrl: avatars.ofNamed('', account.name), role: account.role, teams: null,
    ...(account.tokens > 0 ? { tokens: account.tokens } : {}),
  });
  /** Compat: the caller's org role alone counts; server administrators are not exempt. */
  function roleFor(identity: Identity, text: string | undefined): OrgRole | undefined {
    const role = text === undefined ? undefined : bindRole(text);
    if (role !== undefined && !roleIncludes(identity.orgRole, role)) throw serviceAccountErrors.roleForbidden();
    return role;
  }
  function bindRole(text: string): OrgRole {
    try {
      return parseRole(text) ?? 'Viewer';
    } catch (error) {
      throw badRequest(badBody, error);
    }
  }

  routes.get(`${base}/search`, { access: permission('serviceaccounts:read'), name: 'searchOrgServiceAccountsWithPaging', tag, query: Search }, async ({ identity, query }) => {
    const page = Math.max(1, query.page);
    const perPage = query.perpage > 0 ? query.perpage : 1000;
    const found = await accounts.search(identity.orgId, {
      query: query.query, page, perPage, disabled: query.disabled, expiredTokens: query.expiredTokens, ids: readableIds(identity, 'serviceaccounts:read', 'serviceaccounts:id:'),
    });
    return {
      totalCount: found.total, page, perPage,
      serviceAccounts: found.accounts.map((account) => ({ ...short(account), avatarUrl: avatars.ofNamed('', account.name), ...accessOf(identity, account, query.accesscontrol) })),
    };
  });
  routes.post(base, { access: permission('serviceaccounts:create'), name: 'createServiceAccount', tag, body: New, badBody }, async ({ identity, body }) => {
    const role = roleFor(identity, body.role) ?? 'Viewer';
    const account = await accounts.create(identity.orgId, { name: body.name, role, isDisabled: body.isDisabled }, identity);
    return json({ ...short(account), avatarUrl: '' }, 201);
  });
  routes.get(`${base}/:serviceAccountId`, { access: on('serviceaccounts:read'), name: 'retrieveServiceAccount', tag, query: Type.Object({ accesscontrol: Type.Boolean() }) }, async (ctx) => {
    const account = await accounts.get(ctx.identity.orgId, idOf(ctx));
    return { ...profile(account), ...accessOf(ctx.identity, account, ctx.query.accesscontrol) };
  });
  routes.patch(`${base}/:serviceAccountId`, { access: on('serviceaccounts:write'), name: 'updateServiceAccount', tag, body: Update, badBody }, async (ctx) => {
    const { name, isDisabled } = ctx.body;
    const role = roleFor(ctx.identity, ctx.body.role);
    const account = await accounts.update(ctx.identity.orgId, idOf(ctx), {
      ...(name ? { name } : {}), ...(role === undefined ? {} : { role }), ...(isDisabled === undefined ? {} : { isDisabled }),
    });
    return { id: account.id, message: 'Service account updated', name: account.name, serviceaccount: profile({ ...account, tokens: 0 }) };
  });
  routes.delete(`${base}/:serviceAccountId`, { access: on('serviceaccounts:delete'), name: 'deleteServiceAccount', tag }, async (ctx) => {
    await accounts.delete(ctx.identity.orgId, idOf(ctx));
    return note('Service account deleted');
  });

  routes.get(`${base}/:serviceAccountId/tokens`, { access: on('serviceaccounts:read'), name: 'listTokens', tag }, async (ctx) =>
    (await accounts.tokens(ctx.identity.orgId, idOf(ctx))).map((token) => tokenJson(token, clock.now() / 1000)));
  routes.post(`${base}/:serviceAccountId/tokens`, { access: on('serviceaccounts:write'), name: 'createToken', tag, body: NewToken, badBody }, async (ctx) => {
    try {
      const { id, key } = await accounts.addToken(ctx.identity.orgId, idOf(ctx), ctx.body.name, ctx.body.secondsToLive);
      return { id, name: ctx.body.name, key };
    } catch (error) {
      if (error instanceof TooLongLived) return error.reply;
      throw error;
    }
  });
  routes.delete(`${base}/:serviceAccountId/tokens/:tokenId`, { access: on('serviceaccounts:write'), name: 'deleteToken', tag }, async (ctx) => {
    if (!/^\d{1,15}$/.test(ctx.params['tokenId']!)) throw badRequest('Token ID is invalid');
    await accounts.deleteToken(ctx.identity.orgId, idOf(ctx), Number(ctx.params['tokenId']));
    return note('Service account token deleted');
  });
}

function tokenJson(token: Token, nowSeconds: number) {
  const left = token.expires === undefined ? undefined : token.expires - nowSeconds;
  const hasExpired = left !== undefined && left <= 0;
  return {
    id: token.id, name: token.name, created: rfc3339(token.created), lastUsedAt: token.lastUsedAt === undefined ? null : rfc3339(token.lastUsedAt),
    expiration: token.expires === undefined ? null : rfc3339(token.expires * 1000), secondsUntilExpiration: left !== undefined && left > 0 && left <= weekSeconds ? left : 0,
    hasExpired, isRevoked: token.isRevoked,
  };
}
