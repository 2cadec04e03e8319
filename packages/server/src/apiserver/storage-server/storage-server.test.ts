/** The storage server over a real connection (apiserver-and-storage §8.1, §8.2, §10.34). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials, Metadata, type ClientReadableStream } from '@grpc/grpc-js';
import { decodeMessage, encodeMessage } from '@belvedere/plugin-sdk/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { onEveryDatabase } from '../../infra/db/on-every-database.ts';
import { createGrpcServer } from '../../infra/grpc/grpc-server.ts';
import { silentLogger } from '../../infra/log/log.ts';
import { resourceMigrations } from '../../storage/resource-migrations.ts';
import { createContentIndex } from '../../storage/search/content-index.ts';
import { createResourceStore } from '../../storage/sql-resource-store.ts';
import { createCallerIdentity } from './storage-caller.ts';
import { storageFile } from './storage-protocol.ts';
import { storageServices } from './storage-server.ts';
import { createValueStore, storageServerMigrations } from './value-store.ts';

// The machine may be busy, and its disk slow.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

type Values = Record<string, unknown>;
interface Failed { readonly message: string; readonly reason: string; readonly code: number }

const me = { 'grafana-login': 'ann', 'grafana-user-id': 'user:1', 'grafana-user-uid': 'u-ann', 'grafana-org-id': '1', 'grafana-org-role': 'Admin' };
const settings = {
  network: 'unix' as const, logCalls: false, receiveBytesMax: 0, sendBytesMax: 0, connectionAgeMs: 0, connectionAgeGraceMs: 0, connectionIdleMs: 0, keepaliveMs: 0, keepaliveTimeoutMs: 0, shutdownMs: 1_000,
};
const playlist = { group: 'playlist.grafana.app', resource: 'playlists', namespace: 'default' };
const key = (name: string) => ({ ...playlist, name });
/** Written as nobody would who writes by habit. */
const object = (name: string, title: string, more: object = {}) => Buffer.from(`{ "spec" : {"title":${JSON.stringify(title)}, "n": 12345678901234567890, "items":[]},\n "apiVersion":"playlist.grafana.app/v1","kind":"Playlist",`
  + ` "metadata":${JSON.stringify({ namespace: 'default', name, uid: `uid-${name}`, creationTimestamp: '2026-01-02T03:04:05Z', labels: { floor: name.slice(0, 1) }, annotations: { 'grafana.app/createdBy': 'user:bob' }, ...more })}}\n`);

onEveryDatabase('storage server', (open) => {
  const undo: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  async function start() {
    const db = await open([...resourceMigrations, ...storageServerMigrations]);
    const store = createResourceStore({ db, clock: systemClock, log: silentLogger });
    const index = createContentIndex({ store });
    const dir = mkdtempSync(join(tmpdir(), 'storage-'));
    undo.push(() => rmSync(dir, { recursive: true, force: true }), () => index.close());
    const values = createValueStore(db, systemClock);
    const server = createGrpcServer({
      settings: { ...settings, address: join(dir, 's.sock') }, log: silentLogger,
      services: storageServices({ db, store, index, values, clock: systemClock, identify: createCallerIdentity({ signingKeysUrl: '', audiences: [] }), log: silentLogger }),
    });
    const client = new Client(await server.listen(), credentials.createInsecure());
    undo.push(() => server.close(), () => client.close());

    function prepare(path: string) {
      const [service = '', method = ''] = path.split('.');
      const shape = storageFile.services[service]![method]!;
      const [request, response] = [storageFile.messages[shape.request]!, storageFile.messages[shape.response]!];
      return { route: `/resource.${service}/${method}`, write: (m: Values) => encodeMessage(request, m), read: (b: Buffer) => decodeMessage(response, b) };
    }
    function metadata(headers: Readonly<Record<string, string | readonly string[]>> = me): Metadata {
      const sent = new Metadata();
      for (const [name, value] of Object.entries(headers)) for (const one of [value].flat()) sent.add(name, one);
      return sent;
    }
    const call = (path: string, values: Values, headers?: Readonly<Record<string, string>>): Promise<Values> => new Promise((done, fail) => {
      const { route, write, read } = prepare(path);
      client.makeUnaryRequest(route, write, read, values, metadata(headers), (error, value) => (error ? fail(error) : done(value!)));
    });
    const watch = (values: Values): ClientReadableStream<Values> => {
      const { route, write, read } = prepare('ResourceStore.Watch');
      const stream = client.makeServerStreamRequest(route, write, read, values, metadata());
      stream.on('error', () => {});
      return stream;
    };
    const bulk = (collections: readonly string[], rows: readonly Values[]): Promise<Values> => new Promise((done, fail) => {
      const { route, write, read } = prepare('BulkStore.BulkProcess');
      const stream = client.makeClientStreamRequest(route, write, read, metadata({ ...me, ...(collections.length > 0 ? { 'x-gf-batch-collection': collections } : {}), 'x-gf-batch-skip-validation': 'true' }), (error, value) => (error ? fail(error) : done(value!)));
      for (const row of rows) stream.write(row);
      stream.end();
    });
    return { call, watch, bulk, store };
  }

  const create = async (call: (path: string, values: Values) => Promise<Values>, name: string, title = name) => Number((await call('ResourceStore.Create', { key: key(name), value: object(name, title) }))['resource_version']);

  test('what is created is read again byte for byte; what another face wrote is put together', async () => {
    const { call, store } = await start();
    const version = await create(call, 'a');
    expect(await call('ResourceStore.Read', { key: key('a') })).toEqual({ error: undefined, resource_version: version, value: object('a', 'a') });
    expect(await store.get(key('a'))).toMatchObject({ uid: 'uid-a', title: 'a', createdBy: 'user:bob', labels: { floor: 'a' }, created: Date.UTC(2026, 0, 2, 3, 4, 5) });
    await store.update({ ...(await store.get(key('a')))!, author: 'user:x', labels: { floor: 'z' } });
    const again = JSON.parse(((await call('ResourceStore.Read', { key: key('a') }))['value'] as Buffer).toString());
    expect(again).toMatchObject({ kind: 'Playlist', apiVersion: 'playlist.grafana.app/v1', metadata: { name: 'a', uid: 'uid-a', labels: { floor: 'z' } }, spec: { title: 'a' } });
    expect(again.metadata.resourceVersion).toBeUndefined();
  });

  test('conflicts and strangers are told inside the answer', async () => {
    const { call } = await start();
    const first = await create(call, 'a');
    const second = await call('ResourceStore.Update', { key: key('a'), resource_version: first, value: object('a', 'b') });
    expect(Number(second['resource_version'])).toBeGreaterThan(first);
    const error = async (path: string, values: Values, headers?: Record<string, string>) => (await call(path, values, headers))['error'] as Failed;
    expect(await error('ResourceStore.Update', { key: key('a'), resource_version: first, value: object('a', 'c') })).toMatchObject({ code: 409, reason: 'optimistic locking failed', message: 'requested RV does not match saved RV' });
    expect(await error('ResourceStore.Create', { key: key('a'), value: object('a', 'c') })).toMatchObject({ code: 409, message: 'the resource already exists' });
    expect(await error('ResourceStore.Read', { key: key('nope') })).toMatchObject({ code: 404 });
    expect(await error('ResourceStore.Delete', { key: key('a'), uid: 'another' })).toMatchObject({ code: 409 });
    expect(await error('ResourceStore.Read', { key: key('a') }, {})).toMatchObject({ code: 401, message: 'no user found in context' });
    for (const value of ['', '[]', '{', 'null', '{"metadata":{}}']) expect(await error('ResourceStore.Create', { key: key('bad'), value: Buffer.from(value) }), value).toMatchObject({ code: 400 });
    expect(await error('ResourceStore.Create', { key: key('other'), value: object('a', 'x') })).toMatchObject({ code: 400 });
    for (const bad of [{}, { ...playlist }, { ...key('a/b') }, { ...key('a'), namespace: '../x' }]) expect(await error('ResourceStore.Read', { key: bad }), JSON.stringify(bad)).toMatchObject({ code: 400 });
    expect(Number((await call('ResourceStore.Delete', { key: key('a') }))['resource_version'])).toBeGreaterThan(first);
    expect(await error('ResourceStore.Read', { key: key('a') })).toMatchObject({ code: 404 });
    const old = await call('ResourceStore.Read', { key: key('a'), resource_version: first });
    expect(JSON.parse((old['value'] as Buffer).toString()).spec.title).toBe('a');
  });

  test('pages walk everything; labels, names, history and trash', async () => {
    const { call } = await start();
    for (const name of ['a1', 'a2', 'b1', 'b2', 'b3']) await create(call, name);
    const list = async (values: Values) => {
      const answer = await call('ResourceStore.List', { options: { key: playlist }, ...values });
      return { names: (answer['items'] as Values[]).map(({ value }) => JSON.parse((value as Buffer).toString()).metadata.name), token: answer['next_page_token'] as string, version: answer['resource_version'] };
    };
    const seen: string[] = [];
    for (let token = ''; ;) {
      const page = await list({ limit: 2, next_page_token: token });
      seen.push(...page.names);
      if (page.token === '') break;
      token = page.token;
    }
    expect(seen).toEqual(['a1', 'a2', 'b1', 'b2', 'b3']);
    expect((await list({ options: { key: playlist, labels: [{ key: 'floor', operator: 'in', values: ['b'] }] } })).names).toEqual(['b1', 'b2', 'b3']);
    expect((await list({ options: { key: playlist, fields: [{ key: 'metadata.name', operator: '=', values: ['a2'] }] } })).names).toEqual(['a2']);
    await call('ResourceStore.Update', { key: key('a1'), value: object('a1', 'changed') });
    expect((await list({ source: 1, options: { key: key('a1') } })).names).toEqual(['a1', 'a1']);
    await call('ResourceStore.Delete', { key: key('b3') });
    expect((await list({ source: 2 })).names).toEqual(['b3']);
    expect((await list({})).names).not.toContain('b3');
    expect((await call('ResourceStore.List', { options: { key: playlist }, next_page_token: 'nonsense' }))['error']).toMatchObject({ code: 400 });
  });

  test('a watch delivers in order what happened since a version, and what happens', async () => {
    const { call, watch } = await start();
    const since = await create(call, 'a');
    await create(call, 'b');
    const stream = watch({ since, options: { key: playlist } });
    const events: string[] = [];
    const three = new Promise<void>((done) => stream.on('data', (event: Values) => {
      const { value } = event['resource'] as Values;
      events.push(`${event['type']} ${JSON.parse((value as Buffer).toString()).metadata.name}`);
      if (events.length === 3) done();
    }));
    await call('ResourceStore.Update', { key: key('a'), value: object('a', 'changed') });
    await call('ResourceStore.Delete', { key: key('b') });
    await three;
    stream.cancel();
    expect(events).toEqual(['1 b', '2 a', '3 b']);
    const initial = watch({ options: { key: playlist }, send_initial_events: true, allow_watch_bookmarks: true });
    const first: number[] = [];
    await new Promise<void>((done) => initial.on('data', (event: Values) => {
      first.push(event['type'] as number);
      if (first.length === 2) done();
    }));
    initial.cancel();
    expect(first).toEqual([1, 4]);
  });

  test('a bulk import empties its collections and writes them anew, history included', async () => {
    const { call, bulk, store } = await start();
    await create(call, 'gone');
    expect((await bulk([], []))['error']).toMatchObject({ code: 400 });
    const row = (name: string, title: string, action = 1, more: object = {}) => ({ key: key(name), action, value: object(name, title, more) });
    const done = await bulk(['default/playlist.grafana.app/playlists'], [
      row('a', 'first'), row('a', 'second', 2, { generation: 2 }), row('b', 'b'), row('old', 'old'), row('old', 'old', 3), row('a', 'out of turn'),
      { key: { ...key('x'), resource: 'others' }, action: 1, value: object('x', 'x') },
    ]);
    expect(done['error']).toBeUndefined();
    expect(done).toMatchObject({ processed: 5, summary: [{ count: 3, history: 5, previous_count: 1, previous_history: 1 }] });
    expect((done['rejected'] as Values[]).length).toBe(2);
    expect([(await store.get(key('a')))?.title, (await store.get(key('b')))?.title, await store.get(key('old')), await store.get(key('gone'))]).toEqual(['second', 'b', undefined, undefined]);
    expect((await store.history(key('a'))).map(({ title, generation }) => [title, generation])).toEqual([['second', 2], ['first', 1]]);
    const after = await create(call, 'later');
    expect(after).toBeGreaterThan(Number((done['summary'] as Values[])[0]!['resource_version']));
  });

  test('search, statistics, blobs, quotas and health', async () => {
    const { call } = await start();
    for (const [name, title] of [['x', 'Red roof'], ['y', 'Red door'], ['z', 'Blue']] as const) await create(call, name, title);
    const found = await call('ResourceIndex.Search', { options: { key: playlist }, query: 'red', fields: ['title', 'created'], limit: 1, facet: { floor: { field: 'labels.floor' } } });
    expect(found).toMatchObject({ total_hits: 2, results: { columns: [{ name: 'title', type: 1 }, { name: 'created', type: 4 }], rows: [{ key: { name: 'y' } }] } });
    const [title, created] = ((found['results'] as Values)['rows'] as { cells: Buffer[] }[])[0]!.cells as [Buffer, Buffer];
    expect([title.toString(), Number(created.readBigInt64BE())]).toEqual(['Red door', Date.UTC(2026, 0, 2, 3, 4, 5)]);
    expect((found['facet'] as Map<string, Values>).get('floor')).toMatchObject({ total: 2, missing: 0 });
    expect(await call('ResourceIndex.GetStats', { namespace: 'default' })).toMatchObject({ stats: [{ group: 'playlist.grafana.app', resource: 'playlists', count: 3 }] });
    expect(await call('Quotas.GetQuotaUsage', { key: playlist })).toMatchObject({ usage: 3 });
    expect(await call('Diagnostics.IsHealthy', {}, {})).toEqual({ status: 1 });
    const put = await call('BlobStore.PutBlob', { resource: key('x'), content_type: 'image/png; charset=binary', value: Buffer.from([1, 2, 3]) });
    expect(put).toMatchObject({ size: 3, hash: '5289df737df57326fcdd22597afb1fac', mime_type: 'image/png', charset: 'binary' });
    expect(await call('BlobStore.GetBlob', { resource: key('x'), uid: put['uid'] })).toMatchObject({ content_type: 'image/png; charset=binary', value: Buffer.from([1, 2, 3]) });
    expect((await call('BlobStore.GetBlob', { resource: key('y'), uid: put['uid'] }))['error']).toMatchObject({ code: 404 });
    expect((await call('BlobStore.PutBlob', { resource: key('x') }))['error']).toMatchObject({ code: 400, message: 'empty content' });
  });
});
