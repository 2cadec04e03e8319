/** What a page tells the frontend before it starts: user, settings, navigation (frontend-contract §2.1 to §2.3). */
import { createHmac } from 'node:crypto';
import type { Ini } from '../setting/ini.ts';
import type { FeatureToggles } from '../setting/feature-toggles.ts';
import type { PluginStore } from '../plugins/plugin.ts';
import { mayUseApp, stateOf } from '../services/plugins/plugin-access.ts';
import type { PluginSettingsService } from '../services/plugins/plugin-settings.ts';
import type { Identity, Permissions } from '../web/identity.ts';
import { scriptJson } from './escaped-json.ts';
import type { FrontendSettings, FrontendSettingsOptions } from './frontend-settings.ts';
import { navTree, type NavSettings } from './nav-tree.ts';
import { resolveTheme, type Theme } from './themes.ts';

/** Merged: user, then team, then org, then configuration. Empty members say nothing. */
export interface PagePreferences {
  readonly theme: string;
  readonly timezone: string;
  readonly weekStart: string;
  readonly language: string;
  readonly regionalFormat: string;
  readonly homeDashboardUid: string;
}

export interface BootDataDeps {
  readonly ini: Ini;
  readonly subPath: string;
  readonly rootUrl: string;
  readonly toggles: FeatureToggles;
  readonly frontendSettings: FrontendSettings;
  readonly store: PluginStore;
  readonly pluginSettings: Pick<PluginSettingsService, 'list'>;
  readonly preferences: (identity: Identity) => Promise<PagePreferences> | PagePreferences;
  /** Organizations that a user belongs to. */
  readonly orgCount: (identity: Identity) => Promise<number>;
  /** Readable starred dashboards, sorted by title, at most fifty. */
  readonly starred: (identity: Identity) => Promise<readonly { readonly uid: string; readonly title: string; readonly url: string }[]>;
  readonly mayReadAllOrgs: (identity: Identity) => Promise<boolean> | boolean;
  readonly gravatarUrl: (email: string) => string;
}

/** What the request says about the page, apart from who asks. */
export interface PageRequest {
  readonly search: URLSearchParams;
  readonly acceptLanguage: string | undefined;
}

export interface BootData {
  readonly theme: Theme;
  readonly language: string;
  /** JSON texts that are safe inside a script. */
  readonly user: string;
  readonly settings: Buffer;
  readonly navTree: string;
}

export interface BootDataService {
  of(identity: Identity, page: PageRequest, options?: FrontendSettingsOptions): Promise<BootData>;
}

export function createBootData(deps: BootDataDeps): BootDataService {
  const { ini, subPath, rootUrl, toggles } = deps;
  const users = ini.section('users');
  const defaultTheme = users.string('default_theme', 'dark');
  const defaultLanguage = users.string('default_language', 'en-US');
  const intercomSecret = ini.section('analytics').string('intercom_secret');
  const nav = readNavSettings(ini, subPath, toggles);
  /** A permission set lives as long as its identity's cache entry, and so does its text. */
  const permissionTexts = new WeakMap<Permissions, string>();
  const orgCounts = new WeakMap<Permissions, Promise<number>>();
  const trees = new WeakMap<Permissions, { readonly key: string; readonly text: string }>();

  function permissionsText(permissions: Permissions): string {
    let text = permissionTexts.get(permissions);
    if (text === undefined) {
      text = scriptJson(Object.fromEntries([...permissions.all().keys()].sort().map((action) => [action, true])));
      permissionTexts.set(permissions, text);
    }
    return text;
  }

  function orgCountOf(identity: Identity): Promise<number> {
    let count = orgCounts.get(identity.permissions);
    if (!count) {
      count = deps.orgCount(identity);
      orgCounts.set(identity.permissions, count);
      count.catch(() => orgCounts.delete(identity.permissions));
    }
    return count;
  }

  function analytics(identity: Identity): Record<string, string> {
    if (identity.kind === 'nobody' || identity.kind === 'anonymous') return { identifier: `@${rootUrl}` };
    const identifier = `${identity.kind === 'user' ? identity.email : ''}@${rootUrl}`;
    return { identifier, ...(intercomSecret === '' ? {} : { intercomIdentifier: createHmac('sha256', intercomSecret).update(identifier).digest('hex') }) };
  }

  return {
    async of(identity, { search, acceptLanguage }, options) {
      const signedIn = identity.kind !== 'nobody' && identity.kind !== 'anonymous';
      const isAccount = identity.kind === 'user';
      const [preferences, orgCount, starred, mayReadAllOrgs, rows, settings] = await Promise.all([
        deps.preferences(identity), isAccount ? orgCountOf(identity) : 1, signedIn ? deps.starred(identity) : [], signedIn ? deps.mayReadAllOrgs(identity) : false,
        identity.orgId > 0 ? deps.pluginSettings.list(identity.orgId) : new Map(), deps.frontendSettings.forIdentity(identity, options),
      ]);
      const theme = resolveTheme(search.get('theme'), preferences.theme, defaultTheme, toggles.has('grafanaconThemes'));
      const language = search.get('lang') || preferences.language || defaultLanguage;
      const locale = acceptLanguage?.split(',')[0]?.split(';')[0]?.trim() || 'en-US';
      const regionalFormat = toggles.has('localeFormatPreference')
        ? search.get('regionalFormat') || preferences.regionalFormat || acceptLanguage?.split(',')[0]?.split(';')[0]?.trim() || language || 'en'
        : '';
      const gravatarUrl = deps.gravatarUrl(signedIn ? identity.email : '');
      const { permissions } = identity;
      // Compat: who is not signed in may read folders, says the reference's page.
      const permissionMembers = identity.kind === 'nobody' ? '{"folders:read":true}' : permissionsText(permissions);
      const user = scriptJson({
        isSignedIn: signedIn, id: isAccount ? identity.id : 0, uid: isAccount ? identity.uid : '', login: signedIn ? identity.login : '', email: signedIn ? identity.email : '',
        name: signedIn ? identity.name || identity.login : '', theme: theme.id, lightTheme: theme.light, orgCount, orgId: identity.orgId, orgName: identity.orgName, orgRole: identity.orgRole,
        isGrafanaAdmin: identity.isGrafanaAdmin, gravatarUrl, timezone: preferences.timezone || 'browser', weekStart: preferences.weekStart || 'browser', locale, regionalFormat, language,
        helpFlags1: identity.helpFlags1, hasEditPermissionInFolders: permissions.has('dashboards:create') || permissions.has('folders:create'), authenticatedBy: signedIn ? shownAuthenticator(identity) : '',
        analytics: analytics(identity),
      });
      const apps = deps.store.list().filter((plugin) => plugin.json.type === 'app' && stateOf(plugin, rows, deps.store).enabled && mayUseApp(identity, plugin.id));
      const treeKey = JSON.stringify([identity.name, identity.login, identity.orgName, identity.orgRole, identity.kind, gravatarUrl, starred, mayReadAllOrgs, preferences.homeDashboardUid !== '', apps.map(({ id }) => id)]);
      let tree = trees.get(permissions);
      if (tree?.key !== treeKey) {
        tree = { key: treeKey, text: scriptJson(navTree({ identity, settings: nav, toggles, gravatarUrl, starred, mayReadAllOrgs, apps, hasHomeDashboard: preferences.homeDashboardUid !== '' })) };
        trees.set(permissions, tree);
      }
      return {
        theme, language, settings, navTree: tree.text,
        user: permissionMembers === '{}' ? user : `${user.slice(0, -1)},"permissions":${permissionMembers}}`,
      };
    },
  };
}

/** A session says how it was begun; the local login has no name. */
const shownAuthenticator = ({ authenticatedBy, authModule }: Identity) => (authenticatedBy === 'session' ? authModule : authenticatedBy);

function readNavSettings(ini: Ini, subPath: string, toggles: FeatureToggles): NavSettings {
  const on = (section: string, otherwise = true, key = 'enabled') => ini.section(section).bool(key, otherwise);
  const auth = ini.section('auth');
  const placements = (section: string) =>
    new Map(ini.section(section).keys().map((key) => {
      const [id = 'apps', weight = '0'] = ini.section(section).string(key).trim().split(/\s+/);
      return [key, { section: id, weight: Number(weight) || 0 }] as const;
    }));
  return {
    subPath, homePage: ini.section('users').string('home_page'), snapshotsEnabled: on('snapshots'), publicDashboardsEnabled: on('public_dashboards'), exploreEnabled: on('explore'),
    profileEnabled: on('profile'), helpEnabled: on('help'), supportBundlesEnabled: on('support_bundles'), cloudMigrationEnabled: on('cloud_migration'),
    pluginAdminEnabled: on('plugins', true, 'plugin_admin_enabled'),
    passwordChangeEnabled: !auth.bool('disable_login_form') && !auth.bool('disable_login') && ini.section('auth.basic').bool('enabled', true),
    unifiedAlertingEnabled: on('unified_alerting'), development: ini.section('').string('app_mode', 'production') === 'development' || toggles.has('enableExtensionsAdminPage'),
    ldapEnabled: on('auth.ldap', false), oauthProviders: [], appSections: placements('navigation.app_sections'), standalonePages: placements('navigation.app_standalone_pages'),
  };
}
