/** A room of identity services on a database of one's own, for tests. */
import type { Database } from '../../infra/db/database.ts';
import { silentLogger } from '../../infra/log/log.ts';
import type { IdentitySettings } from '../../setting/identity-settings.ts';
import { createOrgService } from '../tenancy/orgs/org-service.ts';
import { createAccessControl } from './accesscontrol/accesscontrol-service.ts';
import { folderLevels } from './accesscontrol/action-sets.ts';
import { coreFixedRoles } from './accesscontrol/fixed-roles.ts';
import { Grants } from './accesscontrol/grants.ts';
import { resourcePermissionsMaker } from './accesscontrol/resource-permissions.ts';
import { createScopeResolvers } from './accesscontrol/scope-resolvers.ts';
import { createIdentities } from './identities.ts';
import { createIdentityEpoch } from './identity-epoch.ts';
import { createServiceAccountService } from './serviceaccounts/serviceaccount-service.ts';
import { createSessionService } from './sessions/session-service.ts';
import { createTeamService } from './teams/team-service.ts';
import { createAvatars } from './users/presentation.ts';
import { createUserService } from './users/user-service.ts';

export function movableClock(start = Date.UTC(2026, 0, 1)) {
  return {
    ms: start,
    now() {
      return this.ms;
    },
    async sleep(by: number) {
      this.ms += by;
    },
  };
}

type Settings = Pick<IdentitySettings, 'autoAssignOrg' | 'autoAssignOrgId' | 'autoAssignOrgRole' | 'passwordPolicy'>;

/** One process's services; two rooms on one database are two processes. */
export function identityRoom(db: Database, clock = movableClock(), settings: Partial<Settings> = {}) {
  const epoch = createIdentityEpoch({ db, clock });
  const grants = new Grants(db, coreFixedRoles({ pluginAdminEnabled: true, viewersCanEdit: false, supportBundlesEnabled: true, supportBundlesServerAdminOnly: true, cloudMigrationEnabled: true, seededWildcardResources: [] }));
  const identities = createIdentities({ db, grants, epoch });
  const access = createAccessControl({ grants, identities, scopes: createScopeResolvers() });
  const avatars = createAvatars({ subUrl: '', disableGravatar: false });
  const makePermissions = resourcePermissionsMaker({ db, clock, epoch, grants, avatars });
  const users = createUserService({
    db, clock, epoch, settings: { autoAssignOrg: true, autoAssignOrgId: 1, autoAssignOrgRole: 'Viewer', passwordPolicy: false, ...settings },
  });
  const orgs = createOrgService({ db, clock, epoch, deleteUser: users.delete });
  const { teams, permissions: teamPermissions } = createTeamService({ db, clock, epoch, users, makePermissions });
  const folders = makePermissions({
    resource: 'folders', attribute: 'uid', levels: folderLevels, storedAsActionSets: true, assignments: { users: true, serviceAccounts: true, teams: true, builtInRoles: true },
  });
  const accounts = createServiceAccountService({
    db, clock, epoch, log: silentLogger, permissions: folders, grantOnCreation: false, apiKeyMaxSecondsToLive: -1, tokenExpirationDayLimit: 0,
  });
  const sessions = createSessionService({
    db, clock, epoch, secretKey: 'a secret', settings: { loginMaxInactiveSeconds: 7 * 86_400, loginMaxLifetimeSeconds: 30 * 86_400, tokenRotationSeconds: 600 },
  });
  const person = async (login: string, options: { isAdmin?: boolean; role?: 'Viewer' | 'Editor' | 'Admin' } = {}) => {
    const user = await users.create({ login, email: `${login}@example.com`, ...(options.isAdmin ? { isAdmin: true } : {}), ...(options.role ? { orgRole: options.role } : {}) });
    return user.id;
  };
  const identityOf = async (id: number, orgId = 0) => (await identities.load(id, orgId))!.identity;
  return { clock, epoch, grants, identities, access, users, orgs, teams, teamPermissions, folders, accounts, sessions, person, identityOf };
}
