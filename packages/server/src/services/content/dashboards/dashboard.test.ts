import { afterEach, describe, expect, test } from 'vitest';
import { openTestDatabase } from '../../../infra/db/test-database.ts';
import { resourceMigrations } from '../../../storage/resource-migrations.ts';
import { admin, closeHouses, contentHouse, person } from '../test-content.ts';

afterEach(closeHouses);

const house = async () => contentHouse(await openTestDatabase(resourceMigrations));

describe('saving', () => {
  test('keeps the text, without what is not the dashboard’s', async () => {
    const { save } = await house();
    const stored = await save({ id: null, uid: 'd', title: ' Kettle ', version: 3, panels: [{ type: 'x', big: 1e21 }], tags: ['t'] });
    expect(stored.spec).toBe('{"title":"Kettle","panels":[{"type":"x","big":1e+21}],"tags":["t"]}');
    expect(stored).toMatchObject({ name: 'd', title: 'Kettle', generation: 1 });
    expect(JSON.parse(stored.managedFields)).toMatchObject([{ manager: 'grafana', operation: 'Update', fieldsV1: { 'f:spec': { 'f:title': {}, 'f:panels': {}, 'f:uid': {}, 'f:version': {} } } }]);
  });

  test('the same content in another order is no new version', async () => {
    const { save } = await house();
    await save({ uid: 'd', title: 'T', tags: ['a'] });
    expect((await save({ uid: 'd', tags: ['a'], title: 'T', version: 1 })).generation).toBe(1);
    expect((await save({ uid: 'd', tags: ['b'], title: 'T', version: 1 })).generation).toBe(2);
  });

  test('a save that changes nothing is told of, for the store has nothing to tell', async () => {
    const { save, dashboards } = await house();
    const told: unknown[] = [];
    dashboards.onSavedUnchanged(({ name, resourceVersion }) => told.push([name, resourceVersion]));
    const { resourceVersion } = await save({ uid: 'd', title: 'T' });
    await save({ uid: 'd', title: 'T', version: 1 });
    await save({ uid: 'd', title: 'U', version: 1 });
    expect(told).toEqual([['d', resourceVersion]]);
  });

  test('of two who change the same version the second hears of it, and may overwrite', async () => {
    const { save } = await house();
    await save({ uid: 'd', title: 'One' });
    await save({ uid: 'd', title: 'Two', version: 1 });
    await expect(save({ uid: 'd', title: 'Three', version: 1 })).rejects.toMatchObject({ status: 412 });
    expect((await save({ uid: 'd', title: 'Three', version: 1 }, { overwrite: true })).generation).toBe(3);
  });

  test('two who create at the same time: one wins', async () => {
    const { save } = await house();
    const outcomes = await Promise.allSettled([save({ uid: 'd', title: 'One' }), save({ uid: 'd', title: 'Two' })]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test.each([
    ['no title', { title: '' }, 400], ['an unknown id', { id: 12, title: 'x' }, 404], ['a long uid', { uid: 'x'.repeat(41), title: 'x' }, 400],
    ['a long tag', { title: 'x', tags: ['t'.repeat(51)] }, 400],
  ])('%s is refused', async (_, dashboard, status) => {
    const { save } = await house();
    await expect(save(dashboard)).rejects.toMatchObject({ status });
  });

  test('a refresh that is too quick is slowed', async () => {
    const { save } = await house();
    expect((await save({ uid: 'd', title: 'T', refresh: '1s' })).spec).toContain('"refresh":"5s"');
  });

  test('rights are those of the folders above', async () => {
    const { save, folder } = await house();
    await folder('a');
    await folder('b', 'a');
    const editor = person({ 'folders:edit': ['folders:uid:a'] });
    const made = await save({ uid: 'd', title: 'T' }, { as: editor, folderUid: 'b' });
    expect(made.createdBy).toBe('user:ada');
    await expect(save({ uid: 'd', title: 'U', version: 1 }, { as: editor })).rejects.toMatchObject({ status: 403 });
    await expect(save({ uid: 'e', title: 'T' }, { as: editor })).rejects.toMatchObject({ status: 403 });
  });

  test('what a file describes is the file’s', async () => {
    const { save, dashboards } = await house();
    const annotations = { 'grafana.app/managedBy': 'classic-file-provisioning', 'grafana.app/managerId': 'p' };
    await save({ uid: 'd', title: 'T' }, { onBehalfOfServer: true, annotations });
    await expect(save({ uid: 'd', title: 'U', version: 1 })).rejects.toMatchObject({ status: 400 });
    await expect(dashboards.delete(admin, 'd')).rejects.toMatchObject({ status: 400 });
    await dashboards.delete(admin, 'd', { force: true });
  });
});

describe('versions', () => {
  test('are paged, and one can be had back', async () => {
    const { save, dashboards } = await house();
    for (let i = 0; i < 4; i++) await save({ uid: 'd', title: `T${i}`, version: i });
    const first = await dashboards.versions(1, 'd', { limit: 3, continueToken: '' });
    expect(first.versions.map(({ stored }) => stored.generation)).toEqual([4, 3, 2]);
    const rest = await dashboards.versions(1, 'd', { limit: 3, continueToken: first.continueToken });
    expect(rest.versions.map(({ stored }) => stored.generation)).toEqual([1]);
    expect(rest.continueToken).toBe('');
    const restored = await dashboards.restore(admin, 'd', 2);
    expect(restored).toMatchObject({ generation: 5, title: 'T1' });
    expect((await dashboards.version(1, 'd', 5)).restoredFrom).toBe(2);
    await expect(dashboards.restore(admin, 'd', 2)).rejects.toMatchObject({ status: 400 });
    await expect(dashboards.version(1, 'd', 99)).rejects.toMatchObject({ status: 404 });
  });
});

describe('deleting', () => {
  test('tells those who keep something of the dashboard', async () => {
    const { save, dashboards } = await house();
    const told: string[] = [];
    dashboards.onDeleted(async (orgId, uid) => void told.push(`${orgId} ${uid}`));
    await save({ uid: 'd', title: 'T' });
    await dashboards.delete(admin, 'd');
    expect(told).toEqual(['1 d']);
    await expect(dashboards.delete(admin, 'd')).rejects.toMatchObject({ status: 404 });
  });
});

test('tags are counted over what may be read', async () => {
  const { save, folder, dashboards } = await house();
  await folder('a');
  await save({ uid: 'd', title: 'D', tags: ['x', 'y', 'x'] }, { folderUid: 'a' });
  await save({ uid: 'e', title: 'E', tags: ['x', 'z'] });
  expect(await dashboards.tags(admin)).toEqual([{ term: 'x', count: 2 }, { term: 'y', count: 1 }, { term: 'z', count: 1 }]);
  expect(await dashboards.tags(person({ 'folders:view': ['folders:uid:a'] }))).toEqual([{ term: 'x', count: 1 }, { term: 'y', count: 1 }]);
});
