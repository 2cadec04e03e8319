import type { Database } from '../../../infra/db/database.ts';
import type { Correlation, CorrelationConfig } from './correlation.ts';

interface CorrelationRow {
  id: number;
  uid: string;
  org_id: number;
  source_uid: string;
  target_uid: string | null;
  label: string;
  description: string;
  config: string;
  provisioned: boolean;
  type: string;
}
interface Tables {
  correlation: CorrelationRow;
  data_source: { org_id: number; uid: string };
}

export interface CorrelationFilter {
  readonly sourceUids?: readonly string[];
  readonly uid?: string;
  /** Queries whose target is gone are left out. */
  readonly visible: boolean;
  readonly limit?: number;
  readonly offset?: number;
}

export function createCorrelationStore(db: Database) {
  const tables = () => db.tables<Tables>();
  return {
    async find(orgId: number, { sourceUids, uid, visible, limit, offset }: CorrelationFilter): Promise<Correlation[]> {
      let query = tables().selectFrom('correlation').selectAll().where('org_id', '=', orgId).orderBy('id');
      if (sourceUids && sourceUids.length > 0) query = query.where('source_uid', 'in', sourceUids);
      if (uid !== undefined) query = query.where('uid', '=', uid);
      if (visible) {
        query = query.where((e) => e.or([
          e('type', '!=', 'query'),
          e.exists(e.selectFrom('data_source').select('data_source.uid').whereRef('data_source.uid', '=', 'correlation.target_uid').whereRef('data_source.org_id', '=', 'correlation.org_id')),
        ]));
      }
      if (limit !== undefined) query = query.limit(limit);
      if (offset) query = query.offset(offset);
      return (await query.execute()).map(fromRow);
    },
    async count(): Promise<number> {
      return Number((await tables().selectFrom('correlation').select((e) => e.fn.countAll().as('n')).executeTakeFirstOrThrow()).n);
    },
    async insert(correlation: Correlation): Promise<void> {
      await tables().insertInto('correlation').values(toRow(correlation) as CorrelationRow).execute();
    },
    async update(correlation: Correlation): Promise<void> {
      await tables().updateTable('correlation').set(toRow(correlation)).where('org_id', '=', correlation.orgId).where('source_uid', '=', correlation.sourceUID).where('uid', '=', correlation.uid).execute();
    },
    async delete(orgId: number, sourceUid: string, options: { readonly uid?: string; readonly provisioned?: boolean } = {}): Promise<void> {
      let query = tables().deleteFrom('correlation').where('org_id', '=', orgId).where('source_uid', '=', sourceUid);
      if (options.uid !== undefined) query = query.where('uid', '=', options.uid);
      if (options.provisioned !== undefined) query = query.where('provisioned', '=', options.provisioned);
      await query.execute();
    },
  };
}

const fromRow = (row: CorrelationRow): Correlation => ({
  uid: row.uid, sourceUID: row.source_uid, orgId: Number(row.org_id), targetUID: row.target_uid, label: row.label, description: row.description,
  config: JSON.parse(row.config) as CorrelationConfig, provisioned: Boolean(row.provisioned), type: row.type,
});

const toRow = (c: Correlation): Omit<CorrelationRow, 'id'> => ({
  uid: c.uid, org_id: c.orgId, source_uid: c.sourceUID, target_uid: c.targetUID, label: c.label, description: c.description, config: JSON.stringify(c.config),
  provisioned: c.provisioned, type: c.type,
});
