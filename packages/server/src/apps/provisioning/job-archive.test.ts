import { expect, test, vi } from 'vitest';
import type { Clock } from '../../infra/clock.ts';
import { openSqlite } from '../../infra/db/open-database.ts';
import { migrate } from '../../infra/db/migrator.ts';
import { silentLogger } from '../../infra/log/log.ts';
import { resourceMigrations } from '../../storage/resource-migrations.ts';
import { createResourceStore } from '../../storage/sql-resource-store.ts';
import { labels, newRepositoryStatus, type Repository } from './git-sync.ts';
import { createJobArchive } from './job-archive.ts';
import { createJobQueue } from './job-queue.ts';

test('finished jobs are read from Loki, all of them; where it does not answer, the last ones from the store', async () => {
  const db = openSqlite(':memory:');
  await migrate(db, resourceMigrations);
  const time = { now: 1_700_000_000_000 };
  const clock: Clock = { now: () => time.now, sleep: () => new Promise(() => {}) };
  const pushed: { stream: Readonly<Record<string, string>>; line: string; at: number }[] = [];
  const asked: string[] = [];
  let answers = true;
  const loki = {
    push: async (stream: Readonly<Record<string, string>>, lines: readonly string[], at: number) => void pushed.push(...lines.map((line) => ({ stream, line, at }))),
    async lines(query: string) {
      asked.push(query);
      if (!answers) throw new Error('no Loki');
      return [...pushed.map(({ line, at }) => ({ at: BigInt(at), line, labels: {} })), { at: 0n, line: 'not ours', labels: {} }];
    },
  };
  const store = createResourceStore({ db, clock, log: silentLogger });
  const queue = createJobQueue({ store, clock, archive: createJobArchive({ loki, log: silentLogger, now: clock.now, repositoryLabel: labels.repository }) });
  const repository = { namespace: 'default', name: 'r1', uid: 'u', status: newRepositoryStatus, spec: { title: 'R', type: 'local', workflows: [], sync: { enabled: false, target: 'folder', intervalSeconds: 60 } } } as unknown as Repository;
  const uids: string[] = [];
  for (let n = 0; n < 2; n++) {
    time.now += 1_000;
    uids.push((await queue.add(repository, { action: 'pull', pull: {} })).uid);
    await queue.finish((await queue.claim())!, { state: 'success', message: `pull ${n}` });
  }
  await vi.waitFor(() => expect(pushed).toHaveLength(2), { timeout: 60_000 });
  expect(pushed[0]!.stream).toEqual({ service_name: 'grafana-provisioning', from: 'job-history', namespace: 'default', repository: 'r1' });
  const shown = async () => (await queue.finished('default', 'r1')).map((job) => [job.labels[labels.originalUid], (JSON.parse(job.status) as { message: string }).message]);
  expect(await shown()).toEqual([[uids[1], 'pull 1'], [uids[0], 'pull 0']]);
  expect(asked).toEqual(['{from="job-history",namespace="default",repository="r1"}']);
  answers = false;
  expect(await shown()).toEqual([[uids[1], 'pull 1'], [uids[0], 'pull 0']]);
  await db.close();
});
