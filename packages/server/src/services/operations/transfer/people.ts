/** Users, teams and managed permissions as the tables of ours and of Grafana's database tell them; both have the same names. */
import type { GrantRecord, Person, Team } from './transfer.ts';

export interface People {
  byId(id: unknown): Person;
  loginOf(uid: string): string | undefined;
  team(id: unknown): Team;
}

type Row = Readonly<Record<string, unknown>>;

export function peopleOf(users: readonly Row[], teams: readonly Row[]): People {
  const logins = new Map(users.map((user) => [Number(user['id']), String(user['login'])]));
  const byUid = new Map(users.map((user) => [String(user['uid']), String(user['login'])]));
  const names = new Map(teams.map((team) => [Number(team['id']), String(team['name'])]));
  return {
    byId: (id) => ({ id: Number(id ?? 0), login: logins.get(Number(id ?? 0)) ?? '' }),
    loginOf: (uid) => byUid.get(uid),
    team: (id) => ({ id: Number(id ?? 0), name: names.get(Number(id ?? 0)) ?? '' }),
  };
}

const managed = /^managed:(users|teams|builtins):([^:]+):permissions$/;
export const builtInRoles: readonly string[] = ['Viewer', 'Editor', 'Admin'];

/** Managed roles' permissions on single dashboards and folders, one record for each assignee and scope. */
export function* grantsIn(roles: readonly Row[], permissions: Iterable<Row>, people: People): Iterable<GrantRecord> {
  const assignees = new Map<number, Pick<GrantRecord, 'orgId' | 'assignee'>>();
  for (const role of roles) {
    const [, kind, subject = ''] = managed.exec(String(role['name'])) ?? [];
    const orgId = Number(role['org_id']);
    if (kind === 'users') assignees.set(Number(role['id']), { orgId, assignee: { kind: 'user', user: people.byId(subject) } });
    if (kind === 'teams') assignees.set(Number(role['id']), { orgId, assignee: { kind: 'team', team: people.team(subject) } });
    const builtIn = kind === 'builtins' && builtInRoles.find((name) => name.toLowerCase() === subject);
    if (builtIn) assignees.set(Number(role['id']), { orgId, assignee: { kind: 'builtin', role: builtIn } });
  }
  const actions = new Map<string, { roleId: number; scope: string; actions: Set<string> }>();
  for (const permission of permissions) {
    const [roleId, scope] = [Number(permission['role_id']), String(permission['scope'])];
    if (!assignees.has(roleId) || !/^(?:dashboards|folders):uid:[^*]/.test(scope)) continue;
    const key = `${roleId} ${scope}`;
    let found = actions.get(key);
    if (!found) actions.set(key, (found = { roleId, scope, actions: new Set() }));
    found.actions.add(String(permission['action']));
  }
  for (const { roleId, scope, actions: granted } of actions.values()) yield { ...assignees.get(roleId)!, scope, actions: [...granted].sort() };
}
