/** Empties the trash of what has lain there long enough (apiserver-and-storage §7.5). Off unless the settings say otherwise: whoever deletes by mistake may notice late. */
import type { Clock } from '../infra/clock.ts';
import type { Database } from '../infra/db/database.ts';
import type { Logger } from '../infra/log/log.ts';
import type { BackgroundService } from '../registry/background-service.ts';
import { action } from './resource-rows.ts';
import type { ResourceType } from './resource-store.ts';
import { dashboardType } from './search/content-entry.ts';

export interface TrashCollectorDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: { readonly intervalMs: number; readonly batchSize: number; readonly maxAgeMs: number; readonly dashboardsMaxAgeMs: number };
}

/** How long an object of a type stays in the trash. */
export const trashMaxAgeMs = (settings: Pick<TrashCollectorDeps['settings'], 'maxAgeMs' | 'dashboardsMaxAgeMs'>) => ({ group, resource }: ResourceType): number =>
  (group === dashboardType.group && resource === dashboardType.resource ? settings.dashboardsMaxAgeMs : settings.maxAgeMs);

export function createTrashCollector({ db, clock, log, settings }: TrashCollectorDeps): BackgroundService {
  const maxAgeMs = trashMaxAgeMs(settings);
  return {
    name: 'trash collector',
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(settings.intervalMs, signal).catch(() => {});
        if (signal.aborted) return;
        try {
          const erased = await emptyTrash(db, { now: clock.now(), maxAgeMs, batchSize: settings.batchSize });
          if (erased > 0) log.debug('Emptied the trash', { erased });
        } catch (error) {
          log.warn('Could not empty the trash', { error });
        }
      }
    },
  };
}

/** Erases objects, history and all, that were deleted longer ago than their type allows. Answers how many. */
export async function emptyTrash(db: Database, { now, maxAgeMs, batchSize }: { now: number; maxAgeMs: (type: ResourceType) => number; batchSize: number }): Promise<number> {
  const same = 'x."group" = h."group" and x.resource = h.resource and x.namespace = h.namespace and x.name = h.name';
  const types = await db.prepare<ResourceType>('select "group", resource from resource_version').all();
  // The last thing that is known of an object is that it was deleted.
  const expired = db.prepare<{ namespace: string; name: string; resource_version: number }>(
    `select namespace, name, resource_version from resource_history h where "group" = ? and resource = ? and action = ${action.deleted} and resource_version < ?
      and not exists (select 1 from resource_history x where ${same} and x.resource_version > h.resource_version) order by resource_version limit ${Math.trunc(batchSize)}`);
  const erase = db.prepare('delete from resource_history where "group" = ? and resource = ? and namespace = ? and name = ? and resource_version <= ?');
  let erased = 0;
  for (const type of types) {
    for (;;) {
      const batch = await expired.all(type.group, type.resource, (now - maxAgeMs(type)) * 1000);
      for (const { namespace, name, resource_version } of batch) await erase.run(type.group, type.resource, namespace, name, resource_version);
      erased += batch.length;
      if (batch.length < batchSize) break;
    }
  }
  return erased;
}
