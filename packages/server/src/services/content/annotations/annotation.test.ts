import { afterEach, expect, test } from 'vitest';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { resourceMigrations } from '../../../storage/resource-migrations.ts';
import { admin, closeHouses, contentHouse, person } from '../test-content.ts';
import { createAnnotationService } from './annotation-service.ts';
import { annotationMigrations, createAnnotationStore, type AnnotationStore } from './annotation-store.ts';
import type { AnnotationQuery, NewAnnotation } from './annotation.ts';

const everything: AnnotationQuery = { from: 0, to: 0, limit: 100, dashboardUid: '', panelId: 0, alertId: 0, alertUid: '', userId: 0, type: '', tags: [], matchAny: false };
const note = (more: Partial<NewAnnotation> = {}): NewAnnotation => ({ dashboardUid: '', panelId: 0, time: 1_000, timeEnd: 1_000, text: 'n', tags: [], data: '', ...more });

onEveryDatabase('annotations', (open) => {
  afterEach(closeHouses);

  async function house() {
    const db = await open([...resourceMigrations, ...annotationMigrations]);
    const content = contentHouse(db);
    const all = { maxAgeMs: 0, maxCount: 0 };
    const settings = { tagsLengthMax: 50, batchSize: 2, alert: all, dashboard: all, api: { maxAgeMs: 0, maxCount: 3 } };
    return { ...content, annotations: createAnnotationService({ store: createAnnotationStore(db), index: content.index, access: content.access, clock: content.clock, settings }) };
  }

  test('are found by the time they overlap, latest end first', async () => {
    const { annotations } = await house();
    for (const [time, timeEnd] of [[100, 100], [200, 900], [950, 950]] as const) await annotations.create(admin, note({ time, timeEnd, text: `${time}` }));
    const texts = async (from: number, to: number) => (await annotations.list(admin, { ...everything, from, to })).map(({ text }) => text);
    expect(await texts(0, 0)).toEqual(['950', '200', '100']);
    expect(await texts(150, 500)).toEqual(['200']);
    expect(await texts(1, 2_000)).toEqual(['950', '200', '100']);
  });

  test('pages of a range hold what overlaps it, however long that lasts', { timeout: 120_000 }, async () => {
    const { annotations } = await house();
    const minute = 60_000;
    const lengths = [0, 1, minute, 59 * minute, 60 * minute + 1, 2 * 24 * 60 * minute, 40 * 24 * 60 * minute];
    const regions = lengths.flatMap((length, i) => [0, 1, 2].map((n) => {
      const time = 1_700_000_000_000 + (i * 37 + n * 91) * minute;
      return { time, timeEnd: time + length };
    }));
    for (const region of regions) await annotations.create(admin, note({ ...region, dashboardUid: '', text: `${region.time} ${region.timeEnd}` }));
    for (const [from, to] of [[0, 150], [120, 121], [200, 400], [600, 3_000], [70_000, 80_000]].map((range) => range.map((n) => 1_700_000_000_000 + n * minute)) as [number, number][]) {
      const wanted = regions.filter(({ time, timeEnd }) => time <= to && timeEnd >= from).sort((a, b) => b.timeEnd - a.timeEnd || b.time - a.time).map(({ time, timeEnd }) => `${time} ${timeEnd}`);
      for (const limit of [2, 5, 100]) {
        const found = await annotations.list(admin, { ...everything, from, to, limit });
        expect(found.map(({ text }) => text), `${from} ${to}, ${limit}`).toEqual(wanted.slice(0, limit));
      }
      const [none, some] = [person({}), await annotations.list(admin, { ...everything, from, to, limit: 1, userId: admin.id })];
      expect(await annotations.list(none, { ...everything, from, to, limit: 1 })).toEqual([]);
      expect(some).toHaveLength(Math.min(1, wanted.length));
    }
  });

  test('all tags, or any of them; whole tags only', async () => {
    const { annotations } = await house();
    await annotations.create(admin, note({ text: 'both', tags: ['deploy', 'env:prod'] }));
    await annotations.create(admin, note({ text: 'one', tags: ['deploy'] }));
    await annotations.create(admin, note({ text: 'other', tags: ['deployment'] }));
    const texts = async (tags: string[], matchAny: boolean) => (await annotations.list(admin, { ...everything, tags, matchAny })).map(({ text }) => text).sort();
    expect(await texts(['deploy', 'env:prod'], false)).toEqual(['both']);
    expect(await texts(['deploy', 'env:prod'], true)).toEqual(['both', 'one']);
    expect(await annotations.tags(1, { like: 'DEP', limit: 10 })).toEqual([{ tag: 'deploy', count: 2 }, { tag: 'deployment', count: 1 }]);
    expect(await annotations.tags(1, { like: '', limit: 2 })).toEqual([{ tag: 'deploy', count: 2 }, { tag: 'deployment', count: 1 }]);
  });

  test('texts are the JSON of what the list holds', async () => {
    const { annotations } = await house();
    const odd = 'line\n"quoted" \\back /slash tab\t bell\u0007 escape\u001b delete\u007f \u2028 é 漢 🎉';
    await annotations.create(admin, note({ time: 30, timeEnd: 1_700_000_000_000, text: odd, tags: [odd.slice(0, 12), 'k:v'], data: '{"a":[1,"é"]}' }));
    await annotations.create(admin, note({ time: 20, timeEnd: 20, panelId: 7, text: 'plain' }));
    await annotations.recordAlertStates([{ orgId: 1, dashboardUid: '', panelId: 0, alertId: 9, alertUid: 'r', prevState: 'Normal', newState: odd, text: '', data: '', time: 10, timeEnd: 10 }]);
    const [list, texts] = [await annotations.list(admin, everything), await annotations.texts(admin, everything)];
    expect(list).toHaveLength(3);
    expect(texts.map(({ head, rest, data }) => JSON.parse(`${head}${rest},"data":${data}}`))).toEqual(list.map((a) => ({
      id: a.id, ...(a.alertId ? { alertId: a.alertId } : {}), dashboardUID: '', ...(a.panelId ? { panelId: a.panelId } : {}), ...(a.newState ? { newState: a.newState } : {}),
      ...(a.prevState ? { prevState: a.prevState } : {}), created: a.created, updated: a.updated, time: a.time, timeEnd: a.timeEnd, ...(a.text ? { text: a.text } : {}),
      ...(a.tags.length ? { tags: a.tags } : {}), data: JSON.parse(a.data || '{}'),
    })));
    // MySQL writes the digits of escapes in capitals.
    expect(texts[0]!.rest.replace('\\u001B', '\\u001b')).toContain(`,"text":${JSON.stringify(odd)},"tags":${JSON.stringify(list[0]!.tags)}`);
    expect(texts.map(({ userId }) => userId)).toEqual(list.map(({ userId }) => userId));
    const tagged = { ...everything, tags: ['k', 'absent'], matchAny: true };
    expect((await annotations.texts(admin, tagged)).map(({ tags }) => tags)).toEqual([list[0]!.tags]);
    expect(await annotations.findText(admin, list[0]!.id)).toEqual(texts[0]);
  });

  test('a limit counts what may be read', async () => {
    const { annotations, save, folder } = await house();
    await folder('open');
    await save({ uid: 'shut', title: 'Shut' });
    await save({ uid: 'seen', title: 'Seen' }, { folderUid: 'open' });
    for (let i = 0; i < 5; i++) await annotations.create(admin, note({ dashboardUid: 'shut', time: 10_000 + i, timeEnd: 10_000 + i }));
    await annotations.create(admin, note({ dashboardUid: 'seen', text: 'mine' }));
    const reader = person({ 'folders:view': ['folders:uid:open'] });
    expect((await annotations.list(reader, { ...everything, limit: 2 })).map(({ text }) => text)).toEqual(['mine']);
  });

  test('what may not be read is not there', async () => {
    const { annotations } = await house();
    const id = await annotations.create(admin, note());
    await expect(annotations.find(person({}), id)).rejects.toMatchObject({ status: 404 });
    await annotations.change(admin, id, { text: 'new', tags: ['b', 'a', 'b'] });
    expect(await annotations.find(admin, id)).toMatchObject({ text: 'new', tags: ['b', 'a'] });
    await annotations.delete(admin, id);
    await expect(annotations.find(admin, id)).rejects.toMatchObject({ status: 404 });
  });

  test('whoever names nothing deletes nothing', async () => {
    const { annotations } = await house();
    await annotations.create(admin, note());
    await annotations.deleteOfPanel(admin, '', 0);
    expect(await annotations.list(admin, everything)).toHaveLength(1);
    await expect(annotations.deleteOfPanel(person({}), '', 0)).rejects.toMatchObject({ status: 403 });
  });

  test('the clean-up leaves the newest, and what is none of its class', async () => {
    const { annotations, save } = await house();
    await save({ uid: 'd', title: 'D' });
    await annotations.create(admin, note({ dashboardUid: 'd', text: 'of a dashboard' }));
    for (let i = 0; i < 8; i++) await annotations.create(admin, note({ text: `${i}`, time: 5_000 + i, timeEnd: 5_000 + i }));
    await annotations.cleanUp();
    expect((await annotations.list(admin, everything)).map(({ text }) => text)).toEqual(['7', '6', '5', 'of a dashboard']);
  });

  test('too many tags are refused', async () => {
    const { annotations } = await house();
    await expect(annotations.create(admin, note({ tags: ['x'.repeat(60)] }))).rejects.toMatchObject({ status: 400 });
  });
});

test('tags that take long to count are counted once in a while', async () => {
  let now = 0;
  let counts = 0;
  const store = { tags: async () => {
    counts++;
    now += counts === 1 ? 5 : 200;
    return [{ tag: 'a', count: counts }];
  }, find: async () => ({ dashboardUid: '' }), delete: async () => {} } as unknown as AnnotationStore;
  const annotations = createAnnotationService({
    store, clock: { now: () => now }, index: { ready: async () => {} }, access: { filter: () => () => true },
  } as unknown as Parameters<typeof createAnnotationService>[0]);
  const ask = async () => (await annotations.tags(1, { like: '', limit: 10 }))[0]!.count;
  expect([await ask(), await ask()], 'the first count was quick').toEqual([1, 2]);
  now += 3_900;
  expect(await ask()).toBe(2);
  now += 200;
  expect(await Promise.all([ask(), ask()])).toEqual([3, 3]);
  await annotations.delete(admin, 1);
  expect(await ask(), 'whoever writes reads what they wrote').toBe(4);
});
