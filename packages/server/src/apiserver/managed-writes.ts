/**
 * Objects that a repository manages (apiserver-and-storage §3.4): people do not write them. What they ask for is done to the file that the object
 * comes from, and the repository writes the object.
 */
import type { ResourceKey, ResourceStore, ResourceWrite, StoredResource } from '../storage/resource-store.ts';
import { folderType } from '../storage/search/content-entry.ts';
import { defineErrors } from '../web/errors.ts';
import type { ApiObject, ObjectMeta } from './api-object.ts';
import type { Caller, Kind, KindBackend } from './kind.ts';
import { StatusError } from './status.ts';

/** What somebody asked of an object, for the file of it. */
export interface FileWish {
  readonly caller: Caller;
  readonly kind: Kind;
  readonly version: string;
  readonly verb: 'create' | 'update' | 'delete';
  readonly name: string;
  readonly repository: string;
  readonly path: string;
  readonly message: string;
  readonly object?: ApiObject;
}

/** Does it, and answers the object as it is then; throws what the repository refuses. */
export type ForwardWish = (wish: FileWish) => Promise<ApiObject>;

/** How the writer of repositories signs; nobody else is called so. */
export const repositoryAuthor = 'access-policy:provisioning';

const messageAnnotation = 'grafana.app/message';

interface Source {
  readonly repository: string;
  readonly path: string;
}

export function repositoryOf(annotations: ObjectMeta['annotations'] = {}): Source | undefined {
  const repository = annotations['grafana.app/managerId'];
  return annotations['grafana.app/managedBy'] === 'repo' && repository ? { repository, path: annotations['grafana.app/sourcePath'] ?? '' } : undefined;
}

/** Thrown out of an update that belongs to a file. */
class BelongsToFile extends Error {
  readonly source: Source;
  readonly object: ApiObject;

  constructor(source: Source, object: ApiObject) {
    super('a repository manages this object');
    this.source = source;
    this.object = object;
  }
}

export const managedErrors = defineErrors('managed-resource', {
  managed: [403, 'This resource is managed by a repository and cannot be changed here'],
  managedFolder: [400, 'folder is managed by a repository, but the resource is not managed by the same manager'],
});

const managed = () => new StatusError(403, 'Forbidden', 'this resource is managed by a repository');

/** The kind, as its backend has to see it: collections of managed objects are not deleted. */
export function keepsManaged(kind: Kind): Kind {
  const own = kind.hooks?.mayDelete;
  return {
    ...kind,
    hooks: {
      ...kind.hooks,
      mayDelete: (caller: Caller, stored: StoredResource, request) => {
        if (caller.author !== repositoryAuthor && repositoryOf(stored.annotations)) throw managed();
        return own?.(caller, stored, request);
      },
    },
  };
}

/** The backend of a kind whose objects repositories may manage. */
export function withManagedWrites(kind: Kind, backend: KindBackend, forward: ForwardWish): KindBackend {
  const messageOf = ({ annotations }: ObjectMeta) => annotations?.[messageAnnotation] ?? '';
  return {
    ...backend,
    async create(request) {
      const { caller, version, object, dryRun } = request;
      const source = caller.author === repositoryAuthor ? undefined : repositoryOf(object.metadata.annotations);
      // Without a path it is refused as any such object is.
      if (!source || source.path === '' || dryRun) return backend.create!(request);
      return forward({ caller, kind, version, verb: 'create', name: object.metadata.name ?? '', ...source, message: messageOf(object.metadata), object });
    },
    async update(request) {
      const { caller, version, name, dryRun } = request;
      if (caller.author === repositoryAuthor) return backend.update!(request);
      try {
        return await backend.update!({
          ...request,
          async change(current) {
            const source = repositoryOf(current?.metadata.annotations);
            const next = await request.change(current);
            if (!source) return next;
            const kept = repositoryOf(next.metadata.annotations);
            if (kept?.repository !== source.repository) throw new StatusError(403, 'Forbidden', 'Can not remove resource manager from resource');
            if (dryRun) return next;
            throw new BelongsToFile(source, next);
          },
        });
      } catch (error) {
        if (!(error instanceof BelongsToFile)) throw error;
        const { source, object } = error;
        return { object: await forward({ caller, kind, version, verb: 'update', name, ...source, message: messageOf(object.metadata), object }), created: false };
      }
    },
    async delete(request) {
      const { caller, version, name, dryRun } = request;
      if (caller.author === repositoryAuthor || dryRun) return backend.delete!(request);
      const object = await backend.get!({ caller, version, name, search: new URLSearchParams() });
      const source = repositoryOf(object.metadata.annotations);
      if (!source) return backend.delete!(request);
      await forward({ caller, kind, version, verb: 'delete', name, ...source, message: '' });
      return { object, answer: 'object' };
    },
  };
}

/**
 * The store as the classic routes have it: what a repository manages is not written there, and nothing else comes into its folders. Those who
 * want to change it use the files.
 */
export function keepingManaged(store: ResourceStore): ResourceStore {
  async function demandFree(key: ResourceKey, author: string): Promise<void> {
    if (author === repositoryAuthor) return;
    const current = await store.get(key);
    if (current && repositoryOf(current.annotations)) throw managedErrors.managed();
  }

  async function demandPlace({ namespace, folder, annotations, author }: ResourceWrite): Promise<void> {
    if (folder === '' || author === repositoryAuthor) return;
    const above = await store.get({ ...folderType, namespace, name: folder });
    const owner = above && repositoryOf(above.annotations);
    if (owner && repositoryOf(annotations)?.repository !== owner.repository) throw managedErrors.managedFolder();
  }

  return {
    ...store,
    async create(write, along) {
      await demandPlace(write);
      return store.create(write, along);
    },
    async update(write, expect) {
      await demandFree(write, write.author);
      await demandPlace(write);
      return store.update(write, expect);
    },
    async delete(key, options) {
      await demandFree(key, options.author);
      return store.delete(key, options);
    },
  };
}
