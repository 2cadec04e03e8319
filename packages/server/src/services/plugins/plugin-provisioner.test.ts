import { expect, test } from 'vitest';
import type { Plugin } from '../../plugins/plugin.ts';
import { createInterpolation } from '../operations/provisioning/interpolation.ts';
import type { PluginSettingWrite } from './plugin-settings.ts';
import { createPluginProvisioner } from './plugin-provisioner.ts';

function setUp(apps: unknown) {
  const saved: [orgId: number, id: string, write: PluginSettingWrite][] = [];
  const provisioner = createPluginProvisioner({
    files: { read: async () => [{ path: 'apps.yaml', content: { apps } as Record<string, unknown> }], values: createInterpolation({ SECRET: 's3cret' }) },
    store: { get: (id) => (id === 'my-app' || id === 'auto-app' ? ({ id, json: { autoEnabled: id === 'auto-app' } } as Plugin) : undefined) },
    settings: {
      get: async () => undefined,
      async save(orgId, id, write) {
        saved.push([orgId, id, write]);
        return undefined as never;
      },
    },
    orgIdByName: async (name) => (name === 'Second' ? 2 : undefined),
  });
  return { provisioner, saved };
}

test('apps are switched on with settings and secrets from the environment', async () => {
  const { provisioner, saved } = setUp([{ type: 'my-app', jsonData: { team: 'green', env: '$SECRET' }, secureJsonData: { key: '$SECRET' } }, { type: 'my-app', org_name: 'Second', disabled: true }]);
  await provisioner.provision();
  expect(saved).toEqual([
    [1, 'my-app', { enabled: true, pinned: true, version: '', jsonData: '{"team":"green","env":"s3cret"}', secureJsonData: { key: 's3cret' } }],
    [2, 'my-app', { enabled: false, pinned: true, version: '', secureJsonData: {} }],
  ]);
});

test.each([
  [[{ type: 'my-app' }, { type: 'nothing' }], /plugin not installed: "nothing"/], [[{ org_id: 1 }], /app item 1 .* required field type/], [[{ type: 'auto-app', disabled: true }], /auto enabled/], ['x', /not a list/],
])('%j is refused before anything is saved', async (apps, reason) => {
  const { provisioner, saved } = setUp(apps);
  await expect(provisioner.provision()).rejects.toThrow(reason);
  expect(saved).toEqual([]);
});
