/** Where an organization's alerts go: the built-in Alertmanager, others, or all (alerting-rules §15). */
import type { Database } from '../../../infra/db/database.ts';
import { upsert } from '../../../infra/db/upsert.ts';
import type { ExternalAlertmanager } from './external-sender.ts';

export type AlertmanagersChoice = 'all' | 'internal' | 'external';

export interface SendingChoice {
  get(orgId: number): Promise<AlertmanagersChoice | undefined>;
  set(orgId: number, choice: AlertmanagersChoice): Promise<void>;
  delete(orgId: number): Promise<void>;
  /** Data sources that take our alerts. */
  external(orgId: number): Promise<readonly ExternalAlertmanager[]>;
  /** Where alerts go now. */
  destinations(orgId: number): Promise<{ readonly internal: boolean; readonly external: boolean }>;
  /** Addresses outside that alerts are sent to now. */
  active(orgId: number): Promise<readonly string[]>;
}

interface Tables {
  ngalert_configuration: { org_id: number; send_alerts_to: number; created_at: number; updated_at: number };
}

const choices: readonly AlertmanagersChoice[] = ['all', 'internal', 'external'];

export interface SendingChoiceDeps {
  readonly db: Database;
  readonly now: () => number;
  readonly pollIntervalMs: number;
  readonly external: SendingChoice['external'];
}

export function createSendingChoice({ db, now, pollIntervalMs, external }: SendingChoiceDeps): SendingChoice {
  const rows = () => db.tables<Tables>();
  /** Asked at every evaluation. */
  const recent = new Map<number, { readonly until: number; readonly found: ReturnType<SendingChoice['destinations']> }>();
  const destinations = async (orgId: number) => {
    const wanted = await choice.get(orgId);
    if (wanted === undefined || wanted === 'internal') return { internal: true, external: false };
    return { internal: wanted === 'all' || (await external(orgId)).length === 0, external: true };
  };
  const choice: SendingChoice = {
    async get(orgId) {
      const row = await rows().selectFrom('ngalert_configuration').select('send_alerts_to').where('org_id', '=', orgId).executeTakeFirst();
      return row && choices[row.send_alerts_to];
    },
    async set(orgId, wanted) {
      const at = Math.floor(now() / 1000);
      await upsert(db, 'ngalert_configuration', { org_id: orgId, send_alerts_to: choices.indexOf(wanted), created_at: at, updated_at: at }, ['org_id'], ['send_alerts_to', 'updated_at']);
      recent.delete(orgId);
    },
    async delete(orgId) {
      await rows().deleteFrom('ngalert_configuration').where('org_id', '=', orgId).execute();
      recent.delete(orgId);
    },
    external,
    destinations(orgId) {
      const at = now();
      const known = recent.get(orgId);
      if (known && at < known.until) return known.found;
      const found = destinations(orgId);
      recent.set(orgId, { until: at + pollIntervalMs, found });
      found.catch(() => recent.delete(orgId));
      return found;
    },
    async active(orgId) {
      const wanted = await choice.get(orgId);
      return wanted === undefined || wanted === 'internal' ? [] : (await external(orgId)).map((a) => a.url);
    },
  };
  return choice;
}
