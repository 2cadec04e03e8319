/** The page of the frontend service, read as a browser reads it (frontend-contract §2.5). */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { FrontendAssets } from '../api/frontend-assets.ts';
import { createStaticFiles } from '../api/static-files.ts';
import { silentLogger } from '../infra/log/log.ts';
import { createFrontendShell } from './frontend-shell.ts';

const file = (filePath: string) => ({ filePath, integrity: '' });
const assets: FrontendAssets = { jsFiles: [file('public/build/a.js'), file('public/build/b.js')], cssFiles: [], dark: 'public/build/dark.css', light: 'public/build/light.css', swagger: [], swaggerCssFiles: [] };
let root: string;
let server: Server;
let base: string;
let found: FrontendAssets | undefined = assets;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'shell-'));
  mkdirSync(join(root, 'build'));
  writeFileSync(join(root, 'build', 'a.js'), 'a()');
  const pages = createFrontendShell({ assets: { read: () => found }, files: createStaticFiles(() => [root], false), log: silentLogger, subPath: '/sub' });
  server = createServer((req, res) => void pages(req.url!.split('?')[0]!, req, res).then((own) => own || res.writeHead(418).end()));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((done) => server.close(done));
  rmSync(root, { recursive: true, force: true });
});

const ask = async (path: string, method = 'GET') => {
  const res = await fetch(base + path, { method });
  return { status: res.status, cache: res.headers.get('cache-control'), text: await res.text() };
};

test('files, health, and nothing but reading', async () => {
  expect(await ask('/-/health')).toEqual({ status: 200, cache: 'no-store', text: 'OK' });
  expect((await ask('/sub/-/fe-boot-error')).status).toBe(200);
  expect(await ask('/sub/public/build/a.js')).toEqual({ status: 200, cache: 'public, max-age=31536000', text: 'a()' });
  for (const path of ['/public/build/none.js', '/public/%2e%2e%2fx', '/public/%ff', '/public/build']) expect((await ask(path)).status, path).toBe(404);
  for (const method of ['POST', 'PUT', 'DELETE']) expect((await ask('/d/x', method)).status).toBe(405);
  expect((await ask('/metrics')).status).toBe(418);
  expect(await ask('/d/x/board')).toMatchObject({ status: 200, cache: 'no-store', text: expect.stringContaining('<base href="/sub/">') });
  found = undefined;
  expect((await ask('/d/x/board')).status).toBe(503);
  found = assets;
});

interface Played { readonly window: Record<string, unknown>; readonly loaded: string[]; readonly asked: string[] }

/** Runs the page's script over answers of the backend, one after the other. */
async function play(path: string, answers: readonly { status: number; body?: unknown; domain?: string }[]): Promise<Played> {
  const page = (await ask(path)).text;
  const [, source] = /<script>([\s\S]*)<\/script>/.exec(page)!;
  const [loaded, asked]: [string[], string[]] = [[], []];
  const window: Record<string, unknown> = { matchMedia: () => ({ matches: true }) };
  const location = { search: '?orgId=1', hostname: 'old', href: '' };
  const append = (element: { src?: string; href?: string }) => loaded.push(element.src ?? element.href ?? '');
  const left = [...answers];
  const fetched = async (url: string) => {
    asked.push(url);
    const { status, body, domain } = url.includes('fe-boot-error') ? { status: 200 } : left.shift()!;
    return { status, ok: status === 200, type: 'basic', headers: { get: () => domain ?? null }, json: async () => body };
  };
  const element = { classList: { add: (name: string) => loaded.push(name) }, appendChild: append };
  runInNewContext(source!, {
    window, location, fetch: fetched, setTimeout: (done: () => void) => done(),
    document: { head: element, body: element, documentElement: {}, createElement: () => ({}), getElementsByClassName: () => [] },
  });
  window['location'] = location;
  await Promise.race([Promise.resolve(window['__grafana_boot_data_promise']).catch(() => {}), new Promise((done) => setImmediate(() => setImmediate(done)))]);
  return { window, loaded, asked };
}

const boot = { user: { theme: 'dark', lightTheme: false, language: 'de-DE' }, settings: {}, navTree: [] };

test('the page waits for a backend that is starting, then loads the application once', async () => {
  const { window, loaded, asked } = await play('/d/x', [{ status: 503, body: { code: 'Loading' } }, { status: 503, body: { code: 'Loading' } }, { status: 200, body: boot }]);
  await vi.waitFor(() => expect(loaded).toEqual(['theme-dark', 'public/build/dark.css', 'public/build/a.js', 'public/build/b.js']));
  expect(asked).toEqual(Array(3).fill('/sub/bootdata?orgId=1'));
  expect(window['grafanaBootData']).toMatchObject({ _femt: true, user: { language: 'de-DE' }, assets: { dark: 'public/build/dark.css' } });
});

test('a theme that follows the system, a public dashboard, another host, and a backend that fails', async () => {
  const system = await play('/x', [{ status: 200, body: { ...boot, user: { theme: 'system', lightTheme: true } } }]);
  await vi.waitFor(() => expect(system.loaded).toContain('public/build/dark.css'));
  expect((await play('/public-dashboards/abc123', [{ status: 200, body: boot }])).asked).toEqual(['/sub/bootdata/abc123?orgId=1']);
  const elsewhere = await play('/x', [{ status: 204, domain: 'new.example.org' }]);
  expect([elsewhere.window['location'], elsewhere.loaded]).toEqual([expect.objectContaining({ hostname: 'new.example.org' }), []]);
  const failed = await play('/x', [{ status: 500 }]);
  await vi.waitFor(() => expect(failed.asked.at(-1)).toBe('/sub/-/fe-boot-error'));
  expect(failed.loaded).toEqual([]);
});
