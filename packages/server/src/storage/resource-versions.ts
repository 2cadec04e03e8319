/** Resource versions: microseconds since the epoch, never given twice and never smaller than one given before (apiserver-and-storage §7.3). */
import type { Database } from '../infra/db/database.ts';
import type { ResourceType } from './resource-store.ts';

/** Locks the type's version row until the transaction ends. `last + 1` may be given out next; `issued` is what others have seen. */
export async function issueVersions(tx: Database, { group, resource }: ResourceType, now: number) {
  const lock = tx.name === 'sqlite' ? '' : ' for update';
  const find = tx.prepare<{ resource_version: number }>(`select resource_version from resource_version where "group" = ? and resource = ?${lock}`);
  let row = await find.first(group, resource);
  if (!row) {
    const ignore = { sqlite: 'insert or ignore into', postgres: 'insert into', mysql: 'insert ignore into' }[tx.name];
    const tail = tx.name === 'postgres' ? ' on conflict do nothing' : '';
    await tx.prepare(`${ignore} resource_version ("group", resource, resource_version) values (?, ?, 0)${tail}`).run(group, resource);
    row = await find.first(group, resource);
  }
  const issued = row!.resource_version;
  return {
    issued,
    last: Math.max(now * 1000, issued + 1) - 1,
    async save(last: number) {
      if (last < now * 1000 && last <= issued) return;
      await tx.prepare('update resource_version set resource_version = ? where "group" = ? and resource = ?').run(last, group, resource);
    },
  };
}
