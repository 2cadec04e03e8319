import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../infra/clock.ts';
import { openTestDatabase } from '../../../infra/db/test-database.ts';
import { silentLogger } from '../../../infra/log/log.ts';
import { resourceMigrations } from '../../../storage/resource-migrations.ts';
import { createInterpolation } from '../../operations/provisioning/interpolation.ts';
import { closeHouses, contentHouse } from '../test-content.ts';
import { createDashboardProvisioner } from './dashboard-provisioner.ts';
import { readProviders } from './dashboard-providers.ts';

afterEach(closeHouses);

const values = createInterpolation({ FOLDER: 'From $$env', MINUTES: '7' });
const read = (...providers: object[]) => readProviders([{ path: 'p.yaml', content: { providers } }], values);

describe('providers', () => {
  test('say what they leave out', () => {
    expect(read({ name: 'a', options: { path: '/x' } })).toEqual([{
      name: 'a', orgId: 1, folder: '', folderUid: '', disableDeletion: false, updateIntervalSeconds: 10, allowUiUpdates: false, path: '/x', foldersFromFilesStructure: false,
    }]);
  });

  test('a bare list is the old form', () => {
    expect(readProviders([{ path: 'p.yaml', content: { '': [{ name: 'a', org_id: 2, options: { folder: '/x' } }] } }], values)).toMatchObject([{ name: 'a', orgId: 2, path: '/x' }]);
  });

  test.each([
    ['no name', [{ options: { path: '/x' } }]], ['no path', [{ name: 'a' }]], ['another type', [{ name: 'a', type: 'git', options: { path: '/x' } }]],
    ['a reserved folder', [{ name: 'a', folderUid: 'general', options: { path: '/x' } }]],
    ['the same name twice', [{ name: 'a', options: { path: '/x' } }, { name: 'a', options: { path: '/y' } }]],
    ['a folder although the files say which', [{ name: 'a', folder: 'F', folderUid: 'f', options: { path: '/x', foldersFromFilesStructure: true } }]],
  ])('%s stops the start', (_, providers) => {
    expect(() => read(...providers)).toThrow('p.yaml');
  });
});

describe('files', () => {
  let root = '';
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  async function house(options: object = {}) {
    root = mkdtempSync(join(tmpdir(), 'dashboards-'));
    const content = contentHouse(await openTestDatabase(resourceMigrations), systemClock);
    let providers: object[] = [{ name: 'p', options: { path: root }, ...options }];
    const { provisioner, service } = createDashboardProvisioner({
      ...content, orgExists: () => true, asStored: async (_org, _version, spec) => spec, log: silentLogger,
      files: { values, read: async () => [{ path: 'p.yaml', content: { providers } }] }, lock: { whileLocked: async (_name, _options, work) => ({ result: await work() }) },
    });
    return {
      ...content, provision: () => provisioner.provision(), begin: () => provisioner.begin!(), service,
      put: (path: string, dashboard: unknown) => {
        mkdirSync(join(root, path, '..'), { recursive: true });
        writeFileSync(join(root, path), typeof dashboard === 'string' ? dashboard : JSON.stringify(dashboard));
      },
      place: (path: string) => join(root, path), remove: (path: string) => rmSync(join(root, path)), configure: (next: object[]) => (providers = next),
      titles: () => content.index.entries('default', 'dashboard').map(({ title }) => title).sort(),
    };
  }

  test('a start without providers leaves what is forsaken until the server answers', async () => {
    const { put, provision, begin, service, configure, titles } = await house();
    put('a.json', { uid: 'a', title: 'A' });
    await provision();
    configure([]);
    await begin();
    expect(titles()).toEqual(['A']);
    expect(service.late).toBe(true);
    const stop = new AbortController();
    const running = service.run(stop.signal);
    await expect.poll(titles).toEqual([]);
    stop.abort();
    await running;
  });

  test('are found behind symbolic links, in circles too', async () => {
    const { put, provision, titles, place } = await house();
    const elsewhere = mkdtempSync(join(tmpdir(), 'linked-'));
    try {
      writeFileSync(join(elsewhere, 'far.json'), JSON.stringify({ uid: 'far', title: 'Far' }));
      put('near.json', { uid: 'near', title: 'Near' });
      symlinkSync(elsewhere, place('linked'));
      symlinkSync(place('.'), place('circle'));
      symlinkSync(join(elsewhere, 'nothing.json'), place('dangling.json'));
      await provision();
      expect(titles()).toEqual(['Far', 'Near']);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  test('are dashboards; what is broken is passed over', async () => {
    const { put, provision, titles, dashboards } = await house();
    put('a.json', { uid: 'a', title: 'A' });
    put('deep/b.json', { uid: 'b', title: 'B' });
    put('.hidden/c.json', { uid: 'c', title: 'C' });
    put('broken.json', '{');
    put('untitled.json', { uid: 'u' });
    put('notes.txt', 'x');
    put('folder.json', { apiVersion: 'folder.grafana.app/v1beta1', kind: 'Folder', metadata: { name: 'f' }, spec: { title: 'F' } });
    await provision();
    expect(titles()).toEqual(['A', 'B']);
    expect((await dashboards.find(1, 'a'))?.annotations).toMatchObject({ 'grafana.app/managedBy': 'classic-file-provisioning', 'grafana.app/managerId': 'p' });
  });

  test('an unchanged file writes nothing, a changed one does, a missing one takes its dashboard with it', async () => {
    const { put, remove, provision, titles, dashboards } = await house();
    put('a.json', { uid: 'a', title: 'A' });
    put('b.json', { uid: 'b', title: 'B' });
    await provision();
    await provision();
    expect((await dashboards.find(1, 'a'))?.generation).toBe(1);
    put('a.json', { uid: 'a', title: 'A2' });
    remove('b.json');
    await provision();
    expect(titles()).toEqual(['A2']);
  });

  test('are kept to the letter, in both shapes', async () => {
    const { put, provision, dashboards } = await house();
    put('a.json', '{"id":5,"uid":"a","title":"A","n":1.0,"big":12345678901234567890}');
    put('b.json', '{"apiVersion":"dashboard.grafana.app/v0alpha1","kind":"Dashboard","metadata":{"name":"b"},"spec":{"title":"B","n":1.0}}');
    put('c.json', { apiVersion: 'dashboard.grafana.app/v0alpha1', kind: 'Dashboard', metadata: { name: 'c', annotations: { 'grafana.app/folder': 'elsewhere' } }, spec: { title: 'C' } });
    await provision();
    expect((await dashboards.find(1, 'a'))?.spec).toBe('{"title":"A","n":1.0,"big":12345678901234567890}');
    expect((await dashboards.find(1, 'b'))?.spec).toBe('{"title":"B","n":1.0}');
    expect(await dashboards.find(1, 'c')).toBeUndefined();
  });

  test('a dashboard whose file went stays where deletion is disabled', async () => {
    const { put, remove, provision, titles } = await house({ disableDeletion: true });
    put('a.json', { uid: 'a', title: 'A' });
    await provision();
    remove('a.json');
    await provision();
    expect(titles()).toEqual(['A']);
  });

  test('dashboards of a provider that is gone go too', async () => {
    const { put, provision, titles, configure } = await house();
    put('a.json', { uid: 'a', title: 'A' });
    await provision();
    configure([]);
    await provision();
    expect(titles()).toEqual([]);
  });

  test('folders come from the provider, or from where the files lie', async () => {
    const { put, provision, configure, index } = await house({ folder: 'Kept' });
    put('deep/a.json', { uid: 'a', title: 'A' });
    await provision();
    const folderOf = () => index.folder('default', index.dashboard('default', 'a')!.folder)?.title;
    expect(folderOf()).toBe('Kept');
    configure([{ name: 'p', options: { path: root, foldersFromFilesStructure: true } }]);
    put('deep/a.json', { uid: 'a', title: 'A', tags: ['moved'] });
    await provision();
    expect(folderOf()).toBe('deep');
  });
});
