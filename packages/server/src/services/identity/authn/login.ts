/** What every way of signing in does once the user is known (identity-and-access §3.1, §3.4). */
import type { RequestContext } from '../../../web/route.ts';
import type { QuotaService } from '../../tenancy/quotas/quota.ts';
import { quotaReached } from '../../tenancy/quotas/quota.ts';
import type { OrgService } from '../../tenancy/orgs/org.ts';
import type { AnonymousDevices } from '../anonymous/anonymous.ts';
import type { SessionService } from '../sessions/session.ts';
import { cookie, type SessionCookies } from '../sessions/session-cookies.ts';
import { isSafeRedirect } from './safe-redirect.ts';
import { nobody } from '../../../web/identity.ts';

export type LoginRequest = Pick<RequestContext, 'headers' | 'ip'> & { setHeader(name: string, value: string | string[]): void };

/** Where somebody wanted to go, query-escaped. */
export const targetCookieName = 'redirect_to';

export interface Logins {
  /** Begins a session and puts its cookies into the answer. */
  signIn(ctx: LoginRequest, userId: number, options?: { readonly externalSessionId?: number }): Promise<void>;
  /** Where to go after signing in, sub-path included: kept in a cookie where the frontend does not remember it itself. The cookie has served. */
  takeTarget(ctx: Pick<LoginRequest, 'setHeader'> & Pick<RequestContext, 'cookies'>): string;
  clientOf(ctx: Pick<RequestContext, 'headers' | 'ip'>): { readonly userAgent: string; readonly ip: string };
}

export function createLogins({ sessions, cookies, devices, quotas, orgs, loginDefaultOrgId, subUrl, keepsTarget }: {
  sessions: SessionService; cookies: SessionCookies; devices: AnonymousDevices; quotas: QuotaService; orgs: Pick<OrgService, 'use'>; loginDefaultOrgId: number;
  subUrl: string; keepsTarget: boolean;
}): Logins {
  const clientOf: Logins['clientOf'] = (ctx) => ({ userAgent: String(ctx.headers['user-agent'] ?? ''), ip: ctx.ip });
  return {
    clientOf,
    takeTarget(ctx) {
      const kept = keepsTarget ? ctx.cookies[targetCookieName] : undefined;
      if (!kept) return `${subUrl}/`;
      ctx.setHeader('set-cookie', cookie(targetCookieName, '', 0, cookies.options));
      const target = new URLSearchParams(`target=${kept}`).get('target') ?? '';
      return isSafeRedirect(target, subUrl) ? target : `${subUrl}/`;
    },
    async signIn(ctx, userId, { externalSessionId } = {}) {
      if (await quotas.reached('auth', nobody)) throw quotaReached('auth');
      const { session, token } = await sessions.create(userId, clientOf(ctx), externalSessionId);
      ctx.setHeader('set-cookie', [...cookies.set(session, token)]);
      const device = ctx.headers['x-grafana-device-id'];
      if (typeof device === 'string' && device !== '') await devices.remove(device);
      if (loginDefaultOrgId > 0) await orgs.use(userId, loginDefaultOrgId);
    },
  };
}
