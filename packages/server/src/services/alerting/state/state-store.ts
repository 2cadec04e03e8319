/** What instances were when the server last knew (alerting-rules §13.7): one row a rule. */
import type { Database, DatabaseName, Migration } from '../../../infra/db/database.ts';
import { columns } from '../../../infra/db/columns.ts';
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

const upsertSql = {
  sqlite: 'on conflict (org_id, rule_uid) do update set updated_at = excluded.updated_at, data = excluded.data',
  postgres: 'on conflict (org_id, rule_uid) do update set updated_at = excluded.updated_at, data = excluded.data',
  mysql: 'on duplicate key update updated_at = values(updated_at), data = values(data)',
} satisfies Record<DatabaseName, string>;

export function createStateStore(db: Database): StateStore {
  return {
    async all() {
      const rows = await db.tables<Tables>().selectFrom('alert_rule_state').select(['org_id', 'rule_uid', 'data']).execute();
      return rows.map((row) => ({ orgId: row.org_id, ruleUid: row.rule_uid, instances: JSON.parse(row.data) as AlertInstance[] }));
    },
    async save(states, now) {
      if (states.length === 0) return;
      await db.transaction(async (tx) => {
        const put = tx.prepare(`insert into alert_rule_state (org_id, rule_uid, updated_at, data) values (?, ?, ?, ?) ${upsertSql[db.name]}`);
        const drop = tx.prepare('delete from alert_rule_state where org_id = ? and rule_uid = ?');
        for (const { orgId, ruleUid, instances } of states) {
          if (instances.length === 0) await drop.run(orgId, ruleUid);
          else await put.run(orgId, ruleUid, now, JSON.stringify(instances));
        }
      });
    },
  };
}
