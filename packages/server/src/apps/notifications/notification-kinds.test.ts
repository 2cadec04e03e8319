import { expect, test } from 'vitest';
import { openTestDatabase } from '../../infra/db/test-database.ts';
import { resourceMigrations } from '../../storage/resource-migrations.ts';
import { nobody } from '../../web/identity.ts';
import { person, startTestApi } from '../../apiserver/test-api.ts';
import { notificationKinds } from './notification-kinds.ts';

const uidOf = (name: string) => Buffer.from(name).toString('base64url');

test('a time interval is renamed by its uid, as the provisioning routes rename', async () => {
  const asked: unknown[][] = [];
  const night = { name: 'night', time_intervals: [], version: 'v1', provenance: '' as const };
  const notifications = {
    intervals: async () => [night],
    updateInterval: async (...args: unknown[]) => {
      asked.push(args);
      return { ...night, ...(args[2] as object), version: 'v2' };
    },
  };
  const all = { ...nobody.permissions, has: () => true };
  const api = await startTestApi({
    db: await openTestDatabase(resourceMigrations), kinds: notificationKinds({ notifications } as unknown as Parameters<typeof notificationKinds>[0]), guests: { keeper: person('keeper', 10, 'Admin', { permissions: all }) },
  });
  try {
    const path = `/apis/notifications.alerting.grafana.app/v0alpha1/namespaces/default/timeintervals/${uidOf('night')}`;
    const { json } = await api.call('keeper', 'PATCH', path, { spec: { name: 'day' } });
    expect(json).toMatchObject({ metadata: { name: uidOf('day'), resourceVersion: 'v2' }, spec: { name: 'day' } });
    expect(asked).toEqual([[1, uidOf('night'), { name: 'day', time_intervals: [] }, expect.any(String), '']]);
  } finally {
    await api.close();
  }
});
