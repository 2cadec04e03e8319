/** Rules on the wire of the ruler API (alerting-rules §4). */
import { Type, type Static } from '../../../web/schema.ts';
import { rfc3339Seconds } from '../../../util/rfc3339.ts';
import { BindError } from '../../../web/bind.ts';
import {
  InvalidRule, type AlertQuery, type AlertRule, type NotificationSettings, type Provenance, type RuleDraft, type RuleVersion,
} from './alert-rule.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { checkCondition, checkNotificationSettings, checkPanelLink, checkRecord, isExecErrState, isNoDataState, reservedLabelOf } from './rule-validation.ts';
import { groupBytesMax, titleBytesMax, baseIntervalSeconds, isNoGroupName } from './alert-rule.ts';

export const QueryBody = Type.Object({
  refId: Type.String(), queryType: Type.String(), relativeTimeRange: Type.Object({ from: Type.Number(), to: Type.Number() }), datasourceUid: Type.String(), model: Type.Unknown(),
});

export const NotificationSettingsBody = Type.Object({
  receiver: Type.String(), group_by: Type.Array(Type.String()), group_wait: Type.Optional(Type.String()), group_interval: Type.Optional(Type.String()),
  repeat_interval: Type.Optional(Type.String()), mute_time_intervals: Type.Array(Type.String()), active_time_intervals: Type.Array(Type.String()),
});

export const RecordBody = Type.Object({ metric: Type.String(), from: Type.String(), target_datasource_uid: Type.String() });

const GrafanaAlertBody = Type.Object({
  uid: Type.String(), title: Type.String(), condition: Type.String(), data: Type.Array(QueryBody), no_data_state: Type.String(), exec_err_state: Type.String(),
  is_paused: Type.Optional(Type.Boolean()), notification_settings: Type.Optional(NotificationSettingsBody), record: Type.Optional(RecordBody),
  metadata: Type.Optional(Type.Object({
    editor_settings: Type.Object({ simplified_query_and_expressions_section: Type.Boolean(), simplified_notifications_section: Type.Boolean() }),
  })),
  missing_series_evals_to_resolve: Type.Optional(Type.Integer()),
});

export const RuleNodeBody = Type.Object({
  expr: Type.String(), record: Type.String(), alert: Type.String(), for: Type.Optional(Type.String()), keep_firing_for: Type.Optional(Type.String()),
  labels: Type.Record(Type.String(), Type.String()), annotations: Type.Record(Type.String(), Type.String()), grafana_alert: Type.Optional(GrafanaAlertBody),
});

export const RuleGroupBody = Type.Object({
  name: Type.String(), interval: Type.Optional(Type.String()), rules: Type.Array(RuleNodeBody),
  source_tenants: Type.Unknown(), evaluation_delay: Type.Unknown(), query_offset: Type.Unknown(), align_evaluation_time_on_interval: Type.Unknown(),
  limit: Type.Unknown(), labels: Type.Unknown(), remote_write: Type.Unknown(),
});

export type RuleNode = Static<typeof RuleNodeBody>;
export type RuleGroup = Static<typeof RuleGroupBody>;

/** Milliseconds; a text that is no duration is a body that cannot be read. */
export function durationField(text: string | undefined, path: string): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) throw new BindError(path, 'is not a duration');
  return ms;
}

export function notificationSettingsFrom(body: Static<typeof NotificationSettingsBody>): NotificationSettings {
  const groupWaitMs = durationField(body.group_wait, 'group_wait');
  const groupIntervalMs = durationField(body.group_interval, 'group_interval');
  const repeatIntervalMs = durationField(body.repeat_interval, 'repeat_interval');
  return {
    receiver: body.receiver, groupBy: body.group_by, muteTimeIntervals: body.mute_time_intervals, activeTimeIntervals: body.active_time_intervals,
    ...(groupWaitMs === undefined ? {} : { groupWaitMs }), ...(groupIntervalMs === undefined ? {} : { groupIntervalMs }), ...(repeatIntervalMs === undefined ? {} : { repeatIntervalMs }),
  };
}

export function queryFrom(body: Static<typeof QueryBody>): AlertQuery {
  if (body.model === null) throw new BindError('model', 'is null');
  return {
    refId: body.refId, queryType: body.queryType, from: Math.trunc(body.relativeTimeRange.from), to: Math.trunc(body.relativeTimeRange.to),
    datasourceUid: body.datasourceUid, model: body.model,
  };
}

/** Refuses what cannot be told apart from the wrong kind of group (§4, 2). Throws BindError. */
export function checkPayload(group: RuleGroup): 'grafana' | 'external' {
  for (const key of ['source_tenants', 'evaluation_delay', 'query_offset', 'align_evaluation_time_on_interval', 'limit', 'labels', 'remote_write'] as const) {
    if (group[key] !== undefined && group[key] !== null) throw new BindError(key, 'is not known');
  }
  let managed = 0;
  for (const [i, node] of group.rules.entries()) {
    if (node.grafana_alert) {
      managed++;
      if (node.expr !== '' || node.record !== '') throw new BindError(`rules.${i}`, 'has two kinds');
      for (const query of node.grafana_alert.data) queryFrom(query);
    } else if (node.expr === '') throw new BindError(`rules.${i}`, 'is empty');
    durationField(node.for, `rules.${i}.for`);
    durationField(node.keep_firing_for, `rules.${i}.keep_firing_for`);
    if (node.grafana_alert?.notification_settings) notificationSettingsFrom(node.grafana_alert.notification_settings);
  }
  if (managed > 0 && managed < group.rules.length) throw new BindError('rules', 'has both kinds');
  return managed > 0 || group.rules.length === 0 ? 'grafana' : 'external';
}

/** A rule as the body gives it; `undefined` members are to be taken from the stored rule (§4, 4). */
export interface SubmittedRule extends Omit<RuleDraft, 'isPaused' | 'metadata' | 'forMs' | 'keepFiringForMs' | 'missingSeriesEvals'> {
  readonly isPaused: boolean | undefined;
  readonly metadata: RuleDraft['metadata'] | undefined;
  readonly forMs: number | undefined;
  readonly keepFiringForMs: number | undefined;
  /** 0 is the default; undefined was not given. */
  readonly missingSeriesEvals: number | undefined;
}

export interface SubmittedGroup {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly rules: readonly SubmittedRule[];
}

const bytes = (text: string) => Buffer.byteLength(text);

/** Interval as it is stored: whole seconds, the default when none is given (§4, 3). */
export function groupInterval(text: string | undefined, defaultSeconds: number): number {
  const ms = durationField(text, 'interval') ?? 0;
  if (ms === 0) return defaultSeconds;
  const seconds = Math.trunc(ms / 1000);
  if (seconds % baseIntervalSeconds !== 0) {
    throw new InvalidRule(`rule evaluation interval (${seconds} second) should be positive number that is multiple of the base interval of ${baseIntervalSeconds} seconds`);
  }
  return seconds;
}

/** Throws InvalidRule with the message of §4. */
export function submittedGroup(body: RuleGroup, folderUid: string, defaultSeconds: number): SubmittedGroup {
  if (body.name === '') throw new InvalidRule('rule group name cannot be empty');
  if (bytes(body.name) > groupBytesMax && !isNoGroupName(body.name)) throw new InvalidRule(`rule group name is too long. Max length is ${groupBytesMax}`);
  if (isNoGroupName(body.name) && body.rules.length > 1) throw new InvalidRule(`rule group ${body.name} is reserved for no-group rules and cannot be used for rule groups with multiple rules`);
  const intervalSeconds = groupInterval(body.interval, defaultSeconds);
  const seen = new Map<string, number>();
  const rules = body.rules.map((node, i) => {
    const place = { folderUid, group: body.name, groupIndex: i + 1, intervalSeconds };
    let rule: SubmittedRule;
    try {
      rule = submittedRule(node, place, node.grafana_alert?.uid !== '');
    } catch (error) {
      if (error instanceof InvalidRule) throw new InvalidRule(`invalid rule specification at index [${i}]: ${error.message}`);
      throw error;
    }
    if (rule.uid !== '') {
      const at = seen.get(rule.uid);
      if (at !== undefined) throw new InvalidRule(`rule [${i}] has UID ${rule.uid} that is already assigned to another rule at index ${at}`);
      seen.set(rule.uid, i);
    }
    return rule;
  });
  return { name: body.name, intervalSeconds, rules };
}

/** `patchable`: the rule has a uid, so that blanks may mean "as it is". */
export function submittedRule(node: RuleNode, place: Pick<RuleDraft, 'folderUid' | 'group' | 'groupIndex' | 'intervalSeconds'>, patchable: boolean): SubmittedRule {
  const alert = node.grafana_alert;
  if (!alert) throw new InvalidRule('not a managed rule');
  if (alert.title === '' && !patchable) throw new InvalidRule('alert rule title cannot be empty');
  if (bytes(alert.title) > titleBytesMax) throw new InvalidRule(`alert rule title is too long. Max length is ${titleBytesMax}`);
  if (alert.missing_series_evals_to_resolve !== undefined && alert.missing_series_evals_to_resolve < 0) {
    throw new InvalidRule(`field \`missing_series_evals_to_resolve\` cannot be negative [${alert.missing_series_evals_to_resolve}]. 0 or any positive number are allowed`);
  }
  const reserved = reservedLabelOf(node.labels);
  if (reserved) throw new InvalidRule(`system reserved labels cannot be defined in the rule. Label ${reserved} is the reserved`);
  try {
    checkPanelLink(node.annotations);
  } catch (error) {
    throw new InvalidRule(`invalid alert rule: ${(error as Error).message}`);
  }
  const data = alert.data.map(queryFrom);
  const record = alert.record && { metric: alert.record.metric, from: alert.record.from, targetDatasourceUid: alert.record.target_datasource_uid };
  if (record) {
    try {
      checkRecord(record);
      checkWrapped(record.from, data);
    } catch (error) {
      throw new InvalidRule(`invalid alert rule: ${(error as Error).message}`);
    }
  } else {
    if (!(patchable && alert.no_data_state === '') && alert.no_data_state !== '' && !isNoDataState(alert.no_data_state)) throw new InvalidRule(`unknown NoData state option ${alert.no_data_state}`);
    if (alert.exec_err_state !== '' && !isExecErrState(alert.exec_err_state)) throw new InvalidRule(`unknown Error state option ${alert.exec_err_state}`);
    if (patchable && data.length === 0 && alert.condition !== '') {
      throw new InvalidRule('invalid alert rule: query is not specified but condition is. You must specify both query and condition to update existing alert rule');
    }
    if (patchable && data.length > 0 && alert.condition === '') {
      throw new InvalidRule('invalid alert rule: condition is not specified but query is. You must specify both query and condition to update existing alert rule');
    }
    if (!(patchable && data.length === 0 && alert.condition === '')) checkWrapped(alert.condition, data);
  }
  let notificationSettings: NotificationSettings | undefined;
  if (alert.notification_settings && !record) {
    notificationSettings = notificationSettingsFrom(alert.notification_settings);
    try {
      checkNotificationSettings(notificationSettings);
    } catch (error) {
      throw new InvalidRule(`invalid notification settings: ${(error as Error).message}`);
    }
  }
  const metadata = alert.metadata && {
    simplifiedQuery: alert.metadata.editor_settings.simplified_query_and_expressions_section, simplifiedNotifications: alert.metadata.editor_settings.simplified_notifications_section,
  };
  return {
    ...place, uid: alert.uid, title: alert.title, condition: record ? '' : alert.condition, data,
    noDataState: (alert.no_data_state || (patchable ? '' : 'NoData')) as RuleDraft['noDataState'],
    execErrState: (alert.exec_err_state || (patchable ? '' : 'Alerting')) as RuleDraft['execErrState'],
    forMs: durationField(node.for, 'for') ?? (patchable ? undefined : 0), keepFiringForMs: durationField(node.keep_firing_for, 'keep_firing_for') ?? (patchable ? undefined : 0),
    labels: node.labels, annotations: node.annotations, isPaused: alert.is_paused ?? (patchable ? undefined : false), notificationSettings, record,
    metadata: metadata ?? (patchable ? undefined : { simplifiedQuery: false, simplifiedNotifications: false }),
    missingSeriesEvals: alert.missing_series_evals_to_resolve ?? (patchable ? undefined : 0),
  };
}

function checkWrapped(condition: string, data: readonly AlertQuery[]): void {
  try {
    checkCondition(condition, data);
  } catch (error) {
    throw new InvalidRule(`invalid alert rule: ${(error as Error).message}`);
  }
}

// Answers.

export const queryJson = (q: AlertQuery) => ({
  refId: q.refId, queryType: q.queryType, relativeTimeRange: { from: q.from, to: q.to }, datasourceUid: q.datasourceUid, model: q.model,
});

export function notificationSettingsJson(s: NotificationSettings) {
  return {
    receiver: s.receiver,
    ...(s.groupBy.length > 0 ? { group_by: s.groupBy } : {}),
    ...(s.groupWaitMs === undefined ? {} : { group_wait: formatDuration(s.groupWaitMs) }),
    ...(s.groupIntervalMs === undefined ? {} : { group_interval: formatDuration(s.groupIntervalMs) }),
    ...(s.repeatIntervalMs === undefined ? {} : { repeat_interval: formatDuration(s.repeatIntervalMs) }),
    ...(s.muteTimeIntervals.length > 0 ? { mute_time_intervals: s.muteTimeIntervals } : {}),
    ...(s.activeTimeIntervals.length > 0 ? { active_time_intervals: s.activeTimeIntervals } : {}),
  };
}

export const recordJson = (r: NonNullable<AlertRule['record']>) => ({
  metric: r.metric, from: r.from, ...(r.targetDatasourceUid === '' ? {} : { target_datasource_uid: r.targetDatasourceUid }),
});

export interface NodeContext {
  readonly names: ReadonlyMap<string, string>;
  readonly provenance?: Provenance | undefined;
}

const sorted = (labels: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

export function nodeJson(rule: AlertRule | RuleVersion, { names, provenance }: NodeContext) {
  return {
    expr: '', for: formatDuration(rule.forMs), keep_firing_for: formatDuration(rule.keepFiringForMs),
    ...(Object.keys(rule.labels).length > 0 ? { labels: sorted(rule.labels) } : {}),
    ...(Object.keys(rule.annotations).length > 0 ? { annotations: sorted(rule.annotations) } : {}),
    grafana_alert: {
      title: rule.title, condition: rule.condition, data: rule.data.map(queryJson), updated: rfc3339Seconds(rule.updated),
      updated_by: rule.updatedBy === '' ? null : { uid: rule.updatedBy, name: names.get(rule.updatedBy) ?? '' },
      intervalSeconds: rule.intervalSeconds, version: rule.version, uid: rule.uid, namespace_uid: rule.folderUid, rule_group: rule.group,
      no_data_state: rule.noDataState, exec_err_state: rule.execErrState, is_paused: rule.isPaused,
      ...(provenance ? { provenance } : {}),
      ...(rule.notificationSettings ? { notification_settings: notificationSettingsJson(rule.notificationSettings) } : {}),
      ...(rule.record ? { record: recordJson(rule.record) } : {}),
      metadata: { editor_settings: { simplified_query_and_expressions_section: rule.metadata.simplifiedQuery, simplified_notifications_section: rule.metadata.simplifiedNotifications } },
      guid: rule.guid,
      ...(rule.missingSeriesEvals === undefined ? {} : { missing_series_evals_to_resolve: rule.missingSeriesEvals }),
      ...('message' in rule && rule.message !== '' ? { message: rule.message } : {}),
    },
  };
}

export function groupJson(name: string, rules: readonly AlertRule[], context: (rule: AlertRule) => NodeContext) {
  return { name, interval: formatDuration((rules[0]?.intervalSeconds ?? 60) * 1000), rules: rules.map((rule) => nodeJson(rule, context(rule))) };
}
