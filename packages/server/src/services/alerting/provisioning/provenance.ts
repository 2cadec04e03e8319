/** Who manages a resource (alerting-rules §1): nobody, an API client, a file, an import. */
import type { Database } from '../../../infra/db/database.ts';
import { upsert } from '../../../infra/db/upsert.ts';
import { ApiError } from '../../../web/errors.ts';
import type { Provenance } from '../rules/alert-rule.ts';

export type ProvenanceType = 'alertRule' | 'contactPoint' | 'notificationPolicy' | 'template' | 'muteTimeInterval';

export interface ProvenanceStore {
  get(orgId: number, type: ProvenanceType, key: string): Promise<Provenance>;
  all(orgId: number, type: ProvenanceType): Promise<ReadonlyMap<string, Provenance>>;
  set(orgId: number, type: ProvenanceType, key: string, provenance: Provenance): Promise<void>;
  delete(orgId: number, type: ProvenanceType, ...keys: string[]): Promise<void>;
  /** The same store in a transaction. */
  within(db: Database): ProvenanceStore;
}

interface Tables {
  provenance_type: { org_id: number; record_key: string; record_type: string; provenance: string };
}

export function createProvenanceStore(db: Database): ProvenanceStore {
  const rows = () => db.tables<Tables>();
  return {
    async get(orgId, type, key) {
      const row = await rows().selectFrom('provenance_type').select('provenance').where('record_type', '=', type).where('record_key', '=', key).where('org_id', '=', orgId).executeTakeFirst();
      return (row?.provenance ?? '') as Provenance;
    },
    async all(orgId, type) {
      const found = await rows().selectFrom('provenance_type').select(['record_key', 'provenance']).where('record_type', '=', type).where('org_id', '=', orgId).execute();
      return new Map(found.filter((row) => row.provenance !== '').map((row) => [row.record_key, row.provenance as Provenance]));
    },
    async set(orgId, type, key, provenance) {
      await upsert(db, 'provenance_type', { org_id: orgId, record_type: type, record_key: key, provenance }, ['record_type', 'record_key', 'org_id']);
    },
    async delete(orgId, type, ...keys) {
      if (keys.length === 0) return;
      await rows().deleteFrom('provenance_type').where('record_type', '=', type).where('org_id', '=', orgId).where('record_key', 'in', keys).execute();
    },
    within: (tx) => createProvenanceStore(tx),
  };
}

/** From none anything; otherwise only switching to none is refused (alerting-notifications §6.1). */
export function demandProvenanceChange(stored: Provenance, wanted: Provenance): void {
  if (stored === '' || stored === wanted || wanted !== '') return;
  throw invalidProvenance(stored, wanted);
}

export function invalidProvenance(stored: Provenance, wanted: Provenance): ApiError {
  const named = (p: Provenance) => (p === '' ? 'none' : p);
  return new ApiError(403, `Resource with provenance status '${named(stored)}' cannot be managed via API that handles resources with provenance status '${named(wanted)}'. You must use appropriate API to manage this resource`, {
    messageId: 'alerting.notifications.invalidProvenance', extra: { SourceProvenance: named(stored), TargetProvenance: named(wanted) },
  });
}
