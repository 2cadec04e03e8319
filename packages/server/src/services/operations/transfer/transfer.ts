/**
 * Content on the move: out of a database into files, and out of files or a Grafana database into ours. Whatever it comes from is a
 * `ContentSource`; what is told of it (objects of the resource store with their history, rows of the content tables, people by login) is
 * the same for all of them.
 */
import type { StoredResource } from '../../../storage/resource-store.ts';
import type { ContentTable } from './content-tables.ts';

/** One object: its versions from the oldest to the newest; the last one may be a delete marker, of an object in the trash. */
export interface ResourceRecord {
  readonly versions: readonly StoredResource[];
}

/** Somebody in the source. Only the login means anything elsewhere. */
export interface Person {
  /** 0 for nobody. */
  readonly id: number;
  /** '' when the source does not know it any more. */
  readonly login: string;
}

export const nobodyAtAll: Person = { id: 0, login: '' };

/** Teams are known by their name in an org. */
export interface Team {
  readonly id: number;
  readonly name: string;
}

/** A row by its columns. Columns of people hold a `Person`, of teams a `Team`, of JSON and all other text a string. */
export type ContentRow = Readonly<Record<string, unknown>> & { readonly org_id: number };

/** Managed permissions on one dashboard or folder. */
export interface GrantRecord {
  readonly orgId: number;
  readonly scope: string;
  readonly assignee: { readonly kind: 'user'; readonly user: Person } | { readonly kind: 'team'; readonly team: Team } | { readonly kind: 'builtin'; readonly role: string };
  readonly actions: readonly string[];
}

export interface ContentSource {
  /** Login of the account with this uid: authors are written `user:<uid>`. */
  loginOf(uid: string): string | undefined;
  resources(): AsyncIterable<ResourceRecord>;
  rows(table: ContentTable): AsyncIterable<ContentRow>;
  grants(): AsyncIterable<GrantRecord>;
  /** What was found and is not told, in words; complete once everything was read. */
  notes(): readonly string[];
  close(): Promise<void>;
}

/** What to do with what is there already. */
export type Existing = 'refuse' | 'skip' | 'replace';

export interface KindCount {
  /** `dashboards`, `annotations` … */
  readonly kind: string;
  readonly found: number;
  readonly written: number;
  /** There already, and left as they were. */
  readonly skipped: number;
  /** Not taken over; the notes say why. */
  readonly left: number;
  /** Over all that was written: the same before it was written and when it was read back. '' in a dry run. */
  readonly checksum: string;
}

export interface TransferReport {
  readonly kinds: readonly KindCount[];
  readonly notes: readonly string[];
}

/** What stopped a transfer; nothing was written. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
}
