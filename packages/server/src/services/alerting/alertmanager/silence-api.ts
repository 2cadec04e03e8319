/** Silences of the built-in Alertmanager (alerting-notifications §4). */
import { allOf, anyOf, may, rbac } from '../../../web/access.ts';
import { ApiError } from '../../../web/errors.ts';
import { BindError, parseFirstValue } from '../../../web/bind.ts';
import type { Identity } from '../../../web/identity.ts';
import { json, note } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import { mayReadRules } from '../folders/alert-folders.ts';
import type { Alertmanagers } from './alertmanager.ts';
import { BadMatcher, parseMatcher } from './matchers.ts';
import { ruleUidOf, type SilenceAccess, type SilenceRule } from './silence-access.ts';
import { inOrder, silenceNotFound, silenceState, type Silence, type SilenceMatcher } from './silences.ts';

const base = '/api/alertmanager/grafana/api/v2';
const readers = anyOf(may('alert.instances:read'), may('alert.silences:read'));
const readAccess = rbac(readers);
const writeAccess = rbac(allOf(readers, anyOf(may('alert.instances:create'), may('alert.instances:write'), may('alert.silences:create'), may('alert.silences:write'))));
const endAccess = rbac(allOf(readers, anyOf(may('alert.instances:write'), may('alert.silences:write'))));

type Body = Record<string, unknown>;

/** Reads a silence of a request; the words of a refusal are those of the Alertmanager API. */
function readSilence(raw: unknown): Omit<Silence, 'updatedAt'> {
  if (raw !== null && raw !== undefined && (typeof raw !== 'object' || Array.isArray(raw))) throw new BindError('', 'is not an object');
  const body = (raw ?? {}) as Body;
  const text = (key: string) => {
    const value = body[key];
    if (value !== undefined && value !== null && typeof value !== 'string') throw new BindError(key, 'is not a text');
    return value as string | undefined | null;
  };
  const time = (key: string) => {
    const value = text(key);
    if (value === undefined || value === null) return undefined;
    const ms = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(ms)) throw new BindError(key, 'is not a time');
    return ms;
  };
  const id = text('id') ?? '';
  const comment = text('comment');
  const createdBy = text('createdBy');
  const startsAt = time('startsAt');
  const endsAt = time('endsAt');
  const list = body['matchers'];
  if (list !== undefined && list !== null && !Array.isArray(list)) throw new BindError('matchers', 'is not a list');
  const problems: string[] = [];
  if (comment === undefined || comment === null) problems.push('comment in body is required');
  if (createdBy === undefined || createdBy === null) problems.push('createdBy in body is required');
  if (endsAt === undefined) problems.push('endsAt in body is required');
  const matchers: SilenceMatcher[] = [];
  if (list === undefined || list === null) problems.push('matchers in body is required');
  else if (list.length === 0) problems.push('matchers in body should have at least 1 items');
  else {
    const inner: string[] = [];
    list.forEach((m: unknown, i) => {
      // Compat: the reference fails on null; it is the client's mistake.
      if (typeof m !== 'object' || m === null || Array.isArray(m)) throw new BindError(`matchers.${i}`, 'is not an object');
      const { name, value, isRegex, isEqual } = m as Body;
      const typed = (v: unknown, type: string, key: string) => {
        if (v === undefined || v === null) inner.push(`matchers.${i}.${key} in body is required`);
        else if (typeof v !== type) throw new BindError(`matchers.${i}.${key}`, `is not a ${type}`);
      };
      typed(isRegex, 'boolean', 'isRegex');
      typed(name, 'string', 'name');
      typed(value, 'string', 'value');
      if (isEqual !== undefined && isEqual !== null && typeof isEqual !== 'boolean') throw new BindError(`matchers.${i}.isEqual`, 'is not a boolean');
      matchers.push({ name: String(name), value: String(value), isRegex: isRegex === true, isEqual: isEqual !== false });
    });
    if (inner.length > 0) problems.push(`validation failure list:\n${inner.join('\n')}`);
  }
  if (startsAt === undefined) problems.push('startsAt in body is required');
  if (problems.length > 0) throw new ApiError(400, `silence failed validation: validation failure list:\nvalidation failure list:\n${problems.join('\n')}`);
  return { id, matchers, startsAt: startsAt!, endsAt: endsAt!, comment: comment!, createdBy: createdBy! };
}

export interface SilenceApiDeps {
  readonly alertmanagers: Alertmanagers;
  readonly access: SilenceAccess;
  readonly now: () => number;
}

export function silenceRoutes(routes: Routes, { alertmanagers, access, now }: SilenceApiDeps): void {
  const silenceJson = (s: Silence, identity: Identity, of: SilenceRule | undefined, search: URLSearchParams) => {
    const uid = ruleUidOf(s.matchers);
    const readable = of?.rule && of.folder && mayReadRules(identity, of.folder);
    return {
      ...(search.get('accesscontrol') === 'true'
        ? { accessControl: { create: access.may(identity, 'create', of), read: access.may(identity, 'read', of), write: access.may(identity, 'write', of) } }
        : {}),
      comment: s.comment, createdBy: s.createdBy, endsAt: new Date(s.endsAt).toISOString(), id: s.id,
      matchers: s.matchers.map((m) => ({ isEqual: m.isEqual, isRegex: m.isRegex, name: m.name, value: m.value })),
      ...(search.get('ruleMetadata') === 'true' && uid !== undefined
        ? { metadata: { rule_uid: uid, ...(readable ? { rule_title: of.rule!.title, folder_uid: of.rule!.folderUid } : {}) } }
        : {}),
      startsAt: new Date(s.startsAt).toISOString(), status: { state: silenceState(s, now()) }, updatedAt: new Date(s.updatedAt).toISOString(),
    };
  };

  routes.get(`${base}/silences`, { access: readAccess, name: 'RouteGetSilences' }, async ({ identity, search }) => {
    const am = await alertmanagers.get(identity.orgId);
    let filters: ReturnType<typeof parseMatcher>[];
    try {
      filters = search.getAll('filter').map(parseMatcher);
    } catch (error) {
      if (!(error instanceof BadMatcher)) throw error;
      throw new ApiError(400, `[alerting.notifications.silences.badRequest] unable to list silences: ${error.message}`, { messageId: 'alerting.notifications.silences.badRequest' });
    }
    // A filter asks for silences that have a matcher which the filter's own pattern takes, or the same pattern.
    const wanted = am.silences.list().filter((s) => filters.every((f) => {
      const own = s.matchers.filter((m) => m.name === f.name);
      return own.length === 0 ? f.matches('') : own.some((m) => f.matches(m.value) || (m.isRegex && m.isEqual && f.operator === '=~' && m.value === f.value));
    }));
    const ruleOf = await access.rulesOf(identity.orgId, wanted);
    return inOrder(wanted.filter((s) => access.may(identity, 'read', ruleOf(s.matchers))), now()).map((s) => silenceJson(s, identity, ruleOf(s.matchers), search));
  });

  routes.get(`${base}/silence/:SilenceId`, { access: readAccess, name: 'RouteGetSilence' }, async ({ identity, params, search }) => {
    const am = await alertmanagers.get(identity.orgId);
    const silence = am.silences.get(params['SilenceId']!);
    if (!silence) throw silenceNotFound(params['SilenceId']!);
    const of = (await access.rulesOf(identity.orgId, [silence]))(silence.matchers);
    access.demand(identity, 'read', of);
    return silenceJson(silence, identity, of, search);
  });

  routes.post(`${base}/silences`, { access: writeAccess, rawBody: true, name: 'RouteCreateSilence' }, async ({ identity, rawBody, headers }) => {
    if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) throw new BindError('', 'is not JSON');
    const given = readSilence(rawBody.length === 0 ? undefined : parseFirstValue(rawBody.toString()));
    const am = await alertmanagers.get(identity.orgId);
    const before = given.id === '' ? undefined : am.silences.get(given.id);
    if (given.id !== '' && !before) throw silenceNotFound(given.id);
    const ruleOf = await access.rulesOf(identity.orgId, [given, ...(before ? [before] : [])]);
    if (before) {
      access.demand(identity, 'write', ruleOf(before.matchers));
      if (ruleUidOf(before.matchers) !== ruleUidOf(given.matchers)) {
        throw new ApiError(400, "[alerting.notifications.silences.badRequest] Silence rule matcher '__alert_rule_uid__' cannot be updated, please create a new silence", { messageId: 'alerting.notifications.silences.badRequest' });
      }
    } else access.demand(identity, 'create', ruleOf(given.matchers));
    return json({ silenceID: await am.silences.set(given) }, 202);
  });

  routes.delete(`${base}/silence/:SilenceId`, { access: endAccess, name: 'RouteDeleteSilence' }, async ({ identity, params }) => {
    const am = await alertmanagers.get(identity.orgId);
    const silence = am.silences.get(params['SilenceId']!);
    if (!silence) throw silenceNotFound(params['SilenceId']!);
    access.demand(identity, 'write', (await access.rulesOf(identity.orgId, [silence]))(silence.matchers));
    await am.silences.expire(silence.id);
    return note('silence deleted');
  });
}
