/**
 * What a route demands of who asks (identity-and-access §1.5, §10). Declared on the route, decided in `middleware/guard.ts`.
 * In a scope, `{name}` stands for the route's parameter of that name: `permission('folders:read', 'folders:uid:{uid}')`.
 */

export type Evaluator =
  | { readonly kind: 'permission'; readonly action: string; readonly scopes: readonly string[] }
  | { readonly kind: 'any'; readonly of: readonly Evaluator[] }
  | { readonly kind: 'all'; readonly of: readonly Evaluator[] };

export type Access = AccessRule & {
  /** Route parameters in which a uid may stand for the numeric id (identity-and-access §4); translated before the decision. */
  readonly uids?: Readonly<Record<string, UidOf>>;
};

export type UidOf = 'user' | 'team' | 'service-account' | 'user-or-service-account';

type AccessRule =
  /** No credentials needed. `reason` says why that is safe; the walk over all routes prints it. */
  | { readonly kind: 'anyone'; readonly reason: string }
  | { readonly kind: 'signed-in'; readonly anonymous: boolean }
  | { readonly kind: 'grafana-admin' }
  | { readonly kind: 'org-admin' }
  | { readonly kind: 'not-signed-in' }
  /** `in`: where the permissions are looked up. `org` and `global` re-resolve the identity in org `{orgId}` / the global org. */
  | { readonly kind: 'rbac'; readonly evaluator: Evaluator; readonly in: 'current' | 'global' | 'org' };

export const anyone = (reason: string): Access => ({ kind: 'anyone', reason });
/** Users, service accounts and, where enabled, anonymous visitors. */
export const signedIn: Access = { kind: 'signed-in', anonymous: true };
export const signedInNoAnonymous: Access = { kind: 'signed-in', anonymous: false };
export const grafanaAdmin: Access = { kind: 'grafana-admin' };
/** Org role exactly Admin. */
export const orgAdmin: Access = { kind: 'org-admin' };
export const notSignedIn: Access = { kind: 'not-signed-in' };

/** One action, on any of the scopes (none given: the action alone, whatever its scopes). */
export const may = (action: string, ...scopes: string[]): Evaluator => ({ kind: 'permission', action, scopes });
export const anyOf = (...of: Evaluator[]): Evaluator => ({ kind: 'any', of });
export const allOf = (...of: Evaluator[]): Evaluator => ({ kind: 'all', of });

export const rbac = (evaluator: Evaluator, where: 'current' | 'global' | 'org' = 'current'): Access => ({ kind: 'rbac', evaluator, in: where });
/** `withUids(permission('users:read', 'global.users:id:{id}'), { id: 'user' })` */
export const withUids = (access: Access, uids: Readonly<Record<string, UidOf>>): Access => ({ ...access, uids });
/** Shorthand for a single action. */
export const permission = (action: string, ...scopes: string[]): Access => rbac(may(action, ...scopes));

/** `Permissions needed: …` names the actions only: `any of a, b`, `all of a, b`. */
export function describeEvaluator(e: Evaluator): string {
  switch (e.kind) {
    case 'permission': return e.action;
    case 'any': return `any of ${e.of.map(describeEvaluator).join(', ')}`;
    case 'all': return `all of ${e.of.map(describeEvaluator).join(', ')}`;
    default: return e satisfies never;
  }
}

/** Puts a route's parameters (and `orgId`) into the scopes. */
export function injectParams(e: Evaluator, params: Readonly<Record<string, string>>): Evaluator {
  if (e.kind !== 'permission') return { ...e, of: e.of.map((x) => injectParams(x, params)) };
  if (!e.scopes.some((s) => s.includes('{'))) return e;
  return { ...e, scopes: e.scopes.map((s) => s.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '')) };
}

/** Decides on permissions in memory; scope resolution (ids, names, inheritance) is the guard's second try. */
export function evaluate(e: Evaluator, permissions: { has(action: string, ...scopes: readonly string[]): boolean }): boolean {
  switch (e.kind) {
    case 'permission': return permissions.has(e.action, ...e.scopes);
    case 'any': return e.of.some((x) => evaluate(x, permissions));
    case 'all': return e.of.every((x) => evaluate(x, permissions));
    default: return e satisfies never;
  }
}
