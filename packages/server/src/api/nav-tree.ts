/** The navigation tree of the frontend (frontend-contract §5). Ids, icons, addresses and order are what it looks nodes up by. Pure. */
import type { Plugin } from '../plugins/plugin.ts';
import { mayInclude } from '../services/plugins/plugin-access.ts';
import { roleIncludes, type Identity } from '../web/identity.ts';

export interface NavNode {
  id?: string;
  text: string;
  subTitle?: string;
  icon?: string;
  img?: string;
  url?: string;
  sortWeight?: number;
  hideFromTabs?: boolean;
  roundIcon?: boolean;
  isSection?: boolean;
  children?: NavNode[];
  emptyMessageId?: string;
  pluginId?: string;
  isCreateAction?: boolean;
  isNew?: boolean;
  keywords?: string[];
}

/** Switches of the configuration. */
export interface NavSettings {
  readonly subPath: string;
  readonly homePage: string;
  readonly snapshotsEnabled: boolean;
  readonly publicDashboardsEnabled: boolean;
  readonly exploreEnabled: boolean;
  readonly profileEnabled: boolean;
  readonly helpEnabled: boolean;
  readonly supportBundlesEnabled: boolean;
  readonly cloudMigrationEnabled: boolean;
  readonly pluginAdminEnabled: boolean;
  readonly passwordChangeEnabled: boolean;
  readonly unifiedAlertingEnabled: boolean;
  readonly development: boolean;
  readonly ldapEnabled: boolean;
  readonly oauthProviders: readonly string[];
  /** plugin id -> section and weight, of `[navigation.app_sections]`. */
  readonly appSections: ReadonlyMap<string, { readonly section: string; readonly weight: number }>;
  /** path -> section and weight, of `[navigation.app_standalone_pages]`. */
  readonly standalonePages: ReadonlyMap<string, { readonly section: string; readonly weight: number }>;
}

export interface NavInput {
  readonly identity: Identity;
  readonly settings: NavSettings;
  readonly toggles: { has(name: string): boolean };
  readonly gravatarUrl: string;
  readonly hasHomeDashboard: boolean;
  readonly starred: readonly { readonly uid: string; readonly title: string; readonly url: string }[];
  /** `orgs:read` in the global org. */
  readonly mayReadAllOrgs: boolean;
  /** App plugins that are switched on. */
  readonly apps: readonly Plugin[];
}

const weights = {
  home: -4000, bookmarks: -3900, starred: -3800, dashboards: -3700, explore: -3600, drilldown: -3500, assistant: -3400, alerting: -3300, alertsAndIncidents: -3200, ai: -3100,
  adaptiveTelemetry: -3000, testing: -2800, observability: -2700, infrastructure: -2500, connections: -2200, apps: -2100, plugin: -2000, config: -1900, profile: -1800, help: -1700,
} as const;

export function navTree(input: NavInput): NavNode[] {
  const { identity, settings } = input;
  const url = (path: string) => settings.subPath + path;
  if (identity.kind === 'nobody') {
    const nodes = [{ id: 'home', text: 'Home', icon: 'home-alt', url: url('/login'), sortWeight: weights.home }, help(input)];
    return finish(nodes.filter((node) => node !== undefined));
  }
  const may = identity.permissions.has.bind(identity.permissions);
  const signedIn = identity.kind !== 'anonymous';
  const home = settings.homePage !== '' && !input.hasHomeDashboard ? settings.homePage : '/';
  const nodes: (NavNode | undefined)[] = [
    { id: 'home', text: 'Home', icon: 'home-alt', url: url(home), sortWeight: weights.home },
    signedIn ? { id: 'bookmarks', text: 'Bookmarks', icon: 'bookmark', url: url('/bookmarks'), sortWeight: weights.bookmarks, emptyMessageId: 'bookmarks-empty' } : undefined,
    may('dashboards:read')
      ? {
          id: 'starred', text: 'Starred', icon: 'star', url: url('/dashboards?starred'), sortWeight: weights.starred, emptyMessageId: 'starred-empty',
          children: input.starred.map((star) => ({ id: `starred/${star.uid}`, text: star.title, url: star.url })),
        }
      : undefined,
    dashboards(input, url),
    settings.exploreEnabled && may('datasources:explore') ? { id: 'explore', text: 'Explore', subTitle: 'Explore your data', icon: 'compass', url: url('/explore'), sortWeight: weights.explore } : undefined,
    may('datasources:explore')
      ? { id: 'drilldown', text: 'Drilldown', subTitle: "Drill down into your data without writing queries", icon: 'drilldown', url: url('/drilldown'), sortWeight: weights.drilldown }
      : undefined,
    alerting(input, url),
    connections(input, url),
    administration(input, url),
    signedIn && settings.profileEnabled ? profile(input, url) : undefined,
    help(input),
  ];
  return finish(withApps(nodes.filter((node) => node !== undefined), input));
}

function dashboards({ identity, settings, toggles }: NavInput, url: (path: string) => string): NavNode | undefined {
  const may = identity.permissions.has.bind(identity.permissions);
  if (!may('folders:read') && !may('folders:create') && !may('dashboards:read') && !may('dashboards:create')) return undefined;
  const signedIn = identity.kind !== 'anonymous';
  const create = may('dashboards:create');
  return {
    id: 'dashboards/browse', text: 'Dashboards', subTitle: 'Create and manage dashboards to visualize your data', icon: 'apps', url: url('/dashboards'), sortWeight: weights.dashboards,
    children: present([
      signedIn && roleIncludes(identity.orgRole, 'Viewer') && { id: 'dashboards/playlists', text: 'Playlists', subTitle: 'Dashboards shown one after the other', icon: 'presentation-play', url: url('/playlists') },
      signedIn && settings.snapshotsEnabled && may('snapshots:read') && { id: 'dashboards/snapshots', text: 'Snapshots', subTitle: 'Copies of dashboards as they were at one moment', icon: 'camera', url: url('/dashboard/snapshots') },
      signedIn && { id: 'dashboards/library-panels', text: 'Library panels', subTitle: 'Panels that several dashboards share', icon: 'library-panel', url: url('/library-panels') },
      signedIn && settings.publicDashboardsEnabled && { id: 'dashboards/public', text: 'Public dashboards', icon: 'library-panel', url: url('/dashboard/public') },
      signedIn && toggles.has('restoreDashboards') && { id: 'dashboards/recently-deleted', text: 'Recently deleted', subTitle: 'Anything here is removed for good after thirty days', url: url('/dashboard/recently-deleted') },
      create && { id: 'dashboards/new', text: 'New dashboard', icon: 'plus', url: url('/dashboard/new'), hideFromTabs: true, isCreateAction: true },
      create && { id: 'dashboards/import', text: 'Import dashboard', subTitle: 'Import a dashboard from a file or from Grafana.com', icon: 'plus', url: url('/dashboard/import'), hideFromTabs: true, isCreateAction: true },
    ]),
  };
}

function alerting({ identity, settings, toggles }: NavInput, url: (path: string) => string): NavNode | undefined {
  if (!settings.unifiedAlertingEnabled) return undefined;
  const any = (...actions: string[]) => actions.some((action) => identity.permissions.has(action));
  const isAdmin = identity.orgRole === 'Admin';
  const rules = any('alert.rules:read', 'alert.rules.external:read');
  const instances = any('alert.instances:read', 'alert.instances.external:read');
  const contacts = any('alert.notifications:read', 'alert.notifications.external:read', 'alert.notifications.receivers:read', 'alert.notifications.templates:read', 'alert.notifications.receivers:create', 'alert.notifications.receivers:test');
  const policies = any('alert.notifications:read', 'alert.notifications.external:read', 'alert.notifications.routes:read', 'alert.notifications.time-intervals:read');
  const children = present([
    rules && toggles.has('alertingTriage') && { id: 'alert-alerts', text: 'Alert activity', subTitle: 'Active and pending alerts at a glance', icon: 'bell', url: url('/alerting/alerts'), isNew: true },
    rules && (toggles.has('alertingNavigationV2')
      ? { id: 'alert-rules', text: 'Alert rules', subTitle: 'What decides whether an alert fires', icon: 'list-ul', url: url('/alerting/list') }
      : { id: 'alert-list', text: 'Alert rules', subTitle: 'What decides whether an alert fires', icon: 'list-ul', url: url('/alerting/list') }),
    ...(toggles.has('alertingNavigationV2')
      ? [(contacts || policies) && { id: 'notification-config', text: 'Notification configuration', subTitle: 'Who is told of an alert, and how', icon: 'comment-alt-share', url: url('/alerting/notifications') }]
      : [
          contacts && { id: 'receivers', text: 'Contact points', subTitle: 'How people are told of an alert', icon: 'comment-alt-share', url: url('/alerting/notifications') },
          policies && { id: 'am-routes', text: 'Notification policies', subTitle: 'Which alerts go to which contact points', icon: 'sitemap', url: url('/alerting/routes') },
        ]),
    (instances || any('alert.silences:read')) && { id: 'silences', text: 'Silences', subTitle: 'Alerts that nobody is told of for a while', icon: 'bell-slash', url: url('/alerting/silences') },
    instances && { id: 'groups', text: 'Alert groups', subTitle: 'Alerts that are notified together', icon: 'layer-group', url: url('/alerting/groups') },
    rules && toggles.has('alertingCentralAlertHistory') && { id: 'alerts-history', text: 'History', subTitle: 'What happened to alerts', icon: 'history', url: url('/alerting/history') },
    isAdmin && toggles.has('alertRuleRestore') && toggles.has('alertingRuleRecoverDeleted') && { id: 'alerts/recently-deleted', text: 'Recently deleted', subTitle: 'Anything here is removed for good after thirty days', url: url('/alerting/recently-deleted') },
    isAdmin && { id: 'alerting-admin', text: 'Settings', icon: 'cog', url: url('/alerting/admin') },
    any('alert.rules:create', 'alert.rules.external:write') && { id: 'alert', text: 'Create alert rule', subTitle: 'Create an alert rule', icon: 'plus', url: url('/alerting/new'), hideFromTabs: true, isCreateAction: true },
  ]);
  if (children.length === 0) return undefined;
  return { id: 'alerting', text: 'Alerting', subTitle: 'Learn about problems in your systems moments after they occur', icon: 'bell', url: url('/alerting'), sortWeight: weights.alerting, children };
}

/** Whoever may configure data sources. */
export function mayConfigureDataSources({ permissions }: Identity): boolean {
  return permissions.has('datasources:create') || (permissions.has('datasources:read') && (permissions.has('datasources:write') || permissions.has('datasources:delete')));
}

function connections({ identity }: NavInput, url: (path: string) => string): NavNode | undefined {
  if (!mayConfigureDataSources(identity)) return undefined;
  return {
    id: 'connections', text: 'Connections', icon: 'adjust-circle', url: url('/connections'), sortWeight: weights.connections,
    children: [
      { id: 'connections-add-new-connection', text: 'Add new connection', subTitle: 'Find and make new connections', url: url('/connections/add-new-connection'), keywords: ['csv', 'graphite', 'json', 'loki', 'prometheus', 'sql', 'tempo'] },
      { id: 'connections-datasources', text: 'Data sources', subTitle: 'The data sources that are connected', url: url('/connections/datasources') },
    ],
  };
}

function administration({ identity, settings, toggles, mayReadAllOrgs }: NavInput, url: (path: string) => string): NavNode | undefined {
  const { permissions, isGrafanaAdmin, orgRole } = identity;
  const may = permissions.has.bind(permissions);
  const isAdmin = orgRole === 'Admin';
  const general = section('cfg/general', 'General', 'Preferences and settings of this server', url('/admin/general'), [
    isGrafanaAdmin && { id: 'upgrading', text: 'Stats and license', icon: 'unlock', url: url('/admin/upgrading'), sortWeight: -1 },
    ((may('orgs:read') && may('orgs:write')) || (may('orgs.preferences:read') && may('orgs.preferences:write'))) &&
      { id: 'org-settings', text: 'Default preferences', subTitle: 'Preferences of the whole organization', icon: 'sliders-v-alt', url: url('/org') },
    may('settings:read', 'settings:*') && { id: 'server-settings', text: 'Settings', subTitle: 'How this server is configured', icon: 'sliders-v-alt', url: url('/admin/settings') },
    mayReadAllOrgs && { id: 'global-orgs', text: 'Organizations', subTitle: 'Separate worlds on one server', icon: 'building', url: url('/admin/orgs') },
    settings.cloudMigrationEnabled && may('migrationassistant:migrate') && { id: 'migrate-to-cloud', text: 'Migrate to Grafana Cloud', subTitle: 'Copy what is here to a stack in the cloud', url: url('/admin/migrate-to-cloud') },
    toggles.has('provisioning') && isAdmin && { id: 'provisioning', text: 'Provisioning', subTitle: 'Content that comes from repositories', url: url('/admin/provisioning') },
  ]);
  const plugins = section('cfg/plugins', 'Plugins and data', 'Plugins, and how data belong together', url('/admin/plugins'), [
    (isAdmin || (settings.pluginAdminEnabled && isGrafanaAdmin) || may('plugins:write') || may('plugins:install')) && { id: 'plugins', text: 'Plugins', subTitle: 'Find, install and configure plugins', icon: 'plug', url: url('/plugins') },
    may('datasources:explore') && { id: 'correlations', text: 'Correlations', subTitle: 'Links from one data source to another', icon: 'gf-glue', url: url('/datasources/correlations') },
    settings.development && { id: 'extensions', text: 'Extensions', subTitle: 'What plugins add to other pages', icon: 'plug', url: url('/admin/extensions') },
  ]);
  const access = section('cfg/access', 'Users and access', 'Users, teams and service accounts', url('/admin/access'), [
    (may('org.users:read') || may('users:read', 'global.users:*')) && { id: 'global-users', text: 'Users', subTitle: 'Who may sign in here', icon: 'user', url: url('/admin/users') },
    (may('teams:create') || (may('teams:read') && (may('teams:write') || may('teams.permissions:write') || may('teams.permissions:read')))) && { id: 'teams', text: 'Teams', subTitle: 'Users with the same needs', icon: 'users-alt', url: url('/org/teams') },
    (may('serviceaccounts:read') || may('serviceaccounts:create')) && { id: 'serviceaccounts', text: 'Service accounts', subTitle: 'Accounts for programs', icon: 'gf-service-account', url: url('/org/serviceaccounts') },
  ]);
  const children = present([
    general, plugins, access,
    mayConfigureAuthentication(identity, settings) && { id: 'authentication', text: 'Authentication', subTitle: 'Sign-on with other providers', icon: 'signin', url: url('/admin/authentication'), isSection: true },
  ]);
  if (children.length === 0) return undefined;
  return { id: 'cfg', text: 'Administration', subTitle: `Organization: ${identity.orgName}`, icon: 'cog', url: url('/admin'), sortWeight: weights.config, children };
}

const configurableProviders = ['github', 'gitlab', 'google', 'azuread', 'okta', 'generic_oauth', 'grafana_com'];

export function mayConfigureAuthentication({ permissions }: Identity, { ldapEnabled }: Pick<NavSettings, 'ldapEnabled'>): boolean {
  return configurableProviders.some((provider) => permissions.has('settings:read', `settings:auth.${provider}:*`) || permissions.has('settings:write', `settings:auth.${provider}:*`)) ||
    (ldapEnabled && permissions.has('ldap.status:read'));
}

function profile({ identity, settings, gravatarUrl }: NavInput, url: (path: string) => string): NavNode {
  const text = identity.name || identity.login;
  return {
    id: 'profile', text, ...(text === identity.login ? {} : { subTitle: identity.login }), img: gravatarUrl, url: url('/profile'), sortWeight: weights.profile, roundIcon: true,
    children: present([
      { id: 'profile/settings', text: 'Profile', icon: 'sliders-v-alt', url: url('/profile') },
      { id: 'profile/notifications', text: 'Notification history', icon: 'bell', url: url('/profile/notifications') },
      settings.passwordChangeEnabled && { id: 'profile/password', text: 'Change password', icon: 'lock', url: url('/profile/password') },
    ]),
  };
}

function help({ identity, settings, apps }: NavInput): NavNode | undefined {
  if (!settings.helpEnabled) return undefined;
  const { permissions } = identity;
  const bundles = settings.supportBundlesEnabled && (permissions.has('support.bundles:read') || permissions.has('support.bundles:create'));
  const guided = apps.some(({ id }) => id === 'grafana-pathfinder-app' || id === 'grafana-grafanadocsplugin-app');
  return {
    id: 'help', text: 'Help', icon: 'question-circle', url: '#', sortWeight: weights.help, ...(guided ? { hideFromTabs: true } : {}),
    children: bundles ? [{ id: 'support-bundles', text: 'Support bundles', icon: 'wrench', url: `${settings.subPath}/support-bundles`, sortWeight: weights.help }] : [],
  };
}

const builtInSections: Readonly<Record<string, readonly [section: string, weight: number, text?: string]>> = {
  'grafana-metricsdrilldown-app': ['drilldown', 1, 'Metrics'], 'grafana-lokiexplore-app': ['drilldown', 2, 'Logs'], 'grafana-exploretraces-app': ['drilldown', 3, 'Traces'],
  'grafana-pyroscope-app': ['drilldown', 4, 'Profiles'], 'grafana-asserts-app': ['observability', 1], 'grafana-kowalski-app': ['observability', 2], 'grafana-app-observability-app': ['observability', 3],
  'grafana-dbo11y-app': ['observability', 4], 'grafana-k8s-app': ['observability', 5], 'grafana-csp-app': ['observability', 6], 'k6-app': ['testing-and-synthetics', 1, 'Performance'],
  'grafana-synthetic-monitoring-app': ['testing-and-synthetics', 2, 'Synthetics'], 'grafana-irm-app': ['alerts-and-incidents', 3], 'grafana-oncall-app': ['alerts-and-incidents', 4],
  'grafana-incident-app': ['alerts-and-incidents', 5], 'grafana-slo-app': ['alerts-and-incidents', 7], 'grafana-adaptive-metrics-app': ['adaptive-telemetry', 1], 'grafana-adaptivelogs-app': ['adaptive-telemetry', 2],
  'grafana-adaptivetraces-app': ['adaptive-telemetry', 3], 'grafana-adaptiveprofiles-app': ['adaptive-telemetry', 4], 'grafana-assistant-app': ['root', weights.assistant], 'grafana-ml-app': ['root', weights.ai],
  'grafana-easystart-app': ['root', weights.connections + 1], 'grafana-cloud-link-app': ['cfg/plugins', 3],
};

const newSections: Readonly<Record<string, Omit<NavNode, 'children'>>> = {
  apps: { id: 'apps', text: 'More apps', subTitle: 'App plugins that add to what is here', icon: 'layer-group', url: '/apps', sortWeight: weights.apps },
  observability: { id: 'observability', text: 'Observability', icon: 'heart-rate', url: '/observability', sortWeight: weights.observability },
  infrastructure: { id: 'infrastructure', text: 'Infrastructure', icon: 'heart-rate', url: '/infrastructure', sortWeight: weights.infrastructure },
  'testing-and-synthetics': { id: 'testing-and-synthetics', text: 'Testing & synthetics', icon: 'k6', url: '/testing-and-synthetics', sortWeight: weights.testing },
  'adaptive-telemetry': { id: 'adaptive-telemetry', text: 'Adaptive Telemetry', icon: 'adaptive-telemetry', url: '/adaptive-telemetry', sortWeight: weights.adaptiveTelemetry },
  'alerts-and-incidents': { id: 'alerts-and-incidents', text: 'Alerts & IRM', icon: 'bell', url: '/alerts-and-incidents', sortWeight: weights.alertsAndIncidents },
};

function withApps(tree: NavNode[], input: NavInput): NavNode[] {
  const { settings } = input;
  const nodes = input.apps.map((app) => appNode(app, input)).filter((node) => node !== undefined).sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  for (const node of nodes) {
    const placed = settings.appSections.get(node.pluginId!);
    const known = builtInSections[node.pluginId!];
    const sectionId = placed?.section ?? known?.[0] ?? 'apps';
    const weight = placed?.weight ?? known?.[1] ?? 0;
    if (known?.[2]) node.text = known[2];
    if (weight !== 0) node.sortWeight = weight;
    for (const child of node.children ?? []) moveStandalone(child, node, tree, settings);
    node.children = node.children?.filter((child) => !child.id?.startsWith('standalone-plugin-page-')) ?? [];
    if (sectionId === 'root') tree.push(node);
    else (sectionOf(tree, sectionId, settings).children ??= []).push(node);
  }
  return tree;
}

function moveStandalone(page: NavNode, app: NavNode, tree: NavNode[], { standalonePages, subPath }: NavSettings): void {
  const path = (page.url ?? '').slice(subPath.length);
  const placed = standalonePages.get(path);
  if (!placed) return;
  const section = sectionOf(tree, placed.section, { subPath });
  Object.assign(page, { id: `standalone-plugin-page-${path}`, pluginId: app.pluginId, ...(placed.weight === 0 ? {} : { sortWeight: placed.weight }) });
  section.children = [...(section.children ?? []).filter((child) => child.url !== page.url), { ...page }];
}

function sectionOf(tree: NavNode[], id: string, { subPath }: Pick<NavSettings, 'subPath'>): NavNode {
  const find = (nodes: readonly NavNode[]): NavNode | undefined => {
    for (const node of nodes) {
      const found = node.id === id ? node : find(node.children ?? []);
      if (found) return found;
    }
    return undefined;
  };
  const there = find(tree);
  if (there) return there;
  const template = newSections[id] ?? newSections['apps']!;
  if (template.id !== id) return sectionOf(tree, 'apps', { subPath });
  const made: NavNode = { ...template, url: subPath + template.url, children: [] };
  if (id === 'alerts-and-incidents') {
    const index = tree.findIndex((node) => node.id === 'alerting');
    if (index >= 0) made.children!.push({ ...tree.splice(index, 1)[0]!, sortWeight: 2 });
  }
  tree.push(made);
  return made;
}

function appNode({ id, json: { name, info, includes } }: Plugin, { identity, settings: { subPath } }: NavInput): NavNode | undefined {
  const node: NavNode = { id: `plugin-page-${id}`, text: name, subTitle: info.description, img: subPath === '' ? info.logos.small : `${subPath}/${info.logos.small}`, url: `${subPath}/a/${id}`, sortWeight: weights.plugin, isSection: true, pluginId: id };
  const children: NavNode[] = [];
  for (const include of includes ?? []) {
    if (!include.addToNav || !mayInclude(identity, id, include)) continue;
    if (include.type === 'page') {
      const page = subPath + (include.path !== '' ? include.path : `/plugins/${id}/page/${include.slug}`);
      if (include.defaultNav) node.url = page;
      children.push({ text: include.name, url: page, pluginId: id, ...(include.icon ? { icon: include.icon } : {}) });
    } else if (include.type === 'dashboard' && include.uid !== '') children.push({ text: include.name, url: `${subPath}/d/${include.uid}`, pluginId: id });
  }
  if (children.length === 0) return undefined;
  node.children = children.filter((child) => child.url !== node.url);
  return node;
}

function section(id: string, text: string, subTitle: string, url: string, children: (NavNode | false)[]): NavNode | false {
  const kept = present(children);
  return kept.length > 0 && { id, text, subTitle, icon: 'shield', url, children: kept };
}

const present = (nodes: (NavNode | false)[]): NavNode[] => nodes.filter((node) => node !== false);

/** Sorted by weight, a node without one at its place; empty members left out. */
function finish(nodes: readonly NavNode[]): NavNode[] {
  const placed = nodes.map((node, i) => ({ node, weight: node.sortWeight || i + 1 }));
  placed.sort((a, b) => a.weight - b.weight);
  return placed.map(({ node }) => {
    const { children, ...rest } = node;
    const kept = Object.fromEntries(Object.entries(rest).filter(([key, value]) => key === 'text' || (value !== '' && value !== 0 && value !== false && value !== undefined))) as unknown as NavNode;
    const below = children && children.length > 0 ? finish(children) : undefined;
    return below ? { ...kept, children: below } : kept;
  });
}
