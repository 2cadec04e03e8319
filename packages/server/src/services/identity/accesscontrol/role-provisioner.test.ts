import { expect, test } from 'vitest';
import { openTestDatabase } from '../../../infra/db/test-database.ts';
import { tenancyMigrations } from '../../tenancy/tenancy-migrations.ts';
import { identityRoom } from '../identity-fixtures.ts';
import { identityMigrations } from '../identity-migrations.ts';
import { createCustomRoleService } from './custom-role-service.ts';
import { createRoleProvisioner } from './role-provisioner.ts';

async function aRoom() {
  const db = await openTestDatabase([...identityMigrations, ...tenancyMigrations]);
  const room = identityRoom(db);
  const roles = createCustomRoleService({ db, clock: room.clock, epoch: room.epoch, grants: room.grants });
  let content: Record<string, unknown> = {};
  const search = { query: '', page: 1, perPage: 100, sort: '' };
  const provisioner = createRoleProvisioner({
    files: { read: async () => [{ path: 'roles.yaml', content }], values: { text: (raw: string) => raw.replace('$ACTION', 'teams:create') } } as never, roles,
    userId: async (login) => (await room.users.byLoginOrEmail(login))?.id,
    teamId: async (orgId, name) => (await room.teams.search(orgId, { ...search, name, teamIds: [], readable: undefined })).teams[0]?.id,
    serviceAccountId: async (orgId, name) => (await room.accounts.search(orgId, { ...search, query: name, disabled: false, expiredTokens: false, ids: undefined })).accounts[0]?.id,
  });
  await room.person('admin', { isAdmin: true });
  return {
    ...room, roles,
    provision: (next: Record<string, unknown>) => {
      content = next;
      return provisioner.provision();
    },
    may: async (id: number, action: string, ...scopes: string[]) => (await room.identityOf(id)).permissions.has(action, ...scopes),
  };
}

const role = (extra: object = {}) => ({ name: 'custom:lead', uid: 'lead', version: 1, permissions: [{ action: '$ACTION' }, { action: 'teams:read', scope: 'teams:*' }], ...extra });

test('roles of files are made, held by users, teams and service accounts, and obeyed', async () => {
  const { provision, may, person, teams, accounts } = await aRoom();
  const [bob, eve] = [await person('bob'), await person('eve')];
  const { id: crew } = await teams.create(1, { name: 'crew', email: '' });
  await teams.addMember(1, crew, eve, 'Member');
  const { id: robot } = await accounts.create(1, { name: 'robot', role: 'Viewer', isDisabled: false });
  const holders = (state?: string) => {
    const held = [{ uid: 'lead', ...(state ? { state } : {}) }];
    return { users: [{ login: 'bob', roles: held }], teams: [{ name: 'crew', roles: held }], serviceAccounts: [{ name: 'robot', roles: held }] };
  };
  await provision({ roles: [role()], ...holders() });
  for (const id of [bob, eve, robot]) expect([await may(id, 'teams:create'), await may(id, 'teams:read', 'teams:id:9')]).toEqual([true, true]);
  // Again: nothing changes, nothing fails.
  await provision({ roles: [role()], ...holders() });
  await provision({ roles: [role()], ...holders('absent') });
  for (const id of [bob, eve, robot]) expect(await may(id, 'teams:create')).toBe(false);
  await provision({ roles: [role({ state: 'absent' })] });
});

test('a newer version replaces, the same one does not; permissions are taken from other roles, less what is named absent', async () => {
  const { provision, roles } = await aRoom();
  const actions = async (uid: string) => (await roles.get(1, uid)).permissions.map(({ action }) => action).toSorted();
  await provision({ roles: [role(), { name: 'custom:less', uid: 'less', from: [{ uid: 'lead' }], permissions: [{ action: 'teams:create', state: 'absent' }] }] });
  expect([await actions('lead'), await actions('less')]).toEqual([['teams:create', 'teams:read'], ['teams:read']]);
  await provision({ roles: [role({ permissions: [] })] });
  expect(await actions('lead')).toHaveLength(2);
  await provision({ roles: [role({ permissions: [], version: 2 })] });
  expect(await actions('lead')).toEqual([]);
});

test.each([
  [{ roles: 'x' }, 'roles.yaml: roles is not a list of mappings'], [{ roles: [{ uid: 'x' }] }, 'roles.yaml: a role has no name'],
  [{ users: [{ login: 'gone', roles: [] }] }, 'roles.yaml: there is no user gone in organization 1'],
  [{ users: [{ login: 'admin', roles: [{ uid: 'gone' }] }] }, 'roles.yaml: there is no role gone for user admin'],
])('%o ends the start and says so', async (content, message) => {
  const { provision } = await aRoom();
  await expect(provision(content)).rejects.toThrow(message);
});
