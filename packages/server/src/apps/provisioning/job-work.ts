/** What jobs do: files become objects (pull), objects become files (push, migrate), files are deleted and moved, pull requests are looked through. */
import { StatusError } from '../../apiserver/status.ts';
import type { ContentEntry } from '../../storage/search/content-entry.ts';
import { dashboardType, folderType } from '../../storage/search/content-entry.ts';
import { plain } from '../../apiserver/api-object.ts';
import { slugify } from '../../util/slug.ts';
import { objectOf } from '../../util/json-value.ts';
import { fileOf, folderNameOf, objectInFile, type FileObject } from './file-object.ts';
import { messageOf, placeOf, type JobSpec, type Repository, type ResourceRef } from './git-sync.ts';
import type { JobReport } from './job-report.ts';
import type { ManagedObjects } from './managed-objects.ts';
import type { Previews } from './previews.ts';
import type { RepositoryAccess } from './repository-access.ts';
import { beginningOf, type EditOptions, type FileEdit, type FileEntry, type RepositoryFiles } from './repository-files.ts';
import { baseName, directoriesAbove, holdsObject, isDirectory, parentOf } from './safe-path.ts';

export interface JobWorkDeps {
  readonly objects: ManagedObjects;
  readonly access: Pick<RepositoryAccess, 'files' | 'github'>;
  /** 0: as many as there are. */
  readonly resourcesMax: number;
  readonly rootUrl: string;
  readonly previews?: Pick<Previews, 'make'>;
}

export interface Work {
  readonly repository: Repository;
  readonly spec: JobSpec;
  readonly report: JobReport;
  readonly signal: AbortSignal;
  /** Called now and then; throws when the work is not to go on. */
  readonly step: (message: string) => Promise<void>;
}

export interface Done {
  /** The commit that the objects show now; undefined where nothing was pulled. */
  readonly ref?: string;
  readonly pulled: boolean;
  readonly incremental: boolean;
}

/** Files under way: their objects share commits, and their texts fit into memory. */
const atATime = 16;
/** Of one pull request: each takes a renderer a while. */
const picturesMax = 3;
const dashboard = { group: dashboardType.group, kind: 'Dashboard' };
const folder = { group: folderType.group, kind: 'Folder' };
const about = (entry: Pick<ContentEntry, 'kind'>) => (entry.kind === 'folder' ? folder : dashboard);
/** Whoever reads the history of a repository sees who wrote it. */
export const serverAuthor = { name: 'Grafana', email: 'noreply@grafana.com' };

export function createJobWork({ objects, access, resourcesMax, rootUrl, previews }: JobWorkDeps) {
  async function pull({ repository, report, signal, step }: Work, files: RepositoryFiles, incremental: boolean): Promise<Done> {
    const ref = files.versions ? await files.versions.latest('', signal) : '';
    if (incremental && ref !== '' && ref === repository.status.sync.lastRef) return { ref, pulled: true, incremental: true };
    await step('reading the repository');
    const all = await files.list(ref, signal);
    const wanted = all.filter(({ path }) => holdsObject(path));
    if (resourcesMax > 0 && wanted.length > resourcesMax) {
      report.failed(undefined, `the repository has ${wanted.length} resources, and ${resourcesMax} are allowed`);
      return { pulled: false, incremental: false };
    }
    const directories = [...new Set(all.filter(({ path }) => holdsObject(path) || baseName(path).startsWith('.')).flatMap(({ path }) => directoriesAbove(path)))].sort();
    const known = await objects.of(repository);
    report.expect(wanted.length + directories.length);
    await makeDirectories(repository, directories, report);
    const kept = await writeFiles({ repository, report, signal, step }, files, ref, wanted, known);
    await step('removing what has no file any more');
    await removeRest(repository, known, kept, new Set(directories.map((directory) => folderNameOf(repository.name, directory))), report);
    return { ...(ref === '' ? {} : { ref }), pulled: true, incremental: false };
  }

  async function makeDirectories(repository: Repository, directories: readonly string[], report: JobReport): Promise<void> {
    // The folder of the whole repository comes even if there is nothing in it.
    if (directories.length === 0) await objects.folderFor(repository, '').catch((error: unknown) => report.failed(folder, messageOf(error)));
    for (const directory of directories) {
      const before = await objects.entry(repository.namespace, 'Folder', folderNameOf(repository.name, directory));
      try {
        await objects.folderFor(repository, directory);
        report.did(folder, before ? 'noop' : 'create');
      } catch (error) {
        report.failed(folder, `${directory}: ${messageOf(error)}`);
      }
    }
  }

  /** Answers `kind/name` of every object that has a file, also where the file could not be taken over. */
  async function writeFiles({ repository, report, signal, step }: Omit<Work, 'spec'>, files: RepositoryFiles, ref: string, wanted: readonly FileEntry[], known: readonly ContentEntry[]): Promise<Set<string>> {
    const byPath = new Map(known.filter(({ source }) => source).map((entry) => [entry.source!.path, entry]));
    const kept = new Set<string>();
    const takenBy = new Map<string, string>();
    const take = (kind: string, name: string, path: string) => {
      const key = `${kind}/${name}`;
      const other = takenBy.get(key);
      if (other !== undefined && other !== path) throw new StatusError(409, 'Conflict', `the name ${JSON.stringify(name)} is taken by ${other}`);
      takenBy.set(key, path);
      kept.add(key);
    };
    const one = async (entry: FileEntry): Promise<void> => {
      const { path } = entry;
      const before = byPath.get(path);
      let file: FileObject | undefined;
      try {
        const place = parentOf(path) === '' ? (repository.spec.sync.target === 'instance' ? '' : repository.name) : folderNameOf(repository.name, parentOf(path));
        if (before && before.source?.checksum === entry.hash && before.folder === place) {
          take(before.kind, before.name, path);
          report.did(about(before), 'noop');
          return;
        }
        const content = await files.read(path, ref, signal);
        file = await objectInFile(path, content.data);
        take(file.kind === 'Folder' ? 'folder' : 'dashboard', file.name, path);
        const written = await objects.write(repository, file, { path, hash: content.hash, modified: content.modified ?? 0 });
        report.did(file, written.created ? 'create' : 'update');
      } catch (error) {
        // What is there already stays as it was.
        if (before) kept.add(`${before.kind}/${before.name}`);
        report.failed(file, `${path}: ${messageOf(error)}`);
      }
    };
    const queue = [...wanted];
    let stepped = Date.now();
    while (queue.length > 0) {
      signal.throwIfAborted();
      await Promise.all(queue.splice(0, atATime).map(one));
      if (Date.now() - stepped < 1_000) continue;
      stepped = Date.now();
      await step('writing objects');
    }
    return kept;
  }

  async function removeRest(repository: Repository, known: readonly ContentEntry[], kept: ReadonlySet<string>, folders: ReadonlySet<string>, report: JobReport): Promise<void> {
    const gone = known.filter(({ kind, name }) => (kind === 'folder' ? name !== repository.name && !folders.has(name) && !kept.has(`folder/${name}`) : !kept.has(`dashboard/${name}`)));
    // Dashboards first, then folders from the inside out.
    for (const entry of gone.toReversed()) {
      try {
        await objects.remove(entry);
        report.did(about(entry), 'delete');
      } catch (error) {
        report.warn(`${entry.source?.path ?? entry.name}: ${messageOf(error)}`);
      }
    }
  }

  /** Objects that belong to nobody, as files. */
  async function push({ repository, report, signal, step }: Omit<Work, 'spec'>, files: RepositoryFiles, options: { branch: string; path: string; folder: string; message: string }): Promise<void> {
    const { namespace } = repository;
    const free = await objects.unmanaged(namespace);
    const directories = new Map<string, string>([['', '']]);
    const used = new Set((await files.list(await beginningOf(files, configured(repository), options.branch, signal), signal)).map(({ path }) => path));
    const edits: FileEdit[] = [];
    report.expect(free.length);
    await step('reading objects');
    for (const entry of free) {
      signal.throwIfAborted();
      if (entry.kind === 'folder') {
        const above = directories.get(entry.folder === options.folder && options.folder !== '' ? '' : entry.folder);
        if (above === undefined || (options.folder !== '' && entry.folder === '')) continue;
        const directory = unique(`${above}${slugify(entry.title)}`, '/', new Set(directories.values()), entry.name);
        directories.set(entry.name, directory);
        report.did(folder, 'noop');
        continue;
      }
      const directory = entry.folder === options.folder ? '' : options.folder !== '' && entry.folder === '' ? undefined : directories.get(entry.folder);
      if (directory === undefined) continue;
      try {
        const object = plain(await objects.read(entry, 'v1beta1'));
        const path = unique(`${options.path}${directory}${slugify(entry.title)}`, '.json', used, entry.name);
        used.add(path);
        edits.push({ path, data: await fileOf(path, { apiVersion: String(object['apiVersion']), kind: String(object['kind']), metadata: objectOf(object['metadata']), spec: object['spec'] }) });
        report.did(dashboard, 'write');
      } catch (error) {
        report.failed(dashboard, `${entry.name}: ${messageOf(error)}`);
      }
    }
    if (edits.length === 0 || report.hasFailed) return;
    await step('writing files');
    await files.edit(edits, editOptions(options.branch, options.message || 'Export from Grafana', signal));
  }

  /** Files of the paths and objects that a job names; directories with all that is in them. */
  async function targets(repository: Repository, all: readonly FileEntry[], { paths = [], resources = [] }: { paths?: readonly string[]; resources?: readonly ResourceRef[] }, report: JobReport): Promise<string[]> {
    const found = new Set<string>();
    const named: string[] = [...paths];
    for (const { name = '', kind = '' } of resources) {
      const entry = await objects.entry(repository.namespace, /folder/i.test(kind) ? 'Folder' : 'Dashboard', name);
      if (!entry || entry.manager?.id !== repository.name || !entry.source) report.failed(undefined, `${kind} ${JSON.stringify(name)} is not managed by this repository`);
      else named.push(entry.kind === 'folder' ? `${entry.source.path}/` : entry.source.path);
    }
    for (const path of named) {
      const below = isDirectory(path) ? all.filter((file) => file.path.startsWith(path)) : all.filter((file) => file.path === path);
      if (below.length === 0) report.failed(undefined, `${path}: file not found`);
      for (const file of below) found.add(file.path);
    }
    return [...found].sort();
  }

  async function remove(work: Work, files: RepositoryFiles): Promise<Done> {
    const { repository, spec, report, signal } = work;
    const ref = spec.delete?.ref ?? '';
    const doomed = await targets(repository, await files.list(await beginningOf(files, configured(repository), ref, signal), signal), spec.delete ?? {}, report);
    if (report.hasFailed) return { pulled: false, incremental: false };
    await files.edit(doomed.map((path) => ({ path, data: null })), editOptions(ref, `Delete ${doomed.length} files`, signal));
    return afterEdit(work, files, ref);
  }

  async function move(work: Work, files: RepositoryFiles): Promise<Done> {
    const { repository, spec, report, signal } = work;
    const { ref = '', targetPath = '', paths = [] } = spec.move ?? {};
    const at = await beginningOf(files, configured(repository), ref, signal);
    const all = await files.list(at, signal);
    const moved = await targets(repository, all, spec.move ?? {}, report);
    const edits: FileEdit[] = [];
    const there = new Set(all.map(({ path }) => path));
    for (const path of moved) {
      // A directory keeps its name and what is below it.
      const root = paths.find((named) => isDirectory(named) && path.startsWith(named));
      const to = targetPath + path.slice(root ? parentOf(root).length : parentOf(path).length);
      if (to === path) continue;
      if (there.has(to) && !moved.includes(to)) report.failed(undefined, `${to}: file already exists`);
      edits.push({ path, data: null }, { path: to, data: (await files.read(path, at, signal)).data });
    }
    if (report.hasFailed) return { pulled: false, incremental: false };
    if (edits.length > 0) await files.edit(edits, editOptions(ref, `Move ${moved.length} files to ${targetPath}`, signal));
    return afterEdit(work, files, ref);
  }

  const afterEdit = (work: Work, files: RepositoryFiles, ref: string): Promise<Done> | Done =>
    (ref === '' || ref === configured(work.repository) ? pull(work, files, false) : { pulled: false, incremental: false });

  /** Says under a pull request what each changed file would do. */
  async function look({ repository, spec, report, signal }: Work, files: RepositoryFiles): Promise<void> {
    const github = await access.github(repository);
    if (!github || !spec.pr?.pr) throw new StatusError(400, 'BadRequest', 'pull requests are known of GitHub repositories only');
    const prefix = (placeOf(repository.spec).path ?? '').replace(/^\/+|\/+$/g, '');
    const inside = prefix === '' ? '' : `${prefix}/`;
    const changed = (await github.api.changedFiles(github.at, spec.pr.pr, signal)).filter(({ path, status }) => status !== 'removed' && path.startsWith(inside) && holdsObject(path));
    if (changed.length === 0) return;
    const rows: string[] = [];
    const pictures: string[] = [];
    for (const { path: full } of changed.slice(0, 50)) {
      const path = full.slice(inside.length);
      try {
        const content = await files.read(path, spec.pr.hash || spec.pr.ref || '', signal);
        const file = await objectInFile(path, content.data);
        await objects.dryRun(repository, file, { path, hash: content.hash, modified: 0 });
        const known = await objects.entry(repository.namespace, file.kind, file.name);
        const page = `admin/provisioning/${encodeURIComponent(repository.name)}/dashboard/preview/${path.split('/').map(encodeURIComponent).join('/')}?ref=${encodeURIComponent(spec.pr.ref ?? '')}`;
        rows.push(`| ${known ? 'update' : 'create'} | ${file.kind} | ${cell(file.title || file.name)} | [preview](${rootUrl.replace(/\/$/, '')}/${page}) |`);
        const wanted = placeOf(repository.spec).generateDashboardPreviews === true && file.kind === 'Dashboard' && pictures.length < picturesMax;
        const picture = wanted ? await previews?.make(repository, `${page}&kiosk`, signal) : undefined;
        if (picture) pictures.push(`![${cell(file.title || file.name)}](${picture})`);
        report.did(file, 'noop');
      } catch (error) {
        rows.push(`| error | | ${cell(path)} | ${cell(messageOf(error))} |`);
        report.warn(`${path}: ${messageOf(error)}`);
      }
    }
    await github.api.comment(github.at, spec.pr.pr, `Grafana looked at the changes of this pull request.\n\n| Action | Kind | Resource | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n${pictures.map((picture) => `\n${picture}\n`).join('')}`, signal);
  }

  return {
    /** Rejects when nothing could be done; what went wrong with single files is in the report. */
    async run(work: Work): Promise<Done> {
      const { repository, spec, report } = work;
      const files = await access.files(repository);
      const nothing: Done = { pulled: false, incremental: false };
      switch (spec.action) {
        case 'pull': return pull(work, files, spec.pull?.incremental ?? false);
        case 'push': {
          const { branch = '', path = '', folder: from = '', message = '' } = spec.push ?? {};
          await push(work, files, { branch, path: path === '' || path.endsWith('/') ? path : `${path}/`, folder: from, message });
          return nothing;
        }
        case 'migrate':
          await push(work, files, { branch: '', path: '', folder: '', message: spec.migrate?.message ?? '' });
          return report.hasFailed ? nothing : pull(work, files, false);
        case 'delete': return remove(work, files);
        case 'move': return move(work, files);
        case 'pr':
          await look(work, files);
          return nothing;
        default: return spec.action satisfies never;
      }
    },
  };
}

const configured = ({ spec }: Repository): string => placeOf(spec).branch ?? '';
const cell = (text: string) => text.replace(/[|\r\n<>`[\]]/g, ' ').slice(0, 200);

const editOptions = (ref: string, message: string, signal: AbortSignal): EditOptions => ({ ref, message, author: serverAuthor, signal });

function unique(stem: string, ending: string, taken: ReadonlySet<string>, name: string): string {
  return taken.has(stem + ending) ? `${stem}-${name}${ending}` : stem + ending;
}
