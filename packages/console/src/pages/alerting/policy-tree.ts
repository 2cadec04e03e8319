/** Changes within the tree of policies, which is written whole. */
import type { Policy, RoutingTreeSpec } from './notification.ts';

/** The tree with the policy at `path` replaced by what `change` makes of it: nothing, itself, or more. An empty path is the root, whose children alone change here. */
export function changedAt(spec: RoutingTreeSpec, path: readonly number[], change: (policy: Policy) => readonly Policy[]): RoutingTreeSpec {
  if (path.length === 0) return { ...spec, routes: change({ continue: false, routes: spec.routes })[0]?.routes ?? [] };
  return { ...spec, routes: within(spec.routes, path, change) };
}

/** The tree with the policy at `path` among its siblings moved by so many places. */
export const movedAt = (spec: RoutingTreeSpec, path: readonly number[], by: number): RoutingTreeSpec => changedAt(spec, path.slice(0, -1), (parent) => {
  const routes = [...(parent.routes ?? [])];
  const [moved] = routes.splice(path.at(-1) ?? 0, 1);
  routes.splice(path.at(-1)! + by, 0, moved!);
  return [{ ...parent, routes }];
});

function within(routes: readonly Policy[], [at, ...rest]: readonly number[], change: (policy: Policy) => readonly Policy[]): readonly Policy[] {
  return routes.flatMap((policy, index) => (index !== at ? [policy] : rest.length === 0 ? change(policy) : [{ ...policy, routes: within(policy.routes ?? [], rest, change) }]));
}
