import { expect, test } from 'vitest';
import { onEveryDatabase } from '../db/on-every-database.ts';
import { createKeyValueStore, kvstoreMigrations } from './kvstore.ts';

onEveryDatabase('key-value store', (open) => {
  test('keeps, replaces, lists and forgets', async () => {
    const facts = createKeyValueStore({ db: await open(kvstoreMigrations), clock: { now: () => 1 } });
    await facts.set(1, 'plugin', 'key-a', 'one');
    await facts.set(1, 'plugin', 'key-a', 'two');
    await facts.set(2, 'plugin', 'key-b', 'three');
    await facts.set(1, 'other', 'key-a', 'four');
    expect(await facts.get(1, 'plugin', 'key-a')).toBe('two');
    expect(await facts.get(2, 'plugin', 'key-a')).toBeUndefined();
    expect((await facts.list({ namespace: 'plugin', prefix: 'key-' })).map((item) => item.value)).toEqual(['two', 'three']);
    expect(await facts.list({ orgId: 2, namespace: 'plugin' })).toEqual([{ orgId: 2, namespace: 'plugin', key: 'key-b', value: 'three' }]);
    await facts.delete(1, 'plugin', 'key-a');
    expect(await facts.get(1, 'plugin', 'key-a')).toBeUndefined();
  });
});
