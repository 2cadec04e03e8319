/** Scope filters, ad hoc filters and group-by keys put into an expression (tsdb-backends §2.5). */
import { parsePromql, walk, writePromql, type Matcher } from './expression.ts';

export interface FilterModel {
  readonly key: string;
  readonly operator: string;
  readonly value: string;
  readonly values: readonly string[];
}

/** A filter of an unknown sort; the message is for the user. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
}

function matcherOf({ key, operator, value, values }: FilterModel): Matcher {
  switch (operator) {
    case 'equals': return { name: key, op: '=', value };
    case 'not-equals': return { name: key, op: '!=', value };
    case 'regex-match': return { name: key, op: '=~', value };
    case 'regex-not-match': return { name: key, op: '!~', value };
    case 'one-of': return { name: key, op: '=~', value: values.join('|') };
    case 'not-one-of': return { name: key, op: '!~', value: values.join('|') };
    default: throw new FilterError(`unknown operator ${JSON.stringify(operator)}`);
  }
}

/** One matcher a key: scopes of one key are joined, an ad hoc filter replaces them, the last ad hoc one wins. Sorted by key. */
export function matchersOf(scopeFilters: readonly FilterModel[], adhocFilters: readonly FilterModel[]): Matcher[] {
  const byKey = new Map<string, Matcher>();
  for (const filter of scopeFilters) {
    const matcher = matcherOf(filter);
    const known = byKey.get(matcher.name);
    byKey.set(matcher.name, known ? { name: matcher.name, op: '=~', value: `${known.value}|${matcher.value}` } : matcher);
  }
  for (const filter of adhocFilters) {
    const matcher = matcherOf(filter);
    byKey.set(matcher.name, matcher);
  }
  return [...byKey.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Throws FilterError or PromqlError. Without filters and keys the text stays as it is. */
export function applyFilters(expr: string, scopeFilters: readonly FilterModel[], adhocFilters: readonly FilterModel[], groupByKeys: readonly string[]): string {
  if (scopeFilters.length === 0 && adhocFilters.length === 0 && groupByKeys.length === 0) return expr;
  const matchers = matchersOf(scopeFilters, adhocFilters);
  const root = parsePromql(expr);
  for (const node of walk(root)) {
    if (node.kind === 'selector') for (const matcher of matchers) put(node.matchers, matcher);
    if (node.kind === 'aggregation') for (const key of groupByKeys) if (!node.grouping.includes(key)) node.grouping.push(key);
  }
  return writePromql(root);
}

function put(matchers: Matcher[], matcher: Matcher): void {
  const at = matcher.name === '__name__' ? -1 : matchers.findIndex(({ name }) => name === matcher.name);
  if (at >= 0) matchers[at] = { ...matcher };
  else matchers.push({ ...matcher });
}
