import { describe, expect, test } from 'vitest';
import { onEveryDatabase } from '../../infra/db/on-every-database.ts';
import { may } from '../../web/access.ts';
import { tenancyMigrations } from '../tenancy/tenancy-migrations.ts';
import { isSafeRedirect } from './authn/safe-redirect.ts';
import { identityRoom, movableClock } from './identity-fixtures.ts';
import { identityMigrations } from './identity-migrations.ts';
import { hashOfKey } from './serviceaccounts/token-key.ts';
import { ageText } from './users/presentation.ts';

const migrations = [...identityMigrations, ...tenancyMigrations];

onEveryDatabase('identity', (open) => {
  const room = async () => identityRoom(await open(migrations));

  test('logins and addresses are one space, without regard to case', async () => {
    const { users } = await room();
    const bob = await users.create({ login: 'Bob', password: 'bobs' });
    expect([bob.login, bob.email]).toEqual(['bob', 'bob']);
    await expect(users.create({ login: 'BOB', password: 'bobs' })).rejects.toThrow("User with email '' or username 'BOB' already exists");
    await expect(users.create({ login: 'x', email: 'bob', password: 'bobs' })).rejects.toMatchObject({ status: 412 });
    expect((await users.byLoginOrEmail('bOB'))?.id).toBe(bob.id);
    expect(await users.verifyPassword(bob, 'bobs')).toBe(true);
    expect(await users.verifyPassword(bob, 'Bobs')).toBe(false);
  });

  test('the last server administrator keeps the right', async () => {
    const { users, person } = await room();
    const admin = await person('admin', { isAdmin: true });
    await expect(users.setAdmin(admin, false)).rejects.toThrow('cannot remove last grafana admin');
    await users.setAdmin(await person('second'), true);
    await users.setAdmin(admin, false);
    expect((await users.byId(admin))?.isAdmin).toBe(false);
  });

  test('an org keeps an admin; an account without any org goes', async () => {
    const { orgs, users, person } = await room();
    const admin = await person('admin', { isAdmin: true });
    const bob = await person('bob');
    await expect(orgs.setRole(1, admin, 'Viewer')).rejects.toThrow('no organization admin left');
    await expect(orgs.removeMember(1, admin)).rejects.toThrow('last organization admin');
    expect(await orgs.removeMember(1, bob, { deleteOrphans: true })).toBe('deleted');
    expect(await users.byId(bob)).toBeUndefined();
  });

  test('whoever was in an organization that is deleted goes on in another of theirs', async () => {
    const { orgs, person, identityOf } = await room();
    const [root, bob] = [await person('root', { isAdmin: true }), await person('bob')];
    const second = await orgs.create('Second', root);
    const lone = await person('lone');
    for (const id of [bob, lone]) {
      await orgs.addMember(second, id, 'Editor');
      await orgs.use(id, second);
    }
    await orgs.removeMember(1, lone);
    expect(await identityOf(bob)).toMatchObject({ orgId: second, orgRole: 'Editor' });
    expect(await orgs.delete(second)).toBe(true);
    expect(await identityOf(bob)).toMatchObject({ orgId: 1, orgName: 'Main Org.', orgRole: 'Viewer' });
    // Nowhere else to go.
    expect(await identityOf(lone)).toMatchObject({ orgId: -1, orgRole: '' });
  }, 180_000);

  test('membership of a team and the permission on it change together', async () => {
    const { teams, person, identityOf } = await room();
    await person('admin', { isAdmin: true });
    const bob = await person('bob');
    const { id } = await teams.create(1, { name: 'crew', email: '' });
    expect((await identityOf(bob)).permissions.has('teams:read', `teams:id:${id}`)).toBe(false);
    await teams.addMember(1, id, bob, 'Member');
    expect((await identityOf(bob)).teams).toEqual([id]);
    expect((await identityOf(bob)).permissions.has('teams:read', `teams:id:${id}`)).toBe(true);
    await teams.delete(1, id);
    expect((await identityOf(bob)).permissions.has('teams:read')).toBe(false);
  });

  test('a grant shows at once in identities that are known already', async () => {
    const { folders, person, identityOf, access } = await room();
    await person('admin', { isAdmin: true });
    const viewer = await identityOf(await person('viewer'));
    await folders.grantRootDefaults(1, 'area', undefined);
    expect(viewer.permissions.has('folders:read', 'folders:uid:area')).toBe(true);
    expect(viewer.permissions.has('folders:write', 'folders:uid:area')).toBe(false);
    await folders.set(1, 'area', [{ assignee: { kind: 'builtin', role: 'Viewer' }, level: '' }]);
    expect(viewer.permissions.has('folders:read', 'folders:uid:area')).toBe(false);
    await folders.set(1, 'area', [{ assignee: { kind: 'user', id: viewer.id }, level: 'Edit' }]);
    expect(access.metadata(viewer, 'folders:uid:area')).toMatchObject({ 'folders:write': true, 'dashboards:create': true });
    await folders.forget(1, 'area');
    expect(viewer.permissions.has('folders:read', 'folders:uid:area')).toBe(false);
  });

  test('another process sees a grant and a changed role within a second', async () => {
    const db = await open(migrations);
    const clock = movableClock();
    const [one, other] = [identityRoom(db, clock), identityRoom(db, clock)];
    await one.person('admin', { isAdmin: true });
    const bob = await one.person('bob');
    await other.epoch.check();
    expect((await other.identityOf(bob)).permissions.has('folders:read', 'folders:uid:area')).toBe(false);
    await one.folders.grantOnCreation(1, 'area', [{ assignee: { kind: 'user', id: bob }, level: 'View' }]);
    await one.orgs.setRole(1, bob, 'Editor');
    clock.ms += 1001;
    await other.epoch.check();
    const seen = await other.identityOf(bob);
    expect([seen.orgRole, seen.permissions.has('folders:read', 'folders:uid:area')]).toEqual(['Editor', true]);
  });

  test('a scope is resolved when the raw one does not do', async () => {
    const { access, folders, person, identityOf } = await room();
    await person('admin', { isAdmin: true });
    const viewer = await identityOf(await person('viewer'));
    await folders.grantOnCreation(1, 'area', [{ assignee: { kind: 'user', id: viewer.id }, level: 'View' }]);
    const wanted = may('dashboards:read', 'dashboards:uid:board');
    expect(await access.evaluate(viewer, wanted)).toBe(false);
    access.scopes.register('dashboards:uid:', () => ['dashboards:uid:board', 'folders:uid:area']);
    expect(await access.evaluate(viewer, wanted)).toBe(true);
  });

  test('tokens are found by their text, and void once deleted', async () => {
    const { accounts, clock } = await room();
    const account = await accounts.create(1, { name: 'ci bot', role: 'Editor', isDisabled: false });
    expect(account.login).toBe('sa-1-ci-bot');
    const { id, key } = await accounts.addToken(1, account.id, 'one', 0);
    expect(key).toMatch(/^glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}$/);
    expect((await accounts.findToken(key))?.serviceAccountId).toBe(account.id);
    await expect(accounts.addToken(1, account.id, 'one', 0)).rejects.toMatchObject({ messageId: 'serviceaccounts.ErrTokenAlreadyExists' });
    await accounts.deleteToken(1, account.id, id);
    expect(await accounts.findToken(key)).toBeUndefined();
    clock.ms += 1;
  });

  test('API keys of old become service accounts, and go on working', async () => {
    const db = await open(migrations);
    const { accounts, person, identityOf } = identityRoom(db);
    await person('admin', { isAdmin: true });
    const legacy = (name: string) => Buffer.from(JSON.stringify({ k: 'k'.repeat(32), n: name, id: 1 })).toString('base64');
    for (const [name, role] of [['deploy', 'Editor'], ['read', 'Viewer'], ['sa-autogen-odd', 'Owner']] as const) {
      await db.insertReturningId('api_key', { org_id: 1, name, key: await hashOfKey(legacy(name)), role, created: 0, updated: 0, service_account_id: null, last_used_at: null, is_revoked: false, expires: null });
    }
    await accounts.create(1, { name: 'sa-autogen-read', role: 'Viewer', isDisabled: false });
    expect(await accounts.findToken(legacy('deploy'))).toBeUndefined();
    expect(await accounts.adoptLegacyKeys()).toBe(3);
    expect(await accounts.adoptLegacyKeys()).toBe(0);
    const token = await accounts.findToken(legacy('deploy'));
    expect(await identityOf(token!.serviceAccountId, 1)).toMatchObject({ kind: 'service-account', name: 'sa-autogen-deploy', orgRole: 'Editor' });
    expect((await identityOf((await accounts.findToken(legacy('read')))!.serviceAccountId, 1)).name).toMatch(/^sa-autogen-\d+-read$/);
    expect((await identityOf((await accounts.findToken(legacy('sa-autogen-odd')))!.serviceAccountId, 1)).orgRole).toBe('Viewer');
  });

  test('deleting a user leaves nothing of theirs behind', async () => {
    const db = await open(migrations);
    const { users, folders, teams, person } = identityRoom(db);
    await person('admin', { isAdmin: true });
    const bob = await person('bob');
    await folders.grantOnCreation(1, 'area', [{ assignee: { kind: 'user', id: bob }, level: 'View' }]);
    await teams.addMember(1, (await teams.create(1, { name: 'crew', email: '' })).id, bob, 'Admin');
    await users.delete(bob);
    for (const table of ['org_user', 'team_member', 'user_role', 'user_auth', 'user_auth_token']) {
      const left = await db.tables<Record<string, Record<string, unknown>>>().selectFrom(table).selectAll().where('user_id', '=', bob).execute();
      expect([table, left]).toEqual([table, []]);
    }
    const roles = await db.tables<{ role: { name: string } }>().selectFrom('role').select('name').where('name', '=', `managed:users:${bob}:permissions`).execute();
    expect(roles).toEqual([]);
  });
});

describe('small facts', () => {
  test('the documented token hash', async () => {
    expect(await hashOfKey('glsa_iNValIdinValiDinvalidinvalidinva_5b582697')).toBe(
      'c59a6e547944ef768df51d1fc8b2a9810bc777a0bd2e5daa9ef8590f300c884e0ab9470c22c6f789414fdb6485b531166ded');
  });
  test.each([['/d/x?a=1', true], ['/a/b#c', true], ['//evil.example', false], ['https://evil.example', false], ['/\\evil.example', false], ['/a/../b', false], ['/a?x=//y', true], ['javascript:alert(1)', false]])(
    'one may be sent to %s: %s', (target, safe) => {
      expect(isSafeRedirect(target, '')).toBe(safe);
    });
  test('with a sub-path, only below it', () => {
    expect([isSafeRedirect('/grafana/d/x', '/grafana'), isSafeRedirect('/other', '/grafana')]).toEqual([true, false]);
  });
  test.each([[30_000, '< 1 minute'], [61_000, '1 minute'], [3 * 3_600_000, '3 hours'], [10 * 525_600 * 60_000, '10 years']])('%i ms ago is %s', (ago, text) => {
    expect(ageText(1_800_000_000_000 - ago, 1_800_000_000_000)).toBe(text);
  });
});
