/** Writes groups of rules as a whole, authorizes the difference, keeps versions and the trash (alerting-rules §3, §4). */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import type { Logger } from '../../../infra/log/log.ts';
import { ApiError } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import type { AlertFolder, AlertFolders } from '../folders/alert-folders.ts';
import { mayReadRules } from '../folders/alert-folders.ts';
import type { ProvenanceStore } from '../provisioning/provenance.ts';
import {
  dashboardAnnotation, groupKeyText, InvalidRule, isExpression, isNoGroupName, panelAnnotation, provisioningAuthor, ruleErrors, systemAuthor, unauthorized, type AlertQuery, type AlertRule, type GroupChange, type GroupKey,
  type Provenance, type RuleDraft, type RuleFilter, type RulesListener, type RuleVersion,
} from './alert-rule.ts';
import type { SubmittedRule } from './ruler-json.ts';
import { checkStorable, checkTimeRanges, checkUid, completeQuery, withoutAlertParts } from './rule-validation.ts';
import type { RuleStore } from './rule-store.ts';

export interface RuleServiceDeps {
  readonly db: Database;
  readonly store: RuleStore;
  readonly provenance: ProvenanceStore;
  readonly folders: AlertFolders;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
  readonly newUid: () => string;
  readonly limits: {
    /** 0 keeps all. */
    readonly versionsMax: number;
    readonly trashEnabled: boolean;
    readonly trashMs: number;
    readonly defaultIntervalSeconds: number;
  };
  /** How many rules the org, and all orgs together, may have; < 0: no limit. */
  readonly quota: (orgId: number) => Promise<{ readonly org: number; readonly global: number }>;
  /** Receivers and time intervals of the org that rules may name. */
  readonly routing: { receiverNames(orgId: number): Promise<ReadonlySet<string>>; timeIntervalNames(orgId: number): Promise<ReadonlySet<string>> };
  /** Builds the queries without running them; rejects with what is wrong. `identity` undefined: the scheduler's rights. */
  readonly dryBuild: (orgId: number, identity: Identity | undefined, rule: Pick<RuleDraft, 'condition' | 'data' | 'record'>) => Promise<void>;
  /** Receivers that the identity may see, by name. */
  readonly mayUseReceiver: (identity: Identity, orgId: number, receiver: string) => Promise<boolean>;
}

export interface ReplaceGroup {
  readonly orgId: number;
  readonly folder: AlertFolder;
  readonly group: string;
  readonly intervalSeconds: number;
  readonly rules: readonly SubmittedRule[];
  readonly identity: Identity;
  /** Delete without a trace. */
  readonly permanently?: boolean;
  /** What rules get; groups with another provenance are refused. Undefined: the ruler, which refuses every provenance. */
  readonly provenance?: { readonly stamp: Provenance };
  /** Rules that are not named stay. */
  readonly keepOthers?: boolean;
  /** The provisioning API builds nothing and asks for no datasource permission (§8). */
  readonly trusted?: boolean;
  readonly dryBuild: boolean;
  /** Compat: recording rules that are imported keep condition and states of alert rules. */
  readonly keepAlertParts?: boolean;
  readonly message?: string;
}

/** A group as a file has it. */
export interface ProvisionedGroup extends GroupKey {
  readonly intervalSeconds: number;
  readonly rules: readonly { readonly draft: RuleDraft; readonly panel: PanelLink }[];
}

/** The panel that a rule belongs to, where annotations do not say it. '' and undefined: none. */
export interface PanelLink {
  readonly dashboardUid: string;
  readonly panelId: number | undefined;
}

export interface RuleService {
  list(filter: RuleFilter): Promise<readonly AlertRule[]>;
  get(orgId: number, uid: string): Promise<AlertRule | undefined>;
  notificationSettings: RuleStore['notificationSettings'];
  provenances(orgId: number): Promise<ReadonlyMap<string, Provenance>>;
  /** Newest first, consecutive equals dropped. */
  versions(rule: AlertRule): Promise<readonly RuleVersion[]>;
  trash(orgId: number): Promise<readonly RuleVersion[]>;
  deleteFromTrash(orgId: number, guid: string): Promise<boolean>;
  replaceGroup(change: ReplaceGroup): Promise<GroupChange>;
  /** One rule, checked as the provisioning API checks. */
  create(orgId: number, draft: RuleDraft, options: { provenance: Provenance; author: string; id?: number; identity?: Identity }): Promise<AlertRule>;
  update(existing: AlertRule, draft: RuleDraft, options: { provenance: Provenance; author: string; identity?: Identity }): Promise<AlertRule>;
  /** Creates or updates the rules of a file's group, all or none; rules that the file does not name stay. Rejects when one is managed otherwise. */
  provisionGroup(group: ProvisionedGroup): Promise<void>;
  /** `stamp`: what every rule of the group gets. */
  setGroupInterval(key: GroupKey, intervalSeconds: number, author: string, stamp?: Provenance): Promise<void>;
  setPaused(rules: readonly AlertRule[], paused: boolean, author: string): Promise<void>;
  delete(rules: readonly AlertRule[], options: { author: string; permanently?: boolean }): Promise<void>;
  /** Rules and policies follow a contact point's or interval's new name. */
  renameInSettings(orgId: number, kind: 'receiver' | 'interval', from: string, to: string): Promise<void>;
  countInFolders(orgId: number, folderUids: readonly string[]): Promise<number>;
  deleteInFolders(orgId: number, folderUids: readonly string[], author: string): Promise<void>;
  /** Every version of the rules below grows: their folder label changed (§4). */
  bumpInFolders(orgId: number, folderUids: readonly string[], author: string): Promise<void>;
  purgeTrash(): Promise<void>;
  onChange(listener: RulesListener): () => void;
  readonly defaultIntervalSeconds: number;
}

type ComparedKey = 'title' | 'folderUid' | 'group' | 'groupIndex' | 'intervalSeconds' | 'condition' | 'data' | 'noDataState' | 'execErrState' | 'forMs' | 'keepFiringForMs'
  | 'labels' | 'annotations' | 'isPaused' | 'notificationSettings' | 'record' | 'metadata' | 'missingSeriesEvals';
const compared: readonly ComparedKey[] = [
  'title', 'folderUid', 'group', 'groupIndex', 'intervalSeconds', 'condition', 'data', 'noDataState', 'execErrState', 'forMs', 'keepFiringForMs', 'labels',
  'annotations', 'isPaused', 'notificationSettings', 'record', 'metadata', 'missingSeriesEvals',
];

/** What differs between two rules, by member. */
export function differences(a: RuleDraft, b: RuleDraft): readonly ComparedKey[] {
  return compared.filter((key) => !isDeepStrictEqual(dropUndefined(a[key]), dropUndefined(b[key])));
}

/** A member that is undefined and one that is absent are the same. */
function dropUndefined(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

interface Update {
  readonly existing: AlertRule;
  readonly draft: RuleDraft;
  readonly changed: readonly ComparedKey[];
}

interface Delta {
  readonly created: readonly RuleDraft[];
  readonly updated: readonly Update[];
  readonly deleted: readonly AlertRule[];
  /** Untouched rules of groups that change: their version grows. */
  readonly touched: readonly Update[];
  readonly groups: ReadonlyMap<string, readonly AlertRule[]>;
}

const keyOf = (r: { folderUid: string; group: string }) => JSON.stringify([r.folderUid, r.group]);

export function createRuleService(deps: RuleServiceDeps): RuleService {
  const { db, store, provenance, folders, clock, limits } = deps;
  const listeners = new Set<RulesListener>();
  const announce = (orgId: number) => {
    for (const listener of listeners) listener(orgId);
  };

  const checkQuota = async (tx: RuleStore, orgId: number, { org, global }: Awaited<ReturnType<RuleServiceDeps['quota']>>) => {
    // Compat: the new rows are counted already and the limit itself is too many.
    if (org >= 0 && (await tx.count(orgId)) >= org) throw ruleErrors.quota();
    if (global >= 0 && (await tx.count()) >= global) throw ruleErrors.quota();
  };

  const complete = (draft: RuleDraft): RuleDraft => ({ ...draft, data: draft.data.map(completeQuery) });

  const asRule = (draft: RuleDraft, { id, guid, uid, orgId, version }: Pick<AlertRule, 'id' | 'guid' | 'uid' | 'orgId' | 'version'>, author: string, panel = panelOf(draft)): AlertRule => ({
    ...draft, id, guid, uid, orgId, version, updated: clock.now(), updatedBy: author, dashboardUid: panel.dashboardUid, panelId: panel.panelId,
  });

  const insert = async (tx: RuleStore, orgId: number, draft: RuleDraft, author: string, message: string, id = 0, panel?: PanelLink): Promise<AlertRule> => {
    const uid = draft.uid || deps.newUid();
    if (draft.uid !== '') {
      try {
        checkUid(draft.uid);
      } catch (error) {
        throw new InvalidRule(`\ncannot create rule with UID '${draft.uid}': ${(error as Error).message}`);
      }
    }
    checkStorable(draft);
    const rule = await tx.insert(asRule(complete(draft), { id, guid: randomUUID(), uid, orgId, version: 1 }, author, panel));
    await tx.addVersion(rule, message);
    return rule;
  };

  const update = async (tx: RuleStore, existing: AlertRule, draft: RuleDraft, author: string, message: string, panel?: PanelLink): Promise<AlertRule> => {
    checkStorable(draft);
    // A link that no annotation made stays when annotations say nothing of one.
    const linked = draft.annotations[dashboardAnnotation] ?? existing.annotations[dashboardAnnotation];
    const rule = asRule(complete(draft), { ...existing, version: existing.version + 1 }, author, panel ?? (linked === undefined ? existing : panelOf(draft)));
    await tx.update(rule);
    // Index, time and author alone make no version.
    if (differences(existing, rule).some((key) => key !== 'groupIndex')) {
      await tx.addVersion(rule, message);
      if (limits.versionsMax > 0) await tx.pruneVersions(rule.orgId, rule.guid, rule.version - limits.versionsMax);
    }
    return rule;
  };

  const remove = async (tx: RuleStore, rules: readonly AlertRule[], author: string, permanently: boolean) => {
    for (const [orgId, own] of Map.groupBy(rules, (r) => r.orgId)) {
      await tx.delete(orgId, own.map((r) => r.uid));
      const kept = !permanently && limits.trashEnabled && limits.trashMs > 0;
      // Compat: the trash names the version that was written last; a rule may have gone on since without being another, as its folder did.
      const versions = kept ? await tx.latestVersions(orgId, own.map((r) => r.guid)) : new Map<string, number>();
      await tx.deleteVersions(orgId, own.map((r) => r.guid));
      if (kept) for (const rule of own) await tx.addToTrash({ ...rule, version: versions.get(rule.guid) ?? rule.version }, clock.now(), author);
    }
  };

  const calculate = async (change: ReplaceGroup): Promise<Delta> => {
    const { orgId, folder, group } = change;
    const current = await store.list({ orgId, folderUids: [folder.uid], group });
    const groups = new Map<string, readonly AlertRule[]>();
    if (current.length > 0) groups.set(keyOf({ folderUid: folder.uid, group }), current);
    const byUid = new Map(current.map((r) => [r.uid, r]));
    const strangers = change.rules.map((r) => r.uid).filter((uid) => uid !== '' && !byUid.has(uid));
    for (const rule of await store.list({ orgId, uids: strangers })) {
      byUid.set(rule.uid, rule);
      if (isNoGroupName(rule.group)) throw new InvalidRule(`cannot move rule out of this group`);
      const key = keyOf(rule);
      if (!groups.has(key)) groups.set(key, await store.list({ orgId, folderUids: [rule.folderUid], group: rule.group }));
    }
    const bare = (draft: RuleDraft) => (change.keepAlertParts ? draft : withoutAlertParts(draft));
    const created: RuleDraft[] = [];
    const updated: Update[] = [];
    const kept = new Set<string>();
    for (const submitted of change.rules) {
      const existing = submitted.uid === '' ? undefined : byUid.get(submitted.uid);
      if (!existing) {
        created.push(bare(newDraft(submitted)));
        continue;
      }
      kept.add(existing.uid);
      const draft = bare(patched(submitted, existing));
      const changed = differences(existing, draft);
      updated.push({ existing, draft, changed });
    }
    const deleted = change.keepOthers ? [] : current.filter((r) => !kept.has(r.uid));
    const real = updated.filter((u) => u.changed.length > 0);
    const delta = { created, updated: real, deleted, touched: [] as Update[], groups };
    if (created.length === 0 && real.length === 0 && deleted.length === 0) return delta;
    // Everything else in an affected group moves up and gets a new version.
    const gone = new Set([...deleted.map((r) => r.uid), ...updated.map((u) => u.existing.uid)]);
    for (const u of updated) if (u.changed.length === 0) delta.touched.push(u);
    for (const members of groups.values()) {
      members.filter((r) => !gone.has(r.uid)).forEach((existing, i) => delta.touched.push({ existing, draft: { ...existing, groupIndex: i + 1 }, changed: [] }));
    }
    return delta;
  };

  const authorize = async (identity: Identity, change: ReplaceGroup, delta: Delta): Promise<void> => {
    const may = (action: string, scopes: readonly string[]) => identity.permissions.has(action, ...scopes);
    const folderOf = async (uid: string) => (await folders.get(change.orgId, uid))?.scopes ?? [`folders:uid:${uid}`];
    const text = (action: string, uid: string) => `action:${action} scopes:folders:uid:${uid}`;
    const sources = async (draft: { readonly title: string; readonly data: readonly AlertQuery[] }, action: string) => {
      for (const query of draft.data) {
        if (isExpression(query) || query.datasourceUid === '') continue;
        if (!may('datasources:query', [`datasources:uid:${query.datasourceUid}`])) throw unauthorized(action, `action:datasources:query scopes:datasources:uid:${query.datasourceUid}`);
      }
    };
    const own = change.folder.scopes;
    const ownUid = change.folder.uid;
    if (delta.deleted.length > 0 && !may('alert.rules:delete', own)) throw unauthorized(`delete alert rules that belong to folder ${ownUid}`, text('alert.rules:delete', ownUid));
    if (delta.created.length > 0) {
      if (!may('alert.rules:create', own)) throw unauthorized(`create alert rules in the folder ${ownUid}`, text('alert.rules:create', ownUid));
      for (const draft of delta.created) await sources(draft, `create a new alert rule '${draft.title}'`);
    }
    let writes = false;
    for (const { existing, draft, changed } of delta.updated) {
      if (changed.includes('data') || changed.includes('intervalSeconds')) await sources(draft, `update alert rule '${existing.title}' (UID: ${existing.uid})`);
      if (existing.folderUid !== ownUid) {
        if (!may('alert.rules:delete', await folderOf(existing.folderUid))) throw unauthorized(`move alert rules from folder ${existing.folderUid}`, text('alert.rules:delete', existing.folderUid));
        if (!may('alert.rules:create', own)) throw unauthorized(`move alert rules to folder ${ownUid}`, text('alert.rules:create', ownUid));
      } else writes = true;
    }
    if (writes && !may('alert.rules:write', own)) throw unauthorized(`update alert rules that belong to folder ${ownUid}`, text('alert.rules:write', ownUid));
  };

  const checkRouting = async (orgId: number, identity: Identity | undefined, drafts: readonly { draft: RuleDraft; before?: AlertRule }[]) => {
    for (const { draft, before } of drafts) {
      const settings = draft.record ? undefined : draft.notificationSettings;
      if (!settings || (before && isDeepStrictEqual(dropUndefined(before.notificationSettings), dropUndefined(settings)))) continue;
      if (!(await deps.routing.receiverNames(orgId)).has(settings.receiver)) throw new InvalidRule(`\nreceiver ${settings.receiver} does not exist`);
      const intervals = await deps.routing.timeIntervalNames(orgId);
      for (const name of [...settings.muteTimeIntervals, ...settings.activeTimeIntervals]) if (!intervals.has(name)) throw new InvalidRule(`\ntime interval ${name} does not exist`);
      if (identity && !(await deps.mayUseReceiver(identity, orgId, settings.receiver))) throw unauthorized(`read receiver '${settings.receiver}'`);
    }
  };

  const service: RuleService = {
    defaultIntervalSeconds: limits.defaultIntervalSeconds,
    list: (filter) => store.list(filter),
    get: (orgId, uid) => store.get(orgId, uid),
    notificationSettings: (orgId) => store.notificationSettings(orgId),
    provenances: (orgId) => provenance.all(orgId, 'alertRule'),
    async versions(rule) {
      const all = await store.versions(rule.orgId, rule.guid);
      return all.filter((v, i) => i === all.length - 1 || differences(v, all[i + 1]!).some((key) => key !== 'groupIndex'));
    },
    trash: (orgId) => store.trash(orgId),
    deleteFromTrash: (orgId, guid) => store.deleteFromTrash(orgId, guid),

    async replaceGroup(change) {
      const delta = await calculate(change);
      if (delta.created.length === 0 && delta.updated.length === 0 && delta.deleted.length === 0) return { created: [], updated: [], deleted: [] };
      if (change.folder.managedBy !== '' && change.folder.managedBy === 'repo') throw new InvalidRule('cannot store rules in folder managed by Git Sync');
      if (!change.trusted) await authorize(change.identity, change, delta);
      const stamps = await provenance.all(change.orgId, 'alertRule');
      if (!change.provenance) {
        const provisioned = [...delta.groups].filter(([, members]) => members.some((r) => stamps.has(r.uid)));
        if (provisioned.length > 0) {
          const keys = provisioned.map(([key]) => {
            const [folderUid, group] = JSON.parse(key) as [string, string];
            return groupKeyText({ orgId: change.orgId, folderUid, group });
          });
          throw ruleErrors.provisioned({ message: `failed to update rule group: request affects resources created via provisioning API: alert rule group [${keys.join(', ')}]` });
        }
      }
      if (change.dryBuild) {
        const built = [...delta.created.map((draft) => ({ draft })), ...delta.updated.filter((u) => u.changed.some((key) => key !== 'groupIndex'))];
        for (const { draft } of built) {
          try {
            await deps.dryBuild(change.orgId, change.identity, draft);
            checkTimeRanges(draft.data);
          } catch (error) {
            if (error instanceof ApiError && error.messageId === 'alerting.alert-rule.invalidRelativeTime') throw error;
            throw new InvalidRule(` '${draft.title}': ${buildErrorText(error)}`);
          }
        }
      }
      await checkRouting(change.orgId, change.trusted ? undefined : change.identity, [
        ...delta.created.map((draft) => ({ draft })), ...delta.updated.map((u) => ({ draft: u.draft, before: u.existing })),
      ]);
      const author = change.identity.uid;
      const message = change.message ?? '';
      const quota = await deps.quota(change.orgId);
      const result = await db.transaction(async (tx) => {
        const rules = store.within(tx);
        const stamp = provenance.within(tx);
        await remove(rules, delta.deleted, author, change.permanently ?? false);
        await stamp.delete(change.orgId, 'alertRule', ...delta.deleted.map((r) => r.uid));
        const updated: AlertRule[] = [];
        try {
          for (const u of [...delta.updated, ...delta.touched]) updated.push(await update(rules, u.existing, u.draft, author, message));
        } catch (error) {
          if (error instanceof InvalidRule) throw new Step('failed to update rules', error);
          throw error;
        }
        const created: AlertRule[] = [];
        try {
          for (const draft of delta.created) created.push(await insert(rules, change.orgId, draft, author, message));
        } catch (error) {
          if (error instanceof InvalidRule) throw new Step('failed to add rules', error);
          throw error;
        }
        if (change.provenance) for (const rule of [...created, ...updated]) await stamp.set(change.orgId, 'alertRule', rule.uid, change.provenance.stamp);
        if (created.length > 0) await checkQuota(rules, change.orgId, quota);
        return { created, updated, deleted: delta.deleted };
      });
      announce(change.orgId);
      // In the order of the body, rules of other groups behind.
      const order = new Map(change.rules.map((r, i) => [r.uid, i]));
      return { ...result, updated: result.updated.toSorted((a, b) => (order.get(a.uid) ?? Number.MAX_SAFE_INTEGER) - (order.get(b.uid) ?? Number.MAX_SAFE_INTEGER)) };
    },

    async create(orgId, draft, { provenance: stamp, author, id, identity }) {
      await checkRouting(orgId, identity, [{ draft }]);
      const quota = await deps.quota(orgId);
      const rule = await db.transaction(async (tx) => {
        const rules = store.within(tx);
        const group = await rules.list({ orgId, folderUids: [draft.folderUid], group: draft.group });
        const groupIndex = draft.groupIndex > 0 ? draft.groupIndex : group.reduce((most, r) => Math.max(most, r.groupIndex + 1), 0);
        const created = await insert(rules, orgId, { ...withoutAlertParts(draft), groupIndex }, author, '', id);
        await provenance.within(tx).set(orgId, 'alertRule', created.uid, stamp);
        await checkQuota(rules, orgId, quota);
        return created;
      });
      announce(orgId);
      return rule;
    },

    async update(existing, draft, { provenance: stamp, author, identity }) {
      await checkRouting(existing.orgId, identity, [{ draft, before: existing }]);
      const rule = await db.transaction(async (tx) => {
        const updated = await update(store.within(tx), existing, withoutAlertParts(draft), author, '');
        await provenance.within(tx).set(existing.orgId, 'alertRule', existing.uid, stamp);
        return updated;
      });
      announce(existing.orgId);
      return rule;
    },

    async provisionGroup({ orgId, folderUid, group, intervalSeconds, rules: wanted }) {
      const known = new Map((await store.list({ orgId, uids: wanted.map(({ draft }) => draft.uid) })).map((rule) => [rule.uid, rule]));
      await checkRouting(orgId, undefined, wanted.map(({ draft }) => ({ draft, ...(known.has(draft.uid) && { before: known.get(draft.uid)! }) })));
      const stamps = await provenance.all(orgId, 'alertRule');
      const quota = await deps.quota(orgId);
      await db.transaction(async (tx) => {
        const rules = store.within(tx);
        const stamp = provenance.within(tx);
        const members = new Map((await rules.list({ orgId, folderUids: [folderUid], group })).map((rule) => [rule.uid, rule]));
        // Compat: a new rule has the interval that the group had; the file's comes after it, as a version of its own.
        const before = members.values().next().value?.intervalSeconds ?? limits.defaultIntervalSeconds;
        const panels = new Map<string, PanelLink>();
        let created = 0;
        for (const { draft, panel } of wanted) {
          const existing = members.get(draft.uid) ?? known.get(draft.uid);
          const stored = stamps.get(draft.uid) ?? '';
          if (existing && stored !== '' && stored !== 'file') throw new InvalidRule(`the rule ${draft.uid} is managed by ${stored}: cannot change provenance from '${stored}' to 'file'`);
          const placed = { ...draft, folderUid, group, intervalSeconds: existing?.intervalSeconds ?? before };
          const rule = existing
            ? await update(rules, existing, { ...placed, metadata: existing.metadata }, provisioningAuthor, '', panel)
            : await insert(rules, orgId, placed, provisioningAuthor, '', 0, panel);
          if (!existing) created++;
          members.set(rule.uid, rule);
          panels.set(rule.uid, panel);
          if (stored !== 'file') await stamp.set(orgId, 'alertRule', rule.uid, 'file');
        }
        for (const rule of members.values()) {
          if (rule.intervalSeconds !== intervalSeconds) await update(rules, rule, { ...rule, intervalSeconds }, provisioningAuthor, '', panels.get(rule.uid) ?? rule);
        }
        if (created > 0) await checkQuota(rules, orgId, quota);
      });
      announce(orgId);
    },

    async setGroupInterval(key, intervalSeconds, author, stamp) {
      await db.transaction(async (tx) => {
        const rules = store.within(tx);
        for (const rule of await rules.list({ orgId: key.orgId, folderUids: [key.folderUid], group: key.group })) {
          if (rule.intervalSeconds !== intervalSeconds) await update(rules, rule, { ...rule, intervalSeconds }, author, '');
          if (stamp !== undefined) await provenance.within(tx).set(key.orgId, 'alertRule', rule.uid, stamp);
        }
      });
      announce(key.orgId);
    },

    async setPaused(list, paused, author) {
      await db.transaction(async (tx) => {
        const rules = store.within(tx);
        for (const rule of list) if (rule.isPaused !== paused) await update(rules, rule, { ...rule, isPaused: paused }, author, '');
      });
      if (list[0]) announce(list[0].orgId);
    },

    async delete(list, { author, permanently = false }) {
      if (list.length === 0) return;
      await db.transaction(async (tx) => {
        await remove(store.within(tx), list, author, permanently);
        for (const [orgId, own] of Map.groupBy(list, (r) => r.orgId)) await provenance.within(tx).delete(orgId, 'alertRule', ...own.map((r) => r.uid));
      });
      announce(list[0]!.orgId);
    },

    async renameInSettings(orgId, kind, from, to) {
      const swap = (names: readonly string[]) => names.map((n) => (n === from ? to : n));
      const affected = (await store.list({ orgId })).filter((r) => {
        const s = r.notificationSettings;
        return s && (kind === 'receiver' ? s.receiver === from : s.muteTimeIntervals.includes(from) || s.activeTimeIntervals.includes(from));
      });
      if (affected.length === 0) return;
      await db.transaction(async (tx) => {
        for (const rule of affected) {
          const s = rule.notificationSettings!;
          const notificationSettings = kind === 'receiver' ? { ...s, receiver: to } : { ...s, muteTimeIntervals: swap(s.muteTimeIntervals), activeTimeIntervals: swap(s.activeTimeIntervals) };
          await update(store.within(tx), rule, { ...rule, notificationSettings }, systemAuthor, '');
        }
      });
      announce(orgId);
    },

    async countInFolders(orgId, folderUids) {
      return (await store.list({ orgId, folderUids })).length;
    },
    async deleteInFolders(orgId, folderUids, author) {
      await service.delete(await store.list({ orgId, folderUids }), { author });
    },
    async bumpInFolders(orgId, folderUids, author) {
      const list = await store.list({ orgId, folderUids });
      if (list.length === 0) return;
      await db.transaction(async (tx) => {
        for (const rule of list) await update(store.within(tx), rule, rule, author, '');
      });
      announce(orgId);
    },
    async purgeTrash() {
      if (limits.trashMs > 0) await store.emptyTrash(clock.now() - limits.trashMs);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };

  folders.onChange(({ orgId, kind, uids, author }) => {
    const uid = author.includes(':') ? author.slice(author.indexOf(':') + 1) : author;
    const work = kind === 'deleted' ? service.deleteInFolders(orgId, uids, uid) : service.bumpInFolders(orgId, uids, uid);
    work.catch((error: unknown) => deps.log.error('Rules did not follow their folder', { orgId, folders: uids, error }));
  });

  return service;
}

const panelOf = ({ annotations }: RuleDraft): PanelLink => {
  const id = annotations[panelAnnotation];
  return { dashboardUid: annotations[dashboardAnnotation] ?? '', panelId: id !== undefined && /^-?\d{1,15}$/.test(id) ? Number(id) : undefined };
};

/** Which part of a write failed; the text is put together at the edge. */
export class Step extends Error {
  constructor(step: string, cause: InvalidRule) {
    super(`${step}: ${invalidRuleText(cause)}`, { cause });
    this.name = 'Step';
  }
}

/** `invalid alert rule: …`; a cause of its own begins a line. */
export function invalidRuleText(error: InvalidRule): string {
  return /^[\n ]/.test(error.message) ? `invalid alert rule${error.message}` : `invalid alert rule: ${error.message}`;
}

const buildErrorText = (error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  return error instanceof ApiError && error.messageId !== '' ? `[${error.messageId}] ${text}` : text;
};

/** A uid that nobody has yet leaves nothing to a default (§4, 5). */
function newDraft(s: SubmittedRule): RuleDraft {
  return {
    ...s, isPaused: s.isPaused ?? false, metadata: s.metadata ?? { simplifiedQuery: false, simplifiedNotifications: false }, forMs: s.forMs ?? -1,
    keepFiringForMs: s.keepFiringForMs ?? -1, missingSeriesEvals: s.missingSeriesEvals === undefined ? -1 : s.missingSeriesEvals === 0 ? undefined : s.missingSeriesEvals,
  };
}

/** Blanks are taken from the stored rule; labels, annotations, notification settings and record are not (§4, 4). */
function patched(s: SubmittedRule, stored: AlertRule): RuleDraft {
  const blank = s.condition === '' && s.data.length === 0;
  return {
    ...s, title: s.title || stored.title, noDataState: s.noDataState || stored.noDataState, execErrState: s.execErrState || stored.execErrState,
    condition: blank ? stored.condition : s.condition, data: blank ? stored.data : s.data, forMs: s.forMs ?? stored.forMs,
    keepFiringForMs: s.keepFiringForMs ?? stored.keepFiringForMs, isPaused: s.isPaused ?? stored.isPaused,
    metadata: s.metadata ? { ...stored.metadata, ...s.metadata } : stored.metadata,
    missingSeriesEvals: s.missingSeriesEvals === undefined ? stored.missingSeriesEvals : s.missingSeriesEvals === 0 ? undefined : s.missingSeriesEvals,
  };
}

/** The rules that an identity may read, in folders that exist. */
export function readableRules(rules: readonly AlertRule[], all: ReadonlyMap<string, AlertFolder>, identity: Identity): AlertRule[] {
  const visible = new Map<string, boolean>();
  return rules.filter((rule) => {
    let seen = visible.get(rule.folderUid);
    if (seen === undefined) {
      const folder = all.get(rule.folderUid);
      seen = folder !== undefined && mayReadRules(identity, folder);
      visible.set(rule.folderUid, seen);
    }
    return seen;
  });
}
