/** Teams and their members (identity-and-access §6). */
import { defineErrors } from '../../../web/errors.ts';

export interface Team {
  readonly id: number;
  readonly uid: string;
  readonly orgId: number;
  readonly name: string;
  readonly email: string;
  readonly externalUid: string;
  readonly isProvisioned: boolean;
  readonly memberCount: number;
}

export interface TeamMember {
  readonly uid: string;
  readonly userId: number;
  readonly userUid: string;
  readonly email: string;
  readonly name: string;
  readonly login: string;
  readonly authModule: string;
  /** 0 member, 4 admin. */
  readonly permission: number;
}

export interface TeamSearch {
  readonly query: string;
  readonly name: string;
  readonly page: number;
  readonly perPage: number;
  readonly sort: string;
  /** Only these of what was found; the total does not look at it. */
  readonly teamIds: readonly number[];
  /** Undefined: all. */
  readonly readable: readonly number[] | undefined;
}

export type TeamLevel = 'Member' | 'Admin';

export interface TeamService {
  /** Throws `nameTaken`. A person who creates a team is its first admin. */
  create(orgId: number, team: { readonly name: string; readonly email: string }, creatorId?: number): Promise<{ readonly id: number; readonly uid: string }>;
  get(orgId: number, id: number): Promise<Team>;
  idOfUid(orgId: number, uid: string): Promise<number | undefined>;
  search(orgId: number, search: TeamSearch): Promise<{ readonly teams: readonly Team[]; readonly total: number }>;
  ofUser(orgId: number, userId: number, readable: readonly number[] | undefined): Promise<readonly Team[]>;
  update(orgId: number, id: number, team: { readonly name: string; readonly email: string }): Promise<void>;
  delete(orgId: number, id: number): Promise<void>;
  members(orgId: number, id: number, readable: readonly number[] | undefined): Promise<readonly TeamMember[]>;
  addMember(orgId: number, id: number, userId: number, level: TeamLevel): Promise<void>;
  setLevel(orgId: number, id: number, userId: number, level: TeamLevel): Promise<void>;
  removeMember(orgId: number, id: number, userId: number): Promise<void>;
  /** Whoever is not listed is removed. Throws for an unknown address. */
  replaceMembers(orgId: number, id: number, members: readonly string[], admins: readonly string[]): Promise<void>;
  /** Team sync: exactly these external memberships for the user, others stay. */
  syncExternal(userId: number, teams: readonly { readonly orgId: number; readonly teamId: number }[]): Promise<void>;
}

export const teamErrors = defineErrors('team', {
  notFound: [404, 'Team not found'],
  nameTaken: [409, 'Team name taken'],
  nameTakenOnUpdate: [400, 'Team name taken'],
  alreadyMember: [400, 'User is already added to this team'],
  // The reference answers 500, and says less.
  addFailed: [404, 'Failed to add Member to Team: user not found'],
  memberNotFound: [404, 'Team member not found'],
  memberNotFoundOnUpdate: [404, 'Team member not found.'],
  provisionedName: [400, 'Team name cannot be changed for provisioned teams'],
  provisionedDelete: [400, 'Cannot delete provisioned teams'],
  provisionedMembers: [400, 'Team memberships cannot be updated for provisioned teams'],
  provisionedPermissions: [400, 'Team permissions cannot be updated for provisioned teams'],
});
