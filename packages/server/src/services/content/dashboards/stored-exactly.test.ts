import { afterEach, expect, test } from 'vitest';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { resourceMigrations } from '../../../storage/resource-migrations.ts';
import { admin, closeHouses, contentHouse } from '../test-content.ts';

afterEach(closeHouses);

const awkward = [
  '1.0', '-0', '1e400', '12345678901234567890', '"\\ud800"', '"\\u0000"', '"\\/"', '"é😀\u2028"', '{"__proto__":{"a":1},"constructor":1}', '{"a":1,"a":2}', '{"1":1,"0":0}', '{ "b" : [ ] }', '[[[{}]]]',
  '{"":""}', '"\\"}{,"', `${'['.repeat(3_000)}${']'.repeat(3_000)}`, `"${'x'.repeat(2_000_000)}"`,
];

onEveryDatabase('a dashboard', (open) => {
  test('is stored to the letter, whatever is in it', { timeout: 60_000 }, async () => {
    const { dashboards } = contentHouse(await open(resourceMigrations));
    let seed = 20_261_125;
    const random = (n: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % n;
    for (let i = 0; i < 60; i++) {
      const payload = i < awkward.length ? awkward[i]! : `[${Array.from({ length: random(5) }, () => awkward[random(awkward.length - 2)]).join(', ')}]`;
      const text = `{"uid":"x${i}","title":"T","version":0,"payload":${payload}}`;
      const saved = await dashboards.save(admin, { text, dashboard: JSON.parse(text), overwrite: false, message: '', folderUid: '', folderId: 0 });
      expect(saved.spec).toBe(`{"title":"T","payload":${payload}}`);
      expect((await dashboards.find(1, `x${i}`))!.spec).toBe(saved.spec);
    }
  });

  test('of two writers one wins, the other hears of the conflict', async () => {
    const { dashboards, save } = contentHouse(await open(resourceMigrations));
    await save({ uid: 'x', title: 'One' });
    const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd'].map((title) => save({ uid: 'x', title, version: 1 })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ status: 412, message: 'The dashboard has been changed by someone else' });
    expect((await dashboards.find(1, 'x'))!.generation).toBe(2);
  });

  test('is made once by several who make it at once', async () => {
    const { save } = contentHouse(await open(resourceMigrations));
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((title) => save({ uid: 'x', title })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});
