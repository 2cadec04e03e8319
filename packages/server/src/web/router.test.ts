import { expect, test } from 'vitest';
import { createRouter } from './router.ts';

function aRouter(...paths: string[]) {
  const router = createRouter<string>();
  for (const path of paths) router.add('GET', path, path);
  return (path: string, method = 'GET') => {
    const found = router.find(method, path);
    return found === 'malformed' || found === undefined ? found : [found.value, { ...found.params }];
  };
}

test.each([
  ['/api/org', ['/api/org', {}]],
  ['/api/org/', ['/api/org', {}]],
  ['/api/ORG', undefined],
  ['/api/folders/a', ['/api/folders/:uid', { uid: 'a' }]],
  ['/api/folders/id', ['/api/folders/id', {}]],
  ['/api/folders/id/counts', ['/api/folders/:uid/counts', { uid: 'id' }]],
  ['/api/folders/a%2Fb%20c/counts', ['/api/folders/:uid/counts', { uid: 'a/b c' }]],
  ['/api/folders//counts', undefined],
  ['/public/build/a.js', ['/public/*', { '*': 'build/a.js' }]],
  ['/public/', undefined],
  ['/api/ds/7/resources/x/y', ['/api/ds/:id/resources/*', { id: '7', '*': 'x/y' }]],
  ['/%61pi/org', ['/api/org', {}]],
  ['/api/%', 'malformed'],
  ['/', ['/', {}]],
  ['//', undefined],
  ['/api/folders/__proto__', ['/api/folders/:uid', { uid: '__proto__' }]],
])('%s', (path, wanted) => {
  expect(aRouter('/', '/api/org', '/api/folders/:uid', '/api/folders/id', '/api/folders/:uid/counts', '/public/*', '/api/ds/:id/resources/*')(path)).toEqual(wanted);
});

test('methods are apart; a path is declared once; an exact one does not take a slash', () => {
  const router = createRouter<number>();
  router.add('GET', '/a/:x', 1);
  router.add('POST', '/a/:y', 2);
  router.add('GET', '/health', 3, { exact: true });
  expect([router.find('POST', '/a/1'), router.find('PUT', '/a/1')]).toEqual([{ value: 2, params: { y: '1' } }, undefined]);
  expect([router.find('GET', '/health'), router.find('GET', '/health/')]).toEqual([{ value: 3, params: {} }, undefined]);
  expect(() => router.add('GET', '/a/:z', 4)).toThrow('GET /a/:z is declared twice');
  expect(() => router.add('GET', '/a/*/b', 4)).toThrow('* is the last segment');
});

test('a dead end is left again for a parameter or a wildcard', () => {
  const find = aRouter('/a/b/c', '/a/:x/d', '/a/*');
  expect([find('/a/b/d'), find('/a/b/e')]).toEqual([['/a/:x/d', { x: 'b' }], ['/a/*', { '*': 'b/e' }]]);
});
