/** Apps that files switch on or off (plugins §13). */
import type { PluginStore } from '../../plugins/plugin.ts';
import { ProvisioningError, type Provisioner, type ProvisioningFile, type ProvisioningFiles } from '../operations/provisioning/provisioning.ts';
import type { PluginSettingsService, PluginSettingWrite } from './plugin-settings.ts';
import { isObject } from '../../util/json-value.ts';

export interface PluginProvisionerDeps {
  readonly files: ProvisioningFiles;
  readonly store: Pick<PluginStore, 'get'>;
  readonly settings: Pick<PluginSettingsService, 'save' | 'get'>;
  readonly orgIdByName: (name: string) => Promise<number | undefined>;
}

interface App {
  readonly type: string;
  readonly orgId: number;
  readonly orgName: string;
  readonly write: PluginSettingWrite;
}

export function createPluginProvisioner({ files, store, settings, orgIdByName }: PluginProvisionerDeps): Provisioner {
  return {
    name: 'plugins',
    async provision() {
      // Everything is read before anything is written.
      const all = (await files.read('plugins')).map((file) => ({ path: file.path, apps: readApps(file, files.values) }));
      for (const { path, apps } of all) {
        for (const { type, write } of apps) {
          const plugin = store.get(type);
          if (!plugin) throw new ProvisioningError(path, `plugin not installed: ${JSON.stringify(type)}`);
          if (plugin.json.autoEnabled && !write.enabled) throw new ProvisioningError(path, `plugin is auto enabled and cannot be disabled: ${JSON.stringify(type)}`);
        }
      }
      for (const { path, apps } of all) {
        for (const { type, orgId, orgName, write } of apps) {
          const org = orgId === 0 && orgName !== '' ? await orgIdByName(orgName) : Math.max(orgId, 1);
          if (org === undefined) throw new ProvisioningError(path, `there is no organization ${orgName}`);
          await settings.save(org, type, write);
        }
      }
    },
  };
}

function readApps({ path, content }: ProvisioningFile, values: ProvisioningFiles['values']): App[] {
  const list = content['apps'] ?? [];
  if (!Array.isArray(list)) throw new ProvisioningError(path, 'apps is not a list');
  return list.map((item: unknown, i) => {
    const app = isObject(item) ? item : {};
    const text = (key: string) => (typeof app[key] === 'string' || typeof app[key] === 'number' ? values.text(String(app[key])) : '');
    const type = text('type');
    if (type === '') throw new ProvisioningError(path, `app item ${i + 1} in configuration doesn't contain required field type`);
    const orgId = Math.trunc(Number(text('org_id')) || 0);
    const secrets = isObject(app['secureJsonData']) ? app['secureJsonData'] : {};
    const disabled = app['disabled'] === true || text('disabled') === 'true';
    return {
      type, orgId, orgName: text('org_name'),
      write: {
        enabled: !disabled, pinned: true, version: '',
        ...(isObject(app['jsonData']) ? { jsonData: JSON.stringify(values.retyped(app['jsonData'])) } : {}),
        secureJsonData: Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, values.text(String(value ?? ''))])),
      },
    };
  });
}

