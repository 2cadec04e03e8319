/** `/api/annotations` (dashboards-and-content §9). */
import { Type } from '../../../web/schema.ts';
import type { ContentIndex } from '../../../storage/search/content-index.ts';
import { isObject } from '../../../util/json-value.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { permission } from '../../../web/access.ts';
import { queryBool, queryInt } from '../../../web/bind.ts';
import { badRequest } from '../../../web/errors.ts';
import { jsonText, note } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import { avatarUrl, type Person, type Persons } from '../persons.ts';
import { annotationErrors, type AnnotationQuery, type AnnotationService, type AnnotationText } from './annotation.ts';

export interface AnnotationRoutesDeps {
  readonly annotations: AnnotationService;
  readonly index: ContentIndex;
  readonly persons: Persons;
  readonly subPath: string;
}

const CreateBody = Type.Object({
  dashboardUID: Type.String(), dashboardId: Type.Integer(), panelId: Type.Integer(), time: Type.Integer(), timeEnd: Type.Integer(), text: Type.String(),
  tags: Type.Array(Type.String()), data: Type.Unknown(),
});
const PutBody = Type.Object({ time: Type.Integer(), timeEnd: Type.Integer(), text: Type.String(), tags: Type.Array(Type.String()), data: Type.Unknown() });
const PatchBody = Type.Object({
  time: Type.Integer(), timeEnd: Type.Integer(), text: Type.String(), tags: Type.Optional(Type.Array(Type.String())), data: Type.Unknown(),
});
const GraphiteBody = Type.Object({ what: Type.String(), when: Type.Integer(), data: Type.String(), tags: Type.Unknown() });
const MassDeleteBody = Type.Object({ dashboardUID: Type.String(), dashboardId: Type.Integer(), panelId: Type.Integer(), annotationId: Type.Integer() });

const limitDefault = 100;

export function annotationRoutes(routes: Routes, { annotations, index, persons, subPath }: AnnotationRoutesDeps): void {
  const tag = 'annotations';

  routes.get('/api/annotations', { access: permission('annotations:read'), name: 'getAnnotations', tag }, async ({ identity, search }) => {
    await index.ready();
    return jsonText(`[${await answered(identity.orgId, await annotations.texts(identity, queryOf(identity.orgId, search)))}]`);
  });

  routes.post('/api/annotations', { access: permission('annotations:create'), name: 'postAnnotation', tag, body: CreateBody, exactNumbers: true }, async ({ identity, body }) => {
    await index.ready();
    const id = await annotations.create(identity, { ...body, dashboardUid: dashboardUid(identity.orgId, body), data: dataText(body.data) ?? '' });
    return note('Annotation added', { id });
  });

  routes.post('/api/annotations/graphite', {
    access: permission('annotations:create', 'annotations:type:organization'), name: 'postGraphiteAnnotation', tag, body: GraphiteBody,
  }, async ({ identity, body: { what, when, data, tags } }) => {
    const list = typeof tags === 'string' ? tags.split(' ') : Array.isArray(tags) && tags.every((t) => typeof t === 'string') ? (tags as string[]) : undefined;
    if (what === '' || list === undefined) throw annotationErrors.notSavedGraphite();
    const time = (when || Math.floor(Date.now() / 1000)) * 1000;
    const id = await annotations.create(identity, { dashboardUid: '', panelId: 0, time, timeEnd: time, text: data === '' ? what : `${what}\n${data}`, tags: list, data: '' });
    return note('Graphite annotation added', { id });
  });

  // Compat: a body that names neither dashboard nor panel is no mistake.
  routes.post('/api/annotations/mass-delete', { access: permission('annotations:delete'), name: 'massDeleteAnnotations', tag, body: MassDeleteBody }, async ({ identity, body }) => {
    await index.ready();
    const uid = dashboardUid(identity.orgId, body);
    if (body.annotationId !== 0) await annotations.delete(identity, body.annotationId);
    else if ((uid !== '') === (body.panelId !== 0)) await annotations.deleteOfPanel(identity, uid, body.panelId);
    else throw badRequest();
    return note('Annotations deleted');
  });

  routes.get('/api/annotations/tags', { access: permission('annotations:read'), name: 'getAnnotationTags', tag }, async ({ identity, search }) => {
    const limit = queryInt(search.get('limit'));
    return { result: { tags: [...(await annotations.tags(identity.orgId, { like: search.get('tag') ?? '', limit: limit > 0 ? limit : limitDefault }))] } };
  });

  routes.get('/api/annotations/:annotationId', { access: permission('annotations:read'), name: 'getAnnotationByID', tag }, async ({ identity, params }) => {
    return jsonText(await answered(identity.orgId, [await annotations.findText(identity, idOf(params))]));
  });

  routes.put('/api/annotations/:annotationId', { access: permission('annotations:write'), name: 'updateAnnotation', tag, body: PutBody, exactNumbers: true }, async ({ identity, params, body }) => {
    await annotations.change(identity, idOf(params), { ...body, data: dataText(body.data) });
    return note('Annotation updated');
  });

  routes.patch('/api/annotations/:annotationId', { access: permission('annotations:write'), name: 'patchAnnotation', tag, body: PatchBody, exactNumbers: true }, async ({ identity, params, body }) => {
    await annotations.change(identity, idOf(params), {
      text: body.text || undefined, tags: body.tags, time: Math.max(0, body.time), timeEnd: Math.max(0, body.timeEnd), data: dataText(body.data),
    });
    return note('Annotation patched');
  });

  routes.delete('/api/annotations/:annotationId', { access: permission('annotations:delete'), name: 'deleteAnnotationByID', tag }, async ({ identity, params }) => {
    await annotations.delete(identity, idOf(params));
    return note('Annotation deleted');
  });

  function dashboardUid(orgId: number, { dashboardUID, dashboardId }: { dashboardUID: string; dashboardId: number }): string {
    if (dashboardUID !== '' || dashboardId === 0) return dashboardUID;
    const [found] = index.byLegacyId(namespaceOf(orgId), 'dashboard', dashboardId);
    if (!found) throw annotationErrors.badDashboardId();
    return found.name;
  }

  function queryOf(orgId: number, search: URLSearchParams): AnnotationQuery {
    const type = search.get('type');
    const limit = queryInt(search.get('limit'));
    return {
      from: queryInt(search.get('from')), to: queryInt(search.get('to')), limit: limit > 0 ? limit : limitDefault,
      dashboardUid: dashboardUid(orgId, { dashboardUID: search.get('dashboardUID') ?? '', dashboardId: queryInt(search.get('dashboardId')) }),
      panelId: queryInt(search.get('panelId')), alertId: queryInt(search.get('alertId')), alertUid: search.get('alertUID') ?? '', userId: queryInt(search.get('userId')),
      type: type === 'alert' || type === 'annotation' ? type : '', tags: search.getAll('tags').filter((t) => t !== ''), matchAny: queryBool(search.get('matchAny')),
    };
  }

  /** With the numbers of dashboards, and those who wrote them, put between. */
  async function answered(orgId: number, found: readonly AnnotationText[]): Promise<string> {
    const people = await persons.byId([...new Set(found.map(({ userId }) => userId).filter((id) => id > 0))]);
    const authors = new Map([...people].map(([id, person]) => [id, authorMembers(person, subPath)]));
    const namespace = namespaceOf(orgId);
    let text = '';
    for (const { dashboardUid, userId, head, rest, data } of found) {
      const legacyId = dashboardUid === '' ? 0 : (index.dashboard(namespace, dashboardUid)?.legacyId ?? 0);
      text += `${text === '' ? '' : ','}${head}${legacyId === 0 ? '' : `,"dashboardId":${legacyId}`}${rest}${authors.get(userId) ?? ''},"data":${data}}`;
    }
    return text;
  }
}

function idOf(params: Readonly<Record<string, string>>): number {
  const text = params['annotationId'] ?? '';
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) throw annotationErrors.badId();
  return Number(text);
}

/** Undefined when no object was sent. */
const dataText = (data: unknown): string | undefined => (isObject(data) || Array.isArray(data) ? JSON.stringify(data) : undefined);

const authorMembers = ({ login, email }: Person, subPath: string): string =>
  `,${JSON.stringify({ login, ...(email === '' ? {} : { email }), avatarUrl: avatarUrl(email || login, subPath) }).slice(1, -1)}`;
