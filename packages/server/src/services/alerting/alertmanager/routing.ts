/** The tree of routes, ready to match (alerting-notifications §3). */
import { parseDuration } from '../rules/duration.ts';
import type { Labels } from '../rules/alert-rule.ts';
import { matchersOf, type RouteJson } from './am-config.ts';
import { matchesAll, matcherText, type Matcher } from './matchers.ts';

export interface RouteNode {
  /** Matchers from the root on: first part of group keys. */
  readonly key: string;
  /** Position in the tree: two routes may have one key. */
  readonly id: string;
  readonly receiver: string;
  readonly matchers: readonly Matcher[];
  readonly groupBy: ReadonlySet<string>;
  readonly groupByAll: boolean;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly continues: boolean;
  readonly children: readonly RouteNode[];
}

const defaults = { groupWaitMs: 30_000, groupIntervalMs: 300_000, repeatIntervalMs: 14_400_000 };

export function buildTree(route: RouteJson, parent?: RouteNode, id = '0'): RouteNode {
  const matchers = matchersOf(route);
  const own = `{${matchers.map(matcherText).join(',')}}`;
  const ms = (text: string | undefined, inherited: number) => (text === undefined ? inherited : parseDuration(text) ?? inherited);
  const groupBy = route.group_by && route.group_by.length > 0 ? route.group_by : undefined;
  const all = groupBy ? groupBy.includes('...') : parent?.groupByAll ?? false;
  const node: RouteNode = {
    key: parent ? `${parent.key}/${own}` : own, id, receiver: route.receiver ?? parent?.receiver ?? '', matchers,
    groupBy: groupBy ? new Set(all ? [] : groupBy) : parent?.groupBy ?? new Set(), groupByAll: all,
    groupWaitMs: ms(route.group_wait, parent?.groupWaitMs ?? defaults.groupWaitMs), groupIntervalMs: ms(route.group_interval, parent?.groupIntervalMs ?? defaults.groupIntervalMs),
    repeatIntervalMs: ms(route.repeat_interval, parent?.repeatIntervalMs ?? defaults.repeatIntervalMs),
    muteTimeIntervals: route.mute_time_intervals ?? [], activeTimeIntervals: route.active_time_intervals ?? [], continues: route.continue ?? false, children: [],
  };
  return Object.assign(node, { children: (route.routes ?? []).map((child, i) => buildTree(child, node, `${id}.${i}`)) });
}

/** Every route that takes an alert with these labels. */
export function matchRoutes(node: RouteNode, labels: Labels): RouteNode[] {
  if (!matchesAll(node.matchers, labels)) return [];
  const found: RouteNode[] = [];
  for (const child of node.children) {
    const below = matchRoutes(child, labels);
    found.push(...below);
    if (below.length > 0 && !child.continues) break;
  }
  return found.length > 0 ? found : [node];
}

export function groupLabelsOf(node: RouteNode, labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => node.groupByAll || node.groupBy.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export const groupLabelsText = (labels: Labels) => `{${Object.keys(labels).sort().map((k) => `${k}=${JSON.stringify(labels[k])}`).join(', ')}}`;
