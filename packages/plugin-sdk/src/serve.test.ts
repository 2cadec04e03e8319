import { existsSync, statSync } from 'node:fs';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { floatField, frame, frameJson, timeField } from '@belvedere/dataframe';
import { readArrowFrame } from '@belvedere/dataframe/arrow';
import type { BackendPlugin } from './backend-plugin.ts';
import { createPluginLog } from './plugin-log.ts';
import * as v2 from './protocol/protocol.ts';
import { servePlugin } from './serve.ts';

type Message = Record<string, unknown>;
const made = frame('n', [timeField('t', [1]), floatField('v', [2], { labels: { a: 'b' } })]);
const cleanups: (() => unknown)[] = [];
afterEach(async () => { for (const cleanup of cleanups.splice(0).reverse()) await cleanup(); });

async function host(plugin: BackendPlugin) {
  const lines: string[] = [];
  const exits: number[] = [];
  const log = createPluginLog(() => undefined);
  const served = await servePlugin(plugin, { env: { grafana_plugin_type: 'datasource', PLUGIN_PROTOCOL_VERSIONS: '2' }, announce: (line) => lines.push(line), exit: (code) => exits.push(code), log });
  cleanups.push(() => served.stop());
  const client = new Client(served.address, credentials.createInsecure());
  cleanups.push(() => client.close());
  const encode = (table: v2.MessageTable) => (m: Message) => v2.encodeMessage(table, m);
  const decode = (table: v2.MessageTable) => (b: Buffer) => v2.decodeMessage(table, b);
  return {
    served, lines, exits,
    call: (path: string, request: v2.MessageTable, response: v2.MessageTable, message: Message = {}) => new Promise<Message>((resolve, reject) => {
      client.makeUnaryRequest(path, encode(request), decode(response), message, (error, value) => (error ? reject(error) : resolve(value ?? {})));
    }),
    stream: (path: string, request: v2.MessageTable, response: v2.MessageTable, message: Message = {}) => client.makeServerStreamRequest(path, encode(request), decode(response), message),
  };
}

const query = (refId: string, json: object): Message => ({ refId, queryType: 'q', maxDataPoints: 10, intervalMS: 1000, timeRange: { fromEpochMS: 1_700_000_000_000, toEpochMS: 1_700_000_000_001 }, json: Buffer.from(JSON.stringify(json)) });
const pluginContext: Message = {
  orgId: 3, pluginId: 'p', grafanaConfig: { GF_APP_URL: 'http://x/' }, user: { login: 'eve', role: 'Viewer' },
  dataSourceInstanceSettings: { id: 7, uid: 'u', name: 'n', url: 'http://up', jsonData: Buffer.from('{"a":1}'), decryptedSecureJsonData: { password: 'p' }, lastUpdatedMS: 1_700_000_000_000 },
};

describe('a served plugin', () => {
  test('says hello once, on a socket of its owner only', async () => {
    const { served, lines } = await host({});
    expect(lines).toEqual([`1|2|unix|${served.address.slice('unix:'.length)}|grpc|\n`]);
    expect(statSync(served.address.slice('unix:'.length)).mode & 0o777).toBe(0o600);
    await served.stop();
    expect(existsSync(served.address.slice('unix:'.length))).toBe(false);
  });

  test('answers queries with Arrow, and each with a status', async () => {
    const seen: unknown[] = [];
    const { call } = await host({
      async queryData({ queries, pluginContext: { dataSourceInstanceSettings: ds, user, grafanaConfig }, headers }) {
        seen.push(queries, ds?.jsonData, ds?.decryptedSecureJsonData, ds?.updated, user?.login, grafanaConfig, headers);
        return { responses: new Map([['A', { frames: [made] }], ['B', { error: 'no', errorSource: 'downstream', status: 502 }]]) };
      },
    });
    const answer = await call(v2.methods.queryData, v2.QueryDataRequest, v2.QueryDataResponse, { pluginContext, headers: { FromAlert: 'true' }, queries: [query('A', { x: 1 }), query('B', {})] });
    const responses = answer['responses'] as Map<string, Message>;
    expect(responses.get('A')).toMatchObject({ status: 200, error: '' });
    expect(frameJson(readArrowFrame((responses.get('A') as { frames: Buffer[] }).frames[0] as Buffer))).toBe(frameJson(made, 'A'));
    expect(responses.get('B')).toMatchObject({ status: 502, error: 'no', errorSource: 'downstream', frames: [] });
    expect(seen.slice(1)).toEqual([{ a: 1 }, { password: 'p' }, 1_700_000_000_000, 'eve', { GF_APP_URL: 'http://x/' }, { FromAlert: 'true' }]);
    expect(seen[0]).toMatchObject([{ refId: 'A', queryType: 'q', maxDataPoints: 10, intervalMs: 1000, timeRange: { from: 1_700_000_000_000, to: 1_700_000_000_001 }, json: { x: 1 } }, { refId: 'B' }]);
  });

  test('a failed call says on whose side', async () => {
    const { call } = await host({ queryData: async () => { throw new Error('broken', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }); } });
    const error = await call(v2.methods.queryData, v2.QueryDataRequest, v2.QueryDataResponse, { queries: [] }).catch((e: ServiceError) => e);
    expect(error).toMatchObject({ code: 2, details: 'broken' });
    const details = v2.decodeMessage(v2.RpcStatus, (error as ServiceError).metadata.get('grpc-status-details-bin')[0] as Buffer);
    expect((v2.decodeMessage(v2.ErrorInfo, (details['details'] as Message[])[0]?.['value'] as Buffer)['metadata'] as Map<string, string>).get('errorSource')).toBe('downstream');
  });

  test('what it does not implement is unimplemented; health always is', async () => {
    const { call } = await host({});
    await expect(call(v2.methods.queryData, v2.QueryDataRequest, v2.QueryDataResponse)).rejects.toMatchObject({ code: 12 });
    expect(await call(v2.methods.checkHealth, v2.CheckHealthRequest, v2.CheckHealthResponse)).toMatchObject({ status: 1 });
    expect(await call(v2.methods.checkProbe, v2.ProbeRequest, v2.ProbeResponse, { service: 'plugin' })).toEqual({ status: 1 });
  });

  test('resources: status and headers first, then body after body', async () => {
    const { stream } = await host({
      callResource: async ({ path, headers }) => ({ status: 201, headers: { 'X-A': ['1', '2'] }, body: (async function* () { yield Buffer.from(path); yield Buffer.from(headers['Accept']?.[0] ?? ''); })() }),
    });
    const got: Message[] = [];
    for await (const message of stream(v2.methods.callResource, v2.CallResourceRequest, v2.CallResourceResponse, { path: 'a/b', method: 'GET', url: 'a/b?x', headers: { Accept: { values: ['*/*'] } } })) got.push(message as Message);
    expect(got.map((m) => [m['code'], String(m['body'])])).toEqual([[201, ''], [0, 'a/b'], [0, '*/*']]);
    expect((got[0] as { headers: Map<string, Message> }).headers.get('X-A')?.['values']).toEqual(['1', '2']);
  });

  test('a stream runs until the host lets go', async () => {
    const stopped = Promise.withResolvers<void>();
    const { stream } = await host({
      async runStream({ signal }, sender) {
        for (let i = 0; !signal.aborted; i++) { await sender.send(Buffer.from(`{"i":${i}}`)); await new Promise((next) => setImmediate(next)); }
        stopped.resolve();
      },
    });
    const call = stream(v2.methods.runStream, v2.StreamRequest, v2.StreamPacket, { path: 'p' });
    call.on('error', () => undefined);
    const first = await new Promise<Message>((resolve) => call.once('data', resolve));
    expect(String(first['data'])).toBe('{"i":0}');
    call.cancel();
    await stopped.promise;
  });

  test('Shutdown ends the process', async () => {
    let disposed = false;
    const { call, exits } = await host({ dispose: () => { disposed = true; } });
    await call(v2.methods.shutdown, v2.Empty, v2.Empty);
    await expect.poll(() => exits).toEqual([0]);
    expect(disposed).toBe(true);
  });
});

test('nobody runs a plugin by hand', async () => {
  const exits: number[] = [];
  await expect(servePlugin({}, { env: {}, exit: (code) => exits.push(code) })).rejects.toThrow('not started by a host');
  expect(exits).toEqual([1]);
});

test('log lines are JSON that the host understands', () => {
  const lines: string[] = [];
  createPluginLog((line) => lines.push(line)).warn('careful', { error: new Error('x'), n: 1n });
  expect(lines).toEqual(['{"error":"x","n":"1","@level":"warn","@message":"careful"}\n']);
});
