/** Headers of every answer (identity-and-access §1.8, config-and-operations §9). */
import { randomBytes } from 'node:crypto';

const cacheable = ['/public/plugins/', '/avatar/', '/api/datasources/proxy/', '/api/reports/render/', '/render/d-solo/'];

/** Whether the handler's own Cache-Control survives. */
export function keepsOwnCacheControl(path: string, headers: Readonly<Record<string, unknown>>): boolean {
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
  readonly contentSecurityPolicy: boolean;
  readonly contentSecurityPolicyTemplate: string;
  readonly contentSecurityPolicyReportOnly: boolean;
  readonly contentSecurityPolicyReportOnlyTemplate: string;
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

export const newNonce = () => randomBytes(16).toString('base64').replace(/=+$/, '');

/** The policies that are on, `$ROOT_PATH` in place, `$NONCE` still to come. */
export function contentSecurityPolicies(security: HeaderSettings, rootUrl: string): readonly { readonly header: string; readonly template: string }[] {
  const rootPath = rootUrl.replace(/^\w+:\/\//, '');
  const place = (header: string, template: string) => ({ header, template: template.replaceAll('$ROOT_PATH', rootPath) });
  return [
    ...(security.contentSecurityPolicy ? [place('content-security-policy', security.contentSecurityPolicyTemplate)] : []),
    ...(security.contentSecurityPolicyReportOnly ? [place('content-security-policy-report-only', security.contentSecurityPolicyReportOnlyTemplate)] : []),
  ];
}
