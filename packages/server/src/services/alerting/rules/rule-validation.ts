/** What a rule has to fulfil, whoever writes it (alerting-rules §3). */
import {
  baseIntervalSeconds, dashboardAnnotation, execErrStates, groupBytesMax, InvalidRule, isExpression, noDataStates, panelAnnotation, reservedLabels, titleBytesMax,
  uidLengthMax, type AlertQuery, type ExecErrState, type Labels, type NoDataState, type NotificationSettings, type RecordSettings, type RuleDraft,
} from './alert-rule.ts';
import { ApiError } from '../../../web/errors.ts';
import { formatGoDuration } from './duration.ts';

const bytes = (text: string) => Buffer.byteLength(text);

export const isNoDataState = (text: string): text is NoDataState => (noDataStates as readonly string[]).includes(text);
export const isExecErrState = (text: string): text is ExecErrState => (execErrStates as readonly string[]).includes(text);

/** Sorted at every level, as the reference writes models. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sortKeys(v)] as const);
  return Object.fromEntries(sorted);
}

/** Completes a model on save: refId, intervalMs, maxDataPoints, query type (§3.2). A model that is no object is refused. */
export function completeQuery(query: AlertQuery): AlertQuery {
  const model = query.model ?? {};
  if (typeof model !== 'object' || Array.isArray(model)) throw new InvalidRule('failed to unmarshal query model: not an object');
  const own = model as Record<string, unknown>;
  const positive = (value: unknown, otherwise: number) => (typeof value === 'number' && value !== 0 ? Math.trunc(value) || otherwise : otherwise);
  const queryType = typeof own['queryType'] === 'string' ? own['queryType'] : query.queryType;
  return {
    ...query, queryType,
    model: sortKeys({ ...own, refId: query.refId, intervalMs: positive(own['intervalMs'], 1000), maxDataPoints: positive(own['maxDataPoints'], 43_200) }),
  };
}

/** Condition and data belong together (§3.2). */
export function checkCondition(condition: string, data: readonly AlertQuery[]): void {
  if (condition === '') throw new InvalidRule('condition cannot be empty');
  if (data.length === 0) throw new InvalidRule('no queries or expressions are found');
  const seen = new Map<string, number>();
  data.forEach((query, i) => {
    if (query.refId === '') throw new InvalidRule(`refID is not specified for data query/expression at index ${i}`);
    const at = seen.get(query.refId);
    if (at !== undefined) throw new InvalidRule(`refID '${query.refId}' is already used by query/expression at index ${at}`);
    seen.set(query.refId, i);
  });
  if (!seen.has(condition)) throw new InvalidRule(`condition ${condition} does not exist, must be one of [${[...seen.keys()].sort().join(',')}]`);
}

/** Dashboard and panel come together (§3.1). */
export function checkPanelLink(annotations: Labels): void {
  const dashboard = annotations[dashboardAnnotation];
  const panel = annotations[panelAnnotation];
  if ((dashboard === undefined) !== (panel === undefined)) throw new InvalidRule(`both annotations ${dashboardAnnotation} and ${panelAnnotation} must be specified`);
  if (panel !== undefined && !/^[+-]?\d+$/.test(panel)) throw new InvalidRule(`annotation ${panelAnnotation} must be a valid integer Panel ID`);
}

export function checkRecord(record: RecordSettings): void {
  if (record.metric === '') throw new InvalidRule('metric name for recording rule must be a valid Prometheus metric name');
}

export function reservedLabelOf(labels: Labels): string | undefined {
  return reservedLabels.find((name) => Object.hasOwn(labels, name));
}

export function checkNotificationSettings(settings: NotificationSettings): void {
  if (settings.receiver === '') throw new InvalidRule('receiver must be specified');
  if (settings.groupIntervalMs === 0) throw new InvalidRule('group interval must be greater than zero');
  if (settings.repeatIntervalMs === 0) throw new InvalidRule('repeat interval must be greater than zero');
}

/** On recording rules everything of alerts is cleared (§3.1). */
export function withoutAlertParts(rule: RuleDraft): RuleDraft {
  if (!rule.record) return rule;
  return {
    ...rule, condition: '', noDataState: '', execErrState: '', forMs: 0, keepFiringForMs: 0, notificationSettings: undefined, missingSeriesEvals: undefined,
  };
}

/** Every query of a data source looks at a time before now (§3.2). */
export function checkTimeRanges(data: readonly AlertQuery[]): void {
  for (const query of data) {
    if (isExpression(query)) continue;
    if (query.from <= query.to) {
      throw new ApiError(400, 'BadRequest', { messageId: 'alerting.alert-rule.invalidRelativeTime', extra: { From: query.from, RefID: query.refId, To: query.to } });
    }
  }
}

export function checkUid(uid: string): void {
  if (uid.length > uidLengthMax) throw new InvalidRule(`UID is longer than ${uidLengthMax} symbols`);
  if (!/^[A-Za-z0-9_-]+$/.test(uid)) throw new InvalidRule("invalid format of UID. Only letters, numbers, '-' and '_' are allowed");
}

/** The last examination before a rule is stored. `-1` stands for durations and counts that nobody gave. */
export function checkStorable(rule: RuleDraft & { readonly missingGiven?: number }): void {
  if (rule.data.length === 0) throw new InvalidRule('no queries or expressions are found');
  if (rule.title === '') throw new InvalidRule('title is empty');
  const { intervalSeconds } = rule;
  if (intervalSeconds <= 0 || intervalSeconds % baseIntervalSeconds !== 0) {
    throw new InvalidRule(`interval (${formatGoDuration(intervalSeconds * 1000)}) should be non-zero and divided exactly by scheduler interval: ${baseIntervalSeconds}`);
  }
  if (bytes(rule.title) > titleBytesMax) throw new InvalidRule(`name length should not be greater than ${titleBytesMax}`);
  if (bytes(rule.group) > groupBytesMax && !rule.group.startsWith('no_group_for_rule_')) throw new InvalidRule(`rule group name length should not be greater than ${groupBytesMax}`);
  checkPanelLink(rule.annotations);
  if (rule.record) checkRecord(rule.record);
  else {
    if (!isNoDataState(rule.noDataState)) throw new InvalidRule(`unknown NoData state option ${rule.noDataState}`);
    if (!isExecErrState(rule.execErrState)) throw new InvalidRule(`unknown Error state option ${rule.execErrState}`);
    if (rule.missingSeriesEvals !== undefined && rule.missingSeriesEvals <= 0) throw new InvalidRule('field `missing_series_evals_to_resolve` must be greater than 0');
    if (rule.forMs < 0) throw new InvalidRule('field `for` cannot be negative');
    if (rule.keepFiringForMs < 0) throw new InvalidRule('field `keep_firing_for` cannot be negative');
  }
  const reserved = reservedLabelOf(rule.labels);
  if (reserved) throw new InvalidRule(`system reserved label ${reserved} cannot be defined`);
}
