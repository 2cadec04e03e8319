/**
 * Who was granted what: fixed roles in memory, managed and custom roles in the database, kept as indexes that identities share
 * (identity-and-access §10.3). An index is loaded when it is first needed and changed in place by grants of this process.
 */
import type { Database } from '../../../infra/db/database.ts';
import type { OrgRole } from '../../../web/identity.ts';
import type { Assignee, BasicRole, FixedRole, Grant } from './accesscontrol.ts';
import { defineCoreActionSets } from './action-sets.ts';
import { grantsOf } from './fixed-roles.ts';
import { ActionSets, GrantIndex, scopeCovers } from './permissions.ts';

export interface GrantTables {
  role: { id: number; org_id: number; name: string; uid: string; version: number; display_name: string; description: string; group_name: string; hidden: boolean; created: number; updated: number };
  permission: { id: number; role_id: number; action: string; scope: string; kind: string; attribute: string; identifier: string; created: number; updated: number };
  user_role: { id: number; org_id: number; user_id: number; role_id: number; created: number };
  team_role: { id: number; org_id: number; team_id: number; role_id: number; created: number };
  builtin_role: { id: number; org_id: number; role: string; role_id: number; created: number };
}

export interface Subject {
  readonly userId: number;
  readonly orgId: number;
  readonly role: OrgRole | '';
  readonly isGrafanaAdmin: boolean;
  readonly teams: readonly number[];
}

export interface GrantChange {
  readonly orgId: number;
  readonly assignee: Assignee;
  readonly added: readonly Grant[];
  readonly removed: readonly Grant[];
}

const indexesMax = 20_000;

export class Grants {
  readonly sets = new ActionSets();
  readonly #db: Database;
  readonly #roles = new Map<string, FixedRole>();
  #basic = new Map<BasicRole, GrantIndex>();
  readonly #everyone: GrantIndex;
  readonly #indexes = new Map<string, GrantIndex>();
  readonly #loading = new Map<string, Promise<GrantIndex>>();
  /** Identities that hold indexes from here must be built anew. */
  onOrphaned: () => void = () => {};

  constructor(db: Database, roles: readonly FixedRole[]) {
    this.#db = db;
    defineCoreActionSets(this.sets);
    this.#everyone = new GrantIndex(this.sets, [{ action: 'folders:read', scope: 'folders:uid:sharedwithme' }]);
    this.declare(roles);
  }

  declare(roles: readonly FixedRole[]): void {
    for (const role of roles) this.#roles.set(role.name, role);
    this.#basic = new Map();
    this.forget();
  }

  withdraw(prefix: string): void {
    for (const name of this.#roles.keys()) if (name.startsWith(prefix)) this.#roles.delete(name);
    this.#basic = new Map();
    this.forget();
  }

  fixedRoles(): readonly FixedRole[] {
    return [...this.#roles.values()];
  }

  basicGrants(role: BasicRole): readonly Grant[] {
    const [own, ofPlugins] = [grantsOf(role, this.fixedRoles().filter(({ name }) => !isOfPlugin(name))), grantsOf(role, this.fixedRoles().filter(({ name }) => isOfPlugin(name)))];
    // Compat: roles of plugins add to a basic role what it does not hold under a wildcard, such as access to the app.
    return [...own, ...ofPlugins.filter(({ action, scope }) => scope === '' || !own.some((held) => held.action === action && held.scope.endsWith('*') && scopeCovers(held.scope, scope)))];
  }

  basicIndex(role: BasicRole): GrantIndex {
    let index = this.#basic.get(role);
    if (!index) this.#basic.set(role, (index = new GrantIndex(this.sets, this.basicGrants(role))));
    return index;
  }

  /** The indexes that together are the subject's permissions, general ones first. */
  layersOf(subject: Subject): Promise<readonly GrantIndex[]> {
    return this.#layers(subject, (assignee) => this.#indexes.get(keyOf(subject.orgId, assignee)) ?? this.#load(subject.orgId, assignee));
  }

  /** The same of everybody in an org, in as many statements as for one. What is read on the way is not kept. */
  async layersOfAll(orgId: number, subjects: readonly Subject[]): Promise<ReadonlyMap<number, readonly GrantIndex[]>> {
    const [users, teams] = [await this.#readAll(orgId, 'user'), await this.#readAll(orgId, 'team')];
    const nothing = new GrantIndex(this.sets);
    const all = new Map<number, readonly GrantIndex[]>();
    for (const subject of subjects) {
      all.set(subject.userId, await this.#layers(subject, (assignee) => {
        if (assignee.kind === 'builtin') return this.#indexes.get(keyOf(orgId, assignee)) ?? this.#load(orgId, assignee);
        return (assignee.kind === 'user' ? users : teams).get(assignee.id) ?? nothing;
      }));
    }
    return all;
  }

  async #layers({ userId, orgId, role, isGrafanaAdmin, teams }: Subject, find: (assignee: Assignee) => GrantIndex | Promise<GrantIndex>): Promise<readonly GrantIndex[]> {
    const layers: GrantIndex[] = [];
    if (orgId === 0) {
      if (isGrafanaAdmin) layers.push(this.basicIndex('Admin'), this.basicIndex('Grafana Admin'));
    } else {
      if (role !== '' && role !== 'None') layers.push(this.basicIndex(role));
      if (isGrafanaAdmin) layers.push(this.basicIndex('Grafana Admin'));
    }
    layers.push(this.#everyone);
    if (orgId < 0) return layers;
    const own: Assignee[] = [];
    if (role !== '' && role !== 'None' && orgId > 0) own.push({ kind: 'builtin', role });
    if (isGrafanaAdmin) own.push({ kind: 'builtin', role: 'Grafana Admin' });
    for (const id of teams) own.push({ kind: 'team', id });
    if (userId > 0) own.push({ kind: 'user', id: userId });
    for (const assignee of own) layers.push(await find(assignee));
    return layers;
  }

  #load(orgId: number, assignee: Assignee): Promise<GrantIndex> {
    const key = keyOf(orgId, assignee);
    const under = this.#loading.get(key);
    if (under) return under;
    const loading = this.#read(orgId, assignee).then((index) => {
      // A grant meanwhile took this promise away: what was read may be old, so the next one reads again.
      if (this.#loading.get(key) === loading) {
        this.#loading.delete(key);
        if (this.#indexes.size >= indexesMax) this.forget();
        this.#indexes.set(key, index);
      }
      return index;
    }, (error: unknown) => {
      if (this.#loading.get(key) === loading) this.#loading.delete(key);
      throw error;
    });
    this.#loading.set(key, loading);
    return loading;
  }

  async #read(orgId: number, assignee: Assignee): Promise<GrantIndex> {
    const rows = this.#db.tables<GrantTables>();
    const orgs = orgId === 0 ? [0] : [0, orgId];
    const roles = rows.selectFrom('role').leftJoin('permission', 'permission.role_id', 'role.id').select(['role.name', 'permission.action', 'permission.scope']);
    const found = assignee.kind === 'user'
      ? await roles.innerJoin('user_role', 'user_role.role_id', 'role.id').where('user_role.user_id', '=', assignee.id).where('user_role.org_id', 'in', orgs).execute()
      : assignee.kind === 'team'
        ? await roles.innerJoin('team_role', 'team_role.role_id', 'role.id').where('team_role.team_id', '=', assignee.id).where('team_role.org_id', 'in', orgs).execute()
        : await roles.innerJoin('builtin_role', 'builtin_role.role_id', 'role.id').where('builtin_role.role', '=', assignee.role).where('builtin_role.org_id', 'in', orgs).execute();
    return this.#indexOf(found);
  }

  /** What every user, or every team, was granted in an org. */
  async #readAll(orgId: number, kind: 'user' | 'team'): Promise<ReadonlyMap<number, GrantIndex>> {
    const rows = this.#db.tables<GrantTables>();
    const roles = rows.selectFrom('role').leftJoin('permission', 'permission.role_id', 'role.id').select(['role.name', 'permission.action', 'permission.scope']);
    const found = kind === 'user'
      ? await roles.innerJoin('user_role', 'user_role.role_id', 'role.id').select('user_role.user_id as holder').where('user_role.org_id', 'in', [0, orgId]).execute()
      : await roles.innerJoin('team_role', 'team_role.role_id', 'role.id').select('team_role.team_id as holder').where('team_role.org_id', 'in', [0, orgId]).execute();
    return new Map([...Map.groupBy(found, ({ holder }) => Number(holder))].map(([holder, granted]) => [holder, this.#indexOf(granted)]));
  }

  #indexOf(found: readonly { readonly name: string; readonly action: string | null; readonly scope: string | null }[]): GrantIndex {
    const index = new GrantIndex(this.sets);
    const fixed = new Set<string>();
    for (const { name, action, scope } of found) {
      if (action !== null) index.add({ action, scope: scope ?? '' });
      else if (this.#roles.has(name)) fixed.add(name);
    }
    // A fixed role that was assigned to somebody has a row of its name; what it grants is known here.
    for (const name of fixed) for (const grant of this.#roles.get(name)!.permissions) index.add(grant);
    return index;
  }

  /** Takes over what was committed. Indexes that nobody has loaded will be read when they are needed. */
  apply(changes: readonly GrantChange[]): void {
    for (const { orgId, assignee, added, removed } of changes) {
      const key = keyOf(orgId, assignee);
      if (this.#loading.delete(key)) this.onOrphaned();
      const index = this.#indexes.get(key);
      if (!index) continue;
      for (const grant of removed) index.remove(grant);
      for (const grant of added) index.add(grant);
    }
  }

  /** Everything that was read from the database. */
  forget(): void {
    this.#indexes.clear();
    this.#loading.clear();
    this.onOrphaned();
  }
}

const isOfPlugin = (role: string) => role.startsWith('plugins:');
const keyOf = (orgId: number, assignee: Assignee) => `${assignee.kind}/${assignee.kind === 'builtin' ? assignee.role : assignee.id}/${orgId}`;
