import type { ScopeResolver, ScopeResolvers } from './accesscontrol.ts';

/** identity-and-access §10.2 */
export function createScopeResolvers(): ScopeResolvers {
  const byPrefix = new Map<string, ScopeResolver>();
  return {
    register: (prefix, resolver) => void byPrefix.set(prefix, resolver),
    async resolve(orgId, scope) {
      const first = scope.indexOf(':');
      const second = scope.indexOf(':', first + 1);
      if (second < 0) return undefined;
      return byPrefix.get(scope.slice(0, second + 1))?.(orgId, scope);
    },
  };
}
