import { afterEach, describe, expect, test } from 'vitest';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { openTestDatabase } from '../../../infra/db/test-database.ts';
import { resourceMigrations } from '../../../storage/resource-migrations.ts';
import { admin, closeHouses, contentHouse, person } from '../test-content.ts';

afterEach(closeHouses);

const house = async () => contentHouse(await openTestDatabase(resourceMigrations));

describe('the tree', () => {
  test('holds five levels', async () => {
    const { folder } = await house();
    for (const [uid, parent] of [['a', ''], ['b', 'a'], ['c', 'b'], ['d', 'c'], ['e', 'd']] as const) await folder(uid, parent);
    await expect(folder('f', 'e')).rejects.toMatchObject({ status: 400 });
  });

  test('a folder with what is below it moves only where all of it has room', async () => {
    const { folder, folders } = await house();
    for (const [uid, parent] of [['a', ''], ['b', 'a'], ['c', 'b'], ['d', 'c'], ['x', ''], ['y', 'x']] as const) await folder(uid, parent);
    await expect(folders.move(admin, 'x', 'd')).rejects.toMatchObject({ status: 400 });
    expect((await folders.move(admin, 'x', 'c')).folder).toBe('c');
  });

  test('a folder never gets below itself', async () => {
    const { folder, folders } = await house();
    await folder('a');
    await folder('b', 'a');
    await expect(folders.move(admin, 'a', 'b')).rejects.toMatchObject({ status: 400 });
    await expect(folder('own', 'own')).rejects.toMatchObject({ status: 400 });
  });

  test('what is deleted takes everything below with it', async () => {
    const { folder, folders, save, index } = await house();
    await folder('a');
    await folder('b', 'a');
    await save({ uid: 'in-b', title: 'In b' }, { folderUid: 'b' });
    await save({ uid: 'outside', title: 'Outside' });
    expect(await folders.counts(1, 'a')).toMatchObject({ folder: 1, dashboard: 1 });
    await folders.delete(admin, 'a', { force: false });
    expect(index.entries('default', 'folder')).toEqual([]);
    expect(index.entries('default', 'dashboard').map((entry) => entry.name)).toEqual(['outside']);
  });

  test('something that objects keeps all of it, unless forced', async () => {
    const { folder, folders, save } = await house();
    await folder('a');
    await save({ uid: 'd', title: 'D' }, { folderUid: 'a' });
    let asked = 0;
    folders.contains({ countedAs: 'alertrule', group: 'g', resource: 'r', count: async () => 3, delete: async () => {}, objectToDeletion: async () => {
      asked++;
      throw new Error('in use');
    } });
    await expect(folders.delete(admin, 'a', { force: false })).rejects.toThrow('in use');
    expect(await folders.counts(1, 'a')).toMatchObject({ dashboard: 1, alertrule: 3 });
    await folders.delete(admin, 'a', { force: true });
    expect(asked).toBe(1);
    expect(await folders.find(1, 'a')).toBeUndefined();
  });
});

describe('rights', () => {
  test('reach down the tree, and no further', async () => {
    const { folder, folders } = await house();
    await folder('a');
    await folder('b', 'a');
    await folder('other');
    const reader = person({ 'folders:view': ['folders:uid:a'] });
    expect((await folders.list(reader, { parentUid: '', editable: false })).map((f) => f.name)).toEqual(['a']);
    expect((await folders.list(reader, { parentUid: 'a', editable: false })).map((f) => f.name)).toEqual(['b']);
    await expect(folders.list(reader, { parentUid: 'other', editable: false })).rejects.toMatchObject({ status: 403 });
    expect(await folders.list(reader, { parentUid: '', editable: true })).toEqual([]);
  });

  test('a folder that can be read inside one that cannot is shared with me', async () => {
    const { folder, folders } = await house();
    await folder('a');
    await folder('b', 'a');
    const reader = person({ 'folders:view': ['folders:uid:b'] });
    expect(await folders.list(reader, { parentUid: '', editable: false })).toEqual([]);
    expect((await folders.list(reader, { parentUid: 'sharedwithme', editable: false })).map((f) => f.name)).toEqual(['b']);
  });

  test('nobody moves a folder to gain rights on it', async () => {
    const { folder, folders } = await house();
    await folder('weak');
    await folder('strong');
    const someone = person({ 'folders:edit': ['folders:uid:weak'], 'folders:admin': ['folders:uid:strong'] });
    await expect(folders.move(someone, 'weak', 'strong')).rejects.toMatchObject({ status: 403 });
  });
});

describe('writing', () => {
  test.each([
    ['an empty title', { uid: 'x', title: ' ' }], ['the root’s uid', { uid: 'general', title: 'x' }], 
    ['a long uid', { uid: 'x'.repeat(41), title: 'x' }], ['a uid with odd characters', { uid: 'ä', title: 'x' }],
  ])('%s is refused', async (_, { uid, title }) => {
    const { folders } = await house();
    await expect(folders.create(admin, { uid, title, description: '', parentUid: '' })).rejects.toMatchObject({ status: 400 });
  });

  test('a stale version is refused unless it is to be overwritten', async () => {
    const { folder, folders } = await house();
    await folder('a');
    expect((await folders.update(admin, 'a', { title: 'B', version: 1, overwrite: false })).generation).toBe(2);
    await expect(folders.update(admin, 'a', { title: 'C', version: 1, overwrite: false })).rejects.toMatchObject({ status: 412 });
    expect((await folders.update(admin, 'a', { title: 'C', version: 1, overwrite: true })).title).toBe('C');
  });

  test('a uid is taken once, and is one path segment', async () => {
    const { folder } = await house();
    await folder('a');
    await expect(folder('a')).rejects.toMatchObject({ status: 412 });
    await expect(folder('a/b')).rejects.toMatchObject({ status: 422 });
  });

  test('provisioning finds its folder by title, or makes it', async () => {
    const { folders } = await house();
    const manager = { kind: 'classic-file-provisioning', id: 'p' };
    const made = await folders.provide(1, { uid: '', title: 'Kept', manager });
    expect(made.manager).toEqual(manager);
    expect((await folders.provide(1, { uid: '', title: 'Kept', manager })).name).toBe(made.name);
  });
});

onEveryDatabase('the trash', (open) => {
  test('gives a folder back with everything that went with it, and nothing that went before', { timeout: 30_000 }, async () => {
    let now = 1_700_000_000_000;
    const { folder, folders, save, index, dashboards } = contentHouse(await open(resourceMigrations), { now: () => now, sleep: async () => {} });
    await folder('a');
    await folder('b', 'a');
    await folder('c', 'b');
    const { legacyId } = await save({ uid: 'in-c', title: 'In c', n: 1 }, { folderUid: 'c' });
    await save({ uid: 'in-a', title: 'In a' }, { folderUid: 'a' });
    await save({ uid: 'earlier', title: 'Earlier' }, { folderUid: 'b' });
    await dashboards.delete(admin, 'earlier');
    now += 3_600_000;
    await folders.delete(admin, 'a', { force: false });
    const other = person({ 'folders:create': ['folders:*'] });
    await expect(folders.restore(other, 'a')).rejects.toMatchObject({ status: 404 });
    await save({ uid: 'in-a', title: 'Another' });
    expect(await folders.restore(admin, 'a')).toMatchObject({ folder: { name: 'a', folder: '' }, folders: 2, dashboards: 1, taken: [] });
    // What was made under the same uid meanwhile stays what it is.
    expect(await dashboards.find(1, 'in-a')).toMatchObject({ title: 'Another' });
    expect(index.lineage('default', 'c')).toEqual(['c', 'b', 'a']);
    expect(await dashboards.find(1, 'in-c')).toMatchObject({ folder: 'c', generation: 1, legacyId, spec: '{"title":"In c","n":1}' });
    expect(await dashboards.find(1, 'earlier')).toBeUndefined();
    await expect(folders.restore(admin, 'a')).rejects.toMatchObject({ status: 412 });
    await expect(folders.restore(admin, 'never')).rejects.toMatchObject({ status: 404 });
  });

  test('gives a folder back at the root when its parent is gone', async () => {
    const { folder, folders } = contentHouse(await open(resourceMigrations));
    await folder('a');
    await folder('b', 'a');
    await folders.delete(admin, 'b', { force: false });
    await folders.delete(admin, 'a', { force: false });
    expect(await folders.restore(admin, 'b')).toMatchObject({ folder: { name: 'b', folder: '' }, folders: 0 });
  });
});

onEveryDatabase('two at once', (open) => {
  test('who move two folders below each other make no circle', async () => {
    const { folder, folders, store } = contentHouse(await open(resourceMigrations));
    await folder('a');
    await folder('b');
    const moves = await Promise.allSettled([folders.move(admin, 'a', 'b'), folders.move(admin, 'b', 'a')]);
    for (const move of moves) if (move.status === 'rejected') expect(move.reason).toMatchObject({ status: 400, message: expect.stringContaining('circular reference') });
    const placeOf = async (name: string) => (await store.get({ group: 'folder.grafana.app', resource: 'folders', namespace: 'default', name }))!.folder;
    const places = [await placeOf('a'), await placeOf('b')];
    expect(places).toContain('');
    expect(moves.map(({ status }) => status)).toEqual(places.map((place) => (place === '' ? 'rejected' : 'fulfilled')));
  });

  test('who rename the same version of a folder: one wins, the other hears of it, and no change gets lost', async () => {
    const { folder, folders } = contentHouse(await open(resourceMigrations));
    await folder('a');
    await folder('b');
    const rename = (title: string, overwrite = false) => folders.update(admin, 'a', { title, description: undefined, version: 1, overwrite });
    const renames = await Promise.allSettled([rename('One'), rename('Two'), rename('Three')]);
    expect(renames.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    for (const one of renames) if (one.status === 'rejected') expect(one.reason).toMatchObject({ status: 412 });
    await Promise.all([folders.move(admin, 'a', 'b'), rename('Moved', true), folders.update(admin, 'a', { title: undefined, description: 'told', version: 0, overwrite: true })]);
    expect(await folders.find(1, 'a')).toMatchObject({ folder: 'b', title: 'Moved', description: 'told', generation: 5 });
  });

  test('who delete a folder and put something into it leave nothing that nobody finds', async () => {
    const { folder, folders, save, dashboards, index } = contentHouse(await open(resourceMigrations));
    await folder('a');
    await folder('b', 'a');
    await save({ uid: 'there', title: 'There' }, { folderUid: 'b' });
    const saves = Array.from({ length: 6 }, (_, i) => save({ uid: `late-${i}`, title: 'Late' }, { folderUid: 'b' }));
    const outcomes = await Promise.allSettled([folders.delete(admin, 'a', { force: false }), folders.delete(admin, 'a', { force: false }), ...saves]);
    expect(outcomes[0]!.status).toBe('fulfilled');
    for (const one of outcomes.slice(2)) if (one.status === 'rejected') expect(one.reason).toMatchObject({ status: 400, message: 'folder not found' });
    expect(index.entries('default', 'folder')).toEqual([]);
    expect(index.entries('default', 'dashboard')).toEqual([]);
    expect(await dashboards.find(1, 'there')).toBeUndefined();
  });
});
