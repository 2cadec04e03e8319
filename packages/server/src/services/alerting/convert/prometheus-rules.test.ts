import { expect, test } from 'vitest';
import { converted, groupFrom, importFolderUid, type Conversion } from './prometheus-rules.ts';

const how: Conversion = {
  orgId: 1, folderUid: importFolderUid(1, 'Infra', ''), source: { uid: 'prom', type: 'prometheus' }, target: { uid: 'other', type: 'prometheus' }, defaultIntervalSeconds: 60, alertRulesPaused: true,
  recordingRulesPaused: false, extraLabels: { team: 'extra', extra: 'yes' }, notificationSettings: undefined, keepDefinition: true,
};
const group = groupFrom({ name: 'cpu', interval: '2m', query_offset: '3m', labels: { team: 'group' }, rules: [{ alert: 'A', expr: 'up == 0', for: '5m', labels: { team: 'rule' } }, { record: 'a:b', expr: 'up' }] });

test('folders and rules have the same uid at every import', () => {
  expect(how.folderUid).toBe('alerting-3snb4lhuhalbw');
  expect(converted(group, how)[0]!.uid).toBe('24983ad7-107e-527c-9b33-809d4225fa8b');
});

test('an alert fires on every sample that the query has', () => {
  const [alert] = converted(group, how);
  expect(alert).toMatchObject({ title: 'A', condition: 'threshold', forMs: 300_000, intervalSeconds: 120, isPaused: true, noDataState: 'OK', execErrState: 'OK', missingSeriesEvals: 1 });
  expect(alert!.labels).toEqual({ extra: 'yes', team: 'rule', __converted_prometheus_rule__: 'true' });
  expect(alert!.data.map((q) => [q.refId, q.datasourceUid, q.from, q.to])).toEqual([['query', 'prom', 780, 180], ['prometheus_math', '__expr__', 0, 0], ['threshold', '__expr__', 0, 0]]);
  expect(JSON.parse(alert!.metadata!.prometheusDefinition!)).toEqual({ alert: 'A', expr: 'up == 0', for: '5m', labels: { extra: 'yes', team: 'rule' } });
});

test('a recording rule writes where it is told to', () => {
  const rule = converted(group, how)[1]!;
  expect([rule.record, rule.isPaused, rule.data.length]).toEqual([{ metric: 'a:b', from: 'query', targetDatasourceUid: 'other' }, false, 1]);
  expect(rule.labels).toEqual({ team: 'group', __converted_prometheus_rule__: 'true' });
});

test('groups that cannot be', () => {
  expect(() => groupFrom({ rules: [] })).toThrow('rule group name must not be empty');
  expect(() => groupFrom({ name: 'a', limit: 5 })).toThrow('limit is not supported');
  expect(() => groupFrom({ name: 'a', interval: 'soon' })).toThrow('not a valid duration string');
});
