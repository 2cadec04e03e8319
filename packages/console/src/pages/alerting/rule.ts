/** Alert rules as the ruler keeps them and as the evaluation tells of them (alerting-rules §3 to §5). */
import { api } from '../../api/client.ts';
import { durationSeconds } from '../parts/durations.ts';

export type Labels = Readonly<Record<string, string>>;

export interface RuleQuery {
  readonly refId: string;
  readonly queryType?: string;
  readonly relativeTimeRange?: { readonly from: number; readonly to: number };
  readonly datasourceUid: string;
  readonly model: Readonly<Record<string, unknown>>;
}

export interface RuleDefinition {
  readonly uid?: string;
  readonly title: string;
  readonly condition: string;
  readonly data: readonly RuleQuery[];
  readonly no_data_state: string;
  readonly exec_err_state: string;
  readonly is_paused: boolean;
  readonly namespace_uid?: string;
  readonly rule_group?: string;
  readonly intervalSeconds?: number;
  readonly version?: number;
  readonly guid?: string;
  readonly updated?: string;
  readonly updated_by?: { readonly uid: string; readonly name: string } | null;
  readonly provenance?: string;
  readonly notification_settings?: { readonly receiver: string; readonly [more: string]: unknown } | null;
  readonly record?: { readonly metric: string; readonly from: string; readonly target_datasource_uid?: string } | null;
  /** Of a former version: what whoever changed it had to say. */
  readonly message?: string;
  readonly missing_series_evals_to_resolve?: number;
}

export interface RuleNode {
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly grafana_alert: RuleDefinition;
}

export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly RuleNode[];
}

export interface Instance {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: string;
  readonly activeAt: string;
  readonly value: string;
}

/** A rule as it fares. */
export interface RuleState {
  readonly uid: string;
  readonly folderUid: string;
  readonly name: string;
  readonly state: 'inactive' | 'pending' | 'firing' | 'recovering';
  readonly health: 'ok' | 'error' | 'nodata' | 'unknown';
  readonly lastError?: string;
  readonly type: 'alerting' | 'recording';
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly alerts?: readonly Instance[];
  readonly totals?: Readonly<Record<string, number>>;
  readonly duration?: number;
  readonly lastEvaluation: string;
  readonly evaluationTime: number;
  readonly isPaused: boolean;
  readonly provenance?: string;
  readonly queriedDatasourceUIDs?: readonly string[];
  readonly notificationSettings?: { readonly receiver: string };
}

export interface StateGroup {
  readonly name: string;
  readonly file: string;
  readonly folderUid: string;
  readonly interval: number;
  readonly lastEvaluation?: string;
  /** Seconds. */
  readonly evaluationTime?: number;
  readonly rules: readonly RuleState[];
}

const ruler = '/api/ruler/grafana/api/v1';

export const groupPath = (folderUid: string, group: string, what: 'view' | 'edit' = 'view') => `/alerting/grafana/namespaces/${encodeURIComponent(folderUid)}/groups/${encodeURIComponent(group)}/${what}`;

export const ruleStates = async (params: Record<string, unknown> = {}): Promise<readonly StateGroup[]> => (await api.get<{ readonly data: { readonly groups: readonly StateGroup[] } }>('/api/prometheus/grafana/api/v1/rules', params)).data.groups;
export const ruleNode = (uid: string) => api.get<RuleNode>(`${ruler}/rule/${encodeURIComponent(uid)}`);

/** The groups of a folder; those of other folders are not in the answer. */
export const groupsOf = async (folderUid: string): Promise<readonly RuleGroup[]> => Object.values(await api.get<Readonly<Record<string, readonly RuleGroup[]>>>(`${ruler}/rules/${encodeURIComponent(folderUid)}`)).flat();

/** The group with this rule in it: in the place of the one with its uid, or last. */
export function withRule(group: RuleGroup, node: RuleNode): RuleGroup {
  const { uid } = node.grafana_alert;
  const known = uid !== undefined && group.rules.some((rule) => rule.grafana_alert.uid === uid);
  return { ...group, rules: known ? group.rules.map((rule) => (rule.grafana_alert.uid === uid ? node : rule)) : [...group.rules, node] };
}

export const withoutRule = (group: RuleGroup, uid: string): RuleGroup => ({ ...group, rules: group.rules.filter((rule) => rule.grafana_alert.uid !== uid) });

/** Rule groups are written whole. What the server alone decides is left out. */
const writable = ({ grafana_alert: { namespace_uid: _ns, rule_group: _group, intervalSeconds: _interval, version: _version, updated: _updated, updated_by: _by, guid: _guid, provenance: _provenance, message: _message, ...definition }, ...rule }: RuleNode) =>
  ({ for: rule.for, keep_firing_for: rule.keep_firing_for, labels: rule.labels, annotations: rule.annotations, grafana_alert: definition });

/** A definition as text to compare: what people decide, in a fixed order. */
export function definitionText(node: RuleNode): string {
  const { grafana_alert: { uid: _uid, data, ...definition }, ...rest } = writable(node);
  return JSON.stringify(sorted({ ...rest, ...definition, data }), null, 2);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, sorted(one)]));
}

interface Written { readonly created?: readonly string[]; readonly updated?: readonly string[] }

const writeGroup = (folderUid: string, group: RuleGroup) => api.post<Written>(`${ruler}/rules/${encodeURIComponent(folderUid)}?subtype=cortex`, { name: group.name, interval: group.interval, rules: group.rules.map(writable) });

/** Puts a rule into a group, which is made where it is new; a rule that was elsewhere moves. Gives its uid. */
export async function saveRule(folderUid: string, groupName: string, interval: string, node: RuleNode): Promise<string> {
  const stored = (await groupsOf(folderUid)).find(({ name }) => name === groupName);
  const { created } = await writeGroup(folderUid, withRule({ ...(stored ?? { name: groupName, rules: [] }), interval }, node));
  return node.grafana_alert.uid ?? created?.[0] ?? '';
}

/** Writes a group whose name, interval or order changed; rules that were in a group of another name move. */
export const moveGroup = (folderUid: string, group: RuleGroup) => writeGroup(folderUid, group);

/** Its name may hold slashes. */
export const deleteGroup = (folderUid: string, groupName: string) => api.delete(`${ruler}/rules/${encodeURIComponent(folderUid)}/QUERY_GROUP?group=${encodeURIComponent(groupName)}&subtype=cortex`);

async function changeGroup(folderUid: string, groupName: string, change: (group: RuleGroup) => RuleGroup): Promise<void> {
  const group = (await groupsOf(folderUid)).find(({ name }) => name === groupName);
  if (!group) throw new Error('The rule is not there any more');
  const next = change(group);
  if (next.rules.length === 0) await deleteGroup(folderUid, groupName);
  else await writeGroup(folderUid, next);
}

export const pauseRule = (folderUid: string, groupName: string, uid: string, paused: boolean) => changeGroup(folderUid, groupName, (group) => ({
  ...group, rules: group.rules.map((rule) => (rule.grafana_alert.uid === uid ? { ...rule, grafana_alert: { ...rule.grafana_alert, is_paused: paused } } : rule)),
}));

export const deleteRule = (folderUid: string, groupName: string, uid: string) => changeGroup(folderUid, groupName, (group) => withoutRule(group, uid));

/** What is wrong with a rule before it is sent, in words. */
export function ruleFaults({ title, folder, group, interval, pending, keepFiring, condition, refIds, receiver, recording, metric, target }: {
  readonly title: string; readonly folder: string; readonly group: string; readonly interval: string; readonly pending: string; readonly keepFiring: string; readonly condition: string; readonly refIds: readonly string[]; readonly receiver: string | null;
  readonly recording?: boolean; readonly metric?: string; readonly target?: string;
}): Readonly<Record<string, string>> {
  const every = durationSeconds(interval);
  return Object.fromEntries([
    ['title', title.trim() === '' ? 'The rule needs a name' : new TextEncoder().encode(title).length > 190 ? 'The name is too long' : ''],
    ['folder', folder === '' ? 'Choose where the rule is kept' : ''],
    ['group', group.trim() === '' ? 'The rule needs a group, which is evaluated together' : ''],
    ['interval', every === undefined || every <= 0 ? 'A duration such as 1m' : every % 10 !== 0 ? 'A multiple of ten seconds' : ''],
    ['metric', recording && metric?.trim() === '' ? 'Name the metric that is written' : ''],
    ['target', recording && target === '' ? 'Choose where the metric is written to' : ''],
    ['pending', durationSeconds(pending) === undefined ? 'A duration such as 5m, or 0s' : ''],
    ['keepFiring', durationSeconds(keepFiring) === undefined ? 'A duration such as 5m, or 0s' : ''],
    ['condition', refIds.length === 0 ? 'Add a query' : !refIds.includes(condition) ? 'Choose which query or expression decides' : ''],
    ['receiver', receiver === '' ? 'Choose a contact point' : ''],
  ].filter(([, fault]) => fault !== ''));
}
