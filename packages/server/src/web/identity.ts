/** Who asks: the result of authentication (identity-and-access §3), on every request. */

export type OrgRole = 'None' | 'Viewer' | 'Editor' | 'Admin';

export type IdentityKind = 'user' | 'service-account' | 'anonymous' | 'api-key' | 'access-policy' | 'render' | 'nobody';

/** A permission set in memory: computed once per identity and kept until something it depends on changes. */
export interface Permissions {
  /** True if `action` is granted; with scopes, if it is granted on one of them (wildcards count: `*`, `folders:*`, `folders:uid:*`). */
  has(action: string, ...scopes: readonly string[]): boolean;
  /** The scopes on which `action` is granted (`''` stands for "no scope"); empty when it is not. */
  scopes(action: string): readonly string[];
  /** action -> scopes, as `/api/access-control/user/permissions` shows it. */
  all(): ReadonlyMap<string, readonly string[]>;
}

export interface Identity {
  readonly kind: IdentityKind;
  /** Database id of the user or service account; 0 for anonymous, render and nobody. */
  readonly id: number;
  readonly uid: string;
  /** Active org; 0 for nobody, -1 when the requested org is not one of theirs. */
  readonly orgId: number;
  readonly orgName: string;
  readonly orgRole: OrgRole | '';
  readonly isGrafanaAdmin: boolean;
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly helpFlags1: number;
  readonly isDisabled: boolean;
  readonly teams: readonly number[];
  /** How it was authenticated: `session`, `password`, `apikey`, `anonymous`, `jwt`, `ldap`, `oauth_generic_oauth` … */
  readonly authenticatedBy: string;
  /** Id of the login's provider record (`oauth_google`, `ldap` …), empty for Grafana's own users. */
  readonly authModule: string;
  /** Session row id where a session cookie was used. */
  readonly sessionId?: number;
  readonly permissions: Permissions;
}

export const isSignedIn = (identity: Identity) => identity.kind !== 'nobody';

/** Roles rank None < Viewer < Editor < Admin. */
export function roleIncludes(role: OrgRole | '', wanted: OrgRole): boolean {
  const rank = { '': -1, None: 0, Viewer: 1, Editor: 2, Admin: 3 };
  return rank[role] >= rank[wanted];
}

const noPermissions: Permissions = { has: () => false, scopes: () => [], all: () => new Map() };

export const nobody: Identity = Object.freeze({
  kind: 'nobody', id: 0, uid: '', orgId: 0, orgName: '', orgRole: '', isGrafanaAdmin: false, login: '', name: '', email: '',
  emailVerified: false, helpFlags1: 0, isDisabled: false, teams: [], authenticatedBy: '', authModule: '', permissions: noPermissions,
} satisfies Identity);
