/** `folder.grafana.app` (dashboards-and-content §16, apiserver-and-storage §6.2): folders as API objects. */
import { Type, type TSchema } from '../../web/schema.ts';
import { specOf, type ApiObject } from '../../apiserver/api-object.ts';
import { defineKind, verbsWithoutWatch, type Admission, type Caller, type Kind, type SubresourceRequest } from '../../apiserver/kind.ts';
import { objectNotFound, StatusError } from '../../apiserver/status.ts';
import { generalFolder, readActions, sharedFolder, type ContentAccess } from '../../services/content/access.ts';
import { folderErrors, folderLevelsMax, type FolderContent } from '../../services/content/folders/folder.ts';
import type { ResourcePermissions } from '../../services/identity/accesscontrol/accesscontrol.ts';
import { contentEntry, folderType, type ContentEntry } from '../../storage/search/content-entry.ts';
import type { ContentIndex } from '../../storage/search/content-index.ts';
import { objectionToUid } from '../../util/short-uid.ts';
import type { Identity } from '../../web/identity.ts';

const text = Type.Optional(Type.String());
const typeMeta = { kind: text, apiVersion: text };
/** What the subresources answer, for the API description. */
const folderAnswers = {
  FolderAccessInfo: Type.Object({ ...typeMeta, canSave: Type.Boolean(), canEdit: Type.Boolean(), canAdmin: Type.Boolean(), canDelete: Type.Boolean() }),
  DescendantCounts: Type.Object({ ...typeMeta, counts: Type.Array(Type.Object({ group: Type.String(), resource: Type.String(), count: Type.Integer({ format: 'int64' }) })) }),
  FolderInfoList: Type.Object({
    ...typeMeta, metadata: Type.Optional({ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta' } as unknown as TSchema),
    items: Type.Array(Type.Object({ name: Type.String(), title: Type.String(), parent: text, description: text, detached: Type.Optional(Type.Boolean()) })),
  }),
};

export interface FolderKindDeps {
  readonly index: ContentIndex;
  readonly access: ContentAccess;
  readonly permissions: Pick<ResourcePermissions, 'grantRootDefaults' | 'forget'>;
  readonly grantOnCreation: boolean;
  readonly checkQuota: (orgId: number, target: 'folder') => Promise<void>;
  /** With everything that was deleted along with it. */
  readonly restore: (identity: Identity, uid: string) => Promise<unknown>;
  /** Throws, and takes the move from `former` back, where two moves at once made a circle. */
  readonly confirmPlace: (identity: Identity, folder: { readonly name: string; readonly folder: string }, former: string) => Promise<void>;
  /** What else lies in folders. */
  readonly contents: () => readonly FolderContent[];
}

export const FolderSpec = Type.Object({
  title: Type.String({ description: 'Name of the folder.' }),
  description: Type.Optional(Type.String({ description: 'What is in it.' })),
});

interface Spec {
  readonly title?: string;
  readonly description?: string;
}

const folderAnnotation = 'grafana.app/folder';
const parentOf = (object: ApiObject): string => object.metadata.annotations?.[folderAnnotation] ?? '';

/** Compat: these refusals carry neither reason nor details. */
const plainly = (code: number, message: string) => new StatusError(code, '', message);

export function folderKind(deps: FolderKindDeps): Kind {
  const { index, access, permissions, contents } = deps;

  async function admitNew({ caller, object, dryRun }: Admission): Promise<ApiObject> {
    const { namespace, identity } = caller;
    const name = object.metadata.name ?? '';
    const spec = specOf<Spec>(object);
    const title = (spec.title ?? '').trim();
    const parent = parentOf(object);
    if (title === '') throw plainly(400, 'folder title cannot be empty');
    if (name === generalFolder || name === sharedFolder) throw plainly(400, 'Folder API error: invalid uid for folder provided');
    checkName(name);
    if (parent === name) throw plainly(400, 'folder cannot be parent of itself');
    const allowed = access.mayOnFolder(identity, 'folders:create', parent) || (parent !== '' && access.mayOnFolder(identity, 'folders:write', parent));
    if (!allowed) throw plainly(403, 'Access denied');
    if (index.path(namespace, parent).length + 1 > folderLevelsMax) throw plainly(400, 'Folder API error: folder max depth exceeded, max depth is 4');
    // Compat: what would be made is looked up, and is not there.
    if (dryRun) throw new StatusError(404, 'NotFound', 'NotFound', { uid: 'folder.notFound' });
    await deps.checkQuota(caller.orgId, 'folder');
    return { ...object, spec: { ...spec, title } };
  }

  function admitChange({ caller, object }: Admission, current: ContentEntry): ApiObject {
    const { identity, namespace } = caller;
    const spec = specOf<Spec>(object);
    const title = (spec.title ?? '').trim();
    if (!access.mayOnFolder(identity, 'folders:write', current.name)) throw plainly(403, '');
    if (title === '') throw plainly(400, 'folder title cannot be empty');
    const parent = parentOf(object);
    if (parent !== current.folder) checkMove(namespace, caller, current.name, parent);
    return { ...object, spec: { ...spec, title } };
  }

  function checkMove(namespace: string, { identity }: Caller, name: string, parent: string): void {
    if (parent !== '' && index.lineage(namespace, parent).includes(name)) throw plainly(400, folderErrors.circular().message);
    if (parent !== '' && !index.folder(namespace, parent)) throw plainly(400, folderErrors.noMoveTarget(parent).message);
    const allowed = access.mayOnFolder(identity, 'folders:create', parent) || (parent !== '' && access.mayOnFolder(identity, 'folders:write', parent));
    if (!allowed) throw folderErrors.forbiddenMove();
    const own = index.path(namespace, name).length;
    const height = Math.max(own, ...index.subtree(namespace, name).map((folder) => index.path(namespace, folder.name).length)) - own + 1;
    if (parent !== '' && index.path(namespace, parent).length + height > folderLevelsMax) {
      throw new StatusError(400, 'BadRequest', folderErrors.moveTooDeep().message, { uid: 'folder.maximum-depth-reached' });
    }
  }

  async function checkEmpty(namespace: string, orgId: number, name: string): Promise<void> {
    if (index.childFolders(namespace, name).length > 0 || index.dashboardsIn(namespace, name).length > 0) throw folderErrors.notEmpty();
    for (const content of contents()) if ((await content.count(orgId, [name])) > 0) throw folderErrors.notEmpty();
  }

  async function known({ caller, name, kind }: SubresourceRequest): Promise<ContentEntry> {
    await index.ready();
    const found = index.folder(caller.namespace, name);
    if (!found) throw objectNotFound(kind, name);
    if (!access.mayOnFolder(caller.identity, 'folders:read', name)) throw plainly(403, '');
    return found;
  }

  const apiVersion = `${folderType.group}/v1beta1`;

  return defineKind({
    group: folderType.group, kind: 'Folder', plural: folderType.resource, singular: 'folder',
    versions: [{ name: 'v1beta1', spec: FolderSpec, answers: folderAnswers }],
    verbs: verbsWithoutWatch, folders: true, legacyIds: true, ownNames: true, tellsPlainly: true,
    columns: [
      { name: 'Name', type: 'string', format: 'name', description: '', cell: (object) => object.metadata.name },
      { name: 'Title', type: 'string', format: 'string', description: 'The display name', cell: (object) => specOf<Spec>(object).title ?? '' },
      { name: 'Parent', type: 'string', format: 'string', description: 'Parent folder UID', cell: parentOf },
    ],
    selectableFields: { 'spec.title': (object) => specOf<Spec>(object).title ?? '' },
    fieldSelectorError: 'scheme',
    authorize({ verb }) {
      if (verb === 'deletecollection') throw plainly(405, 'DeleteCollection for folders not implemented');
      // The decision on each folder is made where it is known.
      return 'allow';
    },
    hooks: {
      async admit(admission) {
        await index.ready();
        return admission.previous ? admitChange(admission, contentEntry('folder', admission.previous)) : admitNew(admission);
      },
      async mayRead({ identity }, stored) {
        await index.ready();
        return access.mayOnFolder(identity, 'folders:read', stored.name);
      },
      async listFilter({ identity }) {
        await index.ready();
        const readable = access.filter(identity, readActions);
        return ({ name, folder }) => readable({ kind: 'folder', name, folder });
      },
      async mayDelete({ identity, namespace, orgId }, stored) {
        await index.ready();
        if (!access.mayOnFolder(identity, 'folders:delete', stored.name)) throw plainly(403, '');
        await checkEmpty(namespace, orgId, stored.name);
      },
      async created({ identity, orgId }, stored) {
        if (stored.folder === '' && deps.grantOnCreation) await permissions.grantRootDefaults(orgId, stored.name, identity);
      },
      async updated({ identity }, stored, before) {
        if (stored.folder !== before.folder) await deps.confirmPlace(identity, stored, before.folder);
      },
      deleted: ({ orgId }, stored) => permissions.forget(orgId, stored.name),
      fullPath({ namespace, name }) {
        const path = index.path(namespace, name);
        return { 'grafana.app/fullpath': path.map(({ title }) => title.replaceAll('/', '\\/')).join('/'), 'grafana.app/fullpathUIDs': path.map((entry) => entry.name).join('/') };
      },
      async restore({ identity }, name) {
        await deps.restore(identity, name);
      },
      exists: () => plainly(412, 'the folder has been changed by someone else'),
    },
    subresources: [
      {
        name: 'access', kind: 'FolderAccessInfo', verbs: ['get'],
        async handle(request) {
          const { name } = await known(request);
          const may = (action: string) => access.mayOnFolder(request.caller.identity, action, name);
          const canAdmin = may('folders.permissions:write');
          const canSave = canAdmin || may('folders:write');
          return { kind: 'FolderAccessInfo', apiVersion, canSave, canEdit: canSave, canAdmin, canDelete: canAdmin || may('folders:delete') };
        },
      },
      {
        name: 'children', kind: 'FolderList', verbs: ['get'],
        async handle(request) {
          await known(request);
          // Compat: never filled.
          return { kind: 'FolderList', apiVersion, metadata: {}, items: null };
        },
      },
      {
        name: 'counts', kind: 'DescendantCounts', verbs: ['get'],
        async handle(request) {
          const { name } = await known(request);
          const { namespace, orgId } = request.caller;
          const count = async (countedAs: FolderContent['countedAs']) => {
            let sum = 0;
            for (const content of contents()) if (content.countedAs === countedAs) sum += await content.count(orgId, [name]);
            return sum;
          };
          const relational = 'sql-fallback';
          return {
            kind: 'DescendantCounts', apiVersion,
            counts: [
              { group: 'dashboard.grafana.app', resource: 'dashboards', count: index.dashboardsIn(namespace, name).length },
              { group: folderType.group, resource: 'folders', count: index.childFolders(namespace, name).length },
              { group: relational, resource: 'alertrules', count: await count('alertrule') },
              { group: relational, resource: 'dashboards', count: 0 },
              { group: relational, resource: 'folders', count: 0 },
              { group: relational, resource: 'library_elements', count: await count('librarypanel') },
            ],
          };
        },
      },
      {
        name: 'parents', kind: 'FolderInfoList', verbs: ['get'],
        async handle(request) {
          const { caller, name } = request;
          if (name === generalFolder || name === sharedFolder) return { kind: 'FolderInfoList', apiVersion, metadata: {}, items: [] };
          await known(request);
          const items: object[] = [];
          // From the folder upwards: what cannot be read ends the chain.
          for (const entry of index.path(caller.namespace, name).toReversed()) {
            if (!access.mayOnFolder(caller.identity, 'folders:read', entry.name)) {
              items.unshift({ name: entry.name, title: '', detached: true });
              break;
            }
            items.unshift({
              name: entry.name, title: entry.title, ...(entry.description ? { description: entry.description } : {}), ...(entry.folder ? { parent: entry.folder } : {}),
            });
          }
          return { kind: 'FolderInfoList', apiVersion, metadata: {}, items };
        },
      },
    ],
  });
}

function checkName(name: string): void {
  const objection = objectionToUid(name);
  if (objection) throw plainly(400, objection === 'too-long' ? 'uid too long, max 40 characters' : 'uid contains illegal characters');
}
