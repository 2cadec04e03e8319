/** `/api/search` (dashboards-and-content §7.1, §7.2). */
import type { ContentEntry, ContentKind } from '../../../storage/search/content-entry.ts';
import type { ContentIndex, FindOptions } from '../../../storage/search/content-index.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { slugify } from '../../../util/slug.ts';
import { signedIn } from '../../../web/access.ts';
import { queryInt } from '../../../web/bind.ts';
import type { Identity } from '../../../web/identity.ts';
import { jsonText } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import { generalFolder, readActions, sharedFolder, writeActions, type ContentAccess } from '../access.ts';
import type { StarService } from '../stars/star.ts';
import { searchErrors, sortOptions, unauthorizedSearch } from './search.ts';

export interface SearchRoutesDeps {
  readonly index: ContentIndex;
  readonly access: ContentAccess;
  readonly stars: Pick<StarService, 'starredBy'>;
  readonly subPath: string;
}

const limitDefault = 1_000;
const limitMax = 5_000;

const kinds: Readonly<Record<string, ContentKind | undefined>> = {
  '': undefined, 'dash-db': 'dashboard', 'dash-annotation': 'dashboard', 'dash-folder': 'folder', 'dash-folder-alerting': 'folder',
};

export function searchRoutes(routes: Routes, deps: SearchRoutesDeps): void {
  const { index, access, stars, subPath } = deps;

  routes.get('/api/search', { access: signedIn, name: 'search', tag: 'search' }, async ({ identity, search }) => {
    await index.ready();
    const starred = await stars.starredBy(identity);
    const options = await findOptions(identity, search, starred);
    const { hits } = index.find(namespaceOf(identity.orgId), options);
    // Compat: tags are sorted only where no order of the hits was asked for.
    const sortTags = !search.get('sort');
    return jsonText(`[${hits.map((entry) => hit(identity.orgId, entry, starred.has(entry.name), sortTags)).join(',')}]`);
  });

  routes.get('/api/search/sorting', { access: signedIn, name: 'listSortOptions', tag: 'search' }, () => ({ sortOptions }));

  async function findOptions(identity: Identity, search: URLSearchParams, starred: ReadonlySet<string>): Promise<FindOptions> {
    const limit = queryInt(search.get('limit'));
    if (limit > limitMax) throw searchErrors.limit();
    const type = search.get('type') ?? '';
    if (!Object.hasOwn(kinds, type)) throw searchErrors.failed();
    if (search.get('deleted') === 'true' && identity.orgRole !== 'Admin') throw unauthorizedSearch();
    const uids = [...search.getAll('dashboardUIDs'), ...search.getAll('dashboardUID')].filter((uid) => uid !== '');
    const ids = numbers(search.getAll('dashboardIds'));
    const folderUids = search.getAll('folderUIDs').filter((uid) => uid !== '');
    const folderIds = numbers(search.getAll('folderIds'));
    if ((ids.length > 0 && uids.length > 0) || (folderIds.length > 0 && folderUids.length > 0)) throw searchErrors.idsAndUids();
    const tags = search.getAll('tag').filter((tag) => tag !== '');
    const names = namesWanted(uids, search.get('starred') === 'true' ? starred : undefined);
    const sort = search.get('sort') ?? '';
    const size = limit > 0 ? limit : limitDefault;
    const page = Math.max(1, queryInt(search.get('page')));
    return {
      kind: kinds[type] ?? (search.get('starred') === 'true' ? 'dashboard' : undefined), query: search.get('query') ?? '', accept: accepts(identity, search.get('permission'), type, folderUids),
      ...(tags.length > 0 ? { tags } : {}), ...(names ? { names } : {}), ...(ids.length > 0 ? { legacyIds: new Set(ids) } : {}),
      ...placesWanted(identity.orgId, folderUids, folderIds),
      order: sort === 'alpha-asc' ? 'title' : sort === 'alpha-desc' ? 'title-descending' : 'folders-first',
      offset: (page - 1) * size, limit: size,
    };
  }

  function accepts(identity: Identity, permission: string | null, type: string, folderUids: readonly string[]): (entry: ContentEntry) => boolean {
    // Compat: without a type only dashboards are held to the right to edit, every readable folder is shown.
    const actions = permission === 'Edit' ? (type === '' ? { ...writeActions, folders: readActions.folders } : writeActions) : readActions;
    const allowed = access.filter(identity, actions);
    if (!folderUids.includes(sharedFolder)) return allowed;
    const shared = access.sharedWith(identity);
    const others = new Set(folderUids.map((uid) => (uid === generalFolder ? '' : uid)));
    return (entry) => allowed(entry) && (others.has(entry.folder) || shared(entry));
  }

  function placesWanted(orgId: number, folderUids: readonly string[], folderIds: readonly number[]): Pick<FindOptions, 'folders'> {
    if (folderUids.includes(sharedFolder)) return {};
    if (folderUids.length > 0) return { folders: new Set(folderUids.map((uid) => (uid === generalFolder ? '' : uid))) };
    if (folderIds.length === 0) return {};
    const namespace = namespaceOf(orgId);
    return { folders: new Set(folderIds.flatMap((id) => (id === 0 ? [''] : index.byLegacyId(namespace, 'folder', id).map((folder) => folder.name)))) };
  }

  function hit(orgId: number, entry: ContentEntry, isStarred: boolean, sortTags: boolean): string {
    const { name, title, kind, tags, description, folder } = entry;
    const slug = slugOf(entry);
    const parent = folder === '' ? undefined : index.folder(namespaceOf(orgId), folder);
    return JSON.stringify({
      id: entry.legacyId, uid: name, orgId, title, uri: `db/${slug}`, url: kind === 'folder' ? `${subPath}/dashboards/f/${name}/${slug}` : `${subPath}/d/${name}/${slug}`,
      slug: '', type: kind === 'folder' ? 'dash-folder' : 'dash-db', tags: sortTags && tags.length > 1 ? [...tags].sort() : tags, isStarred,
      ...(description !== '' && kind === 'dashboard' ? { description } : {}),
      ...(folder === '' ? {} : {
        folderId: parent?.legacyId ?? 0, folderUid: folder, folderTitle: parent?.title ?? '',
        folderUrl: parent ? `${subPath}/dashboards/f/${folder}/${slugOf(parent)}` : '',
      }),
      sortMeta: 0, isDeleted: false,
    });
  }
}

/** Titles are slugged once, whoever asks for them. */
const slugs = new WeakMap<ContentEntry, string>();
function slugOf(entry: ContentEntry): string {
  let slug = slugs.get(entry);
  if (slug === undefined) slugs.set(entry, (slug = slugify(entry.title)));
  return slug;
}

const numbers = (texts: readonly string[]) => texts.filter((text) => /^[+-]?\d+$/.test(text)).map(Number);

function namesWanted(uids: readonly string[], starred: ReadonlySet<string> | undefined): ReadonlySet<string> | undefined {
  if (!starred) return uids.length > 0 ? new Set(uids) : undefined;
  return uids.length > 0 ? new Set(uids.filter((uid) => starred.has(uid))) : starred;
}
