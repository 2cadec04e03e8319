/** Tokens that plugin routes ask for (queries-and-frames §7.3): OAuth client credentials and signed assertions. */
import type { Clock } from '../../../infra/clock.ts';
import type { PluginRoute, PluginTokenAuth } from '../../../plugins/client/plugin-client.ts';
import type { HttpClient } from '../../../tsdb/http-client/http-client.ts';
import type { ResolvedDataSource } from '../records/data-source.ts';
import { render, type TemplateData } from './plugin-routes.ts';

export interface RouteTokens {
  /** Undefined where the route asks for none. Rejects when it cannot be had. '' is a token, too: the endpoint gave none. */
  get(route: PluginRoute, source: ResolvedDataSource, data: TemplateData): Promise<string | undefined>;
}

interface Token {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** A token is let go this long before it expires. */
const marginMs = 10_000;
const tokensMax = 1000;
const assertionLifeS = 3600;

export function createRouteTokens({ client, clock }: { readonly client: HttpClient; readonly clock: Clock }): RouteTokens {
  const known = new Map<string, Token>();

  async function fetchToken(auth: PluginTokenAuth, data: TemplateData): Promise<Token> {
    const form = new URLSearchParams(Object.entries(auth.params ?? {}).map(([key, value]) => [key, render(value, data)]));
    form.sort();
    return request(render(auth.url ?? '', data), form);
  }

  async function fetchByAssertion(auth: PluginTokenAuth, data: TemplateData): Promise<Token> {
    const { importPKCS8, SignJWT } = await import('jose');
    const params = Object.fromEntries(Object.entries(auth.params ?? {}).map(([key, value]) => [key, render(value, data)]));
    const url = params['token_uri'] || render(auth.url ?? '', data);
    const now = Math.floor(clock.now() / 1000);
    const assertion = await new SignJWT({ scope: (auth.scopes ?? []).join(' ') })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' }).setIssuer(params['client_email'] ?? '').setAudience(url).setIssuedAt(now).setExpirationTime(now + assertionLifeS)
      .sign(await importPKCS8((params['private_key'] ?? '').replaceAll('\\n', '\n'), 'RS256'));
    return request(url, new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }));
  }

  /** The endpoint's status is not looked at, only whether it speaks JSON. */
  async function request(url: string, form: URLSearchParams): Promise<Token> {
    const response = await client.fetch({ method: 'POST', url, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form.toString() });
    const answer = JSON.parse(await response.text()) as Record<string, unknown>;
    const number = (key: string) => (typeof answer[key] === 'number' || typeof answer[key] === 'string' ? Number(answer[key]) : Number.NaN);
    const on = number('expires_on') * 1000;
    const after = clock.now() + number('expires_in') * 1000;
    return { value: typeof answer['access_token'] === 'string' ? answer['access_token'] : '', expires: Number.isFinite(on) ? on : Number.isFinite(after) ? after : 0 };
  }

  return {
    async get(route, { record, settings }, data) {
      const own = settings.jsonData['authenticationType'];
      const sort = (typeof own === 'string' && own !== '' ? own : route.authType) ?? '';
      let fetch: () => Promise<Token>;
      if (sort === 'jwt' || (sort === '' && !route.tokenAuth)) {
        const auth = route.jwtTokenAuth;
        if (!auth) return undefined;
        fetch = () => fetchByAssertion(auth, data);
      } else if (sort === '') fetch = () => fetchToken(route.tokenAuth!, data);
      else if (!route.tokenAuth && !route.jwtTokenAuth) return undefined;
      else throw new Error(`unsupported type of authentication: ${sort}`);
      const key = JSON.stringify([record.id, Math.floor(record.updated / 1000), route.path, route.method ?? '']);
      const kept = known.get(key);
      if (kept && kept.expires - marginMs > clock.now()) return kept.value;
      const token = await fetch();
      if (known.size >= tokensMax) known.clear();
      known.set(key, token);
      return token.value;
    },
  };
}
