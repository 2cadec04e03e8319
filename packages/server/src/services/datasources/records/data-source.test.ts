import { expect, test } from 'vitest';
import type { Database } from '../../../infra/db/database.ts';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { silentLogger } from '../../../infra/log/log.ts';
import { secretsMigrations } from '../../../infra/secrets/secrets.ts';
import { createSecrets } from '../../../infra/secrets/secrets-service.ts';
import type { DataSourceWrite } from './data-source.ts';
import { dataSourceMigrations } from './data-source-migrations.ts';
import { createDataSourceService } from './data-source-service.ts';
import { parseTargetUrl } from './data-source-url.ts';
import { jsonDataOf } from './json-data.ts';

const aSource = (more: Partial<DataSourceWrite> = {}): DataSourceWrite => ({
  uid: '', name: '', type: 'prometheus', access: 'proxy', url: '', user: '', database: '', basicAuth: false, basicAuthUser: '', withCredentials: false,
  isDefault: false, jsonData: '{}', secureJsonData: {}, apiVersion: '', ...more,
});

function serviceOn(db: Database, clock = { now: () => 1_700_000_000_000, sleep: async () => {} }) {
  return createDataSourceService({
    db, clock, log: silentLogger, listLimit: 5000, secrets: createSecrets({ db, clock, secretKey: 'k' }),
    catalog: { find: (id) => (id === 'prom-alias' ? { id: 'prometheus', type: 'datasource', name: 'Prometheus', version: '', logoUrl: '', backend: true, routes: [] } : undefined) },
  });
}

onEveryDatabase('data sources', (open) => {
  const migrated = () => open([...secretsMigrations, ...dataSourceMigrations]);

  test('the first of an org is its default, later ones only when they say so', async () => {
    const sources = serviceOn(await migrated());
    const first = await sources.create(1, aSource({ name: 'b' }));
    const second = await sources.create(1, aSource({ name: 'A' }));
    expect([first.isDefault, second.isDefault]).toEqual([true, false]);
    await sources.update(second, aSource({ name: 'A', isDefault: true }), { version: 0, secrets: 'merge' });
    expect((await sources.list(1)).map(({ name, isDefault }) => [name, isDefault])).toEqual([['A', true], ['b', false]]);
  });

  test('names are counted, kept apart by org, and unique', async () => {
    const sources = serviceOn(await migrated());
    const names = [];
    for (const orgId of [1, 1, 1, 2]) names.push((await sources.create(orgId, aSource())).name);
    expect(names).toEqual(['prometheus', 'prometheus-1', 'prometheus-2', 'prometheus']);
    await expect(sources.create(1, aSource({ name: 'prometheus' }))).rejects.toMatchObject({ status: 409 });
    await expect(sources.create(1, aSource({ uid: 'a b' }))).rejects.toMatchObject({ status: 400, messageId: 'datasource.uidInvalid' });
  });

  test('secrets merge, empty ones lose their flag, provisioning replaces them', async () => {
    const sources = serviceOn(await migrated());
    const made = await sources.create(1, aSource({ name: 'x', secureJsonData: { a: '1', b: '2' } }));
    const merged = await sources.update(made, aSource({ name: 'y', secureJsonData: { a: '', c: '3' } }), { version: 0, secrets: 'merge' });
    expect(merged.secretKeys).toEqual(['b', 'c']);
    expect(await sources.secretsOf(merged)).toEqual({ a: '', b: '2', c: '3' });
    const replaced = await sources.update(merged, aSource({ name: 'y', secureJsonData: { d: '4' } }), { version: 0, secrets: 'replace' });
    expect(await sources.secretsOf(replaced)).toEqual({ d: '4' });
  });

  test('an older version than stored is refused, a newer one is taken', async () => {
    const sources = serviceOn(await migrated());
    const made = await sources.create(1, aSource({ name: 'x' }));
    const forty = await sources.update(made, aSource({ name: 'x' }), { version: 40, secrets: 'merge' });
    expect(forty.version).toBe(41);
    await expect(sources.update(made, aSource({ name: 'x' }), { version: 7, secrets: 'merge' })).rejects.toMatchObject({ status: 409 });
    expect((await sources.update(made, aSource({ name: 'x' }), { version: 0, secrets: 'merge' })).version).toBe(1);
  });

  test('what plugins get is remembered until it changes here', async () => {
    const sources = serviceOn(await migrated());
    const made = await sources.create(1, aSource({ uid: 'u', type: 'prom-alias', url: 'http://one', jsonData: '{"a":1}', secureJsonData: { s: 't' } }));
    const before = await sources.resolve(1, { uid: 'u' });
    expect(before?.settings).toMatchObject({ type: 'prometheus', url: 'http://one', jsonData: { a: 1 }, decryptedSecureJsonData: { s: 't' } });
    expect(await sources.resolve(1, { uid: 'u' })).toBe(before);
    await sources.update(made, aSource({ name: 'x', url: 'http://two' }), { version: 0, secrets: 'merge' });
    expect((await sources.resolve(1, { uid: 'u' }))?.settings.url).toBe('http://two');
    expect(await sources.resolve(2, { uid: 'u' })).toBeUndefined();
  });
});

test.each([
  ['prometheus', 'example.com:9090', { scheme: 'http', host: 'example.com:9090', path: '' }],
  ['prometheus', '/only/a/path', { host: '', path: '/only/a/path' }],
  ['prometheus', ':9090', { host: ':9090' }],
  ['prometheus', 'odd+scheme://h/p?q#f', { scheme: 'odd+scheme', path: '/p', query: 'q' }],
  ['prometheus', 'http://user:pw@h:1/%2F', { host: 'h:1', path: '/%2F' }],
  ['mssql', 'a b', { host: 'a b' }],
  ['mssql', 'host\\instance:1433;x=y', { host: 'host:1433' }],
])('%s takes the address %s', (type, text, parts) => {
  expect(parseTargetUrl(type, text)).toMatchObject(parts);
});

test.each(['http://[::1', 'spaced host', 'http://example.com/%zz', 'example.com:port', 'http://a\u0000b', 'http://h%41/'])('the address %j is refused', (text) => {
  expect(parseTargetUrl('prometheus', text)).toBeUndefined();
});

test('jsonData keeps the text of its numbers and sorts its keys', () => {
  expect(jsonDataOf('{"name":"x","jsonData":{"b":1.50,"a":{"z":9007199254740993,"y":-0}}}')).toBe('{"a":{"y":-0,"z":9007199254740993},"b":1.50}');
  expect(jsonDataOf('{"JSONDATA":null}')).toBe('{}');
  expect(jsonDataOf('{}')).toBe('{}');
  expect(jsonDataOf('{"jsonData":{"__proto__":{"a":1}}}')).toBe('{"__proto__":{"a":1}}');
});

test('what databases would choke on is refused, or simply not there', async () => {
  const { openTestDatabase } = await import('../../../infra/db/test-database.ts');
  const sources = serviceOn(await openTestDatabase([...secretsMigrations, ...dataSourceMigrations]));
  await expect(sources.create(1, aSource({ user: 'u'.repeat(256) }))).rejects.toMatchObject({ status: 400 });
  await expect(sources.create(1, aSource({ name: 'a\0b' }))).rejects.toMatchObject({ status: 400 });
  expect([await sources.find(1, { uid: '\0' }), await sources.find(1, { id: 2 ** 63 })]).toEqual([undefined, undefined]);
  expect(() => jsonDataOf(`{"jsonData":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)).toThrow('bad request data');
});
