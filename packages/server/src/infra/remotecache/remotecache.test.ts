import { expect, test } from 'vitest';
import { onEveryDatabase } from '../db/on-every-database.ts';
import { createDatabaseCache, remoteCacheMigrations } from './database-cache.ts';
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
});

test('a redis connection string', () => {
  expect(parseRedisAddress('addr=cache:6380,username=u,password=p,db=2,pool_size=10,ssl=insecure'))
    .toEqual({ host: 'cache', port: 6380, username: 'u', password: 'p', db: 2, tls: 'unverified' });
  expect(() => parseRedisAddress('addr=cache:6379,ssl=maybe')).toThrow('ssl must be');
});
