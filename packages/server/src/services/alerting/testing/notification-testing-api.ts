/** Trying contact points and templates (alerting-notifications §6.4, §7.5). */
import { randomUUID } from 'node:crypto';
import { Type } from '../../../web/schema.ts';
import { TemplateError } from '@belvedere/go-template';
import { allOf, anyOf, may, rbac } from '../../../web/access.ts';
import { ApiError } from '../../../web/errors.ts';
import { json } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import type { Alertmanagers } from '../alertmanager/alertmanager.ts';
import { alertFingerprint } from '../fnv.ts';
import type { NotificationService } from '../receivers/contact-points.ts';
import { demandProtected } from '../receivers/protected-settings.ts';
import { BadSettings, type NotifierTools } from '../receivers/integration.ts';
import { makeNotify } from '../receivers/notifiers.ts';
import { getDotted, normalType, secretKeys, withDotted } from '../receivers/settings-reader.ts';
import { dashboardAnnotation, orgIdAnnotation, panelAnnotation, valuesAnnotation, valueStringAnnotation, type Labels } from '../rules/alert-rule.ts';
import { alertList, alertStruct, dataStruct, notificationData, type HeldAlert } from '../templates/notification-data.ts';
import { createNotificationTemplates } from '../templates/notification-templates.ts';

const sampleValue = "[ var='B' labels={__name__=go_threads, instance=host.docker.internal:3000, job=grafana} type='reduce' value=22 ], [ var='C' labels={__name__=go_threads, instance=host.docker.internal:3000, job=grafana} type='threshold' value=1 ]";

const AlertBody = Type.Object({ labels: Type.Record(Type.String(), Type.String()), annotations: Type.Record(Type.String(), Type.String()) });
const ReceiversBody = Type.Object({
  alert: Type.Optional(AlertBody),
  receivers: Type.Array(Type.Object({
    name: Type.String(),
    grafana_managed_receiver_configs: Type.Array(Type.Object({
      uid: Type.String(), name: Type.String(), type: Type.String(), settings: Type.Unknown(), secureSettings: Type.Record(Type.String(), Type.String()), disableResolveMessage: Type.Boolean(),
    })),
  })),
});
const TemplatesBody = Type.Object({
  alerts: Type.Array(Type.Object({ labels: Type.Record(Type.String(), Type.String()), annotations: Type.Record(Type.String(), Type.String()), startsAt: Type.Optional(Type.String()), endsAt: Type.Optional(Type.String()) })),
  template: Type.String(), name: Type.String(),
});

const sortedLabels = (labels: Labels) => Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The alert that tests tell of. */
export function testAlert(orgId: number, given: { labels: Labels; annotations: Labels } | undefined, now: number): HeldAlert {
  const labels = { alertname: 'TestAlert', instance: 'Grafana', grafana_folder: 'Test Folder', ...given?.labels };
  const annotations = {
    summary: 'Notification test', [valueStringAnnotation]: sampleValue, [valuesAnnotation]: '{"B":22,"C":1}', [dashboardAnnotation]: 'dashboard_uid', [panelAnnotation]: '1', [orgIdAnnotation]: String(orgId),
    ...given?.annotations,
  };
  return { labels: sortedLabels(labels), annotations: sortedLabels(annotations), generatorURL: '', startsAt: now, endsAt: now + 300_000, updatedAt: now, fingerprint: alertFingerprint(labels) };
}

export interface TryOptions {
  readonly orgId: number;
  readonly type: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly alert: HeldAlert;
  readonly signal: AbortSignal;
}

/** Sends one test alert through one integration, past routing and silences. Rejects with BadSettings or what the notifier says. */
export async function tryIntegration({ alertmanagers, tools }: Pick<NotificationTestingDeps, 'alertmanagers' | 'tools'>, { orgId, type, settings, alert, signal }: TryOptions): Promise<void> {
  const notify = makeNotify(type, settings, tools);
  const am = await alertmanagers.get(orgId);
  const groupKey = `${type}-${randomUUID()}`;
  const data = notificationData([alert], { receiver: type, groupKey, groupLabels: alert.labels, externalURL: tools.externalUrl, appVersion: tools.appVersion, now: tools.now() });
  await notify({ orgId, groupKey, alerts: [alert], data, templates: am.applied!.templates, signal });
}

export interface NotificationTestingDeps {
  readonly alertmanagers: Alertmanagers;
  readonly notifications: NotificationService;
  readonly tools: NotifierTools;
}

const timeoutDefaultSeconds = 15;
const timeoutMaxSeconds = 30;
const templateOutputBytesMax = 1_048_576;
const zeroBefore = Date.parse('0002-01-01T00:00:00Z');

const writes = anyOf(may('alert.notifications:write'), may('alert.notifications.receivers:write'));
const testAccess = rbac(anyOf(
  anyOf(may('alert.notifications:write'), may('alert.notifications.receivers:test')),
  allOf(
    may('alert.notifications.receivers.test:create'),
    anyOf(may('alert.notifications:read'), may('alert.notifications.receivers:read'), anyOf(may('alert.notifications.receivers.secrets:read'))), writes,
  ),
  anyOf(may('alert.notifications.receivers:test'), may('alert.notifications:write'), allOf(may('alert.notifications.receivers:create'), may('alert.notifications.receivers.test:create'))),
));

export function notificationTestingRoutes(routes: Routes, deps: NotificationTestingDeps): void {
  const { notifications, tools } = deps;
  const base = '/api/alertmanager/grafana/config/api/v1';

  routes.post(`${base}/receivers/test`, { access: testAccess, body: ReceiversBody, name: 'RoutePostTestGrafanaReceivers' }, async ({ identity, body, headers, signal }) => {
    const wanted = headers['request-timeout'];
    let seconds = timeoutDefaultSeconds;
    if (typeof wanted === 'string' && wanted !== '') {
      if (!/^\d+$/.test(wanted)) throw new ApiError(400, `strconv.ParseInt: parsing ${JSON.stringify(wanted)}: invalid syntax`);
      seconds = Number(wanted);
      if (seconds < 0 || seconds >= timeoutMaxSeconds) throw new ApiError(400, `exceeded maximum timeout of ${timeoutMaxSeconds}000000000 seconds`);
    }
    if (!body.receivers.some((r) => r.grafana_managed_receiver_configs.length > 0)) return json({}, 400);
    const stored = await notifications.contactPoints(identity.orgId);
    const alert = testAlert(identity.orgId, body.alert, tools.now());
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
    let invalid = 0;
    let failed = 0;
    let late = 0;
    let total = 0;
    const receivers = await Promise.all(body.receivers.map(async (receiver) => {
      const results = await Promise.all(receiver.grafana_managed_receiver_configs.map(async (i) => {
        total++;
        let type: string;
        try {
          type = normalType(i.type);
        } catch (error) {
          throw new ApiError(400, `failed to post process Alertmanager configuration: ${(error as Error).message}`);
        }
        const own = i.uid === '' ? undefined : stored.find((c) => c.uid === i.uid && c.name === receiver.name);
        // Compat: the reference answers 500 here.
        if (i.uid !== '' && !own) throw new ApiError(400, `failed to post process Alertmanager configuration: unknown receiver: ${i.uid}`);
        const result = { name: i.name, uid: i.uid };
        try {
          if (typeof i.settings !== 'object' || i.settings === null || Array.isArray(i.settings)) throw new BadSettings('failed to unmarshal settings');
          let settings: Record<string, unknown> = { ...(i.settings as Record<string, unknown>) };
          for (const [key, value] of Object.entries(i.secureSettings)) settings = withDotted(settings, key, value);
          if (own) {
            const open = await notifications.openSettings(own);
            for (const key of secretKeys(type)) {
              const value = getDotted(settings, key);
              const kept = getDotted(open, key);
              if ((value === undefined || value === notifications.redacted) && kept !== undefined) settings = withDotted(settings, key, kept);
            }
            demandProtected(identity, receiver.name, { type: own.type, settings: open }, { type, settings });
          }
          await tryIntegration(deps, { orgId: identity.orgId, type, settings, alert, signal: deadline });
          return { ...result, status: 'ok' };
        } catch (error) {
          if (error instanceof ApiError && error.status === 403) throw error;
          const message = error instanceof Error ? error.message : String(error);
          if (error instanceof BadSettings) {
            invalid++;
            return { ...result, status: 'failed', error: `failed to validate integration "${i.name}" (UID ${i.uid}) of type "${type}": ${message}` };
          }
          failed++;
          if (deadline.aborted) late++;
          return { ...result, status: 'failed', error: message };
        }
      }));
      return { name: receiver.name, grafana_managed_receiver_configs: results.sort((a, b) => (a.status < b.status ? -1 : a.status > b.status ? 1 : 0)) };
    }));
    const status = invalid > 0 ? 400 : failed === 0 ? 200 : late === total ? 408 : 207;
    return json({ alert: { annotations: alert.annotations, labels: alert.labels }, receivers, notified_at: new Date(tools.now()).toISOString() }, status);
  });

  routes.post(`${base}/templates/test`, { access: rbac(anyOf(may('alert.notifications:write'), may('alert.notifications.templates.test:write'))), body: TemplatesBody, name: 'RoutePostTestGrafanaTemplates' }, async ({ identity, body }) => {
    const { config } = await notifications.config(identity.orgId);
    const { [body.name]: _, ...others } = config.template_files ?? {};
    const templates = createNotificationTemplates(others, { now: tools.now, outputBytesMax: templateOutputBytesMax });
    let definitions: readonly string[];
    try {
      const inspected = templates.set.inspect(body.name, body.template);
      const called = new Set([...inspected.values()].flatMap((names) => [...names]));
      definitions = [...inspected.keys()].filter((name) => !called.has(name));
      templates.set.add(body.name, body.template, '');
      if (definitions.length === 0 && body.template.trim() !== '') definitions = [body.name];
      // What stands outside of any definition is no template of that name.
      const plain = inspected.size === 0 && body.template.trim() !== '';
      if (plain) return { errors: [{ name: body.name, kind: 'execution_error', message: `template: no template ${JSON.stringify(body.name)} associated with template ""` }] };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return { errors: [{ kind: 'invalid_template', message: error.message }] };
    }
    const now = tools.now();
    const sample = testAlert(identity.orgId, undefined, now);
    const alerts = body.alerts.map((a): HeldAlert => {
      const time = (text: string | undefined) => {
        const ms = text === undefined ? Number.NaN : Date.parse(text);
        return Number.isNaN(ms) || ms < zeroBefore ? 0 : ms;
      };
      const labels = { ...a.labels };
      for (const name of ['alertname', 'grafana_folder']) labels[name] ??= sample.labels[name]!;
      const annotations = { ...a.annotations };
      for (const name of [valueStringAnnotation, valuesAnnotation, dashboardAnnotation, panelAnnotation, orgIdAnnotation]) annotations[name] ??= sample.annotations[name]!;
      return { labels, annotations, generatorURL: '', startsAt: time(a.startsAt) || now, endsAt: time(a.endsAt), updatedAt: now, fingerprint: alertFingerprint(labels) };
    });
    const data = notificationData(alerts, {
      receiver: 'TestReceiver', groupKey: 'TestReceiver', groupLabels: { group_label: 'group_label_value' }, externalURL: tools.externalUrl, appVersion: tools.appVersion, now,
    });
    const results: { name: string; text: string; scope: string }[] = [];
    const errors: { name: string; kind: string; message: string }[] = [];
    for (const name of definitions) {
      const scopes: [string, () => unknown][] = [['.', () => dataStruct(data)], ['.Alerts', () => alertList(data.alerts)], ...(data.alerts[0] ? [['.Alert', () => alertStruct(data.alerts[0]!)] as [string, () => unknown]] : [])];
      let first: Error | undefined;
      let done = false;
      for (const [scope, make] of scopes) {
        try {
          results.push({ name, text: templates.set.run(name, make()), scope });
          done = true;
          break;
        } catch (error) {
          if (!(error instanceof TemplateError)) throw error;
          first ??= error;
        }
      }
      if (!done) errors.push({ name, kind: 'execution_error', message: first!.message });
    }
    return { ...(results.length > 0 ? { results } : {}), ...(errors.length > 0 ? { errors } : {}) };
  });
}
