/** Webhooks of a repository at GitHub, and what happens when it ends. The rest of the controller is tested in whole servers. */
import { expect, test, vi } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { onEveryDatabase } from '../../infra/db/on-every-database.ts';
import { silentLogger } from '../../infra/log/log.ts';
import { createServerLock, serverLockMigrations } from '../../infra/serverlock/serverlock.ts';
import { resourceMigrations } from '../../storage/resource-migrations.ts';
import { createResourceStore } from '../../storage/sql-resource-store.ts';
import type { GithubApi } from './github-api.ts';
import { type GitSyncSettings, type RepositoryStatus, version } from './git-sync.ts';
import { createJobQueue } from './job-queue.ts';
import type { ManagedObjects } from './managed-objects.ts';
import type { RepositoryAccess } from './repository-access.ts';
import { createRepositoryController, repositoryType } from './repository-controller.ts';
import type { RepositoryFiles } from './repository-files.ts';

// The machine may be busy, and its disk slow.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const waiting = { timeout: 60_000, interval: 20 };
const key = { ...repositoryType, namespace: 'default', name: 'r' };

onEveryDatabase('repository controller', (open) => {
  async function start(rootUrl: string) {
    const db = await open([...serverLockMigrations, ...resourceMigrations]);
    const store = createResourceStore({ db, clock: systemClock, log: silentLogger });
    const hooks = new Map<number, { url: string; secret: string }>();
    const api = {
      async saveHook(_: unknown, { url, secret }: { url: string; secret: string; events: readonly string[] }) {
        hooks.set(7, { url, secret });
        return { id: 7, url, events: ['push', 'pull_request'] };
      },
      deleteHook: async (_: unknown, id: number) => void hooks.delete(id),
    } as unknown as GithubApi;
    const secretOf = async (secure: string, name: string) => ((JSON.parse(secure || '{}') as Record<string, { value: string }>)[name]?.value ?? '').replace('sealed ', '');
    const access = {
      files: async () => ({ test: async () => ({ code: 200, success: true }) }) as unknown as RepositoryFiles, github: async () => ({ api, at: { owner: 'ann', repo: 'boards' } }), secret: secretOf, forget: async () => {},
    } as unknown as RepositoryAccess;
    const settings = { rootUrl, resourcesMax: 0, repositoriesMax: 10 } as GitSyncSettings;
    const deps = {
      store, clock: systemClock, log: silentLogger, lock: createServerLock({ db, clock: systemClock }), settings, access, jobs: createJobQueue({ store, clock: systemClock }),
      objects: { counts: async () => [], of: async () => [] } as unknown as ManagedObjects, work: { run: async () => ({ pulled: true, incremental: false }) }, encrypt: async (text: string) => `sealed ${text}`,
    };
    const stop = new AbortController();
    // Two instances on one database.
    const running = [createRepositoryController(deps), createRepositoryController(deps)].map((controller) => controller.run(stop.signal));
    await store.create({
      ...key, apiVersion: version, title: 'R', folder: '', labels: {}, annotations: {}, author: 'user:x', finalizers: ['remove-orphan-resources', 'cleanup'],
      spec: JSON.stringify({ title: 'R', type: 'github', workflows: ['write'], sync: { enabled: false, target: 'folder', intervalSeconds: 60 }, github: { url: 'https://github.com/ann/boards', branch: 'main' } }),
    });
    const status = async (): Promise<RepositoryStatus | undefined> => {
      const stored = await store.get(key);
      return stored && stored.status !== '' ? (JSON.parse(stored.status) as RepositoryStatus) : undefined;
    };
    return {
      store, hooks, status,
      async end() {
        stop.abort(new Error('the test is over'));
        await Promise.all(running);
      },
    };
  }

  test('a public server registers a hook with a secret of its own, and takes it away at the end', async () => {
    const { store, hooks, status, end } = await start('https://grafana.example.org/');
    try {
      await vi.waitFor(async () => expect((await status())?.webhook?.id).toBe(7), waiting);
      const stored = (await store.get(key))!;
      expect(hooks.get(7)?.url).toBe('https://grafana.example.org/apis/provisioning.grafana.app/v0alpha1/namespaces/default/repositories/r/webhook');
      expect(hooks.get(7)?.secret).toMatch(/^[0-9a-f]{64}$/);
      await vi.waitFor(async () => expect((JSON.parse((await store.get(key))!.secure) as { webhookSecret: { value: string } }).webhookSecret.value).toBe(`sealed ${hooks.get(7)!.secret}`), waiting);
      expect(stored.status).not.toContain(hooks.get(7)!.secret);
      await store.delete(key, { author: 'user:x' });
      await vi.waitFor(async () => expect(await store.get(key)).toBeUndefined(), waiting);
      expect(hooks.size).toBe(0);
    } finally {
      await end();
    }
  });

  test('a server that nobody can reach registers none', async () => {
    const { hooks, status, end } = await start('https://192.168.0.7/');
    try {
      await vi.waitFor(async () => expect((await status())?.health.healthy).toBe(true), waiting);
      expect(hooks.size).toBe(0);
    } finally {
      await end();
    }
  });
});
