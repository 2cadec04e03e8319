import { expect, test } from 'vitest';
import { frame, floatField } from '@belvedere/dataframe';
import type { DataQuery, DataSourceInstanceSettings } from '@belvedere/plugin-sdk';
import type { ExpressionService } from '../../../expr/expr.ts';
import { silentLogger } from '../../../infra/log/log.ts';
import { pluginErrors } from '../../../plugins/client/plugin-client.ts';
import type { DataSource } from '../records/data-source.ts';
import { resultsJson } from './query-json.ts';
import { createQueryService } from './query-service.ts';

const noExpressions: ExpressionService = { enabled: false, build: () => { throw new Error('no expressions here'); }, run: () => { throw new Error('no expressions here'); } };
const call = { orgId: 1, signal: new AbortController().signal };
const settings = (uid: string): DataSourceInstanceSettings => ({
  id: uid.length, uid, type: `type-of-${uid}`, name: uid, url: '', user: '', database: '', basicAuthEnabled: false, basicAuthUser: '', jsonData: {}, decryptedSecureJsonData: {}, updated: 0, apiVersion: '',
});

/** Every source but `nowhere` exists; `broken` fails as a whole. Answers each query with one frame. */
function service() {
  const asked: { uid: string; queries: readonly DataQuery[] }[] = [];
  const queries = createQueryService({
    expressions: noExpressions, log: silentLogger, concurrentSources: 0, clock: { now: () => 1_700_000_000_000, sleep: async () => {} },
    dataSources: { resolve: async (_, ref) => ('uid' in ref && ref.uid !== 'nowhere' ? { record: {} as DataSource, settings: settings(ref.uid) } : undefined) },
    plugins: {
      async queryData({ dataSource }, _origin, questions) {
        asked.push({ uid: dataSource!.uid, queries: questions });
        if (dataSource!.uid === 'broken') throw pluginErrors.unavailable();
        return { responses: new Map(questions.map(({ refId }) => [refId, { status: 200, frames: [frame('', [floatField('v', [1])])] }])) };
      },
    },
  });
  return { queries, asked };
}
const ask = (queries: unknown[], more: object = {}) => ({ from: '1000', to: '2000', queries, ...more });

test('queries of one source are one call, with defaults filled in', async () => {
  const { queries, asked } = service();
  const results = await queries.run(ask([{ refId: 'B', datasource: { uid: 'x' }, intervalMs: 1.5, maxDataPoints: 0, extra: true }, { datasource: 'x' }]), call);
  expect([...results.keys()]).toEqual(['B', 'A']);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.queries[0]).toMatchObject({ refId: 'B', queryType: '', intervalMs: 1000, maxDataPoints: 0, timeRange: { from: 1000, to: 2000 }, json: { extra: true } });
});

test('of several sources one may fail', async () => {
  const { queries } = service();
  const results = await queries.run(ask([{ refId: 'A', datasource: { uid: 'x' } }, { refId: 'B', datasource: { uid: 'broken' } }]), call);
  expect(results.get('B')).toEqual({ error: '[plugin.unavailable] plugin unavailable', errorSource: '', status: 500 });
  expect(results.get('A')?.frames).toHaveLength(1);
});

test.each([
  [[], 400, 'query.noQueries'], [['text'], 400, 'query.invalidDatasourceId'], [[null], 400, 'query.invalidDatasourceId'], [[{ datasource: { uid: '' } }], 400, 'query.invalidDatasourceId'],
  [[{ datasource: 'x' }, { datasource: 'x' }], 400, 'query.duplicateRefId'], [[{ datasource: 'x' }, { refId: 'B', datasource: 'nowhere' }], 404, ''], [[{ datasource: 'broken' }], 500, 'plugin.unavailable'],
])('%j is refused with %s', async (models, status, messageId) => {
  await expect(service().queries.run(ask(models), call)).rejects.toMatchObject({ status, messageId });
});

test('a query has a range of its own only when the client says so', async () => {
  const { queries, asked } = service();
  const query = { datasource: 'x', timeRange: { from: '5', to: '6' } };
  await queries.run(ask([query]), call);
  await queries.run(ask([query]), { ...call, queryRanges: true });
  expect(asked.map(({ queries: [q] }) => [q!.timeRange, 'timeRange' in q!.json])).toEqual([[{ from: 1000, to: 2000 }, true], [{ from: 5, to: 6 }, false]]);
  await expect(queries.run(ask([{ datasource: 'x', timeRange: { from: 5 } }]), { ...call, queryRanges: true })).rejects.toMatchObject({ status: 400, message: 'Query data error' });
});

test('results are written in order of their names', () => {
  const results = new Map([['b"', { status: 200, frames: [] }], ['A', { error: '<x>', errorSource: 'plugin' as const, status: 500 }]]);
  expect(resultsJson(results)).toBe('{"results":{"A":{"error":"\\u003cx\\u003e","errorSource":"plugin","status":500},"b\\"":{"status":200,"frames":[]}}}');
});
