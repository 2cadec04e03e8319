/** Objects that stand for the files of a repository: how they are made, changed, let go and counted. */
import type { ApiObject } from '../../apiserver/api-object.ts';
import { decodeObjectOf, generatedName } from '../../apiserver/decode.ts';
import type { Caller, Kind, KindBackend } from '../../apiserver/kind.ts';
import { repositoryAuthor } from '../../apiserver/managed-writes.ts';
import { badRequest, causes, invalid, StatusError } from '../../apiserver/status.ts';
import { provisioningIdentity } from '../../services/operations/provisioning/provisioning-identity.ts';
import { dashboardType, folderType, type ContentEntry } from '../../storage/search/content-entry.ts';
import type { ContentIndex } from '../../storage/search/content-index.ts';
import { orgIdOf } from '../../util/namespace.ts';
import { objectOf } from '../../util/json-value.ts';
import { folderNameOf, type FileObject } from './file-object.ts';
import type { Repository, ResourceCount } from './git-sync.ts';
import { baseName, directoriesAbove, parentOf } from './safe-path.ts';

export interface Placing {
  readonly path: string;
  /** Of the file's content; '' while there is none. */
  readonly hash: string;
  /** Milliseconds since the epoch; 0 for unknown. */
  readonly modified: number;
}

export interface ManagedObjects {
  /** Folders before what is in them. */
  of(repository: Pick<Repository, 'namespace' | 'name'>): Promise<readonly ContentEntry[]>;
  entry(namespace: string, kind: string, name: string): Promise<ContentEntry | undefined>;
  /** What belongs to nobody, in an order in which it can be written again. */
  unmanaged(namespace: string): Promise<readonly ContentEntry[]>;
  /** The object as the repository would write it, before any check. */
  shaped(repository: Repository, file: FileObject, placing: Placing): ApiObject;
  existing(repository: Pick<Repository, 'namespace'>, file: FileObject): Promise<ApiObject | undefined>;
  /** What the kind makes of it; throws what it refuses. Undefined for kinds that cannot say. */
  dryRun(repository: Repository, file: FileObject, placing: Placing): Promise<ApiObject | undefined>;
  /** Folders above it are made. */
  write(repository: Repository, file: FileObject, placing: Placing): Promise<{ object: ApiObject; created: boolean }>;
  /** The folder of a directory, made if it is not there; '' for the root of the instance. */
  folderFor(repository: Repository, directory: string): Promise<string>;
  read(entry: Pick<ContentEntry, 'kind' | 'namespace' | 'name'>, version: string): Promise<ApiObject>;
  remove(entry: ContentEntry): Promise<void>;
  /** It stays, and belongs to nobody. */
  release(entry: ContentEntry): Promise<void>;
  counts(repository: Pick<Repository, 'namespace' | 'name'>): Promise<readonly ResourceCount[]>;
}

export interface ManagedObjectsDeps {
  readonly index: ContentIndex;
  readonly kinds: { readonly dashboard: Kind; readonly folder: Kind };
  readonly backendOf: (kind: Kind) => KindBackend;
}

const folderVersion = 'v1beta1';
const storedVersion = 'v1beta1';
const signal = new AbortController().signal;
const conflictRetries = 5;
const own = ['managedBy', 'managerId', 'sourcePath', 'sourceChecksum', 'sourceTimestamp'].map((name) => `grafana.app/${name}`);

/** The writer of repositories, in a namespace. */
export function repositoryCaller(namespace: string): Caller {
  const orgId = orgIdOf(namespace) ?? 0;
  return { identity: provisioningIdentity(orgId), author: repositoryAuthor, namespace, orgId, signal, agent: 'grafana' };
}

export function createManagedObjects({ index, kinds, backendOf }: ManagedObjectsDeps): ManagedObjects {
  const kindOf = (resource: string) => (resource === folderType.resource ? kinds.folder : kinds.dashboard);
  const resourceOf = ({ kind }: Pick<ContentEntry, 'kind'>) => (kind === 'folder' ? folderType : dashboardType);

  async function of({ namespace, name }: Pick<Repository, 'namespace' | 'name'>): Promise<ContentEntry[]> {
    await index.ready();
    const mine = ({ manager }: ContentEntry) => manager?.kind === 'repo' && manager.id === name;
    const depth = (entry: ContentEntry) => index.lineage(namespace, entry.name).length;
    return [...index.entries(namespace, 'folder').filter(mine).sort((a, b) => depth(a) - depth(b)), ...index.entries(namespace, 'dashboard').filter(mine)];
  }

  function annotationsOf(repository: Repository, { path, hash, modified }: Placing, folder: string): Record<string, string> {
    return {
      ...(folder === '' ? {} : { 'grafana.app/folder': folder }), 'grafana.app/managedBy': 'repo', 'grafana.app/managerId': repository.name,
      'grafana.app/sourcePath': path, ...(hash === '' ? {} : { 'grafana.app/sourceChecksum': hash }),
      ...(modified === 0 ? {} : { 'grafana.app/sourceTimestamp': String(Math.trunc(modified)) }),
    };
  }

  /** The folder of a directory, whether or not it is there. */
  function folderOf({ name, spec }: Repository, directory: string): string {
    if (directory === '') return spec.sync.target === 'instance' ? '' : name;
    return folderNameOf(name, directory);
  }

  function shaped(repository: Repository, file: FileObject, placing: Placing): ApiObject {
    const annotations = { ...(objectOf(file.metadata['annotations']) as Record<string, string>), ...annotationsOf(repository, { ...placing, modified: 0 }, folderOf(repository, parentOf(placing.path))) };
    const labels = objectOf(file.metadata['labels']) as Record<string, string>;
    return {
      apiVersion: `${file.group}/${file.version}`, kind: file.kind,
      metadata: { name: file.name, namespace: repository.namespace, annotations, ...(Object.keys(labels).length > 0 ? { labels } : {}) }, spec: file.spec,
    };
  }

  /** Through the same gate as what clients send. */
  function decoded(kind: Kind, file: FileObject, object: ApiObject): ApiObject {
    if (!kind.versions.some(({ name }) => name === file.version)) throw badRequest(`resource type is not supported: ${file.group}/${file.version} ${file.kind}`);
    const { name = '' } = object.metadata;
    if (name === '') throw invalid(kind, '', [causes.required('metadata.name', 'the file gives its object no name')]);
    return decodeObjectOf(object as unknown as Record<string, unknown>, { kind, version: file.version, validation: 'Ignore' }).object;
  }

  function checkOwner(repository: Repository, file: FileObject): void {
    const known = file.kind === 'Folder' ? index.folder(repository.namespace, file.name) : index.dashboard(repository.namespace, file.name);
    const manager = known?.manager;
    if (!manager || (manager.kind === 'repo' && manager.id === repository.name)) return;
    throw new StatusError(409, 'Conflict', `resource ${JSON.stringify(file.name)} is managed by ${manager.kind} ${JSON.stringify(manager.id)} and cannot be modified by repo ${JSON.stringify(repository.name)}`);
  }

  async function put(kind: Kind, version: string, object: ApiObject, dryRun = false): Promise<{ object: ApiObject; created: boolean }> {
    return backendOf(kind).update!({
      caller: repositoryCaller(object.metadata.namespace!), version, name: object.metadata.name!, change: () => structuredClone(object), retries: conflictRetries, subresource: '',
      dryRun, fieldManager: '', fieldValidation: 'Ignore',
    });
  }

  async function ensureFolder(repository: Repository, name: string, title: string, path: string, parent: string): Promise<void> {
    const { namespace } = repository;
    const known = index.folder(namespace, name);
    if (known) {
      const mine = known.manager?.kind === 'repo' && known.manager.id === repository.name;
      if (!mine && known.manager) throw new StatusError(409, 'Conflict', `folder ${JSON.stringify(name)} is managed by ${known.manager.kind} ${JSON.stringify(known.manager.id)}`);
      if (mine && known.title === title && known.folder === parent) return;
    }
    await put(kinds.folder, folderVersion, {
      apiVersion: `${folderType.group}/${folderVersion}`, kind: 'Folder', spec: { title },
      metadata: { name, namespace, annotations: annotationsOf(repository, { path, hash: '', modified: 0 }, parent) },
    });
  }

  return {
    of,
    async entry(namespace, kind, name) {
      await index.ready();
      return kind === 'Folder' || kind === 'folder' ? index.folder(namespace, name) : index.dashboard(namespace, name);
    },
    async unmanaged(namespace) {
      await index.ready();
      const depth = (entry: ContentEntry) => index.lineage(namespace, entry.name).length;
      const free = ({ manager }: ContentEntry) => manager === undefined;
      return [...index.entries(namespace, 'folder').filter(free).sort((a, b) => depth(a) - depth(b)), ...index.entries(namespace, 'dashboard').filter(free)];
    },
    shaped,
    async existing({ namespace }, file) {
      const kind = kindOf(file.resource);
      if (file.name === '' || !kind.versions.some(({ name }) => name === file.version)) return undefined;
      try {
        return await backendOf(kind).get!({ caller: repositoryCaller(namespace), version: file.version, name: file.name, search: new URLSearchParams() });
      } catch (error) {
        if (error instanceof StatusError && error.code === 404) return undefined;
        throw error;
      }
    },
    async dryRun(repository, file, placing) {
      // Compat: folders cannot be tried out (§4.4).
      if (file.resource === folderType.resource) return undefined;
      await index.ready();
      const named = file.name === '' && file.generateName !== '' ? { ...file, name: generatedName(file.generateName) } : file;
      const kind = kindOf(file.resource);
      const object = decoded(kind, file, shaped(repository, named, placing));
      checkOwner(repository, named);
      return (await put(kind, file.version, object, true)).object;
    },
    async write(repository, file, placing) {
      await index.ready();
      const kind = kindOf(file.resource);
      const object = decoded(kind, file, shaped(repository, file, placing));
      checkOwner(repository, file);
      const folder = await this.folderFor(repository, parentOf(placing.path));
      Object.assign(object.metadata.annotations!, annotationsOf(repository, placing, folder));
      return put(kind, file.version, object);
    },
    async folderFor(repository, directory) {
      await index.ready();
      const whole = repository.spec.sync.target !== 'instance';
      if (whole) await ensureFolder(repository, repository.name, repository.spec.title, '', '');
      let parent = whole ? repository.name : '';
      for (const above of directory === '' ? [] : [...directoriesAbove(directory), directory]) {
        const name = folderNameOf(repository.name, above);
        await ensureFolder(repository, name, baseName(above), above.slice(0, -1), parent);
        parent = name;
      }
      return parent;
    },
    read: (entry, version) => backendOf(kindOf(resourceOf(entry).resource)).get!({
      caller: repositoryCaller(entry.namespace), version, name: entry.name, search: new URLSearchParams(),
    }),
    async remove(entry) {
      try {
        await backendOf(kindOf(resourceOf(entry).resource)).delete!({ caller: repositoryCaller(entry.namespace), version: storedVersion, name: entry.name, dryRun: false, gracePeriodSeconds: 0 });
      } catch (error) {
        // Somebody else was faster.
        if (!(error instanceof StatusError && error.code === 404)) throw error;
      }
    },
    async release(entry) {
      const kind = kindOf(resourceOf(entry).resource);
      const { apiVersion } = await this.read(entry, storedVersion);
      await backendOf(kind).update!({
        caller: repositoryCaller(entry.namespace), version: apiVersion.split('/')[1]!, name: entry.name, retries: conflictRetries, subresource: '', dryRun: false, fieldManager: '', fieldValidation: 'Ignore',
        change(current) {
          if (!current) throw new StatusError(404, 'NotFound', 'it is gone');
          const annotations = Object.fromEntries(Object.entries(current.metadata.annotations ?? {}).filter(([name]) => !own.includes(name)));
          const spec = current.spec ?? JSON.parse(current.specText ?? '{}');
          return { ...current, spec, metadata: { ...current.metadata, annotations } };
        },
      });
    },
    async counts(repository) {
      const all = await of(repository);
      return [dashboardType, folderType].map((type) => ({ ...type, count: all.filter((entry) => resourceOf(entry) === type).length })).filter(({ count }) => count > 0);
    },
  };
}
