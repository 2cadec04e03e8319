import type { AppInstanceSettings } from '@belvedere/plugin-sdk';
import type { Clock } from '../../infra/clock.ts';
import type { Database } from '../../infra/db/database.ts';
import type { Secrets } from '../../infra/secrets/secrets.ts';
import type { PluginSetting, PluginSettingEvent, PluginSettingsService, PluginSettingWrite } from './plugin-settings.ts';
import { createPluginSettingStore, type PluginSettingRow } from './plugin-settings-store.ts';

export interface PluginSettingsDeps {
  readonly db: Database;
  readonly secrets: Pick<Secrets, 'encryptText' | 'decryptText'>;
  readonly clock: Pick<Clock, 'now'>;
}

const rememberedMs = 5_000;
const attemptsMax = 10;

export function createPluginSettingsService({ db, secrets, clock }: PluginSettingsDeps): PluginSettingsService {
  const store = createPluginSettingStore(db);
  const listeners = new Set<(event: PluginSettingEvent) => void | Promise<void>>();
  /** Every row of an org, for a short while: boot data asks with each page. */
  const lists = new Map<number, { at: number; settings: Promise<ReadonlyMap<string, PluginSetting>> }>();
  const instances = new Map<string, { at: number; settings: Promise<AppInstanceSettings> }>();

  const secretsIn = async (row: PluginSettingRow | undefined): Promise<Record<string, string>> =>
    row && row.secure_json_data !== '' ? (JSON.parse(await secrets.decryptText(row.secure_json_data)) as Record<string, string>) : {};

  async function instance(orgId: number, pluginId: string): Promise<AppInstanceSettings> {
    const row = await store.find(orgId, pluginId);
    const jsonData = (row ? JSON.parse(row.json_data) : {}) as Record<string, unknown>;
    return { jsonData, decryptedSecureJsonData: await secretsIn(row), updated: row?.updated ?? 0, apiVersion: '' };
  }

  async function merged(before: PluginSettingRow | undefined, orgId: number, pluginId: string, write: PluginSettingWrite): Promise<PluginSettingRow> {
    const now = clock.now();
    const all = { ...(await secretsIn(before)), ...write.secureJsonData };
    const given = write.jsonData !== undefined && write.jsonData !== 'null' && !/^\{\s*\}$/.test(write.jsonData) ? write.jsonData : undefined;
    return {
      org_id: orgId, plugin_id: pluginId, enabled: write.enabled, pinned: write.pinned,
      // A first save stores what it is given; later ones never clear.
      json_data: given ?? before?.json_data ?? write.jsonData ?? 'null',
      secure_json_data: Object.keys(all).length === 0 ? '' : await secrets.encryptText(JSON.stringify(all)),
      secure_json_keys: JSON.stringify(Object.keys(all).filter((key) => all[key] !== '').sort()),
      plugin_version: write.version || (before?.plugin_version ?? ''),
      created: before?.created ?? now, updated: Math.max(now, (before?.updated ?? 0) + 1),
    };
  }

  function remembered<K, V>(cache: Map<K, { at: number; settings: Promise<V> }>, key: K, read: () => Promise<V>): Promise<V> {
    const known = cache.get(key);
    if (known && clock.now() - known.at < rememberedMs) return known.settings;
    const settings = read();
    cache.set(key, { at: clock.now(), settings });
    settings.catch(() => cache.delete(key));
    return settings;
  }

  return {
    async get(orgId, pluginId) {
      const row = await store.find(orgId, pluginId);
      return row && toSetting(row);
    },
    list: (orgId) => remembered(lists, orgId, async () => new Map((await store.list(orgId)).map((row) => [row.plugin_id, toSetting(row)]))),
    async save(orgId, pluginId, write) {
      // Encrypting may write a key of its own, so it stays out of a transaction: who was overtaken reads again.
      let written: { row: PluginSettingRow; stateChanged: boolean } | undefined;
      for (let attempt = 0; written === undefined; attempt++) {
        const before = await store.find(orgId, pluginId);
        const row = await merged(before, orgId, pluginId, write);
        if (before ? await store.update(row, before.updated) : await store.insert(row)) written = { row, stateChanged: before?.enabled !== row.enabled };
        else if (attempt >= attemptsMax) throw new Error('the settings of a plugin are changed by too many at once');
      }
      const { row, stateChanged } = written;
      lists.delete(orgId);
      instances.delete(`${orgId}/${pluginId}`);
      const setting = toSetting(row);
      for (const listener of listeners) await listener({ setting, stateChanged });
      return setting;
    },
    secretsOf: async (orgId, pluginId) => secretsIn(await store.find(orgId, pluginId)),
    instanceOf: (orgId, pluginId) => remembered(instances, `${orgId}/${pluginId}`, () => instance(orgId, pluginId)),
    onSaved(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const toSetting = (row: PluginSettingRow): PluginSetting => ({
  orgId: Number(row.org_id), pluginId: row.plugin_id, enabled: Boolean(row.enabled), pinned: Boolean(row.pinned), jsonData: row.json_data,
  secretKeys: JSON.parse(row.secure_json_keys) as string[], version: row.plugin_version, updated: Number(row.updated),
});
