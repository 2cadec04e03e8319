import { afterEach, expect, test } from 'vitest';
import { playlistKind } from '../apps/playlist/playlist-kind.ts';
import { openTestDatabase } from '../infra/db/test-database.ts';
import { resourceMigrations } from '../storage/resource-migrations.ts';
import { pathOf, startTestApi, type TestApi } from './test-api.ts';

let api: TestApi;
afterEach(() => api.close());

const all = pathOf(playlistKind, 'v1');
const playlist = (name: string, more: object = {}) => ({ metadata: { name, ...more }, spec: { title: name, interval: '1m', items: [] } });
const start = async () => (api = await startTestApi({ db: await openTestDatabase(resourceMigrations), kinds: [playlistKind] }));

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

test('ten thousand objects are listed page by page', { timeout: 30_000 }, async () => {
  const { call, store } = await start();
  await Promise.all(Array.from({ length: 10_000 }, (_, n) => store.create({
    group: playlistKind.group, resource: playlistKind.plural, namespace: 'default', name: `p${n}`, apiVersion: 'v1', title: '', folder: '', labels: {}, annotations: {},
    spec: '{"title":"t","interval":"1m","items":[]}', author: 'user:u-ada',
  })));
  const names = new Set<string>();
  let next = '';
  do {
    const { json } = await call('viewer', 'GET', `${all}?limit=3000${next && `&continue=${encodeURIComponent(next)}`}`);
    for (const item of json.items) names.add(item.metadata.name);
    next = json.metadata.continue ?? '';
  } while (next);
  expect(names.size).toBe(10_000);
});

test('history and trash are lists of the collection', async () => {
  const { call } = await start();
  await call('ada', 'POST', all, playlist('a'));
  for (const title of ['b', 'c']) await call('ada', 'PATCH', `${all}/a`, { spec: { title } });
  const history = await call('ada', 'GET', `${all}?labelSelector=grafana.app/get-history%3Dtrue&fieldSelector=metadata.name%3Da`);
  expect(history.json.items.map((item: { spec: { title: string } }) => item.spec.title)).toEqual(['c', 'b', 'a']);
  await call('editor', 'DELETE', `${all}/a`);
  const trash = `${all}?labelSelector=grafana.app/get-trash%3Dtrue`;
  expect((await call('ada', 'GET', trash)).json.items).toMatchObject([{ metadata: { name: 'a', generation: -999 } }]);
  expect((await call('editor', 'GET', trash)).json.items).toHaveLength(1);
  expect((await call('viewer', 'GET', trash)).json.items).toEqual([]);
});

test('a patch without a version is tried again until it fits', async () => {
  const { call } = await start();
  await call('ada', 'POST', all, playlist('a'));
  const answers = await Promise.all(Array.from({ length: 4 }, (_, n) => call('ada', 'PATCH', `${all}/a`, { metadata: { labels: { [`l${n}`]: 'x' } } })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(Object.keys((await call('ada', 'GET', `${all}/a`)).json.metadata.labels).sort()).toEqual(['l0', 'l1', 'l2', 'l3']);
});
