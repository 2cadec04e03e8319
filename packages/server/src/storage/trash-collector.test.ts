import { expect, test, vi } from 'vitest';
import { onEveryDatabase } from '../infra/db/on-every-database.ts';
import { silentLogger } from '../infra/log/log.ts';
import { resourceMigrations } from './resource-migrations.ts';
import type { ResourceWrite } from './resource-store.ts';
import { createResourceStore } from './sql-resource-store.ts';
import { emptyTrash } from './trash-collector.ts';

vi.setConfig({ testTimeout: 120_000 });

const boards = { group: 'dashboard.grafana.app', resource: 'dashboards' };
const lists = { group: 'playlist.grafana.app', resource: 'playlists' };
const write = (type: typeof boards, name: string, namespace = 'default'): ResourceWrite =>
  ({ ...type, namespace, name, apiVersion: 'v1', title: name, folder: '', labels: {}, annotations: {}, spec: '{}', author: 'user:u' });

onEveryDatabase('the trash', (open) => {
  test('is emptied of what is old enough, and of nothing else', async () => {
    let now = 1_700_000_000_000;
    const db = await open(resourceMigrations);
    const store = createResourceStore({ db, clock: { now: () => now, sleep: async () => {} }, log: silentLogger });
    const key = (type: typeof boards, name: string) => ({ ...type, namespace: 'default', name });
    for (const type of [boards, lists]) {
      for (const name of ['old', 'back', 'kept', 'new']) await store.create(write(type, name));
      for (const name of ['old', 'back']) await store.delete(key(type, name), { author: 'user:u' });
      await store.create(write(type, 'back'));
    }
    now += 3_600_000;
    for (const type of [boards, lists]) await store.delete(key(type, 'new'), { author: 'user:u' });
    const names = async (type: typeof boards) => (await store.trash(type, 'default')).items.map(({ name }) => name).sort();
    expect(await names(lists)).toEqual(['new', 'old']);
    expect(await emptyTrash(db, { now, batchSize: 1, maxAgeMs: ({ resource }) => (resource === 'dashboards' ? 7_200_000 : 1_800_000) })).toBe(1);
    expect(await names(lists)).toEqual(['new']);
    expect(await names(boards)).toEqual(['new', 'old']);
    expect(await store.history(key(lists, 'old'), { includeDeleted: true })).toEqual([]);
    expect(await store.get(key(lists, 'back'))).toBeDefined();
    expect((await store.history(key(lists, 'back'), { includeDeleted: true })).length).toBe(3);
  });

  test('a watch that begins before the trash was emptied is told to list again', async () => {
    let now = 1_700_000_000_000;
    const store = createResourceStore({ db: await open(resourceMigrations), clock: { now: () => now, sleep: async () => {} }, log: silentLogger, trashMaxAgeMs: () => 3_600_000 });
    const { resourceVersion } = await store.create(write(lists, 'a'));
    const first = async (since: number) => {
      for await (const event of store.watch(lists, 'default', since, AbortSignal.timeout(60_000))) return event.type;
      return undefined;
    };
    await store.delete({ ...lists, namespace: 'default', name: 'a' }, { author: 'user:u' });
    expect(await first(resourceVersion)).toBe('DELETED');
    now += 7_200_000;
    await expect(first(resourceVersion)).rejects.toMatchObject({ kind: 'gone' });
    expect(await first(0)).toBe('ADDED');
  });

  test('a watch reads a long past little by little', async () => {
    const store = createResourceStore({ db: await open(resourceMigrations), clock: { now: () => 1_700_000_000_000, sleep: async () => {} }, log: silentLogger });
    await Promise.all(Array.from({ length: 250 }, (_, n) => store.create(write(lists, `p${n}`))));
    const stop = new AbortController();
    const versions: number[] = [];
    for await (const event of store.watch(lists, 'default', 0, stop.signal)) {
      versions.push(event.resourceVersion);
      if (versions.length === 250) await store.create(write(lists, 'late'));
      if (versions.length === 251) break;
    }
    stop.abort();
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    expect(new Set(versions).size).toBe(251);
  });
});
