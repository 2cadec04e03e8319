/** Rules and notification resources as files that can be provisioned again (alerting-rules §9). */
import { sortKeys } from '../rules/rule-validation.ts';
import { bytes, json, type Reply } from '../../../web/reply.ts';
import type { RequestContext } from '../../../web/route.ts';
import type { NamedIntervalJson, RouteJson } from '../alertmanager/am-config.ts';
import { fnv64 } from '../fnv.ts';
import type { ContactPoint } from '../receivers/contact-points.ts';
import { dashboardAnnotation, panelAnnotation, type AlertQuery, type AlertRule, type NotificationSettings } from '../rules/alert-rule.ts';
import { formatDuration } from '../rules/duration.ts';
import { attribute, block, hclBody, type HclMember, type HclValue } from './hcl-writer.ts';
import { toYaml, type YamlValue } from './yaml-writer.ts';

export type ExportFormat = 'yaml' | 'json' | 'hcl';

/** `format`, else what `Accept` speaks of; JSON before YAML. */
export function formatOf({ search, headers }: Pick<RequestContext, 'search' | 'headers'>): ExportFormat {
  const asked = search.get('format') ?? '';
  if (asked === 'json' || asked === 'hcl' || asked === 'yaml') return asked;
  if (asked !== '') return 'yaml';
  return (headers.accept ?? '').includes('json') ? 'json' : 'yaml';
}

export interface Exported {
  readonly file: { readonly [key: string]: YamlValue };
  readonly hcl: readonly HclMember[];
  /** Keys whose lists YAML has in one line. */
  readonly flowKeys?: ReadonlySet<string>;
}

export function exportReply(ctx: Pick<RequestContext, 'search' | 'headers'>, { file, hcl, flowKeys }: Exported): Reply {
  const format = formatOf(ctx);
  const download = ctx.search.get('download') === 'true';
  const disposition = download ? { 'content-disposition': format === 'hcl' ? 'attachment;filename=export.tf' : `attachment;filename="export.${format}"` } : undefined;
  let reply: Reply;
  switch (format) {
    case 'json': reply = json(JSON.parse(JSON.stringify(file))); break;
    case 'hcl': reply = bytes(Buffer.from(hclBody(hcl)), download ? 'application/terraform+hcl' : 'text/hcl'); break;
    case 'yaml': reply = bytes(Buffer.from(toYaml(file, flowKeys)), download ? 'application/yaml' : 'text/yaml'); break;
    default: return format satisfies never;
  }
  if (format === 'json') (reply as { body: unknown }).body = JSON.stringify(file).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
  return disposition ? reply.with(disposition) : reply;
}

/** Provisioning puts environment variables in: a dollar is written twice. */
const dollars = (text: string) => text.replaceAll('$', '$$$$');
const dollarsIn = (labels: Readonly<Record<string, string>>) => Object.fromEntries(Object.keys(labels).sort().map((k) => [dollars(k), dollars(labels[k]!)]));
const sorted = (labels: Readonly<Record<string, string>>) => Object.fromEntries(Object.keys(labels).sort().map((k) => [k, labels[k]!]));
const orNone = <T extends object>(value: T) => (Object.keys(value).length > 0 ? value : undefined);
const hash = (text: string) => fnv64(Buffer.from(text));

/** JSON as Go writes it into a text. */
const goJson = (value: unknown) => JSON.stringify(value).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);

function queryFile(q: AlertQuery): YamlValue {
  return {
    refId: q.refId, ...(q.queryType === '' ? {} : { queryType: q.queryType }), relativeTimeRange: { from: q.from, to: q.to }, datasourceUid: q.datasourceUid, model: sortKeys(q.model) as YamlValue,
  };
}

function settingsFile(s: NotificationSettings): YamlValue {
  const list = (names: readonly string[]) => (names.length > 0 ? names.map(dollars) : undefined);
  const duration = (ms: number | undefined) => (ms === undefined ? undefined : formatDuration(ms));
  return {
    receiver: dollars(s.receiver), group_by: list(s.groupBy), group_wait: duration(s.groupWaitMs), group_interval: duration(s.groupIntervalMs), repeat_interval: duration(s.repeatIntervalMs),
    mute_time_intervals: list(s.muteTimeIntervals), active_time_intervals: list(s.activeTimeIntervals),
  };
}

/** A rule as far as an export needs it; a posted one has no stored parts. */
export type ExportedRule = Omit<AlertRule, 'id' | 'guid' | 'orgId' | 'version' | 'updated' | 'updatedBy' | 'panelId' | 'dashboardUid' | 'metadata'> & Partial<Pick<AlertRule, 'panelId' | 'dashboardUid'>>;

function ruleFile(r: ExportedRule): YamlValue {
  // Rules of files have their panel apart from annotations, 0 for none.
  const annotated = r.annotations[panelAnnotation];
  const panel = annotated === undefined ? r.panelId : Number(annotated);
  const keep = r.keepFiringForMs;
  const alert = r.record === undefined;
  return {
    uid: r.uid === '' ? undefined : r.uid, title: dollars(r.title), condition: alert && r.condition !== '' ? r.condition : undefined, data: r.data.map(queryFile),
    dashboardUid: r.annotations[dashboardAnnotation] ?? (panel === undefined ? undefined : r.dashboardUid), panelId: panel,
    noDataState: alert && r.noDataState !== '' ? r.noDataState : undefined, execErrState: alert && r.execErrState !== '' ? r.execErrState : undefined,
    for: alert && r.forMs !== 0 ? formatDuration(Math.max(0, r.forMs)) : undefined, keepFiringFor: alert && keep !== 0 ? formatDuration(Math.max(0, keep)) : undefined,
    annotations: orNone(sorted(r.annotations)), labels: orNone(dollarsIn(r.labels)), isPaused: r.isPaused,
    notification_settings: r.notificationSettings && alert ? settingsFile(r.notificationSettings) : undefined,
    record: r.record ? { metric: r.record.metric, from: r.record.from, targetDatasourceUid: r.record.targetDatasourceUid === '' ? undefined : r.record.targetDatasourceUid } : undefined,
    missing_series_evals_to_resolve: r.missingSeriesEvals,
  };
}

/** JSON keeps empty time ranges, YAML leaves them out. */
function withoutEmptyRanges(value: YamlValue): YamlValue {
  if (Array.isArray(value)) return (value as readonly YamlValue[]).map(withoutEmptyRanges);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value as Record<string, YamlValue>).filter(([k, v]) => !(k === 'relativeTimeRange' && (v as { from: number; to: number }).from === 0 && (v as { from: number; to: number }).to === 0)).map(([k, v]) => [k, k === 'model' ? v : withoutEmptyRanges(v)]));
}

function ruleHcl(r: ExportedRule): HclMember {
  const alert = r.record === undefined;
  const s = alert ? r.notificationSettings : undefined;
  const list = (names: readonly string[]): HclValue | undefined => (names.length > 0 ? [...names] : undefined);
  const duration = (ms: number | undefined) => (ms === undefined ? undefined : formatDuration(ms));
  return block('rule', [
    ...attribute('name', r.title), ...attribute('condition', alert ? r.condition : undefined),
    ...r.data.map((q) => block('data', [
      ...attribute('ref_id', q.refId), ...attribute('query_type', q.queryType === '' ? undefined : q.queryType), block('relative_time_range', [...attribute('from', q.from), ...attribute('to', q.to)]),
      ...attribute('datasource_uid', q.datasourceUid), ...attribute('model', JSON.stringify(sortKeys(q.model))),
    ])),
    ...attribute('no_data_state', alert && r.noDataState !== '' ? r.noDataState : undefined), ...attribute('exec_err_state', alert && r.execErrState !== '' ? r.execErrState : undefined),
    ...attribute('for', alert ? formatDuration(Math.max(0, r.forMs)) : undefined), ...attribute('keep_firing_for', alert && r.keepFiringForMs > 0 ? formatDuration(r.keepFiringForMs) : undefined),
    ...attribute('annotations', Object.keys(r.annotations).length > 0 ? { map: r.annotations } : undefined), ...attribute('labels', Object.keys(r.labels).length > 0 ? { map: r.labels } : undefined),
    ...attribute('is_paused', r.isPaused),
    ...(s ? [block('notification_settings', [
      ...attribute('contact_point', s.receiver), ...attribute('group_by', list(s.groupBy)), ...attribute('group_wait', duration(s.groupWaitMs)), ...attribute('group_interval', duration(s.groupIntervalMs)),
      ...attribute('repeat_interval', duration(s.repeatIntervalMs)), ...attribute('mute_timings', list(s.muteTimeIntervals)), ...attribute('active_timings', list(s.activeTimeIntervals)),
    ])] : []),
    ...(r.record ? [block('record', [
      ...attribute('metric', r.record.metric), ...attribute('from', r.record.from), ...attribute('target_datasource_uid', r.record.targetDatasourceUid === '' ? undefined : r.record.targetDatasourceUid),
    ])] : []),
    ...attribute('missing_series_evals_to_resolve', r.missingSeriesEvals),
  ]);
}

export interface ExportedGroup {
  readonly orgId: number;
  readonly name: string;
  readonly folderUid: string;
  readonly folderPath: string;
  readonly intervalSeconds: number;
  readonly rules: readonly ExportedRule[];
}

export function exportGroups(groups: readonly ExportedGroup[], format: ExportFormat): Exported {
  const shaped = groups.map((g): YamlValue => ({
    orgId: g.orgId, name: dollars(g.name), folder: dollars(g.folderPath), interval: formatDuration(g.intervalSeconds * 1000), rules: g.rules.map((r) => (format === 'yaml' ? withoutEmptyRanges(ruleFile(r)) : ruleFile(r))),
  }));
  return {
    file: { apiVersion: 1, groups: shaped },
    hcl: groups.map((g) => block('resource', [
      ...attribute('org_id', g.orgId), ...attribute('name', g.name), ...attribute('folder_uid', g.folderUid), ...attribute('interval_seconds', g.intervalSeconds), ...g.rules.map(ruleHcl),
    ], ['grafana_rule_group', `rule_group_${hash(g.name + g.folderUid)}`])),
  };
}

const dollarsDeep = (value: YamlValue): YamlValue => {
  if (typeof value === 'string') return dollars(value);
  if (Array.isArray(value)) return (value as readonly YamlValue[]).map(dollarsDeep);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.keys(value).sort().map((k) => [k, dollarsDeep((value as Record<string, YamlValue>)[k])]));
};

export function exportContactPoints(orgId: number, points: readonly ContactPoint[]): Exported {
  const groups = [...Map.groupBy(points, (p) => p.name)].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    file: groups.length === 0 ? { apiVersion: 1 } : {
      apiVersion: 1,
      contactPoints: groups.map(([name, list]) => ({
        orgId, name: dollars(name),
        receivers: list.map((p): YamlValue => ({ uid: p.uid, type: p.type, settings: dollarsDeep(p.settings as YamlValue), disableResolveMessage: p.disableResolveMessage })),
      })),
    },
    hcl: groups.map(([name, list]) => block('resource', [
      ...attribute('name', name),
      ...list.toSorted((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0)).map((p) => block(hclName(p.type), [...attribute('disable_resolve_message', p.disableResolveMessage || undefined), ...settingsHcl(p.type, p.settings)])),
    ], ['grafana_contact_point', `contact_point_${hash(name)}`])),
  };
}

const hclName = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll('-', '_').toLowerCase();

/** Names that Terraform has instead of ours. */
const renamed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  webhook: { httpMethod: 'http_method', username: 'basic_auth_user', password: 'basic_auth_password' },
  oncall: { httpMethod: 'http_method', username: 'basic_auth_user', password: 'basic_auth_password' },
  telegram: { bottoken: 'token', chatid: 'chat_id' }, sensugo: { apikey: 'api_key' }, discord: {}, kafka: { kafkaRestProxy: 'rest_proxy_url', kafkaTopic: 'topic', kafkaClusterId: 'cluster_id' },
};

/** The order in which Terraform writes them; the rest follows by name. */
const ordered: Readonly<Record<string, readonly string[]>> = {
  email: ['addresses', 'singleEmail', 'message', 'subject'],
  webhook: ['url', 'httpMethod', 'maxAlerts', 'authorization_scheme', 'authorization_credentials', 'username', 'password', 'headers', 'title', 'message', 'tlsConfig', 'hmacConfig', 'payload'],
  slack: ['endpointUrl', 'url', 'token', 'recipient', 'text', 'title', 'username', 'icon_emoji', 'icon_url', 'mentionChannel', 'mentionUsers', 'mentionGroups', 'color'],
  jira: ['api_url', 'project', 'issue_type', 'summary', 'description', 'labels', 'priority', 'resolve_transition', 'reopen_transition', 'reopen_duration', 'dedup_key_field', 'fields', 'user', 'password', 'api_token'],
  opsgenie: ['apiKey', 'apiUrl', 'message', 'description', 'autoClose', 'overridePriority', 'sendTagsAs', 'responders'],
  pagerduty: ['integrationKey', 'severity', 'class', 'component', 'group', 'summary', 'source', 'client', 'client_url', 'details', 'url'],
  mqtt: ['brokerUrl', 'clientId', 'topic', 'message', 'messageFormat', 'username', 'password', 'qos', 'retain', 'tlsConfig'],
};

function inOrder(type: string, settings: Readonly<Record<string, unknown>>): [string, unknown][] {
  const order = ordered[type] ?? [];
  const place = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  return Object.entries(settings).sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1));
}

function settingsHcl(type: string, settings: Readonly<Record<string, unknown>>): HclMember[] {
  const attributes: HclMember[] = [];
  const blocks: HclMember[] = [];
  for (const [key, value] of inOrder(type, settings)) {
    const name = renamed[type]?.[key] ?? hclName(key);
    if (type === 'email' && key === 'addresses' && typeof value === 'string') attributes.push(...attribute(name, value.split(/[,;\n]/).map((a) => a.trim()).filter((a) => a !== '')));
    else if (type === 'jira' && key === 'fields') attributes.push(...attribute(name, goJson(value)));
    else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') attributes.push(...attribute(name, value));
    else if (Array.isArray(value)) {
      if (value.every((v) => typeof v === 'string')) attributes.push(...attribute(name, value));
      else for (const item of value) if (typeof item === 'object' && item !== null) blocks.push(block(name, settingsHcl('', item as Record<string, unknown>)));
    } else if (typeof value === 'object' && value !== null) {
      if (['headers', 'details', 'vars', 'attributes'].includes(key)) attributes.push(...attribute(name, { map: value as Record<string, string> }));
      else if (key === 'hmacConfig') {
        const hmac = value as Record<string, string>;
        blocks.push(block(name, [...attribute('secret', hmac['secret'] ?? ''), ...attribute('header', hmac['header'] ?? ''), ...attribute('timestamp_header', hmac['timestampHeader'] ?? '')]));
      } else blocks.push(block(name, settingsHcl('', value as Record<string, unknown>)));
    }
  }
  return [...attributes, ...blocks];
}

function routeFile(r: RouteJson): YamlValue {
  const list = (names: readonly string[] | undefined) => names?.map(dollars);
  return {
    receiver: r.receiver === undefined ? undefined : dollars(r.receiver), group_by: list(r.group_by), match: r.match && sorted(r.match), // Compat: patterns get lost.
    match_re: r.match_re && Object.fromEntries(Object.keys(r.match_re).sort().map((name) => [name, null])), matchers: r.matchers ? [...r.matchers] : undefined,
    object_matchers: r.object_matchers?.map((m) => [...m]), mute_time_intervals: list(r.mute_time_intervals), active_time_intervals: list(r.active_time_intervals), continue: r.continue || undefined,
    routes: r.routes?.map(routeFile), group_wait: r.group_wait, group_interval: r.group_interval, repeat_interval: r.repeat_interval,
  };
}

function routeHcl(r: RouteJson): HclMember[] {
  return [
    ...attribute('contact_point', r.receiver ?? ''), ...attribute('group_by', r.group_by ? [...r.group_by] : undefined),
    ...(r.object_matchers ?? []).map(([label, match, value]) => block('matcher', [...attribute('label', label), ...attribute('match', match), ...attribute('value', value)])),
    ...attribute('mute_timings', r.mute_time_intervals ? [...r.mute_time_intervals] : undefined), ...attribute('active_timings', r.active_time_intervals ? [...r.active_time_intervals] : undefined),
    ...attribute('continue', r.continue || undefined), ...(r.routes ?? []).map((c) => block('policy', routeHcl(c))),
    ...attribute('group_wait', r.group_wait), ...attribute('group_interval', r.group_interval), ...attribute('repeat_interval', r.repeat_interval),
  ];
}

export const exportPolicies = (orgId: number, route: RouteJson): Exported => ({
  file: { apiVersion: 1, policies: [{ orgId, ...(routeFile(route) as Record<string, YamlValue>) }] },
  hcl: [block('resource', routeHcl(route), ['grafana_notification_policy', 'notification_policy_1'])],
});

const timingFlowKeys = new Set(['weekdays', 'days_of_month', 'months', 'years', 'location']);

export function exportTimings(orgId: number, timings: readonly NamedIntervalJson[]): Exported {
  return {
    file: { apiVersion: 1, muteTimes: timings.map((t): YamlValue => ({ orgId, name: t.name, time_intervals: t.time_intervals as YamlValue })) }, flowKeys: timingFlowKeys,
    hcl: timings.map((t) => block('resource', [
      ...attribute('name', t.name),
      ...t.time_intervals.map((i) => block('intervals', [
        ...(i.times ?? []).map((x) => block('times', [...attribute('start', x.start_time), ...attribute('end', x.end_time)])),
        ...attribute('weekdays', i.weekdays ? [...i.weekdays] : undefined), ...attribute('days_of_month', i.days_of_month ? [...i.days_of_month] : undefined), ...attribute('months', i.months ? [...i.months] : undefined),
        ...attribute('years', i.years ? [...i.years] : undefined), ...attribute('location', i.location),
      ])),
    ], ['grafana_mute_timing', `mute_timing_${hash(t.name)}`])),
  };
}

