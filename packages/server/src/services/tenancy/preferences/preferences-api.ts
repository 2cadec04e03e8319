import { Type, type Static } from '../../../web/schema.ts';
import { permission, signedIn, signedInNoAnonymous, withUids, type Access } from '../../../web/access.ts';
import { queryInt } from '../../../web/bind.ts';
import type { Identity } from '../../../web/identity.ts';
import { note } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import { isTheme, isTimezone, preferenceErrors, type PreferenceChanges, type Preferences, type PreferencesOwner, type PreferencesService } from './preferences.ts';

export interface HomeDashboards {
  exists(orgId: number, uid: string): Promise<boolean>;
  uidOfId(orgId: number, id: number): Promise<string | undefined>;
}

export interface PreferencesApiDeps {
  readonly preferences: PreferencesService;
  readonly dashboards: HomeDashboards;
  /** Feature `localeFormatPreference`. */
  readonly regionalFormats: boolean;
}

const Body = Type.Object({
  theme: Type.Optional(Type.String()), timezone: Type.Optional(Type.String()), weekStart: Type.Optional(Type.String({ maxLength: 20 })), language: Type.Optional(Type.String({ maxLength: 50 })),
  regionalFormat: Type.Optional(Type.String()), homeDashboardUID: Type.Optional(Type.String()), homeDashboardId: Type.Optional(Type.Integer()),
  queryHistory: Type.Optional(Type.Object({ homeTab: Type.String() })), navbar: Type.Optional(Type.Object({ bookmarkUrls: Type.Array(Type.String()) })),
});
const SetHome = Type.Object({ homeDashboardId: Type.Integer(), homeDashboardUID: Type.Optional(Type.String()) });

export function preferenceRoutes(routes: Routes, { preferences, dashboards, regionalFormats }: PreferencesApiDeps): void {
  const tag = 'preferences';

  async function changesOf(orgId: number, body: Static<typeof Body>, mode: 'replace' | 'patch'): Promise<PreferenceChanges> {
    if (body.theme !== undefined && !isTheme(body.theme) && !(body.theme === '' && mode === 'replace')) throw preferenceErrors.invalidTheme();
    if (body.timezone !== undefined && !isTimezone(body.timezone)) throw preferenceErrors.invalidTimezone();
    const home = await homeOf(orgId, body.homeDashboardUID, body.homeDashboardId);
    return {
      ...(body.theme === undefined ? {} : { theme: body.theme }), ...(body.timezone === undefined ? {} : { timezone: body.timezone }),
      ...(body.weekStart === undefined ? {} : { weekStart: body.weekStart }), ...(body.language === undefined ? {} : { language: body.language }),
      ...(body.regionalFormat === undefined ? {} : { regionalFormat: body.regionalFormat }), ...(home === undefined ? {} : { homeDashboardUid: home }),
      ...(body.queryHistory === undefined ? {} : { homeTab: body.queryHistory.homeTab }),
      ...(body.navbar === undefined ? {} : { bookmarkUrls: body.navbar.bookmarkUrls }),
    };
  }

  /** The uid wins over the id; an empty uid clears. Undefined: not given. */
  async function homeOf(orgId: number, uid: string | undefined, id: number | undefined): Promise<string | undefined> {
    if (uid !== undefined) {
      if (uid !== '' && !(await dashboards.exists(orgId, uid))) throw preferenceErrors.dashboardNotFound();
      return uid;
    }
    if (id === undefined) return undefined;
    if (id === 0) return '';
    const found = await dashboards.uidOfId(orgId, id);
    if (found === undefined) throw preferenceErrors.dashboardNotFound();
    return found;
  }

  const shown = (stored: Preferences) => ({
    ...(stored.homeDashboardUid ? { homeDashboardUID: stored.homeDashboardUid } : {}), ...(stored.timezone ? { timezone: stored.timezone } : {}),
    ...(stored.weekStart ? { weekStart: stored.weekStart } : {}), ...(stored.theme ? { theme: stored.theme } : {}), ...(stored.language ? { language: stored.language } : {}),
    ...(regionalFormats && stored.regionalFormat ? { regionalFormat: stored.regionalFormat } : {}),
    ...(stored.homeTab ? { queryHistory: { homeTab: stored.homeTab } } : {}), ...(stored.bookmarkUrls ? { navbar: { bookmarkUrls: stored.bookmarkUrls } } : {}),
  });

  function mount(path: string, read: Access, write: Access, name: string, ownerOf: (ctx: Pick<RequestContext, 'identity' | 'params'>) => PreferencesOwner, withPatch: boolean): void {
    routes.get(path, { access: read, name: `get${name}Preferences`, tag }, async (ctx) => shown(await preferences.get(ownerOf(ctx))));
    routes.put(path, { access: write, name: `update${name}Preferences`, tag, body: Body }, async (ctx) => {
      await preferences.replace(ownerOf(ctx), await changesOf(ctx.identity.orgId, ctx.body, 'replace'));
      return note('Preferences updated');
    });
    if (!withPatch) return;
    routes.patch(path, { access: write, name: `patch${name}Preferences`, tag, body: Body }, async (ctx) => {
      await preferences.patch(ownerOf(ctx), await changesOf(ctx.identity.orgId, ctx.body, 'patch'));
      return note('Preferences updated');
    });
  }
  const ofPerson = (identity: Identity): PreferencesOwner => {
    if (identity.kind !== 'user' && identity.kind !== 'service-account') throw preferenceErrors.notAUser();
    return { orgId: identity.orgId, userId: identity.id };
  };
  mount('/api/user/preferences', signedInNoAnonymous, signedInNoAnonymous, 'User', ({ identity }) => ofPerson(identity), true);
  mount('/api/org/preferences', permission('orgs.preferences:read'), permission('orgs.preferences:write'), 'Org', ({ identity }) => ({ orgId: identity.orgId }), true);
  const team = (action: string) => withUids(permission(action, 'teams:id:{teamId}'), { teamId: 'team' });
  mount('/api/teams/:teamId/preferences', team('teams:read'), team('teams:write'), 'Team', ({ identity, params }) => ({ orgId: identity.orgId, teamId: queryInt(params['teamId']) }), false);

  routes.post('/api/preferences/set-home-dash', { access: signedIn, name: 'setHomeDashboard', tag, body: SetHome }, async ({ identity, body }) => {
    // Compat: only the id works here; a uid is never found.
    if (body.homeDashboardUID) throw preferenceErrors.dashboardNotFound();
    const uid = body.homeDashboardId === 0 ? '' : await dashboards.uidOfId(identity.orgId, body.homeDashboardId);
    if (uid === undefined) throw preferenceErrors.dashboardNotFound();
    // Compat: everything else is forgotten; the reference writes the row anew.
    await preferences.replace(ofPerson(identity), { homeDashboardUid: uid });
    return note('Home dashboard set');
  });
}
