/** How git reaches a server: plain requests with a limit on what comes back and on how long it may take. */
import type { HttpClient, GitHttpRequest, GitHttpResponse } from 'isomorphic-git';

export interface GitHttpLimits {
  readonly bytesMax: number;
  readonly requestMs: number;
}

export const gitHttpLimits: GitHttpLimits = { bytesMax: 256 * 1_048_576, requestMs: 120_000 };

export function createGitHttp(signal: () => AbortSignal, { bytesMax, requestMs }: GitHttpLimits = gitHttpLimits): HttpClient {
  return {
    async request({ url, method = 'GET', headers = {}, body }: GitHttpRequest): Promise<GitHttpResponse> {
      const parts: Uint8Array[] = [];
      if (body) for await (const part of body) parts.push(part);
      const answer = await fetch(url, {
        method, headers, redirect: 'follow', signal: AbortSignal.any([signal(), AbortSignal.timeout(requestMs)]),
        ...(parts.length > 0 ? { body: Buffer.concat(parts) } : {}),
      });
      return {
        url: answer.url, method, statusCode: answer.status, statusMessage: answer.statusText, headers: Object.fromEntries(answer.headers), body: limited(answer.body, bytesMax),
      };
    },
  };
}

async function* limited(body: ReadableStream<Uint8Array> | null, bytesMax: number): AsyncIterableIterator<Uint8Array> {
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.length;
    if (bytes > bytesMax) throw new Error(`the answer is larger than ${bytesMax} bytes`);
    yield part;
  }
}
