/**
 * Custom roles and who holds them, from the files in `provisioning/access-control`: the format of the reference's paid edition (roles and
 * teams), with users and service accounts beside the teams. Read with `[rbac] custom_roles = true`.
 */
import { isObject, numberOf, objectsOf } from '../../../util/json-value.ts';
import { nobody, type Identity } from '../../../web/identity.ts';
import { ProvisioningError, type Provisioner, type ProvisioningFile, type ProvisioningFiles } from '../../operations/provisioning/provisioning.ts';
import type { Grant } from './accesscontrol.ts';
import type { CustomRole, CustomRoleService, RoleHolder, RoleWrite } from './custom-roles.ts';

export interface RoleProvisionerDeps {
  readonly files: ProvisioningFiles;
  readonly roles: CustomRoleService;
  /** By login or email. */
  readonly userId: (login: string) => Promise<number | undefined>;
  readonly teamId: (orgId: number, name: string) => Promise<number | undefined>;
  readonly serviceAccountId: (orgId: number, name: string) => Promise<number | undefined>;
}

type Entry = Readonly<Record<string, unknown>>;

/** The server itself, which may give everything. */
const server = (orgId: number): Identity => ({ ...nobody, orgId, isGrafanaAdmin: true, login: 'provisioning', permissions: { has: () => true, scopes: () => ['*'], all: () => new Map() } });

export function createRoleProvisioner({ files, roles, userId, teamId, serviceAccountId }: RoleProvisionerDeps): Provisioner {
  const text = (entry: Entry, key: string) => (typeof entry[key] === 'string' || typeof entry[key] === 'number' ? files.values.text(String(entry[key])) : '');
  const orgOf = (entry: Entry) => Math.max(1, Math.trunc(numberOf(entry['orgId'], 1)));
  const isAbsent = (entry: Entry) => text(entry, 'state') === 'absent';

  async function find(orgId: number, entry: Entry): Promise<CustomRole | undefined> {
    const [uid, name] = [text(entry, 'uid'), text(entry, 'name')];
    return (await roles.list(orgId, { includeHidden: true })).find((role) => (uid === '' ? role.name === name : role.uid === uid));
  }

  async function permissionsOf(path: string, orgId: number, entry: Entry): Promise<Grant[]> {
    const granted = new Map<string, Grant>();
    const key = ({ action, scope }: Grant) => `${action} ${scope}`;
    for (const source of objectsOf(entry['from'])) {
      const role = await find(orgId, source);
      if (!role) throw new ProvisioningError(path, `there is no role ${text(source, 'uid') || text(source, 'name')} to take permissions from`);
      for (const grant of role.permissions) granted.set(key(grant), grant);
    }
    for (const permission of objectsOf(entry['permissions'])) {
      const grant = { action: text(permission, 'action'), scope: text(permission, 'scope') };
      if (grant.action === '') throw new ProvisioningError(path, `a permission of role ${text(entry, 'name')} has no action`);
      if (isAbsent(permission)) granted.delete(key(grant));
      else granted.set(key(grant), grant);
    }
    return [...granted.values()];
  }

  async function writeRole(path: string, entry: Entry): Promise<void> {
    const orgId = orgOf(entry);
    const known = await find(orgId, entry);
    if (isAbsent(entry)) {
      if (known) await roles.delete(server(orgId), known.uid, entry['force'] === true);
      return;
    }
    const name = text(entry, 'name');
    if (name === '') throw new ProvisioningError(path, 'a role has no name');
    const version = Math.trunc(numberOf(entry['version'], 0));
    const role: RoleWrite = {
      uid: text(entry, 'uid'), name, displayName: text(entry, 'displayName'), description: text(entry, 'description'), group: text(entry, 'group'),
      hidden: entry['hidden'] === true, global: entry['global'] === true, version, permissions: await permissionsOf(path, orgId, entry),
    };
    if (!known) await roles.create(server(orgId), role);
    // A file that says no newer version, or nothing new, leaves what was changed since.
    else if (version > known.version || (version === 0 && !same(known, role))) await roles.update(server(orgId), known.uid, role);
  }

  async function assign(path: string, kind: RoleHolder['kind'], what: string, entry: Entry, lookUp: (orgId: number) => Promise<number | undefined>): Promise<void> {
    const orgId = orgOf(entry);
    const id = await lookUp(orgId);
    if (id === undefined) throw new ProvisioningError(path, `there is no ${what} in organization ${orgId}`);
    const held = new Set(((await roles.rolesOf(orgId, kind, [id])).get(id) ?? []).map(({ uid }) => uid));
    for (const wanted of objectsOf(entry['roles'])) {
      const role = await find(orgId, wanted);
      if (!role) {
        if (isAbsent(wanted)) continue;
        throw new ProvisioningError(path, `there is no role ${text(wanted, 'uid') || text(wanted, 'name')} for ${what}`);
      }
      if (isAbsent(wanted) && held.has(role.uid)) await roles.unassign(server(orgId), { kind, id }, role.uid);
      if (!isAbsent(wanted) && !held.has(role.uid)) await roles.assign(server(orgId), { kind, id }, [role.uid], { global: wanted['global'] === true });
    }
  }

  return {
    name: 'access-control',
    async provision() {
      const all = await files.read('access-control');
      for (const { path, content } of all) for (const role of list({ path, content }, 'roles')) await writeRole(path, role);
      for (const { path, content } of all) {
        for (const team of list({ path, content }, 'teams')) await assign(path, 'team', `team ${text(team, 'name')}`, team, (orgId) => teamId(orgId, text(team, 'name')));
        for (const user of list({ path, content }, 'users')) {
          const login = text(user, 'login') || text(user, 'email');
          await assign(path, 'user', `user ${login}`, user, () => userId(login));
        }
        for (const account of list({ path, content }, 'serviceAccounts')) {
          await assign(path, 'user', `service account ${text(account, 'name')}`, account, (orgId) => serviceAccountId(orgId, text(account, 'name')));
        }
      }
    },
  };
}

function list({ path, content }: ProvisioningFile, key: string): readonly Entry[] {
  const value = content[key] ?? [];
  if (!Array.isArray(value) || !value.every(isObject)) throw new ProvisioningError(path, `${key} is not a list of mappings`);
  return value;
}

function same(known: CustomRole, role: RoleWrite): boolean {
  const shape = ({ name, displayName, description, group, hidden, permissions }: Pick<RoleWrite, 'name' | 'displayName' | 'description' | 'group' | 'hidden' | 'permissions'>) =>
    JSON.stringify([name, displayName, description, group, hidden, permissions.map(({ action, scope }) => `${action} ${scope}`).toSorted()]);
  return shape(known) === shape(role);
}
