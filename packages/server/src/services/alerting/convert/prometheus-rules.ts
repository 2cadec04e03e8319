/** Prometheus rule groups and what they become here (alerting-rules §10). Pure. */
import { createHash } from 'node:crypto';
import { ApiError } from '../../../web/errors.ts';
import { fnv64a } from '../fnv.ts';
import { convertedRuleLabel, type AlertQuery, type Labels, type NotificationSettings } from '../rules/alert-rule.ts';
import { parseDuration } from '../rules/duration.ts';
import type { SubmittedRule } from '../rules/ruler-json.ts';
import { objectOf } from '../../../util/json-value.ts';

/** A rule as its definition is kept and shown: keys in this order, absent ones left out. */
export interface PrometheusRule {
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly record?: string;
}

export interface PrometheusGroup {
  readonly name: string;
  readonly intervalMs: number | undefined;
  readonly queryOffsetMs: number | undefined;
  readonly labels: Labels;
  readonly rules: readonly PrometheusRule[];
}

export interface Source {
  readonly uid: string;
  readonly type: string;
}

export interface Conversion {
  readonly orgId: number;
  readonly folderUid: string;
  readonly source: Source;
  readonly target: Source;
  readonly defaultIntervalSeconds: number;
  readonly alertRulesPaused: boolean;
  readonly recordingRulesPaused: boolean;
  readonly extraLabels: Labels;
  readonly notificationSettings: NotificationSettings | undefined;
  /** The definition goes with the rule: it is listed and deleted by it. */
  readonly keepDefinition: boolean;
}

const defaultOffsetMs = 60_000;
const rangeSeconds = 600;
/** A label by which a rule names its own uid. */
const uidLabel = '__grafana_alert_rule_uid__';
const oidNamespace = '6ba7b8129dad11d180b400c04fd430c8';

/** Of a folder that the import makes: the same title below the same folder is the same folder. */
export const importFolderUid = (orgId: number, title: string, parentUid: string) =>
  `alerting-${BigInt(`0x${fnv64a(Buffer.from(`${parentUid}\0${title}\0${orgId}`))}`).toString(36)}`;

function uuidV5(text: string): string {
  const hash = createHash('sha1').update(Buffer.from(oidNamespace, 'hex')).update(text).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString('hex').slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const invalidGroup = (message: string) => new ApiError(400, message, { messageId: 'alerting.prometheusRuleGroupInvalid', extra: { Message: message } });


function textOf(value: unknown, what: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') throw invalidGroup(`${what} must be a string`);
  return String(value);
}

function labelsOf(value: unknown, what: string): Labels {
  return Object.fromEntries(Object.entries(objectOf(value)).map(([name, text]) => [name, textOf(text, `${what} ${name}`)]));
}

function durationOf(value: unknown): number | undefined {
  const text = textOf(value, 'a duration');
  if (text === '') return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) throw invalidGroup(`not a valid duration string: ${JSON.stringify(text)}`);
  return ms;
}

/** Keys that are not known are not looked at. */
export function groupFrom(value: unknown): PrometheusGroup {
  const group = objectOf(value);
  const name = textOf(group['name'], 'name');
  if (name === '') throw invalidGroup('rule group name must not be empty');
  if (group['limit'] !== undefined && group['limit'] !== null && Number(group['limit']) !== 0) throw invalidGroup('limit is not supported');
  const rules = Array.isArray(group['rules']) ? (group['rules'] as unknown[]) : [];
  return {
    name, intervalMs: durationOf(group['interval']), queryOffsetMs: durationOf(group['query_offset']), labels: labelsOf(group['labels'], 'label'),
    rules: rules.map((one) => {
      const rule = objectOf(one);
      const own = { alert: textOf(rule['alert'], 'alert'), record: textOf(rule['record'], 'record'), for: textOf(rule['for'], 'for'), keep_firing_for: textOf(rule['keep_firing_for'], 'keep_firing_for') };
      return {
        ...(own.alert === '' ? {} : { alert: own.alert }), expr: textOf(rule['expr'], 'expr'), ...(own.for === '' ? {} : { for: own.for }),
        ...(own.keep_firing_for === '' ? {} : { keep_firing_for: own.keep_firing_for }), labels: labelsOf(rule['labels'], 'label'), annotations: labelsOf(rule['annotations'], 'annotation'),
        ...(own.record === '' ? {} : { record: own.record }),
      };
    }),
  };
}

export const hasRecordingRules = (group: PrometheusGroup) => group.rules.some((rule) => rule.record !== undefined);

/** The expression engine as a data source, in full: models of imported rules carry it. */
const expressionSource = {
  IsPrunable: false, access: '', apiVersion: '', basicAuth: false, basicAuthUser: '', created: '0001-01-01T00:00:00Z', database: '', id: -100, isDefault: false, jsonData: {}, name: '__expr__', readOnly: false,
  secureJsonData: {}, type: '__expr__', uid: '__expr__', updated: '0001-01-01T00:00:00Z', url: '', user: '', withCredentials: false,
};

function expression(refId: string, type: string, model: Record<string, unknown>): AlertQuery {
  return { refId, queryType: type, from: 0, to: 0, datasourceUid: '__expr__', model: { datasource: expressionSource, type, ...model } };
}

export function converted(group: PrometheusGroup, how: Conversion): SubmittedRule[] {
  const { source } = how;
  const to = Math.floor((group.queryOffsetMs ?? defaultOffsetMs) / 1000);
  return group.rules.map((rule, position) => {
    const recording = rule.record !== undefined;
    // Compat: extra labels are for alerts.
    const shown = sorted({ ...(recording ? {} : how.extraLabels), ...group.labels, ...rule.labels });
    const ownUid = shown[uidLabel] ?? '';
    const query: AlertQuery = {
      refId: 'query', queryType: source.type, from: rangeSeconds + to, to, datasourceUid: source.uid,
      model: { datasource: { type: source.type, uid: source.uid }, expr: rule.expr, ...(source.type === 'loki' ? { queryType: 'instant' } : { instant: true, range: false }) },
    };
    return {
      uid: ownUid || uuidV5(`${how.orgId}|${how.folderUid}|${group.name}|${position}`), title: rule.record ?? rule.alert ?? '', folderUid: how.folderUid, group: group.name, groupIndex: position + 1,
      intervalSeconds: group.intervalMs === undefined ? how.defaultIntervalSeconds : group.intervalMs / 1000,
      condition: recording ? 'query' : 'threshold',
      data: recording ? [query] : [
        query, expression('prometheus_math', 'math', { expression: 'is_number($query) || is_nan($query) || is_inf($query)' }),
        expression('threshold', 'threshold', { expression: 'prometheus_math', conditions: [{ evaluator: { type: 'gt', params: [0] } }] }),
      ],
      noDataState: 'OK', execErrState: 'OK', forMs: durationOf(rule.for) ?? 0, keepFiringForMs: durationOf(rule.keep_firing_for) ?? 0,
      labels: { ...shown, [convertedRuleLabel]: 'true' }, annotations: rule.annotations ?? {}, isPaused: recording ? how.recordingRulesPaused : how.alertRulesPaused,
      notificationSettings: recording ? undefined : how.notificationSettings, record: recording ? { metric: rule.record!, from: 'query', targetDatasourceUid: how.target.uid } : undefined,
      metadata: { simplifiedQuery: false, simplifiedNotifications: false, ...(how.keepDefinition ? { prometheusDefinition: JSON.stringify(definition(rule, shown)) } : {}) },
      missingSeriesEvals: recording ? 0 : 1,
    };
  });
}

function definition(rule: PrometheusRule, labels: Labels): PrometheusRule {
  const { alert, expr, for: pending, keep_firing_for, record } = rule;
  const annotations = sorted(rule.annotations ?? {});
  return {
    ...(alert === undefined ? {} : { alert }), expr, ...(pending === undefined ? {} : { for: pending }), ...(keep_firing_for === undefined ? {} : { keep_firing_for }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }), ...(Object.keys(annotations).length === 0 ? {} : { annotations }), ...(record === undefined ? {} : { record }),
  };
}

const sorted = (labels: Labels): Labels => Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
