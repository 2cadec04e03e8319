/** All routes that export (alerting-rules §4, §8, §9; alerting-notifications §6.1). */
import { allOf, anyOf, may, rbac } from '../../../web/access.ts';
import { ApiError } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import { empty } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import { mayReadRules, type AlertFolder, type AlertFolders } from '../folders/alert-folders.ts';
import { readFolderRules, readNotificationsExport, readRules, trusted } from '../provisioning/provisioning-access.ts';
import type { NotificationService } from '../receivers/contact-points.ts';
import { mayReadReceiver, mayReadSecrets } from '../receivers/receiver-access.ts';
import { redactedSettings } from '../receivers/receiver-secrets.ts';
import { InvalidRule, ruleErrors, unauthorized, type AlertRule } from '../rules/alert-rule.ts';
import { demandRuleAccess, visibleFolder } from '../rules/rule-access.ts';
import { RuleGroupBody, submittedGroup } from '../rules/ruler-json.ts';
import type { RuleService } from '../rules/rule-service.ts';
import { exportContactPoints, exportGroups, exportPolicies, exportReply, exportTimings, formatOf, type ExportedGroup } from './export.ts';

export interface ExportApiDeps {
  readonly rules: RuleService;
  readonly folders: AlertFolders;
  readonly notifications: NotificationService;
}

const onFolder = 'folders:uid:{Namespace}';

export function exportRoutes(routes: Routes, { rules, folders, notifications }: ExportApiDeps): void {
  const grouped = (list: readonly AlertRule[], all: ReadonlyMap<string, AlertFolder>): ExportedGroup[] =>
    [...Map.groupBy(list, (r) => JSON.stringify([r.folderUid, r.group])).values()].map((members) => ({
      orgId: members[0]!.orgId, name: members[0]!.group, folderUid: members[0]!.folderUid, folderPath: (all.get(members[0]!.folderUid)?.path ?? '').replaceAll('\\/', '/'), intervalSeconds: members[0]!.intervalSeconds, rules: members,
    })).sort((a, b) => (a.folderUid !== b.folderUid ? (a.folderUid < b.folderUid ? -1 : 1) : a.name < b.name ? -1 : 1));

  /** Compat: these exports leave the folder blank. */
  const unnamed: ReadonlyMap<string, AlertFolder> = new Map();

  /** `refusing`: folders that are closed are denied; otherwise nothing is found in them. */
  const selected = async (identity: Identity, search: URLSearchParams, { trust, refusing }: { readonly trust: boolean; readonly refusing: boolean }) => {
    const all = await folders.all(identity.orgId);
    const folderUids = search.getAll('folderUid').filter((u) => u !== '');
    const group = search.get('group') ?? '';
    const ruleUid = search.get('ruleUid') ?? '';
    if (ruleUid !== '') {
      if (group !== '' || folderUids.length > 0) throw new ApiError(400, 'group and folder should not be specified when a single rule is requested');
      const rule = await rules.get(identity.orgId, ruleUid);
      // Compat: the reference answers 500 here.
      if (!rule) throw new ApiError(404, 'could not find alert rule');
      if (!trust) demandRuleAccess(identity, all.get(rule.folderUid), rule.folderUid);
      return { list: [rule], all };
    }
    if (group !== '' && folderUids.length !== 1) throw new ApiError(400, `group name must be specified together with a single folder_uid parameter. Got ${folderUids.length}`);
    const visible = (uid: string) => trust ? all.has(uid) : (all.get(uid) !== undefined && mayReadRules(identity, all.get(uid)!));
    if (refusing && folderUids.length > 0 && !folderUids.some(visible)) throw unauthorized('access rules in the specified folders');
    const list = (await rules.list({ orgId: identity.orgId, ...(folderUids.length > 0 ? { folderUids } : {}), ...(group === '' ? {} : { group }) })).filter((r) => visible(r.folderUid));
    // Compat: the reference answers 500 here.
    if (list.length === 0 && group !== '') throw new ApiError(404, 'could not find alert rule');
    return { list, all };
  };

  routes.get('/api/ruler/grafana/api/v1/export/rules', { access: rbac(may('alert.rules:read')), name: 'RouteGetRulesForExport' }, async (ctx) => {
    const { list, all } = await selected(ctx.identity, ctx.search, { trust: false, refusing: true });
    return list.length === 0 ? empty(404) : exportReply(ctx, exportGroups(grouped(list, all), formatOf(ctx)));
  });

  routes.post('/api/ruler/grafana/api/v1/rules/:Namespace/export', { access: rbac(allOf(may('alert.rules:read', onFolder), may('folders:read', onFolder))), body: RuleGroupBody, name: 'RoutePostRulesGroupForExport' }, async (ctx) => {
    const folder = await visibleFolder(folders, ctx.identity, ctx.params['Namespace']!);
    try {
      const group = submittedGroup(ctx.body, folder.uid, rules.defaultIntervalSeconds);
      // As it was posted: what would be taken from a stored rule is blank.
      const list = group.rules.map((r) => ({
        ...r, isPaused: r.isPaused ?? false, forMs: r.forMs ?? -1, keepFiringForMs: r.keepFiringForMs ?? -1, missingSeriesEvals: r.missingSeriesEvals || undefined,
      }));
      return exportReply(ctx, exportGroups([{ orgId: ctx.identity.orgId, name: group.name, folderUid: folder.uid, folderPath: folder.path.replaceAll('\\/', '/'), intervalSeconds: group.intervalSeconds, rules: list }], formatOf(ctx)));
    } catch (error) {
      throw error instanceof InvalidRule ? new ApiError(400, error.message) : error;
    }
  });

  const p = '/api/v1/provisioning';
  routes.get(`${p}/alert-rules/export`, { access: readRules, name: 'RouteGetAlertRulesExport' }, async (ctx) => {
    const { list, all } = await selected(ctx.identity, ctx.search, { trust: trusted(ctx.identity, false), refusing: false });
    return list.length === 0 ? empty(404) : exportReply(ctx, exportGroups(grouped(list, all), formatOf(ctx)));
  });
  routes.get(`${p}/alert-rules/:UID/export`, { access: readRules, name: 'RouteGetAlertRuleExport' }, async (ctx) => {
    const rule = await rules.get(ctx.identity.orgId, ctx.params['UID']!);
    if (!rule) throw new ApiError(404, 'could not find alert rule');
    const all = await folders.all(ctx.identity.orgId);
    if (!trusted(ctx.identity, false)) demandRuleAccess(ctx.identity, all.get(rule.folderUid), rule.folderUid);
    return exportReply(ctx, exportGroups(grouped([rule], unnamed), formatOf(ctx)));
  });
  routes.get(`${p}/folder/:FolderUID/rule-groups/:Group/export`, { access: readFolderRules, name: 'RouteGetAlertRuleGroupExport' }, async (ctx) => {
    const list = await rules.list({ orgId: ctx.identity.orgId, folderUids: [ctx.params['FolderUID']!], group: ctx.params['Group']! });
    if (list.length === 0) throw ruleErrors.notFound();
    return exportReply(ctx, exportGroups(grouped(list, unnamed), formatOf(ctx)));
  });

  const readPoints = rbac(anyOf(
    may('alert.notifications:read'), may('alert.provisioning:read'), may('alert.notifications.provisioning:read'), may('alert.provisioning.secrets:read'), may('alert.notifications.receivers:read'), may('alert.notifications.receivers.secrets:read'),
  ));
  routes.get(`${p}/contact-points/export`, { access: readPoints, name: 'RouteGetContactpointsExport' }, async (ctx) => {
    const { identity, search } = ctx;
    const decrypt = search.get('decrypt') === 'true';
    if (decrypt && !mayReadSecrets(identity)) {
      throw unauthorized('read any decrypted receiver', 'any(any of alert.provisioning.secrets:read any of alert.notifications.receivers.secrets:read)');
    }
    const name = search.get('name') ?? '';
    const points = (await notifications.contactPoints(identity.orgId)).filter((c) => (name === '' || c.name === name) && mayReadReceiver(identity, c.name));
    const open = await Promise.all(points.map(async (c) => ({ ...c, settings: decrypt ? await notifications.openSettings(c) : redactedSettings(c) })));
    return exportReply(ctx, exportContactPoints(identity.orgId, open));
  });
  routes.get(`${p}/policies/export`, { access: readNotificationsExport, name: 'RouteGetPolicyTreeExport' }, async (ctx) =>
    exportReply(ctx, exportPolicies(ctx.identity.orgId, (await notifications.policies(ctx.identity.orgId)).route)));
  routes.get(`${p}/mute-timings/export`, { access: readNotificationsExport, name: 'RouteExportMuteTimings' }, async (ctx) => exportReply(ctx, exportTimings(ctx.identity.orgId, await notifications.intervals(ctx.identity.orgId))));
  routes.get(`${p}/mute-timings/:name/export`, { access: readNotificationsExport, name: 'RouteExportMuteTiming' }, async (ctx) => {
    const found = (await notifications.intervals(ctx.identity.orgId)).filter((i) => i.name === ctx.params['name']);
    return found.length === 0 ? empty(404) : exportReply(ctx, exportTimings(ctx.identity.orgId, found));
  });
}
