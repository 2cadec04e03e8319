import { expect, test } from 'vitest';
import { createRoutes, type RequestContext } from '../../../web/route.ts';
import { annotationRoutes, type AnnotationRoutesDeps } from './annotation-api.ts';

test('mass deletion takes a dashboard and a panel, or neither, or one annotation', async () => {
  const done: unknown[] = [];
  const routes = createRoutes();
  annotationRoutes(routes, {
    index: { ready: async () => {} }, persons: {}, subPath: '',
    annotations: { delete: async (_who: unknown, id: number) => done.push(id), deleteOfPanel: async (_who: unknown, uid: string, panel: number) => done.push([uid, panel]) },
  } as unknown as AnnotationRoutesDeps);
  const route = routes.all.find(({ path }) => path === '/api/annotations/mass-delete')!;
  const ask = (body: object) => route.handler({ identity: { orgId: 1 }, body: { dashboardUID: '', dashboardId: 0, panelId: 0, annotationId: 0, ...body } } as unknown as RequestContext);
  for (const body of [{ dashboardUID: 'd', panelId: 2 }, {}, { annotationId: 7 }]) await ask(body);
  expect(done).toEqual([['d', 2], ['', 0], 7]);
  await expect(ask({ dashboardUID: 'd' })).rejects.toMatchObject({ status: 400 });
  await expect(ask({ panelId: 2 })).rejects.toMatchObject({ status: 400 });
});
