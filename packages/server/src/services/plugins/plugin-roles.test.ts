import { expect, test } from 'vitest';
import { openTestDatabase } from '../../infra/db/test-database.ts';
import type { Plugin } from '../../plugins/plugin.ts';
import { identityMigrations } from '../identity/identity-migrations.ts';
import { identityRoom } from '../identity/identity-fixtures.ts';
import { tenancyMigrations } from '../tenancy/tenancy-migrations.ts';
import { declarePluginRoles } from './plugin-roles.ts';

type Json = Plugin['json'];
const plugin = (json: Pick<Json, 'roles' | 'actionSets'>) => ({ id: 'my-app', json: { name: 'My app', ...json } }) as unknown as Plugin;
const role = (name: string, grants: string[], ...permissions: { action: string; scope: string }[]) => ({ role: { name, description: '', permissions }, grants });

test('roles of a plugin are held from the lowest role up, sets of folder actions grow, and go with the plugin', async () => {
  const { access, folders, identityOf, person, orgs } = identityRoom(await openTestDatabase([...identityMigrations, ...tenancyMigrations]));
  const [root, viewer] = [await person('root', { isAdmin: true }), await person('viewer')];
  await orgs.setRole(1, viewer, 'Viewer');
  const editor = await person('editor', { role: 'Editor' });
  await folders.set(1, 'ours', [{ assignee: { kind: 'user', id: viewer }, level: 'View' }]);
  declarePluginRoles(plugin({
    roles: [role('Thing Reader', ['Editor'], { action: 'my-app.things:read', scope: 'my-app.things:*' })], actionSets: [{ action: 'folders:view', actions: ['my-app.things:see'] }],
  }), access);
  const may = async (id: number, action: string, ...scopes: string[]) => (await identityOf(id)).permissions.has(action, ...scopes);
  expect([await may(viewer, 'my-app.things:read'), await may(editor, 'my-app.things:read', 'my-app.things:id:1'), await may(root, 'my-app.things:read')]).toEqual([false, true, true]);
  expect([await may(viewer, 'my-app.things:see', 'folders:uid:ours'), await may(viewer, 'my-app.things:see', 'folders:uid:theirs')]).toEqual([true, false]);
  expect(access.fixedRoles().find(({ name }) => name.startsWith('plugins:'))).toMatchObject({ name: 'plugins:my-app:thing-reader', displayName: 'Thing Reader', group: 'My app' });
  access.withdrawRoles('plugins:my-app:');
  expect(await may(editor, 'my-app.things:read')).toBe(false);
});

test('a role of a plugin adds to a basic role what that does not hold under a wildcard already', async () => {
  const { access, identityOf, person } = identityRoom(await openTestDatabase([...identityMigrations, ...tenancyMigrations]));
  const editor = await person('editor', { role: 'Editor' });
  declarePluginRoles(plugin({ roles: [role('R', ['Editor'], { action: 'plugins.app:access', scope: 'plugins:id:my-app' }, { action: 'my-app.things:read', scope: '' })] }), access);
  const all = (await identityOf(editor)).permissions.all();
  expect([all.get('plugins.app:access'), all.get('my-app.things:read')]).toEqual([['plugins:*'], ['']]);
});

test.each([
  ['an action of somebody else', { roles: [role('R', ['Viewer'], { action: 'users:read', scope: 'global.users:*' })] }, /expected action 'users:read' to be prefixed/],
  ['an action that only begins alike', { roles: [role('R', ['Viewer'], { action: 'my-apparel:read', scope: '' })] }, /to be prefixed/],
  ['access to every app', { roles: [role('R', ['Viewer'], { action: 'plugins.app:access', scope: 'plugins:*' })] }, /to be scoped with 'plugins:id:my-app'/],
  ['everybody’s folders', { roles: [role('R', ['Viewer'], { action: 'folders:write', scope: 'folders:*' })] }, /to be scoped with 'folders:uid:my-app'/],
  ['a role without a name', { roles: [role('', ['Viewer'])] }, /has no name/],
  ['a role for nobody', { roles: [role('R', ['None'])] }, /which is no basic role/],
  ['a set of its own', { actionSets: [{ action: 'dashboards:view', actions: ['my-app:x'] }] }, /no set of folder actions/],
  ['somebody else’s action in a set', { actionSets: [{ action: 'folders:view', actions: ['folders:delete'] }] }, /to be prefixed/],
] as const)('%s is not the plugin’s to give', async (_what, json, message) => {
  const { access } = identityRoom(await openTestDatabase([...identityMigrations, ...tenancyMigrations]));
  const before = access.fixedRoles().length;
  expect(() => declarePluginRoles(plugin(json as unknown as Pick<Json, 'roles' | 'actionSets'>), access)).toThrow(message);
  expect(access.fixedRoles()).toHaveLength(before);
});
