/** The resource store over a storage server that comes and goes (apiserver-and-storage §8.1). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { systemClock, type Clock } from '../../infra/clock.ts';
import type { Database } from '../../infra/db/database.ts';
import { migrate } from '../../infra/db/migrator.ts';
import { openSqlite } from '../../infra/db/open-database.ts';
import { createGrpcServer, type GrpcServer } from '../../infra/grpc/grpc-server.ts';
import { silentLogger } from '../../infra/log/log.ts';
import { resourceMigrations } from '../../storage/resource-migrations.ts';
import type { ResourceEvent, ResourceKey, ResourceWrite } from '../../storage/resource-store.ts';
import { createContentIndex } from '../../storage/search/content-index.ts';
import { createResourceStore } from '../../storage/sql-resource-store.ts';
import { createCallerIdentity } from '../storage-server/storage-caller.ts';
import { storageServices } from '../storage-server/storage-server.ts';
import { createValueStore, storageServerMigrations } from '../storage-server/value-store.ts';
import { createRemoteResourceStore } from './remote-resource-store.ts';
import { createSecureVault, storageClientMigrations } from './secure-vault.ts';
import { createStorageChannel } from './storage-channel.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const grpc = {
  network: 'unix' as const, logCalls: false, receiveBytesMax: 0, sendBytesMax: 0, connectionAgeMs: 0, connectionAgeGraceMs: 0, connectionIdleMs: 0, keepaliveMs: 0, keepaliveTimeoutMs: 0, shutdownMs: 100,
};
const type = { group: 'music.example', resource: 'songs' };
const boards = { group: 'dashboard.grafana.app', resource: 'dashboards' };
const key = (name: string, namespace = 'default'): ResourceKey => ({ ...type, namespace, name });
const song = (name: string, more: Partial<ResourceWrite> = {}): ResourceWrite => ({
  ...key(name), apiVersion: 'v1', title: name, folder: '', labels: {}, annotations: {}, spec: `{"title":"${name}"}`, author: 'user:ada', ...more,
});

let dir: string;
let db: Database;
let kept: ReturnType<typeof createResourceStore>;
let index: ReturnType<typeof createContentIndex>;
let server: GrpcServer | undefined;
let stop: AbortController;
const undo: (() => unknown)[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'storage-client-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

beforeEach(async () => {
  db = openSqlite(':memory:');
  await migrate(db, [...resourceMigrations, ...storageServerMigrations, ...storageClientMigrations]);
  kept = createResourceStore({ db, clock: systemClock, log: silentLogger });
  index = createContentIndex({ store: kept });
  stop = new AbortController();
  await serve();
});
afterEach(async () => {
  stop.abort();
  for (const step of undo.splice(0).reverse()) await step();
  await server?.close();
  index.close();
  await db.close();
});

async function serve(): Promise<void> {
  server = createGrpcServer({
    settings: { ...grpc, address: join(dir, 's.sock') }, log: silentLogger,
    services: storageServices({ db, store: kept, index, values: createValueStore(db, systemClock), clock: systemClock, identify: createCallerIdentity({ signingKeysUrl: '', audiences: [] }), log: silentLogger, pageBytesMax: 200 }),
  });
  await server.listen();
}

/** Waits for no second between attempts. */
const impatient = { now: systemClock.now, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 20), signal) };

function connect(namespaces: readonly string[] = ['default'], clock: Clock = impatient) {
  const remote = createRemoteResourceStore({
    channel: createStorageChannel({ settings: { address: `unix:${join(dir, 's.sock')}`, keepaliveMs: 0 }, clock }), clock, log: silentLogger, vault: createSecureVault(db),
    namespaces: async () => namespaces, followed: [type],
  });
  undo.push(() => remote.close());
  return remote;
}

test('creates once, reads back, counts generations, keeps history', async () => {
  const songs = connect();
  const made = await songs.create(song('a', { labels: { mood: 'blue' }, annotations: { note: 'n', 'grafana.app/createdBy': 'user:forged' }, folder: 'f', spec: '{ "n": 12345678901234567890 }' }));
  expect(made).toMatchObject({ generation: 1, createdBy: 'user:ada', deleted: false, annotations: { note: 'n', 'grafana.app/createdBy': 'user:ada', 'grafana.app/folder': 'f' } });
  expect(await songs.get(key('a'))).toMatchObject({ uid: made.uid, resourceVersion: made.resourceVersion, legacyId: made.legacyId, spec: '{ "n": 12345678901234567890 }', labels: { mood: 'blue' }, createdBy: 'user:ada' });
  expect(await songs.getByLegacyId(type, 'default', made.legacyId)).toMatchObject({ name: 'a' });
  await expect(songs.create(song('a'))).rejects.toMatchObject({ kind: 'already-exists' });
  const changed = await songs.update(song('a', { spec: '{"title":"b"}', author: 'user:bob', annotations: { 'grafana.app/message': 'why' } }));
  expect(changed).toMatchObject({ generation: 2, updatedBy: 'user:bob', createdBy: 'user:ada', folder: '' });
  const relabelled = await songs.update(song('a', { spec: '{"title":"b"}', labels: { x: 'y' } }));
  expect(relabelled.generation).toBe(2);
  expect(await songs.update(song('a', { spec: '{"title":"b"}', labels: { x: 'y' } }))).toMatchObject({ resourceVersion: relabelled.resourceVersion });
  const history = await songs.history(key('a'));
  expect(history.map(({ resourceVersion, generation }) => [resourceVersion, generation])).toEqual([[relabelled.resourceVersion, 2], [changed.resourceVersion, 2], [made.resourceVersion, 1]]);
  expect(history[1]).toMatchObject({ updatedBy: 'user:bob', annotations: { 'grafana.app/message': 'why', 'grafana.app/updatedBy': 'user:bob' } });
  expect(await songs.history(key('a'), { limit: 1, beforeResourceVersion: changed.resourceVersion })).toMatchObject([{ generation: 1 }]);
  expect(await songs.getVersion(key('a'), { generation: 1 })).toMatchObject({ spec: '{ "n": 12345678901234567890 }' });
  expect(await songs.getVersion(key('a'), { resourceVersion: changed.resourceVersion })).toMatchObject({ spec: '{"title":"b"}' });
  expect(await songs.getVersion(key('a'), { resourceVersion: changed.resourceVersion + 1 })).toBeUndefined();
  expect(await songs.get(key('no such name/'))).toBeUndefined();
  // The other face of the same rows sees the same object.
  expect(await kept.get(key('a'))).toMatchObject({ generation: 2, uid: made.uid, updatedBy: 'user:bob', labels: { x: 'y' } });
});

test('of two writers one wins, the other hears of the conflict', async () => {
  const songs = connect();
  const { resourceVersion } = await songs.create(song('a'));
  const results = await Promise.allSettled([1, 2].map((n) => songs.update(song('a', { spec: `{"n":${n}}` }), resourceVersion)));
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await expect(songs.update(song('nope'))).rejects.toMatchObject({ kind: 'not-found' });
  await expect(songs.delete(key('a'), { author: 'user:ada', expect: resourceVersion })).rejects.toMatchObject({ kind: 'conflict' });
  // Whoever binds it to no version writes over what is there.
  await Promise.all([3, 4, 5].map((n) => songs.update(song('a', { spec: `{"n":${n}}` }))));
  expect(await songs.get(key('a'))).toMatchObject({ generation: 5 });
});

test('what is deleted lies in the trash, signed by whoever deleted it, until it is made again; finalizers hold an object', async () => {
  const songs = connect();
  await songs.create(song('a'));
  const gone = await songs.delete(key('a'), { author: 'service-account:bob' });
  expect(gone).toMatchObject({ deleted: true, generation: -999, updatedBy: 'service-account:bob' });
  expect(await songs.get(key('a'))).toBeUndefined();
  expect((await songs.trash(type, 'default')).items).toMatchObject([{ name: 'a', deleted: true, generation: -999, updatedBy: 'service-account:bob', resourceVersion: gone.resourceVersion }]);
  expect(await songs.history(key('a'), { limit: 1, includeDeleted: true })).toMatchObject([{ deleted: true }]);
  await songs.create(song('a', { spec: '{"again":1}', finalizers: ['hold'] }));
  expect((await songs.trash(type, 'default')).items).toEqual([]);
  const marked = await songs.delete(key('a'), { author: 'user:ada' });
  expect(marked.deleted).toBe(false);
  expect((await songs.get(key('a')))!.deletionTimestamp).toBeGreaterThan(0);
  expect(await songs.update(song('a', { finalizers: [] }))).toMatchObject({ deleted: true });
  expect(await songs.get(key('a'))).toBeUndefined();
});

test('pages show the state of the first page, over namespaces too', async () => {
  const songs = connect(['org-2', 'default']);
  for (const name of ['a', 'b', 'c', 'd']) await songs.create(song(name, { folder: name < 'c' ? 'f' : '' }));
  await songs.create(song('e', { namespace: 'org-2' }));
  const first = await songs.list(type, { namespace: 'default', limit: 2 });
  expect(first.items.map(({ name }) => name)).toEqual(['a', 'b']);
  await songs.delete(key('c'), { author: 'user:ada' });
  await songs.create(song('bb'));
  const second = await songs.list(type, { namespace: 'default', limit: 2, continueToken: first.continueToken });
  expect(second.items.map(({ name }) => name)).toEqual(['c', 'd']);
  expect([second.continueToken, second.resourceVersion]).toEqual(['', first.resourceVersion]);
  await expect(songs.list(type, { namespace: 'default', continueToken: 'nonsense' })).rejects.toThrow('continue');
  await expect(songs.list(type, { namespace: '', continueToken: 'nonsense' })).rejects.toThrow('continue');
  const all: string[] = [];
  for (let continueToken = ''; ;) {
    const page = await songs.list(type, { namespace: '', limit: 2, withoutSpec: true, ...(continueToken ? { continueToken } : {}) });
    all.push(...page.items.map(({ name, spec }) => name + spec));
    ({ continueToken } = page);
    if (continueToken === '') break;
  }
  expect(all).toEqual(['a', 'b', 'bb', 'd', 'e']);
  expect((await songs.list(type, { namespace: 'default', folder: 'f' })).items.map(({ name }) => name)).toEqual(['a', 'b']);
  expect((await songs.list(type, { namespace: 'default', names: ['d', 'z'] })).items.map(({ name }) => name)).toEqual(['d']);
  expect([await songs.count(type, 'default'), await songs.count(type, '')]).toEqual([4, 5]);
  // The server's pages end at 200 bytes of specs.
  for (const name of ['x', 'y', 'z']) await songs.create(song(name, { spec: JSON.stringify('1'.repeat(150)) }));
  expect((await songs.list(type, { namespace: 'default', bytesMax: 100 })).continueToken).not.toBe('');
  expect((await songs.list(type, { namespace: 'default' })).items).toHaveLength(7);
});

test('secrets stay here: the storage server knows their names only', async () => {
  const songs = connect();
  const made = await songs.create(song('a', { secure: '{"token":{"name":"sv-1","value":"ciphertext"}}' }));
  expect(made.secure).toContain('ciphertext');
  expect(await songs.get(key('a'))).toMatchObject({ secure: '{"token":{"name":"sv-1","value":"ciphertext"}}' });
  expect((await kept.get(key('a')))!.secure).toBe('{"token":{"name":"sv-1"}}');
  await songs.update(song('a', { secure: '{"other":{"name":"sv-2","value":"more"}}' }));
  expect((await db.prepare<{ name: string }>('select name from resource_secure_value').all()).map(({ name }) => name)).toEqual(['sv-2']);
  await songs.delete(key('a'), { author: 'user:ada' });
  expect(await db.prepare('select name from resource_secure_value').all()).toEqual([]);
});

test('what goes along with a creation undoes it when it fails', async () => {
  const songs = connect();
  await expect(songs.create(song('a'), () => Promise.reject(new Error('no grant')))).rejects.toThrow('no grant');
  expect(await songs.get(key('a'))).toBeUndefined();
  await songs.create(song('a'), async (created) => expect(created.resourceVersion).toBeGreaterThan(0));
  expect(await songs.get(key('a'))).toBeDefined();
});

test('a dashboard is known by its legacy id', async () => {
  const store = connect();
  const [one, two] = [await store.create(song('a', boards)), await store.create(song('b', { ...boards, legacyId: 77 }))];
  expect(two.legacyId).toBe(77);
  expect(await store.getByLegacyId(boards, 'default', one.legacyId)).toMatchObject({ name: 'a', labels: {} });
  expect((await kept.get({ ...boards, namespace: 'default', name: 'a' }))!.legacyId).toBe(one.legacyId);
});

test('a watch goes on where it was when the storage server comes back, and listeners hear everybody once', async () => {
  const [songs, elsewhere] = [connect(), connect()];
  const heard: string[] = [];
  songs.onEvent((event) => heard.push(`${event.type} ${event.object.name}`));
  const running = songs.run(stop.signal);
  undo.push(() => running);
  const first = await songs.create(song('a'));
  expect(heard).toEqual(['ADDED a']);
  const seen: ResourceEvent[] = [];
  const watching = (async () => {
    for await (const event of songs.watch(type, 'default', first.resourceVersion, stop.signal)) seen.push(event);
  })();
  undo.push(() => watching);
  await elsewhere.update(song('a', { spec: '{"title":"b"}' }));
  await vi.waitFor(() => expect(seen).toMatchObject([{ type: 'MODIFIED', object: { name: 'a', generation: 2 }, previous: { generation: 1 } }]), { timeout: 60_000 });
  await server!.close();
  // What happens while nobody is connected is not lost.
  await kept.create(song('while-away'));
  await serve();
  await vi.waitFor(() => elsewhere.get(key('a')), { timeout: 60_000 });
  await elsewhere.delete(key('a'), { author: 'user:bob' });
  await vi.waitFor(() => expect(seen.map(({ type: what, object }) => `${what} ${object.name}`)).toEqual(['MODIFIED a', 'ADDED while-away', 'DELETED a']), { timeout: 60_000 });
  expect(seen.at(-1)!.object).toMatchObject({ deleted: true, updatedBy: 'user:bob' });
  await vi.waitFor(() => expect(heard).toEqual(['ADDED a', 'MODIFIED a', 'ADDED while-away', 'DELETED a']), { timeout: 60_000 });
});

test('a purge leaves nothing and says so; a namespace goes with all that is in it', async () => {
  const songs = connect(['default', 'org-2']);
  await songs.create(song('a'));
  await songs.create(song('b', { namespace: 'org-2', resource: 'albums' }));
  await songs.create(song('c', { namespace: 'org-2' }));
  const heard: string[] = [];
  songs.onEvent((event) => heard.push(`${event.type} ${event.object.name}`));
  await songs.purge(type, 'default');
  expect(heard).toEqual(['DELETED a']);
  expect(await kept.history(key('a'))).toEqual([]);
  await songs.purgeNamespace('org-2');
  expect([await kept.count(type, ''), await kept.count({ ...type, resource: 'albums' }, '')]).toEqual([0, 0]);
});

test('a call waits a little for a server that is away', async () => {
  const waits: number[] = [];
  const songs = connect(['default'], {
    now: systemClock.now,
    async sleep(ms) {
      waits.push(ms);
      if (waits.length === 1) await serve();
      else await systemClock.sleep(ms);
    },
  });
  await server!.close();
  expect(await songs.create(song('patient'))).toMatchObject({ generation: 1 });
  expect(await kept.get(key('patient'))).toBeDefined();
  expect(waits[0]).toBe(1_000);
});

test('refusals keep their meaning; a server that is not there is a 503', async () => {
  const songs = connect();
  await expect(songs.create(song('not a name'))).rejects.toMatchObject({ status: 400 });
  await expect(songs.create(song('big', { spec: JSON.stringify('x'.repeat(5_000_000)) }))).rejects.toMatchObject({ status: 413 });
  await server!.close();
  server = undefined;
  await expect(songs.get(key('a'))).rejects.toMatchObject({ status: 503, message: 'The storage server cannot be reached' });
});
