/** An OpenID provider of the test's own: oidc-provider, with one person who is signed in by naming them. */
import { createServer } from 'node:http';
import { freePort } from './belvedere.ts';

export interface OpenIdProvider {
  readonly issuer: string;
  /** Claims that the next sign-in gets. */
  claims: Record<string, unknown>;
  /** Access tokens live that long, seconds. */
  accessTokenSeconds: number;
  /** Whether sign-ins must come with a code challenge. */
  pkceRequired: boolean;
  /** Queries of the authorization requests so far. */
  readonly authorizations: URLSearchParams[];
  /** How often tokens were renewed. A refresh token serves once: a second use ends all that came of the sign-in. */
  renewals: number;
  /** No refresh token given so far serves any more. */
  forgetRefreshTokens(): Promise<void>;
  /** How often somebody ended their session with the provider. */
  signOuts: number;
  stop(): Promise<void>;
}

export const client = { id: 'belvedere', secret: 'a-client-secret' };

export async function startOpenIdProvider(redirectUri: string, { postLogoutRedirectUri }: { readonly postLogoutRedirectUri?: string } = {}): Promise<OpenIdProvider> {
  const { default: Provider } = await import('oidc-provider');
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const refreshTokens: { destroy(): Promise<void> }[] = [];
  const state: OpenIdProvider = {
    issuer, claims: {}, accessTokenSeconds: 3600, pkceRequired: true, authorizations: [], renewals: 0, signOuts: 0, stop: async () => {},
    async forgetRefreshTokens() {
      for (const token of refreshTokens.splice(0)) await token.destroy();
    },
  };
  const provider = new Provider(issuer, {
    clients: [{
      client_id: client.id, client_secret: client.secret, redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
      ...(postLogoutRedirectUri === undefined ? {} : { post_logout_redirect_uris: [postLogoutRedirectUri] }),
    }],
    scopes: ['openid', 'email', 'profile', 'offline_access'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username', 'groups', 'role'] },
    conformIdTokenClaims: false,
    pkce: { required: () => state.pkceRequired },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    ttl: { AccessToken: () => state.accessTokenSeconds, IdToken: () => state.accessTokenSeconds, Grant: 3600, Interaction: 600, Session: 3600, RefreshToken: 3600 },
    findAccount: async (_ctx: unknown, id: string) => ({ accountId: id, claims: async () => ({ ...state.claims, sub: id }) }),
    features: {
      devInteractions: { enabled: false },
      // The bare form that asks whether one really wants to.
      rpInitiatedLogout: { enabled: true, logoutSource: async (ctx: { body: unknown }, form: string) => { ctx.body = form; } },
    },
    interactions: { url: (_ctx: unknown, interaction: { uid: string }) => `/interaction/${interaction.uid}` },
  } as never);
  provider.on('refresh_token.saved', (token: { destroy(): Promise<void> }) => void refreshTokens.push(token));
  provider.on('grant.success', (ctx: { oidc: { params: Record<string, unknown> } }) => {
    if (ctx.oidc.params['grant_type'] === 'refresh_token') state.renewals++;
  });
  provider.on('end_session.success', () => void state.signOuts++);
  const callback = provider.callback();
  const server = createServer(async (req, res) => {
    if (req.url?.startsWith('/auth?')) state.authorizations.push(new URL(req.url, issuer).searchParams);
    if (!req.url?.startsWith('/interaction/')) return callback(req, res);
    // Whoever comes is signed in and has agreed to everything.
    const { params, session } = await provider.interactionDetails(req, res);
    const accountId = session?.accountId ?? String(state.claims['sub'] ?? 'person-1');
    const grant = new provider.Grant({ accountId, clientId: String(params['client_id']) });
    grant.addOIDCScope(String(params['scope']));
    await provider.interactionFinished(req, res, { login: { accountId }, consent: { grantId: await grant.save() } });
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  state.stop = () => new Promise((done) => {
    server.closeAllConnections();
    server.close(() => done());
  });
  return state;
}

/** Follows redirects between the servers as a browser would, cookies and all. Resolves with where it ended. `via` may send it to another server of the same address. */
export async function browse(start: string, jar = new Map<string, Map<string, string>>(), via = (url: string) => url): Promise<{ url: string; status: number; text: string; cookies(origin: string): string }> {
  let at = start;
  for (let step = 0; step < 15; step++) {
    const { origin } = new URL(at);
    const cookies = jar.get(origin) ?? new Map<string, string>();
    jar.set(origin, cookies);
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const name = pair.slice(0, pair.indexOf('='));
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name);
      else cookies.set(name, pair.slice(pair.indexOf('=') + 1));
    }
    const location = answer.headers.get('location');
    if (answer.status < 300 || answer.status >= 400 || !location) {
      return { url: at, status: answer.status, text: await answer.text(), cookies: (of) => [...(jar.get(of) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ') };
    }
    at = via(new URL(location, at).href);
  }
  throw new Error('redirected without end');
}
