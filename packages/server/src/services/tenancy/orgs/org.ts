/** Organisations and who belongs to them (identity-and-access §4.4, §4.5). */
import { defineErrors } from '../../../web/errors.ts';
import type { OrgRole } from '../../../web/identity.ts';
import type { User } from '../../identity/users/user.ts';

export interface Address {
  readonly address1: string;
  readonly address2: string;
  readonly city: string;
  readonly zipCode: string;
  readonly state: string;
  readonly country: string;
}

export interface Org {
  readonly id: number;
  readonly name: string;
  readonly address: Address;
}

export interface OrgMember {
  readonly orgId: number;
  readonly role: OrgRole;
  readonly user: User;
  /** Newest first. */
  readonly modules: readonly string[];
}

export interface OrgMemberSearch {
  readonly query: string;
  /** From 1. */
  readonly page: number;
  /** 0: all. */
  readonly perPage: number;
  readonly sort: string;
  /** Undefined: all. */
  readonly ids?: readonly number[] | undefined;
}

export interface OrgService {
  get(id: number): Promise<Org | undefined>;
  byName(name: string): Promise<Org | undefined>;
  /** `page` counts from 0 here. */
  list(search: { readonly query: string; readonly name: string; readonly page: number; readonly perPage: number; readonly ids?: readonly number[] }): Promise<readonly { readonly id: number; readonly name: string }[]>;
  /** Throws `nameTaken`. The creator becomes Admin. */
  create(name: string, creatorId?: number): Promise<number>;
  rename(id: number, name: string): Promise<boolean>;
  setAddress(id: number, address: Address): Promise<void>;
  /** With its members' links, teams, tokens, and (through listeners) its content. False when there is none. */
  delete(id: number): Promise<boolean>;
  onDelete(listener: (orgId: number) => Promise<void>): void;
  members(orgId: number, search: OrgMemberSearch): Promise<{ readonly members: readonly OrgMember[]; readonly total: number }>;
  /** Throws `alreadyMember`; `unknown` when the org does not exist. */
  addMember(orgId: number, userId: number, role: OrgRole): Promise<void>;
  /** Throws `notMember`, `lastAdminRole`. */
  setRole(orgId: number, userId: number, role: OrgRole): Promise<void>;
  /** Throws `lastAdmin`. With `deleteOrphans` an account without any other org goes too, unless it is a server administrator's. */
  removeMember(orgId: number, userId: number, options?: { readonly deleteOrphans?: boolean }): Promise<'removed' | 'deleted'>;
  orgsOf(userId: number): Promise<readonly { readonly orgId: number; readonly name: string; readonly role: OrgRole }[]>;
  /** Makes it the user's active org; false if they are no member. */
  use(userId: number, orgId: number): Promise<boolean>;
  count(): Promise<number>;
}

export const orgErrors = defineErrors('org', {
  notFound: [404, 'Organization not found'],
  nameTaken: [409, 'Organization name taken'],
  nameTakenOnUpdate: [400, 'Organization name taken'],
  deleteFailed: [404, 'Failed to delete organization. ID not found'],
  active: [400, 'Cannot delete your active organization. Please switch to a different organization first.'],
  alreadyMember: [409, 'User is already member of this organization'],
  // The reference answers 500 where there is no such member or user, and says less.
  notMember: [404, 'Failed update org user: not a member of the organization'],
  removeFailed: [404, 'Failed to remove user from organization: user not found'],
  lastAdminRole: [400, 'Cannot change role so that there is no organization admin left'],
  lastAdmin: [400, 'Cannot remove last organization admin'],
  roleTooHigh: [403, "Cannot assign a role higher than user's role"],
  onlyUsers: [403, 'Only users can create organizations'],
  externallySynced: [403, 'cannot change role for externally synced user', 'org.externallySynced'],
  userNotFound: [404, 'User not found'],
  notAValidOrg: [401, 'Not a valid organization'],
});
