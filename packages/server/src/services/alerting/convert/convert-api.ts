/** Prometheus rules in and out, as mimirtool and cortextool speak (alerting-rules §10). */
import { allOf, may, rbac } from '../../../web/access.ts';
import { bindValue, BindError } from '../../../web/bind.ts';
import { ApiError } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import { empty, json, Reply } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import type { DataSourceService } from '../../datasources/records/data-source.ts';
import { toYaml, type YamlValue } from '../export/yaml-writer.ts';
import type { AlertFolder, AlertFolders } from '../folders/alert-folders.ts';
import { unauthorized, type AlertRule, type Labels, type NotificationSettings } from '../rules/alert-rule.ts';
import { formatDuration } from '../rules/duration.ts';
import { NotificationSettingsBody, notificationSettingsFrom } from '../rules/ruler-json.ts';
import { rulerError } from '../rules/ruler-errors.ts';
import { readableRules, type RuleService } from '../rules/rule-service.ts';
import { converted, groupFrom, hasRecordingRules, importFolderUid, type PrometheusGroup, type PrometheusRule, type Source } from './prometheus-rules.ts';

export interface ConvertApiDeps {
  readonly rules: RuleService;
  readonly folders: AlertFolders;
  readonly dataSources: Pick<DataSourceService, 'find'>;
  /** '' without. */
  readonly defaultDatasourceUid: string;
  readonly makeFolder: (identity: Identity, folder: { readonly uid: string; readonly title: string; readonly parentUid: string }) => Promise<void>;
}

type Ctx = Pick<RequestContext, 'headers' | 'identity'>;
type Shown = Record<string, { name: string; interval: string; rules: PrometheusRule[] }[]>;

const prefix = 'X-Grafana-Alerting-';
const headerOf = ({ headers }: Ctx, name: string): string => {
  const value = headers[name.toLowerCase()];
  return (Array.isArray(value) ? value[0] : value) ?? '';
};
const badHeader = (name: string, reason: string) => new ApiError(400, `Invalid value for header ${name}: ${reason}`, { messageId: 'alerting.invalidHeaderValue', extra: { Error: {}, Header: name } });

function pausedOf(ctx: Ctx, name: string): boolean {
  const value = headerOf(ctx, prefix + name);
  if (value === '') return false;
  if (/^(1|t|T|true|TRUE|True)$/.test(value)) return true;
  if (/^(0|f|F|false|FALSE|False)$/.test(value)) return false;
  throw badHeader(prefix + name, "must be 'true' or 'false'");
}

function extraLabelsOf(ctx: Ctx): Labels {
  const name = `${prefix}Extra-Labels`;
  const value = headerOf(ctx, name);
  if (value === '') return {};
  return Object.fromEntries(value.split(',').map((part) => {
    const at = part.indexOf('=');
    if (at < 1) throw badHeader(name, "format should be 'key=value,key2=value2'");
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  }));
}

function settingsOf(ctx: Ctx): NotificationSettings | undefined {
  const name = `${prefix}Notification-Settings`;
  const value = headerOf(ctx, name);
  if (value === '') return undefined;
  try {
    return notificationSettingsFrom(bindValue(NotificationSettingsBody, JSON.parse(value)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof BindError) throw badHeader(name, 'invalid JSON');
    throw error;
  }
}

export function convertRoutes(routes: Routes, { rules, folders, dataSources, defaultDatasourceUid, makeFolder }: ConvertApiDeps): void {
  const readAccess = rbac(allOf(may('alert.rules:read'), may('folders:read')));
  const writeAccess = rbac(allOf(may('alert.rules:create'), may('alert.provisioning.provenance:write')));
  const deleteAccess = rbac(allOf(may('alert.rules:read'), may('folders:read'), may('alert.rules:delete'), may('alert.provisioning.provenance:write')));
  const accepted = () => json({ status: 'success', errorType: '', error: '' }, 202);

  const answer = (ctx: Ctx, value: YamlValue): Reply => {
    if (headerOf(ctx, 'accept').includes('application/json')) return json(value);
    const map = value as { readonly [key: string]: YamlValue };
    return new Reply(200, Object.keys(map).length === 0 ? '{}\n' : toYaml(map), { 'content-type': 'text/yaml' });
  };

  /** Folders directly below the working folder that the caller may read, by title. */
  const namespaces = async (ctx: Ctx): Promise<AlertFolder[]> => {
    const working = headerOf(ctx, `${prefix}Folder-UID`);
    return [...(await folders.all(ctx.identity.orgId)).values()]
      .filter((f) => f.parentUid === working && ctx.identity.permissions.has('folders:read', ...f.scopes))
      .sort((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : 0));
  };
  const namespace = async (ctx: Ctx, title: string) => (await namespaces(ctx)).find((f) => f.title === title);

  /** Imported rules only, in order. */
  const importedIn = async (ctx: Ctx, within: readonly AlertFolder[], group?: string): Promise<AlertRule[]> => {
    if (within.length === 0) return [];
    const list = await rules.list({ orgId: ctx.identity.orgId, folderUids: within.map((f) => f.uid), ...(group === undefined ? {} : { group }) });
    return readableRules(list.filter((r) => r.metadata.prometheusDefinition !== undefined), await folders.all(ctx.identity.orgId), ctx.identity);
  };

  const shown = (within: readonly AlertFolder[], list: readonly AlertRule[]): Shown => {
    const out: Shown = {};
    for (const folder of within) {
      const groups = Map.groupBy(list.filter((r) => r.folderUid === folder.uid), (r) => r.group);
      if (groups.size === 0) continue;
      out[folder.title] = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, members]) => ({
        name, interval: formatDuration(members[0]!.intervalSeconds * 1000),
        rules: members.toSorted((a, b) => a.groupIndex - b.groupIndex).map((r) => JSON.parse(r.metadata.prometheusDefinition!) as PrometheusRule),
      }));
    }
    return out;
  };

  const source = async (ctx: Ctx, uid: string, failed: string): Promise<Source> => {
    const record = await dataSources.find(ctx.identity.orgId, { uid });
    if (!record) throw new ApiError(404, `${failed}: data source not found`);
    return { uid: record.uid, type: record.type };
  };

  const bodyOf = async (raw: Buffer): Promise<unknown> => {
    const { parse } = await import('yaml');
    try {
      return parse(raw.toString(), { maxAliasCount: 100 });
    } catch (error) {
      throw new ApiError(400, `yaml: ${error instanceof Error ? error.message.split('\n')[0] : 'unreadable'}`);
    }
  };

  /** Checks everything about the request before the first group is written. */
  const load = async (ctx: Ctx, byNamespace: ReadonlyMap<string, readonly PrometheusGroup[]>): Promise<Reply> => {
    const { identity } = ctx;
    const uid = headerOf(ctx, `${prefix}Datasource-UID`) || defaultDatasourceUid;
    if (uid === '') throw new ApiError(400, `Missing datasource UID header: ${prefix}Datasource-UID`, { messageId: 'alerting.datasourceUIDHeaderMissing' });
    const from = await source(ctx, uid, 'failed to get datasource');
    if (from.type !== 'prometheus' && from.type !== 'loki') throw new ApiError(400, 'Datasource type must be Prometheus or Loki to import rules.', { messageId: 'alerting.invalidDatasourceType' });
    const targetUid = headerOf(ctx, `${prefix}Target-Datasource-UID`);
    const target = targetUid === '' ? from : await source(ctx, targetUid, 'failed to get recording rules target datasource');
    if (target.type !== 'prometheus' && [...byNamespace.values()].flat().some(hasRecordingRules)) {
      throw new ApiError(400, 'Target datasource type must be Prometheus for recording rules.', { messageId: 'alerting.invalidTargetDatasourceType' });
    }
    const keepDefinition = ctx.headers['x-disable-provenance'] === undefined;
    const how = {
      orgId: identity.orgId, source: from, target, defaultIntervalSeconds: rules.defaultIntervalSeconds, keepDefinition, alertRulesPaused: pausedOf(ctx, 'Alert-Rules-Paused'),
      recordingRulesPaused: pausedOf(ctx, 'Recording-Rules-Paused'), extraLabels: extraLabelsOf(ctx), notificationSettings: settingsOf(ctx),
    };
    const message = headerOf(ctx, `${prefix}Version-Message`);
    for (const [title, groups] of byNamespace) {
      const folder = await folderFor(ctx, title);
      for (const group of groups) {
        const submitted = converted(group, { ...how, folderUid: folder.uid });
        try {
          await rules.replaceGroup({
            orgId: identity.orgId, folder, group: group.name, intervalSeconds: submitted[0]?.intervalSeconds ?? rules.defaultIntervalSeconds, rules: submitted, identity,
            provenance: { stamp: keepDefinition ? 'converted_prometheus' : '' }, dryBuild: false, keepAlertParts: true, message,
          });
        } catch (error) {
          throw rulerError(error);
        }
      }
    }
    return accepted();
  };

  const folderFor = async (ctx: Ctx, title: string): Promise<AlertFolder> => {
    const known = await namespace(ctx, title);
    if (known) return known;
    const parentUid = headerOf(ctx, `${prefix}Folder-UID`);
    const uid = importFolderUid(ctx.identity.orgId, title, parentUid);
    await makeFolder(ctx.identity, { uid, title, parentUid });
    const made = await folders.get(ctx.identity.orgId, uid);
    if (!made) throw new ApiError(409, `folder ${uid} was deleted meanwhile`);
    return made;
  };

  const remove = async (ctx: Ctx, title: string, group?: string): Promise<Reply> => {
    const folder = await namespace(ctx, title);
    const list = folder ? await importedIn(ctx, [folder], group) : [];
    if (!folder || list.length === 0) return empty(404);
    if (!ctx.identity.permissions.has('alert.rules:delete', ...folder.scopes)) throw unauthorized(`delete alert rules that belong to folder ${folder.uid}`);
    await rules.delete(list, { author: ctx.identity.uid });
    return accepted();
  };

  for (const base of ['/api/convert/prometheus/config/v1/rules', '/api/convert/api/prom/rules']) {
    routes.get(base, { access: readAccess }, async (ctx) => {
      const all = await namespaces(ctx);
      return answer(ctx, shown(all, await importedIn(ctx, all)) as unknown as YamlValue);
    });
    routes.get(`${base}/:NamespaceTitle`, { access: readAccess }, async (ctx) => {
      const folder = await namespace(ctx, ctx.params['NamespaceTitle']!);
      return folder ? answer(ctx, shown([folder], await importedIn(ctx, [folder])) as unknown as YamlValue) : empty(404);
    });
    routes.get(`${base}/:NamespaceTitle/:Group`, { access: readAccess }, async (ctx) => {
      const folder = await namespace(ctx, ctx.params['NamespaceTitle']!);
      const [group] = folder ? (shown([folder], await importedIn(ctx, [folder], ctx.params['Group']!))[folder.title] ?? []) : [];
      return group ? answer(ctx, group as unknown as YamlValue) : empty(404);
    });
    routes.post(base, { access: writeAccess, rawBody: true }, async (ctx) => {
      const body = (await bodyOf(ctx.rawBody)) ?? {};
      if (typeof body !== 'object' || Array.isArray(body)) throw new BindError('', 'is not a map of namespaces');
      return load(ctx, new Map(Object.entries(body).map(([title, groups]) => [title, (Array.isArray(groups) ? groups : []).map(groupFrom)])));
    });
    routes.post(`${base}/:NamespaceTitle`, { access: writeAccess, rawBody: true }, async (ctx) => load(ctx, new Map([[ctx.params['NamespaceTitle']!, [groupFrom(await bodyOf(ctx.rawBody))]]])));
    routes.delete(`${base}/:NamespaceTitle`, { access: deleteAccess }, (ctx) => remove(ctx, ctx.params['NamespaceTitle']!));
    routes.delete(`${base}/:NamespaceTitle/:Group`, { access: deleteAccess }, (ctx) => remove(ctx, ctx.params['NamespaceTitle']!, ctx.params['Group']!));
  }

  // A whole Alertmanager's configuration is not taken.
  const notImplemented = () => {
    throw new ApiError(501, 'Not Implemented');
  };
  const wholeAccess = rbac(allOf(may('alert.notifications:read'), may('alert.provisioning.provenance:write')));
  routes.get('/api/convert/api/v1/alerts', { access: rbac(may('alert.notifications:read')) }, notImplemented);
  routes.post('/api/convert/api/v1/alerts', { access: wholeAccess, rawBody: true }, notImplemented);
  routes.delete('/api/convert/api/v1/alerts', { access: wholeAccess }, notImplemented);
}
