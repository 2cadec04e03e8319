/** What settings and toggles change about the routes of content. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { silentLogger } from '../infra/log/log.ts';
import { loadSettings } from '../setting/settings.ts';
import { type BelvedereServer, createServer } from './server.ts';

vi.setConfig({ testTimeout: 120_000 });

const dir = mkdtempSync(join(tmpdir(), 'belvedere-content-'));
const app = join(dir, 'plugins', 'acme-app');
let server: BelvedereServer;
let base = '';

async function call(method: string, path: string, body?: unknown, signedIn = true) {
  const answer = await fetch(base + path, {
    method, redirect: 'manual', headers: { ...(signedIn ? { authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` } : {}), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, location: answer.headers.get('location'), body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
}

beforeAll(async () => {
  mkdirSync(join(app, 'dashboards'), { recursive: true });
  writeFileSync(join(app, 'plugin.json'), JSON.stringify({
    id: 'acme-app', type: 'app', name: 'Acme', info: { version: '1.0.0' }, dependencies: { grafanaDependency: '>=10.0.0' }, includes: [{ type: 'dashboard', name: 'Tide', path: 'dashboards/tide.json' }],
  }));
  writeFileSync(join(app, 'dashboards/tide.json'), JSON.stringify({ title: 'Tide', revision: 3, panels: [] }));
  const settings = loadSettings({
    homePath: resolve(import.meta.dirname, '../..'),
    env: {
      GF_SERVER_HTTP_PORT: '0', GF_SERVER_HTTP_ADDR: '127.0.0.1', GF_SERVER_ROOT_URL: 'http://grafana.example.com/', GF_PATHS_DATA: dir, GF_PATHS_LOGS: dir, GF_PATHS_PLUGINS: join(dir, 'plugins'),
      GF_PATHS_PROVISIONING: join(dir, 'provisioning'), GF_FEATURE_TOGGLES_ENABLE: 'kubernetesShortURLs,dashboardLibrary', GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS: 'acme-app', GF_SNAPSHOTS_PUBLIC_MODE: 'true',
    },
  });
  server = createServer({ settings, log: silentLogger });
  base = (await server.start()).address;
}, 120_000);
afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('a dashboard can be had with its inputs filled in, and nothing is stored', async () => {
  const dashboard = { title: 'At ${SITE}', uid: 'filled', __inputs: [{ name: 'SITE', type: 'constant' }], __requires: [], panels: [{ title: '${SITE} and ${OTHER}' }] };
  const filled = await call('POST', '/api/dashboards/interpolate', { dashboard, inputs: [{ name: 'SITE', type: 'constant', value: 'sea' }] });
  expect(filled).toMatchObject({ status: 200, body: { title: 'At sea', uid: 'filled', panels: [{ title: 'sea and ${OTHER}' }] } });
  expect(Object.keys(filled.body)).toEqual(['title', 'uid', 'panels']);
  expect((await call('POST', '/api/dashboards/interpolate', { dashboard })).status).toBe(400);
  expect((await call('POST', '/api/dashboards/interpolate', {})).status).toBe(422);
  expect((await call('GET', '/api/dashboards/uid/filled')).status).toBe(404);
});

test('short links that are resources say the organization as resources do, and where they lead', async () => {
  const { body } = await call('POST', '/api/short-urls', { path: 'd/x?from=now-1h' });
  expect(body.url).toBe(`http://grafana.example.com/goto/${body.uid}?orgId=default`);
  const resource = `/apis/shorturl.grafana.app/v1beta1/namespaces/default/shorturls/${body.uid}/goto`;
  expect(await call('GET', `${resource}?redirect=false`)).toMatchObject({ status: 200, body: { url: '/d/x?from=now-1h' } });
  expect(await call('GET', resource)).toMatchObject({ status: 302, location: '/d/x?from=now-1h' });
});

test('a snapshot server takes snapshots from everybody, and only who has the secret deletes them', async () => {
  const { status, body } = await call('POST', '/api/snapshots', { dashboard: { uid: 'elsewhere', title: 'E' }, external: true }, false);
  expect(status).toBe(200);
  expect((await call('GET', `/api/snapshots/${body.key}`, undefined, false)).status).toBe(200);
  expect((await call('GET', '/api/dashboard/snapshots')).body).toEqual([]);
  expect((await call('DELETE', `/api/snapshots/${body.key}`)).status).toBe(401);
  expect((await call('GET', `/api/snapshots-delete/${body.deleteKey}`, undefined, false)).status).toBe(200);
});

test('the dashboards of an app tell which revision was imported', async () => {
  expect((await call('POST', '/api/plugins/acme-app/settings', { enabled: true })).status).toBe(200);
  const listed = async () => (await call('GET', '/api/plugins/acme-app/dashboards')).body as { uid: string; imported: boolean; importedRevision: number; revision: number }[];
  const [tide] = await vi.waitFor(async () => {
    const found = await listed();
    expect(found).toMatchObject([{ imported: true, importedRevision: 3, revision: 3 }]);
    return found;
  }, { timeout: 60_000 });
  const path = `/apis/dashboard.grafana.app/v0alpha1/namespaces/default/dashboards/${tide!.uid}`;
  const { body } = await call('GET', path);
  expect((await call('PUT', path, { ...body, spec: { ...body.spec, revision: 2 } })).status).toBe(200);
  expect(await listed()).toMatchObject([{ imported: true, importedRevision: 2, revision: 3 }]);
});
