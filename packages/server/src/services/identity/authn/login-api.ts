import { Type } from '../../../web/schema.ts';
import type { Secrets } from '../../../infra/secrets/secrets.ts';
import type { IdentitySettings } from '../../../setting/identity-settings.ts';
import { goQueryEscape } from '../../../middleware/guard.ts';
import { anyone, signedInNoAnonymous } from '../../../web/access.ts';
import { bindJson, BindError } from '../../../web/bind.ts';
import { ApiError } from '../../../web/errors.ts';
import { isSignedIn } from '../../../web/identity.ts';
import { json, note, redirect, type Reply } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import type { QuotaService } from '../../tenancy/quotas/quota.ts';
import { quotaReached } from '../../tenancy/quotas/quota.ts';
import type { OrgService } from '../../tenancy/orgs/org.ts';
import type { SessionService } from '../sessions/session.ts';
import { cookie, type SessionCookies } from '../sessions/session-cookies.ts';
import { AuthFailure } from './auth-failure.ts';
import type { IdentityLoader } from './identity-loader.ts';
import type { Logins } from './login.ts';
import type { PasswordLogin } from './password-login.ts';
import { isSafeRedirect } from './safe-redirect.ts';

export interface LoginApiDeps {
  readonly passwords: PasswordLogin;
  readonly loader: IdentityLoader;
  readonly logins: Logins;
  readonly sessions: SessionService;
  readonly cookies: SessionCookies;
  readonly quotas: QuotaService;
  readonly orgs: Pick<OrgService, 'use'>;
  readonly secrets: Secrets;
  readonly settings: IdentitySettings;
  readonly subUrl: string;
  /** The login page, with what went wrong where something did. */
  readonly loginPage: (ctx: RequestContext, options: { readonly loginError: string }) => Promise<Reply> | Reply;
  readonly notFoundPage: (ctx: RequestContext) => Promise<Reply> | Reply;
  /** The only provider that signs people in without being asked; '' for none. */
  readonly autoLoginProvider: () => string;
  /** Where signing out leads for a session of a provider; undefined for the usual. */
  readonly providerSignOut?: (externalSessionId: number) => Promise<string | undefined>;
  /** Auth proxy with `enable_login_token`: opening the login page begins a session. */
  readonly loginTokenFor: ReadonlySet<string>;
}

const Form = Type.Object({ user: Type.String(), password: Type.String() });
const openTo = (reason: string) => anyone(reason);

export const loginErrorCookie = 'login_error';

/** As answers of handlers word it (§1.4). */
export const publicFailure = (failure: AuthFailure) =>
  failure.messageId === '' ? new ApiError(failure.status, 'Unauthorized') : new ApiError(failure.status, failure.message, { messageId: failure.messageId });

/** Keeps a message for the login page, encrypted, for a minute. */
export async function loginErrorReply(deps: Pick<LoginApiDeps, 'secrets' | 'cookies' | 'subUrl'>, message: string): Promise<Reply> {
  const value = (await deps.secrets.encrypt(message)).toString('hex');
  return redirect(`${deps.subUrl}/login`).with({ 'set-cookie': cookie(loginErrorCookie, value, 60, deps.cookies.options) });
}

/** identity-and-access §3.4, §3.5 */
export function loginRoutes(routes: Routes, deps: LoginApiDeps): void {
  const { passwords, loader, logins, sessions, cookies, quotas, orgs, secrets, settings, subUrl, loginPage, notFoundPage, autoLoginProvider } = deps;
  const tag = 'login';
  const home = redirectTo('/');
  function redirectTo(path: string) {
    return () => redirect(`${subUrl}${path}`);
  }

  routes.post('/login', { access: openTo('signing in'), name: 'postLogin', tag, rawBody: true }, async (ctx) => {
    if (!passwords.available || settings.disableLoginForm) throw new ApiError(400, 'BadRequest', { messageId: 'auth.client.notConfigured' });
    const { user, password } = readForm(ctx);
    if (await quotas.reached('auth', ctx.identity)) throw quotaReached('auth');
    try {
      const { userId, module } = await passwords.verify(user, password, ctx.ip);
      await loader.load(userId, 0, module || 'password', { seen: false });
      await logins.signIn(ctx, userId);
    } catch (error) {
      throw error instanceof AuthFailure ? publicFailure(error) : error;
    }
    return note('Logged in', { redirectUrl: logins.takeTarget(ctx) });
  });

  routes.get('/login', { access: openTo('the login page'), name: 'getLogin', tag }, async (ctx) => {
    const { identity, failure } = ctx.auth;
    if (failure?.kind === 'needs-rotation') return home();
    if (ctx.search.has('disableAutoLogin')) return loginPage(ctx, { loginError: '' });
    const kept = ctx.cookies[loginErrorCookie];
    if (kept) {
      ctx.setHeader('set-cookie', cookie(loginErrorCookie, '', 0, cookies.options));
      return loginPage(ctx, { loginError: await readLoginError(kept) });
    }
    if (isSignedIn(identity) && identity.kind !== 'anonymous') {
      if (deps.loginTokenFor.has(identity.authenticatedBy) && identity.kind === 'user') await logins.signIn(ctx, identity.id);
      return redirect(logins.takeTarget(ctx));
    }
    const provider = autoLoginProvider();
    if (provider !== '') {
      const target = ctx.search.get('redirectTo') ?? '';
      return redirect(`${subUrl}/login/${provider}${target === '' ? '' : `?redirectTo=${goQueryEscape(target)}`}`, 307);
    }
    return loginPage(ctx, { loginError: '' });
  });

  async function readLoginError(kept: string): Promise<string> {
    if (!/^([0-9a-f]{2})+$/.test(kept)) return '';
    try {
      return (await secrets.decrypt(Buffer.from(kept, 'hex'))).toString('utf8');
    } catch {
      // Not one of ours, or of another secret key.
      return '';
    }
  }

  routes.get('/logout', { access: openTo('signing out'), name: 'logout', tag }, async (ctx) => {
    let target = settings.signoutRedirectUrl || `${subUrl}/login`;
    const token = ctx.cookies[cookies.name];
    if (token) {
      const found = await sessions.lookup(token);
      if (found.kind === 'valid' || found.kind === 'needs-rotation') {
        target = (found.session.externalSessionId > 0 && (await deps.providerSignOut?.(found.session.externalSessionId))) || target;
        await sessions.revoke(found.session.id);
      }
    }
    return redirect(target).with({ 'set-cookie': [...cookies.clear()] });
  });

  routes.get('/api/login/ping', { access: openTo('answers whether one is signed in'), name: 'loginPing', tag }, async ({ identity }) => {
    if (await quotas.reached('auth', identity)) throw quotaReached('auth');
    return isSignedIn(identity) ? note('Logged in') : json({ message: 'Unauthorized' }, 401);
  });

  routes.post('/api/user/auth-tokens/rotate', { access: openTo('the session cookie is what counts'), name: 'rotateUserAuthToken', tag }, async (ctx) => {
    const done = await rotate(ctx);
    return done ? json({}) : json({ message: 'Unauthorized' }, 401);
  });

  routes.get('/user/auth-tokens/rotate', { access: openTo('the session cookie is what counts'), name: 'rotateUserAuthTokenPage', tag }, async (ctx) => {
    if (!(await rotate(ctx))) return redirect(`${subUrl}/login`);
    const target = ctx.search.get('redirectTo') ?? '';
    return redirect(isSafeRedirect(`${subUrl}${target}`, subUrl) ? `${subUrl}${target}` : `${subUrl}/`);
  });

  async function rotate(ctx: RequestContext): Promise<boolean> {
    const token = ctx.cookies[cookies.name];
    const result = token ? await sessions.rotate(token, logins.clientOf(ctx)) : { kind: 'missing' as const };
    switch (result.kind) {
      case 'rotated':
        if (result.token !== undefined) ctx.setHeader('set-cookie', [...cookies.set(result.session, result.token)]);
        return true;
      case 'unknown': return false;
      case 'missing': case 'revoked': case 'expired':
        ctx.setHeader('set-cookie', [...cookies.clear()]);
        return false;
      default: return result satisfies never;
    }
  }

  routes.get('/.well-known/change-password', { access: openTo('a redirect'), name: 'changePassword', tag },
    // Compat: without the sub-path.
    () => redirect('/profile/password'));

  routes.get('/profile/switch-org/:id', { access: signedInNoAnonymous, name: 'switchOrgPage', tag }, async (ctx) => {
    const orgId = Number(ctx.params['id']);
    const switched = ctx.identity.kind === 'user' && Number.isSafeInteger(orgId) && (await orgs.use(ctx.identity.id, orgId));
    return switched ? home() : notFoundPage(ctx);
  });
}

function readForm(ctx: RequestContext): { user: string; password: string } {
  const bad = () => new ApiError(400, 'bad login data', { messageId: 'form-auth.invalid' });
  if (!/^application\/json\s*(;|$)/i.test(ctx.headers['content-type'] ?? '')) throw bad();
  try {
    const form = bindJson(Form, ctx.rawBody.toString('utf8'));
    if (form.user === '' || form.password === '') throw bad();
    return form;
  } catch (error) {
    if (error instanceof BindError) throw bad();
    throw error;
  }
}
