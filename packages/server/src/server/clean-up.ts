/**
 * What goes with an org or with a person (identity-and-access §4.3, §4.5). The tables belong to many domains; that a row dies with its
 * org is a fact of the composition, so it is written down once, here.
 */
import type { Database } from '../infra/db/database.ts';

const ofOrg = [
  'data_source', 'correlation', 'query_history', 'query_history_star', 'star', 'library_element', 'annotation_tag', 'annotation', 'short_url', 'dashboard_snapshot',
  'dashboard_public', 'plugin_setting', 'alert_rule', 'provenance_type', 'alert_rule_state', 'alert_configuration', 'alert_configuration_history',
  'ngalert_configuration', 'kv_store',
] as const;

const ofPerson = ['star', 'query_history_star'] as const;

type AnyTable = Record<string, Record<string, unknown>>;

export async function forgetOrg(db: Database, orgId: number): Promise<void> {
  await db.transaction(async (tx) => {
    for (const table of ofOrg) await tx.tables<AnyTable>().deleteFrom(table).where('org_id', '=', orgId).execute();
    await tx.tables<AnyTable>().deleteFrom('alert_rule_version').where('rule_org_id', '=', orgId).execute();
  });
}

export async function forgetPerson(db: Database, userId: number): Promise<void> {
  for (const table of ofPerson) await db.tables<AnyTable>().deleteFrom(table).where('user_id', '=', userId).execute();
}
