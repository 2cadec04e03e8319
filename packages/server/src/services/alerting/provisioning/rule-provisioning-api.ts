/** Rules one by one and in groups: what Terraform uses (alerting-rules §8). */
import { onFolder, provisioningWriters, readFolderRules, readRules, trusted } from './provisioning-access.ts';
import { Type, type Static } from '../../../web/schema.ts';
import { allOf, anyOf, may, rbac } from '../../../web/access.ts';
import { ApiError } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import { empty, json } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import { rfc3339Seconds, zeroTime } from '../../../util/rfc3339.ts';
import type { AlertFolder, AlertFolders } from '../folders/alert-folders.ts';
import { baseIntervalSeconds, InvalidRule, isNoGroupName, ruleErrors, unauthorized, type AlertRule, type Provenance, type RuleDraft } from '../rules/alert-rule.ts';
import { formatDuration, formatGoDuration } from '../rules/duration.ts';
import { demandRuleAccess } from '../rules/rule-access.ts';
import { durationField, notificationSettingsFrom, notificationSettingsJson, NotificationSettingsBody, queryFrom, queryJson, QueryBody, RecordBody, recordJson, type SubmittedRule } from '../rules/ruler-json.ts';
import { invalidRuleText, readableRules, Step, type RuleService } from '../rules/rule-service.ts';
import { checkNotificationSettings } from '../rules/rule-validation.ts';
import { deleted, stampOf } from './notification-provisioning-api.ts';


const writers = provisioningWriters.map((a) => may(a));
const writeRule = (action: string) => rbac(anyOf(...writers, allOf(may(action), may('alert.provisioning.provenance:write'))));
const writeGroup = rbac(anyOf(...writers, allOf(may('alert.rules:read', onFolder), may('folders:read', onFolder), may('alert.provisioning.provenance:write'), anyOf(may('alert.rules:write', onFolder), may('alert.rules:create', onFolder), may('alert.rules:delete', onFolder)))));
const deleteGroup = rbac(anyOf(...writers, allOf(may('alert.rules:delete', onFolder), may('alert.rules:read', onFolder), may('folders:read', onFolder), may('alert.provisioning.provenance:write'))));

export const RuleBody = Type.Object({
  id: Type.Integer(), uid: Type.String(), orgID: Type.Integer(), folderUID: Type.String(), ruleGroup: Type.String(), title: Type.String(), condition: Type.String(), data: Type.Optional(Type.Array(QueryBody)),
  noDataState: Type.String(), execErrState: Type.String(), for: Type.Optional(Type.String()), keep_firing_for: Type.Optional(Type.String()),
  annotations: Type.Optional(Type.Record(Type.String(), Type.String())), labels: Type.Optional(Type.Record(Type.String(), Type.String())), isPaused: Type.Boolean(),
  notification_settings: Type.Optional(NotificationSettingsBody), record: Type.Optional(RecordBody), missingSeriesEvalsToResolve: Type.Optional(Type.Integer()),
});
const GroupBody = Type.Object({ title: Type.String(), folderUid: Type.String(), interval: Type.Integer(), rules: Type.Optional(Type.Array(RuleBody)) });
export type RuleBody = Static<typeof RuleBody>;


const noMetadata = { simplifiedQuery: false, simplifiedNotifications: false };

export function draftFrom(body: RuleBody): RuleDraft {
  const record = body.record && { metric: body.record.metric, from: body.record.from, targetDatasourceUid: body.record.target_datasource_uid };
  const notificationSettings = body.notification_settings && notificationSettingsFrom(body.notification_settings);
  if (notificationSettings && !record) {
    try {
      checkNotificationSettings(notificationSettings);
    } catch (error) {
      throw new InvalidRule(`\n${(error as Error).message}`);
    }
  }
  return {
    uid: body.uid, title: body.title, folderUid: body.folderUID, group: body.ruleGroup, groupIndex: 0, intervalSeconds: 0, condition: body.condition, data: (body.data ?? []).map(queryFrom),
    noDataState: body.noDataState as RuleDraft['noDataState'], execErrState: body.execErrState as RuleDraft['execErrState'], forMs: durationField(body.for, 'for') ?? 0,
    keepFiringForMs: durationField(body.keep_firing_for, 'keep_firing_for') ?? 0, labels: body.labels ?? {}, annotations: body.annotations ?? {}, isPaused: body.isPaused,
    notificationSettings, record, metadata: noMetadata, missingSeriesEvals: body.missingSeriesEvalsToResolve,
  };
}

const sorted = (labels: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

export function provisionedRuleJson(rule: AlertRule, provenance: Provenance | undefined) {
  return {
    id: rule.id, uid: rule.uid, orgID: rule.orgId, folderUID: rule.folderUid, ruleGroup: rule.group, title: rule.title, condition: rule.condition, data: rule.data.map(queryJson),
    updated: rfc3339Seconds(rule.updated), noDataState: rule.noDataState, execErrState: rule.execErrState, for: formatDuration(rule.forMs), keep_firing_for: formatDuration(rule.keepFiringForMs),
    ...(Object.keys(rule.annotations).length > 0 ? { annotations: sorted(rule.annotations) } : {}), ...(Object.keys(rule.labels).length > 0 ? { labels: sorted(rule.labels) } : {}),
    ...(provenance ? { provenance } : {}), isPaused: rule.isPaused, notification_settings: rule.notificationSettings ? notificationSettingsJson(rule.notificationSettings) : null,
    record: rule.record ? recordJson(rule.record) : null, ...(rule.missingSeriesEvals === undefined ? {} : { missingSeriesEvalsToResolve: rule.missingSeriesEvals }),
  };
}

/** The group PUT echoes what it was given. */
function echo(body: RuleBody) {
  const draft = draftFrom(body);
  return {
    id: body.id, uid: body.uid, orgID: body.orgID, folderUID: body.folderUID, ruleGroup: body.ruleGroup, title: body.title, condition: body.condition,
    data: body.data?.map((q) => ({ refId: q.refId, queryType: q.queryType, relativeTimeRange: q.relativeTimeRange, datasourceUid: q.datasourceUid, model: q.model ?? null })) ?? null,
    updated: zeroTime, noDataState: body.noDataState, execErrState: body.execErrState, for: formatDuration(draft.forMs), keep_firing_for: formatDuration(draft.keepFiringForMs),
    ...(body.annotations && Object.keys(body.annotations).length > 0 ? { annotations: sorted(body.annotations) } : {}), ...(body.labels && Object.keys(body.labels).length > 0 ? { labels: sorted(body.labels) } : {}),
    isPaused: body.isPaused, notification_settings: draft.notificationSettings ? notificationSettingsJson(draft.notificationSettings) : null, record: draft.record ? recordJson(draft.record) : null,
    ...(body.missingSeriesEvalsToResolve === undefined ? {} : { missingSeriesEvalsToResolve: body.missingSeriesEvalsToResolve }),
  };
}

export interface RuleProvisioningDeps {
  readonly rules: RuleService;
  readonly folders: AlertFolders;
}

/** Same, from none to any, and from what an API or an import made to none (§8). */
function demandGroupProvenance(stored: Provenance, wanted: Provenance, operation: string): void {
  if (stored === wanted || stored === '' || (wanted === '' && (stored === 'api' || stored === 'converted_prometheus'))) return;
  throw new ApiError(409, `cannot ${operation} with provided provenance '${wanted}', needs '${stored}'`, {
    messageId: 'alerting.provenanceMismatch', extra: { Operation: operation, ProvidedProvenance: wanted, StoredProvenance: stored },
  });
}

export function ruleProvisioningRoutes(routes: Routes, { rules, folders }: RuleProvisioningDeps): void {
  const p = '/api/v1/provisioning';
  const invalid = (error: unknown) => (error instanceof InvalidRule ? new ApiError(400, invalidRuleText(error)) : error instanceof Step ? new ApiError(400, invalidRuleText(error.cause as InvalidRule)) : error);

  const folderFor = async (orgId: number, uid: string): Promise<AlertFolder> => {
    if (uid === '') throw new InvalidRule('folderUID must be set');
    const folder = await folders.get(orgId, uid);
    if (!folder) throw new InvalidRule('folder does not exist');
    return folder;
  };

  const demandWrite = (identity: Identity, folder: AlertFolder, action: 'create' | 'write' | 'delete') => {
    if (trusted(identity, true)) return;
    if (!identity.permissions.has(`alert.rules:${action}`, ...folder.scopes)) {
      throw unauthorized(`${action === 'create' ? 'create alert rules in the' : action === 'write' ? 'update alert rules that belong to' : 'delete alert rules that belong to'} folder ${folder.uid}`, `action:alert.rules:${action} scopes:folders:uid:${folder.uid}`);
    }
  };

  routes.get(`${p}/alert-rules`, { access: readRules, name: 'RouteGetAlertRules' }, async ({ identity }) => {
    const list = await rules.list({ orgId: identity.orgId });
    const shown = trusted(identity, false) ? list : readableRules(list, await folders.all(identity.orgId), identity);
    const stamps = await rules.provenances(identity.orgId);
    return shown.map((r) => provisionedRuleJson(r, stamps.get(r.uid)));
  });

  const readable = async (identity: Identity, uid: string): Promise<AlertRule | undefined> => {
    const rule = await rules.get(identity.orgId, uid);
    if (rule && !trusted(identity, false)) demandRuleAccess(identity, await folders.get(identity.orgId, rule.folderUid), rule.folderUid);
    return rule;
  };

  routes.get(`${p}/alert-rules/:UID`, { access: readRules, name: 'RouteGetAlertRule' }, async ({ identity, params }) => {
    const rule = await readable(identity, params['UID']!);
    if (!rule) return empty(404);
    return provisionedRuleJson(rule, (await rules.provenances(identity.orgId)).get(rule.uid));
  });

  const checkGroup = (group: string) => {
    if (isNoGroupName(group)) throw new InvalidRule('rules must have a valid group');
  };

  routes.post(`${p}/alert-rules`, { access: writeRule('alert.rules:create'), body: RuleBody, name: 'RoutePostAlertRule' }, async (ctx) => {
    const { identity, body } = ctx;
    try {
      const draft = draftFrom(body);
      const folder = await folderFor(identity.orgId, draft.folderUid);
      checkGroup(draft.group);
      demandWrite(identity, folder, 'create');
      const group = draft.group === '' ? [] : await rules.list({ orgId: identity.orgId, folderUids: [folder.uid], group: draft.group });
      const intervalSeconds = draft.group === '' ? 0 : group[0]?.intervalSeconds ?? rules.defaultIntervalSeconds;
      const stamp = stampOf(ctx);
      const rule = await rules.create(identity.orgId, { ...draft, intervalSeconds }, {
        provenance: stamp, author: identity.uid, ...(body.id > 0 ? { id: body.id } : {}), ...(trusted(identity, true) ? {} : { identity }),
      });
      return json(provisionedRuleJson(rule, stamp), 201);
    } catch (error) {
      throw invalid(error);
    }
  });

  routes.put(`${p}/alert-rules/:UID`, { access: writeRule('alert.rules:write'), body: RuleBody, name: 'RoutePutAlertRule' }, async (ctx) => {
    const { identity, body, params } = ctx;
    try {
      const sent = draftFrom(body);
      const folder = await folderFor(identity.orgId, sent.folderUid);
      checkGroup(sent.group);
      const existing = await rules.get(identity.orgId, params['UID']!);
      if (!existing) return empty(404);
      const draft = { ...sent, uid: existing.uid };
      demandWrite(identity, folder, existing.folderUid === folder.uid ? 'write' : 'create');
      const stamp = stampOf(ctx);
      const stored = (await rules.provenances(identity.orgId)).get(existing.uid) ?? '';
      // Compat: the reference answers 500 without text.
      if (stored !== '' && stored !== stamp) throw new ApiError(409, `cannot change provenance from '${stored}' to '${stamp}'`);
      const same = existing.folderUid === folder.uid && existing.group === draft.group;
      const target = same ? [] : await rules.list({ orgId: identity.orgId, folderUids: [folder.uid], group: draft.group });
      const intervalSeconds = draft.group === '' ? 0 : same ? existing.intervalSeconds : target[0]?.intervalSeconds ?? existing.intervalSeconds;
      const groupIndex = same ? existing.groupIndex : target.reduce((most, r) => Math.max(most, r.groupIndex + 1), 0);
      const rule = await rules.update(existing, { ...draft, intervalSeconds, groupIndex, metadata: existing.metadata }, { provenance: stamp, author: identity.uid, ...(trusted(identity, true) ? {} : { identity }) });
      return provisionedRuleJson(rule, stamp);
    } catch (error) {
      throw invalid(error);
    }
  });

  routes.delete(`${p}/alert-rules/:UID`, { access: writeRule('alert.rules:delete'), name: 'RouteDeleteAlertRule' }, async (ctx) => {
    const { identity, params } = ctx;
    const rule = await rules.get(identity.orgId, params['UID']!);
    if (rule) {
      const folder = await folders.get(identity.orgId, rule.folderUid);
      if (folder) demandWrite(identity, folder, 'delete');
      demandGroupProvenance((await rules.provenances(identity.orgId)).get(rule.uid) ?? '', stampOf(ctx), 'delete');
      await rules.delete([rule], { author: identity.uid });
    }
    return deleted();
  });

  routes.get(`${p}/folder/:FolderUID/rule-groups/:Group`, { access: readFolderRules, name: 'RouteGetAlertRuleGroup' }, async ({ identity, params }) => {
    const list = await rules.list({ orgId: identity.orgId, folderUids: [params['FolderUID']!], group: params['Group']! });
    if (list.length === 0) throw ruleErrors.notFound();
    return { title: params['Group'], folderUid: params['FolderUID'], interval: list[0]!.intervalSeconds, rules: list.map((r) => provisionedRuleJson(r, undefined)) };
  });

  routes.put(`${p}/folder/:FolderUID/rule-groups/:Group`, { access: writeGroup, body: GroupBody, name: 'RoutePutAlertRuleGroup' }, async (ctx) => {
    const { identity, body, params } = ctx;
    const group = params['Group']!;
    try {
      const drafts = (body.rules ?? []).map(draftFrom);
      const seconds = body.interval;
      if (seconds <= 0 || seconds % baseIntervalSeconds !== 0) throw new InvalidRule(`interval (${formatGoDuration(seconds * 1000)}) should be non-zero and divided exactly by scheduler interval: ${baseIntervalSeconds}`);
      const folder = await folderFor(identity.orgId, params['FolderUID']!);
      if (isNoGroupName(group) && drafts.length > 0) throw new InvalidRule('rules must have a valid group');
      const stamp = stampOf(ctx);
      const stamps = await rules.provenances(identity.orgId);
      const existing = await rules.list({ orgId: identity.orgId, folderUids: [folder.uid], group });
      const involved = await rules.list({ orgId: identity.orgId, uids: drafts.map((d) => d.uid).filter((u) => u !== '') });
      for (const rule of [...existing, ...involved]) demandGroupProvenance(stamps.get(rule.uid) ?? '', stamp, 'update');
      if (drafts.length === 0) {
        demandWrite(identity, folder, 'write');
        await rules.setGroupInterval({ orgId: identity.orgId, folderUid: folder.uid, group }, seconds, identity.uid, stamp);
      } else {
        const seen = new Set<string>();
        for (const draft of drafts) {
          const twice = draft.uid !== '' && seen.has(draft.uid);
          seen.add(draft.uid);
          if (!twice) continue;
          const version = (await rules.get(identity.orgId, draft.uid))?.version ?? 1;
          throw ruleErrors.versionConflict({ message: `failed to update alert rules: version conflict while updating a record in the database with optimistic locking: alert rule UID ${draft.uid} version ${version}` });
        }
        const known = new Map(involved.map((r) => [r.uid, r]));
        const submitted: SubmittedRule[] = drafts.map((draft, i) => {
          const before = known.get(draft.uid);
          const blank = draft.condition === '' && draft.data.length === 0;
          return {
            ...draft, folderUid: folder.uid, group, groupIndex: i, intervalSeconds: seconds,
            // A known rule's blanks are inherited; states and title too, durations not.
            ...(before ? { title: draft.title || before.title, noDataState: draft.noDataState || before.noDataState, execErrState: draft.execErrState || before.execErrState, metadata: undefined } : {}),
            ...(before && blank ? { condition: before.condition, data: before.data } : {}),
            ...(before && draft.data.length === 0 && !blank ? { data: before.data } : {}),
            missingSeriesEvals: draft.missingSeriesEvals ?? (before ? before.missingSeriesEvals ?? 0 : 0),
          };
        });
        await rules.replaceGroup({
          orgId: identity.orgId, folder, group, intervalSeconds: seconds, rules: submitted, identity, provenance: { stamp }, trusted: trusted(identity, true), dryBuild: false,
        });
      }
      return { title: group, folderUid: folder.uid, interval: seconds, rules: body.rules?.map(echo) ?? null };
    } catch (error) {
      throw invalid(error);
    }
  });

  routes.delete(`${p}/folder/:FolderUID/rule-groups/:Group`, { access: deleteGroup, name: 'RouteDeleteAlertRuleGroup' }, async (ctx) => {
    const { identity, params } = ctx;
    const list = await rules.list({ orgId: identity.orgId, folderUids: [params['FolderUID']!], group: params['Group']! });
    if (list.length === 0) throw ruleErrors.notFound();
    const stamps = await rules.provenances(identity.orgId);
    for (const rule of list) demandGroupProvenance(stamps.get(rule.uid) ?? '', stampOf(ctx), 'delete');
    await rules.delete(list, { author: identity.uid });
    return deleted();
  });
}
