import { sql } from 'kysely';
import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import { countStored, type StoredCounts } from '../../../storage/stored-counts.ts';
import type { AdminService, ServerStats } from './admin.ts';


const dayMs = 86_400_000;
const rolesKeptMs = 30 * 60_000;

export interface AdminDeps {
  readonly db: Database;
  readonly clock: Pick<Clock, 'now'>;
  /** How many different tags dashboards have; the search index knows. */
  readonly countTags?: () => number | Promise<number>;
  /** Where content is not in this database. */
  readonly countContent?: (() => Promise<StoredCounts>) | undefined;
}

/** Counting crosses every domain, so it looks at the tables themselves: one query each, instead of a method on a dozen services. */
type Tables = Record<string, Record<string, unknown>>;

export function createAdminService({ db, clock, countTags = () => 0, countContent = () => countStored(db) }: AdminDeps): AdminService {
  const rows = db.tables<Tables>();

  async function count(table: string, where: Readonly<Record<string, unknown>> = {}): Promise<number> {
    let query = rows.selectFrom(table).select((eb) => eb.fn.countAll<number>().as('n'));
    for (const [column, value] of Object.entries(where)) query = query.where(column, '=', value as never);
    return Number((await query.executeTakeFirst())?.n ?? 0);
  }

  /** People by role, each once with their highest; server administrators count as admins. Those seen since `seenAfter` only. */
  async function people(seenAfter = 0): Promise<{ users: number; admins: number; editors: number; viewers: number }> {
    const found = await rows.selectFrom('user').leftJoin('org_user', 'org_user.user_id', 'user.id')
      .select(['user.id as id', 'user.is_admin as is_admin', 'user.is_service_account as is_service_account', 'org_user.role as role'])
      .where('user.last_seen_at', '>=', seenAfter).execute();
    // Compat: service accounts are no users, and are never active, but have a role like them.
    const users = new Set(found.filter((row) => !row['is_service_account']).map((row) => Number(row['id'])));
    const best = new Map<number, number>();
    const rank: Record<string, number> = { Viewer: 1, Editor: 2, Admin: 3 };
    for (const row of found) {
      const id = Number(row['id']);
      if (seenAfter > 0 && !users.has(id)) continue;
      best.set(id, Math.max(best.get(id) ?? 0, rank[String(row['role'])] ?? 0));
    }
    const having = (wanted: number) => [...best.values()].filter((value) => value === wanted).length;
    return { users: users.size, admins: having(3), editors: having(2), viewers: having(1) };
  }

  type Roles = { readonly at: number; readonly everybody: Awaited<ReturnType<typeof people>>; readonly month: Awaited<ReturnType<typeof people>> };
  let roles: Roles | undefined;
  // Compat: counts by role are remembered for half an hour; they are the costly ones.
  const countRoles = async (now: number): Promise<Roles> =>
    (roles !== undefined && now - roles.at < rolesKeptMs ? roles : (roles = { at: now, everybody: await people(), month: await people(now - 30 * dayMs) }));

  return {
    async people(max) {
      const found = await rows.selectFrom('user').select(['login', 'is_admin', 'is_disabled']).where('is_service_account', '=', false).orderBy('id').limit(max).execute();
      return found.map((row) => ({ login: String(row['login']), isAdmin: Boolean(row['is_admin']), isDisabled: Boolean(row['is_disabled']) }));
    },
    async furtherCounts() {
      return {
        publicDashboards: await count('dashboard_public'), correlations: await count('correlation'), repositories: await count('resource', { group: 'provisioning.grafana.app', resource: 'repositories' }),
        dataKeys: { active: await count('data_keys', { active: true }), inactive: await count('data_keys', { active: false }) },
      };
    },
    async counts() {
      const now = clock.now();
      const [orgs, datasources, stars, alerts, byRole, day, content, sessions, teams, serviceAccounts, devices, tags] = await Promise.all([
        count('org'), count('data_source'), count('star'), count('alert_rule'), countRoles(now), people(now - dayMs), countContent(), count('user_auth_token'),
        count('team'), count('user', { is_service_account: true }), count('anon_device'), countTags(),
      ]);
      const { everybody, month } = byRole;
      const users = await count('user', { is_service_account: false });
      const activeSessions = Number((await rows.selectFrom('user_auth_token').select((eb) => eb.fn.countAll<number>().as('n'))
        .where('rotated_at', '>', Math.floor((now - 30 * dayMs) / 1000) as never).executeTakeFirst())?.n ?? 0);
      const kind = (suffix: string) => [...content.objects].filter(([name]) => name.endsWith(suffix)).reduce((sum, [, n]) => sum + n, 0);
      const stats: ServerStats = {
        orgs, dashboards: kind('/dashboards'), snapshots: kind('/snapshots'), tags, datasources, playlists: kind('/playlists'), stars, alerts,
        users, admins: everybody.admins, editors: everybody.editors, viewers: everybody.viewers,
        activeUsers: month.users, activeAdmins: month.admins, activeEditors: month.editors, activeViewers: month.viewers, activeSessions,
        dailyActiveUsers: day.users,
        // Compat: by the day the reference counts users, not their roles.
        dailyActiveAdmins: 0, dailyActiveEditors: 0, dailyActiveViewers: 0, dailyActiveSessions: 0,
        monthlyActiveUsers: month.users, activeDevices: devices,
      };
      const sources = await rows.selectFrom('data_source').select((eb) => ['type', 'access', eb.fn.countAll<number>().as('n')]).groupBy(['type', 'access']).execute();
      const types = new Map<string, number>();
      const access = new Map<string, Map<string, number>>();
      for (const row of sources) {
        const type = String(row['type']);
        types.set(type, (types.get(type) ?? 0) + Number(row['n']));
        access.set(type, (access.get(type) ?? new Map<string, number>()).set(String(row['access']), Number(row['n'])));
      }
      const groups = await rows.selectFrom('alert_rule').select(sql<number>`count(distinct rule_group)`.as('n')).executeTakeFirst();
      return {
        stats, folders: kind('/folders'), libraryPanels: await count('library_element'), teams, serviceAccounts, annotations: await count('annotation'), alertRules: alerts,
        ruleGroups: Number(groups?.['n'] ?? 0), sessions, dashboardVersions: content.dashboardVersions, dataSourceTypes: types, dataSourceAccess: access,
      };
    },
  };
}
