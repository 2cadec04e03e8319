import { gunzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { openTestDatabase } from '../../../infra/db/test-database.ts';
import { createKeyValueStore, kvstoreMigrations } from '../../../infra/kvstore/kvstore.ts';
import { silentLogger } from '../../../infra/log/log.ts';
import type { Collector } from './support-bundle.ts';
import { createSupportBundleService } from './support-bundle-service.ts';

const collector = (uid: string, more: Partial<Collector> = {}): Collector => ({
  uid, displayName: uid, description: uid, includedByDefault: false, default: false, collect: async () => ({ name: `${uid}.txt`, content: `content of ${uid}` }), ...more,
});

async function aService(...collectors: Collector[]) {
  let now = 1_000_000;
  const clock = { now: () => (now += 1000) };
  return createSupportBundleService({ kv: createKeyValueStore({ db: await openTestDatabase(kvstoreMigrations), clock }), clock, log: silentLogger, collectors });
}

const complete = (bundles: Awaited<ReturnType<typeof aService>>) => vi.waitFor(async () => expect((await bundles.list())[0]?.state).toBe('complete'));

test('a bundle holds what was asked for, what is always in it, and says where a collector failed', async () => {
  const bundles = await aService(collector('basic', { includedByDefault: true }), collector('db'), collector('users'), collector('bad', { collect: () => Promise.reject(new Error('secret detail')) }));
  const { uid, state, createdAt, expiresAt } = await bundles.create('admin', ['db', 'bad', 'unheard-of']);
  expect([state, expiresAt - createdAt]).toEqual(['pending', 72 * 3600]);
  await complete(bundles);
  const archive = gunzipSync((await bundles.archive(uid))!);
  const names = [...archive.toString('latin1').matchAll(/bundle\/[\w.-]+/g)].map(([name]) => name);
  expect(names).toEqual(['bundle/basic.txt', 'bundle/db.txt', 'bundle/bad.error.txt']);
  expect(archive.length % 512).toBe(0);
  expect(archive.toString()).not.toContain('secret detail');
});

test('bundles are listed newest first, without their content, and can be removed once', async () => {
  const bundles = await aService(collector('basic', { includedByDefault: true }));
  const first = await bundles.create('a', []);
  const second = await bundles.create('b', []);
  await vi.waitFor(async () => expect((await bundles.list()).map(({ state }) => state)).toEqual(['complete', 'complete']));
  expect((await bundles.list()).map(({ uid }) => uid)).toEqual([second.uid, first.uid]);
  expect((await bundles.list())[0]).not.toHaveProperty('archive');
  await bundles.remove(first.uid);
  expect(await bundles.archive(first.uid)).toBeUndefined();
  await expect(bundles.remove(first.uid)).rejects.toMatchObject({ status: 404 });
});
