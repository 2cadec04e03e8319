import { expect, test } from 'vitest';
import { readAlertingSettings } from './alerting-settings.ts';
import { loadIni } from './ini.ts';

const read = (text: string) => readAlertingSettings(loadIni({ defaults: { text, file: 'defaults.ini' }, env: {} })).history;
const history = (keys: string) => read(`[unified_alerting.state_history]\n${keys}\n`);

test('annotations keep the state history unless something else is said', () => {
  expect(read('').backends).toEqual(['annotations']);
  expect(history('backend = multiple\nprimary = loki\nsecondaries = annotations prometheus\nloki_remote_url = http://loki:3100/\nprometheus_target_datasource_uid = prom').backends).toEqual(['loki', 'annotations', 'prometheus']);
});

test('Loki is read and written where it is said, credentials kept to itself', () => {
  const { loki } = history('backend = loki\nloki_remote_url = http://loki:3100/\nloki_remote_write_url = http://writer/\nloki_basic_auth_password = hush');
  expect([loki.readUrl, loki.writeUrl, loki.queryBytesMax, loki.password.reveal()]).toEqual(['http://loki:3100', 'http://writer', 65_536, 'hush']);
  expect(JSON.stringify(loki)).not.toContain('hush');
});

test.each([
  ['backend = sql', /backend/], ['backend = loki', /loki_remote_read_url/], ['backend = prometheus', /prometheus_target_datasource_uid/], ['backend = multiple\nprimary = annotations\nsecondaries = sql', /secondaries/], ['backend = multiple', /primary/],
])('%j ends the start', (keys, where) => expect(() => history(keys)).toThrow(where));

test('what is off needs nothing', () => expect(history('enabled = false\nbackend = loki').enabled).toBe(false));
