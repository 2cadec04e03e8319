/** Routes of shared dashboards (dashboards-and-content §5): for those who share, and for everybody. */
import { Type, type Static } from '../../../web/schema.ts';
import type { Clock } from '../../../infra/clock.ts';
import type { StoredResource } from '../../../storage/resource-store.ts';
import type { ContentIndex } from '../../../storage/search/content-index.ts';
import { parseTimeRange } from '../../../util/date-math.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { rfc3339Seconds, zeroTime } from '../../../util/rfc3339.ts';
import { slugify } from '../../../util/slug.ts';
import { anyone, permission, signedIn } from '../../../web/access.ts';
import { bindJsonRequest, BindError, queryInt } from '../../../web/bind.ts';
import { json, Reply } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import type { QueryResult, QueryService } from '../../datasources/query/query.ts';
import type { Annotation, AnnotationQuery, AnnotationService } from '../annotations/annotation.ts';
import { durationMs } from '../dashboards/dashboard-text.ts';
import type { DashboardService } from '../dashboards/dashboard.ts';
import { publicDashboardErrors as errors, type PublicDashboard, type PublicDashboardService } from './public-dashboard.ts';
import { isTime, panelOf, queriesOf, withoutQueryTexts, type Document } from './public-panel.ts';
import { textOf } from '../../../util/json-value.ts';

export interface PublicDashboardRoutesDeps {
  readonly publicDashboards: PublicDashboardService;
  readonly dashboards: Pick<DashboardService, 'find'>;
  readonly annotations: Pick<AnnotationService, 'listAll'>;
  readonly index: ContentIndex;
  readonly queries: Pick<QueryService, 'run'>;
  readonly queryReply: (results: ReadonlyMap<string, QueryResult>) => Reply;
  readonly asClassic: (stored: StoredResource) => Promise<string | undefined>;
  readonly clock: Pick<Clock, 'now'>;
}

const ShareBody = Type.Object({
  uid: Type.String(), accessToken: Type.String(), timeSelectionEnabled: Type.Optional(Type.Boolean()), isEnabled: Type.Optional(Type.Boolean()),
  annotationsEnabled: Type.Optional(Type.Boolean()), share: Type.String(),
});
const QueryBody = Type.Object({
  intervalMs: Type.Integer(), maxDataPoints: Type.Integer(), queryCachingTTL: Type.Integer(),
  timeRange: Type.Object({ from: Type.String(), to: Type.String(), timezone: Type.String() }),
});

/** A query never asks for more points than this. */
const pointsMax = 11_000;
const perPageDefault = 1_000;

export function publicDashboardRoutes(routes: Routes, deps: PublicDashboardRoutesDeps): void {
  const { publicDashboards, dashboards, annotations, index, queries, clock } = deps;
  const tag = 'dashboard_public';
  const everybody = anyone('whoever has the access token of a shared dashboard may see it');
  const own = '/api/dashboards/uid/:uid/public-dashboards';
  const sharing = permission('dashboards.public:write', 'dashboards:uid:{uid}');

  routes.get('/api/dashboards/public-dashboards', { access: signedIn, name: 'listPublicDashboards', tag }, async ({ identity, search }) => {
    const perPage = queryInt(search.get('perpage')) > 0 ? queryInt(search.get('perpage')) : perPageDefault;
    const page = Math.max(1, queryInt(search.get('page')));
    const all = await publicDashboards.list(identity);
    return {
      publicDashboards: all.slice((page - 1) * perPage, page * perPage).map(({ uid, accessToken, title, dashboardUid, isEnabled }) => ({
        uid, accessToken, title, dashboardUid, isEnabled, slug: slugify(title),
      })),
      totalCount: all.length, page, perPage,
    };
  });

  routes.get(own, { access: permission('dashboards:read', 'dashboards:uid:{uid}'), name: 'getPublicDashboard', tag }, async ({ identity, params }) =>
    body(await publicDashboards.ofDashboard(identity.orgId, params['uid'] ?? '')));

  routes.post(own, { access: sharing, name: 'createPublicDashboard', tag, rawBody: true }, async (ctx) =>
    body(await publicDashboards.create(ctx.identity, ctx.params['uid'] ?? '', bound(ShareBody, ctx))));

  routes.patch(`${own}/:pdUid`, { access: sharing, name: 'updatePublicDashboard', tag, rawBody: true }, async (ctx) =>
    body(await publicDashboards.update(ctx.identity, ctx.params['uid'] ?? '', ctx.params['pdUid'] ?? '', bound(ShareBody, ctx))));

  routes.delete(`${own}/:pdUid`, { access: sharing, name: 'deletePublicDashboard', tag }, async ({ identity, params }) => {
    await publicDashboards.delete(identity.orgId, params['uid'] ?? '', params['pdUid'] ?? '');
    // Compat: 200 with nothing in it.
    return new Reply(200, '', {});
  });

  routes.get('/api/public/dashboards/:accessToken', { access: everybody, name: 'viewPublicDashboard', tag }, async ({ params }) => {
    const shared = await publicDashboards.byToken(params['accessToken'] ?? '');
    const { stored, document } = await sharedDashboard(shared);
    const timepicker = typeof document['timepicker'] === 'object' ? document['timepicker'] : {};
    return json({
      meta: {
        type: 'db', canSave: false, canEdit: false, canAdmin: false, canStar: false, canDelete: false, slug: slugify(stored.title), url: '', expires: zeroTime,
        created: rfc3339Seconds(stored.created), updated: rfc3339Seconds(stored.updated), updatedBy: '', createdBy: '', version: stored.generation, hasAcl: false,
        isFolder: false, folderId: 0, folderUid: stored.folder, folderTitle: '', folderUrl: '',
        provisioned: false, provisionedExternalId: '', annotationsPermissions: null, publicDashboardEnabled: shared.isEnabled,
      },
      dashboard: {
        ...withoutQueryTexts(document), timepicker: { ...timepicker, hidden: !shared.timeSelectionEnabled }, uid: stored.name, version: stored.generation,
      },
    });
  });

  routes.post('/api/public/dashboards/:accessToken/panels/:panelId/query', { access: everybody, name: 'queryPublicDashboard', tag, rawBody: true, slo: 'low' }, async (ctx) => {
    const { params, signal } = ctx;
    if (!/^-?\d+$/.test(params['panelId'] ?? '')) throw errors.invalidPanelId();
    const request = bound(QueryBody, ctx);
    const shared = await publicDashboards.byToken(params['accessToken'] ?? '');
    if (request.intervalMs < 0) throw errors.invalidInterval();
    if (request.maxDataPoints < 0) throw errors.maxDataPoints();
    const { document } = await sharedDashboard(shared);
    const panel = panelOf(document, Number(params['panelId']));
    const range = timeRange(shared, document, panel, request.timeRange);
    const intervalMs = Math.max(request.intervalMs, Math.ceil((range.to - range.from) / pointsMax));
    const results = await queries.run({
      from: String(range.from), to: String(range.to),
      queries: queriesOf(panel).map((query) => ({ ...query, intervalMs, maxDataPoints: request.maxDataPoints })),
    }, { orgId: shared.orgId, signal });
    return deps.queryReply(new Map([...results].map(([refId, result]) => [refId, withoutExecutedQueries(result)])));
  });

  routes.get('/api/public/dashboards/:accessToken/annotations', { access: everybody, name: 'getPublicAnnotations', tag }, async ({ params, search }) => {
    const shared = await publicDashboards.byToken(params['accessToken'] ?? '');
    if (!shared.annotationsEnabled) return [];
    const { stored, document } = await sharedDashboard(shared);
    const chosen = { from: search.get('from') ?? '', to: search.get('to') ?? '' };
    const range = timeRange(shared, document, {}, chosen);
    return (await annotationsOf(shared, stored, document, range)).map(({ annotation, source }) => annotationBody(annotation, source, shared.orgId));
  });

  async function sharedDashboard({ orgId, dashboardUid }: PublicDashboard): Promise<{ stored: StoredResource; document: Document }> {
    await index.ready();
    const stored = await dashboards.find(orgId, dashboardUid);
    if (!stored) throw errors.dashboardNotFound();
    const text = /^v2/.test(stored.apiVersion) ? ((await deps.asClassic(stored)) ?? stored.spec) : stored.spec;
    return { stored, document: JSON.parse(text) as Document };
  }

  function timeRange(shared: PublicDashboard, document: Document, panel: Document, chosen: { from: string; to: string }): { from: number; to: number } {
    const now = clock.now();
    const own = document['time'] as { from?: unknown; to?: unknown } | undefined;
    let wanted = { from: textOf(own?.from) || 'now-6h', to: textOf(own?.to) || 'now' };
    if (shared.timeSelectionEnabled && (chosen.from !== '' || chosen.to !== '')) {
      if (!isTime(chosen.from) || !isTime(chosen.to)) throw errors.invalidTimeRange();
      wanted = chosen;
    }
    const ofPanel = durationMs(textOf(panel['timeFrom']));
    if (ofPanel !== undefined) return { from: now - ofPanel, to: now };
    return parseTimeRange(wanted.from, wanted.to, now);
  }

  async function annotationsOf(shared: PublicDashboard, stored: StoredResource, document: Document, { from, to }: { from: number; to: number }) {
    const found = new Map<number, { annotation: Annotation; source: Document }>();
    const sources = ((document['annotations'] as { list?: unknown } | undefined)?.list ?? []) as unknown;
    for (const source of Array.isArray(sources) ? (sources as Document[]) : []) {
      const query = queryOf(source, stored.name);
      if (!query) continue;
      for (const annotation of await annotations.listAll(shared.orgId, { ...query, from, to })) {
        // Of an annotation that two queries find, the first one's colour shows.
        if (!found.has(annotation.id)) found.set(annotation.id, { annotation, source });
      }
    }
    return [...found.values()];
  }

  function annotationBody(annotation: Annotation, source: Document, orgId: number): object {
    // A tag query speaks of the whole organization: where its finds come from is not told.
    const ofDashboard = (source['target'] as Document | undefined)?.['type'] === 'dashboard' || source['type'] === 'dashboard';
    return {
      id: annotation.id, dashboardId: ofDashboard ? (index.dashboard(namespaceOf(orgId), annotation.dashboardUid)?.legacyId ?? 0) : 0,
      dashboardUID: ofDashboard ? annotation.dashboardUid : '', panelId: ofDashboard ? annotation.panelId : 0, tags: annotation.tags,
      isRegion: annotation.timeEnd > 0 && annotation.time !== annotation.timeEnd, text: annotation.text, color: textOf(source['iconColor']),
      time: annotation.time, timeEnd: annotation.timeEnd, source,
    };
  }
}

/** Only enabled queries on the built-in source are answered to strangers. */
function queryOf(source: unknown, dashboardUid: string): AnnotationQuery | undefined {
  if (typeof source !== 'object' || source === null) return undefined;
  const { enable, datasource, target, type } = source as Record<string, unknown>;
  const uid = typeof datasource === 'object' && datasource !== null ? (datasource as Document)['uid'] : datasource;
  if (enable !== true || (uid !== '-- Grafana --' && uid !== 'grafana')) return undefined;
  const wanted = (typeof target === 'object' && target !== null ? target : {}) as Document;
  const ofDashboard = (textOf(wanted['type']) || textOf(type)) === 'dashboard';
  const tags = Array.isArray(wanted['tags']) ? wanted['tags'].filter((tag) => typeof tag === 'string') : [];
  if (!ofDashboard && tags.length === 0) return undefined;
  return {
    from: 0, to: 0, limit: typeof wanted['limit'] === 'number' && wanted['limit'] > 0 ? Math.min(wanted['limit'], 10_000) : 100, dashboardUid: ofDashboard ? dashboardUid : '', panelId: 0,
    alertId: 0, alertUid: '', userId: 0, type: '', tags: ofDashboard ? [] : tags, matchAny: wanted['matchAny'] === true,
  };
}


function withoutExecutedQueries(result: QueryResult): QueryResult {
  if (!result.frames) return result;
  return {
    ...result,
    frames: result.frames.map((frame) => (frame.meta?.executedQueryString === undefined ? frame : { ...frame, meta: { ...frame.meta, executedQueryString: undefined } })) as typeof result.frames,
  };
}

function bound<S extends typeof ShareBody | typeof QueryBody>(schema: S, request: Pick<RequestContext, 'headers' | 'rawBody'>): Static<S> {
  try {
    return bindJsonRequest(schema, request);
  } catch (error) {
    if (error instanceof BindError) throw errors.badRequest({ cause: error });
    throw error;
  }
}

const body = (shared: PublicDashboard) => ({
  uid: shared.uid, dashboardUid: shared.dashboardUid, accessToken: shared.accessToken, createdBy: shared.createdBy, updatedBy: shared.updatedBy,
  createdAt: rfc3339Seconds(shared.createdAt), updatedAt: rfc3339Seconds(shared.updatedAt), timeSelectionEnabled: shared.timeSelectionEnabled, isEnabled: shared.isEnabled,
  annotationsEnabled: shared.annotationsEnabled, share: shared.share,
});
