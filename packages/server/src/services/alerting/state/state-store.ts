/** What instances were when the server last knew (alerting-rules §13.7): one row a rule. */
import type { Database, Migration } from '../../../infra/db/database.ts';
import { columns } from '../../../infra/db/columns.ts';
import { upsert } from '../../../infra/db/upsert.ts';
import type { AlertInstance } from './state-machine.ts';

export const stateMigrations: readonly Migration[] = [
  {
    id: 'alerting-0002-state',
    async up(db, name) {
      const t = columns(name);
      await db.schema.createTable('alert_rule_state')
        .addColumn('id', ...t.id)
        .addColumn('org_id', t.bigint, (c) => c.notNull())
        .addColumn('rule_uid', t.varchar(40), (c) => c.notNull())
        .addColumn('updated_at', t.datetime, (c) => c.notNull())
        .addColumn('data', t.longtext, (c) => c.notNull())
        .addUniqueConstraint('uq_alert_rule_state', ['org_id', 'rule_uid'])
        .execute();
    },
  },
];

export interface StoredState {
  readonly orgId: number;
  readonly ruleUid: string;
  readonly instances: readonly AlertInstance[];
}

export interface StateStore {
  all(): Promise<readonly StoredState[]>;
  /** Rules without instances lose their row. All in one transaction. */
  save(states: readonly StoredState[], now: number): Promise<void>;
}

interface Tables {
  alert_rule_state: { org_id: number; rule_uid: string; updated_at: number; data: string };
}

export function createStateStore(db: Database): StateStore {
  return {
    async all() {
      const rows = await db.tables<Tables>().selectFrom('alert_rule_state').select(['org_id', 'rule_uid', 'data']).execute();
      return rows.map((row) => ({ orgId: row.org_id, ruleUid: row.rule_uid, instances: JSON.parse(row.data) as AlertInstance[] }));
    },
    async save(states, now) {
      if (states.length === 0) return;
      await db.transaction(async (tx) => {
        for (const { orgId, ruleUid, instances } of states) {
          if (instances.length === 0) {
            await tx.tables<Tables>().deleteFrom('alert_rule_state').where('org_id', '=', orgId).where('rule_uid', '=', ruleUid).execute();
            continue;
          }
          await upsert(tx, 'alert_rule_state', { org_id: orgId, rule_uid: ruleUid, updated_at: now, data: JSON.stringify(instances) }, ['org_id', 'rule_uid']);
        }
      });
    },
  };
}
