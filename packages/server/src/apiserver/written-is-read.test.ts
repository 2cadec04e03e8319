/** What a client writes it reads again: whatever the members are called and hold, in every form of answer. Seeds are printed by the name of the test. */
import { expect, test } from 'vitest';
import { onEveryDatabase } from '../infra/db/on-every-database.ts';
import { createSecrets } from '../infra/secrets/secrets-service.ts';
import { secretsMigrations } from '../infra/secrets/secrets.ts';
import { systemClock } from '../infra/clock.ts';
import { resourceMigrations } from '../storage/resource-migrations.ts';
import { parseWithBigInts } from '../util/exact-json.ts';
import { allVerbs, defineKind, type Kind } from './kind.ts';
import { pathOf, startTestApi, type TestApi } from './test-api.ts';

const thing = defineKind({ group: 'things.example', kind: 'Thing', plural: 'things', singular: 'thing', versions: [{ name: 'v1' }], verbs: allVerbs, securesValues: true, folders: true });
const plain = defineKind({ ...thing, group: 'plain.example', securesValues: false });
const all = pathOf(thing, 'v1');

/** Numbers that follow from a seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

// A lone backslash is left out: Node 26 (V8 14.6) takes a key that is one other escaped character for it, once an object had such a key.
const words = ['', 'a', 'title', '__proto__', 'constructor', 'toString', '0', '7', 'ключ', '😀', '\u0000', '\\x', '"', 'a.b', 'f:a', ' ', '\u2028', 'y', 'null', '- a', '#', '1e3', '0x10', 'line\nline\n', "'", '~'];
const numbers = ['0', '-1', '1.5', '9007199254740993', '-9223372036854775808', '123456789012345678901234567890', '1e-7', '0.1', '1700000000000', '5e-324'];

/** JSON text. */
function jsonText(random: (below: number) => number, depth: number): string {
  const kind = random(depth > 0 ? 8 : 5);
  switch (kind) {
    case 0: return numbers[random(numbers.length)]!;
    case 1: return ['true', 'false', 'null'][random(3)]!;
    case 2: return '"lone \\ud800 half"';
    case 3: case 4: return JSON.stringify(words[random(words.length)]);
    case 5: return `[${Array.from({ length: random(4) }, () => jsonText(random, depth - 1)).join(',')}]`;
    default: return objectText(random, depth - 1);
  }
}

function objectText(random: (below: number) => number, depth: number): string {
  const names = new Set(Array.from({ length: random(5) }, () => words[random(words.length)]!));
  return `{${[...names].map((name) => `${JSON.stringify(name)}:${jsonText(random, depth)}`).join(',')}}`;
}

function metaOf(random: (below: number) => number, name: string) {
  const label = () => ['', 'blue', 'x-1', '2'][random(4)]!;
  const owner = (n: number) => ({ apiVersion: 'playlist.grafana.app/v1', kind: 'Playlist', name: `p${n}`, uid: `u${n}`, ...(random(2) ? { controller: n === 0, blockOwnerDeletion: random(2) === 1 } : {}) });
  return {
    name,
    ...(random(2) ? { labels: Object.fromEntries(Array.from({ length: random(3) + 1 }, (_, n) => [`example.com/l${n}`, label()])) } : {}),
    annotations: Object.fromEntries(Array.from({ length: random(3) }, (_, n) => [`note${n}`, words[random(words.length)]!])),
    ...(random(2) ? { ownerReferences: Array.from({ length: random(3) + 1 }, (_, n) => owner(n)) } : {}),
    ...(random(2) ? { finalizers: Array.from({ length: random(2) + 1 }, (_, n) => `example.com/f${n}`) } : {}),
  };
}

type Meta = ReturnType<typeof metaOf>;

function expectMeta(shown: Record<string, unknown>, sent: Meta): void {
  const { annotations, ...rest } = sent;
  expect(shown).toMatchObject(rest);
  for (const member of ['labels', 'ownerReferences', 'finalizers'] as const) expect(shown[member]).toEqual(sent[member]);
  const kept = Object.fromEntries(Object.entries((shown['annotations'] ?? {}) as object).filter(([key]) => !key.startsWith('grafana.app/')));
  expect(kept).toEqual(annotations);
}

const specIn = (text: string) => (parseWithBigInts(text) as { spec: unknown }).spec;

onEveryDatabase('what is written is read', (open) => {
  async function played(play: (api: TestApi) => Promise<void>, kinds: readonly Kind[] = [thing]): Promise<void> {
    const api = await startTestApi({ db: await open([...resourceMigrations, ...secretsMigrations]), kinds });
    try {
      await play(api);
    } finally {
      await api.close();
    }
  }

  test('any spec and any metadata, seeds 1 to 24', { timeout: 60_000 }, () => played(async ({ call }) => {
    for (let seed = 1; seed <= 24; seed++) {
      const random = randomOf(seed);
      const name = `t${seed}`;
      const meta = metaOf(random, name);
      const spec = objectText(random, 4);
      const why = `seed ${seed}: ${spec}`;
      const wanted = parseWithBigInts(spec);
      const body = `{"metadata":${JSON.stringify(meta)},"spec":${spec}}`;
      const made = await call('ada', 'POST', all, body);
      expect(made.status, `${why} ${made.text}`).toBe(201);
      const read = await call('ada', 'GET', `${all}/${name}`);
      expect(specIn(read.text), why).toEqual(wanted);
      expectMeta(read.json.metadata, meta);
      // The same through YAML, there and back: nothing has changed.
      const yaml = await call('ada', 'GET', `${all}/${name}`, undefined, { accept: 'application/yaml' });
      const put = await call('ada', 'PUT', `${all}/${name}`, yaml.text, { 'content-type': 'application/yaml' });
      expect(put.status, `${why} ${put.text}`).toBe(200);
      expect(specIn(put.text), why).toEqual(wanted);
      expect(put.json.metadata.generation, why).toBe(1);
      // A patch of something else leaves the rest.
      const patch = await call('ada', 'PATCH', `${all}/${name}`, { metadata: { annotations: { other: 'x' } } });
      expect(specIn(patch.text), why).toEqual(wanted);
      expectMeta(patch.json.metadata, { ...meta, annotations: { ...meta.annotations, other: 'x' } });
      const applied = await call('ada', 'PATCH', `${all}/${name}?fieldManager=m&force=true`, `{"apiVersion":"things.example/v1","kind":"Thing","metadata":{"name":"${name}"},"spec":${spec}}`, { 'content-type': 'application/apply-patch+yaml' });
      expect(applied.status, `${why} ${applied.text}`).toBe(200);
      expect(specIn(applied.text), why).toEqual(wanted);
      expect(applied.headers.get('warning')).toBeNull();
      const jsonPatched = await call('ada', 'PATCH', `${all}/${name}`, [{ op: 'add', path: '/metadata/annotations/third', value: 'y' }], { 'content-type': 'application/json-patch+json' });
      expect(specIn(jsonPatched.text), why).toEqual(wanted);
    }
    const list = await call('ada', 'GET', all);
    expect(list.json.items).toHaveLength(24);
    for (const item of list.json.items) {
      const seed = Number(item.metadata.name.slice(1));
      const { annotations, ...meta } = metaOf(randomOf(seed), item.metadata.name);
      expectMeta(item.metadata, { ...meta, annotations: { ...annotations, other: 'x', third: 'y' } });
    }
  }));

  test('an update replaces metadata, an older version still has it', () => played(async ({ call }) => {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Owner', name: 'o', uid: 'u1' }];
    const made = await call('ada', 'POST', all, { metadata: { name: 'a', ownerReferences }, spec: {} });
    await call('ada', 'PUT', `${all}/a`, { metadata: { name: 'a' }, spec: {} });
    expect((await call('ada', 'GET', `${all}/a`)).json.metadata.ownerReferences).toBeUndefined();
    expect((await call('ada', 'GET', `${all}/a?resourceVersion=${made.json.metadata.resourceVersion}`)).json.metadata.ownerReferences).toEqual(ownerReferences);
  }));

  test('what is no owner is refused', () => played(async ({ call }) => {
    const owner = { apiVersion: 'v1', kind: 'K', name: 'n', uid: 'u' };
    for (const ownerReferences of [[{ ...owner, uid: '' }], [{ ...owner, apiVersion: '' }], [{ ...owner, controller: true }, { ...owner, uid: 'w', controller: true }]]) {
      expect((await call('ada', 'POST', all, { metadata: { name: 'a', ownerReferences }, spec: {} })).json).toMatchObject({ kind: 'Status', reason: 'Invalid', code: 422 });
    }
    expect((await call('ada', 'POST', all, { metadata: { name: 'a', ownerReferences: [7] }, spec: {} })).status).toBe(400);
  }));

  test('numbers that nothing holds are refused', () => played(async ({ call }) => {
    expect((await call('ada', 'POST', all, '{"metadata":{"name":"a"},"spec":{"n":1e999}}')).json).toMatchObject({ kind: 'Status', code: 400 });
  }));

  test('secrets are answered by name, kept encrypted, and go with the object', async () => {
    const db = await open([...resourceMigrations, ...secretsMigrations]);
    const api = await startTestApi({ db, kinds: [thing] });
    const { call } = api;
    const secrets = createSecrets({ db, clock: systemClock, secretKey: 'of the test' });
    const stored = async () => JSON.parse((await api.store.get({ group: thing.group, resource: thing.plural, namespace: 'default', name: 'a' }))!.secure || '{}');
    const nowhere = async () => {
      for (const table of ['resource', 'resource_history']) {
        for (const row of await db.prepare(`select * from ${table}`).all()) expect(JSON.stringify(row)).not.toMatch(/hunter2|hunter3/);
      }
    };
    try {
      const made = await call('ada', 'POST', all, { metadata: { name: 'a' }, spec: {}, secure: { token: { create: 'hunter2' }, other: { create: 'x' } } });
      expect(made.status, made.text).toBe(201);
      expect(Object.keys(made.json.secure)).toEqual(['token', 'other']);
      expect(made.json.secure.token).toEqual({ name: expect.any(String) });
      expect(await secrets.decryptText((await stored()).token.value)).toBe('hunter2');
      await nowhere();
      // Unmentioned it stays, and the answer can be sent back.
      const kept = await call('ada', 'PUT', `${all}/a`, { metadata: { name: 'a' }, spec: { n: 1 } });
      expect(kept.json.secure).toEqual(made.json.secure);
      expect((await call('ada', 'PUT', `${all}/a`, { ...kept.json, spec: { n: 2 } })).json.secure).toEqual(made.json.secure);
      expect((await call('ada', 'GET', all)).json.items[0].secure).toEqual(made.json.secure);
      // A new value is a change of the object.
      const changed = await call('ada', 'PATCH', `${all}/a`, { secure: { token: { create: 'hunter3' }, other: { remove: true } } });
      expect(changed.json).toMatchObject({ metadata: { generation: 4 }, secure: { token: { name: expect.any(String) } } });
      expect(changed.json.secure.other).toBeUndefined();
      expect(await secrets.decryptText((await stored()).token.value)).toBe('hunter3');
      await nowhere();
      expect((await db.prepare('select secure from resource_history').all()).every(({ secure }) => !String(secure).includes('value'))).toBe(true);
      for (const secure of [{ token: {} }, { token: { create: '' } }, { token: { create: 'a'.repeat(24_577) } }, { gone: { remove: true } }, { token: { name: 'lds-sv-1' } }, { token: { name: 'none' } }, { 'a b': { create: 'x' } }, { token: { create: 'x', remove: true } }, { token: 7 }]) {
        const refused = await call('ada', 'PUT', `${all}/a`, { metadata: { name: 'a' }, spec: {}, secure });
        expect(refused.json, JSON.stringify(secure).slice(0, 80)).toMatchObject({ kind: 'Status', code: 422 });
        expect(refused.text).not.toContain('aaaa');
      }
      await call('ada', 'DELETE', `${all}/a`);
      expect((await call('ada', 'GET', `${all}?labelSelector=grafana.app/get-trash%3Dtrue`)).json.items[0].secure).toBeUndefined();
      expect((await db.prepare('select secure from resource').all())).toEqual([]);
    } finally {
      await api.close();
    }
  });

  test('a kind without secrets says so', () => played(async ({ call }) => {
    const path = pathOf(plain, 'v1');
    const body = { metadata: { name: 'a' }, spec: {}, secure: { token: { create: 'hunter2' } } };
    expect((await call('ada', 'POST', `${path}?fieldValidation=Strict`, body)).json).toMatchObject({ code: 400, message: expect.stringContaining('unknown field "secure"') });
    const warned = await call('ada', 'POST', path, body);
    expect(warned.headers.get('warning')).toContain('unknown field');
    expect(warned.json.secure).toBeUndefined();
  }, [plain]));
});
