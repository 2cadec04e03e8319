import { describe, expect, test } from 'vitest';
import { evaluate, allOf, anyOf, may } from '../../../web/access.ts';
import { defineCoreActionSets } from './action-sets.ts';
import { coreFixedRoles, fixedRoleUid, grantsOf } from './fixed-roles.ts';
import { ActionSets, GrantIndex, LayeredPermissions, restrictedPermissions, scopeCovers } from './permissions.ts';

const sets = new ActionSets();
defineCoreActionSets(sets);
const index = (...grants: (readonly [action: string, scope: string])[]) => new GrantIndex(sets, grants.map(([action, scope]) => ({ action, scope })));

describe('scopes', () => {
  test.each([
    ['folders:uid:a', 'folders:uid:a', true], ['folders:uid:*', 'folders:uid:a', true], ['folders:*', 'folders:uid:a', true], ['*', 'folders:uid:a', true],
    ['folders:uid:a', 'folders:uid:ab', false], ['fold*', 'folders:uid:a', false], ['folders:*:a', 'folders:uid:a', false], ['', 'folders:uid:a', false], ['', '', false],
  ])('%s covers %s: %s', (granted, wanted, covers) => {
    expect(scopeCovers(granted, wanted)).toBe(covers);
  });
});

describe('permissions', () => {
  test('an action without scopes is held whatever its scopes are', () => {
    const permissions = new LayeredPermissions([index(['teams:read', 'teams:id:1'])]);
    expect(permissions.has('teams:read')).toBe(true);
    expect(permissions.has('teams:read', 'teams:id:2')).toBe(false);
    expect(permissions.has('teams:read', 'teams:id:2', 'teams:id:1')).toBe(true);
  });

  test('an action set stands for its actions, and its name shows nowhere', () => {
    const permissions = new LayeredPermissions([index(['folders:edit', 'folders:uid:x'])]);
    expect(permissions.has('dashboards:write', 'folders:uid:x')).toBe(true);
    expect(permissions.has('folders:create', 'folders:uid:x')).toBe(true);
    expect(permissions.has('folders.permissions:write', 'folders:uid:x')).toBe(false);
    expect([...permissions.all().keys()].some((action) => action.startsWith('folders:edit'))).toBe(false);
    expect(permissions.scopes('alert.rules:write')).toEqual(['folders:uid:x']);
  });

  test('a grant that is taken away again leaves what others gave', () => {
    const own = index(['folders:view', 'folders:uid:x'], ['folders:view', 'folders:uid:x']);
    const permissions = new LayeredPermissions([own]);
    own.remove({ action: 'folders:view', scope: 'folders:uid:x' });
    expect(permissions.has('folders:read', 'folders:uid:x')).toBe(true);
    own.remove({ action: 'folders:view', scope: 'folders:uid:x' });
    expect(permissions.has('folders:read', 'folders:uid:x')).toBe(false);
  });

  test('any and all', () => {
    const permissions = new LayeredPermissions([index(['orgs:read', '']), index(['teams:read', 'teams:*'])]);
    expect(evaluate(allOf(may('orgs:read'), may('teams:read', 'teams:id:7')), permissions)).toBe(true);
    expect(evaluate(allOf(may('orgs:read'), may('teams:write')), permissions)).toBe(false);
    expect(evaluate(anyOf(may('teams:write'), may('orgs:read')), permissions)).toBe(true);
  });

  test('restricted permissions hold no more than either side', () => {
    const few = restrictedPermissions(new LayeredPermissions([index(['orgs:read', ''], ['orgs:write', ''])]), (action) => action.endsWith(':read'));
    expect([few.has('orgs:read'), few.has('orgs:write'), few.all().size]).toEqual([true, false, 1]);
  });
});

describe('fixed roles', () => {
  const roles = coreFixedRoles({ pluginAdminEnabled: true, viewersCanEdit: false, supportBundlesEnabled: true, supportBundlesServerAdminOnly: true, cloudMigrationEnabled: true, seededWildcardResources: [] });
  const actionsOf = (role: Parameters<typeof grantsOf>[0]) => new Set(grantsOf(role, roles).map((grant) => grant.action));

  test('each role holds what the one below does', () => {
    expect(actionsOf('Editor').isSupersetOf(actionsOf('Viewer'))).toBe(true);
    expect(actionsOf('Admin').isSupersetOf(actionsOf('Editor'))).toBe(true);
  });
  test('a server administrator is no org administrator by that', () => {
    expect(actionsOf('Grafana Admin').has('dashboards:write')).toBe(false);
    expect(actionsOf('Grafana Admin').has('users:create')).toBe(true);
  });
  test('viewers may not explore unless told so', () => {
    expect(actionsOf('Viewer').has('datasources:explore')).toBe(false);
    const open = coreFixedRoles({ pluginAdminEnabled: true, viewersCanEdit: true, supportBundlesEnabled: true, supportBundlesServerAdminOnly: true, cloudMigrationEnabled: true, seededWildcardResources: [] });
    expect(grantsOf('Viewer', open).some((grant) => grant.action === 'datasources:explore')).toBe(true);
  });
  test('names are unique, uids follow from them', () => {
    expect(new Set(roles.map((role) => role.name)).size).toBe(roles.length);
    expect(fixedRoleUid('fixed:teams:writer')).toMatch(/^fixed_[A-Za-z0-9_-]{27}$/);
  });
});
