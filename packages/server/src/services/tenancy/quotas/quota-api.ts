import { Type } from '../../../web/schema.ts';
import { may, permission, rbac, signedInNoAnonymous, withUids } from '../../../web/access.ts';
import { bindJson, BindError, queryInt } from '../../../web/bind.ts';
import { note } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import { quotaErrors, type QuotaPlace, type QuotaService } from './quota.ts';

const Limit = Type.Object({ limit: Type.Integer() });

/** identity-and-access §5.4 */
export function quotaRoutes(routes: Routes, { quotas }: { quotas: QuotaService }): void {
  const tag = 'quota';
  const ofOrg = (orgId: number) => {
    if (!quotas.enabled) throw quotaErrors.orgFailed();
    return quotas.ofOrg(orgId);
  };
  async function set(place: QuotaPlace, { params, rawBody, headers }: Pick<RequestContext, 'params' | 'rawBody' | 'headers'>) {
    if (!quotas.enabled) throw quotaErrors.updateFailed();
    let limit: number;
    try {
      if (!/^application\/json/i.test(headers['content-type'] ?? '')) throw new BindError('', 'is not declared as JSON');
      limit = bindJson(Limit, rawBody.toString('utf8')).limit;
    } catch (error) {
      if (error instanceof BindError) throw quotaErrors.badRequest();
      throw error;
    }
    await quotas.set(place, params['target']!, limit);
    return note('Organization quota updated');
  }
  routes.get('/api/org/quotas', { access: permission('orgs.quotas:read'), name: 'getCurrentOrgQuota', tag }, ({ identity }) => ofOrg(identity.orgId));
  routes.get('/api/orgs/:orgId/quotas', { access: rbac(may('orgs.quotas:read'), 'org'), name: 'getOrgQuota', tag }, ({ params }) => ofOrg(queryInt(params['orgId'])));
  routes.put('/api/orgs/:orgId/quotas/:target', { access: rbac(may('orgs.quotas:write'), 'org'), name: 'updateOrgQuota', tag, rawBody: true },
    (ctx) => set({ orgId: queryInt(ctx.params['orgId']) }, ctx));
  // Compat: the handler wants an id that the route has not.
  routes.get('/api/user/quotas', { access: signedInNoAnonymous, name: 'getUserQuotas', tag }, () => {
    throw quotaErrors.badRequest();
  });
  const ofUser = (action: string) => withUids(rbac(may(action, 'global.users:id:{id}'), 'global'), { id: 'user' });
  routes.get('/api/admin/users/:id/quotas', { access: ofUser('users.quotas:read'), name: 'getUserQuota', tag }, ({ params }) => {
    if (!quotas.enabled) throw quotaErrors.userFailed();
    return quotas.ofUser(queryInt(params['id']));
  });
  routes.put('/api/admin/users/:id/quotas/:target', { access: ofUser('users.quotas:write'), name: 'updateUserQuota', tag, rawBody: true },
    (ctx) => set({ userId: queryInt(ctx.params['id']) }, ctx));
}
