/** `/api/snapshots` (dashboards-and-content §4). */
import { Type } from '../../../web/schema.ts';
import type { ContentSettings } from '../../../setting/content-settings.ts';
import { outlineOf } from '../../../util/json-text.ts';
import { rfc3339Seconds, zeroTime } from '../../../util/rfc3339.ts';
import { anyone, permission, signedIn, signedInNoAnonymous } from '../../../web/access.ts';
import { bindJsonRequest, BindError, queryInt } from '../../../web/bind.ts';
import { jsonText, note } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import { snapshotErrors, type NewSnapshot, type SnapshotService } from './snapshot.ts';

export interface SnapshotRoutesDeps {
  readonly snapshots: SnapshotService;
  readonly settings: ContentSettings['snapshots'];
  /** With its trailing slash. */
  readonly rootUrl: string;
}

const CreateBody = Type.Object({
  dashboard: Type.Unknown(), name: Type.String(), expires: Type.Integer(), external: Type.Boolean(), key: Type.String(), deleteKey: Type.String(),
});

const limitMax = 1_000;
const deleted = "Snapshot deleted. It might take an hour before it's cleared from any CDN caches.";

export function snapshotRoutes(routes: Routes, { snapshots, settings, rootUrl }: SnapshotRoutesDeps): void {
  const tag = 'snapshots';
  const whoMakes = settings.publicMode ? anyone('a public snapshot server takes snapshots from everybody') : signedInNoAnonymous;
  const whoHasSecret = settings.publicMode ? anyone('on a public snapshot server the secret is all there is') : signedIn;

  routes.get('/api/snapshot/shared-options', { access: signedIn, name: 'getSharingOptions', tag }, () => ({
    snapshotEnabled: settings.enabled, externalSnapshotURL: settings.externalUrl, externalSnapshotName: settings.externalName, externalEnabled: settings.externalEnabled,
  }));

  routes.post('/api/snapshots', { access: whoMakes, name: 'createDashboardSnapshot', tag, rawBody: true }, async (ctx) => {
    const { key, deleteKey, external, externalUrl } = await snapshots.create(ctx.identity, bound(ctx));
    return {
      key, deleteKey, url: external ? externalUrl : `${rootUrl}dashboard/snapshot/${key}`, deleteUrl: `${rootUrl}api/snapshots-delete/${deleteKey}`,
    };
  });

  routes.get('/api/snapshots/:key', { access: anyone('whoever has the key of a snapshot may see it'), name: 'getDashboardSnapshot', tag }, async ({ params }) => {
    const { dashboard, created, expires } = await snapshots.read(params['key'] ?? '');
    const meta = {
      isSnapshot: true, type: 'snapshot', canSave: false, canEdit: false, canAdmin: false, canStar: false, canDelete: false, slug: '', url: '',
      expires: rfc3339Seconds(expires), created: rfc3339Seconds(created), updated: zeroTime, updatedBy: '', createdBy: '', version: 0, hasAcl: false, isFolder: false,
      folderId: 0, folderUid: '', folderTitle: '', folderUrl: '', provisioned: false, provisionedExternalId: '', annotationsPermissions: null,
    };
    return jsonText(`{"meta":${JSON.stringify(meta)},"dashboard":${dashboard}}`);
  });

  routes.get('/api/snapshots-delete/:deleteKey', { access: whoHasSecret, name: 'deleteDashboardSnapshotByDeleteKey', tag }, async ({ params }) => {
    await snapshots.deleteBySecret(params['deleteKey'] ?? '');
    return note(deleted);
  });

  routes.delete('/api/snapshots/:key', { access: permission('snapshots:delete'), name: 'deleteDashboardSnapshot', tag }, async ({ identity, params }) => {
    const id = await snapshots.delete(identity, params['key'] ?? '');
    return note(deleted, { id });
  });

  routes.get('/api/dashboard/snapshots', { access: permission('snapshots:read'), name: 'searchDashboardSnapshots', tag }, async ({ identity, search }) => {
    const limit = queryInt(search.get('limit'));
    const found = await snapshots.list(identity, { like: search.get('query') ?? '', limit: limit > 0 ? Math.min(limit, limitMax) : limitMax });
    return found.map((snapshot) => ({
      name: snapshot.name, key: snapshot.key, external: snapshot.external, externalUrl: snapshot.externalUrl, expires: rfc3339Seconds(snapshot.expires),
      created: rfc3339Seconds(snapshot.created), updated: rfc3339Seconds(snapshot.updated),
    }));
  });
}

function bound(request: Pick<RequestContext, 'headers' | 'rawBody'>): NewSnapshot {
  try {
    const body = bindJsonRequest(CreateBody, request);
    const { dashboard } = body;
    if (typeof dashboard !== 'object' || dashboard === null || Array.isArray(dashboard)) throw snapshotErrors.badBody();
    return { ...body, dashboard: dashboard as Record<string, unknown>, outline: outlineOf(request.rawBody.toString('utf8'), 'dashboard') };
  } catch (error) {
    if (error instanceof BindError) throw snapshotErrors.badBody();
    throw error;
  }
}
