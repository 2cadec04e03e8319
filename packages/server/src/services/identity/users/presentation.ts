/** How people and times look in answers (identity-and-access §1.3). */
import { createHash } from 'node:crypto';
import { BindError } from '../../../web/bind.ts';
import type { OrgRole } from '../../../web/identity.ts';

export const zeroTime = '0001-01-01T00:00:00Z';

/** Milliseconds to RFC 3339 in whole seconds; 0 is the zero time. */
export const rfc3339 = (ms: number): string => (ms === 0 ? zeroTime : `${new Date(ms).toISOString().slice(0, 19)}Z`);

const minutesOf = { year: 525_600, month: 43_800, day: 1440, hour: 60 } as const;

/** `< 1 minute`, `3 days`, `10 years`; `?` for never. */
export function ageText(then: number, now: number): string {
  if (then <= 0) return '?';
  const minutes = Math.floor((now - then) / 60_000);
  for (const [unit, size] of Object.entries(minutesOf)) {
    const n = Math.floor(minutes / size);
    if (n > 0) return `${n} ${unit}${n === 1 ? '' : 's'}`;
  }
  if (minutes > 0) return `${minutes} minute${minutes === 1 ? '' : 's'}`;
  return '< 1 minute';
}

export interface Avatars {
  of(email: string): string;
  /** Without an email the name stands in. */
  ofNamed(email: string, name: string): string;
}

export function createAvatars({ subUrl, disableGravatar }: { subUrl: string; disableGravatar: boolean }): Avatars {
  const remembered = new Map<string, string>();
  const of = (email: string): string => {
    if (disableGravatar) return `${subUrl}/public/img/user_profile.png`;
    if (email === '') return '';
    let url = remembered.get(email);
    if (!url) {
      if (remembered.size > 10_000) remembered.clear();
      url = `${subUrl}/avatar/${createHash('md5').update(email.trim().toLowerCase()).digest('hex')}`;
      remembered.set(email, url);
    }
    return url;
  };
  return { of, ofNamed: (email, name) => of(email || `${name.replace(/[^a-zA-Z0-9]/g, '')}@localhost`) };
}

/** Forgives the case of the first letter. '' is undefined; anything else that is no role does not bind. */
export function parseRole(text: string): OrgRole | undefined {
  if (text === '') return undefined;
  const role = text[0]!.toUpperCase() + text.slice(1);
  if (role === 'None' || role === 'Viewer' || role === 'Editor' || role === 'Admin') return role;
  throw new BindError('role', `invalid role value: ${text}`);
}
