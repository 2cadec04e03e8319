import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import { ApiError } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import type { IdentityEpoch } from '../identity-epoch.ts';
import type { Avatars } from '../users/presentation.ts';
import {
  accessErrors, type Assignee, type BasicRole, type LevelAssignment, type ResourcePermissionEntry, type ResourcePermissionOptions, type ResourcePermissions,
} from './accesscontrol.ts';
import { actionSetOf } from './action-sets.ts';
import type { GrantChange, Grants } from './grants.ts';
import { createManagedStore, type GrantedRow } from './managed-store.ts';
import { scopeCovers } from './permissions.ts';

export interface ResourcePermissionDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly epoch: IdentityEpoch;
  readonly grants: Grants;
  readonly avatars: Avatars;
}

/** Makes the managed permissions of one kind of resource. */
export type MakeResourcePermissions = (options: ResourcePermissionOptions) => ResourcePermissions;

const builtInRoles: readonly string[] = ['Viewer', 'Editor', 'Admin'];

export function resourcePermissionsMaker({ db, clock, epoch, grants, avatars }: ResourcePermissionDeps): MakeResourcePermissions {
  return (options) => createResourcePermissions(options);

  function createResourcePermissions(options: ResourcePermissionOptions): ResourcePermissions {
    const { resource, attribute, levels } = options;
    const scopeOf = (id: string) => `${resource}:${attribute}:${id}`;
    const knownActions = new Set(levels.flatMap((level) => level.actions));

    /** What is stored for a level; nothing for one that only sets would know. */
    function actionsFor(level: string): readonly string[] {
      if (level === '') return [];
      if (options.storedAsActionSets) {
        const set = actionSetOf(resource, level);
        return grants.sets.actionsOf(set) ? [set] : [];
      }
      return levels.find(({ name }) => name === level)?.actions ?? [];
    }

    function checkLevel(level: string): void {
      if (level === '' || options.storedAsActionSets || levels.some(({ name }) => name === level)) return;
      throw accessErrors.invalidPermission({ message: `Permission [${level}] is invalid for this resource type`, extra: { permission: level } });
    }

    async function checkAssignee(orgId: number, assignee: Assignee): Promise<void> {
      const store = createManagedStore(db, clock);
      switch (assignee.kind) {
        case 'user':
          if (!options.assignments.users && !options.assignments.serviceAccounts) throw wrongAssignment('users');
          if (!(await store.existsUser(assignee.id))) throw accessErrors.userNotFound({ extra: { assignment: 'user' } });
          return;
        case 'team':
          if (!options.assignments.teams) throw wrongAssignment('teams');
          if ((await store.teams(orgId, [assignee.id])).length === 0) throw accessErrors.teamNotFound({ extra: { assignment: 'team' } });
          return;
        case 'builtin':
          if (!options.assignments.builtInRoles) throw wrongAssignment('builtInRoles');
          if (assignee.role === 'None' || assignee.role === 'Grafana Admin') throw new ApiError(400, `built-in role [${assignee.role}] cannot be assigned`);
          if (!builtInRoles.includes(assignee.role)) {
            throw accessErrors.invalidBuiltInRole({ message: `built-in role [${assignee.role}] is not valid`, extra: { builtInRole: assignee.role } });
          }
          return;
        default: assignee satisfies never;
      }
    }

    async function write(orgId: number, id: string, assignments: readonly LevelAssignment[]): Promise<void> {
      if (assignments.length === 0) return;
      const scope = scopeOf(id);
      const changes: GrantChange[] = [];
      await epoch.change(async (tx) => {
        changes.length = 0;
        const store = createManagedStore(tx, clock);
        for (const { assignee, level } of assignments) {
          const { added, removed } = await store.replace(orgId, assignee, scope, actionsFor(level));
          changes.push({ orgId, assignee, added, removed });
          if (assignee.kind === 'user') await options.onUserChanged?.(tx, orgId, assignee.id, id, level);
        }
      }, { quiet: options.onUserChanged === undefined });
      grants.apply(changes);
    }

    async function list(identity: Identity, id: string): Promise<readonly ResourcePermissionEntry[]> {
      await options.validate?.(identity.orgId, id, false);
      const scope = scopeOf(id);
      const inherited = options.inheritedScopes ? await options.inheritedScopes(identity.orgId, id) : [];
      const wildcards = options.onlyManaged ? [] : [...new Set([scope, ...inherited].flatMap(wildcardsOf))];
      const rows = await createManagedStore(db, clock).onScopes(identity.orgId, [scope, ...inherited, ...wildcards], options.onlyManaged ?? false);
      const entries = await describe(identity.orgId, scope, rows);
      const readable = entries.filter((entry) => entry.teamId === undefined || identity.permissions.has('teams:read', `teams:id:${entry.teamId}`));
      if (options.onlyManaged) return readable;
      return [...readable, ...basicRoleEntries([scope, ...inherited]), ...implicitAdmin()];
    }

    /** Rows grouped by assignee and by how they apply, each with the highest level that its actions cover. */
    async function describe(orgId: number, scope: string, rows: readonly GrantedRow[]): Promise<ResourcePermissionEntry[]> {
      const store = createManagedStore(db, clock);
      const idsOf = (kind: 'user' | 'team') => [...new Set(rows.flatMap(({ assignee }) => (assignee.kind === kind && 'id' in assignee ? [assignee.id] : [])))];
      const users = new Map((await store.users(idsOf('user'))).map((user) => [Number(user.id), user]));
      const teams = new Map((await store.teams(orgId, idsOf('team'))).map((team) => [Number(team.id), team]));
      const groups = Map.groupBy(rows, (row) => {
        const managed = row.roleName.startsWith('managed:');
        const how = managed ? (row.scope === scope ? 'managed' : 'inherited') : `role:${row.roleName}`;
        return `${row.assignee.kind}/${row.assignee.kind === 'builtin' ? row.assignee.role : row.assignee.id}/${how}`;
      });
      const entries: ResourcePermissionEntry[] = [];
      for (const group of groups.values()) {
        const first = group[0]!;
        // Compat: what is inherited from several folders is listed once for each of them.
        const byScope = [...Map.groupBy(group, (row) => row.scope).values()];
        const actions = byScope.flatMap((rows) => [...new Set(rows.flatMap((row) => grants.sets.actionsOf(row.action) ?? [row.action]))]).filter(isOurs);
        const permission = levelOf(actions);
        if (permission === '') continue;
        const who = describeAssignee(first.assignee, users, teams);
        if (!who) continue;
        const managed = first.roleName.startsWith('managed:');
        entries.push({
          id: first.id, roleName: first.roleName, isManaged: managed && first.scope === scope, isInherited: managed && first.scope !== scope,
          isServiceAccount: false, ...who, actions, permission, scope: first.scope, created: first.created, updated: first.updated,
        });
      }
      return entries;
    }

    function describeAssignee(
      assignee: Assignee,
      users: ReadonlyMap<number, { id: number; uid: string; login: string; email: string; is_service_account: boolean }>,
      teams: ReadonlyMap<number, { id: number; uid: string; name: string; email: string }>,
    ): Partial<ResourcePermissionEntry> | undefined {
      switch (assignee.kind) {
        case 'user': {
          const user = users.get(assignee.id);
          if (!user) return undefined;
          return {
            isServiceAccount: Boolean(user.is_service_account), userId: Number(user.id), userUid: user.uid, userLogin: user.login, userEmail: user.email,
            userAvatarUrl: avatars.of(user.email),
          };
        }
        case 'team': {
          const team = teams.get(assignee.id);
          if (!team) return undefined;
          return { team: team.name, teamId: Number(team.id), teamUid: team.uid, teamEmail: team.email, teamAvatarUrl: avatars.ofNamed(team.email, team.name) };
        }
        case 'builtin': return { builtInRole: assignee.role };
        default: return assignee satisfies never;
      }
    }

    /** What the basic roles hold by wildcard, as the reference's stored basic roles show. */
    function basicRoleEntries(scopes: readonly string[]): ResourcePermissionEntry[] {
      const entries: ResourcePermissionEntry[] = [];
      for (const role of builtInRoles as readonly BasicRole[]) {
        const seen = new Set<string>();
        const actions: string[] = [];
        for (const { action, scope } of grants.basicGrants(role)) {
          if (!knownActions.has(action) || seen.has(`${action} ${scope}`) || !scopes.some((wanted) => scopeCovers(scope, wanted))) continue;
          seen.add(`${action} ${scope}`);
          actions.push(action);
        }
        const permission = levelOf(actions);
        if (permission === '') continue;
        entries.push({
          id: 0, roleName: `basic:${role.toLowerCase()}`, isManaged: false, isInherited: false, isServiceAccount: false, builtInRole: role, actions, permission,
          scope: scopes[0]!, created: 0, updated: 0,
        });
      }
      return entries;
    }

    function implicitAdmin(): ResourcePermissionEntry[] {
      const highest = levels.at(-1);
      if (!options.assignments.builtInRoles || !highest) return [];
      return [{
        id: 0, roleName: '', isManaged: false, isInherited: false, isServiceAccount: false, builtInRole: 'Admin', actions: highest.actions,
        permission: highest.name, scope: '', created: 0, updated: 0,
      }];
    }

    /** Actions that a list shows: those of the levels, and of folders what their action sets add. */
    const isOurs = (action: string) => knownActions.has(action) || (resource === 'folders' && action === 'folders:create');

    function levelOf(actions: readonly string[]): string {
      return levels.findLast((level) => level.actions.every((action) => actions.includes(action)))?.name ?? '';
    }

    return {
      options, scopeOf, list,
      async set(orgId, id, assignments) {
        await options.validate?.(orgId, id, true);
        for (const { assignee, level } of assignments) {
          await checkAssignee(orgId, assignee);
          checkLevel(level);
        }
        await write(orgId, id, assignments);
      },
      grantOnCreation: write,
      async grantRootDefaults(orgId, id, creator) {
        const own: LevelAssignment[] = creator && (creator.kind === 'user' || creator.kind === 'service-account')
          ? [{ assignee: { kind: 'user', id: creator.id }, level: 'Admin' }] : [];
        await write(orgId, id, [...own, { assignee: { kind: 'builtin', role: 'Editor' }, level: 'Edit' }, { assignee: { kind: 'builtin', role: 'Viewer' }, level: 'View' }]);
      },
      async listManaged(orgId, id) {
        const rows = await createManagedStore(db, clock).onScopes(orgId, [scopeOf(id)], true);
        return describe(orgId, scopeOf(id), rows);
      },
      async forget(orgId, id) {
        const scope = scopeOf(id);
        const gone = await epoch.change((tx) => createManagedStore(tx, clock).deleteScope(orgId, scope), { quiet: true });
        grants.apply(gone.map(({ assignee, action }) => ({ orgId, assignee, added: [], removed: [{ action, scope }] })));
      },
    };

    function wrongAssignment(name: string): ApiError {
      return accessErrors.invalidAssignment({ message: `Assignment [${name}] is invalid for this resource type`, extra: { assignment: name } });
    }
  }
}

/** `folders:uid:x` -> `folders:uid:*`, `folders:*`, `*`. */
function wildcardsOf(scope: string): string[] {
  const [kind, attribute] = scope.split(':');
  return [`${kind}:${attribute}:*`, `${kind}:*`, '*'];
}
