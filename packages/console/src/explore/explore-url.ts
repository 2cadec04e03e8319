/** What Explore shows, as its address says it: `panes` with `schemaVersion=1`, or the older `left` and `right`. */

export interface ExploreQuery {
  readonly refId: string;
  readonly datasource?: { readonly uid?: string; readonly type?: string };
  readonly hide?: boolean;
  readonly [member: string]: unknown;
}

export interface ExplorePane {
  readonly id: string;
  /** A uid, or a name in older links; empty: the default source. */
  readonly datasource: string;
  readonly queries: readonly ExploreQuery[];
  readonly from: string;
  readonly to: string;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');

function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

const letter = (at: number): string => String.fromCharCode(65 + (at % 26));

function paneOf(id: string, value: unknown): ExplorePane | undefined {
  // The oldest form is a list: from, to, source, then queries.
  if (Array.isArray(value)) {
    const [from, to, datasource, ...queries] = value as readonly unknown[];
    return paneOf(id, { range: { from, to }, datasource, queries: queries.filter((query) => isObject(query) && !('ui' in query) && !('mode' in query)) });
  }
  if (!isObject(value)) return undefined;
  const range = isObject(value['range']) ? value['range'] : {};
  const queries = (Array.isArray(value['queries']) ? value['queries'] : []).filter(isObject).map((query, at): ExploreQuery => ({ ...query, refId: textOf(query['refId']) || letter(at) }));
  return { id, datasource: textOf(value['datasource']), queries, from: textOf(range['from']) || 'now-1h', to: textOf(range['to']) || 'now' };
}

export function panesOf(search: string): readonly ExplorePane[] {
  const params = new URLSearchParams(search);
  const panes = parsed(params.get('panes'));
  const found = isObject(panes) ? Object.entries(panes).map(([id, value]) => paneOf(id, value)) : [paneOf('left', parsed(params.get('left'))), paneOf('right', parsed(params.get('right')))];
  return found.filter((pane) => pane !== undefined).slice(0, 2);
}

export function searchOf(panes: readonly ExplorePane[], orgId: number): string {
  const value = Object.fromEntries(panes.map(({ id, datasource, queries, from, to }) => [id, { datasource, queries, range: { from, to } }]));
  return new URLSearchParams({ schemaVersion: '1', panes: JSON.stringify(value), orgId: String(orgId) }).toString();
}

/** The first letter that no query has. */
export function nextRefId(queries: readonly { readonly refId: string }[]): string {
  for (let at = 0; ; at++) {
    const refId = at < 26 ? letter(at) : `${letter(at)}${Math.floor(at / 26)}`;
    if (!queries.some((query) => query.refId === refId)) return refId;
  }
}
