/**
 * Roles, orgs and teams from what an identity provider says (identity-and-access §3.6): `role_attribute_path`, `org_mapping` and
 * `team_mapping`, for OAuth and JWT alike.
 */
import type { OrgRole } from '../../../web/identity.ts';
import type { AuthFailure } from './auth-failure.ts';

export interface RoleMappingSettings {
  readonly roleAttributePath: string;
  readonly roleAttributeStrict: boolean;
  readonly orgAttributePath: string;
  /** `external:orgIdOrName[:Role]` */
  readonly orgMapping: readonly string[];
  /** `external:teamUidOrName`, or `external:org:team` */
  readonly teamMapping: readonly string[];
  readonly allowAssignGrafanaAdmin: boolean;
  readonly skipOrgRoleSync: boolean;
}

/** Roles are demanded (`role_attribute_strict`), and: no path says where they are, there was none, or it was none that is known. */
export type RoleRefusal = 'no path' | 'no role' | 'unknown role';

export interface MappingDeps {
  /** Where someone without any mapping belongs. */
  readonly defaultOrgId: number;
  readonly defaultRole: OrgRole;
  /** By id or by name; undefined for an org that is not there. */
  readonly orgId: (idOrName: string) => Promise<number | undefined>;
  readonly allOrgIds: () => Promise<readonly number[]>;
  readonly teamId: (orgId: number, uidOrName: string) => Promise<number | undefined>;
  /** The module's own words for a refusal. */
  readonly invalidRole: (why: RoleRefusal) => AuthFailure;
}

export interface MappedAccess {
  readonly orgRoles: ReadonlyMap<number, OrgRole> | undefined;
  readonly isGrafanaAdmin: boolean | undefined;
  readonly teams: readonly { readonly orgId: number; readonly teamId: number }[] | undefined;
}

/** Evaluates a JMESPath expression; undefined where it finds nothing or does not parse. */
export async function searchPath(path: string, data: unknown): Promise<unknown> {
  if (path === '') return undefined;
  const { search } = await import('@jmespath-community/jmespath');
  try {
    return search(data as never, path) ?? undefined;
  } catch {
    return undefined;
  }
}

export async function searchText(path: string, data: unknown): Promise<string> {
  const found = await searchPath(path, data);
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : '';
}

export async function searchTexts(path: string, data: unknown): Promise<readonly string[]> {
  const found = await searchPath(path, data);
  if (typeof found === 'string') return [found];
  return Array.isArray(found) ? found.filter((item): item is string => typeof item === 'string') : [];
}

const roles: readonly OrgRole[] = ['None', 'Viewer', 'Editor', 'Admin'];

function parseRole(text: string): { role: OrgRole; admin: boolean } | undefined {
  if (/^grafanaadmin$/i.test(text)) return { role: 'Admin', admin: true };
  const role = roles.find((name) => name.toLowerCase() === text.toLowerCase());
  return role && { role, admin: false };
}

/** What the raw user data, groups and external orgs come to. `roleName` overrides the path (connectors that know roles of their own). */
export async function mapAccess(
  settings: RoleMappingSettings, deps: MappingDeps, data: unknown, { groups, externalOrgs, roleName }: { groups: readonly string[]; externalOrgs?: readonly string[]; roleName?: string },
): Promise<MappedAccess> {
  const teams = await mapTeams(settings, deps, groups);
  if (settings.skipOrgRoleSync) return { orgRoles: undefined, isGrafanaAdmin: undefined, teams };
  const text = roleName ?? ((await searchText(settings.roleAttributePath, data)) || (await searchText(settings.roleAttributePath, { groups })));
  const found = text === '' ? undefined : parseRole(text);
  if (!found && settings.roleAttributeStrict && settings.orgMapping.length === 0) {
    throw deps.invalidRole(text !== '' ? 'unknown role' : roleName === undefined && settings.roleAttributePath === '' ? 'no path' : 'no role');
  }
  const isGrafanaAdmin = settings.allowAssignGrafanaAdmin ? (found?.admin ?? false) : undefined;
  const names = externalOrgs ?? (settings.orgAttributePath === '' ? groups : await searchTexts(settings.orgAttributePath, data));
  const mapped = await mapOrgs(settings, deps, names, found?.role);
  if (mapped) {
    if (mapped.size === 0 && settings.roleAttributeStrict) throw deps.invalidRole('no role');
    if (mapped.size > 0) return { orgRoles: mapped, isGrafanaAdmin, teams };
  }
  return { orgRoles: new Map([[deps.defaultOrgId, found?.role ?? deps.defaultRole]]), isGrafanaAdmin, teams };
}

/** Undefined: there is no mapping, or (strict) it names an org that does not exist and is void. */
async function mapOrgs({ orgMapping, roleAttributeStrict }: RoleMappingSettings, deps: MappingDeps, names: readonly string[], direct: OrgRole | undefined): Promise<Map<number, OrgRole> | undefined> {
  if (orgMapping.length === 0) return undefined;
  const result = new Map<number, OrgRole>();
  for (const entry of orgMapping) {
    const [external = '', org = '', roleText = ''] = splitMapping(entry);
    if (org === '') continue;
    const orgIds: readonly (number | undefined)[] = org === '*' ? await deps.allOrgIds() : [await deps.orgId(org)];
    if (orgIds.includes(undefined)) {
      if (roleAttributeStrict) return undefined;
      continue;
    }
    if (external !== '*' && !names.includes(external)) continue;
    const role = roleText === '' ? 'Viewer' : parseRole(roleText)?.role;
    if (!role) {
      if (roleAttributeStrict) return undefined;
      continue;
    }
    for (const orgId of orgIds as readonly number[]) {
      const before = result.get(orgId);
      if (!before || rank(role) > rank(before)) result.set(orgId, role);
    }
  }
  // A role of one's own counts where it is the higher one.
  if (direct) for (const [orgId, role] of result) if (rank(direct) > rank(role)) result.set(orgId, direct);
  return result;
}

/** Undefined: there is no mapping, teams stay as they are. */
export async function mapTeams({ teamMapping }: Pick<RoleMappingSettings, 'teamMapping'>, deps: Pick<MappingDeps, 'defaultOrgId' | 'orgId' | 'teamId'>, groups: readonly string[], { ignoreCase = false } = {}): Promise<MappedAccess['teams']> {
  if (teamMapping.length === 0) return undefined;
  const comparable = (name: string) => (ignoreCase ? name.toLowerCase() : name);
  const known = new Set(groups.map(comparable));
  const teams = new Map<number, { orgId: number; teamId: number }>();
  for (const entry of teamMapping) {
    const parts = splitMapping(entry);
    const external = parts[0] ?? '';
    if (external !== '*' && !known.has(comparable(external))) continue;
    const orgId = parts.length > 2 ? await deps.orgId(parts[1]!) : deps.defaultOrgId;
    const teamId = orgId === undefined ? undefined : await deps.teamId(orgId, parts.at(-1)!);
    if (orgId !== undefined && teamId !== undefined) teams.set(teamId, { orgId, teamId });
  }
  return [...teams.values()];
}

const rank = (role: OrgRole) => roles.indexOf(role);

/** Splits on colons; `\:` is one that does not split. */
export const splitMapping = (entry: string): string[] => entry.split(/(?<!\\):/).map((part) => part.replaceAll('\\:', ':').trim());
