/** `/api/dashboards` (dashboards-and-content §3). */
import { dashboardUrl, folderUrl } from '../urls.ts';
import { Type } from '../../../web/schema.ts';
import type { StoredResource } from '../../../storage/resource-store.ts';
import { managerOf } from '../../../storage/search/content-entry.ts';
import type { ContentIndex } from '../../../storage/search/content-index.ts';
import { outlineOf, withMembers } from '../../../util/json-text.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { rfc3339Seconds, zeroTime } from '../../../util/rfc3339.ts';
import { slugify } from '../../../util/slug.ts';
import { anyOf, may, permission, rbac, signedIn } from '../../../web/access.ts';
import { queryInt } from '../../../web/bind.ts';
import { badRequest } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import { json, jsonText, note } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import type { ContentAccess } from '../access.ts';
import { anonymousAuthor, type Authors } from '../authors.ts';
import { isProvisioned } from './dashboard-service.ts';
import { dashboardErrors, type DashboardService, type DashboardVersion } from './dashboard.ts';

export interface DashboardRoutesDeps {
  readonly dashboards: DashboardService;
  readonly index: ContentIndex;
  readonly access: ContentAccess;
  readonly authors: Authors;
  readonly subPath: string;
  /** `[users] viewers_can_edit`. */
  readonly viewersCanEdit: boolean;
  readonly isStarred: (identity: Identity, uid: string) => boolean | Promise<boolean>;
  readonly isPublic: (orgId: number, uid: string) => boolean | Promise<boolean>;
  /** Directory of a provider of file-provisioned dashboards: `provisionedExternalId` is relative to it. */
  readonly providerPath: (orgId: number, name: string) => string | undefined;
  /** The dashboard at an older API version's terms; undefined when it cannot be converted. */
  readonly asClassic: (stored: StoredResource) => Promise<string | undefined>;
}

const SaveBody = Type.Object({
  dashboard: Type.Unknown(), overwrite: Type.Boolean(), message: Type.String(), folderUid: Type.String(), folderId: Type.Integer(), isFolder: Type.Boolean(),
});
const RestoreBody = Type.Object({ version: Type.Integer() });


/** Versions stored before this API family are served as they are. */
const classicVersions = new Set(['v0alpha1', 'v1beta1', 'v1', '']);

interface Unchanging {
  readonly slug: string;
  readonly url: string;
  readonly created: string;
  readonly updated: string;
}

export function dashboardRoutes(routes: Routes, deps: DashboardRoutesDeps): void {
  const { dashboards, index, access, authors, subPath } = deps;
  const unchangingParts = new WeakMap<StoredResource, Unchanging>();
  const onDashboard = (action: string) => permission(action, 'dashboards:uid:{uid}');

  routes.post('/api/dashboards/db', {
    access: rbac(anyOf(may('dashboards:create'), may('dashboards:write'))), name: 'postDashboard', tag: 'dashboards', body: SaveBody, bodyTooLarge: dashboardErrors.tooLarge,
  }, async ({ identity, body, rawBody }) => {
    if (body.dashboard === undefined || body.dashboard === null) throw badRequest();
    if (body.isFolder) throw dashboardErrors.isFolder();
    return saved(subPath, await dashboards.save(identity, { ...body, ...outlineOf(rawBody.toString('utf8'), 'dashboard') }));
  });

  routes.get('/api/dashboards/uid/:uid', { access: onDashboard('dashboards:read'), name: 'getDashboardByUID', tag: 'dashboards' }, async ({ identity, params }) => {
    const stored = await dashboards.find(identity.orgId, params['uid'] ?? '');
    if (!stored) throw dashboardErrors.notFound();
    await index.ready();
    const classic = classicVersions.has(stored.apiVersion) ? stored.spec : await deps.asClassic(stored);
    const spec = withMembers(classic ?? stored.spec, identityMembers(stored));
    return jsonText(`{"meta":${JSON.stringify(await metaOf(identity, stored, classic === undefined))},"dashboard":${spec}}`);
  });

  routes.delete('/api/dashboards/uid/:uid', { access: onDashboard('dashboards:delete'), name: 'deleteDashboardByUID', tag: 'dashboards' }, async ({ identity, params }) => {
    const { title, name } = await dashboards.delete(identity, params['uid'] ?? '');
    return note(`Dashboard ${title} deleted`, { title, uid: name });
  });

  routes.get('/api/dashboards/tags', { access: signedIn, name: 'getDashboardTags', tag: 'dashboards' }, async ({ identity }) => [...(await dashboards.tags(identity))]);

  routes.get('/api/dashboards/ids/:ids', { access: permission('dashboards:read'), name: 'getDashboardUIDs', tag: 'dashboards' }, async ({ identity, params }) => {
    const ids = (params['ids'] ?? '').split(',').map(queryInt).filter((id) => id > 0);
    return [...(await dashboards.uidsOf(identity, ids))];
  });

  routes.get('/api/dashboards/uid/:uid/versions', { access: onDashboard('dashboards:write'), name: 'getDashboardVersionsByUID', tag: 'dashboard_versions' }, async ({ identity, params, search }) => {
    const limit = queryInt(search.get('limit'));
    const { versions, continueToken } = await dashboards.versions(identity.orgId, params['uid'] ?? '', {
      limit: limit > 0 ? Math.min(limit, 5_000) : 1_000, continueToken: search.get('continueToken') ?? '',
    });
    const texts = await Promise.all(versions.map((version) => versionText(version, true)));
    return jsonText(`{"continueToken":${JSON.stringify(continueToken)},"versions":[${texts.join(',')}]}`);
  });

  routes.get('/api/dashboards/uid/:uid/versions/:version', { access: onDashboard('dashboards:write'), name: 'getDashboardVersionByUID', tag: 'dashboard_versions' }, async ({ identity, params }) => {
    if (!/^\d+$/.test(params['version'] ?? '')) throw dashboardErrors.badVersion();
    return jsonText(await versionText(await dashboards.version(identity.orgId, params['uid'] ?? '', Number(params['version'])), false));
  });

  routes.post('/api/dashboards/uid/:uid/restore', { access: onDashboard('dashboards:write'), name: 'restoreDashboardVersionByUID', tag: 'dashboard_versions', body: RestoreBody }, async ({ identity, params, body }) => {
    if (body.version === 0) throw badRequest();
    return saved(subPath, await dashboards.restore(identity, params['uid'] ?? '', body.version));
  });

  async function metaOf(identity: Identity, stored: StoredResource, unconverted: boolean): Promise<object> {
    const { orgId, permissions } = identity;
    const scopes = access.dashboardScopes(orgId, stored.name, stored.folder);
    const may = (action: string) => permissions.has(action, ...scopes);
    const canSave = may('dashboards:write');
    const changed = stored.annotations['grafana.app/updatedBy'] !== undefined;
    const { slug, url, created, updated } = unchanging(stored);
    const starred = await deps.isStarred(identity, stored.name);
    const isPublic = await deps.isPublic(orgId, stored.name);
    return {
      type: 'db', ...(starred ? { isStarred: true } : {}), ...(isPublic ? { publicDashboardEnabled: true } : {}),
      canSave, canEdit: canSave || deps.viewersCanEdit, canAdmin: may('dashboards.permissions:write'), canStar: identity.kind === 'user', canDelete: may('dashboards:delete'),
      slug, url, expires: zeroTime, created, updated,
      // Compat: both are Anonymous until the first change.
      updatedBy: changed ? await authors.nameOf(stored.updatedBy) : anonymousAuthor, createdBy: changed ? await authors.nameOf(stored.createdBy) : anonymousAuthor,
      version: stored.generation, hasAcl: false, isFolder: false, apiVersion: unconverted ? stored.apiVersion : 'v0alpha1',
      ...folderMeta(identity, stored), ...provisioningMeta(orgId, stored),
      annotationsPermissions: {
        dashboard: { canAdd: may('annotations:create'), canEdit: may('annotations:write'), canDelete: may('annotations:delete') },
        organization: {
          canAdd: permissions.has('annotations:create', organizationAnnotations), canEdit: permissions.has('annotations:write', organizationAnnotations),
          canDelete: permissions.has('annotations:delete', organizationAnnotations),
        },
      },
    };
  }

  /** What is worked out once of a dashboard that the store keeps. */
  function unchanging(stored: StoredResource): Unchanging {
    let known = unchangingParts.get(stored);
    if (!known) {
      const slug = slugify(stored.title);
      known = { slug, url: dashboardUrl(subPath, stored.name, slug), created: rfc3339Seconds(stored.created), updated: rfc3339Seconds(stored.updated) };
      unchangingParts.set(stored, known);
    }
    return known;
  }

  function folderMeta(identity: Identity, { folder }: StoredResource): object {
    if (folder === '') return { folderId: 0, folderUid: '', folderTitle: 'General', folderUrl: '' };
    const found = index.folder(namespaceOf(identity.orgId), folder);
    if (!found) throw dashboardErrors.folderGone();
    if (!access.mayOnFolder(identity, 'folders:read', folder)) return { folderId: found.legacyId, folderUid: folder, folderTitle: '', folderUrl: '' };
    return { folderId: found.legacyId, folderUid: folder, folderTitle: found.title, folderUrl: folderUrl(subPath, folder, found.title) };
  }

  function provisioningMeta(orgId: number, stored: StoredResource): object {
    if (!isProvisioned(stored)) return { provisioned: false, provisionedExternalId: '' };
    const path = stored.annotations['grafana.app/sourcePath'] ?? '';
    const root = deps.providerPath(orgId, managerOf(stored.annotations)?.id ?? '');
    const relative = root !== undefined && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
    return { provisioned: stored.annotations['grafana.app/managerAllowsEdits'] !== 'true', provisionedExternalId: relative };
  }

  async function versionText({ stored, restoredFrom }: DashboardVersion, inList: boolean): Promise<string> {
    const version = stored.generation;
    const message = stored.annotations['grafana.app/message'] ?? '';
    const changed = stored.annotations['grafana.app/updatedBy'] !== undefined;
    const head = JSON.stringify({
      id: version, dashboardId: stored.legacyId, uid: stored.name, parentVersion: version - 1, restoredFrom, version, created: rfc3339Seconds(stored.updated),
      message: inList && version === 1 ? 'Initial save' : message,
      createdBy: inList || changed ? await authors.nameOf(stored.updatedBy) : anonymousAuthor,
    });
    const data = withMembers(stored.spec, `"uid":${JSON.stringify(stored.name)},"version":${version}`);
    return `${head.slice(0, -1)},"data":${data}}`;
  }
}

const organizationAnnotations = 'annotations:type:organization';

export const identityMembers = ({ legacyId, name, generation }: StoredResource) => `"id":${legacyId},"uid":${JSON.stringify(name)},"version":${generation}`;

export function saved(subPath: string, { legacyId, name, generation, title, folder }: StoredResource) {
  const slug = slugify(title);
  return json({ status: 'success', slug, version: generation, id: legacyId, uid: name, url: dashboardUrl(subPath, name, slug), folderUid: folder });
}
