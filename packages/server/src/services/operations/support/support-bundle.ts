/** Support bundles (config-and-operations §10.1): an archive with facts about the installation, made on request and kept for three days. */
import { defineErrors } from '../../../web/errors.ts';

export type BundleState = 'pending' | 'complete' | 'error' | 'timeout';

export interface SupportBundle {
  readonly uid: string;
  readonly state: BundleState;
  /** Login of who asked for it. */
  readonly creator: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** One file of the archive. */
export interface BundleFile {
  readonly name: string;
  readonly content: string;
}

export interface Collector {
  readonly uid: string;
  readonly displayName: string;
  readonly description: string;
  /** Goes into every bundle. */
  readonly includedByDefault: boolean;
  /** Ticked in the form. */
  readonly default: boolean;
  collect(): Promise<BundleFile>;
}

export interface SupportBundleService {
  /** Newest first. */
  list(): Promise<readonly SupportBundle[]>;
  collectors(): readonly Omit<Collector, 'collect'>[];
  /** Answers at once; the archive is made afterwards. Unknown collectors are left out. */
  create(creator: string, collectors: readonly string[]): Promise<SupportBundle>;
  /** The archive of a finished bundle. */
  archive(uid: string): Promise<Buffer | undefined>;
  remove(uid: string): Promise<void>;
}

export const supportBundleErrors = defineErrors('support-bundle', {
  badRequest: [400, 'failed to parse request'],
  // The reference answers 500 here; nothing of ours failed.
  removeFailed: [404, 'failed to remove bundle'],
});
