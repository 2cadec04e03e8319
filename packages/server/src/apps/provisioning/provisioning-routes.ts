/** Routes of `provisioning.grafana.app` that are no resources: what may be set up, what there is, and where GitHub calls. */
import type { GroupRoute } from '../../apiserver/kind.ts';
import type { ContentEntry } from '../../storage/search/content-entry.ts';
import type { ContentIndex } from '../../storage/search/content-index.ts';
import type { ResourceStore } from '../../storage/resource-store.ts';
import { roleIncludes } from '../../web/identity.ts';
import { json } from '../../web/reply.ts';
import { apiVersion, group, isGit, placeOf, repositoryFrom, version, type GitSyncSettings, type Repository, type ResourceCount } from './git-sync.ts';
import { repositoryType } from './repository-controller.ts';

export interface ProvisioningRoutesDeps {
  readonly store: Pick<ResourceStore, 'each'>;
  readonly index: ContentIndex;
  readonly settings: GitSyncSettings;
}

export function provisioningRoutes({ store, index, settings }: ProvisioningRoutesDeps): readonly GroupRoute[] {
  const needs = (role: 'Viewer' | 'Admin'): GroupRoute['authorize'] => (_, identity) =>
    (identity.isGrafanaAdmin || roleIncludes(identity.orgRole, role) ? 'allow' : { deny: `${role.toLowerCase()} role is required` });
  return [
    {
      group, version, path: 'settings', methods: ['GET'], authorize: needs('Viewer'), description: { operationId: 'getRepositorySettings', kind: 'RepositoryViewList' },
      async handle({ caller }) {
        const items: object[] = [];
        for await (const stored of store.each(repositoryType, caller.namespace)) items.push(view(repositoryFrom(stored)));
        return json({
          allowedTargets: settings.targets, allowImageRendering: settings.allowImageRendering, maxRepositories: settings.repositoriesMax, availableRepositoryTypes: settings.types, items,
        });
      },
    },
    {
      group, version, path: 'stats', methods: ['GET'], authorize: needs('Admin'), description: { operationId: 'getResourceStats', kind: 'ResourceStats' },
      async handle({ caller: { namespace } }) {
        await index.ready();
        const all = [...index.entries(namespace, 'dashboard'), ...index.entries(namespace, 'folder')];
        const managers = new Map<string, { kind: string; id: string; entries: ContentEntry[] }>();
        for (const entry of all) {
          if (!entry.manager) continue;
          const { kind, id } = entry.manager;
          const known = managers.get(`${kind}/${id}`) ?? { kind, id, entries: [] };
          known.entries.push(entry);
          managers.set(`${kind}/${id}`, known);
        }
        const [instance, unmanaged] = [counts(all), counts(all.filter(({ manager }) => !manager))];
        const managed = [...managers.values()].map(({ kind, id, entries }) => ({ kind, id, stats: counts(entries) }));
        return json({
          kind: 'ResourceStats', apiVersion, metadata: {}, ...(instance.length > 0 ? { instance } : {}), ...(managed.length > 0 ? { managed } : {}), ...(unmanaged.length > 0 ? { unmanaged } : {}),
        });
      },
    },
    {
      // The repository answers it; this lets in who is not signed in.
      group, version, path: 'repositories/:name/webhook', methods: ['GET', 'POST'], anyone: true,
      handle: async () => ({}),
    },
  ];
}

function view({ name, spec }: Repository): object {
  const { url, branch, path } = placeOf(spec);
  return {
    name, title: spec.title, type: spec.type, target: spec.sync.target,
    ...(isGit(spec.type) ? { ...(url ? { url } : {}), ...(branch ? { branch } : {}), ...(path ? { path } : {}) } : spec.local?.path ? { path: spec.local.path } : {}),
    workflows: spec.workflows,
  };
}

function counts(entries: readonly ContentEntry[]): ResourceCount[] {
  const dashboards = entries.filter(({ kind }) => kind === 'dashboard').length;
  const folders = entries.length - dashboards;
  return [
    ...(dashboards > 0 ? [{ group: 'dashboard.grafana.app', resource: 'dashboards', count: dashboards }] : []),
    ...(folders > 0 ? [{ group: 'folder.grafana.app', resource: 'folders', count: folders }] : []),
  ];
}
