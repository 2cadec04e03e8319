import { decode, encode } from 'cborg';
import { afterEach, expect, test } from 'vitest';
import { playlistKind } from '../apps/playlist/playlist-kind.ts';
import { openTestDatabase } from '../infra/db/test-database.ts';
import { resourceMigrations } from '../storage/resource-migrations.ts';
import { cborOf, jsonOfCbor } from './cbor.ts';
import { pathOf, startTestApi, type TestApi } from './test-api.ts';

let api: TestApi;
afterEach(() => api?.close());

const all = pathOf(playlistKind, 'v1');
const cbor = 'application/cbor';
const tags = { 55799: (inner: () => unknown) => inner() };
const playlist = { apiVersion: 'playlist.grafana.app/v1', kind: 'Playlist', metadata: { name: 'a' }, spec: { title: 'One', interval: '5m', items: [] } };

async function send(method: string, path: string, headers: Record<string, string>, body?: Uint8Array<ArrayBuffer>) {
  const answer = await fetch(api.url + path, { method, headers: { 'x-who': 'ada', ...headers }, ...(body ? { body } : {}) });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const type = answer.headers.get('content-type');
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form.
  return { status: answer.status, type, bytes, value: type === cbor ? (decode(bytes, { tags }) as any) : undefined };
}

test('objects, lists, errors and watches in CBOR', async () => {
  api = await startTestApi({ db: await openTestDatabase(resourceMigrations), kinds: [playlistKind], servesCbor: true });
  const made = await send('POST', all, { accept: cbor, 'content-type': cbor }, new Uint8Array(encode(playlist)));
  expect(made).toMatchObject({ status: 201, type: cbor, value: { metadata: { name: 'a', generation: 1 }, spec: { title: 'One' } } });
  expect([...made.bytes.subarray(0, 3)]).toEqual([0xd9, 0xd9, 0xf7]);
  expect((await send('PUT', `${all}/a`, { accept: cbor, 'content-type': cbor }, new Uint8Array(made.bytes))).status).toBe(200);
  expect((await send('GET', all, { accept: `${cbor},application/json` })).value).toMatchObject({ kind: 'PlaylistList', items: [{ metadata: { name: 'a' } }] });
  expect((await send('GET', `${all}/nope`, { accept: cbor })).value).toMatchObject({ kind: 'Status', code: 404 });
  expect((await send('GET', all, { accept: `application/json,${cbor}` })).type).toBe('application/json');
  expect((await send('POST', all, { accept: cbor, 'content-type': cbor }, new Uint8Array([0xff, 0x00]))).value).toMatchObject({ kind: 'Status', code: 400 });
  const stop = new AbortController();
  const watch = await fetch(`${api.url}${all}?watch=true`, { headers: { 'x-who': 'ada', accept: 'application/cbor-seq' }, signal: stop.signal });
  expect(watch.headers.get('content-type')).toBe('application/cbor-seq');
  const { value } = await watch.body!.getReader().read();
  expect(decode(value!, { tags })).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } });
  stop.abort();
});

test('is off unless asked for', async () => {
  api = await startTestApi({ db: await openTestDatabase(resourceMigrations), kinds: [playlistKind] });
  expect((await send('GET', all, { accept: cbor })).status).toBe(406);
  expect((await send('POST', all, { 'content-type': cbor }, new Uint8Array(encode(playlist)))).status).toBe(415);
});

test('numbers and names survive', async () => {
  for (const json of ['{"a":9007199254740993,"b":-9007199254740993,"c":1.5,"__proto__":{"x":[null,true,""]}}', '[]']) expect(await jsonOfCbor(await cborOf(json))).toBe(json);
  expect(await jsonOfCbor(Buffer.from(encode({ a: Buffer.from('bytes') })))).toBe('{"a":"bytes"}');
  await expect(jsonOfCbor(Buffer.from([0xa1, 0x01, 0x02]))).rejects.toMatchObject({ code: 400 });
});
