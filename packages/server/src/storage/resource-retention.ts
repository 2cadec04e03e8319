/** How much history is kept (apiserver-and-storage §7.5). */
import type { Database } from '../infra/db/database.ts';
import { action } from './resource-rows.ts';
import type { ResourceKey, ResourceType } from './resource-store.ts';

export const versionsMaxDefault = 20;
/** A list that is being read page by page, and a watch, still need versions that were replaced a moment ago. */
const graceMs = 300_000;

/** How many versions of an object of this type are kept; absent: the default. */
export type VersionsToKeep = (type: ResourceType) => number | undefined;

/** Removes what is older than the newest versions of each object. Answers the objects of which there may be more to remove once it is old enough. */
export async function pruneHistory(db: Database, keys: readonly ResourceKey[], now: number, versionsToKeep: VersionsToKeep = () => undefined): Promise<ResourceKey[]> {
  const ofKey = '"group" = ? and resource = ? and namespace = ? and name = ?';
  const nth = db.prepare<{ resource_version: number }>(
    `select resource_version from resource_history where ${ofKey} order by resource_version desc limit 1 offset ?`);
  const remove = db.prepare(`delete from resource_history where ${ofKey} and resource_version < ? and action <> ${action.deleted}`);
  const settledBefore = (now - graceMs) * 1000;
  const unsettled: ResourceKey[] = [];
  for (const key of keys) {
    const { group, resource, namespace, name } = key;
    const oldest = await nth.first(group, resource, namespace, name, (versionsToKeep(key) ?? versionsMaxDefault) - 1);
    if (!oldest) continue;
    await remove.run(group, resource, namespace, name, Math.min(oldest.resource_version, settledBefore));
    if (oldest.resource_version > settledBefore) unsettled.push(key);
  }
  return unsettled;
}
