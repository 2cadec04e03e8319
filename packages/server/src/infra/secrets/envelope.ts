/**
 * The stored form of reversible secrets (config-and-operations §13.1): which data key, which algorithm, salt, IV and ciphertext. Pure
 * encoding and cryptography; where keys come from is in `data-keys.ts`.
 */
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes, randomInt } from 'node:crypto';
import { promisify } from 'node:util';

const deriveKey = promisify(pbkdf2);
const iterations = 10_000;
const keyBytes = 32;
const saltBytes = 8;
const ivBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
const alphanumerics = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export type Algorithm = 'aes-cfb' | 'aes-gcm';

/** What cannot be decrypted: damaged, of an unknown algorithm, or made with another key. Says nothing of the content. */
export class DecryptError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`cannot decrypt: ${reason}`, { cause });
    this.name = 'DecryptError';
  }
}

/** `*<algorithm>*` + salt + IV + ciphertext. */
export async function encryptWith(secret: string | Buffer, plain: Buffer): Promise<Buffer> {
  const salt = Buffer.from(Array.from({ length: saltBytes }, () => alphanumerics[randomInt(alphanumerics.length)]).join(''), 'latin1');
  const key = await deriveKey(secret, salt, iterations, keyBytes, 'sha256');
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-cfb', key, iv);
  return Buffer.concat([header('*', Buffer.from('aes-cfb')), salt, iv, cipher.update(plain), cipher.final()]);
}

/** Reads `*aes-cfb*…`, `*aes-gcm*…`, and bytes without a header, which are aes-cfb. Throws DecryptError. */
export async function decryptWith(secret: string | Buffer, stored: Buffer): Promise<Buffer> {
  const marked = readHeader('*', stored);
  const algorithm = marked?.value.toString('utf8') ?? 'aes-cfb';
  const payload = marked?.rest ?? stored;
  if (algorithm !== 'aes-cfb' && algorithm !== 'aes-gcm') throw new DecryptError('unknown algorithm');
  if (payload.length < saltBytes) throw new DecryptError('too short');
  const key = await deriveKey(secret, payload.subarray(0, saltBytes), iterations, keyBytes, 'sha256');
  const body = payload.subarray(saltBytes);
  try {
    return algorithm === 'aes-cfb' ? openCfb(key, body) : openGcm(key, body);
  } catch (cause) {
    throw cause instanceof DecryptError ? cause : new DecryptError('wrong key or damaged', cause);
  }
}

function openCfb(key: Buffer, body: Buffer): Buffer {
  if (body.length < ivBytes) throw new DecryptError('too short');
  const decipher = createDecipheriv('aes-256-cfb', key, body.subarray(0, ivBytes));
  return Buffer.concat([decipher.update(body.subarray(ivBytes)), decipher.final()]);
}

function openGcm(key: Buffer, body: Buffer): Buffer {
  if (body.length < nonceBytes + tagBytes) throw new DecryptError('too short');
  const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAuthTag(body.subarray(-tagBytes));
  return Buffer.concat([decipher.update(body.subarray(nonceBytes, -tagBytes)), decipher.final()]);
}

/** Names the data key in front of what it encrypted: `#<key id>#…`. */
export const withDataKey = (keyId: string, encrypted: Buffer): Buffer => Buffer.concat([header('#', Buffer.from(keyId)), encrypted]);

/** The data key's id and what it encrypted; undefined where there is no such header. */
export function readDataKey(stored: Buffer): { readonly keyId: string; readonly encrypted: Buffer } | undefined {
  const marked = readHeader('#', stored);
  return marked && { keyId: marked.value.toString('utf8'), encrypted: marked.rest };
}

const header = (mark: '#' | '*', value: Buffer) => Buffer.from(`${mark}${value.toString('base64').replace(/=+$/, '')}${mark}`, 'latin1');

function readHeader(mark: '#' | '*', stored: Buffer): { value: Buffer; rest: Buffer } | undefined {
  if (stored[0] !== mark.charCodeAt(0)) return undefined;
  const end = stored.indexOf(mark, 1, 'latin1');
  if (end < 0) return undefined;
  return { value: Buffer.from(stored.subarray(1, end).toString('latin1'), 'base64'), rest: stored.subarray(end + 1) };
}
