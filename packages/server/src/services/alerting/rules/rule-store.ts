/** Rows of rules, their versions and the trash (alerting-rules §4, §19). */
import type { Database } from '../../../infra/db/database.ts';
import { isUniqueViolation } from '../../../infra/db/database-errors.ts';
import { ruleErrors, uidTaken, type AlertRule, type NotificationSettings, type RuleFilter, type RuleSpec, type RuleVersion } from './alert-rule.ts';

interface RuleRow {
  id: number; guid: string; org_id: number; uid: string; title: string; namespace_uid: string; rule_group: string; rule_group_idx: number;
  interval_seconds: number; version: number; updated: number; updated_by: string; dashboard_uid: string; panel_id: number | null; is_paused: boolean; spec: string;
}

interface VersionRow {
  id: number; rule_org_id: number; rule_uid: string; rule_guid: string; rule_namespace_uid: string; rule_group: string; version: number;
  created: number; created_by: string; message: string; spec: string;
}

interface Tables {
  alert_rule: Omit<RuleRow, 'id'> & { id: import('kysely').Generated<number> };
  alert_rule_version: Omit<VersionRow, 'id'> & { id: import('kysely').Generated<number> };
}

/** What the columns do not hold. */
type StoredSpec = Omit<RuleSpec, 'folderUid' | 'group' | 'groupIndex' | 'intervalSeconds' | 'isPaused'>;

export interface RuleStore {
  list(filter: RuleFilter): Promise<readonly AlertRule[]>;
  get(orgId: number, uid: string): Promise<AlertRule | undefined>;
  /** Of all organizations, for the scheduler. */
  listAll(): Promise<readonly AlertRule[]>;
  /** Another text when a rule came, went or changed, of all organizations: far cheaper than reading them. */
  fingerprint(): Promise<string>;
  /** Notification settings of the org's rules, as they are stored; those without are left out. */
  notificationSettings(orgId: number): Promise<readonly NotificationSettings[]>;
  count(orgId?: number): Promise<number>;
  /** Throws the 409 of a taken uid. `id` 0: the database gives one. */
  insert(rule: AlertRule): Promise<AlertRule>;
  /** Throws the 409 of optimistic locking unless the stored version is `rule.version - 1`. */
  update(rule: AlertRule): Promise<void>;
  delete(orgId: number, uids: readonly string[]): Promise<void>;

  addVersion(rule: AlertRule, message: string): Promise<void>;
  /** Newest first. */
  versions(orgId: number, guid: string): Promise<readonly RuleVersion[]>;
  pruneVersions(orgId: number, guid: string, upTo: number): Promise<void>;
  /** Of each rule that has versions, the largest. */
  latestVersions(orgId: number, guids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  deleteVersions(orgId: number, guids: readonly string[]): Promise<void>;
  addToTrash(rule: AlertRule, at: number, by: string): Promise<void>;
  trash(orgId: number): Promise<readonly RuleVersion[]>;
  /** False when there is no such entry. */
  deleteFromTrash(orgId: number, guid: string): Promise<boolean>;
  emptyTrash(before: number): Promise<void>;
  /** The same store in a transaction. */
  within(db: Database): RuleStore;
}

function toRule(row: RuleRow): AlertRule {
  const spec = JSON.parse(row.spec) as StoredSpec;
  return {
    id: row.id, guid: row.guid, uid: row.uid, orgId: row.org_id, version: row.version, updated: row.updated, updatedBy: row.updated_by,
    dashboardUid: row.dashboard_uid, panelId: row.panel_id ?? undefined,
    title: spec.title, folderUid: row.namespace_uid, group: row.rule_group, groupIndex: row.rule_group_idx, intervalSeconds: row.interval_seconds,
    condition: spec.condition, data: spec.data, noDataState: spec.noDataState, execErrState: spec.execErrState, forMs: spec.forMs,
    keepFiringForMs: spec.keepFiringForMs, labels: spec.labels, annotations: spec.annotations, isPaused: Boolean(row.is_paused),
    notificationSettings: spec.notificationSettings, record: spec.record, metadata: spec.metadata, missingSeriesEvals: spec.missingSeriesEvals,
  };
}

function storedSpec(rule: AlertRule): string {
  return JSON.stringify({
    title: rule.title, condition: rule.condition, data: rule.data, noDataState: rule.noDataState, execErrState: rule.execErrState, forMs: rule.forMs,
    keepFiringForMs: rule.keepFiringForMs, labels: rule.labels, annotations: rule.annotations, notificationSettings: rule.notificationSettings,
    record: rule.record, metadata: rule.metadata, missingSeriesEvals: rule.missingSeriesEvals,
  } satisfies { [K in keyof StoredSpec]: StoredSpec[K] });
}

function toRow(rule: AlertRule): Omit<RuleRow, 'id'> {
  return {
    guid: rule.guid, org_id: rule.orgId, uid: rule.uid, title: rule.title, namespace_uid: rule.folderUid, rule_group: rule.group,
    rule_group_idx: rule.groupIndex, interval_seconds: rule.intervalSeconds, version: rule.version, updated: rule.updated, updated_by: rule.updatedBy,
    dashboard_uid: rule.dashboardUid.slice(0, 40), panel_id: rule.panelId ?? null, is_paused: rule.isPaused, spec: storedSpec(rule),
  };
}

const toVersion = (row: VersionRow): RuleVersion => {
  const rule = JSON.parse(row.spec) as AlertRule;
  return { ...rule, uid: row.rule_uid, guid: row.rule_guid, orgId: row.rule_org_id, version: row.version, updated: row.created, updatedBy: row.created_by, message: row.message };
};

/** Uids in one statement, well below what any database binds. */
const batchMax = 500;

export function createRuleStore(db: Database): RuleStore {
  const rows = () => db.tables<Tables>();
  const sums = db.prepare('select count(*) as "n", sum(id) as "ids", sum(version) as "versions", sum(updated % 1000000000) as "updated" from alert_rule');
  const version = (rule: AlertRule, more: Partial<VersionRow>) => ({
    rule_org_id: rule.orgId, rule_uid: rule.uid, rule_guid: rule.guid, rule_namespace_uid: rule.folderUid, rule_group: rule.group, version: rule.version,
    created: rule.updated, created_by: rule.updatedBy, message: '', spec: JSON.stringify(rule), ...more,
  });

  return {
    async list({ orgId, folderUids, group, uids, dashboardUid, panelId }) {
      if (folderUids?.length === 0 || uids?.length === 0) return [];
      const fetch = async (some: { folders?: readonly string[] | undefined; uids?: readonly string[] | undefined }) => {
        let query = rows().selectFrom('alert_rule').selectAll().where('org_id', '=', orgId);
        if (some.folders) query = query.where('namespace_uid', 'in', some.folders);
        if (some.uids) query = query.where('uid', 'in', some.uids);
        if (group !== undefined) query = query.where('rule_group', '=', group);
        if (dashboardUid !== undefined) query = query.where('dashboard_uid', '=', dashboardUid);
        if (panelId !== undefined) query = query.where('panel_id', '=', panelId);
        return query.orderBy('namespace_uid').orderBy('rule_group').orderBy('rule_group_idx').orderBy('id').execute();
      };
      if ((folderUids?.length ?? 0) <= batchMax && (uids?.length ?? 0) <= batchMax) return (await fetch({ folders: folderUids, uids })).map(toRule);
      const wanted = { folders: folderUids && new Set(folderUids), uids: uids && new Set(uids) };
      return (await fetch({})).filter((r) => (wanted.folders?.has(r.namespace_uid) ?? true) && (wanted.uids?.has(r.uid) ?? true)).map(toRule);
    },
    async get(orgId, uid) {
      const row = await rows().selectFrom('alert_rule').selectAll().where('org_id', '=', orgId).where('uid', '=', uid).executeTakeFirst();
      return row && toRule(row);
    },
    async listAll() {
      return (await rows().selectFrom('alert_rule').selectAll().orderBy('org_id').orderBy('namespace_uid').orderBy('rule_group').orderBy('rule_group_idx').orderBy('id').execute()).map(toRule);
    },
    async fingerprint() {
      // Every write makes a version or an id larger; what is deleted takes its own away.
      return Object.values((await sums.first()) ?? {}).map(String).join('/');
    },
    async notificationSettings(orgId) {
      const found = await rows().selectFrom('alert_rule').select('spec').where('org_id', '=', orgId).where('spec', 'like', '%"notificationSettings":{%').execute();
      return found.map((row) => (JSON.parse(row.spec) as StoredSpec).notificationSettings).filter((settings) => settings !== undefined);
    },
    async count(orgId) {
      let query = rows().selectFrom('alert_rule').select(({ fn }) => fn.countAll<number>().as('count'));
      if (orgId !== undefined) query = query.where('org_id', '=', orgId);
      return Number((await query.executeTakeFirstOrThrow()).count);
    },
    async insert(rule) {
      try {
        const id = await db.insertReturningId('alert_rule', { ...(rule.id > 0 ? { id: rule.id } : {}), ...toRow(rule) });
        return { ...rule, id: rule.id > 0 ? rule.id : id };
      } catch (error) {
        if (isUniqueViolation(error)) throw uidTaken(rule.orgId, rule.uid);
        throw error;
      }
    },
    async update(rule) {
      const { guid: _, org_id, uid, ...changed } = toRow(rule);
      const result = await rows().updateTable('alert_rule').set(changed).where('org_id', '=', org_id).where('uid', '=', uid).where('version', '=', rule.version - 1).executeTakeFirst();
      if (Number(result.numUpdatedRows) !== 1) {
        throw ruleErrors.versionConflict({ message: `failed to update alert rules: version conflict while updating a record in the database with optimistic locking: alert rule UID ${uid} version ${rule.version - 1}` });
      }
    },
    async delete(orgId, uids) {
      for (let i = 0; i < uids.length; i += batchMax) {
        await rows().deleteFrom('alert_rule').where('org_id', '=', orgId).where('uid', 'in', uids.slice(i, i + batchMax)).execute();
      }
    },
    async addVersion(rule, message) {
      await rows().insertInto('alert_rule_version').values(version(rule, { message })).execute();
    },
    async versions(orgId, guid) {
      const found = await rows().selectFrom('alert_rule_version').selectAll().where('rule_org_id', '=', orgId).where('rule_guid', '=', guid).where('rule_uid', '!=', '').orderBy('id', 'desc').execute();
      return found.map(toVersion);
    },
    async pruneVersions(orgId, guid, upTo) {
      await rows().deleteFrom('alert_rule_version').where('rule_org_id', '=', orgId).where('rule_guid', '=', guid).where('version', '<=', upTo).where('rule_uid', '!=', '').execute();
    },
    async latestVersions(orgId, guids) {
      const latest = new Map<string, number>();
      for (let i = 0; i < guids.length; i += batchMax) {
        const found = await rows().selectFrom('alert_rule_version').select(['rule_guid', ({ fn }) => fn.max('version').as('version')])
          .where('rule_org_id', '=', orgId).where('rule_guid', 'in', guids.slice(i, i + batchMax)).where('rule_uid', '!=', '').groupBy('rule_guid').execute();
        for (const row of found) latest.set(row.rule_guid, Number(row.version));
      }
      return latest;
    },
    async deleteVersions(orgId, guids) {
      for (let i = 0; i < guids.length; i += batchMax) {
        await rows().deleteFrom('alert_rule_version').where('rule_org_id', '=', orgId).where('rule_guid', 'in', guids.slice(i, i + batchMax)).execute();
      }
    },
    async addToTrash(rule, at, by) {
      await rows().insertInto('alert_rule_version').values(version(rule, { rule_uid: '', created: at, created_by: by })).execute();
    },
    async trash(orgId) {
      const found = await rows().selectFrom('alert_rule_version').selectAll().where('rule_org_id', '=', orgId).where('rule_uid', '=', '').orderBy('id').execute();
      // Compat: newest second first, in the order of deletion within one.
      const second = (row: VersionRow) => Math.floor(row.created / 1000);
      return found.sort((a, b) => second(b) - second(a)).map(toVersion);
    },
    async deleteFromTrash(orgId, guid) {
      const result = await rows().deleteFrom('alert_rule_version').where('rule_org_id', '=', orgId).where('rule_guid', '=', guid).where('rule_uid', '=', '').executeTakeFirst();
      return Number(result.numDeletedRows) > 0;
    },
    async emptyTrash(before) {
      await rows().deleteFrom('alert_rule_version').where('rule_uid', '=', '').where('created', '<', before).execute();
    },
    within: (tx) => createRuleStore(tx),
  };
}
