/** A request as handlers see it. Whatever costs something is worked out when it is first asked for. */
import { isIP } from 'node:net';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthResult } from './auth-result.ts';
import { nobody, type Identity } from './identity.ts';
import type { RequestContext } from './route.ts';

const originalUrls = new WeakMap<IncomingMessage, string>();

/** The URL as it came, where the sub-path was taken off. */
export function rememberOriginalUrl(req: IncomingMessage, url: string): void {
  if (!originalUrls.has(req)) originalUrls.set(req, url);
}

const noBody = Buffer.alloc(0);

export class HttpContext implements RequestContext<Record<string, string>, unknown, unknown> {
  readonly raw: { readonly req: IncomingMessage; readonly res: ServerResponse };
  url: string;
  readonly path: string;
  params: Record<string, string>;
  query: unknown;
  body: unknown;
  rawBody: Buffer = noBody;
  nonce = '';
  auth: AuthResult = { identity: nobody };
  /** Headers set by the handler, lower-case. */
  readonly ownHeaders: Record<string, string | string[]> = {};
  #search: URLSearchParams | undefined;
  #cookies: Record<string, string> | undefined;
  #ip: string | undefined;
  #abort: AbortController | undefined;

  constructor(req: IncomingMessage, res: ServerResponse, params: Record<string, string>) {
    this.raw = { req, res };
    this.url = req.url ?? '/';
    const mark = this.url.indexOf('?');
    this.path = mark < 0 ? this.url : this.url.slice(0, mark);
    this.params = params;
  }

  get identity(): Identity {
    return this.auth.identity;
  }

  get originalUrl(): string {
    return originalUrls.get(this.raw.req) ?? this.url;
  }

  get method(): string {
    return this.raw.req.method ?? 'GET';
  }

  get headers() {
    return this.raw.req.headers;
  }

  get search(): URLSearchParams {
    if (!this.#search) {
      const mark = this.url.indexOf('?');
      this.#search = new URLSearchParams(mark < 0 ? '' : this.url.slice(mark + 1));
    }
    return this.#search;
  }

  get cookies(): Readonly<Record<string, string>> {
    this.#cookies ??= parseCookies(this.raw.req.headers.cookie);
    return this.#cookies;
  }

  get ip(): string {
    this.#ip ??= clientIp(this.raw.req);
    return this.#ip;
  }

  get peer(): string {
    return this.raw.req.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = new AbortController();
      this.#abort = abort;
      const { res } = this.raw;
      res.once('close', () => {
        if (!res.writableFinished) abort.abort(new Error('the client went away'));
      });
    }
    return this.#abort.signal;
  }

  forgetParameter(name: string): void {
    const original = originalUrls.get(this.raw.req);
    if (original !== undefined) originalUrls.set(this.raw.req, withoutParameter(original, name));
    this.url = withoutParameter(this.url, name);
    this.#search = undefined;
  }

  setHeader(name: string, value: string | string[]): void {
    const key = name.toLowerCase();
    const before = this.ownHeaders[key];
    // Several cookies are several lines; everything else is replaced.
    this.ownHeaders[key] = key === 'set-cookie' && before !== undefined ? [...[before].flat(), ...[value].flat()] : value;
  }
}

function withoutParameter(url: string, name: string): string {
  const mark = url.indexOf('?');
  if (mark < 0) return url;
  const kept = url.slice(mark + 1).split('&').filter((pair) => !new URLSearchParams(pair).has(name));
  return kept.length === 0 ? url.slice(0, mark) : `${url.slice(0, mark)}?${kept.join('&')}`;
}

export function parseCookies(header: string | undefined): Record<string, string> {
  const cookies: Record<string, string> = Object.create(null);
  if (!header) return cookies;
  for (const pair of header.split(';')) {
    const eq = pair.indexOf('=');
    if (eq < 0) continue;
    const name = pair.slice(0, eq).trim();
    if (name in cookies) continue;
    const value = pair.slice(eq + 1).trim();
    cookies[name] = value.startsWith('"') && value.endsWith('"') && value.length > 1 ? value.slice(1, -1) : value;
  }
  return cookies;
}

/** X-Real-IP, else the first of X-Forwarded-For, each only if it is an address; else the socket's (identity-and-access §1.8). */
export function clientIp(req: Pick<IncomingMessage, 'headers' | 'socket'>): string {
  const real = req.headers['x-real-ip'];
  if (typeof real === 'string' && isIP(real.trim())) return real.trim();
  const forwarded = req.headers['x-forwarded-for'];
  const first = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(',')[0]?.trim();
  if (first && isIP(first)) return first;
  // An upstream that failed to take the body has torn the socket off the request.
  return (req.socket as IncomingMessage['socket'] | null)?.remoteAddress?.replace(/^::ffff:/, '') ?? '';
}
