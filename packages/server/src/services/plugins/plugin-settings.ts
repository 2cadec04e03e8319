/** What an organization has set of a plugin: on or off, pinned, its configuration and secrets (plugins §8). */
import type { AppInstanceSettings } from '@belvedere/plugin-sdk';

export interface PluginSetting {
  readonly orgId: number;
  /** As it was given when it was saved; an alias has a row of its own. */
  readonly pluginId: string;
  readonly enabled: boolean;
  readonly pinned: boolean;
  /** JSON text; 'null' when never given. */
  readonly jsonData: string;
  /** Keys of secrets that are not empty. */
  readonly secretKeys: readonly string[];
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly updated: number;
}

export interface PluginSettingWrite {
  readonly enabled: boolean;
  readonly pinned: boolean;
  /** JSON text. Absent or an empty object: what is stored stays. */
  readonly jsonData?: string;
  /** Merged into what is stored. */
  readonly secureJsonData: Readonly<Record<string, string>>;
  /** '': what is stored stays. */
  readonly version: string;
}

export interface PluginSettingEvent {
  readonly setting: PluginSetting;
  /** New, or switched on or off. */
  readonly stateChanged: boolean;
}

export interface PluginSettingsService {
  get(orgId: number, pluginId: string): Promise<PluginSetting | undefined>;
  /** All of one organization. */
  list(orgId: number): Promise<ReadonlyMap<string, PluginSetting>>;
  save(orgId: number, pluginId: string, write: PluginSettingWrite): Promise<PluginSetting>;
  /** Decrypted; never answered to anybody. */
  secretsOf(orgId: number, pluginId: string): Promise<Readonly<Record<string, string>>>;
  /** What the plugin's back end is told; remembered for five seconds, or until this process changes it. */
  instanceOf(orgId: number, pluginId: string): Promise<AppInstanceSettings>;
  /** Called after commit. Returns the unsubscriber. */
  onSaved(listener: (event: PluginSettingEvent) => void | Promise<void>): () => void;
}
