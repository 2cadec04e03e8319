import { describe, expect, test } from 'vitest';
import type { CallResourceRequest, PluginContext } from './backend-plugin.ts';
import { answerEach, errorResponse, errorSourceOfStatus } from './errors.ts';
import { createInstanceCache } from './instances.ts';
import { createResourceRouter, ResourceError, resourceText } from './resource-router.ts';

const context = (updated: number, uid = 'a', grafanaConfig = {}) => ({ orgId: 1, pluginId: 'p', grafanaConfig, dataSourceInstanceSettings: { uid, updated } }) as unknown as PluginContext;

describe('instances', () => {
  const counted = () => {
    let made = 0;
    const disposed: number[] = [];
    const cache = createInstanceCache({ create: async () => ++made, dispose: (instance) => { disposed.push(instance); } });
    return { cache, disposed };
  };
  test('one for each data source while its settings stay', async () => {
    const { cache } = counted();
    expect(await Promise.all([cache.get(context(1)), cache.get(context(1)), cache.get(context(1, 'b')), cache.get(context(1))])).toEqual([1, 1, 2, 1]);
  });
  test('a new one after a change of settings or configuration; the old one is disposed of', async () => {
    const { cache, disposed } = counted();
    expect([await cache.get(context(1)), await cache.get(context(2)), await cache.get(context(2, 'a', { k: 'v' }))]).toEqual([1, 2, 3]);
    await cache.close();
    expect(disposed.sort()).toEqual([1, 2, 3]);
  });
  test('a failure is not remembered', async () => {
    let fails = true;
    const cache = createInstanceCache({ create: () => { if (fails) throw new Error('no url'); return 'made'; } });
    await expect(cache.get(context(1))).rejects.toThrow('no url');
    fails = false;
    expect(await cache.get(context(1))).toBe('made');
  });
});

describe('errors', () => {
  test('whose fault it is', () => {
    expect([404, 500, 405, 413].map(errorSourceOfStatus)).toEqual(['downstream', 'downstream', 'plugin', 'plugin']);
    expect(errorResponse(new TypeError('fetch failed', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) }))).toEqual({ error: 'fetch failed', status: 502, errorSource: 'downstream' });
    expect(errorResponse(new Error('bad query'))).toEqual({ error: 'bad query', status: 500, errorSource: 'plugin' });
  });
  test('one query fails alone', async () => {
    const { responses } = await answerEach([{ refId: 'A' }, { refId: 'B' }], async ({ refId }) => { if (refId === 'A') throw new Error('no'); return { frames: [] }; });
    expect([responses.get('A')?.error, responses.get('B')]).toEqual(['no', { frames: [] }]);
  });
});

describe('the resource router', () => {
  const router = createResourceRouter({
    'GET /buckets/:name': ({ params, query }) => ({ name: params['name'], page: query.get('page') }),
    'POST buckets': ({ json }) => json(),
    'DELETE /buckets/:name': () => { throw new ResourceError(409, 'in use'); },
    '/files/*': ({ params }) => resourceText(params['*'] ?? ''),
  });
  const call = async (method: string, url: string, body = '') => {
    const answer = await router({ method, url, path: url.split('?')[0], body: Buffer.from(body) } as unknown as CallResourceRequest);
    return [answer.status, Buffer.from(answer.body as Uint8Array).toString()];
  };
  test('routes by method and path', async () => {
    expect(await call('GET', 'buckets/a%20b?page=2')).toEqual([200, '{"name":"a b","page":"2"}']);
    expect(await call('POST', 'buckets', '{"x":1}')).toEqual([200, '{"x":1}']);
    expect(await call('PUT', 'files/a/b')).toEqual([200, 'a/b']);
  });
  test('says what is wrong', async () => {
    expect(await call('GET', 'nothing')).toEqual([404, '{"message":"Not found"}']);
    expect(await call('PUT', 'buckets/a')).toEqual([405, '{"message":"Method not allowed"}']);
    expect(await call('DELETE', 'buckets/a')).toEqual([409, '{"message":"in use"}']);
    expect(await call('POST', 'buckets', '{')).toEqual([400, '{"message":"the body is not JSON"}']);
  });
});
