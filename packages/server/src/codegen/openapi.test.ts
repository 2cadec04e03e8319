import { Type } from '../web/schema.ts';
import { expect, test } from 'vitest';
import { anyone, permission, signedIn } from '../web/access.ts';
import { createRoutes } from '../web/route.ts';
import { openApi } from './openapi.ts';

test('a declaration becomes path, parameters, body, replies and what access it needs', () => {
  const routes = createRoutes();
  routes.put('/api/folders/:uid', {
    access: permission('folders:write', 'folders:uid:{uid}'), name: 'updateFolder', tag: 'folders',
    query: Type.Object({ force: Type.Optional(Type.Boolean()) }), body: Type.Object({ title: Type.String() }), reply: { 200: Type.Object({ uid: Type.String() }) },
  }, () => ({}));
  routes.get('/public/*', { access: anyone('files of the frontend') }, () => ({}));
  const { paths } = openApi(routes.all);
  expect(Object.keys(paths)).toEqual(['/api/folders/{uid}', '/public/{rest}']);
  expect(paths['/api/folders/{uid}']!['put']).toMatchObject({
    operationId: 'updateFolder', tags: ['folders'], description: 'Permissions needed: folders:write.',
    parameters: [{ name: 'uid', in: 'path', required: true }, { name: 'force', in: 'query', schema: { type: 'boolean' } }],
    requestBody: { content: { 'application/json': { schema: { properties: { title: { type: 'string' } } } } } },
    responses: { 200: { content: { 'application/json': { schema: { properties: { uid: { type: 'string' } } } } } } },
  });
  expect(paths['/public/{rest}']!['get']!.description).toBe('Anyone: files of the frontend.');
});

test('operation ids are unique, derived where none is given', () => {
  const routes = createRoutes();
  routes.get('/api/a/:id', { access: signedIn }, () => ({}));
  routes.get('/api/a-id', { access: signedIn, name: 'getApiAId' }, () => ({}));
  const ids = Object.values(openApi(routes.all).paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
  expect(new Set(ids).size).toBe(2);
});
