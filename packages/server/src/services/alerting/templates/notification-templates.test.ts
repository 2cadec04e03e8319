import { expect, test } from 'vitest';
import { dataStruct, notificationData, type HeldAlert } from './notification-data.ts';
import { createNotificationTemplates } from './notification-templates.ts';

const now = Date.parse('2024-02-03T06:00:00Z');
const anAlert = (more: Partial<HeldAlert> = {}): HeldAlert => ({
  labels: { alertname: 'Hot', grafana_folder: 'Box', team: 'blue' }, annotations: { summary: 'Too hot', __values__: '{"A":1,"B":22.5}', __orgId__: '1' },
  generatorURL: '', startsAt: Date.parse('2024-02-03T04:05:06Z'), endsAt: now + 1000, updatedAt: now, fingerprint: 'f', ...more,
});
const data = (alerts: readonly HeldAlert[], groupLabels = {}) => dataStruct(notificationData(alerts, { receiver: 'a.b', groupKey: '{}', groupLabels, externalURL: 'http://g/', appVersion: '12.4.0', now }));
const templates = createNotificationTemplates({}, { now: () => now, outputBytesMax: 1_000_000 });

test('the default title counts what fires and names what is common', () => {
  const resolved = anAlert({ labels: { alertname: 'Hot', grafana_folder: 'Box', team: 'red' }, endsAt: now });
  expect(templates.expand('{{ template "default.title" . }}', data([anAlert(), resolved], { alertname: 'Hot' }))).toBe('[FIRING:1, RESOLVED:1] Hot (Box)');
  expect(templates.expand('{{ template "default.title" . }}', data([resolved], { alertname: 'Hot' }))).toBe('[RESOLVED] Hot (Box red)');
});

test('the default message lists alerts with values, labels, annotations and links', () => {
  expect(templates.expand('{{ template "default.message" . }}', data([anAlert()]))).toBe(
    '**Firing**\n\nValue: A=1, B=22.5\nLabels:\n - alertname = Hot\n - grafana_folder = Box\n - team = blue\nAnnotations:\n - summary = Too hot\nSource: ?orgId=1\nSilence: http://g/alerting/silence/new?alertmanager=grafana&matcher=alertname%3DHot&matcher=grafana_folder%3DBox&matcher=team%3Dblue&orgId=1\n',
  );
});

test('people’s own templates replace the built-in ones, functions reach the data', () => {
  const own = createNotificationTemplates({ mine: '{{ define "default.title" }}{{ .Receiver }} {{ .CommonLabels.SortedPairs }}{{ end }}' }, { now: () => now, outputBytesMax: 100_000 });
  expect(own.expand('{{ template "default.title" . }}', data([anAlert()]))).toBe('a\\.b alertname=Hot, grafana_folder=Box, team=blue');
  expect(own.expand('{{ (index .Alerts 0).StartsAt | date "Jan 2 15:04" }} {{ tmpl.Exec "default.title" . | len }} {{ coll.Dict "a" 1 | data.ToJSON }}', data([anAlert()]))).toBe('Feb 3 04:05 49 {"a":1}');
  expect(JSON.parse(own.expand('{{ template "webhook.default.payload" . }}', data([anAlert()])))).toMatchObject({ status: 'firing', state: 'alerting', orgId: 1 });
});

test('a silence of an alert of a rule names the rule by its uid and everything else that is public', () => {
  const { alerts } = notificationData([anAlert({ labels: { alertname: 'DatasourceNoData', rulename: 'Hot', grafana_folder: 'Box', __alert_rule_uid__: 'hot', __private__: 'x', ref_id: 'A' } })], {
    receiver: 'r', groupKey: '{}', groupLabels: {}, externalURL: 'http://g', appVersion: '', now,
  });
  expect(alerts[0]!.silenceURL).toBe('http://g/alerting/silence/new?alertmanager=grafana&matcher=__alert_rule_uid__%3Dhot&matcher=ref_id%3DA&matcher=rulename%3DHot&orgId=1');
});
