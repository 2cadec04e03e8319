/** Query history (dashboards-and-content §13.1): what a person ran in Explore, per user and organization. */
import { defineErrors } from '../../../web/errors.ts';

export interface HistoryEntry {
  readonly uid: string;
  readonly datasourceUid: string;
  readonly createdBy: number;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  readonly comment: string;
  /** JSON text, `null` where none were given. */
  readonly queries: string;
  readonly starred: boolean;
}

/** Whose history. */
export interface HistoryOwner {
  readonly orgId: number;
  readonly userId: number;
}

export interface HistorySearch {
  /** Also finds entries of which single queries use one of them. */
  readonly datasourceUids: readonly string[];
  /** In queries or comment. */
  readonly text: string;
  readonly onlyStarred: boolean;
  readonly oldestFirst: boolean;
  readonly page: number;
  readonly limit: number;
  /** Seconds since the epoch. */
  readonly from?: number;
  readonly to?: number;
}

export interface QueryHistoryService {
  add(owner: HistoryOwner, datasourceUid: string, queries: unknown): Promise<HistoryEntry>;
  search(owner: HistoryOwner, search: HistorySearch): Promise<{ readonly entries: readonly HistoryEntry[]; readonly totalCount: number }>;
  delete(owner: HistoryOwner, uid: string): Promise<void>;
  comment(owner: HistoryOwner, uid: string, comment: string): Promise<HistoryEntry>;
  star(owner: HistoryOwner, uid: string): Promise<HistoryEntry>;
  unstar(owner: HistoryOwner, uid: string): Promise<HistoryEntry>;
  /** Removes what nobody starred for two weeks, and the oldest beyond the limits. */
  cleanUp(): Promise<number>;
}

/** The reference answers 500 where an entry is not there, or is starred already; who asks for it is told so. */
export const queryHistoryErrors = defineErrors('query history', {
  notFound: [404, 'Query in query history not found'],
  addFailed: [401, 'Failed to create query history'],
  searchFailed: [401, 'Failed to get query history'],
  deleteRefused: [401, 'Failed to delete query from query history'],
  commentRefused: [401, 'Failed to update comment of query in query history'],
  starRefused: [401, 'Failed to star query in query history'],
  unstarRefused: [401, 'Failed to unstar query in query history'],
  deleteFailed: [404, 'Failed to delete query from query history'],
  commentFailed: [404, 'Failed to update comment of query in query history'],
  starFailed: [409, 'Failed to star query in query history'],
  unstarFailed: [409, 'Failed to unstar query in query history'],
});
