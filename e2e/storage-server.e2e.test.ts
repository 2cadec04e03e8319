/** Content that a storage server keeps (apiserver-and-storage §1.4 `unified-grpc`, §8, §9.1): two processes, one of which is killed in between. */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Belvedere, basic, removeFolder, repository, startBelvedere, temporaryFolder } from './support/belvedere.ts';
import { eventually as soon } from './support/eventually.ts';

// The machine may be busy, and its disk slow.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
const eventually: typeof soon = (what, probe) => soon(what, probe, { withinMs: 120_000 });

const D = '/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards';
const P = '/apis/playlist.grafana.app/v1/namespaces/default/playlists';
const playlist = (name: string, title: string) => ({ apiVersion: 'playlist.grafana.app/v1', kind: 'Playlist', metadata: { name }, spec: { title, interval: '5m', items: [] } });

const dir = temporaryFolder('storage');
const socket = join(dir, 's.sock');
let storage: ChildProcess;
let server: Belvedere;

async function startStorage(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(repository, 'packages/server/src/main.ts'), 'server', 'target'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env, GF_DEFAULT_TARGET: 'storage-server', GF_SERVER_HTTP_PORT: '0', GF_SERVER_HTTP_ADDR: '127.0.0.1', GF_PATHS_DATA: dir, GF_PATHS_LOGS: dir, GF_GRPC_SERVER_NETWORK: 'unix', GF_GRPC_SERVER_ADDRESS: socket,
    },
  });
  let printed = '';
  child.stdout.on('data', (part: Buffer) => (printed += part));
  child.stderr.on('data', (part: Buffer) => (printed += part));
  await eventually('the storage server listens', () => {
    if (child.exitCode !== null) throw new Error(`the storage server ended with ${child.exitCode}:\n${printed}`);
    return printed.includes('gRPC Server Listen');
  });
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill(signal);
  await ended;
}

beforeAll(async () => {
  storage = await startStorage();
  server = await startBelvedere({ env: { GF_GRAFANA_APISERVER_STORAGE_TYPE: 'unified-grpc', GF_GRAFANA_APISERVER_ADDRESS: `unix:${socket}` } });
});
afterAll(async () => {
  await server?.stop();
  if (server) removeFolder(server.dir);
  if (storage) await end(storage, 'SIGTERM');
  removeFolder(dir);
});

test('both faces play over the wire', async () => {
  const folder = await server.call('POST', '/api/folders', { uid: 'ops', title: 'Operations' });
  expect(folder.status).toBe(200);
  const saved = await server.call('POST', '/api/dashboards/db', { folderUid: 'ops', dashboard: { uid: 'disks', title: 'Disks', tags: ['io'], panels: [] } });
  expect(saved).toMatchObject({ status: 200, body: { uid: 'disks', version: 1 } });
  const shown = (await server.call('GET', `${D}/disks`)).body;
  expect(shown).toMatchObject({ metadata: { name: 'disks', generation: 1, annotations: { 'grafana.app/folder': 'ops' } }, spec: { title: 'Disks' } });
  expect((await server.call('PUT', `${D}/disks`, { ...shown, spec: { ...shown.spec, title: 'All disks' } })).body.metadata.generation).toBe(2);
  expect((await server.call('PUT', `${D}/disks`, { ...shown, spec: { ...shown.spec, title: 'Too late' } }))).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
  expect((await server.call('POST', D, { ...shown, metadata: { name: 'disks' } })).status).toBe(409);
  expect((await server.call('GET', '/api/search?query=all&tag=io')).body).toMatchObject([{ uid: 'disks', title: 'All disks', folderUid: 'ops' }]);
  expect((await server.call('GET', '/api/dashboards/uid/disks')).body).toMatchObject({ dashboard: { title: 'All disks', version: 2 }, meta: { folderTitle: 'Operations' } });
  expect((await server.call('GET', '/api/dashboards/uid/disks/versions')).body.versions.map(({ version }: { version: number }) => version)).toEqual([2, 1]);
  const history = await server.call('GET', `${D}?labelSelector=grafana.app/get-history=true&fieldSelector=metadata.name=disks&limit=1`);
  expect(history.body).toMatchObject({ items: [{ metadata: { generation: 2 } }], metadata: { continue: expect.any(String) } });
  for (const name of ['a', 'b', 'c']) expect((await server.call('POST', P, playlist(name, name))).status).toBe(201);
  const names: string[] = [];
  for (let token = ''; ;) {
    const page = (await server.call('GET', `${P}?limit=1${token === '' ? '' : `&continue=${encodeURIComponent(token)}`}`)).body;
    names.push(...page.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name));
    token = page.metadata.continue ?? '';
    if (token === '') break;
  }
  expect(names).toEqual(['a', 'b', 'c']);
  expect((await server.call('DELETE', `${D}/disks`)).body).toMatchObject({ status: 'Success' });
  expect((await server.call('GET', `${D}?labelSelector=grafana.app/get-trash=true`)).body.items).toMatchObject([{ metadata: { name: 'disks', generation: -999 } }]);
  expect((await server.call('GET', '/api/dashboards/uid/disks')).status).toBe(404);
  expect((await server.call('POST', '/api/dashboards/db', { dashboard: { uid: 'disks', title: 'Again', panels: [] } })).status).toBe(200);
});

test('a watch goes on when the storage server was killed, and nothing that was answered is lost', async () => {
  const { metadata } = (await server.call('GET', P)).body;
  const gone = new AbortController();
  const events: { type: string; name: string; title: string }[] = [];
  const res = await fetch(`${server.base}${P}?watch=true&resourceVersion=${metadata.resourceVersion}`, { headers: { authorization: basic('admin', 'admin') }, signal: gone.signal });
  const watching = (async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const part of res.body!) {
      text += decoder.decode(part, { stream: true });
      const lines = text.split('\n');
      text = lines.pop()!;
      for (const { type, object } of lines.map((line) => JSON.parse(line))) events.push({ type, name: object.metadata.name, title: object.spec.title });
    }
  })().catch((error: unknown) => {
    if (!gone.signal.aborted) throw error;
  });
  expect((await server.call('POST', P, playlist('before', 'Before'))).status).toBe(201);
  await eventually('the first event', () => events.length === 1);
  await end(storage, 'SIGKILL');
  expect(await Promise.all([server.call('GET', `${P}/before`), server.call('GET', '/api/dashboards/uid/disks')])).toMatchObject([
    { status: 503, body: { kind: 'Status', reason: 'ServiceUnavailable' } }, { status: 503, body: { message: 'The storage server cannot be reached' } },
  ]);
  rmSync(socket, { force: true });
  storage = await startStorage();
  await eventually('the storage server answers again', async () => (await server.call('GET', `${P}/before`)).status === 200);
  expect((await server.call('PATCH', `${P}/before`, { spec: { title: 'After' } }, { headers: { 'content-type': 'application/merge-patch+json' } })).status).toBe(200);
  await eventually('the event after it', () => events.length === 2);
  expect(events).toEqual([{ type: 'ADDED', name: 'before', title: 'Before' }, { type: 'MODIFIED', name: 'before', title: 'After' }]);
  expect((await server.call('GET', '/api/dashboards/uid/disks')).body.dashboard.title).toBe('Again');
  gone.abort();
  await watching;
});
