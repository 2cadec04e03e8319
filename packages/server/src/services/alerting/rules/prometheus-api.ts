/** Rules and alerts as Prometheus shows them (alerting-rules §5). */
import { exponential } from '@belvedere/go-template';
import { permission } from '../../../web/access.ts';
import type { Identity } from '../../../web/identity.ts';
import { json, type Reply } from '../../../web/reply.ts';
import { rfc3339Seconds, zeroTime } from '../../../util/rfc3339.ts';
import type { Routes } from '../../../web/route.ts';
import type { AlertFolder, AlertFolders } from '../folders/alert-folders.ts';
import { stateText, type AlertInstance } from '../state/state-machine.ts';
import type { RuleStatus, StateManager } from '../state/state-manager.ts';
import { goRegExp } from '../state/rule-templates.ts';
import { isExpression, namespaceUidLabel, originLabel, ruleUidLabel, type AlertRule, type Labels, type Provenance } from './alert-rule.ts';
import { notificationSettingsJson, queryJson } from './ruler-json.ts';
import { readableRules, type RuleService } from './rule-service.ts';

export interface PrometheusApiDeps {
  readonly rules: RuleService;
  readonly folders: AlertFolders;
  readonly states: Pick<StateManager, 'instances' | 'all'>;
  /** Undefined for rules that are not scheduled. */
  readonly status: (rule: AlertRule) => RuleStatus | undefined;
}

class BadData extends Error {}

const failure = (error: string, status = 400): Reply => json({ status: 'error', errorType: status === 400 ? 'bad_data' : 'server_error', error, data: { groups: [] } }, status);

interface Matcher {
  readonly name: string;
  readonly matches: (value: string) => boolean;
}

function matcherOf(text: string): Matcher {
  let raw: { name?: unknown; value?: unknown; isRegex?: unknown; isEqual?: unknown };
  try {
    raw = JSON.parse(text) as typeof raw;
  } catch {
    throw new BadData(`invalid character ${JSON.stringify(text.slice(0, 1)).replaceAll('"', "'")} looking for beginning of value`);
  }
  if (typeof raw !== 'object' || raw === null || typeof raw.name !== 'string' || typeof raw.value !== 'string') throw new BadData('invalid matcher: name and value are required');
  const value = raw.value;
  const equal = raw.isEqual !== false;
  if (raw.isRegex !== true) return { name: raw.name, matches: (v) => (v === value) === equal };
  let pattern: RegExp;
  try {
    pattern = goRegExp(`^(?:${value})$`);
  } catch {
    throw new BadData(`error parsing regexp: missing closing ): \`^(?:${value})$\``);
  }
  return { name: raw.name, matches: (v) => pattern.test(v) === equal };
}

const fits = (matchers: readonly Matcher[], labels: Labels) => matchers.every((m) => m.matches(labels[m.name] ?? ''));

const states = new Map<string, string>([
  ['normal', 'Normal'], ['inactive', 'Normal'], ['alerting', 'Alerting'], ['firing', 'Alerting'], ['pending', 'Pending'], ['nodata', 'NoData'], ['error', 'Error'], ['recovering', 'Recovering'],
]);
const ruleStates: Record<string, string> = { Normal: 'inactive', Alerting: 'firing', Pending: 'pending', Recovering: 'recovering' };
const healths = new Set(['ok', 'error', 'nodata', 'unknown']);

/** All words, in this order, whatever stands between them. */
function wordsMatch(text: string, wanted: string): boolean {
  const folded = text.toLowerCase();
  let at = 0;
  for (const word of wanted.toLowerCase().split(/\s+/).filter((w) => w !== '')) {
    const found = folded.indexOf(word, at);
    if (found < 0) return false;
    at = found + word.length;
  }
  return true;
}

function number(search: URLSearchParams, name: string): number {
  const text = search.get(name) ?? '';
  return /^-?\d{1,15}$/.test(text) ? Number(text) : -1;
}

/** The condition's value of a firing instance; several for classic conditions. */
export function valueOf(instance: AlertInstance): string {
  if (instance.state !== 'Alerting' && instance.state !== 'Pending' && instance.state !== 'Recovering') return '';
  const { values, condition } = instance;
  const form = (v: number) => shortExponential(v);
  if (values[condition] !== undefined) return form(values[condition]);
  const own = Object.keys(values).filter((k) => k.startsWith(condition) && /^\d+$/.test(k.slice(condition.length))).sort();
  if (own.length > 0) return own.map((k) => `${k}: ${form(values[k]!)}`).join(', ');
  return instance.valueString;
}

/** As few digits as needed: `1e+00`. */
function shortExponential(value: number): string {
  if (!Number.isFinite(value)) return exponential(value, 0);
  const digits = value.toExponential().split('e')[0]!.replace(/^-?\d\.?/, '').length;
  return exponential(value, digits);
}

export function alertJson(instance: AlertInstance, internal: boolean) {
  const labels = Object.fromEntries(Object.entries(instance.labels).filter(([name]) => internal || (name !== ruleUidLabel && name !== namespaceUidLabel)).sort(([a], [b]) => (a < b ? -1 : 1)));
  const annotations = Object.fromEntries(Object.entries(instance.annotations).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { labels, annotations, state: stateText(instance.state, instance.reason), activeAt: rfc3339Seconds(instance.startsAt), value: valueOf(instance) };
}

const importance: Record<string, number> = { Alerting: 0, Pending: 1, Error: 2, NoData: 3, Normal: 4, Recovering: 5 };

function byImportance(a: AlertInstance, b: AlertInstance): number {
  return (importance[a.state] ?? 9) - (importance[b.state] ?? 9) || a.startsAt - b.startsAt || (a.key < b.key ? -1 : 1);
}

interface Options {
  readonly limitAlerts: number;
  readonly limitRules: number;
  readonly states: ReadonlySet<string>;
  readonly healths: ReadonlySet<string>;
  readonly matchers: readonly Matcher[];
  readonly compact: boolean;
  readonly internal: boolean;
}

/** Compat: the reference's JSON escapes these three; the console shows the text. */
const goJson = (value: unknown) => JSON.stringify(value).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);

function queryText(rule: AlertRule): string {
  const exprs = rule.data.map((q) => (q.model as { expr?: unknown } | null)?.expr).filter((e): e is string => typeof e === 'string' && e !== '');
  return exprs.length > 0 ? exprs.join(' | ') : goJson(rule.data.map(queryJson));
}

export function prometheusRoutes(routes: Routes, { rules, folders, states: manager, status }: PrometheusApiDeps): void {
  const ruleJson = (rule: AlertRule, provenance: Provenance | undefined, options: Options) => {
    const instances = rule.record ? [] : [...manager.instances(rule.orgId, rule.uid).values()];
    const totals: Record<string, number> = {};
    const count = (into: Record<string, number>, i: AlertInstance) => {
      const key = i.state.toLowerCase();
      into[key] = (into[key] ?? 0) + 1;
      if (i.error && i.state !== 'Error') into['error'] = (into['error'] ?? 0) + 1;
    };
    let state: 'inactive' | 'pending' | 'firing' | 'recovering' = 'inactive';
    let activeAt: number | undefined;
    for (const i of instances) {
      count(totals, i);
      if (i.state === 'Alerting') {
        state = 'firing';
        activeAt = activeAt === undefined ? i.startsAt : Math.min(activeAt, i.startsAt);
      } else if (state === 'inactive' && (i.state === 'Pending' || i.state === 'Recovering')) state = i.state === 'Pending' ? 'pending' : 'recovering';
    }
    const shown = instances.filter((i) => (options.states.size === 0 || options.states.has(i.state)) && fits(options.matchers, i.labels));
    const filtered: Record<string, number> = {};
    for (const i of shown) count(filtered, i);
    const alerts = options.limitAlerts === 0 ? [] : shown.sort(byImportance).slice(0, options.limitAlerts < 0 ? undefined : options.limitAlerts);
    const s = status(rule);
    const uids = [...new Set(rule.data.filter((q) => !isExpression(q) && q.datasourceUid !== '').map((q) => q.datasourceUid))];
    const health = s?.health ?? (rule.record ? 'unknown' : 'ok');
    return {
      state, health, evaluated: s?.lastEvaluation ?? 0,
      json: {
        state, name: rule.title, ...(options.compact ? {} : { query: queryText(rule) }), ...(uids.length > 0 ? { queriedDatasourceUIDs: uids } : {}),
        ...(rule.forMs > 0 ? { duration: rule.forMs / 1000 } : {}), ...(rule.keepFiringForMs > 0 ? { keepFiringFor: rule.keepFiringForMs / 1000 } : {}),
        ...(Object.keys(rule.annotations).length > 0 ? { annotations: rule.annotations } : {}), ...(activeAt === undefined ? {} : { activeAt: rfc3339Seconds(activeAt) }),
        ...(alerts.length > 0 ? { alerts: alerts.map((i) => alertJson(i, options.internal)) } : {}),
        ...(Object.keys(totals).length > 0 ? { totals } : {}), ...(Object.keys(filtered).length > 0 ? { totalsFiltered: filtered } : {}),
        uid: rule.uid, folderUid: rule.folderUid, ...(Object.keys(rule.labels).length > 0 ? { labels: rule.labels } : {}),
        health, ...(s && s.lastError !== '' ? { lastError: s.lastError } : {}), type: rule.record ? 'recording' : 'alerting',
        lastEvaluation: s && s.lastEvaluation > 0 ? rfc3339Seconds(s.lastEvaluation) : zeroTime, evaluationTime: (s?.evaluationMs ?? 0) / 1000,
        isPaused: rule.isPaused, ...(rule.notificationSettings && !options.compact ? { notificationSettings: notificationSettingsJson(rule.notificationSettings) } : {}),
        ...(provenance ? { provenance } : {}),
      },
    };
  };

  const groupJson = (members: readonly AlertRule[], folder: AlertFolder, stamps: ReadonlyMap<string, Provenance>, options: Options) => {
    const all = members.map((rule) => ruleJson(rule, stamps.get(rule.uid), options));
    const totals: Record<string, number> = {};
    for (const r of all) {
      totals[r.state] = (totals[r.state] ?? 0) + 1;
      if (r.health === 'error' || r.health === 'nodata') totals[r.health] = (totals[r.health] ?? 0) + 1;
    }
    const wanted = new Set([...options.states].map((s) => ruleStates[s]));
    let shown = all.filter((r) => (options.states.size === 0 || wanted.has(r.state)) && (options.healths.size === 0 || options.healths.has(r.health)));
    if (options.limitRules >= 0) shown = shown.slice(0, options.limitRules);
    const last = all.at(-1)!.json;
    return {
      totals, empty: shown.length === 0,
      json: {
        name: members[0]!.group, file: folder.path, folderUid: folder.uid, rules: shown.map((r) => r.json), totals, interval: members[0]!.intervalSeconds,
        lastEvaluation: last.lastEvaluation, evaluationTime: last.evaluationTime,
      },
    };
  };

  const answer = async (identity: Identity, search: URLSearchParams): Promise<unknown> => {
    const { orgId } = identity;
    const dashboardUid = search.get('dashboard_uid') ?? '';
    const panel = search.get('panel_id') ?? '';
    if (panel !== '' && !/^[+-]?\d+$/.test(panel)) throw new BadData(`invalid panel_id: strconv.ParseInt: parsing ${JSON.stringify(panel)}: invalid syntax`);
    if (panel !== '' && dashboardUid === '') throw new BadData('panel_id must be set with dashboard_uid');
    const wantedStates = new Set(search.getAll('state').map((text) => {
      const state = states.get(text.toLowerCase());
      if (!state) throw new BadData(`unknown state '${text}'`);
      return state;
    }));
    const wantedHealths = new Set(search.getAll('health').map((text) => {
      if (!healths.has(text.toLowerCase())) throw new BadData(`unknown health '${text}'`);
      return text.toLowerCase();
    }));
    const matchers = search.getAll('matcher').map(matcherOf);
    const ruleMatchers = search.getAll('rule_matcher').map(matcherOf);
    const options: Options = {
      limitAlerts: number(search, 'limit_alerts'), limitRules: number(search, 'limit_rules'), states: wantedStates, healths: wantedHealths, matchers,
      compact: search.get('compact') === 'true', internal: search.get('includeInternalLabels') === 'true',
    };
    const all = await folders.all(orgId);
    const list = await rules.list({ orgId, ...(dashboardUid === '' ? {} : { dashboardUid }), ...(panel === '' ? {} : { panelId: Number(panel) }) });
    let readable = readableRules(list, all, identity);
    // Compat: a folder that is not there or not to be seen is no filter at all.
    const folderUid = search.get('folder_uid') ?? '';
    const folder = all.get(folderUid);
    if (folder && identity.permissions.has('folders:read', ...folder.scopes) && identity.permissions.has('alert.rules:read', ...folder.scopes)) readable = readable.filter((r) => r.folderUid === folderUid);
    const oneOf = (name: string, of: (rule: AlertRule) => readonly string[]) => {
      const wanted = search.getAll(name).filter((v) => v !== '');
      if (wanted.length > 0) readable = readable.filter((r) => of(r).some((v) => wanted.includes(v)));
    };
    oneOf('rule_group', (r) => [r.group]);
    oneOf('rule_uid', (r) => [r.uid]);
    oneOf('rule_name', (r) => [r.title]);
    oneOf('datasource_uid', (r) => r.data.map((q) => q.datasourceUid));
    oneOf('receiver_name', (r) => (r.notificationSettings ? [r.notificationSettings.receiver] : []));
    const words = (name: string, of: (rule: AlertRule) => string) => {
      const wanted = search.get(name) ?? '';
      if (wanted !== '') readable = readable.filter((r) => wordsMatch(of(r), wanted));
    };
    words('search.folder', (r) => all.get(r.folderUid)?.path ?? '');
    words('search.rule_name', (r) => r.title);
    words('search.rule_group', (r) => r.group);
    const type = search.get('rule_type');
    if (type === 'alerting' || type === 'recording') readable = readable.filter((r) => Boolean(r.record) === (type === 'recording'));
    const plugins = search.get('plugins');
    if (plugins === 'hide' || plugins === 'only') readable = readable.filter((r) => Object.hasOwn(r.labels, originLabel) === (plugins === 'only'));
    if (ruleMatchers.length > 0) readable = readable.filter((r) => fits(ruleMatchers, r.labels));

    const stamps = await rules.provenances(orgId);
    const groups = [...Map.groupBy(readable, (r) => JSON.stringify([r.folderUid, r.group])).values()]
      .sort(([a], [b]) => compare(a!.folderUid, b!.folderUid) || compare(a!.group, b!.group));
    const made = (members: readonly AlertRule[]) => groupJson(members, all.get(members[0]!.folderUid)!, stamps, options);
    const ordered = (list: readonly ReturnType<typeof groupJson>[]) => list.map((g) => g.json).sort((a, b) => compare(a.file, b.file) || compare(a.name, b.name));

    const groupLimit = number(search, 'group_limit');
    const ruleLimit = number(search, 'rule_limit');
    if (groupLimit < 0 && ruleLimit < 0) {
      const results = groups.map(made);
      const totals: Record<string, number> = {};
      for (const g of results) for (const [key, n] of Object.entries(g.totals)) totals[key] = (totals[key] ?? 0) + n;
      return { groups: ordered(results.filter((g) => !g.empty)), ...(Object.keys(totals).length > 0 ? { totals } : {}) };
    }
    if (groupLimit === 0 || ruleLimit === 0) return { groups: [] };
    const from = tokenOf(search.get('group_next_token') ?? '');
    const rest = from ? groups.filter(([r]) => (compare(r!.folderUid, from.n) || compare(r!.group, from.g)) > 0) : groups;
    const page: ReturnType<typeof groupJson>[] = [];
    let count = 0;
    let at = 0;
    for (; at < rest.length; at++) {
      if ((groupLimit > 0 && page.length >= groupLimit) || (ruleLimit > 0 && count >= ruleLimit)) break;
      const group = made(rest[at]!);
      if (group.empty) continue;
      page.push(group);
      count += group.json.rules.length;
    }
    const last = rest[at - 1]?.[0];
    const more = at < rest.length && last;
    return { groups: ordered(page), ...(more ? { groupNextToken: Buffer.from(JSON.stringify({ n: last.folderUid, g: last.group })).toString('base64url') } : {}) };
  };

  routes.get('/api/prometheus/grafana/api/v1/rules', { access: permission('alert.rules:read'), name: 'RouteGetGrafanaRuleStatuses' }, async ({ identity, search }) => {
    try {
      return { status: 'success', data: await answer(identity, search) };
    } catch (error) {
      if (error instanceof BadData) return failure(error.message);
      throw error;
    }
  });

  routes.get('/api/prometheus/grafana/api/v1/alerts', { access: permission('alert.instances:read'), name: 'RouteGetGrafanaAlertStatuses' }, ({ identity, search }) => {
    const internal = search.get('includeInternalLabels') === 'true';
    return { status: 'success', data: { alerts: [...manager.all(identity.orgId)].map((i) => alertJson(i, internal)) } };
  });
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function tokenOf(text: string): { n: string; g: string } | undefined {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString()) as { n?: unknown; g?: unknown };
    return typeof token.n === 'string' && typeof token.g === 'string' ? { n: token.n, g: token.g } : undefined;
  } catch {
    return undefined;
  }
}
