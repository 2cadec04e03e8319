import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { frameDataJson, type Frame } from '@belvedere/dataframe';
import type { BackendPlugin, DataSourceInstanceSettings, PluginContext } from '@belvedere/plugin-sdk';
import { silentLogger } from '../../infra/log/log.ts';
import { createHttpClients } from '../http-client/http-client.ts';
import { withMatchers } from './logql-selectors.ts';
import { lokiFrames } from './loki-frames.ts';
import { readQuery } from './loki-query.ts';
import { createLokiPlugin } from './loki.ts';

const read = (json: Record<string, unknown>, { from = 1_700_000_007_123, to = 1_700_003_607_456, scopes = false } = {}) =>
  readQuery({ refId: 'A', queryType: '', maxDataPoints: 1000, intervalMs: 15_000, timeRange: { from, to }, json: { expr: '{app="shop"}', ...json } }, { scopes });
const params = (json: Record<string, unknown>, options = {}) => Object.fromEntries(read(json, options).params);

test('a range is asked in nanoseconds, with a step that Loki can answer', () => {
  expect(read({}).path).toBe('query_range');
  expect(params({})).toEqual({ direction: 'backward', start: '1700000007123000000', end: '1700003607456000000', query: '{app="shop"}', step: '15000ms' });
  expect(params({ step: '30s', resolution: 5 })).toMatchObject({ step: '150000ms' });
  expect(params({ step: '2', resolution: 7 })).toMatchObject({ step: '2000ms' });
  expect(params({}, { from: 1_690_000_007_000, to: 1_700_003_607_000 })).toMatchObject({ step: '909419ms' });
});

test('an instant is the end of the range', () => {
  expect(read({ queryType: 'instant' }).path).toBe('query');
  expect(params({ queryType: 'instant', maxLines: 7, direction: 'forward' })).toEqual({ direction: 'forward', limit: '7', query: '{app="shop"}', time: '1700003607456000000' });
});

test('variables are replaced, those in braces too', () => {
  expect(read({ expr: 'a[$__interval] b[$__interval_ms] c[$__range] d[$__range_s] e[$__range_ms] f[$__auto] g[$__rate_interval] ${__auto} ${__range}' }).expr)
    .toBe('a[15s] b[15000] c[3600s] d[3600] e[3600333] f[15s] g[$__rate_interval] ${__auto} 3600s');
  expect(read({ expr: 'f[$__auto]', queryType: 'instant' }).expr).toBe('f[3600s]');
});

test('what the query is for goes along in headers', () => {
  expect(read({ supportingQueryType: 'logsVolume' }).headers['X-Query-Tags']).toBe('Source=logvolhist');
  expect(read({ supportingQueryType: 'mine\r\nX: y' }).headers['X-Query-Tags']).toBe('Source=mineX: y');
  expect(read({ limitsContext: { expr: '{a="b"}', from: 1_700_000_000_000, to: 1_700_003_600_000 } }).headers['X-Loki-Query-Limits-Context']).toBe('{"Expr":"{a=\\"b\\"}","From":"2023-11-14T22:13:20Z","To":"2023-11-14T23:13:20Z"}');
  expect(read({ limitsContext: { expr: '{a="b"}', from: 1e300, to: 1 } }).headers).toHaveProperty('X-Loki-Query-Limits-Context');
});

test('models that nobody understands are refused', () => {
  for (const json of [{ queryType: 'stream' }, { queryType: '' }, { direction: 'up' }, { expr: 1 }, { maxLines: '10' }, { step: 'often' }, { step: '$__interval' }]) expect(() => read(json), JSON.stringify(json)).toThrow();
});

test('matchers are put into every selector, and into no text', () => {
  const env = [{ name: 'env', op: '=' as const, value: 'a"b' }];
  expect(withMatchers('sum(rate({app="shop", env=~"x|y"} |= "{not=\\"this\\"}" [5m])) / rate({`a`="b"}[1m])'.replace('`a`', 'a'), env))
    .toBe('sum(rate({app="shop", env="a\\"b"} |= "{not=\\"this\\"}" [5m])) / rate({a="b", env="a\\"b"}[1m])');
  expect(withMatchers('', env)).toBe('{env="a\\"b"}');
  expect(() => withMatchers('{app=', env)).toThrow();
  expect(() => withMatchers('{app?"x"}', env)).toThrow('cannot be read');
  expect(read({ scopes: [{ key: 'env', operator: 'equals', value: 'prod' }] }, { scopes: true }).expr).toBe('{app="shop", env="prod"}');
  expect(read({ scopes: [{ key: 'env', operator: 'equals', value: 'prod' }] }).expr).toBe('{app="shop"}');
});

const range = { expr: 'x', instant: false, stepMs: 15_000, legendFormat: '' };
const answer = (resultType: string, result: unknown, more: object = {}) => Buffer.from(JSON.stringify({ status: 'success', data: { resultType, ...more, result } }));
const data = (frame: Frame | undefined) => JSON.parse(frameDataJson(frame!)).values;

test('log lines: labels by kind, times to the nanosecond, an id each', () => {
  const body = answer('streams', [
    { stream: { app: 'shop' }, values: [['1700000001000000005', 'a', { structuredMetadata: { trace: 't1', app: 'meta' }, parsed: { trace: 'p1' } }], ['1700000001000000005', 'b', {}], ['1700000001000000005', 'b', {}]] },
  ], { encodingFlags: ['categorize-labels'] });
  const [frame] = lokiFrames(body, range, { dataplane: false })!;
  expect(frame!.fields.map(({ name, config }) => [name, config])).toEqual([['labels', undefined], ['Time', undefined], ['Line', undefined], ['tsNs', undefined], ['labelTypes', { custom: { hidden: true } }], ['id', undefined]]);
  const [labels, times, lines, ns, types, ids] = data(frame);
  expect(labels).toEqual([{ app: 'meta', trace: 'p1' }, { app: 'shop' }, { app: 'shop' }]);
  expect([times, frame!.fields[1]!.nanos]).toEqual([[1_700_000_001_000, 1_700_000_001_000, 1_700_000_001_000], Int32Array.of(5, 5, 5)]);
  expect([lines, ns[0], types[0]]).toEqual([['a', 'b', 'b'], '1700000001000000005', { app: 'S', trace: 'P' }]);
  expect(ids[2]).toBe(`${ids[1]}_1`);
  expect(ids[1]).toMatch(/^1700000001000000005_[0-9a-f]{1,8}$/);
  expect(frame!.meta).toEqual({ custom: { frameType: 'LabeledTimeValues' }, executedQueryString: 'Expr: x' });
});

test('the hash of a line is that of other servers', () => {
  const [frame] = lokiFrames(answer('streams', [{ stream: { app: 'shop', level: 'info' }, values: [['1700000002000000000', 'second']] }]), range, { dataplane: false })!;
  expect(data(frame).at(-1)).toEqual(['1700000002000000000_58ba6d1']);
});

test('the shape of lokiLogsDataplane', () => {
  const [frame] = lokiFrames(answer('streams', [{ stream: {}, values: [['1', 'x']] }]), range, { dataplane: true })!;
  expect(frame!.fields.map(({ name }) => name)).toEqual(['labels', 'timestamp', 'body', 'id']);
  expect(frame!.meta).toMatchObject({ type: 'log-lines' });
});

test('metrics: names, steps and statistics', () => {
  const body = answer('matrix', [{ metric: { b: 'y', a: 'x' }, values: [[1_700_000_000, '1']] }, { metric: {}, values: [[1_700_000_000, '2']] }], { stats: { summary: { execTime: 0.5 } } });
  const frames = lokiFrames(body, range, { dataplane: false })!;
  expect(frames.map(({ fields }) => [fields[0]!.config, fields[1]!.config])).toEqual([[{ interval: 15_000 }, { displayNameFromDS: '{a="x", b="y"}' }], [{ interval: 15_000 }, { displayNameFromDS: '{}' }]]);
  expect(frames[0]!.meta).toMatchObject({ executedQueryString: 'Expr: x\nStep: 15s', stats: expect.arrayContaining([{ displayName: 'Summary: exec time', unit: 's', value: 0.5 }]) });
  expect(frames[1]!.meta).not.toHaveProperty('stats');
  const [legend] = lokiFrames(body, { ...range, instant: true, legendFormat: '{{a}}-{{nope}}' }, { dataplane: false })!;
  expect([legend!.fields[0]!.config, legend!.fields[1]!.config, legend!.meta?.executedQueryString]).toEqual([undefined, { displayNameFromDS: 'x-' }, 'Expr: x']);
  expect(lokiFrames(answer('matrix', []), range, { dataplane: false })).toBeUndefined();
});

test('answers that are none', () => {
  for (const body of ['', '<p>', '[]', '{"status":"error","errorType":"bad","error":"inside"}', '{"status":"success","data":{"resultType":"tables","result":[]}}', '{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["soon","x"]]}]}}', '{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["1",5]]}]}}', '{"status":"success","data":{"resultType":"string","result":[1,"x"]}}']) {
    expect(() => lokiFrames(Buffer.from(body), range, { dataplane: false }), body).toThrow();
  }
});

const undo: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A source whose upstream answers as told, and what that was asked. */
async function lokiOver(respond: (path: string) => { status?: number; body: string }, toggles: string[] = []) {
  const asked: { url: string; headers: IncomingMessage['headers']; method: string }[] = [];
  const server = createServer((req, res) => {
    asked.push({ url: req.url!, headers: req.headers, method: req.method! });
    const { status = 200, body } = respond(req.url!);
    res.writeHead(status, { 'content-type': 'text/plain' }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const clients = createHttpClients({});
  const plugin: BackendPlugin = createLokiPlugin({
    http: clients, dataProxy: { timeoutMs: 30_000, dialTimeoutMs: 10_000, idleConnectionTimeoutMs: 1000, connectionsPerHostMax: 0, userAgent: '', responseLimit: 0 } as never, toggles: new Set(toggles), userAgent: 'x',
    staticRoot: '', clock: { now: Date.now, sleep: async () => {} }, log: silentLogger,
  });
  undo.push(() => new Promise((done) => server.close(done)), () => clients.close(), () => plugin.dispose?.());
  const settings = { id: 1, uid: 'l', updated: 1, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`, user: '', jsonData: {}, decryptedSecureJsonData: {}, basicAuthEnabled: true, basicAuthUser: 'u' } as unknown as DataSourceInstanceSettings;
  const pluginContext = { dataSourceInstanceSettings: settings, grafanaConfig: {} } as unknown as PluginContext;
  const signal = new AbortController().signal;
  return {
    asked,
    query: async (...models: Record<string, unknown>[]) => (await plugin.queryData!({
      pluginContext, signal, headers: {},
      queries: models.map((json, i) => ({ refId: 'AB'[i]!, queryType: '', maxDataPoints: 100, intervalMs: 1000, timeRange: { from: 0, to: 1000 }, json: { expr: '{a="b"}', ...json } })),
    })).responses,
    health: () => plugin.checkHealth!({ pluginContext, headers: {}, signal }),
    call: (path: string, { method = 'GET', body = '', headers = {} }: { method?: string; body?: string; headers?: Record<string, string[]> } = {}) =>
      plugin.callResource!({ pluginContext, path: path.split('?')[0]!, url: path, method, headers, body: Buffer.from(body), signal }),
  };
}

test('queries reach the API below the address, signed in; failures keep their status and their words', async () => {
  const loki = await lokiOver((url) => (url.includes('bad') ? { status: 429, body: '{"message":"too many"}' } : { body: answer('vector', [{ metric: {}, value: [1, '2'] }]).toString() }));
  const responses = await loki.query({ queryType: 'instant' }, { expr: 'bad' });
  expect(responses.get('A')).toMatchObject({ status: 200, frames: [{}] });
  expect(responses.get('B')).toEqual({ error: 'too many', status: 429, errorSource: 'downstream' });
  expect(loki.asked[0]).toMatchObject({ url: expect.stringMatching(/^\/base\/loki\/api\/v1\/query\?direction=backward&query=%7B/), headers: { authorization: expect.stringMatching(/^Basic /), 'x-loki-response-encoding-flags': 'categorize-labels' } });
  await expect(loki.query({}, { queryType: 'stream' })).rejects.toThrow('invalid queryType: stream');
  expect(loki.asked).toHaveLength(2);
});

test('healthy is who can add', async () => {
  expect(await (await lokiOver(() => ({ body: answer('vector', [{ metric: {}, value: [4, '2'] }]).toString() }))).health()).toEqual({ status: 'OK', message: 'Data source successfully connected.' });
  for (const body of [answer('vector', [{ metric: {}, value: [4, '3'] }]).toString(), answer('streams', []).toString(), 'hello']) expect((await (await lokiOver(() => ({ body }))).health()).status).toBe('ERROR');
});

test('resources are read with GET and are JSON', async () => {
  const loki = await lokiOver((url) => (url.includes('wrong') ? { status: 400, body: 'parse error' } : url.includes('broken') ? { status: 503, body: 'secret detail' } : { body: '{"data":[]}' }));
  expect(await loki.call('labels?start=1', { method: 'POST', headers: { 'X-Grafana-Cache': ['max-age=3'] } })).toMatchObject({ status: 200, headers: { 'content-type': ['application/json'], 'x-grafana-cache': ['y'], 'cache-control': ['max-age=3'] } });
  expect(loki.asked[0]).toMatchObject({ method: 'GET', url: '/base/loki/api/v1/labels?start=1' });
  const refused = await loki.call('wrong');
  expect([refused.status, Buffer.from(refused.body as Uint8Array).toString()]).toEqual([400, '{"message":"parse error"}']);
  await expect(loki.call('broken')).rejects.toThrow();
  await expect(loki.call('../../config')).rejects.toThrow();
  await loki.call('suggestions', { method: 'POST', body: JSON.stringify({ labelName: 'a/b', query: '{app="shop"}', scopes: [{ key: 'env', operator: 'equals', value: 'prod' }], start: '1' }) });
  expect(loki.asked.at(-1)!.url).toBe('/base/loki/api/v1/label/a%2Fb/values?query=%7Bapp%3D%22shop%22%2C+env%3D%22prod%22%7D&start=1');
});
