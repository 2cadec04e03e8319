/** Talking to an identity provider: bounded in time and size, with its TLS settings (identity-and-access §3.6). */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { AuthFailure } from '../auth-failure.ts';
import type { OAuthProvider } from './provider.ts';

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly idToken: string;
  readonly tokenType: string;
  /** Milliseconds since the epoch; 0: never said. */
  readonly expiresAt: number;
}

export interface ProviderHttp {
  exchange(fields: Readonly<Record<string, string>>, now: number): Promise<Tokens>;
  getJson(url: string, accessToken: string): Promise<{ readonly body: unknown; readonly next: string | undefined }>;
  postJson(url: string, accessToken: string, body: unknown): Promise<unknown>;
  /** Every page behind `Link: …; rel="next"`, at most a hundred. */
  getAll(url: string, accessToken: string): Promise<readonly unknown[]>;
  /** Without credentials: key sets. */
  getPublic(url: string): Promise<unknown>;
}

const timeoutMs = 15_000;
const answerBytesMax = 4_194_304;
const pagesMax = 100;
const assertionKinds = ['workload_identity', 'managed_identity'];
/** Azure's, on every machine of its. */
const metadataService = 'http://169.254.169.254/metadata/identity/oauth2/token';

const tokenFailed = (cause?: unknown) => new AuthFailure(500, 'auth.oauth.token.exchange', 'Failed to get token from provider', { cause });

export function createProviderHttp(provider: OAuthProvider): ProviderHttp {
  let ready: Promise<(url: string, options?: { method?: string; headers?: Record<string, string>; body?: string }) => Promise<{ status: number; text: string; link: string }>> | undefined;

  async function open() {
    const { Agent, fetch } = await import('undici');
    const { skipVerify, ca, cert, key } = provider.tls;
    const dispatcher = skipVerify || ca || cert || key
      ? new Agent({ connect: { rejectUnauthorized: !skipVerify, ...(ca ? { ca: pem(ca) } : {}), ...(cert ? { cert: pem(cert) } : {}), ...(key ? { key: pem(key) } : {}) } })
      : undefined;
    return async (url: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) => {
      const answer = await fetch(url, { ...options, ...(dispatcher ? { dispatcher } : {}), signal: AbortSignal.timeout(timeoutMs) });
      const bytes = await answer.arrayBuffer();
      if (bytes.byteLength > answerBytesMax) throw new Error('the provider answered too much');
      return { status: answer.status, text: Buffer.from(bytes).toString('utf8'), link: answer.headers.get('link') ?? '' };
    };
  }
  const send = async (url: string, options?: { method?: string; headers?: Record<string, string>; body?: string }) => (await (ready ??= open()))(url, options);

  /** Instead of a secret: what the cloud itself says about this machine. */
  async function clientAssertion(): Promise<string> {
    if (provider.clientAuthentication === 'workload_identity') {
      const file = provider.text('workload_identity_token_file') || process.env['AZURE_FEDERATED_TOKEN_FILE'] || '';
      return (await readFile(file, 'utf8')).trim();
    }
    const query = new URLSearchParams({
      'api-version': '2019-08-01', resource: provider.text('federated_credential_audience') || 'api://AzureADTokenExchange', client_id: provider.text('managed_identity_client_id'),
    });
    const answer = await send(`${metadataService}?${query}`, { headers: { metadata: 'true' } });
    const token = answer.status === 200 ? (parseTokenAnswer(answer.text)['access_token'] ?? '') : '';
    if (typeof token !== 'string' || token === '') throw tokenFailed(new Error('the managed identity has no token'));
    return token;
  }

  async function askForToken(fields: Readonly<Record<string, string>>, inHeader: boolean) {
    const form = new URLSearchParams(fields);
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
    const secret = ['none', ...assertionKinds].includes(provider.clientAuthentication) ? '' : provider.clientSecret;
    if (assertionKinds.includes(provider.clientAuthentication)) {
      form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
      form.set('client_assertion', await clientAssertion());
    }
    if (inHeader && secret !== '') {
      const pair = `${encodeURIComponent(provider.clientId)}:${encodeURIComponent(secret)}`;
      headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
    } else {
      form.set('client_id', provider.clientId);
      if (secret !== '') form.set('client_secret', secret);
    }
    return send(provider.tokenUrl, { method: 'POST', headers, body: form.toString() });
  }

  return {
    async exchange(fields, now) {
      const style = provider.authStyle.toLowerCase();
      const postOnly = style === 'inparams' || ['client_secret_post', 'none', ...assertionKinds].includes(provider.clientAuthentication);
      let answer = await askForToken(fields, !postOnly).catch((error: unknown) => {
        throw tokenFailed(error);
      });
      // Nobody said how the provider wants the secret: if not in the header, then in the form.
      if (answer.status >= 400 && !postOnly && style !== 'inheader') answer = await askForToken(fields, false);
      if (answer.status >= 400) throw tokenFailed(new Error(`the token endpoint answered ${answer.status}`));
      const body = parseTokenAnswer(answer.text);
      const accessToken = body['access_token'];
      if (typeof accessToken !== 'string' || accessToken === '') throw tokenFailed(new Error('no access token in the answer'));
      const seconds = Number(body['expires_in'] ?? 0);
      const textOf = (key: string) => (typeof body[key] === 'string' ? (body[key] as string) : '');
      return {
        accessToken, refreshToken: textOf('refresh_token'), idToken: textOf(provider.text('id_token_attribute_name') || 'id_token'), tokenType: textOf('token_type') || 'Bearer',
        expiresAt: Number.isFinite(seconds) && seconds > 0 ? now + seconds * 1000 : 0,
      };
    },
    async getJson(url, accessToken) {
      const answer = await send(url, { headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' } });
      if (answer.status >= 300) throw new Error(`${new URL(url).pathname} answered ${answer.status}`);
      return { body: JSON.parse(answer.text), next: /<([^>]+)>;\s*rel="next"/.exec(answer.link)?.[1] };
    },
    async postJson(url, accessToken, body) {
      const answer = await send(url, { method: 'POST', headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
      if (answer.status >= 300) throw new Error(`${new URL(url).pathname} answered ${answer.status}`);
      return JSON.parse(answer.text);
    },
    async getAll(url, accessToken) {
      const all: unknown[] = [];
      let at: string | undefined = url;
      for (let page = 0; at !== undefined && page < pagesMax; page++) {
        const { body, next } = await this.getJson(at, accessToken);
        if (Array.isArray(body)) all.push(...body);
        // The token goes to the provider only, whatever the answer says.
        at = next !== undefined && new URL(next).origin === new URL(url).origin ? next : undefined;
      }
      return all;
    },
    async getPublic(url) {
      const answer = await send(url, { headers: { accept: 'application/json' } });
      if (answer.status >= 300) throw new Error(`${new URL(url).pathname} answered ${answer.status}`);
      return JSON.parse(answer.text);
    },
  };
}

/** JSON, or the form that GitHub once answered. */
function parseTokenAnswer(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (parsed !== null && typeof parsed === 'object') return parsed as Record<string, unknown>;
  } catch {
    return Object.fromEntries(new URLSearchParams(text));
  }
  throw tokenFailed();
}

/** A file's name, or the PEM itself. */
const pem = (value: string) => (value.includes('-----BEGIN') ? value : readFileSync(value, 'utf8'));
