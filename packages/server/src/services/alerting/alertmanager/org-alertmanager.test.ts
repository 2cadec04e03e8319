import { Registry } from 'prom-client';
import { expect, test, vi } from 'vitest';
import { systemClock } from '../../../infra/clock.ts';
import { silentLogger } from '../../../infra/log/log.ts';
import type { Delivery } from '../history/notification-history.ts';
import { NotifyError, type Integration } from '../receivers/integration.ts';
import type { NotificationTemplates } from '../templates/notification-templates.ts';
import { createAlertmanagerMetrics } from './alertmanager-metrics.ts';
import { createNotificationLog } from './notification-log.ts';
import { OrgAlertmanager } from './org-alertmanager.ts';
import { Silences } from './silences.ts';

test('whoever listens hears of every delivery, whether it arrived, and after how many attempts', async () => {
  const delivered: Delivery[] = [];
  // No attempt waits for the next; the group does.
  const clock = { now: systemClock.now, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms < 60_000 ? 0 : ms, signal) };
  const am = new OrgAlertmanager({
    orgId: 3, clock, log: silentLogger, notificationLog: createNotificationLog(undefined), externalUrl: 'http://grafana/', appVersion: '12.4.0', logRetentionMs: 3_600_000, metrics: createAlertmanagerMetrics(new Registry()),
    silences: new Silences({ now: clock.now, limits: { countMax: 0, bytesMax: 0 }, save: async () => {} }, undefined), delivered: (delivery) => void delivered.push(delivery),
  });
  let attempts = 0;
  const integration = (index: number, notify: Integration['notify']): Integration => ({ uid: `i${index}`, type: 'webhook', index, sendResolved: true, notify });
  const receiver = {
    name: 'ops',
    integrations: [
      integration(0, async () => {
        if (++attempts < 2) throw new NotifyError('busy', { retryable: true });
      }),
      integration(1, () => Promise.reject(new NotifyError('no such address'))),
    ],
  };
  await am.apply({
    config: { template_files: null, alertmanager_config: { route: { receiver: 'ops', group_by: ['alertname'], group_wait: '0s', group_interval: '1h', repeat_interval: '1h' }, receivers: [{ name: 'ops' }] } },
    hash: '', settings: [], receivers: [receiver], templates: {} as NotificationTemplates,
  });
  am.put([{ labels: { alertname: 'CPU', __alert_rule_uid__: 'cpu' }, annotations: {}, generatorURL: '', startsAt: clock.now(), endsAt: clock.now() + 600_000 }]);
  await vi.waitFor(() => expect(delivered).toHaveLength(2), { timeout: 60_000 });
  await am.stop();
  const [arrived, failed] = delivered.toSorted((a, b) => a.integrationIndex - b.integrationIndex);
  expect(arrived).toMatchObject({ orgId: 3, receiver: 'ops', integration: 'webhook', groupLabels: { alertname: 'CPU' }, retried: true, error: '', alerts: [{ labels: { alertname: 'CPU' } }] });
  expect(failed).toMatchObject({ integrationIndex: 1, retried: false, error: 'no such address' });
});
