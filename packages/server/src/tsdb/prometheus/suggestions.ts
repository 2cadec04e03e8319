/** The `suggestions` resource (tsdb-backends §2.8): label names and values that fit the queries of a panel. */
import { filters } from './query-model.ts';
import { matchersOf } from './promql/filters.ts';
import { parsePromql, PromqlError, selectorText, walk } from './promql/expression.ts';

/** Throws for a body or a filter that cannot be read. */
export function suggestionsRequest(body: Uint8Array): { readonly path: string; readonly query: [string, string][] } {
  const model: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
  if (typeof model !== 'object' || model === null || Array.isArray(model)) throw new Error('the body is not an object');
  const members = model as Record<string, unknown>;
  const labelName = typeof members['labelName'] === 'string' ? members['labelName'] : '';
  const matchers = matchersOf(filters(members, 'scopes'), filters(members, 'adhocFilters'));
  const queries = Array.isArray(members['queries']) ? members['queries'].filter((query) => typeof query === 'string') : [];
  const names = [...new Set(queries.flatMap(metricNames))].sort();
  const selectors = names.length > 0 ? names.map((name) => name + selectorText('', matchers)) : matchers.length > 0 ? [selectorText('', matchers)] : [];
  const query: [string, string][] = selectors.map((selector) => ['match[]', selector]);
  for (const key of ['start', 'end'] as const) if (typeof members[key] === 'string' && members[key] !== '') query.push([key, members[key]]);
  if (typeof members['limit'] === 'number' && members['limit'] > 0) query.push(['limit', String(members['limit'])]);
  return { path: labelName === '' ? 'api/v1/labels' : `api/v1/label/${labelName}/values`, query };
}

/** Names of the metrics in a query; none of a query that does not parse. Variables stand for any duration. */
function metricNames(query: string): string[] {
  const plain = query.replace(/\$\{?__(?:rate_)?(?:interval|range)(?:_ms|_s)?\}?/g, '1m');
  try {
    const names: string[] = [];
    for (const node of walk(parsePromql(plain))) {
      if (node.kind !== 'selector') continue;
      const name = node.name || node.matchers.find((m) => m.name === '__name__')?.value;
      if (name) names.push(name);
    }
    return names;
  } catch (error) {
    if (error instanceof PromqlError) return [];
    throw error;
  }
}
