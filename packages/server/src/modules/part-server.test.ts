import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { decodeMessage, encodeMessage } from '@belvedere/plugin-sdk/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { storageFile } from '../apiserver/storage-server/storage-protocol.ts';
import { healthFile } from '../infra/grpc/health-service.ts';
import type { ProtoFile } from '../infra/grpc/grpc-service.ts';
import { silentLogger } from '../infra/log/log.ts';
import { loadSettings } from '../setting/settings.ts';
import { createPartServer, type PartServer } from './part-server.ts';
import type { PartTarget } from './targets.ts';

// The machine may be busy, and its disk slow.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let dir: string;
let server: PartServer | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'belvedere-part-'));
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  rmSync(dir, { recursive: true, force: true });
});

const settingsWith = (env: Record<string, string>) => loadSettings({
  homePath: resolve(import.meta.dirname, '../..'),
  env: { GF_PATHS_DATA: dir, GF_SERVER_HTTP_PORT: '0', GF_SERVER_HTTP_ADDR: '127.0.0.1', GF_GRPC_SERVER_ADDRESS: '127.0.0.1:0', ...env },
});

async function start(parts: readonly PartTarget[], env: Record<string, string> = {}) {
  server = createPartServer({ settings: settingsWith(env), log: silentLogger, parts: new Set(parts) });
  return server.start();
}

async function ask(address: string, file: ProtoFile, service: string, method: string, values: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Record<string, unknown> | number | undefined> {
  const client = new Client(address, credentials.createInsecure());
  const metadata = Metadata.fromHttp2Headers(headers);
  const { request, response } = file.services[service]![method]!;
  try {
    return await new Promise((done) => {
      client.makeUnaryRequest(`/${file.package}.${service}/${method}`, (m: Record<string, unknown>) => encodeMessage(file.messages[request]!, m), (b: Buffer) => decodeMessage(file.messages[response]!, b), values, metadata, (error, value) => done(error ? error.code : value));
    });
  } finally {
    client.close();
  }
}

test('a storage server answers over gRPC, and tells its metrics over HTTP and nothing else', async () => {
  const { address, grpcAddress } = await start(['storage-server']);
  expect(await ask(grpcAddress!, healthFile, 'Health', 'Check', { service: 'whatever' })).toEqual({ status: 1 });
  expect(await ask(grpcAddress!, storageFile, 'ResourceStore', 'Read', {})).toMatchObject({ error: { code: 401 } });
  const metrics = await fetch(`${address}/metrics`);
  expect([metrics.status, await metrics.text()]).toEqual([200, expect.stringContaining('grafana_build_info{')]);
  for (const path of ['/', '/api/health', '/metrics/x']) expect((await fetch(address + path)).status, path).toBe(404);
  expect((await fetch(`${address}/metrics`, { method: 'POST' })).status).toBe(404);
});

test('a search server searches, and stores nothing', async () => {
  const { grpcAddress } = await start(['search-server']);
  expect(await ask(grpcAddress!, storageFile, 'Diagnostics', 'IsHealthy', {})).toEqual({ status: 1 });
  expect(await ask(grpcAddress!, storageFile, 'ResourceIndex', 'GetStats', {})).toMatchObject({ error: { code: 401 } });
  expect(await ask(grpcAddress!, storageFile, 'ResourceStore', 'Read', {})).toBe(12);
});

test('a storage server keeps namespaces to their quotas', async () => {
  const overrides = join(dir, 'overrides.yaml');
  writeFileSync(overrides, 'overrides:\n  default:\n    quotas:\n      music.example/songs:\n        limit: 1\n');
  const { grpcAddress } = await start(['storage-server'], { GF_UNIFIED_STORAGE_OVERRIDES_PATH: overrides, GF_UNIFIED_STORAGE_ENFORCE_QUOTAS: 'true', GF_UNIFIED_STORAGE_QOS_ENABLED: 'true' });
  const headers = { 'grafana-login': 'ann', 'grafana-user-id': 'user:1' };
  const key = (name: string) => ({ group: 'music.example', resource: 'songs', namespace: 'default', name });
  const create = (name: string) => ask(grpcAddress!, storageFile, 'ResourceStore', 'Create', {
    key: key(name), value: Buffer.from(JSON.stringify({ apiVersion: 'music.example/v1', kind: 'Song', metadata: { name, namespace: 'default' }, spec: { title: name } })),
  }, headers);
  expect(await create('a')).toMatchObject({ error: undefined });
  expect(await create('b')).toMatchObject({ error: { code: 403, message: expect.stringContaining('Limit reached for resource songs: 1/1') } });
  expect(await ask(grpcAddress!, storageFile, 'Quotas', 'GetQuotaUsage', { key: { ...key(''), name: '' } }, headers)).toMatchObject({ usage: 1, limit: 1 });
});

test('content may lie in a file of its own; a storage server asks no other', async () => {
  const storagePath = join(dir, 'content');
  const { grpcAddress } = await start(['storage-server'], { GF_GRAFANA_APISERVER_STORAGE_TYPE: 'file', GF_GRAFANA_APISERVER_STORAGE_PATH: storagePath });
  expect(await ask(grpcAddress!, storageFile, 'Diagnostics', 'IsHealthy', {})).toEqual({ status: 1 });
  expect(existsSync(join(storagePath, 'resources.db'))).toBe(true);
  await server!.stop();
  await expect(start(['storage-server'], { GF_GRAFANA_APISERVER_STORAGE_TYPE: 'unified-grpc' })).rejects.toThrow('not unified-grpc');
});

test('a distributor asks the search servers of the ring, which the pages show', async () => {
  const search = await start(['search-server'], { GF_UNIFIED_STORAGE_ENABLE_SHARDING: 'true', GF_UNIFIED_STORAGE_INSTANCE_ID: 'one<b>' });
  const first = server!;
  const { address, grpcAddress } = await start(['search-server-distributor', 'search-server-ring']);
  try {
    const shards = async () => ((await (await fetch(`${address}/ring`, { headers: { accept: 'application/json' } })).json()) as { shards: unknown[] }).shards;
    await vi.waitFor(async () => expect(await shards()).toMatchObject([{ id: 'one<b>', state: 'ACTIVE', address: search.grpcAddress }]), { timeout: 60_000 });
    const page = await fetch(`${address}/memberlist`);
    expect([page.headers.get('content-type'), await page.text()]).toEqual(['text/html; charset=utf-8', expect.stringContaining('<td>one&lt;b&gt;</td>')]);
    const headers = { 'grafana-login': 'ann', 'grafana-user-id': 'user:1' };
    expect(await ask(grpcAddress!, storageFile, 'ResourceIndex', 'GetStats', { namespace: 'default' })).toMatchObject({ error: { code: 401 } });
    expect(await ask(grpcAddress!, storageFile, 'ResourceIndex', 'GetStats', { namespace: 'default', kinds: ['a.b/cs'] }, headers)).toMatchObject({ stats: [{ group: 'a.b', resource: 'cs', count: 0 }] });
    expect(await ask(grpcAddress!, storageFile, 'ResourceIndex', 'RebuildIndexes', { namespace: 'default' }, headers)).toMatchObject({ contactedAllInstances: true });
    const downscale = (method: string) => fetch(`${search.address}/prepare-downscale`, { method });
    expect([(await downscale('POST')).status, await (await downscale('GET')).text()]).toEqual([204, 'set\n']);
    expect(await ask(grpcAddress!, storageFile, 'ResourceIndex', 'GetStats', { namespace: 'default' }, headers)).toBe(14);
    expect([(await downscale('DELETE')).status, await (await downscale('GET')).text()]).toEqual([204, 'unset\n']);
    expect((await fetch(`${address}/prepare-downscale`)).status).toBe(404);
  } finally {
    await first.stop();
  }
  await expect(createPartServer({ settings: settingsWith({}), log: silentLogger, parts: new Set(['search-server', 'search-server-distributor']) }).start()).rejects.toThrow('a process of its own');
});

test('without storage there is no gRPC; metrics obey their password', async () => {
  const { address, grpcAddress } = await start(['instrumentation-server'], { GF_METRICS_BASIC_AUTH_USERNAME: 'm', GF_METRICS_BASIC_AUTH_PASSWORD: 'p' });
  expect(grpcAddress).toBeUndefined();
  expect((await fetch(`${address}/metrics`)).status).toBe(401);
  expect((await fetch(`${address}/metrics`, { headers: { authorization: `Basic ${Buffer.from('m:p').toString('base64')}` } })).status).toBe(200);
});

test('a port that is taken ends the start', async () => {
  const { address } = await start(['instrumentation-server']);
  const port = new URL(address).port;
  const settings = loadSettings({ homePath: resolve(import.meta.dirname, '../..'), env: { GF_PATHS_DATA: dir, GF_SERVER_HTTP_PORT: port, GF_SERVER_HTTP_ADDR: '127.0.0.1' } });
  await expect(createPartServer({ settings, log: silentLogger, parts: new Set(['instrumentation-server']) }).start()).rejects.toThrow('EADDRINUSE');
});
