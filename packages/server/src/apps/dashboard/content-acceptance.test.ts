/** The acceptance scenarios of apiserver-and-storage §10 about dashboards and folders, on the real services and every database; and the trash, which the reference has for single dashboards only. */
import { afterEach, expect, test } from 'vitest';
import { pathOf, startTestApi, type TestApi } from '../../apiserver/test-api.ts';
import { onEveryDatabase } from '../../infra/db/on-every-database.ts';
import { admin, closeHouses, contentHouse, person } from '../../services/content/test-content.ts';
import { resourceMigrations } from '../../storage/resource-migrations.ts';
import { playlistKind } from '../playlist/playlist-kind.ts';
import { folderKind } from '../folder/folder-kind.ts';
import { dashboardKind } from './dashboard-kind.ts';
import { noSources } from './schema/document.ts';

afterEach(closeHouses);

const guests = { root: admin, reader: person({ 'dashboards:read': ['*'], 'folders:read': ['*'] }, { id: 8, uid: 'reader' }), nobody: person({}, { id: 9, uid: 'nobody' }) };
const historyOf = (name: string) => `labelSelector=${encodeURIComponent('grafana.app/get-history=true')}&fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
const trash = `labelSelector=${encodeURIComponent('grafana.app/get-trash=true')}`;

onEveryDatabase('dashboards and folders under /apis', (open) => {
  async function played(play: (api: TestApi & { D: (version?: string) => string; F: string; P: string; granted: readonly string[] }) => Promise<void>): Promise<void> {
    const db = await open(resourceMigrations);
    const house = contentHouse(db);
    const { index, access, store, folders } = house;
    const granted: string[] = [];
    const permissions = { grantRootDefaults: async (_orgId: number, uid: string) => void granted.push(uid), forget: async () => {} };
    const backendOf: TestApi['apiServer']['backendOf'] = (kind) => api.apiServer.backendOf(kind);
    const dashboards = dashboardKind({
      index, access, permissions, dashboards: { forget: async () => {} }, checkQuota: async () => {}, minRefreshMs: 5_000, subPath: '', validates: () => true, isPublic: () => false, backendOf,
      sources: { load: async () => {}, current: () => noSources },
    });
    const folder = folderKind({ index, access, permissions, grantOnCreation: false, checkQuota: async () => {}, restore: (identity, uid) => folders.restore(identity, uid), confirmPlace: folders.confirmPlace, contents: () => [] });
    const api = await startTestApi({ db, store, guests, kinds: [dashboards, folder, playlistKind] });
    try {
      await play({ ...api, D: (version = 'v1beta1') => pathOf(dashboards, version), F: pathOf(folder, 'v1beta1'), P: pathOf(playlistKind, 'v1'), granted });
    } finally {
      await api.close();
    }
  }

  const dashboard = (name: string, spec: object = {}, folder = '') => ({ metadata: { name, ...(folder ? { annotations: { 'grafana.app/folder': folder } } : {}) }, spec: { title: name, ...spec } });
  const folder = (name: string, parent = '') => ({ metadata: { name, ...(parent ? { annotations: { 'grafana.app/folder': parent } } : {}) }, spec: { title: name } });
  const names = (answer: { json: { items: { metadata: { name: string } }[] } }) => answer.json.items.map(({ metadata }) => metadata.name);

  test('17–18, 21–22: what a dashboard may be, who may do what with it, its versions', { timeout: 120_000 }, () => played(async ({ call, D }) => {
      expect((await call('root', 'GET', `${D()}?watch=true`)).json).toMatchObject({ code: 405, kind: 'Status' });
      expect((await call('root', 'POST', D(), dashboard('lost', {}, 'nowhere'))).json).toMatchObject({ code: 404, message: 'folders.folder.grafana.app "nowhere" not found' });
      expect((await call('root', 'POST', D(), { metadata: { name: 'untitled' }, spec: {} })).json.spec.title).toBe('No Title');
      expect((await call('root', 'POST', D('v0alpha1'), { metadata: { name: 'untitled0' }, spec: {} })).json).toMatchObject({ code: 400, message: 'Dashboard title cannot be empty' });
      expect((await call('root', 'POST', D(), dashboard('tagged', { tags: ['t'.repeat(51)] }))).json.code).toBe(400);
    // 21: what may be done with it.
    {
      await call('root', 'POST', D(), dashboard('board', { title: 'The Board' }));
      const seen = await call('reader', 'GET', `${D()}/board/dto`);
      expect(seen.json).toMatchObject({ kind: 'DashboardWithAccessInfo', access: { canEdit: false, canSave: false, canDelete: false, slug: 'the-board', url: '/d/board/the-board' } });
      expect((await call('root', 'GET', `${D()}/board/dto`)).json.access).toMatchObject({ canEdit: true, canSave: true, canAdmin: true, canDelete: true, canStar: true });
      expect((await call('nobody', 'GET', `${D()}/board/dto`)).status).toBe(403);
    }
    // 22: a dashboard of the second generation is read as every other version.
    {
      const panel = { kind: 'Panel', spec: { id: 1, title: 'P', description: '', links: [], data: { kind: 'QueryGroup', spec: { queries: [], transformations: [], queryOptions: {} } }, vizConfig: { kind: 'VizConfig', group: 'text', version: '', spec: { options: {}, fieldConfig: { defaults: {}, overrides: [] } } } } };
      const spec = {
        title: 'Modern', tags: [], links: [], annotations: [], variables: [], cursorSync: 'Off', preload: false, elements: { 'panel-1': panel },
        timeSettings: { from: 'now-1h', to: 'now', autoRefresh: '', autoRefreshIntervals: [], hideTimepicker: false, fiscalYearStartMonth: 0 },
        layout: { kind: 'GridLayout', spec: { items: [{ kind: 'GridLayoutItem', spec: { x: 0, y: 0, width: 12, height: 8, element: { kind: 'ElementReference', name: 'panel-1' } } }] } },
      };
      const made = await call('root', 'POST', D('v2beta1'), { metadata: { name: 'modern' }, spec });
      expect(made.status, made.text).toBe(201);
      for (const version of ['v0alpha1', 'v1beta1']) {
        expect((await call('root', 'GET', `${D(version)}/modern`)).json).toMatchObject({ spec: { title: 'Modern', panels: [{ id: 1, type: 'text', title: 'P' }] }, status: { conversion: { failed: false, storedVersion: 'v2beta1' } } });
      }
      const wrong = await call('root', 'POST', D('v2beta1'), { metadata: { name: 'wrong' }, spec: { ...spec, layout: { kind: 'GridLayout', spec: { items: [{ kind: 'GridLayoutItem', spec: { element: { kind: 'Elephant', name: 'panel-1' } } }] } } } });
      expect(wrong.json).toMatchObject({ code: 422, reason: 'Invalid', details: { causes: [{ field: 'DashboardSpec.layout.spec.items.0.spec.element.kind' }] } });
      const extra = { metadata: { name: 'extra' }, spec: { ...spec, colour: 'red' } };
      expect((await call('root', 'POST', `${D('v2beta1')}?fieldValidation=Strict`, extra)).json).toMatchObject({ code: 400, message: expect.stringContaining('strict decoding error: unknown field "spec.colour"') });
      const warned = await call('root', 'POST', D('v2beta1'), extra);
      expect([warned.status, warned.headers.get('warning'), warned.json.spec.colour]).toEqual([201, '299 - "unknown field \\"spec.colour\\""', undefined]);
      expect((await call('root', 'POST', `${D('v2beta1')}?fieldValidation=Ignore`, { metadata: { name: 'wrong' }, spec: { ...spec, cursorSync: 'Sideways' } })).status).toBe(201);
    }
  }));

  test('19–20: history, and what comes back from the trash', { timeout: 120_000 }, () => played(async ({ call, D, P, granted }) => {
    // 19–20: five saves are five versions, and what is deleted is posted again.
    {
      await call('root', 'POST', D(), dashboard('d', { n: 1 }));
      for (let n = 2; n <= 5; n++) await call('root', 'PUT', `${D()}/d`, dashboard('d', { n }));
      const versions: string[] = [];
      for (let next = ''; ;) {
        const { json } = await call('root', 'GET', `${D()}?${historyOf('d')}&limit=2${next && `&continue=${encodeURIComponent(next)}`}`);
        versions.push(...json.items.map((item: { metadata: { resourceVersion: string } }) => item.metadata.resourceVersion));
        next = json.metadata.continue ?? '';
        if (!next) break;
      }
      expect(new Set(versions).size).toBe(5);
      expect(versions).toEqual(versions.toSorted((a, b) => Number(b) - Number(a)));
      expect((await call('root', 'DELETE', `${D()}/d`)).json).toMatchObject({ kind: 'Status', status: 'Success' });
      const bin = await call('root', 'GET', `${D()}?${trash}`);
      expect(bin.json.items).toMatchObject([{ metadata: { name: 'd', generation: -999 }, spec: { n: 5 } }]);
      expect(names(await call('reader', 'GET', `${D()}?${trash}`))).toEqual([]);
      expect((await call('root', 'POST', D(), { metadata: { name: 'd' }, spec: bin.json.items[0].spec })).json.metadata.generation).toBe(1);
      expect(names(await call('root', 'GET', `${D()}?${trash}`))).toEqual([]);
    }
    // Everything comes back from the trash by one request.
    {
      await call('root', 'POST', P, { metadata: { name: 'list', labels: { team: 'blue' } }, spec: { title: 'List', interval: '5m', items: [] } });
      await call('root', 'DELETE', `${P}/list`);
      expect((await call('editor', 'POST', `${P}/list/restore`)).json).toMatchObject({ code: 404, message: 'playlists.playlist.grafana.app "list" not found' });
      expect((await call('viewer', 'POST', `${P}/list/restore`)).status).toBe(403);
      expect((await call('root', 'POST', `${P}/list/restore?dryRun=All`)).status).toBe(201);
      expect((await call('root', 'GET', `${P}/list`)).status).toBe(404);
      const list = await call('root', 'POST', `${P}/list/restore`);
      expect(list.json).toMatchObject({ kind: 'Playlist', metadata: { name: 'list', labels: { team: 'blue' }, generation: 1 }, spec: { title: 'List' } });
      expect((await call('root', 'POST', `${P}/list/restore`)).json).toMatchObject({ code: 409, reason: 'AlreadyExists' });
      expect((await call('root', 'POST', `${P}/never/restore`)).status).toBe(404);
      expect((await call('root', 'GET', `${P}/list/restore`)).status).toBe(405);

      // A number of more digits than JavaScript has, and the version that it was written in, stay.
      const exact = '{"title":"Exact","n":12345678901234567890}';
      await call('root', 'POST', D('v0alpha1'), `{"metadata":{"name":"exact"},"spec":${exact}}`);
      await call('root', 'DELETE', `${D('v0alpha1')}/exact`);
      await call('root', 'POST', `${D()}/exact/restore`);
      expect(granted).toEqual(['exact']);
      expect((await call('root', 'GET', `${D('v0alpha1')}/exact`)).text).toContain('12345678901234567890');
      expect((await call('root', 'GET', `${D()}/exact`)).json.status.conversion.storedVersion).toBe('v0alpha1');
    }
  }));

  test('24: folders in folders, and their way out of the trash', { timeout: 120_000 }, () => played(async ({ call, D, F }) => {
    // 24: parents, folders that are not empty, five levels.
    {
      let parent = '';
      for (const name of ['f1', 'f2', 'f3', 'f4', 'f5']) {
        expect((await call('root', 'POST', F, folder(name, parent))).status).toBe(201);
        parent = name;
      }
      expect((await call('root', 'POST', F, folder('f6', 'f5'))).json).toMatchObject({ code: 400, message: expect.stringContaining('max depth is 4') });
      expect((await call('root', 'GET', `${F}/f3/parents`)).json.items.map(({ name }: { name: string }) => name)).toEqual(['f1', 'f2', 'f3']);
      const paths = await call('root', 'GET', `${F}?labelSelector=${encodeURIComponent('grafana.app/fullpath=true')}`);
      expect(paths.json.items.at(-1).metadata.annotations).toMatchObject({ 'grafana.app/fullpath': 'f1/f2/f3/f4/f5', 'grafana.app/fullpathUIDs': 'f1/f2/f3/f4/f5' });
      expect((await call('root', 'GET', `${F}/f2`)).json.metadata.annotations).not.toHaveProperty('grafana.app/fullpath');
      expect((await call('root', 'DELETE', `${F}/f4`)).json).toMatchObject({ code: 400, message: 'Folder cannot be deleted: folder is not empty', details: { uid: 'folder.not-empty' } });
    }
      await call('root', 'POST', F, folder('top'));
      await call('root', 'POST', F, folder('inner', 'top'));
      await call('root', 'POST', D(), dashboard('deep', {}, 'inner'));
      for (const path of [`${D()}/deep`, `${F}/inner`, `${F}/top`]) expect((await call('root', 'DELETE', path)).status).toBe(200);
      expect((await call('root', 'POST', `${D()}/deep/restore`)).json.metadata.annotations).not.toHaveProperty('grafana.app/folder');
      await call('root', 'DELETE', `${D()}/deep`);

      await call('root', 'POST', F, folder('house'));
      await call('root', 'POST', F, folder('room', 'house'));
      await call('root', 'POST', D(), dashboard('lamp', {}, 'room'));
      for (const path of [`${D()}/lamp`, `${F}/room`, `${F}/house`]) await call('root', 'DELETE', path);
      expect((await call('reader', 'POST', `${F}/house/restore`)).status).toBe(404);
      expect((await call('root', 'POST', `${F}/house/restore`)).json).toMatchObject({ kind: 'Folder', metadata: { name: 'house' } });
      expect((await call('root', 'GET', `${F}/room`)).json.metadata.annotations['grafana.app/folder']).toBe('house');
      expect((await call('root', 'GET', `${D()}/lamp`)).json.metadata.annotations['grafana.app/folder']).toBe('room');
      expect(names(await call('root', 'GET', `${F}?${trash}`)).sort()).toEqual(['inner', 'top']);
  }));
});
