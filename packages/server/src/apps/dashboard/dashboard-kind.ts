/** `dashboard.grafana.app` (dashboards-and-content §14, apiserver-and-storage §6.1): dashboards as API objects, in four versions. */
import { dashboardUrl } from '../../services/content/urls.ts';
import { specOf, type ApiObject } from '../../apiserver/api-object.ts';
import { defineKind, verbsWithoutWatch, type Kind, type KindBackend } from '../../apiserver/kind.ts';
import { badRequest, StatusError } from '../../apiserver/status.ts';
import { readActions } from '../../services/content/access.ts';
import { isProvisioned, keptDashboardStatus } from '../../services/content/dashboards/dashboard-service.ts';
import type { DashboardService } from '../../services/content/dashboards/dashboard.ts';
import type { ResourcePermissions } from '../../services/identity/accesscontrol/accesscontrol.ts';
import { dashboardType } from '../../storage/search/content-entry.ts';
import { orgIdOf } from '../../util/namespace.ts';
import { slugify } from '../../util/slug.ts';
import type { Identity } from '../../web/identity.ts';
import { dashboardVersion } from './dashboard-description.ts';
import { createConvertedTexts } from './converted-texts.ts';
import { admitDashboard, type AdmissionDeps } from './dashboard-admission.ts';
import { dashboardVersions } from './schema/convert.ts';

export interface DashboardKindDeps extends AdmissionDeps {
  readonly dashboards: Pick<DashboardService, 'forget'>;
  readonly permissions: Pick<ResourcePermissions, 'grantRootDefaults'>;
  readonly isPublic: (orgId: number, uid: string) => boolean | Promise<boolean>;
  readonly subPath: string;
  /** The kind's own verbs, for its subresource. */
  readonly backendOf: (kind: Kind) => KindBackend;
}

const denied = () => new StatusError(403, '', '');
const convertedCharactersMax = 8 * 1_048_576;
const organizationAnnotations = 'annotations:type:organization';

export function dashboardKind(deps: DashboardKindDeps): Kind {
  const { index, access, sources } = deps;
  const converted = createConvertedTexts({ charactersMax: convertedCharactersMax });

  return defineKind({
    group: dashboardType.group, kind: 'Dashboard', plural: dashboardType.resource, singular: 'dashboard',
    versions: dashboardVersions.map(dashboardVersion),
    verbs: verbsWithoutWatch, folders: true, legacyIds: true, hasStatus: true, ownNames: true, mergesStrategically: false, fieldSelectorError: 'metadata',
    columns: [
      { name: 'Name', type: 'string', format: 'name', description: '', cell: (object) => object.metadata.name },
      { name: 'Title', type: 'string', format: 'string', description: 'The dashboard name', cell: (object) => specOf<{ title?: string }>(object).title ?? '' },
      { name: 'Created At', type: 'date', description: '', cell: (object) => object.metadata.creationTimestamp },
    ],
    // The decision on each dashboard is made where it is known.
    authorize: ({ resource }) => (resource === dashboardType.resource ? 'allow' : undefined),
    hooks: {
      admit: (admission) => admitDashboard(admission, deps),
      async mayRead({ identity, orgId }, stored) {
        await index.ready();
        await sources.load(orgId);
        return access.mayOnDashboard(identity, 'dashboards:read', stored.name, stored.folder);
      },
      async listFilter({ identity, orgId }) {
        await index.ready();
        await sources.load(orgId);
        const readable = access.filter(identity, readActions);
        return ({ name, folder }) => readable({ kind: 'dashboard', name, folder });
      },
      async mayDelete({ identity }, stored, { gracePeriodSeconds }) {
        await index.ready();
        if (!access.mayOnDashboard(identity, 'dashboards:delete', stored.name, stored.folder)) throw denied();
        if (isProvisioned(stored) && gracePeriodSeconds !== 0) throw badRequest('provisioned dashboard cannot be deleted');
      },
      async created({ identity, orgId }, stored, sent) {
        // Compat: in a folder nothing is granted beyond what is inherited.
        const wanted = sent.metadata.annotations?.['grafana.app/grant-permissions'] === 'default';
        if (wanted && stored.folder === '') await deps.permissions.grantRootDefaults(orgId, stored.name, identity);
      },
      deleted: ({ orgId }, stored) => deps.dashboards.forget(orgId, stored.name),
      present(stored, version) {
        // What is asked for as it was written is served as it is stored: nothing is parsed.
        if (stored.apiVersion === version) return undefined;
        return converted.of(stored, version, sources.current(orgIdOf(stored.namespace) ?? 0));
      },
      // Compat: a write in another version leaves a note of it.
      keptStatus: keptDashboardStatus,
    },
    subresources: [{
      name: 'dto', kind: 'DashboardWithAccessInfo', verbs: ['get'],
      async handle({ caller, version, name, search, kind }) {
        const object = await deps.backendOf(kind).get!({ caller, version, name, search });
        if (search.get('includeAccess') === 'false') return object;
        return { ...object, kind: 'DashboardWithAccessInfo', more: { ...object.more, access: await accessInfo(caller.identity, caller.namespace, object) } };
      },
    }],
  });

  async function accessInfo(identity: Identity, namespace: string, object: ApiObject): Promise<object> {
    const name = object.metadata.name ?? '';
    const { permissions, orgId } = identity;
    const scopes = access.dashboardScopes(orgId, name, object.metadata.annotations?.['grafana.app/folder'] ?? '');
    const may = (action: string) => permissions.has(action, ...scopes);
    const canSave = may('dashboards:write');
    const slug = slugify(index.dashboard(namespace, name)?.title ?? '');
    return {
      slug, url: dashboardUrl(deps.subPath, name, slug), isPublic: await deps.isPublic(orgId, name),
      canSave, canEdit: canSave, canAdmin: canSave, canStar: identity.kind === 'user', canDelete: may('dashboards:delete'),
      annotationsPermissions: {
        dashboard: { canAdd: may('annotations:create'), canEdit: may('annotations:write'), canDelete: may('annotations:delete') },
        organization: {
          canAdd: permissions.has('annotations:create', organizationAnnotations), canEdit: permissions.has('annotations:write', organizationAnnotations),
          canDelete: permissions.has('annotations:delete', organizationAnnotations),
        },
      },
    };
  }
}

