/** Queries of variables: the functions that the reference knows, as text or as the object that its editor stores. */

export type VariableQuery =
  | { readonly kind: 'label names'; readonly match: string }
  | { readonly kind: 'label values'; readonly label: string; readonly match: string }
  | { readonly kind: 'metrics'; readonly pattern: string }
  | { readonly kind: 'query result'; readonly expr: string }
  | { readonly kind: 'series'; readonly match: string };

export function variableQueryOf(text: string): VariableQuery {
  const query = text.trim();
  const names = /^label_names\((.*)\)\s*$/s.exec(query);
  if (names) return { kind: 'label names', match: names[1]!.trim() };
  const values = /^label_values\((?:(.+),\s*)?([\w.:$\-/ ]+|"[^"]+")\)\s*$/s.exec(query);
  if (values) return { kind: 'label values', match: (values[1] ?? '').trim(), label: values[2]!.trim().replace(/^"|"$/g, '') };
  const metrics = /^metrics\((.*)\)\s*$/s.exec(query);
  if (metrics) return { kind: 'metrics', pattern: metrics[1]!.trim() };
  const result = /^query_result\((.*)\)\s*$/s.exec(query);
  if (result) return { kind: 'query result', expr: result[1]!.trim() };
  return { kind: 'series', match: query };
}
