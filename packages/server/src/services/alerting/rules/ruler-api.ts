/** The ruler API for rules that the server itself evaluates (alerting-rules §4). */
import { rulerError } from './ruler-errors.ts';
import { demandRuleAccess, visibleFolder } from './rule-access.ts';
import { Type } from '../../../web/schema.ts';
import { allOf, anyOf, may, orgAdmin, rbac, type Access } from '../../../web/access.ts';
import { ApiError } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import { empty, json, note, type Reply } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import type { AlertFolders } from '../folders/alert-folders.ts';
import { InvalidRule, ruleErrors, unauthorized, type AlertRule } from './alert-rule.ts';
import { checkPayload, groupJson, nodeJson, RuleGroupBody, submittedGroup } from './ruler-json.ts';
import { readableRules, type RuleService } from './rule-service.ts';

export interface RulerApiDeps {
  readonly rules: RuleService;
  readonly folders: AlertFolders;
  /** Names to show of those who changed rules, by uid. */
  readonly userNames: (orgId: number, uids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  readonly restoreEnabled: boolean;
}

const base = '/api/ruler/grafana/api/v1';
const onFolder = 'folders:uid:{Namespace}';
const readAccess: Access = rbac(may('alert.rules:read'));
const folderAccess: Access = rbac(allOf(may('alert.rules:read', onFolder), may('folders:read', onFolder)));
const ruleAccess: Access = rbac(allOf(may('alert.rules:read'), may('folders:read')));
const writeAccess: Access = rbac(allOf(may('alert.rules:read', onFolder), may('folders:read', onFolder), anyOf(may('alert.rules:write', onFolder), may('alert.rules:create', onFolder), may('alert.rules:delete', onFolder))));
const deleteAccess: Access = rbac(allOf(may('alert.rules:delete', onFolder), may('alert.rules:read', onFolder), may('folders:read', onFolder)));

const PauseBody = Type.Object({ is_paused: Type.Optional(Type.Boolean()) });


/** `QUERY_GROUP` stands for a name in `?group=`: names may hold slashes. */
function groupName(params: Record<string, string>, search: URLSearchParams): string {
  const name = params['Groupname'] ?? '';
  if (name !== 'QUERY_GROUP') return name;
  const given = search.get('group') ?? '';
  if (given === '') throw new ApiError(400, 'group query parameter is empty');
  return given;
}

export function rulerRoutes(routes: Routes, { rules, folders, userNames, restoreEnabled }: RulerApiDeps): void {
  const contextOf = async (orgId: number, list: readonly AlertRule[], withProvenance = true) => {
    const names = await userNames(orgId, [...new Set(list.map((r) => r.updatedBy).filter((uid) => uid !== ''))]);
    const stamps = withProvenance ? await rules.provenances(orgId) : new Map();
    return (rule: AlertRule) => ({ names, provenance: stamps.get(rule.uid) });
  };

  const grouped = (list: readonly AlertRule[]) => Map.groupBy(list, (r) => r.group);

  const byPath = async (identity: Identity, list: readonly AlertRule[]) => {
    const all = await folders.all(identity.orgId);
    const context = await contextOf(identity.orgId, list);
    const out: Record<string, unknown[]> = {};
    for (const [folderUid, own] of Map.groupBy(list, (r) => r.folderUid)) {
      const path = (all.get(folderUid)?.path ?? folderUid).replaceAll('\\/', '/');
      const groups = [...grouped(own)].map(([name, members]) => groupJson(name, members, context));
      if (Object.hasOwn(out, path)) out[path]!.push(...groups);
      else Object.defineProperty(out, path, { value: groups, enumerable: true, configurable: true, writable: true });
    }
    return out;
  };

  routes.get(`${base}/rules`, { access: readAccess, name: 'RouteGetGrafanaRulesConfig' }, async ({ identity, search }) => {
    if (search.get('deleted') === 'true') {
      if (!restoreEnabled) throw new ApiError(400, 'restore of deleted rules is not enabled');
      if (identity.orgRole !== 'Admin') throw new ApiError(403, 'only admins can get deleted rules');
      const trash = await rules.trash(identity.orgId);
      if (trash.length === 0) return {};
      return { '': [groupJson('', trash, await contextOf(identity.orgId, trash, false))] };
    }
    const dashboardUid = search.get('dashboard_uid') ?? '';
    const panel = search.get('panel_id') ?? '';
    if (panel !== '' && !/^-?\d+$/.test(panel)) throw new ApiError(400, `invalid panel_id: strconv.ParseInt: parsing ${JSON.stringify(panel)}: invalid syntax`);
    if (panel !== '' && dashboardUid === '') throw new ApiError(400, 'panel_id must be set with dashboard_uid');
    const list = await rules.list({ orgId: identity.orgId, ...(dashboardUid === '' ? {} : { dashboardUid }), ...(panel === '' ? {} : { panelId: Number(panel) }) });
    return byPath(identity, readableRules(list, await folders.all(identity.orgId), identity));
  });

  routes.get(`${base}/rules/:Namespace`, { access: folderAccess, name: 'RouteGetNamespaceGrafanaRulesConfig' }, async ({ identity, params }) => {
    const folder = await visibleFolder(folders, identity, params['Namespace']!);
    return json(await byPath(identity, await rules.list({ orgId: identity.orgId, folderUids: [folder.uid] })), 202);
  });

  routes.get(`${base}/rules/:Namespace/:Groupname`, { access: folderAccess, name: 'RouteGetGrafanaRuleGroupConfig' }, async ({ identity, params, search }) => {
    const group = groupName(params, search);
    const folder = await visibleFolder(folders, identity, params['Namespace']!);
    const list = await rules.list({ orgId: identity.orgId, folderUids: [folder.uid], group });
    if (list.length === 0) throw ruleErrors.groupNotFound();
    return json(groupJson(group, list, await contextOf(identity.orgId, list)), 202);
  });

  routes.post(`${base}/rules/:Namespace`, { access: writeAccess, body: RuleGroupBody, name: 'RoutePostNameGrafanaRulesConfig' }, async ({ identity, params, body, search, headers }): Promise<Reply> => {
    const kind = checkPayload(body);
    const permanently = search.get('deletePermanently') === 'true';
    if (permanently && identity.orgRole !== 'Admin') throw new ApiError(403, 'only administrators can delete rules permanently');
    // Compat: the reference answers 500 to rules of the other kind; it is the client's mistake.
    if (kind === 'external') throw new ApiError(400, 'unexpected backend type (grafana) for payload type (lotex)');
    const folder = await visibleFolder(folders, identity, params['Namespace']!);
    let group: ReturnType<typeof submittedGroup>;
    try {
      group = submittedGroup(body, folder.uid, rules.defaultIntervalSeconds);
    } catch (error) {
      throw error instanceof InvalidRule ? new ApiError(400, error.message) : error;
    }
    const message = headers['x-grafana-alerting-version-message'];
    try {
      const change = await rules.replaceGroup({
        orgId: identity.orgId, folder, group: group.name, intervalSeconds: group.intervalSeconds, rules: group.rules, identity, permanently, dryBuild: true,
        ...(typeof message === 'string' ? { message } : {}),
      });
      const uids = (list: readonly AlertRule[]) => (list.length > 0 ? list.map((r) => r.uid) : undefined);
      if (change.created.length + change.updated.length + change.deleted.length === 0) return json({ message: 'no changes detected in the rule group' }, 202);
      return json({ message: 'rule group updated successfully', created: uids(change.created), updated: uids(change.updated), deleted: uids(change.deleted) }, 202);
    } catch (error) {
      throw rulerError(error);
    }
  });

  routes.patch(`${base}/rules/:Namespace`, { access: writeAccess, body: PauseBody, name: 'RouteUpdateNamespaceRules' }, async ({ identity, params, body }) => {
    const folder = await visibleFolder(folders, identity, params['Namespace']!);
    if (body.is_paused === undefined) throw new ApiError(400, 'missing request body');
    const list = await rules.list({ orgId: identity.orgId, folderUids: [folder.uid] });
    const stamps = await rules.provenances(identity.orgId);
    const free = [...grouped(list).values()].filter((members) => !members.some((r) => stamps.has(r.uid))).flat();
    if (free.length === 0) return note('no rules to update in namespace', {}, 202);
    if (!identity.permissions.has('alert.rules:write', ...folder.scopes)) throw unauthorized(`update alert rules that belong to folder ${folder.uid}`);
    await rules.setPaused(free, body.is_paused, identity.uid);
    return note('rules updated successfully', {}, 202);
  });

  const remove = async (identity: Identity, namespace: string, group: string | undefined, permanently: boolean): Promise<Reply> => {
    if (permanently && identity.orgRole !== 'Admin') throw new ApiError(403, 'only administrators can delete rules permanently');
    const folder = await visibleFolder(folders, identity, namespace);
    const list = await rules.list({ orgId: identity.orgId, folderUids: [folder.uid], ...(group === undefined ? {} : { group }) });
    const stamps = await rules.provenances(identity.orgId);
    const groups = [...grouped(list).values()];
    const free = groups.filter((members) => !members.some((r) => stamps.has(r.uid)));
    if (groups.length > 0 && free.length === 0) throw ruleErrors.provisioned({ message: 'failed to delete rule group: request affects resources created via provisioning API' });
    await rules.delete(free.flat(), { author: identity.uid, permanently });
    return note('rules deleted', {}, 202);
  };

  routes.delete(`${base}/rules/:Namespace`, { access: deleteAccess, name: 'RouteDeleteNamespaceGrafanaRulesConfig' }, ({ identity, params, search }) =>
    remove(identity, params['Namespace']!, undefined, search.get('deletePermanently') === 'true'));
  routes.delete(`${base}/rules/:Namespace/:Groupname`, { access: deleteAccess, name: 'RouteDeleteGrafanaRuleGroupConfig' }, ({ identity, params, search }) =>
    remove(identity, params['Namespace']!, groupName(params, search), search.get('deletePermanently') === 'true'));

  const readable = async (identity: Identity, uid: string): Promise<AlertRule | undefined> => {
    const rule = await rules.get(identity.orgId, uid);
    if (rule) demandRuleAccess(identity, await folders.get(identity.orgId, rule.folderUid), rule.folderUid);
    return rule;
  };

  routes.get(`${base}/rule/:RuleUID`, { access: ruleAccess, name: 'RouteGetRuleByUID' }, async ({ identity, params }) => {
    const rule = await readable(identity, params['RuleUID']!);
    if (!rule) return empty(404);
    return nodeJson(rule, (await contextOf(identity.orgId, [rule]))(rule));
  });

  routes.get(`${base}/rule/:RuleUID/versions`, { access: ruleAccess, name: 'RouteGetRuleVersionsByUID' }, async ({ identity, params }) => {
    const rule = await readable(identity, params['RuleUID']!);
    if (!rule) return empty(404);
    const versions = await rules.versions(rule);
    const context = await contextOf(identity.orgId, versions, false);
    return versions.map((v) => nodeJson(v, context(v)));
  });

  routes.delete(`${base}/trash/rule/guid/:RuleGUID`, { access: orgAdmin, name: 'RouteDeleteRuleFromTrashByGUID' }, async ({ identity, params }) =>
    empty((await rules.deleteFromTrash(identity.orgId, params['RuleGUID']!)) ? 200 : 404));
}

