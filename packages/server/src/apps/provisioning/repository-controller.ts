/**
 * Looks after repositories for as long as the server runs: health, webhooks, the schedule of pulls, and what a deletion leaves. Jobs are worked on
 * by a few workers beside it. Every instance does this; leases decide who does it to which repository.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../infra/clock.ts';
import type { Logger } from '../../infra/log/log.ts';
import type { ServerLock } from '../../infra/serverlock/serverlock.ts';
import type { BackgroundService } from '../../registry/background-service.ts';
import { StatusError } from '../../apiserver/status.ts';
import { repositoryAuthor } from '../../apiserver/managed-writes.ts';
import { parseSecure } from '../../apiserver/secure-values.ts';
import { rfc3339 } from '../../storage/resource-changes.ts';
import { ResourceStoreError, type ResourceStore } from '../../storage/resource-store.ts';
import { finalizers, group, messageOf, repositoryFrom, typeOfResource, type Condition, type GitSyncSettings, type Repository, type RepositoryStatus } from './git-sync.ts';
import type { Job, JobQueue } from './job-queue.ts';
import { JobReport } from './job-report.ts';
import type { createJobWork, Done } from './job-work.ts';
import type { ManagedObjects } from './managed-objects.ts';
import type { RepositoryAccess } from './repository-access.ts';

export const repositoryType = { ...typeOfResource('repositories'), group };

export interface ControllerDeps {
  readonly store: ResourceStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly lock: ServerLock;
  readonly settings: GitSyncSettings;
  readonly access: RepositoryAccess;
  readonly objects: ManagedObjects;
  readonly jobs: JobQueue;
  readonly work: ReturnType<typeof createJobWork>;
  readonly encrypt: (plain: string) => Promise<string>;
}

const lookEveryMs = 5_000;
const healthyForMs = 300_000;
const unhealthyForMs = 60_000;
const workersMax = 3;
const jobMsMax = 20 * 60_000;
const renewEveryMs = 20_000;
const leaseStaleMs = 180_000;
const testMs = 60_000;

export function createRepositoryController({ store, clock, log, lock, settings, access, objects, jobs, work, encrypt }: ControllerDeps): BackgroundService {
  /** Woken by events, and now and then. */
  let wake = () => {};
  let awake = false;
  const nudge = () => {
    awake = true;
    wake();
  };

  async function load({ namespace, name }: Pick<Repository, 'namespace' | 'name'>): Promise<Repository | undefined> {
    const stored = await store.get({ ...repositoryType, namespace, name });
    return stored && repositoryFrom(stored);
  }

  /** Written over what was read meanwhile by others. Undefined when the repository is gone. */
  async function saveStatus(repository: Pick<Repository, 'namespace' | 'name'>, change: (status: RepositoryStatus, now: Repository) => RepositoryStatus): Promise<void> {
    for (;;) {
      const now = await load(repository);
      if (!now) return;
      try {
        await store.update({ ...now.stored, author: repositoryAuthor, status: JSON.stringify(change(now.status, now)) }, now.stored.resourceVersion);
        return;
      } catch (error) {
        if (!(error instanceof ResourceStoreError)) throw error;
      }
    }
  }

  function conditionsOf({ status, stored }: Repository, healthy: boolean, why: string, overQuota: boolean): Condition[] {
    const one = (type: string, on: boolean, reason: string, message: string): Condition => {
      const before = status.conditions?.find((condition) => condition.type === type);
      const value = on ? 'True' : 'False';
      return { type, status: value, observedGeneration: stored.generation, lastTransitionTime: before?.status === value ? before.lastTransitionTime : rfc3339(clock.now()), reason, message };
    };
    return [
      healthy ? one('Ready', true, 'Available', 'Resource is available') : one('Ready', false, 'ServiceUnavailable', why),
      settings.resourcesMax === 0 ? one('ResourceQuota', true, 'QuotaUnlimited', 'No quota limits configured')
        : overQuota ? one('ResourceQuota', false, 'QuotaExceeded', 'Resource quota exceeded') : one('ResourceQuota', true, 'WithinQuota', 'Within resource quota'),
    ];
  }

  async function checkHealth(repository: Repository, signal: AbortSignal): Promise<void> {
    const results = await access.files(repository).then((files) => files.test(AbortSignal.any([signal, AbortSignal.timeout(testMs)]))).catch((error: unknown) => ({
      code: 500, success: false, errors: [{ type: 'InternalError', field: 'spec', detail: error instanceof StatusError ? error.message : 'the repository cannot be opened' }],
    }));
    const problems = results.errors ?? [];
    const told = problems.map(({ field, detail, type }) => `${field}: ${detail ?? type}`);
    const counts = await objects.counts(repository);
    const over = settings.resourcesMax > 0 && counts.reduce((sum, { count }) => sum + count, 0) > settings.resourcesMax;
    const webhook = results.success ? await ensureWebhook(repository, signal) : repository.status.webhook;
    await saveStatus(repository, ({ fieldErrors: _, ...status }, now) => ({
      ...status, observedGeneration: repository.stored.generation, conditions: conditionsOf({ ...now, stored: repository.stored }, results.success, told[0] ?? '', over),
      health: { healthy: results.success, checked: clock.now(), ...(results.success ? {} : { error: 'health', message: told }) },
      ...(problems.length > 0 ? { fieldErrors: problems } : {}), webhook,
      quota: { ...(settings.repositoriesMax > 0 ? { maxRepositories: settings.repositoriesMax } : {}), ...(settings.resourcesMax > 0 ? { maxResourcesPerRepository: settings.resourcesMax } : {}) },
    }));
  }

  /** GitHub can reach us only by a public address. */
  async function ensureWebhook(repository: Repository, signal: AbortSignal): Promise<RepositoryStatus['webhook']> {
    const { spec, status, stored } = repository;
    if (spec.type !== 'github' || !isPublic(settings.rootUrl) || spec.workflows.length === 0) return status.webhook;
    if (status.webhook?.id && status.observedGeneration === stored.generation) return status.webhook;
    try {
      const secret = (await access.secret(stored.secure, 'webhookSecret')) || (await makeSecret(repository));
      const github = (await access.github(repository))!;
      const url = `${settings.rootUrl.replace(/\/$/, '')}/apis/${group}/v0alpha1/namespaces/${repository.namespace}/repositories/${repository.name}/webhook`;
      const hook = await github.api.saveHook(github.at, { ...(status.webhook?.id ? { id: status.webhook.id } : {}), url, secret, events: ['push', 'pull_request'] }, signal);
      return { id: hook.id, url: hook.url, subscribedEvents: hook.events };
    } catch (error) {
      log.warn('A webhook could not be registered', { repository: repository.name, reason: messageOf(error) });
      return status.webhook;
    }
  }

  /** GitHub signs with it; nobody ever sees it again. */
  async function makeSecret({ stored }: Repository): Promise<string> {
    const secret = randomBytes(32).toString('hex');
    const secure = JSON.stringify({ ...parseSecure(stored.secure), webhookSecret: { name: `sv-${randomBytes(10).toString('hex')}`, value: await encrypt(secret) } });
    await store.update({ ...stored, author: repositoryAuthor, secure }, stored.resourceVersion);
    return secret;
  }

  const isPublic = (text: string) => {
    const url = URL.parse(text);
    return url?.protocol === 'https:' && !/^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[|0\.0\.0\.0)/.test(url.hostname) && url.hostname.includes('.');
  };

  async function schedule(repository: Repository): Promise<void> {
    const { spec, status } = repository;
    const { sync } = status;
    if (!spec.sync.enabled || !status.health.healthy || sync.state === 'pending' || sync.state === 'working') return;
    const due = sync.finished === undefined || clock.now() - sync.finished >= spec.sync.intervalSeconds * 1_000;
    if (!due) return;
    try {
      const job = await jobs.add(repository, { action: 'pull', pull: { incremental: sync.lastRef !== undefined } });
      await saveStatus(repository, (now) => (now.sync.state === 'working' ? now : { ...now, sync: { ...now.sync, state: 'pending', job: job.name, scheduled: clock.now() } }));
    } catch (error) {
      // It waits its turn behind the job that is there.
      if (!(error instanceof StatusError && error.code === 409)) throw error;
    }
  }

  async function end(repository: Repository, signal: AbortSignal): Promise<void> {
    const { stored } = repository;
    let left = [...stored.finalizers];
    try {
      for (const finalizer of stored.finalizers) {
        if (finalizer === finalizers.remove) for (const entry of (await objects.of(repository)).toReversed()) await objects.remove(entry);
        else if (finalizer === finalizers.release) for (const entry of await objects.of(repository)) await objects.release(entry);
        else if (finalizer === finalizers.cleanup) await cleanUp(repository, signal);
        else continue;
        left = left.filter((other) => other !== finalizer);
      }
      await store.update({ ...stored, author: repositoryAuthor, finalizers: left }, stored.resourceVersion);
      await access.forget(repository);
    } catch (error) {
      if (error instanceof ResourceStoreError) return;
      const deleteError = messageOf(error);
      if (repository.status.deleteError !== deleteError) await saveStatus(repository, (status) => ({ ...status, deleteError }));
      throw error;
    }
  }

  async function cleanUp(repository: Repository, signal: AbortSignal): Promise<void> {
    await jobs.forget(repository.namespace, repository.name);
    const id = repository.status.webhook?.id;
    if (!id) return;
    try {
      const github = await access.github(repository);
      await github?.api.deleteHook(github.at, id, signal);
    } catch (error) {
      // A token that is no longer good must not keep the repository for ever.
      log.warn('A webhook could not be removed', { repository: repository.name, reason: messageOf(error) });
    }
  }

  /** Ones that failed are left in peace for a while. */
  const later = new Map<string, number>();

  async function reconcile(repository: Repository, signal: AbortSignal): Promise<void> {
    const { status, stored } = repository;
    if (stored.deletionTimestamp > 0) return end(repository, signal);
    const { checked = 0, healthy } = status.health;
    const stale = status.observedGeneration !== stored.generation || clock.now() - checked >= (healthy ? healthyForMs : unhealthyForMs);
    if (stale) await checkHealth(repository, signal);
    const now = stale ? await load(repository) : repository;
    if (now) await schedule(now);
  }

  /** Whether anything is to be done at all, before a lease is taken. */
  function isDue({ status, stored, spec }: Repository): boolean {
    if ((later.get(stored.uid) ?? 0) > clock.now()) return false;
    if (stored.deletionTimestamp > 0) return stored.finalizers.length > 0;
    const { checked = 0, healthy } = status.health;
    if (status.observedGeneration !== stored.generation || clock.now() - checked >= (healthy ? healthyForMs : unhealthyForMs)) return true;
    return spec.sync.enabled && healthy && !['pending', 'working'].includes(status.sync.state) && clock.now() - (status.sync.finished ?? 0) >= spec.sync.intervalSeconds * 1_000;
  }

  async function look(signal: AbortSignal): Promise<void> {
    for await (const stored of store.each(repositoryType, '')) {
      signal.throwIfAborted();
      const repository = repositoryFrom(stored);
      if (!isDue(repository)) continue;
      try {
        await lock.whileLocked(`git-sync ${repository.uid}`, { staleMs: leaseStaleMs }, async () => {
          const now = await load(repository);
          if (now && isDue(now)) await reconcile(now, signal);
        });
        later.delete(repository.uid);
      } catch (error) {
        if (signal.aborted) return;
        later.set(repository.uid, clock.now() + unhealthyForMs / 2);
        log.warn('A repository could not be looked after', { repository: repository.name, namespace: repository.namespace, reason: messageOf(error) });
      }
    }
  }

  // Jobs.

  const running = new Set<Promise<void>>();

  async function startJobs(signal: AbortSignal): Promise<void> {
    while (running.size < workersMax && !signal.aborted) {
      const job = await jobs.claim();
      if (!job) return;
      const done = runJob(job, signal).catch((error: unknown) => log.error('A job of a repository failed', { job: job.name, error })).finally(() => {
        running.delete(done);
        nudge();
      });
      running.add(done);
    }
  }

  async function runJob(claimed: Job, stop: AbortSignal): Promise<void> {
    let job = claimed;
    const started = clock.now();
    const report = new JobReport();
    const lost = new AbortController();
    const signal = AbortSignal.any([stop, lost.signal, AbortSignal.timeout(jobMsMax)]);
    let message = 'working';
    // Renewals wait for each other: each is written over the one before.
    let renewing: Promise<void> = Promise.resolve();
    const renew = () => (renewing = renewing.then(async () => {
      const kept = await jobs.renew(job, report.progress(started, message));
      if (kept) job = kept;
      else lost.abort(new Error('the job was taken away'));
    }));
    const timer = setInterval(() => void renew().catch(() => {}), renewEveryMs);
    const repository = await load({ namespace: job.namespace, name: job.spec.repository });
    let done: Done | undefined;
    try {
      if (!repository || repository.stored.deletionTimestamp > 0) throw new StatusError(404, 'NotFound', 'the repository does not exist any more');
      if (!repository.status.health.healthy && repository.status.health.checked !== undefined) throw new StatusError(400, 'BadRequest', 'the repository is not healthy');
      const pulls = job.spec.action === 'pull' || job.spec.action === 'migrate';
      if (pulls) await saveStatus(repository, (status) => ({ ...status, sync: { ...status.sync, state: 'working', job: job.name, started, finished: undefined, message: null } as RepositoryStatus['sync'] }));
      done = await work.run({
        repository, spec: job.spec, report, signal,
        async step(what) {
          message = what;
          signal.throwIfAborted();
          await renew();
        },
      });
    } catch (error) {
      // Whoever has the job now, or the next start, does it again.
      if (stop.aborted || lost.signal.aborted) return;
      report.failed(undefined, messageOf(error));
      if (!(error instanceof StatusError)) log.warn('A job of a repository was given up', { job: job.name, error });
    } finally {
      clearInterval(timer);
    }
    await renewing.catch(() => {});
    const status = report.end(started, clock.now());
    // The repository first: whoever sees the job finished sees what it did.
    if (repository) {
      const stats = await objects.counts(repository);
      const synced = job.spec.action === 'pull' || done?.pulled;
      await saveStatus(repository, (now) => ({
        ...now, stats,
        ...(synced ? {
          sync: {
            state: status.state, job: job.name, started, finished: clock.now(), message: status.errors ?? null,
            ...(status.state !== 'error' && done?.ref !== undefined ? { lastRef: done.ref } : now.sync.lastRef === undefined ? {} : { lastRef: now.sync.lastRef }),
            ...(done?.incremental ? { incremental: true } : {}),
          },
        } : {}),
      }));
    }
    await jobs.finish(job, status);
  }

  return {
    name: 'git sync',
    async run(signal) {
      const forget = store.onEvent(({ object }) => {
        if (object.group === group) nudge();
      });
      try {
        while (!signal.aborted) {
          awake = false;
          try {
            await look(signal);
            await startJobs(signal);
          } catch (error) {
            if (!signal.aborted) log.warn('Repositories could not be looked after', { error });
          }
          if (awake || signal.aborted) continue;
          const timed = new AbortController();
          await Promise.race([
            clock.sleep(lookEveryMs, AbortSignal.any([signal, timed.signal])).catch(() => {}),
            new Promise<void>((resolve) => {
              wake = resolve;
            }),
          ]);
          timed.abort();
        }
      } finally {
        forget();
        await Promise.allSettled(running);
      }
    },
  };
}
