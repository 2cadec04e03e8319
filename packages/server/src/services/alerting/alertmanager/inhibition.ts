/** Inhibition: an alert is kept quiet while another one fires (alerting-notifications §3, 6 and 11), as Alertmanager has it. */
import { isObject, objectOf } from '../../../util/json-value.ts';
import type { Labels } from '../rules/alert-rule.ts';
import { isOperator, makeMatcher, matchesAll, parseMatcher, type Matcher } from './matchers.ts';

interface InhibitRule {
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
}

export interface Firing {
  readonly labels: Labels;
  readonly fingerprint: string;
}

/** The fingerprint of an alert that keeps one with these labels quiet. */
export type InhibitedBy = (labels: Labels) => string | undefined;

const nothing: InhibitedBy = () => undefined;

/** Looks at what fires now, once for however many alerts are asked about. */
export type Inhibitor = (firing: () => Iterable<Firing>) => InhibitedBy;

/** Throws BadMatcher. */
export function createInhibitor(given: readonly unknown[]): Inhibitor {
  const rules = given.filter(isObject).map((rule): InhibitRule => ({
    source: side(rule, 'source'), target: side(rule, 'target'), equal: (Array.isArray(rule['equal']) ? rule['equal'] : []).filter((name) => typeof name === 'string'),
  }));
  if (rules.length === 0) return () => nothing;
  return (firing) => {
    const sources = rules.map((rule) => ({ rule, anyhow: new Map<string, string>(), otherwise: new Map<string, string>() }));
    for (const { labels, fingerprint } of firing()) {
      for (const { rule, anyhow, otherwise } of sources) {
        if (!matchesAll(rule.source, labels)) continue;
        const key = keyOf(rule, labels);
        if (!anyhow.has(key)) anyhow.set(key, fingerprint);
        if (!otherwise.has(key) && !matchesAll(rule.target, labels)) otherwise.set(key, fingerprint);
      }
    }
    return (labels) => {
      for (const { rule, anyhow, otherwise } of sources) {
        if (!matchesAll(rule.target, labels)) continue;
        // What is source and target at once is quiet for others of its kind no more than for itself.
        const by = (matchesAll(rule.source, labels) ? otherwise : anyhow).get(keyOf(rule, labels));
        if (by !== undefined) return by;
      }
      return undefined;
    };
  };
}

const keyOf = ({ equal }: InhibitRule, labels: Labels) => JSON.stringify(equal.map((name) => labels[name] ?? ''));

function side(rule: Readonly<Record<string, unknown>>, which: 'source' | 'target'): Matcher[] {
  const texts = (key: string) => Object.entries(objectOf(rule[`${which}_${key}`])).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const matchers = rule[`${which}_matchers`];
  return [
    ...texts('match').map(([name, value]) => makeMatcher(name, '=', value)), ...texts('match_re').map(([name, value]) => makeMatcher(name, '=~', value)),
    ...(Array.isArray(matchers) ? matchers : []).flatMap((matcher) => {
      if (typeof matcher === 'string') return [parseMatcher(matcher)];
      const [name, operator, value] = Array.isArray(matcher) ? matcher : [];
      return typeof name === 'string' && isOperator(operator) && typeof value === 'string' ? [makeMatcher(name, operator, value)] : [];
    }),
  ];
}
