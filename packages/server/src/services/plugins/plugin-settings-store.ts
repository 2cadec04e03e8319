import { isUniqueViolation } from '../../infra/db/database-errors.ts';
import type { Database } from '../../infra/db/database.ts';

export interface PluginSettingRow {
  readonly org_id: number;
  readonly plugin_id: string;
  readonly enabled: boolean;
  readonly pinned: boolean;
  readonly json_data: string;
  readonly secure_json_data: string;
  readonly secure_json_keys: string;
  readonly plugin_version: string;
  readonly created: number;
  readonly updated: number;
}

interface Tables {
  plugin_setting: PluginSettingRow;
}

export interface PluginSettingStore {
  find(orgId: number, pluginId: string): Promise<PluginSettingRow | undefined>;
  list(orgId: number): Promise<readonly PluginSettingRow[]>;
  /** False: somebody else was first. */
  insert(row: PluginSettingRow): Promise<boolean>;
  /** False: it was changed since `expect`. */
  update(row: PluginSettingRow, expect: number): Promise<boolean>;
}

export function createPluginSettingStore(db: Database): PluginSettingStore {
  const table = () => db.tables<Tables>();
  return {
    find: (orgId, pluginId) => table().selectFrom('plugin_setting').selectAll().where('org_id', '=', orgId).where('plugin_id', '=', pluginId).executeTakeFirst(),
    list: (orgId) => table().selectFrom('plugin_setting').selectAll().where('org_id', '=', orgId).execute(),
    async insert(row) {
      try {
        await table().insertInto('plugin_setting').values(row).execute();
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    async update({ org_id, plugin_id, ...changed }, expect) {
      const { numUpdatedRows } = await table().updateTable('plugin_setting').set(changed)
        .where('org_id', '=', org_id).where('plugin_id', '=', plugin_id).where('updated', '=', expect).executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}
