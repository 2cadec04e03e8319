import { sql } from 'kysely';
import type { Clock } from '../../../infra/clock.ts';
import { boundValuesMax, type Database } from '../../../infra/db/database.ts';
import { isUniqueViolation } from '../../../infra/db/database-errors.ts';
import { shortUid } from '../../../util/short-uid.ts';
import { queryHistoryErrors, type HistoryEntry, type HistoryOwner, type QueryHistoryService } from './query-history.ts';

interface EntryRow {
  id: number;
  uid: string;
  org_id: number;
  datasource_uid: string;
  created_by: number;
  created_at: number;
  comment: string;
  queries: string;
}
interface Tables {
  query_history: EntryRow;
  query_history_details: { query_history_item_uid: string; datasource_uid: string };
  query_history_star: { query_uid: string; user_id: number; org_id: number };
}

const keptSeconds = 14 * 86_400;
const rowsMax = 200_000;
const starsMax = 150_000;

export function createQueryHistoryService({ db, clock }: { readonly db: Database; readonly clock: Clock }): QueryHistoryService {
  const tables = (on: Database = db) => on.tables<Tables>();
  const seconds = () => Math.floor(clock.now() / 1000);

  async function row({ orgId, userId }: HistoryOwner, uid: string): Promise<EntryRow | undefined> {
    return tables().selectFrom('query_history').selectAll().where('org_id', '=', orgId).where('created_by', '=', userId).where('uid', '=', uid).executeTakeFirst();
  }

  async function starred({ orgId, userId }: HistoryOwner, uid: string): Promise<boolean> {
    const found = await tables().selectFrom('query_history_star').select('query_uid').where('org_id', '=', orgId).where('user_id', '=', userId).where('query_uid', '=', uid).executeTakeFirst();
    return found !== undefined;
  }

  async function forget(on: Database, uids: readonly string[]): Promise<void> {
    const batch = Math.min(1000, boundValuesMax[db.name]);
    for (let i = 0; i < uids.length; i += batch) {
      const some = uids.slice(i, i + batch);
      await tables(on).deleteFrom('query_history').where('uid', 'in', some).execute();
      await tables(on).deleteFrom('query_history_details').where('query_history_item_uid', 'in', some).execute();
      await tables(on).deleteFrom('query_history_star').where('query_uid', 'in', some).execute();
    }
  }

  return {
    async add({ orgId, userId }, datasourceUid, queries) {
      const entry = { uid: shortUid(clock.now()), org_id: orgId, datasource_uid: datasourceUid, created_by: userId, created_at: seconds(), comment: '', queries: JSON.stringify(queries ?? null) };
      await db.transaction(async (tx) => {
        await tx.insertReturningId('query_history', entry);
        const used = [...usedSources(queries)];
        if (used.length > 0) await tables(tx).insertInto('query_history_details').values(used.map((uid) => ({ query_history_item_uid: entry.uid, datasource_uid: uid }))).execute();
      });
      return toEntry({ ...entry, id: 0 }, false);
    },

    async search({ orgId, userId }, { datasourceUids, text, onlyStarred, oldestFirst, page, limit, from, to }) {
      let query = tables().selectFrom('query_history')
        .leftJoin('query_history_star', (join) => join.onRef('query_history_star.query_uid', '=', 'query_history.uid').on('query_history_star.user_id', '=', userId).on('query_history_star.org_id', '=', orgId))
        .where('query_history.org_id', '=', orgId).where('query_history.created_by', '=', userId);
      if (onlyStarred) query = query.where('query_history_star.query_uid', 'is not', null);
      if (from !== undefined) query = query.where('query_history.created_at', '>=', from);
      if (to !== undefined) query = query.where('query_history.created_at', '<=', to);
      if (datasourceUids.length > 0) {
        query = query.where((e) => e.or([
          e('query_history.datasource_uid', 'in', datasourceUids),
          e.exists(e.selectFrom('query_history_details').select('query_history_details.datasource_uid')
            .whereRef('query_history_details.query_history_item_uid', '=', 'query_history.uid').where('query_history_details.datasource_uid', 'in', datasourceUids)),
        ]));
      }
      if (text !== '') {
        const pattern = `%${text.toLowerCase().replace(/[!%_]/g, '!$&')}%`;
        const contains = (column: 'queries' | 'comment') => sql<boolean>`lower(${sql.ref(`query_history.${column}`)}) like ${pattern} escape '!'`;
        query = query.where((e) => e.or([contains('queries'), contains('comment')]));
      }
      const count = await query.select((e) => e.fn.countAll().as('n')).executeTakeFirstOrThrow();
      const order = oldestFirst ? 'asc' : 'desc';
      const rows = await query.selectAll('query_history').select('query_history_star.query_uid as star').orderBy('query_history.created_at', order).orderBy('query_history.id', order)
        .limit(limit).offset(limit * (page - 1)).execute();
      return { entries: rows.map((found) => toEntry(found, found.star !== null)), totalCount: Number(count.n) };
    },

    async delete(owner, uid) {
      const found = await row(owner, uid);
      if (!found) throw queryHistoryErrors.deleteFailed();
      await db.transaction((tx) => forget(tx, [uid]));
    },
    async comment(owner, uid, comment) {
      const found = await row(owner, uid);
      if (!found) throw queryHistoryErrors.commentFailed();
      await tables().updateTable('query_history').set({ comment }).where('id', '=', found.id).execute();
      return toEntry({ ...found, comment }, await starred(owner, uid));
    },
    async star(owner, uid) {
      const found = await row(owner, uid);
      if (!found) throw queryHistoryErrors.starFailed();
      await tables().insertInto('query_history_star').values({ query_uid: uid, user_id: owner.userId, org_id: owner.orgId }).execute().catch((error: unknown) => {
        throw isUniqueViolation(error) ? queryHistoryErrors.starFailed() : error;
      });
      return toEntry(found, true);
    },
    async unstar(owner, uid) {
      const found = await row(owner, uid);
      if (!found || !(await starred(owner, uid))) throw queryHistoryErrors.unstarFailed();
      await tables().deleteFrom('query_history_star').where('query_uid', '=', uid).where('user_id', '=', owner.userId).where('org_id', '=', owner.orgId).execute();
      return toEntry(found, false);
    },

    async cleanUp() {
      const doomed = await tables().selectFrom('query_history').select('uid').where('created_at', '<', seconds() - keptSeconds)
        .where((e) => e.not(e.exists(e.selectFrom('query_history_star').select('query_uid').whereRef('query_history_star.query_uid', '=', 'query_history.uid')))).execute();
      const count = Number((await tables().selectFrom('query_history').select((e) => e.fn.countAll().as('n')).executeTakeFirstOrThrow()).n);
      const surplus = count - doomed.length - rowsMax;
      if (surplus > 0) doomed.push(...(await tables().selectFrom('query_history').select('uid').orderBy('created_at').limit(surplus).execute()));
      const stars = Number((await tables().selectFrom('query_history_star').select((e) => e.fn.countAll().as('n')).executeTakeFirstOrThrow()).n);
      if (stars > starsMax) doomed.push(...(await tables().selectFrom('query_history_star').select('query_uid as uid').limit(stars - starsMax).execute()));
      await forget(db, doomed.map(({ uid }) => uid));
      return doomed.length;
    },
  };
}

/** uids of the data sources that single queries name. */
function usedSources(queries: unknown): Set<string> {
  const used = new Set<string>();
  for (const query of Array.isArray(queries) ? queries : []) {
    const uid: unknown = (query as { datasource?: { uid?: unknown } } | null)?.datasource?.uid;
    if (typeof uid === 'string' && uid !== '' && uid.length <= 40) used.add(uid);
  }
  return used;
}

const toEntry = (found: EntryRow, isStarred: boolean): HistoryEntry => ({
  uid: found.uid, datasourceUid: found.datasource_uid, createdBy: Number(found.created_by), createdAt: Number(found.created_at), comment: found.comment, queries: found.queries, starred: isStarred,
});
