/** Cross-site request check (identity-and-access §1.7): GET is checked, HEAD, OPTIONS and TRACE are not. */
import type { IncomingHttpHeaders } from 'node:http';
import { text, type Reply } from '../web/reply.ts';

export interface CsrfSettings {
  readonly alwaysCheck: boolean;
  readonly trustedOrigins: readonly string[];
  readonly additionalHeaders: readonly string[];
}

export function createCsrfCheck(settings: CsrfSettings, cookieName: string) {
  const trusted = new Set(settings.trustedOrigins);
  const additional = settings.additionalHeaders.map((name) => name.toLowerCase());

  return (method: string, headers: IncomingHttpHeaders): Reply | undefined => {
    const { origin } = headers;
    if (origin === undefined || origin === '' || method === 'HEAD' || method === 'OPTIONS' || method === 'TRACE') return undefined;
    if (!settings.alwaysCheck && !hasCookie(headers.cookie, cookieName)) return undefined;
    const from = hostnameOfUrl(origin);
    const host = hostnameOfAuthority(headers.host ?? '');
    if (from === undefined || host === undefined) return refusal('bad request\n', 400);
    if (from === host || trusted.has(from)) return undefined;
    for (const name of additional) {
      const value = headers[name];
      if (typeof value === 'string' && hostnameOfAuthority(value) === from) return undefined;
    }
    return refusal('origin not allowed\n', 403);
  };
}

/** Before every other answer's headers. */
const refusal = (message: string, status: number) => text(message, status).with({ 'x-content-type-options': 'nosniff' }).asIs();

function hasCookie(header: string | undefined, name: string): boolean {
  return header?.split(';').some((pair) => pair.trimStart().startsWith(`${name}=`)) ?? false;
}

function hostnameOfUrl(origin: string): string | undefined {
  if (origin === 'null') return '';
  return URL.parse(origin)?.hostname;
}

function hostnameOfAuthority(authority: string): string | undefined {
  return URL.parse(`http://${authority}`)?.hostname;
}
