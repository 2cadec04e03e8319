import { expect, test } from 'vitest';
import { corePlugins } from './core-plugins.ts';
import { PluginJsonError, readPluginJson } from './plugin-json.ts';
import { createPluginStore } from './plugin-store.ts';

const read = (raw: object) => readPluginJson(JSON.stringify({ id: 'acme-app', type: 'app', name: 'Acme', ...raw }));

test('absent members have their defaults, unknown ones go', () => {
  const json = read({ $schema: 'x', enterpriseFeatures: {} });
  expect(json).toMatchObject({
    info: { author: { name: '', url: '' }, links: null, logos: { small: 'public/img/icn-app.svg' }, build: {}, keywords: null },
    dependencies: { grafanaDependency: '', grafanaVersion: '*', plugins: [], extensions: { exposedComponents: [] } }, includes: null, routes: null, preload: false,
    extensions: { addedLinks: [], addedComponents: [], exposedComponents: [], extensionPoints: [], addedFunctions: [] },
  });
  expect(Object.keys(json)).not.toContain('$schema');
  expect(json).not.toHaveProperty('state');
});

test('includes of apps get a slug and the action that lets one in', () => {
  const [page, secret] = read({ includes: [{ type: 'page', name: 'My Page', path: '/a/acme-app' }, { type: 'page', name: 'S', role: 'Admin' }] }).includes!;
  expect(page).toMatchObject({ role: 'Viewer', action: 'plugins.app:access', slug: 'my-page' });
  expect(secret).not.toHaveProperty('action');
});

test('keys are taken in any case, templates are emptied, files are addressed', () => {
  const { info, preload } = read({ Info: { Version: '%VERSION%', updated: '%TODAY%', logos: { small: 'img/a.svg' }, screenshots: [{ name: 'n', path: '/img/s.png' }] }, PRELOAD: true });
  expect([info.version, info.updated, info.logos.small, info.screenshots?.[0]?.path, preload]).toEqual(['', '', 'public/plugins/acme-app/img/a.svg', 'public/plugins/acme-app/img/s.png', true]);
});

test('the older form of extensions is read', () => {
  expect(read({ extensions: [{ extensionPointId: 'p', title: 't', description: 'd', type: 'link' }] }).extensions.addedLinks).toEqual([{ targets: ['p'], title: 't', description: 'd' }]);
});

test.each([[{ id: '' }], [{ type: 'toy' }], [{ backend: 'yes' }], [{ includes: {} }], [{ info: [] }], [{ aliasIDs: [1] }]])('%j cannot be used', (raw) => {
  expect(() => read(raw)).toThrow(PluginJsonError);
});

test('every core plugin has a logo of our drawing, whatever its file is called', async () => {
  for (const { id, files, json } of corePlugins('12.4.0').filter(({ id }) => ['graphite', 'grafana-azure-monitor-datasource', 'prometheus'].includes(id))) {
    const logo = await files.read(json.info.logos.small.replace(`public/plugins/${id}/`, ''));
    expect([id, logo?.contentType, logo?.bytes.toString().startsWith('<svg')]).toEqual([id, 'image/svg+xml', true]);
  }
});

test('core plugins are found by id and alias', () => {
  const store = createPluginStore();
  for (const plugin of corePlugins('12.4.0')) store.add(plugin);
  expect(store.get('testdata')?.id).toBe('grafana-testdata-datasource');
  expect(store.find('prometheus')).toMatchObject({ backend: true, logoUrl: 'public/plugins/prometheus/img/prometheus_logo.svg' });
  expect(store.get('stackdriver')?.module).toBe('public/plugins/stackdriver/module.js');
  expect(store.list().map((p) => p.id)).toEqual(store.list().map((p) => p.id).toSorted());
});
