/**
 * The fixed roles and what the basic roles get of them (identity-and-access §10.6). A line of `permissions` is
 * `action[,action…] [@ scope[, scope…]]`; repetitions are the reference's own and visible in answers, so they stay.
 */
import { createHash } from 'node:crypto';
import type { BasicRole, FixedRole, Grant } from './accesscontrol.ts';

/** `orgs:read,write` means `orgs:read` and `orgs:write`; a member with a colon or dot of its own stands by itself. */
export function parseGrants(lines: readonly string[]): Grant[] {
  const grants: Grant[] = [];
  for (const line of lines) {
    const [left = '', right] = line.split(' @ ');
    const scopes = right === undefined ? [''] : right.split(', ');
    let subject = '';
    for (const part of left.split(',')) {
      const colon = part.lastIndexOf(':');
      if (colon >= 0) subject = part.slice(0, colon);
      const action = colon >= 0 || subject === '' ? part : `${subject}:${part}`;
      for (const scope of scopes) grants.push({ action, scope });
    }
  }
  return grants;
}

export interface FixedRoleOptions {
  readonly pluginAdminEnabled: boolean;
  /** `[users] viewers_can_edit`. */
  readonly viewersCanEdit: boolean;
  /** Where a feature is off, nobody holds its permissions. */
  readonly supportBundlesEnabled: boolean;
  readonly supportBundlesServerAdminOnly: boolean;
  readonly cloudMigrationEnabled: boolean;
  /** `[rbac] resources_with_seeded_wildcard_access`. */
  readonly seededWildcardResources: readonly string[];
  readonly pluginStoreServiceLoading?: boolean;
}

export function coreFixedRoles(options: FixedRoleOptions): FixedRole[] {
  const roles: FixedRole[] = [];
  const role = (name: string, grantedTo: readonly BasicRole[], permissions: readonly (string | readonly Grant[])[], except?: readonly BasicRole[]): readonly Grant[] => {
    const grants = permissions.flatMap((p) => (typeof p === 'string' ? parseGrants([p]) : p));
    roles.push({ name: `fixed:${name}`, permissions: grants, grantedTo, ...(except ? { except } : {}) });
    return grants;
  };
  const crud = (resource: string, scope: string) => `${resource}:create,read,write,delete${scope}`;

  role('plugins.app:reader', ['Viewer'], ['plugins.app:access @ plugins:*']);
  role('plugins:writer', ['Admin'], ['plugins:write @ plugins:*']);
  role('plugins:maintainer', options.pluginAdminEnabled ? ['Grafana Admin'] : [], ['plugins:install']);
  role('provisioning:writer', ['Grafana Admin'], ['provisioning:reload @ provisioners:*']);

  role('datasources:explorer', options.viewersCanEdit ? ['Viewer'] : ['Editor'], ['datasources:explore']);
  const dataSourceReader = role('datasources:reader', ['Viewer'], ['datasources:read,query @ datasources:*']);
  role('datasources.builtin:reader', ['Viewer'], ['datasources:read,query @ datasources:uid:grafana']);
  role('datasources.id:reader', ['Viewer'], ['datasources.id:read @ datasources:*']);
  role('datasources:creator', [], ['datasources:create']);
  role('datasources:writer', ['Admin'], [dataSourceReader, 'datasources:create', 'datasources:write,delete @ datasources:*']);

  const orgReader = role('organization:reader', ['Viewer', 'Grafana Admin'], ['orgs:read', 'orgs.quotas:read']);
  role('organization:writer', ['Admin'], [orgReader, 'orgs.preferences:read,write', 'orgs:write']);
  role('organization:maintainer', ['Grafana Admin'], [orgReader, 'orgs:create,write,delete', 'orgs.quotas:write']);

  role('teams:creator', ['Admin'], ['teams:create', 'org.users:read @ users:*']);
  role('teams:read', [], ['teams:read @ teams:*']);
  role('teams:writer', ['Admin'], ['teams:create', 'teams:delete,read,write @ teams:*', 'teams.permissions:read,write @ teams:*']);

  role('annotations:reader', ['Viewer'], ['annotations:read @ annotations:*']);
  role('annotations:writer', ['Editor'], ['annotations:create,delete,write @ annotations:*']);
  role('annotations.all:reader', ['Admin'], ['annotations:read @ annotations:type:organization, folders:*']);
  role('annotations.all:writer', ['Admin'], ['annotations:create,delete,write @ annotations:type:organization, folders:*']);

  role('dashboards:creator', ['Editor'], ['folders:read @ folders:uid:general', 'dashboards:create @ folders:uid:general']);
  const dashboardReader = role('dashboards:reader', ['Admin'], ['dashboards:read @ dashboards:*']);
  role('dashboards:writer', ['Admin'], [dashboardReader, 'dashboards:write,delete @ dashboards:*', 'dashboards:create @ folders:*', 'dashboards.permissions:read,write @ dashboards:*']);
  role('dashboards.public:writer', ['Admin'], ['dashboards.public:write @ dashboards:*']);
  role('folders:creator', ['Editor'], ['folders:create @ folders:uid:general']);
  const folderReader = role('folders:reader', ['Admin'], ['folders:read @ folders:*', 'dashboards:read @ folders:*']);
  role('folders.general:reader', ['Viewer'], ['folders:read @ folders:uid:general']);
  role('folders:writer', ['Admin'], [folderReader, 'folders:create,write,delete @ folders:*', 'dashboards:write,delete,create @ folders:*', 'dashboards.permissions:read,write @ folders:*']);

  role('library.panels:creator', ['Editor'], ['folders:read @ folders:uid:general', 'library.panels:create @ folders:uid:general']);
  const generalPanels = role('library.panels:general.reader', ['Viewer'], ['library.panels:read @ folders:uid:general']);
  role('library.panels:general.writer', ['Editor'], [generalPanels, 'library.panels:write,delete,create @ folders:uid:general']);
  const panelReader = role('library.panels:reader', ['Admin'], ['library.panels:read @ folders:*']);
  role('library.panels:writer', ['Admin'], [panelReader, 'library.panels:write,delete,create @ folders:*']);

  role('featuremgmt:reader', ['Admin'], [[{ action: 'featuremgmt.read', scope: '' }]]);
  role('featuremgmt:writer', ['Admin'], [[{ action: 'featuremgmt.write', scope: '' }]]);
  role('snapshots:reader', ['Viewer'], ['snapshots:read']);
  role('snapshots:creator', ['Editor'], ['snapshots:create']);
  role('snapshots:deleter', ['Editor'], ['snapshots:delete']);

  const ldapReader = role('ldap:reader', ['Grafana Admin'], ['ldap.user:read', 'ldap.status:read']);
  role('ldap:writer', ['Grafana Admin'], [ldapReader, 'ldap.user:sync', 'ldap.config:reload']);

  const orgUserReader = role('org.users:reader', ['Admin', 'Grafana Admin'], ['org.users:read @ users:*', 'users.permissions:read @ users:*']);
  role('org.users:writer', ['Admin', 'Grafana Admin'], [orgUserReader, 'org.users:add,write,remove @ users:*']);
  const userReader = role('users:reader', ['Grafana Admin'], ['users:read @ global.users:*', 'users.authtoken:read @ global.users:*', 'users.quotas:read @ global.users:*']);
  role('users:writer', ['Grafana Admin'], [
    userReader, 'users.password:write @ global.users:*', 'users:create', 'users:write,delete,enable,disable,logout @ global.users:*',
    'users.permissions:write @ global.users:*', 'users.authtoken:write @ global.users:*', 'users.quotas:write @ global.users:*',
  ]);

  role('settings:reader', ['Grafana Admin'], ['settings:read @ settings:*']);
  const providers = ['saml', 'azuread', 'okta', 'github', 'gitlab', 'google', 'generic_oauth', 'ldap', 'scim'];
  role('authentication.config:writer', ['Grafana Admin'], [`settings:read,write @ ${providers.map((p) => `settings:auth.${p}:*`).join(', ')}`]);
  role('general.auth.config:writer', ['Grafana Admin'], ['settings:read,write @ settings:auth:oauth_allow_insecure_email_lookup']);
  role('stats:reader', ['Grafana Admin'], ['server.stats:read']);
  role('usagestats:reader', ['Grafana Admin'], ['server.usagestats.report:read']);

  if (options.supportBundlesEnabled) {
    const bundleAdmins: readonly BasicRole[] = options.supportBundlesServerAdminOnly ? ['Grafana Admin'] : ['Admin', 'Grafana Admin'];
    const bundleReader = role('support.bundles:reader', bundleAdmins, ['support.bundles:read']);
    role('support.bundles:writer', bundleAdmins, [bundleReader, 'support.bundles:create,delete']);
  }
  if (options.cloudMigrationEnabled) role('migrationassistant:migrator', ['Grafana Admin'], ['migrationassistant:migrate']);

  const serviceAccountReader = role('serviceaccounts:reader', ['Admin'], ['serviceaccounts:read @ serviceaccounts:*']);
  role('serviceaccounts:creator', ['Admin'], ['serviceaccounts:create']);
  role('serviceaccounts:writer', ['Admin'], [
    serviceAccountReader, 'serviceaccounts:create', 'serviceaccounts:write,delete @ serviceaccounts:*', 'serviceaccounts.permissions:read,write @ serviceaccounts:*',
  ]);
  for (const resource of ['dashboards', 'folders', 'teams', 'serviceaccounts', 'receivers']) {
    const reader = role(`${resource}.permissions:reader`, ['Admin'], [`${resource}.permissions:read @ ${resource}:*`]);
    role(`${resource}.permissions:writer`, ['Admin'], [reader, `${resource}.permissions:write @ ${resource}:*`]);
  }

  alertingRoles(role);

  role('provisioning.repositories:reader', ['Viewer'], ['provisioning.repositories:read']);
  role('provisioning.settings:reader', ['Viewer'], ['provisioning.settings:read']);
  role('provisioning.repositories:writer', ['Admin'], [crud('provisioning.repositories', '')]);
  for (const resource of ['connections', 'jobs']) {
    role(`provisioning.${resource}:reader`, ['Admin'], [`provisioning.${resource}:read`]);
    role(`provisioning.${resource}:writer`, ['Admin'], [crud(`provisioning.${resource}`, '')]);
  }
  role('provisioning.historicjobs:reader', ['Admin'], ['provisioning.historicjobs:read']);
  role('provisioning.stats:reader', ['Admin'], ['provisioning.stats:read']);

  for (const [name, action] of [['creator', 'create'], ['reader', 'read'], ['updater', 'write'], ['deleter', 'delete']]) {
    role(`secret.securevalues:${name}`, ['Admin'], [`secret.securevalues:${action} @ secret.securevalues:*`]);
  }
  role('secret.keepers:reader', ['Admin'], ['secret.keepers:read @ secret.keepers:*']);
  role('secret.keepers:writer', ['Admin'], [crud('secret.keepers', ' @ secret.keepers:*')]);
  for (const resource of ['advisor.checks', 'advisor.checktypes']) {
    role(`${resource}:reader`, ['Admin'], [`${resource}:read @ ${resource}:*`]);
    role(`${resource}:writer`, ['Admin'], [crud(resource, ` @ ${resource}:*`)]);
  }
  role('advisor.register:writer', ['Admin'], ['advisor.register:create @ advisor.register:*']);

  if (options.pluginStoreServiceLoading) {
    for (const resource of ['plugins.plugins', 'plugins.metas']) {
      role(`${resource}:reader`, ['Viewer'], [`${resource}:read`]);
      role(`${resource}:writer`, ['Admin'], [crud(resource, '')]);
    }
  }

  if (options.seededWildcardResources.includes('dashboard')) seedWildcards(role, 'dashboards', dashboardWildcards);
  if (options.seededWildcardResources.includes('folder')) seedWildcards(role, 'folders', folderWildcards);
  return roles;
}

type DeclareRole = (name: string, grantedTo: readonly BasicRole[], permissions: readonly (string | readonly Grant[])[]) => readonly Grant[];

function alertingRoles(role: DeclareRole): void {
  const rulesReader = role('alerting.rules:reader', [], [
    'alert.rules:read @ folders:*', 'alert.silences:read @ folders:*', 'alert.rules.external:read @ datasources:*',
    'alert.notifications.time-intervals:read', 'alert.notifications.receivers:list',
  ]);
  const rulesWriter = role('alerting.rules:writer', [], [
    rulesReader, 'alert.rules:create,write,delete @ folders:*', 'alert.silences:create,write @ folders:*', 'alert.rules.external:write @ datasources:*',
  ]);
  const instancesReader = role('alerting.instances:reader', [], ['alert.instances:read', 'alert.instances.external:read @ datasources:*']);
  const instancesWriter = role('alerting.instances:writer', [], [instancesReader, 'alert.instances:create,write', 'alert.instances.external:write @ datasources:*']);

  const receiversReader = role('alerting.receivers:reader', [], ['alert.notifications.receivers:read @ receivers:*']);
  const receiversCreator = role('alerting.receivers:creator', [], [
    'alert.notifications.receivers:create', 'alert.notifications.receivers:test', 'alert.notifications.receivers.test:create @ receivers:type:new',
  ]);
  const receiversWriter = role('alerting.receivers:writer', [], [
    receiversReader, receiversCreator, 'alert.notifications.receivers:write,delete @ receivers:*', 'alert.notifications.receivers.test:create @ receivers:*',
  ]);
  const templatesReader = role('alerting.templates:reader', [], ['alert.notifications.templates:read']);
  const templatesWriter = role('alerting.templates:writer', [], [templatesReader, 'alert.notifications.templates:write,delete', 'alert.notifications.templates.test:write']);
  const intervalsReader = role('alerting.time-intervals:reader', [], ['alert.notifications.time-intervals:read']);
  const intervalsWriter = role('alerting.time-intervals:writer', [], [intervalsReader, 'alert.notifications.time-intervals:write,delete']);
  const routesReader = role('alerting.routes:reader', [], ['alert.notifications.routes:read']);
  const routesWriter = role('alerting.routes:writer', [], [routesReader, 'alert.notifications.routes:write']);
  const notificationsReader = role('alerting.notifications:reader', [], [
    receiversReader, templatesReader, intervalsReader, routesReader, 'alert.notifications:read', 'alert.notifications.external:read @ datasources:*',
  ]);
  // The readers come in by two ways here: with the reader role and inside each writer.
  const notificationsWriter = role('alerting.notifications:writer', [], [
    notificationsReader, receiversWriter, templatesWriter, intervalsWriter, routesWriter, 'alert.notifications:write', 'alert.notifications.external:write @ datasources:*',
  ]);
  role('alerting:reader', ['Viewer'], [rulesReader, instancesReader, notificationsReader]);
  const writer = role('alerting:writer', ['Editor'], [rulesWriter, instancesWriter, notificationsWriter]);
  role('alerting:admin', ['Admin'], [
    writer, 'receivers.permissions:read,write @ receivers:*', 'alert.notifications.receivers.secrets:read @ receivers:*', 'alert.notifications.receivers.protected:write @ receivers:*',
  ]);
  role('alerting.provisioning:writer', ['Admin'], [
    'alert.provisioning:read,write', 'alert.rules.provisioning:read,write', 'alert.notifications.provisioning:read,write', 'folders:read @ folders:*',
  ]);
  role('alerting.provisioning.secrets:reader', ['Admin'], [
    'alert.provisioning.secrets:read', 'alert.provisioning:read', 'alert.rules.provisioning:read', 'alert.notifications.provisioning:read',
  ]);
  role('alerting.provisioning.provenance:writer', ['Editor'], ['alert.provisioning.provenance:write']);
}

const dashboardWildcards = {
  viewer: ['dashboards:read', 'annotations:read'],
  editor: ['dashboards:write', 'dashboards:delete', 'annotations:write', 'annotations:delete', 'annotations:create'],
  admin: ['dashboards.permissions:read', 'dashboards.permissions:write'],
};
const folderWildcards = {
  viewer: ['folders:read', 'alert.rules:read', 'library.panels:read', 'alert.silences:read', ...dashboardWildcards.viewer],
  editor: ['folders:write', 'folders:delete', 'dashboards:create', 'alert.rules:create', 'alert.rules:write', 'alert.rules:delete', 'alert.silences:create',
    'alert.silences:write', 'library.panels:create', 'library.panels:write', 'library.panels:delete', 'folders:create', ...dashboardWildcards.editor],
  admin: ['folders.permissions:read', 'folders.permissions:write', ...dashboardWildcards.admin],
};

function seedWildcards(role: DeclareRole, resource: string, levels: Readonly<Record<'viewer' | 'editor' | 'admin', readonly string[]>>): void {
  let actions: readonly string[] = [];
  for (const [level, basic] of [['viewer', 'Viewer'], ['editor', 'Editor'], ['admin', 'Admin']] as const) {
    actions = [...actions, ...levels[level]];
    role(`${resource}:${level}`, [basic], [actions.map((action) => ({ action, scope: `${resource}:*` }))]);
  }
}

/** `fixed_` and the base64url of the name's SHA-1. */
export const fixedRoleUid = (name: string) => `fixed_${createHash('sha1').update(name).digest('base64url')}`;

const inheritedBy: Record<BasicRole, readonly BasicRole[]> = {
  Viewer: ['Viewer', 'Editor', 'Admin'], Editor: ['Editor', 'Admin'], Admin: ['Admin'], 'Grafana Admin': ['Grafana Admin'],
};

/** What a basic role holds of the fixed roles, in their order. */
export function grantsOf(basic: BasicRole, roles: readonly FixedRole[]): Grant[] {
  return roles
    .filter((role) => !role.except?.includes(basic) && role.grantedTo.some((lowest) => inheritedBy[lowest].includes(basic)))
    .flatMap((role) => role.permissions);
}
