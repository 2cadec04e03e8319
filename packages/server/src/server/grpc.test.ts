/** Grafana's own gRPC server in a whole one (apiserver-and-storage §8.3, §10.35). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema, type FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { create } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { decodeMessage, encodeMessage, type MessageTable } from '@belvedere/plugin-sdk/protocol';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { storageFile } from '../apiserver/storage-server/storage-protocol.ts';
import { fileDescriptor } from '../infra/grpc/file-descriptor.ts';
import { healthFile } from '../infra/grpc/health-service.ts';
import { reflectionFile } from '../infra/grpc/reflection-service.ts';
import { silentLogger } from '../infra/log/log.ts';
import { loadSettings } from '../setting/settings.ts';
import { type BelvedereServer, createServer } from './server.ts';

// The machine may be busy, and its disk slow.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const dir = mkdtempSync(join(tmpdir(), 'belvedere-grpc-'));
const socket = join(dir, 'grpc.sock');
const basic = { authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}`, 'content-type': 'application/json' };
let server: BelvedereServer;
let client: Client;
let base = '';

beforeAll(async () => {
  const settings = loadSettings({
    homePath: resolve(import.meta.dirname, '../..'),
    env: {
      GF_FEATURE_TOGGLES_ENABLE: 'grpcServer', GF_GRPC_SERVER_NETWORK: 'unix', GF_GRPC_SERVER_ADDRESS: socket, GF_SERVER_HTTP_PORT: '0', GF_SERVER_HTTP_ADDR: '127.0.0.1',
      GF_PATHS_DATA: dir, GF_PATHS_LOGS: dir, GF_PATHS_PLUGINS: join(dir, 'plugins'), GF_PATHS_PROVISIONING: join(dir, 'provisioning'),
    },
  });
  server = createServer({ settings, log: silentLogger });
  base = (await server.start()).address;
  client = new Client(`unix:${socket}`, credentials.createInsecure());
}, 180_000);
afterAll(async () => {
  client?.close();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

type Values = Record<string, unknown>;

function call(path: string, request: MessageTable, response: MessageTable, values: Values, authorization: readonly string[] = []): Promise<Values> {
  const metadata = new Metadata();
  for (const value of authorization) metadata.add('authorization', value);
  return new Promise((done, fail) => {
    client.makeUnaryRequest(path, (m: Values) => encodeMessage(request, m), (b: Buffer) => decodeMessage(response, b), values, metadata, (error, value) => (error ? fail(error) : done(value!)));
  });
}

const health = (service: string) => call('/grpc.health.v1.Health/Check', healthFile.messages['HealthCheckRequest']!, healthFile.messages['HealthCheckResponse']!, { service });
const read = (...authorization: string[]) => call('/resource.ResourceStore/Read', storageFile.messages['ReadRequest']!, storageFile.messages['ReadResponse']!, {}, authorization).then(
  () => 'answered', (error: ServiceError) => `${error.code} ${error.details}`,
);

/** One question, one answer. */
function reflect(request: Values): Promise<Values> {
  const [asked, answered] = [reflectionFile.messages['ServerReflectionRequest']!, reflectionFile.messages['ServerReflectionResponse']!];
  return new Promise((done, fail) => {
    const stream = client.makeBidiStreamRequest('/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo', (m: Values) => encodeMessage(asked, m), (b: Buffer) => decodeMessage(answered, b));
    stream.once('data', (value: Values) => {
      done(value);
      stream.end();
    });
    stream.on('error', fail);
    stream.write(request);
  });
}

test('health needs no password', async () => {
  expect(await health('')).toEqual({ status: 1 });
  expect(await health('anything')).toEqual({ status: 1 });
});

test('reflection lists what is served, and describes it', async () => {
  const listed = (await reflect({ list_services: '*' }))['list_services_response'] as { service: { name: string }[] };
  expect(listed.service.map(({ name }) => name)).toEqual(['grpc.health.v1.Health', 'grpc.reflection.v1alpha.ServerReflection']);
  for (const question of [{ file_containing_symbol: 'grpc.health.v1.Health' }, { file_containing_symbol: 'grpc.health.v1.Health.Check' }, { file_by_filename: 'grpc/health/v1/health.proto' }]) {
    const { file_descriptor_proto: files } = (await reflect(question))['file_descriptor_response'] as { file_descriptor_proto: Buffer[] };
    expect(fromBinary(FileDescriptorProtoSchema, files[0]!)).toMatchObject({ package: 'grpc.health.v1', service: [{ name: 'Health', method: [{ name: 'Check' }, { name: 'Watch', serverStreaming: true }] }] });
  }
  expect(await reflect({ file_containing_symbol: 'resource.ResourceStore' })).toMatchObject({ error_response: { error_code: 5 } });
});

test('every description is a file that others can read', () => {
  for (const file of [healthFile, reflectionFile, storageFile]) {
    const described: FileDescriptorProto = fromBinary(FileDescriptorProtoSchema, fileDescriptor(file));
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [described] }));
    for (const service of Object.keys(file.services)) expect(registry.getService(`${file.package}.${service}`)?.methods.length).toBe(Object.keys(file.services[service]!).length);
    for (const message of Object.keys(file.messages)) expect(registry.getMessage(`${file.package}.${message}`)?.fields.length, message).toBe(Object.keys(file.messages[message]!).length);
  }
});

test('other services want a service account of an administrator, and say what is wrong', async () => {
  const make = async (role: string) => {
    const account = await (await fetch(`${base}/api/serviceaccounts`, { method: 'POST', headers: basic, body: JSON.stringify({ name: role, role }) })).json() as { id: number };
    const token = await (await fetch(`${base}/api/serviceaccounts/${account.id}/tokens`, { method: 'POST', headers: basic, body: JSON.stringify({ name: role }) })).json() as { key: string };
    return token.key;
  };
  const [admin, viewer] = [await make('Admin'), await make('Viewer')];
  expect(await read()).toBe('16 no "authorization" header in request');
  expect(await read('Basic abc')).toBe('16 missing "Bearer " prefix in "authorization" value');
  expect(await read('Bearer nonsense')).toBe('16 invalid token');
  expect(await read(`Bearer ${viewer}`)).toBe('16 invalid token');
  expect(await read(`Bearer ${admin}`)).toMatch(/^12 unknown service/);
});
