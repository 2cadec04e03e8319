/** Where an organization's alerts go: the built-in Alertmanager, others, or all (alerting-rules §15). */
import type { Database } from '../../../infra/db/database.ts';
import { upsert } from '../../../infra/db/upsert.ts';

export type AlertmanagersChoice = 'all' | 'internal' | 'external';

/** An Alertmanager that a data source stands for. */
export interface ExternalAlertmanager {
  readonly uid: string;
  /** Of the alerts endpoint, without credentials. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: { readonly insecureSkipVerify: boolean; readonly clientCertificate: string; readonly clientKey: string; readonly caCertificate: string };
}

export interface SendingChoice {
  get(orgId: number): Promise<AlertmanagersChoice | undefined>;
  set(orgId: number, choice: AlertmanagersChoice): Promise<void>;
  delete(orgId: number): Promise<void>;
  /** Data sources that take our alerts. */
  external(orgId: number): Promise<readonly ExternalAlertmanager[]>;
  /** Addresses that alerts are sent to now. */
  active(orgId: number): Promise<readonly string[]>;
}

interface Tables {
  ngalert_configuration: { org_id: number; send_alerts_to: number; created_at: number; updated_at: number };
}

const choices: readonly AlertmanagersChoice[] = ['all', 'internal', 'external'];

export interface SendingChoiceDeps {
  readonly db: Database;
  readonly now: () => number;
  readonly external: SendingChoice['external'];
}

export function createSendingChoice({ db, now, external }: SendingChoiceDeps): SendingChoice {
  const rows = () => db.tables<Tables>();
  const choice: SendingChoice = {
    async get(orgId) {
      const row = await rows().selectFrom('ngalert_configuration').select('send_alerts_to').where('org_id', '=', orgId).executeTakeFirst();
      return row && choices[row.send_alerts_to];
    },
    async set(orgId, wanted) {
      const at = Math.floor(now() / 1000);
      await upsert(db, 'ngalert_configuration', { org_id: orgId, send_alerts_to: choices.indexOf(wanted), created_at: at, updated_at: at }, ['org_id'], ['send_alerts_to', 'updated_at']);
    },
    async delete(orgId) {
      await rows().deleteFrom('ngalert_configuration').where('org_id', '=', orgId).execute();
    },
    external,
    async active(orgId) {
      const wanted = await choice.get(orgId);
      return wanted === undefined || wanted === 'internal' ? [] : (await external(orgId)).map((a) => a.url);
    },
  };
  return choice;
}
