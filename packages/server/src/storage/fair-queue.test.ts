import { expect, test } from 'vitest';
import { createFairQueue, takingTurns } from './fair-queue.ts';
import type { ResourceStore } from './resource-store.ts';

const until = () => Promise.withResolvers<void>();

test('namespaces take turns, however much one of them asks for', async () => {
  const queue = createFairQueue({ workers: 1, waitingMax: 10 });
  const order: string[] = [];
  const first = until();
  const busy = queue.run('a', () => first.promise);
  const rest = ['a', 'a', 'a', 'b', 'b', 'c'].map((tenant, i) => queue.run(tenant, async () => void order.push(`${tenant}${i}`)));
  first.resolve();
  await Promise.all([busy, ...rest]);
  expect(order).toEqual(['a0', 'b3', 'c5', 'a1', 'b4', 'a2']);
});

test('a full queue refuses its own namespace only, and what fails gives its place back', async () => {
  const queue = createFairQueue({ workers: 1, waitingMax: 1 });
  const held = until();
  const busy = queue.run('a', () => held.promise);
  const waiting = queue.run('a', async () => 'waited');
  await expect(queue.run('a', async () => {})).rejects.toMatchObject({ status: 429, message: 'tenant queue is full, please try again later' });
  const other = queue.run('b', () => Promise.reject(new Error('b failed')));
  held.resolve();
  await expect(other).rejects.toThrow('b failed');
  expect(await waiting).toBe('waited');
  await busy;
  expect(await queue.run('a', async () => 'again')).toBe('again');
});

test('calls of a namespace wait; what is asked over all of them does not', async () => {
  const seen: string[] = [];
  const store = { get: async () => void seen.push('get'), list: async () => void seen.push('list'), count: async () => 7 } as unknown as ResourceStore;
  const tenants: string[] = [];
  const turned = takingTurns(store, { run: (tenant, work) => (tenants.push(tenant), work()) });
  const type = { group: 'music.example', resource: 'songs' };
  await turned.get({ ...type, namespace: 'org-2', name: 'a' });
  await turned.list(type, { namespace: '' });
  expect([tenants, seen, await turned.count(type, '')]).toEqual([['org-2'], ['get', 'list'], 7]);
});
