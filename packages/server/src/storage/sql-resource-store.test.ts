import { afterEach, expect, test } from 'vitest';
import { systemClock, type Clock } from '../infra/clock.ts';
import type { Database } from '../infra/db/database.ts';
import { onEveryDatabase } from '../infra/db/on-every-database.ts';
import { silentLogger } from '../infra/log/log.ts';
import { resourceMigrations } from './resource-migrations.ts';
import { pruneHistory } from './resource-retention.ts';
import type { ResourceEvent, ResourceKey, ResourceWrite } from './resource-store.ts';
import { createResourceStore } from './sql-resource-store.ts';

const type = { group: 'music.example', resource: 'songs' };
const key = (name: string, namespace = 'default'): ResourceKey => ({ ...type, namespace, name });
const song = (name: string, more: Partial<ResourceWrite> = {}): ResourceWrite => ({
  ...key(name), apiVersion: 'v1', title: name, folder: '', labels: {}, annotations: {}, spec: `{"title":"${name}"}`, author: 'user:ada', ...more,
});

let stop = new AbortController();
afterEach(() => stop.abort());

function storeOn(db: Database, clock: Clock = systemClock) {
  stop = new AbortController();
  return createResourceStore({ db, clock, log: silentLogger });
}

async function take(events: AsyncIterable<ResourceEvent>, n: number): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of events) {
    seen.push(`${event.type} ${event.object.name}`);
    if (seen.length === n) break;
  }
  return seen;
}

onEveryDatabase('resource store', (open) => {
  test('creates once, reads back, counts generations', async () => {
    const songs = storeOn(await open(resourceMigrations));
    const made = await songs.create(song('a', { labels: { mood: 'blue' }, annotations: { note: 'n', 'grafana.app/createdBy': 'user:forged' }, folder: 'f' }));
    expect(made).toMatchObject({ generation: 1, createdBy: 'user:ada', deleted: false, annotations: { note: 'n', 'grafana.app/createdBy': 'user:ada', 'grafana.app/folder': 'f' } });
    expect(await songs.get(key('a'))).toEqual(made);
    expect(await songs.getByLegacyId(type, 'default', made.legacyId)).toEqual(made);
    await expect(songs.create(song('a'))).rejects.toMatchObject({ kind: 'already-exists' });
    const relabelled = await songs.update(song('a', { folder: 'f' }));
    expect(relabelled.generation).toBe(1);
    expect(relabelled.annotations['grafana.app/updatedBy']).toBeUndefined();
    const changed = await songs.update(song('a', { spec: '{"title":"b"}', author: 'user:bob' }));
    expect(changed).toMatchObject({ generation: 2, updatedBy: 'user:bob', createdBy: 'user:ada', folder: '' });
    expect(changed.annotations['grafana.app/updatedBy']).toBe('user:bob');
    expect((await songs.history(key('a'))).map((s) => s.resourceVersion)).toEqual([changed, relabelled, made].map((s) => s.resourceVersion));
    expect(await songs.getVersion(key('a'), { generation: 1 })).toMatchObject({ resourceVersion: relabelled.resourceVersion });
  });

  test('what is read again and again is fetched once, and never older than the last write of any process', async () => {
    const db = await open(resourceMigrations);
    const [songs, elsewhere] = [storeOn(db), storeOn(db)];
    await elsewhere.create(song('a'));
    const reads = async () => [await songs.get(key('a')), await songs.get(key('a')), await songs.get(key('a'))] as const;
    const [, second, third] = await reads();
    expect(third).toBe(second);
    const changed = await elsewhere.update(song('a', { spec: '{"title":"b"}' }));
    expect(await reads()).toEqual([changed, changed, changed]);
    await elsewhere.delete(key('a'), { author: 'user:ada' });
    expect(await reads()).toEqual([undefined, undefined, undefined]);
    const anew = await elsewhere.create(song('a', { secure: '{"token":{"name":"n"}}' }));
    expect(await reads()).toEqual([anew, anew, anew]);
    expect(await songs.get(key('a')), 'secrets are read anew').not.toBe(await songs.get(key('a')));
  });

  test('a change that changes nothing is not written', async () => {
    const songs = storeOn(await open(resourceMigrations));
    const made = await songs.create(song('a'));
    expect(await songs.update(song('a'))).toEqual(made);
    expect(await songs.history(key('a'))).toHaveLength(1);
  });

  test('of two writers one wins, the other hears of the conflict', async () => {
    const songs = storeOn(await open(resourceMigrations));
    const { resourceVersion } = await songs.create(song('a'));
    const results = await Promise.allSettled([1, 2].map((n) => songs.update(song('a', { spec: `{"n":${n}}` }), resourceVersion)));
    expect(results.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(songs.update(song('nope'))).rejects.toMatchObject({ kind: 'not-found' });
    await expect(songs.delete(key('a'), { author: 'user:ada', expect: resourceVersion })).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('versions grow even when the clock goes back', async () => {
    const clock = { ms: 2_000_000_000_000, now() { return this.ms; }, sleep: systemClock.sleep };
    const songs = storeOn(await open(resourceMigrations), clock);
    const versions = [(await songs.create(song('a'))).resourceVersion];
    clock.ms -= 60_000;
    for (const n of [1, 2, 3]) versions.push((await songs.update(song('a', { spec: `${n}` }))).resourceVersion);
    expect(versions.toSorted((a, b) => a - b)).toEqual(versions);
    expect(new Set(versions).size).toBe(4);
    expect(await songs.currentVersion(type)).toBe(versions.at(-1));
  });

  test('what is deleted lies in the trash until it is made again', async () => {
    const songs = storeOn(await open(resourceMigrations));
    await songs.create(song('a'));
    const gone = await songs.delete(key('a'), { author: 'user:bob' });
    expect(gone).toMatchObject({ deleted: true, generation: -999, updatedBy: 'user:bob' });
    expect(await songs.get(key('a'))).toBeUndefined();
    expect((await songs.trash(type, 'default')).items).toMatchObject([{ name: 'a', deleted: true }]);
    await songs.create(song('a', { spec: '{"again":1}' }));
    expect((await songs.trash(type, 'default')).items).toEqual([]);
    expect(await songs.history(key('a'))).toHaveLength(1);
    expect(await songs.history(key('a'), { includeDeleted: true })).toHaveLength(3);
  });

  test('finalizers hold an object until they are taken off', async () => {
    const songs = storeOn(await open(resourceMigrations));
    await songs.create(song('a', { finalizers: ['hold'] }));
    const marked = await songs.delete(key('a'), { author: 'user:ada' });
    expect(marked.deleted).toBe(false);
    expect(marked.deletionTimestamp).toBeGreaterThan(0);
    expect(await songs.update(song('a', { finalizers: [] }))).toMatchObject({ deleted: true });
    expect(await songs.get(key('a'))).toBeUndefined();
  });

  test('pages show the state of the first page', async () => {
    const songs = storeOn(await open(resourceMigrations));
    for (const name of ['a', 'b', 'c', 'd']) await songs.create(song(name));
    const first = await songs.list(type, { namespace: 'default', limit: 2 });
    expect(first.items.map((s) => s.name)).toEqual(['a', 'b']);
    await songs.delete(key('c'), { author: 'user:ada' });
    await songs.create(song('bb'));
    await songs.update(song('d', { title: 'changed' }));
    const second = await songs.list(type, { namespace: 'default', limit: 2, continueToken: first.continueToken });
    expect(second.items.map((s) => s.title)).toEqual(['c', 'd']);
    expect(second.continueToken).toBe('');
    expect(second.resourceVersion).toBe(first.resourceVersion);
    await expect(songs.list(type, { namespace: 'default', continueToken: 'nonsense' })).rejects.toThrow('continue');
  });

  test('lists by folder, name and size', async () => {
    const songs = storeOn(await open(resourceMigrations));
    await songs.create(song('a', { folder: 'f', spec: '"1234567890"' }));
    await songs.create(song('b', { folder: 'f', spec: '"1234567890"' }));
    await songs.create(song('c', { namespace: 'org-2' }));
    expect(await songs.count(type, 'default')).toBe(2);
    expect(await songs.count(type, '')).toBe(3);
    expect((await songs.list(type, { namespace: '', folder: 'f', withoutSpec: true })).items.map((s) => s.spec)).toEqual(['', '']);
    expect((await songs.list(type, { namespace: 'default', names: ['b', 'z'] })).items.map((s) => s.name)).toEqual(['b']);
    const small = await songs.list(type, { namespace: '', bytesMax: 5 });
    expect(small.items.map((s) => s.name)).toEqual(['a']);
    expect(small.continueToken).not.toBe('');
    const all: string[] = [];
    for await (const each of songs.each(type, '')) all.push(each.name);
    expect(all).toEqual(['a', 'b', 'c']);
  });

  test('a watch replays what happened, then follows', async () => {
    const songs = storeOn(await open(resourceMigrations));
    const { resourceVersion } = await songs.create(song('a'));
    await songs.update(song('a', { spec: '1' }));
    await songs.create(song('x', { namespace: 'org-2' }));
    const seen = take(songs.watch(type, 'default', resourceVersion, stop.signal), 3);
    await songs.create(song('b'));
    await songs.delete(key('a'), { author: 'user:ada' });
    expect(await seen).toEqual(['MODIFIED a', 'ADDED b', 'DELETED a']);
  });

  test('listeners hear own writes before the writer does, and other processes’ in order', async () => {
    const db = await open(resourceMigrations);
    const [songs, elsewhere] = [storeOn(db), storeOn(db)];
    const heard: string[] = [];
    songs.onEvent((event) => heard.push(`${event.type} ${event.object.name}`));
    await songs.create(song('a'));
    expect(heard).toEqual(['ADDED a']);
    await elsewhere.create(song('b'));
    await elsewhere.update(song('a', { spec: '2' }));
    await songs.create(song('c'));
    expect(heard).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'ADDED c']);
    await elsewhere.create(song('d'));
    const running = songs.run(stop.signal);
    await expect.poll(() => heard.at(-1)).toBe('ADDED d');
    stop.abort();
    await running;
  });

  test('writers in two processes lose nothing', async () => {
    const db = await open(resourceMigrations);
    const stores = [storeOn(db), storeOn(db)];
    await Promise.all(Array.from({ length: 200 }, (_, n) => stores[n % 2]!.create(song(`n${n}`))));
    expect(await stores[0]!.count(type, 'default')).toBe(200);
    const { items } = await stores[0]!.list(type, { namespace: 'default' });
    expect(new Set(items.map((s) => s.resourceVersion)).size).toBe(200);
  });

  test('a write that the database refuses does not fail its neighbours', async () => {
    const songs = storeOn(await open(resourceMigrations));
    const refused = song('bad', { spec: null as unknown as string });
    const results = await Promise.allSettled([songs.create(song('a')), songs.create(refused), songs.create(song('b'))]);
    expect(results.map((r) => r.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('history is pruned to twenty versions', async () => {
    const db = await open(resourceMigrations);
    const clock = { ms: 1_800_000_000_000, now() { return this.ms; }, sleep: systemClock.sleep };
    const songs = storeOn(db, clock);
    await songs.create(song('a'));
    for (let n = 0; n < 30; n++) await songs.update(song('a', { spec: `${n}` }));
    // A page that somebody is reading may still need what was replaced a moment ago: it goes later.
    expect(await pruneHistory(db, [key('a')], clock.ms)).toEqual([key('a')]);
    expect(await songs.history(key('a'))).toHaveLength(31);
    expect(await pruneHistory(db, [key('a')], clock.ms + 600_000)).toEqual([]);
    expect(await songs.history(key('a'))).toHaveLength(20);
    await pruneHistory(db, [key('a')], clock.ms + 600_000, ({ resource }) => (resource === type.resource ? 1 : undefined));
    expect(await songs.history(key('a'))).toHaveLength(1);
  });

  test('a purge leaves nothing and says so', async () => {
    const songs = storeOn(await open(resourceMigrations));
    await songs.create(song('a'));
    await songs.create(song('b', { namespace: 'org-2' }));
    const heard: string[] = [];
    songs.onEvent((event) => heard.push(`${event.type} ${event.object.name}`));
    await songs.purge(type, 'default');
    expect(heard).toEqual(['DELETED a']);
    expect(await songs.history(key('a'), { includeDeleted: true })).toEqual([]);
    expect(await songs.count(type, '')).toBe(1);
  });

  test('a namespace goes with all that is in it', async () => {
    const songs = storeOn(await open(resourceMigrations));
    await songs.create(song('a', { namespace: 'org-2' }));
    await songs.create(song('b', { namespace: 'org-2', resource: 'albums' }));
    await songs.create(song('c'));
    await songs.purgeNamespace('org-2');
    expect(await songs.count(type, '')).toBe(1);
    expect(await songs.count({ ...type, resource: 'albums' }, '')).toBe(0);
  });

  test('a write inside somebody’s transaction is refused', async () => {
    const db = await open(resourceMigrations);
    const songs = storeOn(db);
    await expect(db.transaction(() => songs.create(song('a')))).rejects.toThrow('outside the transaction');
  });
});
