/**
 * Codes of password-reset mails (identity-and-access §5.2): they say until when they hold and are signed over the password's hash, so
 * that a changed password voids them and nothing has to be stored.
 */
import { createHmac } from 'node:crypto';
import { sameSecret } from '../../../util/same-secret.ts';
import type { User } from '../../identity/users/user.ts';

const minutes = 120;
const stampLength = 12;

function stamp(ms: number): string {
  const at = new Date(ms);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}${two(at.getHours())}${two(at.getMinutes())}`;
}

function parseStamp(text: string): number {
  const part = (from: number, to: number) => Number(text.slice(from, to));
  return new Date(part(0, 4), part(4, 6) - 1, part(6, 8), part(8, 10), part(10, 12)).getTime();
}

function sign(user: User, secretKey: string, start: string, end: string): string {
  return createHmac('sha256', secretKey).update(`${user.id}${user.email}${user.login}${user.password}${user.rands}${start}${end}`).digest('hex');
}

export function resetCode(user: User, secretKey: string, now: number): string {
  const start = stamp(now);
  const end = stamp(now + minutes * 60_000);
  return `${start}${String(minutes).padStart(6, '0')}${sign(user, secretKey, start, end)}${Buffer.from(user.login).toString('hex')}`;
}

/** The login that a code is for; undefined when it has not the form of one. */
export function loginOfCode(code: string): string | undefined {
  const match = /^\d{12}\d{6}[0-9a-f]{64}((?:[0-9a-f]{2})+)$/.exec(code);
  return match ? Buffer.from(match[1]!, 'hex').toString('utf8') : undefined;
}

export function codeHolds(code: string, user: User, secretKey: string, now: number): boolean {
  const start = code.slice(0, stampLength);
  const endMs = parseStamp(start) + minutes * 60_000;
  if (!Number.isFinite(endMs) || now > endMs || Number(code.slice(stampLength, 18)) !== minutes) return false;
  return sameSecret(code.slice(18, 82), sign(user, secretKey, start, stamp(endMs)));
}
