/** A repository in a directory of this machine. Nothing is read or written outside it, whatever links say. */
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { badRequest, StatusError } from '../../apiserver/status.ts';
import { fileBytesMax } from './git-sync.ts';
import { fileErrors, type FileContent, type FileEntry, type RepositoryFiles, type TestResults } from './repository-files.ts';
import { isPassedOver, objectionToPath } from './safe-path.ts';

/** A directory with more is no repository. */
const filesMax = 50_000;

export interface LocalPlaces {
  readonly permittedPaths: readonly string[];
  readonly homePath: string;
}

const within = (path: string, folder: string) => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** The directory that a specification names, or why it may not. */
export function localRoot(path: string, { permittedPaths, homePath }: LocalPlaces): { root: string } | { objection: string } {
  const root = isAbsolute(path) ? resolve(path) : resolve(homePath, path);
  if (!path.includes('\0') && permittedPaths.some((permitted) => within(root, resolve(homePath, permitted)))) return { root };
  return { objection: `the path given ('${path}') is invalid for a local repository (the path matches no permitted prefix)` };
}

const hashOf = (data: Buffer) => createHash('sha1').update(data).digest('hex');
const isMissing = (error: unknown) => error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

export function createLocalFiles(path: string, places: LocalPlaces): RepositoryFiles {
  /** The directory as it really is; it has to lie where it may even then. */
  async function openRoot(): Promise<string> {
    const found = localRoot(path, places);
    if ('objection' in found) throw badRequest(found.objection);
    const real = await realpath(found.root).catch((error: unknown) => {
      throw isMissing(error) ? new StatusError(404, 'NotFound', 'the directory of the repository does not exist') : badRequest('the directory of the repository cannot be read', error);
    });
    const permitted = await Promise.all(places.permittedPaths.map((prefix) => realpath(resolve(places.homePath, prefix)).catch(() => undefined)));
    if (!permitted.some((prefix) => prefix !== undefined && within(real, prefix))) throw badRequest(`the path given ('${path}') leads out of the permitted prefixes`);
    return real;
  }

  /** Where a file is or would be. Links that lead out are as good as no file. */
  async function place(root: string, file: string): Promise<string> {
    const objection = objectionToPath(file);
    if (objection) throw fileErrors.badPath(objection);
    const target = join(root, file);
    for (let known = target; ; known = dirname(known)) {
      let real: string;
      try {
        real = await realpath(known);
      } catch (error) {
        if (!isMissing(error)) throw fileErrors.noFile();
        // A link to nowhere is there, though what it names is not.
        if (await lstat(known).then(() => true, () => false)) throw fileErrors.noFile();
        continue;
      }
      if (!within(real, root)) throw fileErrors.noFile();
      return known === target ? real : join(real, target.slice(known.length));
    }
  }

  async function load(root: string, file: string): Promise<FileContent> {
    const real = await place(root, file);
    let handle: Awaited<ReturnType<typeof open>>;
    try {
      handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      throw isMissing(error) ? fileErrors.noFile() : badRequest('the file cannot be read', error);
    }
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw fileErrors.noFile();
      if (found.size > fileBytesMax) throw fileErrors.tooLarge();
      const data = await handle.readFile();
      return { path: file, data, size: data.length, hash: hashOf(data), modified: Math.trunc(found.mtimeMs) };
    } finally {
      await handle.close();
    }
  }

  async function walk(root: string, folder: string, found: FileEntry[], signal: AbortSignal): Promise<void> {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      signal.throwIfAborted();
      const file = folder + entry.name;
      if (isPassedOver(entry.name) || objectionToPath(file) !== undefined) continue;
      // A link to a directory may lead in a circle.
      if (entry.isDirectory()) await walk(root, `${file}/`, found, signal);
      else if (entry.isFile() || entry.isSymbolicLink()) {
        const content = await load(root, file).catch(() => undefined);
        if (content) found.push({ path: file, size: content.data.length, hash: content.hash, modified: content.modified! });
      }
      if (found.length > filesMax) throw badRequest(`the directory has more than ${filesMax} files`);
    }
  }

  /** Directories that an edit leaves empty go; git knows none either. */
  async function dropEmpty(root: string, folder: string): Promise<void> {
    for (let at = folder; at !== root && within(at, root); at = dirname(at)) {
      try {
        await rmdir(at);
      } catch {
        return;
      }
    }
  }

  async function write(root: string, file: string, data: Buffer): Promise<void> {
    const real = await place(root, file);
    await mkdir(dirname(real), { recursive: true });
    // Whoever reads meanwhile sees the old file or the new one.
    const making = join(dirname(real), `.${randomBytes(6).toString('hex')}.tmp`);
    const handle = await open(making, 'wx', 0o644);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    try {
      await rename(making, real);
    } catch (error) {
      await rm(making, { force: true });
      throw badRequest('the file cannot be written', error);
    }
  }

  return {
    async list(_ref, signal) {
      const root = await openRoot();
      const found: FileEntry[] = [];
      await walk(root, '', found, signal);
      return found.sort((a, b) => (a.path < b.path ? -1 : 1));
    },
    async read(file) {
      return load(await openRoot(), file);
    },
    async edit(edits) {
      const root = await openRoot();
      for (const { path: file, data } of edits) {
        if (data) {
          if (data.length > fileBytesMax) throw fileErrors.tooLarge();
          await write(root, file, data);
        } else {
          const real = await place(root, file);
          await rm(real, { force: true });
          await dropEmpty(root, dirname(real));
        }
      }
      return '';
    },
    async test(): Promise<TestResults> {
      const failed = (type: string, detail?: string): TestResults => ({ code: 400, success: false, errors: [{ type, field: 'spec.local.path', ...(detail ? { detail } : {}) }] });
      try {
        if (!(await stat(await openRoot())).isDirectory()) return failed('FieldValueInvalid', 'not a directory');
      } catch (error) {
        return error instanceof StatusError && error.code === 404 ? failed('FieldValueNotFound') : failed('FieldValueInvalid', error instanceof Error ? error.message : undefined);
      }
      return { code: 200, success: true };
    },
  };
}
