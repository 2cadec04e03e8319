/** Label matchers of routes, silences and filters (alerting-notifications §1.1, §3, §4). */
import type { Labels } from '../rules/alert-rule.ts';
import { goRegExp } from '../state/rule-templates.ts';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

export interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
  /** An absent label is the empty string. */
  readonly matches: (value: string) => boolean;
}

export class BadMatcher extends Error {}

export const isOperator = (text: unknown): text is MatchOperator => text === '=' || text === '!=' || text === '=~' || text === '!~';

/** Anchored, as Alertmanager has it. Throws BadMatcher. */
export function anchored(pattern: string): RegExp {
  try {
    return goRegExp(`^(?:${pattern})$`, 's');
  } catch {
    throw new BadMatcher(`error parsing regexp: ${regexpProblem(pattern)}: \`^(?:${pattern})$\``);
  }
}

/** What Go would say of the commonest mistakes. */
export function regexpProblem(pattern: string): string {
  let depth = 0;
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === '\\') i++;
    else if (inClass) inClass = c !== ']';
    else if (c === '[') inClass = true;
    else if (c === '(') depth++;
    else if (c === ')' && --depth < 0) return 'unexpected )';
  }
  if (inClass) return 'missing closing ]';
  return depth > 0 ? 'missing closing )' : 'invalid syntax';
}

export function makeMatcher(name: string, operator: MatchOperator, value: string): Matcher {
  switch (operator) {
    case '=': return { name, operator, value, matches: (v) => v === value };
    case '!=': return { name, operator, value, matches: (v) => v !== value };
    case '=~': case '!~': {
      const re = anchored(value);
      const wanted = operator === '=~';
      return { name, operator, value, matches: (v) => re.test(v) === wanted };
    }
    default: return operator satisfies never;
  }
}

export const matchesAll = (matchers: readonly Matcher[], labels: Labels) => matchers.every((m) => m.matches(labels[m.name] ?? ''));

/** `team="blue"`, `env=~p.*`; quotes are optional. Throws BadMatcher. */
export function parseMatcher(text: string): Matcher {
  const trimmed = text.trim();
  if (trimmed.startsWith('{') || trimmed.endsWith('}')) {
    if (!(trimmed.startsWith('{') && trimmed.endsWith('}') && trimmed.length > 1)) throw new BadMatcher(`unexpected open or close brace: ${text}`);
    return parseMatcher(trimmed.slice(1, -1));
  }
  const match = /^\s*("(?:[^"\\]|\\.)*"|[^\s=!~"{},]+)\s*(=~|!~|!=|=)\s*(.*?)\s*$/s.exec(text);
  if (!match) throw new BadMatcher(`bad matcher format: ${text}`);
  const unquote = (s: string) => {
    if (!(s.length > 1 && s.startsWith('"') && s.endsWith('"'))) return s;
    return s.slice(1, -1).replace(/\\(.)/gs, (_, c: string) => (c === 'n' ? '\n' : c));
  };
  const raw = match[3]!;
  if (raw.startsWith('"') !== raw.endsWith('"') || raw === '"') throw new BadMatcher(`matcher value contains unescaped double quote: ${raw}`);
  return makeMatcher(unquote(match[1]!), match[2] as MatchOperator, unquote(raw));
}

/** As route keys and filters write it. */
export const matcherText = (m: Pick<Matcher, 'name' | 'operator' | 'value'>) => `${plainName(m.name)}${m.operator}${JSON.stringify(m.value)}`;

/** Names that Prometheus would not take are quoted. */
const plainName = (name: string) => (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name));

export function compareMatchers(a: Matcher, b: Matcher): number {
  const order = { '=': 0, '!=': 1, '=~': 2, '!~': 3 };
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return order[a.operator] - order[b.operator];
}
