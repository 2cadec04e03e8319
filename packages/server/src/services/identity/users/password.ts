/** Passwords as the reference stores them (identity-and-access §3.3): PBKDF2 in the thread pool, compared in constant time. */
import { pbkdf2, randomInt } from 'node:crypto';
import { promisify } from 'node:util';
import { sameSecret } from '../../../util/same-secret.ts';
import { userErrors } from './user.ts';

const derive = promisify(pbkdf2);

export const hashPassword = async (password: string, salt: string): Promise<string> =>
  (await derive(password, salt, 10_000, 50, 'sha256')).toString('hex');

export async function passwordFits(password: string, salt: string, stored: string): Promise<boolean> {
  // Whoever has no password here costs as much work as whoever has: how long it takes tells nothing.
  return sameSecret(await hashPassword(password, salt || 'nobody'), stored) && stored !== '';
}

const alphanumerics = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export function randomAlphanumerics(length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += alphanumerics.charAt(randomInt(alphanumerics.length));
  return text;
}

export function checkPassword(password: string, strong: boolean): void {
  if (password.length < 4) throw userErrors.tooShort();
  if (!strong) return;
  const fits = Buffer.byteLength(password) >= 12 && /\p{Lu}/u.test(password) && /\p{Ll}/u.test(password) && /\p{Nd}/u.test(password) && /[\p{P}\p{S}]/u.test(password);
  if (!fits) throw userErrors.policyInfringed();
}
