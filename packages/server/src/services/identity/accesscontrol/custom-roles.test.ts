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
    await expect(roles.delete(1, role.uid, false)).rejects.toMatchObject({ messageId: 'accesscontrol.roleInUse' });
    await roles.update(admin, role.uid, { ...blank, name: 'custom:team-lead', permissions: [] });
    expect(await may('teams:create')).toBe(false);
    await roles.unassign(admin, { kind: 'user', id: bob }, role.uid);
    await roles.delete(1, role.uid, false);
    await expect(roles.get(1, role.uid)).rejects.toMatchObject({ status: 404 });

    const { id: team } = await room.teams.create(1, { name: 'crew', email: '' });
    await room.teams.addMember(1, team, bob, 'Member');
    await roles.assign(admin, { kind: 'team', id: team }, [fixedRoleUid('fixed:teams:creator')]);
    expect(await may('teams:create')).toBe(true);

    // Nobody gives what they do not hold.
    const limited = await room.identityOf(bob);
    await expect(roles.create(limited, { ...blank, name: 'custom:more', permissions: [{ action: 'orgs:write', scope: '' }] })).rejects.toMatchObject({ messageId: 'accesscontrol.delegation' });
    await expect(roles.create(admin, { ...blank, name: 'fixed:mine', permissions: [] })).rejects.toMatchObject({ messageId: 'accesscontrol.reservedRoleName' });
  });
});
