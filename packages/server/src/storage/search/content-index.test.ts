import { describe, expect, test } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { openTestDatabase } from '../../infra/db/test-database.ts';
import { silentLogger } from '../../infra/log/log.ts';
import { resourceMigrations } from '../resource-migrations.ts';
import type { ResourceEvent, StoredResource } from '../resource-store.ts';
import { createResourceStore } from '../sql-resource-store.ts';
import { dashboardType, folderType } from './content-entry.ts';
import { createContentIndex, type FindOptions } from './content-index.ts';

const all: FindOptions = { order: 'folders-first', offset: 0, limit: 100 };

async function house() {
  const store = createResourceStore({ db: await openTestDatabase(resourceMigrations), clock: systemClock, log: silentLogger });
  const write = (type: typeof dashboardType | typeof folderType, name: string, title: string, folder = '', spec: object = {}) => ({
    ...type, namespace: 'default', name, apiVersion: 'v1', title, folder, labels: {}, annotations: {}, spec: JSON.stringify({ title, ...spec }), author: 'user:ada',
  });
  return {
    store, index: createContentIndex({ store }),
    board: (name: string, title: string, folder = '', spec: object = {}) => store.create(write(dashboardType, name, title, folder, spec)),
    folder: (name: string, title: string, parent = '') => store.create(write(folderType, name, title, parent)),
    change: (name: string, title: string, folder = '') => store.update(write(dashboardType, name, title, folder)),
    move: (name: string, title: string, parent: string) => store.update(write(folderType, name, title, parent)),
    remove: (name: string) => store.delete({ ...dashboardType, namespace: 'default', name }, { author: 'user:ada' }),
  };
}
const names = (entries: readonly { name: string }[]) => entries.map(({ name }) => name);

describe('what is found', () => {
  test('is there as soon as it is written, and no longer than it exists', async () => {
    const { index, board, change, remove } = await house();
    await board('before', 'Kettle before');
    await index.ready();
    await board('after', 'Kettle after');
    const kettles = () => names(index.find('default', { ...all, query: 'KETTLE' }).hits);
    expect(kettles()).toEqual(['after', 'before']);
    await change('after', 'Teapot');
    expect(kettles()).toEqual(['before']);
    await remove('before');
    expect(kettles()).toEqual([]);
    expect(index.find('org-2', all).hits).toEqual([]);
  });

  test('folders come first, each kind in title order', async () => {
    const { index, board, folder } = await house();
    for (const title of ['b', 'C', 'a']) await board(`d-${title}`, title);
    await folder('f-z', 'z');
    await index.ready();
    expect(names(index.find('default', all).hits)).toEqual(['f-z', 'd-a', 'd-b', 'd-C']);
    expect(names(index.find('default', { ...all, order: 'title-descending', kind: 'dashboard' }).hits)).toEqual(['d-C', 'd-b', 'd-a']);
    expect(names(index.find('default', { ...all, offset: 1, limit: 2 }).hits)).toEqual(['d-a', 'd-b']);
  });

  test('conditions all hold together, and the last word is the asker’s', async () => {
    const { index, board } = await house();
    await board('one', 'One', 'a', { tags: ['x', 'y'] });
    await board('two', 'Two', 'a', { tags: ['x'] });
    await board('three', 'Three', 'b', { tags: ['x', 'y'] });
    await index.ready();
    const find = (options: Partial<FindOptions>) => names(index.find('default', { ...all, ...options }).hits);
    expect(find({ tags: ['x', 'y'] })).toEqual(['one', 'three']);
    expect(find({ tags: ['x', 'y'], folders: new Set(['a']) })).toEqual(['one']);
    expect(find({ names: new Set(['two', 'three']) })).toEqual(['three', 'two']);
    expect(find({ accept: ({ name }) => name !== 'one', tags: ['x'] })).toEqual(['three', 'two']);
    expect(index.find('default', { ...all, limit: 1, countAll: true }).total).toBe(3);
  });

  test('a part of a title is found where titles meet neither', async () => {
    const { index, board } = await house();
    await board('one', 'ab');
    await board('two', 'cd');
    await index.ready();
    expect(index.find('default', { ...all, query: 'bc' }).hits).toEqual([]);
    expect(index.find('default', { ...all, query: 'b\nc' }).hits).toEqual([]);
  });
});

describe('the tree', () => {
  test('follows moves', async () => {
    const { index, folder, board, move } = await house();
    for (const [name, parent] of [['a', ''], ['b', 'a'], ['c', 'b'], ['x', '']] as const) await folder(name, name, parent);
    await board('d', 'D', 'c');
    await index.ready();
    expect(index.lineage('default', 'c')).toEqual(['c', 'b', 'a']);
    expect(names(index.subtree('default', 'a'))).toEqual(['b', 'c']);
    const before = index.treeRevision('default');
    await move('b', 'b', 'x');
    expect(index.treeRevision('default')).toBeGreaterThan(before);
    expect(names(index.path('default', 'c'))).toEqual(['x', 'b', 'c']);
    expect(names(index.childFolders('default', 'a'))).toEqual([]);
    expect(names(index.dashboardsIn('default', 'c'))).toEqual(['d']);
  });

  test('a circle, which other programs may have written, ends', async () => {
    const { index, folder, move } = await house();
    await folder('a', 'a');
    await folder('b', 'b', 'a');
    await move('a', 'a', 'b');
    await index.ready();
    expect(index.lineage('default', 'a').length).toBeLessThan(10);
    expect(index.subtree('default', 'a').length).toBeLessThan(10);
  });
});

describe('filling', () => {
  const stored = (name: string, resourceVersion: number, title = name): StoredResource => ({
    ...dashboardType, namespace: 'default', name, uid: name, legacyId: resourceVersion, apiVersion: 'v1', title, folder: '', labels: {}, annotations: {}, spec: '{}', status: '',
    finalizers: [], managedFields: '', ownerReferences: '', secure: '', generation: 1, resourceVersion, created: 0, createdBy: '', updated: 0, updatedBy: '', deleted: false,
  } as unknown as StoredResource);

  test('what happens meanwhile wins over what was read', async () => {
    let hear: (event: ResourceEvent) => void = () => {};
    let release = () => {};
    const held = new Promise<void>((done) => (release = done));
    const index = createContentIndex({ store: {
      onEvent(listener) {
        hear = listener;
        return () => {};
      },
      async list(type) {
        await held;
        return { items: type.resource === 'dashboards' ? [stored('kept', 1), stored('gone', 2), stored('changed', 3)] : [], resourceVersion: 3, continueToken: '' };
      },
    } });
    const ready = index.ready();
    const event = (type: ResourceEvent['type'], object: StoredResource) => hear({ type, object, resourceVersion: object.resourceVersion } as ResourceEvent);
    event('DELETED', stored('gone', 4));
    event('MODIFIED', stored('changed', 5, 'new'));
    release();
    await ready;
    expect(index.entries('default', 'dashboard').map(({ name, title }) => `${name} ${title}`)).toEqual(['kept kept', 'changed new']);
  });

  // How long it takes is measured by bench/content.ts, beside its budget.
  test('ten thousand dashboards are read page by page, each page once', { timeout: 120_000 }, async () => {
    const items = Array.from({ length: 10_000 }, (_, i) => stored(`d${i}`, i + 1, `Dashboard ${i * 7919 % 10_000}`));
    const pages: string[] = [];
    const index = createContentIndex({ store: {
      onEvent: () => () => {},
      list: async (type, { continueToken = '0' }) => {
        const from = Number(continueToken);
        pages.push(`${type.resource} ${from}`);
        const page = type.resource === 'dashboards' ? items.slice(from, from + 500) : [];
        return { items: page, resourceVersion: 1, continueToken: page.length === 500 ? String(from + 500) : '' };
      },
    } });
    await index.ready();
    expect(new Set(pages).size).toBe(pages.length);
    expect(pages.filter((page) => page.startsWith('dashboards'))).toHaveLength(21);
    expect(index.find('default', { ...all, query: 'dashboard 42', limit: 5, countAll: true }).total).toBe(111);
  });
});
