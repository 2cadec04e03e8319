/** `annotation.grafana.app` (apiserver-and-storage §6.10): a second face of `/api/annotations`. Behind `kubernetesAnnotations`. */
import { specOf, type ApiObject } from '../../apiserver/api-object.ts';
import { defineKind, verbsWithoutWatch, type Caller, type GroupRoute, type Kind } from '../../apiserver/kind.ts';
import { afterUpdate } from '../../apiserver/managed-fields.ts';
import { objectNotFound } from '../../apiserver/status.ts';
import { rfc3339 } from '../../storage/resource-changes.ts';
import type { Annotation, AnnotationQuery, AnnotationService } from '../../services/content/annotations/annotation.ts';
import { ApiError } from '../../web/errors.ts';
import { text } from '../../web/reply.ts';
import { Type, type Static } from '../../web/schema.ts';
import { AppStatus, statusOf } from '../app-status.ts';
import { listOf } from '../iam/iam-kinds.ts';

const group = 'annotation.grafana.app';
const version = 'v0alpha1';
const listMax = 1_000;
const tagsMax = 100;

const AnnotationSpec = Type.Object({
  text: Type.String(), time: Type.Integer({ format: 'int64' }), timeEnd: Type.Optional(Type.Integer({ format: 'int64' })), dashboardUID: Type.Optional(Type.String()),
  panelID: Type.Optional(Type.Integer({ format: 'int64' })), tags: Type.Optional(Type.Array(Type.String())),
});
type AnnotationSpec = Static<typeof AnnotationSpec>;

export interface AnnotationKindDeps {
  readonly annotations: Pick<AnnotationService, 'list' | 'find' | 'create' | 'change' | 'delete' | 'tags'>;
  readonly now?: () => number;
}

const everything: AnnotationQuery = {
  from: 0, to: 0, limit: listMax, dashboardUid: '', panelId: 0, alertId: -1, alertUid: '', userId: 0, type: 'annotation', tags: [], matchAny: false,
};

export function annotationKind({ annotations, now = Date.now }: AnnotationKindDeps): Kind {
  async function find({ identity }: Caller, name: string): Promise<Annotation> {
    const id = /^a-(\d{1,15})$/.exec(name)?.[1];
    if (id === undefined) throw objectNotFound(kind, name);
    try {
      return await annotations.find(identity, Number(id));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) throw objectNotFound(kind, name);
      throw error;
    }
  }

  const kind: Kind = defineKind({
    group, kind: 'Annotation', plural: 'annotations', singular: 'annotation', verbs: verbsWithoutWatch, hasStatus: true, requiresTypeMeta: true, managesFields: false,
    versions: [{ name: version, spec: AnnotationSpec, status: AppStatus }],
    subresources: [statusOf('Annotation')],
    selectableFields: {
      'spec.time': (object) => String(specOf<AnnotationSpec>(object).time), 'spec.timeEnd': (object) => String(specOf<AnnotationSpec>(object).timeEnd ?? ''),
      'spec.dashboardUID': (object) => specOf<AnnotationSpec>(object).dashboardUID ?? '', 'spec.panelID': (object) => String(specOf<AnnotationSpec>(object).panelID ?? ''),
    },
    // Who may is decided on each annotation.
    authorize: () => 'allow',
    backend: {
      get: async ({ caller, name }) => asObject(await find(caller, name), caller.namespace),
      async list(request) {
        const found = await annotations.list(request.caller.identity, everything);
        return listOf(kind, request, found.map((annotation) => asObject(annotation, request.caller.namespace)), undefined);
      },
      async create({ caller, object, dryRun, fieldManager }) {
        const spec = specOf<AnnotationSpec>(object);
        const { text: said, time, timeEnd = 0, dashboardUID = '', panelID = 0, tags = [] } = spec;
        const made: ApiObject = { ...object, status: {} };
        if (dryRun) return made;
        const id = await annotations.create(caller.identity, { dashboardUid: dashboardUID, panelId: panelID, time, timeEnd, text: said, tags, data: '' });
        const sent = { metadata: object.metadata.generateName ? { generateName: object.metadata.generateName } : {}, spec };
        const managedFields = afterUpdate([], sent, { metadata: {}, spec: {} }, { manager: fieldManager || caller.agent, apiVersion: `${group}/${version}`, time: rfc3339(now()), structs: new Set(['metadata', 'spec']) });
        return { ...made, metadata: { ...object.metadata, name: `a-${id}`, managedFields } };
      },
      async update({ caller, name, change, dryRun }) {
        const found = await find(caller, name);
        const next = await change(asObject(found, caller.namespace));
        const { text: said, time, timeEnd, tags } = specOf<AnnotationSpec>(next);
        if (dryRun) return { object: next, created: false };
        await annotations.change(caller.identity, found.id, { text: said, time, timeEnd, tags });
        return { object: asObject(await find(caller, name), caller.namespace), created: false };
      },
      async delete({ caller, name, dryRun }) {
        const found = await find(caller, name);
        if (!dryRun) await annotations.delete(caller.identity, found.id);
        return { object: asObject(found, caller.namespace), answer: 'object' };
      },
    },
  });
  return kind;
}

const asObject = ({ id, text: said, time, timeEnd, dashboardUid, panelId, tags }: Annotation, namespace: string): ApiObject => ({
  kind: 'Annotation', apiVersion: `${group}/${version}`, metadata: { name: `a-${id}`, namespace },
  spec: {
    text: said, time, timeEnd: timeEnd || time, ...(dashboardUid ? { dashboardUID: dashboardUid } : {}), ...(panelId ? { panelID: panelId } : {}), ...(tags.length > 0 ? { tags } : {}),
  },
  status: {},
});

export function annotationRoutes({ annotations }: AnnotationKindDeps): readonly GroupRoute[] {
  return [{
    group, version, path: 'tags', methods: ['GET'],
    authorize: (_attributes, identity) => (identity.permissions.has('annotations:read') ? 'allow' : { deny: '' }),
    async handle({ caller, search }) {
      const limit = Number(search.get('limit') ?? tagsMax);
      const tags = await annotations.tags(caller.orgId, { like: search.get('tag') ?? '', limit: limit > 0 && limit <= listMax ? Math.trunc(limit) : tagsMax });
      return text(`${JSON.stringify({ tags: tags.map(({ tag, count }) => ({ tag, count })) })}\n`);
    },
  }];
}
