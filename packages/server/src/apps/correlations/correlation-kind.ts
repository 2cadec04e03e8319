/** `correlations.grafana.app` (apiserver-and-storage §6.10): a second face of the classic correlations. Behind `kubernetesCorrelations`. */
import { specOf, type ApiObject } from '../../apiserver/api-object.ts';
import { defineKind, verbsWithoutWatch, type Caller, type Kind } from '../../apiserver/kind.ts';
import { badRequest, objectNotFound } from '../../apiserver/status.ts';
import { nameColumn } from '../../apiserver/table.ts';
import type { Correlation, CorrelationService } from '../../services/datasources/correlations/correlation.ts';
import { Type, type Static } from '../../web/schema.ts';
import { listOf } from '../iam/iam-kinds.ts';

const group = 'correlations.grafana.app';
const version = 'v0alpha1';
const all = { limit: 100_000, page: 1 };

const Ref = Type.Object({ group: Type.String(), name: Type.String() });
const CorrelationSpec = Type.Object({
  type: Type.String(), source: Ref, target: Type.Optional(Ref), description: Type.Optional(Type.String()), label: Type.String(),
  config: Type.Object({
    field: Type.String(), target: Type.Record(Type.String(), Type.Unknown()),
    transformations: Type.Optional(Type.Array(Type.Object({ type: Type.String(), expression: Type.String(), field: Type.String(), mapValue: Type.String() }))),
  }),
});
type CorrelationSpec = Static<typeof CorrelationSpec>;

export interface CorrelationKindDeps {
  readonly correlations: Pick<CorrelationService, 'list' | 'create' | 'delete'>;
  /** Plugin id of a data source. */
  readonly typeOf: (orgId: number, uid: string) => Promise<string>;
}

export function correlationKind({ correlations, typeOf }: CorrelationKindDeps): Kind {
  async function find({ orgId }: Caller, name: string): Promise<Correlation> {
    const found = (await correlations.list(orgId, { sourceUids: [], ...all })).correlations.find(({ uid }) => uid === name);
    if (!found) throw objectNotFound(kind, name);
    return found;
  }

  async function asObject(caller: Caller, { uid, sourceUID, targetUID, type, label, description, config }: Correlation): Promise<ApiObject> {
    const ref = async (name: string) => ({ group: await typeOf(caller.orgId, name), name });
    const target = config.target && Object.keys(config.target).length > 0 ? config.target : null;
    return {
      kind: 'Correlation', apiVersion: `${group}/${version}`, metadata: { name: uid, namespace: caller.namespace },
      spec: {
        type, source: await ref(sourceUID), ...(targetUID ? { target: await ref(targetUID) } : {}), ...(description ? { description } : {}), label,
        config: { field: config.field, target, ...(config.transformations?.length ? { transformations: config.transformations } : {}) },
      },
    };
  }

  const kind: Kind = defineKind({
    group, kind: 'Correlation', plural: 'correlations', singular: 'correlation', verbs: verbsWithoutWatch, versions: [{ name: version, spec: CorrelationSpec }], managesFields: false,
    requiresTypeMeta: true,
    columns: [nameColumn, ...(['source', 'target'] as const).map((end) => ({
      name: end === 'source' ? 'Source' : 'Target', type: 'string' as const, cell: (object: ApiObject) => specOf<Partial<CorrelationSpec>>(object)[end]?.name ?? '',
    })), { name: 'Description', type: 'string', cell: (object) => specOf<Partial<CorrelationSpec>>(object).description ?? '' }],
    authorize: ({ verb }, { permissions }) => {
      const action = verb === 'get' || verb === 'list' ? 'datasources:read' : 'datasources:write';
      return permissions.has(action) ? 'allow' : { deny: 'unauthorized request' };
    },
    backend: {
      get: async ({ caller, name }) => asObject(caller, await find(caller, name)),
      async list(request) {
        const { caller } = request;
        const found = (await correlations.list(caller.orgId, { sourceUids: [], ...all })).correlations;
        return listOf(kind, request, await Promise.all(found.map((each) => asObject(caller, each))), undefined);
      },
      async create({ caller, object, dryRun }) {
        const { type, source, target, description = '', label, config } = specOf<CorrelationSpec>(object);
        if (type !== 'query' && type !== 'external') throw badRequest(`invalid correlation type: ${type}`);
        if (!caller.identity.permissions.has('datasources:write', `datasources:uid:${source.name}`)) throw badRequest('the data source is not yours to write to');
        if (dryRun) return object;
        const { transformations, ...rest } = config;
        const made = await correlations.create(caller.orgId, {
          sourceUID: source.name, targetUID: target?.name ?? null, label, description, provisioned: false, type,
          config: { ...rest, ...(transformations?.length ? { transformations } : {}) },
        });
        return asObject(caller, made);
      },
      async delete({ caller, name, dryRun }) {
        const found = await find(caller, name);
        if (!dryRun) await correlations.delete(caller.orgId, found.sourceUID, name);
        return { object: await asObject(caller, found), answer: 'object' };
      },
    },
  });
  return kind;
}
