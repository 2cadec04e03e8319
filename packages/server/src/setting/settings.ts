/** All settings, typed and frozen, one section a domain (config-and-operations §1, §2). */
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { readAlertingSettings, type AlertingSettings } from './alerting-settings.ts';
import { readContentSettings, type ContentSettings } from './content-settings.ts';
import { readDataProxySettings, type DataProxySettings } from './dataproxy-settings.ts';
import { readDatabaseSettings, type DatabaseSettings } from './database-settings.ts';
import { readExpressionSettings, type ExpressionSettings } from './expression-settings.ts';
import { readExternalAuthSettings, type ExternalAuthSettings } from './external-auth-settings.ts';
import { readIdentitySettings, type IdentitySettings } from './identity-settings.ts';
import { loadIni, SettingError, type Ini } from './ini.ts';
import { readFeatureToggles, type FeatureToggles } from './feature-toggles.ts';
import { readLiveSettings, type LiveSettings } from './live-settings.ts';
import { readLogSettings, type LogSettings } from './log-settings.ts';
import { readPathSettings, type PathSettings } from './path-settings.ts';
import { readSmtpSettings, type SmtpSettings } from './smtp-settings.ts';
import { readQuotaSettings, type QuotaSettings } from './quota-settings.ts';
import { readSecuritySettings, type SecuritySettings } from './security-settings.ts';
import { readServerSettings, type ServerSettings } from './server-settings.ts';
import { readUnifiedStorageSettings, type UnifiedStorageSettings } from './unified-storage-settings.ts';

export interface Settings {
  readonly homePath: string;
  readonly appMode: 'production' | 'development';
  readonly instanceName: string;
  readonly paths: PathSettings;
  readonly server: ServerSettings;
  readonly database: DatabaseSettings;
  readonly security: SecuritySettings;
  readonly identity: IdentitySettings;
  readonly externalAuth: ExternalAuthSettings;
  readonly quota: QuotaSettings;
  readonly smtp: SmtpSettings;
  readonly live: LiveSettings;
  readonly content: ContentSettings;
  readonly dataProxy: DataProxySettings;
  readonly expressions: ExpressionSettings;
  readonly log: LogSettings;
  readonly alerting: AlertingSettings;
  readonly unifiedStorage: UnifiedStorageSettings;
  readonly toggles: FeatureToggles;
  /** For each domain's own reader, and for the settings page. */
  readonly ini: Ini;
  /** Files that were read, for the log. */
  readonly files: readonly string[];
}

export interface SettingsSource {
  readonly homePath: string;
  /** `--config`. */
  readonly config?: string;
  /** `cfg:…` arguments. */
  readonly overrides?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In place of `[paths] provisioning`: several folders, for the sample. */
  readonly provisioningFolders?: readonly string[];
}

export function loadSettings({ homePath, config, overrides, env, provisioningFolders }: SettingsSource): Settings {
  const defaultsFile = join(homePath, 'conf', 'defaults.ini');
  if (!existsSync(defaultsFile)) {
    throw new SettingError(defaultsFile, 'Could not find config defaults, make sure homepath command line parameter is set or working directory is homepath');
  }
  const customFile = config !== undefined ? resolve(config) : join(homePath, 'conf', 'custom.ini');
  const custom = config !== undefined || existsSync(customFile) ? { text: readConfig(customFile), file: customFile } : undefined;
  const ini = loadIni({ defaults: { text: readConfig(defaultsFile), file: defaultsFile }, custom, env, overrides });
  const root = ini.section('');
  const absolute = (path: string) => (isAbsolute(path) ? path : join(homePath, path));
  const paths = readPathSettings(ini, absolute, provisioningFolders);
  return deepFreeze({
    homePath, paths,
    appMode: root.string('app_mode', 'production') === 'development' ? 'development' : 'production',
    instanceName: root.string('instance_name', 'belvedere'),
    server: readServerSettings(ini),
    database: readDatabaseSettings(ini),
    security: readSecuritySettings(ini),
    identity: readIdentitySettings(ini),
    externalAuth: readExternalAuthSettings(ini),
    quota: readQuotaSettings(ini),
    smtp: readSmtpSettings(ini),
    live: readLiveSettings(ini),
    log: readLogSettings(ini),
    content: readContentSettings(ini),
    dataProxy: readDataProxySettings(ini),
    expressions: readExpressionSettings(ini),
    alerting: readAlertingSettings(ini),
    unifiedStorage: readUnifiedStorageSettings(ini, { dataPath: paths.data, absolute }),
    toggles: readFeatureToggles(ini),
    ini,
    files: [defaultsFile, ...(custom ? [customFile] : [])],
  });
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw Object.assign(new SettingError(file, 'cannot be read'), { cause });
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (typeof member === 'object' && member !== null && !Object.isFrozen(member)) deepFreeze(member);
  return Object.freeze(value);
}
