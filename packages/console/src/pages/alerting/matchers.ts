/** Matchers of labels: how they are written, and what they match. */
import type { RouteMatcher } from './notification.ts';
import type { Labels } from './rule.ts';

export interface SilenceMatcher { readonly name: string; readonly value: string; readonly isRegex: boolean; readonly isEqual: boolean }

export const operators = ['=', '!=', '=~', '!~'] as const;

export const matcherText = ({ label, type, value }: RouteMatcher): string => `${label}${type}${JSON.stringify(value)}`;
export const ofSilence = ({ name, value, isRegex, isEqual }: SilenceMatcher): RouteMatcher => ({ label: name, type: isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=', value });
export const toSilence = ({ label, type, value }: RouteMatcher): SilenceMatcher => ({ name: label, value, isRegex: type.endsWith('~'), isEqual: type.startsWith('=') });

/** A missing label is an empty one, and a regular expression matches whole values, as in the Alertmanager. Not a pattern at all: nothing matches. */
export function matches({ label, type, value }: RouteMatcher, labels: Labels): boolean {
  const has = labels[label] ?? '';
  if (!type.endsWith('~')) return (has === value) === (type === '=');
  try {
    return new RegExp(`^(?:${value})$`).test(has) === (type === '=~');
  } catch {
    return false;
  }
}

export const allMatch = (matchers: readonly RouteMatcher[], labels: Labels) => matchers.every((matcher) => matches(matcher, labels));

interface Node {
  readonly receiver?: string;
  readonly matchers?: readonly RouteMatcher[];
  readonly continue?: boolean;
  readonly routes?: readonly Node[];
}

/** The contact points that an alert reaches through the tree: depth first, the first child that matches unless it goes on. */
export function receiversOf(node: Node, labels: Labels, inherited = ''): readonly string[] {
  const receiver = node.receiver || inherited;
  const found: string[] = [];
  for (const child of node.routes ?? []) {
    if (!allMatch(child.matchers ?? [], labels)) continue;
    found.push(...receiversOf(child, labels, receiver));
    if (!child.continue) break;
  }
  return found.length > 0 ? [...new Set(found)] : [receiver];
}

/** Labels without those that only the server needs. The name of a series is often all that tells one alert from another. */
export const visibleLabels = (labels: Labels | undefined): Labels => Object.fromEntries(Object.entries(labels ?? {}).filter(([name]) => name === '__name__' || !/^__.*__$/.test(name)));
