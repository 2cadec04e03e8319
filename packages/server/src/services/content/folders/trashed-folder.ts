/** What lies in the trash because one folder was deleted (dashboards-and-content §14.4; the reference restores single dashboards only). */
import type { ResourceStore, ResourceType, StoredResource } from '../../../storage/resource-store.ts';
import { dashboardType, folderType, managerOf } from '../../../storage/search/content-entry.ts';

export interface TrashedFolder {
  readonly top: StoredResource;
  /** Parents before what is in them. */
  readonly folders: readonly StoredResource[];
  readonly dashboards: readonly StoredResource[];
}

/** A deletion deletes what is inside first, one after the other; what went earlier, or by somebody else, was deleted for its own sake. */
const oneDeletionMs = 10 * 60_000;

export async function trashedFolder(store: Pick<ResourceStore, 'trash'>, namespace: string, uid: string): Promise<TrashedFolder | undefined> {
  const folders = await allTrash(store, folderType, namespace);
  const top = folders.find(({ name }) => name === uid);
  if (!top) return undefined;
  const together = (object: StoredResource) =>
    object.updatedBy === top.updatedBy && object.deletionTimestamp <= top.deletionTimestamp && object.deletionTimestamp > top.deletionTimestamp - oneDeletionMs && managerOf(object.annotations) === undefined;
  const below: StoredResource[] = [];
  const names = new Set([uid]);
  for (let level: readonly StoredResource[] = [top]; level.length > 0;) {
    const parents = new Set(level.map(({ name }) => name));
    level = folders.filter((folder) => parents.has(folder.folder) && !names.has(folder.name) && together(folder));
    for (const folder of level) names.add(folder.name);
    below.push(...level);
  }
  const dashboards = (await allTrash(store, dashboardType, namespace)).filter((dashboard) => names.has(dashboard.folder) && together(dashboard));
  return { top, folders: below, dashboards };
}

async function allTrash(store: Pick<ResourceStore, 'trash'>, type: ResourceType, namespace: string): Promise<StoredResource[]> {
  const found: StoredResource[] = [];
  for (let continueToken = ''; ;) {
    const page = await store.trash(type, namespace, continueToken ? { continueToken } : {});
    found.push(...page.items);
    continueToken = page.continueToken;
    if (continueToken === '') return found;
  }
}
