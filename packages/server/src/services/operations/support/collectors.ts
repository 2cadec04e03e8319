import type { Settings } from '../../../setting/settings.ts';
import { belvedereVersion, buildCommit, grafanaVersion } from '../../../util/version.ts';
import type { ServerCounts } from '../admin/admin.ts';
import type { EffectiveSettings } from '../admin/effective-settings.ts';
import type { UsageReport } from '../admin/usage-report.ts';
import type { Collector } from './support-bundle.ts';

export interface CollectorDeps {
  readonly settings: Settings;
  readonly effective: () => EffectiveSettings;
  readonly counts: () => Promise<ServerCounts>;
  readonly report: () => Promise<UsageReport>;
  readonly migrations: () => Promise<readonly string[]>;
  readonly plugins: () => readonly { readonly id: string; readonly type: string; readonly version: string }[];
  readonly users: () => Promise<readonly { readonly login: string; readonly isAdmin: boolean; readonly isDisabled: boolean }[]>;
}

const providers: Readonly<Record<string, string>> = {
  github: 'Github', gitlab: 'Gitlab', google: 'Google', generic_oauth: 'Generic Oauth', grafana_com: 'Grafana Com', azuread: 'Azuread', okta: 'Okta',
};

/** The collectors of the reference, by its names. Settings are redacted, of users there is no more than who they are. */
export function collectors({ settings, effective, counts, report, migrations, plugins, users }: CollectorDeps): readonly Collector[] {
  const file = (name: string, value: unknown) => ({ name, content: `${JSON.stringify(value, null, 2)}\n` });
  return [
    {
      uid: 'basic', displayName: 'Basic information', description: 'Basic information about the Grafana instance', includedByDefault: true, default: true,
      collect: async () => file('basic.json', {
        version: grafanaVersion, belvedere: belvedereVersion, commit: buildCommit, node: process.version, os: process.platform, arch: process.arch,
        uptimeSeconds: Math.floor(process.uptime()), memory: process.memoryUsage(), appMode: settings.appMode, toggles: [...settings.toggles.enabled],
      }),
    },
    { uid: 'settings', displayName: 'Settings', description: 'Settings of the Grafana instance', includedByDefault: false, default: true, collect: async () => file('settings.json', effective()) },
    {
      uid: 'db', displayName: 'Database and migration information', description: 'Database information and migration log', includedByDefault: false, default: true,
      collect: async () => file('db.json', { type: settings.database.type, migrations: await migrations() }),
    },
    { uid: 'usage-stats', displayName: 'Usage statistics', description: 'Usage statistics of the Grafana instance', includedByDefault: false, default: true, collect: async () => file('usage-stats.json', await report()) },
    {
      uid: 'users', displayName: 'User information', description: 'List users belonging to the Grafana instance', includedByDefault: false, default: false,
      collect: async () => file('users.json', (await users()).map(({ login, isAdmin, isDisabled }) => ({ login, isAdmin, isDisabled }))),
    },
    {
      uid: 'folder-stats', displayName: 'Folder information', description: 'Folder information for the Grafana instance', includedByDefault: false, default: true,
      collect: async () => file('folder-stats.json', await counts().then(({ folders, stats }) => ({ folders, dashboards: stats.dashboards }))),
    },
    { uid: 'plugins', displayName: 'Plugin information', description: 'Plugin information for the Grafana instance', includedByDefault: false, default: true, collect: async () => file('plugins.json', plugins()) },
    ...Object.entries(providers).map(([name, label]): Collector => ({
      uid: `oauth-${name}`, displayName: `OAuth ${label}`, description: `OAuth configuration and healthchecks for ${name}`, includedByDefault: false, default: false,
      collect: async () => file(`oauth-${name}.json`, effective()[`auth.${name}`] ?? {}),
    })),
  ];
}
