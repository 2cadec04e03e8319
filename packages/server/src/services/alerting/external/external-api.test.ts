import { expect, test } from 'vitest';
import { json } from '../../../web/reply.ts';
import { createRoutes, type RequestContext } from '../../../web/route.ts';
import type { ProxyRequest } from '../../datasources/proxy/proxy.ts';
import { externalRoutes, type ExternalApiDeps } from './external-api.ts';

test('rules of a source are asked for unpacked, whatever the browser can unpack', async () => {
  const asked: ProxyRequest[] = [];
  const routes = createRoutes();
  externalRoutes(routes, {
    now: () => 0, dataSources: { resolve: async () => ({ record: { type: 'prometheus' } }) },
    proxy: {
      forward: async (_source: unknown, request: ProxyRequest) => {
        asked.push(request);
        return json({ status: 'success', data: { groups: [] } });
      },
    },
  } as unknown as ExternalApiDeps);
  const route = routes.all.find(({ method, path }) => method === 'GET' && path === '/api/prometheus/:DatasourceUID/api/v1/rules')!;
  await route.handler({
    identity: { orgId: 1, orgRole: 'Viewer' }, params: { DatasourceUID: 'prom' }, url: '/api/prometheus/prom/api/v1/rules?state=firing', headers: { 'accept-encoding': 'gzip, br', accept: 'application/json' },
    raw: { req: { socket: {} } }, signal: new AbortController().signal,
  } as unknown as RequestContext);
  expect(asked.map(({ path, query, headers }) => ({ path, query, headers }))).toEqual([{ path: 'api/v1/rules', query: 'state=firing', headers: { accept: 'application/json' } }]);
});
