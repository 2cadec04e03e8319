import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import { upsert } from '../../../infra/db/upsert.ts';
import type { Identity } from '../../../web/identity.ts';
import type { IdentityEpoch } from '../../identity/identity-epoch.ts';
import { noPreferences, type PreferenceChanges, type Preferences, type PreferencesOwner, type PreferencesService } from './preferences.ts';

interface Row {
  id: number; org_id: number; user_id: number; team_id: number; version: number; home_dashboard_uid: string; timezone: string; week_start: string; theme: string;
  json_data: string; created: number; updated: number;
}

export interface PreferencesDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly epoch: IdentityEpoch;
  readonly defaults: Pick<Preferences, 'theme' | 'timezone' | 'weekStart' | 'language'>;
}

const rememberedMax = 10_000;

export function createPreferencesService({ db, clock, epoch, defaults }: PreferencesDeps): PreferencesService {
  const rows = () => db.tables<{ preferences: Row }>().selectFrom('preferences').selectAll();
  const remembered = new Map<string, Preferences>();
  epoch.onChange(() => remembered.clear());

  async function get({ orgId, userId = 0, teamId = 0 }: PreferencesOwner): Promise<Preferences> {
    const row = await rows().where('org_id', '=', orgId).where('user_id', '=', userId).where('team_id', '=', teamId).executeTakeFirst();
    return row ? toPreferences(row) : noPreferences;
  }

  async function write({ orgId, userId = 0, teamId = 0 }: PreferencesOwner, preferences: Preferences): Promise<void> {
    const now = clock.now();
    const { language, regionalFormat, homeTab, bookmarkUrls } = preferences;
    await epoch.change((tx) => upsert(tx, 'preferences', {
      org_id: orgId, user_id: userId, team_id: teamId, version: 0, home_dashboard_uid: preferences.homeDashboardUid, timezone: preferences.timezone,
      week_start: preferences.weekStart, theme: preferences.theme, created: now, updated: now,
      json_data: JSON.stringify({ language, regionalFormat, queryHistory: { homeTab }, ...(bookmarkUrls ? { navbar: { bookmarkUrls } } : {}) }),
    }, ['org_id', 'user_id', 'team_id'], ['home_dashboard_uid', 'timezone', 'week_start', 'theme', 'json_data', 'updated']));
  }

  return {
    get,
    async replace(owner, given) {
      const homeDashboardUid = given.homeDashboardUid ?? (await get(owner)).homeDashboardUid;
      await write(owner, { ...noPreferences, ...given, homeDashboardUid });
    },
    async patch(owner, changes) {
      await write(owner, { ...(await get(owner)), ...given(changes) });
    },
    async effective(identity) {
      const key = `${identity.orgId}/${identity.kind === 'user' ? identity.id : 0}`;
      const known = remembered.get(key);
      if (known) return known;
      const effective = await merge(identity);
      if (remembered.size >= rememberedMax) remembered.clear();
      remembered.set(key, effective);
      return effective;
    },
  };

  async function merge({ kind, id, orgId, teams }: Identity): Promise<Preferences> {
    const base: Preferences = { ...noPreferences, ...defaults };
    if (orgId <= 0) return base;
    const found = await rows().where('org_id', '=', orgId).where((eb) => eb.or([
      eb.and([eb('user_id', '=', 0), eb('team_id', '=', 0)]),
      ...(kind === 'user' ? [eb('user_id', '=', id)] : []),
      ...(kind === 'user' && teams.length > 0 ? [eb('team_id', 'in', [...teams])] : []),
    ])).execute();
    const rank = (row: Row) => (Number(row.user_id) > 0 ? 2 : Number(row.team_id) > 0 ? 1 : 0);
    const ordered = found.toSorted((a, b) => rank(a) - rank(b) || Number(a.team_id) - Number(b.team_id)).map(toPreferences);
    return ordered.reduce<Preferences>((merged, own) => ({ ...merged, ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== '' && value !== undefined)) }), base);
  }
}

const given = (changes: PreferenceChanges) => Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));

function toPreferences(row: Row): Preferences {
  const json = parse(row.json_data);
  return {
    theme: row.theme, timezone: row.timezone, weekStart: row.week_start, homeDashboardUid: row.home_dashboard_uid, language: json.language ?? '',
    regionalFormat: json.regionalFormat ?? '', homeTab: json.queryHistory?.homeTab ?? '', bookmarkUrls: json.navbar?.bookmarkUrls,
  };
}

function parse(text: string): { language?: string; regionalFormat?: string; queryHistory?: { homeTab?: string }; navbar?: { bookmarkUrls?: string[] } } {
  return text === '' ? {} : JSON.parse(text);
}
