import { expect, test } from 'vitest';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { tenancyMigrations } from '../../tenancy/tenancy-migrations.ts';
import { identityRoom } from '../identity-fixtures.ts';
import { identityMigrations } from '../identity-migrations.ts';
import { createCustomRoleService } from './custom-role-service.ts';
import { fixedRoleUid } from './fixed-roles.ts';

const blank = { uid: '', displayName: '', description: '', group: '', hidden: false, global: false, version: 0 };

onEveryDatabase('custom roles', (open) => {
  test('are made, assigned to people and teams, obeyed, and taken away again', async () => {
    const db = await open([...identityMigrations, ...tenancyMigrations]);
    const room = identityRoom(db);
    const roles = createCustomRoleService({ db, clock: room.clock, epoch: room.epoch, grants: room.grants });
    const admin = await room.identityOf(await room.person('admin', { isAdmin: true }));
    const bob = await room.person('bob');
    const may = async (action: string, ...scopes: string[]) => (await room.identityOf(bob)).permissions.has(action, ...scopes);

    const role = await roles.create(admin, { ...blank, name: 'custom:team-lead', permissions: [{ action: 'teams:create', scope: '' }, { action: 'folders:read', scope: 'folders:uid:x' }] });
    expect(await may('teams:create')).toBe(false);
    await roles.assign(admin, { kind: 'user', id: bob }, [role.uid]);
    expect([await may('teams:create'), await may('folders:read', 'folders:uid:x')]).toEqual([true, true]);
    await expect(roles.delete(admin, role.uid, false)).rejects.toMatchObject({ messageId: 'accesscontrol.roleInUse' });
    await roles.update(admin, role.uid, { ...blank, name: 'custom:team-lead', permissions: [] });
    expect(await may('teams:create')).toBe(false);
    await roles.unassign(admin, { kind: 'user', id: bob }, role.uid);
    await roles.delete(admin, role.uid, false);
    await expect(roles.get(1, role.uid)).rejects.toMatchObject({ status: 404 });

    const { id: team } = await room.teams.create(1, { name: 'crew', email: '' });
    await room.teams.addMember(1, team, bob, 'Member');
    await roles.assign(admin, { kind: 'team', id: team }, [fixedRoleUid('fixed:teams:creator')]);
    expect(await may('teams:create')).toBe(true);

    // Nobody gives what they do not hold.
    const limited = await room.identityOf(bob);
    await expect(roles.create(limited, { ...blank, name: 'custom:more', permissions: [{ action: 'orgs:write', scope: '' }] })).rejects.toMatchObject({ messageId: 'accesscontrol.delegation' });
    await expect(roles.create(admin, { ...blank, name: 'fixed:mine', permissions: [] })).rejects.toMatchObject({ messageId: 'accesscontrol.reservedRoleName' });
  }, 180_000);

  test('the administrator of one organization has nothing to say in another', async () => {
    const db = await open([...identityMigrations, ...tenancyMigrations]);
    const room = identityRoom(db);
    const roles = createCustomRoleService({ db, clock: room.clock, epoch: room.epoch, grants: room.grants });
    const root = await room.person('root', { isAdmin: true });
    const ann = await room.person('ann');
    const second = await room.orgs.create('Second', root);
    await room.orgs.addMember(second, ann, 'Admin');
    const serverAdmin = await room.identityOf(root);
    const admin = await room.identityOf(ann, second);
    const powers = [{ action: 'orgs:write', scope: '' }, { action: 'org.users:add', scope: 'users:*' }];
    const forbidden = { status: 403, messageId: 'accesscontrol.globalRole' };

    await expect(roles.create(admin, { ...blank, global: true, name: 'custom:everywhere', permissions: powers })).rejects.toMatchObject(forbidden);
    const own = await roles.create(admin, { ...blank, name: 'custom:here', permissions: powers });
    await expect(roles.assign(admin, { kind: 'user', id: ann }, [own.uid], { global: true })).rejects.toMatchObject(forbidden);
    await roles.assign(admin, { kind: 'user', id: ann }, [own.uid]);
    const inFirst = await room.access.identityIn(await room.identityOf(ann, second), 1);
    expect([inFirst.permissions.has('orgs:write'), (await room.identityOf(ann, 1)).permissions.has('orgs:write')]).toEqual([false, false]);

    // What the server's administrators made for all stays theirs.
    const global = await roles.create(serverAdmin, { ...blank, global: true, name: 'custom:everywhere', permissions: [] });
    await expect(roles.update(admin, global.uid, { ...blank, name: 'custom:everywhere', permissions: powers })).rejects.toMatchObject(forbidden);
    await expect(roles.delete(admin, global.uid, true)).rejects.toMatchObject(forbidden);
    await roles.assign(serverAdmin, { kind: 'user', id: ann }, [global.uid], { global: true });
    await expect(roles.unassign(admin, { kind: 'user', id: ann }, global.uid)).rejects.toMatchObject(forbidden);
    await roles.assign(admin, { kind: 'user', id: ann }, [own.uid], { replace: true });
    expect((await roles.rolesOf(second, 'user', [ann])).get(ann)!.map(({ name }) => name).toSorted()).toEqual(['custom:everywhere', 'custom:here']);

    // Nor to people and teams of elsewhere.
    const { id: crew } = await room.teams.create(1, { name: 'crew', email: '' });
    const stranger = await room.person('stranger');
    await expect(roles.assign(admin, { kind: 'team', id: crew }, [own.uid])).rejects.toMatchObject({ status: 404, message: 'Team not found' });
    for (const id of [stranger, 999]) await expect(roles.assign(admin, { kind: 'user', id }, [own.uid])).rejects.toMatchObject({ status: 404, message: 'User not found' });
  }, 180_000);

  test('who holds less changes nothing about more', async () => {
    const db = await open([...identityMigrations, ...tenancyMigrations]);
    const room = identityRoom(db);
    const roles = createCustomRoleService({ db, clock: room.clock, epoch: room.epoch, grants: room.grants });
    const admin = await room.identityOf(await room.person('admin', { isAdmin: true }));
    const bob = await room.person('bob');
    const strong = await roles.create(admin, { ...blank, name: 'custom:strong', permissions: [{ action: 'teams:delete', scope: 'teams:*' }] });
    await roles.assign(admin, { kind: 'user', id: bob }, [strong.uid]);
    const weak = await room.identityOf(await room.person('weak'));
    const refused = { status: 403, messageId: 'accesscontrol.delegation' };
    await expect(roles.unassign(weak, { kind: 'user', id: bob }, strong.uid)).rejects.toMatchObject(refused);
    await expect(roles.assign(weak, { kind: 'user', id: bob }, [], { replace: true })).rejects.toMatchObject(refused);
    await expect(roles.delete(weak, strong.uid, true)).rejects.toMatchObject(refused);
    await expect(roles.assign(weak, { kind: 'user', id: weak.id }, [strong.uid])).rejects.toMatchObject(refused);
    // Assignments of a role are set as a whole, or not at all.
    await expect(roles.setAssignments(admin, strong.uid, { users: [weak.id, 999], serviceAccounts: [], teams: [] })).rejects.toMatchObject({ status: 404 });
    expect(await roles.assignments(1, strong.uid)).toEqual({ users: [bob], serviceAccounts: [], teams: [] });
    await roles.setAssignments(admin, strong.uid, { users: [weak.id], serviceAccounts: [], teams: [] });
    expect(await roles.assignments(1, strong.uid)).toEqual({ users: [weak.id], serviceAccounts: [], teams: [] });
    // As many permissions as anybody wants.
    const many = await roles.create(admin, { ...blank, name: 'custom:many', permissions: Array.from({ length: 9_000 }, (_, i) => ({ action: 'teams:read', scope: `teams:id:${i}` })) });
    expect(many.permissions).toHaveLength(9_000);
  }, 180_000);
});
