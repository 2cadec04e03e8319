/**
 * Permissions of access tokens that name resources of `/apis`: `group:verb`, `group/resource:verb`, `group/resource/name:verb`, `*` for
 * every verb (identity-and-access §3.10, §13). They open the resources themselves, and stand for the actions that guard the same things
 * elsewhere.
 */
import type { Permissions } from '../../../web/identity.ts';
import type { Grant } from './accesscontrol.ts';

interface Guarded {
  readonly prefix: string;
  /** How one of them is named in a scope; none: only the permission for all of them is understood. */
  readonly scope?: string;
}

const guarded: Readonly<Record<string, Readonly<Record<string, Guarded>>>> = {
  'dashboard.grafana.app': { dashboards: { prefix: 'dashboards', scope: 'dashboards:uid:' }, librarypanels: { prefix: 'library.panels', scope: 'library.panels:uid:' }, snapshots: { prefix: 'snapshots' } },
  'folder.grafana.app': { folders: { prefix: 'folders', scope: 'folders:uid:' } },
  'iam.grafana.app': { users: { prefix: 'users' }, serviceaccounts: { prefix: 'serviceaccounts' }, teams: { prefix: 'teams' } },
  'provisioning.grafana.app': { repositories: { prefix: 'provisioning.repositories' }, connections: { prefix: 'provisioning.connections' }, jobs: { prefix: 'provisioning.jobs' } },
  'secret.grafana.app': { securevalues: { prefix: 'secret.securevalues' }, keepers: { prefix: 'secret.keepers' } },
  'plugins.grafana.app': { plugins: { prefix: 'plugins', scope: 'plugins:id:' } },
  'advisor.grafana.app': { checks: { prefix: 'advisor.checks' }, checktypes: { prefix: 'advisor.checktypes' } },
};
const ofDataSources: Readonly<Record<string, Guarded>> = { datasources: { prefix: 'datasources', scope: 'datasources:uid:' } };

const suffixes: Readonly<Record<string, readonly string[]>> = {
  get: ['read'], list: ['read'], watch: ['read'], create: ['create'], update: ['write'], patch: ['write'], delete: ['delete'], deletecollection: ['delete'],
  get_permissions: ['permissions:read'], set_permissions: ['permissions:write'],
  '*': ['read', 'create', 'write', 'delete', 'permissions:read', 'permissions:write'],
};

export const namesResource = (permission: string): boolean => /^[\w.-]*grafana\.app[/:]/.test(permission);

/** The permission itself and the actions that it stands for. */
export function grantsOfResource(permission: string): Grant[] {
  const [target = '', verb = ''] = permission.split(':');
  const [group = '', resource = '', name = ''] = target.split('/');
  const grants: Grant[] = [{ action: permission, scope: '*' }];
  if (group === 'query.grafana.app') return verb === 'create' || verb === '*' ? [...grants, { action: 'datasources:query', scope: '*' }] : grants;
  const kinds = group.endsWith('.datasource.grafana.app') ? ofDataSources : (guarded[group] ?? {});
  for (const [kind, { prefix, scope }] of Object.entries(kinds)) {
    if (resource !== '' && resource !== kind) continue;
    if (name !== '' && scope === undefined) continue;
    for (const suffix of suffixes[verb] ?? []) grants.push({ action: suffix.startsWith('permissions:') ? `${prefix}.${suffix}` : `${prefix}:${suffix}`, scope: name === '' ? '*' : `${scope}${name}` });
  }
  return grants;
}

/** Whether a token names what is asked for. */
export function namedBy(permissions: Permissions, { group, resource, name, verb }: { readonly group: string; readonly resource: string; readonly name: string; readonly verb: string }): boolean {
  const targets = [group, `${group}/${resource}`, ...(name === '' ? [] : [`${group}/${resource}/${name}`])];
  return targets.some((target) => permissions.has(`${target}:${verb}`) || permissions.has(`${target}:*`));
}
