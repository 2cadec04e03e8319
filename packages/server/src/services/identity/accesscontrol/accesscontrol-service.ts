import { ApiError } from '../../../web/errors.ts';
import { evaluate, type Evaluator } from '../../../web/access.ts';
import type { Identity } from '../../../web/identity.ts';
import type { Identities } from '../identities.ts';
import type { AccessMetrics } from './access-metrics.ts';
import { accessDenied, type AccessControl, type ScopeResolvers } from './accesscontrol.ts';
import type { Grants } from './grants.ts';
import { LayeredPermissions } from './permissions.ts';

export interface AccessControlDeps {
  readonly grants: Grants;
  readonly identities: Identities;
  readonly scopes: ScopeResolvers;
  readonly metrics?: AccessMetrics;
}

export function createAccessControl({ grants, identities, scopes, metrics }: AccessControlDeps): AccessControl {
  /** The evaluator with its scopes rewritten; a permission whose scopes nobody can resolve is one that is never held. */
  async function resolved(orgId: number, evaluator: Evaluator): Promise<Evaluator> {
    if (evaluator.kind !== 'permission') {
      return { ...evaluator, of: await Promise.all(evaluator.of.map((part) => resolved(orgId, part))) };
    }
    if (evaluator.scopes.length === 0) return evaluator;
    const found: string[] = [];
    for (const scope of evaluator.scopes) {
      try {
        found.push(...((await scopes.resolve(orgId, scope)) ?? []));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) throw error;
      }
    }
    return found.length > 0 ? { ...evaluator, scopes: found } : never;
  }

  const decide = (identity: Identity, evaluator: Evaluator): boolean | Promise<boolean> => {
    metrics?.evaluated();
    if (evaluate(evaluator, identity.permissions)) return true;
    if (!hasScopes(evaluator)) return false;
    return resolved(identity.orgId, evaluator).then((rewritten) => evaluate(rewritten, identity.permissions));
  };

  const service: AccessControl = {
    scopes,
    evaluate: decide,
    async demand(identity, evaluator) {
      if (!(await decide(identity, evaluator))) throw accessDenied(evaluator);
    },
    identityIn: (identity, orgId) => identities.inOrg(identity, orgId),
    metadata(identity, ...wanted) {
      const actions: Record<string, true> = {};
      const { permissions } = identity;
      if (permissions instanceof LayeredPermissions) {
        for (const scope of wanted) Object.assign(actions, permissions.actionsOn(scope));
        return actions;
      }
      for (const action of permissions.all().keys()) if (permissions.has(action, ...wanted)) actions[action] = true;
      return actions;
    },
    declareRoles(roles) {
      grants.declare(roles);
      identities.forget();
    },
    withdrawRoles(prefix) {
      grants.withdraw(prefix);
      identities.forget();
    },
    extendActionSet: (set, actions) => grants.sets.define(set, actions),
    fixedRoles: () => grants.fixedRoles(),
  };
  return service;
}

/** A scope without a kind is covered by no grant. */
const never: Evaluator = { kind: 'any', of: [] };

function hasScopes(evaluator: Evaluator): boolean {
  return evaluator.kind === 'permission' ? evaluator.scopes.length > 0 : evaluator.of.some(hasScopes);
}
