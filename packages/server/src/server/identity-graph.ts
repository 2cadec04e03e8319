/** Who asks and what they may: the part of the graph that everything else stands on. */
import type { Registry } from 'prom-client';
import { createHash } from 'node:crypto';
import type { Clock } from '../infra/clock.ts';
import type { Database } from '../infra/db/database.ts';
import type { Logger } from '../infra/log/log.ts';
import type { RemoteCache } from '../infra/remotecache/remotecache.ts';
import { createServerLock } from '../infra/serverlock/serverlock.ts';
import type { Secrets } from '../infra/secrets/secrets.ts';
import { createGuard, goQueryEscape } from '../middleware/guard.ts';
import type { BackgroundService } from '../registry/background-service.ts';
import { accessControlRoutes } from '../services/identity/accesscontrol/accesscontrol-api.ts';
import { createAccessMetrics } from '../services/identity/accesscontrol/access-metrics.ts';
import { createAccessControl } from '../services/identity/accesscontrol/accesscontrol-service.ts';
import { receiverLevels, serviceAccountLevels } from '../services/identity/accesscontrol/action-sets.ts';
import { customRoleFixedRoles, customRoleRoutes } from '../services/identity/accesscontrol/custom-role-api.ts';
import { createCustomRoleService } from '../services/identity/accesscontrol/custom-role-service.ts';
import { coreFixedRoles } from '../services/identity/accesscontrol/fixed-roles.ts';
import { Grants } from '../services/identity/accesscontrol/grants.ts';
import { createRoleProvisioner } from '../services/identity/accesscontrol/role-provisioner.ts';
import { resourcePermissionRoutes } from '../services/identity/accesscontrol/resource-permission-api.ts';
import { resourcePermissionsMaker } from '../services/identity/accesscontrol/resource-permissions.ts';
import { createScopeResolvers } from '../services/identity/accesscontrol/scope-resolvers.ts';
import { anonymousRoutes } from '../services/identity/anonymous/anonymous-api.ts';
import { createAnonymousDevices } from '../services/identity/anonymous/anonymous-service.ts';
import { createAnonymousClient } from '../services/identity/authn/anonymous-client.ts';
import { createApiKeyClient } from '../services/identity/authn/api-key-client.ts';
import { createAuthenticator } from '../services/identity/authn/authenticator.ts';
import { createBasicClient } from '../services/identity/authn/basic-client.ts';
import type { ExternalSync } from '../services/identity/authn/external-sync-state.ts';
import { createExtendedJwtClient } from '../services/identity/authn/extended-jwt-client.ts';
import { createExternalUserSync } from '../services/identity/authn/external-sync.ts';
import { createIdentityLoader } from '../services/identity/authn/identity-loader.ts';
import { createIdentityTokens, signingKeyRoutes } from '../services/identity/authn/identity-tokens.ts';
import { createJwtClient } from '../services/identity/authn/jwt-client.ts';
import { loginErrorReply, loginRoutes, type LoginApiDeps } from '../services/identity/authn/login-api.ts';
import { createLoginAttempts } from '../services/identity/authn/login-attempts.ts';
import { createLogins, targetCookieName } from '../services/identity/authn/login.ts';
import { createPasswordLogin } from '../services/identity/authn/password-login.ts';
import { ldapRoutes } from '../services/identity/authn/ldap/ldap-api.ts';
import { createLdap } from '../services/identity/authn/ldap/ldap-service.ts';
import { createExternalSessions } from '../services/identity/authn/oauth/external-sessions.ts';
import { createForwardedTokens } from '../services/identity/authn/oauth/forwarded-tokens.ts';
import { createOAuth } from '../services/identity/authn/oauth/oauth-login.ts';
import { passwordlessRoutes } from '../services/identity/authn/passwordless/passwordless-api.ts';
import { createPasswordless } from '../services/identity/authn/passwordless/passwordless-service.ts';
import { createProxyClient } from '../services/identity/authn/proxy-client.ts';
import { createRenderClient } from '../services/identity/authn/render/render-client.ts';
import { createRenderKeys, createSignedRenderKeys, type RenderKeys } from '../services/identity/authn/render/render-keys.ts';
import type { MappingDeps } from '../services/identity/authn/role-mapping.ts';
import { createSessionClient } from '../services/identity/authn/session-client.ts';
import { createSigningKeys } from '../services/identity/authn/signing-keys.ts';
import { bootstrap } from '../services/identity/bootstrap.ts';
import { createIdentities } from '../services/identity/identities.ts';
import { createIdentityEpoch } from '../services/identity/identity-epoch.ts';
import { createSecretScan, readSecretScan } from '../services/identity/serviceaccounts/secret-scan.ts';
import { serviceAccountRoutes } from '../services/identity/serviceaccounts/serviceaccount-api.ts';
import { createServiceAccountService } from '../services/identity/serviceaccounts/serviceaccount-service.ts';
import { serviceAccountErrors } from '../services/identity/serviceaccounts/serviceaccount.ts';
import { cookie, createSessionCookies } from '../services/identity/sessions/session-cookies.ts';
import { createSessionService } from '../services/identity/sessions/session-service.ts';
import { ssoRoutes } from '../services/identity/sso/sso-api.ts';
import { createSsoSettings } from '../services/identity/sso/sso-service.ts';
import { teamRoutes, teamsOfUser } from '../services/identity/teams/team-api.ts';
import { createTeamService } from '../services/identity/teams/team-service.ts';
import { createAvatars } from '../services/identity/users/presentation.ts';
import { userRoutes } from '../services/identity/users/user-api.ts';
import { createUserService } from '../services/identity/users/user-service.ts';
import type { UserService } from '../services/identity/users/user.ts';
import { orgRoutes } from '../services/tenancy/orgs/org-api.ts';
import { createOrgService } from '../services/tenancy/orgs/org-service.ts';
import { quotaRoutes } from '../services/tenancy/quotas/quota-api.ts';
import { createQuotaService } from '../services/tenancy/quotas/quota-service.ts';
import { inviteRoutes, verifyChangedEmail } from '../services/tenancy/invites/invite-api.ts';
import { createInvitations } from '../services/tenancy/invites/invitation-service.ts';
import { createInviteStore } from '../services/tenancy/invites/invite-store.ts';
import type { AccountMail } from '../services/tenancy/invites/invite.ts';
import { preferenceRoutes, type HomeDashboards } from '../services/tenancy/preferences/preferences-api.ts';
import { defaultTimezone } from '../services/tenancy/preferences/preferences.ts';
import { createPreferencesService } from '../services/tenancy/preferences/preferences-service.ts';
import type { ProvisioningFiles, ProvisioningService } from '../services/operations/provisioning/provisioning.ts';
import type { Settings } from '../setting/settings.ts';
import { permission } from '../web/access.ts';
import { json } from '../web/reply.ts';
import type { Routes } from '../web/route.ts';

export interface IdentityDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly settings: Settings;
  readonly routes: Routes;
  readonly secrets: Secrets;
  readonly backgroundServices: BackgroundService[];
  /** Dashboards that somebody may choose as home. */
  readonly dashboards: HomeDashboards;
  readonly mail: AccountMail;
  readonly cache: RemoteCache;
  readonly provisioning: Pick<ProvisioningService, 'register' | 'reload'>;
  readonly provisioningFiles: ProvisioningFiles;
  readonly pages: Pick<LoginApiDeps, 'loginPage' | 'notFoundPage'>;
}

/** Receivers whose uid is longer than scopes allow go by its hash (identity-and-access §11.1). */
const receiverId = (uid: string) => (uid.length > 40 ? createHash('sha1').update(uid).digest('hex') : uid);

/** People as other domains name them, asked for together. */
const peopleFor = (users: Pick<UserService, 'byUid' | 'byIds' | 'byUids'>) => ({
  async author(kind: 'user' | 'service-account', uid: string): Promise<string | undefined> {
    const user = await users.byUid(uid);
    return kind === 'user' ? user?.login : user?.name;
  },
  byId: async (ids: readonly number[]) => new Map((await users.byIds(ids)).map((user) => [user.id, user])),
  names: async (uids: readonly string[]) => new Map((await users.byUids(uids)).map((user) => [user.uid, user.name || user.login || user.email])),
});

const isOn = (value: unknown) => value === true || value === 'true';

export type IdentityGraph = Awaited<ReturnType<typeof buildIdentity>>;

export async function buildIdentity({ db, clock, log, metrics, settings, routes, secrets, pages, dashboards, mail, cache, backgroundServices, provisioning, provisioningFiles }: IdentityDeps) {
  const { identity, security, server, ini } = settings;
  const epoch = createIdentityEpoch({ db, clock });
  const avatars = createAvatars({ subUrl: server.subUrl, disableGravatar: security.disableGravatar });

  // What people may.
  const grants = new Grants(db, coreFixedRoles({
    pluginAdminEnabled: ini.section('plugins').bool('plugin_admin_enabled', true), viewersCanEdit: identity.viewersCanEdit,
    supportBundlesEnabled: ini.section('support_bundles').bool('enabled', true), cloudMigrationEnabled: ini.section('cloud_migration').bool('enabled', true),
    supportBundlesServerAdminOnly: ini.section('support_bundles').bool('server_admin_only', true), seededWildcardResources: identity.seededWildcardResources,
  }));
  const accessMetrics = createAccessMetrics(metrics);
  const identities = createIdentities({ db, grants, epoch, metrics: accessMetrics });
  const accessControl = createAccessControl({ grants, identities, scopes: createScopeResolvers(), metrics: accessMetrics });
  const makePermissions = resourcePermissionsMaker({ db, clock, epoch, grants, avatars });

  // Who there is.
  const users = createUserService({ db, clock, epoch, settings: identity });
  const orgs = createOrgService({ db, clock, epoch, deleteUser: (id) => users.delete(id) });
  const { teams, permissions: teamPermissions } = createTeamService({ db, clock, epoch, users, makePermissions });
  const quotas = createQuotaService({ db, clock, settings: settings.quota });
  const accountPermissions = makePermissions({
    resource: 'serviceaccounts', attribute: 'id', levels: serviceAccountLevels,
    assignments: { users: true, serviceAccounts: false, teams: true, builtInRoles: false },
    async validate(orgId, id, forWrite) {
      if (forWrite && !(await accounts.exists(orgId, Number(id)))) throw serviceAccountErrors.notFound();
    },
  });
  const accounts = createServiceAccountService({
    db, clock, epoch, log: log.child('serviceaccounts'), permissions: accountPermissions, grantOnCreation: identity.managedOnCreation.includes('service-account'),
    apiKeyMaxSecondsToLive: identity.apiKeyMaxSecondsToLive, tokenExpirationDayLimit: identity.tokenExpirationDayLimit,
  });

  if (!settings.database.skipMigrations) await accounts.adoptLegacyKeys();

  const receiverPermissions = makePermissions({
    resource: 'receivers', attribute: 'uid', levels: receiverLevels, assignments: { users: true, serviceAccounts: true, teams: true, builtInRoles: true },
  });
  if (settings.database.ensureDefaultOrgAndUser) await bootstrap({ db, users, settings: security, log, clock });

  // How they sign in.
  const sessions = createSessionService({ db, clock, epoch, secretKey: security.secretKey, settings: identity });
  const cookies = createSessionCookies(identity, security, server.subUrl);
  const attempts = createLoginAttempts({ db, clock, settings: security });
  const passwords = createPasswordLogin({ users, attempts, epoch, clock, localPasswords: !identity.disableLogin });
  const loader = createIdentityLoader({ identities, users, clock, log: log.child('authn'), lastSeenIntervalMs: identity.lastSeenIntervalMs });
  const devices = createAnonymousDevices({ db, clock, log: log.child('anonymous'), limit: identity.anonymous.deviceLimit });
  const targetInAddress = settings.toggles.has('useSessionStorageForRedirection');
  const logins = createLogins({ sessions, cookies, devices, quotas, orgs, loginDefaultOrgId: identity.loginDefaultOrgId, subUrl: server.subUrl, keepsTarget: !targetInAddress });
  const signingKeys = createSigningKeys({ db, clock, secrets });
  const identityTokens = createIdentityTokens({ keys: signingKeys, clock, issuer: server.rootUrl, log: log.child('id-token') });
  const { proxy, jwt, extendedJwt, scim } = settings.externalAuth;
  const defaultOrgId = identity.autoAssignOrg && identity.autoAssignOrgId > 0 ? identity.autoAssignOrgId : 1;
  const userSync = createExternalUserSync({
    users, orgs, teams, quotas, log: log.child('user.sync'),
    provisioned: settings.toggles.has('enableSCIM') && scim.userSyncEnabled ? { rejectOthers: scim.rejectNonProvisionedUsers } : undefined,
  });
  const mapping: Omit<MappingDeps, 'invalidRole'> = {
    defaultOrgId, defaultRole: identity.autoAssignOrgRole,
    orgId: async (idOrName) => (/^\d+$/.test(idOrName) ? await orgs.get(Number(idOrName)) : await orgs.byName(idOrName))?.id,
    allOrgIds: async () => (await orgs.list({ query: '', name: '', page: 0, perPage: 0 })).map((org) => org.id),
    async teamId(orgId, uidOrName) {
      const byName = async () => (await teams.search(orgId, { query: '', name: uidOrName, page: 1, perPage: 1, sort: '', teamIds: [], readable: undefined })).teams[0]?.id;
      return (await teams.idOfUid(orgId, uidOrName)) ?? (await byName());
    },
  };
  const externalSync: ExternalSync = {
    roles(module) {
      if (module === 'jwt') return jwt.enabled && !jwt.mapping.skipOrgRoleSync;
      if (module === 'ldap') return isOn(sso.effective('ldap')['enabled']) && !isOn(sso.effective('ldap')['skip_org_role_sync']);
      const provider = oauth.enabled().find(({ id }) => module === `oauth_${id}`);
      return provider !== undefined && !provider.mapping.skipOrgRoleSync;
    },
    grafanaAdmin(module) {
      if (!this.roles(module)) return false;
      if (module === 'jwt') return jwt.mapping.allowAssignGrafanaAdmin;
      return module === 'ldap' || (oauth.enabled().find(({ id }) => module === `oauth_${id}`)?.mapping.allowAssignGrafanaAdmin ?? false);
    },
  };
  const sso = createSsoSettings({ db, clock, secrets, ini });
  await sso.reload();
  const loginError = (message: string) => loginErrorReply({ secrets, cookies, subUrl: server.subUrl }, message);
  const externalSessions = createExternalSessions({ db, clock, secrets });
  const oauth = createOAuth(routes, {
    sso, users, sync: userSync, loader, logins, sessions, quotas, externalSessions, mapping, lock: createServerLock({ db, clock }),
    clock, log: log.child('oauth'), settings: identity, cookieOptions: cookies.options, secretKey: security.secretKey, rootUrl: server.rootUrl, subUrl: server.subUrl, loginError,
  });
  ssoRoutes(routes, { sso });
  const ldap = createLdap({ sso, users, sessions, userSync, configFile: settings.externalAuth.ldap.configFile, mapping, log: log.child('ldap') });
  passwords.addSource(ldap);
  ldapRoutes(routes, { ldap, users, orgs, sessions, security });
  const renderKeys = createKeysOfRenderers();
  const authenticator = createAuthenticator({
    epoch, log: log.child('authn'), switchOrg: (userId, orgId) => orgs.use(userId, orgId),
    clients: [
      createRenderClient({ keys: renderKeys, loader, identities, orgById: orgs.get }),
      ...(extendedJwt.enabled ? [createExtendedJwtClient({ settings: extendedJwt, loader, users, grants, clock, defaultOrgId, orgById: orgs.get })] : []),
      createApiKeyClient({ accounts, loader, epoch, clock }),
      ...(identity.basicAuthEnabled ? [createBasicClient({ passwords, loader })] : []),
      ...(jwt.enabled ? [createJwtClient({ settings: jwt, loader, sync: userSync, clock, mapping })] : []),
      ...(proxy.enabled ? [createProxyClient({ settings: proxy, loader, sync: userSync, clock, mapping, directory: ldap.lookup })] : []),
      createSessionClient({ sessions, loader, epoch, cookieName: cookies.name, refresh: oauth.refresh }),
      ...(identity.anonymous.enabled
        ? [createAnonymousClient({ identities, epoch, devices, orgName: identity.anonymous.orgName, orgRole: identity.anonymous.orgRole, orgByName: (name) => orgs.byName(name) })]
        : []),
    ],
  });
  const guard = createGuard({
    access: accessControl, subUrl: server.subUrl,
    ...(targetInAddress ? {} : { targetCookie: (target: string) => cookie(targetCookieName, goQueryEscape(target), undefined, cookies.options) }),
    async idOfUid(kind, orgId, uid) {
      const id = kind === 'team' ? await teams.idOfUid(orgId, uid) : kind === 'service-account' ? await accounts.idOfUid(orgId, uid) : (await users.byUid(uid))?.id;
      return id === undefined ? undefined : String(id);
    },
  });

  countForQuotas();

  const invites = createInviteStore({ db, clock });
  const invitations = createInvitations({ invites, orgs });
  const dates = ini.section('date_formats');
  const preferences = createPreferencesService({
    db, clock, epoch,
    defaults: {
      theme: identity.defaultTheme, language: identity.defaultLanguage, timezone: defaultTimezone(dates.string('default_timezone', 'browser')), weekStart: dates.string('default_week_start', 'browser'),
    },
  });

  const memberTeams = teamsOfUser({ teams, avatars });
  loginRoutes(routes, {
    passwords, loader, logins, sessions, cookies, quotas, orgs, secrets, settings: identity, subUrl: server.subUrl, autoLoginProvider: oauth.autoLoginProvider, providerSignOut: oauth.signOutUrl,
    loginTokenFor: new Set([...(proxy.enabled && proxy.enableLoginToken ? ['authproxy'] : []), ...(jwt.enabled && jwt.enableLoginToken ? ['jwt'] : [])]),
    // Looked at when a request comes: the frontend is built later.
    loginPage: (ctx, page) => pages.loginPage(ctx, page), notFoundPage: (ctx) => pages.notFoundPage(ctx),
  });
  signingKeyRoutes(routes, signingKeys);
  userRoutes(routes, {
    users, orgs, sessions, access: accessControl, attempts, avatars, clock, externalSync, settings: identity, teamsOf: memberTeams,
    ...(proxy.enabled ? { proxyProperty: proxy.headerProperty } : {}),
    verifyChangedEmail: verifyChangedEmail({ invites, mail, rootUrl: server.rootUrl }),
  });
  orgRoutes(routes, { orgs, users, access: accessControl, quotas, avatars, clock, externalSync, hiddenUsers: identity.hiddenUsers });
  quotaRoutes(routes, { quotas });
  preferenceRoutes(routes, { preferences, dashboards, regionalFormats: settings.toggles.has('localeFormatPreference') });
  inviteRoutes(routes, {
    invites, invitations, users, orgs, access: accessControl, quotas, logins, sessions, attempts, mail, clock, log: log.child('invites'), settings: identity,
    rootUrl: server.rootUrl, subUrl: server.subUrl, secretKey: security.secretKey,
    notFoundPage: (ctx) => pages.notFoundPage(ctx),
    loginError,
  });
  if (settings.toggles.has('passwordlessMagicLinkAuthentication') && ini.section('auth.passwordless').bool('enabled')) {
    passwordlessRoutes(routes, {
      loader, logins, quotas, subUrl: server.subUrl,
      passwordless: createPasswordless({
        cache, users, invites, invitations, quotas, attempts, mail, log: log.child('passwordless'), secretKey: security.secretKey,
        codeLifetimeMs: ini.section('auth.passwordless').duration('code_expiration', 1_200_000),
      }),
    });
  }
  teamRoutes(routes, { teams, access: accessControl, avatars });
  serviceAccountRoutes(routes, { accounts, access: accessControl, avatars, clock });
  anonymousRoutes(routes, { devices, avatars, clock });
  if (ini.section('rbac').bool('custom_roles')) {
    accessControl.declareRoles(customRoleFixedRoles);
    const roles = createCustomRoleService({ db, clock, epoch, grants });
    customRoleRoutes(routes, { roles });
    routes.post('/api/admin/provisioning/access-control/reload', { access: permission('provisioning:reload', 'provisioners:access-control'), name: 'adminProvisioningReloadAccessControl', tag: 'admin_provisioning' }, async () => {
      await provisioning.reload('access-control');
      return json({ message: 'Accesscontrol config reloaded' }, 202);
    });
    provisioning.register(createRoleProvisioner({
      files: provisioningFiles, roles, userId: async (login) => (await users.byLoginOrEmail(login))?.id, teamId: mapping.teamId,
      serviceAccountId: async (orgId, name) => (await accounts.search(orgId, { query: name, page: 1, perPage: 1_000, disabled: false, expiredTokens: false, ids: undefined })).accounts.find((account) => account.name === name)?.id,
    }));
  }
  resourcePermissionRoutes(routes, teamPermissions, { uidOf: 'team' });
  resourcePermissionRoutes(routes, accountPermissions, { uidOf: 'service-account' });
  resourcePermissionRoutes(routes, receiverPermissions, { idOf: receiverId });
  accessControlRoutes(routes, {
    grants, identities, userIdOfUid: async (_kind, _orgId, uid) => (await users.byUid(uid))?.id,
  });

  const ssoReloadMs = ini.section('sso_settings').duration('reload_interval', 60_000);
  if (ssoReloadMs > 0) {
    backgroundServices.push({
      name: 'sso settings',
      async run(signal) {
        while (!signal.aborted) {
          await clock.sleep(ssoReloadMs, signal).catch(() => {});
          if (!signal.aborted) await sso.reload().catch((error: unknown) => log.warn('Reloading the SSO settings failed', { error }));
        }
      },
    });
  }
  backgroundServices.push({
    name: 'identity housekeeping',
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(600_000, signal).catch(() => {});
        if (signal.aborted) return;
        const expire = () => invites.expire(identity.inviteLifetimeMs, identity.verificationLifetimeMs);
        for (const tidy of [attempts.tidy, sessions.tidy, devices.tidy, expire]) await tidy().catch((error: unknown) => log.warn('Housekeeping failed', { error }));
      }
    },
  });

  const secretScan = readSecretScan(ini.section('secretscan'), settings.appMode === 'development');
  if (secretScan) backgroundServices.push(createSecretScan({ settings: secretScan, accounts, clock, log: log.child('secretscan') }));

  return {
    epoch, grants, identities, renderKeys, accessControl, makePermissions, receiverPermissions, users, orgs, teams, quotas, accounts, sessions, cookies, attempts, passwords, loader, logins, devices,
    authenticator, guard, avatars, memberTeams, preferences, sso, oauth, people: peopleFor(users), forwardedTokens: createForwardedTokens({ sessions, externalSessions, clock }), identityTokens, externalSync,
  };

  /** Signed ones only with a secret that is one: the default token is known to everybody. */
  function createKeysOfRenderers(): RenderKeys {
    const rendering = ini.section('rendering');
    const lifetimeMs = rendering.duration('render_key_lifetime', 300_000);
    const secret = rendering.string('renderer_token', '-');
    if (settings.toggles.has('renderAuthJWT')) {
      if (secret !== '-' && secret !== '') return createSignedRenderKeys({ secret, clock, lifetimeMs });
      log.warn('Render keys are not signed: [rendering] renderer_token is not set');
    }
    return createRenderKeys({ cache, lifetimeMs });
  }

  /** Quotas count what is ours; other domains register what is theirs. */
  function countForQuotas(): void {
    const count = async (table: string, where: Readonly<Record<string, unknown>> = {}) => {
      let query = db.tables<Record<string, Record<string, unknown>>>().selectFrom(table).select((eb) => eb.fn.countAll<number>().as('n'));
      for (const [column, value] of Object.entries(where)) query = query.where(column, '=', value);
      return Number((await query.executeTakeFirstOrThrow()).n);
    };
    quotas.register('org', 'org_user', async ({ orgId }) => (await orgs.members(orgId!, { query: '', page: 1, perPage: 1, sort: '' })).total);
    quotas.register('user', 'org_user', ({ userId }) => count('org_user', { user_id: userId }));
    quotas.register('org', 'api_key', ({ orgId }) => count('api_key', { org_id: orgId }));
    quotas.register('global', 'api_key', () => count('api_key'));
    quotas.register('global', 'user', () => users.count());
    quotas.register('global', 'org', () => orgs.count());
    quotas.register('global', 'session', () => sessions.count());
  }
}
