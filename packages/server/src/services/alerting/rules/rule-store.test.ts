import { expect, test } from 'vitest';
import { openTestDatabase } from '../../../infra/db/test-database.ts';
import type { AlertRule } from './alert-rule.ts';
import { ruleMigrations } from './rule-migrations.ts';
import { createRuleStore } from './rule-store.ts';

const aRule = (uid: string, version: number): AlertRule => ({
  id: 0, guid: `guid-${uid}`, uid, orgId: 1, version, updated: 0, updatedBy: '', dashboardUid: '', panelId: undefined, title: uid, folderUid: 'box', group: 'g', groupIndex: 1, intervalSeconds: 60,
  condition: 'A', data: [], noDataState: 'NoData', execErrState: 'Error', forMs: 0, keepFiringForMs: 0, labels: {}, annotations: {}, isPaused: false,
  notificationSettings: undefined, record: undefined, metadata: { simplifiedQuery: false, simplifiedNotifications: false }, missingSeriesEvals: undefined,
});

test('the latest version of a rule is the largest that was written, its trash aside', async () => {
  const store = createRuleStore(await openTestDatabase(ruleMigrations));
  for (const version of [1, 2, 5]) await store.addVersion(aRule('a', version), '');
  await store.addVersion(aRule('b', 1), '');
  await store.addToTrash(aRule('a', 9), 1000, '');
  expect(await store.latestVersions(1, ['guid-a', 'guid-b', 'guid-c'])).toEqual(new Map([['guid-a', 5], ['guid-b', 1]]));
  expect(await store.latestVersions(2, ['guid-a'])).toEqual(new Map());
  expect((await store.trash(1)).map(({ version }) => version)).toEqual([9]);
});
