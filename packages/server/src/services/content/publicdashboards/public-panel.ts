/** What anonymous readers of a shared dashboard get: the stored document, and queries taken from it. Pure. */
import { publicDashboardErrors as errors } from './public-dashboard.ts';
import { isObject } from '../../../util/json-value.ts';

export type Document = Readonly<Record<string, unknown>>;

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Texts of queries are nobody's business. */
const secretMembers = new Set(['expr', 'query', 'rawSql']);

export function withoutQueryTexts(dashboard: Document): Record<string, unknown> {
  const strip = (panel: unknown): unknown => {
    if (!isObject(panel)) return panel;
    return {
      ...panel,
      ...(Array.isArray(panel['targets']) ? { targets: panel['targets'].map(withoutSecrets) } : {}),
      ...(Array.isArray(panel['panels']) ? { panels: panel['panels'].map(strip) } : {}),
    };
  };
  return { ...dashboard, ...(Array.isArray(dashboard['panels']) ? { panels: dashboard['panels'].map(strip) } : {}) };
}

const withoutSecrets = (target: unknown) => (isObject(target) ? Object.fromEntries(Object.entries(target).filter(([key]) => !secretMembers.has(key))) : target);

/** Looks into closed rows too. Throws when the dashboard has no such panel. */
export function panelOf(dashboard: Document, id: number): Document {
  const search = (panels: unknown): Document | undefined => {
    for (const panel of list(panels)) {
      if (!isObject(panel)) continue;
      if (panel['id'] === id && panel['type'] !== 'row') return panel;
      const nested = search(panel['panels']);
      if (nested) return nested;
    }
    return undefined;
  };
  const found = search(dashboard['panels']);
  if (!found) throw errors.panelNotFound();
  return found;
}

const uidOf = (datasource: unknown): string => (typeof datasource === 'string' ? datasource : isObject(datasource) && typeof datasource['uid'] === 'string' ? datasource['uid'] : '');

/** The panel's queries as they are run for strangers. Throws when it has none. */
export function queriesOf(panel: Document): Record<string, unknown>[] {
  const targets = list(panel['targets']).filter(isObject);
  const usesExpressions = targets.some((target) => uidOf(target['datasource']) === '__expr__');
  const panelSource = panel['datasource'];
  const queries = targets.filter((target) => usesExpressions || target['hide'] !== true).map(({ exemplar: _, ...target }) => ({
    ...target, ...(uidOf(target['datasource']) === '' ? { datasource: { type: 'public-ds', uid: uidOf(panelSource) } } : {}),
  }));
  if (queries.length === 0) throw errors.panelQueriesNotFound();
  return queries;
}

/** Times that are neither numbers, nor relative, nor dates are refused. */
export function isTime(text: string): boolean {
  return /^-?\d+$/.test(text) || /^now(?:[+-]\d+[smhdwMyQ]|\/(?:[smhdwMy]|f?Q|f?y))*$/.test(text) || (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text)));
}
