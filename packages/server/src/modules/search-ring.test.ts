import { expect, test } from 'vitest';
import type { Clock } from '../infra/clock.ts';
import { onEveryDatabase } from '../infra/db/on-every-database.ts';
import { silentLogger } from '../infra/log/log.ts';
import { createMembership, createSearchRing, forgottenMs, hashOf, placesOf, searchRingMigrations } from './search-ring.ts';

test('namespaces are hashed as FNV-1a has it', () => {
  expect([hashOf(''), hashOf('a'), hashOf('foobar')]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
});

test('everybody has a share, and one that goes takes only its own along', () => {
  const namespaces = Array.from({ length: 300 }, (_, i) => hashOf(`org-${i}`));
  const owners = namespaces.map((hash) => placesOf(hash, ['a', 'b', 'c'], 1)[0]!);
  for (const name of ['a', 'b', 'c']) expect(owners.filter((owner) => owner === name).length).toBeGreaterThan(30);
  namespaces.forEach((hash, i) => {
    const [now] = placesOf(hash, ['a', 'b'], 1);
    if (owners[i] !== 'c') expect(now).toBe(owners[i]);
  });
  expect(new Set(placesOf(namespaces[0]!, ['a', 'b', 'c'], 3))).toEqual(new Set(['a', 'b', 'c']));
  expect(placesOf(1, [], 2)).toEqual([]);
});

onEveryDatabase('search ring', (open) => {
  test('who is silent is forgotten, who was prepared leaves', async () => {
    const db = await open(searchRingMigrations);
    let now = 1_800_000_000_000;
    // One beat, then the time is up.
    const clock: Clock = { now: () => now, sleep: async () => {} };
    const beat = async (name: string) => {
      const stop = new AbortController();
      const membership = createMembership({ db, clock: { now: clock.now, sleep: async () => stop.abort() }, log: silentLogger, name, address: `${name}:1` });
      await membership.run(stop.signal);
      return membership;
    };
    const ring = createSearchRing({ db, clock, replicationFactor: 2 });
    expect(await ring.ownersOf('default')).toEqual([]);
    const [a, b] = [await beat('a'), await beat('b')];
    expect(await ring.members()).toMatchObject([{ name: 'a', address: 'a:1', state: 'ACTIVE', registered: now }, { name: 'b' }]);
    await a.prepareDownscale(true);
    expect((await ring.ownersOf('default')).map(({ name }) => name)).toEqual(['b']);
    await a.prepareDownscale(false);
    expect(await ring.ownersOf('default')).toHaveLength(2);
    await b.leave();
    expect(await ring.members()).toHaveLength(2);
    await a.prepareDownscale(true);
    await a.leave();
    expect((await ring.members()).map(({ name }) => name)).toEqual(['b']);
    now += forgottenMs + 1;
    expect(await ring.members()).toEqual([]);
  });
});
