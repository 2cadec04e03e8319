import type { BackgroundService } from '../../registry/background-service.ts';
import type { Ini } from '../../setting/ini.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import type { Logger } from '../log/log.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { createDatabaseCache } from './database-cache.ts';
import type { RemoteCache } from './remotecache.ts';

export interface RemoteCacheDeps {
  readonly ini: Ini;
  readonly db: Database;
  readonly clock: Clock;
  readonly secrets: Pick<Secrets, 'encrypt' | 'decrypt'>;
  readonly log: Logger;
}

/** The cache that `[remote_cache]` asks for. `sweep`: what has to run beside it. Redis is connected to when it is first used. */
export function openRemoteCache({ ini, db, clock, secrets, log }: RemoteCacheDeps): { readonly cache: RemoteCache; readonly sweep?: BackgroundService } {
  const section = ini.section('remote_cache');
  const prefix = section.string('prefix');
  const hidden = (cache: RemoteCache) => (section.bool('encryption') ? encrypted(cache, secrets) : cache);
  const type = section.oneOf('type', ['database', 'redis', 'memcached'], 'database');
  if (type === 'redis') return { cache: hidden(whenUsed(async () => (await import('./redis-cache.ts')).createRedisCache({ connstr: section.string('connstr'), prefix }))) };
  if (type === 'memcached') log.warn('Memcached is not spoken here; the database keeps what is cached');
  const database = createDatabaseCache({ db, clock, prefix });
  return { cache: hidden(database), sweep: database };
}

function whenUsed(open: () => Promise<RemoteCache>): RemoteCache {
  let opened: Promise<RemoteCache> | undefined;
  const cache = () => (opened ??= open());
  return {
    get: async (key) => (await cache()).get(key),
    set: async (key, value, ttlMs) => (await cache()).set(key, value, ttlMs),
    delete: async (key) => (await cache()).delete(key),
    close: async () => (await opened)?.close(),
  };
}

const encrypted = (cache: RemoteCache, secrets: RemoteCacheDeps['secrets']): RemoteCache => ({
  async get(key) {
    const value = await cache.get(key);
    return value && secrets.decrypt(value);
  },
  set: async (key, value, ttlMs) => cache.set(key, await secrets.encrypt(value), ttlMs),
  delete: (key) => cache.delete(key),
  close: () => cache.close(),
});
