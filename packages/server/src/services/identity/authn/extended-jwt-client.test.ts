import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { silentLogger } from '../../../infra/log/log.ts';
import type { AuthRequest } from '../../../middleware/auth.ts';
import { tenancyMigrations } from '../../tenancy/tenancy-migrations.ts';
import { namedBy } from '../accesscontrol/token-permissions.ts';
import { identityRoom } from '../identity-fixtures.ts';
import { identityMigrations } from '../identity-migrations.ts';
import { createExtendedJwtClient } from './extended-jwt-client.ts';
import { createIdentityLoader } from './identity-loader.ts';
import { createKeySet } from './key-set.ts';

let pair: Awaited<ReturnType<typeof generateKeyPair>>;
let stranger: Awaited<ReturnType<typeof generateKeyPair>>;
let keys: string;
beforeAll(async () => {
  [pair, stranger] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  keys = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' }] });
});

onEveryDatabase('extended JWT', (open, database) => {
  async function room() {
    const all = identityRoom(await open([...identityMigrations, ...tenancyMigrations]));
    const { clock, identities, users, orgs, grants, person } = all;
    await person('admin', { isAdmin: true });
    const bob = await person('bob', { role: 'Editor' });
    const loader = createIdentityLoader({ identities, users, clock, log: silentLogger, lastSeenIntervalMs: 900_000 });
    const client = createExtendedJwtClient({
      settings: { enabled: true, jwksUrl: 'http://unused.example', audiences: ['grafana'] }, loader, users, grants, clock, defaultOrgId: 1, orgById: orgs.get, keys: createKeySet(keys),
    });
    const sign = (claims: Record<string, unknown>, { typ = 'at+jwt', key = pair.privateKey, kid = 'k1', seconds = 60 } = {}) =>
      new SignJWT({ aud: ['grafana'], ...claims, exp: clock.now() / 1000 + seconds }).setProtectedHeader({ alg: 'ES256', typ, kid }).sign(key);
    const access = (claims: Record<string, unknown> = {}, options?: Parameters<typeof sign>[1]) => sign({ sub: 'access-policy:robot', namespace: 'default', ...claims }, options);
    const idOf = (sub: string, namespace = 'default') => sign({ sub, namespace, aud: 'org:1' }, { typ: 'jwt' });
    const ask = async (token: string, id?: string, org = 0) =>
      client.authenticate({ headers: { 'x-access-token': token, ...(id === undefined ? {} : { 'x-grafana-id': id }) } } as unknown as AuthRequest, org);
    return { ...all, bob, client, access, idOf, sign, ask };
  }

  test('a service may what its token says: actions, and what fixed roles hold', async () => {
    const { ask, access } = await room();
    const service = await ask(await access({ permissions: ['folders:read', 'fixed:teams:writer'] }));
    expect(service).toMatchObject({ kind: 'access-policy', uid: 'robot', orgId: 1, orgRole: '', isGrafanaAdmin: false, authenticatedBy: 'extendedjwt' });
    expect([service.permissions.has('folders:read', 'folders:uid:any'), service.permissions.has('teams:write', 'teams:id:1'), service.permissions.has('users:read')]).toEqual([true, true, false]);
    expect((await ask(await access())).permissions.all().size).toBe(0);
  }, 120_000);

  // What follows is not a matter of the database.
  if (database !== 'sqlite') return;

  test('resources that a token names are open to it, and what guards them elsewhere', async () => {
    const { ask, access, idOf, bob } = await room();
    const { permissions } = await ask(await access({ permissions: ['dashboard.grafana.app/dashboards:get', 'folder.grafana.app/folders/box:*', 'playlist.grafana.app:list', 'query.grafana.app/query:create'] }));
    const named = (group: string, resource: string, verb: string, name = '') => namedBy(permissions, { group, resource, verb, name });
    expect([permissions.has('dashboards:read', 'dashboards:uid:any'), permissions.has('dashboards:write'), permissions.has('datasources:query', 'datasources:uid:x')]).toEqual([true, false, true]);
    expect([permissions.has('folders:write', 'folders:uid:box'), permissions.has('folders:write', 'folders:uid:other'), permissions.has('folders.permissions:write', 'folders:uid:box')]).toEqual([true, false, true]);
    expect([named('dashboard.grafana.app', 'dashboards', 'get', 'd'), named('dashboard.grafana.app', 'dashboards', 'delete', 'd'), named('dashboard.grafana.app', 'snapshots', 'get')]).toEqual([true, false, false]);
    expect([named('folder.grafana.app', 'folders', 'delete', 'box'), named('folder.grafana.app', 'folders', 'list')]).toEqual([true, false]);
    expect([named('playlist.grafana.app', 'playlists', 'list'), named('playlist.grafana.app', 'playlists', 'get', 'p')]).toEqual([true, false]);
    const acting = await ask(await access({ namespace: '*', delegatedPermissions: ['dashboard.grafana.app/dashboards:*'] }), await idOf(`user:${bob}`));
    expect([acting.permissions.has('dashboards:create'), acting.permissions.has('folders:read')]).toEqual([true, false]);
  });

  test('in a person\'s name it may what both may', async () => {
    const { ask, access, idOf, bob, identityOf } = await room();
    const token = await access({ namespace: '*', permissions: ['users:write'], delegatedPermissions: ['dashboards:create', 'users:write'] });
    const own = await identityOf(bob);
    const acting = await ask(token, await idOf(`user:${bob}`));
    expect(acting).toMatchObject({ kind: 'user', id: bob, login: 'bob', authenticatedBy: 'extendedjwt' });
    expect(own.permissions.has('folders:read')).toBe(true);
    expect(['dashboards:create', 'users:write', 'folders:read'].map((action) => acting.permissions.has(action))).toEqual([own.permissions.has('dashboards:create'), false, false]);
    expect((await ask(token, await idOf(`user:${own.uid}`))).id).toBe(bob);
  });

  test('whatever is not in order is refused by name', async () => {
    const { ask, access, idOf, sign, bob, orgs, person } = await room();
    const second = await orgs.create('o2', await person('owner'));
    const refused = async (answer: Promise<unknown>) => answer.then(() => 'let in', (error: { status: number; messageId: string }) => [error.status, error.messageId]);
    const invalid = [401, 'ext.jwt.invalid'];
    expect(await refused(ask('not.a.token'))).toEqual(invalid);
    expect(await refused(ask(await access({}, { key: stranger.privateKey })))).toEqual(invalid);
    expect(await refused(ask(await access({}, { kid: 'k2' })))).toEqual(invalid);
    expect(await refused(ask(await access({}, { seconds: -120 })))).toEqual(invalid);
    expect(await refused(ask(await access({ aud: ['elsewhere'] })))).toEqual(invalid);
    // One sort of token in the place of the other.
    expect(await refused(ask(await idOf(`user:${bob}`)))).toEqual(invalid);
    expect(await refused(ask(await access({ namespace: '*' }), await sign({ sub: `user:${bob}`, namespace: 'default' })))).toEqual(invalid);
    expect(await refused(ask(await access({ sub: `user:${bob}` })))).toEqual([401, 'ext.jwt.invalid-subject']);
    expect(await refused(ask(await access({ namespace: '*' }), await idOf('service-account:1')))).toEqual([401, 'ext.jwt.invalid-subject']);
    expect(await refused(ask(await access(), await idOf(`user:${bob}`, 'org-2')))).toEqual([401, 'ext.jwt.namespace-mismatch']);
    expect(await refused(ask(await access(), undefined, second))).toEqual([401, 'ext.jwt.namespace-disallowed']);
    expect(await refused(ask(await access({ namespace: '*' }), await idOf(`user:${bob}`), second))).toEqual([401, 'ext.jwt.namespace-disallowed']);
    expect(await refused(ask(await access({ namespace: '*' }), await idOf('user:999')))).toEqual([401, 'user.sync.fetch-not-found']);
  });
});
