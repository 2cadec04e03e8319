/**
 * Jobs are objects that wait in the resource store. Whoever works on one has a claim on it: a label with the time until which the claim is good,
 * written only over the version that was read. A claim that ran out belonged to somebody who died, and the job is done again.
 */
import { randomBytes } from 'node:crypto';
import { alreadyExists, causes, invalid, StatusError, type StatusCause } from '../../apiserver/status.ts';
import { repositoryAuthor } from '../../apiserver/managed-writes.ts';
import type { Clock } from '../../infra/clock.ts';
import { ResourceStoreError, type ResourceStore, type ResourceWrite, type StoredResource } from '../../storage/resource-store.ts';
import { isBranchName } from './git-files.ts';
import type { JobArchive } from './job-archive.ts';
import { group, jobActions, labels, typeOfResource, version, type JobSpec, type JobStatus, type Repository } from './git-sync.ts';
import { isDirectory, objectionToPath } from './safe-path.ts';

export const jobType = { ...typeOfResource('jobs'), group };
export const historicJobType = { ...typeOfResource('historicjobs'), group };
const named = { group, kind: 'Job', plural: 'jobs' };

export interface Job {
  readonly namespace: string;
  readonly name: string;
  readonly spec: JobSpec;
  readonly status: JobStatus;
  readonly stored: StoredResource;
}

export interface JobQueue {
  /** Throws a 409 while another job of the repository waits or runs. `name` for those that may stand beside others. */
  add(repository: Repository, spec: Omit<JobSpec, 'repository'>, options?: { name?: string; author?: string }): Promise<StoredResource>;
  /** A waiting job for this worker, none if there is none. */
  claim(): Promise<Job | undefined>;
  /** Keeps the claim, and tells how far the work is. Answers the job as it is now; undefined when the claim was lost or the job was deleted. */
  renew(job: Job, status: JobStatus): Promise<Job | undefined>;
  /** The job becomes history. */
  finish(job: Job, status: JobStatus): Promise<void>;
  /** Finished jobs of a repository, newest first. */
  finished(namespace: string, repository: string): Promise<readonly StoredResource[]>;
  /** Of a repository that is gone. */
  forget(namespace: string, repository: string): Promise<void>;
}

export const claimMs = 60_000;
const finishedMax = 20;
const jobNameLengthMax = 253;

export const jobFrom = (stored: StoredResource): Job => ({
  namespace: stored.namespace, name: stored.name, spec: JSON.parse(stored.spec) as JobSpec, stored,
  status: stored.status === '' ? { state: 'pending' } : (JSON.parse(stored.status) as JobStatus),
});

/** `r1-sync`: pulls have the name of what they do. */
export const jobNameOf = (repository: string, action: string): string => `${repository}-${action === 'pull' ? 'sync' : action}`.slice(0, jobNameLengthMax);

/** `archive`: where finished jobs are kept for longer. */
export function createJobQueue({ store, clock, archive }: { store: ResourceStore; clock: Pick<Clock, 'now'>; archive?: JobArchive | undefined }): JobQueue {
  async function each(type: typeof jobType, namespace: string): Promise<StoredResource[]> {
    const found: StoredResource[] = [];
    for await (const stored of store.each(type, namespace)) found.push(stored);
    return found;
  }

  const writeOf = (stored: StoredResource, more: Partial<ResourceWrite>): ResourceWrite => ({ ...stored, author: repositoryAuthor, ...more } as ResourceWrite);

  /** Undefined when somebody else was faster. */
  async function put(stored: StoredResource, more: Partial<ResourceWrite>): Promise<Job | undefined> {
    try {
      return jobFrom(await store.update(writeOf(stored, more), stored.resourceVersion));
    } catch (error) {
      if (error instanceof ResourceStoreError) return undefined;
      throw error;
    }
  }

  const remembered = async (namespace: string, repository: string): Promise<readonly StoredResource[]> =>
    (await each(historicJobType, namespace)).filter((stored) => stored.labels[labels.repository] === repository).sort((a, b) => b.created - a.created || b.resourceVersion - a.resourceVersion);

  const claimUntil = () => String(clock.now() + claimMs);

  return {
    async add(repository, given, { name, author = repositoryAuthor } = {}) {
      const spec = { ...given, repository: repository.name };
      const wanted = name ?? jobNameOf(repository.name, String(spec.action));
      const failed = (error: StatusError) => new StatusError(error.code, error.reason, `failed to create job '${wanted}' in '${repository.namespace}': ${error.message}`, error.details);
      const problems = problemsOfJob(spec);
      if (problems.length > 0) throw failed(invalid(named, wanted, problems));
      const active = (await each(jobType, repository.namespace)).find((stored) => jobFrom(stored).spec.repository === repository.name);
      if (active && (name === undefined || active.name === wanted)) throw failed(alreadyExists(named, active.name));
      try {
        return await store.create({
          ...jobType, namespace: repository.namespace, name: wanted, apiVersion: version, title: '', folder: '', annotations: {}, labels: { [labels.repository]: repository.name },
          spec: JSON.stringify(spec), status: JSON.stringify({ state: 'pending' } satisfies JobStatus), author,
        });
      } catch (error) {
        if (error instanceof ResourceStoreError && error.kind === 'already-exists') throw failed(alreadyExists(named, wanted));
        throw error;
      }
    },
    async claim() {
      const jobs = (await each(jobType, '')).filter(({ deletionTimestamp }) => deletionTimestamp === 0).sort((a, b) => a.created - b.created);
      const isClaimed = (stored: StoredResource) => Number(stored.labels[labels.claim] ?? 0) > clock.now();
      const busy = new Set(jobs.filter(isClaimed).map((stored) => `${stored.namespace}/${jobFrom(stored).spec.repository}`));
      for (const stored of jobs) {
        // Jobs of one repository would write the same objects.
        if (isClaimed(stored) || busy.has(`${stored.namespace}/${jobFrom(stored).spec.repository}`)) continue;
        const status: JobStatus = { state: 'working', started: clock.now() };
        const claimed = await put(stored, { labels: { ...stored.labels, [labels.claim]: claimUntil() }, status: JSON.stringify(status) });
        if (claimed) return claimed;
      }
      return undefined;
    },
    async renew({ stored }, status) {
      return put(stored, { labels: { ...stored.labels, [labels.claim]: claimUntil() }, status: JSON.stringify(status) });
    },
    async finish({ stored }, status) {
      const { [labels.claim]: _, ...kept } = stored.labels;
      const { namespace } = stored;
      const done = await store.create({
        ...historicJobType, namespace, name: `${stored.name.slice(0, jobNameLengthMax - 14)}-${randomBytes(6).toString('hex')}`, apiVersion: version, title: '', folder: '', annotations: stored.annotations,
        labels: { ...kept, [labels.originalUid]: stored.uid }, spec: stored.spec, status: JSON.stringify(status), author: repositoryAuthor,
      });
      archive?.add(done);
      await store.delete(stored, { author: repositoryAuthor }).catch(unlessGone);
      const old = (await remembered(namespace, jobFrom(stored).spec.repository)).slice(finishedMax);
      for (const job of old) await store.delete(job, { author: repositoryAuthor }).catch(unlessGone);
    },
    finished: async (namespace, repository) => (await archive?.of(namespace, repository)) ?? remembered(namespace, repository),
    async forget(namespace, repository) {
      for (const type of [jobType, historicJobType]) {
        for (const job of await each(type, namespace)) if (job.labels[labels.repository] === repository) await store.delete(job, { author: repositoryAuthor }).catch(unlessGone);
      }
    },
  };
}

function unlessGone(error: unknown): void {
  if (!(error instanceof ResourceStoreError)) throw error;
}

/** What is wrong with a job, as it is told. */
export function problemsOfJob(spec: JobSpec): StatusCause[] {
  const { action } = spec;
  const needs = (options: unknown): StatusCause[] => (options === undefined || options === null ? [causes.required(`spec.${action}`, `${action} options required for ${action} action`)] : []);
  if (!(action as string)) return [causes.required('spec.action', 'action must be specified')];
  if (!jobActions.includes(action)) return [causes.invalid('spec.action', action, 'invalid action')];
  const missing = needs(spec[action]);
  if (missing.length > 0) return missing;
  switch (action) {
    case 'pull': case 'migrate': case 'pr': return [];
    case 'push': return [...branchProblems('spec.push.branch', spec.push?.branch), ...pathProblems('spec.push.path', spec.push?.path)];
    case 'delete': return [...branchProblems('spec.delete.ref', spec.delete?.ref), ...targetProblems('spec.delete', spec.delete)];
    case 'move': {
      const target = spec.move?.targetPath ?? '';
      const bad = target === '' ? [causes.required('spec.move.targetPath', 'target path is required')]
        : isDirectory(target) ? pathProblems('spec.move.targetPath', target) : [causes.invalid('spec.move.targetPath', target, 'target path must be a directory (should end with \'/\')')];
      return [...branchProblems('spec.move.ref', spec.move?.ref), ...bad, ...targetProblems('spec.move', spec.move)];
    }
    default: return action satisfies never;
  }
}

const branchProblems = (field: string, branch = ''): StatusCause[] => (branch === '' || isBranchName(branch) ? [] : [causes.invalid(field, branch, 'invalid git branch name')]);

function pathProblems(field: string, path = ''): StatusCause[] {
  const objection = objectionToPath(path);
  return objection ? [causes.invalid(field, path, objection)] : [];
}

function targetProblems(field: string, { paths = [], resources = [] }: NonNullable<JobSpec['delete']> = {}): StatusCause[] {
  if (paths.length + resources.length === 0) return [causes.required(field, 'at least one path or resource must be specified')];
  return [
    ...paths.flatMap((path, i) => (path === '' ? [causes.required(`${field}.paths[${i}]`, 'a path must be given')] : pathProblems(`${field}.paths[${i}]`, path))),
    ...resources.flatMap(({ name, kind }, i) => [
      ...(name ? [] : [causes.required(`${field}.resources[${i}].name`, 'resource name is required')]),
      ...(kind ? [] : [causes.required(`${field}.resources[${i}].kind`, 'resource kind is required')]),
    ]),
  ];
}
