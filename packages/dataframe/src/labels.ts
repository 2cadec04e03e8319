import type { Labels } from './frame.ts';

/** Keys in byte order of their UTF-8, as the reference sorts them. */
export function sortedKeys(labels: Labels): string[] {
  const keys = Object.keys(labels);
  // Sources write them in order, mostly.
  for (let i = 1; i < keys.length; i++) if (byteOrder(keys[i - 1]!, keys[i]!) > 0) return keys.sort(byteOrder);
  return keys;
}

/** Orders text by its UTF-8 bytes. Code units do the same below the surrogates. */
export function byteOrder(a: string, b: string): number {
  if (a === b) return 0;
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      const xHigh = x >= 0xd800 && x <= 0xdfff;
      const yHigh = y >= 0xd800 && y <= 0xdfff;
      return xHigh === yHigh ? x - y : xHigh ? 1 : -1;
    }
  }
  return a.length - b.length;
}

/** `k=v, k2=v2` (queries-and-frames §12.5). */
export const labelsText = (labels: Labels | undefined): string => (labels ? sortedKeys(labels).map((key) => `${key}=${labels[key]}`).join(', ') : '');

export const labelsEqual = (a: Labels, b: Labels): boolean => {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
};

/** Whether every pair of `part` is in `whole`. */
export const labelsContain = (whole: Labels, part: Labels): boolean => Object.keys(part).every((key) => Object.hasOwn(whole, key) && whole[key] === part[key]);

const offsetBasis = 0xcbf29ce484222325n;
const prime = 0x100000001b3n;
const mask = 0xffffffffffffffffn;
const utf8 = new TextEncoder();

/** 64-bit FNV-1 over sorted keys and values, each ended by 0xFF (§12.5). */
export function labelsFingerprint(labels: Labels | undefined): bigint {
  let hash = offsetBasis;
  const add = (text: string) => {
    for (const byte of utf8.encode(text)) hash = ((hash * prime) & mask) ^ BigInt(byte);
    hash = ((hash * prime) & mask) ^ 0xffn;
  };
  if (labels) for (const key of sortedKeys(labels)) { add(key); add(labels[key] as string); }
  return hash;
}

export const fingerprintText = (fingerprint: bigint): string => fingerprint.toString(16).padStart(16, '0');
