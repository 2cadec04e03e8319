/** What search asks of a dashboard's inside. Read on demand and kept as long as the entry is: most searches never ask. */
import type { ResourceStore } from '../../storage/resource-store.ts';
import { dashboardType, type ContentEntry } from '../../storage/search/content-entry.ts';
import type { ContentIndex } from '../../storage/search/content-index.ts';
import { objectIn, type Json } from './schema/document.ts';
import { isObject, objectsOf, textOf } from '../../util/json-value.ts';

export interface DashboardDetails {
  readonly panelTypes: readonly string[];
  readonly sourceTypes: readonly string[];
  readonly panelTitles: readonly string[];
  readonly transformations: readonly string[];
  readonly linkCount: number;
  readonly schemaVersion: number;
}

export interface DashboardDetailsReader {
  /** Afterwards `of` knows every dashboard of the namespace. */
  load(namespace: string): Promise<void>;
  of(entry: ContentEntry): DashboardDetails | undefined;
}

export function createDashboardDetails({ store, index }: { store: Pick<ResourceStore, 'get'>; index: ContentIndex }): DashboardDetailsReader {
  const known = new WeakMap<ContentEntry, DashboardDetails>();
  return {
    async load(namespace) {
      for (const entry of index.entries(namespace, 'dashboard')) {
        if (known.has(entry)) continue;
        const stored = await store.get({ ...dashboardType, namespace, name: entry.name });
        if (stored) known.set(entry, detailsOf(stored.spec));
      }
    },
    of: (entry) => known.get(entry),
  };
}

export function detailsOf(spec: string): DashboardDetails {
  const parsed: unknown = JSON.parse(spec);
  const dashboard: Json = isObject(parsed) ? parsed : {};
  const classic = objectsOf(dashboard['panels']).flatMap((panel) => [panel, ...objectsOf(panel['panels'])]).filter((panel) => panel['type'] !== 'row');
  const modern = Object.values(objectIn(dashboard, 'elements') ?? {}).filter(isObject).map((element) => objectIn(element, 'spec') ?? {});
  const queriesOf = (panel: Json) => objectsOf(objectIn(objectIn(panel, 'data') ?? {}, 'spec')?.['queries']).map((query) => objectIn(objectIn(query, 'spec') ?? {}, 'query') ?? {});
  return {
    panelTypes: unique([...classic.map((panel) => panel['type']), ...modern.map((panel) => objectIn(panel, 'vizConfig')?.['group'] ?? objectIn(panel, 'vizConfig')?.['kind'])]),
    sourceTypes: unique([
      ...classic.flatMap((panel) => [panel, ...objectsOf(panel['targets'])].map((holder) => objectIn(holder, 'datasource')?.['type'])),
      ...modern.flatMap((panel) => queriesOf(panel).map((query) => query['group'] ?? query['kind'])),
    ]),
    panelTitles: [...classic, ...modern].map((panel) => textOf(panel['title'])).filter((title) => title !== ''),
    transformations: unique(classic.flatMap((panel) => objectsOf(panel['transformations']).map((each) => each['id']))),
    linkCount: objectsOf(dashboard['links']).length,
    schemaVersion: typeof dashboard['schemaVersion'] === 'number' ? dashboard['schemaVersion'] : 0,
  };
}

const unique = (values: readonly unknown[]): string[] => [...new Set(values.filter((value): value is string => typeof value === 'string' && value !== ''))].sort();
