import { afterEach, describe, expect, test, vi } from 'vitest';
import { playlistKind } from '../apps/playlist/playlist-kind.ts';
import { systemClock } from '../infra/clock.ts';
import { openTestDatabase } from '../infra/db/test-database.ts';
import { silentLogger } from '../infra/log/log.ts';
import { resourceMigrations } from '../storage/resource-migrations.ts';
import { createResourceStore } from '../storage/sql-resource-store.ts';
import { pathOf, people, startTestApi, type TestApi, type TestApiDeps } from './test-api.ts';

vi.setConfig({ testTimeout: 120_000 });

let api: TestApi;
afterEach(() => api.close());

const all = pathOf(playlistKind, 'v1');
const playlist = (name: string, more: object = {}) => ({ metadata: { name, ...more }, spec: { title: name, interval: '1m', items: [] } });
const start = async (deps: Partial<TestApiDeps> = {}) => (api = await startTestApi({ db: await openTestDatabase(resourceMigrations), kinds: [playlistKind], ...deps }));

test('hostile input is the client’s fault', async () => {
  const { call } = await start();
  const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
  const hostile: [string, string, unknown?][] = [
    ['GET', `${all}/%00`], ['GET', `${all}/%E0%A4%A`], ['GET', '/apis/%E0%A4%A'], ['GET', `${all}?limit=${'9'.repeat(40)}`], ['GET', `${all}?continue=eyJydiI6MX0`],
    ['GET', `${all}?resourceVersion=${'9'.repeat(40)}`], ['GET', `${all}?fieldSelector=metadata.name%3D%00`], ['GET', `${all}?labelSelector=a%20in%20(`],
    ['POST', all, `{"metadata":{"name":"deep"},"spec":${deep}}`], ['POST', all, '{"metadata":{"name":"x","labels":7}}'], ['POST', all, '{"metadata":[],"spec":{}}'],
    ['POST', all, { metadata: { name: 'x', annotations: { 'example.com/big': 'x'.repeat(300_000) } }, spec: {} }], ['PATCH', `${all}/x`, '[]'], ['DELETE', `${all}/x`, '[]'],
    ['POST', all, '{"metadata":{"name":"__proto__"},"spec":{"__proto__":{"title":"x"}}}'],
  ];
  for (const [method, path, body] of hostile) {
    const { status, text } = await call('ada', method, path, body);
    expect(status, `${method} ${path.slice(0, 100)} ${text.slice(0, 200)}`).toBeLessThan(500);
  }
  expect(({} as Record<string, unknown>)['title']).toBeUndefined();
});

describe('ten thousand objects', () => {
  const many = (store: TestApi['store'], count: number, spec = '{"title":"t","interval":"1m","items":[]}') => Promise.all(Array.from({ length: count }, (_, n) => store.create({
    group: playlistKind.group, resource: playlistKind.plural, namespace: 'default', name: `p${n}`, apiVersion: 'v1', title: '', folder: '', labels: {}, annotations: {}, spec, author: 'user:u-ada',
  })));
  const caller = { identity: people['ada']!, author: 'user:u-ada', namespace: 'default', orgId: 1, signal: new AbortController().signal, agent: 'test' };

  test('are listed page by page, and at once', async () => {
    const { call, store } = await start();
    await many(store, 10_000);
    const names = new Set<string>();
    let next = '';
    do {
      const { json } = await call('viewer', 'GET', `${all}?limit=3000${next && `&continue=${encodeURIComponent(next)}`}`);
      for (const item of json.items) names.add(item.metadata.name);
      next = json.metadata.continue ?? '';
    } while (next);
    expect(names.size).toBe(10_000);
    const { json } = await call('viewer', 'GET', `${all}?limit=10000`);
    expect(json).toMatchObject({ kind: 'PlaylistList', apiVersion: 'playlist.grafana.app/v1', metadata: { resourceVersion: String(await store.currentVersion({ group: playlistKind.group, resource: playlistKind.plural })) } });
    expect(json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual([...names]);
    expect(json.metadata.continue).toBeUndefined();
    // What is refused is refused as ever.
    expect((await call('viewer', 'GET', `${all}?limit=10000&fieldSelector=spec.title%3Dx`)).json).toMatchObject({ code: 400, kind: 'Status' });
    expect((await call('viewer', 'GET', `${all}?limit=10000&continue=nonsense`)).json).toMatchObject({ code: 400, kind: 'Status' });
  });

  test('are read no faster than they are taken', async () => {
    const db = await openTestDatabase(resourceMigrations);
    const store = createResourceStore({ db, clock: systemClock, log: silentLogger });
    await many(store, 1_000);
    const read: number[] = [];
    const counted = { ...store, list: async (...asked: Parameters<typeof store.list>) => {
      const page = await store.list(...asked);
      read.push(page.items.length);
      return page;
    } };
    const { apiServer } = await start({ db, store: counted });
    const pages = apiServer.backendOf(playlistKind).stream!({ caller, version: 'v1', labels: [], fields: [], limit: 900, continueToken: '', search: new URLSearchParams() });
    for (let n = 1; n <= 3; n++) {
      expect((await pages.next()).value).toHaveLength(100);
      expect(read).toHaveLength(n);
    }
    let last = await pages.next();
    while (!last.done) last = await pages.next();
    expect(read.reduce((sum, n) => sum + n)).toBe(900);
    expect(Math.max(...read)).toBeLessThanOrEqual(100);
    expect(last.value).toMatchObject({ continue: expect.any(String) });
  });

  test('end a page where its specs are long enough', async () => {
    const { call, store } = await start({ pageBytesMax: 10_000 });
    await many(store, 600, `{"title":"${'t'.repeat(1_000)}","interval":"1m","items":[]}`);
    for (const limit of [500, 600]) {
      const { json } = await call('viewer', 'GET', `${all}?limit=${limit}`);
      expect(json.items.length).toBeGreaterThan(5);
      expect(json.items.length).toBeLessThan(15);
      expect(json.metadata.continue).toEqual(expect.any(String));
    }
  });
});

test('history and trash are lists of the collection', async () => {
  const { call } = await start();
  await call('ada', 'POST', all, playlist('a'));
  for (const title of ['b', 'c']) await call('ada', 'PATCH', `${all}/a`, { spec: { title } });
  const history = await call('ada', 'GET', `${all}?labelSelector=grafana.app/get-history%3Dtrue&fieldSelector=metadata.name%3Da`);
  expect(history.json.items.map((item: { spec: { title: string } }) => item.spec.title)).toEqual(['c', 'b', 'a']);
  const titles = async (query: string) => {
    const { json } = await call('ada', 'GET', `${all}?labelSelector=grafana.app/get-history%3Dtrue&fieldSelector=metadata.name%3Da&${query}`);
    return [json.items.map((item: { spec: { title: string } }) => item.spec.title), json.metadata.continue];
  };
  const [newest, middle, oldest] = history.json.items.map((item: { metadata: { resourceVersion: string } }) => item.metadata.resourceVersion);
  expect(await titles(`resourceVersion=${newest}`)).toEqual([['b', 'a'], undefined]);
  expect(await titles(`resourceVersion=${middle}&resourceVersionMatch=NotOlderThan`)).toEqual([['b', 'c'], undefined]);
  const [first, next] = await titles('resourceVersion=0&resourceVersionMatch=NotOlderThan&limit=2');
  expect(first).toEqual(['a', 'b']);
  expect(await titles(`limit=2&continue=${next}`)).toEqual([['c'], undefined]);
  await call('editor', 'DELETE', `${all}/a`);
  expect(await titles('limit=9')).toEqual([[], undefined]);
  expect(await titles(`resourceVersion=${oldest}&resourceVersionMatch=Exact`)).toEqual([['a'], undefined]);
  const trash = `${all}?labelSelector=grafana.app/get-trash%3Dtrue`;
  expect((await call('ada', 'GET', trash)).json.items).toMatchObject([{ metadata: { name: 'a', generation: -999 } }]);
  expect((await call('editor', 'GET', trash)).json.items).toHaveLength(1);
  expect((await call('viewer', 'GET', trash)).json.items).toEqual([]);
  // One of many is found by its name, however long ago it went.
  for (const name of ['b', 'c']) await call('ada', 'POST', all, playlist(name)).then(() => call('ada', 'DELETE', `${all}/${name}`));
  const named = (name: string) => call('ada', 'GET', `${trash}&limit=1&fieldSelector=metadata.name%3D${name}`);
  expect((await named('a')).json.items).toMatchObject([{ metadata: { name: 'a' } }]);
  await call('ada', 'POST', `${all}/a/restore`);
  expect((await named('a')).json.items).toEqual([]);
});

test('a patch without a version is tried again until it fits', async () => {
  const { call } = await start();
  await call('ada', 'POST', all, playlist('a'));
  const answers = await Promise.all(Array.from({ length: 4 }, (_, n) => call('ada', 'PATCH', `${all}/a`, { metadata: { labels: { [`l${n}`]: 'x' } } })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(Object.keys((await call('ada', 'GET', `${all}/a`)).json.metadata.labels).sort()).toEqual(['l0', 'l1', 'l2', 'l3']);
});

test('options of a deletion are those of Kubernetes', async () => {
  const { call } = await start();
  await call('ada', 'POST', all, playlist('a'));
  const refused = async (query: string, body: unknown, status: number, why: string) => {
    const { json } = await call('ada', 'DELETE', `${all}/a${query}`, body);
    expect([json.code, json.message]).toEqual([status, expect.stringContaining(why)]);
  };
  await refused('?propagationPolicy=Fly', undefined, 422, 'propagationPolicy: Unsupported value: "Fly": supported values: "Foreground", "Background", "Orphan", "nil"');
  await refused('', { propagationPolicy: 'Orphan', orphanDependents: true }, 422, 'propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set');
  await refused('', { dryRun: ['Some'] }, 422, 'dryRun: Unsupported value: ["Some"]: supported values: "All"');
  await refused('', { gracePeriodSeconds: 'soon' }, 400, 'gracePeriodSeconds');
  await refused('?gracePeriodSeconds=soon', undefined, 400, 'invalid syntax');
  await refused('', { kind: 'Playlist' }, 400, 'no kind "Playlist"');
  // The query counts where there is no body.
  expect((await call('ada', 'DELETE', `${all}/a?dryRun=All`)).status).toBe(200);
  expect((await call('ada', 'DELETE', `${all}/a?dryRun=Some`, { propagationPolicy: 'Background' })).status).toBe(200);
  expect((await call('ada', 'GET', `${all}/a`)).status).toBe(404);
});

test('what is applied has the type of the path and fits its schema', async () => {
  const { call } = await start();
  const apply = (body: unknown, query = '') => call('ada', 'PATCH', `${all}/a?fieldManager=one${query}`, body, { 'content-type': 'application/apply-patch+yaml' });
  const typed = { apiVersion: 'playlist.grafana.app/v1', kind: 'Playlist', metadata: { name: 'a' }, spec: { title: 'A', items: [] } };
  const refused: [unknown, number, string][] = [
    ['', 400, 'invalid object type: /, Kind='], [{ ...typed, apiVersion: 'playlist.grafana.app/v9' }, 400, 'invalid object type: playlist.grafana.app/v9, Kind=Playlist'],
    [{ ...typed, metadata: { name: 'a', managedFields: [] } }, 400, 'metadata.managedFields must be nil'], [{ ...typed, metadata: { name: 'b' } }, 400, 'the name of the object (b) does not match the name on the URL (a)'],
    [{ ...typed, metadata: {} }, 400, 'the name of the object (a based on URL) was undeterminable: name must be provided'], [{ ...typed, spec: { colour: 'red' } }, 400, '.spec.colour: field not declared in schema'],
    [{ ...typed, metadata: { name: 'a', uid: 'u' } }, 409, 'uid mismatch: the provided object specified uid u, and no existing object was found'], ['a: b: c', 400, 'error decoding YAML: '],
  ];
  for (const [body, code, message] of refused) expect((await apply(body)).json, JSON.stringify(body)).toMatchObject({ code, message: expect.stringContaining(message) });
  const twice = 'apiVersion: playlist.grafana.app/v1\nkind: Playlist\nmetadata:\n  name: a\nspec:\n  title: x\n  title: z\n  items: []\n';
  expect((await apply(twice, '&fieldValidation=Strict')).json).toMatchObject({ code: 400, message: expect.stringContaining('line 7: key "title" already set in map') });
  expect((await apply(twice)).json).toMatchObject({ spec: { title: 'z' } });
});

test('a patch that makes something else of an object is invalid', async () => {
  const { call } = await start();
  await call('ada', 'POST', all, playlist('a', { finalizers: ['example.com/one'] }));
  const types = { json: 'application/json-patch+json', merge: 'application/merge-patch+json', strategic: 'application/strategic-merge-patch+json' };
  const refused: [keyof typeof types, unknown, number, string][] = [
    ['merge', { spec: { title: 5 } }, 422, 'cannot unmarshal number'], ['strategic', { spec: { title: 5 } }, 422, 'Invalid value: "map[spec:map[title:5]]"'], ['merge', { kind: 'Other' }, 422, 'no kind "Other"'],
    ['merge', { kind: null }, 422, "Object 'Kind' is missing"], ['json', [{ op: 'remove', path: '/metadata' }], 400, 'name must be provided'],
  ];
  for (const [type, body, code, message] of refused) expect((await call('ada', 'PATCH', `${all}/a`, body, { 'content-type': types[type] })).json).toMatchObject({ code, message: expect.stringContaining(message) });
  expect((await call('ada', 'PATCH', `${all}/a?fieldManager=a%01`, {})).json.message).toContain('fieldManager: Invalid value: "a\\u0001": invalid character U+0001 (at position 1)');
  await call('ada', 'DELETE', `${all}/a`);
  const { json } = await call('ada', 'PATCH', `${all}/a`, { metadata: { finalizers: ['example.com/one', 'example.com/two'] } });
  expect(json).toMatchObject({ code: 422, message: expect.stringContaining('no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/two"}') });
});

test('bodies are read as Kubernetes reads them', async () => {
  const { call } = await start();
  const yaml = { 'content-type': 'application/yaml' };
  const refused: [unknown, Record<string, string>, number, string][] = [
    ['null', {}, 422, 'name or generateName is required'], ['', yaml, 422, 'name or generateName is required'], ['[]', {}, 400, "couldn't get version/kind"], ['text', yaml, 400, "couldn't get version/kind"],
    ['{"kind":5,"metadata":{"name":"a"}}', {}, 400, "couldn't get version/kind"], [{ metadata: { name: 'a', creationTimestamp: 'yesterday' } }, {}, 400, 'parsing time "yesterday"'],
    [{ metadata: { generateName: 'a/b' } }, {}, 422, "[metadata.generateName: Invalid value: \"a/b\": may not contain '/', metadata.name: Invalid value: "],
    [{ metadata: { name: 'a', generation: -1 } }, {}, 422, 'metadata.generation: Invalid value: -1: must be greater than or equal to 0'],
  ];
  for (const [body, headers, code, message] of refused) expect((await call('ada', 'POST', all, body, headers)).json, JSON.stringify(body)).toMatchObject({ code, message: expect.stringContaining(message) });
  // Of several documents the first counts, of two equal keys the last.
  const two = 'metadata:\n  name: first\nspec:\n  title: one\n  title: two\n---\nmetadata:\n  name: second\n';
  expect((await call('ada', 'POST', all, two, yaml)).json).toMatchObject({ metadata: { name: 'first' }, spec: { title: 'two' } });
  expect((await call('ada', 'POST', `${all}?fieldValidation=Strict`, two, yaml)).json.message).toContain('line 5: key "title" already set in map');
  expect((await call('ada', 'POST', all, { metadata: { generateName: 'g'.repeat(80) } })).json.metadata.name).toMatch(/^g{58}[a-z0-9]{5}$/);
  // A watch is refused before it begins.
  expect((await call('ada', 'GET', `${all}?watch=true&fieldSelector=spec.title%3Dx`)).json).toMatchObject({ kind: 'Status', code: 400 });
});

test('nobody acts as another', async () => {
  const { call } = await start();
  const as = (headers: Record<string, string>) => call('ada', 'GET', all, undefined, headers);
  expect((await as({ 'impersonate-user': 'vera' })).json).toMatchObject({ code: 403, details: { name: 'vera', kind: 'users' } });
  expect((await as({ 'impersonate-user': 'system:serviceaccount:default:robot' })).json).toMatchObject({
    code: 403, details: { name: 'robot', kind: 'serviceaccounts' }, message: expect.stringContaining('in the namespace "default": user impersonation is not supported'),
  });
  expect((await as({ 'impersonate-group': 'system:masters' })).json).toMatchObject({ code: 400, message: expect.stringContaining('without impersonating a user') });
  expect((await as({ 'impersonate-user': '' })).status).toBe(200);
});

test('lists take every parameter for what it is', async () => {
  const { call } = await start();
  for (const query of ['limit=1.5', 'timeoutSeconds=soon', 'watch=true&timeoutSeconds=soon']) expect((await call('ada', 'GET', `${all}?${query}`)).json, query).toMatchObject({ code: 400, message: expect.stringContaining('invalid syntax') });
  expect((await call('ada', 'GET', `${all}?watch=false`)).json).toMatchObject({ kind: 'PlaylistList' });
});

test('Terraform creates, reads, updates, meets a drift, and deletes', async () => {
  const { call } = await start();
  // As its client writes: empty members are there, and from the second write on the uid and the version that it knows.
  const object = (title: string, known: object = {}) => ({
    kind: 'Playlist', apiVersion: 'playlist.grafana.app/v1',
    metadata: { name: 'screens', namespace: 'default', creationTimestamp: null, annotations: { 'grafana.app/managedBy': 'terraform', 'grafana.app/managerId': 'infra' }, ...known },
    spec: { title, interval: '5m', items: [{ type: 'dashboard_by_uid', value: 'd' }] }, status: {},
  });
  const made = (await call('ada', 'POST', all, object('Screens'))).json;
  expect(made).toMatchObject({ metadata: { annotations: { 'grafana.app/managedBy': 'terraform', 'grafana.app/managerId': 'infra' }, generation: 1 }, spec: { title: 'Screens' } });
  const { uid, resourceVersion } = made.metadata;
  expect((await call('ada', 'GET', `${all}/screens`)).json).toEqual(made);
  const updated = (await call('ada', 'PUT', `${all}/screens`, object('Big screens', { uid, resourceVersion }))).json;
  expect(updated).toMatchObject({ metadata: { uid, generation: 2 }, spec: { title: 'Big screens' } });
  await call('editor', 'PATCH', `${all}/screens`, { spec: { interval: '9m' } });
  expect((await call('ada', 'PUT', `${all}/screens`, object('Bigger', { uid, resourceVersion: updated.metadata.resourceVersion }))).json).toMatchObject({ code: 409, reason: 'Conflict' });
  const drifted = (await call('ada', 'GET', `${all}/screens`)).json;
  expect(drifted.spec.interval).toBe('9m');
  expect((await call('ada', 'PUT', `${all}/screens`, object('Bigger', { uid, resourceVersion: drifted.metadata.resourceVersion }))).json.spec).toMatchObject({ title: 'Bigger', interval: '5m' });
  expect((await call('ada', 'DELETE', `${all}/screens`, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid } })).json).toMatchObject({ status: 'Success' });
  expect((await call('ada', 'DELETE', `${all}/screens`)).status).toBe(404);
  // An object of the same name is another one: what Terraform remembers does not write over it.
  await call('ada', 'POST', all, object('Again'));
  expect((await call('ada', 'PUT', `${all}/screens`, object('Mine', { uid }))).status).toBe(409);
});
