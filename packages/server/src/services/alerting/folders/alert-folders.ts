/** Folders as rules see them: titles joined to a path, ancestors for permissions, and what happens when they change (alerting-rules §1, §4). */
import type { ResourceEvent, ResourceStore } from '../../../storage/resource-store.ts';
import { namespaceOf, orgIdOf } from '../../../util/namespace.ts';
import type { Identity } from '../../../web/identity.ts';

export interface AlertFolder {
  readonly uid: string;
  readonly title: string;
  /** Titles joined by `/`; a `/` inside a title is written `\/`. */
  readonly path: string;
  readonly parentUid: string;
  /** Its own scope and those of its ancestors: a permission on one of them holds for the folder. */
  readonly scopes: readonly string[];
  /** Annotation `grafana.app/managedBy`: Git Sync owns it. */
  readonly managedBy: string;
}

export interface AlertFolders {
  /** By uid. */
  all(orgId: number): Promise<ReadonlyMap<string, AlertFolder>>;
  get(orgId: number, uid: string): Promise<AlertFolder | undefined>;
  /** Renamed or moved: the folder and every folder below it. Deleted: the folder alone. */
  onChange(listener: (change: { orgId: number; kind: 'path' | 'deleted'; uids: readonly string[]; author: string }) => void): () => void;
}

const type = { group: 'folder.grafana.app', resource: 'folders' } as const;
const pageMax = 5000;


export function createAlertFolders(resources: Pick<ResourceStore, 'list' | 'currentVersion' | 'onEvent'>): AlertFolders {
  /** The tree of an org, and the newest resource version of any folder when it was read. */
  const trees = new Map<number, { version: number; folders: ReadonlyMap<string, AlertFolder> }>();

  const read = async (orgId: number): Promise<ReadonlyMap<string, AlertFolder>> => {
    const version = await resources.currentVersion(type);
    const known = trees.get(orgId);
    if (known && known.version === version) return known.folders;
    const raw = new Map<string, { uid: string; title: string; parentUid: string; managedBy: string }>();
    let continueToken: string | undefined;
    do {
      const page = await resources.list(type, { namespace: namespaceOf(orgId), limit: pageMax, ...(continueToken ? { continueToken } : {}) });
      for (const item of page.items) raw.set(item.name, { uid: item.name, title: item.title, parentUid: item.folder, managedBy: item.annotations['grafana.app/managedBy'] ?? '' });
      continueToken = page.continueToken || undefined;
    } while (continueToken);
    const folders = new Map<string, AlertFolder>();
    const place = (uid: string, above: ReadonlySet<string>): AlertFolder | undefined => {
      const done = folders.get(uid);
      if (done) return done;
      const item = raw.get(uid);
      if (!item || above.has(uid)) return undefined;
      const parent = item.parentUid === '' ? undefined : place(item.parentUid, new Set([...above, uid]));
      const own = item.title.replaceAll('/', '\\/');
      const folder: AlertFolder = {
        ...item, path: parent ? `${parent.path}/${own}` : own, scopes: [`folders:uid:${uid}`, ...(parent?.scopes ?? [])],
      };
      folders.set(uid, folder);
      return folder;
    };
    for (const uid of raw.keys()) place(uid, new Set());
    trees.set(orgId, { version, folders });
    return folders;
  };

  return {
    all: read,
    get: async (orgId, uid) => (await read(orgId)).get(uid),
    onChange(listener) {
      return resources.onEvent((event: ResourceEvent) => {
        const { object, previous } = event;
        if (object.group !== type.group || object.resource !== type.resource) return;
        const orgId = orgIdOf(object.namespace);
        if (orgId === undefined) return;
        if (event.type === 'DELETED') return listener({ orgId, kind: 'deleted', uids: [object.name], author: object.updatedBy });
        if (event.type !== 'MODIFIED' || (previous && previous.title === object.title && previous.folder === object.folder)) return;
        void read(orgId).then((folders) => {
          const scope = `folders:uid:${object.name}`;
          const uids = [...folders.values()].filter((f) => f.scopes.includes(scope)).map((f) => f.uid);
          listener({ orgId, kind: 'path', uids, author: object.updatedBy });
        });
      });
    },
  };
}

/** May the identity read rules of the folder? */
export const mayReadRules = (identity: Identity, folder: AlertFolder) =>
  identity.permissions.has('folders:read', ...folder.scopes) && identity.permissions.has('alert.rules:read', ...folder.scopes);

/** Splits a path of titles, where `\\/` is a slash inside one. */
export function splitFolderPath(path: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i < path.length; i++) {
    if (path[i] === '\\' && (path[i + 1] === '/' || path[i + 1] === '\\')) part += path[++i];
    else if (path[i] === '/') {
      parts.push(part);
      part = '';
    } else part += path[i];
  }
  return [...parts, part].map((p) => p.trim()).filter((p) => p !== '');
}
