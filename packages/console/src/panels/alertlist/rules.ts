/** Which alert rules a list of them shows, and in which order. */
import { allMatch } from '../../pages/alerting/matchers.ts';
import type { RouteMatcher } from '../../pages/alerting/notification.ts';

export interface AlertListOptions {
  readonly maxItems: number;
  readonly alertName: string;
  readonly viewMode: 'list' | 'stat';
  readonly groupMode?: 'default' | 'custom';
  readonly groupBy?: string[];
  /** By name, by name backwards, by importance, longest in its state first, latest first. */
  readonly sortOrder?: 1 | 2 | 3 | 4 | 5;
  readonly showInstances?: boolean;
  readonly dashboardAlerts?: boolean;
  readonly alertInstanceLabelFilter?: string;
  readonly folder?: { readonly uid: string; readonly title?: string };
  readonly stateFilter: { readonly firing: boolean; readonly pending: boolean; readonly noData: boolean; readonly normal: boolean; readonly error: boolean; readonly recovering?: boolean };
}

type Labels = Readonly<Record<string, string>>;

interface RuleFound {
  readonly uid?: string;
  readonly name: string;
  readonly state?: string;
  readonly health: string;
  readonly type: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly alerts?: readonly { readonly state: string; readonly labels: Labels; readonly activeAt?: string }[];
}

export interface RuleGroup {
  readonly file: string;
  readonly folderUid?: string;
  readonly rules: readonly RuleFound[];
}

export interface ListedRule {
  readonly uid?: string | undefined;
  readonly name: string;
  readonly state: string;
  readonly folder: string;
  readonly labels: Labels;
  readonly instances: readonly { readonly state: string; readonly labels: readonly string[] }[];
  /** Milliseconds; when the first of its instances came into its state. */
  readonly since: number | undefined;
}

export const colors: Readonly<Record<string, string>> = { firing: 'red', alerting: 'red', pending: 'orange', recovering: 'orange', nodata: 'blue', error: 'red', inactive: 'green', normal: 'green' };
export const names: Readonly<Record<string, string>> = { firing: 'Firing', alerting: 'Firing', pending: 'Pending', recovering: 'Recovering', nodata: 'No data', error: 'Error', inactive: 'Normal', normal: 'Normal' };
const importance = ['firing', 'error', 'pending', 'recovering', 'nodata', 'inactive'];

const stateOf = ({ state, health }: RuleFound) => (health === 'error' ? 'error' : health === 'nodata' ? 'nodata' : (state ?? 'inactive'));

/** `{severity="critical", team=~"a|b"}`, with or without its braces. */
export function matchersOf(text: string): readonly RouteMatcher[] {
  return [...text.matchAll(/([\w.]+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g)].map(([, label, type, value]) => ({ label: label!, type: type as RouteMatcher['type'], value: value!.replaceAll('\\"', '"') }));
}

export function chosenRules(groups: readonly RuleGroup[], { stateFilter, alertName, alertInstanceLabelFilter = '', folder, dashboardAlerts, sortOrder = 1 }: AlertListOptions, dashboard: string | undefined): readonly ListedRule[] {
  const wanted: Readonly<Record<string, boolean | undefined>> = { firing: stateFilter?.firing, pending: stateFilter?.pending, recovering: stateFilter?.recovering, nodata: stateFilter?.noData, error: stateFilter?.error, inactive: stateFilter?.normal };
  const matchers = matchersOf(alertInstanceLabelFilter);
  const rules = groups.filter(({ folderUid }) => !folder?.uid || folderUid === folder.uid).flatMap(({ file, rules: found }) => found.flatMap((rule): ListedRule[] => {
    const state = stateOf(rule);
    if (rule.type !== 'alerting' || wanted[state] !== true || !rule.name.toLowerCase().includes(alertName.toLowerCase())) return [];
    if (dashboardAlerts && rule.annotations?.['__dashboardUid__'] !== dashboard) return [];
    const matching = (rule.alerts ?? []).filter(({ labels }) => allMatch(matchers, labels));
    if (matchers.length > 0 && matching.length === 0) return [];
    const active = matching.filter(({ state: one }) => !/^(normal|inactive)/i.test(one));
    const times = active.map(({ activeAt }) => Date.parse(activeAt ?? '')).filter((time) => time > 0);
    return [{
      uid: rule.uid, name: rule.name, state, folder: file, labels: rule.labels ?? {}, since: times.length > 0 ? Math.min(...times) : undefined,
      instances: active.map(({ state: one, labels }) => ({ state: one.toLowerCase().replace(/ .*/, ''), labels: Object.entries(labels).filter(([name]) => name !== 'alertname' && name !== 'grafana_folder').map(([name, value]) => `${name}=${value}`) })),
    }];
  }));
  const byName = (a: ListedRule, b: ListedRule) => a.name.localeCompare(b.name);
  switch (sortOrder) {
    case 2: return rules.sort((a, b) => byName(b, a));
    case 3: return rules.sort((a, b) => importance.indexOf(a.state) - importance.indexOf(b.state) || byName(a, b));
    case 4: return rules.sort((a, b) => (a.since ?? Infinity) - (b.since ?? Infinity) || byName(a, b));
    case 5: return rules.sort((a, b) => (b.since ?? 0) - (a.since ?? 0) || byName(a, b));
    default: return rules.sort(byName);
  }
}

/** One group without a title where nothing is to be grouped by. */
export function groupedRules(rules: readonly ListedRule[], by: readonly string[]): readonly { readonly title: string; readonly rules: readonly ListedRule[] }[] {
  if (by.length === 0) return [{ title: '', rules }];
  const titleOf = ({ labels }: ListedRule) => by.flatMap((name) => (labels[name] === undefined ? [] : [`${name}=${labels[name]}`])).join(', ') || 'Without these labels';
  return [...Map.groupBy(rules, titleOf)].map(([title, own]) => ({ title, rules: own }));
}
