/** `repositories/<name>/files/…` (apiserver-and-storage §6.9): files as objects, read and written by people. */
import { plain, type ApiObject } from '../../apiserver/api-object.ts';
import type { Caller, SubresourceRequest } from '../../apiserver/kind.ts';
import { badRequest, methodNotAllowed, StatusError } from '../../apiserver/status.ts';
import type { ContentAccess } from '../../services/content/access.ts';
import { rfc3339 } from '../../storage/resource-changes.ts';
import { objectOf } from '../../util/json-value.ts';
import { json, type Reply } from '../../web/reply.ts';
import { fileOf, folderNameOf, objectInFile, type FileObject } from './file-object.ts';
import { apiVersion, fileBytesMax, messageOf, placeOf, type Repository } from './git-sync.ts';
import type { ManagedObjects } from './managed-objects.ts';
import { beginningOf, fileErrors, type EditOptions, type FileContent, type FileEdit, type RepositoryFiles } from './repository-files.ts';
import { isDirectory, keepFile, objectionToPath, parentOf } from './safe-path.ts';

export interface FilesEndpointDeps {
  readonly objects: ManagedObjects;
  readonly access: ContentAccess;
  readonly files: (repository: Repository) => Promise<RepositoryFiles>;
}

export interface FileRequest {
  readonly repository: Repository;
  readonly caller: Caller;
  readonly method: 'get' | 'create' | 'update' | 'delete';
  /** Below the repository; a directory ends with a slash. */
  readonly path: string;
  readonly ref: string;
  readonly message: string;
  readonly skipDryRun: boolean;
  /** Where the file is now, if it is to be moved. */
  readonly originalPath: string;
  readonly body: Buffer;
}

interface Wrapper {
  readonly value: object;
  readonly failed: boolean;
  readonly upsert: ApiObject | null;
}

const requestMs = 30_000;

export function createFilesEndpoint({ objects, access, files }: FilesEndpointDeps) {
  const isConfigured = ({ spec }: Repository, ref: string) => ref === '' || ref === placeOf(spec).branch;

  function demandWritable(repository: Repository, ref: string): void {
    if (!repository.status.health.healthy) throw badRequest('The repository is not healthy');
    const { workflows } = repository.spec;
    const wanted = isConfigured(repository, ref) ? 'write' : 'branch';
    if (workflows.length === 0) throw new StatusError(403, 'Forbidden', 'this repository is read only');
    if (!workflows.includes(wanted)) {
      throw new StatusError(403, 'Forbidden', wanted === 'write' ? 'this repository does not support the write workflow' : 'this repository does not support the branch workflow');
    }
  }

  const denied = () => new StatusError(403, 'Forbidden', 'permission denied');

  /** What the person might do with the object itself. */
  async function demandObject(request: Pick<FileRequest, 'repository' | 'caller'>, file: FileObject, path: string, verb: 'read' | 'write' | 'create' | 'delete'): Promise<void> {
    const { repository, caller } = request;
    const known = await objects.entry(repository.namespace, file.kind, file.name);
    const place = folderOf(repository, parentOf(path));
    const may = (action: string) => (file.kind === 'Folder'
      ? access.mayOnFolder(caller.identity, `folders:${action}`, known?.name ?? place)
      : known ? access.mayOnDashboard(caller.identity, `dashboards:${action}`, known.name, known.folder) : access.mayOnFolder(caller.identity, `dashboards:${action}`, place));
    if (!may(verb === 'create' && known ? 'write' : verb)) throw denied();
  }

  const folderOf = ({ name, spec }: Repository, directory: string) => (directory === '' ? (spec.sync.target === 'instance' ? '' : name) : folderNameOf(name, directory));

  function demandFolder({ repository, caller, path }: Pick<FileRequest, 'repository' | 'caller' | 'path'>, action: string): void {
    if (!access.mayOnFolder(caller.identity, action, folderOf(repository, parentOf(path)))) throw denied();
  }

  async function wrapped(request: FileRequest, store: RepositoryFiles, content: Partial<FileContent> & { data: Buffer }, verb: 'read' | 'delete' | 'write', edit?: (file: FileObject) => Promise<string>): Promise<Wrapper> {
    const { repository, path, skipDryRun } = request;
    let file = await objectInFile(path, content.data);
    const errors: string[] = [];
    await demandObject(request, file, path, verb === 'write' ? 'create' : verb);
    const placing = { path, hash: content.hash ?? '', modified: content.modified ?? 0 };
    const existing = await objects.existing(repository, file);
    let dryRun: ApiObject | undefined;
    if (!skipDryRun && verb !== 'delete') {
      try {
        dryRun = await objects.dryRun(repository, file, placing);
        if (file.name === '' && dryRun?.metadata.name) file = { ...file, name: dryRun.metadata.name };
      } catch (error) {
        // A file that nobody would accept is shown, but not written.
        if (edit) throw error;
        errors.push(messageOf(error));
      }
    }
    const ref = edit ? await edit(file) : content.ref;
    let upsert: ApiObject | null = null;
    if (edit && verb === 'write' && repository.spec.sync.enabled && isConfigured(repository, request.ref)) {
      const written = await store.read(path, request.ref, signalOf(request));
      upsert = (await objects.write(repository, file, { path, hash: written.hash, modified: written.modified ?? 0 })).object;
    }
    const urls = store.versions?.urls?.(path, request.ref);
    const { spec, namespace, name } = repository;
    return {
      upsert, failed: errors.length > 0,
      value: {
        kind: 'ResourceWrapper', apiVersion, path, ...(ref ? { ref } : {}), ...(content.hash ? { hash: content.hash } : {}),
        repository: { type: spec.type, title: spec.title, namespace, name }, ...(urls ? { urls } : {}), ...(content.modified ? { timestamp: rfc3339(content.modified) } : {}),
        resource: {
          type: { group: file.group, version: file.version, kind: file.kind, resource: file.resource, ...(file.classic ? { classic: file.classic } : {}) },
          file: shown(objects.shaped(repository, file, placing)), existing: existing ? plain(existing) : null,
          action: verb === 'delete' ? 'delete' : existing ? 'update' : 'create', dryRun: dryRun ? plain(dryRun) : null, upsert: upsert ? plain(upsert) : null,
        },
        ...(errors.length > 0 ? { errors } : {}),
      },
    };
  }

  const editOptions = (request: FileRequest, fallback: string): EditOptions => ({
    ref: request.ref, message: request.message || fallback, signal: signalOf(request),
    author: { name: request.caller.identity.name || request.caller.identity.login || 'Grafana', email: request.caller.identity.email || 'noreply@grafana.com' },
  });

  /** Where a branch that is made by this write begins. */
  const beginning = (request: FileRequest, store: RepositoryFiles) => beginningOf(store, placeOf(request.repository.spec).branch ?? '', request.ref, signalOf(request));

  async function write(request: FileRequest, store: RepositoryFiles): Promise<Wrapper> {
    const { repository, path, method } = request;
    demandWritable(repository, request.ref);
    if (request.originalPath !== '' && request.originalPath !== path) return moved(request, store);
    if (isDirectory(path)) return folderMade(request, store);
    if (request.body.length > fileBytesMax) throw fileErrors.tooLarge();
    const before = await store.read(path, await beginning(request, store), signalOf(request)).catch(unlessMissing);
    if (method === 'create' && before) throw fileErrors.exists();
    if (method === 'update' && !before) throw fileErrors.noFile();
    const given = await objectInFile(path.replace(/\.ya?ml$/i, '.json'), request.body).catch(() => objectInFile(path, request.body));
    if (given.name === '' && given.generateName === '') throw badRequest('the object has neither a name nor a generateName');
    return wrapped(request, store, { data: request.body }, 'write', async (file) => {
      const data = file.classic
        ? Buffer.from(JSON.stringify(JSON.parse(request.body.toString('utf8')), null, 2))
        : await fileOf(path, { apiVersion: `${file.group}/${file.version}`, kind: file.kind, metadata: { ...file.metadata, name: file.name }, spec: file.spec });
      return store.edit([{ path, data }], editOptions(request, `${before ? 'Update' : 'Create'} ${path}`));
    });
  }

  async function folderMade(request: FileRequest, store: RepositoryFiles): Promise<Wrapper> {
    const { repository, path } = request;
    if (request.method === 'update') throw methodNotAllowed();
    demandFolder(request, 'folders:create');
    if ((await store.list(await beginning(request, store), signalOf(request))).some((file) => file.path.startsWith(path))) throw fileErrors.exists();
    const ref = await store.edit([{ path: path + keepFile, data: Buffer.alloc(0) }], editOptions(request, `Create ${path}`));
    const synced = repository.spec.sync.enabled && isConfigured(repository, request.ref);
    if (synced) await objects.folderFor(repository, path);
    return folderWrapper(request, 'create', ref);
  }

  async function folderWrapper({ repository, path }: FileRequest, action: string, ref: string): Promise<Wrapper> {
    const { spec, namespace, name } = repository;
    const known = await objects.entry(namespace, 'Folder', folderNameOf(name, path));
    const upsert = known && action === 'create' ? await objects.read(known, 'v1beta1') : null;
    return {
      failed: false, upsert,
      value: {
        kind: 'ResourceWrapper', apiVersion, path, ...(ref ? { ref } : {}), repository: { type: spec.type, title: spec.title, namespace, name },
        resource: {
          type: { group: 'folder.grafana.app', version: 'v1beta1', kind: 'Folder', resource: 'folders' }, file: null, existing: null, action, dryRun: null, upsert: upsert ? plain(upsert) : null,
        },
      },
    };
  }

  async function moved(request: FileRequest, store: RepositoryFiles): Promise<Wrapper> {
    const { repository, path, originalPath } = request;
    const objection = objectionToPath(originalPath);
    if (objection) throw fileErrors.badPath(objection);
    const ref = await beginning(request, store);
    if (isDirectory(path) !== isDirectory(originalPath)) throw badRequest('a file cannot become a folder, nor a folder a file');
    if (isDirectory(path)) {
      if (isConfigured(repository, request.ref)) throw methodNotAllowed();
      demandFolder({ ...request, path: originalPath }, 'folders:write');
      demandFolder(request, 'folders:create');
      const below = (await store.list(ref, signalOf(request))).filter((file) => file.path.startsWith(originalPath));
      if (below.length === 0) throw fileErrors.noFile();
      const edits: FileEdit[] = [];
      for (const file of below) edits.push({ path: file.path, data: null }, { path: path + file.path.slice(originalPath.length), data: (await store.read(file.path, ref, signalOf(request))).data });
      return folderWrapper(request, 'move', await store.edit(edits, editOptions(request, `Move ${originalPath} to ${path}`)));
    }
    const content = await store.read(originalPath, ref, signalOf(request));
    if (await store.read(path, ref, signalOf(request)).catch(unlessMissing)) throw fileErrors.exists();
    await demandObject(request, await objectInFile(originalPath, content.data), originalPath, 'write');
    const data = request.body.length > 0 ? request.body : content.data;
    if (data.length > fileBytesMax) throw fileErrors.tooLarge();
    return wrapped(request, store, { data }, 'write', async (file) => store.edit([
      { path: originalPath, data: null },
      { path, data: file.classic ? data : await fileOf(path, { apiVersion: `${file.group}/${file.version}`, kind: file.kind, metadata: { ...file.metadata, name: file.name }, spec: file.spec }) },
    ], editOptions(request, `Move ${originalPath} to ${path}`)));
  }

  async function remove(request: FileRequest, store: RepositoryFiles): Promise<Wrapper> {
    const { repository, path } = request;
    demandWritable(repository, request.ref);
    const ref = await beginning(request, store);
    if (isDirectory(path)) {
      if (isConfigured(repository, request.ref)) throw methodNotAllowed();
      demandFolder(request, 'folders:delete');
      const below = (await store.list(ref, signalOf(request))).filter((file) => file.path.startsWith(path));
      if (below.length === 0) throw fileErrors.noFile();
      return folderWrapper(request, 'delete', await store.edit(below.map((file) => ({ path: file.path, data: null })), editOptions(request, `Delete ${path}`)));
    }
    const content = await store.read(path, ref, signalOf(request));
    const done = await wrapped(request, store, content, 'delete', () => store.edit([{ path, data: null }], editOptions(request, `Delete ${path}`)));
    if (repository.spec.sync.enabled && isConfigured(repository, request.ref)) {
      const mine = (await objects.of(repository)).find(({ source, kind }) => source?.path === path && kind === 'dashboard');
      if (mine) await objects.remove(mine);
    }
    return done;
  }

  return {
    /** Throws what is refused. */
    async run(request: FileRequest): Promise<Wrapper> {
      const objection = objectionToPath(request.path);
      if (objection) throw fileErrors.badPath(objection);
      const store = await files(request.repository);
      switch (request.method) {
        case 'get': {
          if (isDirectory(request.path)) throw badRequest('folder navigation not yet supported');
          return wrapped(request, store, await store.read(request.path, request.ref, signalOf(request)), 'read');
        }
        case 'create': case 'update': return write(request, store);
        case 'delete': return remove(request, store);
        default: return request.method satisfies never;
      }
    },

    async answer(repository: Repository, { caller, verb, rest, endsInSlash, search, rawBody }: SubresourceRequest): Promise<Reply> {
      const path = rest !== '' && endsInSlash ? `${rest}/` : rest;
      const ref = search.get('ref') ?? '';
      const method = verb as FileRequest['method'];
      if (path === '') {
        if (method !== 'get') throw badRequest('a path is required');
        if (!access.mayOnFolder(caller.identity, 'folders:read', folderOf(repository, ''))) throw denied();
        const store = await files(repository);
        const entries = await store.list(ref, AbortSignal.any([caller.signal, AbortSignal.timeout(requestMs)]));
        const items = entries.map(({ path: file, size, hash, modified }) => ({ path: file, ...(size === undefined ? {} : { size }), hash, ...(modified ? { modified } : {}) }));
        return json({ kind: 'FileList', apiVersion, metadata: {}, items });
      }
      const done = await this.run({
        repository, caller, method, path, ref, body: rawBody, message: search.get('message') ?? '', skipDryRun: search.get('skipDryRun') === 'true', originalPath: search.get('originalPath') ?? '',
      });
      // Compat: some of it was done, so to say.
      return json(done.value, done.failed ? 206 : 200);
    },
  };
}

const signalOf = ({ caller }: Pick<FileRequest, 'caller'>): AbortSignal => AbortSignal.any([caller.signal, AbortSignal.timeout(requestMs)]);

function unlessMissing(error: unknown): undefined {
  if (error instanceof StatusError && error.code === 404) return undefined;
  throw error;
}

/** As a file shows an object: what is empty is left out. */
const shown = (object: ApiObject): object => ({ ...object, metadata: objectOf(JSON.parse(JSON.stringify(object.metadata))) });
