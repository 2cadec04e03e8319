import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import { upsert } from '../../../infra/db/upsert.ts';
import type { QuotaSettings } from '../../../setting/quota-settings.ts';
import { quotaErrors, quotaReached, type Quota, type QuotaCounter, type QuotaPlace, type QuotaService, type QuotaServiceName } from './quota.ts';

interface Tables {
  quota: { id: number; org_id: number; user_id: number; target: string; limit: number; created: number; updated: number };
}

type Scope = 'org' | 'user' | 'global';

/** Which limits a service that routes name looks at. */
const targetsOf: Record<QuotaServiceName, readonly (readonly [Scope, string])[]> = {
  user: [['global', 'user']],
  org: [['user', 'org_user'], ['global', 'org']],
  auth: [['global', 'session']],
  dashboard: [['org', 'dashboard'], ['global', 'dashboard']],
  data_source: [['org', 'data_source'], ['global', 'data_source']],
  ngalert: [['org', 'alert_rule'], ['global', 'alert_rule']],
  api_key: [['org', 'api_key'], ['global', 'api_key']],
  store: [['global', 'file']],
  correlations: [['global', 'correlations']],
};

export function createQuotaService({ db, clock, settings }: { db: Database; clock: Clock; settings: QuotaSettings }): QuotaService {
  const counters = new Map<string, QuotaCounter>();
  const rows = () => db.tables<Tables>();
  const used = async (scope: Scope, target: string, place: QuotaPlace) => (await counters.get(`${scope}/${target}`)?.(place)) ?? 0;

  async function limitOf(scope: Scope, target: string, { orgId = 0, userId = 0 }: QuotaPlace): Promise<number> {
    if (scope === 'global') return settings.global[target] ?? -1;
    const row = await rows().selectFrom('quota').select('limit').where('org_id', '=', scope === 'org' ? orgId : 0)
      .where('user_id', '=', scope === 'user' ? userId : 0).where('target', '=', target).executeTakeFirst();
    return row ? Number(row.limit) : (settings[scope][target] ?? -1);
  }

  async function exceeded(scope: Scope, target: string, place: QuotaPlace): Promise<boolean> {
    const limit = await limitOf(scope, target, place);
    if (limit < 0) return false;
    return limit === 0 || (await used(scope, target, place)) >= limit;
  }

  async function listed(scope: 'org' | 'user', place: QuotaPlace): Promise<Quota[]> {
    const stored = await rows().selectFrom('quota').select(['target', 'limit']).where('org_id', '=', place.orgId ?? 0).where('user_id', '=', place.userId ?? 0).execute();
    const limits = new Map(stored.map((row) => [row.target, Number(row.limit)]));
    return Promise.all(Object.entries(settings[scope]).map(async ([target, byDefault]) => ({
      ...(scope === 'org' ? { org_id: place.orgId! } : { user_id: place.userId! }),
      target, limit: limits.get(target) ?? byDefault, used: await used(scope, target, place),
    })));
  }

  const service: QuotaService = {
    enabled: settings.enabled,
    register: (scope, target, counter) => void counters.set(`${scope}/${target}`, counter),
    async reached(name, { kind, id, orgId }, { member = false } = {}) {
      if (!settings.enabled) return false;
      const place = { orgId, userId: id };
      // Joining an org counts against its members; making one counts against the maker's orgs.
      const targets = name === 'org' && member ? [['org', 'org_user'] as const] : targetsOf[name];
      for (const [scope, target] of targets) {
        if (scope === 'user' && kind !== 'user') continue;
        if (await exceeded(scope, target, place)) return true;
      }
      return false;
    },
    async demand(name, identity, options) {
      if (await service.reached(name, identity, options)) throw quotaReached(name);
    },
    limit: async (scope, target, place) => (settings.enabled ? limitOf(scope, target, place) : -1),
    ofOrg: (orgId) => listed('org', { orgId }),
    ofUser: (userId) => listed('user', { userId }),
    async set({ orgId = 0, userId = 0 }, target, limit) {
      const known = userId > 0 ? settings.user : settings.org;
      if (!(target in known)) {
        if (userId > 0) return;
        throw quotaErrors.invalidTarget();
      }
      // Compat: a limit of 0 leaves a stored one as it is.
      const stored = await rows().selectFrom('quota').select('id').where('org_id', '=', orgId).where('user_id', '=', userId).where('target', '=', target).executeTakeFirst();
      if (stored && limit === 0) return;
      const now = clock.now();
      await upsert(db, 'quota', { org_id: orgId, user_id: userId, target, limit, created: now, updated: now }, ['org_id', 'user_id', 'target'], ['limit', 'updated']);
    },
  };
  return service;
}
