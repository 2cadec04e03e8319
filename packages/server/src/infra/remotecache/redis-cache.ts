/** The remote cache in Redis. */
import { defaultTtlMs, type RemoteCache } from './remotecache.ts';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly db: number;
  readonly tls: 'off' | 'verified' | 'unverified';
}

/** `addr=host:port,username=,password=,db=0,pool_size=100,ssl=true|false|insecure` */
export function parseRedisAddress(connstr: string): RedisAddress {
  const parts = new Map<string, string>();
  for (const pair of connstr.split(',')) {
    const eq = pair.indexOf('=');
    if (eq < 0) throw new Error('redis connection string: key and value separated by "=" expected');
    parts.set(pair.slice(0, eq).trim(), pair.slice(eq + 1).trim());
  }
  const found = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(parts.get('addr') ?? '');
  if (!found) throw new Error('redis connection string: addr is not host:port');
  const ssl = parts.get('ssl') ?? 'false';
  if (!['true', 'false', 'insecure'].includes(ssl)) throw new Error('redis connection string: ssl must be true, false or insecure');
  return {
    host: found[1] ?? (found[2] || '127.0.0.1'), port: Number(found[3] ?? 6379),
    username: parts.get('username') ?? '', password: parts.get('password') ?? '', db: Number(parts.get('db') ?? 0),
    tls: ssl === 'true' ? 'verified' : ssl === 'insecure' ? 'unverified' : 'off',
  };
}

export async function createRedisCache({ connstr, prefix = '' }: { connstr: string; prefix?: string }): Promise<RemoteCache> {
  const { Redis } = await import('ioredis');
  const { tls, ...address } = parseRedisAddress(connstr);
  const client = new Redis({
    ...address, username: address.username || undefined, password: address.password || undefined,
    ...(tls === 'off' ? {} : { tls: { rejectUnauthorized: tls === 'verified' } }), maxRetriesPerRequest: 3,
  });
  // Commands reject by themselves; without a listener a lost connection would end the process.
  client.on('error', () => {});
  return {
    get: async (key) => (await client.getBuffer(prefix + key)) ?? undefined,
    async set(key, value, ttlMs) {
      await client.set(prefix + key, value, 'PX', ttlMs || defaultTtlMs);
    },
    delete: async (key) => (await client.del(prefix + key)) > 0,
    async close() {
      client.disconnect();
    },
  };
}
