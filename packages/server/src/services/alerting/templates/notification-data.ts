/** What notification templates and webhook bodies are made of (alerting-notifications §7.2, §7.3). */
import { goField, GoMap, goString, struct, type GoStruct } from '@belvedere/go-template';
import { createHash } from 'node:crypto';
import { dashboardAnnotation, orgIdAnnotation, panelAnnotation, ruleUidLabel, valuesAnnotation, valueStringAnnotation, type Labels } from '../rules/alert-rule.ts';

/** An alert as the Alertmanager holds it. */
export interface HeldAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly generatorURL: string;
  /** Milliseconds since the epoch. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly updatedAt: number;
  readonly fingerprint: string;
}

export interface NotificationAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: number;
  /** 0 while firing. */
  readonly endsAt: number;
  readonly generatorURL: string;
  readonly fingerprint: string;
  readonly silenceURL: string;
  readonly dashboardURL: string;
  readonly panelURL: string;
  readonly ruleUID: string;
  readonly values: Readonly<Record<string, number>> | null;
  readonly valueString: string;
  readonly imageURL: string;
  readonly embeddedImage: string;
  readonly orgId: number | undefined;
}

export interface NotificationData {
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly NotificationAlert[];
  readonly groupLabels: Labels;
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
  readonly externalURL: string;
  readonly appVersion: string;
  readonly groupKey: string;
  readonly truncatedAlerts: number | undefined;
}

export interface DataOptions {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  /** With a slash at the end. */
  readonly externalURL: string;
  readonly appVersion: string;
  readonly now: number;
}

const isPrivate = (name: string) => name.startsWith('__') && name.endsWith('__');
const publicOnly = (labels: Labels): Labels => Object.fromEntries(Object.entries(labels).filter(([k]) => !isPrivate(k)));

const trimSlash = (url: string) => url.replace(/\/+$/, '');

/** As Go encodes a query: sorted keys, spaces as plus signs. */
function goQuery(pairs: readonly (readonly [string, string])[]): string {
  const escape = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll('%20', '+');
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([k, v]) => `${escape(k)}=${escape(v)}`).join('&');
}

function withParams(url: string, more: readonly (readonly [string, string])[]): string {
  const hash = url.indexOf('#');
  const [head, fragment] = hash < 0 ? [url, ''] : [url.slice(0, hash), url.slice(hash)];
  const mark = head.indexOf('?');
  const own = mark < 0 ? [] : [...new URLSearchParams(head.slice(mark + 1))];
  const names = new Set(more.map(([k]) => k));
  return `${mark < 0 ? head : head.slice(0, mark)}?${goQuery([...own.filter(([k]) => !names.has(k)), ...more])}${fragment}`;
}

function valuesOf(annotations: Labels): Record<string, number> | null {
  const text = annotations[valuesAnnotation];
  if (!text) return null;
  try {
    const parsed = JSON.parse(text) as unknown;
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
    return Object.fromEntries(Object.entries(parsed).filter((e): e is [string, number] => typeof e[1] === 'number'));
  } catch {
    return null;
  }
}

export function notificationAlert(alert: HeldAlert, { externalURL, now }: Pick<DataOptions, 'externalURL' | 'now'>): NotificationAlert {
  const { annotations, labels } = alert;
  const resolved = alert.endsAt > 0 && alert.endsAt <= now;
  const base = trimSlash(externalURL);
  const org = annotations[orgIdAnnotation] ?? '';
  const orgParam: [string, string][] = org === '' ? [] : [['orgId', org]];
  const ruleUid = labels[ruleUidLabel] ?? '';
  const shown = publicOnly(labels);
  const matchers = Object.keys(shown).sort()
    .filter((k) => ruleUid === '' || (k !== 'alertname' && k !== 'grafana_folder'))
    .map((k): [string, string] => ['matcher', `${k}=${shown[k]}`]);
  if (ruleUid !== '') matchers.unshift(['matcher', `${ruleUidLabel}=${ruleUid}`]);
  const dashboard = annotations[dashboardAnnotation] ?? '';
  const panel = annotations[panelAnnotation] ?? '';
  const range: [string, string][] = [['from', String(alert.startsAt - 3_600_000)], ['to', alert.endsAt > 0 ? String(alert.endsAt) : 'now'], ...orgParam];
  const dashboardBase = `${base}/d/${dashboard}`;
  return {
    status: resolved ? 'resolved' : 'firing', labels: shown, annotations: publicOnly(annotations), startsAt: alert.startsAt, endsAt: resolved ? alert.endsAt : 0,
    generatorURL: org === '' ? alert.generatorURL : withParams(alert.generatorURL, orgParam), fingerprint: alert.fingerprint,
    silenceURL: `${base}/alerting/silence/new?${goQuery([['alertmanager', 'grafana'], ...matchers, ...orgParam])}`,
    dashboardURL: dashboard === '' ? '' : withParams(dashboardBase, range),
    panelURL: dashboard === '' || panel === '' ? '' : withParams(dashboardBase, [...range, ['viewPanel', panel]]),
    ruleUID: ruleUid, values: valuesOf(annotations), valueString: annotations[valueStringAnnotation] ?? '',
    imageURL: annotations['__alert_image_url__'] ?? '', embeddedImage: '', orgId: /^\d+$/.test(org) ? Number(org) : undefined,
  };
}

/** Pairs that all alerts have alike. */
function common(list: readonly Labels[]): Labels {
  const [first = {}, ...rest] = list;
  return publicOnly(Object.fromEntries(Object.entries(first).filter(([k, v]) => rest.every((l) => l[k] === v))));
}

/** As Go's regexp.QuoteMeta. */
export const quoteMeta = (text: string) => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');

export function notificationData(alerts: readonly HeldAlert[], options: DataOptions): NotificationData {
  const made = alerts.map((a) => notificationAlert(a, options));
  return {
    receiver: quoteMeta(options.receiver), status: made.some((a) => a.status === 'firing') ? 'firing' : 'resolved', alerts: made, groupLabels: options.groupLabels,
    commonLabels: common(alerts.map((a) => a.labels)), commonAnnotations: common(alerts.map((a) => a.annotations)), externalURL: options.externalURL,
    appVersion: options.appVersion, groupKey: options.groupKey, truncatedAlerts: undefined,
  };
}

export const groupHash = (groupKey: string) => createHash('sha256').update(groupKey).digest('hex');

const sortedObject = (labels: Labels) => Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
const zeroTime = '0001-01-01T00:00:00Z';
export const goTimeText = (ms: number) => (ms === 0 ? zeroTime : new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z'));

export function alertObject(a: NotificationAlert): Record<string, unknown> {
  return {
    status: a.status, labels: sortedObject(a.labels), annotations: sortedObject(a.annotations), startsAt: goTimeText(a.startsAt), endsAt: goTimeText(a.endsAt),
    generatorURL: a.generatorURL, fingerprint: a.fingerprint, silenceURL: a.silenceURL, dashboardURL: a.dashboardURL, panelURL: a.panelURL,
    ...(a.ruleUID === '' ? {} : { ruleUID: a.ruleUID }), values: a.values, valueString: a.valueString, ...(a.imageURL === '' ? {} : { imageURL: a.imageURL }),
    ...(a.embeddedImage === '' ? {} : { embeddedImage: a.embeddedImage }), ...(a.orgId === undefined ? {} : { orgId: a.orgId }),
  };
}

/** The members that webhook, oncall and mqtt bodies share. */
export function dataObject(d: NotificationData): Record<string, unknown> {
  return {
    receiver: d.receiver, status: d.status, alerts: d.alerts.map(alertObject), groupLabels: sortedObject(d.groupLabels), commonLabels: sortedObject(d.commonLabels),
    commonAnnotations: sortedObject(d.commonAnnotations), externalURL: d.externalURL, ...(d.appVersion === '' ? {} : { appVersion: d.appVersion }),
  };
}

/** Alert name first, the rest by alphabet. */
export function sortedNames(labels: Labels): string[] {
  const names = Object.keys(labels).sort();
  const at = names.indexOf('alertname');
  return at < 0 ? names : ['alertname', ...names.filter((n) => n !== 'alertname')];
}

export const kvText = (labels: Labels) => sortedNames(labels).map((n) => `${n}=${labels[n]}`).join(', ');

/** A KV map for templates: `SortedPairs`, `Names`, `Values`, `Remove`. */
export function kv(labels: Labels): GoMap<string> {
  const pairs = () => sortedNames(labels).map((n) => struct('template.Pair', { Name: n, Value: labels[n]! }, () => `{${n} ${labels[n]}}`));
  const listed = () => {
    const list = pairs() as GoStruct[] & Partial<GoStruct>;
    const methods: Record<string, unknown> = { Names: () => sortedNames(labels), Values: () => sortedNames(labels).map((n) => labels[n]!) };
    return Object.assign(list, { goType: 'template.Pairs', [goField]: (name: string) => (Object.hasOwn(methods, name) ? methods[name] : undefined), [goString]: () => kvText(labels) });
  };
  return new GoMap(Object.entries(labels), {
    goType: 'template.KV', zero: '', print: () => kvText(labels),
    methods: {
      SortedPairs: listed, Names: () => sortedNames(labels), Values: () => sortedNames(labels).map((n) => labels[n]!),
      Remove: (names: unknown) => kv(Object.fromEntries(Object.entries(labels).filter(([k]) => !(Array.isArray(names) && names.includes(k))))),
    },
  });
}

export function timeStruct(ms: number): GoStruct {
  const date = new Date(ms === 0 ? -62_135_596_800_000 : ms);
  return struct('time.Time', {
    Format: (layout: unknown) => formatGoTime(date, String(layout)), Unix: () => BigInt(Math.floor(date.getTime() / 1000)), UnixMilli: () => BigInt(date.getTime()),
    Year: () => BigInt(date.getUTCFullYear()), Month: () => BigInt(date.getUTCMonth() + 1), Day: () => BigInt(date.getUTCDate()), Hour: () => BigInt(date.getUTCHours()),
    Minute: () => BigInt(date.getUTCMinutes()), Second: () => BigInt(date.getUTCSeconds()), IsZero: () => ms === 0, UTC: () => timeStruct(ms), Local: () => timeStruct(ms),
    Before: (other: unknown) => date.getTime() < msOf(other), After: (other: unknown) => date.getTime() > msOf(other), Add: (d: unknown) => timeStruct(date.getTime() + Number(d) / 1e6),
    String: () => goDefaultTime(date), ms,
  }, () => goDefaultTime(date));
}

export const msOf = (value: unknown): number => Number((value as GoStruct | undefined)?.[goField]?.('ms') ?? 0);

const goDefaultTime = (date: Date) => `${date.toISOString().slice(0, 10)} ${date.toISOString().slice(11, 23).replace(/\.?0+$/, (m) => (m.startsWith('.') ? '' : m))} +0000 UTC`;

const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const monthNames = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

/** Go's layouts, by the reference time of 2 January 2006, 15:04:05. `offsetMinutes` and `zone` say where. */
export function formatGoTime(date: Date, layout: string, offsetMinutes = 0, zone = 'UTC'): string {
  const d = new Date(date.getTime() + offsetMinutes * 60_000);
  const two = (n: number) => String(n).padStart(2, '0');
  const sign = offsetMinutes < 0 ? '-' : '+';
  const hours = two(Math.floor(Math.abs(offsetMinutes) / 60));
  const mins = two(Math.abs(offsetMinutes) % 60);
  const hour12 = d.getUTCHours() % 12 || 12;
  return layout.replace(/2006|January|Jan|Monday|Mon|MST|Z07:00|-07:00|Z0700|-0700|-07|PM|pm|[.,]0+|[.,]9+|01|02|03|04|05|06|15|_2|1|2|3|4|5/g, (token) => {
    switch (token) {
      case '2006': return String(d.getUTCFullYear());
      case '06': return two(d.getUTCFullYear() % 100);
      case 'January': return monthNames[d.getUTCMonth()]!;
      case 'Jan': return monthNames[d.getUTCMonth()]!.slice(0, 3);
      case '01': return two(d.getUTCMonth() + 1);
      case '1': return String(d.getUTCMonth() + 1);
      case 'Monday': return dayNames[d.getUTCDay()]!;
      case 'Mon': return dayNames[d.getUTCDay()]!.slice(0, 3);
      case '02': return two(d.getUTCDate());
      case '_2': return String(d.getUTCDate()).padStart(2, ' ');
      case '2': return String(d.getUTCDate());
      case '15': return two(d.getUTCHours());
      case '03': return two(hour12);
      case '3': return String(hour12);
      case '04': return two(d.getUTCMinutes());
      case '4': return String(d.getUTCMinutes());
      case '05': return two(d.getUTCSeconds());
      case '5': return String(d.getUTCSeconds());
      case 'PM': return d.getUTCHours() < 12 ? 'AM' : 'PM';
      case 'pm': return d.getUTCHours() < 12 ? 'am' : 'pm';
      case 'MST': return zone;
      case 'Z07:00': return offsetMinutes === 0 ? 'Z' : `${sign}${hours}:${mins}`;
      case 'Z0700': return offsetMinutes === 0 ? 'Z' : `${sign}${hours}${mins}`;
      case '-07:00': return `${sign}${hours}:${mins}`;
      case '-0700': return `${sign}${hours}${mins}`;
      case '-07': return `${sign}${hours}`;
      default: {
        const digits = String(d.getUTCMilliseconds()).padStart(3, '0').padEnd(9, '0').slice(0, token.length - 1);
        if (token[1] === '0') return token[0] + digits;
        const trimmed = digits.replace(/0+$/, '');
        return trimmed === '' ? '' : token[0] + trimmed;
      }
    }
  });
}

export function alertStruct(a: NotificationAlert): GoStruct & { readonly alert: NotificationAlert } {
  const members: Record<string, unknown> = {
    Status: a.status, Labels: kv(a.labels), Annotations: kv(a.annotations), StartsAt: timeStruct(a.startsAt), EndsAt: timeStruct(a.endsAt), GeneratorURL: a.generatorURL,
    Fingerprint: a.fingerprint, SilenceURL: a.silenceURL, DashboardURL: a.dashboardURL, PanelURL: a.panelURL, RuleUID: a.ruleUID,
    Values: new GoMap(Object.entries(a.values ?? {}), { goType: 'map[string]float64', zero: 0 }), ValueString: a.valueString, ImageURL: a.imageURL,
    EmbeddedImage: a.embeddedImage, OrgID: a.orgId === undefined ? null : BigInt(a.orgId), ExtraData: null,
  };
  return { goType: 'templates.ExtendedAlert', alert: a, [goField]: (name) => (Object.hasOwn(members, name) ? members[name] : undefined) };
}

export type AlertList = (GoStruct & { readonly alert: NotificationAlert })[] & GoStruct;

/** A list of alerts with the methods `Firing` and `Resolved`. */
export function alertList(alerts: readonly NotificationAlert[]): AlertList {
  const list = alerts.map(alertStruct);
  const methods: Record<string, unknown> = { Firing: () => alertList(alerts.filter((a) => a.status === 'firing')), Resolved: () => alertList(alerts.filter((a) => a.status === 'resolved')) };
  return Object.assign(list, { goType: 'templates.ExtendedAlerts', [goField]: (name: string) => (Object.hasOwn(methods, name) ? methods[name] : undefined) });
}

/** `.Vars` is what a webhook's custom payload adds. */
export function dataStruct(d: NotificationData, vars?: Readonly<Record<string, string>>): GoStruct & { readonly data: NotificationData } {
  const members: Record<string, unknown> = {
    Receiver: d.receiver, Status: d.status, Alerts: alertList(d.alerts), GroupLabels: kv(d.groupLabels), CommonLabels: kv(d.commonLabels),
    CommonAnnotations: kv(d.commonAnnotations), ExternalURL: d.externalURL, AppVersion: d.appVersion, GroupKey: d.groupKey,
    TruncatedAlerts: d.truncatedAlerts === undefined ? null : BigInt(d.truncatedAlerts), Vars: new GoMap(Object.entries(vars ?? {}), { goType: 'map[string]string', zero: '' }),
  };
  return { goType: '*templates.ExtendedData', data: d, [goField]: (name) => (Object.hasOwn(members, name) ? members[name] : undefined) };
}
