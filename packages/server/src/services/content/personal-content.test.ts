/** Stars, short links, snapshots, library panels and shared dashboards: what hangs on dashboards and lies in tables of its own. */
import { afterEach, expect, test } from 'vitest';
import { onEveryDatabase } from '../../infra/db/on-every-database.ts';
import { secretsMigrations } from '../../infra/secrets/secrets.ts';
import { createSecrets } from '../../infra/secrets/secrets-service.ts';
import { resourceMigrations } from '../../storage/resource-migrations.ts';
import { createLibraryService } from './library/library-service.ts';
import { createLibraryStore, libraryMigrations } from './library/library-store.ts';
import { panelKind } from './library/library.ts';
import { createShortUrlService } from './shorturls/short-url-service.ts';
import { createShortUrlStore, shortUrlMigrations } from './shorturls/short-url-store.ts';
import { createSnapshotService } from './snapshots/snapshot-service.ts';
import { createSnapshotStore, snapshotMigrations } from './snapshots/snapshot-store.ts';
import { createStarService } from './stars/star-service.ts';
import { createStarStore, starMigrations } from './stars/star-store.ts';
import { admin, closeHouses, contentHouse, person } from './test-content.ts';

onEveryDatabase('what hangs on dashboards', (open) => {
  afterEach(closeHouses);

  async function house() {
    const db = await open([...resourceMigrations, ...secretsMigrations, ...libraryMigrations, ...shortUrlMigrations, ...snapshotMigrations, ...starMigrations]);
    const now = { at: 1_700_000_000_000 };
    const clock = { now: () => now.at, sleep: async () => {} };
    const content = contentHouse(db, clock);
    const { index, access } = content;
    const settings = { enabled: true, externalEnabled: true, externalUrl: 'http://elsewhere', externalName: '', publicMode: false };
    const elsewhere = { answer: () => Response.json({}), asked: [] as string[] };
    const fetch = async (url: string | URL | Request) => {
      elsewhere.asked.push(String(url));
      return elsewhere.answer();
    };
    return {
      ...content, now, elsewhere,
      stars: createStarService({ stars: createStarStore(db), index, access, clock }),
      links: createShortUrlService({ store: createShortUrlStore(db), clock, expireDays: 7 }),
      library: createLibraryService({ store: createLibraryStore(db), index, access, clock }),
      snapshots: createSnapshotService({ store: createSnapshotStore(db, createSecrets({ db, clock, secretKey: 'k' })), index, access, clock, settings, subPath: '', fetch }),
    };
  }

  test('a star is kept once, and not on what may not be read', async () => {
    const { stars, save } = await house();
    await save({ uid: 'd', title: 'D' });
    await stars.star(admin, 'd');
    await stars.star(admin, 'd');
    expect([...(await stars.starredBy(admin))]).toEqual(['d']);
    await expect(stars.star(person({}), 'd')).rejects.toMatchObject({ status: 404 });
    await stars.forgetDashboard(1, 'd');
    expect((await stars.starredBy(admin)).size).toBe(0);
  });

  test('a link that nobody followed goes when it is old', async () => {
    const { links, now } = await house();
    await links.create(admin, { uid: 'used', path: 'd/x' });
    await links.create(admin, { uid: 'never', path: 'd/y' });
    await links.follow(1, 'used');
    now.at += 8 * 86_400_000;
    await links.cleanUp();
    expect((await links.find(1, 'used'))?.path).toBe('d/x');
    expect(await links.find(1, 'never')).toBeUndefined();
    await expect(links.create(admin, { uid: 'used', path: 'd/z' })).rejects.toMatchObject({ status: 409 });
    for (const path of ['/d/x', '../x', 'd/../../x']) await expect((async () => links.create(admin, { uid: '', path }))()).rejects.toMatchObject({ status: 400 });
  });

  test('a snapshot can be read by its key until it expires', async () => {
    const { snapshots, save, now } = await house();
    await save({ uid: 'd', title: 'D' });
    const made = await snapshots.create(admin, { dashboard: { uid: 'd', title: 'D', secret: 'ä' }, name: '', expires: 60, external: false, key: '', deleteKey: '' });
    expect(JSON.parse((await snapshots.read(made.key)).dashboard)).toMatchObject({ secret: 'ä' });
    expect(await snapshots.list(admin, { like: '', limit: 10 })).toHaveLength(1);
    await expect(snapshots.create(admin, { dashboard: { uid: 'd' }, name: '', expires: 0, external: false, key: made.key, deleteKey: '' })).rejects.toMatchObject({ status: 409 });
    now.at += 61_000;
    await expect(snapshots.read(made.key)).rejects.toMatchObject({ status: 404 });
    await snapshots.cleanUp();
    await expect(snapshots.deleteBySecret(made.deleteKey)).rejects.toMatchObject({ status: 404 });
  });

  test('a snapshot that another server keeps goes there first, and is gone when that server has it no more', async () => {
    const { snapshots, save, elsewhere } = await house();
    await save({ uid: 'd', title: 'D' });
    const external = { dashboard: { uid: 'd', title: 'D' }, name: 'far', expires: 0, external: true, key: 'mine', deleteKey: 'mine' };
    elsewhere.answer = () => Response.json({ key: 'k', deleteKey: 'dk', url: 'http://elsewhere/dashboard/snapshot/k', deleteUrl: 'http://elsewhere/api/snapshots-delete/dk' });
    expect(await snapshots.create(admin, external)).toMatchObject({ key: 'k', deleteKey: 'dk', external: true, externalUrl: 'http://elsewhere/dashboard/snapshot/k', dashboard: '{}' });
    elsewhere.answer = () => Response.json({ message: 'full' }, { status: 500 });
    await expect(snapshots.deleteBySecret('dk')).rejects.toMatchObject({ status: 500 });
    expect(await snapshots.list(admin, { like: '', limit: 10 })).toHaveLength(1);
    elsewhere.answer = () => Response.json({ message: 'Failed to get dashboard snapshot' }, { status: 500 });
    await snapshots.deleteBySecret('dk');
    expect(await snapshots.list(admin, { like: '', limit: 10 })).toEqual([]);
    await expect(snapshots.create(admin, external)).rejects.toMatchObject({ status: 500, message: 'Failed to create external snapshot' });
    expect(elsewhere.asked).toEqual(['http://elsewhere/api/snapshots', ...Array(2).fill('http://elsewhere/api/snapshots-delete/dk'), 'http://elsewhere/api/snapshots']);
  });

  const panel = (uid: string, more: object = {}) => ({ uid, name: uid, kind: panelKind, model: { type: 'text', title: uid }, folderUid: 'a', folderId: 0, ...more });

  test('a library panel in use stays', async () => {
    const { library, folder, save, dashboards, now } = await house();
    await folder('a');
    await library.create(admin, panel('p'));
    await save({ uid: 'd', title: 'D', panels: [{ id: 1, libraryPanel: { uid: 'p', name: 'p' } }] });
    expect((await library.usage(1)).get('p')).toBe(1);
    await expect(library.delete(admin, 'p')).rejects.toMatchObject({ status: 403 });
    await dashboards.delete(admin, 'd');
    await library.delete(admin, 'p');
    await expect(library.delete(admin, 'p')).rejects.toMatchObject({ status: 404 });
    now.at += 31_000;
    await expect(library.delete(admin, 'p'), 'what is forgotten is refused').rejects.toMatchObject({ status: 403 });
  });

  test('of two who change the same library panel the second hears of it', async () => {
    const { library, folder } = await house();
    await folder('a');
    await library.create(admin, panel('p'));
    const change = { uid: '', name: 'q', kind: panelKind, model: undefined, version: 1, folderUid: undefined };
    expect((await library.update(admin, 'p', change)).version).toBe(2);
    await expect(library.update(admin, 'p', change)).rejects.toMatchObject({ status: 412 });
    await expect(library.create(admin, panel('p'))).rejects.toMatchObject({ status: 400 });
  });
});
