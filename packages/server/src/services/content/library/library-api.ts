/** `/api/library-elements` (dashboards-and-content §8). */
import { createHash } from 'node:crypto';
import { Type } from '../../../web/schema.ts';
import type { ContentIndex } from '../../../storage/search/content-index.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { rfc3339Seconds } from '../../../util/rfc3339.ts';
import { anyone, may, permission } from '../../../web/access.ts';
import { queryInt } from '../../../web/bind.ts';
import { badRequest } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import { jsonText, note } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import { accessDenied } from '../../identity/accesscontrol/accesscontrol.ts';
import { generalFolder, type ContentAccess } from '../access.ts';
import { personBody, type Persons } from '../persons.ts';
import { libraryErrors, panelKind, type LibraryElement, type LibraryService } from './library.ts';

export interface LibraryRoutesDeps {
  readonly library: LibraryService;
  readonly index: ContentIndex;
  readonly access: ContentAccess;
  readonly persons: Persons;
  readonly subPath: string;
}

const CreateBody = Type.Object({
  uid: Type.String(), name: Type.String(), kind: Type.Integer(), model: Type.Unknown(), folderUid: Type.String(), folderId: Type.Integer(),
});
const PatchBody = Type.Object({
  uid: Type.String(), name: Type.String(), kind: Type.Integer(), model: Type.Unknown(), version: Type.Integer(), folderUid: Type.Optional(Type.String()),
});

/** How an element at the root is written: as nothing, or by its name. */
type RootStyle = 'blank' | 'named' | 'listed';

export function libraryRoutes(routes: Routes, { library, index, access, persons, subPath }: LibraryRoutesDeps): void {
  const root = '/api/library-elements';
  const tag = 'library_elements';

  routes.get(root, { access: permission('library.panels:read'), name: 'getLibraryElements', tag }, async ({ identity, search }) => {
    if (search.get('folderFilter') && search.get('folderFilterUIDs')) throw libraryErrors.badQuery();
    const perPage = queryInt(search.get('perPage')) > 0 ? queryInt(search.get('perPage')) : 100;
    const page = Math.max(1, queryInt(search.get('page')));
    const { totalCount, elements } = await library.list(identity, {
      search: search.get('searchString') ?? '', descending: search.get('sortDirection') === 'alpha-desc', types: csv(search.get('typeFilter')),
      excludeUid: search.get('excludeUid') ?? '', folderUids: foldersWanted(identity, search), page, perPage,
    });
    const texts = await elementTexts(identity, elements, 'listed');
    return jsonText(`{"result":{"totalCount":${totalCount},"elements":[${texts.join(',')}],"page":${page},"perPage":${perPage}}}`);
  });

  routes.post(root, { access: permission('library.panels:create'), name: 'createLibraryElement', tag, body: CreateBody, exactNumbers: true }, async ({ identity, body }) =>
    result(identity, await library.create(identity, body), 'blank'));

  // Compat: nobody is turned away here; who may read none of them hears that there is none.
  routes.get(`${root}/name/:name`, { access: anyone('shows what the asker may read, to strangers nothing'), name: 'getLibraryElementByName', tag }, async ({ identity, params }) => {
    const found = await library.findByName(identity, params['name'] ?? '');
    return jsonText(`{"result":[${(await elementTexts(identity, found, 'named')).join(',')}]}`);
  });

  routes.get(`${root}/:uid`, { access: permission('library.panels:read'), name: 'getLibraryElementByUID', tag }, async ({ identity, params }) => {
    const element = await library.find(identity.orgId, params['uid'] ?? '');
    if (!element) throw libraryErrors.notFound();
    await index.ready();
    if (!library.mayRead(identity, element)) throw accessDenied(may('library.panels:read'));
    return result(identity, element, 'named');
  });

  routes.patch(`${root}/:uid`, { access: permission('library.panels:write'), name: 'updateLibraryElement', tag, body: PatchBody, exactNumbers: true }, async ({ identity, params, body }) => {
    if (body.kind === 0 || body.version === 0) throw badRequest();
    await demand(identity, params['uid'] ?? '', 'library.panels:write');
    return result(identity, await library.update(identity, params['uid'] ?? '', { ...body, folderUid: body.folderUid }), 'blank');
  });

  routes.delete(`${root}/:uid`, { access: permission('library.panels:delete'), name: 'deleteLibraryElementByUID', tag }, async ({ identity, params }) => {
    const { id } = await library.delete(identity, params['uid'] ?? '');
    return note('Library element deleted', { id });
  });

  routes.get(`${root}/:uid/connections`, { access: permission('library.panels:read'), name: 'getLibraryElementConnections', tag }, async ({ identity, params }) => {
    const element = await demand(identity, params['uid'] ?? '', 'library.panels:read');
    if (!library.mayRead(identity, element)) throw libraryErrors.notFound();
    const createdBy = personBody(await persons.byId([element.createdBy]), element.createdBy, subPath);
    const users = index.entries(namespaceOf(identity.orgId), 'dashboard').filter(({ name, folder, libraryPanels }) =>
      libraryPanels.includes(element.uid) && access.mayOnDashboard(identity, 'dashboards:read', name, folder));
    return {
      result: users.map((dashboard) => ({
        id: connectionId(element.uid, dashboard.name), kind: panelKind, elementId: element.id, connectionId: dashboard.legacyId, connectionUid: dashboard.name,
        created: rfc3339Seconds(element.created), createdBy,
      })),
    };
  });

  /**
   * Compat: an element that does not exist is refused like one that may not be touched, to administrators too. Whoever has the right in
   * the root is let past, wherever the element lies; whether it holds in its folder is decided behind this.
   */
  async function demand(identity: Identity, uid: string, action: string): Promise<LibraryElement> {
    await index.ready();
    const element = await library.find(identity.orgId, uid);
    const scopes = [`library.panels:uid:${uid}`, `folders:uid:${generalFolder}`, ...access.folderScopes(identity.orgId, element?.folderUid ?? '')];
    if (!element || !identity.permissions.has(action, ...scopes)) throw accessDenied(may(action));
    return element;
  }

  function foldersWanted(identity: Identity, search: URLSearchParams): readonly string[] | undefined {
    const uids = search.get('folderFilterUIDs');
    if (uids !== null && uids !== '') return uids.split(',').map((uid) => (uid === generalFolder ? '' : uid));
    const ids = search.get('folderFilter');
    if (ids === null || ids === '') return undefined;
    return ids.split(',').map((id) => (queryInt(id) === 0 ? '' : (index.byLegacyId(namespaceOf(identity.orgId), 'folder', queryInt(id))[0]?.name ?? '?')));
  }

  async function result(identity: Identity, element: LibraryElement, style: RootStyle) {
    const [text] = await elementTexts(identity, [element], style);
    return jsonText(`{"result":${text}}`);
  }

  async function elementTexts(identity: Identity, elements: readonly LibraryElement[], style: RootStyle): Promise<string[]> {
    await index.ready();
    const people = await persons.byId([...new Set(elements.flatMap(({ createdBy, updatedBy }) => [createdBy, updatedBy]))]);
    const used = await library.usage(identity.orgId);
    // Compat: in lists, whoever may read every folder sees no folder's name.
    const nameless = style === 'listed' && identity.permissions.has('folders:read', 'folders:uid:*');
    return elements.map((element) => {
      const folder = index.folder(namespaceOf(identity.orgId), element.folderUid);
      const folderUid = element.folderUid === '' && style === 'named' ? generalFolder : element.folderUid;
      const head = JSON.stringify({
        id: element.id, orgId: element.orgId, folderId: folder?.legacyId ?? 0, folderUid, uid: element.uid, name: element.name, kind: panelKind, type: element.type,
        description: element.description, version: element.version,
        meta: {
          folderName: nameless ? 'General' : (folder?.title ?? (style === 'blank' ? '' : 'General')), folderUid, connectedDashboards: used.get(element.uid) ?? 0,
          created: rfc3339Seconds(element.created), updated: rfc3339Seconds(element.updated),
          createdBy: personBody(people, element.createdBy, subPath), updatedBy: personBody(people, element.updatedBy, subPath),
        },
      });
      return `${head.slice(0, -1)},"model":${element.model}}`;
    });
  }
}

const csv = (text: string | null): readonly string[] => (text ? text.split(',').filter((part) => part !== '') : []);

/** Connections are derived, not stored: the same pair always has the same number. */
const connectionId = (element: string, dashboard: string): number =>
  createHash('sha1').update(`${element}/${dashboard}`).digest().readUIntBE(0, 6);
