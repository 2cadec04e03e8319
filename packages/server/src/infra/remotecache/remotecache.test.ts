import { expect, test } from 'vitest';
import { onEveryDatabase } from '../db/on-every-database.ts';
import { createDatabaseCache, remoteCacheMigrations } from './database-cache.ts';
import { silentLogger } from '../log/log.ts';
import { loadIni } from '../../setting/ini.ts';
import { openRemoteCache } from './open-remote-cache.ts';
import { parseRedisAddress } from './redis-cache.ts';

onEveryDatabase('database cache', (open) => {
  test('keeps a value until its time has come', async () => {
    const clock = { ms: 1_000_000, now() { return this.ms; }, sleep: async () => {} };
    const cache = createDatabaseCache({ db: await open(remoteCacheMigrations), clock, prefix: 'p-' });
    await cache.set('k', 'one', 60_000);
    await cache.set('k', Buffer.from([1, 2, 255]), 60_000);
    expect(await cache.get('k')).toEqual(Buffer.from([1, 2, 255]));
    clock.ms += 61_000;
    expect(await cache.get('k')).toBeUndefined();
    await cache.set('k', 'again', 0);
    await cache.delete('k');
    expect(await cache.get('k')).toBeUndefined();
  });

  test('of several who delete a value, one hears that it was there', async () => {
    const cache = createDatabaseCache({ db: await open(remoteCacheMigrations), clock: { now: () => 1_000_000, sleep: async () => {} } });
    await cache.set('code', 'x', 60_000);
    expect((await Promise.all([1, 2, 3, 4].map(() => cache.delete('code')))).filter(Boolean)).toHaveLength(1);
  });
});

onEveryDatabase('the configured cache', (open, database) => {
  const of = async (text: string) => {
    const db = await open(remoteCacheMigrations);
    const warnings: string[] = [];
    const reversed = async (text: string | Buffer) => Buffer.from(text).reverse();
    const opened = openRemoteCache({
      db, ini: loadIni({ defaults: { text: `[remote_cache]\n${text}`, file: 'defaults.ini' }, env: {} }), clock: { now: () => 1_000_000, sleep: async () => {} },
      secrets: { encrypt: reversed, decrypt: reversed }, log: { ...silentLogger, warn: (message) => void warnings.push(message) },
    });
    const stored = async () => (await db.tables<{ cache_data: { cache_key: string; data: Buffer } }>().selectFrom('cache_data').select(['cache_key', 'data']).execute()).map((row) => [row.cache_key, Buffer.from(row.data).toString()]);
    return { ...opened, warnings, stored };
  };

  test('is the database, with a prefix, in the clear or encrypted', async () => {
    for (const [encryption, kept] of [['false', 'value'], ['true', 'eulav']] as const) {
      const { cache, sweep, stored } = await of(`prefix = p-\nencryption = ${encryption}`);
      expect(sweep?.name).toBe('remote cache');
      await cache.set('k', 'value', 1000);
      expect(await stored()).toEqual([['p-k', kept]]);
      expect((await cache.get('k'))?.toString()).toBe('value');
      await cache.delete('k');
      expect([await cache.get('k'), await stored()]).toEqual([undefined, []]);
    }
  }, 120_000);

  if (database !== 'sqlite') return;
  test('is Redis where that is said, connected to when it is first used; Memcached is told not to be spoken', async () => {
    const redis = await of('type = redis\nconnstr = addr=127.0.0.1:1');
    expect(redis.sweep).toBeUndefined();
    await redis.cache.close();
    const other = await of('type = memcached');
    expect([other.warnings.length, other.sweep?.name]).toEqual([1, 'remote cache']);
    await expect(of('type = carrier-pigeon')).rejects.toThrow('type');
  });
});

test('a redis connection string', () => {
  expect(parseRedisAddress('addr=cache:6380,username=u,password=p,db=2,pool_size=10,ssl=insecure'))
    .toEqual({ host: 'cache', port: 6380, username: 'u', password: 'p', db: 2, tls: 'unverified' });
  expect(() => parseRedisAddress('addr=cache:6379,ssl=maybe')).toThrow('ssl must be');
});
