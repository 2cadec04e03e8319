import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import vm from 'node:vm';
import { afterEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../infra/log/log.ts';
import { corePlugins } from '../plugins/core-plugins.ts';
import { createPluginStore } from '../plugins/plugin-store.ts';
import type { DataSource, DataSourceEvent } from '../services/datasources/records/data-source.ts';
import type { PluginSetting } from '../services/plugins/plugin-settings.ts';
import { readFeatureToggles } from '../setting/feature-toggles.ts';
import { loadIni } from '../setting/ini.ts';
import { readPluginSettings } from '../setting/plugin-settings.ts';
import { namespaceOf } from '../util/namespace.ts';
import { nobody, type Identity } from '../web/identity.ts';
import type { Reply } from '../web/reply.ts';
import { createBootData, type PagePreferences } from './boot-data.ts';
import { createAssetsSource } from './frontend-assets.ts';
import { createFrontendSettings } from './frontend-settings.ts';
import { createPages } from './pages.ts';
import { createStaticFiles } from './static-files.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function frontend(): string {
  const root = mkdtempSync(join(tmpdir(), 'frontend-'));
  folders.push(root);
  mkdirSync(join(root, 'build'));
  mkdirSync(join(root, 'views'));
  writeFileSync(join(root, 'build', 'app.js'), 'app');
  writeFileSync(join(root, 'views', 'swagger.html'), 'template');
  writeFileSync(join(root, 'build', 'assets-manifest.json'), JSON.stringify({
    'app.js': { src: 'public/build/app.js', integrity: 'sha384-A' },
    entrypoints: {
      app: { assets: { js: ['public/build/app.js'], css: ['public/build/app.css'] } }, dark: { assets: { css: ['public/build/dark.css'] } },
      light: { assets: { css: ['public/build/light.css'] } }, swagger: { assets: { js: ['public/build/swagger.js'] } },
    },
  }));
  return root;
}

interface World {
  readonly sources?: readonly Partial<DataSource>[];
  readonly preferences?: Partial<PagePreferences>;
  readonly ini?: string;
  readonly staticRoot?: string;
  readonly consoleRoot?: string;
  readonly subPath?: string;
}

function setUp({ sources = [], preferences = {}, ini: settingsText = '', staticRoot = '/nowhere', consoleRoot = '/nowhere', subPath = '' }: World = {}) {
  const ini = loadIni({ defaults: { text: settingsText, file: 'test.ini' }, custom: undefined, env: {} });
  const toggles = readFeatureToggles(ini);
  const store = createPluginStore();
  for (const plugin of corePlugins('12.4.0')) store.add(plugin);
  const plugins = readPluginSettings(ini, {});
  const listeners: ((event: DataSourceEvent) => void)[] = [];
  let reads = 0;
  const pluginSettings = { list: async () => new Map<string, PluginSetting>() };
  const settings = createFrontendSettings({
    rendererVersion: () => '',
    ini, rootUrl: 'http://localhost/', subPath, toggles, plugins, store, pluginSettings, namespaceOf, oauth: () => ({}), startedAt: 0, now: () => 0,
    dataSources: {
      async list() {
        reads++;
        return sources.map((source) => ({ access: 'proxy', jsonData: '{}', secretKeys: [], apiVersion: '', database: '', orgId: 1, readOnly: false, isDefault: false, ...source }) as unknown as DataSource);
      },
      secretsOf: async () => ({ password: 'open' }),
      onEvent(listener) {
        listeners.push(listener as (event: DataSourceEvent) => void);
        return () => {};
      },
    },
  });
  const bootData = createBootData({
    ini, subPath, rootUrl: 'http://localhost/', toggles, frontendSettings: settings, store, pluginSettings, orgCount: async () => 1, starred: async () => [], mayReadAllOrgs: () => false, gravatarUrl: () => '',
    preferences: () => ({ theme: '', timezone: '', weekStart: '', language: '', regionalFormat: '', homeDashboardUid: '', ...preferences }),
  });
  const pages = createPages({
    bootData, store, toggles, assets: createAssetsSource({ staticRoot, consoleRoot, cdnUrl: '', version: '12.4.0' }), page: { subPath, tagManagerId: '', integrity: false },
    serveFromSubPath: false, log: silentLogger,
  } as Parameters<typeof createPages>[0]);
  return { pages, settings, changed: () => listeners.forEach((listener) => listener({ kind: 'updated', dataSource: { orgId: 1 } as DataSource })), reads: () => reads };
}

const allowing = (...actions: string[]): Identity['permissions'] => ({
  has: (action) => actions.includes(action) || actions.includes('*'), scopes: () => ['*'], all: () => new Map(actions.filter((a) => a !== '*').map((action) => [action, ['*']])),
});
const user = (more: Partial<Identity> = {}): Identity => ({
  ...nobody, kind: 'user', id: 2, uid: 'u', login: 'vera', name: 'Vera', orgId: 1, orgName: 'Main Org.', orgRole: 'Viewer', permissions: allowing('folders:read'), ...more,
});
const visit = (identity: Identity, query = '', headers: Record<string, string> = {}) =>
  ({ identity, search: new URLSearchParams(query), headers, nonce: '', setHeader() {} }) as unknown as Parameters<ReturnType<typeof createPages>['index']>[0];
const parse = async (reply: Promise<Reply>) => JSON.parse(String((await reply).body));

interface Node {
  readonly id: string;
  readonly children?: readonly Node[];
}
const ids = (nodes: readonly Node[]): unknown[] => nodes.map((node) => (node.children ? [node.id, ids(node.children)] : node.id));

describe('boot data', () => {
  test('of nobody: two places to go, the built-in sources, and what is on', async () => {
    const boot = await parse(setUp().pages.bootData(visit(nobody)));
    expect(ids(boot.navTree)).toEqual(['home', 'help']);
    expect(Object.keys(boot.settings.datasources)).toEqual(['-- Grafana --', '-- Mixed --', '-- Dashboard --']);
    expect(boot.settings).toMatchObject({ defaultDatasource: '-- Grafana --', namespace: 'org-0', buildInfo: { version: '12.4.0', edition: 'Open Source' } });
    expect(Object.values(boot.settings.featureToggles).every((on) => on === true)).toBe(true);
    expect(boot.settings.panels.timeseries.sort).toBe(1);
  });

  test('of a Viewer and of an Editor', async () => {
    const { pages } = setUp();
    const boot = await parse(pages.bootData(visit(user(), '', { 'accept-language': 'en-GB,en;q=0.8' })));
    expect(boot.user).toMatchObject({ isSignedIn: true, login: 'vera', locale: 'en-GB', language: 'en-US', theme: 'dark', permissions: { 'folders:read': true } });
    expect(ids(boot.navTree)).toEqual(['home', 'bookmarks', ['dashboards/browse', ['dashboards/playlists', 'dashboards/library-panels', 'dashboards/public']], ['profile', ['profile/settings', 'profile/notifications', 'profile/password']], 'help']);
    const editor = await parse(pages.bootData(visit(user({ orgRole: 'Editor', permissions: allowing('folders:read', 'dashboards:create', 'datasources:explore') }))));
    expect(ids(editor.navTree).slice(3, 6)).toEqual(['explore', 'drilldown', ['cfg', [['cfg/plugins', ['correlations']]]]]);
    expect(editor.user.hasEditPermissionInFolders).toBe(true);
  });

  test('of a server administrator', async () => {
    const boot = await parse(setUp().pages.bootData(visit(user({ orgRole: 'Admin', isGrafanaAdmin: true, permissions: allowing('*') }))));
    const config = boot.navTree.find(({ id }: Node) => id === 'cfg');
    expect(ids(config.children)[0]).toEqual(['cfg/general', ['upgrading', 'org-settings', 'server-settings', 'migrate-to-cloud']]);
    expect(ids(config.children).at(-1)).toBe('authentication');
  });

  test('follows the address before preferences, and preferences before the configuration', async () => {
    const { pages } = setUp({ preferences: { theme: 'light', language: 'de-DE' }, ini: '[users]\ndefault_theme = mars\n' });
    const themeOf = async (query: string) => (await parse(pages.bootData(visit(user(), query)))).user;
    expect(await themeOf('')).toMatchObject({ theme: 'light', lightTheme: true, language: 'de-DE' });
    expect(await themeOf('theme=tron&lang=fr-FR')).toMatchObject({ theme: 'tron', lightTheme: false, language: 'fr-FR' });
    expect(await themeOf('theme=%22%3E%3Cscript%3E')).toMatchObject({ theme: 'light' });
    expect((await parse(setUp({ ini: '[users]\ndefault_theme = mars\n' }).pages.bootData(visit(user())))).user.theme).toBe('mars');
  });

  test('names sources, hides secrets of proxied ones, and is fresh after a change', async () => {
    const sources: Partial<DataSource>[] = [
      { id: 1, uid: 'p', name: 'P', type: 'prometheus', url: 'http://prom', isDefault: true }, { id: 2, uid: 'i', name: 'I', type: 'influxdb', access: 'direct', url: 'http://influx', user: 'reader', secretKeys: ['password'] },
      { id: 3, uid: 'g', name: 'G', type: 'ghost' },
    ];
    const { pages, changed, reads } = setUp({ sources });
    const { settings } = await parse(pages.bootData(visit(user())));
    expect(settings.defaultDatasource).toBe('P');
    expect(settings.datasources['P']).toMatchObject({ url: '/api/datasources/proxy/uid/p', jsonData: { directUrl: 'http://prom' }, type: 'prometheus' });
    expect(settings.datasources['I']).toMatchObject({ url: 'http://influx', username: 'reader', password: 'open' });
    expect(settings.datasources['G']).toBeUndefined();
    await pages.bootData(visit(user()));
    expect(reads()).toBe(1);
    changed();
    await pages.bootData(visit(user()));
    expect(reads()).toBe(2);
  });
});

describe('the index page', () => {
  test('carries the boot data in a script that markup cannot leave', async () => {
    const { pages } = setUp({ staticRoot: frontend(), subPath: '/sub' });
    const reply = await pages.index(visit(user({ name: '</script><b>&\u2028x' })));
    const page = String(reply.body);
    expect(page).toContain('<base href="/sub/">');
    expect(page).toMatch(/<script src="public\/build\/app\.js" defer>/);
    const window: { grafanaBootData?: { user: { name: string } } } = {};
    const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script]) => script!);
    const sandbox = vm.createContext({ window, performance: { mark() {} }, document: {} });
    for (const script of scripts) vm.runInContext(script, sandbox);
    expect(window.grafanaBootData?.user.name).toBe('</script><b>&\u2028x');
  });

  test('is plain without a frontend, and says how to mount one', async () => {
    const reply = await setUp().pages.index(visit(user()));
    expect(reply.status).toBe(200);
    expect(String(reply.body)).toContain('static_root_path');
  });

  test('says that the console is being built, and becomes it when it is', async () => {
    const consoleRoot = frontend();
    const built = readFileSync(join(consoleRoot, 'build', 'assets-manifest.json'));
    rmSync(join(consoleRoot, 'build', 'assets-manifest.json'));
    mkdirSync(`${consoleRoot}.making`);
    folders.push(`${consoleRoot}.making`);
    const { pages } = setUp({ consoleRoot });
    expect(String((await pages.index(visit(user()))).body)).toContain('is being built');
    writeFileSync(join(consoleRoot, 'build', 'assets-manifest.json'), built);
    expect(String((await pages.index(visit(user()))).body)).toContain('public/build/app.js');
  });

  test('of a mounted frontend comes before the console', async () => {
    const [staticRoot, consoleRoot] = [frontend(), frontend()];
    const manifest = join(consoleRoot, 'build', 'assets-manifest.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replaceAll('app.js', 'console.js'));
    expect(String((await setUp({ staticRoot, consoleRoot }).pages.index(visit(user()))).body)).not.toContain('console.js');
    expect(String((await setUp({ consoleRoot }).pages.index(visit(user()))).body)).toContain('console.js');
  });

  test('of an unknown address is the same page with 404', async () => {
    expect((await setUp({ staticRoot: frontend() }).pages.notFound(visit(user()))).status).toBe(404);
  });

  test('is an error where the manifest lacks entry points', async () => {
    const root = frontend();
    writeFileSync(join(root, 'build', 'assets-manifest.json'), '{"entrypoints":{}}');
    expect((await setUp({ staticRoot: root }).pages.index(visit(user()))).status).toBe(500);
  });
});

test('files of the frontend are served, and none outside of it', async () => {
  const root = frontend();
  writeFileSync(join(root, '..', 'secret-beside.txt'), 'secret');
  folders.push(join(root, '..', 'secret-beside.txt'));
  const files = createStaticFiles(() => [root], false);
  const get = (relative: string, headers = {}) => files.reply({ path: `/public/${relative}`, headers }, relative);
  const app = get('build/app.js')!;
  expect(await text(app.body as Readable)).toBe('app');
  expect([app.status, app.headers['cache-control'], app.headers['content-type']]).toEqual([200, 'public, max-age=31536000', 'text/javascript; charset=utf-8']);
  const part = get('build/app.js', { range: 'bytes=1-1' })!;
  expect([part.status, await text(part.body as Readable)]).toEqual([206, 'p']);
  expect(get('build')).toMatchObject({ status: 302 });
  for (const path of ['nothing.js', '../secret-beside.txt', 'build/../../secret-beside.txt', 'views/swagger.html', 'a\0b']) expect(get(path), path).toBeUndefined();
});
