/**
 * Roles that administrators put together themselves, and who holds them. The reference has them in its paid edition only; here they are
 * on with `[rbac] custom_roles = true`.
 */
import { defineErrors } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import type { Grant } from './accesscontrol.ts';

export interface CustomRole {
  readonly uid: string;
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly group: string;
  readonly hidden: boolean;
  readonly version: number;
  /** Holds in every org. */
  readonly global: boolean;
  /** Fixed roles cannot be changed, but assigned like any other. */
  readonly fixed: boolean;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly updated: number;
  readonly permissions: readonly Grant[];
}

export interface RoleWrite {
  readonly uid: string;
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly group: string;
  readonly hidden: boolean;
  readonly global: boolean;
  /** 0: the next one. */
  readonly version: number;
  readonly permissions: readonly Grant[];
}

export type RoleHolder = { readonly kind: 'user'; readonly id: number } | { readonly kind: 'team'; readonly id: number };

export interface RoleAssignments {
  readonly users: readonly number[];
  readonly serviceAccounts: readonly number[];
  readonly teams: readonly number[];
}

export interface CustomRoleService {
  list(orgId: number, options: { readonly includeHidden: boolean }): Promise<readonly CustomRole[]>;
  get(orgId: number, uid: string): Promise<CustomRole>;
  /**
   * Nobody gives, changes or takes away what they do not hold: throws `delegation` otherwise. Roles and assignments that hold in every org
   * are for server administrators: throws `global` to others, for an org's administrator has nothing to say in the next one.
   */
  create(actor: Identity, role: RoleWrite): Promise<CustomRole>;
  update(actor: Identity, uid: string, role: RoleWrite): Promise<CustomRole>;
  /** Without `force`, a role that somebody holds stays. */
  delete(actor: Identity, uid: string, force: boolean): Promise<void>;
  /** Roles of several holders together, by their ids. */
  rolesOf(orgId: number, kind: RoleHolder['kind'], ids: readonly number[]): Promise<ReadonlyMap<number, readonly CustomRole[]>>;
  /** Throws `noUser` or `noTeam` for who does not belong to the org. */
  assign(actor: Identity, holder: RoleHolder, uids: readonly string[], options?: { readonly replace?: boolean; readonly global?: boolean }): Promise<void>;
  unassign(actor: Identity, holder: RoleHolder, uid: string): Promise<void>;
  assignments(orgId: number, uid: string): Promise<RoleAssignments>;
  setAssignments(actor: Identity, uid: string, assignments: RoleAssignments): Promise<void>;
}

export const roleErrors = defineErrors('roles', {
  notFound: [404, 'Role not found', 'accesscontrol.roleNotFound'],
  exists: [409, 'Role with the same name or uid already exists', 'accesscontrol.roleExists'],
  invalidName: [400, 'Role name is invalid', 'accesscontrol.invalidRoleName'],
  reserved: [400, 'Role names that start with fixed:, basic:, managed:, extsvc: or plugins: are reserved', 'accesscontrol.reservedRoleName'],
  version: [400, 'Role version must be greater than the stored one', 'accesscontrol.roleVersion'],
  inUse: [400, 'Role is assigned; delete with force=true', 'accesscontrol.roleInUse'],
  delegation: [403, 'Cannot delegate permissions that you do not hold', 'accesscontrol.delegation'],
  fixed: [403, 'Fixed roles cannot be changed', 'accesscontrol.fixedRole'],
  global: [403, 'Only server administrators decide on roles that hold in every organization', 'accesscontrol.globalRole'],
  noUser: [404, 'User not found'],
  noTeam: [404, 'Team not found'],
});
