import { expect, test } from 'vitest';
import { onEveryDatabase } from '../db/on-every-database.ts';
import { createServerLock, serverLockMigrations } from './serverlock.ts';

function clockAt(ms: number) {
  return { ms, now() { return this.ms; }, async sleep(by: number) { this.ms += by; } };
}

onEveryDatabase('server lock', (open) => {
  test('work runs once an interval, on one of two instances', async () => {
    const db = await open(serverLockMigrations);
    const clock = clockAt(1_000_000);
    const [one, other] = [createServerLock({ db, clock }), createServerLock({ db, clock })];
    let runs = 0;
    const work = async () => void runs++;
    expect((await Promise.all([one.atMostEvery('tidy', 60_000, work), other.atMostEvery('tidy', 60_000, work)])).filter(Boolean)).toEqual([true]);
    clock.ms += 30_000;
    expect(await one.atMostEvery('tidy', 60_000, work)).toBe(false);
    clock.ms += 30_000;
    expect(await other.atMostEvery('tidy', 60_000, work)).toBe(true);
    expect(runs).toBe(2);
  });

  test('a held lock keeps others out until it is let go or stale', async () => {
    const db = await open(serverLockMigrations);
    const clock = clockAt(1_000_000);
    const lock = createServerLock({ db, clock });
    const answer = await lock.whileLocked('job', { staleMs: 60_000 }, async () => {
      expect(await lock.whileLocked('job', { staleMs: 60_000, waitMs: 500 }, async () => 'second')).toBeUndefined();
      clock.ms += 120_000;
      return (await lock.whileLocked('job', { staleMs: 60_000 }, async () => 'taken over'))?.result;
    });
    expect(answer?.result).toBe('taken over');
    expect(await lock.whileLocked('job', { staleMs: 60_000 }, async () => 'free')).toEqual({ result: 'free' });
  });
});
