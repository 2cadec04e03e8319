/** How much there is in the resource store. */
import type { Database } from '../infra/db/database.ts';

export interface StoredCounts {
  /** `group/resource` -> objects that are there. */
  readonly objects: ReadonlyMap<string, number>;
  readonly dashboardVersions: number;
}

export async function countStored(db: Database): Promise<StoredCounts> {
  const rows = await db.prepare<{ group: string; resource: string; n: number }>('select "group", resource, count(*) as n from resource group by "group", resource').all();
  const versions = await db.prepare<{ n: number }>("select count(*) as n from resource_history where resource = 'dashboards'").first();
  return { objects: new Map(rows.map(({ group, resource, n }) => [`${group}/${resource}`, Number(n)])), dashboardVersions: Number(versions?.n ?? 0) };
}
