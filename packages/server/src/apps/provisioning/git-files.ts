/**
 * A repository in git, over http. A bare copy of what was asked for last lies in a directory of this process; commits are made there and
 * pushed. Whoever pushes in between makes ours fail, and it is made again on top of theirs.
 */
import * as fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TreeEntry } from 'isomorphic-git';
import { StatusError } from '../../apiserver/status.ts';
import { fileBytesMax, messageOf, type FieldProblem } from './git-sync.ts';
import { createGitHttp, gitHttpLimits, type GitHttpLimits } from './git-http.ts';
import { fileErrors, type EditOptions, type FileContent, type FileEdit, type FileEntry, type HistoryItem, type Ref, type RepositoryFiles, type TestResults } from './repository-files.ts';
import { isPassedOver, objectionToPath } from './safe-path.ts';

export interface GitFilesOptions {
  readonly url: string;
  readonly branch: string;
  /** Directory inside the repository; '' for all of it. */
  readonly path: string;
  readonly user: string;
  /** '' for none. */
  readonly token: string;
  /** `git`, `github`: where in the specification a fault lies. */
  readonly section: string;
  readonly limits?: GitHttpLimits;
}

const filesMax = 50_000;
const historyDepth = 100;
const pushTries = 3;
const messageLengthMax = 10_000;
const branchPattern = /^(?!.*(\.\.|\/\/|@\{|\\))[^\s~^:?*[\p{Cc}/.-][^\s~^:?*[\p{Cc}]*(?<!\.lock|\/|\.)$/u;
export const isBranchName = (name: string): boolean => name.length <= 250 && branchPattern.test(name);
const commitPattern = /^[0-9a-f]{40}$/;

/** `close` takes the copy away. */
export function createGitFiles({ url, branch, path, user, token, section, limits = gitHttpLimits }: GitFilesOptions): RepositoryFiles & { close(): Promise<void> } {
  const prefix = path.replace(/^\/+|\/+$/g, '');
  const inside = prefix === '' ? '' : `${prefix}/`;
  const cache = {};
  let current: AbortSignal = new AbortController().signal;
  const http = createGitHttp(() => current, limits);
  let gitdir: Promise<string> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const onAuth = () => (token === '' ? {} : { username: user, password: token });
  // A refused password is not asked for again.
  const onAuthFailure = () => ({ cancel: true });

  /** One thing at a time: the copy is one. */
  function exclusively<T>(signal: AbortSignal, work: (git: typeof import('isomorphic-git').default, dir: string) => Promise<T>): Promise<T> {
    const next = last.catch(() => {}).then(async () => {
      signal.throwIfAborted();
      current = signal;
      const { default: git } = await import('isomorphic-git');
      gitdir ??= prepare(git);
      try {
        return await work(git, await gitdir);
      } catch (error) {
        throw translated(error);
      }
    });
    last = next;
    return next;
  }

  async function prepare(git: typeof import('isomorphic-git').default): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), 'belvedere-git-'));
    await git.init({ fs, gitdir: dir, dir, bare: true, defaultBranch: 'main' });
    await git.addRemote({ fs, gitdir: dir, remote: 'origin', url });
    return dir;
  }

  const shared = (dir: string) => ({ fs, gitdir: dir, cache });
  const remote = (dir: string) => ({ ...shared(dir), http, url, remote: 'origin', onAuth, onAuthFailure });

  /** Branches of the server, and where they are. */
  async function branches(git: typeof import('isomorphic-git').default): Promise<Map<string, string>> {
    const refs = await git.listServerRefs({ http, url, prefix: 'refs/heads/', onAuth, onAuthFailure, protocolVersion: 2 });
    return new Map(refs.filter(({ ref }) => ref.startsWith('refs/heads/')).map(({ ref, oid }) => [ref.slice('refs/heads/'.length), oid]));
  }

  async function fetched(git: typeof import('isomorphic-git').default, dir: string, ref: string, depth = 1): Promise<string> {
    const wanted = ref === '' ? branch : ref;
    const isCommit = commitPattern.test(wanted);
    if (isCommit && depth === 1 && (await has(git, dir, wanted))) return wanted;
    if (!isBranchName(wanted)) throw fileErrors.noRef();
    const known = await branches(git);
    // A commit is asked for by the branch that is at it, an older one by the past of the configured branch.
    const from = isCommit ? ([...known].find(([, at]) => at === wanted)?.[0] ?? branch) : wanted;
    const oid = isCommit ? wanted : known.get(wanted);
    if (oid === undefined || !known.has(from)) throw fileErrors.noRef();
    const enough = isCommit && known.get(from) !== oid ? historyDepth : depth;
    if (enough > 1 || !(await has(git, dir, oid))) await git.fetch({ ...remote(dir), ref: from, remoteRef: from, singleBranch: true, depth: enough, tags: false });
    if (isCommit && !(await has(git, dir, oid))) throw fileErrors.noRef();
    return oid;
  }

  const has = (git: typeof import('isomorphic-git').default, dir: string, oid: string) => git.readCommit({ ...shared(dir), oid }).then(() => true, () => false);

  /** Files below a tree. */
  async function* walk(git: typeof import('isomorphic-git').default, dir: string, oid: string, folder: string, signal: AbortSignal): AsyncGenerator<{ path: string; oid: string }> {
    const { tree } = await git.readTree({ ...shared(dir), oid });
    for (const entry of tree) {
      signal.throwIfAborted();
      const at = folder + entry.path;
      if (isPassedOver(entry.path) || objectionToPath(at) !== undefined) continue;
      if (entry.type === 'tree') yield* walk(git, dir, entry.oid, `${at}/`, signal);
      // Links and submodules are nobody's files.
      else if (entry.type === 'blob' && entry.mode !== '120000') yield { path: at, oid: entry.oid };
    }
  }

  /** The tree of the directory that the repository is about; undefined where a commit does not have it. */
  async function rootOf(git: typeof import('isomorphic-git').default, dir: string, commit: string): Promise<string | undefined> {
    try {
      return (await git.readTree({ ...shared(dir), oid: commit, ...(prefix === '' ? {} : { filepath: prefix }) })).oid;
    } catch (error) {
      if (isCode(error, 'NotFoundError')) return undefined;
      throw error;
    }
  }

  async function blobOf(git: typeof import('isomorphic-git').default, dir: string, commit: string, file: string): Promise<{ oid: string; blob: Uint8Array }> {
    try {
      return await git.readBlob({ ...shared(dir), oid: commit, filepath: inside + file });
    } catch (error) {
      if (isCode(error, 'NotFoundError') || isCode(error, 'ObjectTypeError') || isCode(error, 'NotATreeError')) throw fileErrors.noFile();
      throw error;
    }
  }

  /** A tree with edits made to it, '' when nothing is left. */
  async function edited(git: typeof import('isomorphic-git').default, dir: string, tree: string, edits: readonly FileEdit[]): Promise<string> {
    const entries = new Map<string, TreeEntry>(tree === '' ? [] : (await git.readTree({ ...shared(dir), oid: tree })).tree.map((entry) => [entry.path, entry]));
    const below = new Map<string, FileEdit[]>();
    for (const edit of edits) {
      const slash = edit.path.indexOf('/');
      if (slash >= 0) {
        const name = edit.path.slice(0, slash);
        below.set(name, [...(below.get(name) ?? []), { ...edit, path: edit.path.slice(slash + 1) }]);
      } else if (edit.data === null) entries.delete(edit.path);
      else entries.set(edit.path, { mode: '100644', path: edit.path, oid: await git.writeBlob({ ...shared(dir), blob: edit.data }), type: 'blob' });
    }
    for (const [name, inner] of below) {
      const known = entries.get(name);
      if (known && known.type !== 'tree') throw fileErrors.badPath(`${name} is a file`);
      const oid = await edited(git, dir, known?.oid ?? '', inner);
      if (oid === '') entries.delete(name);
      else entries.set(name, { mode: '040000', path: name, oid, type: 'tree' });
    }
    return entries.size === 0 ? '' : git.writeTree({ ...shared(dir), tree: [...entries.values()] });
  }

  async function commitEdits(git: typeof import('isomorphic-git').default, dir: string, edits: readonly FileEdit[], { ref, message, author }: EditOptions): Promise<string> {
    const target = ref === '' ? branch : ref;
    if (!isBranchName(target)) throw fileErrors.badPath('invalid branch name');
    const known = await branches(git);
    const parent = await fetched(git, dir, known.has(target) ? target : branch);
    const { commit } = await git.readCommit({ ...shared(dir), oid: parent });
    const tree = await edited(git, dir, commit.tree, edits.map(({ path: file, data }) => ({ path: inside + file, data })));
    if (tree === commit.tree && known.has(target)) return parent;
    const local = `refs/heads/belvedere/${target}`;
    const oid = await git.commit({
      ...shared(dir), message: message.replaceAll('\0', '').slice(0, messageLengthMax) || 'Saved from Grafana', parent: [parent], noUpdateBranch: true,
      author: { name: signature(author.name) || 'Grafana', email: signature(author.email) || 'noreply@grafana.com' },
      tree: tree === '' ? await git.writeTree({ ...shared(dir), tree: [] }) : tree,
    });
    await git.writeRef({ ...shared(dir), ref: local, value: oid, force: true });
    const pushed = await git.push({ ...remote(dir), ref: local, remoteRef: `refs/heads/${target}` });
    if (!pushed.ok) throw new PushRejected(pushed.error ?? 'the server refused the commit');
    return oid;
  }

  return {
    list: (ref, signal) => exclusively(signal, async (git, dir) => {
      const root = await rootOf(git, dir, await fetched(git, dir, ref));
      const found: FileEntry[] = [];
      if (root === undefined) return found;
      for await (const file of walk(git, dir, root, '', signal)) {
        found.push({ path: file.path, hash: file.oid });
        if (found.length > filesMax) throw fileErrors.badPath(`the repository has more than ${filesMax} files`);
      }
      return found.sort((a, b) => (a.path < b.path ? -1 : 1));
    }),
    read: (file, ref, signal) => exclusively(signal, async (git, dir): Promise<FileContent> => {
      const objection = objectionToPath(file);
      if (objection) throw fileErrors.badPath(objection);
      const commit = await fetched(git, dir, ref);
      const { oid, blob } = await blobOf(git, dir, commit, file);
      if (blob.length > fileBytesMax) throw fileErrors.tooLarge();
      return { path: file, data: Buffer.from(blob), size: blob.length, hash: oid, ref: commit };
    }),
    edit: (edits, options) => exclusively(options.signal, async (git, dir) => {
      for (const { path: file, data } of edits) {
        const objection = objectionToPath(file);
        if (objection) throw fileErrors.badPath(objection);
        if (data && data.length > fileBytesMax) throw fileErrors.tooLarge();
      }
      for (let attempt = 1; ; attempt++) {
        try {
          return await commitEdits(git, dir, edits, options);
        } catch (error) {
          const lost = error instanceof PushRejected || isCode(error, 'PushRejectedError') || isCode(error, 'GitPushError');
          if (!lost || attempt >= pushTries) throw error;
        }
      }
    }),
    async test(signal): Promise<TestResults> {
      const failed = (code: number, ...errors: FieldProblem[]): TestResults => ({ code, success: false, errors });
      try {
        const known = await exclusively(signal, (git) => branches(git));
        if (!known.has(branch)) return failed(400, { type: 'FieldValueNotFound', field: `spec.${section}.branch`, detail: 'branch not found' });
        return { code: 200, success: true };
      } catch (error) {
        if (error instanceof StatusError && (error.code === 401 || error.code === 403)) return failed(400, { type: 'FieldValueInvalid', field: 'secure.token', detail: 'not authorized' });
        if (error instanceof StatusError && error.code === 404) return failed(400, { type: 'FieldValueInvalid', field: `spec.${section}.url`, detail: 'repository not found' });
        return failed(400, { type: 'FieldValueInvalid', field: `spec.${section}.url`, detail: messageOf(error) });
      }
    },
    versions: {
      latest: (ref, signal) => exclusively(signal, async (git) => {
        const oid = (await branches(git)).get(ref === '' ? branch : ref);
        if (oid === undefined) throw fileErrors.noRef();
        return oid;
      }),
      refs: (signal) => exclusively(signal, async (git): Promise<Ref[]> => [...(await branches(git))].map(([name, hash]) => ({ name, hash }))),
      history: (file, ref, signal) => exclusively(signal, async (git, dir): Promise<HistoryItem[]> => {
        const objection = objectionToPath(file);
        if (objection) throw fileErrors.badPath(objection);
        const filepath = (inside + file).replace(/\/$/, '');
        const oid = await fetched(git, dir, ref, historyDepth);
        const commits = await git.log({ ...shared(dir), ref: oid, depth: historyDepth, ...(filepath === '' ? {} : { filepath, force: true, follow: false }) });
        return commits.map(({ oid: commit, commit: { message, author, committer } }) => {
          const people = [author, ...(committer.email === author.email ? [] : [committer])];
          return { ref: commit, message: message.trimEnd(), authors: people.map(({ name, email }) => ({ name, username: email })), createdAt: committer.timestamp * 1_000 };
        });
      }),
    },
    async close() {
      await last.catch(() => {});
      const dir = await gitdir?.catch(() => undefined);
      gitdir = undefined;
      if (dir !== undefined) await rm(dir, { recursive: true, force: true });
    },
  };

  /** What people may read of it: never an address with a password in it. */
  function translated(error: unknown): unknown {
    if (error instanceof StatusError) return error;
    if (current.aborted) return fileErrors.unreachable('the work was given up', error);
    const status = (error as { data?: { statusCode?: unknown } }).data?.statusCode;
    if (isCode(error, 'UserCanceledError') || status === 401 || status === 403) return new StatusError(403, 'Forbidden', 'not authorized', undefined, error);
    if (status === 404) return new StatusError(404, 'NotFound', 'repository not found', undefined, error);
    if (typeof status === 'number') return fileErrors.unreachable(`the git server answered ${status}`, error);
    if (error instanceof PushRejected || isCode(error, 'PushRejectedError') || isCode(error, 'GitPushError')) return new StatusError(409, 'Conflict', 'the git server refused the commit', undefined, error);
    return fileErrors.unreachable('the git server cannot be reached or does not answer as one', error);
  }
}

class PushRejected extends Error {}

/** People choose their names, and a commit is lines of text. */
const signature = (text: string): string => text.replace(/[<>\p{Cc}]/gu, ' ').trim().slice(0, 200);

const isCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code;
