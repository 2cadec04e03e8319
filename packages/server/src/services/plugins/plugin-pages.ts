/** Pages of app plugins below `/a/:id` (plugins §10.3). */
import { posix } from 'node:path';
import type { PluginStore } from '../../plugins/plugin.ts';
import type { Identity } from '../../web/identity.ts';
import { hasPluginAction, hasRole } from './plugin-access.ts';

/** False: an include of this address is not for the identity. An unknown plugin's pages are shown; the frontend says that there is nothing. */
export function demandPage(store: Pick<PluginStore, 'get'>, identity: Identity, id: string, path: string): boolean {
  const wanted = clean(path);
  for (const include of store.get(id)?.json.includes ?? []) {
    if (include.type !== 'page' || clean(include.path.split('?')[0]!) !== wanted) continue;
    if (include.action ? !hasPluginAction(identity, id, include.action) : !hasRole(identity, include.role)) return false;
  }
  return true;
}

const clean = (path: string) => posix.normalize(path || '/').replace(/^\//, '').replace(/\/$/, '');
