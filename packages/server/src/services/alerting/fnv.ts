/** 64-bit Fowler/Noll/Vo hashes as hex: names of settings, alerts and exported resources. */
import type { Labels } from './rules/alert-rule.ts';

const basis = 0xcbf29ce484222325n;
const prime = 0x100000001b3n;
const mask = 0xffffffffffffffffn;
const hex = (hash: bigint) => hash.toString(16).padStart(16, '0');

/** FNV-1: multiply, then mix. */
export function fnv64(bytes: Uint8Array): string {
  let hash = basis;
  for (const byte of bytes) hash = ((hash * prime) & mask) ^ BigInt(byte);
  return hex(hash);
}

/** FNV-1a: mix, then multiply. */
export function fnv64a(bytes: Uint8Array): string {
  let hash = basis;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * prime) & mask;
  return hex(hash);
}

/** The fingerprint of an alert: names and values in order, each ended by 0xFF. */
export function alertFingerprint(labels: Labels): string {
  const parts: Buffer[] = [];
  const end = Buffer.from([0xff]);
  for (const name of Object.keys(labels).sort()) parts.push(Buffer.from(name), end, Buffer.from(labels[name]!), end);
  return fnv64a(Buffer.concat(parts));
}
