import { expect, test } from 'vitest';
import { onEveryDatabase } from '../../../../infra/db/on-every-database.ts';
import { silentLogger } from '../../../../infra/log/log.ts';
import { createDatabaseCache, remoteCacheMigrations } from '../../../../infra/remotecache/database-cache.ts';
import type { AuthRequest } from '../../../../middleware/auth.ts';
import { tenancyMigrations } from '../../../tenancy/tenancy-migrations.ts';
import { identityRoom, movableClock } from '../../identity-fixtures.ts';
import { identityMigrations } from '../../identity-migrations.ts';
import { createIdentityLoader } from '../identity-loader.ts';
import { createRenderClient } from './render-client.ts';
import { createRenderKeys, createSignedRenderKeys } from './render-keys.ts';

const lifetimeMs = 300_000;

onEveryDatabase('render keys', (open) => {
  test('open pages as whoever wants the image, until they are ended or too old', async () => {
    const db = await open([...identityMigrations, ...tenancyMigrations, ...remoteCacheMigrations]);
    const { clock, identities, users, orgs, person } = identityRoom(db);
    await person('admin', { isAdmin: true });
    const bob = await person('bob');
    const keys = createRenderKeys({ cache: createDatabaseCache({ db, clock }), lifetimeMs });
    const client = createRenderClient({
      keys, identities, orgById: orgs.get, loader: createIdentityLoader({ identities, users, clock, log: silentLogger, lastSeenIntervalMs: 900_000 }),
    });
    const withKey = (renderKey: string) => ({ cookies: { renderKey } }) as unknown as AuthRequest;
    const ask = async (key: string) => client.authenticate(withKey(key), 0);
    const refused = { status: 401, messageId: 'render-auth.invalid-key', message: 'Invalid Render Key' };

    expect([client.recognises(withKey('')), client.recognises(withKey('x'))]).toEqual([false, true]);
    const key = await keys.create({ orgId: 1, userId: bob, orgRole: 'Viewer' });
    expect(key).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(await ask(key)).toMatchObject({ kind: 'user', id: bob, orgId: 1, authenticatedBy: 'render' });
    await keys.end(key);
    await expect(ask(key)).rejects.toMatchObject(refused);

    const service = await keys.create({ orgId: 1, userId: 0, orgRole: 'Admin' });
    expect(await ask(service)).toMatchObject({ kind: 'render', id: 0, orgId: 1, orgRole: 'Admin' });
    expect(await ask(await keys.create({ orgId: 1, userId: 0, orgRole: 'Viewer' }))).toMatchObject({ kind: 'anonymous', orgRole: 'Viewer' });
    await expect(ask(await keys.create({ orgId: 99, userId: 0, orgRole: 'Viewer' }))).rejects.toMatchObject(refused);
    clock.ms += lifetimeMs + 1;
    for (const bad of [service, '', 'nul\0', '%', "' or 1=1", 'a'.repeat(32)]) await expect(ask(bad)).rejects.toMatchObject(refused);
  }, 120_000);
});

test('signed keys need no cache, and nobody makes one without the secret', async () => {
  const clock = movableClock();
  const keys = createSignedRenderKeys({ secret: 'shared', clock, lifetimeMs });
  const bob = { orgId: 2, userId: 7, orgRole: 'Editor' } as const;
  const key = await keys.create(bob);
  expect(await keys.find(key)).toEqual(bob);
  const [head = '', body = '', signature = ''] = key.split('.');
  const forged = Buffer.from(JSON.stringify({ renderUser: { ...bob, orgRole: 'Admin' }, exp: 4e9 })).toString('base64url');
  const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
  const others = await createSignedRenderKeys({ secret: 'another', clock, lifetimeMs }).create(bob);
  for (const bad of [`${head}.${forged}.${signature}`, `${unsigned}.${forged}.`, `${head}.${body}.`, `${key}.x`, others, 'x', '']) expect(await keys.find(bad)).toBeUndefined();
  clock.ms += lifetimeMs + 1000;
  expect(await keys.find(key)).toBeUndefined();
});
