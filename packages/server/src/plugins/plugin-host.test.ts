import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { silentLogger } from '../infra/log/log.ts';
import { loadIni } from '../setting/ini.ts';
import { readPluginSettings } from '../setting/plugin-settings.ts';
import { createPluginHost } from './plugin-host.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

type Files = Record<string, string | object>;
const manifest = (id: string, type: string, more: object = {}) => ({ id, type, name: id, info: { version: '1.0.0' }, ...more });

async function load(files: Files, ini = '', { development = false, prepare = (_: string) => {} } = {}) {
  const pluginsPath = mkdtempSync(join(tmpdir(), 'plugins-'));
  roots.push(pluginsPath);
  for (const [path, content] of Object.entries(files)) {
    const file = join(pluginsPath, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  prepare(pluginsPath);
  const started: string[] = [];
  const stopped: string[] = [];
  const host = createPluginHost({
    settings: readPluginSettings(loadIni({ defaults: { text: ini, file: 'test.ini' }, custom: undefined, env: {} }), {}), pluginsPath, staticRoot: '/nowhere', rootUrl: 'http://localhost/', development,
    version: '12.4.0', log: silentLogger, keys: { find: async () => undefined }, backends: () => ({ register() {}, unregister() {} }),
    async startBackend({ id }) {
      if (id === 'broken-datasource') throw new Error('no executable');
      started.push(id);
      return {
        async stop() {
          stopped.push(id);
        },
      };
    },
    declareRoles({ id }) {
      if (id === 'greedy-app') throw new Error('asks for too much');
    },
  });
  await host.load();
  const external = () => host.store.list().filter(({ pluginClass }) => pluginClass === 'external').map(({ id }) => id);
  return { host, external, errors: () => Object.fromEntries(host.store.errors().map(({ pluginId, errorCode }) => [pluginId, errorCode])), started, stopped };
}
const allow = (...ids: string[]) => `[plugins]\nallow_loading_unsigned_plugins = ${ids.join(',')}\n`;

test('plugins are found in their folders, in dist where there is one, and below links', async () => {
  const { external } = await load({
    'a/plugin.json': manifest('a-panel', 'panel'), 'b/src/plugin.json': manifest('b-src', 'panel'), 'b/dist/plugin.json': manifest('b-panel', 'panel'), 'c/node_modules/x/plugin.json': manifest('x', 'panel'),
    'd/plugin.json': '{ broken', 'e/plugin.json': manifest('', 'panel'), 'f/plugin.json': manifest('f', 'secretsmanager'), 'elsewhere/.keep': '',
  }, '', { development: true, prepare: (root) => symlinkSync(join(root, 'a'), join(root, 'elsewhere', 'link')) });
  expect(external()).toEqual(['a-panel', 'b-panel']);
});

test('what is unsigned loads by name only, and says why it does not', async () => {
  const files = { 'a/plugin.json': manifest('a-panel', 'panel'), 'b/plugin.json': manifest('b-panel', 'panel'), 'b/MANIFEST.txt': 'this is not a signature' };
  const { external, errors } = await load(files, allow('a-panel', 'b-panel'));
  expect([external(), errors()]).toEqual([['a-panel'], { 'b-panel': 'signatureInvalid' }]);
  expect((await load(files)).errors()).toEqual({ 'a-panel': 'signatureMissing', 'b-panel': 'signatureInvalid' });
});

test('nested plugins belong to the app that brings them', async () => {
  const { host, external, errors } = await load({
    'app/plugin.json': manifest('my-app', 'app', { includes: [{ type: 'page', name: 'Front Page', defaultNav: true }] }), 'app/child/plugin.json': manifest('my-child', 'panel', { info: {} }), 'app/other/plugin.json': manifest('my-other', 'panel'),
  }, allow('my-app', 'my-child'));
  expect([external(), errors()]).toEqual([['my-app', 'my-child'], { 'my-other': 'signatureMissing' }]);
  expect(host.store.get('my-child')).toMatchObject({ includedInAppId: 'my-app', json: { info: { version: '1.0.0' } } });
  expect(host.store.get('my-app')?.defaultNavUrl).toBe('/plugins/my-app/page/front-page');
});

test('core plugins and first comers stay', async () => {
  const { host } = await load({ 'a/plugin.json': manifest('twin', 'panel'), 'b/plugin.json': manifest('twin', 'panel', { info: { version: '2.0.0' } }), 'c/plugin.json': manifest('prometheus', 'datasource') }, '', { development: true });
  expect([host.store.get('twin')?.json.info.version, host.store.get('prometheus')?.pluginClass]).toEqual(['1.0.0', 'core']);
  const without = await load({}, '[plugins]\ndisable_plugins = loki\n');
  expect(without.host.store.get('loki')).toBeUndefined();
});

test('Angular plugins, greedy ones and those that do not start are refused', async () => {
  const { external, errors, started, stopped } = await load({
    'a/plugin.json': manifest('old-panel', 'panel'), 'a/module.js': 'x = "PanelCtrl"', 'b/plugin.json': manifest('greedy-app', 'app', { backend: true }), 'c/plugin.json': manifest('broken-datasource', 'datasource', { backend: true }),
  }, '', { development: true });
  expect(external()).toEqual([]);
  expect(errors()).toEqual({ 'old-panel': 'angular', 'greedy-app': 'asks for too much', 'broken-datasource': 'failedBackendStart' });
  expect([started, stopped]).toEqual([['greedy-app'], ['greedy-app']]);
});

test('files are those of the start, and none outside', async () => {
  const { host } = await load({ 'a/plugin.json': manifest('a-panel', 'panel'), 'a/img/x.svg': '<svg/>' }, allow('a-panel'));
  const { files, folder } = host.store.get('a-panel')!;
  writeFileSync(join(folder, 'late.js'), '');
  expect((await files.read('img/x.svg'))?.bytes.toString()).toBe('<svg/>');
  for (const path of ['late.js', '../a/plugin.json', 'img', '']) expect(await files.read(path), path).toBeUndefined();
});

test('unloading stops the back end and forgets the plugin', async () => {
  const { host, external, stopped } = await load({ 'a/plugin.json': manifest('a-datasource', 'datasource', { backend: true, aliasIDs: ['old-a'] }) }, allow('a-datasource'));
  expect(host.store.get('old-a')?.id).toBe('a-datasource');
  await host.unload('a-datasource');
  expect([external(), stopped, host.store.get('old-a')]).toEqual([[], ['a-datasource'], undefined]);
});
