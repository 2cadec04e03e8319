/** People (and, in the same table, service accounts): identity-and-access §4. */
import { defineErrors } from '../../../web/errors.ts';
import type { OrgRole } from '../../../web/identity.ts';

export interface User {
  readonly id: number;
  readonly uid: string;
  /** Lower-case, unique. */
  readonly login: string;
  /** Lower-case, unique. */
  readonly email: string;
  readonly name: string;
  /** Hex of PBKDF2; '' for those who sign in elsewhere. */
  readonly password: string;
  readonly salt: string;
  readonly rands: string;
  /** The org that is active when a request names none. */
  readonly orgId: number;
  readonly isAdmin: boolean;
  readonly isDisabled: boolean;
  readonly isServiceAccount: boolean;
  readonly isProvisioned: boolean;
  readonly emailVerified: boolean;
  readonly theme: string;
  readonly helpFlags1: number;
  /** Milliseconds since the epoch, as the next two. */
  readonly lastSeenAt: number;
  readonly created: number;
  readonly updated: number;
}

export interface NewUser {
  readonly login?: string;
  readonly email?: string;
  readonly name?: string;
  readonly password?: string;
  readonly isAdmin?: boolean;
  readonly isDisabled?: boolean;
  readonly emailVerified?: boolean;
  readonly isProvisioned?: boolean;
  /** Which org they start in; without it as `[users] auto_assign_org` says. */
  readonly orgId?: number;
  readonly orgName?: string;
  readonly orgRole?: OrgRole;
  /** The password of the first administrator comes from the configuration and need not please the policy. */
  readonly anyPassword?: boolean;
  /** No org at all: the caller gives memberships itself. */
  readonly withoutOrg?: boolean;
}

export interface UserChanges {
  readonly login?: string;
  readonly email?: string;
  readonly name?: string;
  readonly theme?: string;
  readonly isAdmin?: boolean;
  readonly isDisabled?: boolean;
  readonly emailVerified?: boolean;
  readonly helpFlags1?: number;
  readonly orgId?: number;
}

export interface AuthLink {
  readonly id: number;
  readonly userId: number;
  readonly module: string;
  readonly authId: string;
  /** What whoever provisions people calls them; '' for those who were not. */
  readonly externalUid: string;
  readonly created: number;
}

export interface UserSearch {
  readonly query: string;
  /** From 1. */
  readonly page: number;
  readonly perPage: number;
  readonly sort: string;
  readonly activeSince?: number;
  /** Only these; undefined for all. */
  readonly ids?: readonly number[];
}

export interface FoundUser extends User {
  /** Modules of every link, newest first. */
  readonly modules: readonly string[];
}

export interface UserService {
  byId(id: number): Promise<User | undefined>;
  byUid(uid: string): Promise<User | undefined>;
  /** Users and service accounts, in one statement; those that are gone are missing. */
  byIds(ids: readonly number[]): Promise<readonly User[]>;
  byUids(uids: readonly string[]): Promise<readonly User[]>;
  /** In any case; by email first where there is an @, then by login. No service accounts. */
  byLoginOrEmail(text: string): Promise<User | undefined>;
  byEmail(email: string): Promise<User | undefined>;
  byLogin(login: string): Promise<User | undefined>;
  count(): Promise<number>;
  /** Checks the password against the policy; throws `exists`, `emptyLoginAndEmail`, the policy's errors and `orgNotFound`. */
  create(user: NewUser): Promise<User>;
  /** Undefined members stay. Throws `exists` where login or email are taken. False for nobody. */
  update(id: number, changes: UserChanges): Promise<boolean>;
  setPassword(id: number, password: string): Promise<void>;
  /** Sessions end too. The last server administrator keeps the right. */
  setAdmin(id: number, isAdmin: boolean): Promise<void>;
  /** With everything that hangs on them: memberships, tokens, grants, preferences. */
  delete(id: number): Promise<boolean>;
  /** Told after somebody was deleted, so that others forget them too. */
  onDelete(listener: (userId: number) => Promise<void>): void;
  search(search: UserSearch): Promise<{ readonly users: readonly FoundUser[]; readonly total: number }>;
  verifyPassword(user: Pick<User, 'password' | 'salt'>, password: string): Promise<boolean>;
  checkPasswordPolicy(password: string): void;
  /** How someone signs in from elsewhere, newest first. */
  authLinks(userId: number): Promise<readonly AuthLink[]>;
  findAuthLink(module: string, authId: string): Promise<AuthLink | undefined>;
  linkAuth(userId: number, module: string, authId: string): Promise<void>;
  touchLastSeen(id: number, at: number): Promise<void>;
}

export const userErrors = defineErrors('user', {
  exists: [412, 'User already exists'],
  notFound: [404, 'user not found'],
  uidNotFound: [404, 'User not found'],
  emptyLoginAndEmail: [400, 'Need to specify either username or email', 'user.empty-username-and-email'],
  tooShort: [400, 'New password is too short', 'password.password-policy-too-short'],
  policyInfringed: [400, "New password doesn't comply with the password policy", 'password.password-policy-infringe'],
  passwordMismatch: [400, 'Invalid old password', 'user.password-missmatch'],
  unknownSort: [400, 'BadRequest', 'unknown sorting option'],
  // The reference has this text, and answers 500 instead.
  conflict: [409, 'Update would result in user login conflict'],
  lastAdmin: [400, 'cannot remove last grafana admin'],
  orgUnknown: [400, 'failed to get organization'],
});

export const authModules = {
  ldap: 'ldap', jwt: 'jwt', proxy: 'authproxy', saml: 'auth.saml',
} as const;

const labels: Record<string, string> = {
  'auth.saml': 'SAML', ldap: 'LDAP', '': 'LDAP', jwt: 'JWT', authproxy: 'Auth Proxy', oauth_azuread: 'AzureAD', oauth_google: 'Google',
  oauth_generic_oauth: 'Generic OAuth', oauth_gitlab: 'GitLab', oauth_github: 'GitHub', oauth_grafana_com: 'grafana.com', oauth_okta: 'Okta',
};

/** What the API calls an auth module (§3.1). */
export const authLabel = (module: string): string => labels[module] ?? 'Unknown';
