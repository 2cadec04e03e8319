/** `…/search` of the dashboard group (dashboards-and-content §7.3, apiserver-and-storage §6.1). */
import type { GroupRoute, GroupRouteRequest } from '../../apiserver/kind.ts';
import { generalFolder, readActions, sharedFolder, writeActions, type ContentAccess } from '../../services/content/access.ts';
import { dashboardType, foldTitle, type ContentEntry } from '../../storage/search/content-entry.ts';
import type { ContentIndex } from '../../storage/search/content-index.ts';
import type { DashboardDetails, DashboardDetailsReader } from './dashboard-details.ts';

export interface SearchRoutesDeps {
  readonly index: ContentIndex;
  readonly access: ContentAccess;
  readonly details: DashboardDetailsReader;
}

const limitDefault = 50;
const facetLimitDefault = 50;
const facetLimitMax = 1_000;
/** Shorter words say too little. */
const wordLengthMin = 3;

const sortable = [{ string: 'title', display: 'Title (A-Z)', type: 'string' }, { string: '-title', display: 'Title (Z-A)', type: 'string' }];

// Compat: the description says `tags`; what is read is `tag`.
const searchParameters = [
  ['query', 'string'], ['type', 'string'], ['folder', 'string'], ['tags', 'array'], ['facet', 'array'], ['facetLimit', 'integer'], ['limit', 'integer'], ['sort', 'string'],
  ['explain', 'boolean'], ['permission', 'string'], ['libraryPanel', 'string'], ['panelType', 'string'], ['dataSourceType', 'string'], ['ownerReference', 'array'],
  ['panelTitleSearch', 'boolean'],
] as const;

export function searchRoutes({ index, access, details }: SearchRoutesDeps): GroupRoute[] {
  const route = { group: dashboardType.group, version: 'v0alpha1', methods: ['GET'] as const, authorize: () => 'allow' as const };
  return [
    { ...route, path: 'search', description: { operationId: 'searchDashboardsAndFolders', tag: 'Search', parameters: searchParameters }, handle: search },
    {
      ...route, path: 'search/sortable', description: { operationId: 'getSortableFields', tag: 'Search' },
      handle: async () => ({ kind: 'SortableFields', apiVersion: `${dashboardType.group}/v0alpha1`, fields: sortable }),
    },
  ];

  async function search({ caller, search: params }: GroupRouteRequest): Promise<object> {
    await index.ready();
    const { namespace } = caller;
    const query = params.get('query') ?? '';
    const byPanels = params.get('panelTitleSearch') === 'true';
    const fields = params.getAll('field');
    if (byPanels || fields.length > 0 || params.has('panelType') || params.has('dataSourceType')) await details.load(namespace);
    const matching = candidates(namespace, params).filter(accepts(caller.identity, params)).filter(matcher(query, byPanels ? details : undefined));
    const sorted = inOrder(matching, params.getAll('sort'));
    const limit = params.has('limit') ? wholeNumber(params.get('limit')) : limitDefault;
    const page = wholeNumber(params.get('page'));
    const offset = params.has('offset') ? wholeNumber(params.get('offset')) : page > 1 ? (page - 1) * limit : 0;
    const scored = query.length > 1 && !query.includes('*');
    const facets = params.getAll('facet').filter((field) => field !== '');
    return {
      ...(offset > 0 ? { offset } : {}), totalHits: matching.length, hits: sorted.slice(offset, offset + limit).map((entry) => hit(entry, fields, scored)),
      ...(matching.length > 0 ? { queryCost: matching.length, maxScore: 1 } : {}),
      ...(facets.length > 0 ? { facets: Object.fromEntries(facets.map((field) => [field, facet(field, matching, facetLimit(params))])) } : {}),
    };
  }

  function candidates(namespace: string, params: URLSearchParams): readonly ContentEntry[] {
    const types = params.getAll('type');
    const folders = types.includes('folder') || !types.includes('dashboard');
    const dashboards = types.includes('dashboard') || !types.includes('folder');
    return [...(folders ? index.entries(namespace, 'folder') : []), ...(dashboards ? index.entries(namespace, 'dashboard') : [])];
  }

  function accepts(identity: GroupRouteRequest['caller']['identity'], params: URLSearchParams): (entry: ContentEntry) => boolean {
    const wanted = params.get('permission');
    // Compat: only dashboards are held to the right that is asked for; every readable folder is shown.
    const dashboards = wanted === 'edit' ? writeActions.dashboards : wanted === 'admin' ? 'dashboards.permissions:write' : readActions.dashboards;
    const allowed = access.filter(identity, { ...readActions, dashboards });
    const folder = params.get('folder') ?? '';
    const shared = folder === sharedFolder ? access.sharedWith(identity) : undefined;
    const parent = folder === generalFolder ? '' : folder;
    const tags = params.getAll('tag').filter((tag) => tag !== '');
    const names = new Set(params.getAll('name').filter((name) => name !== ''));
    const libraryPanel = params.get('libraryPanel') ?? '';
    const panelType = params.get('panelType') ?? '';
    const sourceType = params.get('dataSourceType') ?? '';
    const owners = new Set(params.getAll('ownerReference').filter((reference) => reference !== ''));
    return (entry) => {
      if (folder !== '' && (shared ? !shared(entry) : entry.folder !== parent)) return false;
      if (names.size > 0 && !names.has(entry.name)) return false;
      if (!tags.every((tag) => entry.tags.includes(tag))) return false;
      if (owners.size > 0 && !entry.owners.some((owner) => owners.has(owner))) return false;
      if (libraryPanel !== '' && !entry.libraryPanels.includes(libraryPanel)) return false;
      if (panelType !== '' && !details.of(entry)?.panelTypes.includes(panelType)) return false;
      if (sourceType !== '' && !details.of(entry)?.sourceTypes.includes(sourceType)) return false;
      return allowed(entry);
    };
  }

  function hit(entry: ContentEntry, fields: readonly string[], scored: boolean): object {
    const field = fieldsOf(details.of(entry), fields);
    return {
      resource: entry.kind === 'folder' ? 'folders' : 'dashboards', name: entry.name, title: entry.title || '(no title)',
      ...(entry.description ? { description: entry.description } : {}), ...(entry.tags.length > 0 ? { tags: entry.tags } : {}), ...(entry.folder ? { folder: entry.folder } : {}),
      ...(field ? { field } : {}), ...(entry.manager ? { managedBy: { kind: entry.manager.kind, id: entry.manager.id } } : {}),
      ...(entry.owners.length > 0 ? { ownerReferences: entry.owners } : {}), ...(scored ? { score: 1 } : {}),
    };
  }
}

function fieldsOf(details: DashboardDetails | undefined, wanted: readonly string[]): Record<string, unknown> | undefined {
  if (!details) return undefined;
  const known: Record<string, unknown> = {
    panel_types: details.panelTypes, panel_title: details.panelTitles, transformation: details.transformations, link_count: details.linkCount, schema_version: details.schemaVersion,
  };
  const found = wanted.filter((name) => Object.hasOwn(known, name) && !(Array.isArray(known[name]) && known[name].length === 0)).map((name) => [name, known[name]] as const);
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

function matcher(query: string, details: DashboardDetailsReader | undefined): (entry: ContentEntry) => boolean {
  const folded = foldTitle(query).trim();
  if (folded.length < 2 || folded === '*') return () => true;
  const inside = folded.includes('*') ? wildcard(folded) : words(folded);
  return (entry) => inside(entry.titleFolded) || (details?.of(entry)?.panelTitles.some((title) => inside(foldTitle(title))) ?? false);
}

/** Matches one word of the title, or all of it. */
function wildcard(folded: string): (title: string) => boolean {
  const pattern = new RegExp(`^${folded.split('*').map((part) => part.replace(/[.+^${}()|[\]\\?]/g, '\\$&')).join('.*')}$`, 's');
  return (title) => pattern.test(title) || title.split(/[^\p{L}\p{N}]+/u).some((word) => word !== '' && pattern.test(word));
}

function words(folded: string): (title: string) => boolean {
  const all = folded.split(/\s+/);
  const long = all.filter((word) => word.length >= wordLengthMin);
  const wanted = long.length > 0 ? long : all;
  return (title) => title.includes(folded) || wanted.every((word) => title.includes(word));
}

function inOrder(entries: readonly ContentEntry[], sort: readonly string[]): readonly ContentEntry[] {
  const [field] = sort;
  if (field !== 'title' && field !== '-title') return entries;
  const ascending = [...entries].sort((a, b) => (a.titleFolded < b.titleFolded ? -1 : a.titleFolded > b.titleFolded ? 1 : a.name < b.name ? -1 : 1));
  return field === 'title' ? ascending : ascending.reverse();
}

/** Values of the fields that can be counted; an object at the root has the empty folder. */
const countable: Readonly<Record<string, (entry: ContentEntry) => readonly string[]>> = {
  tags: ({ tags }) => tags, folder: ({ folder }) => [folder], ownerReferences: ({ owners }) => owners,
  'manager.kind': ({ manager }) => (manager ? [manager.kind] : []), 'manager.id': ({ manager }) => (manager ? [manager.id] : []),
};

function facet(field: string, entries: readonly ContentEntry[], limit: number): object {
  const valuesOf = Object.hasOwn(countable, field) ? countable[field]! : () => [];
  const counts = new Map<string, number>();
  let missing = 0;
  for (const entry of entries) {
    const values = valuesOf(entry);
    if (values.length === 0) missing++;
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const terms = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([term, count]) => ({ ...(term ? { term } : {}), count }));
  if (terms.length === 0) return { field, missing };
  return { field, total: terms.reduce((sum, { count }) => sum + count, 0), ...(missing > 0 ? { missing } : {}), terms: terms.slice(0, limit) };
}

const facetLimit = (params: URLSearchParams) => Math.min(facetLimitMax, wholeNumber(params.get('facetLimit')) || facetLimitDefault);
const wholeNumber = (text: string | null): number => (text !== null && /^\d{1,9}$/.test(text) ? Number(text) : 0);
