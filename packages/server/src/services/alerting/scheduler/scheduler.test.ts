import { Registry } from 'prom-client';
import { expect, test, vi } from 'vitest';
import { silentLogger } from '../../../infra/log/log.ts';
import type { AlertRule } from '../rules/alert-rule.ts';
import type { StateManager } from '../state/state-manager.ts';
import { createAlertingMetrics } from './alerting-metrics.ts';
import { Scheduler, type SchedulerDeps } from './scheduler.ts';

const aRule = (more: Partial<AlertRule> = {}): AlertRule => ({
  id: 1, guid: 'g', uid: 'cpu', orgId: 1, version: 1, updated: 0, updatedBy: '', dashboardUid: '', panelId: undefined, title: 'CPU', folderUid: 'box', group: 'g', groupIndex: 1, intervalSeconds: 60,
  condition: 'A', data: [], noDataState: 'NoData', execErrState: 'Error', forMs: 0, keepFiringForMs: 0, labels: { team: 'blue', host: 'a' }, annotations: {}, isPaused: false,
  notificationSettings: undefined, record: undefined, metadata: { simplifiedQuery: false, simplifiedNotifications: false }, missingSeriesEvals: undefined, ...more,
});

function aScheduler() {
  let rules: readonly AlertRule[] = [];
  const reset = vi.fn<StateManager['reset']>(() => ({ moved: [], all: [], alerts: [] }));
  const scheduler = new Scheduler({
    clock: { now: () => 0, sleep: () => Promise.resolve() }, log: silentLogger, folders: { all: () => Promise.resolve(new Map()) }, metrics: createAlertingMetrics(new Registry()),
    rules: { listAll: () => Promise.resolve([...rules]), fingerprint: () => Promise.resolve(JSON.stringify(rules)) },
    states: { reset, ruleKeys: () => [] } as unknown as StateManager, settings: { disabledOrgs: new Set() } as unknown as SchedulerDeps['settings'],
  } as unknown as SchedulerDeps);
  return {
    async save(rule: AlertRule, now: number) {
      rules = [rule];
      await scheduler.refresh(now);
      return reset.mock.calls.splice(0).map(([, uid, at, reason]) => [uid, at, reason]);
    },
  };
}

test('a rule that says another thing is put back; one that says the same in another order is not', async () => {
  const { save } = aScheduler();
  expect(await save(aRule(), 1)).toEqual([]);
  expect(await save(aRule({ version: 2, labels: { host: 'a', team: 'blue' } }), 2)).toEqual([]);
  expect(await save(aRule({ version: 3, annotations: { summary: 'new' }, keepFiringForMs: 5000, intervalSeconds: 30 }), 3)).toEqual([]);
  expect(await save(aRule({ version: 4, labels: { host: 'a', team: 'red' } }), 4)).toEqual([['cpu', 4, 'Updated']]);
  expect(await save(aRule({ version: 5, labels: { host: 'a', team: 'red' }, isPaused: true }), 5)).toEqual([['cpu', 5, 'Paused']]);
});
