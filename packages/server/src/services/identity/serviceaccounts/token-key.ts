/** The text of a token and the hash that is stored of it (identity-and-access §3.2). */
import { crc32 } from 'node:zlib';
import { authFailures } from '../authn/auth-failure.ts';
import { hashPassword, randomAlphanumerics } from '../users/password.ts';

function checksum(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(crc32(text));
  return bytes.toString('hex');
}

export async function newTokenKey(): Promise<{ key: string; hash: string }> {
  const secret = randomAlphanumerics(32);
  const sum = checksum(`glsa_${secret}`);
  return { key: `glsa_${secret}_${sum}`, hash: await hashPassword(secret, sum) };
}

/** The stored hash of a key as it came; throws for what is no key. */
export function hashOfKey(key: string): Promise<string> {
  if (key.startsWith('glsa_')) {
    const parts = key.split('_');
    const [, secret = '', sum = ''] = parts;
    if (parts.length !== 3 || checksum(`glsa_${secret}`) !== sum) throw authFailures.apiKeyInvalid();
    return hashPassword(secret, sum);
  }
  return hashPassword(...legacyParts(key));
}

/** Keys from before service accounts: base64 of `{"k": secret, "n": name, "id": org}`. */
function legacyParts(key: string): [secret: string, name: string] {
  try {
    if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(key)) throw new Error('not base64');
    const { k, n } = JSON.parse(Buffer.from(key, 'base64').toString('utf8')) as { k?: unknown; n?: unknown };
    if (typeof k === 'string' && typeof n === 'string' && k !== '') return [k, n];
  } catch {
    // Not a key of either form.
  }
  throw authFailures.apiKeyInvalid();
}
