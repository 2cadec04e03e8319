import { expect, test, vi } from 'vitest';
import type { Clock } from '../../infra/clock.ts';
import { onEveryDatabase } from '../../infra/db/on-every-database.ts';
import { silentLogger } from '../../infra/log/log.ts';
import { resourceMigrations } from '../../storage/resource-migrations.ts';
import { createResourceStore } from '../../storage/sql-resource-store.ts';
import { newRepositoryStatus, type JobSpec, type Repository } from './git-sync.ts';
import { claimMs, createJobQueue, historicJobType, problemsOfJob } from './job-queue.ts';

// The machine may be busy, and its disk slow.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const repository = (name: string): Repository => ({
  namespace: 'default', name, uid: name, status: newRepositoryStatus, spec: { title: name, type: 'local', workflows: [], sync: { enabled: false, target: 'folder', intervalSeconds: 60 } },
} as unknown as Repository);
const pull = { action: 'pull', pull: {} } as const;

onEveryDatabase('job queue', (open) => {
  async function start() {
    const db = await open(resourceMigrations);
    const time = { now: 1_700_000_000_000 };
    const clock: Clock = { now: () => time.now, sleep: () => new Promise(() => {}) };
    const store = createResourceStore({ db, clock, log: silentLogger });
    return { time, store, queue: createJobQueue({ store, clock }), other: createJobQueue({ store, clock }) };
  }

  test('one job of a repository at a time, whatever it is; other repositories do not wait', async () => {
    const { queue } = await start();
    const first = await queue.add(repository('r1'), pull);
    expect(first.name).toBe('r1-sync');
    await expect(queue.add(repository('r1'), pull)).rejects.toMatchObject({ code: 409, message: 'failed to create job \'r1-sync\' in \'default\': jobs.provisioning.grafana.app "r1-sync" already exists' });
    await expect(queue.add(repository('r1'), { action: 'push', push: {} })).rejects.toMatchObject({ code: 409 });
    await queue.add(repository('r2'), pull);
    expect([(await queue.claim())?.name, (await queue.claim())?.name, await queue.claim()]).toEqual(['r1-sync', 'r2-sync', undefined]);
  });

  test('of two that want a job one gets it; a claim that ran out is taken over, and its owner hears of it', async () => {
    const { queue, other, time } = await start();
    await queue.add(repository('r1'), pull);
    const [a, b] = await Promise.all([queue.claim(), other.claim()]);
    expect([a, b].filter(Boolean)).toHaveLength(1);
    const owner = (a ?? b)!;
    time.now += claimMs - 1;
    expect(await other.claim()).toBeUndefined();
    const kept = await queue.renew(owner, { state: 'working', message: 'going on' });
    time.now += claimMs - 1;
    expect(await other.claim()).toBeUndefined();
    time.now += 2;
    expect((await other.claim())?.name).toBe('r1-sync');
    expect(await queue.renew(kept!, { state: 'working' })).toBeUndefined();
  });

  test('a finished job is history, newest first and not for ever', async () => {
    const { queue, store, time } = await start();
    // Together they are one commit.
    await Promise.all(Array.from({ length: 21 }, (_, i) => store.create({
      ...historicJobType, namespace: 'default', name: `old-${i}`, apiVersion: 'v0alpha1', title: '', folder: '', annotations: {}, labels: { 'provisioning.grafana.app/repository': 'r1' }, spec: '{}', author: 'x',
    })));
    await queue.add(repository('r1'), pull);
    time.now += 1_000;
    await queue.finish((await queue.claim())!, { state: 'success', message: 'the newest' });
    const finished = await queue.finished('default', 'r1');
    expect(finished).toHaveLength(20);
    expect(JSON.parse(finished[0]!.status)).toMatchObject({ message: 'the newest' });
    expect(finished[0]!.labels).toMatchObject({ 'provisioning.grafana.app/repository': 'r1', 'provisioning.grafana.app/original-uid': expect.any(String) });
    await queue.forget('default', 'r1');
    expect(await queue.finished('default', 'r1')).toEqual([]);
  });
});

test.each<[object, string]>([
  [{ action: 'dance' }, 'spec.action'], [{}, 'spec.action'], [{ action: 'pull' }, 'spec.pull'], [{ action: 'delete', delete: {} }, 'spec.delete'],
  [{ action: 'delete', delete: { paths: ['../x'] } }, 'spec.delete.paths[0]'], [{ action: 'delete', delete: { resources: [{ name: 'x' }] } }, 'spec.delete.resources[0].kind'],
  [{ action: 'move', move: { targetPath: 'x', paths: ['a.json'] } }, 'spec.move.targetPath'], [{ action: 'move', move: { targetPath: '../x/', paths: ['a.json'] } }, 'spec.move.targetPath'],
  [{ action: 'push', push: { branch: 'a..b' } }, 'spec.push.branch'], [{ action: 'push', push: { path: '/etc' } }, 'spec.push.path'],
])('%j is refused because of %s', (spec, field) => {
  expect(problemsOfJob({ repository: 'r', ...spec } as JobSpec).map((problem) => problem.field)).toEqual([field]);
});
