/** Headers of every answer (identity-and-access §1.8, config-and-operations §9). */
import { randomBytes } from 'node:crypto';

const cacheable = ['/public/plugins/', '/avatar/', '/api/datasources/proxy/', '/api/reports/render/', '/render/d-solo/'];

/** Whether the handler's own Cache-Control survives. */
export function keepsOwnCacheControl(path: string, headers: Readonly<Record<string, unknown>>): boolean {
  if (path.startsWith('/public/') || path === '/robots.txt') return true;
  if (cacheable.some((prefix) => path.startsWith(prefix))) return true;
  if (path.startsWith('/api/gnet/plugins/') && path.includes('/logos/')) return true;
  return path.includes('/resources') && headers['x-grafana-cache'] !== undefined && /private/.test(String(headers['cache-control'] ?? ''));
}

export interface HeaderSettings {
  readonly contentTypeProtection: boolean;
  readonly xssProtection: boolean;
  readonly allowEmbedding: boolean;
  readonly strictTransportSecurity: boolean;
  /** Seconds. */
  readonly strictTransportSecurityMaxAge: number;
  readonly strictTransportSecurityPreload: boolean;
  readonly strictTransportSecuritySubdomains: boolean;
}

/** Worked out once, at start. */
export function defaultHeaders(security: HeaderSettings, custom: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  if (security.contentTypeProtection) headers['x-content-type-options'] = 'nosniff';
  if (security.xssProtection) headers['x-xss-protection'] = '1; mode=block';
  if (!security.allowEmbedding) headers['x-frame-options'] = 'deny';
  if (security.strictTransportSecurity) {
    const { strictTransportSecurityMaxAge, strictTransportSecurityPreload, strictTransportSecuritySubdomains } = security;
    headers['strict-transport-security'] =
      `max-age=${strictTransportSecurityMaxAge}${strictTransportSecurityPreload ? '; preload' : ''}${strictTransportSecuritySubdomains ? '; includeSubDomains' : ''}`;
  }
  for (const [name, value] of Object.entries(custom)) headers[name.toLowerCase()] = value;
  return headers;
}

/** A fresh nonce and the policy with it in place. */
export function contentSecurityPolicy(template: string, rootUrl: string): { policy: string; nonce: string } {
  const nonce = randomBytes(16).toString('base64');
  const rootPath = rootUrl.replace(/^\w+:\/\//, '');
  return { policy: template.replaceAll('$NONCE', `'nonce-${nonce}'`).replaceAll('$ROOT_PATH', rootPath), nonce };
}
