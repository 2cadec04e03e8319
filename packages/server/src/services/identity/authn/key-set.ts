/** Public keys that tokens are verified with, as a JWK set: from a file, or from an address that is asked again when its time has come. */
import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import type { JWK } from 'jose';
import type { Clock } from '../../../infra/clock.ts';

export interface KeySet {
  /** Undefined: no key of that name. Rejects when the set cannot be had. */
  find(kid: string | undefined, alg: string | undefined): Promise<CryptoKey | Uint8Array | undefined>;
}

export interface FetchedKeySetOptions {
  readonly url: string;
  readonly cacheTtlMs: number;
  /** '' for none. */
  readonly bearerTokenFile: string;
  readonly tls: { readonly ca: string; readonly skipVerify: boolean };
  readonly clock: Clock;
}

const timeoutMs = 30_000;
const answerBytesMax = 4_194_304;

export const createKeySet = (text: string): KeySet => among(async () => keysIn(text));

export function createFetchedKeySet({ url, cacheTtlMs, bearerTokenFile, tls, clock }: FetchedKeySetOptions): KeySet {
  let fetched: { readonly keys: readonly JWK[]; readonly until: number } | undefined;
  let fetching: Promise<readonly JWK[]> | undefined;

  async function fetchKeys(): Promise<readonly JWK[]> {
    const { Agent, fetch } = await import('undici');
    const headers = bearerTokenFile === '' ? {} : { authorization: `Bearer ${(await readFile(bearerTokenFile, 'utf8')).trim()}` };
    const dispatcher = tls.ca !== '' || tls.skipVerify ? new Agent({ connect: { rejectUnauthorized: !tls.skipVerify, ...(tls.ca === '' ? {} : { ca: readFileSync(tls.ca, 'utf8') }) } }) : undefined;
    try {
      const answer = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs), redirect: 'error', ...(dispatcher ? { dispatcher } : {}) });
      const bytes = await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`the key set answered ${answer.status}`);
      if (bytes.byteLength > answerBytesMax) throw new Error('the key set is too long');
      const keys = keysIn(Buffer.from(bytes).toString('utf8'));
      fetched = { keys, until: clock.now() + cacheTtlMs };
      return keys;
    } finally {
      await dispatcher?.close();
    }
  }

  return among(() => {
    if (fetched && fetched.until > clock.now()) return Promise.resolve(fetched.keys);
    fetching ??= fetchKeys().finally(() => {
      fetching = undefined;
    });
    return fetching;
  });
}

const among = (keys: () => Promise<readonly JWK[]>): KeySet => ({
  async find(kid, alg) {
    const key = kid === undefined ? undefined : (await keys()).find((candidate) => candidate.kid === kid);
    return key && (await import('jose')).importJWK(key, alg);
  },
});

const keysIn = (text: string): readonly JWK[] => (JSON.parse(text) as { keys?: JWK[] }).keys ?? [];
