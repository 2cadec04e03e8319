import { expect, test } from 'vitest';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import type { HistorySearch } from './query-history.ts';
import { queryHistoryMigrations } from './query-history-migrations.ts';
import { createQueryHistoryService } from './query-history-service.ts';

const me = { orgId: 1, userId: 7 };
const everything: HistorySearch = { datasourceUids: [], text: '', onlyStarred: false, oldestFirst: false, page: 1, limit: 100 };

onEveryDatabase('query history', (open) => {
  async function historyAt(now: number) {
    const history = createQueryHistoryService({ db: await open(queryHistoryMigrations), clock: { now: () => now, sleep: async () => {} } });
    return { history, advance: (ms: number) => { now += ms; }, uids: async (search: Partial<HistorySearch> = {}) => (await history.search(me, { ...everything, ...search })).entries.map(({ uid }) => uid) };
  }

  test('finds entries by source, by the sources of single queries, by text and by time', async () => {
    const { history, advance, uids } = await historyAt(1_700_000_000_000);
    const a = await history.add(me, 'src', [{ expr: 'rate(100%_x)' }]);
    advance(5000);
    const b = await history.add(me, '-- Mixed --', [{ datasource: { uid: 'src' } }, { datasource: { uid: 'dst' } }]);
    await history.add({ orgId: 1, userId: 8 }, 'src', null);
    expect(await uids()).toEqual([b.uid, a.uid]);
    expect(await uids({ datasourceUids: ['src'], oldestFirst: true })).toEqual([a.uid, b.uid]);
    expect(await uids({ text: 'RATE(100%_' })).toEqual([a.uid]);
    expect(await uids({ text: '%' })).toEqual([a.uid]);
    expect(await uids({ from: 1_700_000_003 })).toEqual([b.uid]);
    expect((await history.search(me, { ...everything, limit: 1, page: 2 })).entries.map(({ uid }) => uid)).toEqual([a.uid]);
  });

  test('stars and comments are the owner’s own', async () => {
    const { history, uids } = await historyAt(1_700_000_000_000);
    const { uid } = await history.add(me, 'src', []);
    expect((await history.star(me, uid)).starred).toBe(true);
    await expect(history.star(me, uid)).rejects.toMatchObject({ status: 409 });
    await expect(history.comment({ orgId: 1, userId: 8 }, uid, 'x')).rejects.toMatchObject({ status: 404 });
    await history.comment(me, uid, 'look Here');
    expect(await uids({ text: 'look here', onlyStarred: true })).toEqual([uid]);
    await history.delete(me, uid);
    expect(await uids()).toEqual([]);
  });

  test('what is not starred goes after two weeks', async () => {
    const { history, advance, uids } = await historyAt(1_700_000_000_000);
    const kept = await history.add(me, 'src', []);
    await history.star(me, kept.uid);
    await history.add(me, 'src', []);
    advance(15 * 86_400_000);
    const young = await history.add(me, 'src', []);
    expect(await history.cleanUp()).toBe(1);
    expect(await uids()).toEqual([young.uid, kept.uid]);
  });
});
