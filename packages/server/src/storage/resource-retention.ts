/** How much history is kept (apiserver-and-storage §7.5). */
import type { Database } from '../infra/db/database.ts';
import { action } from './resource-rows.ts';
import type { ResourceKey } from './resource-store.ts';

export const versionsMax = 20;
/** A list that is being read page by page, and a watch, still need versions that were replaced a moment ago. */
const graceMs = 300_000;

/** Removes what is older than the newest `versionsMax` versions of each object. */
export async function pruneHistory(db: Database, keys: readonly ResourceKey[], now: number): Promise<void> {
  const ofKey = '"group" = ? and resource = ? and namespace = ? and name = ?';
  const nth = db.prepare<{ resource_version: number }>(
    `select resource_version from resource_history where ${ofKey} order by resource_version desc limit 1 offset ${versionsMax - 1}`);
  const remove = db.prepare(`delete from resource_history where ${ofKey} and resource_version < ? and action <> ${action.deleted}`);
  for (const { group, resource, namespace, name } of keys) {
    const oldest = await nth.first(group, resource, namespace, name);
    if (oldest) await remove.run(group, resource, namespace, name, Math.min(oldest.resource_version, (now - graceMs) * 1000));
  }
}
