/**
 * CBOR as Kubernetes has it (KEP-4222): the same objects behind tag 55799; a watch is a sequence of items. Off unless asked for, as in the
 * reference (apiserver-and-storage §1.1).
 */
import { exactInteger, parseWithBigInts } from '../util/exact-json.ts';
import { badRequest } from './status.ts';

export const cborMediaType = 'application/cbor';
export const cborSequenceMediaType = 'application/cbor-seq';

const selfDescribed = Buffer.from([0xd9, 0xd9, 0xf7]);
const depthMax = 1_000;
const largest = 2n ** 64n;

/** Whether CBOR is what the client likes best: it stands before JSON, or alone. */
export function prefersCbor(accept: string | undefined): boolean {
  return /^\s*application\/cbor(-seq)?\s*(;|,|$)/.test(accept ?? '');
}

export async function cborOf(json: string): Promise<Buffer> {
  const { encode } = await import('cborg');
  return Buffer.concat([selfDescribed, encode(encodable(parseWithBigInts(json)))]);
}

/** Integers that no 64 bits hold are told as floating-point numbers. */
function encodable(value: unknown): unknown {
  if (typeof value === 'bigint') return value < largest && value >= -largest ? value : Number(value);
  if (Array.isArray(value)) return value.map(encodable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, encodable(member)]));
}

/** JSON text of what a client sent. Throws a 400. */
export async function jsonOfCbor(body: Buffer): Promise<string> {
  const { decode } = await import('cborg');
  let value: unknown;
  try {
    value = decode(body, { useMaps: true, rejectDuplicateMapKeys: true, tags: { 55799: (inner) => inner() } });
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: cbor: ${(error as Error).message}`);
  }
  return JSON.stringify(plainOf(value, 0));
}

/** Text may come as bytes, and keys as well. */
function plainOf(value: unknown, depth: number): unknown {
  if (depth > depthMax) throw badRequest('the object is nested too deep');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value === 'bigint') return exactInteger(value);
  if (Array.isArray(value)) return value.map((item) => plainOf(item, depth + 1));
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, member]) => [keyOf(key), plainOf(member, depth + 1)]));
  if (typeof value === 'number' && !Number.isFinite(value)) throw badRequest('cbor: a number is out of range');
  return value;
}

function keyOf(key: unknown): string {
  if (typeof key === 'string') return key;
  if (key instanceof Uint8Array) return Buffer.from(key).toString('utf8');
  throw badRequest('cbor: a key is no text');
}
