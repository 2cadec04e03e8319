/** The templates of notifications: functions, the built-in ones, an organization's own (alerting-notifications §7). */
import { GoMap, isStruct, SafeHtml, struct, TemplateError, TemplateSet, type GoStruct } from '@belvedere/go-template';
import { goRegExp, goReplacement } from '../state/rule-templates.ts';
import { alertObject, dataObject, formatGoTime, msOf, timeStruct, type NotificationAlert, type NotificationData } from './notification-data.ts';

const perAlert = `
Value: {{ if len .Values }}{{ $first := true }}{{ range $refID, $value := .Values }}{{ if $first }}{{ $first = false }}{{ else }}, {{ end }}{{ $refID }}={{ $value }}{{ end }}{{ else }}[no value]{{ end }}
Labels:
{{ range .Labels.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}Annotations:
{{ range .Annotations.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}`;

/** In one file each, as the k8s API shows them. Names are those that people's own templates override. */
export const builtInTemplates = `{{ define "__subject" }}[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ if gt (.Alerts.Resolved | len) 0 }}, RESOLVED:{{ .Alerts.Resolved | len }}{{ end }}{{ end }}] {{ .GroupLabels.SortedPairs.Values | join " " }} {{ if gt (len .CommonLabels) (len .GroupLabels) }}({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join " " }}{{ end }}){{ end }}{{ end }}

{{ define "__text_values_list" }}{{ if len .Values }}{{ $first := true }}{{ range $refID, $value := .Values }}{{ if $first }}{{ $first = false }}{{ else }}, {{ end }}{{ $refID }}={{ $value }}{{ end }}{{ else }}[no value]{{ end }}{{ end }}

{{ define "__text_alert_list" }}{{ range . }}${perAlert}{{ if gt (len .GeneratorURL) 0 }}Source: {{ .GeneratorURL }}
{{ end }}{{ if gt (len .SilenceURL) 0 }}Silence: {{ .SilenceURL }}
{{ end }}{{ if gt (len .DashboardURL) 0 }}Dashboard: {{ .DashboardURL }}
{{ end }}{{ if gt (len .PanelURL) 0 }}Panel: {{ .PanelURL }}
{{ end }}{{ end }}{{ end }}

{{ define "default.title" }}{{ template "__subject" . }}{{ end }}

{{ define "default.message" }}{{ if gt (len .Alerts.Firing) 0 }}**Firing**
{{ template "__text_alert_list" .Alerts.Firing }}{{ if gt (len .Alerts.Resolved) 0 }}

{{ end }}{{ end }}{{ if gt (len .Alerts.Resolved) 0 }}**Resolved**
{{ template "__text_alert_list" .Alerts.Resolved }}{{ end }}{{ end }}

{{ define "__teams_text_alert_list" }}{{ range . }}
Value: {{ template "__text_values_list" . }}
Labels:
{{ range .Labels.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}
Annotations:
{{ range .Annotations.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}
{{ if gt (len .GeneratorURL) 0 }}Source: [{{ .GeneratorURL }}]({{ .GeneratorURL }})

{{ end }}{{ if gt (len .SilenceURL) 0 }}Silence: [{{ .SilenceURL }}]({{ .SilenceURL }})

{{ end }}{{ if gt (len .DashboardURL) 0 }}Dashboard: [{{ .DashboardURL }}]({{ .DashboardURL }})

{{ end }}{{ if gt (len .PanelURL) 0 }}Panel: [{{ .PanelURL }}]({{ .PanelURL }})

{{ end }}
{{ end }}{{ end }}

{{ define "teams.default.message" }}{{ if gt (len .Alerts.Firing) 0 }}**Firing**
{{ template "__teams_text_alert_list" .Alerts.Firing }}{{ if gt (len .Alerts.Resolved) 0 }}

{{ end }}{{ end }}{{ if gt (len .Alerts.Resolved) 0 }}**Resolved**
{{ template "__teams_text_alert_list" .Alerts.Resolved }}{{ end }}{{ end }}

{{ define "slack.default.footer" }}Grafana v{{ .AppVersion }}{{ end }}

{{ define "__alert_severity_prefix" }}{{ if ne .Status "firing" }}:white_check_mark:{{ else if eq .CommonLabels.severity "critical" }}:fire:{{ else }}:warning:{{ end }}{{ end }}

{{ define "jira.default.summary" }}{{ template "default.title" . }}{{ end }}

{{ define "__jira_alert_list" }}{{ range . }}
Labels:
{{ range .Labels.SortedPairs }}  - {{ .Name }} = {{ .Value }}
{{ end }}
Annotations:
{{ range .Annotations.SortedPairs }}  - {{ .Name }} = {{ .Value }}
{{ end }}
Source: {{ .GeneratorURL }}
{{ end }}{{ end }}

{{ define "jira.default.description" }}{{ if gt (len .Alerts.Firing) 0 }}# Alerts Firing:
{{ template "__jira_alert_list" .Alerts.Firing }}{{ end }}{{ if gt (len .Alerts.Resolved) 0 }}# Alerts Resolved:
{{ template "__jira_alert_list" .Alerts.Resolved }}{{ end }}{{ end }}

{{ define "__jira_priority" }}{{ $priority := "" }}{{ range . }}{{ $severity := toLower .Labels.severity }}{{ if eq $severity "critical" }}{{ $priority = "High" }}{{ else if and (eq $severity "warning") (ne $priority "High") }}{{ $priority = "Medium" }}{{ else if and (eq $severity "info") (eq $priority "") }}{{ $priority = "Low" }}{{ end }}{{ end }}{{ $priority }}{{ end }}

{{ define "jira.default.priority" }}{{ if gt (len .Alerts.Firing) 0 }}{{ template "__jira_priority" .Alerts.Firing }}{{ else }}{{ template "__jira_priority" .Alerts.Resolved }}{{ end }}{{ end }}

{{ define "webhook.default.payload" }}{{ coll.Dict "receiver" .Receiver "status" .Status "alerts" .Alerts "groupLabels" .GroupLabels "commonLabels" .CommonLabels "commonAnnotations" .CommonAnnotations "externalURL" .ExternalURL "version" "1" "orgId" (index .Alerts 0).OrgID "truncatedAlerts" .TruncatedAlerts "groupKey" .GroupKey "state" (tmpl.Inline "{{ if eq .Status \\"resolved\\" }}ok{{ else }}alerting{{ end }}" .) "title" (tmpl.Exec "default.title" .) "message" (tmpl.Exec "default.message" .) | data.ToJSONPretty " " }}{{ end }}

{{ define "__description" }}{{ end }}
{{ define "__text_alert_list_markdown" }}{{ template "__text_alert_list" . }}{{ end }}
{{ define "slack.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "slack.default.username" }}Grafana{{ end }}
{{ define "slack.default.fallback" }}{{ template "slack.default.title" . }}{{ end }}
{{ define "slack.default.text" }}{{ end }}
{{ define "pagerduty.default.description" }}{{ template "__subject" . }}{{ end }}
{{ define "pagerduty.default.client" }}Grafana{{ end }}
{{ define "pagerduty.default.clientURL" }}{{ .ExternalURL }}{{ end }}
{{ define "opsgenie.default.message" }}{{ template "__subject" . }}{{ end }}
{{ define "opsgenie.default.source" }}{{ .ExternalURL }}{{ end }}
{{ define "victorops.default.entity_display_name" }}{{ template "__subject" . }}{{ end }}
{{ define "pushover.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "discord.default.content" }}{{ template "default.message" . }}{{ end }}
{{ define "discord.default.title" }}{{ template "default.title" . }}{{ end }}
{{ define "email.default.subject" }}{{ template "__subject" . }}{{ end }}
{{ define "telegram.default.message" }}{{ template "default.message" . }}{{ end }}
{{ define "webex.default.message" }}{{ template "default.message" . }}{{ end }}
{{ define "sns.default.subject" }}{{ template "__subject" . }}{{ end }}
{{ define "sns.default.message" }}{{ template "default.message" . }}{{ end }}
{{ define "msteams.default.title" }}{{ template "__subject" . }}{{ end }}
`;

/** Values as `data.ToJSON` and webhook bodies write them. */
export function toPlain(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof SafeHtml) return value.text;
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [k, toPlain(v)]));
  if (isStruct(value)) {
    const known = value as GoStruct & { alert?: NotificationAlert; data?: NotificationData };
    if (known.alert) return alertObject(known.alert);
    if (known.data) return dataObject(known.data);
    return String(value);
  }
  return value;
}

const sortDeep = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortDeep);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sortDeep(v)]));
};

function fromPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromPlain);
  if (typeof value === 'object' && value !== null) return new GoMap(Object.entries(value).map(([k, v]) => [k, fromPlain(v)] as const));
  return value;
}

function zoneOffset(zone: string, ms: number): { minutes: number; name: string } {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(ms);
  const text = parts.find((p) => p.type === 'timeZoneName')?.value ?? 'GMT';
  const match = /GMT([+-])(\d+):(\d+)/.exec(text);
  const minutes = match ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
  const name = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'short' }).formatToParts(ms).find((p) => p.type === 'timeZoneName')?.value ?? zone;
  return { minutes, name };
}

function zoned(ms: number, zone: string): GoStruct {
  const { minutes, name } = zoneOffset(zone, ms);
  const text = (layout: string) => formatGoTime(new Date(ms), layout, minutes, name);
  return struct('time.Time', { Format: (layout: unknown) => text(String(layout)), Unix: () => BigInt(Math.floor(ms / 1000)), ms, zone: name, offset: minutes }, () => text('2006-01-02 15:04:05 -0700 MST'));
}

function functions(now: () => number, self: () => TemplateSet): Record<string, (...args: never[]) => unknown> {
  return {
    toUpper: (text: string) => text.toUpperCase(),
    toLower: (text: string) => text.toLowerCase(),
    title: (text: string) => text.replace(/(^|[^\p{L}\p{N}'])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase()),
    trimSpace: (text: string) => text.trim(),
    join: (separator: string, list: unknown) => (Array.isArray(list) ? list.map(String).join(separator) : ''),
    match: (pattern: string, text: string) => goRegExp(pattern).test(text),
    safeHtml: (text: string) => new SafeHtml(text),
    safeUrl: (text: string) => text,
    urlUnescape: (text: string) => decodeURIComponent(text.replaceAll('+', ' ')),
    reReplaceAll: (pattern: string, replacement: string, text: string) => text.replace(goRegExp(pattern, 'g'), goReplacement(replacement)),
    stringSlice: (...list: unknown[]) => list.map(String),
    date: (layout: string, time: GoStruct) => formatGoTime(new Date(msOf(time)), layout),
    tz: (zone: string, time: GoStruct) => zoned(msOf(time), zone),
    since: (time: GoStruct) => BigInt(Math.round((now() - msOf(time)) * 1e6)),
    humanizeDuration: (seconds: unknown) => `${String(seconds)}s`,
    tenantID: () => '',
    grafanaExploreURL: (base: string, datasource: string, from: string, to: string, query: string) => `${base}/explore?left=${encodeURIComponent(JSON.stringify({ datasource, queries: [{ expr: query, refId: 'A' }], range: { from, to } }))}`,
    queryFromGeneratorURL: (url: string) => new URL(url).searchParams.get('g0.expr') ?? '',
    coll: () => struct('coll', {
      Dict: (...pairs: unknown[]) => {
        if (pairs.length % 2 === 1) throw new Error('dict requires an even number of arguments');
        const map = new GoMap<unknown>([]);
        for (let i = 0; i < pairs.length; i += 2) map.set(String(pairs[i]), pairs[i + 1]);
        return map;
      },
      Slice: (...items: unknown[]) => items,
      Append: (item: unknown, list: unknown) => [...(Array.isArray(list) ? list : []), item],
    }),
    data: () => struct('data', {
      JSON: (text: unknown) => fromPlain(JSON.parse(String(text))),
      ToJSON: (value: unknown) => JSON.stringify(sortDeep(toPlain(value))),
      ToJSONPretty: (indent: unknown, value: unknown) => JSON.stringify(sortDeep(toPlain(value)), null, String(indent)),
    }),
    tmpl: () => struct('tmpl', {
      Exec: (name: unknown, context: unknown) => self().run(String(name), context ?? null),
      Inline: (text: unknown, context: unknown) => self().expand(String(text), context ?? null),
    }),
    time: () => struct('time', { Now: () => timeStruct(now()) }),
  };
}

export interface NotificationTemplates {
  /** Runs a text that may call the templates. Throws TemplateError. */
  expand(text: string, data: unknown): string;
  /** The same for HTML, where values are escaped. */
  expandHtml(text: string, data: unknown): string;
  readonly set: TemplateSet;
}

export interface TemplatesOptions {
  readonly now: () => number;
  readonly outputBytesMax: number;
}

/** Built-in templates, parsed once for all organizations. */
let builtIn: TemplateSet | undefined;

export function createNotificationTemplates(files: Readonly<Record<string, string>>, { now, outputBytesMax }: TemplatesOptions): NotificationTemplates {
  const holder: { set?: TemplateSet } = {};
  const own = functions(now, () => holder.set!);
  if (!builtIn) {
    builtIn = new TemplateSet({ missingKey: 'zero', functions: own });
    builtIn.add('__default__', builtInTemplates, '');
  }
  const set = builtIn.clone({ functions: own, outputBytesMax });
  holder.set = set;
  for (const [name, text] of Object.entries(files)) set.add(name, text, '');
  const html = set.clone({ html: true });
  return { set, expand: (text, data) => set.expand(text, data, ''), expandHtml: (text, data) => html.expand(text, data, '') };
}

/** What is wrong with a template group's text, or undefined. */
export function templateProblem(name: string, text: string, now: () => number): string | undefined {
  try {
    createNotificationTemplates({}, { now, outputBytesMax: 1 }).set.add(name, text, '');
    return undefined;
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}
