/**
 * Role-based access control (identity-and-access §10 to §12): what an identity may do. A permission is an action on a scope
 * (`folders:read` on `folders:uid:abc`); roles and managed grants give permissions; scope resolvers say what else a scope stands for
 * (a dashboard's folder, a data source's uid).
 */
import { ApiError, defineErrors } from '../../../web/errors.ts';
import type { Evaluator } from '../../../web/access.ts';
import { describeEvaluator } from '../../../web/access.ts';
import type { Database } from '../../../infra/db/database.ts';
import type { Identity, OrgRole } from '../../../web/identity.ts';
import { randomInt } from 'node:crypto';

/** Roles that permissions can be granted to; `Grafana Admin` is the server administrator. */
export type BasicRole = 'Viewer' | 'Editor' | 'Admin' | 'Grafana Admin';

export interface Grant {
  readonly action: string;
  /** '' for actions that have no scope. */
  readonly scope: string;
}

/** A role declared in code, by us or by a plugin, and the lowest basic roles that hold it. */
export interface FixedRole {
  /** `fixed:teams:writer`, `plugins:grafana-x-app:reader`. */
  readonly name: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly group?: string;
  readonly permissions: readonly Grant[];
  /** Viewer grants reach Editor and Admin too, Editor grants reach Admin; Grafana Admin inherits nothing. */
  readonly grantedTo: readonly BasicRole[];
  /** Basic roles that do not inherit this role. */
  readonly except?: readonly BasicRole[];
}

/**
 * Rewrites a scope into the scopes that also cover it, the scope itself included where it is one that grants use:
 * `dashboards:uid:x` becomes `dashboards:uid:x`, `folders:uid:<parent>`, `folders:uid:<ancestor>` …
 * Throws: access is denied. An ApiError with status 404 makes the guard answer 404 instead of 403 on API paths.
 */
export type ScopeResolver = (orgId: number, scope: string) => Promise<readonly string[]> | readonly string[];

export interface ScopeResolvers {
  /** `prefix` with its last colon: `datasources:id:`. One resolver a prefix; the last one registered stays. */
  register(prefix: string, resolver: ScopeResolver): void;
  /** Undefined when nobody knows the prefix. */
  resolve(orgId: number, scope: string): Promise<readonly string[] | undefined>;
}

export type Assignee =
  | { readonly kind: 'user'; readonly id: number }
  | { readonly kind: 'team'; readonly id: number }
  | { readonly kind: 'builtin'; readonly role: string };

export interface AccessControl {
  readonly scopes: ScopeResolvers;
  /** Raw scopes first, then resolved ones. A rejected promise is a resolver's 404 (see ScopeResolver); everything else that fails denies. */
  evaluate(identity: Identity, evaluator: Evaluator): boolean | Promise<boolean>;
  /** As `evaluate`, but throws the 403 of §1.4. For checks that a handler makes itself. */
  demand(identity: Identity, evaluator: Evaluator): Promise<void>;
  /** The same person in another org (0: the global org), for guards and answers about other orgs. Not a member: org id -1, org-0 permissions. */
  identityIn(identity: Identity, orgId: number): Promise<Identity>;
  /**
   * `accessControl` of answers with `?accesscontrol=true` (§12): every action that the identity has on one of the scopes.
   * Give the object's own scope and, for folders and dashboards, those of its ancestors.
   */
  metadata(identity: Identity, ...scopes: readonly string[]): Record<string, true>;
  /** Adds roles after start (plugins). Replaces a role of the same name. */
  declareRoles(roles: readonly FixedRole[]): void;
  withdrawRoles(namePrefix: string): void;
  /** Plugins add actions to `folders:view|edit|admin` and `dashboards:…`. */
  extendActionSet(set: string, actions: readonly string[]): void;
  fixedRoles(): readonly FixedRole[];
}

/** One line of a resource's permission list (§11.1). */
export interface ResourcePermissionEntry {
  readonly id: number;
  readonly roleName: string;
  readonly isManaged: boolean;
  readonly isInherited: boolean;
  readonly isServiceAccount: boolean;
  readonly userId?: number;
  readonly userUid?: string;
  readonly userLogin?: string;
  readonly userEmail?: string;
  readonly userAvatarUrl?: string;
  readonly team?: string;
  readonly teamId?: number;
  readonly teamUid?: string;
  readonly teamEmail?: string;
  readonly teamAvatarUrl?: string;
  readonly builtInRole?: string;
  readonly actions: readonly string[];
  readonly permission: string;
  readonly scope: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly updated: number;
}

export interface ResourcePermissionOptions {
  /** `folders`: part of the route and of the actions `folders.permissions:read`. */
  readonly resource: string;
  /** `uid` or `id`: the scope is `<resource>:<attribute>:<id>`. */
  readonly attribute: 'uid' | 'id';
  readonly assignments: { readonly users: boolean; readonly serviceAccounts: boolean; readonly teams: boolean; readonly builtInRoles: boolean };
  /** Lowest level first, each with all actions it covers. */
  readonly levels: readonly { readonly name: string; readonly actions: readonly string[] }[];
  /** Levels are stored as one action set (`folders:view`), unknown names are taken and grant nothing (§11.1). */
  readonly storedAsActionSets?: boolean;
  /** Only rows of managed roles on exactly this scope are listed (teams). */
  readonly onlyManaged?: boolean;
  /** Scopes of the ancestors whose grants are inherited. */
  readonly inheritedScopes?: (orgId: number, id: string) => Promise<readonly string[]>;
  /** Before listing and before writing: throws when the resource does not exist or may not be changed. */
  readonly validate?: (orgId: number, id: string, forWrite: boolean) => Promise<void>;
  /** A user's level on the resource changed in the same transaction; '' when it was taken away (team membership follows). */
  readonly onUserChanged?: (tx: Database, orgId: number, userId: number, id: string, level: string) => Promise<void>;
}

export interface LevelAssignment {
  readonly assignee: Assignee;
  /** '' takes the level away. */
  readonly level: string;
}

/** Managed permissions on one kind of resource; made with `createResourcePermissions(options)` and mounted with `resourcePermissionRoutes`. */
export interface ResourcePermissions {
  readonly options: ResourcePermissionOptions;
  scopeOf(id: string): string;
  /** Sets the given assignees' levels, leaves all others. Checks assignees and levels; throws the 400s of §11.1. */
  set(orgId: number, id: string, assignments: readonly LevelAssignment[]): Promise<void>;
  /** Grants of a new resource (§10.5): as `set`, without checking that assignees exist. */
  grantOnCreation(orgId: number, id: string, assignments: readonly LevelAssignment[]): Promise<void>;
  /** §10.5 for dashboards and folders at the root: creator Admin, Editor Edit, Viewer View. `creator` undefined for provisioned ones. */
  grantRootDefaults(orgId: number, id: string, creator: Identity | undefined): Promise<void>;
  /** Everything that applies to the resource, inherited and unmanaged entries included, as the identity may see it. */
  list(identity: Identity, id: string): Promise<readonly ResourcePermissionEntry[]>;
  /** Only managed entries with exactly this scope. */
  listManaged(orgId: number, id: string): Promise<readonly ResourcePermissionEntry[]>;
  /** The resource is gone: so are all grants with its exact scope in the org. */
  forget(orgId: number, id: string): Promise<void>;
}

export const accessErrors = defineErrors('access', {
  invalidPermission: [400, 'Permission is invalid for this resource type', 'resourcePermissions.invalidPermission'],
  invalidAssignment: [400, 'Assignment is invalid for this resource type', 'resourcePermissions.invalidAssignment'],
  invalidParam: [400, 'Param is invalid', 'resourcePermissions.invalidParam'],
  userNotFound: [400, 'user not found', 'accesscontrol.assignmentEntityNotFound'],
  teamNotFound: [400, 'team not found', 'accesscontrol.assignmentEntityNotFound'],
  invalidBuiltInRole: [400, 'built-in role is not valid', 'accesscontrol.invalidBuiltInRole'],
});

/** The body of a refusal by RBAC (§1.4). */
export function accessDeniedBody(evaluator: Evaluator | undefined): Record<string, unknown> {
  const id = `ACE${String(randomInt(10_000_000_000)).padStart(10, '0')}`;
  const needed = evaluator ? describeEvaluator(evaluator) : '';
  return { accessErrorId: id, message: `You'll need additional permissions to perform this action. Permissions needed: ${needed}`, title: 'Access denied' };
}

export function accessDenied(evaluator: Evaluator | undefined): ApiError {
  const { message, ...extra } = accessDeniedBody(evaluator);
  return new ApiError(403, String(message), { shape: 'legacy', extra });
}

export const orgRoles = ['None', 'Viewer', 'Editor', 'Admin'] as const satisfies readonly OrgRole[];
