import { Type } from '../../../web/schema.ts';
import type { Clock } from '../../../infra/clock.ts';
import { parseTimeBound } from '../../../util/date-math.ts';
import { objectionToUid } from '../../../util/short-uid.ts';
import { signedIn } from '../../../web/access.ts';
import { jsonText, note } from '../../../web/reply.ts';
import type { Identity } from '../../../web/identity.ts';
import type { Routes } from '../../../web/route.ts';
import { queryHistoryErrors, type HistoryEntry, type HistoryOwner, type QueryHistoryService } from './query-history.ts';

const AddBody = Type.Object({ datasourceUid: Type.String({ maxLength: 40 }), queries: Type.Unknown() });
const CommentBody = Type.Object({ comment: Type.String() });
const SearchQuery = Type.Object({
  datasourceUid: Type.Array(Type.String()), searchString: Type.String(), onlyStarred: Type.Boolean(), sort: Type.String(), page: Type.Integer(), limit: Type.Integer(),
  from: Type.String(), to: Type.String(),
});

const limitDefault = 100;
/** More than anybody has, and less than what databases refuse. */
const limitMax = 1_000_000;
const pageMax = 1_000_000_000;

export interface QueryHistoryApiDeps {
  readonly history: QueryHistoryService;
  readonly clock: Clock;
}

/** dashboards-and-content §13.1 */
export function queryHistoryRoutes(routes: Routes, { history, clock }: QueryHistoryApiDeps): void {
  const tag = 'query_history';
  const path = '/api/query-history';

  routes.get(path, { access: signedIn, name: 'searchQueries', tag, query: SearchQuery }, async ({ identity, query }) => {
    const owner = ownerOf(identity, queryHistoryErrors.searchFailed);
    const limit = query.limit > 0 ? Math.min(query.limit, limitMax) : limitDefault;
    const page = Math.min(Math.max(1, query.page), pageMax);
    const bound = (text: string, roundUp: boolean) => {
      const ms = text === '' ? undefined : parseTimeBound(text, clock.now(), roundUp);
      return ms === undefined || ms === 0 ? undefined : Math.floor(ms / 1000);
    };
    const { entries, totalCount } = await history.search(owner, {
      datasourceUids: query.datasourceUid, text: query.searchString, onlyStarred: query.onlyStarred, oldestFirst: query.sort === 'time-asc', page, limit,
      from: bound(query.from, false), to: bound(query.to, true),
    });
    // Compat: an empty page is null, and queries that were not given are an empty object here.
    const list = entries.length === 0 ? 'null' : `[${entries.map((entry) => entryJson(entry, '{}')).join(',')}]`;
    return jsonText(`{"result":{"totalCount":${totalCount},"page":${page},"perPage":${limit},"queryHistory":${list}}}`);
  });
  routes.post(path, { access: signedIn, name: 'createQuery', tag, body: AddBody, exactNumbers: true }, async ({ identity, body }) =>
    result(await history.add(ownerOf(identity, queryHistoryErrors.addFailed), body.datasourceUid, body.queries)));
  routes.delete(`${path}/:uid`, { access: signedIn, name: 'deleteQuery', tag }, async ({ identity, params }) => {
    const owner = ownerOf(identity, queryHistoryErrors.deleteRefused);
    await history.delete(owner, checkedUid(params['uid']!));
    // Compat: the number of rows that went, under the name of an id.
    return note('Query deleted', { id: 1 });
  });
  routes.patch(`${path}/:uid`, { access: signedIn, name: 'patchQueryComment', tag, body: CommentBody }, async ({ identity, params, body }) =>
    result(await history.comment(ownerOf(identity, queryHistoryErrors.commentRefused), checkedUid(params['uid']!), body.comment)));
  routes.post(`${path}/star/:uid`, { access: signedIn, name: 'starQuery', tag }, async ({ identity, params }) =>
    result(await history.star(ownerOf(identity, queryHistoryErrors.starRefused), checkedUid(params['uid']!))));
  routes.delete(`${path}/star/:uid`, { access: signedIn, name: 'unstarQuery', tag }, async ({ identity, params }) =>
    result(await history.unstar(ownerOf(identity, queryHistoryErrors.unstarRefused), checkedUid(params['uid']!))));
}

/** Compat: who is no Viewer has a history, people without a role too; Viewers have one where they may explore. */
function ownerOf(identity: Identity, refuse: () => Error): HistoryOwner {
  if (identity.orgRole === 'Viewer' && !identity.permissions.has('datasources:explore')) throw refuse();
  return { orgId: identity.orgId, userId: identity.id };
}

function checkedUid(uid: string): string {
  if (uid === '' || objectionToUid(uid) !== undefined) throw queryHistoryErrors.notFound();
  return uid;
}

const result = (entry: HistoryEntry) => jsonText(`{"result":${entryJson(entry, 'null')}}`);

function entryJson({ queries, starred, ...entry }: HistoryEntry, none: string): string {
  return `${JSON.stringify(entry).slice(0, -1)},"queries":${queries === 'null' ? none : queries},"starred":${starred}}`;
}
