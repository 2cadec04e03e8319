/** `rules.alerting.grafana.app` (alerting-rules §11): alert and recording rules as API objects, one by one. Behind `kubernetesAlertingRules`. */
import { specOf, stableUid, type ApiObject } from '../../apiserver/api-object.ts';
import { defineKind, verbsWithoutWatch, type Caller, type Kind, type UpdateRequest } from '../../apiserver/kind.ts';
import { badRequest, conflict, objectNotFound, preconditionFailed, StatusError } from '../../apiserver/status.ts';
import type { AlertFolder, AlertFolders } from '../../services/alerting/folders/alert-folders.ts';
import {
  dashboardAnnotation, InvalidRule, isExpression, isNoGroupName, noGroupName, panelAnnotation, type AlertRule, type NotificationSettings, type Provenance, type RuleDraft,
} from '../../services/alerting/rules/alert-rule.ts';
import { formatGoDuration, parseDuration } from '../../services/alerting/rules/duration.ts';
import { demandRuleAccess } from '../../services/alerting/rules/rule-access.ts';
import { readableRules, type RuleService } from '../../services/alerting/rules/rule-service.ts';
import { rfc3339Seconds } from '../../util/rfc3339.ts';
import { Type, type Static } from '../../web/schema.ts';
import { statusOf } from '../app-status.ts';
import { listOf } from '../iam/iam-kinds.ts';

export interface RuleKindDeps {
  readonly rules: Pick<RuleService, 'list' | 'get' | 'provenances' | 'create' | 'update' | 'delete'>;
  readonly folders: Pick<AlertFolders, 'all' | 'get'>;
}

const group = 'rules.alerting.grafana.app';
const version = 'v0alpha1';
const folderAnnotation = 'grafana.app/folder';
const provenanceAnnotation = 'grafana.com/provenance';
const groupLabel = 'grafana.com/group';
const groupIndexLabel = 'grafana.com/group-index';

const text = Type.String();
const maybe = Type.Optional(text);
const texts = Type.Optional(Type.Array(text));
const map = Type.Optional(Type.Record(text, text));
const Expression = Type.Object({
  queryType: maybe, relativeTimeRange: Type.Optional(Type.Object({ from: text, to: text })), datasourceUID: maybe, model: Type.Unknown(), source: Type.Optional(Type.Boolean()),
});
const common = { title: text, paused: Type.Optional(Type.Boolean()), trigger: Type.Object({ interval: text }), labels: map, expressions: Type.Record(text, Expression) };
const AlertRuleSpec = Type.Object({
  ...common, annotations: map, for: maybe, keepFiringFor: maybe, missingSeriesEvalsToResolve: Type.Optional(Type.Integer({ format: 'int64' })), noDataState: text, execErrState: text,
  notificationSettings: Type.Optional(Type.Object({
    receiver: text, groupBy: texts, groupWait: maybe, groupInterval: maybe, repeatInterval: maybe, muteTimeIntervals: texts, activeTimeIntervals: texts,
  })),
  panelRef: Type.Optional(Type.Object({ dashboardUID: text, panelID: Type.Integer({ format: 'int64' }) })),
});
const RecordingRuleSpec = Type.Object({ ...common, metric: text, targetDatasourceUID: text });
type AlertRuleSpec = Static<typeof AlertRuleSpec>;
type RecordingRuleSpec = Static<typeof RecordingRuleSpec>;

/** Stored states shout where those of the API do not. */
const storedState = (state: string, otherwise: string) => (state === '' ? otherwise : state === 'Ok' ? 'OK' : state);
const shownState = (state: string) => (state === 'OK' ? 'Ok' : state);

export const ruleKinds = (deps: RuleKindDeps): readonly Kind[] => [ruleKind('AlertRule', deps), ruleKind('RecordingRule', deps)];

function ruleKind(name: 'AlertRule' | 'RecordingRule', { rules, folders }: RuleKindDeps): Kind {
  const recording = name === 'RecordingRule';
  const isOurs = (rule: AlertRule) => (rule.record !== undefined) === recording;
  const stampOf = async (orgId: number, uid: string): Promise<Provenance> => (await rules.provenances(orgId)).get(uid) ?? '';

  async function find({ identity, orgId }: Caller, uid: string): Promise<AlertRule | undefined> {
    const rule = await rules.get(orgId, uid);
    // A rule of the other kind is none of this one.
    if (!rule || !isOurs(rule)) return undefined;
    demandRuleAccess(identity, await folders.get(orgId, rule.folderUid), rule.folderUid);
    return rule;
  }

  async function read(caller: Caller, uid: string): Promise<AlertRule> {
    const rule = await find(caller, uid);
    if (!rule) throw objectNotFound(kind, uid);
    return rule;
  }

  function asObject(namespace: string, rule: AlertRule, provenance: Provenance, fresh = false): ApiObject {
    const time = rfc3339Seconds(rule.updated);
    const author: Record<string, string> = fresh || rule.updatedBy === '' ? {} : { 'grafana.app/updatedBy': rule.updatedBy, 'grafana.com/updatedBy': rule.updatedBy };
    return {
      kind: name, apiVersion: `${group}/${version}`,
      metadata: {
        name: rule.uid, namespace, uid: stableUid('', '', namespace, rule.uid), resourceVersion: String(rule.version),
        labels: { [folderAnnotation]: rule.folderUid, ...(isNoGroupName(rule.group) ? {} : { [groupLabel]: rule.group, [groupIndexLabel]: String(rule.groupIndex) }) },
        annotations: { [folderAnnotation]: rule.folderUid, 'grafana.app/updatedTimestamp': time, [provenanceAnnotation]: provenance, 'grafana.com/updateTimestamp': time, ...author },
      },
      spec: recording ? recordingSpec(rule) : alertSpec(rule), status: {},
    };
  }

  async function folderOf(caller: Caller, uid: string, object: ApiObject): Promise<AlertFolder> {
    const forbidden = (why: string) => new StatusError(403, 'Forbidden', `${kind.plural}.${group} "${uid}" is forbidden: ${why}`, { name: uid, group, kind: kind.plural });
    const wanted = object.metadata.annotations?.[folderAnnotation] ?? '';
    if (wanted === '') throw forbidden('folder is required');
    const folder = await folders.get(caller.orgId, wanted);
    if (!folder) throw forbidden('folder does not exist');
    return folder;
  }

  function demandWrite({ identity }: Caller, folder: AlertFolder, verb: 'create' | 'write' | 'delete'): void {
    if (identity.permissions.has(`alert.rules:${verb}`, ...folder.scopes)) return;
    throw new StatusError(403, 'Forbidden', `user is not authorized to ${verb === 'write' ? 'update' : verb} alert rules in the folder ${folder.uid}`);
  }

  /** Where a rule stands among others is the groups' to say; here it is only changed. */
  function placeOf({ metadata: { labels = {} } }: ApiObject, existing: AlertRule | undefined, uid: string): Pick<RuleDraft, 'group' | 'groupIndex'> {
    const [named, index] = [labels[groupLabel], labels[groupIndexLabel]];
    if (named === undefined && index === undefined) return existing ? { group: existing.group, groupIndex: existing.groupIndex } : { group: noGroupName(uid), groupIndex: 0 };
    if (!existing) throw badRequest('cannot set group when creating a rule');
    if (named === undefined || index === undefined) throw badRequest(`both labels ${groupLabel} and ${groupIndexLabel} are needed, or neither`);
    if (isNoGroupName(existing.group)) throw badRequest('cannot set group of a rule that is in none');
    if (!/^\d{1,9}$/.test(index)) throw badRequest(`the label ${groupIndexLabel} is no number`);
    return { group: named, groupIndex: Number(index) };
  }

  function draftOf(object: ApiObject, uid: string, folder: AlertFolder, existing: AlertRule | undefined): RuleDraft {
    const spec = specOf<AlertRuleSpec & RecordingRuleSpec>(object);
    const sources = Object.entries(spec.expressions).filter(([, { source }]) => source === true);
    if (sources.length !== 1) throw new InvalidRule('exactly one expression is the source');
    const [condition] = sources[0]!;
    const { panelRef } = spec;
    const place = {
      uid, title: spec.title, folderUid: folder.uid, ...placeOf(object, existing, uid), intervalSeconds: msOf(spec.trigger.interval, 'trigger.interval') / 1000, labels: spec.labels ?? {},
      isPaused: spec.paused ?? false, metadata: existing?.metadata ?? { simplifiedQuery: false, simplifiedNotifications: false },
      data: Object.entries(spec.expressions).map(([refId, { queryType = '', relativeTimeRange, datasourceUID, model }]) => ({
        refId, queryType, model, datasourceUid: datasourceUID || '__expr__', from: msOf(relativeTimeRange?.from, 'relativeTimeRange.from') / 1000, to: msOf(relativeTimeRange?.to, 'relativeTimeRange.to') / 1000,
      })),
    };
    if (recording) {
      return {
        ...place, condition: '', annotations: {}, noDataState: '', execErrState: '', forMs: 0, keepFiringForMs: 0, notificationSettings: undefined, missingSeriesEvals: undefined,
        record: { metric: spec.metric, from: condition, targetDatasourceUid: spec.targetDatasourceUID },
      };
    }
    return {
      ...place, condition, record: undefined, forMs: msOf(spec.for, 'for'), keepFiringForMs: msOf(spec.keepFiringFor, 'keepFiringFor'), missingSeriesEvals: spec.missingSeriesEvalsToResolve,
      noDataState: storedState(spec.noDataState, 'NoData') as RuleDraft['noDataState'], execErrState: storedState(spec.execErrState, 'Error') as RuleDraft['execErrState'],
      annotations: { ...spec.annotations, ...(panelRef ? { [dashboardAnnotation]: panelRef.dashboardUID, [panelAnnotation]: String(panelRef.panelID) } : {}) },
      notificationSettings: spec.notificationSettings && settingsFrom(spec.notificationSettings),
    };
  }

  async function update(request: UpdateRequest): Promise<{ object: ApiObject; created: boolean }> {
    const { caller, name: uid, dryRun, change } = request;
    const existing = await find(caller, uid);
    const stored = existing ? await stampOf(caller.orgId, uid) : '';
    const next = await change(existing && asObject(caller.namespace, existing, stored));
    if (!existing) return { object: await create(caller, next, dryRun), created: true };
    const { resourceVersion } = next.metadata;
    if (resourceVersion && resourceVersion !== String(existing.version)) throw conflict(kind, uid);
    const wanted = next.metadata.annotations?.[provenanceAnnotation] ?? '';
    if (stored !== '' && stored !== wanted) throw new StatusError(409, 'Conflict', `cannot change provenance from '${stored}' to '${wanted}'`);
    const folder = await folderOf(caller, uid, next);
    demandWrite(caller, folder, folder.uid === existing.folderUid ? 'write' : 'create');
    const draft = told(() => draftOf(next, uid, folder, existing));
    if (dryRun) return { object: next, created: false };
    const rule = await toldLater(rules.update(existing, draft, { provenance: stored, author: caller.identity.uid, identity: caller.identity }));
    return { object: asObject(caller.namespace, rule, stored), created: false };
  }

  async function create(caller: Caller, object: ApiObject, dryRun: boolean): Promise<ApiObject> {
    const uid = object.metadata.name!;
    const folder = await folderOf(caller, uid, object);
    demandWrite(caller, folder, 'create');
    const draft = told(() => draftOf(object, uid, folder, undefined));
    if (dryRun) return object;
    return asObject(caller.namespace, await toldLater(rules.create(caller.orgId, draft, { provenance: '', author: caller.identity.uid, identity: caller.identity })), '', true);
  }

  const kind: Kind = defineKind({
    group, kind: name, plural: recording ? 'recordingrules' : 'alertrules', singular: recording ? 'recordingrule' : 'alertrule', verbs: verbsWithoutWatch, managesFields: false, hasStatus: true,
    versions: [{ name: version, spec: recording ? RecordingRuleSpec : AlertRuleSpec }], fieldSelectorError: 'metadata',
    selectableFields: {
      'spec.title': (object) => specOf<AlertRuleSpec>(object).title, 'spec.paused': (object) => String(specOf<AlertRuleSpec>(object).paused ?? false),
      ...(recording ? {} : {
        'spec.panelRef.dashboardUID': (object) => specOf<AlertRuleSpec>(object).panelRef?.dashboardUID ?? '', 'spec.panelRef.panelID': (object) => String(specOf<AlertRuleSpec>(object).panelRef?.panelID ?? ''),
        'spec.notificationSettings.receiver': (object) => specOf<AlertRuleSpec>(object).notificationSettings?.receiver ?? '',
      }),
    },
    // The decision on each folder is made where it is known.
    authorize: ({ verb }, { permissions }) => {
      const wanted = verb === 'get' || verb === 'list' ? ['read'] : verb === 'create' ? ['create'] : verb === 'delete' || verb === 'deletecollection' ? ['delete'] : ['write', 'create'];
      return wanted.some((action) => permissions.has(`alert.rules:${action}`)) ? 'allow' : { deny: '' };
    },
    subresources: [statusOf(name)],
    backend: {
      async get({ caller, name: uid }) {
        const rule = await read(caller, uid);
        return asObject(caller.namespace, rule, await stampOf(caller.orgId, uid));
      },
      async list(request) {
        const { orgId, identity, namespace } = request.caller;
        const stamps = await rules.provenances(orgId);
        const found = readableRules((await rules.list({ orgId })).filter(isOurs), await folders.all(orgId), identity);
        return listOf(kind, request, found.map((rule) => asObject(namespace, rule, stamps.get(rule.uid) ?? '')), undefined);
      },
      create: ({ caller, object, dryRun }) => create(caller, object, dryRun),
      update,
      async delete({ caller, name: uid, dryRun, resourceVersion }) {
        const rule = await read(caller, uid);
        const folder = await folders.get(caller.orgId, rule.folderUid);
        if (folder) demandWrite(caller, folder, 'delete');
        if (resourceVersion !== undefined && resourceVersion !== String(rule.version)) {
          throw preconditionFailed(kind, uid, `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${rule.version}). The object might have been modified`);
        }
        const stamp = await stampOf(caller.orgId, uid);
        if (stamp !== '') throw new StatusError(409, 'Conflict', `cannot delete with provided provenance '', needs '${stamp}'`);
        if (!dryRun) await rules.delete([rule], { author: caller.identity.uid });
        return { object: asObject(caller.namespace, rule, stamp), answer: 'object' };
      },
    },
  });
  return kind;
}

function commonSpec(rule: AlertRule, condition: string) {
  return {
    title: rule.title, trigger: { interval: promText(rule.intervalSeconds * 1000) }, ...(rule.isPaused ? { paused: true } : {}), ...(Object.keys(rule.labels).length > 0 ? { labels: rule.labels } : {}),
    expressions: Object.fromEntries(rule.data.map((query) => [query.refId, {
      ...(query.queryType === '' ? {} : { queryType: query.queryType }), relativeTimeRange: { from: formatGoDuration(query.from * 1000), to: formatGoDuration(query.to * 1000) },
      ...(isExpression(query) ? {} : { datasourceUID: query.datasourceUid }), model: query.model, ...(query.refId === condition ? { source: true } : {}),
    }])),
  };
}

const recordingSpec = (rule: AlertRule): object => ({ ...commonSpec(rule, rule.record?.from ?? ''), metric: rule.record?.metric ?? '', targetDatasourceUID: rule.record?.targetDatasourceUid ?? '' });

function alertSpec(rule: AlertRule): object {
  const { [dashboardAnnotation]: _, [panelAnnotation]: __, ...annotations } = rule.annotations;
  const settings = rule.notificationSettings;
  return {
    ...commonSpec(rule, rule.condition), ...(Object.keys(annotations).length > 0 ? { annotations } : {}), ...(rule.forMs > 0 ? { for: formatGoDuration(rule.forMs) } : {}),
    ...(rule.keepFiringForMs > 0 ? { keepFiringFor: formatGoDuration(rule.keepFiringForMs) } : {}), noDataState: shownState(rule.noDataState), execErrState: shownState(rule.execErrState),
    ...(rule.missingSeriesEvals === undefined ? {} : { missingSeriesEvalsToResolve: rule.missingSeriesEvals }), ...(settings ? { notificationSettings: settingsSpec(settings) } : {}),
    ...(rule.dashboardUid !== '' && rule.panelId !== undefined ? { panelRef: { dashboardUID: rule.dashboardUid, panelID: rule.panelId } } : {}),
  };
}

function settingsSpec(settings: NotificationSettings): object {
  const time = (name: string, ms: number | undefined) => (ms === undefined ? {} : { [name]: promText(ms) });
  const list = (name: string, values: readonly string[]) => (values.length > 0 ? { [name]: values } : {});
  return {
    receiver: settings.receiver, ...list('groupBy', settings.groupBy), ...time('groupWait', settings.groupWaitMs), ...time('groupInterval', settings.groupIntervalMs),
    ...time('repeatInterval', settings.repeatIntervalMs), ...list('muteTimeIntervals', settings.muteTimeIntervals), ...list('activeTimeIntervals', settings.activeTimeIntervals),
  };
}

function settingsFrom(spec: NonNullable<AlertRuleSpec['notificationSettings']>): NotificationSettings {
  const time = (name: 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs', value: string | undefined) => (value === undefined || value === '' ? {} : { [name]: msOf(value, name.replace('Ms', '')) });
  return {
    receiver: spec.receiver, groupBy: spec.groupBy ?? [], muteTimeIntervals: spec.muteTimeIntervals ?? [], activeTimeIntervals: spec.activeTimeIntervals ?? [], ...time('groupWaitMs', spec.groupWait),
    ...time('groupIntervalMs', spec.groupInterval), ...time('repeatIntervalMs', spec.repeatInterval),
  };
}

/** `1m`, and `1m0s` as it is answered. */
function msOf(duration: string | undefined, field: string): number {
  if (duration === undefined || duration === '') return 0;
  const ms = parseDuration(duration);
  if (ms === undefined) throw new InvalidRule(`${field}: not a valid duration string: ${JSON.stringify(duration)}`);
  return ms;
}

/** `1m`, not `1m0s`. */
const promText = (ms: number) => formatGoDuration(ms).replace(/(?<=[hm])0s$/, '').replace(/(?<=h)0m$/, '');

const refusal = (error: unknown) => (error instanceof InvalidRule ? badRequest(`invalid alert rule: ${error.message.trim()}`, error) : error);

function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw refusal(error);
  }
}

const toldLater = <T>(work: Promise<T>): Promise<T> => work.catch((error: unknown) => {
  throw refusal(error);
});
