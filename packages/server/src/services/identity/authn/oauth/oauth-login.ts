/** Signing in through an OAuth provider, and keeping its tokens fresh afterwards (identity-and-access §3.6). */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../../../infra/clock.ts';
import type { Logger } from '../../../../infra/log/log.ts';
import type { ServerLock } from '../../../../infra/serverlock/serverlock.ts';
import type { IdentitySettings } from '../../../../setting/identity-settings.ts';
import { sameSecret } from '../../../../util/same-secret.ts';
import { anyone } from '../../../../web/access.ts';
import { ApiError } from '../../../../web/errors.ts';
import { redirect, type Reply } from '../../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../../web/route.ts';
import { quotaReached, type QuotaService } from '../../../tenancy/quotas/quota.ts';
import { cookie, type CookieOptions } from '../../sessions/session-cookies.ts';
import type { Session, SessionService } from '../../sessions/session.ts';
import { oauthProviders } from '../../sso/provider-fields.ts';
import type { SsoSettingsService } from '../../sso/sso.ts';
import type { UserService } from '../../users/user.ts';
import { AuthFailure } from '../auth-failure.ts';
import type { ExternalUserSync } from '../external-sync.ts';
import type { IdentityLoader } from '../identity-loader.ts';
import type { Logins } from '../login.ts';
import { mapAccess, type MappingDeps, type RoleRefusal } from '../role-mapping.ts';
import { isSafeRedirect } from '../safe-redirect.ts';
import { claimsOf, connectors, type ConnectorUser } from './connectors.ts';
import type { ExternalSessions } from './external-sessions.ts';
import { readProvider, type OAuthProvider } from './provider.ts';
import { createProviderHttp, type ProviderHttp, type Tokens } from './provider-http.ts';

export interface OAuthDeps {
  readonly sso: SsoSettingsService;
  readonly users: UserService;
  readonly sync: ExternalUserSync;
  readonly loader: IdentityLoader;
  readonly logins: Logins;
  readonly sessions: SessionService;
  readonly quotas: Pick<QuotaService, 'reached'>;
  readonly externalSessions: ExternalSessions;
  readonly mapping: Omit<MappingDeps, 'invalidRole'>;
  readonly lock: ServerLock;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: IdentitySettings;
  readonly cookieOptions: CookieOptions;
  readonly secretKey: string;
  readonly rootUrl: string;
  readonly subUrl: string;
  readonly loginError: (message: string) => Promise<Reply>;
}

export interface OAuth {
  /** Providers that people can sign in with now. */
  enabled(): readonly OAuthProvider[];
  /** The one that signs people in without being asked; '' for none. */
  autoLoginProvider(): string;
  /** As a session is used: renews tokens that ran out. Rejects when they cannot be renewed. */
  refresh(session: Session): Promise<void> | undefined;
  /** Where signing out of a provider's session leads; undefined for nowhere in particular. */
  signOutUrl(externalSessionId: number): Promise<string | undefined>;
}

const skewMs = 10_000;
const checkEveryMs = 300_000;

const roleRefusals: Readonly<Record<RoleRefusal, () => AuthFailure>> = {
  'no path': () => new AuthFailure(400, 'oauth.role_attribute_path_not_set', 'Instance role_attribute_path misconfigured, please contact your administrator'),
  'no role': () => new AuthFailure(400, 'oauth.role_attribute_strict_violation', 'IdP did not return a role attribute, please contact your administrator'),
  'unknown role': () => new AuthFailure(400, 'oauth.invalid_role', 'IdP did not return a valid role attribute, please contact your administrator'),
};

const failures = {
  disabled: () => new AuthFailure(401, 'auth.oauth.disabled', 'OAuth client is disabled'),
  stateMissing: () => new AuthFailure(400, 'auth.oauth.state.missing', 'Missing saved oauth state'),
  stateInvalid: () => new AuthFailure(401, 'auth.oauth.state.invalid', 'Provided state does not match stored state'),
  pkceMissing: () => new AuthFailure(400, 'auth.oauth.pkce.missing', 'Missing required pkce cookie'),
  userInfo: (cause: unknown) => new AuthFailure(500, 'auth.oauth.userinfo.error', 'Failed to get user info from provider', { cause }),
  emailMissing: () => new AuthFailure(401, 'auth.oauth.email.missing', "Provider didn't return an email address"),
  emailNotAllowed: () => new AuthFailure(401, 'auth.oauth.email.not-allowed', 'Required email domain not fulfilled'),
  expired: () => new AuthFailure(401, 'oauth.expired-token', 'OAuth access token expired'),
  invalidRole: (why: RoleRefusal) => roleRefusals[why](),
};

export function createOAuth(routes: Routes, deps: OAuthDeps): OAuth {
  const { sso, users, sync, loader, logins, sessions, quotas, externalSessions, mapping, lock, clock, log, settings, cookieOptions, secretKey, rootUrl, subUrl, loginError } = deps;
  const known = new Map<string, { provider: OAuthProvider; http: ProviderHttp }>();
  sso.onChange((provider) => known.delete(provider));

  function of(id: string): { provider: OAuthProvider; http: ProviderHttp } | undefined {
    if (!oauthProviders.includes(id)) return undefined;
    let entry = known.get(id);
    if (!entry) {
      const provider = readProvider(id, sso.effective(id));
      entry = { provider, http: createProviderHttp(provider) };
      known.set(id, entry);
    }
    return entry;
  }
  const enabled = () => oauthProviders.map((id) => of(id)!.provider).filter((provider) => provider.enabled);
  const redirectUri = (id: string) => `${rootUrl}login/${id}`;
  const stateHash = (state: string, secret: string) => createHash('sha256').update(state + secretKey + secret).digest('hex');

  routes.get('/login/:name', { access: anyone('signing in through a provider'), name: 'oauthLogin', tag: 'login' }, async (ctx) => {
    const id = ctx.params['name']!;
    if (await quotas.reached('auth', ctx.identity)) throw quotaReached('auth');
    const { search } = ctx;
    if (search.get('error')) {
      log.info('The provider refused', { provider: id, error: search.get('error') });
      return loginError(settings.oauthLoginErrorMessage);
    }
    const entry = of(id);
    if (!entry || !entry.provider.enabled) return loginError(failures.disabled().message);
    const code = search.get('code') ?? '';
    if (code === '') return begin(entry.provider, search.get('redirectTo') ?? '');
    // Whatever comes of it, these two have served.
    ctx.setHeader('set-cookie', [cookie('oauth_state', '', 0, cookieOptions), cookie('oauth_code_verifier', '', 0, cookieOptions)]);
    try {
      return await finish(ctx, entry, code);
    } catch (error) {
      if (!(error instanceof AuthFailure) && !(error instanceof ApiError)) log.error('OAuth login failed', { provider: id, error });
      else log.info('OAuth login refused', { provider: id, reason: error.message, cause: error.cause instanceof Error ? error.cause.message : '' });
      return loginError(error instanceof AuthFailure && error.messageId !== '' ? error.message : error instanceof ApiError ? error.message : settings.oauthLoginErrorMessage);
    }
  });

  function begin(provider: OAuthProvider, target: string): Reply {
    const state = randomBytes(32).toString('base64url');
    const url = new URL(provider.authUrl);
    const query: Record<string, string> = {
      response_type: 'code', client_id: provider.clientId, redirect_uri: redirectUri(provider.id), state, ...(provider.scopes.length > 0 ? { scope: provider.scopes.join(' ') } : {}),
      ...(provider.hostedDomain ? { hd: provider.hostedDomain } : {}), ...(provider.loginPrompt ? { prompt: provider.loginPrompt } : {}),
    };
    if (provider.id === 'google' && provider.useRefreshToken) {
      query['access_type'] = 'offline';
      query['prompt'] ??= 'consent';
    }
    if (provider.id === 'azuread' && provider.text('domain_hint')) query['domain_hint'] = provider.text('domain_hint');
    const maxAge = settings.oauthStateCookieMaxAgeSeconds;
    const cookies = [cookie('oauth_state', stateHash(state, provider.clientSecret), maxAge, cookieOptions)];
    if (provider.usePkce) {
      const verifier = randomBytes(96).toString('base64url');
      query['code_challenge'] = createHash('sha256').update(verifier).digest('base64url');
      query['code_challenge_method'] = 'S256';
      cookies.push(cookie('oauth_code_verifier', verifier, maxAge, cookieOptions));
    }
    if (target !== '') cookies.push(cookie('redirectTo', encodeURIComponent(target), maxAge, cookieOptions));
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    return redirect(url.href).with({ 'set-cookie': cookies });
  }

  async function finish(ctx: RequestContext, { provider, http }: { provider: OAuthProvider; http: ProviderHttp }, code: string): Promise<Reply> {
    const saved = ctx.cookies['oauth_state'];
    if (!saved) throw failures.stateMissing();
    if (!sameSecret(saved, stateHash(ctx.search.get('state') ?? '', provider.clientSecret))) throw failures.stateInvalid();
    const verifier = ctx.cookies['oauth_code_verifier'];
    if (provider.usePkce && !verifier) throw failures.pkceMissing();
    const tokens = await http.exchange({
      grant_type: 'authorization_code', code, redirect_uri: redirectUri(provider.id), ...(provider.usePkce && verifier ? { code_verifier: verifier } : {}),
    }, clock.now());
    const person = await userInfo(provider, http, tokens);
    if (person.email === '') throw failures.emailMissing();
    if (!domainAllowed(person.email, provider.allowedDomains)) throw failures.emailNotAllowed();
    const access = await mapAccess(provider.mapping, { ...mapping, invalidRole: failures.invalidRole }, person.raw, person);
    const module = `oauth_${provider.id}`;
    const user = await sync.sync({
      module, authId: person.id, externalUid: person.id, login: person.login, email: person.email, name: person.name, ...access, allowSignUp: provider.allowSignUp,
      lookup: settings.oauthAllowInsecureEmailLookup ? { email: person.email } : {},
    });
    await loader.load(user.id, 0, module, { seen: false });
    const link = (await users.authLinks(user.id))[0];
    const providerSession = claimsOf(tokens.idToken)['sid'];
    const externalSessionId = await externalSessions.create(user.id, link?.id ?? 0, module, tokens, typeof providerSession === 'string' ? providerSession : '');
    await logins.signIn(ctx, user.id, { externalSessionId });
    const target = decode(ctx.cookies['redirectTo'] ?? '');
    if (target === '') return redirect(logins.takeTarget(ctx));
    ctx.setHeader('set-cookie', cookie('redirectTo', '', 0, cookieOptions));
    return redirect(isSafeRedirect(`${subUrl}${target}`, subUrl) ? `${subUrl}${target}` : `${subUrl}/`);
  }

  async function userInfo(provider: OAuthProvider, http: ProviderHttp, tokens: Tokens): Promise<ConnectorUser> {
    try {
      return await connectors[provider.id]!({ provider, http, tokens });
    } catch (error) {
      throw error instanceof AuthFailure ? error : failures.userInfo(error);
    }
  }

  /** When a session's tokens were looked at last. */
  const checkedAt = new Map<number, number>();
  /** Renewals under way: requests that come meanwhile wait for the same one. */
  const renewing = new Map<number, Promise<void>>();

  async function renew(session: Session): Promise<void> {
    const external = await externalSessions.get(session.externalSessionId);
    const id = external?.module.replace(/^oauth_/, '') ?? '';
    const entry = external && of(id);
    if (!external || !entry?.provider.enabled || !entry.provider.useRefreshToken) return;
    if (!expires(external.tokens)) return;
    const held = await lock.whileLocked(`oauth-refresh-token-${session.userId}-${session.externalSessionId}`, { staleMs: 30_000, waitMs: 15_000 }, async () => {
      const current = await externalSessions.get(session.externalSessionId);
      // Somebody else renewed them while we waited.
      if (!current || !expires(current.tokens)) return;
      try {
        if (current.tokens.refreshToken === '') throw new Error('the provider gave no refresh token');
        const renewed = await entry.http.exchange({ grant_type: 'refresh_token', refresh_token: current.tokens.refreshToken }, clock.now());
        await externalSessions.update(current.id, {
          ...renewed, refreshToken: renewed.refreshToken || current.tokens.refreshToken, idToken: renewed.idToken || current.tokens.idToken,
        });
      } catch (error) {
        log.warn('OAuth tokens could not be renewed', { userId: session.userId, error });
        await sessions.revoke(session.id);
        throw failures.expired();
      }
    });
    if (!held) log.warn('OAuth tokens are being renewed elsewhere, and slowly', { userId: session.userId });
  }
  const expires = ({ expiresAt, idToken }: Tokens) => {
    const now = clock.now() + skewMs;
    const idExpires = Number(claimsOf(idToken)['exp'] ?? 0) * 1000;
    return (expiresAt > 0 && expiresAt < now) || (idExpires > 0 && idExpires < now);
  };

  return {
    enabled,
    autoLoginProvider() {
      const all = enabled();
      const automatic = all.filter((provider) => provider.autoLogin || (settings.oauthAutoLogin && all.length === 1));
      return automatic.length === 1 ? automatic[0]!.id : '';
    },
    refresh(session) {
      const now = clock.now();
      if (now - (checkedAt.get(session.externalSessionId) ?? 0) < checkEveryMs) return undefined;
      if (checkedAt.size > 50_000) checkedAt.clear();
      const id = session.externalSessionId;
      let renewal = renewing.get(id);
      if (!renewal) {
        renewal = renew(session).then(() => void checkedAt.set(id, now)).finally(() => renewing.delete(id));
        renewing.set(id, renewal);
      }
      return renewal;
    },
    async signOutUrl(externalSessionId) {
      const external = await externalSessions.get(externalSessionId);
      const entry = external && of(external.module.replace(/^oauth_/, ''));
      const target = entry?.provider.signoutRedirectUrl || settings.signoutRedirectUrl;
      if (!external || !entry || target === '') return undefined;
      const url = URL.parse(target);
      if (!url?.searchParams.has('post_logout_redirect_uri') || external.tokens.idToken === '' || expires(external.tokens)) return target;
      url.searchParams.set('id_token_hint', external.tokens.idToken);
      return url.href;
    },
  };
}

const domainAllowed = (email: string, domains: readonly string[]) => domains.length === 0 || domains.some((domain) => email.toLowerCase().endsWith(`@${domain.toLowerCase()}`));

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
