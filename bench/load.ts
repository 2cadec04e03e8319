/** A bounded load over keep-alive connections, from this process; the server's cost is read from its own process tree. */
import { Pool } from 'undici';
import { cpuSeconds } from './process-cost.ts';

export interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Load {
  /** CPU-seconds of the server for 1,000 requests. */
  readonly cpuPerThousand: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were not 2xx. */
  readonly refused: number;
}

export async function load(base: string, pid: number, request: (n: number) => Request, { count = 2_000, connections = 32, warmMs = 4_000 } = {}): Promise<Load> {
  const pool = new Pool(base, { connections, pipelining: 1 });
  const times: number[] = [];
  let refused = 0;
  let next = 0;
  const one = async (n: number) => {
    const { method = 'GET', path, headers, body } = request(n);
    const startedAt = performance.now();
    const answer = await pool.request({ method, path, ...(headers ? { headers } : {}), ...(body === undefined ? {} : { body }) });
    await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER });
    if (answer.statusCode >= 300) refused++;
    times.push(performance.now() - startedAt);
  };
  const run = async (until: number) => {
    await Promise.all(Array.from({ length: connections }, async () => {
      while (next < until) await one(next++);
    }));
  };
  // Warm: what is measured is a server that has run for a while, so the compiler is to have seen the path and done with it.
  const warmUntil = performance.now() + warmMs;
  await Promise.all(Array.from({ length: connections }, async () => {
    do await one(next++); while (performance.now() < warmUntil);
  }));
  times.length = 0;
  refused = 0;
  const cpuBefore = cpuSeconds(pid);
  const startedAt = performance.now();
  const measuredFrom = next;
  await run(measuredFrom + count);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = cpuSeconds(pid) - cpuBefore;
  await pool.close();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  return { cpuPerThousand: (cpu / times.length) * 1000, perSecond: times.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), refused };
}
