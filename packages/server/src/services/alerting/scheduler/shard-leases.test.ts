import { expect, test } from 'vitest';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { bestMember, createShardLeases, leaseMs, shardCount, shardMigrations } from './shard-leases.ts';

const groups = Array.from({ length: 200 }, (_, i) => ({ orgId: 1, folderUid: 'f', group: `group ${i}` }));

test('one that comes moves only its own share', () => {
  const shards = Array.from({ length: shardCount }, (_, shard) => shard);
  const moved = shards.filter((shard) => bestMember(shard, ['a', 'b']) !== bestMember(shard, ['a', 'b', 'c']));
  expect(moved.length).toBeGreaterThan(0);
  expect(moved.every((shard) => bestMember(shard, ['a', 'b', 'c']) === 'c')).toBe(true);
});

onEveryDatabase('leases of rules', (open) => {
  test('two instances split the rules, and one takes over when the other dies', async () => {
    const db = await open(shardMigrations);
    let now = 1_000_000;
    const saved: string[] = [];
    const instance = (name: string) => createShardLeases({ db, clock: { now: () => now }, name, beforeRelease: async () => void saved.push(name) });
    const [a, b] = [instance('a'), instance('b')];
    const share = (owner: typeof a) => groups.filter((group) => owner.owns(group)).length;

    await a.renew();
    expect(share(a)).toBe(groups.length);
    const alone = a.epoch;
    // The newcomer waits until the other lets go.
    await b.renew();
    expect(share(b)).toBe(0);
    now += 10_000;
    await a.renew();
    expect(saved).toEqual(['a']);
    expect(a.epoch).not.toBe(alone);
    await b.renew();
    expect(share(a) + share(b)).toBe(groups.length);
    expect(Math.min(share(a), share(b))).toBeGreaterThan(0);
    expect(groups.filter((group) => a.owns(group) && b.owns(group))).toEqual([]);

    // `a` is not heard of any more: it evaluates nothing once its leases are over, and `b` everything.
    now += leaseMs - 1;
    await b.renew();
    now += 2;
    expect(share(a)).toBe(0);
    await b.renew();
    expect(share(b)).toBe(groups.length);

    // It comes back and gets its share again.
    await a.renew();
    await b.renew();
    await a.renew();
    expect(share(a) + share(b)).toBe(groups.length);
    await b.release();
    await a.renew();
    expect(share(a)).toBe(groups.length);
  });
});
