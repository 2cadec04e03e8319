import { describe, expect, test } from 'vitest';
import { frameJson, frame, floatField, timeField, valueAt, type Field } from '@belvedere/dataframe';
import { writeArrowFrame } from '@belvedere/dataframe/arrow';
import { PluginPanic, type DataResponse, type PluginContext, type QueryDataRequest } from '@belvedere/plugin-sdk';
import { csvFields } from './csv.ts';
import { createTestDataPlugin } from './testdata.ts';

const pluginContext = { orgId: 1, pluginId: 'grafana-testdata-datasource', user: { login: 'eve', name: '', email: '', role: 'Viewer' }, dataSourceInstanceSettings: { uid: 'td' } } as unknown as PluginContext;
const td = createTestDataPlugin();
const minute = 60_000;

async function ask(json: Readonly<Record<string, unknown>>, more: { queryType?: string; to?: number; intervalMs?: number; maxDataPoints?: number } = {}): Promise<DataResponse | undefined> {
  const { queryType = '', to = 10 * minute, intervalMs = minute, maxDataPoints = 50 } = more;
  const request: QueryDataRequest = { pluginContext, headers: {}, signal: new AbortController().signal, queries: [{ refId: 'A', queryType, maxDataPoints, intervalMs, timeRange: { from: 0, to }, json }] };
  return (await td.queryData?.(request))?.responses.get('A');
}
const columns = (response: DataResponse | undefined, at = 0) => (response?.frames?.[at]?.fields ?? []).map(cells);
const cells = (field: Field) => Array.from({ length: field.values.length }, (_, i) => valueAt(field, i));

describe('CSV', () => {
  const read = (text: string) => csvFields(text, () => true).map((f) => [f.name, f.type, cells(f)]);
  test('columns have the narrowest type', () => {
    expect(read('i,f,s,b\n1,1.5,"a, ""b""",true\n,null,,F')).toEqual([['i', 'int64', [1n, null]], ['f', 'float64', [1.5, null]], ['s', 'string', ['a, "b"', null]], ['b', 'bool', [true, false]]]);
    expect(read('a,b,c\n0x10,1_000,+5\n')).toEqual([['a', 'string', ['0x10']], ['b', 'float64', [1000]], ['c', 'int64', [5n]]]);
    expect(read('a\n9223372036854775808')).toEqual([['a', 'float64', [2 ** 63]]]);
  });
  test('times by name', () => {
    const [time] = csvFields('time\n2024-01-01T00:00:00.000001500Z\nnever\n', () => true);
    expect([cells(time as Field), [...(time?.nanos ?? [])]]).toEqual([[1704067200000, null], [1500, 0]]);
  });
  test('labels in the header', () => expect(csvFields('"v{a=1, b=""two""}",w{}\n1,2', () => true).map((f) => [f.name, f.labels])).toEqual([['v', { a: '1', b: 'two' }], ['w{}', undefined]]));
  test.each(['a,b\n1', 'a\n1,2', 'a\n"1', 'a\nb"c'])('%j is refused', (text) => expect(() => read(text)).toThrow());
});

describe('scenarios', () => {
  test('a random walk starts where it is told', async () => {
    const response = await ask({ scenarioId: 'random_walk', seriesCount: 2, startValue: 7, spread: 0, labels: '{n="$seriesIndex"}' });
    expect(response?.frames?.map((f) => [f.fields[1]?.name, f.fields[1]?.labels])).toEqual([['A-series', { n: '0' }], ['A-series1', { n: '1' }]]);
    expect(columns(response)[1]).toEqual(new Array(10).fill(7));
  });
  test('bounds hold', async () => {
    const [, values] = columns(await ask({ startValue: 50, spread: 1000, noise: 50, min: 40, max: 60 }, { intervalMs: 100 }));
    expect(values?.every((v) => (v as number) >= 40 && (v as number) <= 60)).toBe(true);
  });
  test('no answer grows without end', async () => {
    expect(columns(await ask({}, { intervalMs: 1 }))[0]?.length).toBe(10_000);
    expect((await ask({ seriesCount: 1e9 }, { to: 0 }))?.frames?.length).toBe(10_000);
    expect((await ask({ seriesCount: 1e9 }, { intervalMs: 1 }))?.frames?.length).toBe(100);
    expect((await ask({ scenarioId: 'predictable_csv_wave', csvWave: new Array(5000).fill({ timeStep: 1, valuesCSV: '1' }) }, { to: 1e9 }))?.frames?.length).toBe(100);
    expect(columns(await ask({ scenarioId: 'predictable_pulse', pulseWave: { timeStep: 1, onCount: 1, offCount: 1 } }, { to: 1e15 }))[0]?.length).toBe(10_000);
  });
  test('by scenarioId a failure leaves the refId out, by query type it fails the call', async () => {
    expect(await ask({ scenarioId: 'csv_content', csvContent: 'a\n1,2' })).toBeUndefined();
    expect(await ask({ scenarioId: 'unheard of' })).toBeUndefined();
    await expect(ask({ csvContent: 'a\n1,2' }, { queryType: 'csv_content' })).rejects.toThrow('wrong number of fields');
    await expect(ask({ scenarioId: 'server_error_500' })).rejects.toThrow(PluginPanic);
  });
  test('waves depend on absolute time', async () => {
    const pulse = await ask({ scenarioId: 'predictable_pulse', pulseWave: { timeStep: 60, onCount: 1, offCount: 2, onValue: 1, offValue: 0 } });
    expect(columns(pulse)[1]).toEqual([1, 0, 0, 1, 0, 0, 1, 0, 0, 1]);
    expect(columns(await ask({ scenarioId: 'predictable_csv_wave', csvWave: [{ timeStep: 120, valuesCSV: '1,null, 3 ,' }] }))[1]).toEqual([1, null, 3, 1, null]);
    expect((await ask({ scenarioId: 'predictable_csv_wave', csvWave: { timeStep: 60, valuesCSV: '1' } }))?.frames).toBeUndefined();
  });
  test('bundled files, and no others', async () => {
    expect(columns(await ask({ scenarioId: 'csv_file', csvFileName: 'browser_marketshare.csv' }))[0]?.length).toBeGreaterThan(5);
    expect(await ask({ scenarioId: 'csv_file', csvFileName: '../testdata.ts' })).toBeUndefined();
  });
  test('an Arrow file comes back as the frame that it is', async () => {
    const made = frame('n', [timeField('t', [1]), floatField('v', [2], { labels: { a: 'b' } })], { refId: 'Q' });
    const response = await ask({ scenarioId: 'arrow', stringInput: Buffer.from(writeArrowFrame(made)).toString('base64') });
    expect(response?.frames?.map((f) => frameJson(f))).toEqual([frameJson(made)]);
  });
  test('who asks', async () => expect(columns(await ask({ scenarioId: 'query_meta' }))).toEqual([['username'], ['eve']]));
  test('a slow query can be given up', async () => {
    const controller = new AbortController();
    const asked = td.queryData?.({ pluginContext, headers: {}, signal: controller.signal, queries: [{ refId: 'A', queryType: '', maxDataPoints: 1, intervalMs: 1000, timeRange: { from: 0, to: 1 }, json: { scenarioId: 'slow_query', stringInput: '5m' } }] });
    controller.abort();
    await expect(asked).rejects.toThrow();
  });
  test('simulations', async () => {
    expect((await ask({ scenarioId: 'simulation', sim: { key: { type: 'flight', tick: 10, uid: 'u' }, last: true, stream: true } }))?.frames?.[0]).toMatchObject({ meta: { channel: 'ds/td/sim/flight/10hz/u' } });
    expect(columns(await ask({ scenarioId: 'simulation', sim: { key: { type: 'tank', tick: 1 } } }))[1]?.length).toBe(50);
  });
});

describe('resources', () => {
  const call = async (path: string, method = 'GET', body = '') => {
    const answer = await td.callResource?.({ pluginContext, path: path.split('?')[0] as string, url: path, method, headers: {}, body: Buffer.from(body), signal: new AbortController().signal });
    const chunks: Uint8Array[] = [];
    if (answer) { if (answer.body instanceof Uint8Array) chunks.push(answer.body); else for await (const chunk of answer.body) chunks.push(chunk); }
    return { status: answer?.status, text: Buffer.concat(chunks).toString() };
  };
  test('thirty scenarios, sorted', async () => {
    const list = JSON.parse((await call('scenarios')).text) as { id: string }[];
    expect(list.length).toBe(30);
    expect(list.map((s) => s.id)).toEqual(list.map((s) => s.id).sort());
  });
  test('a stream of lines', async () => expect((await call('stream?count=3&start=5&speed=0s')).text.trim().split('\n').map((line) => JSON.parse(line).line)).toEqual([5, 6, 7]));
  test('a simulation can be configured', async () => {
    const answer = JSON.parse((await call('sim/sine/10hz/test', 'POST', '{"amplitude":5,"__proto__":{"x":1},"noise":"loud"}')).text);
    expect([answer.key, answer.config.data.values[3]]).toEqual([{ type: 'sine', tick: 10, uid: 'test' }, [5]]);
    expect(await call('sim/nope/10hz')).toEqual({ status: 404, text: 'unknown simulation type\n' });
    expect((await call('sim/sine/10hz', 'POST', '{')).status).toBe(400);
  });
  test('anything else', async () => expect((await call('some/where')).text).toBe('Hello world from test datasource!'));
});

describe('streams', () => {
  const stream = (path: string, signal = new AbortController().signal) => ({ pluginContext, path, data: new Uint8Array(), headers: {}, signal });
  test('first the schema, then data', async () => {
    const first = await td.subscribeStream?.(stream('random-20Hz-stream'));
    expect(JSON.parse(Buffer.from(first?.initialData ?? []).toString()).schema.name).toBe('testdata');
    const controller = new AbortController();
    const sent: string[] = [];
    await td.runStream?.(stream('random-20Hz-stream', controller.signal), { send: (json) => { sent.push(Buffer.from(json).toString()); if (sent.length === 2) controller.abort(); } });
    expect(sent.map((json) => JSON.parse(json).data.values.length)).toEqual([4, 4]);
  });
  test('nobody publishes', async () => expect(await td.publishStream?.(stream('random-20Hz-stream'))).toEqual({ status: 'PERMISSION_DENIED' }));
  test('a simulation that does not exist', async () => expect(await td.subscribeStream?.(stream('sim/nope/1hz'))).toEqual({ status: 'NOT_FOUND' }));
});
