/** The two cookies of a session (identity-and-access §3.4). */
import type { IdentitySettings } from '../../../setting/identity-settings.ts';
import type { SecuritySettings } from '../../../setting/security-settings.ts';
import type { Session } from './session.ts';

export interface CookieOptions {
  readonly path: string;
  readonly secure: boolean;
  readonly sameSite: SecuritySettings['cookieSameSite'];
}

/** `maxAgeSeconds` undefined: until the browser is closed. */
export function cookie(name: string, value: string, maxAgeSeconds: number | undefined, { path, secure, sameSite }: CookieOptions, httpOnly = true): string {
  const site = sameSite === 'disabled' ? '' : `; SameSite=${sameSite[0]!.toUpperCase()}${sameSite.slice(1)}`;
  return `${name}=${value}; Path=${path}${maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`}${httpOnly ? '; HttpOnly' : ''}${secure ? '; Secure' : ''}${site}`;
}

export interface SessionCookies {
  readonly name: string;
  set(session: Session, token: string): readonly string[];
  clear(): readonly string[];
  readonly options: CookieOptions;
}

export function createSessionCookies(settings: Pick<IdentitySettings, 'loginCookieName' | 'loginMaxLifetimeSeconds' | 'tokenRotationSeconds'>, security: Pick<SecuritySettings, 'cookieSecure' | 'cookieSameSite'>, subUrl: string): SessionCookies {
  const options: CookieOptions = { path: subUrl || '/', secure: security.cookieSecure, sameSite: security.cookieSameSite };
  const { loginCookieName: name, loginMaxLifetimeSeconds: maxAge } = settings;
  const expiryName = 'grafana_session_expiry';
  return {
    name, options,
    set: (session, token) => [
      cookie(name, token, maxAge, options),
      cookie(expiryName, String(session.rotatedAt + settings.tokenRotationSeconds - 5), maxAge, options, false),
    ],
    clear: () => [cookie(name, '', 0, options), cookie(expiryName, '', 0, options, false)],
  };
}
