/** Git Sync in a whole server: the classic routes, roles, the description of the API, and what browsers hear (apiserver-and-storage §3.4, §6.9; live §6.4). */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { silentLogger } from '../infra/log/log.ts';
import { loadSettings } from '../setting/settings.ts';
import { type BelvedereServer, createServer } from './server.ts';

// The machine may be busy, and its disk slow.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const dir = mkdtempSync(join(tmpdir(), 'belvedere-git-sync-'));
const boards = join(dir, 'boards');
const basic = (user: string, password = user) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` });
const group = '/apis/provisioning.grafana.app/v0alpha1/namespaces/default';
const waiting = { timeout: 60_000, interval: 50 };
let server: BelvedereServer;
let base = '';

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came.
async function call(method: string, path: string, body?: unknown, who = 'admin'): Promise<{ status: number; json: any }> {
  const answer = await fetch(base + path, { method, redirect: 'manual', headers: { ...(who === '' ? {} : basic(who)), 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  return { status: answer.status, json: /^[[{]/.test(text) ? JSON.parse(text) : text };
}

beforeAll(async () => {
  mkdirSync(join(boards, 'sub'), { recursive: true });
  const board = (name: string) => JSON.stringify({ apiVersion: 'dashboard.grafana.app/v1beta1', kind: 'Dashboard', metadata: { name }, spec: { title: name, schemaVersion: 42, panels: [] } });
  writeFileSync(join(boards, 'one.json'), board('one'));
  writeFileSync(join(boards, 'sub', 'two.json'), board('two'));
  const settings = loadSettings({
    homePath: resolve(import.meta.dirname, '../..'),
    env: {
      GF_FEATURE_TOGGLES_ENABLE: 'provisioning', GF_PATHS_PERMITTED_PROVISIONING_PATHS: dir, GF_SERVER_HTTP_PORT: '0', GF_SERVER_HTTP_ADDR: '127.0.0.1',
      GF_PATHS_DATA: dir, GF_PATHS_LOGS: dir, GF_PATHS_PLUGINS: join(dir, 'plugins'), GF_PATHS_PROVISIONING: join(dir, 'provisioning'),
    },
  });
  server = createServer({ settings, log: silentLogger });
  base = (await server.start()).address;
  for (const [login, role] of [['editor', 'Editor'], ['viewer', 'Viewer']] as const) {
    const { json } = await call('POST', '/api/admin/users', { login, password: login, email: `${login}@example.org`, OrgId: 1 });
    await call('PATCH', `/api/org/users/${json.id}`, { role });
  }
  const made = await call('POST', `${group}/repositories`, {
    apiVersion: 'provisioning.grafana.app/v0alpha1', kind: 'Repository', metadata: { name: 'garden' },
    spec: { title: 'Garden', type: 'local', workflows: ['write'], sync: { enabled: true, target: 'folder', intervalSeconds: 3_600 }, local: { path: boards } },
  });
  expect(made.status).toBe(201);
  await vi.waitFor(async () => expect((await call('GET', `${group}/repositories/garden`)).json.status.sync.state).toBe('success'), waiting);
}, 180_000);
afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('the classic routes neither change nor delete what is managed, and put nothing beside it', async () => {
  const before = readFileSync(join(boards, 'one.json'), 'utf8');
  const { json: folders } = await call('GET', '/api/folders?parentUid=garden');
  const dashboard = { uid: 'one', title: 'Changed', schemaVersion: 42, panels: [] };
  expect((await call('POST', '/api/dashboards/db', { dashboard, overwrite: true, folderUid: 'garden' })).status).toBe(403);
  expect((await call('DELETE', '/api/dashboards/uid/one')).status).toBe(403);
  expect((await call('PUT', `/api/folders/${folders[0].uid}`, { title: 'Changed', overwrite: true })).status).toBe(403);
  expect((await call('POST', '/api/dashboards/db', { dashboard: { title: 'Mine', panels: [] }, folderUid: 'garden' })).status).toBe(400);
  expect((await call('POST', '/api/folders', { title: 'Mine', parentUid: 'garden' })).status).toBe(400);
  expect((await call('POST', '/api/dashboards/db', { dashboard: { uid: 'free', title: 'Free', panels: [] } })).status).toBe(200);
  expect([(await call('GET', '/api/dashboards/uid/one')).json.dashboard.title, readFileSync(join(boards, 'one.json'), 'utf8')]).toEqual(['one', before]);
});

test('each role has its part', async () => {
  const status = async (who: string, method: string, path: string, body?: unknown) => (await call(method, `${group}/${path}`, body, who)).status;
  const table: [string, string, unknown, number[]][] = [
    // admin, editor, viewer, nobody
    ['GET', 'repositories/garden', undefined, [200, 200, 200, 401]],
    ['GET', 'settings', undefined, [200, 200, 200, 401]],
    ['GET', 'stats', undefined, [200, 403, 403, 401]],
    ['GET', 'repositories/garden/resources', undefined, [200, 403, 403, 401]],
    ['GET', 'repositories/garden/status', undefined, [200, 403, 403, 401]],
    ['GET', 'repositories/garden/jobs', undefined, [200, 200, 403, 401]],
    ['GET', 'repositories/garden/refs', undefined, [400, 400, 403, 401]],
    ['GET', 'repositories/garden/files/one.json', undefined, [200, 200, 200, 401]],
    ['PUT', 'repositories/garden/files/nope.json', {}, [404, 404, 404, 401]],
    ['DELETE', 'repositories/garden/files/one.json', undefined, [0, 0, 403, 401]],
    ['DELETE', 'repositories/garden', undefined, [0, 403, 403, 401]],
    ['GET', 'connections', undefined, [200, 403, 403, 401]],
    ['POST', 'repositories/garden/webhook', {}, [400, 400, 400, 400]],
    ['POST', 'repositories/nobody/webhook', {}, [401, 401, 401, 401]],
  ];
  for (const [method, path, body, wanted] of table) {
    for (const [i, who] of ['admin', 'editor', 'viewer', ''].entries()) if (wanted[i] !== 0) expect(await status(who, method, path, body), `${who} ${method} ${path}`).toBe(wanted[i]);
  }
});

test('the API describes itself', async () => {
  const { status, json } = await call('GET', '/openapi/v3/apis/provisioning.grafana.app/v0alpha1');
  expect(status).toBe(200);
  const paths = Object.keys(json.paths);
  expect(paths).toEqual(expect.arrayContaining([expect.stringContaining('/repositories/{name}/files/{path}'), expect.stringContaining('/settings')]));
});

test('a browser hears of jobs on a channel of its own, and on no other', async () => {
  const { uid } = (await call('GET', '/api/user')).json;
  const socket = new WebSocket(`${base.replace('http', 'ws').replace(/\/$/, '')}/api/live/ws`, { headers: basic('admin') });
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came.
  const heard: any[] = [];
  socket.on('message', (message) => {
    for (const line of String(message).split('\n')) if (line !== '') heard.push(JSON.parse(line));
  });
  await new Promise((done) => socket.once('open', done));
  const ask = async (id: number, command: object) => {
    socket.send(JSON.stringify({ ...command, id }));
    return vi.waitFor(() => heard.find((reply) => reply.id === id) ?? Promise.reject(new Error('no reply yet')), waiting);
  };
  await ask(1, { connect: {} });
  const channel = (of: string, who = uid) => `default/watch/${of}/v0alpha1/jobs/${who}`;
  expect((await ask(2, { subscribe: { channel: channel('provisioning.grafana.app', 'another') } })).error?.code).toBe(100);
  expect((await ask(3, { subscribe: { channel: channel('dashboard.grafana.app') } })).error?.code).toBe(100);
  expect((await ask(4, { subscribe: { channel: channel('provisioning.grafana.app') } })).error).toBeUndefined();
  expect((await call('POST', `${group}/repositories/garden/jobs`, { action: 'pull', pull: {} })).status).toBe(202);
  const event = await vi.waitFor(() => heard.find((push) => push.push?.pub?.data?.type === 'ADDED') ?? Promise.reject(new Error('no event yet')), waiting);
  expect(event.push.pub.data.object).toMatchObject({ kind: 'Job', spec: { action: 'pull', repository: 'garden' } });
  socket.close();
});
