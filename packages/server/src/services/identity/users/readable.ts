import type { Identity } from '../../../web/identity.ts';

/** The numeric ids on which an action is granted by scopes like `teams:id:7`; undefined when it is granted on all of them. */
export function readableIds(identity: Identity, action: string, prefix: string): readonly number[] | undefined {
  const ids: number[] = [];
  for (const scope of identity.permissions.scopes(action)) {
    if (scope.endsWith('*') && prefix.startsWith(scope.slice(0, -1))) return undefined;
    if (scope.startsWith(prefix) && /^\d+$/.test(scope.slice(prefix.length))) ids.push(Number(scope.slice(prefix.length)));
  }
  return ids;
}
