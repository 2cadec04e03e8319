import { Type, type Static } from '../../../web/schema.ts';
import { permission } from '../../../web/access.ts';
import { badRequest } from '../../../web/errors.ts';
import { json, note } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import { correlationErrors, type CorrelationService, type Transformation } from './correlation.ts';

const TransformationBody = Type.Object({ type: Type.String(), expression: Type.String(), field: Type.String(), mapValue: Type.String() });
const AnyObject = Type.Record(Type.String(), Type.Unknown());
const CreateBody = Type.Object({
  targetUID: Type.Optional(Type.String({ maxLength: 40 })),
  label: Type.String(),
  description: Type.String(),
  config: Type.Object({ field: Type.String(), target: AnyObject, transformations: Type.Array(TransformationBody) }),
  provisioned: Type.Boolean(),
  type: Type.String(),
});
const UpdateBody = Type.Object({
  label: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  type: Type.Optional(Type.String({ maxLength: 40 })),
  config: Type.Optional(Type.Object({ field: Type.Optional(Type.String()), target: Type.Optional(AnyObject), transformations: Type.Optional(Type.Array(TransformationBody)) })),
});
const ListQuery = Type.Object({ limit: Type.Integer(), page: Type.Integer(), sourceUID: Type.Array(Type.String()) });

const limitDefault = 100;
const limitMax = 1000;
/** Nobody turns so many pages; beyond it some databases refuse the number. */
const pageMax = 1_000_000_000;

export interface CorrelationApiDeps {
  readonly correlations: CorrelationService;
  readonly checkQuota?: (ctx: Pick<RequestContext, 'identity'>) => Promise<void>;
}

/** queries-and-frames §5 */
export function correlationRoutes(routes: Routes, { correlations, checkQuota }: CorrelationApiDeps): void {
  const read = permission('datasources:read');
  const write = permission('datasources:write', 'datasources:uid:{uid}');
  const tag = 'correlations';
  const ofSource = '/api/datasources/uid/:uid/correlations';

  routes.get('/api/datasources/correlations', { access: read, name: 'getCorrelations', tag, query: ListQuery }, async ({ identity, query }) => {
    const limit = query.limit <= 0 ? limitDefault : Math.min(query.limit, limitMax);
    const page = Math.min(Math.max(1, query.page), pageMax);
    const { correlations: found, totalCount } = await correlations.list(identity.orgId, { sourceUids: query.sourceUID, limit, page });
    return { correlations: found, totalCount, page, limit };
  });
  routes.get(ofSource, { access: read, name: 'getCorrelationsBySourceUID', tag }, async ({ identity, params }) => json(await correlations.ofSource(identity.orgId, params['uid']!)));
  routes.get(`${ofSource}/:correlationUID`, { access: read, name: 'getCorrelation', tag }, ({ identity, params }) =>
    correlations.get(identity.orgId, params['uid']!, params['correlationUID']!));

  routes.post(ofSource, { access: write, name: 'createCorrelation', tag, body: CreateBody }, async (ctx) => {
    const { identity, params, body } = ctx;
    checkCreation(body);
    await checkQuota?.(ctx);
    const { transformations, ...config } = body.config;
    const result = await correlations.create(identity.orgId, {
      sourceUID: params['uid']!, targetUID: body.targetUID ?? null, label: body.label, description: body.description, provisioned: body.provisioned, type: body.type,
      config: { ...config, ...(transformations.length > 0 && { transformations: transformations.map(written) }) },
    });
    return json({ result, message: 'Correlation created' });
  });
  routes.patch(`${ofSource}/:correlationUID`, { access: write, name: 'updateCorrelation', tag, body: UpdateBody }, async ({ identity, params, body }) => {
    const { label, description, type, config } = body;
    if (label === undefined && description === undefined && type === undefined && config?.field === undefined && config?.target === undefined) throw correlationErrors.nothingToChange();
    const result = await correlations.update(identity.orgId, params['uid']!, params['correlationUID']!, {
      label, description, type, config: config && { ...config, transformations: config.transformations?.map(written) },
    });
    return json({ result, message: 'Correlation updated' });
  });
  routes.delete(`${ofSource}/:correlationUID`, { access: write, name: 'deleteCorrelation', tag }, async ({ identity, params }) => {
    await correlations.delete(identity.orgId, params['uid']!, params['correlationUID']!);
    return note('Correlation deleted');
  });
}

function checkCreation({ type, targetUID, config }: Static<typeof CreateBody>): void {
  if (type !== 'query' && type !== 'external') throw badRequest();
  if (type === 'query' && targetUID === undefined) throw badRequest();
  for (const { type: sort, expression } of config.transformations) {
    if (sort !== 'regex' && sort !== 'logfmt') throw badRequest();
    if (sort === 'regex' && expression === '') throw badRequest();
  }
}

/** Empty members are left out. */
const written = ({ type, expression, field, mapValue }: Static<typeof TransformationBody>): Transformation => ({
  type, ...(expression !== '' && { expression }), ...(field !== '' && { field }), ...(mapValue !== '' && { mapValue }),
});
