/** `preferences.grafana.app` (apiserver-and-storage §6.7): preferences of people, teams and organizations as objects. */
import { Type, type Static } from '../../web/schema.ts';
import { specOf, type ApiObject } from '../../apiserver/api-object.ts';
import { apiVersionOf, defineKind, type Caller, type GroupRoute, type Kind } from '../../apiserver/kind.ts';
import { badRequest, objectNotFound } from '../../apiserver/status.ts';
import type { Database } from '../../infra/db/database.ts';
import { isTheme, isTimezone, type PreferenceChanges, type Preferences, type PreferencesOwner, type PreferencesService } from '../../services/tenancy/preferences/preferences.ts';
import { rfc3339 } from '../../storage/resource-changes.ts';
import { json } from '../../web/reply.ts';
import { listOf } from '../iam/iam-kinds.ts';

const group = 'preferences.grafana.app';
const version = 'v1alpha1';

const PreferencesSpec = Type.Object({
  theme: Type.Optional(Type.String()), timezone: Type.Optional(Type.String()), weekStart: Type.Optional(Type.String()), language: Type.Optional(Type.String()),
  regionalFormat: Type.Optional(Type.String()), homeDashboardUID: Type.Optional(Type.String()),
  queryHistory: Type.Optional(Type.Object({ homeTab: Type.Optional(Type.String()) })),
  navbar: Type.Optional(Type.Object({ bookmarkUrls: Type.Array(Type.String()) })),
});
type PreferencesSpec = Static<typeof PreferencesSpec>;

export interface PreferencesKindDeps {
  readonly db: Database;
  readonly preferences: Pick<PreferencesService, 'get' | 'replace' | 'effective'>;
}

interface Row {
  readonly user_id: number;
  readonly team_id: number;
  readonly user_uid: string | null;
  readonly team_uid: string | null;
  readonly created: number;
  readonly updated: number;
}

interface Owned {
  readonly name: string;
  readonly owner: PreferencesOwner;
  readonly created: number;
  readonly updated: number;
}

export function preferencesKind({ db, preferences }: PreferencesKindDeps): Kind {
  const rows = db.prepare<Row>(
    `select p.user_id, p.team_id, u.uid as user_uid, t.uid as team_uid, p.created, p.updated from preferences p
      left join "user" u on u.id = p.user_id left join team t on t.id = p.team_id where p.org_id = ?`);

  async function owned(orgId: number): Promise<Owned[]> {
    const found: Owned[] = [];
    for (const { user_id: userId, team_id: teamId, user_uid: userUid, team_uid: teamUid, created, updated } of await rows.all(orgId)) {
      if (userId > 0 && userUid) found.push({ name: `user-${userUid}`, owner: { orgId, userId }, created, updated });
      else if (teamId > 0 && teamUid) found.push({ name: `team-${teamUid}`, owner: { orgId, teamId }, created, updated });
      else if (userId === 0 && teamId === 0) found.push({ name: 'namespace', owner: { orgId }, created, updated });
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async function objectOf(caller: Caller, { name, owner, created, updated }: Owned): Promise<ApiObject | undefined> {
    const spec = specOfPreferences(await preferences.get(owner));
    if (Object.keys(spec).length === 0) return undefined;
    return {
      kind: 'Preferences', apiVersion: `${group}/${version}`, spec,
      // Compat: whole seconds, as the reference's table keeps them.
      metadata: { name, namespace: caller.namespace, resourceVersion: String(Math.floor(updated / 1000) * 1000), creationTimestamp: rfc3339(created) },
    };
  }

  async function find(caller: Caller, name: string): Promise<{ owned: Owned; object: ApiObject }> {
    // Compat: the organization's object is in the list, and not found by its name.
    const entry = name === 'namespace' ? undefined : (await owned(caller.orgId)).find((each) => each.name === name);
    const object = entry && (await objectOf(caller, entry));
    if (!object) throw objectNotFound(kind, name);
    return { owned: entry, object };
  }

  const kind: Kind = defineKind({
    group, kind: 'Preferences', plural: 'preferences', singular: 'preferences', versions: [{ name: version, spec: PreferencesSpec }],
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update'],
    authorize({ verb, name }, identity) {
      if (verb === 'list' || verb === 'watch') return 'allow';
      if (name === '') return { deny: 'mutating request without a name' };
      if (name === 'namespace') return verb === 'get' || identity.orgRole === 'Admin' || identity.isGrafanaAdmin ? 'allow' : { deny: 'must be an org admin to edit' };
      if (name.startsWith('user-')) return name === `user-${identity.uid}` ? 'allow' : { deny: 'your are not the owner of the resource' };
      // Compat: also whoever is a member is told that he is none.
      if (name.startsWith('team-')) return { deny: 'you are not a member of the referenced team' };
      return { deny: 'unsupported owner type' };
    },
    backend: {
      get: async ({ caller, name }) => (await find(caller, name)).object,
      async list(request) {
        const { caller } = request;
        const { identity } = caller;
        const visible = (await owned(caller.orgId)).filter(({ owner }) =>
          (owner.userId === undefined && owner.teamId === undefined) || owner.userId === identity.id || (owner.teamId !== undefined && identity.orgRole === 'Admin'));
        const objects = (await Promise.all(visible.map((entry) => objectOf(caller, entry)))).filter((object) => object !== undefined);
        const newest = Math.max(Date.now() - 1000, ...visible.map((entry) => entry.updated));
        return listOf(kind, request, objects, String(Math.floor(newest / 1000) * 1000));
      },
      async update({ caller, name, change, dryRun }) {
        const { owned: entry, object } = await find(caller, name);
        const next = await change(object);
        const spec = specOf<PreferencesSpec>(next);
        if (spec.theme && !isTheme(spec.theme)) throw badRequest('invalid theme');
        if (spec.timezone && !isTimezone(spec.timezone)) throw badRequest("invalid timezone: must be a valid IANA timezone (e.g., America/New_York), 'utc', 'browser', or empty string");
        if (!dryRun) await preferences.replace(entry.owner, changesOf(spec));
        return { object: dryRun ? next : { ...object, spec }, created: false };
      },
      async delete({ caller, name, dryRun }) {
        const { owned: entry, object } = await find(caller, name);
        if (!dryRun) await preferences.replace(entry.owner, changesOf({}));
        return { object, answer: { status: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: { name, kind: 'Preferences' }, code: 200 } } };
      },
    },
  });
  return kind;
}

export function preferencesRoutes({ db, preferences }: PreferencesKindDeps): readonly GroupRoute[] {
  const stamped = db.prepare<{ created: number }>('select created from preferences where org_id = ? and (user_id = ? or (user_id = 0 and team_id = 0))');
  return [{
    group, version, path: 'preferences/merged', methods: ['GET'], authorize: () => 'allow', description: { operationId: 'mergedPreferences', tag: 'Preferences' },
    async handle({ caller }) {
      const merged = await preferences.effective(caller.identity);
      const spec = specOfPreferences({ ...merged, timezone: merged.timezone || 'browser', weekStart: merged.weekStart || 'browser', theme: merged.theme || 'dark', language: merged.language || 'en-US' });
      const stamps = await stamped.all(caller.orgId, caller.identity.id);
      const created = Math.max(0, ...stamps.map((row) => row.created));
      return json({
        kind: 'Preferences', apiVersion: apiVersionOf({ group }, version),
        metadata: { namespace: caller.namespace, ...(created > 0 ? { creationTimestamp: rfc3339(created) } : {}) }, spec,
      });
    },
  }];
}

function specOfPreferences(p: Preferences): PreferencesSpec {
  return {
    ...(p.homeDashboardUid ? { homeDashboardUID: p.homeDashboardUid } : {}), ...(p.timezone ? { timezone: p.timezone } : {}), ...(p.weekStart ? { weekStart: p.weekStart } : {}),
    ...(p.theme ? { theme: p.theme } : {}), ...(p.language ? { language: p.language } : {}), ...(p.regionalFormat ? { regionalFormat: p.regionalFormat } : {}),
    ...(p.homeTab ? { queryHistory: { homeTab: p.homeTab } } : {}), ...(p.bookmarkUrls ? { navbar: { bookmarkUrls: [...p.bookmarkUrls] } } : {}),
  };
}

const changesOf = (spec: PreferencesSpec): PreferenceChanges => ({
  theme: spec.theme ?? '', timezone: spec.timezone ?? '', weekStart: spec.weekStart ?? '', language: spec.language ?? '', regionalFormat: spec.regionalFormat ?? '',
  homeDashboardUid: spec.homeDashboardUID ?? '', homeTab: spec.queryHistory?.homeTab ?? '', bookmarkUrls: spec.navbar?.bookmarkUrls,
});
