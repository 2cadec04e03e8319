/** The files of a repository, wherever they are. Local directories and git give one each. */
import { StatusError } from '../../apiserver/status.ts';
import type { FieldProblem } from './git-sync.ts';

export interface FileEntry {
  readonly path: string;
  readonly size?: number;
  /** Of the content: another one whenever that is another. */
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly modified?: number;
}

export interface FileContent extends FileEntry {
  readonly data: Buffer;
  /** Of a branch: the commit. */
  readonly ref?: string;
}

/** `data` null: the file goes. */
export interface FileEdit {
  readonly path: string;
  readonly data: Buffer | null;
}

export interface EditOptions {
  /** Branch; '' is the configured one. Another one is made where it does not exist. */
  readonly ref: string;
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly signal: AbortSignal;
}

export interface Ref {
  readonly name: string;
  readonly hash?: string;
  readonly refURL?: string;
}

export interface HistoryItem {
  readonly ref: string;
  readonly message: string;
  readonly authors: readonly { readonly name: string; readonly username: string; readonly avatarURL?: string }[];
  readonly createdAt: number;
}

export interface TestResults {
  readonly code: number;
  readonly success: boolean;
  readonly errors?: readonly FieldProblem[];
}

export interface RepositoryFiles {
  /** Every file, in the order of paths. `ref` '' is the configured branch. Throws `fileErrors`. */
  list(ref: string, signal: AbortSignal): Promise<readonly FileEntry[]>;
  read(path: string, ref: string, signal: AbortSignal): Promise<FileContent>;
  /** All of them, or none where the place knows commits. Answers the new commit, '' where there are none. */
  edit(edits: readonly FileEdit[], options: EditOptions): Promise<string>;
  /** Whether it can be reached and used as it is described. Never rejects because of what the place answers. */
  test(signal: AbortSignal): Promise<TestResults>;
  /** Only of places that know commits. */
  readonly versions?: {
    /** The commit that a branch is at; '' for the configured branch. */
    latest(ref: string, signal: AbortSignal): Promise<string>;
    refs(signal: AbortSignal): Promise<readonly Ref[]>;
    history(path: string, ref: string, signal: AbortSignal): Promise<readonly HistoryItem[]>;
    /** Pages of the place for people. */
    urls?(path: string, ref: string): Readonly<Record<string, string>>;
  };
}

/** What a branch that may not exist yet begins as: itself, or '' for the configured one. */
export async function beginningOf(files: RepositoryFiles, configured: string, ref: string, signal: AbortSignal): Promise<string> {
  if (ref === '' || ref === configured || !files.versions) return '';
  return files.versions.latest(ref, signal).then(() => ref, (error: unknown) => {
    if (error instanceof StatusError && error.code === 404) return '';
    throw error;
  });
}

const notFound = (message: string) => new StatusError(404, 'NotFound', message);
export const fileErrors = {
  noFile: () => notFound('file not found'),
  noRef: () => notFound('ref not found'),
  tooLarge: () => new StatusError(413, 'RequestEntityTooLarge', 'file is too large'),
  badPath: (why: string) => new StatusError(400, 'BadRequest', why),
  exists: () => new StatusError(409, 'AlreadyExists', 'file already exists'),
  noVersions: (what: string) => new StatusError(400, 'BadRequest', `this repository does not support ${what}`),
  unreachable: (message: string, cause?: unknown) => new StatusError(503, 'ServiceUnavailable', message, undefined, cause),
};
