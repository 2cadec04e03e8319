import { expect, test } from 'vitest';
import { onEveryDatabase } from '../infra/db/on-every-database.ts';
import { silentLogger } from '../infra/log/log.ts';
import { resourceMigrations } from './resource-migrations.ts';
import type { ResourceWrite } from './resource-store.ts';
import { createResourceStore } from './sql-resource-store.ts';
import { emptyTrash } from './trash-collector.ts';

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
});
