/** Where content is kept (apiserver-and-storage §1.4 `storage_type`): the server's own database, a file of its own, or a storage server. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
// Its errors are in the manual, whether or not it is used.
import '../apiserver/storage-client/storage-client.ts';
import { forgetValues, storageServerMigrations } from '../apiserver/storage-server/value-store.ts';
import type { Clock } from '../infra/clock.ts';
import type { Database } from '../infra/db/database.ts';
import { migrate } from '../infra/db/migrator.ts';
import { openSqlite } from '../infra/db/open-database.ts';
import type { Logger } from '../infra/log/log.ts';
import type { BackgroundService } from '../registry/background-service.ts';
import type { ContentPlace, UnifiedStorageSettings } from '../setting/unified-storage-settings.ts';
import { resourceMigrations } from '../storage/resource-migrations.ts';
import { typeName } from '../storage/resource-rows.ts';
import type { VersionsToKeep } from '../storage/resource-retention.ts';
import type { ResourceStore, ResourceType } from '../storage/resource-store.ts';
import { createResourceStore } from '../storage/sql-resource-store.ts';
import { createTrashCollector, trashMaxAgeMs } from '../storage/trash-collector.ts';
import { createFairQueue, takingTurns } from '../storage/fair-queue.ts';
import { dashboardType } from '../storage/search/content-entry.ts';
import { countStored, type StoredCounts } from '../storage/stored-counts.ts';
import type { Teardown } from './teardown.ts';

/** A start waits so long for a storage server, and asks it again after a pause. */
const firstAnswerMsMax = 60_000;
const firstAnswerPauseMs = 500;
const playlistType = { group: 'playlist.grafana.app', resource: 'playlists' };

export interface ContentStore {
  readonly store: ResourceStore;
  /** Before the first thing is read or written: a storage server that starts at the same time is given a moment. */
  ready(): Promise<void>;
  /** Versions are not counted where a storage server has them. */
  counts(): Promise<StoredCounts>;
  /** Of an organization that is gone. */
  forgetNamespace(namespace: string): Promise<void>;
}

export interface ContentStoreDeps {
  readonly settings: UnifiedStorageSettings;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly teardown: Teardown;
  readonly backgroundServices: BackgroundService[];
  readonly versionsToKeep?: VersionsToKeep;
  readonly checkQuota?: (type: ResourceType, namespace: string) => Promise<void>;
  /** Asked where content is elsewhere. */
  readonly namespaces: () => Promise<readonly string[]>;
  /** Types that somebody listens to. */
  readonly followed: readonly ResourceType[];
}

export async function openContentStore({ settings, db: own, clock, log, teardown, backgroundServices, versionsToKeep, checkQuota, namespaces, followed }: ContentStoreDeps): Promise<ContentStore> {
  const { place } = settings;
  if (place.kind === 'server') {
    const [{ createStorageChannel }, { createRemoteResourceStore }, { createSecureVault }] = await Promise.all([
      import('../apiserver/storage-client/storage-channel.ts'), import('../apiserver/storage-client/remote-resource-store.ts'), import('../apiserver/storage-client/secure-vault.ts'),
    ]);
    const remote = createRemoteResourceStore({
      channel: createStorageChannel({ settings: place, clock }), clock, log: log.child('storage-client'), vault: createSecureVault(own), namespaces, followed, ...(checkQuota && { checkQuota }),
    });
    teardown.add('storage client', () => remote.close());
    backgroundServices.push(remote);
    return {
      store: remote, ready: () => answering(remote, place.address, clock, log), forgetNamespace: (namespace) => remote.purgeNamespace(namespace),
      async counts() {
        const counts = await Promise.all([...followed, playlistType].map(async (type) => [typeName(type), await remote.count(type, '')] as const));
        return { objects: new Map(counts), dashboardVersions: 0 };
      },
    };
  }
  const db = await contentDatabase(place, own, teardown);
  const store = contentStoreOn(db, { settings, clock, log, backgroundServices, ...(checkQuota && { checkQuota }), ...(versionsToKeep && { versionsToKeep }) });
  return {
    store, ready: async () => {}, counts: () => countStored(db),
    async forgetNamespace(namespace) {
      await store.purgeNamespace(namespace);
      await forgetValues(db, namespace);
    },
  };
}

/** Whoever is not there after a while is done without. */
async function answering(store: Pick<ResourceStore, 'currentVersion'>, address: string, clock: Clock, log: Logger): Promise<void> {
  const until = clock.now() + firstAnswerMsMax;
  for (;;) {
    try {
      await store.currentVersion(dashboardType);
      return;
    } catch (error) {
      if (clock.now() > until) return log.warn('The storage server does not answer; what needs content fails until it does', { address, error });
      log.info('Waiting for the storage server', { address });
    }
    await clock.sleep(firstAnswerPauseMs);
  }
}

/** The store on a database, with what it does in the background. */
export function contentStoreOn(db: Database, deps: Pick<ContentStoreDeps, 'settings' | 'clock' | 'log' | 'backgroundServices' | 'versionsToKeep' | 'checkQuota'>): ResourceStore {
  const { settings: { trash, turns }, clock, log, backgroundServices, checkQuota, versionsToKeep } = deps;
  const store = createResourceStore({
    db, clock, log: log.child('resource-store'), ...(trash.emptied && { trashMaxAgeMs: trashMaxAgeMs(trash) }), ...(checkQuota && { checkQuota }), ...(versionsToKeep && { versionsToKeep }),
  });
  backgroundServices.push(store);
  if (trash.emptied) backgroundServices.push(createTrashCollector({ db, clock, log: log.child('trash'), settings: trash }));
  return turns ? takingTurns(store, createFairQueue(turns)) : store;
}

/** The database of the server, or one beside it that holds content only. */
export async function contentDatabase(place: Exclude<ContentPlace, { kind: 'server' }>, own: Database, teardown: Teardown): Promise<Database> {
  if (place.kind === 'database') return own;
  mkdirSync(place.directory, { recursive: true });
  const db = openSqlite(join(place.directory, 'resources.db'));
  teardown.add('content file', () => db.close());
  await migrate(db, [...resourceMigrations, ...storageServerMigrations], { locking: true, lockTimeoutSeconds: 0 });
  return db;
}
