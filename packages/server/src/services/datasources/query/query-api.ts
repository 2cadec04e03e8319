
import { Type } from '../../../web/schema.ts';
import { permission } from '../../../web/access.ts';
import type { Routes } from '../../../web/route.ts';
import type { QueryService } from './query.ts';
import { queryReply } from './query-json.ts';

const QueryBody = Type.Object({ from: Type.String(), to: Type.String(), queries: Type.Array(Type.Unknown()), debug: Type.Boolean() });

export function queryRoutes(routes: Routes, { queries }: { readonly queries: QueryService }): void {
  routes.post('/api/ds/query', { access: permission('datasources:query'), name: 'queryMetricsWithExpressions', tag: 'ds', body: QueryBody, slo: 'low' },
    async ({ identity, body, headers, signal }) =>
      queryReply(await queries.run(body, {
        orgId: identity.orgId, identity, headers, signal, fresh: headers['x-grafana-nocache'] === 'true', queryRanges: headers['x-query-v2'] === 'true',
      })));
}
